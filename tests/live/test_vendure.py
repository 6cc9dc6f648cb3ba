"""Vendure as it is: the conformance kit and the portable journeys against a server of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.conftest import Serve
from tests.live.vendure_server import Server
from tests.live.vendure_shop import HINTS, MARKETS, SETTINGS, mailed_into, shop

pytestmark = pytest.mark.live

PATIENCE = 1_200.0


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
    settings = {"PORTICO_SHOP": str(folder)}
    with serve(folder, settings=settings, port=store_port) as url:
        arguments = [f"{url}/en-gb", "--profile", "vendure", "--expect", "vendure", "--javascript", javascript]
        walked = subprocess.run(
            [sys.executable, "-m", "bff", "journeys", *arguments, "--mail", str(vendure_server.outbox)],
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")},
                "COLUMNS": "200",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert walked.returncode == 0, walked.stdout
