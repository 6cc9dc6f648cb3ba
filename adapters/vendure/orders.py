"""A customer's orders. A guest's can be read in the session that placed them for two hours only, so there is no look-up."""

from __future__ import annotations

from collections.abc import Mapping

from bff.ports import NotFound, NotSignedIn, Order, OrderPage, OrderTraits, VisitorContext

from . import customer_documents as documents
from .client import Operation
from .customers import required
from .desk import Desk
from .wire import Wire
from .wire_orders import WireOrders

PAGE = 20


class _Owner(Wire):
    orders: WireOrders


class _Orders(Wire):
    active_customer: _Owner | None


class VendureOrders:
    """See the port. Vendure shows the orders of the channel that is asked."""

    traits = OrderTraits(lookup=())

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._list = Operation("orders", documents.ORDERS + desk.fragment, _Orders)

    async def list(self, ctx: VisitorContext, /, *, cursor: str | None = None) -> OrderPage:
        token, place = required(ctx), self._desk.place(ctx, None)
        skip = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else 0
        told = await self._desk.ask(ctx, place, self._list, {"take": PAGE, "skip": skip}, token)
        if told.lost or told.data.active_customer is None:
            raise NotSignedIn("the session has lapsed")
        found = told.data.active_customer.orders
        end = skip + len(found.items)
        return OrderPage(
            orders=tuple(self._desk.bags.order(place, one) for one in found.items if one.order_placed_at),
            next=str(end) if found.items and end < found.total_items else None,
        )

    async def get(self, ctx: VisitorContext, /, *, id: str) -> Order:
        token, place = required(ctx), self._desk.place(ctx, None)
        order = await self._desk.by_code(ctx, place, id, token)
        if order is None or order.order_placed_at is None:
            raise NotFound("no such order of theirs")
        return self._desk.bags.order(place, order)

    async def lookup(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        raise NotFound("guests cannot look orders up")
