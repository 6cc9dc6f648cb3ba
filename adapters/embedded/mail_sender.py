"""Delivering the outbox: to a folder, one `.eml` file a mail, and by SMTP where that is configured.

Several processes may do it at once: a row is held by one of them for the time of its lease, and leaves the table when its
mail is gone. After a crash the lease runs out and another one sends: the file is then written over, having the row's name,
and a mail server may get the mail again, with the same Message-ID. What cannot be sent is tried again for about two days.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import smtplib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

from bff.ports import BackendError, Misconfigured, Unavailable

from . import retention, stock_notices
from .database import Connection, Database
from .mail_text import Letter, compose
from .moments import stamp
from .settings import SmtpSettings

log = logging.getLogger("portico.embedded.mail")

POLL = 0.5
"""Seconds between two looks into the outbox."""
SETTLE_AGAIN = 1.0
_LEASE = 180
_TRIES = 14
_FIRST_WAIT, _LONGEST_WAIT = 30, 6 * 3600
_NOTICES_EVERY = 60
_FORGETS_EVERY = 3600
_COLUMNS = "id, kind, recipient, market, locale, data, queued"


class _Hopeless(Exception):
    """The server said that this mail will never be taken."""


class MailSender:
    """Sends what waits, one mail at a time."""

    def __init__(self, database: Database) -> None:
        settings = database.settings
        self._database = database
        self._settings = settings
        self._name = secrets.token_hex(8)
        self._stop = asyncio.Event()
        self._folder = Path(settings.outbox.replace("{var}", "var")) if settings.outbox else None
        if self._folder is None and settings.smtp is None:
            raise Misconfigured("outbox", "mail would go nowhere.", fix="name a folder, or a mail server under `smtp`.")
        smtp = settings.smtp
        if smtp and smtp.timeout * 4 > _LEASE:
            raise Misconfigured("smtp.timeout", "is longer than a mail is held.", fix=f"at most {_LEASE // 4}.")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send in the background; at the end the mail that is on its way is finished."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()
            await task

    async def _run(self) -> None:
        looks, due = 0, set[Callable[[], Awaitable[None]]]()
        while not self._stop.is_set():
            if looks % int(_FORGETS_EVERY / POLL) == 0:
                due |= {self.forget}
            if looks % int(_NOTICES_EVERY / POLL) == 0:
                due |= {self._tell}
            for work in (*due, self._send_all):
                if await self._done(work):
                    due.discard(work)
            looks += 1
            try:
                await asyncio.wait_for(self._stop.wait(), POLL)
            except TimeoutError:
                continue

    async def _done(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do a work of the sender's; False where it is to be tried at the next look. What fails holds up nothing else."""
        try:
            await work()
        except BackendError as error:  # the database is busy or full: later
            log.warning("the outbox cannot be read: %s", error)
            return False
        except Exception:
            log.exception("the outbox stands still")
        return True

    async def _send_all(self) -> None:
        while not self._stop.is_set() and await self.send_one():
            pass

    async def _tell(self) -> None:
        """Mails for what came back into stock by an import or by hand."""
        if await self._database.run(stock_notices.any_due):
            await self._database.write(stock_notices.due)

    async def forget(self) -> None:
        """Delete what was kept as long as it may be."""
        if await self._database.run(retention.any_due):
            await self._database.write(retention.due)
        if self._folder is not None:
            await asyncio.to_thread(retention.files, self._folder, self._settings.keep_mail_files)

    async def send_one(self) -> bool:
        """Deliver the mail that has waited longest; False where none is due."""
        if not await self._database.run(_any_due):
            return False
        letter = await self._database.write(lambda c: _claim(c, self._name))
        if letter is None:
            return False
        problem: Exception | None = None
        try:
            await asyncio.to_thread(self._deliver, letter)
        except Exception as error:
            problem = error
        await self._settled(letter, problem)
        return True

    async def _settled(self, letter: Letter, problem: Exception | None) -> None:
        """Write down what became of a mail, also where the database is busy just then: or it would be sent again."""
        for _ in range(int(_LEASE / 2 / SETTLE_AGAIN)):
            try:
                return await self._database.write(lambda c: _settle(c, self._name, letter, problem))
            except Unavailable:
                await asyncio.sleep(SETTLE_AGAIN)
        log.error("what became of mail %s could not be written down", letter.id)
        return None

    def _deliver(self, letter: Letter) -> None:
        settings = self._settings
        try:
            message = compose(letter, self._database.markets, settings.mail_from, settings.store_url)
        except (ValueError, KeyError) as error:
            raise _Hopeless(f"{type(error).__name__}: {error}") from error
        if self._folder is not None:
            _file(self._folder, letter, message)
        if settings.smtp is not None:
            _send(settings.smtp, message)


