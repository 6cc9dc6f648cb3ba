"""One shopper with one browser: opens pages, reads them by role and name, clicks, types."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .scenario import Failed, check

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Response

    from .goods import Goods
    from .options import Options
    from .words import Words

TICK_MS = 40
"""Between two looks; a page at which nothing is asked of the store in two of them is still."""
BEGUN_MS = 2_000
"""By when what a click asks for is under way."""
ASKS = frozenset({"document", "xhr", "fetch"})
LONGER = {"bag.total": ("bag.subtotal",)}
"""Words with which, in some language, another begins that means something else."""
DESK = {"width": 1280, "height": 900}


class Account(NamedTuple):
    """A customer of the store's: how to sign in, and the browser's cookies of when that was done."""

    email: str
    password: str
    cookies: list[Any]


class Memory:
    """What one scenario leaves for those after it."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.used: set[str] = set()


class Shopper:
    """`root` is the address of a place (`http://…/en-gb`) without a slash at its end. What goes wrong on a page (a failed
    script, an answer of 500) is an outcome of the scenario too."""

    def __init__(
        self,
        browser: Browser,
        root: str,
        words: Words,
        goods: Goods,
        *,
        script: bool,
        options: Options,
        memory: Memory | None = None,
    ) -> None:
        self.browser, self.root, self.words, self.goods = browser, root.rstrip("/"), words, goods
        self.script, self.options = script, options
        self.memory = memory if memory is not None else Memory()
        self.problems: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._asked: set[Request] = set()
        self._begun_at: list[float] = []
        self.page = self._new()

    def _new(self, state: Any = None, **device: Any) -> Page:
        context = self.browser.new_context(
            java_script_enabled=self.script,
            storage_state=state,
            locale=self.goods.locale,
            reduced_motion="reduce",
            **{"viewport": DESK, **device},
        )
        context.set_default_timeout(self.options.patience * 1_000)
        context.on("request", self._begun)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)
        context.on("response", self._look)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        self._contexts.append(context)
        return context.new_page()

    def _begun(self, request: Request) -> None:
        if request.resource_type in ASKS:
            self._begun_at.append(time.monotonic())
            self._asked.add(request)

    def _ended(self, request: Request) -> None:
        self._asked.discard(request)

    def _look(self, response: Response) -> None:
        if not response.url.startswith(self.origin):
            return
        if response.status >= 500:
            self.problems.append(f"{response.status} at {response.url}")
        elif response.status == 429:
            self.problems.append(f"429 at {response.url}: a limit of the store's is used up; raise it, or wait")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def country(self) -> str:
        """The place's country, as its address says: `GB` of `/en-gb`."""
        return urlsplit(self.root).path.rpartition("-")[2].upper()

    @property
    def path(self) -> str:
        """Where the browser is, below the place: `/cart`."""
        return urlsplit(self.page.url).path.removeprefix(urlsplit(self.root).path) or "/"

    @property
    def query(self) -> str:
        return urlsplit(self.page.url).query

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def restart(self, **device: Any) -> None:
        """Close the browser and open it again, perhaps on another `device`: what it keeps on disk stays."""
        state = self.page.context.storage_state()
        self.page.context.close()
        self.page = self._new(
            {**state, "cookies": [each for each in state["cookies"] if each["expires"] > 0]}, **device
        )

    def another(self) -> Shopper:
        """Another shopper in a browser of their own."""
        other = Shopper(
            self.browser,
            self.root,
            self.words,
            self.goods,
            script=self.script,
            options=self.options,
            memory=self.memory,
        )
        self._contexts += other._contexts
        other.problems = self.problems
        return other

    def tab(self) -> Shopper:
        """The same browser's second tab."""
        other = copy(self)
        other.page = self.page.context.new_page()
        return other

    # ---- going places

    def open(self, path: str = "/", *, status: int = 200) -> None:
        """Open an address below the place (or a whole one). Raises `Failed` for another status than expected."""
        url = path if "://" in path else self.root + ("" if path == "/" else path)
        response = self.page.goto(url)
        check(response is not None and response.status == status, f"{url} answers {status}")

    def follow(self, link: Locator) -> None:
        """Click something that asks the store for something, and wait until it is there."""
        self.act(link.first.click)

    def act(self, deed: Callable[[], object]) -> None:
        """Do something that asks the store for something, and wait until it is there."""
        asked, until = len(self._begun_at), time.monotonic() + BEGUN_MS / 1_000
        deed()
        while len(self._begun_at) == asked and time.monotonic() < until:
            self.page.wait_for_timeout(TICK_MS)
        self.settle()

    def settle(self) -> None:
        """Until the page is loaded and its script has nothing left to ask."""
        until = time.monotonic() + self.options.patience
        still = 0
        while still < 2 and time.monotonic() < until:
            self.page.wait_for_timeout(TICK_MS)
            still = 0 if self._asked else still + 1
        self.page.wait_for_load_state("load")

    def until(self, holds: Callable[[], object], expected: str) -> None:
        """Raises `Failed` naming what was expected, unless it holds soon."""
        end = time.monotonic() + self.options.patience
        while not holds():
            check(time.monotonic() < end, expected)
            self.page.wait_for_timeout(TICK_MS)

    def back(self) -> None:
        """The browser's Back."""
        self.page.go_back(wait_until="load")
        self.settle()

    # ---- finding things

    def _name(self, key: str | re.Pattern[str], exact: bool) -> re.Pattern[str]:
        if isinstance(key, re.Pattern):
            return key
        return self.words.exact(key) if exact else self.words.pattern(key)

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def by(
        self, role: Any, key: str | re.Pattern[str], *, exact: bool = False, within: Locator | None = None
    ) -> Locator:
        """What has this role and a name made from this message."""
        return (within or self.page).get_by_role(role, name=self._name(key, exact))

    def button(self, key: str | re.Pattern[str], *, exact: bool = False, within: Locator | None = None) -> Locator:
        return self.by("button", key, exact=exact, within=within)

    def link(self, key: str | re.Pattern[str], *, exact: bool = False, within: Locator | None = None) -> Locator:
        return self.by("link", key, exact=exact, within=within)

    def field(self, key: str | re.Pattern[str], *, within: Locator | None = None) -> Locator:
        """A form's field, by its label."""
        return (within or self.main).get_by_label(self._name(key, False)).locator("visible=true")

    def typed(self, token: str, *, within: Locator | None = None) -> Locator:
        """A form's field, by what browsers fill into it by themselves (WCAG 1.3.5)."""
        return (within or self.page).locator(f'[autocomplete~="{token}"]').locator("visible=true")

    def reads(self, key: str, *, within: Locator | None = None) -> str:
        """What the page shows beside a word: the definition of a term."""
        terms = self.terms(key, within=within)
        return self.shows(terms, f"{key!r}").locator("xpath=following-sibling::dd[1]").inner_text().strip()

    def terms(self, key: str, *, within: Locator | None = None) -> Locator:
        """Terms of lists that begin with a word."""
        terms = (within or self.main).get_by_role("term").filter(has_text=self.words.begins(key))
        for longer in LONGER.get(key, ()):
            terms = terms.filter(has_not_text=self.words.begins(longer))
        return terms

    def says(self, key: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Raises `Failed` unless the page shows the message, soon."""
        found = (within or self.page.locator("body")).get_by_text(self._name(key, False)).locator("visible=true")
        try:
            found.first.wait_for(state="visible")
        except Exception as error:
            name = key if isinstance(key, str) else key.pattern
            raise Failed(f"the page at {self.path} says {name!r}") from error

    def shows(self, locator: Locator, what: str) -> Locator:
        """The first of these that is seen, soon. Raises `Failed` naming `what`."""
        seen = locator.locator("visible=true").first
        try:
            seen.wait_for(state="visible")
        except Exception as error:
            raise Failed(f"{self.path} shows {what}") from error
        return seen

    def told(self) -> str:
        """What the page tells of its own accord: its alerts and its status."""
        told = self.page.get_by_role("alert").or_(self.page.get_by_role("status")).locator("visible=true")
        return " ".join(told.all_inner_texts()).strip()

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).first.inner_text().strip()

    def products(self) -> list[str]:
        """Addresses of the products the main part links to, below the place, in order, each once."""
        place = urlsplit(self.root).path
        hrefs: list[str] = self.main.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
        parts = [parts for href in hrefs if (parts := urlsplit(href)).path.startswith(f"{place}/products/")]
        paths = (p.path.removeprefix(place) + (f"?{p.query}" if p.query else "") for p in parts)
        return list(dict.fromkeys(paths))
