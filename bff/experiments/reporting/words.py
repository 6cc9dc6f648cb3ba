"""The verdict in plain words: what is known, why, and what to do next, with the command that does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from bff.experiments.analysis.report import Comparison, Measured, Report
from bff.experiments.analysis.verdict import FEWEST

from . import figures
from .account import DAY, Account
from .figures import quoted

Tone = Literal["wait", "good", "bad", "wrong", "even"]
"""`wait`: too early. `good`: something is better. `bad`: something does harm. `wrong`: the figures cannot be believed.
`even`: no difference, or nothing to decide any more."""
FEW_DAYS = 0.5
FASTEST = 1.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, and the command for it, where there is one. `winner`: the variation whose files it is about."""

    text: str
    command: str = ""
    winner: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`short`: a few words, for a list. `headline`: a sentence. `because`: what it rests on. `steps`: what to do next."""

    tone: Tone
    short: str
    headline: str
    because: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def verdict(account: Account) -> Verdict:
    """What is to be said of an experiment."""
    found = account.report
    if found is None:
        steps = (Step(text="See what is wrong with the store:", command="portico doctor"),)
        headline = "No verdict: the events cannot be read."
        return Verdict(tone="wrong", short="No figures", headline=headline, because=(account.problem,), steps=steps)
    said = _said(account, found)
    extra = tuple(_remarks(account, found))
    return msgspec.structs.replace(said, because=(*said.because, *extra)) if extra else said


def _said(account: Account, found: Report) -> Verdict:
    if account.known.state.winner and account.is_current and account.status == "shipped":
        return _shipped(account)
    if "empty" in found.reasons:
        return _nobody(account)
    if found.state == "invalid":
        return _invalid(account, found)
    if found.winner is not None and found.winner not in account.off:
        return _better(account, found)
    if found.harmed and not set(found.harmed) <= set(account.off):
        return _harm(account, found)
    if account.off:
        return _off(account, found)
    if found.state == "worse":
        return _worse(account, found)
    return _none(account, found) if found.state == "none" else _collecting(account, found)


def _command(account: Account, verb: str, more: str = "") -> str:
    return f"portico experiment {verb} {account.name}{more and ' '}{more}"


def _stop(account: Account, text: str = "Show everybody control again:") -> tuple[Step, ...]:
    return (Step(text=text, command=_command(account, "stop")),) if account.status == "running" else ()


def _shipped(account: Account) -> Verdict:
    winner = quoted(account.known.state.winner)
    headline = f"{winner} is the store’s own now."
    return Verdict(tone="even", short="Shipped", headline=headline, because=("There is nothing left to decide.",))


def _nobody(account: Account) -> Verdict:
    if not account.measured:
        why = "The store measures nobody: [events] consent is “off”, or [experiments] enabled is false."
        return Verdict(tone="wrong", short="Nothing is measured", headline="Nobody can be counted.", because=(why,))
    if account.status == "running":
        why = "A visitor counts from the first time they are shown what is tried, once they may be measured."
        steps = (
            Step(text="See it yourself; this is not counted:", command=_command(account, "preview")),
            Step(text="See whether anything is wrong with it:", command="portico experiment lint"),
        )
        headline = "Nobody has seen it yet."
        return Verdict(tone="wait", short="Nobody yet", headline=headline, because=(why,), steps=steps)
    if account.status in ("draft", "qa"):
        steps = (
            Step(text="Look at it, and send the link round:", command=_command(account, "preview")),
            Step(text="Let a tenth of the shoppers see it:", command=_command(account, "start", "--coverage 10%")),
        )
        return Verdict(tone="wait", short="Not started", headline="It has not started yet.", steps=steps)
    return Verdict(tone="even", short="Nobody saw it", headline="It ended before anybody saw it.")


def _better(account: Account, found: Report) -> Verdict:
    winner = found.winner or ""
    primary = found.primary[0]
    one = _of(primary, winner)
    because = [_moved(primary, one), "You may decide now: the test allows for looking at any time."]
    others = [each.variation for each in primary.comparisons if each.state == "better" and each.variation != winner]
    if others:
        because.append(f"{_listed(others)} beat control as well; {quoted(winner)} by most.")
    steps = [
        Step(
            text="See which files would change:",
            command=_command(account, "ship", f"{winner} --dry-run"),
            winner=winner,
        ),
        Step(text="Make it the store’s own:", command=_command(account, "ship", winner)),
    ]
    if account.experiment.definition.kind == "backend":
        backend = account.experiment.definition.backends.get(winner, "NAME")
        steps = [
            Step(text="Serve everybody from it:", command=f"portico backend use {backend}"),
            *_stop(account, "Then end the experiment:"),
        ]
    headline = f"Ship {quoted(winner)}: {figures.outcome(primary.metric, one.difference > 0)}."
    return Verdict(tone="good", short=f"Ship {winner}", headline=headline, because=tuple(because), steps=tuple(steps))


def _worse(account: Account, found: Report) -> Verdict:
    primary = found.primary[0]
    worst = min(primary.comparisons, key=lambda each: each.difference * (1 if primary.metric.better == "more" else -1))
    because = tuple(_moved(primary, each) for each in primary.comparisons)
    headline = f"Keep control: with {quoted(worst.variation)} {figures.outcome(primary.metric, worst.difference > 0)}."
    return Verdict(tone="bad", short="Keep control", headline=headline, because=because, steps=_stop(account))


def _harm(account: Account, found: Report) -> Verdict:
    broken = [name for name in found.harmed if name not in account.off]
    lines = [
        f"{figures.name(each.metric)} of {quoted(name)} is beyond what the file bears: {guarded_text(found, name)}."
        for each in found.guards
        for name in each.breached
        if name in broken
    ]
    headline = f"Stop {_listed(broken)}: a guardrail is broken."
    text = "It is switched off by itself within a minute; or at once:"
    return Verdict(
        tone="bad",
        short=f"Stop {broken[0]}",
        headline=headline,
        because=tuple(dict.fromkeys(lines)),
        steps=_stop(account, text),
    )


def _off(account: Account, found: Report) -> Verdict:
    lines = [f"{quoted(name)} was switched off: {why}." for name, why in account.off.items()]
    lines.append("Its visitors have been shown control since, so its figures mix both.")
    steps = (
        *_stop(account, "End it:"),
        Step(text="Or mend it, raise its phase in experiment.toml, and:", command=_command(account, "start")),
    )
    headline = f"Do not ship {_listed([*account.off])}: it was switched off."
    return Verdict(tone="bad", short="Switched off", headline=headline, because=tuple(lines), steps=steps)


def _none(account: Account, found: Report) -> Verdict:
    lines = [f"It ran as planned, with {figures.count(account.visitors)} visitors."]
    lines += [_at_most(found.primary[0], each) for each in found.primary[0].comparisons]
    other = found.primary[0].comparisons[0].variation
    steps = [*_stop(account, "Keep what is simpler. To end it:")]
    if account.experiment.definition.kind != "backend":
        text = "Nothing speaks against it either, should you want it for another reason:"
        steps.append(Step(text=text, command=_command(account, "ship", other)))
    headline = "No difference shown."
    return Verdict(
        tone="even", short="No difference shown", headline=headline, because=tuple(lines), steps=tuple(steps)
    )


def _collecting(account: Account, found: Report) -> Verdict:
    own, n = account.experiment.definition, account.visitors
    planned = f"{figures.count(n)} of {figures.count(own.planned_visitors)} planned visitors"
    few = "few" in found.reasons
    primary = found.primary[0]
    lines = [_so_few(primary)] if few else [_so_far(primary, each) for each in primary.comparisons]
    end = "nothing can be said yet" if few else "no difference is certain yet"
    if account.status != "running":
        headline = f"No verdict: it was stopped at {planned}."
        text = "Let it go on; everybody sees what they saw before:"
        steps = (Step(text=text, command=_command(account, "start")),) if account.is_current else ()
        return Verdict(tone="even", short="Stopped too early", headline=headline, because=tuple(lines), steps=steps)
    return Verdict(
        tone="wait",
        short="Keep looking",
        headline="Keep looking: it takes more visitors than were planned."
        if few and n >= own.planned_visitors
        else f"Keep looking: {planned}; {end}.",
        because=(*lines, *_pace(account, found)),
        steps=_faster(account),
    )


def _invalid(account: Account, found: Report) -> Verdict:
    lines: list[str] = []
    reason = found.reasons[0]
    for each in found.reasons:
        match each:
            case "srm":
                lines.append(f"{spread(found)} Something loses visitors of one variation, and nobody knows which ones.")
            case "multiple":
                share = figures.percent(found.quality.multiple_share)
                lines.append(f"{share} of the visitors saw more than one variation: they cannot be told apart.")
            case "unseen":
                lines.append(
                    "The checkout tells this store of no orders: they are not nought, they are not observable."
                )
            case "currencies":
                lines.append("Revenue came in several currencies, which cannot be added up without rates.")
    headlines = {
        "srm": "Do not decide: visitors are not spread as planned.",
        "multiple": "Do not decide: too many visitors saw several variations.",
        "unseen": "Do not decide: orders are not observable.",
        "currencies": "Do not decide: revenue comes in several currencies.",
    }
    return Verdict(
        tone="wrong",
        short="Do not decide",
        headline=headlines[reason],
        because=tuple(lines),
        steps=_mend(account, reason),
    )


def _mend(account: Account, reason: str) -> tuple[Step, ...]:
    start = _command(account, "start")
    if reason == "unseen":
        text = "Choose another primary metric (begin_checkout), raise phase in experiment.toml, and start anew:"
        return (Step(text=text, command=start),)
    if reason == "currencies":
        text = "Set [experiments] currency and rates in portico.toml, or let markets of one currency take part."
        return (Step(text=text),)
    text = "Look at a variation that breaks, redirects or is slow, and mend it:"
    return (
        Step(text=text, command=_command(account, "preview")),
        *_stop(account, "Meanwhile:"),
        Step(text="Then raise phase in experiment.toml, and start anew:", command=start),
    )


# ---------------------------------------------------------------- sentences


def _remarks(account: Account, found: Report) -> Iterator[str]:
    """What to look at twice before deciding."""
    if found.state in ("better", "none"):
        for each in found.secondary:
            for one in each.comparisons:
                if one.state == "worse":
                    yield f"Look twice: {figures.outcome(each.metric, one.difference > 0)} with {quoted(one.variation)}."
    for name in found.harmed if found.winner or found.state == "invalid" else ():
        yield f"{quoted(name)} breaks a guardrail: {guarded_text(found, name)}."
    if found.winner and account.off.keys() - {found.winner}:
        yield f"Switched off: {_listed([*account.off])}."


def _of(measured: Measured, variation: str) -> Comparison:
    return next(each for each in measured.comparisons if each.variation == variation)


def _moved(measured: Measured, one: Comparison) -> str:
    """“Add to cart rises from 31.2% to 34.0% (between +0.9 and +4.7 points).”"""
    of = measured.metric
    means = {arm.variation: arm.mean for arm in measured.arms}
    way = "rises" if one.difference > 0 else "falls"
    from_, to = figures.value(of, measured.arms[0].mean), figures.value(of, means[one.variation])
    said = f"{figures.name(of)} {way} from {from_} to {to} ({figures.span(of, one.sequential)})"
    return f"{said} with {quoted(one.variation)}." if len(measured.comparisons) > 1 else f"{said}."


def _at_most(measured: Measured, one: Comparison) -> str:
    return (
        f"If {quoted(one.variation)} changes “{figures.name(measured.metric).lower()}” at all, "
        f"then by {figures.span(measured.metric, one.sequential)}."
    )


def apart(one: Comparison) -> bool:
    """Whether its interval, uncorrected for how many are compared, is clear of nought."""
    return one.sequential.low > 0 or one.sequential.high < 0


def _so_far(measured: Measured, one: Comparison) -> str:
    if apart(one):
        moved = _moved(measured, one).removesuffix(".")
        return f"{moved}: not certain yet, since several are compared."
    return f"{_at_most(measured, one)} It may still go either way."


def _so_few(measured: Measured) -> str:
    """How many it takes who did what is counted, and how many visitors that may be."""
    counts = [f"{figures.count(arm.active)} in {quoted(arm.variation)}" for arm in measured.arms]
    wanted = f"{FEWEST} visitors in each variation who {figures.deed(measured.metric)}"
    said = f"A verdict takes {wanted}; so far there are {', '.join(counts)}."
    total, slow = sum(arm.visitors for arm in measured.arms), min(arm.active for arm in measured.arms)
    if not 0 < slow < FEWEST:
        return said
    return f"{said} At this rate that is about {figures.rough((FEWEST - slow) * total / slow)} visitors more."


def spread(found: Report) -> str:
    """How the visitors are spread, and how they were to be."""
    own = found.quality
    total = sum(own.visitors.values()) or 1
    parts = [
        f"{quoted(name)} has {figures.count(n)} visitors ({figures.percent(n / total)} instead of "
        f"{figures.percent(own.expected.get(name, 0.0) / total)})"
        for name, n in own.visitors.items()
    ]
    return ", ".join(parts) + "."


def guarded_text(found: Report, variation: str) -> str:
    """The values of broken guardrails, of control and of a variation."""
    parts = []
    for each in found.guards:
        if variation in each.breached:
            means = {arm.variation: arm.mean for arm in each.arms}
            own, control = figures.value(each.metric, means[variation]), figures.value(each.metric, each.arms[0].mean)
            parts.append(f"{own} instead of {control}")
    return ", ".join(dict.fromkeys(parts))


def _pace(account: Account, found: Report) -> Iterator[str]:
    """When the planned visitors will have come."""
    own, missing = account.experiment.definition, account.experiment.definition.planned_visitors - account.visitors
    if account.days < FEW_DAYS or found.first is None:
        return
    if missing <= 0:
        yield f"All planned visitors have come; it was planned to run until {figures.day(_end(account))}."
        return
    until = account.at + missing / (account.visitors / account.days) * DAY
    late = until > _end(account) + DAY
    if until - account.at > 3_650 * DAY:
        yield "At this pace that takes years: let more shoppers take part, or plan for fewer."
        return
    yield f"At this pace the rest comes until {figures.day(until)}" + (
        f", later than its planned end, {own.ends.day} {own.ends:%b %Y}." if late else "."
    )


def _end(account: Account) -> float:
    ends = account.report.design.ends if account.report else None
    return (ends or account.at) - DAY


def _faster(account: Account) -> tuple[Step, ...]:
    coverage = account.known.draw.coverage
    if coverage >= FASTEST:
        return (Step(text="Nothing needs to be done."),)
    more = min(FASTEST, 0.5 if coverage < 0.5 else 1.0)
    return (
        Step(
            text=f"Nothing needs to be done. {coverage:.0%} of its audience take part; more make it faster:",
            command=_command(account, "ramp", f"{more:.0%}"),
        ),
    )


def _listed(names: list[str]) -> str:
    return " and ".join(map(quoted, names))
