"""All that is known of one phase of an experiment: what its file says, what commands did, and the report of its events."""

from __future__ import annotations

import datetime
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bff.events.places import FILE, Uninstalled, readable
from bff.experiments import states
from bff.experiments.analysis.guard import HARM, LOSS, Limit
from bff.experiments.analysis.metrics import REVENUE, Rates
from bff.experiments.analysis.report import Design, Guard, Report
from bff.experiments.analysis.verdict import report
from bff.experiments.assignment import Draw
from bff.experiments.configured import ExperimentSettings
from bff.experiments.definition import CONTROL, READINGS, Definition, Experiment, Guardrail
from bff.experiments.states import Change, State
from bff.settings import Settings

log = logging.getLogger("portico.experiments")

DAY = 86_400.0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the control store says. `draw` is that of the `phase` that is told of, `phases` are all there were, the oldest
    first; `changes` are those of all phases."""

    state: State
    draw: Draw
    phase: int
    phases: tuple[int, ...]
    changes: tuple[Change, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a phase at `at` (Unix seconds). `problem` says why there is no `report`. `measured`: the store counts
    visitors at all."""

    experiment: Experiment
    known: Known
    report: Report | None
    problem: str
    measured: bool
    at: float

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def is_current(self) -> bool:
        return self.known.phase == self.experiment.phase

    @property
    def status(self) -> str:
        """The experiment's; that of a phase before is `stopped`."""
        return self.known.state.status if self.is_current else "stopped"

    @property
    def off(self) -> dict[str, str]:
        """The variations that were switched off, and why."""
        return dict(self.known.state.off) if self.is_current else {}

    @property
    def visitors(self) -> int:
        return sum(self.report.quality.visitors.values()) if self.report else 0

    @property
    def days(self) -> float:
        """How long it ran: from the first exposure until now, or until the last."""
        if self.report is None or self.report.first is None or self.report.last is None:
            return 0.0
        return ((self.at if self.status == "running" else self.report.last) - self.report.first) / DAY

    @property
    def differences(self) -> tuple[str, ...]:
        """Where the control store says otherwise than the file, of what matters now."""
        own, state = self.experiment.definition, self.known.state
        found: list[str] = []
        if states.contradicted(self.experiment, state):
            found.append(f"the file says {own.status}")
        if state.status == "running" and state.draw.coverage != own.coverage:
            found.append(f"the file says {own.coverage:.0%} of its audience")
        if states.drifted(self.experiment, state):
            found.append(f"the file has other weights or another exclusion, which count from phase {own.phase + 1} on")
        return tuple(found)


def known(db: sqlite3.Connection, experiment: Experiment, phase: int | None = None) -> Known | None:
    """Of a phase, the present one unless said; None where it never was."""
    state, changes = states.states(db, [experiment])[experiment.name], states.changes(db, experiment.name)
    draws = {**states.draws(db, experiment.name), experiment.phase: state.draw}
    wanted = experiment.phase if phase is None else phase
    if wanted not in draws:
        return None
    return Known(state=state, draw=draws[wanted], phase=wanted, phases=tuple(sorted(draws)), changes=tuple(changes))


def account(settings: Settings, experiment: Experiment, known: Known, now: float) -> Account:
    """Reads the events, which takes seconds where there are millions."""
    found, problem = _read(settings, design(experiment, known.draw, settings.experiments), now)
    return Account(
        experiment=experiment,
        known=known,
        report=found,
        problem=problem,
        measured=settings.events.consent != "off" and settings.experiments.enabled,
        at=now,
    )


def design(experiment: Experiment, draw: Draw, configured: ExperimentSettings) -> Design:
    """What the analysis must know. The end of the file's is that of its present phase."""
    own = experiment.definition
    after = datetime.datetime.combine(own.ends, datetime.time(), datetime.UTC).timestamp() + DAY
    return Design(
        experiment=experiment.name,
        phase=draw.phase,
        control=CONTROL,
        weights=dict(zip(draw.variations, draw.weights, strict=True)),
        primary=measured(own.primary),
        secondary=tuple(dict.fromkeys(measured(name) for name in own.secondary if name != own.primary)),
        guards=tuple(_guards(own)),
        planned=own.planned_visitors,
        ends=after if draw.phase == experiment.phase else None,
        rates=Rates(currency=configured.currency, rates=configured.rates) if configured.currency else None,
    )


def measured(name: str) -> str:
    """The analysis' name of a metric: what files call `revenue` is revenue a visitor."""
    return REVENUE if name == "revenue" else name


def _guards(own: Definition) -> Iterator[Guard]:
    """A guardrail with two bounds is two: either of them stops."""
    for each in own.guardrails:
        yield from _bounds(each)


def _bounds(each: Guardrail) -> Iterator[Guard]:
    way = HARM if each.metric in READINGS else LOSS
    if each.max_abs is not None:
        yield Guard(metric=measured(each.metric), limit=Limit(way=way, most=each.max_abs))
    if each.max_rel is not None:
        yield Guard(metric=measured(each.metric), limit=Limit(way=way, share=each.max_rel))


def _read(settings: Settings, design: Design, now: float) -> tuple[Report | None, str]:
    own, var = settings.events, Path(settings.server.var)
    try:
        with readable(var, design.experiment, design.phase, days=own.days, postgres=own.postgres) as file:
            return report(file, design, now=now), ""
    except ValueError as error:
        return None, f"The file asks for what cannot be measured: {error}."
    except Uninstalled as error:
        return None, f"The events' server cannot be asked: {error}."
    except sqlite3.Error as error:
        return None, f"The event file {var.name}/{FILE} cannot be read ({error}). Nothing that stands in it is shown."
    except Exception:
        log.exception("the events of %s cannot be read", design.experiment)
        return None, "The events' server cannot be reached; the store's log says why."
