"""The OrderActions port: again, back, off, mine."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    ActionTraits,
    CartRef,
    CartResult,
    InvalidInput,
    LineInput,
    NotAllowed,
    NotFound,
    Order,
    VariantKey,
    VisitorContext,
)

from . import carts, customers, gift_cards, moments, order_mail, order_rows, orders, payments
from .database import Connection, Database
from .order_rows import OrderRow

_REASON = 1_000
_asked = msgspec.json.Decoder(list[tuple[str, Decimal]])


class EmbeddedOrderActions:
    """What has been sent can be sent back; what has not can be cancelled. A guest's order can be claimed with its number and
    e-mail address by whoever is signed in."""

    traits = ActionTraits(offered=("reorder", "return", "cancel", "claim"))

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reorder(self, ctx: VisitorContext, /, *, id: str, cart: CartRef | None) -> CartResult:
        def again(connection: Connection) -> CartResult:
            order = order_rows.read(orders.own(connection, ctx, id))
            lines = [
                LineInput(
                    variant=VariantKey(id=each.line.key.id, product_id=each.line.key.product_id, sku=each.line.key.sku),
                    quantity=each.line.quantity,
                    inputs=tuple(one for one in each.line.inputs if not _passed(connection, one.value)),
                    plan=each.line.plan,
                )
                for each in order.lines
                if not each.line.fixed
            ]
            return carts.add(connection, ctx, cart.id if cart else None, lines)

        return await self._database.write(again)

    async def request_return(
        self, ctx: VisitorContext, /, *, id: str, lines: Sequence[tuple[str, Decimal]], reason: str
    ) -> Order:
        def ask(connection: Connection) -> Order:
            row = orders.own(connection, ctx, id)
            ask_return(connection, row, lines, reason)
            return _again(connection, row, ctx)

        return await self._database.write(ask)

    async def cancel(self, ctx: VisitorContext, /, *, id: str) -> Order:
        def off(connection: Connection) -> Order:
            row = orders.own(connection, ctx, id)
            cancel(connection, row)
            return _again(connection, row, ctx)

        return await self._database.write(off)

    async def claim(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        def mine(connection: Connection) -> Order:
            customer = customers.required(connection, ctx)
            row = orders.guest(connection, fields)
            if row.customer not in (None, customer):
                raise NotFound("order")
            connection.execute("UPDATE orders SET customer_id = ? WHERE number = ?", (customer, row.number))
            return _again(connection, row, ctx)

        return await self._database.write(mine)


def _again(connection: Connection, row: OrderRow, ctx: VisitorContext) -> Order:
    return order_rows.read(order_rows.find(connection, row.number) or row, ctx.public.locale)


def _passed(connection: Connection, value: str) -> bool:
    """Whether what was typed is a day that has passed: it is left out rather than refused."""
    day = value[:10]
    return len(value) == 10 and day[4:5] == day[7:8] == "-" and day < connection.database.today().isoformat()


def ask_return(connection: Connection, row: OrderRow, lines: Sequence[tuple[str, Decimal]], reason: str) -> None:
    """Note that lines come back. Raises `NotAllowed` where nothing was sent, `InvalidInput` where a line has no so many."""
    if row.state not in ("shipped", "delivered"):
        raise NotAllowed("not sent")
    order = order_rows.read(row)
    sent = {each.line.id: each.line.quantity for each in order.lines if each.line.requires_shipping}
    for (earlier,) in connection.execute("SELECT lines FROM return_request WHERE order_number = ?", (row.number,)):
        for line, quantity in _asked.decode(earlier):
            sent[line] = sent.get(line, Decimal(0)) - quantity
    wrong: dict[str, str] = {}
    for line, quantity in lines:
        whole = quantity.is_finite() and quantity == quantity.to_integral_value() and quantity > 0
        if not whole or quantity > sent.get(line, Decimal(0)):
            wrong[f"lines.{line[:100]}"] = "invalid"
        else:
            sent[line] -= quantity
    if not lines:
        wrong["lines"] = "required"
    if len(reason) > _REASON:
        wrong["reason"] = "too_long"
    if wrong:
        raise InvalidInput(wrong)
    text = msgspec.json.encode(list(lines)).decode()
    values = (secrets.token_hex(8), row.number, text, reason.strip(), moments.stamp())
    connection.execute("INSERT INTO return_request VALUES (?, ?, ?, ?, ?)", values)
    order_rows.set_state(connection, row.number, row.state, "status_return_asked")
    order_mail.return_requested(connection, order_rows.find(connection, row.number) or row)


def cancel(connection: Connection, row: OrderRow) -> None:
    """Cancel an order of which nothing was sent: stock, gift cards and promotions come back, a payment is refunded. Once
    more changes nothing. Raises `NotAllowed`."""
    if row.state == "cancelled":
        return
    if row.state not in ("pending", "paid", "processing"):
        raise NotAllowed("sent already")
    undo(connection, row)
    order_rows.set_state(connection, row.number, "cancelled")
    order_mail.cancelled(connection, order_rows.find(connection, row.number) or row)


def undo(connection: Connection, row: OrderRow) -> None:
    """Give back what an order took, and the money for it. Raises `NotAllowed` where a gift card it bought is spent, or its
    payment hangs in the air."""
    payment = payments.of_order(connection, row.number)
    if payment is not None and payment.state == "processing":
        raise NotAllowed("the payment is not settled")
    if not gift_cards.void(connection, row.number):
        raise NotAllowed("a gift card of it is spent")
    payments.refund(connection, row.number)
    payments.give_back(connection, row.number)
