# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""The SQLite file: one read connection per thread, one write path, made and seeded once however many processes start.

`run(fn)` gives `fn` a connection inside a read transaction; `write(fn)` inside `BEGIN IMMEDIATE`. Both leave the event
loop alone and end at once when their caller is cancelled. Database failures become `Unavailable`. What is asked in one turn
of the event loop is read together, in one thread and one transaction: changing threads costs more than most reads.
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
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bff.ports import Market, Misconfigured, Unavailable

from .faults import Faults
from .memory import Memory, State
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
KEPT = ("orders", "customer")
"""Those of them whose rows are never thrown away."""
_STEPS = 20_000
"""Instructions of SQLite between two looks at whether the call was cancelled: about a millisecond."""


class _Ask:
    """One read or write and its answer. SQLite asks now and then whether it is still wanted."""

    __slots__ = ("answer", "fn", "outcome")

    def __init__(self, fn: Callable[[Connection], Any], answer: asyncio.Future[Any]) -> None:
        self.fn = fn
        self.answer = answer
        self.outcome: tuple[Any, Exception | None] = (None, None)

    def deliver(self) -> None:
        """Tell who waits, in the event loop's thread."""
        if self.answer.done():
            return
        value, error = self.outcome
        if error is None:
            self.answer.set_result(value)
        else:
            self.answer.set_exception(error)


class Connection(sqlite3.Connection):
    """A connection that knows which database it belongs to: its pictures, its vocabulary, its date. `memory` is that of the
    state the present read transaction sees; None outside one."""

    database: Database
    asked: _Ask | None = None
    memory: Memory | None = None


