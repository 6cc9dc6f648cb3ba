# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""The SQLite file: one read connection per thread, one write path, made and seeded once however many processes start.

`run(fn)` gives `fn` a connection inside one read transaction; `write(fn)` inside `BEGIN IMMEDIATE`. Both leave the event
loop alone and end at once when their caller is cancelled. Database failures become `Unavailable`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import fcntl
import hashlib
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bff.ports import Market, Misconfigured, Unavailable

from .faults import Faults
from .pictures import Pictures
from .settings import Settings

if TYPE_CHECKING:
    from .vocabulary import Vocabulary

T = TypeVar("T")

_CATALOGUE, _TRADE, _CUSTOMERS = (
    files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8") for name in ("schema", "trade", "customers")
)
SCHEMA = _CATALOGUE + _TRADE + _CUSTOMERS
SHOPPERS = tuple(re.findall(r"CREATE TABLE (\w+)", _TRADE + _CUSTOMERS))
"""Tables of carts, orders and customers: a new catalogue leaves them as they are."""
_STEPS = 20_000
"""Instructions of SQLite between two looks at whether the call was cancelled: about a millisecond."""


class _Call:
    """One call's fate: SQLite asks now and then whether it is still wanted."""

    __slots__ = ("cancelled",)

    def __init__(self) -> None:
        self.cancelled = False


class Connection(sqlite3.Connection):
    """A connection that knows which database it belongs to: its pictures, its vocabulary, its date."""

    database: Database
    call: _Call | None = None


class Database:
    """The catalogue and the carts. `prepare` before use, `close` after; both block and belong in a thread."""

    def __init__(self, settings: Settings, markets: Sequence[Market] = ()) -> None:
        self.settings = settings
        self.markets = {market.id: market for market in markets}
        self.path = Path(settings.database.replace("{var}", "var"))  # without a head that fills it in
        self.pictures = Pictures(settings.pictures, settings.pictures_manifest)
        self.faults = Faults(settings.faults)
        self.vocabulary: Vocabulary | None = None
        self._local = threading.local()
        self._open: list[Connection] = []
        self._readers = ThreadPoolExecutor(max(1, settings.threads), thread_name_prefix="embedded-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="embedded-write")

    def today(self) -> datetime.date:
        return self.settings.today or datetime.datetime.now(datetime.UTC).date()

    def connect(self) -> Connection:
        """A new connection of this database; the caller closes it."""
        try:
            connection = sqlite3.connect(
                self.path, timeout=5, isolation_level=None, check_same_thread=False, factory=Connection
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA busy_timeout=5000")
            connection.execute("PRAGMA mmap_size=268435456")
        except sqlite3.Error as error:
            raise Misconfigured(
                "database", f"{self.path} cannot be opened: {error}", fix="name a file in a folder that can be written"
            ) from error
        connection.database = self
        connection.set_progress_handler(lambda: connection.call is not None and connection.call.cancelled, _STEPS)
        return connection

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` reads, all of it from one moment. Raises `Unavailable`."""
        return await self._call(self._readers, "BEGIN", fn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` answers after its changes are committed; nothing is changed if it raises. Raises `Unavailable`."""
        return await self._call(self._writer, "BEGIN IMMEDIATE", fn)

    async def _call(self, threads: ThreadPoolExecutor, begin: str, fn: Callable[[Connection], T]) -> T:
        call = _Call()
        future = asyncio.get_running_loop().run_in_executor(threads, self._transaction, begin, fn, call)
        try:
            return await future
        except asyncio.CancelledError:
            call.cancelled = True
            raise

    def _transaction(self, begin: str, fn: Callable[[Connection], T], call: _Call) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
            self._open.append(connection)
        connection.call = call
        try:
            with transaction(connection, begin):
                return fn(connection)
        except sqlite3.Error as error:
            raise Unavailable(f"database: {error}") from error
        finally:
            connection.call = None

    def prepare(self) -> None:
        """Make the file, its tables and, where it is the demo's, its contents. Raises `Misconfigured`."""
        from .seed import seed

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock").open("a")
        except OSError as error:
            raise Misconfigured(
                "database", f"{self.path}: {error.strerror}", fix="name a file in a folder that can be written"
            ) from error
        with lock, contextlib.closing(self.connect()) as connection:
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_tables(connection)
            if meta(connection, "source") in (None, "demo"):
                seed(connection, self.settings.catalogue)

    def close(self) -> None:
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True, cancel_futures=True)
        for connection in self._open:
            connection.close()


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """All or nothing."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # also after a commit that failed: a thread keeps its connection
            connection.execute("ROLLBACK")
        raise


def meta(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, **values: str) -> None:
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def catalogue_changed(connection: sqlite3.Connection) -> None:
    """Count the catalogue's version up, in the writing transaction: caches in every process notice at their next read."""
    set_meta(connection, catalogue_version=str(int(meta(connection, "catalogue_version") or 0) + 1))


def clear_catalogue(connection: sqlite3.Connection) -> None:
    """Empty every table of the catalogue."""
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        if table not in (*SHOPPERS, "meta") and not table.startswith("sqlite_"):
            connection.execute(f'DELETE FROM "{table}"')


def make_tables(connection: sqlite3.Connection) -> None:
    """Bring the file to this version's schema. A demo of another version is thrown away; an imported catalogue is not:
    raises `Misconfigured`."""
    version = hashlib.sha256(SCHEMA.encode()).hexdigest()[:16]
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    if "meta" in tables and meta(connection, "schema") == version:
        return
    if "meta" in tables and meta(connection, "source") not in (None, "demo"):
        raise Misconfigured(
            "database",
            "its catalogue was imported by another version of Portico",
            fix="delete the file and import the catalogue again",
        )
    connection.execute("PRAGMA foreign_keys=OFF")
    count = int(meta(connection, "catalogue_version") or 0) if "meta" in tables else 0
    with transaction(connection):
        for table in tables:
            connection.execute(f'DROP TABLE "{table}"')
        for statement in statements(SCHEMA):
            connection.execute(statement)
        set_meta(connection, schema=version, catalogue_version=str(count))
    connection.execute("PRAGMA foreign_keys=ON")


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one, so that they can stand in one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
