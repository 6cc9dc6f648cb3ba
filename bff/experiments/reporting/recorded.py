"""The events of one phase of an experiment, one by one, for another program: exposures, what those visitors did, and what
guardrails read. Visitors and orders by the hashes they are kept with, which cannot be turned back."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bff.experiments.analysis.evidence import reading

COLUMNS = (
    "kind", "at", "visitor", "market", "backend", "generation", "variation", "fallback", "order", "value", "currency",
    "count",
)  # fmt: skip

EXPOSURES = """SELECT 'exposure' AS kind, e.at, hex(e.visitor) AS visitor, m.word AS market, b.word AS backend, e.generation,
v.word AS variation, e.fallback FROM exposures e
JOIN words m ON m.id = e.market JOIN words b ON b.id = e.backend JOIN words v ON v.id = e.variation
WHERE e.experiment = ? AND e.phase = ?"""
CONVERSIONS = """SELECT k.word AS kind, c.at, hex(c.visitor) AS visitor, m.word AS market, b.word AS backend, c.generation,
hex(c.placed) AS "order", c.value, cc.word AS currency
FROM (SELECT DISTINCT visitor FROM exposures WHERE experiment = ? AND phase = ?) e
CROSS JOIN conversions c ON c.visitor = e.visitor JOIN words k ON k.id = c.kind JOIN words m ON m.id = c.market
JOIN words b ON b.id = c.backend LEFT JOIN words cc ON cc.id = c.currency"""
READINGS = """SELECT k.word AS kind, r.at, hex(r.visitor) AS visitor, v.word AS variation, r.total AS value, r.n AS count
FROM readings r JOIN words k ON k.id = r.kind JOIN words v ON v.id = r.variation
WHERE r.experiment = ? AND r.phase = ?"""


def recorded(file: Path, experiment: str, phase: int) -> Iterator[dict[str, object]]:
    """Rows with some of `COLUMNS`; `at` in ISO 8601, UTC. Readings are sums over `count` pages. Raises `sqlite3.Error`."""
    if not file.exists():
        return
    with reading(file) as db:
        db.row_factory = sqlite3.Row
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'exposures'").fetchone():
            return
        found = db.execute("SELECT id FROM words WHERE word = ?", (experiment,)).fetchone()
        for sql in (EXPOSURES, CONVERSIONS, READINGS) if found else ():
            for row in db.execute(sql, (found["id"], phase)):
                yield _row(row)


def _row(row: sqlite3.Row) -> dict[str, object]:
    found = {name: row[name] for name in row.keys() if row[name] not in (None, "")}  # noqa: SIM118 - a Row iterates values
    found["at"] = datetime.datetime.fromtimestamp(row["at"] / 1_000, datetime.UTC).isoformat(timespec="milliseconds")
    found["visitor"] = str(row["visitor"]).lower()
    if "order" in found:
        found["order"] = str(found["order"]).lower()
    if "fallback" in found:
        found["fallback"] = bool(found["fallback"])
    return found
