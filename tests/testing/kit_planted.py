"""A stranger's test file, run by `test_planted_faults.py` in a process of its own: the port's scenarios for each planted
fault, and all of them for the adapter as it is (`control`)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.embedded import manifest as embedded
from adapters.embedded.settings import Settings
from bff.ports import Manifest, Market, Offer
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Subject
from tests.adapters.embedded.test_conformance import HINTS, MARKETS
from tests.testing.planted import FAULTS, planted
from tests.testing.telling import Telling

BACKEND = ("TestIsolation", "TestShapes")
"""What of the scenarios about the whole adapter is worth the time here."""
BY_NAME = {fault.name: fault for fault in FAULTS}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    port = getattr(metafunc.cls, "PORT", None)
    if port is None or "shop" not in metafunc.fixturenames:
        return
    wanted = [f.name for f in FAULTS if f.about == port and (port != "backend" or metafunc.cls.__name__ in BACKEND)]
    metafunc.parametrize("subject", wanted, indirect=True, scope="module")


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[Offer]:
    """One engine for all of them."""
    own = Settings(
        database=os.environ["KIT_DATABASE"], scrypt_cost=4, outbox=os.environ["KIT_OUTBOX"], confirm_accounts=False
    )
    async with embedded.open(own, None, MARKETS) as offer:  # type: ignore[arg-type]
        yield offer


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def subject(request: pytest.FixtureRequest, engine: Offer) -> Subject:
    fault, telling = BY_NAME[request.param], Telling()

    @asynccontextmanager
    async def opened(settings: Any, http: Any, markets: Sequence[Market]) -> AsyncIterator[Offer]:
        yield planted(msgspec.structs.replace(engine, changes=telling), fault)

    manifest = Manifest(name="planted", title="Planted", settings=Settings, open=opened)
    return Subject(
        adapter=manifest,
        settings={"outbox": str(Path(os.environ["KIT_OUTBOX"]))},
        markets=MARKETS,
        hints=HINTS,
        offline="its engine is in this process",
        told=telling.told,
        touch=telling.touch,
    )
