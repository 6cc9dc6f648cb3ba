"""Guardrails stop a variation by themselves, once for all processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bff.events.event import BACKEND_MS, RENDER_MS
from bff.events.sqlite import SqliteSink
from bff.experiments import states
from bff.experiments.definition import Experiment, find
from bff.experiments.running import Running
from bff.experiments.watching import LOOK_SECONDS, Watch
from bff.web.control import Control
from bff.web.ring import Ring
from tests.events.made import event, exposure
from tests.web import stage

from . import trial

GUARDS = (
    '\n[[guardrails]]\nmetric = "render_ms"\nmax_rel = 0.2\n[[guardrails]]\nmetric = "backend_ms"\nmax_abs = 30.0\n'
)


def made(folder: Path) -> Experiment:
    trial.experiment(folder, "card", {}, tables=GUARDS)
    return find([folder / "templates"]).experiments["card"]


def served(folder: Path, kind: str, each: float) -> None:
    """A hundred visitors of each variation; those of `b` waited `each` milliseconds."""
    sink = SqliteSink(folder / "events.sqlite")
    events = []
    for variation, took in (("control", 40.0), ("b", each)):
        for i in range(100):
            where = {"experiment": "card", "phase": 1, "variation": variation}
            events.append(exposure(f"{variation}-{i}", variation))
            events.append(event(kind, f"{variation}-{i}", value=took + i % 7, **where))
    sink.write(events)
    sink.close()


class Host:
    """Processes that watch, on one control store."""

    def __init__(self, folder: Path, one: Experiment) -> None:
        self.now = 10_000.0
        self.one = one
        self.settings = stage.settings(folder)
        self.control = Control(folder / "control.sqlite", Ring((b"k" * 32,), b"test"), clock=lambda: self.now)

    def watch(self, *, off: dict[str, str] | None = None) -> Watch:
        own = states.written(self.one)
        state = states.State(status=own.status, draw=own.draw, off=off or {})
        return Watch(self.settings, self.control, lambda: [Running(experiment=self.one, state=state)])

    async def off(self) -> dict[str, str]:
        held = await self.control.read(lambda db: states.states(db, [self.one]))
        found = await self.control.read(
            lambda db: db.execute("SELECT variation, reason FROM experiments_off").fetchall()
        )
        assert held["card"].status == "running"
        return dict(found)


@pytest.mark.parametrize(
    ("kind", "took", "reason"),
    [
        (RENDER_MS, 80.0, "render time 83.0 ms instead of 43.0 ms"),
        (BACKEND_MS, 95.0, "backend time 98.0 ms instead of 43.0 ms"),
        (RENDER_MS, 43.0, None),
        (BACKEND_MS, 60.0, None),
    ],
)
@pytest.mark.anyio
async def test_what_is_beyond_a_limit_is_switched_off(
    tmp_path: Path, kind: str, took: float, reason: str | None
) -> None:
    host = Host(tmp_path, made(tmp_path))
    served(tmp_path, kind, took)
    async with host.control:
        await host.watch().turn()
        assert await host.off() == ({"b": reason} if reason else {})
        log = await host.control.read(lambda db: states.changes(db, "card"))
        assert [change.what for change in log] == ([f"switched b off: {reason}"] if reason else [])


@pytest.mark.anyio
async def test_one_process_looks_each_minute(tmp_path: Path) -> None:
    host = Host(tmp_path, made(tmp_path))
    async with host.control:
        first, second = host.watch(), host.watch()
        await asyncio.gather(first.turn(), second.turn())
        served(tmp_path, RENDER_MS, 80.0)
        await second.turn()
        assert await host.off() == {}
        host.now += LOOK_SECONDS + 1
        await second.turn()
        assert await host.off() != {}


@pytest.mark.anyio
async def test_a_broken_event_file_stops_nothing_and_nobody(tmp_path: Path) -> None:
    host = Host(tmp_path, made(tmp_path))
    (tmp_path / "events.sqlite").write_bytes(b"nonsense" * 1_000)
    async with host.control:
        await host.watch().turn()
        assert await host.off() == {}
