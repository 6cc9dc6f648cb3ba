"""What the page of one experiment shows: words and positions, ready to be written down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from bff.experiments.analysis.guard import HARM
from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import Metric
from bff.experiments.analysis.report import Arm, Comparison, Guarded, Measured, Report, Segment
from bff.experiments.reporting import figures, plots
from bff.experiments.reporting.account import Account
from bff.experiments.reporting.plots import Bar, Curve, Scale, Tick
from bff.experiments.reporting.quality import Check, believable, checks, observable
from bff.experiments.reporting.text import guarding, standing
from bff.experiments.reporting.words import Verdict, verdict
from bff.experiments.states import Change

TONES = {"better": "good", "worse": "bad", "none": "even", "thin": "even"}


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A variation beside control. `also`: what else is known, in sentences."""

    name: str
    visitors: str
    value: str
    difference: str
    span: str
    relative: str
    relative_span: str
    state: str
    tone: str
    bar: Bar | None
    also: tuple[str, ...] = ()


class MetricView(msgspec.Struct, frozen=True, kw_only=True):
    """`control` is its mean, which the zero line stands for. Without rows it could not be measured."""

    name: str
    meaning: str
    control: str = ""
    control_visitors: str = ""
    zero: str = ""
    zero_anchor: str = ""
    ticks: tuple[Tick, ...] = ()
    rows: tuple[RowView, ...] = ()


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    lead: str
    metrics: tuple[MetricView, ...]


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    visitors: str
    difference: str
    span: str


