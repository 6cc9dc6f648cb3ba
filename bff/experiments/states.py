"""What was done to experiments while the store runs, in the control store: started, ramped, stopped, shipped, a variation
switched off. Every process follows it; it goes before what `experiment.toml` says, for the same phase.

What is drawn with (weights, exclusion) is frozen here when an experiment first runs in a phase, and its coverage only
grows: a file that says otherwise is not followed until its phase is raised.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from bff.ports import Misconfigured

from .assignment import Draw
from .definition import CONTROL, FILE, Experiment, Status

COUNTER = "experiments"
PLAN = "plan"
"""The counter of the plan of backends: what a canary needs open is part of it."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of an experiment now. `told`: a command said so, and not the file. `off`: the variations that are switched
    off, and why. `winner`: what was shipped."""

    status: Status
    draw: Draw
    told: bool = False
    off: Mapping[str, str] = {}
    winner: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the change log. `at` in Unix seconds; `who` is the account a command was given from, "console" for the
    operators' pages, "" for the store itself."""

    at: float
    experiment: str
    phase: int
    what: str
    who: str = ""


def written(experiment: Experiment) -> State:
    """What the file says."""
    own = experiment.definition
    draw = Draw(
        experiment=experiment.name,
        phase=own.phase,
        variations=experiment.names,
        weights=tuple(own.variations.get(name, 0.0) for name in experiment.names),
        coverage=own.coverage,
        exclusion=own.exclusion,
    )
    return State(status=own.status, draw=draw)


def number(db: sqlite3.Connection) -> int:
    """Counts what was done: another number, another state."""
    row = db.execute("SELECT value FROM counters WHERE name = ?", (COUNTER,)).fetchone()
    return int(row[0]) if row else 0


def states(db: sqlite3.Connection, experiments: Iterable[Experiment]) -> dict[str, State]:
    """What holds of each, by name."""
    rows = {row[0]: row[1:] for row in db.execute("SELECT name, phase, status, draw, winner FROM experiments")}
    off: dict[tuple[str, int], dict[str, str]] = {}
    for name, phase, variation, reason in db.execute("SELECT name, phase, variation, reason FROM experiments_off"):
        off.setdefault((name, phase), {})[variation] = reason
    return {one.name: _state(one, rows.get(one.name), off.get((one.name, one.phase), {})) for one in experiments}


def _state(experiment: Experiment, row: tuple[int, str, bytes, str] | None, off: Mapping[str, str]) -> State:
    own = written(experiment)
    if row is None or row[0] != experiment.phase:
        return own
    _, status, drawn, winner = row
    draw = msgspec.json.decode(drawn, type=Draw)
    if not status:
        grown = max(draw.coverage, own.draw.coverage)
        return msgspec.structs.replace(own, draw=msgspec.structs.replace(draw, coverage=grown), off=off)
    told: Status = msgspec.convert(status, Status)
    return State(status=told, draw=draw, told=True, off=off, winner=winner)


def unfrozen(experiments: Iterable[Experiment], found: Mapping[str, State]) -> list[Experiment]:
    """Those that run because their file says so: their draw may have to be frozen, or has grown."""
    return [one for one in experiments if found[one.name].status == "running" and not found[one.name].told]


def freeze(db: sqlite3.Connection, experiments: Iterable[Experiment]) -> None:
    """Keep what these draw with, for their phase."""
    for one in experiments:
        row = db.execute("SELECT phase, draw FROM experiments WHERE name = ?", (one.name,)).fetchone()
        draw = states(db, [one])[one.name].draw
        if row is None or row[0] != one.phase or msgspec.json.decode(row[1], type=Draw) != draw:
            _put(db, one, "", draw)


def drifted(experiment: Experiment, state: State) -> bool:
    """Whether the file draws otherwise than what is frozen, coverage aside."""
    own = written(experiment).draw
    return msgspec.structs.replace(own, coverage=0.0) != msgspec.structs.replace(state.draw, coverage=0.0)


def contradicted(experiment: Experiment, state: State) -> bool:
    """Whether the file says another status than holds. A draft says none: it is for commands to start and stop."""
    return state.status != experiment.definition.status and experiment.definition.status not in ("draft", "qa")


# ---------------------------------------------------------------- what commands do


def start(db: sqlite3.Connection, experiment: Experiment, coverage: float | None, now: float, who: str = "") -> State:
    """Let it run; variations that were switched off are on again. Raises `Misconfigured` where its file says that it is
    over, for another draw than the phase's, and for a smaller coverage than it had."""
    if experiment.is_over:
        over, file = experiment.definition.status, str(experiment.folder / FILE)
        fix = 'write status = "draft".' if over == "stopped" else "begin another: portico experiment new NAME."
        raise Misconfigured(experiment.name, f"its file says that it is {over}.", source=file, fix=fix)
    before = states(db, [experiment])[experiment.name]
    fresh = not db.execute(
        "SELECT 1 FROM experiments WHERE name = ? AND phase = ?", (experiment.name, experiment.phase)
    ).fetchone()
    if not fresh and drifted(experiment, before):
        raise Misconfigured(
            experiment.name,
            f"its weights or its exclusion are others than phase {experiment.phase} began with.",
            source=str(experiment.folder / FILE),
            fix=f"write phase = {experiment.phase + 1} to draw all visitors anew, or put them back.",
        )
    if fresh and coverage is not None:
        draw = msgspec.structs.replace(before.draw, coverage=coverage)
    else:
        draw = before.draw if coverage is None else _grown(experiment, before.draw, coverage)
    db.execute("DELETE FROM experiments_off WHERE name = ? AND phase = ?", (experiment.name, experiment.phase))
    _put(db, experiment, "running", draw)
    return _told(db, experiment, f"started at {draw.coverage:.0%}", now, who)


