"""The conformance kit on the saleor adapter. Played from cassettes; `--conformance live` or `record` ask the Saleor that
`SALEOR_URL` names, filled by `python -m tests.live.saleor.load`. `SALEOR_APP` is the token of an app that may handle
payments, `OUTBOX` the folder its mails go into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.live.saleor.shop import HINTS, MARKETS, SETTINGS, mailed_into


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(
        adapter="saleor",
        settings={
            **SETTINGS,
            "url": os.environ.get("SALEOR_URL", "http://recorded.example/graphql/"),
            "app_token": os.environ.get("SALEOR_APP", "recorded"),
            "account_url": "https://shop.example/en-gb/account/reset",
        },
        markets=MARKETS[:2],
        cassettes=Path(__file__).with_name("cassettes"),
        version="3.23.28",
        hints=HINTS,
        mailed=mailed_into(Path(os.environ["OUTBOX"])) if "OUTBOX" in os.environ else None,
        patience=60.0,
    )