class Database:
    """The catalogue and the carts. `prepare` before use, `close` after; both block and belong in a thread."""

    def __init__(self, settings: Settings, markets: Sequence[Market] = ()) -> None:
        self.settings = settings
        self.markets = {market.id: market for market in markets}
        self.path = Path(settings.database.replace("{var}", "var"))  # without a head that fills it in
        self.pictures = Pictures(settings.pictures, settings.pictures_manifest)
        self.faults = Faults(settings.faults)
        self.vocabulary: Vocabulary | None = None
        self._memory: Memory | None = None
        self._together: tuple[asyncio.AbstractEventLoop, list[_Ask]] | None = None
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
        connection.set_progress_handler(lambda: connection.asked is not None and connection.asked.answer.done(), _STEPS)
        return connection

    async def run(self, fn: Callable[[Connection], T], *, alone: bool = False) -> T:
        """What `fn` reads, all of it from one moment. `alone`: it may take long, and others must not wait for it. Raises
        `Unavailable`."""
        loop = asyncio.get_running_loop()
        ask = _Ask(fn, loop.create_future())
        if alone:
            self._start(loop, self._readers, "BEGIN", [ask])
        elif self._together is not None and self._together[0] is loop:
            self._together[1].append(ask)
        else:
            self._together = (loop, [ask])
            loop.call_soon(self._start_together)
        answer: T = await ask.answer
        return answer

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` answers after its changes are committed; nothing is changed if it raises. Raises `Unavailable`."""
        loop = asyncio.get_running_loop()
        ask = _Ask(fn, loop.create_future())
        self._start(loop, self._writer, "BEGIN IMMEDIATE", [ask])
        answer: T = await ask.answer
        return answer

    def _start_together(self) -> None:
        together, self._together = self._together, None
        if together is not None:
            self._start(together[0], self._readers, "BEGIN", together[1])

    def _start(
        self, loop: asyncio.AbstractEventLoop, threads: ThreadPoolExecutor, begin: str, asks: list[_Ask]
    ) -> None:
        def done(job: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(deliver, job)

        def deliver(job: Future[None]) -> None:
            for ask in asks:
                if job.cancelled():
                    ask.answer.cancel()
                else:
                    ask.deliver()

        try:
            threads.submit(self._answer, begin, asks).add_done_callback(done)
        except RuntimeError as error:
            for ask in asks:
                ask.outcome = (None, Unavailable(f"database: {error}"))
                ask.deliver()

    def _answer(self, begin: str, asks: list[_Ask]) -> None:
        """All of `asks` in one transaction, in a thread of its own connection. A write comes alone."""
        wanted = [ask for ask in asks if not ask.answer.done()]
        try:
            connection = self._connection()
            with transaction(connection, begin):
                connection.memory = self._remembered(connection) if begin == "BEGIN" else None
                for ask in wanted:
                    self._ask(connection, ask)
                    if begin != "BEGIN" and ask.outcome[1] is not None:
                        raise ask.outcome[1]
        except Exception as error:
            for ask in wanted:
                ask.outcome = (None, _failure(error))

    def _ask(self, connection: Connection, ask: _Ask) -> None:
        connection.asked = ask
        try:
            ask.outcome = (ask.fn(connection), None)
        except Exception as error:
            ask.outcome = (None, _failure(error))
        finally:
            connection.asked = None

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
            self._open.append(connection)
        return connection

    def forget(self) -> None:
        """Drop what is remembered: for who measures how long a first look takes."""
        self._memory = None

    def _remembered(self, connection: Connection) -> Memory | None:
        """The memory of what this transaction sees; none where prices change from read to read."""
        if self.faults.any_price:
            return None
        rows = connection.execute(
            "SELECT key, value FROM meta WHERE key IN ('catalogue_version', 'stock_version')"
        ).fetchall()
        versions = dict(rows)
        state = State(versions.get("catalogue_version", ""), versions.get("stock_version", ""), self.today())
        memory = self._memory
        if memory is None or memory.state != state:
            memory = self._memory = Memory(state)
        return memory

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


def _failure(error: Exception) -> Exception:
    """What a caller is told: the database's own failures as the port's, every one an object of its own."""
    if not isinstance(error, sqlite3.Error):
        return error
    failure = Unavailable(f"database: {error}")
    failure.__cause__ = error
    return failure


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


def stock_changed(connection: sqlite3.Connection, *, edge: bool) -> None:
    """Count the stock's version up, in the transaction that changed `variant.stock` and nothing else of the catalogue:
    what is remembered of availability is forgotten in every process. `edge`: something sold out or came back, which
    search indexes know; otherwise they stay as they are."""
    set_meta(connection, stock_version=str(int(meta(connection, "stock_version") or 0) + 1))
    if edge:
        set_meta(connection, edge_version=str(int(meta(connection, "edge_version") or 0) + 1))


def clear_catalogue(connection: sqlite3.Connection) -> None:
    """Empty every table of the catalogue. A new one says for itself what is in stock: what orders took is counted in."""
    connection.execute("DELETE FROM stock_hold")
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        if table not in (*SHOPPERS, "meta") and not table.startswith("sqlite_"):
            connection.execute(f'DELETE FROM "{table}"')


def make_tables(connection: Connection) -> None:
    """Bring the file to this version's schema. The demo of another version is thrown away; what a shop has put in is not,
    its orders and customers least of all: raises `Misconfigured`."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    known = "meta" in tables
    catalogue, shoppers = _version(_CATALOGUE), _version(_TRADE + _CUSTOMERS)
    old = (meta(connection, "schema"), meta(connection, "shoppers")) if known else (None, None)
    if old == (catalogue, shoppers):
        return
    if known and old[0] != catalogue and meta(connection, "source") not in (None, "demo"):
        raise Misconfigured(
            "database",
            "its catalogue was imported by another version of Portico",
            fix="delete the file and import the catalogue again",
        )
    own = known and (
        meta(connection, "source") not in (None, "demo") or connection.database.settings.catalogue is not None
    )
    lost = tables.intersection(KEPT) if own and old[1] != shoppers else set()
    if any(connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() for table in lost):
        raise Misconfigured(
            "database",
            "it holds orders or customers of another version of Portico",
            fix="keep that version, or name a new file and keep this one for your books",
        )
    count = int(meta(connection, "catalogue_version") or 0) if known else 0
    rooms = [
        (_CATALOGUE, tables - set(SHOPPERS), old[0] != catalogue),
        (_TRADE + _CUSTOMERS, tables.intersection(SHOPPERS), old[1] != shoppers),
    ]
    connection.execute("PRAGMA foreign_keys=OFF")
    with transaction(connection):
        for script, former in ((script, former) for script, former, changed in rooms if changed):
            for table in former:
                connection.execute(f'DROP TABLE "{table}"')
            for statement in statements(script):
                connection.execute(statement)
        set_meta(connection, schema=catalogue, shoppers=shoppers, catalogue_version=str(count))
    connection.execute("PRAGMA foreign_keys=ON")


def _version(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()[:16]


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one, so that they can stand in one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
