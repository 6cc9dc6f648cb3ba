"""The control store: what the workers of one host must agree on, in `var/control.sqlite`.

One thread writes, in short transactions, and one reads; the event loop never waits for the disk. Reading never waits for a
writer (WAL). All that is personal is sealed with the key ring and found by hashes. Without it the store cannot keep
promises about writes, so those answer 503; reading pages go on.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bff.ports import Unavailable

from .ring import Ring

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

log = logging.getLogger("portico.control")

BUSY_SECONDS = 2.0
SWEEP_SECONDS = 60.0
SWEPT = 2_000
"""Rows a sweep takes from a table at most, so that no transaction is long."""

MIGRATIONS = (
    """
    CREATE TABLE sessions (key BLOB PRIMARY KEY, data BLOB NOT NULL, version INTEGER NOT NULL, expires REAL NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE mutations (key BLOB PRIMARY KEY, owner BLOB NOT NULL, state INTEGER NOT NULL, lease REAL NOT NULL,
        content BLOB NOT NULL,
        answer BLOB, fresh REAL NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE intents (key BLOB NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL, expires REAL NOT NULL,
        PRIMARY KEY (key, n)) WITHOUT ROWID;
    CREATE TABLE locks (key BLOB PRIMARY KEY, owner BLOB NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE limits (key BLOB PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE returns (key BLOB PRIMARY KEY, data BLOB NOT NULL, answer BLOB, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE heads (key BLOB PRIMARY KEY, data BLOB NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE seen (key BLOB PRIMARY KEY, data BLOB NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX sessions_expire ON sessions (expires);
    CREATE INDEX mutations_expire ON mutations (expires);
    CREATE INDEX intents_expire ON intents (expires);
    CREATE INDEX locks_expire ON locks (expires);
    CREATE INDEX limits_expire ON limits (expires);
    CREATE INDEX returns_expire ON returns (expires);
    CREATE INDEX heads_expire ON heads (expires);
    CREATE INDEX seen_expire ON seen (expires);
    """,
    """
    ALTER TABLE mutations ADD COLUMN session BLOB NOT NULL DEFAULT x'';
    ALTER TABLE mutations ADD COLUMN client BLOB NOT NULL DEFAULT x'';
    ALTER TABLE mutations ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
    UPDATE mutations SET size = coalesce(length(answer), 0);
    CREATE INDEX mutations_session ON mutations (session, expires);
    CREATE INDEX mutations_client ON mutations (client, expires);
    CREATE INDEX mutations_answers ON mutations (client, fresh, size) WHERE size > 0;
    """,
    """
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE live (market TEXT PRIMARY KEY, backend TEXT NOT NULL, instead_of TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE draining (market TEXT NOT NULL, backend TEXT NOT NULL, carry INTEGER NOT NULL, since REAL NOT NULL,
        PRIMARY KEY (market, backend)) WITHOUT ROWID;
    CREATE TABLE purges (id INTEGER PRIMARY KEY AUTOINCREMENT, tags BLOB NOT NULL, expires REAL NOT NULL);
    CREATE TABLE processes (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, number INTEGER NOT NULL,
        refused INTEGER NOT NULL, problem TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE paths (key BLOB PRIMARY KEY, sku TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    ALTER TABLE seen ADD COLUMN backend TEXT NOT NULL DEFAULT '';
    CREATE INDEX purges_expire ON purges (expires);
    CREATE INDEX processes_expire ON processes (expires);
    CREATE INDEX paths_expire ON paths (expires);
    CREATE INDEX seen_backend ON seen (backend, expires);
    """,
    """
    ALTER TABLE seen ADD COLUMN market TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE carries (key BLOB PRIMARY KEY, data BLOB NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX carries_expire ON carries (expires);
    """,
    """
    CREATE TABLE feeds (backend TEXT PRIMARY KEY, owner TEXT NOT NULL, lease REAL NOT NULL, cursor TEXT,
        due REAL NOT NULL DEFAULT 0, polled REAL NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
        problem TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
    CREATE TABLE heard (key BLOB PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX heard_expire ON heard (expires);
    """,
    """
    CREATE TABLE experiments (name TEXT PRIMARY KEY, phase INTEGER NOT NULL, status TEXT NOT NULL, draw BLOB NOT NULL,
        winner TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE experiments_off (name TEXT NOT NULL, phase INTEGER NOT NULL, variation TEXT NOT NULL,
        reason TEXT NOT NULL, PRIMARY KEY (name, phase, variation)) WITHOUT ROWID;
    CREATE TABLE experiment_log (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, name TEXT NOT NULL,
        phase INTEGER NOT NULL, change TEXT NOT NULL);
    """,
    """
    ALTER TABLE experiment_log ADD COLUMN who TEXT NOT NULL DEFAULT '';
    CREATE TABLE experiment_draws (name TEXT NOT NULL, phase INTEGER NOT NULL, draw BLOB NOT NULL,
        PRIMARY KEY (name, phase)) WITHOUT ROWID;
    INSERT INTO experiment_draws SELECT name, phase, draw FROM experiments;
    """,
    """
    CREATE TABLE handoffs (key BLOB PRIMARY KEY, visitor BLOB NOT NULL, data BLOB NOT NULL, due REAL NOT NULL,
        expires REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX handoffs_due ON handoffs (due);
    CREATE INDEX handoffs_expire ON handoffs (expires);
    CREATE INDEX handoffs_visitor ON handoffs (visitor);
    """,
)
"""`PRAGMA user_version` counts those that were run. A change is a further entry, never another text of an old one."""

BOUNDS: Mapping[str, int] = {
    "sessions": 500_000,
    "mutations": 1_000_000,
    "intents": 1_000_000,
    "locks": 10_000,
    "limits": 200_000,
    "returns": 100_000,
    "handoffs": 100_000,
    "heads": 100_000,
    "seen": 100_000,
    "carries": 100_000,
    "purges": 10_000,
    "heard": 100_000,
    "processes": 1_000,
    "paths": 1_000_000,
}
"""Rows kept at most; beyond, those go first that would expire first."""
EACH: Mapping[str, int] = {"session": 2_000, "client": 20_000}
"""Mutations kept at most of one session and of one client's address: who posts more loses the oldest of their own. Far below
the bound of the whole table, so that a burst of one takes nobody else's day away."""
ANSWERS: Mapping[str, int] = {"each": 32_000_000, "all": 256_000_000}
"""Bytes of sealed answers kept at most, of one client's address and of all; beyond, the oldest are dropped. The record
stays: sent again, the post is told to be done, and is not done again."""


class Control:
    """The store's file. It is opened on first use, and again after a failure. `clock` gives Unix seconds."""

    def __init__(self, file: Path, ring: Ring, *, clock: Callable[[], float] = time.time) -> None:
        self.ring = ring
        self.clock = clock
        self._file = file
        self._writer = _Thread(self._open)
        self._reader = _Thread(self._open)
        self._swept = 0.0
        self._writers: set[tuple[str, bytes]] = set()

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction, alone among all processes. Raises `Unavailable`; then nothing was written."""

        def transaction(db: sqlite3.Connection) -> T:
            db.execute("BEGIN IMMEDIATE")
            try:
                found = work(db)
                self._sweep(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return found

        return await self._writer.run(transaction)

    def wrote(self, by: tuple[bytes, bytes]) -> None:
        """Remember whose mutations were written: the next sweep counts those, and nobody else's. Inside `write`."""
        self._writers.update((column, whose) for column, whose in zip(EACH, by, strict=True) if whose)

    async def read(self, work: Work[T]) -> T:
        """Run a reading `work`. Raises `Unavailable`."""
        return await self._reader.run(work)

    async def __aenter__(self) -> Control:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._writer.close()
        self._reader.close()

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            self._file.touch(mode=0o600)
        db = sqlite3.connect(self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if _version(db) < len(MIGRATIONS):
                _migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _sweep(self, db: sqlite3.Connection) -> None:
        now = self.clock()
        if 0 <= now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        db.execute("UPDATE mutations SET answer = NULL, size = 0 WHERE size > 0 AND fresh <= ?", (now,))
        self._writers, busy = set(), self._writers
        _share(db, busy)
        for table, bound in BOUNDS.items():
            # Names of tables are this module's own.
            db.execute(
                f"DELETE FROM {table} WHERE expires <= coalesce("  # noqa: S608
                f"(SELECT expires FROM {table} WHERE expires <= ? ORDER BY expires LIMIT 1 OFFSET {SWEPT}), ?)",
                (now, now),
            )
            over = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] - bound  # noqa: S608
            if over > 0:
                db.execute(
                    f"DELETE FROM {table} WHERE expires <= "  # noqa: S608
                    f"(SELECT expires FROM {table} ORDER BY expires LIMIT 1 OFFSET ?)",
                    (over - 1,),
                )


def _share(db: sqlite3.Connection, busy: Iterable[tuple[str, bytes]]) -> None:
    """Keep the mutations and answers of those who wrote (a column and who it holds) within what is theirs, and all answers
    together within theirs."""
    for column, whose in busy:  # names of columns are this module's own
        over = db.execute(f"SELECT count(*) FROM mutations WHERE {column} = ?", (whose,)).fetchone()[0] - EACH[column]  # noqa: S608
        if over > 0:
            doomed = f"key IN (SELECT key FROM mutations WHERE {column} = ? ORDER BY expires LIMIT ?)"  # noqa: S608
            for table in ("intents", "mutations"):
                db.execute(f"DELETE FROM {table} WHERE {doomed}", (whose, over))  # noqa: S608
        if column == "client":
            large = "SELECT coalesce(sum(size), 0) FROM mutations WHERE size > 0 AND client = ?"
            size = db.execute(large, (whose,)).fetchone()[0]
            if size > ANSWERS["each"]:
                _drop_answers(db, size - ANSWERS["each"], "client = ?", whose)
    size = db.execute("SELECT coalesce(sum(size), 0) FROM mutations WHERE size > 0").fetchone()[0]
    if size > ANSWERS["all"]:
        _drop_answers(db, size - ANSWERS["all"], "? = ''", "")


def _drop_answers(db: sqlite3.Connection, over: int, whose: str, value: object) -> None:
    """Drop the oldest answers, as many as make up `over` bytes."""
    aged = f"SELECT key, sum(size) OVER (ORDER BY fresh, key) - size AS older FROM mutations WHERE size > 0 AND {whose}"  # noqa: S608
    db.execute(
        f"UPDATE mutations SET answer = NULL, size = 0 WHERE key IN (SELECT key FROM ({aged}) WHERE older < ?)",  # noqa: S608
        (value, over),
    )


class _Thread:
    """A thread with a connection of its own."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="control")
        self._db: sqlite3.Connection | None = None

    async def run(self, work: Work[T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, work)
        except (sqlite3.Error, OSError) as error:
            log.error("the control store failed: %s: %s", type(error).__name__, error)
            raise Unavailable(f"control store: {type(error).__name__}") from None

    def _run(self, work: Work[T]) -> T:
        if self._db is None:
            self._db = self._connect()
        try:
            return work(self._db)
        except sqlite3.Error:
            self._end()
            raise

    def _end(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def close(self) -> None:
        self._pool.submit(self._end)
        self._pool.shutdown()


def _version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(db), len(MIGRATIONS)):
            for statement in MIGRATIONS[number].split(";"):
                if statement.strip():
                    db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
