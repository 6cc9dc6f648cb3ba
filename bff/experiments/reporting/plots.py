"""Where things stand in a plot: positions in per cent, so that a plot is as wide as the page lets it be and its text is
not scaled. Nothing here knows HTML."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import Metric
from bff.experiments.analysis.report import Day

from . import figures

FEW_TICKS = 4
MARGIN = 0.06
WIDEST = 3.0
"""A curve's scale holds so many times its last interval; what was wider in the first days is cut off."""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: per cent of the way."""

    at: str
    label: str
    zero: bool = False


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """An interval and the point in it."""

    low: str
    width: str
    high: str
    point: str


class Scale:
    """From values to the way between two ends."""

    def __init__(self, values: Iterable[float]) -> None:
        known = [0.0, *(value for value in values if math.isfinite(value))]
        low, high = min(known), max(known)
        if high - low <= 0:
            low, high = -1.0, 1.0
        margin = (high - low) * MARGIN
        self.low, self.high = low - margin * (low < 0), high + margin * (high > 0)
        if low == 0.0:
            self.low = -margin * 2
        if high == 0.0:
            self.high = margin * 2

    def way(self, value: float) -> float:
        return 100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def at(self, value: float) -> str:
        return f"{self.way(value):.2f}%"

    def anchor(self, value: float) -> str:
        """How a text at a value is put, so that it stays within."""
        way = self.way(value)
        return "start" if way < 15 else "end" if way > 85 else "middle"

    def bar(self, point: float, found: Interval) -> Bar | None:
        """None where nothing is known yet."""
        if not math.isfinite(found.low) or not math.isfinite(point):
            return None
        low, high = self.way(found.low), self.way(found.high)
        return Bar(low=f"{low:.2f}%", width=f"{max(high - low, 0.2):.2f}%", high=f"{high:.2f}%", point=self.at(point))

    def values(self) -> list[float]:
        """Round values on the scale, nought among them."""
        rough = (self.high - self.low) / FEW_TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [n * step for n in range(first, last + 1)]

    def ticks(self, of: Metric) -> tuple[Tick, ...]:
        """With labels that leave room at both ends."""
        return tuple(
            Tick(at=self.at(value), label=_label(of, value), zero=value == 0)
            for value in self.values()
            if value == 0 or 4 <= self.way(value) <= 96
        )


def _label(of: Metric, value: float) -> str:
    if value == 0:
        return "0"
    if of.of == "share" or of.name == "render_error":
        return figures.signed(100 * value, ".4g")
    if of.currency:
        return figures.change(of, value)
    return figures.signed(value, ".4g")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The last point of a curve."""

    x: str
    y: str


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A difference day by day: `band` and `line` are points of a square of 100 by 100, to be stretched."""

    band: str
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    last: Mark


def curve(of: Metric, days: Sequence[Day], variation: str) -> Curve | None:
    """None where there are less than two days to tell of."""
    known = [
        (each.day, *each.differences[variation])
        for each in days
        if variation in each.differences and math.isfinite(each.differences[variation][1].low)
    ]
    if len(known) < 2:
        return None
    end = known[-1][2]
    room = (end.high - end.low) * WIDEST / 2 or 1.0
    middle = known[-1][1]
    bounds = [min(max(value, middle - room), middle + room) for _, _, one in known for value in (one.low, one.high)]
    scale = Scale(bounds)
    first, span = known[0][0], known[-1][0] - known[0][0]

    def x(day: int) -> float:
        return 100 * (day - first) / span

    above = [f"{x(day):.2f},{_down(scale, one.high)}" for day, _, one in known]
    below = [f"{x(day):.2f},{_down(scale, one.low)}" for day, _, one in reversed(known)]
    return Curve(
        band=" ".join(above + below),
        line=" ".join(f"{x(day):.2f},{_down(scale, point)}" for day, point, _ in known),
        across=tuple(_dates(first, span)),
        up=tuple(
            Tick(at=f"{100 - scale.way(value):.2f}%", label=_label(of, value), zero=value == 0)
            for value in scale.values()
        ),
        last=Mark(x="100%", y=f"{_down(scale, middle)}%"),
    )


def _down(scale: Scale, value: float) -> str:
    return f"{100 - scale.way(value):.2f}"


def _dates(first: int, span: int) -> Iterator[Tick]:
    for share in (0.0, 0.5, 1.0) if span > 3 else (0.0, 1.0):
        day = first + round(span * share)
        yield Tick(at=f"{100 * (day - first) / span:.2f}%", label=date(day))


def date(day: int) -> str:
    """Of days since 1970."""
    found = datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + day)
    return f"{found.day} {found:%b}"


def written(day: int) -> str:
    """Days since 1970 as ISO 8601."""
    return datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + day).isoformat()
