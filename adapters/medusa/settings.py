"""What can be set for a Medusa backend: `[backends.NAME.settings]` in `portico.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Words = Mapping[str, str]
"""A text by language (`en`, `de`); the first one serves languages that are not named."""


class FacetField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of the search index one may filter by. `id` stands in addresses (the field's name unless set); `name` may
    be left out for those the head can name itself: `brand`, `category`, `availability`, `rating`."""

    field: str
    id: str | None = None
    name: Words = {}

    @property
    def key(self) -> str:
        return self.id or self.field


class SearchIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The search index that the backend declares and exposes on `/store/search`, and what its fields are called.

    `price` (one field for each currency; a float, filterable, sortable, with the facet `stats`), `category` (ids of the
    product's categories and of all above them) and `collection` are filters; `newest`, `name` and `rank` orders, None
    where the index has no such field. `unique` decides between products of the same rank: without it, pages may repeat some.
    """

    index: str = "product"
    price: str = "price_{currency}"
    category: str = "category_ids"
    collection: str = "collection_id"
    newest: str | None = "created_at"
    name: str | None = "title"
    rank: str | None = None
    unique: str | None = None
    facets: tuple[FacetField, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` and `key`: the server, and a publishable API key that is linked to the sales channel.

    `search`: the index for listings; without it they have no facets and no order by price. `language`: the one texts are
    written in. `html`: descriptions hold markup. `brands = "collections"`: Medusa's collections are brands.
    `collection_root`: the handle of a category whose children are shown as collections (a product of Medusa's has one
    collection only). `attributes`: keys of a product's metadata that are facts to show, with their names. `swatches`:
    option values that are colours, in lower case, with their hex colour. `low_stock`: as few as this are "only a few".
    `payments`: providers to pay with at once and without leaving the store, with the name the shopper reads.
    """

    url: str
    key: str
    search: SearchIndex | None = None
    language: str = "en"
    html: bool = False
    brands: Literal["none", "collections"] = "none"
    collection_root: str | None = None
    attributes: Mapping[str, Words] = {}
    swatches: Mapping[str, str] = {}
    low_stock: int = 3
    payments: Mapping[str, Words] = {}

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, …)"


def word(words: Words, language: str) -> str | None:
    """The text in a language, else the first there is."""
    return words.get(language) or next(iter(words.values()), None)
