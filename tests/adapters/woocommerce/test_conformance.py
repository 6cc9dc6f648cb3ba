"""The conformance kit on the woocommerce adapter. Played from cassettes; `--conformance live` or `record` ask the site
that `PORTICO_LIVE_WOOCOMMERCE="URL"` names, with the demo catalogue in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bff.ports import Market
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject

MARKET = Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})


SECRET = "recorded-webhook-secret"


def told(id: str) -> tuple[Mapping[str, str], bytes]:
    """As WooCommerce sends it; the products' fields of the real thing are not read."""
    body = json.dumps({"id": int(id), "name": "Mug", "status": "publish", "price": "18.00"}).encode()
    made = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Topic": "product.updated", "X-WC-Webhook-Resource": "product"}
    return {**headers, "X-WC-Webhook-Signature": made}, body


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="woocommerce",
        settings={
            "url": os.environ.get("PORTICO_LIVE_WOOCOMMERCE", "http://recorded.example"),
            "tax": "included",
            "payments": {"bacs": {"en": "Bank transfer"}, "cod": {"en": "Cash on delivery"}},
            "webhook_secret": SECRET,
        },
        markets=(MARKET,),
        cassettes=Path(__file__).with_name("cassettes"),
        version="9.9.5",
        hints=Hints(code="WELCOME10", needless_code="OVER900"),
        headers=("cart-token",),
        told=told,
        gaps={
            "TestSample::test_there_are_two_markets": "the Store API sells in one currency and speaks one language",
        },
    )
