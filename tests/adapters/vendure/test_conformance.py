"""The conformance kit on Vendure as it was recorded. To record anew, with the server that `tests/live` brings up:
`VENDURE_URL=… OUTBOX=… pytest FILE --conformance record`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.live.vendure_shop import HINTS, MARKETS, SETTINGS, mailed_into


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="vendure",
        settings={**SETTINGS, "url": os.environ.get("VENDURE_URL", "http://recorded.example/shop-api")},
        markets=MARKETS,
        cassettes=Path(__file__).with_name("cassettes"),
        version="3.7.3",
        hints=HINTS,
        mailed=mailed_into(Path(os.environ["OUTBOX"])) if "OUTBOX" in os.environ else None,
        headers=("vendure-token", "vendure-auth-token"),
        patience=60.0,
    )
