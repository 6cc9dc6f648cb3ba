"""The cart: lines, codes, totals. Everything here belongs to one shopper."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .catalog import Availability, Extensions, QuantityRule, SelectedOption
from .context import Market, VisitorContext
from .declarations import visitor_read, write
from .keys import VariantKey
from .media import Image
from .money import Money

ProblemCode = Literal[
    "out_of_stock",
    "quantity_reduced",
    "price_changed",
    "line_unavailable",
    "quantity_rule",
    "input_invalid",
    "code_invalid",
    "code_not_applicable",
    "code_needs_sign_in",
    "code_used_up",
    "limit_reached",
    "shipping_stale",
    "not_sold_here",
    "other",
]


class CartRef(msgspec.Struct, frozen=True, kw_only=True):
    """The backend's reference of a cart: a capability, never shown in a page, an address or a log."""

    id: str
    version: str | None = None

    def __repr__(self) -> str:
        return "CartRef(…)"


class InputValue(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper typed for one of the product's inputs. `label` and `text` are for showing."""

    id: str
    value: str
    label: str | None = None
    text: str | None = None


class LineInput(msgspec.Struct, frozen=True, kw_only=True):
    """What to add. `parent` is the line this one belongs to (an extra, a warranty)."""

    variant: VariantKey
    quantity: Decimal = Decimal(1)
    inputs: tuple[InputValue, ...] = ()
    plan: str | None = None
    parent: str | None = None


class LineComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a bundle that stands in the cart, with how many of it one bundle holds."""

    title: str
    quantity: Decimal
    key: VariantKey = VariantKey()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `id` is the backend's. `unit` and `total` are what the backend will charge; `compare_at` the earlier
    unit price. `fixed`: added by the backend (a gift), the shopper may not change it. `discounts` name the promotions that
    lower it, `discount` is what they take off in `Totals.discount`, None where that is not told or in `total` already."""

    id: str
    key: VariantKey
    title: str
    quantity: Decimal
    unit: Money | None = None
    total: Money | None = None
    compare_at: Money | None = None
    slug: str | None = None
    options: tuple[SelectedOption, ...] = ()
    inputs: tuple[InputValue, ...] = ()
    plan: str | None = None
    plan_name: str | None = None
    image: Image | None = None
    availability: Availability | None = None
    rule: QuantityRule = QuantityRule()
    parent: str | None = None
    components: tuple[LineComponent, ...] = ()
    fixed: bool = False
    discounts: tuple[str, ...] = ()
    discount: Money | None = None
    requires_shipping: bool | None = None
    extensions: Extensions = {}


class AppliedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code in the cart. `effective` is False where the backend took it and it changes nothing; `reason` says why.
    `amount` is what it takes off now, `balance` what remains on a gift card. `code` may be masked."""

    id: str
    kind: Literal["promotion", "gift_card"]
    code: str | None = None
    title: str | None = None
    effective: bool = True
    reason: str | None = None
    amount: Money | None = None
    balance: Money | None = None


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums as the backend made them; None means not known yet and is never shown as zero. `discount` and `gift_cards`
    are positive amounts taken off. `estimated`: tax or shipping may still change."""

    subtotal: Money | None = None
    discount: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    fees: Money | None = None
    gift_cards: Money | None = None
    total: Money | None = None
    due: Money | None = None
    tax_included: bool | None = None
    estimated: bool = True


class FreeShipping(msgspec.Struct, frozen=True, kw_only=True):
    """How far the cart is from free delivery: `remaining` is zero once it is reached."""

    threshold: Money
    remaining: Money


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """A cart. `market` is where it was priced; `quantity` counts pieces (bundles once, gifts not)."""

    ref: CartRef
    market: str
    currency: str
    lines: tuple[Line, ...]
    quantity: Decimal
    totals: Totals
    codes: tuple[AppliedCode, ...] = ()
    note: str | None = None
    attributes: Mapping[str, str] = {}
    free_shipping: FreeShipping | None = None
    updated: datetime.datetime | None = None
    extensions: Extensions = {}


class NoCart(msgspec.Struct, frozen=True, kw_only=True):
    """There is no cart to show, and why: never any (`empty`), lapsed, turned into an order, or the backend cannot say."""

    reason: Literal["empty", "expired", "ordered", "unknown"]
    order: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a problem is about: a line, a variant that did not become one, a code, a group of shipping, a field."""

    kind: Literal["cart", "line", "variant", "code", "group", "field"]
    id: str | None = None
    key: VariantKey | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something the shopper should know. `error`: it was not done; `warning`: done otherwise than asked; `info`.
    `limit` is the quantity that is possible, `before`/`after` the prices that changed. `text` is the backend's own
    wording in the context's locale, shown only for `other`."""

    code: ProblemCode
    severity: Literal["error", "warning", "info"]
    target: Target
    limit: Decimal | None = None
    before: Money | None = None
    after: Money | None = None
    text: str | None = None


class CartResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a mutation left behind: the cart as it is now (or why there is none), and what to tell."""

    cart: Cart | NoCart
    problems: tuple[Problem, ...] = ()


class CartTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`merges_lines`: equal additions become one line. `codes`: how many promotion codes may stand together (0: none
    is taken, None: no limit known). `gift_cards`, `note`, `attributes`: whether they are taken.
    `decimals`: fractional quantities."""

    merges_lines: bool = True
    codes: int | None = None
    gift_cards: bool = False
    note: bool = False
    attributes: bool = False
    decimals: bool = False
    move: Literal["in_place", "new_cart"] = "new_cart"


class Carts(Protocol):
    """One shopper's cart. Quantities are per (variant, inputs, plan): a backend may merge or split lines.

    Once a cart is a customer's (`adopt`, or made while signed in), its reference is no capability any more: it answers with
    that customer's token only. To anybody else, who knew it before the sign-in or after the sign-out, it is a cart that
    never was: `NoCart(reason="unknown")` here, `add` makes another one, the checkout raises `NotFound`. Coming back from
    a checkout is exempt (`InlineCheckout.resume`, `HostedCheckout.outcome`): that may be in another browser. What the order
    says of a person is then shown to nobody for whom `get` knows no such cart (`unknown`); whose it was hears `ordered`."""

    @property
    def traits(self) -> CartTraits: ...

    @visitor_read()
    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        """The cart behind a reference, priced now."""

    @write()
    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        """Put lines in; makes a cart where `cart` is None or has vanished. What cannot be added is a problem."""

    @write(idempotent=True)
    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        """Set lines' quantities; 0 removes. Taking the last line out may end the cart: `NoCart(reason="empty")`."""

    @write(idempotent=True)
    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        """Enter a promotion code or gift card. A refused code is a problem, not an error."""

    @write(idempotent=True)
    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        """Take an applied code out, by `AppliedCode.id`."""

    @write(idempotent=True)
    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        """Set the shopper's note and the head's attributes (those not named stay). None leaves a part as it is."""

    @write(idempotent=True)
    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        """Give a guest's cart to the signed-in customer; merges with theirs. Nothing to do where sign-in did it. Another
        customer's cart is left alone: theirs is the answer."""

    @write()
    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        """Carry the cart from `origin` into the context's market, re-priced; a problem for every change, none silent."""
