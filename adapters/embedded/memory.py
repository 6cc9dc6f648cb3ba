"""What a process remembers of the catalogue: answers that are the same for everybody until the catalogue or a stock changes.

A read transaction sees one state of the database and gets the memory of that very state; memories of older states are
dropped whole, so nothing in one is ever out of date. Writing transactions have none.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Hashable
from typing import Any, NamedTuple

from cachetools import LRUCache

ROOM = 24_000
"""What a memory holds, in rough kilobytes."""
_NOTHING = object()


class State(NamedTuple):
    """What answers depend on besides the question. `stock` counts orders and deliveries, `catalogue` all other writes."""

    catalogue: str
    stock: str
    today: datetime.date


class Memory:
    """The answers of one state, the least recently asked for dropped first. Several threads use it at once."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._answers: LRUCache[Hashable, tuple[Any, int]] = LRUCache(ROOM, getsizeof=lambda kept: kept[1])
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """The answer, or `Memory.NOTHING`."""
        with self._lock:
            found = self._answers.get(key)
        return _NOTHING if found is None else found[0]

    def keep(self, key: Hashable, answer: object, weight: int) -> None:
        """`weight` in rough kilobytes."""
        with self._lock:
            self._answers[key] = (answer, weight)

    NOTHING = _NOTHING
