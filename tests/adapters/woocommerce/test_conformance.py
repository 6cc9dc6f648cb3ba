"""The conformance kit on the woocommerce adapter. Played from cassettes; `--conformance live` or `record` ask the site
that `PORTICO_LIVE_WOOCOMMERCE="URL"` names, with the demo catalogue in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bff.ports import Market
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject

MARKET = Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="woocommerce",
        settings={
            "url": os.environ.get("PORTICO_LIVE_WOOCOMMERCE", "http://recorded.example"),
            "tax": "included",
            "payments": {"bacs": {"en": "Bank transfer"}, "cod": {"en": "Cash on delivery"}},
            "webhook_secret": "recorded-webhook-secret",
        },
        markets=(MARKET,),
        cassettes=Path(__file__).with_name("cassettes"),
        version="9.9.5",
        hints=Hints(code="WELCOME10", needless_code="OVER900"),
        headers=("cart-token",),
        gaps={
            "TestSample::test_there_are_two_markets": "the Store API sells in one currency and speaks one language",
        },
    )
