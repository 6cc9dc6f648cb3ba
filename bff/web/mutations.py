"""Every post is a mutation that happens once. Equal posts of one shopper are the same mutation: the first runs, those that
come meanwhile wait for it, and all get the same bytes. With an id in the form (`mutation`) that holds for a day, without
one for two seconds, long enough for a double click and too short for meaning it twice.

Nobody gets another's answer: what makes posts equal holds the session, or where there is none the client's address and
browser. Those two do not tell people apart behind one address, so a session made for a post without an id is handed to
nobody else: an equal post makes its own, marked as the same (`Kept.mark`), and where one browser brings both they hold
what was meant once (`sessions_merge`). Kept answers are sealed, and dropped before the record is.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Unavailable

from .control import Control

FIELD = "mutation"
ID = re.compile(r"[A-Za-z0-9._-]{16,80}")
EQUAL_SECONDS = 2.0
ANSWER_SECONDS = 3_600.0
RECORD_SECONDS = 86_400.0
LEASE = 25.0
"""Seconds the first may run before it counts as dead: longer than a write's deadline with waiting and reading back."""
WAIT = 15.0
PAUSE = 0.03
MAX_ANSWER = 256_000
"""Bytes of an answer that is kept; pages are compressed, so this is one nobody gets."""


NOBODY = (b"", b"")
"""Whose a record counts as: a hash of the session, if there is one, and of the client's address (`control.EACH`)."""


class Attempt(msgspec.Struct, frozen=True):
    """One run of a mutation. `doubtful`: an earlier run ended without an answer, and may have done its work."""

    key: bytes
    content: bytes
    owner: bytes
    lasting: bool
    began: float
    doubtful: bool = False
    by: tuple[bytes, bytes] = NOBODY


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to give again. `before` says which cookies the first post brought: only for the same is its `Set-Cookie`
    still right. `mark`: it made a session, and cannot be sure that who asks again is who asked first."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    before: bytes
    mark: str = ""

    def response(self, before: bytes) -> ASGIResponse:
        headers = [(k, v) for k, v in self.headers if before == self.before or k.lower() != "set-cookie"]
        return ASGIResponse(body=self.body, status_code=self.status, headers=headers)


State = Attempt | Kept | Literal["busy", "spent"]
"""What to do: run it, give the kept answer, wait; or it is done and its answer is no longer kept."""

RUNNING, DONE, FAILED = range(3)


async def begun(
    control: Control, keys: Sequence[bytes], content: bytes, *, lasting: bool, by: tuple[bytes, bytes] = NOBODY
) -> Attempt | Kept | Literal["spent"]:
    """Begin a mutation, or wait for the run that is under way. `keys` say whose post it is and its id (the first is what it
    gets, the others it may have had), `content` is a hash of all of it: a form sent again with other content is a new
    one. `lasting`: it brought an id. Raises `Unavailable`."""
    waited = 0.0
    while True:
        state = await control.write(lambda db: _claim(control, db, keys, content, lasting, by))
        if state != "busy":
            return state
        if waited >= WAIT:
            raise Unavailable("an equal post is still under way")
        await asyncio.sleep(PAUSE)
        waited += PAUSE


def _claim(
    control: Control,
    db: sqlite3.Connection,
    keys: Sequence[bytes],
    content: bytes,
    lasting: bool,
    by: tuple[bytes, bytes],
) -> State:
    now = control.clock()
    sql = "SELECT state, lease, content, answer, fresh FROM mutations WHERE key = ? AND (state = 0 OR expires > ?)"
    key, row = keys[0], None
    for known in keys:
        row = db.execute(sql, (known, now)).fetchone()
        if row is not None:
            key = known
            break
    doubtful = False
    if row is not None:
        state, lease, before, answer, fresh = row
        if state == RUNNING and lease > now:
            return "busy"
        if before == content:
            text = control.ring.open(answer, b"answer" + key) if state != RUNNING and fresh > now and answer else None
            if text is not None:
                return msgspec.msgpack.decode(text, type=Kept)
            if state == DONE:
                return "spent"
            doubtful = state == RUNNING
        else:
            row = None
    if row is None:
        db.execute("DELETE FROM intents WHERE key = ?", (key,))
    owner = secrets.token_bytes(8)
    control.wrote(by)
    db.execute(
        "INSERT OR REPLACE INTO mutations (key, owner, state, lease, content, fresh, expires, session, client)"
        " VALUES (?, ?, 0, ?, ?, 0, ?, ?, ?)",
        (key, owner, now + LEASE, content, now + RECORD_SECONDS, *by),
    )
    return Attempt(key, content, owner, lasting, now, doubtful, by)


async def told(control: Control, attempt: Attempt) -> bool:
    """Whether the run before said what it set out to do, so that reading back can decide. Raises `Unavailable`."""
    sql = "SELECT 1 FROM intents WHERE key = ? LIMIT 1"
    return await control.read(lambda db: db.execute(sql, (attempt.key,)).fetchone()) is not None


async def ended(control: Control, attempt: Attempt, kept: Kept, also: Sequence[bytes] = ()) -> None:
    """Keep the answer, under further keys too (`also`: the same post by the session it made). A failure is kept for those
    that came meanwhile only: sent again it is tried again. Raises `Unavailable`."""
    failed = kept.status >= 500 or kept.status == 429
    soon = max(attempt.began + EQUAL_SECONDS, control.clock())
    fresh = control.clock() + ANSWER_SECONDS if attempt.lasting and not failed else soon
    expires = control.clock() + RECORD_SECONDS if attempt.lasting else soon
    text = msgspec.msgpack.encode(kept)
    if len(text) > MAX_ANSWER:
        text = b""

    def keep(db: sqlite3.Connection) -> None:
        row = db.execute("SELECT owner FROM mutations WHERE key = ?", (attempt.key,)).fetchone()
        if row is None or row[0] != attempt.owner:
            return
        control.wrote(attempt.by)
        for key in (attempt.key, *also):
            sealed = control.ring.seal(text, b"answer" + key) if text else None
            db.execute(
                "INSERT OR REPLACE INTO mutations"
                " (key, owner, state, lease, content, answer, fresh, expires, session, client, size)"
                " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(key, attempt.owner, FAILED if failed else DONE, attempt.content, sealed, fresh, expires),
                    *(*attempt.by, len(sealed or b"")),
                ),
            )

    await control.write(keep)


async def forgotten(control: Control, attempt: Attempt) -> None:
    """As if it had not begun; what it set out to do is still known. Raises `Unavailable`."""
    sql = "UPDATE mutations SET state = 2, fresh = 0 WHERE key = ? AND owner = ?"
    await control.write(lambda db: db.execute(sql, (attempt.key, attempt.owner)) and None)
