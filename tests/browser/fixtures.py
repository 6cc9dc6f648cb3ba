"""A real Chromium, in front of a real server. Debian's browser is driven, not one that Playwright brings."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import buying
from tests.browser.stops import address
from tests.browser.visitor import Sight
from tests.browser.watch import Watch
from tests.conftest import environment

HERE = Path(__file__).parent
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HEIGHTS = {320: 640, 360: 740, 390: 844, 768: 1024, 1280: 800, 1920: 1080}
PATIENCE_MS = 8_000

Browse = Callable[..., Page]
Where = Callable[[str, str], str]
See = Callable[[str, str], Sight]


def tool(name: str, hint: str) -> str:
    """The path of a program. Its absence fails the test: a missing tool is no reason to skip."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing; {hint} (`make test` installs it)")
    return found


def vendored(path: str, folder: Path = HERE) -> Path:
    """A file of an npm package the tests use."""
    file = folder / "node_modules" / path
    if not file.exists():
        pytest.fail(f"{path} is missing; run `npm ci` in {folder.name} (`make test` does)")
    return file


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the folder, and not for the session: while Playwright runs, no other event loop can."""
    path = tool("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Browser, served: str) -> Iterator[Browse]:
    """`browse(path)` opens a page like a new visitor's, and the test fails on anything that goes wrong on it.

    Keyword arguments: `javascript`, `width`, `scheme`, `expected` (statuses asked for on purpose), `at` (another
    server), and any option of a Playwright context."""
    opened: list[tuple[Any, Watch]] = []

    def open_page(
        path: str | None = None,
        *,
        javascript: bool = True,
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
        expected: tuple[int, ...] = (),
        at: str | None = None,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=at or served,
            java_script_enabled=javascript,
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme=scheme,
            **{"reduced_motion": "reduce", "locale": "en-GB", **options},
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, Watch(context, frozenset(expected))))
        page = context.new_page()
        if path is not None:
            page.goto(path)
        return page

    yield open_page
    for context, _ in opened:
        context.close()
    problems = [problem for _, watch in opened for problem in watch.problems]
    assert not problems, "went wrong on the page:\n" + "\n".join(dict.fromkeys(problems))


@pytest.fixture(scope="package")
def http(served: str) -> Iterator[httpx.Client]:
    """A plain client for the same server."""
    with httpx.Client(base_url=served, trust_env=False, follow_redirects=True, timeout=10.0) as client:
        yield client


@pytest.fixture(scope="package")
def where(http: httpx.Client) -> Where:
    """`where(place, kind)` is the address of a page kind in a place."""
    known: dict[tuple[str, str], str] = {}

    def find(place: str, kind: str) -> str:
        if (place, kind) not in known:
            known[place, kind] = address(http, place, kind)
        return known[place, kind]

    return find


def show(page: Page, sight: Sight) -> None:
    """Open a sight on a page, as the shopper sees it who came there."""
    page.context.clear_cookies()
    page.context.add_cookies([{"name": n, "value": v, "url": sight.origin} for n, v in sight.cookies])
    page.unroute_all()
    if sight.headers is not None:
        page.route(
            sight.url,
            lambda route: route.fulfill(status=sight.status, headers=dict(sight.headers or {}), body=sight.body),
        )
    page.goto(sight.url)


@pytest.fixture(scope="package")
def see(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[See]:
    """`see(place, kind)` is a page of `buying.KINDS` in a place. Two stores over one database: the checkout on our pages,
    and the backend's own."""
    folder, other = tmp_path_factory.mktemp("buying"), tmp_path_factory.mktemp("hosted")
    (folder / "portico.toml").write_text(Path("bff/demo.toml").read_text() + buying.SHOP)
    own = environment(folder)
    hosted = own | {"PORTICO_SERVER__VAR": str(other), "PORTICO_BACKENDS__DEFAULT__SETTINGS__CHECKOUT": "hosted"}
    known: dict[str, dict[str, Sight]] = {}
    with serve(folder, settings=own | {"PORTICO_SHOP": str(folder)}) as base, serve(other, settings=hosted) as away:

        def find(place: str, kind: str) -> Sight:
            if place not in known:
                known[place] = buying.sights(base, away, place)
            return known[place][kind]

        yield find


@pytest.fixture(scope="package")
def broken(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The store on a bad day: its backend does not answer for stores (503), and the journal's template fails (500)."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "templates/pages").mkdir(parents=True)
    (folder / "templates/pages/journal.html").write_text("{{ page.no_such_thing }}")
    demo = Path("bff/demo.toml").read_text()
    fault = '\n[backends.default.settings.faults]\nfailing = { "stores.*" = 1 }\n'
    (folder / "portico.toml").write_text(demo + fault)
    with serve(folder, settings={"PORTICO_SHOP": str(folder), "PORTICO_SERVER__VAR": str(folder)}) as url:
        yield url


@pytest.fixture(scope="package")
def closed(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The store, closed for maintenance."""
    folder = tmp_path_factory.mktemp("closed")
    settings = {"PORTICO_STORE__MAINTENANCE": "true", "PORTICO_SERVER__VAR": str(folder)}
    with serve(folder, settings=settings) as url:
        yield url


@pytest.fixture(scope="package")
def full_bag(chromium: Browser, served: str) -> dict[str, Any]:
    """A visitor's cookies with three different things in the bag, for `browse(storage_state=…)`."""
    context = chromium.new_context(base_url=served, java_script_enabled=False)
    page = context.new_page()
    for path in ("harbour-mug?o.colour=teal&o.size=large", "dish-brush", "breakfast-for-two"):
        page.goto(f"/en-gb/products/{path}")
        if page.get_by_role("button", name="Add to bag").count():
            page.get_by_role("button", name="Add to bag").first.click()
    state: dict[str, Any] = dict(context.storage_state())
    context.close()
    return state


@pytest.fixture(params=[True, False], ids=["scripted", "plain"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Each journey is walked with and without JavaScript."""
    return bool(request.param)
