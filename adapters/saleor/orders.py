"""Orders. An order's id opens it to anybody in Saleor, so orders are read through their customer only."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from bff.ports import (
    InvalidInput,
    Line,
    NotFound,
    NotSignedIn,
    Order,
    OrderLine,
    OrderPage,
    OrderTraits,
    Shipment,
    Totals,
    VariantKey,
    VisitorContext,
)

from . import checkout_documents as documents
from .addresses import read
from .bags import ATTRIBUTE
from .client import CURSOR, Operation
from .desk import Desk
from .pictures import plain
from .places import Place, Places, is_id
from .wire import Many, Wire
from .wire_checkout import WireOrder, WireOrderLine, WireOrders, WireParcel

_PAGE = 10
_Status = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]
_STATES: Mapping[str, _Status] = {
    "DRAFT": "pending", "UNCONFIRMED": "pending", "PARTIALLY_FULFILLED": "processing", "FULFILLED": "shipped",
    "PARTIALLY_RETURNED": "returned", "RETURNED": "returned", "CANCELED": "cancelled", "EXPIRED": "cancelled",
}  # fmt: skip


class _Me(Wire):
    me: WireOrders | None = None


_ORDERS = Operation("orders", documents.ORDERS, _Me)


class SaleorOrders:
    """See the port. A guest's order cannot be looked up: Saleor knows it by its id alone."""

    traits = OrderTraits()

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list(self, ctx: VisitorContext, /, *, cursor: str | None = None) -> OrderPage:
        try:
            page = await self._read(ctx, {"first": _PAGE, "after": cursor, "where": None})
        except InvalidInput as error:
            if CURSOR not in error.fields:
                raise
            return OrderPage(orders=())
        info = page.page_info
        return OrderPage(
            orders=tuple(order(self._desk.places, self._desk.place(ctx), one) for one in page.nodes),
            next=info.end_cursor if info and info.has_next_page else None,
        )

    async def get(self, ctx: VisitorContext, /, *, id: str) -> Order:
        if not is_id(id, "Order"):
            raise NotFound("order")
        page = await self._read(ctx, {"first": 1, "after": None, "where": {"ids": [id]}})
        found = next((one for one in page.nodes if one.id == id), None)
        if found is None:
            raise NotFound("order")
        return order(self._desk.places, self._desk.place(ctx), found)

    async def _read(self, ctx: VisitorContext, asked: Mapping[str, Any]) -> Many[WireOrder]:
        token = await self._desk.sessions.access(ctx)
        me = (await self._desk.client.ask(ctx.public, self._desk.place(ctx), _ORDERS, asked, token=token)).me
        if me is None:
            raise NotSignedIn("me")
        return me.orders or Many[WireOrder]()

    async def lookup(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        raise NotFound("Saleor finds an order by its id only")


def order(places: Places, here: Place, one: WireOrder) -> Order:
    market = places.by_channel(one.channel.slug)
    place = here._replace(market=market, channel=one.channel.slug) if market else here
    off = place.plain(one.discount) if one.discount and one.discount.amount > 0 else None
    subtotal = place.shown(one.subtotal)
    settled = one.total.gross.amount == one.subtotal.gross.amount + one.shipping_price.gross.amount
    return Order(
        id=one.id,
        number=one.number,
        placed=one.created,
        currency=place.market.currency,
        totals=Totals(
            # As in a cart: the reduction is in the subtotal already where the sums say so.
            subtotal=place.money(subtotal.amount + off.amount) if off and settled else subtotal,
            discount=off,
            shipping=place.shown(one.shipping_price),
            tax=place.money(one.total.gross.amount - one.total.net.amount),
            total=place.plain(one.total.gross),
            due=None,
            tax_included=place.gross,
            estimated=False,
        ),
        status=_status(one),
        status_text=one.status_display,
        lines=tuple(_line(place, each) for each in one.lines),
        email=one.user_email,
        shipping_address=read(one.shipping_address),
        billing_address=read(one.billing_address),
        shipping_name=one.shipping_method_name or one.collection_point_name,
        shipments=tuple(_shipment(each) for each in one.fulfillments if each.status == "FULFILLED"),
        attributes={
            each.key.removeprefix(ATTRIBUTE): each.value for each in one.metadata if each.key.startswith(ATTRIBUTE)
        },
    )


def _status(one: WireOrder) -> _Status:
    if one.status == "UNFULFILLED":
        return "paid" if one.charge_status in ("FULL", "OVERCHARGED") else "pending"
    return _STATES.get(one.status, "unknown")


def _line(place: Place, one: WireOrderLine) -> OrderLine:
    title = one.translated_product_name or one.product_name
    return OrderLine(
        line=Line(
            id=one.id,
            key=VariantKey(id=one.product_variant_id, sku=one.product_sku or None),
            title=title,
            quantity=Decimal(one.quantity),
            unit=place.shown(one.unit_price),
            total=place.shown(one.total_price),
            image=plain(one.thumbnail, title),
            fixed=bool(one.is_gift),
            requires_shipping=one.is_shipping_required,
        ),
        fulfilled=Decimal(one.quantity_fulfilled),
    )


def _shipment(one: WireParcel) -> Shipment:
    number = one.tracking_number or None
    return Shipment(
        number=number,
        url=number if number and number.startswith("https://") else None,
        sent=one.created,
        lines=tuple((each.order_line.id, Decimal(each.quantity)) for each in one.lines or () if each.order_line),
    )
