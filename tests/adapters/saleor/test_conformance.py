"""The conformance kit on the saleor adapter. Played from cassettes; `--conformance live` or `record` ask the Saleor that
`SALEOR_URL` names, filled by `python -m tests.live.saleor.load`. `SALEOR_APP` is the token of an app that may handle
payments, `OUTBOX` the folder its mails go into."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.live.saleor.shop import HINTS, MARKETS, SETTINGS, mailed_into


class Buyers(httpx.AsyncHTTPTransport):
    """Each request comes from an address of its own, as the head forwards its shoppers'. From one address Saleor takes no
    password for a second after a wrong one."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["x-forwarded-for"] = f"2001:db8::{secrets.token_hex(2)}"
        return await super().handle_async_request(request)


def told(id: str) -> tuple[Mapping[str, str], bytes]:
    """As Saleor sends it to a webhook that has a secret key."""
    body = json.dumps({"product": {"id": id}}).encode()
    made = hmac.new(b"webhook-secret", body, hashlib.sha256).hexdigest()
    return {"Saleor-Event": "product_updated", "Saleor-Signature": made}, body


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="saleor",
        settings={
            **SETTINGS,
            "url": os.environ.get("SALEOR_URL", "http://recorded.example/graphql/"),
            "app_token": os.environ.get("SALEOR_APP", "recorded"),
            "webhook_secret": "webhook-secret",
            "account_url": "https://shop.example/en-gb/account/reset",
        },
        markets=MARKETS[:2],
        cassettes=Path(__file__).with_name("cassettes"),
        version="3.23.28",
        hints=HINTS,
        mailed=mailed_into(Path(os.environ["OUTBOX"])) if "OUTBOX" in os.environ else None,
        patience=60.0,
        told=told,
        network=lambda: Buyers(retries=0),
    )
