"""Runs scenarios against a store and says what came of each."""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from bff.ports import Misconfigured

from . import browsing
from .goods import Goods, discover
from .scenario import SCENARIOS, Absent, Failed, Scenario
from .shopper import Shopper
from .words import Words

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Outcome = Literal["passed", "failed", "absent"]
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


class Options(NamedTuple):
    """What a scenario cannot find out by looking: a promotion code that works, and the folder (or none) where the store's
    mails arrive as `.eml` files."""

    code: str | None = None
    mail: Path | None = None


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
    options: Options | None = None,
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
    chosen = [each for name, each in SCENARIOS.items() if not only or name.startswith(tuple(only))]
    results: list[Result] = []
    with _browser() as browser:
        first = Shopper(browser, goods.root, words, goods, script=False, options=options or Options())
        goods.looked_at_by(lambda path: browsing.look(first, path))
        for each in chosen:
            for script in scripts if each.script is None else [each.script]:
                if script in scripts:
                    results.append(_walk(browser, goods, words, each, script, options or Options()))
                    tell(results[-1])
        first.close()
    return results


def _walk(browser: Browser, goods: Goods, words: Words, each: Scenario, script: bool, options: Options) -> Result:
    from playwright.sync_api import Error

    shopper = Shopper(browser, goods.root, words, goods, script=script, options=options)
    started = time.monotonic()
    outcome: Outcome = "passed"
    why = ""
    try:
        each.walk(shopper)
    except Absent as absent:
        outcome, why = "absent", str(absent)
    except Failed as failed:
        outcome, why = "failed", f"expected: {failed}"
    except Error as error:
        outcome, why = "failed", f"at {shopper.page.url}: {str(error).splitlines()[0]}"
    if shopper.problems and outcome != "failed":
        outcome, why = "failed", "; ".join(dict.fromkeys(shopper.problems))
    shopper.close()
    return Result(each.name, script, outcome, why, time.monotonic() - started)


@contextmanager
def _browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Misconfigured(
            "journeys",
            "Playwright is not installed.",
            fix="install the extra `testing`: pip install 'portico[testing]'",
        ) from None
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            fix = "install chromium, or run `playwright install chromium`"
            raise Misconfigured("journeys", f"no browser starts: {str(error).splitlines()[0]}", fix=fix) from None
        try:
            yield browser
        finally:
            browser.close()
