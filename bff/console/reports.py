"""Reports take seconds where there are millions of events: one is made at a time, in a thread, once for all who ask, and
kept for as long as it is new enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable

from cachetools import LRUCache

from bff.experiments.reporting.account import Account

KEPT_SECONDS = 10.0
TIMES = 20
"""What took long to make is kept so many times as long: looking costs a twentieth of one processor at most."""
MOST = 64


class Reports:
    """`clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: LRUCache[Hashable, tuple[float, Account]] = LRUCache(MOST)
        self._making: dict[Hashable, asyncio.Task[Account]] = {}
        self._turn = asyncio.Semaphore(1)

    async def get(self, key: Hashable, make: Callable[[], Account]) -> Account:
        """The account of `key`, by `make` where there is none. Who stops waiting stops nothing: it is there for the next."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._made(key, make))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)

    async def _made(self, key: Hashable, make: Callable[[], Account]) -> Account:
        async with self._turn:
            begun = self._clock()
            found = await asyncio.to_thread(make)
            now = self._clock()
            self._kept[key] = now + max(KEPT_SECONDS, TIMES * (now - begun)), found
            return found
