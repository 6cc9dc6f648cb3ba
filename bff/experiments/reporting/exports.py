"""A report for other programs: JSON with everything, CSV with a line for each variation of each metric."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import Metric
from bff.experiments.analysis.report import Arm, Comparison, Report

from . import plots
from .account import Account
from .quality import checks, observable
from .words import verdict

COLUMNS = (
    "experiment", "phase", "section", "part", "metric", "currency", "variation", "visitors", "active", "total", "mean",
    "difference", "low", "high", "p", "relative", "relative_low", "relative_high", "state",
)  # fmt: skip
Row = dict[str, object]


def as_json(account: Account) -> bytes:
    """Numbers that are not known are null; times are Unix seconds."""
    known, own = account.known, account.experiment.definition
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "experiment": account.name,
                "phase": known.phase,
                "status": account.status,
                "coverage": known.draw.coverage,
                "hypothesis": own.hypothesis,
                "owner": own.owner,
                "verdict": verdict(account),
                "checks": checks(account),
                "problem": account.problem or None,
                "changes": [change for change in known.changes if change.phase == known.phase],
                "report": account.report,
                "at": account.at,
            }
        ),
        indent=2,
    )


def as_csv(account: Account) -> bytes:
    """RFC 4180, UTF-8. Only the heading where nothing could be read."""
    common: Row = {"experiment": account.name, "phase": account.known.phase}
    rows = _rows(account.report) if account.report else ()
    return "".join(lines(COLUMNS, ({**common, **row} for row in rows))).encode()


def lines(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """CSV, line by line. What a spreadsheet would take for a formula is made text of."""
    names = list(columns)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    yield _taken(out)
    for each in rows:
        writer.writerow([_cell(each.get(name)) for name in names])
        yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cell(found: object) -> object:
    if found is None or (isinstance(found, float) and not math.isfinite(found)):
        return ""
    if isinstance(found, str) and found[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{found}"
    return found


def _rows(found: Report) -> Iterator[Row]:
    for section, group in (("primary", found.primary), ("secondary", found.secondary)):
        for each in group:
            compared = {one.variation: one for one in each.comparisons}
            for arm in each.arms:
                if not observable(found, each.metric):
                    unknown: Row = {"active": None, "total": None, "mean": None, "state": "not observable"}
                    yield _row(section, each.metric, arm) | unknown
                    continue
                yield _row(section, each.metric, arm) | _compared(compared.get(arm.variation))
    for guard in found.guards:
        for arm in guard.arms:
            broken = "broken" if arm.variation in guard.breached else "kept"
            row = _row("guardrail", guard.metric, arm)
            yield row | ({"state": broken} if arm.variation != found.design.control else {})
    of = found.primary[0].metric
    for day in found.days:
        for arm in day.arms:
            yield _row("day", of, arm, part=plots.written(day.day)) | _differing(day.differences, arm)
    for segment in found.segments:
        for arm in segment.arms:
            yield _row("segment", of, arm, part=f"{segment.by} {segment.name}") | _differing(segment.differences, arm)


def _row(section: str, of: Metric, arm: Arm, part: str = "") -> Row:
    return {
        "section": section,
        "part": part,
        "metric": of.name,
        "currency": of.currency,
        "variation": arm.variation,
        "visitors": arm.visitors,
        "active": arm.active,
        "total": arm.total,
        "mean": arm.mean,
    }


def _compared(one: Comparison | None) -> Row:
    if one is None:
        return {}
    return {
        "difference": one.difference,
        "low": one.sequential.low,
        "high": one.sequential.high,
        "p": one.p,
        "relative": one.share,
        "relative_low": one.share_sequential.low,
        "relative_high": one.share_sequential.high,
        "state": one.state,
    }


def _differing(differences: Mapping[str, tuple[float, Interval]], arm: Arm) -> Row:
    if arm.variation not in differences:
        return {}
    difference, found = differences[arm.variation]
    return {"difference": difference, "low": found.low, "high": found.high}
