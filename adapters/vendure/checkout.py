"""Checkout in the head. Vendure's order is a machine of states: details and delivery while things are added, then
`ArrangingPayment`, in which nothing may be changed any more, then payment, which makes it an order.

How the shopper wants to pay has no place in Vendure before that; it is kept in the session blob.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from bff.ports import (
    CartRef,
    CheckoutState,
    Contact,
    Details,
    InvalidInput,
    Money,
    NoCart,
    NotFound,
    Ordered,
    Outcome,
    PaymentMethod,
    Pending,
    Problem,
    Ready,
    Refused,
    Requirement,
    ShippingGroup,
    ShippingOption,
    Target,
    VisitorContext,
)

from . import order_documents as documents
from .adding import refused
from .bags import address, given, news
from .client import Operation
from .customers import EMAIL
from .desk import Desk, Done
from .places import Place
from .references import Held
from .settings import Settings
from .wire import Wire
from .wire_orders import WireCountry, WireOrder, WirePaymentMethod, WireQuote, WireRefusal

GROUP = "all"
"""Vendure sends an order as a whole."""
ARRANGING = "ArrangingPayment"
ADDING = "AddingItems"
_CART = Target(kind="cart")
_TAGS = re.compile(r"</?[a-zA-Z][^>]*>")


class _Desk(Wire):
    active_order: WireOrder | None
    available_countries: tuple[WireCountry, ...]
    eligible_shipping_methods: tuple[WireQuote, ...]


class _Payments(Wire):
    eligible_payment_methods: tuple[WirePaymentMethod, ...]


class _Notes(msgspec.Struct, frozen=True):
    """The session blob: how each order is to be paid, by its code."""

    pay: dict[str, str] = {}


class VendureCheckout:
    """See the port."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._settings = desk, settings
        self._all = Operation("checkout", documents.DESK + desk.fragment, _Desk)
        self._payments = Operation("eligiblePaymentMethods", documents.PAYMENTS, _Payments)
        self._ship = Operation("setOrderShippingMethod", documents.SHIP + desk.fragment, Done)
        self._pay = Operation("addPaymentToOrder", documents.PAY + desk.fragment, Done)

    # ---------------------------------------------------------------- reading

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        own, token = self._own(ctx, cart)
        return self._shown(ctx, own, await self._asked(ctx, own, token))

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        own, token = self._own(ctx, cart)
        told = await self._asked(ctx, own, token)
        assert told.active_order is not None
        return (self._group(self._desk.place(ctx, own), told.active_order, told),)

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        own, token = self._own(ctx, cart)
        told = await self._desk.ask(ctx, self._desk.place(ctx, own), self._payments, None, token)
        there = {one.code: one for one in told.data.eligible_payment_methods if one.is_eligible}
        return tuple(
            PaymentMethod(id=code, name=there[code].name, kind="offline", description=_plain(there[code].description))
            for code in self._settings.payments
            if code in there
        )

    def _own(self, ctx: VisitorContext, cart: CartRef) -> tuple[Held, str]:
        own = self._desk.held(cart)
        token = own.session(ctx) if own else None
        if own is None or token is None:
            raise NotFound("no such cart")
        return own, token

    async def _asked(self, ctx: VisitorContext, own: Held, token: str) -> _Desk:
        """The order, where it may go and how. Raises `NotFound` where it is no cart any more."""
        told = await self._desk.ask(ctx, self._desk.place(ctx, own), self._all, None, token)
        order = told.data.active_order
        if told.lost or order is None or not order.lines or order.code != own.code:
            raise NotFound("the cart is no more")
        return told.data

    def _shown(self, ctx: VisitorContext, own: Held, told: _Desk) -> CheckoutState:
        order, place = told.active_order, self._desk.place(ctx, own)
        assert order is not None
        group = self._group(place, order, told)
        payment = self._noted(ctx).pay.get(order.code)
        problems = news(place, order)
        if order.shipping_lines and group.chosen is None:
            problems.append(Problem(code="shipping_stale", severity="warning", target=Target(kind="group", id=GROUP)))
        return CheckoutState(
            cart=self._desk.bags.cart(place, order, own.token),
            missing=_missing(order, group, payment),
            countries=tuple(country.code for country in told.available_countries),
            contact=_contact(order),
            shipping_address=address(order.shipping_address),
            billing_address=address(order.billing_address),
            shipping=(group,),
            payment=payment,
            problems=tuple(problems),
        )

    def _group(self, place: Place, order: WireOrder, told: _Desk) -> ShippingGroup:
        options = tuple(
            ShippingOption(
                id=one.id,
                name=one.name,
                price=place.shown(_rounded(one.price), _rounded(one.price_with_tax)),
                description=_plain(one.description),
            )
            for one in told.eligible_shipping_methods
        )
        chosen = order.shipping_lines[0].shipping_method.id if order.shipping_lines else None
        known = chosen if any(option.id == chosen for option in options) else None
        return ShippingGroup(id=GROUP, lines=tuple(line.id for line in order.lines), options=options, chosen=known)

    # ---------------------------------------------------------------- filling in

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        own, token = self._own(ctx, cart)
        told = await self._asked(ctx, own, token)
        place = self._desk.place(ctx, own)
        parts, declared, values = self._parts(ctx, details, told)
        if parts:
            assert told.active_order is not None
            await self._open(ctx, place, token, told.active_order)
            document = f"mutation Details({', '.join(declared)}) {{ {' '.join(parts)} }}".replace("()", "")
            operation = Operation("details", document, dict[str, WireRefusal])
            answer = await self._desk.ask(ctx, place, operation, values, token)
            for name, refusal in answer.data.items():
                if refusal.error_code:
                    raise _wrong(name, refusal)
            told = await self._asked(ctx, own, token)
        return self._shown(ctx, own, told)

    def _parts(
        self, ctx: VisitorContext, details: Details, told: _Desk
    ) -> tuple[list[str], list[str], dict[str, object]]:
        parts: list[str] = []
        declared: list[str] = []
        values: dict[str, object] = {}
        order, known = told.active_order, {country.code for country in told.available_countries}
        for name, one in (("shipping", details.shipping_address), ("billing", details.billing_address)):
            if one is None or (name == "billing" and details.billing_same):
                continue
            if not (one.line1 or "").strip():
                raise InvalidInput({f"{name}_address.line1": "required"})
            if one.country not in known:
                raise InvalidInput({f"{name}_address.country": "not_shipped_to"})
            parts.append(
                f"{name}: " + (documents.SHIPPING_ADDRESS if name == "shipping" else documents.BILLING_ADDRESS)
            )
            declared.append(f"${name}: CreateAddressInput!")
            values[name] = given(one)
        if details.billing_same and order is not None and address(order.billing_address) is not None:
            parts.append("billing: " + documents.SAME_ADDRESS)
        if details.contact is not None and ctx.shopper.token is None:
            named = details.shipping_address or details.billing_address or (order and address(order.shipping_address))
            if not EMAIL.fullmatch(details.contact.email):
                raise InvalidInput({"contact.email": "email"})  # Vendure takes anything
            parts.append("contact: " + documents.CUSTOMER)
            declared.append("$customer: CreateCustomerInput!")
            values["customer"] = {
                "emailAddress": details.contact.email,
                "firstName": (named.first_name if named else None) or "",
                "lastName": (named.last_name if named else None) or "",
                **({"phoneNumber": details.contact.phone} if details.contact.phone else {}),
            }
        return parts, declared, values

    async def _open(self, ctx: VisitorContext, place: Place, token: str, order: WireOrder) -> None:
        """Take an order back from payment, where nothing may be changed."""
        if order.state == ARRANGING:
            await self._desk.turn(ctx, place, token, ADDING)

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        own, token = self._own(ctx, cart)
        told = await self._asked(ctx, own, token)
        wanted = choices.get(GROUP, "")
        if not any(one.id == wanted for one in told.eligible_shipping_methods):
            raise InvalidInput({f"group.{GROUP}": "choice"})
        place = self._desk.place(ctx, own)
        assert told.active_order is not None
        await self._open(ctx, place, token, told.active_order)
        order = await self._desk.done(ctx, place, self._ship, {"id": [wanted]}, token)
        if isinstance(order, WireRefusal):
            raise InvalidInput({f"group.{GROUP}": "choice"}, order.error_code or "")
        return self._shown(ctx, own, msgspec.structs.replace(told, active_order=order))

    # ---------------------------------------------------------------- paying

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        if method not in {one.id for one in await self.payment_methods(ctx, cart=cart)}:
            raise InvalidInput({"method": "choice"})
        own, token = self._own(ctx, cart)
        told = await self._asked(ctx, own, token)
        assert told.active_order is not None
        self._note(ctx, told.active_order.code, method)
        return Ready(state=self._shown(ctx, own, told))

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        """The cart's order is asked for first: where it was placed before, that one is the answer."""
        own, token = self._own(ctx, cart)
        place = self._desk.place(ctx, own)
        try:
            told = await self._asked(ctx, own, token)
        except NotFound:
            return await self._earlier(ctx, place, own, token)
        order, state = told.active_order, self._shown(ctx, own, told)
        assert order is not None
        stopping = tuple(problem for problem in state.problems if problem.severity == "error")
        if stopping or any(item.required for item in state.missing):
            lacking = Problem(code="other", severity="error", target=_CART, text=None)
            return Refused(problems=stopping or (lacking,))
        if (changed := _changed(place, order, expected)) is not None:
            return changed
        if order.state != ARRANGING:
            turned = await self._desk.turn(ctx, place, token, ARRANGING)
            if isinstance(turned, WireRefusal):
                return await self._not_turned(ctx, place, own, token, turned)
            if (changed := _changed(place, turned, expected)) is not None:
                await self._desk.turn(ctx, place, token, ADDING)
                return changed
        asked: dict[str, object] = {"input": {"method": state.payment, "metadata": {}}}
        paid = await self._desk.done(ctx, place, self._pay, asked, token)
        if isinstance(paid, WireOrder):
            if paid.active:
                return Pending()
            return await self._earlier(ctx, place, own._replace(code=paid.code), token)
        if paid.error_code in ("ORDER_PAYMENT_STATE_ERROR", "NO_ACTIVE_ORDER_ERROR"):  # somebody was faster
            return await self._earlier(ctx, place, own, token)
        await self._desk.turn(ctx, place, token, ADDING)
        declined = paid.error_code in ("PAYMENT_DECLINED_ERROR", "PAYMENT_FAILED_ERROR")
        return Refused(problems=() if declined else (refused(paid, _CART),))

    async def _not_turned(
        self, ctx: VisitorContext, place: Place, own: Held, token: str, refusal: WireRefusal
    ) -> Outcome:
        """Payment may not begin: mostly because something sold out meanwhile."""
        found = await self._desk.found(ctx, own)
        if isinstance(found, NoCart):
            return await self._earlier(ctx, place, own, token)
        problems = tuple(each for each in news(place, found[0]) if each.severity == "error")
        return Refused(problems=problems or (refused(refusal, _CART),))

    async def _earlier(self, ctx: VisitorContext, place: Place, own: Held, token: str) -> Outcome:
        """The order that was made of this cart. Raises `NotFound` where there is none."""
        order = await self._desk.by_code(ctx, place, own.code, token)
        if order is None:
            raise NotFound("the cart is no more")
        if order.order_placed_at is None:
            return Pending()
        return Ordered(order=self._desk.bags.order(place, order))

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        """No provider leads back here; it says what became of an order whose answer was lost."""
        own, token = self._own(ctx, cart)
        try:
            return Ready(state=self._shown(ctx, own, await self._asked(ctx, own, token)))
        except NotFound:
            return await self._earlier(ctx, self._desk.place(ctx, own), own, token)

    # ---------------------------------------------------------------- the blob

    def _noted(self, ctx: VisitorContext) -> _Notes:
        try:
            return msgspec.json.decode(ctx.shopper.blob.text or "{}", type=_Notes)
        except msgspec.DecodeError:
            return _Notes()

    def _note(self, ctx: VisitorContext, code: str, method: str) -> None:
        """Only the newest order counts."""
        text = msgspec.json.encode(_Notes(pay={code: method})).decode()
        ctx.shopper.blob.replace(ctx.shopper.blob.text, text)


