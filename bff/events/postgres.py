"""Events in PostgreSQL, for stores of several hosts (extra `postgres`). Tables as in `events.sqlite`, but names stand
as text. It is put behind a `Spool`. For a report, what an experiment needs is copied into a file of the same form,
and read there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from .event import EXPOSURE, READINGS, Event, milliseconds, visitor_key
from .file import connect
from .spool import Parcel
from .sqlite import DAY_MS, FORGOTTEN_MS
from .tables import LAYOUT, SCHEMA

T = TypeVar("T")

CONNECT_SECONDS = 5
MAKING = 7_061_627_269
"""The number of a lock, of no meaning."""
MAKE = (
    "CREATE SCHEMA IF NOT EXISTS portico",
    """CREATE TABLE IF NOT EXISTS portico.exposures (experiment text NOT NULL, phase int NOT NULL, visitor bytea NOT NULL,
    variation text NOT NULL, at bigint NOT NULL, fallback int NOT NULL, market text NOT NULL, backend text NOT NULL,
    generation int NOT NULL, PRIMARY KEY (experiment, phase, visitor, variation))""",
    """CREATE TABLE IF NOT EXISTS portico.conversions (visitor bytea NOT NULL, kind text NOT NULL, id bytea NOT NULL,
    at bigint NOT NULL, value double precision, currency text, market text NOT NULL, backend text NOT NULL,
    generation int NOT NULL, placed bytea, PRIMARY KEY (visitor, kind, id))""",
    """CREATE UNIQUE INDEX IF NOT EXISTS conversions_placed ON portico.conversions (placed, kind)
    WHERE placed IS NOT NULL""",
    """CREATE TABLE IF NOT EXISTS portico.readings (experiment text NOT NULL, phase int NOT NULL, kind text NOT NULL,
    visitor bytea NOT NULL, variation text NOT NULL, n bigint NOT NULL, total double precision NOT NULL,
    squares double precision NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (experiment, phase, kind, visitor, variation))""",
    """CREATE TABLE IF NOT EXISTS portico.losses (loss text NOT NULL, day bigint NOT NULL, n bigint NOT NULL,
    PRIMARY KEY (loss, day))""",
    "CREATE TABLE IF NOT EXISTS portico.forgotten (visitor bytea PRIMARY KEY, until bigint NOT NULL)",
    "CREATE INDEX IF NOT EXISTS exposures_at ON portico.exposures USING brin (at)",
    "CREATE INDEX IF NOT EXISTS conversions_at ON portico.conversions USING brin (at)",
    "CREATE INDEX IF NOT EXISTS readings_at ON portico.readings USING brin (at)",
    "CREATE TABLE IF NOT EXISTS portico.parcels (id bytea PRIMARY KEY, at bigint NOT NULL)",
)
EXPOSE = """INSERT INTO portico.exposures AS e VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (experiment, phase, visitor, variation) DO UPDATE
SET at = least(e.at, excluded.at), fallback = greatest(e.fallback, excluded.fallback)
WHERE excluded.at < e.at OR excluded.fallback > e.fallback"""
CONVERT = "INSERT INTO portico.conversions VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
READ = """INSERT INTO portico.readings AS r VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (experiment, phase, kind, visitor, variation) DO UPDATE
SET n = r.n + excluded.n, total = r.total + excluded.total, squares = r.squares + excluded.squares, at = excluded.at"""
LOSE = """INSERT INTO portico.losses AS l VALUES (%s, %s, %s)
ON CONFLICT (loss, day) DO UPDATE SET n = l.n + excluded.n"""
KNOWN_DAYS = 30
"""For so long a parcel is known that was delivered."""


class Postgres:
    """A remote. `address` as libpq takes it. The connection is made when it is needed, and again after a failure."""

    def __init__(self, address: str, *, days: int = 400) -> None:
        self._address = address
        self._days = days
        self._db: psycopg.Connection[Any] | None = None

    def deliver(self, id: bytes, parcel: Parcel) -> None:
        try:
            self._run(lambda db: self._deliver(db, id, parcel))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise ValueError(str(error)) from None

    def forget(self, visitor: str) -> int:
        key, until = visitor_key(visitor), milliseconds(time.time()) + FORGOTTEN_MS

        def forget(db: psycopg.Connection[Any]) -> int:
            count = 0
            for table in ("exposures", "conversions", "readings"):  # names of tables are this module's own
                count += db.execute(f"DELETE FROM portico.{table} WHERE visitor = %s", (key,)).rowcount  # noqa: S608
            kept = "ON CONFLICT (visitor) DO UPDATE SET until = excluded.until"
            db.execute(f"INSERT INTO portico.forgotten VALUES (%s, %s) {kept}", (key, until))  # noqa: S608
            return count

        return self._run(forget)

    def tend(self, now: float) -> None:
        at = milliseconds(now)

        def tend(db: psycopg.Connection[Any]) -> None:
            db.execute("DELETE FROM portico.forgotten WHERE until < %s", (at,))
            db.execute("DELETE FROM portico.parcels WHERE at < %s", (at - KNOWN_DAYS * DAY_MS,))
            # The server's own clock judges as well: one host's that is wrong deletes nothing.
            here = int(db.execute("SELECT extract(epoch FROM now()) * 1000").fetchone()[0])  # type: ignore[index]
            oldest = min(at, here) - self._days * DAY_MS
            for table in ("exposures", "conversions", "readings"):
                db.execute(f"DELETE FROM portico.{table} WHERE at < %s", (oldest,))  # noqa: S608

        self._run(tend)

    def close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def copy(self, file: Path, experiment: str, phase: int) -> None:
        """What the report of an experiment's phase needs, as a new file in the form of `events.sqlite`. Raises
        `psycopg.Error`, `OSError`."""
        self._run(lambda db: _copy(db, file, experiment, phase))

    def _deliver(self, db: psycopg.Connection[Any], id: bytes, parcel: Parcel) -> None:
        known = "INSERT INTO portico.parcels VALUES (%s, %s) ON CONFLICT DO NOTHING"
        if not db.execute(known, (id, milliseconds(time.time()))).rowcount:
            return
        forgotten = {bytes(row[0]) for row in db.execute("SELECT visitor FROM portico.forgotten")}
        events = [(event, key) for event in parcel.events if (key := visitor_key(event.visitor)) not in forgotten]
        with db.cursor() as cursor:
            # In one order, so that two hosts never wait for each other.
            cursor.executemany(EXPOSE, _sorted(_exposure(e, key) for e, key in events if e.kind == EXPOSURE))
            cursor.executemany(READ, _sorted(_reading(e, key) for e, key in events if e.kind in READINGS))
            others = (own for own in events if own[0].kind != EXPOSURE and own[0].kind not in READINGS)
            cursor.executemany(CONVERT, _sorted(_conversion(e, key) for e, key in others))
            cursor.executemany(LOSE, [(loss, milliseconds(at) // DAY_MS, n) for loss, n, at in parcel.losses])

    def _run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """In one transaction. Raises `psycopg.Error`."""
        if self._db is None or self._db.closed:
            self._db = _connected(self._address)
        try:
            with self._db.transaction():
                return work(self._db)
        except psycopg.OperationalError:
            self.close()
            raise


def _connected(address: str) -> psycopg.Connection[Any]:
    db = psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS)
    try:
        if not _is_made(db):
            # One of several hosts makes the tables. The lock is the session's: what another has made meanwhile is seen by
            # the next transaction only.
            db.execute("SELECT pg_advisory_lock(%s)", (MAKING,))
            if not _is_made(db):
                with db.transaction():
                    for statement in MAKE:
                        db.execute(statement)
            db.execute("SELECT pg_advisory_unlock(%s)", (MAKING,))
    except BaseException:
        db.close()
        raise
    return db


def _is_made(db: psycopg.Connection[Any]) -> bool:
    """Whether the last of the tables is there."""
    found = db.execute("SELECT to_regclass('portico.parcels') IS NOT NULL").fetchone()
    return bool(found and found[0])


def _sorted(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: row[:3])


def _exposure(event: Event, visitor: bytes) -> tuple[Any, ...]:
    own = (event.experiment, event.phase or 0, visitor, event.variation, milliseconds(event.at), int(event.fallback))
    return (*own, event.market, event.backend, event.generation)


def _reading(event: Event, visitor: bytes) -> tuple[Any, ...]:
    value = event.value or 0.0
    own = (event.experiment, event.phase or 0, event.kind, visitor, event.variation)
    return (*own, 1, value, value * value, milliseconds(event.at))


def _conversion(event: Event, visitor: bytes) -> tuple[Any, ...]:
    placed = bytes.fromhex(event.order) if event.order else None
    own = (visitor, event.kind, bytes.fromhex(event.id), milliseconds(event.at), event.value, event.currency)
    return (*own, event.market, event.backend, event.generation, placed)


def _copy(db: psycopg.Connection[Any], file: Path, experiment: str, phase: int) -> None:
    made = connect(file, SCHEMA, LAYOUT, cache=64_000)
    words: dict[str, int] = {}

    def put(table: str, named: Sequence[int], rows: Iterable[Sequence[Any]]) -> None:
        """Rows with the words at `named` as numbers."""
        for row in rows:
            values = [
                words.setdefault(value, len(words) + 1) if i in named and value is not None else value
                for i, value in enumerate(row)
            ]
            made.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    of = (experiment, phase)
    mine = "SELECT visitor FROM portico.exposures WHERE experiment = %s AND phase = %s"
    try:
        made.execute("BEGIN")
        for table, named, asked in (
            ("exposures", (0, 3, 6, 7), "SELECT * FROM portico.exposures WHERE experiment = %s AND phase = %s"),
            ("readings", (0, 2, 4), "SELECT * FROM portico.readings WHERE experiment = %s AND phase = %s"),
            ("conversions", (1, 5, 6, 7), f"SELECT * FROM portico.conversions WHERE visitor IN ({mine})"),  # noqa: S608
        ):
            with db.cursor(name=f"portico_{table}") as cursor:
                cursor.itersize = 20_000
                cursor.execute(asked, of)
                put(table, named, cursor)
        put("losses", (), db.execute("SELECT loss, day, n FROM portico.losses"))
        made.executemany("INSERT INTO words VALUES (?, ?)", [(id, word) for word, id in words.items()])
        made.execute("COMMIT")
    finally:
        made.close()
