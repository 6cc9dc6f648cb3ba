"""Which variation a visitor sees: pure, deterministic, the same in every process and for ever.

GrowthBook's hash, version 2 (its SDK specification; its own cases are among our tests). Version 1 and its `namespace` are
refused: both make experiments depend on each other. Who takes part is decided in this order: the holdout, the exclusion
group, the coverage; each draws with a seed of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from .definition import CONTROL, Exclusion

HOLDOUT = "holdout"
GROUP = "group:"
"""The seeds of what is no experiment; no experiment's name has a colon, so none draws alike."""
MILLE = 10_000
Range = tuple[float, float]


def fnv1a32(text: str) -> int:
    """FNV-1a of the text's UTF-8, 32 bits (RFC 9923)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def bucket(seed: str, id: str, version: int = 2) -> float:
    """A number from 0 up to 1, in steps of a ten-thousandth. Raises `ValueError` for any version but 2."""
    if version != 2:
        raise ValueError(f"hash version {version} is not drawn with: it makes experiments depend on each other")
    return (fnv1a32(str(fnv1a32(seed + id))) % MILLE) / MILLE


def equal_weights(count: int) -> tuple[float, ...]:
    return (1 / count,) * count if count > 0 else ()


def bucket_ranges(count: int, coverage: float = 1.0, weights: Sequence[float] | None = None) -> tuple[Range, ...]:
    """A range for each variation. Where one begins does not depend on the coverage: raising that takes nobody from one
    variation to another. Weights that do not make 1, or are not `count`, are taken to be equal."""
    coverage = min(max(coverage, 0.0), 1.0)
    own = tuple(weights or ())
    if len(own) != count or not 0.99 <= sum(own) <= 1.01:
        own = equal_weights(count)
    ranges: list[Range] = []
    begin = 0.0
    for weight in own:
        ranges.append((begin, begin + coverage * weight))
        begin += weight
    return tuple(ranges)


def chosen(n: float, ranges: Sequence[Range]) -> int | None:
    """The first range that holds `n`: its begin is in it, its end is not."""
    return next((index for index, (begin, end) in enumerate(ranges) if begin <= n < end), None)


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """What an experiment draws with: frozen for a phase, but for the coverage, which only grows. `variations` and `weights`
    in the order of their ranges."""

    experiment: str
    phase: int
    variations: tuple[str, ...]
    weights: tuple[float, ...]
    coverage: float
    exclusion: Exclusion | None = None

    @property
    def seed(self) -> str:
        return f"{self.experiment}:{self.phase}"

    def grown(self, coverage: float) -> Draw:
        """With a larger coverage. Raises `ValueError` for a smaller one: visitors would leave who have seen a variation."""
        if coverage < self.coverage:
            raise ValueError(f"coverage only grows within a phase: {coverage:g} is less than {self.coverage:g}")
        return msgspec.structs.replace(self, coverage=min(coverage, 1.0))


class Assigner(Protocol):
    """Where assignments come from. Called in the event loop: it asks nobody over a network."""

    def assign(self, draw: Draw, visitor: str, attributes: Mapping[str, str]) -> str | None:
        """The visitor's variation; None for one who takes no part. `attributes` are the audience's: market, locale,
        device, signed_in, backend."""
        ...


class Own:
    """Portico's own assigner. `holdout` is the part of all visitors that no experiment sees."""

    def __init__(self, holdout: float = 0.0) -> None:
        self.holdout = holdout

    def assign(self, draw: Draw, visitor: str, attributes: Mapping[str, str] = {}) -> str | None:
        if self.holdout and bucket(HOLDOUT, visitor) < self.holdout:
            return None
        part = draw.exclusion
        if part is not None and not part.from_ <= bucket(GROUP + part.group, visitor) < part.to:
            return None
        ranges = bucket_ranges(len(draw.variations), draw.coverage, draw.weights)
        index = chosen(bucket(draw.seed, visitor), ranges)
        return None if index is None else draw.variations[index]


def is_control(variation: str | None) -> bool:
    return variation is None or variation == CONTROL