def _rounded(minor: Decimal) -> int:
    """As Vendure rounds: half a unit goes up."""
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _missing(order: WireOrder, group: ShippingGroup, payment: str | None) -> tuple[Requirement, ...]:
    found: list[Requirement] = []
    if order.customer is None or not order.customer.email_address:
        found.append(Requirement(kind="contact"))
    if address(order.shipping_address) is None:
        found.append(Requirement(kind="shipping_address"))
    if group.chosen is None:
        found.append(Requirement(kind="shipping"))
    if payment is None:
        found.append(Requirement(kind="payment"))
    return tuple(found)


def _contact(order: WireOrder) -> Contact | None:
    buyer = order.customer
    return Contact(email=buyer.email_address, phone=buyer.phone_number or None) if buyer else None


def _changed(place: Place, order: WireOrder, expected: Money | None) -> Refused | None:
    now = place.money(order.total_with_tax)
    if expected is None or (expected.currency == now.currency and expected.amount == now.amount):
        return None
    changed = Problem(code="price_changed", severity="error", target=_CART, before=expected, after=now)
    return Refused(problems=(changed,))


def _wrong(name: str, refusal: WireRefusal) -> InvalidInput | NotFound:
    """Which field Vendure did not take."""
    match refusal.error_code:
        case "EMAIL_ADDRESS_CONFLICT_ERROR" | "GUEST_CHECKOUT_ERROR":
            return InvalidInput({"contact.email": refusal.message or ""}, refusal.error_code)
        case "NO_ACTIVE_ORDER_ERROR":
            return NotFound("the cart is no more")
        case _:
            return InvalidInput({f"{name}_address": refusal.message or ""}, refusal.error_code or "")


def _plain(text: str | None) -> str | None:
    """A description, which is markup (Vendure's dashboard writes `<p>` around it), as one line of text."""
    return " ".join(html.unescape(_TAGS.sub(" ", text or "")).split()) or None
