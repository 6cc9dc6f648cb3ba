"""The embedded backend on a database of its own, in the four markets of the demo."""

from __future__ import annotations

import datetime
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.embedded import mail_sender, manifest, moments
from adapters.embedded.settings import Settings
from bff.ports import (
    Cart,
    Deadline,
    LineInput,
    Market,
    Offer,
    PublicContext,
    SessionBlob,
    Shopper,
    Trace,
    VisitorContext,
)
from tests.adapters.embedded.people import Mailbox
from tests.adapters.embedded.shopping import Buyer, Desk, line

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
    return Settings(database=str(copy), today=TODAY, scrypt_cost=4, outbox=str(tmp_path / "outbox"))


@pytest.fixture
async def offer(settings: Settings) -> AsyncIterator[Offer]:
    async with manifest.open(settings, None, list(MARKETS.values())) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def changed(settings: Settings) -> Callable[..., Settings]:
    """The same settings with some others."""
    return lambda **fields: msgspec.structs.replace(settings, **fields)


@pytest.fixture
def mailbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """What is queued; nothing is sent meanwhile."""
    monkeypatch.setattr(mail_sender, "_any_due", lambda connection: False)
    return Mailbox(settings)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets time pass for customers: `later(days=3)`."""

    def pass_by(**ahead: float) -> None:
        moment = moments.now() + datetime.timedelta(**ahead)
        monkeypatch.setattr(moments, "now", lambda: moment)

    return pass_by


@pytest.fixture
def buyer(offer: Offer, visitor: Callable[..., VisitorContext]) -> Callable[..., Awaitable[Buyer]]:
    """A shopper with lines in a cart; two mugs where none are named."""

    async def make(*lines: LineInput, market: str = "gb", locale: str | None = None) -> Buyer:
        ctx = visitor(market, locale)
        assert offer.carts is not None
        result = await offer.carts.add(ctx, cart=None, lines=list(lines) or [line("HMUG-IND-SMA", 2)])
        assert isinstance(result.cart, Cart), result
        return Buyer(offer, ctx, result.cart.ref)

    return make


@pytest.fixture
def sql(settings: Settings) -> Callable[..., list[tuple[Any, ...]]]:
    """A statement on the store's file, as another process would run it."""

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(settings.database)) as connection:
            rows = connection.execute(statement, values).fetchall()
            connection.commit()
            return rows

    return run


@pytest.fixture
def stock(sql: Callable[..., list[tuple[Any, ...]]]) -> Callable[[str], int]:
    return lambda sku: int(sql("SELECT stock FROM variant WHERE sku = ?", sku)[0][0])


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    from adapters.embedded.database import Database

    database = Database(settings)
    yield Desk(database)
    database.close()
