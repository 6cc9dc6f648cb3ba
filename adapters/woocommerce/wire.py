"""The shapes of the Store API's answers, as far as they are read. What may be missing has a default; all else is
required. Amounts are texts of minor units."""

from __future__ import annotations

import msgspec


class Range(msgspec.Struct):
    min_amount: str
    max_amount: str


class Prices(msgspec.Struct):
    price: str
    regular_price: str
    currency_code: str
    currency_minor_unit: int
    price_range: Range | None = None


class Picture(msgspec.Struct):
    src: str
    srcset: str | None = None
    alt: str | None = None


class Term(msgspec.Struct):
    """A value, a category or a brand in few words. A product's own value has the id 0 and its name for a slug."""

    id: int
    name: str
    slug: str


class Attribute(msgspec.Struct):
    id: int
    name: str
    taxonomy: str | None = None
    has_variations: bool = False
    terms: list[Term] = []


class Value(msgspec.Struct):
    """A variation's value by the attribute's name; None: any."""

    name: str
    value: str | None = None


class Variation(msgspec.Struct):
    id: int
    attributes: list[Value] = []


class AddToCart(msgspec.Struct):
    minimum: int = 1
    maximum: int = 9999
    multiple_of: int = 1


class Product(msgspec.Struct):
    id: int
    name: str
    slug: str
    type: str
    prices: Prices
    parent: int = 0
    sku: str = ""
    short_description: str = ""
    description: str = ""
    on_sale: bool = False
    average_rating: str = "0"
    review_count: int = 0
    images: list[Picture] = []
    categories: list[Term] = []
    brands: list[Term] = []
    attributes: list[Attribute] = []
    variations: list[Variation] = []
    is_purchasable: bool = False
    is_in_stock: bool = False
    is_on_backorder: bool = False
    low_stock_remaining: int | None = None
    add_to_cart: AddToCart = msgspec.field(default_factory=AddToCart)


class Sku(msgspec.Struct):
    id: int
    sku: str
    type: str
    parent: int = 0


class Priced(msgspec.Struct):
    id: int
    prices: Prices


class Category(msgspec.Struct):
    """A category or a brand; brands have no parents."""

    id: int
    name: str
    slug: str
    parent: int = 0
    description: str = ""
    image: Picture | None = None


class AttributeName(msgspec.Struct):
    id: int
    name: str
    taxonomy: str


class Bounds(msgspec.Struct):
    min_price: str | None
    max_price: str | None
    currency_minor_unit: int


class TermCount(msgspec.Struct):
    term: int
    count: int


class StatusCount(msgspec.Struct):
    """The count is a text, unlike the others."""

    status: str
    count: str | int


class Facts(msgspec.Struct):
    price_range: Bounds | None = None
    attribute_counts: list[TermCount] | None = None
    stock_status_counts: list[StatusCount] | None = None


class Trouble(msgspec.Struct):
    """An error: of a call, or of a cart as it stands."""

    code: str = ""
    message: str = ""
    data: msgspec.Raw = msgspec.Raw()
