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
LOCAL = frozenset({"search", "changes"})
"""Counted by each process for itself: too frequent to share, and no secret is guarded."""


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[limits]`. `"10/15m"`: ten tries at once, and one more as each tenth of 15 minutes passes (units s, m, h). Whatever
    comes of a try, it counts by the client's address (IPv6: its /64) and, where said, by something else as well; whichever
    is used up first refuses, with status 429, and `Retry-After` in seconds where the answer is no form.

    * `first_post`: posts of who brings no session of this store: the first thing put into a bag, a first form.
    * `order`: pressing the button that orders; also by session.
    * `sign_in`: trying a way in; the present password where it is asked for (to change it, to delete the account).
    * `account`: passwords tried for one e-mail address (or what else the backend asks for), from everywhere together and by
      nothing else. It shuts no owner out: codes by mail and new passwords are not counted here.
    * `code`: typed codes and links with a token: a sign-in code (also by e-mail address or telephone), the links of
      confirmation, new password and newsletter, a code for the bag.
    * `gift_card`: codes for the bag, where the backend has gift cards.
    * `search`: listings with words, and suggestions. Counted by each process for itself.
    * `contact`: messages; newsletter and stock notices asked for (also by e-mail address).
    * `register`, `forgot`: accounts opened, and links to a new password asked for; also by e-mail address. `forgot` also
      counts codes by mail asked for: to sign in by e-mail address only, to delete the account by client only.
    * `lookup`: orders looked up; also by each thing typed.
    * `review`: reviews written.
    * `changes`: messages of backends and signed posts that say what changed. Counted by each process for itself.
    * `operator`: tokens tried at the operators' console.
    * `typed`: forms whose customer had to sign in first, and whose input is kept for them. Beyond, it is not kept."""

    first_post: str = "300/10m"
    order: str = "60/10m"
    sign_in: str = "10/15m"
    account: str = "60/15m"
    code: str = "20/15m"
    gift_card: str = "10/15m"
    search: str = "1200/1m"
    contact: str = "5/1h"
    register: str = "10/1h"
    forgot: str = "5/1h"
    lookup: str = "10/15m"
    review: str = "10/1h"
    changes: str = "6000/1m"
    operator: str = "10/15m"
    typed: str = "30/15m"


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
        step = seconds / count  # and another limit counts anew: what it was may be over this one for long
        slack = seconds - step
        if name in LOCAL:
            wait = max(self._take_local(name, key, step, slack) for key in keys)
        else:
            rows = [self._control.ring.digest("limit", name, f"{count}/{seconds:g}", key) for key in keys]
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
