"""`portico embedded order NUMBER [STATE]`: what the shop keeper tells about an order, and mail that goes out with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from bff.ports import BackendError, Command, CommandArgument, Misconfigured, OrderLine, Progress, Shipment

from . import moments, order_actions, order_mail, order_rows, payments
from .database import Connection, Database, transaction
from .order_rows import OrderRow
from .settings import Settings

STATES = ("paid", "shipped", "delivered", "cancelled", "returned")
_AFTER = {
    "paid": ("pending", "processing"),
    "shipped": ("paid", "processing"),
    "delivered": ("shipped",),
    "cancelled": ("pending", "paid", "processing"),
    "returned": ("shipped", "delivered"),
}


def tell(
    connection: Connection, number: str, state: str, carrier: str | None, tracking: str | None, url: str | None
) -> str:
    """Bring an order to a state, in one transaction. Says how it stands. Raises `LookupError`, `ValueError`."""
    row = order_rows.find(connection, order_rows.folded(number))
    if row is None or not order_rows.stands(connection, row):
        raise LookupError(f"no order has the number {number}")
    payment = payments.of_order(connection, row.number)
    if state and payment is not None and payment.state == "processing":
        raise ValueError(f"the payment of {row.number} is not settled yet")
    if state and row.state not in _AFTER.get(state, ()):
        raise ValueError(f"{row.number} is {row.state}, and cannot become {state}")
    try:
        if state == "cancelled":
            order_actions.cancel(connection, row)
        elif state:
            _become(connection, row, state, Shipment(carrier=carrier, number=tracking, url=url, sent=moments.now()))
    except BackendError as error:
        raise ValueError(f"{row.number} cannot become {state}: {error.detail}") from error
    found = order_rows.find(connection, row.number) or row
    return f"{found.number}: {order_rows.read(found, 'en').status_text}"


def _become(connection: Connection, row: OrderRow, state: str, shipment: Shipment) -> None:
    if state == "paid":
        payments.paid(connection, row)
        return
    order = order_rows.read(row)
    if state == "shipped":
        lines = tuple(_sent(each) for each in order.lines)
        rest = tuple((each.line.id, each.line.quantity) for each in order.lines if each.line.requires_shipping)
        parcel = msgspec.structs.replace(shipment, lines=rest)
        order_rows.keep(connection, msgspec.structs.replace(order, lines=lines, shipments=(*order.shipments, parcel)))
    order_rows.set_state(connection, row.number, state)
    if state == "returned":
        order_actions.undo(connection, row)
    if state == "shipped":
        order_mail.shipped(connection, order_rows.find(connection, row.number) or row)


def _sent(each: OrderLine) -> OrderLine:
    sent = each.line.quantity if each.line.requires_shipping else Decimal(0)
    return msgspec.structs.replace(each, fulfilled=sent)


async def run(settings: Settings, arguments: Mapping[str, Any]) -> AsyncIterator[Progress]:
    """The command. Raises `Misconfigured` where the order or the state will not do."""

    def work() -> str:
        database = Database(settings)
        try:
            with contextlib.closing(database.connect()) as connection, transaction(connection):
                given = [arguments.get(name) or None for name in ("carrier", "tracking", "url")]
                return tell(connection, str(arguments["number"]), str(arguments.get("state") or ""), *given)
        finally:
            database.close()

    try:
        said = await asyncio.to_thread(work)
    except (LookupError, ValueError) as error:
        raise Misconfigured("order", str(error), fix=f"give a number, and one of {', '.join(STATES)}") from error
    yield Progress(done=1, total=1, note=said)


COMMAND = Command(
    name="order",
    help="Show an order, or say that it is paid, shipped, delivered, cancelled or returned.",
    arguments=(
        CommandArgument(name="number", help="the order's number", required=True),
        CommandArgument(name="state", help=", ".join(STATES)),
        CommandArgument(name="--carrier", help="who carries the parcel"),
        CommandArgument(name="--tracking", help="the parcel's number"),
        CommandArgument(name="--url", help="where the parcel can be followed"),
    ),
    run=run,
)
