"""Sending mail: each once, whatever fails, and several processes at it."""

from __future__ import annotations

import asyncio
import datetime
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.embedded import mail, mail_sender, manifest, moments
from adapters.embedded.database import Database
from adapters.embedded.mail_sender import MailSender
from adapters.embedded.settings import SmtpSettings
from bff.ports import Misconfigured, Money, Unavailable
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.people import Mailbox, messages

ROOT = Path(__file__).parents[3]


@pytest.fixture
def database(settings) -> Iterator[Database]:
    opened = Database(settings, list(MARKETS.values()))
    yield opened
    opened.close()


@contextmanager
def with_settings(database: Database, **fields) -> Iterator[MailSender]:
    database.settings = msgspec.structs.replace(database.settings, **fields)
    yield MailSender(database)


def files(settings) -> list[Path]:
    return list(Path(settings.outbox).iterdir())


async def put(database: Database, count: int = 1) -> None:
    def write(connection) -> None:
        for n in range(count):
            mail.queue(connection, "code", f"a{n}@example.com", "en-GB", "gb", code=f"{n:06}")

    await database.write(write)


@pytest.mark.anyio
async def test_a_mail_goes_into_the_folder_and_leaves_the_table(database, settings):
    await put(database)
    sender = MailSender(database)
    assert await sender.send_one()
    assert not await sender.send_one()
    (message,) = messages(Path(settings.outbox))
    assert message["Subject"] == "Your sign-in code: 000000"
    (file,) = files(settings)
    assert file.stat().st_mode & 0o777 == 0o600
    assert Mailbox(settings).rows("SELECT * FROM outbox") == []


@pytest.mark.anyio
async def test_a_mail_waits_for_its_day(database, later):
    day = moments.now() + datetime.timedelta(days=2)
    await database.write(
        lambda c: mail.queue(
            c, "gift_card", "a@example.com", "en-GB", "gb", due=day, code="A", amount=Money(Decimal(5), "GBP")
        )
    )
    sender = MailSender(database)
    assert not await sender.send_one()
    later(days=2, seconds=1)
    assert await sender.send_one()


@pytest.mark.anyio
async def test_what_was_not_committed_is_not_sent(database):
    def write(connection) -> None:
        mail.queue(connection, "code", "a@example.com", "en-GB", "gb", code="1")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(write)
    assert not await MailSender(database).send_one()


@pytest.mark.anyio
async def test_a_failure_waits_and_is_tried_again(database, settings, tmp_path, later):
    (tmp_path / "outbox").write_text("in the way")
    await put(database)
    sender = MailSender(database)
    assert await sender.send_one()
    assert not await sender.send_one(), "not at once"
    (tmp_path / "outbox").unlink()
    later(seconds=31)
    assert await sender.send_one()
    assert len(messages(tmp_path / "outbox")) == 1


@pytest.mark.anyio
async def test_there_is_an_end_to_trying_and_the_mail_is_kept(database, settings, tmp_path, later):
    (tmp_path / "outbox").write_text("in the way")
    await put(database)
    sender = MailSender(database)
    tries = 0
    while await sender.send_one():
        tries += 1
        later(hours=6, seconds=1)
    assert tries == 14
    ((reason,),) = Mailbox(settings).rows("SELECT failed FROM outbox")
    assert "outbox" in reason


@pytest.mark.anyio
async def test_a_mail_that_cannot_be_made_stops_no_other(database, settings):
    def write(connection) -> None:
        mail.queue(connection, "code", "no address", "en-GB", "gb", code="1")

    await database.write(write)
    await put(database)
    sender = MailSender(database)
    while await sender.send_one():
        pass
    assert len(messages(Path(settings.outbox))) == 1
    assert Mailbox(settings).rows("SELECT failed FROM outbox") == [("ValueError: the recipient is no address",)]


@pytest.mark.anyio
async def test_what_a_dead_process_held_is_sent_by_another(database, settings, later):
    await put(database)
    held = await database.write(lambda c: mail_sender._claim(c, "dead"))
    assert held is not None
    assert await database.write(lambda c: mail_sender._claim(c, "another")) is None
    sender = MailSender(database)
    assert not await sender.send_one(), "held"
    later(seconds=181)
    assert await sender.send_one()
    await database.write(lambda c: mail_sender._settle(c, "dead", held, OSError()))
    assert len(messages(Path(settings.outbox))) == 1


@pytest.mark.anyio
async def test_a_busy_database_makes_no_mail_twice(database, settings, server, monkeypatch, later):
    monkeypatch.setattr(mail_sender, "SETTLE_AGAIN", 0.001)
    settle, busy = mail_sender._settle, [1, 2, 3]

    def sometimes(*arguments):
        if busy:
            busy.pop()
            raise Unavailable("busy")
        return settle(*arguments)

    monkeypatch.setattr(mail_sender, "_settle", sometimes)
    await put(database)
    with with_settings(database, smtp=server.settings()) as sender:
        assert await sender.send_one()
        later(minutes=10)
        assert not await sender.send_one()
    assert len(server.taken) == 1