class CurveView(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is the curve in words."""

    variation: str
    label: str
    curve: Curve | None
    rows: tuple[DayRow, ...]


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    what: str
    who: str


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What may be done to it here. `ramps`: shares of the audience, as the form sends and shows them."""

    start: bool
    stop: bool
    ramps: tuple[tuple[str, str], ...]


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`progress`: per cent of the planned visitors that came. `facts`: terms and what they are. `said`: what was just done,
    `refused`: what was not, and why."""

    name: str
    phase: int
    phases: tuple[tuple[int, bool], ...]
    status: str
    meta: tuple[str, ...]
    verdict: Verdict
    visitors: str
    planned: str
    progress: str
    groups: tuple[GroupView, ...]
    guards: GroupView | None
    curves: tuple[CurveView, ...]
    segments: tuple[MetricView, ...]
    checks: tuple[Check, ...]
    changes: tuple[ChangeView, ...]
    facts: tuple[tuple[str, str], ...]
    orders: Orders
    at: str
    said: str = ""
    refused: tuple[str, ...] = ()


def view(account: Account, *, said: str = "", refused: tuple[str, ...] = ()) -> ReportPage:
    found, own, known, says = account.report, account.experiment.definition, account.known, verdict(account)
    share = min(1.0, account.visitors / own.planned_visitors)
    phase = [each for each in known.changes if each.phase == known.phase]
    return ReportPage(
        name=account.name,
        phase=known.phase,
        phases=tuple((each, each == known.phase) for each in known.phases),
        status=account.status,
        meta=tuple(_meta(account)),
        verdict=says,
        visitors=figures.count(account.visitors),
        planned=figures.count(own.planned_visitors),
        progress=f"{100 * share:.1f}%",
        groups=tuple(_groups(found)) if found and account.visitors else (),
        guards=_guards(found) if found and found.guards and account.visitors else None,
        curves=tuple(_curves(found)) if found and account.visitors else (),
        segments=tuple(_segments(found)) if found else (),
        checks=checks(account),
        changes=tuple(_change(each) for each in reversed(phase)),
        facts=tuple(_facts(account)),
        orders=_orders(account, says),
        at=figures.moment(account.at),
        said=said,
        refused=refused,
    )


def _meta(account: Account) -> Iterator[str]:
    known = account.known
    yield f"Phase {known.phase}"
    if account.status == "running":
        yield f"{known.draw.coverage:.0%} of its audience"
    if account.report and account.report.first:
        yield f"since {figures.day(account.report.first)}, {figures.duration(account.days)}"
    if account.is_current:
        ends = account.experiment.definition.ends
        yield f"planned until {ends.day} {ends:%b %Y}"
    yield from account.differences


def _groups(found: Report) -> Iterator[GroupView]:
    yield GroupView(
        id="primary",
        title="What decides",
        lead="The difference to control, and how far it is certain: the true one is within the bar, however often "
        "one looks. A bar that touches the line of control has not decided anything.",
        metrics=tuple(_metric(found, each) for each in found.primary),
    )
    if found.secondary:
        yield GroupView(
            id="secondary",
            title="Beside it",
            lead="Worth knowing, and nothing is decided by it. The more is looked at, the stricter each is judged.",
            metrics=tuple(_metric(found, each) for each in found.secondary),
        )


def _metric(found: Report, each: Measured) -> MetricView:
    of, control = each.metric, each.arms[0]
    if not observable(found, of):
        return MetricView(name=figures.name(of), meaning="orders not observable: the checkout tells this store nothing")
    scale = Scale(
        bound
        for one in each.comparisons
        for bound in (one.difference, one.sequential.low, one.sequential.high)
        if math.isfinite(one.sequential.low)
    )
    means = {arm.variation: arm for arm in each.arms}
    return MetricView(
        name=figures.name(of),
        meaning=figures.meaning(of),
        control=figures.value(of, control.mean),
        control_visitors=figures.count(control.visitors),
        zero=scale.at(0.0),
        zero_anchor=scale.anchor(0.0),
        ticks=scale.ticks(of),
        rows=tuple(_row(of, one, means[one.variation], scale, found) for one in each.comparisons),
    )


def _row(of: Metric, one: Comparison, arm: Arm, scale: Scale, found: Report) -> RowView:
    also = []
    if one.fixed and one.fixed_p is not None:
        also.append(
            f"Looked at once, at the planned end: {figures.span(of, one.fixed)} (p {figures.chance(one.fixed_p)})."
        )
    if one.reduced and one.reduced_difference is not None:
        also.append(
            "With what visitors did before taken out (CUPED): "
            f"{figures.change(of, one.reduced_difference)}, {figures.span(of, one.reduced)}."
        )
    return RowView(
        name=one.variation,
        visitors=figures.count(arm.visitors),
        value=figures.value(of, arm.mean),
        difference=figures.change(of, one.difference) if arm.visitors else "–",
        span=figures.span(of, one.sequential),
        relative=figures.relative(one.share) if math.isfinite(one.share_sequential.low) else "",
        relative_span=figures.relative_span(one.share_sequential),
        state=standing(found, one),
        tone=TONES[one.state] if believable(found) else "even",
        bar=scale.bar(one.difference, one.sequential),
        also=tuple(also),
    )


def _guards(found: Report) -> GroupView:
    return GroupView(
        id="guards",
        title="Guardrails",
        lead="What must not become worse. Looked at every minute; a variation that is certainly beyond a limit is switched "
        "off by itself, and its visitors see control.",
        metrics=tuple(_guard(each) for each in found.guards),
    )


def _guard(each: Guarded) -> MetricView:
    of, limit = each.metric, each.guard.limit
    word = "rise" if limit.way == HARM else "fall"
    bounds = [figures.change(of, limit.most).lstrip("+")] if limit.most is not None else []
    bounds += [figures.percent(limit.share, 0)] if limit.share is not None else []
    scale = Scale(bound for own in each.excess.values() for bound in (own.low, own.high))
    rows = []
    for arm in each.arms:
        own = each.excess.get(arm.variation)
        if own is None:
            continue
        known, state = math.isfinite(own.low), guarding(each, arm.variation)
        middle = (own.low + own.high) / 2 if known else math.nan
        rows.append(
            RowView(
                name=arm.variation,
                visitors=figures.count(arm.visitors),
                value=figures.value(of, arm.mean),
                difference=state,
                span=_room(of, own) if known else "",
                relative="",
                relative_span="",
                state=state,
                tone={"broken": "bad", "kept": "good"}.get(state, "even"),
                bar=scale.bar(middle, own),
            )
        )
    return MetricView(
        name=figures.name(of),
        meaning=f"may {word} by {' and '.join(bounds)} against control",
        control=figures.value(of, each.arms[0].mean),
        control_visitors=figures.count(each.arms[0].visitors),
        zero=scale.at(0.0),
        zero_anchor=scale.anchor(0.0),
        ticks=scale.ticks(of),
        rows=tuple(rows),
    )


def _curves(found: Report) -> Iterator[CurveView]:
    of = found.primary[0].metric
    if not observable(found, of):
        return
    for one in found.primary[0].comparisons:
        rows = [
            DayRow(
                day=plots.date(day.day),
                visitors=figures.count(sum(arm.visitors for arm in day.arms)),
                difference=figures.change(of, day.differences[one.variation][0]),
                span=figures.span(of, day.differences[one.variation][1]),
            )
            for day in found.days
        ]
        drawn = plots.curve(of, found.days, one.variation)
        label = f"{figures.name(of)}, “{one.variation}” against control, day by day. At the end: "
        yield CurveView(
            variation=one.variation,
            label=label + f"{figures.change(of, one.difference)}, {figures.span(of, one.sequential)}.",
            curve=drawn,
            rows=tuple(rows),
        )


def _segments(found: Report) -> Iterator[MetricView]:
    """A block for each way to part the visitors."""
    of = found.primary[0].metric
    if not observable(found, of):
        return
    several = len(found.primary[0].comparisons) > 1
    for by in dict.fromkeys(each.by for each in found.segments):
        own = [each for each in found.segments if each.by == by]
        scale = Scale(
            bound
            for each in own
            for _, interval in each.differences.values()
            for bound in (interval.low, interval.high)
        )
        control = found.primary[0].arms[0]
        yield MetricView(
            name=f"By {by}",
            meaning=f"{figures.name(of)}, each against its own control",
            control=figures.value(of, control.mean),
            control_visitors=figures.count(control.visitors),
            zero=scale.at(0.0),
            zero_anchor=scale.anchor(0.0),
            ticks=scale.ticks(of),
            rows=tuple(
                _part(of, f"{each.name}, {name}" if several else each.name, each, name, scale)
                for each in own
                for name in each.differences
            ),
        )


def _part(of: Metric, title: str, each: Segment, name: str, scale: Scale) -> RowView:
    arms = {arm.variation: arm for arm in each.arms}
    arm, control = arms[name], each.arms[0]
    difference, interval = each.differences[name]
    return RowView(
        name=title,
        visitors=figures.count(arm.visitors + control.visitors),
        value=f"{figures.value(of, control.mean)} → {figures.value(of, arm.mean)}",
        difference=figures.change(of, difference) if arm.visitors and control.visitors else "–",
        span=figures.span(of, interval),
        relative="",
        relative_span="",
        state="exploratory",
        tone="even",
        bar=scale.bar(difference, interval),
    )


def _room(of: Metric, excess: Interval) -> str:
    """Where a variation is, seen from its limit."""
    low, high = (
        figures.change(of, abs(x), beside=max(abs(excess.low), abs(excess.high)))[1:] for x in (excess.low, excess.high)
    )
    if excess.high <= 0:
        return f"{high} or more within the limit"
    if excess.low > 0:
        return f"{low} or more beyond the limit"
    return f"from {low} within to {high} beyond"


def _change(each: Change) -> ChangeView:
    return ChangeView(at=figures.moment(each.at), what=each.what, who=each.who or "the store itself")


def _facts(account: Account) -> Iterator[tuple[str, str]]:
    own, draw = account.experiment.definition, account.known.draw
    yield "Hypothesis", own.hypothesis
    yield "Owner", own.owner
    yield "Kind", own.kind
    yield "Weights", ", ".join(f"{name} {part:.0%}" for name, part in zip(draw.variations, draw.weights, strict=True))
    yield "Audience", _audience(account)
    if draw.exclusion:
        part = draw.exclusion
        yield "Exclusion group", f"{part.group}, {part.from_:.0%} to {part.to:.0%} of its visitors"
    yield "Counts", "visitors who were really shown what is tried, and what they did in the 14 days after"


def _audience(account: Account) -> str:
    own = account.experiment.definition.audience
    parts: Mapping[str, tuple[str, ...]] = {
        "markets": own.markets,
        "locales": own.locales,
        "devices": own.devices,
        "backends": own.backends,
    }
    found = [f"{name} {', '.join(values)}" for name, values in parts.items() if values]
    if own.signed_in is not None:
        found.append("signed in" if own.signed_in else "not signed in")
    return "; ".join(found) or "everybody"


def _orders(account: Account, says: Verdict) -> Orders:
    running = account.status == "running"
    wider = (0.05, 0.1, 0.2, 0.5, 1.0) if running and says.tone == "wait" else ()
    more = [part for part in wider if part > account.known.draw.coverage]
    return Orders(
        start=not running and account.is_current and any(" start " in step.command for step in says.steps),
        stop=running,
        ramps=tuple((f"{part:g}", f"{part:.0%}") for part in more),
    )
