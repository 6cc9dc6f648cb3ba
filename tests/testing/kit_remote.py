"""A stranger's test file, for the kit's own tests: `test_kit_over_http.py` runs it in a process of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.embedded import manifest as embedded
from adapters.embedded.settings import Settings
from bff.ports import Offer
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.adapters.embedded.test_conformance import HINTS, MARKETS
from tests.testing import remote

KEY = "sk-very-secret-0123456789"


class _Nowhere(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError("no network when cassettes are played")


FLAWS = [flaw for flaw in os.environ.get("KIT_FLAWS", "").split(",") if flaw]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With flaws, the scenarios run for each, and for the adapter without (`none`)."""
    if FLAWS and "shop" in metafunc.fixturenames and hasattr(metafunc.cls, "PORT"):
        metafunc.parametrize("flaw", FLAWS, indirect=True, scope="module")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def engine(anyio_backend: str) -> AsyncIterator[Offer]:
    own = Settings(
        database=os.environ["KIT_DATABASE"], scrypt_cost=4, outbox=os.environ["KIT_OUTBOX"], confirm_accounts=False
    )
    async with embedded.open(own, None, MARKETS) as offer:  # type: ignore[arg-type]
        yield offer


@pytest.fixture(scope="module")
def flaw(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "none"))


@pytest.fixture(scope="module")
def subject(request: pytest.FixtureRequest, flaw: str) -> Subject:
    cassettes = os.environ.get("KIT_CASSETTES")
    folder = Path(cassettes) if cassettes else None
    settings = {"url": os.environ["KIT_URL"], "api_key": os.environ.get("KIT_KEY", KEY), "flaw": flaw}
    given = {"adapter": remote.manifest, "settings": settings, "markets": MARKETS, "hints": HINTS, "version": "9.9"}
    if folder is not None and (folder / "open.json").exists():
        return Subject(**given, cassettes=folder, network=_Nowhere)
    offer: Offer = request.getfixturevalue("engine")
    return Subject(**given, cassettes=folder, network=lambda: remote.Engine(offer, MARKETS))
