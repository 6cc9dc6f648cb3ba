"""A file of this host that several processes write to: opened when it is needed, opened again after a failure, and set aside
under another name when it is broken, once, whoever finds it so."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger("portico.events")

BUSY_SECONDS = 5.0
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Foreign(Exception):
    """The file was written by a newer Portico."""


class SharedFile:
    """`schema` makes the tables of a new file, `layout` is its number. `renewed` is told of a file begun instead of a broken
    one; `left` is called when what was known of the open file is known no more."""

    def __init__(
        self,
        path: Path,
        schema: str,
        layout: int,
        *,
        renewed: Callable[[sqlite3.Connection], None],
        left: Callable[[], None] = lambda: None,
        cache: int = 8_000,
    ) -> None:
        self.path = path
        self._schema = schema
        self._layout = layout
        self._renewed = renewed
        self._left = left
        self._cache = cache
        self._db: sqlite3.Connection | None = None
        self._inode = 0

    @property
    def is_open(self) -> bool:
        return self._db is not None

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` in one transaction. Raises what it raises, `sqlite3.Error`, `OSError`, `Foreign`; then nothing was
        written."""
        db = self._connected()
        try:
            db.execute("BEGIN IMMEDIATE")
            found = work(db)
            db.execute("COMMIT")
            return found
        except sqlite3.Error as error:
            self.close()
            if _is_broken(error):
                self._set_aside(str(error))
            raise
        except BaseException:
            self._left()
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        db, self._db = self._db, None
        self._left()
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None and self._inode != _inode(self.path):
            self.close()  # another process has set the file aside, or somebody has taken it away
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch(mode=0o600)
            try:
                self._db = self._open()
            except sqlite3.DatabaseError as error:
                if not _is_broken(error):
                    raise
                self._set_aside(str(error))
                self._db = self._open()
            self._inode = _inode(self.path)
        return self._db

    def _open(self) -> sqlite3.Connection:
        return connect(self.path, self._schema, self._layout, cache=self._cache)

    def _set_aside(self, reason: str) -> None:
        seen = _inode(self.path)
        with alone(self.path.with_suffix(".lock")):
            if not seen or _inode(self.path) != seen or self._is_sound():
                return
            stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
            for end in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self.path}{end}").rename(Path(f"{self.path}.broken-{stamp}{end}"))
            log.error("%s cannot be read (%s): set aside as *.broken-%s, a new one is begun", self.path, reason, stamp)
            made = self._open()
            try:
                self._renewed(made)
            finally:
                made.close()

    def _is_sound(self) -> bool:
        with contextlib.suppress(sqlite3.Error):
            db = self._open()
            try:
                return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
            finally:
                db.close()
        return False


def connect(path: Path, schema: str, layout: int, *, cache: int = 8_000) -> sqlite3.Connection:
    """The file opened for writing, made where there is none. `cache` in KiB. Raises `sqlite3.Error`, `Foreign`."""
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA cache_size = -{cache:d}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        found = _layout(db)
        if found == 0:
            _make(db, schema, layout)
        elif found > layout:
            raise Foreign(f"its layout is {found}, this Portico knows {layout}")
    except BaseException:
        db.close()
        raise
    return db


def _make(db: sqlite3.Connection, schema: str, layout: int) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        if _layout(db) == 0:  # nobody else was faster
            for statement in schema.split(";"):
                if statement.strip():
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {layout:d}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _layout(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _is_broken(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Among the processes of this host; waits for its turn."""
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
