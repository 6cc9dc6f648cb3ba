"""The InlineCheckout port: the steps of the checkout. `placing.py` makes the order, `payments.py` hears the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from bff.ports import (
    CartRef,
    CheckoutState,
    Details,
    InvalidInput,
    Money,
    NotFound,
    Outcome,
    PaymentMethod,
    Problem,
    Ready,
    Refused,
    ShippingGroup,
    Target,
    VisitorContext,
)

from . import cart_rows, carts, checkout_input, checkout_state, payments, placing, texts
from .cart_rows import CartRow
from .cart_view import View, view
from .database import Connection, Database
from .trade import CheckoutDoc, Choice, methods


class EmbeddedCheckout:
    """Each write is one transaction; an order is made once, however often, from however many processes. A customer's cart
    answers with their token only; `handed`: also without, because the shopper was handed over by who had it. Coming
    back from the provider needs none: that may be in another browser."""

    def __init__(self, database: Database, *, handed: bool = False) -> None:
        self._database = database
        self._handed = handed

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        seen = await self._seen(ctx, cart)
        return checkout_state.state(seen)

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        return await self._changed(ctx, cart, lambda seen: checkout_input.detailed(ctx, seen, details))

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        return (await self._seen(ctx, cart)).parcels.groups

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        return await self._changed(ctx, cart, lambda seen: shipped(seen, choices))

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        return checkout_state.payment_methods(await self._seen(ctx, cart))

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        def choose(connection: Connection) -> Outcome:
            self._own(connection, ctx, cart)
            return choose_payment(connection, ctx, cart.id, method)

        return await self._database.write(choose)

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        def order(connection: Connection) -> Outcome:
            self._own(connection, ctx, cart)
            return placing.place(connection, ctx, cart.id, expected, return_to)

        return await self._database.write(order)

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        return await self._database.write(lambda c: placing.resume(c, ctx, cart.id, params))

    def _own(self, connection: Connection, ctx: VisitorContext, cart: CartRef) -> None:
        """Raises `NotFound` for a cart that is another's, as for one that never was."""
        if not self._handed and cart_rows.foreign(connection, cart_rows.customer_of(connection, ctx), cart.id):
            raise NotFound("cart: unknown")

    async def _seen(self, ctx: VisitorContext, cart: CartRef) -> View:
        def read(connection: Connection) -> View | None:
            self._own(connection, ctx, cart)
            return None if payments.unsettled(connection, cart.id) else looked(connection, ctx, cart.id)

        seen = await self._database.run(read)
        if seen is not None:
            return seen
        await self._database.write(lambda c: payments.settle_cart(c, cart.id))

        def again(connection: Connection) -> View:
            self._own(connection, ctx, cart)
            return looked(connection, ctx, cart.id)

        return await self._database.run(again)

    async def _changed(
        self, ctx: VisitorContext, cart: CartRef, change: Callable[[View], CheckoutDoc]
    ) -> CheckoutState:
        """A change of what the checkout was told; nothing is changed where the input is refused."""

        def write(connection: Connection) -> CheckoutState:
            self._own(connection, ctx, cart)
            row = _open(connection, ctx, cart.id)
            cart_rows.keep_checkout(connection, row.id, change(looked(connection, ctx, row.id)))
            cart_rows.touch(connection, row.id)
            return checkout_state.state(looked(connection, ctx, row.id))

        return await self._database.write(write)


def looked(connection: Connection, ctx: VisitorContext, reference: str) -> View:
    """The cart as its checkout sees it. Raises `NotFound` where it is no more."""
    seen = view(connection, ctx.public, reference)
    if not isinstance(seen, View):
        raise NotFound(f"cart: {seen.reason}", gone=seen.reason != "unknown")
    if not seen.cart.lines:
        raise NotFound("cart: empty", gone=True)
    return seen


def _open(connection: Connection, ctx: VisitorContext, reference: str) -> CartRow:
    """The cart for writing. Raises `NotFound`."""
    row = payments.given_up(connection, reference)
    gone = cart_rows.lapsed(connection, row)
    if row is None or gone is not None:
        raise NotFound("cart" if gone is None else f"cart: {gone.reason}", gone=row is not None)
    carts.claim(connection, ctx, row)
    return row


def shipped(seen: View, choices: Mapping[str, str]) -> CheckoutDoc:
    """The checkout with options chosen for some groups. Raises `InvalidInput` naming the group."""
    groups = {group.id: group for group in seen.parcels.groups}
    chosen = {id: choice for id, choice in seen.row.checkout.choices.items() if id in groups}
    wrong: dict[str, str] = {}
    for id, wanted in choices.items():
        options = groups[id].options if id in groups else ()
        option = next((one for one in options if one.id == wanted), None)
        if option is None or option.price is None:
            wrong[id[:100]] = "invalid"
        else:
            chosen[id] = Choice(option.id, option.price.amount)
    if wrong:
        raise InvalidInput(wrong)
    return msgspec.structs.replace(seen.row.checkout, choices=chosen)


def choose_payment(connection: Connection, ctx: VisitorContext, reference: str, method: str) -> Outcome:
    """Keep the way to pay; `Ready` says so, its state what else is missing."""
    done = placing.done_already(connection, ctx, reference)
    if done is not None:
        return done
    row = _open(connection, ctx, reference)
    seen = looked(connection, ctx, row.id)
    if method not in methods(seen.r):
        raise InvalidInput({"method": "invalid"})
    if method not in {each.id for each in checkout_state.payment_methods(seen)}:
        text = texts.word("method_gone", seen.r.languages)
        target = Target(kind="field", id="payment")
        return Refused(problems=(Problem(code="other", severity="error", target=target, text=text),))
    cart_rows.keep_checkout(connection, row.id, msgspec.structs.replace(seen.row.checkout, method=method))
    cart_rows.touch(connection, row.id)
    seen = looked(connection, ctx, row.id)
    kept = msgspec.structs.replace(seen.row.checkout, seen=(seen.sums.total, seen.sums.due))
    cart_rows.keep_checkout(connection, row.id, kept)
    return Ready(state=checkout_state.state(seen))
