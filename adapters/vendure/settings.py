"""What can be set for a Vendure backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: the shop API's address. A market's channel is its `backend.channel`, the channel's token; without one, the
    default channel. `languages`: Vendure's language code for a locale, else the locale's first part.

    `brand_facet`: the facet whose values are brands, "" for none. `campaigns`: the slug of the collection whose children are
    collections rather than categories, "" for none. `facets`: the facets offered, in this order; empty means all.
    `swatches`: the option groups whose values are colours, and `swatch_field` the custom field on `ProductOption` that holds
    the CSS colour.

    `payments`: the codes of payment methods that need no page of a provider's: the only ones this adapter can drive. Without
    any there is no checkout. `image_transforms`: pictures come from Vendure's asset server, which makes any width.
    `stock_in_search`: the search plugin indexes stock. `price_sort`: it can sort by price, which on SQLite it cannot (a
    product stands where any of its variants would). `min_term`: the letters a search needs; the default search plugin
    answers shorter ones with everything. `precision`: decimals in Vendure's amounts, the same for every currency.
    `variants_limit`: above it a product's variants are not listed one by one. `max_bytes` an answer may have."""

    url: str
    languages: Mapping[str, str] = {}
    brand_facet: str = "brand"
    campaigns: str = ""
    facets: tuple[str, ...] = ()
    swatches: tuple[str, ...] = ("color", "colour")
    swatch_field: str = ""
    payments: tuple[str, ...] = ()
    image_transforms: bool = True
    stock_in_search: bool = True
    price_sort: bool = True
    min_term: Annotated[int, msgspec.Meta(ge=1)] = 3
    precision: Annotated[int, msgspec.Meta(ge=0, le=6)] = 2
    variants_limit: Annotated[int, msgspec.Meta(ge=1)] = 250
    max_bytes: Annotated[int, msgspec.Meta(ge=1_000)] = 8_000_000
