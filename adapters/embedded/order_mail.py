"""What goes out by mail about an order, and the gift cards that go out with it."""

from __future__ import annotations

import datetime

from bff.ports import Order, OrderLine

from . import gift_cards, mail, moments
from .codes import fold
from .database import Connection
from .mail import Kind
from .order_rows import OrderRow, read


def placed(connection: Connection, row: OrderRow) -> None:
    _about(connection, row, "order_placed")


def paid(connection: Connection, row: OrderRow) -> None:
    _about(connection, row, "order_paid")


def shipped(connection: Connection, row: OrderRow) -> None:
    _about(connection, row, "order_shipped")


def cancelled(connection: Connection, row: OrderRow) -> None:
    _about(connection, row, "order_cancelled")


def return_requested(connection: Connection, row: OrderRow) -> None:
    _about(connection, row, "return_requested")


def _about(connection: Connection, row: OrderRow, kind: Kind) -> None:
    order = read(row)
    if order.email:
        link = f"account/orders/{order.id}" if row.customer else "account/orders/find"
        mail.queue(connection, kind, order.email, row.locale, row.market, order=order, link=link)


def issue_gift_cards(connection: Connection, row: OrderRow) -> None:
    """Make the gift cards an order bought, once, and send each to whom it is for, on the day asked for."""
    if connection.execute("SELECT 1 FROM gift_card WHERE order_number = ?", (row.number,)).fetchone():
        return
    order = read(row)
    for each in order.lines:
        kind = connection.execute("SELECT kind FROM product WHERE id = ?", (each.line.key.product_id,)).fetchone()
        if kind is not None and kind[0] == "gift_card" and each.line.unit is not None:
            for _ in range(int(each.line.quantity)):
                _issue(connection, row, order, each)


def _issue(connection: Connection, row: OrderRow, order: Order, each: OrderLine) -> None:
    line, code = each.line, gift_cards.new_code()
    if line.unit is None:
        return
    typed = {one.id: one.value for one in line.inputs}
    gift_cards.make(connection, fold(code), line.unit.currency, line.unit.amount, order=row.number, line=line.id)
    to = typed.get("recipient") or order.email
    if to is None:
        return
    when = _morning(typed.get("send-on"))
    mail.queue(
        connection,
        "gift_card",
        to,
        row.locale,
        row.market,
        code=gift_cards.spaced(code),
        amount=line.unit,
        message=typed.get("message"),
        due=when,
    )


def _morning(date: str | None) -> datetime.datetime | None:
    """Eight o'clock of a day that is still to come."""
    if not date:
        return None
    when = datetime.datetime.combine(datetime.date.fromisoformat(date), datetime.time(8), datetime.UTC)
    return when if when > moments.now() else None
