"""Backends that tell nothing are asked what changed: each by one process of this host, and by another when that one ends."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from bff.gateway.generations import Generations
from bff.gateway.tags import of_backend
from bff.ports import BackendError, Change, Changes, Malformed, Throttled, Unavailable
from bff.settings import BackendSettings

from . import control_changes, control_live
from .control import Control
from .control_changes import Feed
from .spreading import opened, tags_of_all

log = logging.getLogger("portico.changes")

LOOK_SECONDS = 0.5
POLL_SECONDS = 30.0
"""What asking once may take, with all its pages; less than the lease."""
PAGES = 20
LONGEST_SECONDS = 300.0
"""Between two tries, however often it failed."""


class Poller:
    """Asks the open backends that are to be asked (`ChangeTraits.poll`), each as often as its settings say. How far it came
    is written together with what it found, so that nothing is lost when a process ends in between."""

    def __init__(
        self,
        control: Control,
        generations: Generations[Any],
        backends: Mapping[str, BackendSettings],
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._control, self._generations, self._backends = control, generations, backends
        self._chance = chance
        self._owner = secrets.token_hex(8)
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Begin to ask those that are due and that nobody asks. Raises `Unavailable`."""
        for name, found in opened(self._generations.current).items():
            port = found.offer.changes
            if port is None or not port.traits.poll or name in self._asking:
                continue
            now = self._control.clock()
            feed = await self._control.read(lambda db, name=name, now=now: self._feed(db, name, now))  # type: ignore[misc]
            if feed.due <= now and not feed.busy:
                self._asking[name] = task = asyncio.create_task(self._ask(name, port))
                task.add_done_callback(lambda _, name=name: self._asking.pop(name, None))  # type: ignore[misc]

    def _feed(self, db: sqlite3.Connection, name: str, now: float) -> Feed:
        return control_changes.feed(db, name, self._owner, now)

    async def _ask(self, name: str, port: Changes) -> None:
        control, owner = self._control, self._owner
        try:
            feed = await control.write(lambda db: control_changes.take(db, name, owner, control.clock()))
            if feed is None:
                return
            came, tags = await self._asked(name, port, feed)

            def write(db: sqlite3.Connection) -> None:
                if tags:
                    control_live.purge(db, tags, control.clock())
                control_changes.give_back(db, name, owner, control.clock(), came)

            await control.write(write)
        except Unavailable:
            return  # the control store's; it is in the log, and the lease ends by itself

    async def _asked(self, name: str, port: Changes, feed: Feed) -> tuple[Feed, frozenset[str]]:
        """How far it came, and what to let go of."""
        every, now = self._backends[name].poll, self._control.clock()
        begin = feed.cursor is None or feed.polled < now - control_live.PURGE_SECONDS
        try:
            async with asyncio.timeout(POLL_SECONDS):
                cursor, changes = await _pages(port, None if begin else feed.cursor)
        except Exception as error:
            return self._failed(name, feed, error, every), frozenset()
        if feed.failures:
            log.info("backend %s says again what changed", name)
        # From now on: what changed before that, nobody knows.
        tags = frozenset((of_backend(name),)) if begin else tags_of_all(changes, name)
        now = self._control.clock()
        return Feed(cursor=cursor, due=now + every, polled=now), tags

    def _failed(self, name: str, feed: Feed, error: Exception, every: float) -> Feed:
        problem = type(error).__name__
        if isinstance(error, BackendError):
            problem = f"{problem}: {error.detail}"[:200]
        elif not isinstance(error, TimeoutError):
            log.error("asking %s what changed failed", name, exc_info=error)
        if not feed.failures:
            log.warning("backend %s does not say what changed: %s", name, problem)
        wait = min(LONGEST_SECONDS, every * 2 ** min(feed.failures + 1, 10)) * (1 - 0.2 * self._chance())
        if isinstance(error, Throttled) and error.retry_after:
            wait = max(wait, min(error.retry_after, LONGEST_SECONDS))
        cursor = None if isinstance(error, Malformed) else feed.cursor  # it may be the cursor that is not understood
        due = self._control.clock() + wait
        return replace(feed, cursor=cursor, due=due, failures=feed.failures + 1, problem=problem)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            tasks = {looking, *self._asking.values()}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _forever(self) -> None:
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # it is in the log
            except Exception:
                log.exception("looking for what to ask failed")
            await asyncio.sleep(LOOK_SECONDS)


async def _pages(port: Changes, cursor: str | None) -> tuple[str, list[Change]]:
    """All pages from `cursor` on. A backend that has no end goes on at its next turn."""
    found: list[Change] = []
    for _ in range(PAGES):
        page = await port.poll(cursor=cursor)
        cursor = page.cursor
        if not page.changes:
            break
        found += page.changes
    assert cursor is not None
    return cursor, found
