"""Events in a file of this host, `var/events.sqlite`. Every process has a connection of its own; SQLite lets one write at a
time (WAL), and nobody who reads ever waits.

Old rows go slice by slice: visitors' hashes begin with any byte equally often, so each minute one 256th of them is looked
through, and no sweep is long.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .event import EXPOSURE, READINGS, Event, Loss, check, finite, milliseconds, visitor_key
from .file import SharedFile
from .tables import CONVERT, EXPOSE, LAYOUT, PHASE, READ, SCHEMA

Number = Callable[[str], int]
Row = tuple[object, ...]

FORGOTTEN_MS = 3_600_000
SILENT_MS = 300_000
"""A process that says nothing for so long, and did not say goodbye, was killed."""
DAY_MS = 86_400_000
STEP_MS = 300_000


class SqliteSink:
    """`days` is how long events are kept. The file is opened on first use and again after a failure."""

    def __init__(self, file: Path, *, days: int = 400) -> None:
        self._file = SharedFile(file, SCHEMA, LAYOUT, renewed=_renewed, left=self._leave)
        self._days = days
        self._words: dict[str, int] = {}
        self._known = False
        self._id = secrets.token_bytes(8)

    def write(self, batch: Sequence[Event]) -> None:
        for event in batch:
            check(event)
        self._file.run(lambda db: self._write(db, batch))

    def note(self, loss: Loss, count: int, at: float) -> None:
        self._file.run(lambda db: _note(db, loss, count, milliseconds(at)))

    def forget(self, visitor: str) -> int:
        return self._file.run(lambda db: _forget(db, visitor_key(visitor), milliseconds(time.time())))

    def tend(self, now: float) -> None:
        self._file.run(lambda db: self._tend(db, milliseconds(now)))

    def close(self) -> None:
        if self._file.is_open:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._file.run(lambda db: db.execute("DELETE FROM writers WHERE id = ?", (self._id,)))
        self._file.close()

    def _leave(self) -> None:
        self._words.clear()
        self._known = False

    def _write(self, db: sqlite3.Connection, batch: Sequence[Event]) -> None:
        if not self._known:
            db.execute("INSERT OR REPLACE INTO writers VALUES (?, ?)", (self._id, milliseconds(time.time())))
        forgotten = {row[0] for row in db.execute("SELECT visitor FROM forgotten")}
        number = self._numbers(db)
        exposed, converted, read, phases = [], [], [], set()
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
        self._known = True

    def _numbers(self, db: sqlite3.Connection) -> Number:
        """The numbers of names, given one where they have none."""

        def number(word: str) -> int:
            found = self._words.get(word)
            if found is None:
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


def _exposure(event: Event, visitor: bytes, number: Number) -> Row:
    own = (number(event.variation or ""), milliseconds(event.at), int(event.fallback))
    return (*_variation(event, number), visitor, *own, *_where(event, number))


def _reading(event: Event, visitor: bytes, number: Number) -> Row:
    value = finite(event.value or 0.0)
    experiment, phase = _variation(event, number)
    variation = number(event.variation or "")
    return experiment, phase, number(event.kind), visitor, variation, 1, value, value * value, milliseconds(event.at)


def _conversion(event: Event, visitor: bytes, number: Number) -> Row:
    value = None if event.value is None else finite(event.value)
    currency = number(event.currency) if event.currency else None
    placed = bytes.fromhex(event.order) if event.order else None
    id = bytes.fromhex(event.id)
    return (visitor, number(event.kind), id, milliseconds(event.at), value, currency, *_where(event, number), placed)


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


def _renewed(db: sqlite3.Connection) -> None:
    _note(db, "set_aside", 1, milliseconds(time.time()))


def _note(db: sqlite3.Connection, loss: Loss, count: int, at: int) -> None:
    db.execute(
        "INSERT INTO losses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", (loss, at // DAY_MS, count)
    )