@pytest.mark.anyio
async def test_the_store_sends_by_itself_and_ends_cleanly(settings, monkeypatch, visitor):
    monkeypatch.setattr(mail_sender, "POLL", 0.001)
    sent = asyncio.Event()
    settle = MailSender.send_one

    async def told(self):
        done = await settle(self)
        if done:
            sent.set()
        return done

    monkeypatch.setattr(MailSender, "send_one", told)
    before = asyncio.all_tasks()
    async with manifest.open(settings, None, list(MARKETS.values())) as offer:
        await offer.messages.newsletter(visitor(), email="ann@example.com")
        await asyncio.wait_for(sent.wait(), 10)
    assert asyncio.all_tasks() == before
    assert [message["To"] for message in messages(Path(settings.outbox))] == ["ann@example.com"]


class Server:
    """A mail server: keeps what it takes, answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.answers: dict[str, str] = {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    verb = line.split()[0].upper().decode()
                    if verb == "DATA" and "DATA" not in outer.answers:
                        self.wfile.write(b"354 go on\r\n")
                        data = b"".join(iter(self.rfile.readline, b".\r\n"))
                        outer.taken.append(data)
                    self.wfile.write(outer.answers.get(verb, "250 yes").encode() + b"\r\n")
                    if verb == "QUIT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def settings(self, **fields) -> SmtpSettings:
        return SmtpSettings(**{"host": "127.0.0.1", "port": self.port, "starttls": False, "timeout": 5.0, **fields})


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.mark.anyio
async def test_a_mail_server_gets_it_too(database, settings, server):
    await put(database)
    with with_settings(database, smtp=server.settings()) as sender:
        assert await sender.send_one()
    (taken,) = server.taken
    assert b"To: a0@example.com" in taken
    assert len(messages(Path(settings.outbox))) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ({"RCPT": "550 nobody"}, "refused with 550"),
        ({"DATA": "554 no"}, "refused with 554"),
        ({"RCPT": "451 later"}, None),
        ({"MAIL": "421 busy"}, None),
    ],
)
async def test_what_a_server_refuses_for_good_is_not_tried_again(database, settings, server, answers, failed, later):
    server.answers = answers
    await put(database)
    with with_settings(database, smtp=server.settings(), outbox="") as sender:
        assert await sender.send_one()
        assert Mailbox(settings).rows("SELECT failed FROM outbox") == [(failed,)]
        server.answers = {}
        later(minutes=5)
        assert await sender.send_one() is (failed is None)
    assert len(server.taken) == (0 if failed else 1)


@pytest.mark.anyio
async def test_nothing_is_sent_in_the_clear_where_it_should_not(database, settings, server):
    await put(database)
    with with_settings(database, smtp=server.settings(starttls=True, user="u", password="secret")) as sender:
        assert await sender.send_one()
    assert server.taken == []
    assert len(Mailbox(settings).rows("SELECT * FROM outbox")) == 1
    assert "secret" not in repr(server.settings(password="secret"))


def test_mail_must_go_somewhere(database, server):
    for fields in ({"outbox": ""}, {"smtp": server.settings(timeout=120.0)}):
        with pytest.raises(Misconfigured), with_settings(database, **{"smtp": None, **fields}):
            pass


PROCESS = """
import asyncio, msgspec, sys
from adapters.embedded.database import Database
from adapters.embedded.mail_sender import MailSender
from adapters.embedded.settings import Settings
async def main():
    database = Database(msgspec.json.decode(sys.argv[1], type=Settings))
    sender = MailSender(database)
    sys.stdin.read(1)
    print(sum([1 async for _ in each(sender)]))
    database.close()
async def each(sender):
    while await sender.send_one():
        yield 1
asyncio.run(main())
"""


def started(settings: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS, settings]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.anyio
async def test_two_processes_send_each_mail_once(database, settings, server):
    count = 60
    await put(database, count)
    text = msgspec.json.encode(msgspec.structs.replace(settings, smtp=server.settings())).decode()
    senders = [started(text) for _ in range(2)]
    for process in senders:
        process.stdin.write("x")
        process.stdin.flush()
    sent = [int(process.communicate(timeout=60)[0]) for process in senders]
    assert sum(sent) == count
    assert min(sent) > 0, "both took part"
    expected = sorted(f"a{n}@example.com" for n in range(count))
    taken = [re.search(rb"^To: (.*?)\r\n", data, re.M)[1].decode() for data in server.taken]  # type: ignore[index]
    assert sorted(taken) == expected
    assert sorted(message["To"] for message in messages(Path(settings.outbox))) == expected
