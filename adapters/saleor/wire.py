"""What Saleor answers about the catalogue, as far as it is asked for."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Wire(msgspec.Struct, rename="camel"):
    """Fields as GraphQL names them; what is not asked for does not stand here."""


class WireMoney(Wire):
    amount: Decimal
    currency: str


class WireTaxed(Wire):
    gross: WireMoney
    net: WireMoney


class Edge(Wire, Generic[T]):
    node: T


class PageInfo(Wire):
    has_next_page: bool = False
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None


class Many(Wire, Generic[T]):
    """A connection."""

    edges: tuple[Edge[T], ...] = ()
    page_info: PageInfo | None = None
    total_count: int | None = None

    @property
    def nodes(self) -> tuple[T, ...]:
        return tuple(edge.node for edge in self.edges)


class WireTranslation(Wire):
    name: str | None = None
    description: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    plain_text: str | None = None


class WireImage(Wire):
    url: str
    alt: str | None = None


class WireMedia(Wire):
    id: str
    alt: str = ""
    type: str = "IMAGE"
    url: str = ""


class WireValue(Wire):
    id: str = ""
    slug: str | None = None
    name: str | None = None
    value: str | None = None
    plain_text: str | None = None
    boolean: bool | None = None
    translation: WireTranslation | None = None

    @property
    def words(self) -> str:
        return (self.translation.name if self.translation else None) or self.name or self.slug or ""


class WireAttribute(Wire):
    slug: str | None = None
    name: str | None = None
    input_type: str | None = None
    translation: WireTranslation | None = None
    choices: Many[WireValue] | None = None

    @property
    def words(self) -> str:
        return (self.translation.name if self.translation else None) or self.name or self.slug or ""


class WireSelected(Wire):
    attribute: WireAttribute
    values: tuple[WireValue, ...] = ()


class WireVariantPricing(Wire):
    price: WireTaxed | None = None
    price_undiscounted: WireTaxed | None = None
    price_prior: WireTaxed | None = None


class WirePreorder(Wire):
    end_date: datetime.datetime | None = None


class WireVariant(Wire):
    id: str
    name: str = ""
    sku: str | None = None
    quantity_available: int | None = None
    quantity_limit_per_customer: int | None = None
    preorder: WirePreorder | None = None
    pricing: WireVariantPricing | None = None
    attributes: tuple[WireSelected, ...] = ()
    media: tuple[WireMedia, ...] | None = None
    product: WireProduct | None = None


class WireRange(Wire):
    start: WireTaxed | None = None
    stop: WireTaxed | None = None


class WirePricing(Wire):
    price_range: WireRange | None = None
    price_range_undiscounted: WireRange | None = None
    price_range_prior: WireRange | None = None


class WireCategory(Wire):
    id: str
    slug: str
    name: str
    translation: WireTranslation | None = None
    description: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    background_image: WireImage | None = None
    ancestors: Many[WireCategory] | None = None
    children: Many[WireCategory] | None = None

    @property
    def words(self) -> str:
        return (self.translation.name if self.translation else None) or self.name


class WireType(Wire):
    kind: str = "NORMAL"
    is_shipping_required: bool = True


class WireProduct(Wire):
    id: str = ""
    slug: str = ""
    name: str = ""
    translation: WireTranslation | None = None
    description: str | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    updated_at: datetime.datetime | None = None
    is_available: bool | None = None
    is_available_for_purchase: bool | None = None
    available_for_purchase_at: datetime.datetime | None = None
    pricing: WirePricing | None = None
    media: tuple[WireMedia, ...] | None = None
    brand: WireSelected | None = None
    attributes: tuple[WireSelected, ...] = ()
    category: WireCategory | None = None
    product_type: WireType | None = None
    variants: tuple[WireVariant, ...] | None = None
    thumbnail: WireImage | None = None

    @property
    def words(self) -> str:
        return (self.translation.name if self.translation else None) or self.name
