"""What changed, as Saleor's webhooks tell it. A message counts only with its signature: by the webhook's secret key where it
has one (HMAC), else by Saleor's own key (a JWS whose payload is the body itself, RS256)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bff.ports import (
    Change,
    ChangePage,
    ChangeTraits,
    Deadline,
    Malformed,
    Market,
    NotAllowed,
    PublicContext,
    Trace,
)

from .client import Client
from .settings import Settings

_SECONDS, _KEYS_AGE, _DEPTH = 5.0, 60.0, 6
_Kind = Literal["product", "variant", "price", "stock", "category", "navigation", "content", "order", "all"]
_THINGS: Mapping[str, tuple[str, _Kind]] = {
    "product_variant": ("ProductVariant", "variant"),
    "product": ("Product", "product"),
    "category": ("Category", "category"),
    "collection": ("Collection", "category"),
    "page": ("Page", "content"),
    "order": ("Order", "order"),
}
_EVERYTHING = (
    "sale_",
    "promotion_",
    "channel_",
    "attribute_",
    "translation_",
    "shop_metadata",
    "shipping_",
    "warehouse_",
)


class _Header(msgspec.Struct):
    alg: str = ""
    kid: str = ""
    b64: bool = True


class _Key(msgspec.Struct):
    kty: str = ""
    kid: str = ""
    n: str = ""
    e: str = ""


class _Keys(msgspec.Struct):
    keys: tuple[_Key, ...] = ()


class SaleorChanges:
    """See the port. Saleor pushes; `receive` says what to ask anew."""

    traits = ChangeTraits(push=True, poll=False)

    def __init__(
        self, client: Client, settings: Settings, market: Market, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._secret, self._market, self._now = client, settings.webhook_secret, market, now
        parts = urlsplit(settings.url)
        self._keys_url = (
            f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/graphql')}/.well-known/jwks.json"
        )
        self._keys: dict[str, rsa.RSAPublicKey] = {}
        self._asked: float | None = None
        self._asking = asyncio.Lock()

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        given = {name.lower(): value for name, value in headers.items()}
        signature = given.get("saleor-signature", "")
        if not await self._signed(signature, body):
            raise NotAllowed("the signature is not Saleor's")
        try:
            told = msgspec.json.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise Malformed("a message that is no JSON") from None
        return _changes(given.get("saleor-event", ""), told)

    async def poll(self, *, cursor: str | None) -> ChangePage:
        raise NotAllowed("Saleor pushes")

    # ---------------------------------------------------------------- signatures

    async def _signed(self, signature: str, body: bytes) -> bool:
        if self._secret:
            own = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            return hmac.compare_digest(own.encode(), signature.encode("utf-8", "replace"))
        protected, _, rest = signature.partition(".")
        payload, dot, mark = rest.partition(".")
        if not dot or payload:
            return False
        try:
            header = msgspec.json.decode(_unpacked(protected), type=_Header)
            sign = _unpacked(mark)
        except (ValueError, binascii.Error, msgspec.MsgspecError):
            return False
        key = await self._key(header.kid) if header.alg == "RS256" else None
        if key is None:
            return False
        text = body if not header.b64 else base64.urlsafe_b64encode(body).rstrip(b"=")
        try:
            key.verify(sign, protected.encode() + b"." + text, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    async def _key(self, kid: str) -> rsa.RSAPublicKey | None:
        """Saleor's key. One that is not known is asked for, once a minute at most: anybody may name one. Messages that come
        meanwhile wait for it."""
        if kid not in self._keys:
            async with self._asking:
                if kid not in self._keys and (self._asked is None or self._now() - self._asked >= _KEYS_AGE):
                    self._keys = await self._read_keys()
                    self._asked = self._now()
        return self._keys.get(kid)

    async def _read_keys(self) -> dict[str, rsa.RSAPublicKey]:
        ctx = PublicContext(
            market=self._market,
            locale=self._market.default_locale,
            currency=self._market.currency,
            deadline=Deadline.after(_SECONDS),
            trace=Trace(request_id="webhook"),
        )
        response, body = await self._client.send(ctx, "GET", self._keys_url, "jwks")
        try:
            if response.status_code != 200:
                raise Malformed(f"jwks: status {response.status_code}")
            found = msgspec.json.decode(body, type=_Keys).keys
            return {
                one.kid: rsa.RSAPublicNumbers(_number(one.e), _number(one.n)).public_key()
                for one in found
                if one.kty == "RSA" and one.kid
            }
        except (ValueError, msgspec.MsgspecError, RecursionError):
            raise Malformed("jwks: no keys") from None


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _number(text: str) -> int:
    return int.from_bytes(_unpacked(text), "big")


# -------------------------------------------------------------------- what it says


def _changes(event: str, told: Any) -> tuple[Change, ...]:
    """Messages are what the webhook's query asked for, so ids are looked for wherever they stand."""
    if event.startswith("menu"):
        return (Change(kind="navigation"),)
    if any(event.startswith(each) for each in _EVERYTHING):
        return (Change(kind="all"),)
    thing = next((name for name in _THINGS if event.startswith(name)), None)
    if thing is None:
        return ()
    type_, kind = _THINGS[thing]
    if thing == "product_variant" and ("stock" in event):
        kind = "stock"
    elif thing == "product_variant" and "price" in event:
        kind = "price"
    ids = _ids(told, 0)
    found = [Change(kind=kind, id=id) for id in ids.get(type_, ())]
    if thing == "product_variant":
        found += [Change(kind="product", id=id) for id in ids.get("Product", ())]
    if kind == "category":
        found.append(Change(kind="navigation"))
    return tuple(found) or (Change(kind="all"),)


def _ids(value: Any, depth: int) -> dict[str, list[str]]:
    """Saleor's ids in a message, by type."""
    found: dict[str, list[str]] = {}
    if depth > _DEPTH:
        return found
    if isinstance(value, dict):
        id = value.get("id")
        if isinstance(id, str) and len(id) < 200:
            try:
                name = base64.b64decode(id, validate=True).decode("ascii").partition(":")[0]
                found.setdefault(name, []).append(id)
            except (binascii.Error, ValueError):
                pass
        inner: Sequence[Any] = tuple(value.values())
    else:
        inner = value if isinstance(value, list) else ()
    for each in inner:
        for name, ids in _ids(each, depth + 1).items():
            found.setdefault(name, []).extend(id for id in ids if id not in found.get(name, ()))
    return found
