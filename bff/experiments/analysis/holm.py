"""Holm's correction: who asks ten questions of chance is told yes to one of them two times in five; corrected, one time in
twenty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def adjusted(ps: Mapping[K, float]) -> dict[K, float]:
    """Each p as it counts among the others (Holm 1979): below alpha, what it is about is shown."""
    ranked = sorted(ps, key=lambda key: ps[key])
    found: dict[K, float] = {}
    reached = 0.0
    for rank, key in enumerate(ranked):
        reached = max(reached, min(1.0, ps[key] * (len(ranked) - rank)))
        found[key] = reached
    return found
