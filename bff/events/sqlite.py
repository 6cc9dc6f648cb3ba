"""Events in a file of this host, `var/events.sqlite`. Every process has a connection of its own; SQLite lets one write at a
time (WAL), and nobody who reads ever waits.

A file that is broken is set aside under another name and a new one begun. Old rows go slice by slice: visitors' hashes begin
with any byte equally often, so each minute one 256th of them is looked through, and no sweep is long.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from .event import EXPOSURE, READINGS, Event, Loss, visitor_key
from .tables import CONVERT, EXPOSE, PHASE, READ, Foreign, connect

T = TypeVar("T")
Number = Callable[[str], int]
Row = tuple[object, ...]

log = logging.getLogger("portico.events")

BUSY_SECONDS = 5.0
FORGOTTEN_MS = 3_600_000
SILENT_MS = 300_000
"""A process that says nothing for so long, and did not say goodbye, was killed."""
DAY_MS = 86_400_000
STEP_MS = 300_000
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
LONGEST = 200
"""Characters a name may have."""


class SqliteSink:
    """`days` is how long events are kept. The file is opened on first use and again after a failure."""

    def __init__(self, file: Path, *, days: int = 400) -> None:
        self.file = file
        self._days = days
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._fresh = False
        self._words: dict[str, int] = {}
        self._id = secrets.token_bytes(8)

    def write(self, batch: Sequence[Event]) -> None:
        self._run(lambda db: self._write(db, batch))

    def note(self, loss: Loss, count: int, at: float) -> None:
        self._run(lambda db: _note(db, loss, count, _ms(at)))

    def forget(self, visitor: str) -> int:
        return self._run(lambda db: _forget(db, visitor_key(visitor), _ms(time.time())))

    def tend(self, now: float) -> None:
        self._run(lambda db: self._tend(db, _ms(now)))

    def close(self) -> None:
        if self._db is None:
            return
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("DELETE FROM writers WHERE id = ?", (self._id,))
        self._end()

    def _write(self, db: sqlite3.Connection, batch: Sequence[Event]) -> None:
        forgotten = {row[0] for row in db.execute("SELECT visitor FROM forgotten")}
        number = self._numbers(db)
        exposed, converted, read, phases = [], [], [], set()
        try:
            for event in batch:
                visitor = visitor_key(event.visitor)
                if visitor in forgotten:
                    continue
                if event.kind == EXPOSURE:
                    exposed.append(_exposure(event, visitor, number))
                    phases.add(exposed[-1][:2])
                elif event.kind in READINGS:
                    read.append(_reading(event, visitor, number))
                    phases.add(read[-1][:2])
                else:
                    converted.append(_conversion(event, visitor, number))
            db.executemany(PHASE, phases)
            db.executemany(EXPOSE, exposed)
            db.executemany(CONVERT, converted)
            db.executemany(READ, read)
        except (OverflowError, TypeError, sqlite3.InterfaceError, sqlite3.ProgrammingError) as error:
            raise ValueError(str(error)) from None

    def _numbers(self, db: sqlite3.Connection) -> Number:
        """The numbers of names, given one where they have none."""

        def number(word: str) -> int:
            found = self._words.get(word)
            if found is None:
                if not 0 < len(word) <= LONGEST or not word.isprintable():
                    raise ValueError("a name in it is empty, too long or unprintable")
                db.execute("INSERT OR IGNORE INTO words (word) VALUES (?)", (word,))
                found = db.execute("SELECT id FROM words WHERE word = ?", (word,)).fetchone()[0]
                if len(self._words) < 10_000:
                    self._words[word] = found
            return found

        return number

    def _tend(self, db: sqlite3.Connection, now: int) -> None:
        db.execute("INSERT OR REPLACE INTO writers VALUES (?, ?)", (self._id, now))
        killed = db.execute("DELETE FROM writers WHERE seen < ?", (now - SILENT_MS,)).rowcount
        if killed:
            _note(db, "killed", killed, now)
        db.execute("DELETE FROM forgotten WHERE until < ?", (now,))
        marks = dict(db.execute("SELECT name, value FROM marks").fetchall())
        # A clock that was put a year on must not empty the file: what is old is told by a time of its own, which a wrong
        # clock moves by five minutes a minute at most.
        reached = min(now, marks.get("reached", now) + STEP_MS)
        number = marks.get("slice", 0) % 256
        oldest = reached - self._days * DAY_MS
        low, high = bytes([number]), bytes([number + 1]) if number < 255 else b"\xff" * 17
        db.execute("DELETE FROM conversions WHERE visitor >= ? AND visitor < ? AND at < ?", (low, high, oldest))
        for where, values in _places(db):
            old = f"DELETE FROM {where} AND visitor >= ? AND visitor < ? AND at < ?"  # noqa: S608
            db.execute(old, (*values, low, high, oldest))
        db.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", [("reached", reached), ("slice", number + 1)])

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """In one transaction. Raises `sqlite3.Error`, `OSError`, `Foreign`; then nothing was written."""
        db = self._connected()
        try:
            db.execute("BEGIN IMMEDIATE")
            found = work(db)
            if self._fresh:
                db.execute("INSERT OR REPLACE INTO writers VALUES (?, ?)", (self._id, _ms(time.time())))
            db.execute("COMMIT")
            self._fresh = False
            return found
        except sqlite3.Error as error:
            self._end()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN:
                self._set_aside(str(error))
            raise
        except BaseException:
            self._words.clear()
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None and self._inode != _inode(self.file):
            self._end()  # another process has set the file aside, or somebody has taken it away
        if self._db is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if not self.file.exists():
                self.file.touch(mode=0o600)
            try:
                self._db = connect(str(self.file), busy=BUSY_SECONDS)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in BROKEN:
                    raise
                self._set_aside(str(error))
                self._db = connect(str(self.file), busy=BUSY_SECONDS)
            self._inode = _inode(self.file)
            self._fresh = True
        return self._db

    def _set_aside(self, reason: str) -> None:
        """Give the file another name, once, whoever of the host's processes finds it broken."""
        seen = _inode(self.file)
        with _alone(self.file.with_suffix(".lock")):
            if not seen or _inode(self.file) != seen:
                return
            with contextlib.suppress(sqlite3.Error, Foreign):
                db = connect(str(self.file), busy=BUSY_SECONDS)
                try:
                    sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                finally:
                    db.close()
                if sound:
                    return
            stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
            for end in ("-wal", "-shm", ""):
                here = Path(f"{self.file}{end}")
                with contextlib.suppress(FileNotFoundError):
                    here.rename(Path(f"{self.file}.broken-{stamp}{end}"))
            log.error(
                "%s cannot be read (%s): it was set aside as *.broken-%s, and a new one begun", self.file, reason, stamp
            )
            made = connect(str(self.file), busy=BUSY_SECONDS)
            try:
                _note(made, "set_aside", 1, _ms(time.time()))
            finally:
                made.close()

    def _end(self) -> None:
        db, self._db = self._db, None
        self._words.clear()
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()


