"""Guardrails that stop a variation by themselves: errors, render and backend times, conversions. One process of a host looks
each minute; what it switches off is off in all within a second. (A variation that raises is switched off sooner, by the
process that sees it: `running.py`.)"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bff.events.places import readable
from bff.ports import Unavailable
from bff.settings import Settings
from bff.web import control_changes
from bff.web.control import Control

from . import states
from .analysis.report import Design, Guarded
from .analysis.verdict import guarded
from .assignment import Draw
from .reporting import figures
from .reporting.account import design
from .running import Running

log = logging.getLogger("portico.experiments")

LOOK_SECONDS = 60.0
TIMES = 20
"""Who needed long waits so many times as long: watching costs a twentieth of one processor at most."""
FEED = "experiments:guardrails"
"""The lease of the process that looks; no backend has a colon in its name."""


class Watch:
    """`running` gives what runs now."""

    def __init__(self, settings: Settings, control: Control, running: Callable[[], Sequence[Running]]) -> None:
        self._settings, self._control, self._running = settings, control, running
        self._owner = secrets.token_hex(8)

    async def look(self) -> float:
        """Once; after how many seconds it is time again. Raises `Unavailable`."""
        begun = time.monotonic()
        for one in self._running():
            if one.experiment.definition.guardrails:
                await self._look_at(one)
        return max(LOOK_SECONDS, TIMES * (time.monotonic() - begun))

    async def _look_at(self, one: Running) -> None:
        name, draw = one.experiment.name, one.state.draw
        asked = design(one.experiment, draw, self._settings.experiments)
        try:
            found = await asyncio.to_thread(self._guarded, asked)
        except Exception:  # the report says what cannot be read; the next look may
            log.exception("experiment %s: its guardrails cannot be looked at", name)
            return
        for variation, reason in broken(found).items():
            if variation in one.state.off:
                continue
            log.error("experiment %s: %s is switched off: %s", name, variation, reason)
            await self._control.write(
                lambda db, v=variation, r=reason: self._switch_off(db, draw, v, r)  # type: ignore[misc]
            )

    def _guarded(self, asked: Design) -> tuple[Guarded, ...]:
        own, var = self._settings.events, Path(self._settings.server.var)
        with readable(var, asked.experiment, asked.phase, days=own.days, postgres=own.postgres) as file:
            return guarded(file, asked, now=self._control.clock())

    def _switch_off(self, db: sqlite3.Connection, draw: Draw, variation: str, reason: str) -> bool:
        return states.switch_off(db, draw.experiment, draw.phase, variation, reason, self._control.clock())

    async def turn(self) -> None:
        """Look, if it is due and nobody else does."""
        control, owner = self._control, self._owner
        if not any(one.experiment.definition.guardrails for one in self._running()):
            return
        feed = await control.read(lambda db: control_changes.feed(db, FEED, owner, control.clock()))
        if feed.due > control.clock() or feed.busy:
            return
        taken = await control.write(lambda db: control_changes.take(db, FEED, owner, control.clock()))
        if taken is None:
            return
        wait = await self.look()
        due = control_changes.Feed(due=control.clock() + wait)
        await control.write(lambda db: control_changes.give_back(db, FEED, owner, control.clock(), due))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _forever(self) -> None:
        while True:
            try:
                await self.turn()
            except Unavailable:
                pass  # it is in the log
            except Exception:
                log.exception("looking at guardrails failed")
            await asyncio.sleep(LOOK_SECONDS / 12)


def broken(found: Sequence[Guarded]) -> dict[str, str]:
    """The variations that are certainly beyond a limit, and why, in words."""
    reasons: dict[str, str] = {}
    for each in found:
        means = {arm.variation: arm.mean for arm in each.arms}
        for variation in each.breached:
            own, control = figures.value(each.metric, means[variation]), figures.value(each.metric, each.arms[0].mean)
            reasons.setdefault(variation, f"{figures.name(each.metric).lower()} {own} instead of {control}")
    return reasons
