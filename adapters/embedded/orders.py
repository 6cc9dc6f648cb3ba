"""The Orders port: the customer's own, and a guest's by number and e-mail address."""

from __future__ import annotations

from collections.abc import Mapping

from bff.ports import NotFound, Order, OrderPage, OrderTraits, VisitorContext

from . import cart_rows, customers, order_rows, payments
from .database import Connection, Database
from .order_rows import OrderRow

PAGE = 10
LOOKUP = ("number", "email")


class EmbeddedOrders:
    """An order under way, its payment still open, is none yet."""

    traits = OrderTraits(lookup=LOOKUP)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, ctx: VisitorContext, /, *, cursor: str | None = None) -> OrderPage:
        return await self._database.run(lambda c: page(c, ctx, cursor))

    async def get(self, ctx: VisitorContext, /, *, id: str) -> Order:
        await payments.settled_order(self._database, id)
        return await self._database.run(lambda c: shown(c, own(c, ctx, id), ctx))

    async def lookup(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        await payments.settled_order(self._database, order_rows.folded(fields.get("number", "")))
        return await self._database.run(lambda c: shown(c, guest(c, fields), ctx))


def page(connection: Connection, ctx: VisitorContext, cursor: str | None) -> OrderPage:
    """A customer's orders, newest first. Raises `NotSignedIn`."""
    customer = customers.required(connection, ctx)
    found = order_rows.of_customer(connection, customer, cursor, PAGE + 1)
    rows = [order_rows.find(connection, number) for number, _ in found[:PAGE]]
    orders = tuple(shown(connection, row, ctx) for row in rows if row is not None)
    return OrderPage(orders=orders, next=found[PAGE - 1][1] if len(found) > PAGE else None)


def own(connection: Connection, ctx: VisitorContext, id: str) -> OrderRow:
    """One of the customer's orders. Raises `NotSignedIn`, `NotFound`."""
    customer = customers.required(connection, ctx)
    row = order_rows.find(connection, id)
    if row is None or row.customer != customer or not order_rows.stands(connection, row):
        raise NotFound("order")
    return row


def guest(connection: Connection, fields: Mapping[str, str]) -> OrderRow:
    """An order by its number and e-mail address. Raises `NotFound`, whichever is wrong."""
    row = order_rows.find(connection, order_rows.folded(fields.get("number", "")))
    email = cart_rows.email_key(fields.get("email"))
    if row is None or not email or row.email_key != email or not order_rows.stands(connection, row):
        raise NotFound("order")
    return row


def shown(connection: Connection, row: OrderRow, ctx: VisitorContext) -> Order:
    return order_rows.read(row, ctx.public.locale)
