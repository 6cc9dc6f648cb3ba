"""Acme against the contract: every scenario of the ports it offers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bff.ports import Market
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject

# Two that Acme really sells in, of two currencies if it has them; a market may have several locales.
MARKETS = (
    Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}),
    Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}),
)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="acme",
        settings={
            "url": os.environ.get("ACME_URL", "http://127.0.0.1:9000"),
            "key": os.environ.get("ACME_KEY", "recorded"),
        },
        markets=MARKETS,
        cassettes=Path(__file__).with_name("cassettes"),
        hints=Hints(),  # what cannot be found by looking: a code, slugs of something sold out …
        gaps={},  # {"TestCodes::test_…": "why Acme cannot"}; one that closes fails
    )
