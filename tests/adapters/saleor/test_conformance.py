"""The conformance kit on the saleor adapter, against the small Saleor of these tests: its schema and recorded behaviour, not
the real one. With `SALEOR_URL` (and `SALEOR_APP`, an app's token) and `--conformance live` a real one is asked."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject
from tests.adapters.saleor.stage import DE, GB, URL, Saleor
from tests.adapters.saleor.stage_checkouts import CARD, CODE

PAYMENTS = {
    "invoice": {"how": "manual", "name": {"en": "On account"}},
    "mirumee.payments.dummy": {"how": "gateway", "name": {"en": "Dummy"}},
}


def told(id: str) -> tuple[Mapping[str, str], bytes]:
    """As Saleor sends it to a webhook that has a secret key."""
    body = json.dumps({"product": {"id": id}}).encode()
    made = hmac.new(b"webhook-secret", body, hashlib.sha256).hexdigest()
    return {"Saleor-Event": "product_updated", "Saleor-Signature": made}, body


@pytest.fixture(scope="module")
def subject() -> Subject:
    url = os.environ.get("SALEOR_URL")
    staged = Saleor()

    async def mailed(email: str) -> str | None:
        token = staged.mailed.get(email)
        return f"{email}:{token}" if token else None

    settings: dict[str, Any] = {
        "url": url or URL, "payments": PAYMENTS, "app_token": os.environ.get("SALEOR_APP", "app"),
        "webhook_secret": "webhook-secret", "account_url": "https://shop.example/en-gb/account/reset",
    }  # fmt: skip
    return Subject(
        adapter="saleor",
        settings=settings,
        markets=(GB, DE),
        mode="live",
        version="3.23 (staged)" if url is None else "3.23",
        hints=Hints(code=CODE, needless_code="FREESHIPPING", gift_card=CARD),
        network=None if url else lambda: httpx.MockTransport(staged),
        mailed=None if url else mailed,
        told=told,
    )
