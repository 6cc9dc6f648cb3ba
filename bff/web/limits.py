"""How often somebody may try: the generic cell rate algorithm (GCRA). One number for each who and what, the moment the next
try would be on time; one statement decides and counts, so that parallel tries cannot slip through together."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Sequence

import msgspec
from cachetools import LRUCache

from bff.ports import Throttled

from .control import Control

UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0}
LOCAL = frozenset({"search"})
"""Counted by each process for itself: too frequent to share, and no secret is guarded."""


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`"10/15m"`: ten at once, and again as many in each 15 minutes (units s, m, h). Each counts by the client's address,
    and again by what else it is about: the e-mail address of an account, a cart."""

    sign_in: str = "10/15m"
    code: str = "20/15m"
    gift_card: str = "10/15m"
    search: str = "1200/1m"
    contact: str = "5/1h"
    register: str = "10/1h"
    forgot: str = "5/1h"
    lookup: str = "10/15m"
    review: str = "10/1h"


class TooMany(Throttled):
    """A limit of the store's own is used up."""


def rate(text: str) -> tuple[int, float]:
    """How many, in how many seconds. Raises `ValueError`."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,4})\s*([smh])\s*", text)
    if not found or int(found[1]) == 0 or int(found[2]) == 0:
        raise ValueError(f"{text!r} is no limit; write for example 10/15m")
    return int(found[1]), int(found[2]) * UNITS[found[3]]


class Limits:
    """The limits of a store. Raises `ValueError` for a text that is none."""

    def __init__(
        self, settings: LimitSettings, control: Control, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._control = control
        self._rates = {field: rate(getattr(settings, field)) for field in settings.__struct_fields__}
        self._local: LRUCache[tuple[str, str], float] = LRUCache(20_000)
        self._clock = clock

    async def take(self, name: str, keys: Sequence[str]) -> None:
        """Count one try for each of `keys`, up to the first that has none left: who asks comes first, so that somebody who
        is refused uses up nobody's tries. Raises `Throttled` then, and `Unavailable`."""
        count, seconds = self._rates[name]
        step = seconds / count
        slack = seconds - step
        if name in LOCAL:
            wait = max(self._take_local(name, key, step, slack) for key in keys)
        else:
            rows = [self._control.ring.digest("limit", name, key) for key in keys]
            wait = await self._control.write(lambda db: self._take(db, rows, step, slack))
        if wait > 0:
            raise TooMany(f"limit {name}", retry_after=max(1.0, wait))

    def _take(self, db: sqlite3.Connection, rows: Sequence[bytes], step: float, slack: float) -> float:
        now = self._control.clock()
        for row in rows:
            taken = db.execute(
                "INSERT INTO limits VALUES (?1, ?2 + ?3) ON CONFLICT (key) DO UPDATE"
                " SET expires = max(expires, ?2) + ?3 WHERE expires <= ?2 + ?4",
                (row, now, step, slack),
            )
            if not taken.rowcount:
                due: float = db.execute("SELECT expires FROM limits WHERE key = ?", (row,)).fetchone()[0]
                return due - slack - now
        return 0.0

    def _take_local(self, name: str, key: str, step: float, slack: float) -> float:
        now = self._clock()
        due = max(self._local.get((name, key), 0.0), now)
        if due > now + slack:
            return due - slack - now
        self._local[name, key] = due + step
        return 0.0
