"""What the shop API answers about the catalogue, as far as it is asked for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec


class Wire(msgspec.Struct, rename="camel"):
    """Fields as GraphQL names them; what is not asked for does not stand here."""


class WireAsset(Wire):
    preview: str
    width: int = 0
    height: int = 0


class WireOptionValue(Wire):
    code: str
    name: str = ""
    custom_fields: Mapping[str, Any] | None = None


class WireGroup(Wire):
    """A group of options, perhaps shared by many products."""

    code: str
    name: str = ""
    options: tuple[WireOptionValue, ...] = ()


class WireOption(Wire):
    """A variant's. Names stand in full where a variant is shown, in their group where only a card is."""

    code: str
    group: WireGroup
    name: str = ""
    custom_fields: Mapping[str, Any] | None = None


class WireVariant(Wire):
    id: str
    sku: str
    price: int
    price_with_tax: int
    currency_code: str
    stock_level: str
    options: tuple[WireOption, ...]
    featured_asset: WireAsset | None = None


class WireFacet(Wire):
    code: str
    id: str = ""
    name: str = ""


class WireFacetValue(Wire):
    id: str
    code: str
    name: str
    facet: WireFacet


class WireCrumb(Wire):
    id: str
    name: str
    slug: str


class WireShelf(Wire):
    """A collection as a product or a search names it."""

    id: str
    name: str
    slug: str
    breadcrumbs: tuple[WireCrumb, ...] = ()


class WireTranslation(Wire):
    language_code: str
    slug: str
    name: str


class WireVariants(Wire):
    """Vendure lists a hundred at most, also where it says it gives all."""

    items: tuple[WireVariant, ...]
    total_items: int


class WireProduct(Wire):
    id: str
    slug: str
    name: str
    language_code: str
    variant_list: WireVariants
    featured_asset: WireAsset | None = None
    assets: tuple[WireAsset, ...] = ()
    option_groups: tuple[WireGroup, ...] = ()
    facet_values: tuple[WireFacetValue, ...] = ()
    collections: tuple[WireShelf, ...] = ()
    description: str = ""
    updated_at: datetime.datetime | None = None

    @property
    def variants(self) -> tuple[WireVariant, ...]:
        return self.variant_list.items


class WireCollection(Wire):
    id: str
    name: str
    slug: str
    parent_id: str = ""
    position: int = 0
    language_code: str | None = None
    description: str = ""
    featured_asset: WireAsset | None = None
    breadcrumbs: tuple[WireCrumb, ...] = ()
    children: tuple[WireShelf, ...] | None = None


class WireCollections(Wire):
    items: tuple[WireCollection, ...]
    total_items: int


class WireValue(Wire):
    id: str
    code: str
    name: str


class WireBrand(Wire):
    """A facet with its values."""

    code: str
    values: tuple[WireValue, ...]


class WireBrands(Wire):
    items: tuple[WireBrand, ...]


class WireProducts(Wire):
    items: tuple[WireProduct, ...]
    total_items: int = 0


class WireEntry(Wire):
    """A product or collection as a sitemap lists it."""

    id: str
    slug: str
    name: str
    updated_at: datetime.datetime
    featured_asset: WireAsset | None = None
    breadcrumbs: tuple[WireCrumb, ...] = ()


class WireEntries(Wire):
    items: tuple[WireEntry, ...]
    total_items: int


class WirePrice(Wire):
    """Either a range or a single price."""

    min: int | None = None
    max: int | None = None
    value: int | None = None

    @property
    def lowest(self) -> int:
        return next((each for each in (self.min, self.value) if each is not None), 0)

    @property
    def highest(self) -> int:
        return next((each for each in (self.max, self.value) if each is not None), 0)


class WireHit(Wire):
    product_id: str
    product_variant_id: str
    product_name: str
    slug: str
    sku: str
    currency_code: str
    price: WirePrice
    price_with_tax: WirePrice
    in_stock: bool | None = None
    product_asset: WireAsset | None = None


class WireKeyHit(Wire):
    product_id: str
    product_variant_id: str
    sku: str


class WireFacetCount(Wire):
    count: int
    facet_value: WireFacetValue


class WireFound(Wire):
    """A search's answer, one part or another of it."""

    total_items: int = 0
    items: tuple[WireKeyHit, ...] = ()
    facet_values: tuple[WireFacetCount, ...] = ()


class WireSuggested(Wire):
    items: tuple[WireHit, ...]


class WireChannel(Wire):
    token: str
    currency_code: str
    available_currency_codes: tuple[str, ...] = ()
    available_language_codes: tuple[str, ...] | None = None


class WireVariantStock(Wire):
    id: str
    sku: str
    stock_level: str


class WirePlaced(Wire):
    """A product, a collection or a facet by its id, as far as a link needs it."""

    id: str
    name: str
    slug: str
    breadcrumbs: tuple[WireCrumb, ...] = ()
