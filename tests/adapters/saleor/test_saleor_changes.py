"""Webhooks: whose they are, and what they say."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from adapters.saleor.changes import SaleorChanges
from adapters.saleor.client import Client
from adapters.saleor.settings import Settings
from bff.ports import Change, Malformed, NotAllowed, Unavailable
from tests.adapters.saleor.stage import GB, URL, gid

pytestmark = pytest.mark.anyio
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRODUCT, VARIANT = gid("Product", 1), gid("ProductVariant", 11)
BODY = json.dumps({"product": {"id": PRODUCT, "category": {"id": gid("Category", 2)}}}).encode()


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(body: bytes, **header: Any) -> str:
    protected = packed(json.dumps({"alg": "RS256", "kid": "1", "b64": False, "crit": ["b64"], **header}).encode())
    mark = PRIVATE.sign(protected.encode() + b"." + body, padding.PKCS1v15(), hashes.SHA256())
    return f"{protected}..{packed(mark)}"


class Keys:
    def __init__(self, status: int = 200) -> None:
        self.asked: list[str] = []
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        numbers = PRIVATE.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "1", "n": packed(numbers.n.to_bytes(256, "big")), "e": packed(b"\1\0\1")}
        return httpx.Response(self.status, json={"keys": [key]})


def changes(keys: Keys, moment: list[float] | None = None, **settings: Any) -> SaleorChanges:
    own = Settings(url=URL, **settings)
    http = httpx.AsyncClient(transport=httpx.MockTransport(keys))
    clock = moment if moment is not None else [0.0]
    return SaleorChanges(Client(own, http), own, GB, now=lambda: clock[0])


async def test_a_message_with_saleors_signature_counts() -> None:
    keys = Keys()
    port = changes(keys)
    headers = {"Saleor-Signature": signed(BODY), "Saleor-Event": "product_updated"}
    for _ in range(2):
        assert await port.receive(headers=headers, body=BODY) == (Change(kind="product", id=PRODUCT),)
    assert keys.asked == ["http://saleor.example/.well-known/jwks.json"]


@pytest.mark.parametrize(
    "signature",
    ["", "x", "a.b.c", signed(b"other"), signed(BODY, alg="none"), signed(BODY, alg="HS256"), signed(BODY) + "A",
     signed(BODY).replace("..", ".e30."), signed(BODY, b64=True), signed(BODY, kid="2")],
)  # fmt: skip
async def test_any_other_signature_is_refused(signature: str) -> None:
    with pytest.raises(NotAllowed):
        await changes(Keys()).receive(
            headers={"saleor-signature": signature, "saleor-event": "product_updated"}, body=BODY
        )


async def test_messages_that_come_while_the_keys_are_asked_for_wait_for_them() -> None:
    keys = Keys()
    port = changes(keys)
    headers = {"saleor-signature": signed(BODY), "saleor-event": "product_updated"}
    found = await asyncio.gather(*(port.receive(headers=headers, body=BODY) for _ in range(20)))
    assert found == [(Change(kind="product", id=PRODUCT),)] * 20
    assert len(keys.asked) == 1


async def test_unknown_keys_are_looked_for_once_a_minute() -> None:
    keys, moment = Keys(), [0.0]
    port = changes(keys, moment)
    for at, asked in ((0.0, 1), (59.0, 1), (60.0, 2)):
        moment[0] = at
        with pytest.raises(NotAllowed):
            await port.receive(headers={"saleor-signature": signed(BODY, kid="other")}, body=BODY)
        assert len(keys.asked) == asked


async def test_keys_that_cannot_be_had_refuse_nothing_for_good() -> None:
    keys = Keys(status=503)
    port = changes(keys)
    headers = {"saleor-signature": signed(BODY), "saleor-event": "product_updated"}
    with pytest.raises((Unavailable, Malformed)):
        await port.receive(headers=headers, body=BODY)
    keys.status = 200
    assert await port.receive(headers=headers, body=BODY)


async def test_a_secret_key_signs_too() -> None:
    port = changes(Keys(), webhook_secret="shared")
    good = hmac.new(b"shared", BODY, hashlib.sha256).hexdigest()
    assert await port.receive(headers={"saleor-signature": good, "saleor-event": "product_deleted"}, body=BODY)
    for wrong in ("", good[:-1] + "x", signed(BODY)):
        with pytest.raises(NotAllowed):
            await port.receive(headers={"saleor-signature": wrong, "saleor-event": "product_deleted"}, body=BODY)


@pytest.mark.parametrize(
    ("event", "said", "wanted"),
    [
        ("product_variant_stock_updated", {"productVariant": {"id": VARIANT, "product": {"id": PRODUCT}}},
         (Change(kind="stock", id=VARIANT), Change(kind="product", id=PRODUCT))),
        ("product_variant_updated", [{"id": VARIANT}], (Change(kind="variant", id=VARIANT),)),
        ("category_updated", {"category": {"id": gid("Category", 2)}},
         (Change(kind="category", id=gid("Category", 2)), Change(kind="navigation"))),
        ("menu_item_updated", {}, (Change(kind="navigation"),)),
        ("promotion_started", {}, (Change(kind="all"),)),
        ("product_updated", {"product": {}}, (Change(kind="all"),)),
        ("order_created", {"order": {"id": gid("Order", "a-b")}}, (Change(kind="order", id=gid("Order", "a-b")),)),
        ("customer_created", {"user": {"id": gid("User", 1)}}, ()),
        ("product_updated", [[[[[[[[[{"id": PRODUCT}]]]]]]]]], (Change(kind="all"),)),
    ],
)  # fmt: skip
async def test_events_say_what_to_ask_anew(event: str, said: Any, wanted: tuple[Change, ...]) -> None:
    body = json.dumps(said).encode()
    headers = {"saleor-signature": signed(body), "saleor-event": event}
    assert await changes(Keys()).receive(headers=headers, body=body) == wanted


async def test_what_is_no_json_is_malformed() -> None:
    with pytest.raises(Malformed):
        await changes(Keys()).receive(headers={"saleor-signature": signed(b"\xff")}, body=b"\xff")
