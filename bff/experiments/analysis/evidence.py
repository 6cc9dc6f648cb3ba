"""From the event log's file to sums: who was first exposed when, and what they did from then on.

A visitor counts once, in the variation they saw; whoever saw two is left out and counted. What they did before their first
exposure counts for CUPED only, what they did later than `window` days after it not at all. Both tables lie in the order of
visitors, so one pass through each is all it takes.
"""

# Statements are put together from this module's own words and from numbers.
# ruff: noqa: S608

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bff.events.event import ORDER_UNSEEN, PURCHASE

from .metrics import WINSOR, Metric, Rates
from .statistic import Sums

DAY_MS = 86_400_000
PRIOR_DAYS = 28
CURRENCY = re.compile("[A-Z]{3}")
EARLY_MS = 3_600_000
"""What was recorded so much later than now has a wrong clock."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be added up. `window`: days after the first exposure in which conversions count. `until`: Unix seconds."""

    experiment: str
    phase: int
    until: float
    metrics: Sequence[Metric]
    window: int = 14
    rates: Rates | None = None


class Cell(msgspec.Struct, frozen=True, order=True):
    """The visitors of one variation first exposed on a day (days since 1970, UTC) in a market at a backend."""

    variation: str
    day: int
    market: str
    backend: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`metrics` are those asked for, revenue by currency; `sums` holds for the key of each what its cells add up to.
    `multiple` visitors saw more than one variation. `early` exposures are of a time that has not come. `orders` counts
    them by currency, `unrated` those in one without a rate. `unseen` visitors were led to a checkout that tells of no
    orders. `caps`: above how much a visitor's money is counted as so much."""

    metrics: tuple[Metric, ...]

    visitors: Mapping[Cell, int]
    fallbacks: Mapping[Cell, int]
    sums: Mapping[str, Mapping[Cell, Sums]]
    multiple: int
    early: int
    orders: Mapping[str, int]
    unseen: int
    unrated: int
    caps: Mapping[str, float]
    losses: Mapping[str, int]
    first: float | None
    last: float | None


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read only; writers go on beside it. Raises `sqlite3.Error`."""
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA cache_size = -64000")
        db.execute("BEGIN")  # all that follows sees one state of the file
        yield db
    finally:
        db.close()


def gather(db: sqlite3.Connection, asked: Asked) -> Evidence:
    """What the file holds of an experiment's phase. Raises `sqlite3.Error`."""
    return _Search(db, asked).evidence()


CONDITION = "e.experiment = :experiment AND e.phase = :phase AND e.at <= :until AND e.visitor NOT IN several"
AFTER = "c.at >= e.at AND c.at < e.at + :window AND c.at <= :until"
BEFORE = "c.at < e.at AND c.at >= e.at - :prior"


