"""What Saleor answers about checkouts, customers and orders, as far as it is asked for."""

from __future__ import annotations

import datetime

from .wire import Many, Wire, WireImage, WireMoney, WireTaxed, WireTranslation, WireVariant


class WireError(Wire):
    """Why something was not done; a field's own."""

    code: str = ""
    field: str | None = None
    message: str | None = None
    variants: tuple[str, ...] | None = None


class WireCountry(Wire):
    code: str


class WireAddress(Wire):
    country: WireCountry
    id: str = ""
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    street_address1: str = ""
    street_address2: str = ""
    city: str = ""
    city_area: str = ""
    postal_code: str = ""
    country_area: str = ""
    phone: str | None = None
    is_default_shipping_address: bool | None = None
    typed: str | None = None


class WireMeta(Wire):
    key: str
    value: str


class WireGiftCard(Wire):
    id: str
    last4_code_chars: str = ""
    current_balance: WireMoney | None = None


class WireChannel(Wire):
    slug: str
    countries: tuple[WireCountry, ...] | None = None


class WireLine(Wire):
    id: str
    quantity: int
    unit_price: WireTaxed
    total_price: WireTaxed
    variant: WireVariant
    requires_shipping: bool = True
    is_gift: bool | None = None


class WireMethod(Wire):
    id: str
    name: str = ""
    price: WireMoney | None = None
    minimum_delivery_days: int | None = None
    maximum_delivery_days: int | None = None
    active: bool = True
    translation: WireTranslation | None = None


class WireChosen(Wire):
    """A shipping method or, for collecting, a warehouse."""

    id: str = ""


class WireDelivery(Wire):
    id: str
    shipping_method: WireMethod | None = None


class WireWarehouse(Wire):
    id: str
    name: str
    address: WireAddress | None = None


class WireProblemLine(Wire):
    id: str


class WireProblem(Wire, tag_field="__typename"):
    """Any problem of a checkout."""


class Stale(WireProblem, tag="CheckoutProblemDeliveryMethodStale"):
    """The delivery's price or existence is to be looked up anew."""


class Invalid(WireProblem, tag="CheckoutProblemDeliveryMethodInvalid"):
    """The delivery does not go there any more."""


class Short(WireProblem, tag="CheckoutLineProblemInsufficientStock"):
    line: WireProblemLine
    available_quantity: int | None = None


class Unsold(WireProblem, tag="CheckoutLineProblemVariantNotAvailable"):
    line: WireProblemLine


class WireUser(Wire):
    id: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    date_joined: datetime.datetime | None = None


class WireCheckout(Wire):
    id: str
    channel: WireChannel
    lines: tuple[WireLine, ...]
    quantity: int
    subtotal_price: WireTaxed
    shipping_price: WireTaxed
    total_price: WireTaxed
    is_shipping_required: bool = True
    email: str | None = None
    user: WireUser | None = None
    voucher_code: str | None = None
    discount: WireMoney | None = None
    discount_name: str | None = None
    translated_discount_name: str | None = None
    gift_cards: tuple[WireGiftCard, ...] = ()
    customer_note: str = ""
    metadata: tuple[WireMeta, ...] = ()
    updated_at: datetime.datetime | None = None
    shipping_address: WireAddress | None = None
    billing_address: WireAddress | None = None
    delivery_method: WireChosen | None = None
    delivery: WireDelivery | None = None
    available_collection_points: tuple[WireWarehouse, ...] = ()
    problems: tuple[Stale | Invalid | Short | Unsold, ...] = ()
    authorize_status: str = "NONE"
    charge_status: str = "NONE"


class WireOrderLine(Wire):
    id: str
    product_name: str
    variant_name: str
    quantity: int
    quantity_fulfilled: int
    unit_price: WireTaxed
    total_price: WireTaxed
    translated_product_name: str = ""
    translated_variant_name: str = ""
    product_sku: str | None = None
    product_variant_id: str | None = None
    is_shipping_required: bool = True
    is_gift: bool | None = None
    thumbnail: WireImage | None = None


class WireLineId(Wire):
    id: str


class WireParcelLine(Wire):
    quantity: int
    order_line: WireLineId | None = None


class WireParcel(Wire):
    status: str
    tracking_number: str = ""
    created: datetime.datetime | None = None
    lines: tuple[WireParcelLine, ...] | None = None


class WireOrder(Wire):
    id: str
    number: str
    created: datetime.datetime
    status: str
    charge_status: str
    channel: WireChannel
    subtotal: WireTaxed
    shipping_price: WireTaxed
    total: WireTaxed
    lines: tuple[WireOrderLine, ...]
    status_display: str | None = None
    discount: WireMoney | None = None
    user_email: str | None = None
    shipping_method_name: str | None = None
    collection_point_name: str | None = None
    metadata: tuple[WireMeta, ...] = ()
    shipping_address: WireAddress | None = None
    billing_address: WireAddress | None = None
    fulfillments: tuple[WireParcel, ...] = ()


class WireOrders(Wire):
    orders: Many[WireOrder] | None = None
