"""What the processes of one host agree on about changes: who asks a backend for them and how far it has come, and which
signed posts were heard already. Purges themselves stand in `control_live`.
"""

from __future__ import annotations

import sqlite3

import msgspec

LEASE_SECONDS = 60.0
"""So long a process that asks a backend is alone with it; one that died is replaced after that."""
HEARD_SECONDS = 660.0
"""A signed post is remembered for longer than its time is believed, twice over: clocks may be ahead or behind."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """How far a backend was asked for its changes. `polled`, `due`: Unix seconds of the last answer and of the next call.
    `failures` in a row, the last for the reason `problem`. `busy`: a process is asking, or was when it died."""

    cursor: str | None = None
    due: float = 0.0
    polled: float = 0.0
    failures: int = 0
    problem: str = ""
    busy: bool = False


def feed(db: sqlite3.Connection, backend: str, owner: str, now: float) -> Feed:
    """How it stands; `busy` for others than `owner`."""
    row = db.execute(
        "SELECT cursor, due, polled, failures, problem, owner, lease FROM feeds WHERE backend = ?", (backend,)
    ).fetchone()
    if row is None:
        return Feed()
    cursor, due, polled, failures, problem, holder, lease = row
    busy = lease > now and holder != owner
    return Feed(cursor=cursor, due=due, polled=polled, failures=failures, problem=problem, busy=busy)


def take(db: sqlite3.Connection, backend: str, owner: str, now: float) -> Feed | None:
    """Be the one who asks; None where another is, or nothing is due."""
    taken = db.execute(
        "INSERT INTO feeds (backend, owner, lease) VALUES (?1, ?2, ?3) ON CONFLICT (backend)"
        " DO UPDATE SET owner = ?2, lease = ?3 WHERE due <= ?4 AND (lease <= ?4 OR owner = ?2)",
        (backend, owner, now + LEASE_SECONDS, now),
    )
    return feed(db, backend, owner, now) if taken.rowcount else None


def give_back(db: sqlite3.Connection, backend: str, owner: str, now: float, came: Feed) -> None:
    """Write down how far it came, and let others ask; nothing where another has taken over meanwhile."""
    db.execute(
        "UPDATE feeds SET cursor = ?, due = ?, polled = ?, failures = ?, problem = ?, lease = ?"
        " WHERE backend = ? AND owner = ?",
        (came.cursor, came.due, came.polled, came.failures, came.problem, now, backend, owner),
    )


def first_heard(db: sqlite3.Connection, key: bytes, now: float) -> bool:
    """Whether this is the first time; it is remembered."""
    db.execute("DELETE FROM heard WHERE key = ? AND expires <= ?", (key, now))
    return bool(db.execute("INSERT OR IGNORE INTO heard VALUES (?, ?)", (key, now + HEARD_SECONDS)).rowcount)
