"""The addresses products have been served at, with their SKUs: after a swap, a path the new backend does not know leads to
the same thing there.

What is served is gathered in the process and written a few times a second; the command that swaps writes those of the
whole catalogue.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cachetools import LRUCache

from .control import Control

REMEMBERED_SECONDS = 400 * 86_400.0
AGAIN_SECONDS = 86_400.0
KNOWN = 20_000
GATHERED = 5_000
"""Between two writes; what is more is gathered when it is served again."""

Served = tuple[str, str, str]
"""The place's path, the slug, the SKU."""


class Paths:
    """`remember` costs nothing; `write` keeps what was gathered since."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._known: LRUCache[tuple[str, str], tuple[str, float]] = LRUCache(KNOWN)
        self._gathered: dict[tuple[str, str], str] = {}

    def remember(self, place: str, slug: str, sku: str | None) -> None:
        """That the product stands at this slug in a place."""
        key, now = (place, slug), self._control.clock()
        if sku is None or len(self._gathered) >= GATHERED:
            return
        known = self._known.get(key)
        if known is None or known[0] != sku or known[1] <= now:
            self._known[key] = sku, now + AGAIN_SECONDS
            self._gathered[key] = sku

    async def write(self) -> None:
        """Raises `Unavailable`; then it is all still there."""
        if not self._gathered:
            return
        rows = [(place, slug, sku) for (place, slug), sku in self._gathered.items()]
        await self._control.write(lambda db: put(db, self._control, rows))
        for place, slug, sku in rows:
            if self._gathered.get((place, slug)) == sku:
                del self._gathered[place, slug]

    async def sku(self, place: str, slug: str) -> str | None:
        """The SKU of what was served there. Raises `Unavailable`."""
        if (place, slug) in self._gathered:
            return self._gathered[place, slug]
        key = _key(self._control, place, slug)
        sql = "SELECT sku FROM paths WHERE key = ?"
        row = await self._control.read(lambda db: db.execute(sql, (key,)).fetchone())
        return row[0] if row else None


def put(db: sqlite3.Connection, control: Control, served: Iterable[Served]) -> None:
    until = control.clock() + REMEMBERED_SECONDS
    rows = [(_key(control, place, slug), sku, until) for place, slug, sku in served]
    db.executemany("INSERT OR REPLACE INTO paths VALUES (?, ?, ?)", rows)


def _key(control: Control, place: str, slug: str) -> bytes:
    return control.ring.digest("path", place, slug)
