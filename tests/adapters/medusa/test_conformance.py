"""The conformance kit on the medusa adapter. Played from cassettes; `--conformance live` or `record` ask the server that
`PORTICO_LIVE_MEDUSA="URL KEY"` names (`python -m tests.live.medusa.server` runs one and says what to put there)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject
from tests.live.medusa.shop import MARKETS, SETTINGS

HINTS = Hints(code="WELCOME10", needless_code="FREESHIP")
GAPS = {
    "TestSignIn::test_signing_out_revokes_the_token": "Medusa's customer tokens are JWTs that nothing revokes: they lapse "
    "by themselves (http.jwtExpiresIn), so the head's forgetting is all there is",
    "TestIsolation::test_two_hosts_do_not_bleed": "regions are asked for when the adapter is opened, so a host that does "
    "not answer as Medusa is refused at once; the scenario's second host answers nothing",
}


@pytest.fixture(scope="module")
def subject() -> Subject:
    url, _, key = os.environ.get("PORTICO_LIVE_MEDUSA", "http://recorded.example pk_recorded").partition(" ")
    return Subject(
        adapter="medusa",
        settings={**SETTINGS, "url": url, "key": key},
        markets=MARKETS[:2],
        cassettes=Path(__file__).with_name("cassettes"),
        version="2.21.2",
        hints=HINTS,
        gaps=GAPS,
        patience=60,
    )
