"""Ways to pay. Medusa ends the open payment whenever the cart's total changes (a code, another delivery): what was chosen
is kept with the cart too, and opened again where it must be open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bff.ports import PaymentMethod, PublicContext, VisitorContext

from . import wire_trade as trade
from .settings import word
from .shop import Shop
from .transport import part

_CHOSEN = "payment"
FORGOTTEN = {_CHOSEN: ""}
"""Metadata that takes the choice from a cart: Medusa removes a key whose value is empty."""


def opened(cart: trade.Cart) -> str | None:
    """The provider of the open payment."""
    sessions = (cart.payment_collection.payment_sessions if cart.payment_collection else None) or []
    return next((one.provider_id for one in sessions if one.status not in ("canceled", "error")), None)


def chosen(shop: Shop, metadata: Mapping[str, Any] | None) -> str | None:
    """The provider that the metadata of a cart, or of its order, names."""
    id = (metadata or {}).get(_CHOSEN)
    return id if id in shop.settings.payments else None


async def offered(shop: Shop, ctx: PublicContext, region: str) -> tuple[PaymentMethod, ...]:
    query = [("region_id", region)]
    found = await shop.api.get(ctx, "/store/payment-providers", trade.Providers, query=query)
    enabled = {one.id for one in found.payment_providers if one.is_enabled}
    return tuple(
        PaymentMethod(id=id, name=word(name, ctx.language) or id, kind="offline")
        for id, name in shop.settings.payments.items()
        if id in enabled
    )


async def begin(shop: Shop, ctx: VisitorContext, cart: trade.Cart, method: str) -> None:
    """Open the payment. Raises `Refusal`."""
    collection = cart.payment_collection
    if collection is None:
        path, body = "/store/payment-collections", {"cart_id": cart.id}
        answer = await shop.api.post(ctx.public, path, trade.PaymentCollectionAnswer, body)
        collection = answer.payment_collection
    path = f"/store/payment-collections/{part(collection.id)}/payment-sessions"
    body = {"provider_id": method}
    await shop.api.post(ctx.public, path, trade.PaymentCollectionAnswer, body, token=ctx.shopper.token)


def kept(method: str) -> Mapping[str, Any]:
    """What a cart is changed by so that it remembers the choice."""
    return {"metadata": {_CHOSEN: method}}
