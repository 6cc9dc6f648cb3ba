"""Runs scenarios against a store and says what came of each."""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from bff.ports import Misconfigured

from . import access, account, browsing, cart, cart_terms, checkout, paying, wishlists
from .goods import Goods, discover
from .options import Options
from .scenario import SCENARIOS, Absent, Failed, Scenario
from .shopper import Memory, Shopper
from .words import Words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request

Outcome = Literal["passed", "failed", "absent"]
WALKS = (browsing, cart, cart_terms, checkout, paying, wishlists, account, access)
"""The modules with scenarios, in the order in which these are walked."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
EXPECTED = Path(__file__).with_name("expected.toml")


class Result(NamedTuple):
    """What came of one scenario, walked one way. `why` names what failed, or what the store does not have."""

    name: str
    script: bool
    outcome: Outcome
    why: str
    seconds: float

    @property
    def title(self) -> str:
        return f"{self.name} ({'with' if self.script else 'without'} JavaScript)"


def expected(name: str) -> frozenset[str]:
    """The scenarios that the store called `name` in `expected.toml` must pass. Raises `Misconfigured`."""
    known: Mapping[str, Sequence[str]] = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))
    if name not in known:
        raise Misconfigured("--expect", f"no list is called {name!r}.", fix=f"known are: {', '.join(sorted(known))}.")
    return frozenset(known[name])


def walk(
    url: str,
    *,
    folders: Sequence[Path],
    only: Sequence[str] = (),
    scripts: Sequence[bool] = (True, False),
    options: Callable[[str], Options] = lambda country: Options(),
    tell: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Walk the scenarios (those whose names begin as one of `only`). `folders`: where the templates' messages lie. Raises
    `Misconfigured` where there is no browser, or no store."""
    import httpx

    try:
        goods = discover(url)
    except (httpx.HTTPError, Absent) as error:
        raise Misconfigured("URL", f"{url} is no running store: {error}") from None
    words = Words(folders, goods.locale)
    ordered = [each for module in WALKS for each in SCENARIOS.values() if each.walk.__module__ == module.__name__]
    chosen = [each for each in ordered if not only or each.name.startswith(tuple(only))]
    results: list[Result] = []
    told = options(goods.root.rpartition("-")[2].upper())
    memories = {script: Memory() for script in scripts}
    with launched() as browser:
        first = Shopper(browser, goods.root, words, goods, script=False, options=told)
        first.page.route("**/*", lambda route: route.continue_() if _is_page(route.request) else route.abort())
        goods.looked_at_by(lambda path: browsing.look(first, path))
        for each in chosen:
            for script in scripts if each.script is None else [each.script]:
                if script in scripts:
                    shopper = partial(
                        Shopper, browser, goods.root, words, goods, script=script, options=told, memory=memories[script]
                    )
                    result = _walk(shopper(), each)
                    if result.outcome == "failed" and _sold_out(goods):
                        result = _walk(shopper(), each)
                    results.append(result)
                    tell(result)
        first.close()
    return results


def missing(
    wanted: Iterable[str],
    results: Sequence[Result],
    *,
    only: Sequence[str] = (),
    scripts: Sequence[bool] = (True, False),
) -> list[str]:
    """Those of the `wanted` scenarios that were not walked to their end each way, of what was to be walked at all. A
    scenario that there is no more is missing too."""
    passed = {result.name for result in results} - {result.name for result in results if result.outcome != "passed"}
    found = {name: SCENARIOS[name].script for name in wanted if name in SCENARIOS}
    asked = (name for name in wanted if found.get(name) is None or found[name] in scripts)
    return sorted(name for name in asked if name not in passed and (not only or name.startswith(tuple(only))))


def _is_page(request: Request) -> bool:
    """Whoever only reads a page by its roles needs no pictures."""
    return request.resource_type == "document"


def _sold_out(goods: Goods) -> bool:
    """Whether a walk may have failed for what is sold out by now. Where not even that can be seen, it failed by itself."""
    from playwright.sync_api import Error

    try:
        return goods.sold_out()
    except Error:
        return False


def _walk(shopper: Shopper, each: Scenario) -> Result:
    from playwright.sync_api import Error

    started = time.monotonic()
    outcome: Outcome = "passed"
    why = ""
    try:
        each.walk(shopper)
    except Absent as absent:
        outcome, why = "absent", str(absent)
    except Failed as failed:
        outcome, why = "failed", f"expected: {failed}"
    except KeyError as error:
        outcome, why = "failed", f"the store has no message {error}"
    except Error as error:
        outcome, why = "failed", f"at {shopper.page.url}: {str(error).splitlines()[0]}"
    if shopper.problems and outcome != "failed":
        outcome, why = "failed", "; ".join(dict.fromkeys(shopper.problems))
    shopper.close()
    return Result(each.name, shopper.script, outcome, why, time.monotonic() - started)


@contextmanager
def launched(asked: str = "journeys") -> Iterator[Browser]:
    """A browser that runs, Debian's where there is one. Raises `Misconfigured`, saying what `asked` for it."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Misconfigured(
            asked,
            "Playwright is not installed.",
            fix="install the extra `testing`: pip install 'portico[testing]'",
        ) from None
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            fix = "install chromium, or run `playwright install chromium`"
            raise Misconfigured(asked, f"no browser starts: {str(error).splitlines()[0]}", fix=fix) from None
        try:
            yield browser
        finally:
            browser.close()
