"""Checkout on the head's pages. Medusa has no steps: what is missing is read from the cart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bff.ports import (
    Cart,
    CartRef,
    CheckoutState,
    Conflict,
    Contact,
    Details,
    InvalidInput,
    Line,
    Malformed,
    Missing,
    Money,
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

from . import payments
from . import wire_trade as trade
from .amounts import money
from .cart_calls import completed, short
from .cart_view import FIELDS, availability
from .carts import MedusaCarts
from .orders import FIELDS as ORDER_FIELDS
from .orders import order
from .places import checked, complete, read, written
from .shop import Shop
from .transport import Refusal, fields, part

_OPTION = fields(
    "id", "name", "price_type", "amount", "is_tax_inclusive", "shipping_profile_id", "insufficient_inventory",
    "service_zone.fulfillment_set.type",
)  # fmt: skip


class _Completed(NotFound):
    """The cart became an order; `cart` is what it was like."""

    def __init__(self, cart: trade.Cart) -> None:
        super().__init__("cart: ordered", gone=True)
        self.cart = cart


class MedusaCheckout:
    """An order is made once: completing a cart again answers the same order."""

    def __init__(self, shop: Shop, carts: MedusaCarts) -> None:
        self._shop, self._carts = shop, carts

    async def _cart(self, ctx: VisitorContext, cart: CartRef) -> trade.Cart:
        """Raises `NotFound` for a cart that is none any more."""
        path = f"/store/carts/{part(cart.id)}"
        found = (await self._shop.api.get(ctx.public, path, trade.CartAnswer, query=[FIELDS])).cart
        if found.completed_at is not None:
            raise _Completed(found)
        return found

    async def _update(self, ctx: VisitorContext, cart: CartRef, rest: str, body: Any) -> trade.Cart:
        """Raises `Refusal`, `NotFound`."""
        path = f"/store/carts/{part(cart.id)}{rest}"
        try:
            return (await self._shop.api.post(ctx.public, path, trade.CartAnswer, body, query=[FIELDS])).cart
        except Refusal as error:
            if completed(error):
                raise NotFound("cart: ordered", gone=True) from None
            raise

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        return await self._state(ctx, await self._cart(ctx, cart))

    async def _state(self, ctx: VisitorContext, found: trade.Cart) -> CheckoutState:
        shown = await self._carts.seen(ctx, found)
        if not isinstance(shown.cart, Cart):
            raise NotFound(f"cart: {shown.cart.reason}", gone=shown.cart.reason != "unknown")
        groups = await self._groups(ctx, found)
        open_ = payments.opened(found)
        payment = open_ if open_ in self._shop.settings.payments else payments.chosen(self._shop, found.metadata)
        return CheckoutState(
            cart=shown.cart,
            missing=tuple(Requirement(kind=kind) for kind in _missing(found, groups, payment)),
            countries=self._countries(ctx),
            contact=Contact(email=found.email) if found.email else None,
            shipping_address=read(found.shipping_address),
            billing_address=read(found.billing_address),
            shipping=groups,
            payment=payment,
            problems=(*shown.problems, *_problems(shown.cart, groups, found)),
        )

    def _countries(self, ctx: VisitorContext) -> tuple[str, ...]:
        """The region's, the market's own first."""
        own = ctx.public.market.country
        return tuple(sorted(self._shop.region(ctx.public).countries, key=lambda country: (country != own, country)))

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        before = await self._cart(ctx, cart)
        body: dict[str, Any] = {}
        phone = details.contact.phone if details.contact else None
        if details.contact is not None:
            body["email"] = details.contact.email
        if details.billing_address is not None:
            checked(details.billing_address, "billing_address.")
        if details.shipping_address is not None:
            checked(details.shipping_address, "shipping_address.")
            body["shipping_address"] = written(details.shipping_address, phone=phone)
        elif phone and before.shipping_address and before.shipping_address.address_1:
            body["shipping_address"] = {"phone": phone}
        delivered = details.shipping_address or read(before.shipping_address)
        if details.billing_address is not None:
            body["billing_address"] = written(details.billing_address)
        elif delivered is not None and _billed_there(details, before):
            body["billing_address"] = written(delivered, phone=phone)
        if not body:
            return await self._state(ctx, before)
        try:
            after = await self._update(ctx, cart, "", body)
        except Refusal as error:
            raise _refused(error, details) from None
        return await self._state(ctx, after)

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        return await self._groups(ctx, await self._cart(ctx, cart))

    async def _groups(self, ctx: VisitorContext, cart: trade.Cart) -> tuple[ShippingGroup, ...]:
        """One group for each shipping profile among the options. Which line has which profile, Medusa does not tell:
        with several, a group names no lines."""
        lines = tuple(item.id for item in cart.items or [] if item.requires_shipping is not False)
        if not lines or not complete(cart.shipping_address):
            return ()
        query = [("cart_id", cart.id), _OPTION]
        found = await self._shop.api.get(ctx.public, "/store/shipping-options", trade.ShippingOptions, query=query)
        profiles: dict[str, list[trade.ShippingOption]] = {}
        for option in found.shipping_options:
            if not option.insufficient_inventory:
                profiles.setdefault(option.shipping_profile_id, []).append(option)
        if not profiles:
            return (ShippingGroup(id="delivery", lines=lines, options=()),)
        chosen = {method.shipping_option_id for method in cart.shipping_methods or []}
        return tuple(
            ShippingGroup(
                id=profile,
                lines=lines if len(profiles) == 1 else (),
                options=tuple(self._option(ctx, option) for option in options),
                chosen=next((option.id for option in options if option.id in chosen), None),
            )
            for profile, options in profiles.items()
        )

    def _option(self, ctx: VisitorContext, option: trade.ShippingOption) -> ShippingOption:
        """A price in another wording than the market's, or one that is calculated later, is not known here."""
        market, kind = ctx.public.market, option.service_zone and option.service_zone.fulfillment_set
        worded = option.amount == 0 or bool(option.is_tax_inclusive) == (market.tax == "included")
        return ShippingOption(
            id=option.id,
            name=option.name,
            kind="pickup" if kind and kind.type == "pickup" else "delivery",
            price=money(option.amount, market.currency) if option.amount is not None and worded else None,
        )

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        before = await self._cart(ctx, cart)
        groups = {group.id: group for group in await self._groups(ctx, before)}
        wrong = {
            id[:100]: "invalid"
            for id, option in choices.items()
            if id not in groups or option not in {one.id for one in groups[id].options}
        }
        if wrong:
            raise InvalidInput(wrong)
        body = [{"option_id": option} for option in choices.values()]
        if not body:
            return await self._state(ctx, before)
        try:
            after = await self._update(ctx, cart, "/shipping-methods", body)
        except Refusal:
            raise InvalidInput(dict.fromkeys(choices, "invalid")) from None
        return await self._state(ctx, after)

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        return await payments.offered(self._shop, ctx.public, (await self._cart(ctx, cart)).region_id or "")

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        if method not in self._shop.settings.payments:
            raise InvalidInput({"method": "invalid"})
        try:
            found = await self._cart(ctx, cart)
        except NotFound as error:
            return await self._done(ctx, cart, error)
        try:
            await payments.begin(self._shop, ctx, found, method)
        except Refusal:
            return Refused(problems=(_lacking("payment"),))
        return Ready(state=await self._state(ctx, await self._update(ctx, cart, "", payments.kept(method))))

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        try:
            found = await self._cart(ctx, cart)
            state = await self._state(ctx, found)
        except NotFound as error:
            return await self._done(ctx, cart, error)
        total = state.cart.totals.total
        if expected is not None and expected != total:
            target = Target(kind="cart")
            changed = Problem(code="price_changed", severity="error", target=target, before=expected, after=total)
            return Refused(problems=(changed,))
        wrong = [problem for problem in state.problems if problem.severity != "info"]
        if wrong:
            return Refused(problems=tuple(wrong))
        if state.missing:
            return Refused(problems=tuple(_lacking(each.kind) for each in state.missing))
        try:
            if payments.opened(found) is None and state.payment:
                await payments.begin(self._shop, ctx, found, state.payment)
        except Refusal:
            return Refused(problems=(_lacking("payment"),))
        return await self._complete(ctx, cart, found, state.cart)

    async def _complete(
        self, ctx: VisitorContext, cart: CartRef, before: trade.Cart | None, shown: Cart | None
    ) -> Outcome:
        path = f"/store/carts/{part(cart.id)}/complete"
        try:
            # No field selection here: what it may ask for differs from what the order may be read with.
            answer = await self._shop.api.post(ctx.public, path, trade.Completed, {}, query=[ORDER_FIELDS])
        except Conflict:
            return Pending()  # Another request is completing it right now.
        except Refusal as error:
            if short(error):
                lines = [line for line in shown.lines if not _enough(line)] if shown else []
                targets = [Target(kind="line", id=line.id) for line in lines] or [Target(kind="cart")]
                return Refused(
                    problems=tuple(Problem(code="out_of_stock", severity="error", target=one) for one in targets)
                )
            return Refused(problems=(_lacking("payment"),))
        if answer.type == "order" and answer.order is not None:
            return Ordered(order=order(answer.order, self._shop, ctx.public, before))
        if answer.type == "cart":
            return Refused(problems=(_lacking("payment"),))
        raise Malformed("complete: neither order nor cart")

    async def _done(self, ctx: VisitorContext, cart: CartRef, error: NotFound) -> Outcome:
        """What became of a cart that is none any more. Raises the `NotFound` again where it was never an order."""
        if "ordered" not in error.detail:
            raise error
        return await self._complete(ctx, cart, error.cart if isinstance(error, _Completed) else None, None)

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        """Nothing here sends the shopper away; the order, if there is one, else where the checkout stands."""
        try:
            return Ready(state=await self.state(ctx, cart=cart))
        except NotFound as error:
            return await self._done(ctx, cart, error)


