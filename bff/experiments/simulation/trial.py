"""One simulated experiment: visitors are assigned, get a page, are recorded and buy or do not, and reports are made of the
file. What is true is known here, and nowhere else.

An experiment is a phase of the one in `templates/`: each phase draws anew, and its visitors are nobody else's.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from bff.events.event import ADD_TO_CART, EXPOSURE, Event, exposure_id
from bff.events.log import EventLog
from bff.events.sqlite import SqliteSink
from bff.experiments.analysis.report import Design, Report
from bff.experiments.analysis.srm import BLOCKS
from bff.experiments.analysis.verdict import report
from bff.experiments.assignment import Draw, Own
from bff.experiments.definition import CONTROL
from bff.experiments.states import written

from .store import DOOR, EXPERIMENT, LARGE, SHELF, Page, SmallStore

Bug = Literal["assigned", "one-sided", "unreplayed"]
"""`assigned`: recorded when drawn, whatever page was shown. `one-sided`: recorded by the variation's template only.
`unreplayed`: a kept page records nothing."""

BASE = 0.35
"""The part of the visitors who add something to their bags, in control."""
DAYS, DAY, HOUR = 28, 86_400.0, 3_600.0
BEGAN = 1_750_032_000.0
"""A midnight."""
ENDS = BEGAN + DAYS * DAY
ALPHA = 0.05


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of trial is made of. `lift` is added to the rate of whoever saw the variation, `reach` the part of the
    visitors who come to the page with the contested template, `lost` the part of the variation's exposures that is lost.
    `looks`: how often a report is made, evenly until the planned end. `kept`: pages are kept."""

    name: str
    experiments: int
    visitors: int
    lift: float = 0.0
    reach: float = 1.0
    lost: float = 0.0
    looks: int = 1
    kept: bool = False
    bug: Bug | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`fixed`: the fixed horizon finds a difference at the planned end. `sequential`: the sequential test does at any look.
    `decided`: a report named a winner or a loser at any look. `covered`: the fixed interval holds the truth. `srm` is of the
    end, `alarms` counts looks with a mismatch. `seen` visitors were shown the contested template, `counted` are in the
    report."""

    fixed: bool
    sequential: bool
    decided: bool
    covered: bool
    difference: float
    srm: float
    alarms: int
    invalid: bool
    seen: int
    counted: int
    missing: int


class Trials:
    """Of one plan, into one file."""

    def __init__(self, plan: Plan, folder: Path, seed: int) -> None:
        self.plan, self.seed = plan, seed
        self.file = folder / "events.sqlite"
        self.store = SmallStore(keeps=plan.kept, replays=plan.bug != "unreplayed")
        self.log = EventLog(SqliteSink(self.file), queue=4 * plan.visitors)
        self.assigner = Own()

    def run(self, number: int) -> Outcome:
        """The trial of that number, from 1: the same whoever runs it, and after whichever others."""
        dice = random.Random(f"{self.seed}:{self.plan.name}:{number}")  # noqa: S311 - a simulation's
        draw = msgspec.structs.replace(written(self.store.experiment).draw, phase=number)
        seen = 0
        for each in range(self.plan.visitors):
            at = BEGAN + DAYS * DAY * each / self.plan.visitors
            seen += self.visit(dice, draw, at)
        self.log.flush()
        design = Design(
            experiment=EXPERIMENT,
            phase=number,
            control=CONTROL,
            weights={CONTROL: 0.5, LARGE: 0.5},
            primary=ADD_TO_CART,
            planned=self.plan.visitors,
            ends=ENDS,
        )
        times = [BEGAN + DAYS * DAY * look / self.plan.looks for look in range(1, self.plan.looks)]
        reports = [report(self.file, design, now=now) for now in (*times, ENDS + HOUR)]
        return self.outcome(reports, seen)

    def visit(self, dice: random.Random, draw: Draw, at: float) -> bool:
        """One visitor, new to the store. Whether they saw the contested template."""
        plan, phase = self.plan, draw.phase
        visitor = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        variation = self.assigner.assign(draw, visitor)
        template = SHELF if plan.reach >= 1.0 or dice.random() < plan.reach else DOOR
        answer = self.store.ask(template, variation, Page("Harbour mug", "£18.00"))
        recorded = EXPERIMENT in answer.exposed
        if plan.bug == "assigned":
            recorded = True
        elif plan.bug == "one-sided":
            recorded = recorded and variation == LARGE
        if plan.lost and variation == LARGE and dice.random() < plan.lost:
            recorded = False
        if recorded and variation is not None:
            self.record(EXPOSURE, exposure_id(EXPERIMENT, phase, variation, visitor), at, visitor, phase, variation)
        if dice.random() < BASE + (plan.lift if answer.seen == LARGE else 0.0):
            self.record(ADD_TO_CART, f"{dice.getrandbits(128):032x}", at + dice.random() * HOUR, visitor)
        return answer.seen is not None

    def record(
        self, kind: str, id: str, at: float, visitor: str, phase: int | None = None, variation: str | None = None
    ) -> None:
        self.log.record(
            Event(
                id=id,
                kind=kind,
                at=at,
                visitor=visitor,
                market="gb",
                backend="default",
                generation=1,
                experiment=EXPERIMENT if variation else None,
                phase=phase,
                variation=variation,
            )
        )

    def outcome(self, reports: list[Report], seen: int) -> Outcome:
        last = reports[-1]
        found = [each.primary[0].comparisons[0] for each in reports]
        end = found[-1]
        return Outcome(
            fixed=end.fixed_p is not None and end.fixed_p < ALPHA,
            sequential=any(each.sequential.p < ALPHA and each.state != "thin" for each in found),
            decided=any(each.state in ("better", "worse") for each in reports),
            covered=end.fixed is not None and end.fixed.low <= self.plan.lift <= end.fixed.high,
            difference=end.difference,
            srm=last.quality.srm,
            alarms=sum(each.quality.srm < BLOCKS for each in reports),
            invalid=last.state == "invalid",
            seen=seen,
            counted=sum(last.quality.visitors.values()),
            missing=self.log.dropped + self.log.waiting + sum(last.quality.losses.values()),
        )

    def close(self) -> None:
        self.log.close()


def trials(plan: Plan, numbers: range, folder: Path, seed: int) -> Iterator[Outcome]:
    """Run these, one after the other."""
    made = Trials(plan, folder, seed)
    try:
        for number in numbers:
            yield made.run(number)
    finally:
        made.close()