class _Search:
    """One look into the file. Names stand in it as numbers; a cell is packed into one, since sorting by one number is
    a third of the work."""

    def __init__(self, db: sqlite3.Connection, asked: Asked) -> None:
        self.db, self.rates = db, asked.rates
        self.words: dict[str, int] = {word: id for id, word in db.execute("SELECT id, word FROM words")}
        self.names = {id: word for word, id in self.words.items()}
        self.width = max(self.names, default=0) + 1
        self.cell = (
            f"((e.at / {DAY_MS} * {self.width} + e.variation) * {self.width} + e.market) * {self.width} + e.backend"
        )
        self.of = {
            "experiment": self.number(asked.experiment),
            "phase": asked.phase,
            "until": round(asked.until * 1_000),
            "late": round(asked.until * 1_000) + EARLY_MS,
            "window": asked.window * DAY_MS,
            "prior": PRIOR_DAYS * DAY_MS,
        }
        # Any of three capitals may be a currency; those that nobody paid in are left out again.
        codes = [asked.rates.currency] if asked.rates else sorted(filter(CURRENCY.fullmatch, self.words))
        self.metrics: list[Metric] = []
        for metric in asked.metrics:
            own = codes if metric.is_money else []
            self.metrics += [msgspec.structs.replace(metric, currency=code) for code in own] or [metric]

    def number(self, word: str | None) -> int:
        return self.words.get(word or "", -1)

    def all(self, sql: str, **more: int) -> list[Any]:
        return self.db.execute(sql, {**self.of, **more}).fetchall()

    def one(self, sql: str) -> Any:
        return self.all(sql)[0][0]

    def unpacked(self, cell: int) -> Cell:
        rest, backend = divmod(cell, self.width)
        rest, market = divmod(rest, self.width)
        day, variation = divmod(rest, self.width)
        return Cell(self.names[variation], day, self.names[market], self.names[backend])

    def evidence(self) -> Evidence:
        phase = "experiment = :experiment AND phase = :phase"
        self.db.execute("CREATE TEMP TABLE several (visitor BLOB PRIMARY KEY) WITHOUT ROWID")
        group = f"SELECT visitor FROM exposures WHERE {phase} AND at <= :until GROUP BY visitor HAVING count(*) > 1"
        self.all(f"INSERT INTO several {group}")
        visitors = self.visitors("")
        sums, caps, orders, unrated = self.conversions()
        for metric in self.metrics:
            if metric.of == "reading":
                sums[metric.key] = self.readings(metric)
        metrics = [metric for metric in self.metrics if not metric.is_money or metric.currency in orders]
        none = {metric.name for metric in self.metrics} - {metric.name for metric in metrics}
        for name in none:  # nobody has paid in anything yet
            metrics.append(next(metric for metric in self.metrics if metric.name == name))
        times = self.all(f"SELECT min(e.at), max(e.at) FROM exposures e WHERE {CONDITION}")[0]
        return Evidence(
            metrics=tuple(metrics),
            visitors=visitors,
            fallbacks=self.visitors("AND e.fallback = 1"),
            sums={metric.key: _whole(visitors, sums[metric.key]) for metric in metrics},
            multiple=self.one("SELECT count(*) FROM several"),
            early=self.one(f"SELECT count(*) FROM exposures WHERE {phase} AND at > :late"),
            orders=orders,
            unseen=self.unseen(),
            unrated=unrated,
            caps={metric.key: caps[metric.key] for metric in metrics if metric.key in caps},
            losses=dict(self.all("SELECT loss, sum(n) FROM losses GROUP BY loss")),
            first=None if times[0] is None else times[0] / 1_000,
            last=None if times[1] is None else times[1] / 1_000,
        )

    def visitors(self, more: str) -> dict[Cell, int]:
        # Counted here: SQLite would sort all rows first.
        found = Counter(self.db.execute(f"SELECT {self.cell} FROM exposures e WHERE {CONDITION} {more}", self.of))
        return {self.unpacked(cell): n for (cell,), n in found.items()}

    def conversions(self) -> tuple[dict[str, dict[Cell, Sums]], dict[str, float], dict[str, int], int]:
        """First a row for every visitor who did anything, then what those add up to: sums and caps by metric, orders by
        currency, orders without a rate."""
        metrics = [metric for metric in self.metrics if metric.of != "reading"]
        kinds = sorted({self.number(metric.kind) for metric in metrics})
        columns = [column for i, metric in enumerate(metrics) for column in self.columns(i, metric)]
        columns += [*self.ordered(), "0 AS none"]
        # CROSS JOIN says which comes first: the visitors, in order, and beside each what they did.
        self.all(
            f"CREATE TEMP TABLE outcomes AS SELECT {self.cell} AS cell, {', '.join(columns)} "
            "FROM exposures e CROSS JOIN conversions c ON c.visitor = e.visitor "
            f"AND c.kind IN ({', '.join(map(str, kinds))}) WHERE {CONDITION} GROUP BY e.visitor"
        )
        caps = {metric.key: self.cap(i) for i, metric in enumerate(metrics) if metric.of == "value"}
        wanted = [_sums(i, metric, caps.get(metric.key)) for i, metric in enumerate(metrics)]
        asked = [column for own in wanted for column in own.values()]
        found: dict[str, dict[Cell, Sums]] = {metric.key: {} for metric in metrics}
        for row in self.all(f"SELECT cell, {', '.join(asked) or '0'} FROM outcomes GROUP BY cell"):
            cell, values = self.unpacked(row[0]), iter(row[1:])
            for metric, own in zip(metrics, wanted, strict=True):
                found[metric.key][cell] = Sums(**{name: next(values) for name in own})
        codes = [word for word in self.words if CURRENCY.fullmatch(word)]
        totals = ", ".join(f"total(o{self.words[code]})" for code in codes) or "total(0)"
        counts = self.all(f"SELECT {totals} FROM outcomes")[0]
        orders = {code: int(n) for code, n in zip(codes, counts, strict=False) if n}
        unrated = sum(n for code, n in orders.items() if self.rates and self.rates.of(code) is None)
        return found, caps, orders, unrated

    def columns(self, i: int, metric: Metric) -> list[str]:
        """y, d and x of one visitor."""
        kind = f"c.kind = {self.number(metric.kind)}"
        if metric.is_money and not self.rates:
            kind += f" AND c.currency = {self.number(metric.currency)}"
        if metric.of == "share":
            return [f"max({kind} AND {AFTER}) AS y{i}", f"max({kind} AND {BEFORE}) AS x{i}"]
        one = self.worth() if metric.is_money else "1.0"
        y = f"total(CASE WHEN {kind} AND {AFTER} THEN {one} END) AS y{i}"
        if metric.of == "ratio":
            return [y, f"count(CASE WHEN {kind} AND {AFTER} THEN 1 END) AS d{i}"]
        return [y, f"total(CASE WHEN {kind} AND {BEFORE} THEN {one} END) AS x{i}"]

    def ordered(self) -> list[str]:
        """How many orders of one visitor were paid in each currency."""
        kind = f"c.kind = {self.number(PURCHASE)} AND {AFTER}"
        codes = [id for word, id in self.words.items() if CURRENCY.fullmatch(word)]
        return [f"count(CASE WHEN c.currency = {id} AND {kind} THEN 1 END) AS o{id}" for id in codes]

    def worth(self) -> str:
        """What an order is worth: as it was paid, or in the one currency; nothing in one that has no rate."""
        if self.rates is None:
            return "c.value"
        known = {id: rate for word, id in self.words.items() if (rate := self.rates.of(word)) is not None}
        cases = " ".join(f"WHEN {id} THEN c.value * {float(rate)!r}" for id, rate in known.items())
        return f"CASE c.currency {cases} ELSE 0.0 END" if cases else "0.0"

    def cap(self, i: int) -> float:
        """The value that only one in a thousand of those who spent anything is above."""
        count = self.one(f"SELECT count(*) FROM outcomes WHERE y{i} > 0")
        spent = f"SELECT y{i} FROM outcomes WHERE y{i} > 0 ORDER BY 1 DESC LIMIT 1 OFFSET {int(count * (1 - WINSOR))}"
        found = self.all(spent)
        return float(found[0][0]) if found else 0.0

    def readings(self, metric: Metric) -> dict[Cell, Sums]:
        sums = "count(nullif(r.total, 0)), total(r.total), total(r.total * r.total), total(r.n), total(r.n * r.n)"
        rows = self.all(
            f"SELECT {self.cell}, {sums}, total(r.total * r.n) FROM exposures e CROSS JOIN readings r "
            "ON r.experiment = :experiment AND r.phase = :phase AND r.kind = :kind AND r.visitor = e.visitor "
            f"AND r.variation = e.variation WHERE {CONDITION} GROUP BY 1",
            kind=self.number(metric.kind),
        )
        names = ("active", "y", "yy", "d", "dd", "yd")
        return {self.unpacked(row[0]): Sums(**dict(zip(names, row[1:], strict=True))) for row in rows}

    def unseen(self) -> int:
        if ORDER_UNSEEN not in self.words:
            return 0
        found: int = self.one(
            "SELECT count(DISTINCT e.visitor) FROM exposures e CROSS JOIN conversions c ON c.visitor = e.visitor "
            f"AND c.kind = {self.number(ORDER_UNSEEN)} WHERE {CONDITION} AND {AFTER}"
        )
        return found


def _sums(i: int, metric: Metric, cap: float | None) -> dict[str, str]:
    """What is asked of a metric's columns. Money above the cap counts as the cap, before and after."""
    y, x = (f"min({name}{i}, {cap!r})" if cap is not None else f"{name}{i}" for name in "yx")
    found = {"active": f"count(nullif(y{i}, 0))", "y": f"total({y})", "yy": f"total({y} * {y})"}
    if metric.of == "ratio":
        return found | {"d": f"total(d{i})", "dd": f"total(d{i} * d{i})", "yd": f"total({y} * d{i})"}
    return found | {"x": f"total({x})", "xx": f"total({x} * {x})", "xy": f"total({x} * {y})"}


def _whole(visitors: Mapping[Cell, int], found: Mapping[Cell, Sums]) -> dict[Cell, Sums]:
    """With the visitors who did nothing."""
    return {cell: msgspec.structs.replace(found.get(cell, Sums()), n=n) for cell, n in visitors.items()}
