"""Orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from bff.ports import (
    Line,
    Market,
    NotFound,
    NotSignedIn,
    Order,
    OrderLine,
    OrderPage,
    OrderTraits,
    PublicContext,
    VisitorContext,
)

from . import payments
from . import wire_trade as trade
from .cart_view import ADDRESSES, ATTRIBUTE, LINES, SUMS, line, totals
from .places import read
from .settings import word
from .shop import Shop
from .transport import Query, fields

_PAGE = 10
FIELDS = fields(
    "id", "currency_code", "created_at", "display_id", "status", "payment_status", "fulfillment_status", "email",
    "metadata", *SUMS, *(name for name in LINES if "adjustments" not in name), *ADDRESSES,
    "shipping_methods.id", "shipping_methods.name",
)  # fmt: skip
_Status = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]
_FULFILLED: dict[str, _Status] = {
    "partially_fulfilled": "processing", "fulfilled": "processing", "partially_shipped": "shipped", "shipped": "shipped",
    "partially_delivered": "shipped", "delivered": "delivered", "canceled": "processing",
}  # fmt: skip


class MedusaOrders:
    """A customer's orders. An order's id alone opens it to anybody, so ids stay with the customer's list."""

    traits = OrderTraits()

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def list(self, ctx: VisitorContext, /, *, cursor: str | None = None) -> OrderPage:
        offset = int(cursor) if cursor and cursor.isdecimal() else 0
        page = await self._read(ctx, [("limit", str(_PAGE)), ("offset", str(offset)), ("order", "-created_at")])
        read_ = offset + len(page.orders)
        orders = tuple(order(one, self._shop, ctx.public) for one in page.orders)
        return OrderPage(orders=orders, next=str(read_) if page.orders and read_ < page.count else None)

    async def get(self, ctx: VisitorContext, /, *, id: str) -> Order:
        # `/store/orders/:id` would answer for any order to anybody; the list is bound to the token.
        page = await self._read(ctx, [("id", id), ("limit", "1")])
        found = next((one for one in page.orders if one.id == id), None)
        if found is None:
            raise NotFound("order")
        return order(found, self._shop, ctx.public)

    async def _read(self, ctx: VisitorContext, query: Query) -> trade.Orders:
        if ctx.shopper.token is None:
            raise NotSignedIn("no token")
        token = ctx.shopper.token
        return await self._shop.api.get(ctx.public, "/store/orders", trade.Orders, query=[*query, FIELDS], token=token)

    async def lookup(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        raise NotFound("Medusa finds an order by its id only")


def order(found: trade.Order, shop: Shop, ctx: PublicContext, cart: trade.Cart | None = None) -> Order:
    """The order. Completing a cart tells neither addresses nor metadata: they are the `cart`'s."""
    market = next(
        (one for one in (ctx.market, *shop.markets.values()) if one.currency == found.currency_code.upper()), ctx.market
    )
    items = sorted(
        found.items or [], key=lambda item: (item.created_at is not None and item.created_at.timestamp(), item.id)
    )
    metadata = found.metadata or (cart and cart.metadata) or {}
    payment = payments.chosen(shop, metadata)
    return Order(
        id=found.id,
        number=str(found.display_id) if found.display_id is not None else found.id,
        placed=found.created_at,
        currency=found.currency_code.upper(),
        totals=totals(found, market, settled=True, shipped=bool(found.shipping_methods)),
        status=_status(found),
        lines=tuple(OrderLine(line=_line(item, market)) for item in items),
        email=found.email,
        shipping_address=read(found.shipping_address) or read(cart.shipping_address if cart else None),
        billing_address=read(found.billing_address) or read(cart.billing_address if cart else None),
        shipping_name=next((one.name for one in found.shipping_methods or [] if one.name), None),
        payment_name=word(shop.settings.payments[payment], ctx.language) if payment else None,
        attributes={
            key.removeprefix(ATTRIBUTE): value
            for key, value in metadata.items()
            if key.startswith(ATTRIBUTE) and isinstance(value, str)
        },
    )


def _line(item: trade.Item, market: Market) -> Line:
    """An order keeps the words of a variant, but not which option each is of: they join the title."""
    made, words = line(item, market, None), item.variant_title or ""
    if not words or words.lower().startswith("default"):
        return made
    return msgspec.structs.replace(made, title=f"{made.title} ({words.replace(' / ', ', ')})")


def _status(found: trade.Order) -> _Status:
    if found.status == "canceled":
        return "cancelled"
    if found.fulfillment_status in _FULFILLED:
        return _FULFILLED[found.fulfillment_status]
    if found.payment_status in ("captured", "partially_captured"):
        return "paid"
    if found.payment_status in ("refunded", "partially_refunded"):
        return "returned"
    return "pending"