def _any_due(connection: Connection) -> bool:
    row = connection.execute("SELECT 1 FROM outbox WHERE failed IS NULL AND due <= ? LIMIT 1", (stamp(),)).fetchone()
    return row is not None


def _claim(connection: Connection, sender: str) -> Letter | None:
    """Hold the oldest due mail. `due` is the end of the lease, so that a mail held is not due."""
    row = connection.execute(
        "UPDATE outbox SET lease = ?, due = ?, tries = tries + 1 WHERE id ="  # noqa: S608
        f" (SELECT id FROM outbox WHERE failed IS NULL AND due <= ? ORDER BY due LIMIT 1) RETURNING {_COLUMNS}",
        (sender, stamp(seconds=_LEASE), stamp()),
    ).fetchone()
    return None if row is None else Letter(*row)


def _settle(connection: Connection, sender: str, letter: Letter, problem: Exception | None) -> None:
    """A mail that is gone leaves; another one waits, longer every time, or stays as failed with what is wrong."""
    mine = (letter.id, sender)
    if problem is None:
        connection.execute("DELETE FROM outbox WHERE id = ? AND lease = ?", mine)
        return
    tries = connection.execute("SELECT tries FROM outbox WHERE id = ?", (letter.id,)).fetchone()
    count = tries[0] if tries else 0
    wait = min(_FIRST_WAIT * 2 ** max(0, count - 1), _LONGEST_WAIT)
    given_up = isinstance(problem, _Hopeless) or count >= _TRIES
    connection.execute(
        "UPDATE outbox SET lease = NULL, due = ?, failed = ? WHERE id = ? AND lease = ?",
        (stamp(seconds=wait), str(problem)[:500] if given_up else None, *mine),
    )
    log.log(
        logging.ERROR if given_up else logging.WARNING,
        "mail %s (%s) %s: %s",
        *(letter.id, letter.kind, "is given up" if given_up else f"waits {wait} s", type(problem).__name__),
    )


def _file(folder: Path, letter: Letter, message: EmailMessage) -> None:
    """The whole file or none, readable by its owner only: it may hold the key to an account."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{retention.written(letter.queued)}-{letter.kind}-{letter.id[:12]}.eml"
    made = folder / f".{letter.id}.{os.getpid()}"
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(message.as_bytes())
    made.replace(target)


def _send(smtp: SmtpSettings, message: EmailMessage) -> None:
    """Raises `_Hopeless` where the server refuses the recipient or the message for good; else what went wrong."""
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if smtp.tls:
        server = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout, context=secure)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout)
    try:
        if smtp.starttls and not smtp.tls:
            server.starttls(context=secure)
        if smtp.user is not None:
            server.login(smtp.user, smtp.password or "")
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        raise (_Hopeless(f"refused with {code}") if code >= 500 else error) from error
    except smtplib.SMTPDataError as error:
        raise (_Hopeless(f"refused with {error.smtp_code}") if error.smtp_code >= 500 else error) from error
    finally:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()
