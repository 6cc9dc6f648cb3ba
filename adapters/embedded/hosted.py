"""The HostedCheckout port: the cart goes to the backend's own pages by an address made for one click.

For those pages: `handed(connection, token)` says which cart, market, locale and customer an address stands for, and where to
send the shopper afterwards; the steps are those of `EmbeddedCheckout` with a visitor of that market and locale."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from bff.ports import (
    CartRef,
    Gone,
    Handoff,
    HostedTraits,
    NotFound,
    Open,
    Ordered,
    Problem,
    VisitorContext,
)

from . import cart_rows, carts, checkout_state, moments, order_rows, payments, site_addresses
from .cart_view import View, view
from .database import Connection, Database

_MINUTES = 60


class Handed(NamedTuple):
    """A cart that was handed over. `customer`: who was signed in at the store."""

    cart: str
    market: str
    locale: str
    customer: str | None
    return_to: str


class EmbeddedHostedCheckout:
    """The shopper comes back, and the order is known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.traits = HostedTraits(returns="with_order", origins=site_addresses.origins(database.settings))

    async def handoff(self, ctx: VisitorContext, /, *, cart: CartRef, return_to: str) -> Handoff | tuple[Problem, ...]:
        return await self._database.write(lambda c: hand_over(c, ctx, cart.id, return_to))

    async def outcome(self, ctx: VisitorContext, /, *, cart: CartRef) -> Open | Ordered | Gone:
        await payments.settled(self._database, cart.id)
        return await self._database.run(lambda c: became(c, ctx, cart.id))


def hand_over(
    connection: Connection, ctx: VisitorContext, reference: str, return_to: str
) -> Handoff | tuple[Problem, ...]:
    """See the port. Raises `NotFound` where the cart is no more, or another's."""
    if cart_rows.foreign(connection, cart_rows.customer_of(connection, ctx), reference):
        raise NotFound("cart: unknown")
    row = payments.settle_cart(connection, reference)
    seen = view(connection, ctx.public, reference)
    if row is None or not isinstance(seen, View):
        raise NotFound("cart", gone=row is not None)
    problems = tuple(each for each in checkout_state.state(seen).problems if each.target.kind == "line")
    if problems:
        return problems
    carts.claim(connection, ctx, row)
    connection.execute("DELETE FROM handoff WHERE expires < ?", (moments.stamp(),))
    token, expires = moments.token(), moments.now() + datetime.timedelta(minutes=_MINUTES)
    customer = cart_rows.customer_of(connection, ctx) or row.customer
    connection.execute(
        "INSERT INTO handoff VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            moments.kept(token),
            row.id,
            row.market,
            ctx.public.locale,
            customer,
            return_to,
            moments.stamp(),
            moments.stamp(expires),
        ),
    )
    return Handoff(url=site_addresses.checkout(connection.database.settings, token), expires=expires)


def handed(connection: Connection, token: str) -> Handed | None:
    """What an address of the hosted checkout stands for; None where it was never made or has expired, and where the cart
    has become a customer's since who was not the one handed over: who made it before the sign-in learns nothing after."""
    row = connection.execute(
        "SELECT cart_id, market, locale, customer_id, return_to FROM handoff WHERE token = ? AND expires > ?",
        (moments.kept(token), moments.stamp()),
    ).fetchone()
    if row is None or cart_rows.foreign(connection, row[3], row[0]):
        return None
    return Handed(*row)


def became(connection: Connection, ctx: VisitorContext, reference: str) -> Open | Ordered | Gone:
    """See the port."""
    row = cart_rows.located(connection, reference)
    gone = cart_rows.lapsed(connection, row)
    if row is not None and gone is None:
        return Open()
    if row is None or row.state != "ordered":
        return Gone()
    found = order_rows.find(connection, row.order)
    return Ordered(order=order_rows.read(found, ctx.public.locale) if found else None)
