"""The shapes of the Store API's answers about carts and orders, as far as they are read."""

from __future__ import annotations

from typing import Any

import msgspec

from .wire import Picture, Prices, Trouble


class Limits(msgspec.Struct):
    minimum: int = 1
    maximum: int = 9999
    multiple_of: int = 1
    editable: bool = True


class Chosen(msgspec.Struct):
    """A choice in words. Which attribute it is, only newer versions tell. An order lists the attributes of a product
    without variations as well, each with an object for a value: nothing was chosen there."""

    attribute: str
    value: Any
    raw_attribute: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            self.value = ""


class LineTotals(msgspec.Struct):
    line_subtotal: str
    line_subtotal_tax: str
    line_total: str
    line_total_tax: str


class Item(msgspec.Struct):
    """A line. In an order `id` is the line's own and `key` the order's; which product it was, only the SKU tells."""

    key: str
    id: int
    quantity: int
    name: str
    prices: Prices
    totals: LineTotals
    sku: str = ""
    permalink: str = ""
    quantity_limits: Limits = msgspec.field(default_factory=Limits)
    low_stock_remaining: int | None = None
    images: list[Picture] = []
    variation: list[Chosen] = []


class CouponTotals(msgspec.Struct):
    total_discount: str
    total_discount_tax: str


class Coupon(msgspec.Struct):
    code: str
    totals: CouponTotals


class Totals(msgspec.Struct):
    """The sums: net, and their tax. Delivery is null until it is known. An order has `subtotal` instead of the goods
    before discounts."""

    total_items: str
    total_items_tax: str
    total_discount: str
    total_discount_tax: str
    total_price: str
    total_tax: str
    currency_code: str
    currency_minor_unit: int
    total_shipping: str | None = None
    total_shipping_tax: str | None = None
    total_fees: str = "0"
    total_fees_tax: str = "0"


class Address(msgspec.Struct):
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str | None = None


class RateItem(msgspec.Struct):
    key: str


class Rate(msgspec.Struct):
    rate_id: str
    name: str
    price: str
    taxes: str
    method_id: str = ""
    description: str = ""
    selected: bool = False


class Package(msgspec.Struct):
    package_id: int | str
    items: list[RateItem] = []
    shipping_rates: list[Rate] = []


class Cart(msgspec.Struct):
    items: list[Item]
    totals: Totals
    coupons: list[Coupon] = []
    shipping_address: Address = msgspec.field(default_factory=Address)
    billing_address: Address = msgspec.field(default_factory=Address)
    needs_payment: bool = True
    needs_shipping: bool = True
    has_calculated_shipping: bool = False
    shipping_rates: list[Package] = []
    errors: list[Trouble] = []
    payment_methods: list[str] = []


class Part(msgspec.Struct):
    """One answer inside a batch's."""

    status: int
    body: msgspec.Raw
    headers: dict[str, str | int] | list[str] = {}


class Batch(msgspec.Struct):
    responses: list[Part]


class Draft(msgspec.Struct):
    order_id: int
    order_key: str


class PaymentResult(msgspec.Struct):
    payment_status: str = ""
    redirect_url: str = ""


class Placed(msgspec.Struct):
    order_id: int
    order_key: str
    status: str
    order_number: str = ""
    payment_result: PaymentResult | None = None


class Order(msgspec.Struct):
    id: int
    status: str
    items: list[Item]
    totals: Totals
    coupons: list[Coupon] = []
    shipping_address: Address = msgspec.field(default_factory=Address)
    billing_address: Address = msgspec.field(default_factory=Address)


class WithCart(msgspec.Struct):
    """What a conflict brings along: the cart as it is now."""

    cart: Cart | None = None


class Invalid(msgspec.Struct):
    code: str = ""


class Details(msgspec.Struct):
    """Which part of what was sent is invalid, and why."""

    details: dict[str, Invalid | None] | list[Invalid] = {}
