"""One shopper with one browser: opens pages, reads them by role and name, clicks, types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .scenario import Failed, check

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response

    from .goods import Goods
    from .words import Words

PATIENCE_MS = 10_000
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


class Shopper:
    """`root` is the address of a place (`http://…/en-gb`) without a slash at its end. What goes wrong on a page (a failed
    script, an answer of 500) is an outcome of the scenario too."""

    def __init__(self, browser: Browser, root: str, words: Words, goods: Goods, *, script: bool, options: Any) -> None:
        self.browser, self.root, self.words, self.goods, self.script, self.options = (
            browser,
            root.rstrip("/"),
            words,
            goods,
            script,
            options,
        )
        self.problems: list[str] = []
        self._contexts: list[BrowserContext] = []
        self.page = self._new()

    def _new(self, state: Any = None) -> Page:
        context = self.browser.new_context(
            java_script_enabled=self.script,
            viewport=DESK,  # type: ignore[arg-type]
            storage_state=state,
            locale=self.words_locale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("response", self._look)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        self._contexts.append(context)
        return context.new_page()

    @property
    def words_locale(self) -> str:
        return self.goods.locale

    def _look(self, response: Response) -> None:
        if response.status >= 500 and response.url.startswith(self.origin):
            self.problems.append(f"{response.status} at {response.url}")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}"

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

    def restart(self) -> None:
        """Close the browser and open it again: what it keeps on disk stays."""
        state = self.page.context.storage_state()
        self.page.context.close()
        self.page = self._new(state)

    def another(self) -> Shopper:
        """Another shopper in a browser of their own."""
        other = Shopper(self.browser, self.root, self.words, self.goods, script=self.script, options=self.options)
        self._contexts += other._contexts
        other.problems = self.problems
        return other

    # ---- going places

    def open(self, path: str = "/", *, status: int = 200) -> None:
        """Open an address below the place (or a whole one). Raises `Failed` for another status than expected."""
        url = path if "://" in path else self.root + ("" if path == "/" else path)
        response = self.page.goto(url)
        check(response is not None and response.status == status, f"{url} answers {status}")

    def follow(self, link: Locator) -> None:
        """Click something that leads to another page, and wait until it is there."""
        link.first.click()
        self.settle()

    def settle(self) -> None:
        """Until the page is loaded and its script has nothing left to ask."""
        self.page.wait_for_load_state("load")
        if self.script:
            self.page.wait_for_load_state("networkidle")

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

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).first.inner_text().strip()

    def products(self) -> list[str]:
        """Addresses of the products the main part links to, below the place, in order, each once."""
        place = urlsplit(self.root).path
        hrefs: list[str] = self.main.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
        parts = [parts for href in hrefs if (parts := urlsplit(href)).path.startswith(f"{place}/products/")]
        paths = (p.path.removeprefix(place) + (f"?{p.query}" if p.query else "") for p in parts)
        return list(dict.fromkeys(paths))