def _exposure(event: Event, visitor: bytes, number: Number) -> Row:
    own = (number(event.variation or ""), _ms(event.at), int(event.fallback))
    return (*_variation(event, number), visitor, *own, *_where(event, number))


def _reading(event: Event, visitor: bytes, number: Number) -> Row:
    value = _finite(event.value or 0.0)
    experiment, phase = _variation(event, number)
    variation = number(event.variation or "")
    return experiment, phase, number(event.kind), visitor, variation, 1, value, value * value, _ms(event.at)


def _conversion(event: Event, visitor: bytes, number: Number) -> Row:
    value = None if event.value is None else _finite(event.value)
    currency = number(event.currency) if event.currency else None
    placed = bytes.fromhex(event.order) if event.order else None
    id = bytes.fromhex(event.id)
    return (visitor, number(event.kind), id, _ms(event.at), value, currency, *_where(event, number), placed)


def _variation(event: Event, number: Number) -> tuple[int, int]:
    return number(event.experiment or ""), int(event.phase or 0)


def _where(event: Event, number: Number) -> tuple[int, int, int]:
    return number(event.market), number(event.backend), int(event.generation)


def _places(db: sqlite3.Connection) -> Iterator[tuple[str, Row]]:
    """Where a visitor may stand, besides the conversions: as the beginning of a statement that finds them fast."""
    kinds = db.execute(
        f"SELECT id FROM words WHERE word IN ({', '.join('?' * len(READINGS))})",  # noqa: S608
        READINGS,
    ).fetchall()
    for experiment, phase in db.execute("SELECT experiment, phase FROM phases").fetchall():
        yield "exposures WHERE experiment = ? AND phase = ?", (experiment, phase)
        for (kind,) in kinds:
            yield "readings WHERE experiment = ? AND phase = ? AND kind = ?", (experiment, phase, kind)


def _forget(db: sqlite3.Connection, visitor: bytes, now: int) -> int:
    count = db.execute("DELETE FROM conversions WHERE visitor = ?", (visitor,)).rowcount
    for where, values in _places(db):
        count += db.execute(f"DELETE FROM {where} AND visitor = ?", (*values, visitor)).rowcount  # noqa: S608
    db.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?)", (visitor, now + FORGOTTEN_MS))
    return count


def _note(db: sqlite3.Connection, loss: Loss, count: int, at: int) -> None:
    db.execute(
        "INSERT INTO losses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", (loss, at // DAY_MS, count)
    )


def _ms(seconds: float) -> int:
    return round(_finite(seconds) * 1_000)


def _finite(value: float) -> float:
    if not -1e15 < value < 1e15:
        raise ValueError("a number in it is none that can be kept")
    return float(value)


def _inode(file: Path) -> int:
    try:
        return os.stat(file).st_ino
    except OSError:
        return 0


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Among the processes of this host."""
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
