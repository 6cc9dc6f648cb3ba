"""Events on their way to a server elsewhere. They stand in a file of this host until the server has acknowledged
them, so that a server that is down, or far, costs a page nothing and loses nothing.

Of all processes of a host one forwards, whichever holds the lock. Each batch has an id of its own, by which the server knows
one that it was sent before.
"""

from __future__ import annotations

import fcntl
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

import msgspec

from .event import Event, Loss, check, milliseconds
from .file import SharedFile

log = logging.getLogger("portico.events")

SCHEMA = "CREATE TABLE parcels (n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, data BLOB NOT NULL)"
LAYOUT = 1
MOST = 100_000
"""Batches that wait at most: with one process, a server may be away for three hours of constant traffic. Beyond, events stay
in the processes' queues, and are dropped and counted there."""
LOOK_SECONDS = 0.25
AGAIN_SECONDS = 30.0
"""The longest wait before a server that could not be reached is tried again."""
AT_ONCE = 20


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent in one go."""

    events: tuple[Event, ...] = ()
    losses: tuple[tuple[Loss, int, float], ...] = ()


class Remote(Protocol):
    """A server that keeps events. Called in a thread of its own."""

    def deliver(self, id: bytes, parcel: Parcel) -> None:
        """Keep all of it, unless a parcel of this id was kept before. Returns when it is safe there. Raises
        `ValueError` for what it will never take, anything else where it may be tried again."""
        ...

    def forget(self, visitor: str) -> int: ...

    def tend(self, now: float) -> None: ...

    def close(self) -> None: ...


class Spool:
    """A sink: `remote`, behind a file."""

    def __init__(self, file: Path, remote: Remote, *, look: float = LOOK_SECONDS) -> None:
        self._file = SharedFile(file, SCHEMA, LAYOUT, renewed=_renewed)
        self._reading = SharedFile(file, SCHEMA, LAYOUT, renewed=_renewed)
        self._remote = remote
        self._look = look
        self._guard = file.with_suffix(".forwarder")
        self._held: IO[str] | None = None
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._failed = 0

    def write(self, batch: Sequence[Event]) -> None:
        for event in batch:
            check(event)
        self._put(Parcel(events=tuple(batch)))

    def note(self, loss: Loss, count: int, at: float) -> None:
        self._put(Parcel(losses=((loss, count, at),)))

    def forget(self, visitor: str) -> int:
        with self._lock:
            return self._remote.forget(visitor)

    def tend(self, now: float) -> None:
        if self._holds():
            with self._lock:
                self._remote.tend(now)

    def close(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        if not self._failed:
            self.forward()
        self._file.close()
        self._reading.close()
        with self._lock:
            self._remote.close()
        if self._held is not None:
            self._held.close()

    def waiting(self) -> int:
        """Batches that the server has not acknowledged."""
        found: int = self._reading.run(lambda db: db.execute("SELECT count(*) FROM parcels").fetchone()[0])
        return found

    def forward(self) -> None:
        """Send what waits, oldest first, until nothing does or the server fails. Only where this process is the one."""
        while self._holds():
            found = self._reading.run(
                lambda db: db.execute("SELECT n, id, data FROM parcels ORDER BY n LIMIT ?", (AT_ONCE,)).fetchall()
            )
            if not found:
                return
            for n, id, data in found:
                if not self._sent(id, data):
                    return
                self._reading.run(lambda db, n=n: db.execute("DELETE FROM parcels WHERE n = ?", (n,)))  # type: ignore[misc]

    def _sent(self, id: bytes, data: bytes) -> bool:
        try:
            parcel = msgspec.msgpack.decode(data, type=Parcel)
            with self._lock:
                self._remote.deliver(id, parcel)
        except (ValueError, msgspec.DecodeError) as error:
            log.error("a batch was refused for good, and is let go of: %s", error)
        except Exception as error:
            self._failed += 1
            if self._failed == 1:
                log.warning("the server of events cannot be reached: %s: %s", type(error).__name__, error)
            return False
        if self._failed:
            log.info("the server of events is back")
        self._failed = 0
        return True

    def _put(self, parcel: Parcel) -> None:
        data, id = msgspec.msgpack.encode(parcel), secrets.token_bytes(16)

        def put(db: sqlite3.Connection) -> None:
            first, last = db.execute("SELECT coalesce(min(n), 0), coalesce(max(n), 0) FROM parcels").fetchone()
            if last - first >= MOST:
                raise BlockingIOError("the server of events has been away for too long")
            db.execute("INSERT INTO parcels (id, data) VALUES (?, ?)", (id, data))

        self._file.run(put)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="events-forward", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(min(AGAIN_SECONDS, self._look * 2 ** min(self._failed, 10))):
            try:
                self.forward()
            except Exception as error:  # the file: it is looked at again
                self._failed += 1
                log.warning("events cannot be forwarded: %s: %s", type(error).__name__, error)

    def _holds(self) -> bool:
        """Whether this process is the one that forwards."""
        if self._held is None:
            self._guard.parent.mkdir(parents=True, exist_ok=True)
            held = self._guard.open("a")
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                held.close()
                return False
            self._held = held
        return True


def _renewed(db: sqlite3.Connection) -> None:
    parcel = Parcel(losses=(("set_aside", 1, milliseconds(time.time()) / 1_000),))
    data = msgspec.msgpack.encode(parcel)
    db.execute("INSERT INTO parcels (id, data) VALUES (?, ?)", (secrets.token_bytes(16), data))
