"""The kit against a real Medusa, brought up for it: installed, filled with the demo catalogue, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.adapters.medusa.test_conformance import GAPS, HINTS

from .server import Running, running
from .shop import MARKETS, SETTINGS

pytestmark = pytest.mark.live


@pytest.fixture(scope="session")
def medusa() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def subject(medusa: Running) -> Subject:
    return Subject(
        adapter="medusa",
        settings={**SETTINGS, "url": medusa.url, "key": medusa.key},
        markets=MARKETS[:2],
        mode="live",
        version="2.21.2",
        hints=HINTS,
        gaps=GAPS,
        patience=60,
    )
