"""Vendure as it is: the conformance kit and the portable journeys against a server of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.conftest import Serve
from tests.live.stores import journeys
from tests.live.vendure_server import Server
from tests.live.vendure_shop import HINTS, MARKETS, SETTINGS, mailed_into, shop

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def subject(vendure_server: Server) -> Subject:
    return Subject(
        adapter="vendure",
        settings={**SETTINGS, "url": vendure_server.url},
        markets=MARKETS,
        mode="live",
        version="3.7.3",
        hints=HINTS,
        mailed=mailed_into(vendure_server.outbox),
        headers=("vendure-token", "vendure-auth-token"),
        patience=60.0,
    )


@pytest.mark.browser
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_journeys(serve: Serve, vendure_server: Server, store_port: int, tmp_path: Path, javascript: str) -> None:
    folder = shop(tmp_path, vendure_server.url, tmp_path / "var")
    journeys(serve, folder, "vendure", javascript, "--mail", str(vendure_server.outbox), port=store_port)
