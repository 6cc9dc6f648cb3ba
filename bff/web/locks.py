"""Locks between the processes of one host: a lease with an owner, so that a dead owner's lapses by itself."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from bff.ports import Unavailable

from .control import Control, Work

LEASE = 20.0
"""Seconds an owner may take: longer than any request's deadline with its reading back."""
WAIT = 8.0
PAUSES = (0.002, 0.005, 0.01, 0.02, 0.05)

After = Callable[[sqlite3.Connection], None]


class Held:
    """A lock that is held. `found` is what the work that came with taking it found. `last` may be set to work that is to be
    done in one transaction with letting go."""

    def __init__(self, found: object) -> None:
        self.found = found
        self.last: list[After] = []

    def do_last(self, db: sqlite3.Connection) -> None:
        for last in self.last:
            last(db)


@asynccontextmanager
async def held(
    control: Control, name: str, *, work: Work[object] | None = None, wait: float = WAIT
) -> AsyncIterator[Held]:
    """Hold the lock `name`. Raises `Unavailable` where it is not to be had within `wait` seconds."""
    key, owner = control.ring.digest("lock", name), secrets.token_bytes(8)
    lock = Held(await _taken(control, key, owner, work, wait))

    def release(db: sqlite3.Connection) -> None:
        # Only an owner whose lease has not passed to another may still write what it found.
        if db.execute("DELETE FROM locks WHERE key = ? AND owner = ?", (key, owner)).rowcount:
            lock.do_last(db)

    try:
        yield lock
    finally:
        with suppress(Unavailable):  # it is in the log, and the lease lapses
            await asyncio.shield(control.write(release))


async def _taken(control: Control, key: bytes, owner: bytes, work: Work[object] | None, wait: float) -> object:
    def take(db: sqlite3.Connection) -> tuple[bool, object]:
        now = control.clock()
        taken = db.execute(
            "INSERT INTO locks VALUES (?1, ?2, ?3 + ?4) ON CONFLICT (key) DO UPDATE"
            " SET owner = ?2, expires = ?3 + ?4 WHERE expires <= ?3",
            (key, owner, now, LEASE),
        ).rowcount
        return bool(taken), work(db) if taken and work else None

    waited, turn = 0.0, 0
    while True:
        taken, found = await control.write(take)
        if taken:
            return found
        if waited >= wait:
            raise Unavailable("a lock was not let go in time")
        pause = PAUSES[min(turn, len(PAUSES) - 1)]
        await asyncio.sleep(pause)
        waited, turn = waited + pause, turn + 1
