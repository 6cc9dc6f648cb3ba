"""What a first visit costs, and that the page falls silent after it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.fixtures import Browse, See, Where, show
from tests.browser.visitor import Sight

pytestmark = pytest.mark.browser

SCRIPTS = 20_000
FIRST_VIEW = 60_000
"""Bytes on the wire, headers included."""
FIRST_VISITS = ("home", "category", "product")
SHOPPERS = ("bag", "details", "payment", "review", "done", "sign-in", "account", "order", "wishlists")
SCROLL_TO_ALL = """
async () => {
  for (const image of document.images) {
    image.scrollIntoView({ block: "center", behavior: "instant" });
    if (image.checkVisibility() && !image.closest("template")) await image.decode().catch(() => {});
  }
}
"""


def transferred(page: Page, path: str | Sight) -> dict[str, dict[str, int]]:
    """Bytes by kind of resource and address, of a first visit with cold caches."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, tuple[str, str]] = {}
    sizes: dict[str, dict[str, int]] = {}
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}))

    def finished(event: dict[str, object]) -> None:
        kind, url = kinds.get(str(event["requestId"]), ("Other", "?"))
        sizes.setdefault(kind, {})[url] = int(str(event["encodedDataLength"]).split(".")[0])

    session.on("Network.loadingFinished", finished)
    page.goto(path) if isinstance(path, str) else show(page, path)
    page.wait_for_load_state("networkidle")
    return sizes


@pytest.mark.parametrize("kind", [*FIRST_VISITS, *SHOPPERS])
def test_first_view_is_light(browse: Browse, where: Where, see: See, kind: str) -> None:
    sizes = transferred(browse(width=390), see("en-gb", kind) if kind in SHOPPERS else where("en-gb", kind))
    scripts = sum(sizes.get("Script", {}).values())
    view = scripts + sum(sizes["Document"].values()) + sum(sizes["Stylesheet"].values())
    assert 0 < scripts <= SCRIPTS, sizes["Script"]
    assert view <= FIRST_VIEW, {name: part for name, part in sizes.items() if name not in ("Image", "Font")}


@pytest.mark.parametrize("kind", FIRST_VISITS)
def test_the_page_falls_silent(browse: Browse, where: Where, kind: str) -> None:
    page = browse(where("en-gb", kind))
    page.wait_for_load_state("networkidle")
    with pytest.raises(PlaywrightTimeoutError):
        page.wait_for_event("request", timeout=2_000)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", ["home", "category", "product", "article", "journal"])
def test_every_picture_comes_as_avif(browse: Browse, where: Where, kind: str, width: int) -> None:
    answers: list[Response] = []
    page = browse(width=width)
    page.on("response", lambda answer: answers.append(answer) if answer.request.resource_type == "image" else None)
    page.goto(where("en-gb", kind))
    page.evaluate(SCROLL_TO_ALL)
    pictures = [answer for answer in answers if "/pictures/" in answer.url]
    assert len(pictures) >= 3, "the page shows pictures"
    assert not [answer.url for answer in pictures if answer.status != 200]
    others = {answer.url for answer in pictures if answer.headers["content-type"] != "image/avif"}
    assert not others, others
    blank = page.evaluate(
        "[...document.images].filter((i) => i.checkVisibility() && !i.naturalWidth).map((i) => i.currentSrc || i.src)"
    )
    assert not blank, blank


@pytest.mark.parametrize("kind", FIRST_VISITS)
def test_the_largest_picture_is_asked_for_first_and_once(browse: Browse, where: Where, kind: str) -> None:
    asked: list[str] = []
    page = browse(width=390)
    page.on("request", lambda r: asked.append(r.url) if r.resource_type == "image" and "/pictures/" in r.url else None)
    page.goto(where("en-gb", kind))
    page.wait_for_load_state("networkidle")
    largest = page.evaluate(
        "new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).url))"
        ".observe({ type: 'largest-contentful-paint', buffered: true }))"
    )
    if largest:  # else the headline is the largest thing
        assert asked[0] == largest, f"{asked[:3]} before {largest}"
    assert len(set(asked)) == len(asked), "a picture was asked for twice"


def test_static_files_are_kept_for_good(browse: Browse) -> None:
    page = browse("/en-gb")
    page.wait_for_load_state("networkidle")
    asked = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => e.name.includes('/static/')).map((e) => e.name)"
    )
    assert asked
    for address in asked:
        policy = page.request.get(address).headers.get("cache-control", "")
        assert "immutable" in policy, f"{address}: {policy}"
