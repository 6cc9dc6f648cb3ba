"""What the tests of customers share: settings that hash fast, a shopper with a session, and the mail that was sent."""

from __future__ import annotations

import email
import email.policy
import re
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import msgspec
import pytest

from adapters.embedded import passwords
from adapters.embedded.settings import Settings
from bff.ports import Offer, Registration, SessionBlob, SignedIn, VisitorContext

PASSWORD = "a long and good one"


class Person:
    """A browser: keeps the token and the adapter's notes as the head does."""

    def __init__(self, ctx: VisitorContext) -> None:
        self._public = ctx.public
        self.blob = SessionBlob()
        self.token: str | None = None

    @property
    def ctx(self) -> VisitorContext:
        from bff.ports import Shopper

        return VisitorContext(public=self._public, shopper=Shopper(blob=self.blob, token=self.token))

    def entered(self, answer: object) -> SignedIn:
        assert isinstance(answer, SignedIn), answer
        self.token = answer.token
        return answer


class Mailbox:
    """The mails that were queued, in the order they were, made into messages; sending is off."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def rows(self, query: str, *values: object) -> list[tuple]:
        with closing(sqlite3.connect(self._settings.database, isolation_level=None)) as connection:
            return connection.execute(query, values).fetchall()

    def kinds(self, to: str | None = None) -> list[str]:
        found = self.rows("SELECT kind, recipient FROM outbox ORDER BY queued")
        return [kind for kind, recipient in found if to in (None, recipient)]

    def newest(self, kind: str, name: str) -> str:
        """What the newest mail of a kind holds under a name."""
        (data,) = self.rows("SELECT data FROM outbox WHERE kind = ? ORDER BY queued DESC LIMIT 1", kind)[0]
        return str(msgspec.json.decode(data)[name])

    def token(self, kind: str, name: str = "link") -> str:
        return self.newest(kind, name).partition("token=")[2]


async def customer(offer: Offer, mailbox: Mailbox, person: Person, address: str = "ann@example.com") -> SignedIn:
    """A registered, confirmed, signed-in customer."""
    made = Registration(email=address, password=PASSWORD, first_name="Ann")
    await offer.accounts.register(person.ctx, registration=made, guest_cart=None)
    return person.entered(await offer.accounts.confirm(person.ctx, token=mailbox.token("confirm")))


def messages(folder: Path) -> list[EmailMessage]:
    """The mails of an outbox folder."""
    found = sorted(folder.glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in found]  # type: ignore[misc]


def words(message: EmailMessage, subtype: str = "plain") -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return re.sub(r"\r\n", "\n", part.get_content())


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A one for each hash of a password that is computed from now on."""
    hashes: list[int] = []
    real = passwords._scrypt

    def scrypt(*arguments):
        hashes.append(1)
        return real(*arguments)

    monkeypatch.setattr(passwords, "_scrypt", scrypt)
    return hashes
