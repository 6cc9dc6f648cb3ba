"""What changed, as WooCommerce's webhooks tell it. They are made by the shop's admin, one for each topic."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from bff.ports import Change, ChangePage, Changes, ChangeTraits, Malformed, NotAllowed

_PING = b"webhook_id="


class _Item(msgspec.Struct):
    product_id: int | None = None
    variation_id: int | None = None


class _Message(msgspec.Struct):
    id: int
    parent_id: int | None = None
    line_items: list[_Item] = []


class WooChanges:
    """Products with their stock, and orders, which take from the stock. WooCommerce tells nothing of categories."""

    traits = ChangeTraits(push=True, poll=False, unseen=("category", "navigation"))

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __repr__(self) -> str:
        return "WooChanges(…)"

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        told = {name.lower(): value for name, value in headers.items()}
        signature = told.get("x-wc-webhook-signature", "")
        if not signature and body.startswith(_PING) and body[len(_PING) :].isdigit():
            return ()  # A new webhook's trial, which is never signed: refused, the webhook would not be kept.
        made = base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest())
        if not hmac.compare_digest(made, signature.encode("utf-8", "replace")):
            raise NotAllowed("the signature is wrong")
        try:
            message = msgspec.json.decode(body, type=_Message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Malformed("webhook") from None
        resource = told.get("x-wc-webhook-resource") or told.get("x-wc-webhook-topic", "").partition(".")[0]
        if resource == "product":
            product = Change(kind="product", id=str(message.parent_id or message.id))
            return (product, Change(kind="variant", id=str(message.id))) if message.parent_id else (product,)
        if resource == "order":
            ids = [str(item.product_id) for item in message.line_items if item.product_id]
            return (
                Change(kind="order", id=str(message.id)),
                *(Change(kind="stock", id=id) for id in dict.fromkeys(ids)),
            )
        return ()  # Customers and coupons are in nothing that is kept.

    async def poll(self, *, cursor: str | None) -> ChangePage:
        raise NotAllowed("the Store API tells no changes")


def changes(secret: str | None) -> Changes | None:
    return WooChanges(secret) if secret else None
