"""What the shop API answers about orders (a cart is an order too), customers, and the outcomes of writes."""

from __future__ import annotations

import datetime
from decimal import Decimal

from bff.ports import LineInput, VariantKey

from .wire import Wire, WireAsset, WireOption


class WireNamed(Wire):
    slug: str
    name: str


class WireLineVariant(Wire):
    id: str
    product_id: str
    sku: str
    stock_level: str
    options: tuple[WireOption, ...]
    product: WireNamed


class WireDiscount(Wire):
    description: str
    adjustment_source: str
    amount: int
    amount_with_tax: int


class WireLine(Wire):
    id: str
    quantity: int
    unit_price: int
    unit_price_with_tax: int
    unit_price_change_since_added: int
    unit_price_with_tax_change_since_added: int
    line_price: int
    line_price_with_tax: int
    product_variant: WireLineVariant
    featured_asset: WireAsset | None = None
    discounts: tuple[WireDiscount, ...] = ()

    def again(self, quantity: int | None = None) -> LineInput:
        """What to add to have as much of it once more."""
        variant = self.product_variant
        key = VariantKey(id=variant.id, product_id=variant.product_id, sku=variant.sku or None)
        return LineInput(variant=key, quantity=Decimal(self.quantity if quantity is None else quantity))


class WireAddress(Wire):
    """Of an order. Vendure fills one that was never given with nulls."""

    full_name: str | None = None
    company: str | None = None
    street_line1: str | None = None
    street_line2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone_number: str | None = None


class WireMethod(Wire):
    id: str
    code: str
    name: str


class WireShippingLine(Wire):
    price: int
    price_with_tax: int
    shipping_method: WireMethod


class WireSurcharge(Wire):
    price: int
    price_with_tax: int


class WirePayment(Wire):
    method: str
    state: str


class WireBuyer(Wire):
    email_address: str
    phone_number: str | None = None


class WirePromotion(Wire):
    id: str
    coupon_code: str | None = None
    name: str = ""


class WireParcelLine(Wire):
    order_line_id: str
    quantity: int


class WireParcel(Wire):
    state: str
    method: str
    created_at: datetime.datetime
    tracking_code: str | None = None
    lines: tuple[WireParcelLine, ...] = ()


class WireOrder(Wire):
    id: str
    code: str
    state: str
    active: bool
    updated_at: datetime.datetime
    currency_code: str
    total_quantity: int
    sub_total: int
    sub_total_with_tax: int
    shipping: int
    shipping_with_tax: int
    total: int
    total_with_tax: int
    coupon_codes: tuple[str, ...]
    lines: tuple[WireLine, ...]
    discounts: tuple[WireDiscount, ...] = ()
    surcharges: tuple[WireSurcharge, ...] = ()
    shipping_lines: tuple[WireShippingLine, ...] = ()
    shipping_address: WireAddress | None = None
    billing_address: WireAddress | None = None
    customer: WireBuyer | None = None
    promotions: tuple[WirePromotion, ...] = ()
    order_placed_at: datetime.datetime | None = None
    payments: tuple[WirePayment, ...] | None = None
    fulfillments: tuple[WireParcel, ...] | None = None


class WireRefusal(Wire):
    """What a write was refused with; the order where it was not."""

    error_code: str | None = None
    message: str | None = None
    quantity_available: int | None = None
    max_items: int | None = None
    validation_error_message: str | None = None
    payment_error_message: str | None = None
    transition_error: str | None = None
    identifier: str | None = None


class WireAdded(Wire):
    order: WireOrder
    error_results: tuple[WireRefusal, ...]


class WireCountry(Wire):
    code: str


class WireQuote(Wire):
    """A way to send the order. Vendure rounds what it quotes only when it is chosen."""

    id: str
    code: str
    name: str
    price: Decimal
    price_with_tax: Decimal
    description: str = ""


class WirePaymentMethod(Wire):
    code: str
    name: str
    is_eligible: bool
    description: str | None = None


class WireCustomer(Wire):
    id: str
    first_name: str
    last_name: str
    email_address: str
    phone_number: str | None = None
    created_at: datetime.datetime | None = None


class WireOwnCountry(Wire):
    code: str


class WireOwnAddress(Wire):
    """Of a customer's address book."""

    id: str
    street_line1: str
    country: WireOwnCountry
    full_name: str | None = None
    company: str | None = None
    street_line2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    phone_number: str | None = None
    default_shipping_address: bool | None = None


class WireOrders(Wire):
    items: tuple[WireOrder, ...]
    total_items: int
