"""From sums to a report. The sequential test of the absolute difference decides; nothing is decided while visitors
are not spread as the weights say, below a hundred conversions of a variation, or for a variation that breaks a
guardrail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from bff.events.event import PURCHASE

from . import fixed, guard, sequential
from .cuped import cuped
from .evidence import Asked, Cell, Evidence, gather, reading
from .holm import adjusted
from .interval import Interval
from .metrics import Metric, metric
from .ratio import ratio
from .report import Arm, Comparison, Day, Design, Guarded, Measured, Quality, Reason, Report, Segment, State
from .srm import BLOCKS, mismatch
from .statistic import Statistic, Sums, mean, proportion, relative

FEWEST = 100
"""Conversions that control and a variation must have before either can win."""
MOST_MULTIPLE = 0.01
NOTHING = Statistic(0, 0.0, 0.0, 0.0)


def report(file: Path, design: Design, *, now: float) -> Report:
    """What is known of an experiment at `now` (Unix seconds). Raises `ValueError` for a metric that there is none of,
    `sqlite3.Error` where the file cannot be read; where there is none yet, nobody was exposed."""
    names = [design.primary, *design.secondary, *(each.metric for each in design.guards)]
    return judged(design, _found(file, design, names, now), now=now)


def guarded(file: Path, design: Design, *, now: float) -> tuple[Guarded, ...]:
    """Only the guardrails, for whoever looks at them each minute. Raises as `report` does."""
    evidence = _found(file, design, [each.metric for each in design.guards], now)
    return _Judge(design, evidence, now).guards()


def _found(file: Path, design: Design, names: Iterable[str], now: float) -> Evidence:
    asked = Asked(
        experiment=design.experiment,
        phase=design.phase,
        until=now,
        metrics=[metric(name) for name in dict.fromkeys(names)],
        window=design.window,
        rates=design.rates,
    )
    if not file.exists():
        return nothing(asked.metrics)
    with reading(file) as db:
        try:
            return gather(db, asked)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return nothing(asked.metrics)


def nothing(metrics: Sequence[Metric]) -> Evidence:
    """What a log holds that nobody has written to."""
    return Evidence(
        metrics=tuple(metrics),
        visitors={},
        fallbacks={},
        sums={each.key: {} for each in metrics},
        multiple=0,
        early=0,
        orders={},
        unseen=0,
        unrated=0,
        caps={},
        losses={},
        first=None,
        last=None,
    )


def judged(design: Design, evidence: Evidence, *, now: float) -> Report:
    """The report on sums."""
    return _Judge(design, evidence, now).report()


class _Judge:
    def __init__(self, design: Design, evidence: Evidence, now: float) -> None:
        self.design, self.evidence, self.now = design, evidence, now
        self.variations = [design.control, *(name for name in design.weights if name != design.control)]
        self.visitors = dict.fromkeys(self.variations, 0)
        for cell, n in evidence.visitors.items():
            self.visitors[cell.variation] = self.visitors.get(cell.variation, 0) + n
        self.total = sum(self.visitors.values())
        planned = design.planned or 2 * sequential.TUNING
        self.unlocked = (
            now >= design.ends if design.ends is not None else self.total >= (design.planned or float("inf"))
        )
        weights = sum(design.weights.values()) or 1.0
        self.tuning = {
            name: planned * (design.weights.get(name, 0.0) + design.weights.get(design.control, 0.0)) / weights
            for name in self.variations
        }

    def report(self) -> Report:
        primary = self.measured([self.design.primary])
        quality, guards = self.quality(), self.guards()
        harmed = tuple(name for name in self.variations if any(name in each.breached for each in guards))
        state, reasons, winner = self.verdict(primary, quality, harmed)
        days, segments = self.days(primary[0].metric), self.segments(primary[0].metric)
        return Report(
            design=self.design,
            state=state,
            reasons=reasons,
            winner=winner,
            harmed=harmed,
            primary=primary,
            secondary=self.measured(self.design.secondary),
            guards=guards,
            days=days,
            segments=segments,
            quality=quality,
            at=self.now,
            first=self.evidence.first,
            last=self.evidence.last,
        )

    def verdict(
        self, primary: Sequence[Measured], quality: Quality, harmed: Sequence[str]
    ) -> tuple[State, tuple[Reason, ...], str | None]:
        wrong: list[Reason] = []
        if not self.total:
            return "collecting", ("empty",), None
        if quality.srm < BLOCKS:
            wrong.append("srm")
        if quality.multiple_share > MOST_MULTIPLE:
            wrong.append("multiple")
        if primary[0].metric.kind == PURCHASE and quality.unseen and not quality.orders:
            wrong.append("unseen")
        if len(primary) > 1:
            wrong.append("currencies")
        if wrong:
            return "invalid", tuple(wrong), None
        harm: tuple[Reason, ...] = ("harm",) if harmed else ()
        compared = primary[0].comparisons
        won = [each for each in compared if each.state == "better" and each.variation not in harmed]
        if won:
            better = 1 if primary[0].metric.better == "more" else -1
            return "better", harm, max(won, key=lambda each: better * each.difference).variation
        if compared and all(each.state == "worse" or each.variation in harmed for each in compared):
            return "worse", harm, None
        if any(each.state == "thin" for each in compared):
            return "collecting", ("few", *harm), None
        return ("none", harm, None) if self.unlocked else ("collecting", ("planned", *harm), None)

    def measured(self, names: Iterable[str]) -> tuple[Measured, ...]:
        """Metrics, corrected for how many are compared."""
        metrics = [each for name in names for each in self.evidence.metrics if each.name == name]
        rough = {each.key: self.compared(each) for each in metrics}
        ps = adjusted({(key, own.variation): own.p for key, all_ in rough.items() for own in all_})
        fixed_ps = adjusted({(key, own.variation): own.fixed_p or 1.0 for key, all_ in rough.items() for own in all_})
        out: list[Measured] = []
        for each in metrics:
            own = [
                self.decided(each, one, ps[each.key, one.variation], fixed_ps[each.key, one.variation])
                for one in rough[each.key]
            ]
            arms = self.arms(each, lambda _: True)
            cap = self.evidence.caps.get(each.key)
            out.append(Measured(metric=each, arms=arms, comparisons=tuple(own), cap=cap))
        return tuple(out)

    def decided(self, of: Metric, rough: Comparison, p: float, fixed_p: float) -> Comparison:
        state: Literal["better", "worse", "none"] = "none"
        if p < self.design.alpha:
            state = "better" if (rough.difference > 0) == (of.better == "more") else "worse"
        return msgspec.structs.replace(
            rough, p=p, state="thin" if rough.state == "thin" else state, fixed_p=fixed_p if self.unlocked else None
        )

    def compared(self, of: Metric) -> list[Comparison]:
        sums = self.sums(of, lambda _: True)
        control = _statistic(of, sums[self.design.control])
        return [self.comparison(of, sums, control, name) for name in self.variations[1:]]

    def comparison(self, of: Metric, sums: Mapping[str, Sums], control: Statistic, name: str) -> Comparison:
        treated, alpha, tuning = _statistic(of, sums[name]), self.design.alpha, self.tuning[name]
        found = sequential.absolute(control, treated, alpha=alpha, tuning=tuning)
        last = fixed.absolute(control, treated, alpha=alpha) if self.unlocked else None
        thin = min(sums[name].active, sums[self.design.control].active) < FEWEST
        both = cuped(sums[self.design.control], sums[name]) if of.of in ("count", "value", "share") else None
        return Comparison(
            variation=name,
            state="thin" if thin else "none",
            difference=treated.mean - control.mean,
            sequential=found,
            p=found.p,
            share=relative(control, treated),
            share_sequential=sequential.as_share(control, treated, alpha=alpha, tuning=tuning),
            fixed=last,
            fixed_share=fixed.as_share(control, treated, alpha=alpha) if last else None,
            fixed_p=last.p if last else None,
            reduced=sequential.absolute(*both, alpha=alpha, tuning=tuning) if both else None,
            reduced_difference=both[1].mean - both[0].mean if both else None,
        )

    def guards(self) -> tuple[Guarded, ...]:
        out: list[Guarded] = []
        for each in self.design.guards:
            for of in (own for own in self.evidence.metrics if own.name == each.metric):
                sums = self.sums(of, lambda _: True)
                control = _statistic(of, sums[self.design.control])
                found = {
                    name: guard.excess(control, _statistic(of, sums[name]), each.limit) for name in self.variations[1:]
                }
                broken = tuple(name for name, excess in found.items() if excess.low > 0.0)
                arms = self.arms(of, lambda _: True)
                out.append(Guarded(guard=each, metric=of, arms=arms, excess=found, breached=broken))
        return tuple(out)

    def days(self, of: Metric) -> tuple[Day, ...]:
        """The curve: each day with all before it."""
        known = sorted({cell.day for cell in self.evidence.visitors})
        reached = {name: Sums() for name in self.variations}
        out: list[Day] = []
        for day in known:
            own = self.sums(of, lambda cell, day=day: cell.day == day)  # type: ignore[misc]
            reached = {name: reached[name] + own[name] for name in self.variations}
            out.append(Day(day=day, arms=_arms(of, reached), differences=self.differences(of, reached)))
        return tuple(out)

    def segments(self, of: Metric) -> tuple[Segment, ...]:
        out: list[Segment] = []
        parts: tuple[tuple[Literal["market", "backend"], Callable[[Cell], str]], ...] = (
            ("market", lambda cell: cell.market),
            ("backend", lambda cell: cell.backend),
        )
        for by, name_of in parts:
            names = sorted({name_of(cell) for cell in self.evidence.visitors})
            for name in names if len(names) > 1 else ():
                sums = self.sums(of, lambda cell, name=name, name_of=name_of: name_of(cell) == name)  # type: ignore[misc]
                out.append(Segment(by=by, name=name, arms=_arms(of, sums), differences=self.differences(of, sums)))
        return tuple(out)

    def differences(self, of: Metric, sums: Mapping[str, Sums]) -> dict[str, tuple[float, Interval]]:
        control = _statistic(of, sums[self.design.control])
        found: dict[str, tuple[float, Interval]] = {}
        for name in self.variations[1:]:
            treated = _statistic(of, sums[name])
            interval = sequential.absolute(control, treated, alpha=self.design.alpha, tuning=self.tuning[name])
            found[name] = treated.mean - control.mean, interval
        return found

    def quality(self) -> Quality:
        found, weights = self.evidence, self.design.weights
        all_ = sum(weights.values()) or 1.0
        fallbacks = dict.fromkeys(self.variations, 0)
        for cell, n in found.fallbacks.items():
            fallbacks[cell.variation] = fallbacks.get(cell.variation, 0) + n
        # A variation that the definition does not know (any more) is no part of it, and a mismatch.
        strange = sum(n for name, n in self.visitors.items() if name not in weights)
        counts = [self.visitors[name] for name in self.variations]
        return Quality(
            visitors=self.visitors,
            expected={name: self.total * weights.get(name, 0.0) / all_ for name in self.visitors},
            srm=0.0 if strange else mismatch(counts, [weights.get(name, 0.0) for name in self.variations]),
            fallbacks=fallbacks,
            multiple=found.multiple,
            multiple_share=found.multiple / max(1, found.multiple + self.total),
            early=found.early,
            orders=found.orders,
            unseen=found.unseen,
            unrated=found.unrated,
            losses=found.losses,
        )

    def sums(self, of: Metric, chosen: Callable[[Cell], bool]) -> dict[str, Sums]:
        """By variation, over the chosen cells."""
        out = {name: Sums() for name in self.variations}
        for cell, own in self.evidence.sums[of.key].items():
            if cell.variation in out and chosen(cell):
                out[cell.variation] = out[cell.variation] + own
        return out

    def arms(self, of: Metric, chosen: Callable[[Cell], bool]) -> tuple[Arm, ...]:
        return _arms(of, self.sums(of, chosen))


def _statistic(of: Metric, sums: Sums) -> Statistic:
    if of.of in ("ratio", "reading"):
        return ratio(sums) or msgspec.structs.replace(NOTHING, n=sums.n) if sums.d else NOTHING
    return proportion(sums) if of.of == "share" else mean(sums)


def _arms(of: Metric, sums: Mapping[str, Sums]) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            variation=name,
            visitors=own.n,
            active=own.active,
            total=own.y,
            mean=None if not own.n or (of.of in ("ratio", "reading") and not own.d) else _statistic(of, own).mean,
        )
        for name, own in sums.items()
    )
