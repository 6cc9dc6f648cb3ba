"""The embedded backend on a database of its own, in the four markets of the demo."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from adapters.embedded import manifest
from adapters.embedded.settings import Settings
from bff.ports import Deadline, Market, Offer, PublicContext, SessionBlob, Shopper, Trace, VisitorContext

TODAY = datetime.date(2026, 6, 3)
"""A Wednesday."""
MARKETS = {
    "gb": Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}),
    "de": Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, unit_prices=True),
    "us": Market(id="us", country="US", currency="USD", locales=("en-US",), paths={"en-US": "en-us"}, tax="excluded"),
    "ae": Market(
        id="ae", country="AE", currency="AED", locales=("ar-AE", "en-AE"), paths={"ar-AE": "ar-ae", "en-AE": "en-ae"}
    ),
}

Contexts = Callable[..., PublicContext]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def public(market: str = "gb", locale: str | None = None) -> PublicContext:
    chosen = MARKETS[market]
    return PublicContext(
        market=chosen,
        locale=locale or chosen.default_locale,
        currency=chosen.currency,
        deadline=Deadline.after(30),
        trace=Trace(request_id="test"),
    )


def visitor(market: str = "gb", locale: str | None = None) -> VisitorContext:
    return VisitorContext(public=public(market, locale), shopper=Shopper(blob=SessionBlob()))


@pytest.fixture(name="public")
def public_fixture() -> Contexts:
    return public


@pytest.fixture(name="visitor")
def visitor_fixture() -> Callable[..., VisitorContext]:
    return visitor


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's database, built once."""
    from adapters.embedded.database import Database

    path = tmp_path_factory.mktemp("embedded") / "demo.sqlite"
    database = Database(Settings(database=str(path)))
    database.prepare()
    with_all = database.connect()
    with_all.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with_all.close()
    database.close()
    return path


@pytest.fixture
def settings(seeded: Path, tmp_path: Path) -> Settings:
    """Settings of a copy, so that a test may write."""
    copy = tmp_path / "store.sqlite"
    shutil.copyfile(seeded, copy)
    return Settings(database=str(copy), today=TODAY)


@pytest.fixture
async def offer(settings: Settings) -> AsyncIterator[Offer]:
    async with manifest.open(settings, None, list(MARKETS.values())) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def changed(settings: Settings) -> Callable[..., Settings]:
    """The same settings with some others."""
    return lambda **fields: msgspec.structs.replace(settings, **fields)
