"""What the workers of one host agree on about backends: which one serves each market, which are kept for the carts left at
them, what is no longer true in caches, and how far each process has followed.

Rows are written by the command line (`portico backend use`) and read by every process four times a second (`following`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping

import msgspec

from bff.gateway.generations import Plan
from bff.gateway.tags import EVERYTHING
from bff.settings import Settings

PURGE_SECONDS = 3_600.0
"""A process that could not look for longer than this lets go of everything."""
PROCESS_SECONDS = 30.0
DRAIN_SECONDS = 3_600.0
"""So long a backend that no cart is left at stays open: payments may be under way."""


class Draining(msgspec.Struct, frozen=True, kw_only=True):
    """A backend that served `market` until `since` (Unix seconds), and how many of the market's carts were last seen at it
    with lines. One of which only an older version of this store knows may be anywhere, so it counts everywhere."""

    market: str
    backend: str
    carry: bool
    since: float
    carts: int


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A process: the number of the plan it follows, and of one that it could not follow (0: none), with the reason."""

    pid: int
    number: int
    refused: int = 0
    problem: str = ""


def _written(settings: Settings, market: str) -> str:
    """What `portico.toml` says serves a market (""': all that say nothing themselves)."""
    own = settings.markets[market].use if market else None
    return own or settings.use


def serving(db: sqlite3.Connection, settings: Settings) -> dict[str, str]:
    """The backend of each market. What was chosen at run time goes before the file, until the file says something else
    than it did then."""
    chosen = {
        market: backend
        for market, backend, instead in db.execute("SELECT market, backend, instead_of FROM live")
        if backend in settings.backends and (not market or market in settings.markets)
        if _written(settings, market) == instead
    }
    return {
        id: chosen.get(id) or market.use or chosen.get("") or settings.use for id, market in settings.markets.items()
    }


def plan(db: sqlite3.Connection, settings: Settings) -> Plan:
    markets = serving(db, settings)
    draining: dict[str, tuple[str, ...]] = {}
    carry: set[tuple[str, str]] = set()
    for market, backend, carried in db.execute("SELECT market, backend, carry FROM draining ORDER BY since DESC"):
        if backend in settings.backends and markets.get(market, backend) != backend:
            draining[market] = (*draining.get(market, ()), backend)
            if carried:
                carry.add((market, backend))
    return Plan(number=number(db), markets=markets, draining=draining, carry=frozenset(carry))


def unwritten(settings: Settings) -> Plan:
    """The plan of the file alone."""
    return Plan(markets={id: market.use or settings.use for id, market in settings.markets.items()})


def number(db: sqlite3.Connection) -> int:
    """Of the newest plan."""
    row = db.execute("SELECT value FROM counters WHERE name = 'plan'").fetchone()
    return int(row[0]) if row else 0


def _counted(db: sqlite3.Connection) -> int:
    db.execute(
        "INSERT INTO counters VALUES ('plan', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
    )
    return number(db)


def use(
    db: sqlite3.Connection, settings: Settings, backend: str, markets: Collection[str], *, carry: bool, now: float
) -> int:
    """Let `backend` serve `markets` from now on (none: all that do not name their own in the file); the number of the plan
    that says so. What served them until now is kept for its carts, or its carts are carried."""
    before = serving(db, settings)
    wanted = markets or [""]
    if not markets:
        own = [id for id, market in settings.markets.items() if market.use is None]
        db.executemany("DELETE FROM live WHERE market = ?", [(id,) for id in own])
    rows = [(market, backend, _written(settings, market)) for market in wanted]
    db.executemany("INSERT OR REPLACE INTO live VALUES (?, ?, ?)", rows)
    for market, now_serving in serving(db, settings).items():
        if now_serving != before[market]:
            db.execute("DELETE FROM draining WHERE market = ? AND backend = ?", (market, now_serving))
            db.execute("INSERT OR REPLACE INTO draining VALUES (?, ?, ?, ?)", (market, before[market], carry, now))
    return _counted(db)


Chosen = Mapping[str, tuple[str, str]]
"""What was chosen at run time: by market ("": all others) the backend, and what the file said then."""


def chosen(db: sqlite3.Connection) -> Chosen:
    """What stands now, to be put back (`put_back`)."""
    return {market: (backend, file) for market, backend, file in db.execute("SELECT * FROM live")}


