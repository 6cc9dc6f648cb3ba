"""The shapes of Medusa's answers, as far as they are read: goods and people. What may be missing has a default; all else
is required."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec


class Country(msgspec.Struct):
    iso_2: str


class Region(msgspec.Struct):
    id: str
    currency_code: str
    countries: list[Country] = []


class Regions(msgspec.Struct):
    regions: list[Region]
    count: int


class Amounts(msgspec.Struct):
    """A variant's price. The amounts with and without tax are there only where the region and the country were sent."""

    currency_code: str | None = None
    calculated_amount: Decimal | None = None
    original_amount: Decimal | None = None
    is_calculated_price_tax_inclusive: bool | None = None
    calculated_amount_with_tax: Decimal | None = None
    calculated_amount_without_tax: Decimal | None = None
    original_amount_with_tax: Decimal | None = None
    original_amount_without_tax: Decimal | None = None


class Value(msgspec.Struct):
    id: str
    value: str


class Option(msgspec.Struct):
    id: str
    title: str
    values: list[Value] | None = None


class Picture(msgspec.Struct):
    id: str
    url: str
    rank: int | None = None


class Variant(msgspec.Struct):
    id: str
    sku: str | None = None
    title: str | None = None
    product_id: str | None = None
    barcode: str | None = None
    manage_inventory: bool | None = None
    allow_backorder: bool | None = None
    inventory_quantity: Decimal | None = None
    calculated_price: Amounts | None = None
    options: list[Value] | None = None
    images: list[Picture] | None = None


class Collection(msgspec.Struct):
    id: str
    title: str
    handle: str
    updated_at: datetime.datetime | None = None


class Category(msgspec.Struct):
    id: str
    name: str
    handle: str
    description: str | None = None
    mpath: str | None = None
    parent_category_id: str | None = None
    parent_category: Ancestor | None = None
    category_children: list[Category] | None = None
    rank: int | None = None
    is_internal: bool | None = None
    updated_at: datetime.datetime | None = None


class Ancestor(msgspec.Struct):
    """A parent: with words where they were asked for."""

    id: str
    name: str | None = None
    handle: str | None = None
    parent_category: Ancestor | None = None


class Product(msgspec.Struct):
    id: str
    handle: str
    title: str = ""
    subtitle: str | None = None
    description: str | None = None
    thumbnail: str | None = None
    external_id: str | None = None
    is_giftcard: bool | None = None
    metadata: Mapping[str, Any] | None = None
    updated_at: datetime.datetime | None = None
    collection: Collection | None = None
    categories: list[Category] | None = None
    images: list[Picture] | None = None
    options: list[Option] | None = None
    variants: list[Variant] | None = None


class Products(msgspec.Struct):
    products: list[Product]
    count: int


class Touched(msgspec.Struct):
    id: str
    updated_at: datetime.datetime


class TouchedProducts(msgspec.Struct):
    products: list[Touched]
    count: int = 0


class TouchedCategories(msgspec.Struct):
    product_categories: list[Touched]
    count: int = 0


class Variants(msgspec.Struct):
    variants: list[Variant]
    count: int


class Categories(msgspec.Struct):
    product_categories: list[Category]
    count: int


class CategoryAnswer(msgspec.Struct):
    product_category: Category


class Collections(msgspec.Struct):
    collections: list[Collection]
    count: int


class Found(msgspec.Struct):
    id: str


class FacetValue(msgspec.Struct):
    value: str
    count: int


class Facet(msgspec.Struct):
    type: str
    values: list[FacetValue] = []
    min: Decimal | None = None
    max: Decimal | None = None


class Counted(msgspec.Struct):
    count: int | None = None


class Result(msgspec.Struct):
    hits: list[Found]
    metadata: Counted
    facets: dict[str, Facet] = {}


class Results(msgspec.Struct):
    results: list[Result]


class Token(msgspec.Struct):
    token: str


class Customer(msgspec.Struct):
    id: str
    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    created_at: datetime.datetime | None = None


class CustomerAnswer(msgspec.Struct):
    customer: Customer


class Deleted(msgspec.Struct):
    deleted: bool
