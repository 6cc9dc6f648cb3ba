"""The kit and the portable journeys against a real Medusa, brought up for them: installed, filled with the demo
catalogue, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.adapters.medusa.test_conformance import GAPS, HINTS
from tests.conftest import Serve
from tests.live.stores import journeys

from .server import Running, running
from .shop import MARKETS, SETTINGS, shop

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


@pytest.mark.browser
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_journeys(serve: Serve, medusa: Running, tmp_path: Path, javascript: str) -> None:
    journeys(serve, shop(tmp_path, medusa.url, medusa.key), "medusa", javascript)
