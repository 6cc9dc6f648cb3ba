"""Which pages an experiment changes: found by walking the store in a preview, which marks what differs from the control."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext

DIFFERS = re.compile(r"<\w[^>]*\sdata-differs[\s>]")
KINDS = ("products", "categories", "collections", "brands", "pages", "journal")
OTHERS = ("search?q=a", "stores", "account/sign-in", "wishlists", "compare")
STEPS = ("cart", "checkout")
MOST = 3
"""Pages on one sheet."""
TRIED = 12
"""Products, to find one that can be put into the bag as it is."""
FORM = re.compile(r'<form\b[^>]*\baction="([^"]*/cart/lines[^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Walk:
    """`link` leads into a variation's preview, beginning at a path. A store that does not know it raises `LookupError`."""

    def __init__(self, http: APIRequestContext, origin: str, link: Callable[[str, str], str]) -> None:
        self.http, self.origin, self._link = http, origin, link

    def enters(self, variation: str) -> str:
        """The path of the store's first page, in a preview of this variation."""
        answer = self.http.get(urljoin(self.origin, self._link(variation, "")), max_redirects=0)
        if "portico-preview=" not in answer.headers.get("set-cookie", ""):
            raise LookupError(variation)
        return urlsplit(answer.headers["location"]).path

    def differs(self, path: str) -> bool:
        """Whether there is a page that differs from the control's."""
        return DIFFERS.search(self.read(path) or "") is not None

    def read(self, path: str) -> str | None:
        answer = self.http.get(urljoin(self.origin, path), timeout=30_000)
        return answer.text() if answer.ok else None

    def browsed(self, home: str) -> Iterator[str]:
        """The first page, one of each kind that is linked to from it, and those that every store has."""
        yield home
        links = self.links(home, home)
        for kind in KINDS:
            found = next((link for link in links if link.startswith(f"{home}/{kind}/")), None)
            if found is not None:
                yield found
        yield from (f"{home}/{path}" for path in OTHERS)

    def bought(self, home: str) -> Iterator[str]:
        """The bag, with something in it, and the first step of the checkout."""
        if self.fills(home):
            yield from (f"{home}/{step}" for step in STEPS)

    def fills(self, home: str) -> bool:
        """Put something into the bag; whether anything could be."""
        shelves = [link for link in self.links(home, home) if link.startswith(f"{home}/categories/")][:3]
        products = dict.fromkeys(
            link for page in (home, *shelves) for link in self.links(page, home) if link.startswith(f"{home}/products/")
        )
        return any(self._adds(path) for path in [*products][:TRIED])

    def links(self, path: str, home: str) -> list[str]:
        text = self.read(path) or ""
        found = (urlsplit(unescape(link)).path for link in re.findall(r'<a\b[^>]*\bhref="([^"#]+)"', text))
        return [*dict.fromkeys(link for link in found if link.startswith(f"{home}/") and "/_/" not in link)]

    def _adds(self, product: str) -> bool:
        for action, form in FORM.findall(self.read(product) or ""):
            fields = {unescape(name): unescape(value) for name, value in HIDDEN.findall(form)}
            if not {"variant", "sku"} & fields.keys() or "required" in form:
                continue
            answer = self.http.post(
                urljoin(self.origin, unescape(action)),
                data=urlencode({**fields, "quantity": "1"}),
                headers={
                    "content-type": "application/x-www-form-urlencoded",
                    "origin": self.origin,
                    "sec-fetch-site": "same-origin",
                },
            )
            return answer.ok
        return False


def everywhere(walk: Walk, variation: str) -> list[str]:
    """The first page and one of each of the two kinds that matter most."""
    home = walk.enters(variation).rstrip("/")
    return [
        path
        for path in walk.browsed(home)
        if path == home or path.startswith((f"{home}/products/", f"{home}/categories/"))
    ]


def found(walk: Walk, variations: Sequence[str]) -> list[str]:
    """The pages, `MOST` at most, that differ from the control's in any of these variations: of those one comes to by looking
    around; of the bag and the checkout where none of those does."""
    for way in (Walk.browsed, Walk.bought):
        changed: dict[str, None] = {}
        for variation in variations:
            home = walk.enters(variation).rstrip("/")
            changed |= dict.fromkeys(path for path in way(walk, home) if walk.differs(path))
        if changed:
            return [*changed][:MOST]
    return []
