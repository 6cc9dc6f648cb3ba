"""A query's filters, which anybody may have written, as bitmaps of a segment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .index import SCALE, Index
from .segment import Segment

_LONGEST = 100
_MOST = 20
_RANGE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?)?\.\.([0-9]{1,12}(?:\.[0-9]{1,4})?)?", re.ASCII)


@dataclass(slots=True)
class Filters:
    """What was chosen: value numbers and a bitmap for each facet. `ignored` names what was not understood: a facet by its
    id, one of its values as `facet=value`."""

    masks: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, set[int]] = field(default_factory=dict)
    low: Decimal | None = None
    high: Decimal | None = None
    ignored: list[str] = field(default_factory=list)

    def base(self, everything: int, without: str | None = None) -> int:
        """`everything` narrowed by every facet but `without`."""
        for facet, mask in self.masks.items():
            if facet != without:
                everything &= mask
        return everything

    def ignore(self, what: str) -> None:
        if len(self.ignored) < _MOST:
            self.ignored.append(what[:_LONGEST])


def read_filters(index: Index, segment: Segment, asked: Mapping[str, tuple[str, ...]]) -> Filters:
    """The filters this segment offers; all others are ignored."""
    filters = Filters()
    for facet, values in asked.items():
        shape = index.shapes.get(facet)
        if shape is None:
            filters.ignore(facet)
        elif shape.kind == "range":
            _read_range(filters, segment, facet, values)
        else:
            known = {value.value: value.number for value in shape.values if value.number in segment.bits}
            numbers = set()
            for value in dict.fromkeys(values):
                if value in known:
                    numbers.add(known[value])
                else:
                    filters.ignore(f"{facet}={value}")
            if numbers:
                filters.chosen[facet] = numbers
                mask = 0
                for number in numbers:
                    mask |= segment.bits[number]
                filters.masks[facet] = mask
    return filters


def _read_range(filters: Filters, segment: Segment, facet: str, values: tuple[str, ...]) -> None:
    for value in values:
        match = _RANGE.fullmatch(value) if len(value) < _LONGEST else None
        if match is None or facet in filters.masks or not any(match.groups()):
            filters.ignore(f"{facet}={value}")
            continue
        low, high = (Decimal(end) if end else None for end in match.groups())
        if low is not None and high is not None and low > high:
            low, high = high, low
        filters.low, filters.high = low, high
        filters.masks[facet] = segment.ladder.between(
            None if low is None else int(low * SCALE), None if high is None else int(high * SCALE)
        )
