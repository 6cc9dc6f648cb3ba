"""Each process follows what the control store says: the plan of backends, purges of caches, paths to remember.

A look is one short read on the control store's own thread, four times a second; the event loop never waits for it. Opening
a backend takes as long as it takes beside that: a purge does not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress

from bff.gateway.generations import Plan, Refused
from bff.gateway.tags import EVERYTHING
from bff.ports import Unavailable

from . import control_live
from .control import Control
from .control_live import PROCESS_SECONDS, Process

log = logging.getLogger("portico.control")

LOOK_SECONDS = 0.25
AGAIN_SECONDS = 5.0
"""After so long a plan that was refused is tried again."""
DRAIN_LOOK_SECONDS = 30.0

Purge = Callable[[Collection[str]], object]


class Follower:
    """`plan` reads the plan, `follow` makes it true (raises `Refused`), `purge` drops what tags name from this process's
    caches (called at each look, with nothing too), `kept` is done at each look (it writes what was gathered)."""

    def __init__(
        self,
        control: Control,
        plan: Callable[[sqlite3.Connection], Plan],
        follow: Callable[[Plan], Awaitable[None]],
        purge: Purge,
        kept: Callable[[], Awaitable[None]],
        *,
        number: int = 0,
    ) -> None:
        self._control = control
        self._plan = plan
        self._follow = follow
        self._purge = purge
        self._kept = kept
        self._number = number
        self._last_purge: int | None = None
        self._blind = False
        self._following: asyncio.Task[None] | None = None
        self._refused = 0
        self._again = 0.0
        self._problem = ""
        self._id = secrets.token_hex(8)
        self._told: tuple[Process, float] | None = None
        self._drained = time.monotonic()

    async def look(self) -> None:
        """Once. What fails is tried at the next look."""
        with suppress(Unavailable):  # it is in the log
            after, blind = self._last_purge, self._blind
            self._blind = after is None  # until it has looked for the first time

            def read(db: sqlite3.Connection) -> tuple[int, int, frozenset[str]]:
                if after is None:
                    return control_live.number(db), control_live.last_purge(db), frozenset()
                return control_live.number(db), *control_live.purges(db, after)

            number, self._last_purge, tags = await self._control.read(read)
            self._blind = False
            self._purge(frozenset((EVERYTHING,)) if blind else tags)
            self._begin(number)
            await self._tell()
            await self._drain()
        with suppress(Unavailable):  # and what cannot be kept keeps nobody from following
            await self._kept()

    def _begin(self, number: int) -> None:
        idle = self._following is None or self._following.done()
        due = number != self._refused or time.monotonic() >= self._again
        if number != self._number and idle and due:
            self._following = asyncio.create_task(self._followed())

    async def _followed(self) -> None:
        try:
            plan = await self._control.read(self._plan)
            await self._follow(plan)
        except Unavailable:
            return
        except Refused as error:
            log.error("the plan %d is not followed: %s", plan.number, error)
            self._refuse(plan, str(error))
        except Exception as error:
            log.exception("the plan %d is not followed", plan.number)
            self._refuse(plan, type(error).__name__)
        else:
            self._number, self._refused, self._problem = plan.number, 0, ""
            log.info("plan %d: %s", plan.number, plan.markets)
        with suppress(Unavailable):
            await self._tell()

    def _refuse(self, plan: Plan, problem: str) -> None:
        self._refused, self._problem = plan.number, problem
        self._again = time.monotonic() + AGAIN_SECONDS

    async def _tell(self) -> None:
        now = Process(pid=os.getpid(), number=self._number, refused=self._refused, problem=self._problem)
        if self._told and self._told[0] == now and time.monotonic() < self._told[1]:
            return
        await self._control.write(lambda db: control_live.tell(db, self._id, now, self._control.clock()))
        self._told = now, time.monotonic() + PROCESS_SECONDS / 3

    async def _drain(self) -> None:
        if time.monotonic() >= self._drained + DRAIN_LOOK_SECONDS:
            self._drained = time.monotonic()
            await self._control.write(lambda db: control_live.drained(db, self._control.clock()))

    async def _forever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("a look at the control store failed")
            await asyncio.sleep(LOOK_SECONDS)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            for task in (looking, self._following):
                if task is not None:
                    task.cancel()
                    await asyncio.wait({task})
            with suppress(Unavailable):
                await self._kept()
                await self._control.write(lambda db: control_live.gone(db, self._id))
