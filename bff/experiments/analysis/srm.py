"""Sample ratio mismatch: whether the variations have as many visitors as their weights give them. Where not, something lost
visitors of one variation more than of another, and no other figure of the experiment may be believed (Fabijan and others,
KDD 2019)."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = 0.001
"""Below this nothing is decided: by chance it is undercut once in a thousand looks."""


def mismatch(visitors: Sequence[int], weights: Sequence[float]) -> float:
    """The chance of numbers as far from the weights' as these, if nothing was lost (chi-squared)."""
    total, all_ = sum(visitors), sum(weights)
    used = [(n, total * weight / all_) for n, weight in zip(visitors, weights, strict=True) if weight > 0]
    if not total or len(used) < 2:
        return 1.0
    return tail(sum((n - expected) ** 2 / expected for n, expected in used), len(used) - 1)


def tail(x: float, dof: int) -> float:
    """The chance that a chi-squared with `dof` degrees of freedom is at least `x`: closed forms for one and two, and from
    each to the one two above."""
    half = x / 2
    found, reached = (math.erfc(math.sqrt(half)), 1) if dof % 2 else (math.exp(-half), 2)
    while reached < dof:
        if half > 0:
            found += math.exp(reached / 2 * math.log(half) - half - math.lgamma(reached / 2 + 1))
        reached += 2
    return min(found, 1.0)
