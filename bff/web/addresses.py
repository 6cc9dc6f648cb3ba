"""The store's addresses: the one table from which pages, sitemaps, hreflang and redirects are made.

Everything a shopper sees is under `/{language}-{country}`. A `Place` is such a prefix with its market and locale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from urllib.parse import quote, urlencode

import msgspec

from bff.ports import EntityKind, Link, Market, MenuItem

COLLECTIONS: Mapping[EntityKind, str] = {
    "product": "products",
    "category": "categories",
    "collection": "collections",
    "brand": "brands",
    "page": "pages",
    "article": "journal",
}
KINDS: Mapping[str, EntityKind] = {path: kind for kind, path in COLLECTIONS.items()}

KEPT = "/%?#=&+:@!$'()*,;~"
"""What stands in a written address as it is, besides letters, digits and `-._`."""

SLUG = "/~"
"""What stands in a slug as it is, likewise."""

MARK = "at"
"""The query parameter that says which backend's ids a form or a link holds."""

Query = Sequence[tuple[str, str]]


def encode(query: Iterable[tuple[str, str]]) -> str:
    """A query string with its `?`, or "" for none. Dots, tildes and range dots stay readable."""
    text = urlencode(list(query), safe=".~:,", encoding="utf-8", errors="replace")
    return f"?{text}" if text else ""


def written(path: str) -> str:
    """A decoded path as addresses have it, so that the two can be compared."""
    return quote(path, safe=SLUG, errors="replace")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One market in one locale, and what its addresses begin with. `origin` is the store's own (`https://…`), `mark` stands
    for the backend that serves it."""

    market: Market
    locale: str
    path: str
    origin: str
    mark: str = ""

    @property
    def root(self) -> str:
        return f"/{self.path}"

    @property
    def language(self) -> str:
        return self.locale.partition("-")[0]

    def page(self, path: str = "", query: Query = ()) -> str:
        """A page that is no entity: `search`, `stores`, `cart`. "" is home."""
        return f"/{self.path}{'/' + path if path else ''}{encode(query)}"

    def marked(self, path: str) -> str:
        """Where a form is sent that names things by the backend's own ids: another does not take them for its own."""
        return self.page(path, self.marks)

    @property
    def marks(self) -> Query:
        return [(MARK, self.mark)] if self.mark else []

    def is_foreign(self, mark: str | None) -> bool:
        """Whether the mark of an address is another backend's."""
        return bool(mark) and mark != self.mark

    def entity(self, kind: EntityKind, slug: str, query: Query = ()) -> str:
        """An entity's address. The slug may hold `/`; it is quoted here and nowhere else."""
        return f"/{self.path}/{COLLECTIONS[kind]}/{written(slug)}{encode(query)}"

    def link(self, link: Link) -> str:
        return self.entity(link.kind, link.slug)

    def menu(self, item: MenuItem) -> str | None:
        """A menu entry's address: an entity of ours, or an http(s) address elsewhere; anything else is no link."""
        if item.kind and item.slug:
            return self.entity(item.kind, item.slug)
        if item.url and item.url.startswith(("https://", "http://")):
            return item.url
        if item.url and item.url.startswith("/") and not item.url.startswith("//"):
            return f"/{self.path}{quote(item.url, safe=KEPT, errors='replace')}".rstrip("/")
        return None

    def fragment(self, path: str, query: Query = ()) -> str:
        """Where a part of a page loads itself from."""
        return f"/{self.path}/_/{path}{encode(query)}"

    def absolute(self, address: str) -> str:
        return address if address.startswith(("https://", "http://")) else f"{self.origin}{address}"


def marked(backend: str) -> str:
    """What stands for a backend in addresses: no operator's word is told to shoppers."""
    return blake2b(backend.encode(), digest_size=4).hexdigest()


def places(markets: Iterable[Market], origin: str, mark: str = "") -> dict[str, Place]:
    """Every place by its path, in the order of the markets and their locales."""
    found: dict[str, Place] = {}
    for market in markets:
        for locale in market.locales:
            path = market.paths[locale]
            found[path] = Place(market=market, locale=locale, path=path, origin=origin, mark=mark)
    return found
