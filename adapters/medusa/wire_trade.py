"""The shapes of Medusa's answers: carts, checkout, orders."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec


class Adjustment(msgspec.Struct):
    amount: Decimal
    code: str | None = None
    is_tax_inclusive: bool | None = None


class Item(msgspec.Struct):
    """A line. Medusa keeps the words and the price as they were when it was put in."""

    id: str
    quantity: Decimal
    unit_price: Decimal
    product_title: str | None = None
    title: str | None = None
    variant_id: str | None = None
    product_id: str | None = None
    product_handle: str | None = None
    variant_sku: str | None = None
    variant_title: str | None = None
    thumbnail: str | None = None
    requires_shipping: bool | None = None
    is_tax_inclusive: bool | None = None
    compare_at_unit_price: Decimal | None = None
    original_total: Decimal | None = None
    original_subtotal: Decimal | None = None
    created_at: datetime.datetime | None = None
    adjustments: list[Adjustment] | None = None


class Address(msgspec.Struct):
    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    province: str | None = None
    phone: str | None = None
    is_default_shipping: bool | None = None


class Method(msgspec.Struct):
    id: str
    shipping_option_id: str | None = None
    name: str | None = None
    adjustments: list[Adjustment] | None = None


class PaymentSession(msgspec.Struct):
    provider_id: str
    status: str | None = None


class PaymentCollection(msgspec.Struct):
    id: str
    payment_sessions: list[PaymentSession] | None = None


class PaymentCollectionAnswer(msgspec.Struct):
    payment_collection: PaymentCollection


class Promotion(msgspec.Struct):
    code: str | None = None
    is_automatic: bool | None = None


class Sums(msgspec.Struct, kw_only=True):
    """What carts and orders add up to."""

    total: Decimal
    tax_total: Decimal
    discount_total: Decimal
    original_item_total: Decimal
    original_item_subtotal: Decimal
    original_shipping_total: Decimal
    original_shipping_subtotal: Decimal
    discount_subtotal: Decimal | None = None


class Cart(Sums, kw_only=True):
    id: str
    currency_code: str
    region_id: str | None = None
    email: str | None = None
    completed_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None
    metadata: Mapping[str, Any] | None = None
    items: list[Item] | None = None
    shipping_methods: list[Method] | None = None
    promotions: list[Promotion] | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    payment_collection: PaymentCollection | None = None


class CartAnswer(msgspec.Struct):
    cart: Cart


class Kind(msgspec.Struct):
    type: str | None = None


class Zone(msgspec.Struct):
    fulfillment_set: Kind | None = None


class ShippingOption(msgspec.Struct):
    id: str
    name: str
    shipping_profile_id: str
    price_type: str | None = None
    amount: Decimal | None = None
    is_tax_inclusive: bool | None = None
    insufficient_inventory: bool | None = None
    service_zone: Zone | None = None


class ShippingOptions(msgspec.Struct):
    shipping_options: list[ShippingOption]


class Provider(msgspec.Struct):
    id: str
    is_enabled: bool = True


class Providers(msgspec.Struct):
    payment_providers: list[Provider]


class Order(Sums, kw_only=True):
    id: str
    currency_code: str
    created_at: datetime.datetime
    display_id: int | None = None
    status: str | None = None
    payment_status: str | None = None
    fulfillment_status: str | None = None
    email: str | None = None
    metadata: Mapping[str, Any] | None = None
    items: list[Item] | None = None
    shipping_methods: list[Method] | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None


class OrderAnswer(msgspec.Struct):
    order: Order


class Orders(msgspec.Struct):
    orders: list[Order]
    count: int


class Failed(msgspec.Struct):
    type: str | None = None


class Completed(msgspec.Struct):
    """`type` says which of the two is there."""

    type: str
    order: Order | None = None
    error: Failed | None = None


class Addresses(msgspec.Struct):
    addresses: list[Address]
