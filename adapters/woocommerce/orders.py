"""Orders, read right after they are placed. WooCommerce tells one to whoever has its id, its key and the mail address, but
neither when it was placed nor what was in it (SKUs only): enough for the shopper who has just ordered, not for a port."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from bff.ports import CheckoutState, Line, NotAllowed, NotFound, Order, OrderLine, PublicContext, VariantKey

from . import wire_trade as trade
from .cart_view import keyed, line, totals
from .memory import Memory
from .places import read
from .shop import Shop
from .transport import fields

PLACED = fields("order_id", "order_key", "order_number", "status", "payment_result")
_Status = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]
_STATUS: Mapping[str, _Status] = {
    "pending": "pending", "on-hold": "pending", "processing": "processing", "completed": "shipped",
    "cancelled": "cancelled", "failed": "cancelled", "refunded": "returned",
}  # fmt: skip
_DRAFT = "checkout-draft"


async def order(shop: Shop, ctx: PublicContext, memory: Memory, known: Sequence[Line]) -> Order | None:
    """The order that the shopper's memory holds, None while it is a draft. Its key and the mail address do not stand in
    an address, where logs would keep them."""
    body = {"key": memory.key, "billing_email": memory.email}
    try:
        found = await shop.api.quietly(ctx, f"/order/{memory.order}", trade.Order, body)
    except NotAllowed as error:
        raise NotFound(error.detail) from None
    if found.status == _DRAFT:
        return None
    tax = shop.settings.tax
    lines = keyed([_line(item, shop) for item in found.items], known)
    return Order(
        id=str(found.id),
        number=memory.number or str(found.id),
        placed=memory.placed or datetime.datetime.now(datetime.UTC),
        currency=found.totals.currency_code,
        totals=totals(found.totals, tax, settled=True),
        status=_STATUS.get(found.status, "unknown"),
        status_text=found.status,
        lines=tuple(OrderLine(line=one) for one in lines),
        email=memory.email or None,
        shipping_address=read(found.shipping_address),
        billing_address=read(found.billing_address),
    )


def agreed(memory: Memory, state: CheckoutState) -> Order:
    """An order that is placed and cannot be read: as the shopper agreed to it. What became of it since is not known."""
    cart = state.cart
    return Order(
        id=str(memory.order),
        number=memory.number or str(memory.order),
        placed=memory.placed or datetime.datetime.now(datetime.UTC),
        currency=cart.currency,
        totals=msgspec.structs.replace(cart.totals, estimated=False),
        status="unknown",
        lines=tuple(OrderLine(line=one) for one in cart.lines),
        email=memory.email or None,
        shipping_address=state.shipping_address,
        billing_address=state.billing_address,
    )


def _line(item: trade.Item, shop: Shop) -> Line:
    """A line of an order: `key` is the order's and must not be shown, `id` the line's own."""
    found = line(item, shop.settings.tax)
    return msgspec.structs.replace(found, id=str(item.id), key=VariantKey(sku=item.sku or None))