def ramp(db: sqlite3.Connection, experiment: Experiment, coverage: float, now: float, who: str = "") -> State:
    """Let more visitors take part. Raises `Misconfigured` for fewer."""
    before = states(db, [experiment])[experiment.name]
    if before.status != "running":
        problem = f"it is not running ({before.status})."
        raise Misconfigured(experiment.name, problem, fix=f"portico experiment start {experiment.name}")
    draw = _grown(experiment, before.draw, coverage)
    _put(db, experiment, "running", draw)
    return _told(db, experiment, f"ramped from {before.draw.coverage:.0%} to {draw.coverage:.0%}", now, who)


def stop(
    db: sqlite3.Connection, experiment: Experiment, reason: str, markets: Iterable[str], now: float, who: str = ""
) -> State:
    """Show everybody control from now on. Carts at a canary's backend stay there until they end: it is left, in these
    `markets`, as a backend is that was swapped."""
    own = experiment.definition
    for market in own.audience.markets or markets:
        rows = [(market, backend, 0, now) for backend in own.backends.values()]
        db.executemany("INSERT OR IGNORE INTO draining (market, backend, carry, since) VALUES (?, ?, ?, ?)", rows)
    _put(db, experiment, "stopped", states(db, [experiment])[experiment.name].draw)
    return _told(db, experiment, f"stopped{reason and ': '}{reason}", now, who)


def ship(db: sqlite3.Connection, experiment: Experiment, winner: str, now: float, who: str = "") -> State:
    """Note that `winner` is the store's own now."""
    _put(db, experiment, "shipped", states(db, [experiment])[experiment.name].draw, winner)
    return _told(db, experiment, f"shipped {winner}", now, who)


def switch_off(db: sqlite3.Connection, name: str, phase: int, variation: str, reason: str, now: float) -> bool:
    """Show control instead of a variation; its visitors keep their assignment. False where it is off already."""
    row = (name, phase, variation, reason)
    if not db.execute("INSERT OR IGNORE INTO experiments_off VALUES (?, ?, ?, ?)", row).rowcount:
        return False
    _log(db, name, phase, f"switched {variation} off: {reason}", now)
    _count(db, COUNTER)
    return True


def changes(db: sqlite3.Connection, name: str) -> list[Change]:
    """The change log of an experiment, the oldest first."""
    sql = "SELECT at, name, phase, change, who FROM experiment_log WHERE name = ? ORDER BY id"
    return [
        Change(at=at, experiment=of, phase=phase, what=what, who=who)
        for at, of, phase, what, who in db.execute(sql, (name,))
    ]


def draws(db: sqlite3.Connection, name: str) -> dict[int, Draw]:
    """What each phase of an experiment was last drawn with: phases that are over, too."""
    rows = db.execute("SELECT phase, draw FROM experiment_draws WHERE name = ? ORDER BY phase", (name,))
    return {phase: msgspec.json.decode(drawn, type=Draw) for phase, drawn in rows}


def _grown(experiment: Experiment, draw: Draw, coverage: float) -> Draw:
    try:
        return draw.grown(coverage)
    except ValueError as error:
        fix = "stop it, or raise its phase and begin anew."
        raise Misconfigured(experiment.name, f"{error}.", fix=fix) from None


def _put(db: sqlite3.Connection, experiment: Experiment, status: str, draw: Draw, winner: str = "") -> None:
    row = (experiment.name, experiment.phase, status, drawn := msgspec.json.encode(draw), winner)
    db.execute("INSERT OR REPLACE INTO experiments (name, phase, status, draw, winner) VALUES (?, ?, ?, ?, ?)", row)
    db.execute("INSERT OR REPLACE INTO experiment_draws VALUES (?, ?, ?)", (experiment.name, experiment.phase, drawn))


def _told(db: sqlite3.Connection, experiment: Experiment, what: str, now: float, who: str) -> State:
    _log(db, experiment.name, experiment.phase, what, now, who)
    _count(db, COUNTER)
    if experiment.definition.kind == "backend":
        _count(db, PLAN)
    return states(db, [experiment])[experiment.name]


def _log(db: sqlite3.Connection, name: str, phase: int, what: str, now: float, who: str = "") -> None:
    row = (now, name, phase, what, who)
    db.execute("INSERT INTO experiment_log (at, name, phase, change, who) VALUES (?, ?, ?, ?, ?)", row)


def _count(db: sqlite3.Connection, name: str) -> None:
    sql = "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
    db.execute(sql, (name,))


# ---------------------------------------------------------------- canaries


def canaries(found: Mapping[str, State], experiments: Mapping[str, Experiment]) -> dict[str, tuple[str, ...]]:
    """The backends that running canaries need open, by market ("" for every market); one that is switched off too, for the
    carts at it."""
    wanted: dict[str, tuple[str, ...]] = {}
    for name, state in found.items():
        own = experiments[name].definition
        if own.kind != "backend" or state.status != "running":
            continue
        backends = [backend for variation, backend in own.backends.items() if variation != CONTROL]
        for market in own.audience.markets or ("",):
            wanted[market] = (*wanted.get(market, ()), *backends)
    return wanted
