"""Accounts of experiments to test with, made up of sums."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bff.experiments.analysis.evidence import Cell, Evidence
from bff.experiments.analysis.metrics import metric
from bff.experiments.analysis.statistic import Sums
from bff.experiments.analysis.verdict import judged, nothing
from bff.experiments.configured import ExperimentSettings
from bff.experiments.definition import Definition, Experiment, Guardrail
from bff.experiments.reporting.account import DAY, Account, Known, design
from bff.experiments.states import Change, State, written

START = 20_000 * DAY
NOW = START + 10 * DAY
Counts = Mapping[str, tuple[int, int]]


def experiment(**own: Any) -> Experiment:
    known: dict[str, Any] = {
        "kind": "template",
        "hypothesis": "All pictures at once.",
        "owner": "merchandising",
        "variations": {"control": 0.5, "wide": 0.5},
        "primary": "add_to_cart",
        "planned_visitors": 4_000,
        "ends": datetime.date(2024, 11, 30),
        "status": "running",
    }
    return Experiment(name="gallery", folder=Path("gallery"), definition=Definition(**{**known, **own}))


def share(n: int, y: int) -> Sums:
    return Sums(n=n, active=y, y=y, yy=y)


def slow(n: int, each: float) -> Sums:
    """Render times of about so many milliseconds, one a visitor."""
    return Sums(n=n, active=n, y=n * each, yy=n * (each**2 + 100), d=n, dd=n, yd=n * each)


def evidence(counts: Counts, times: Mapping[str, float] | None = None, **own: Any) -> Evidence:
    """Visitors and those of them who convert, of each variation; render times."""
    cells = {name: Cell(name, 20_000, "gb", "default") for name in counts}
    names = ["add_to_cart", *(["render_ms"] if times else [])]
    sums = {"add_to_cart": {cells[name]: share(*pair) for name, pair in counts.items()}}
    if times:
        sums["render_ms"] = {cells[name]: slow(counts[name][0], each) for name, each in times.items()}
    known: dict[str, Any] = {
        name: getattr(nothing(()), name) for name in Evidence.__struct_fields__ if name not in ("metrics", "visitors")
    }
    known |= {"sums": sums, "first": START, "last": NOW}
    visitors = {cells[name]: n for name, (n, _) in counts.items()}
    return Evidence(metrics=tuple(map(metric, names)), visitors=visitors, **{**known, **own})


def told(
    one: Experiment,
    found: Evidence | None,
    *,
    state: State | None = None,
    now: float = NOW,
    measured: bool = True,
    changes: tuple[Change, ...] = (),
) -> Account:
    held = state or written(one)
    asked = design(one, held.draw, ExperimentSettings())
    return Account(
        experiment=one,
        known=Known(state=held, draw=held.draw, phase=one.phase, phases=(one.phase,), changes=changes),
        report=judged(asked, found, now=now) if found else None,
        problem="" if found else "The event file var/events.sqlite cannot be read.",
        measured=measured,
        at=now,
    )


SLOW = (Guardrail(metric="render_ms", max_rel=0.2),)
