"""The report in a terminal: the verdict first, then the figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from bff.experiments.analysis.report import Comparison, Guarded, Measured, Report

from . import figures
from .account import Account
from .quality import believable, checks, observable
from .words import apart, verdict

UNBELIEVED = "not to be believed"
STATES = {"better": "better", "worse": "worse", "none": "no difference shown", "thin": "too few to tell"}


def standing(found: Report, one: Comparison) -> str:
    """How a comparison came out, in a few words."""
    if not believable(found):
        return UNBELIEVED
    if one.state == "none" and apart(one):
        return "not certain: several are compared"
    return STATES[one.state]


def guarding(each: Guarded, variation: str) -> str:
    """Whether a variation keeps within a guardrail, in a few words."""
    if variation in each.breached:
        return "broken"
    if not math.isfinite(each.excess[variation].low):
        return "too few visitors to tell"
    return "kept" if each.excess[variation].high <= 0 else "not broken"


def text(account: Account, typed: Callable[[str], str] = str) -> str:
    """Plain text, a line feed at its end. `typed` writes a command as it is typed here."""
    return "\n".join(_lines(account, typed)) + "\n"


def _lines(account: Account, typed: Callable[[str], str]) -> Iterator[str]:
    said, own = verdict(account), account.experiment.definition
    yield said.headline
    yield from (f"  {line}" for line in said.because)
    for step in said.steps:
        yield f"  → {step.text}"
        if step.command:
            yield f"      {typed(step.command)}"
    yield ""
    part = f", {account.known.draw.coverage:.0%} of its audience" if account.status == "running" else ""
    yield f"{account.name}, phase {account.known.phase}: {account.status}{part}"
    yield f"  {own.hypothesis} ({own.owner})"
    yield from (f"  {each}" for each in account.differences)
    if account.report is not None:
        yield from _figures(account.report)
    yield ""
    yield "Can the figures be believed?"
    yield from (f"  {one.word:5} {one.title}: {one.text}" for one in checks(account))
    changes = [each for each in account.known.changes if each.phase == account.known.phase]
    if changes:
        yield ""
        yield "What was done"
        yield from (
            f"  {figures.moment(each.at)}  {each.what}" + (f" (by {each.who})" if each.who else "") for each in changes
        )


def _figures(found: Report) -> Iterator[str]:
    for title, group in (("What decides", found.primary), ("Beside it", found.secondary)):
        if group:
            yield ""
            yield title
            for each in group:
                yield from _measured(found, each)
    if found.guards:
        yield ""
        yield "Guardrails"
        yield from _table([row for each in found.guards for row in _guarded(each)])


def _measured(found: Report, each: Measured) -> Iterator[str]:
    if not observable(found, each.metric):
        yield f"  {figures.name(each.metric)}: orders not observable"
        return
    yield f"  {figures.name(each.metric)}"
    compared = {one.variation: one for one in each.comparisons}
    rows: list[Sequence[str]] = []
    for arm in each.arms:
        row = [arm.variation, f"{figures.count(arm.visitors)} visitors", figures.value(each.metric, arm.mean)]
        if one := compared.get(arm.variation):
            row += [
                figures.change(each.metric, one.difference),
                figures.span(each.metric, one.sequential),
                figures.relative(one.share),
                standing(found, one),
            ]
        rows.append(row)
    yield from _table(rows)


def _guarded(each: Guarded) -> Iterator[Sequence[str]]:
    for arm in each.arms:
        if arm.variation in each.excess:
            own, control = figures.value(each.metric, arm.mean), figures.value(each.metric, each.arms[0].mean)
            kept = guarding(each, arm.variation)
            shown = kept.upper() if kept == "broken" else kept
            yield (figures.name(each.metric), arm.variation, own, f"control {control}", shown)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [
        max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(max(map(len, rows), default=0))
    ]
    for row in rows:
        yield "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
