"""What people left goes when the settings say so, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import msgspec
import pytest

from adapters.embedded import mail, moments
from adapters.embedded.database import Database
from adapters.embedded.mail_sender import MailSender
from adapters.embedded.settings import Settings
from bff.ports import Unavailable
from tests.adapters.embedded.conftest import MARKETS

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    kept = msgspec.structs.replace(settings, keep_notices=100, keep_told=10, keep_failed_mail=20, keep_mail_files=5)
    opened = Database(kept, list(MARKETS.values()))
    yield opened
    opened.close()


def names(folder: str) -> set[str]:
    return {file.name for file in Path(folder).iterdir()}


def left(connection) -> set[str]:
    rows = connection.execute("SELECT sku FROM stock_notice UNION SELECT recipient FROM outbox").fetchall()
    return {row[0] for row in rows}


async def test_rows_go_when_their_time_is_over(database, later):
    def leave(connection) -> None:
        for sku, told in (("waiting", None), ("told", moments.stamp())):
            connection.execute(
                "INSERT INTO stock_notice (sku, email_key, email, market, locale, created, told)"
                " VALUES (?, 'a', 'a', 'gb', 'en-GB', ?, ?)",
                (sku, moments.stamp(), told),
            )
        for recipient in ("failed", "in-the-queue"):
            mail.queue(connection, "code", recipient, "en-GB", "gb", code="1")
        connection.execute("UPDATE outbox SET failed = 'refused with 550' WHERE recipient = 'failed'")

    await database.write(leave)
    sender, seen = MailSender(database), []
    for days in (9.9, 0.2, 9.8, 0.2, 79.8, 0.2, 3000):
        later(days=days)
        await sender.forget()
        seen.append(await database.run(left))
    everything = {"waiting", "told", "failed", "in-the-queue"}
    assert seen == [
        everything,
        everything - {"told"},
        everything - {"told"},
        {"waiting", "in-the-queue"},
        {"waiting", "in-the-queue"},
        {"in-the-queue"},
        {"in-the-queue"},
    ], "mail that still waits is tried, not forgotten"


async def test_files_of_mail_go_and_nobody_elses(database, settings, later):
    await database.write(lambda c: mail.queue(c, "code", "a@example.com", "en-GB", "gb", code="1"))
    sender = MailSender(database)
    assert await sender.send_one()
    others = {"notes.txt", "2020-tax-return.eml", "20200101000000-kept.eml.bak"}
    for name in others:
        (Path(settings.outbox) / name).write_text("mine")
    later(days=4.9)
    await sender.forget()
    assert len(names(settings.outbox)) == 4
    later(days=0.2)
    await sender.forget()
    assert names(settings.outbox) == others


async def test_the_sender_looks_by_itself(database, monkeypatch):
    looked = []
    sender = MailSender(database)

    async def forget() -> None:
        looked.append(True)
        sender._stop.set()

    monkeypatch.setattr(sender, "forget", forget)
    async with sender.running():
        await sender._stop.wait()
    assert looked == [True]


async def test_what_is_busy_elsewhere_holds_it_up_no_hour(database, monkeypatch):
    sender = MailSender(database)
    looked = []

    async def busy() -> None:
        looked.append("busy")
        raise Unavailable("database: locked")

    async def forget() -> None:
        looked.append("forget")
        sender._stop.set()

    monkeypatch.setattr(sender, "_tell", busy)
    monkeypatch.setattr(sender, "forget", forget)
    async with sender.running():
        with anyio.fail_after(5):
            await sender._stop.wait()
    assert looked.count("forget") == 1


@pytest.mark.parametrize("field", ["keep_notices", "keep_told", "keep_failed_mail", "keep_mail_files"])
async def test_a_day_is_the_least(field):
    assert getattr(Settings(), field) >= 30
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({field: 0}, Settings)
