"""From cart to order: on the backend's own pages (`HostedCheckout`) or on the head's (`InlineCheckout`)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .carts import Cart, CartRef, Line, Problem, Totals
from .catalog import Extensions
from .context import VisitorContext
from .declarations import visitor_read, write
from .media import Html
from .money import Money

Missing = Literal[
    "contact", "shipping_address", "billing_address", "shipping", "payment", "consent", "account", "field"
]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address. `country` is ISO 3166-1 alpha-2; `region` the code or name the country uses."""

    country: str
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    postcode: str | None = None
    region: str | None = None
    phone: str | None = None
    id: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How the shop reaches the shopper about the order."""

    email: str
    phone: str | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was bought. `downloads` are links the customer may fetch."""

    line: Line
    downloads: tuple[tuple[str, str], ...] = ()
    fulfilled: Decimal | None = None


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel on its way. `url` tracks it; `lines` are order line ids with how many of each are in it."""

    carrier: str | None = None
    number: str | None = None
    url: str | None = None
    sent: datetime.datetime | None = None
    lines: tuple[tuple[str, Decimal], ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order. `number` is what the shopper quotes; `status` one of a closed list, `status_text` the backend's words.
    `payment_details` is what the shopper needs to pay by themselves (to whom, which account, what reference), label and
    text; `earliest` and `latest` are when it comes, or can be collected, as far as that was said."""

    id: str
    number: str
    placed: datetime.datetime
    currency: str
    totals: Totals
    status: Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]
    status_text: str | None = None
    lines: tuple[OrderLine, ...] = ()
    email: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_name: str | None = None
    payment_name: str | None = None
    payment_details: tuple[tuple[str, str], ...] = ()
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    shipments: tuple[Shipment, ...] = ()
    attributes: Mapping[str, str] = {}
    extensions: Extensions = {}


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the shopper now; `url` is on one of the adapter's declared origins. `expires` bounds its use."""

    url: str
    expires: datetime.datetime | None = None


class Open(msgspec.Struct, frozen=True, tag="open"):
    """The cart is still a cart."""


class Ordered(msgspec.Struct, frozen=True, kw_only=True, tag="ordered"):
    """The order exists; `order` is None where its details cannot be read."""

    order: Order | None = None


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """The cart is no more, and the backend does not say what became of it."""


class HostedTraits(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the shopper comes back, and knowing what. `origins` are https (or loopback) origins it sends to."""

    returns: Literal["with_order", "bare", "never"]
    origins: tuple[str, ...]


class HostedCheckout(Protocol):
    """Checkout on the backend's pages."""

    @property
    def traits(self) -> HostedTraits: ...

    @write()
    async def handoff(self, ctx: VisitorContext, /, *, cart: CartRef, return_to: str) -> Handoff | tuple[Problem, ...]:
        """An address made now, for this click, carrying customer, locale, currency and cart. Problems where it cannot."""

    @visitor_read()
    async def outcome(self, ctx: VisitorContext, /, *, cart: CartRef) -> Open | Ordered | Gone:
        """What became of a cart that was handed over."""


class ShippingOption(msgspec.Struct, frozen=True, kw_only=True):
    """One way to get a group of lines. `price` None: told later."""

    id: str
    name: str
    kind: Literal["delivery", "pickup", "digital"] = "delivery"
    price: Money | None = None
    description: str | None = None
    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    location: str | None = None


class ShippingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that travel together, the ways they can, and the one chosen."""

    id: str
    lines: tuple[str, ...]
    options: tuple[ShippingOption, ...]
    chosen: str | None = None


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A way to pay that this adapter can drive. `frame`: the provider's page inside ours, from a declared origin."""

    id: str
    name: str
    kind: Literal["offline", "redirect", "frame"]
    description: str | None = None
    fee: Money | None = None


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What the backend still asks for: `id` and `label` name a consent or a field."""

    kind: Missing
    id: str | None = None
    label: str | None = None
    text: Html | None = None
    required: bool = True


class CheckoutState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a checkout stands. `missing` in the order the backend wants it: the head's steps follow it."""

    cart: Cart
    missing: tuple[Requirement, ...]
    countries: tuple[str, ...]
    contact: Contact | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping: tuple[ShippingGroup, ...] = ()
    payment: str | None = None
    problems: tuple[Problem, ...] = ()


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper filled in; None leaves a part as it is. `billing_same`: the invoice goes where the goods go, and
    to no address where nothing is delivered."""

    contact: Contact | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    billing_same: bool | None = None
    consents: Mapping[str, bool] = {}
    fields: Mapping[str, str] = {}


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """Everything is there: `place` may be called."""

    state: CheckoutState


class Pending(msgspec.Struct, frozen=True, kw_only=True, tag="pending"):
    """Committed, not confirmed. The shopper reads "we are checking"; nothing is placed a second time."""

    order: Order | None = None


class Action(msgspec.Struct, frozen=True, kw_only=True, tag="action"):
    """The shopper must go to the provider: by redirect, or in its frame. `url` is on a declared origin; `fields` are
    posted where given."""

    kind: Literal["redirect", "frame"]
    url: str
    fields: Mapping[str, str] = {}


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """It was not done; the cart is as it was."""

    problems: tuple[Problem, ...]


Outcome = Ready | Ordered | Pending | Action | Refused


class InlineCheckout(Protocol):
    """Checkout on the head's pages. Steps are the backend's: `CheckoutState.missing`."""

    @visitor_read()
    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        """Where the checkout stands, prices and stock checked now. Raises `NotFound` where the cart is no more."""

    @write(idempotent=True)
    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        """Set contact, addresses, consents and fields. Raises `InvalidInput`."""

    @visitor_read()
    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        """The groups of lines and how each may travel, for the address given."""

    @write(idempotent=True)
    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        """Choose an option for each group."""

    @visitor_read()
    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        """Ways to pay that this adapter can drive, for this cart."""

    @write()
    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        """Choose how to pay; may already lead to the provider."""

    @write(idempotent=True)
    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        """Make the order, once, however often it is called. `expected` is the total the shopper saw: another total is
        `Refused` with `price_changed`."""

    @write(idempotent=True)
    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        """Go on after the provider's return; `params` as they stood in the address, untrusted."""
