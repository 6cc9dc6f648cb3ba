"""What has to come out, and whether it did. Bounds hold for 2,000 experiments; of fewer, chance leaves more open."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from bff.experiments.analysis.srm import BLOCKS

from .trial import ALPHA, BASE, Bug, Outcome, Plan

MANY = 2_000
SLACK = 0.015
"""Three standard errors of a share of 5 % among so many."""
LIFT = 0.06
REACH = 0.5
LOST = 0.1
LARGER = 20
"""A tenth of the exposures is missed with confidence only among so many times the visitors."""
INVENTED = 0.003
"""Mismatches where there is none: one in a thousand by chance, and three standard errors of that."""
FOUND = 0.99


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, what it has to be, and whether it is."""

    what: str
    figure: str
    bound: str
    kept: bool


def plans(experiments: int, visitors: int) -> list[Plan]:
    """All that is tried. What is planted shows in a tenth of the experiments."""
    few, rate = max(10, experiments // 10), max(5, experiments // 40)

    def planted(name: str, count: int, **more: object) -> Plan:
        return Plan(name=name, experiments=count, visitors=visitors, **more)  # type: ignore[arg-type]

    return [
        planted("A/A", experiments, looks=28),
        planted("lift", experiments, lift=LIFT),
        Plan(name="mismatch", experiments=max(5, experiments // 100), visitors=LARGER * visitors, lost=LOST),
        planted("partly reached", few, lift=2 * LIFT, reach=REACH),
        planted("recorded when assigned", few, lift=2 * LIFT, reach=REACH, bug="assigned"),
        planted("recorded in one variation", rate, bug="one-sided"),
        planted("kept pages", rate, kept=True),
        planted("kept pages not replayed", rate, kept=True, bug="unreplayed"),
    ]


def slack(count: int) -> float:
    """How far a share of 5 % may be off among so many."""
    return SLACK * math.sqrt(MANY / count)


def judged(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Line]:
    """What came of a plan's trials."""
    yield _nothing_missing(plan, outcomes)
    if plan.bug is not None:
        yield from BUGS[plan.bug](plan, outcomes)
    elif plan.lost:
        yield _mismatched(plan, outcomes)
    else:
        yield _counts(plan, outcomes)
        if not plan.lift and not plan.kept:
            yield from _nothing_found(plan, outcomes, slack(len(outcomes)))
        if plan.lift:
            yield from _recovered(plan, outcomes, slack(len(outcomes)))


def _share(outcomes: Sequence[Outcome], of: str) -> float:
    return sum(bool(getattr(each, of)) for each in outcomes) / len(outcomes)


def _line(what: str, figure: str, bound: str, kept: bool) -> Line:
    return Line(what=what, figure=figure, bound=bound, kept=kept)


def _nothing_missing(plan: Plan, outcomes: Sequence[Outcome]) -> Line:
    missing = sum(each.missing for each in outcomes)
    return _line("events dropped or lost", str(missing), "0", missing == 0)


def _counts(plan: Plan, outcomes: Sequence[Outcome]) -> Line:
    seen, counted = sum(each.seen for each in outcomes), sum(each.counted for each in outcomes)
    kept = all(each.seen == each.counted for each in outcomes)
    return _line("visitors in the reports", f"{counted:,}", f"{seen:,} who saw the template", kept)


def _mismatched(plan: Plan, outcomes: Sequence[Outcome]) -> Line:
    found = _share_of(outcomes, lambda each: each.invalid and each.srm < BLOCKS)
    what = f"{plan.lost:.0%} of one variation's exposures lost: found"
    return _line(what, f"{found:.1%}", f"≥ {FOUND:.0%}", found >= FOUND)


def _nothing_found(plan: Plan, outcomes: Sequence[Outcome], off: float) -> Iterator[Line]:
    fixed, sequential = _share(outcomes, "fixed"), _share(outcomes, "sequential")
    bound = f"{ALPHA:.0%} ± {off:.1%}"
    yield _line("found at the fixed horizon", f"{fixed:.2%}", bound, abs(fixed - ALPHA) <= off)
    most = ALPHA + off - SLACK if len(outcomes) < MANY else ALPHA
    what = f"found at any of {plan.looks} looks (sequential)"
    yield _line(what, f"{sequential:.2%}", f"≤ {most:.1%}", sequential <= most)
    decided = _share(outcomes, "decided")
    yield _line("a winner or a loser named at any look", f"{decided:.2%}", f"≤ {most:.1%}", decided <= most)
    looks, ends = sum(each.alarms for each in outcomes), sum(each.srm < BLOCKS for each in outcomes)
    ends_most = max(1.0, INVENTED * len(outcomes))
    yield _line("mismatches invented at the end", f"{ends}", f"≤ {ends_most:.0f}", ends <= ends_most)
    part = looks / (plan.looks * len(outcomes))
    most_looks = max(INVENTED, 1 / len(outcomes))
    yield _line("mismatches invented, of all looks", f"{part:.3%}", f"≤ {most_looks:.1%}", part <= most_looks)


def _recovered(plan: Plan, outcomes: Sequence[Outcome], off: float) -> Iterator[Line]:
    covered = _share(outcomes, "covered")
    bound = f"95 % ± {off:.1%}"
    yield _line("intervals that hold the planted lift", f"{covered:.2%}", bound, abs(covered - 0.95) <= off)
    found = statistics.fmean(each.difference for each in outcomes)
    error = 3 * _error(plan, outcomes)
    bound = f"{plan.lift:.2%} ± {error:.2%}"
    yield _line("lift on average", f"{found:.2%}", bound, abs(found - plan.lift) <= error)


def _error(plan: Plan, outcomes: Sequence[Outcome]) -> float:
    """The standard error of the mean difference, from the true rates."""
    rates = BASE, BASE + plan.lift
    each = plan.visitors * plan.reach / 2
    return math.sqrt(sum(rate * (1 - rate) for rate in rates) / each / len(outcomes))


# ---------------------------------------------------------------- planted errors: each must break what shows it


def _diluted(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Line]:
    covered, least = _share(outcomes, "covered"), 0.95 - slack(len(outcomes))
    what = "intervals that hold the planted lift (diluted)"
    yield _line(what, f"{covered:.1%}", f"caught below {least:.1%}", covered < least)
    more = _share_of(outcomes, lambda each: each.counted > each.seen)
    yield _line("more are counted than saw it", f"{more:.0%}", "caught in all", more == 1.0)


def _one_sided(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Line]:
    found = _share_of(outcomes, lambda each: each.invalid and each.srm < BLOCKS)
    yield _line("sample ratio mismatch, no verdict", f"{found:.0%}", "caught in all", found == 1.0)


def _unreplayed(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[Line]:
    fewer = _share_of(outcomes, lambda each: each.counted < each.seen)
    yield _line("fewer are counted than saw it", f"{fewer:.0%}", "caught in all", fewer == 1.0)
    decided = _share(outcomes, "decided")
    yield _line("verdicts on what is left", f"{decided:.0%}", "0 %", decided == 0.0)


def _share_of(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    return sum(map(holds, outcomes)) / len(outcomes)


BUGS: Mapping[Bug, Callable[[Plan, Sequence[Outcome]], Iterator[Line]]] = {
    "assigned": _diluted,
    "one-sided": _one_sided,
    "unreplayed": _unreplayed,
}