def put_back(db: sqlite3.Connection, settings: Settings, was: Chosen, made: Chosen, now: float) -> int:
    """Undo a choice that not every process could follow: what made `made` of `was`. What somebody else has chosen since
    stays; carts that were begun meanwhile keep their backend."""
    before, stands = serving(db, settings), chosen(db)
    for market in {*was, *made}:
        if stands.get(market) == made.get(market):
            db.execute("DELETE FROM live WHERE market = ?", (market,))
            if market in was:
                db.execute("INSERT INTO live VALUES (?, ?, ?)", (market, *was[market]))
    for market, again in serving(db, settings).items():
        if again != before[market]:
            db.execute("DELETE FROM draining WHERE market = ? AND backend = ?", (market, again))
            db.execute("INSERT OR REPLACE INTO draining VALUES (?, ?, 0, ?)", (market, before[market], now))
    return _counted(db)


# ---------------------------------------------------------------- carts left behind


def draining(db: sqlite3.Connection, now: float) -> list[Draining]:
    sql = (  # where nobody has noted of which market a cart is, or at which backend, it may be any
        "SELECT draining.*, (SELECT count(*) FROM seen WHERE seen.backend IN (draining.backend, '') AND expires > ?"
        " AND (seen.market = '' OR seen.backend <> '' AND seen.market = draining.market))"
        " FROM draining ORDER BY since, market"
    )
    return [
        Draining(market=market, backend=backend, carry=bool(carry), since=since, carts=carts)
        for market, backend, carry, since, carts in db.execute(sql, (now,))
    ]


def carry(db: sqlite3.Connection, backend: str) -> int:
    """Have the carts left at `backend` carried at their visitors' next request."""
    db.execute("UPDATE draining SET carry = 1 WHERE backend = ?", (backend,))
    return _counted(db)


def drained(db: sqlite3.Connection, now: float, *, at_once: str | None = None) -> list[Draining]:
    """Let go of those that no cart is left at, and of `at_once` whatever is; what was let go of."""
    gone = [
        one
        for one in draining(db, now)
        if one.backend == at_once or (not one.carts and one.since + DRAIN_SECONDS <= now)
    ]
    for one in gone:
        db.execute("DELETE FROM draining WHERE market = ? AND backend = ?", (one.market, one.backend))
    if gone:
        _counted(db)
    return gone


# ---------------------------------------------------------------- purges


def purge(db: sqlite3.Connection, tags: Iterable[str], now: float) -> None:
    """Tell every process that what these tags name has changed."""
    db.execute("INSERT INTO purges (tags, expires) VALUES (?, ?)", (msgspec.json.encode([*tags]), now + PURGE_SECONDS))


def purges(db: sqlite3.Connection, after: int) -> tuple[int, frozenset[str]]:
    """The newest purge's number, and the tags told since the purge `after`; `EVERYTHING` where some of them are not there
    any more, or the file is another one."""
    newest = last_purge(db)
    if newest == after:
        return after, frozenset()
    found = db.execute("SELECT tags FROM purges WHERE id > ? AND id <= ?", (after, newest)).fetchall()
    if len(found) != newest - after:
        return newest, frozenset((EVERYTHING,))
    return newest, frozenset(tag for (text,) in found for tag in msgspec.json.decode(text, type=list[str]))


def last_purge(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'purges'").fetchone()
    return int(row[0]) if row else 0


# ---------------------------------------------------------------- processes


def tell(db: sqlite3.Connection, id: str, process: Process, now: float) -> None:
    """Note that a process is there, and what it follows."""
    row = (id, process.pid, process.number, process.refused, process.problem, now + PROCESS_SECONDS)
    db.execute("INSERT OR REPLACE INTO processes VALUES (?, ?, ?, ?, ?, ?)", row)


def gone(db: sqlite3.Connection, id: str) -> None:
    db.execute("DELETE FROM processes WHERE id = ?", (id,))


def processes(db: sqlite3.Connection, now: float) -> list[Process]:
    sql = "SELECT pid, number, refused, problem FROM processes WHERE expires > ? ORDER BY pid"
    return [
        Process(pid=pid, number=number, refused=refused, problem=problem)
        for pid, number, refused, problem in db.execute(sql, (now,))
    ]