def _missing(cart: trade.Cart, groups: Sequence[ShippingGroup], payment: str | None) -> list[Missing]:
    found: list[Missing] = []
    delivered = any(item.requires_shipping is not False for item in cart.items or [])
    if not cart.email:
        found.append("contact")
    if delivered and not complete(cart.shipping_address):
        found.append("shipping_address")
    if not complete(cart.billing_address):
        found.append("billing_address")
    if delivered and (not groups or any(group.chosen is None for group in groups)):
        found.append("shipping")
    if payment is None:
        found.append("payment")
    return found


def _problems(cart: Cart, groups: Sequence[ShippingGroup], found: trade.Cart) -> list[Problem]:
    """What keeps the order from being made as it stands."""
    made: list[Problem] = []
    for line in cart.lines:
        there, target = availability(line), Target(kind="line", id=line.id)
        if there.state == "discontinued":
            made.append(Problem(code="line_unavailable", severity="error", target=target, text=line.title))
        elif not there.buyable:
            made.append(Problem(code="out_of_stock", severity="error", target=target))
        elif there.orderable is not None and there.orderable < line.quantity:
            limit = there.orderable
            made.append(Problem(code="quantity_reduced", severity="warning", target=target, limit=limit))
    country = found.shipping_address.country_code if found.shipping_address else None
    for group in groups:
        if not group.options:
            target = Target(kind="group", id=group.id)
            made.append(Problem(code="not_sold_here", severity="error", target=target, text=(country or "").upper()))
    return made


def _enough(line: Line) -> bool:
    there = availability(line)
    return there.buyable and (there.orderable is None or there.orderable >= line.quantity)


def _lacking(kind: Missing) -> Problem:
    return Problem(code="other", severity="error", target=Target(kind="field", id=kind))


def _billed_there(details: Details, before: trade.Cart) -> bool:
    """Whether the bill goes where the goods go: said so, or nothing else is known yet, or it did until now."""
    if details.billing_same is not None:
        return details.billing_same
    if not complete(before.billing_address):
        return True
    return _text(before.billing_address) == _text(before.shipping_address)


def _text(address: trade.Address | None) -> dict[str, Any]:
    found = read(address)
    return {} if found is None else {**written(found), "phone": ""}


def _refused(error: Refusal, details: Details) -> InvalidInput:
    """The field a refusal is about. Medusa's words are English and hold ids, so they are not shown."""
    said = error.message.lower()
    if "email" in said:
        return InvalidInput({"contact.email": "invalid"}, error.detail)
    if "country" in said or "region" in said:
        part_ = "shipping_address" if details.shipping_address else "billing_address"
        return InvalidInput({f"{part_}.country": "invalid"}, error.detail)
    return error
