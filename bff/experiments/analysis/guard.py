"""Guardrails: whether a variation does more harm than may be. Looked at every minute, so the test is sequential, and strict:
it stops something."""

from __future__ import annotations

import math

import msgspec

from . import sequential
from .interval import Interval
from .statistic import Statistic

ALPHA = 0.001
TUNING = 1_000.0
"""Few visitors: what harms is to be stopped early."""
FEWEST = 50
"""Visitors a variation must have had: below, no variance is to be trusted."""
HARM = 1.0
LOSS = -1.0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How much more (`way` HARM: milliseconds, errors) or less (LOSS: conversions) is bearable: `most` in the metric's own
    unit, or `share` of control."""

    way: float = HARM
    most: float | None = None
    share: float | None = None


def excess(control: Statistic, treated: Statistic, limit: Limit, *, alpha: float = ALPHA) -> Interval:
    """By how much the treated are beyond the limit, in the direction of harm."""
    factor, allowed = 1.0 + limit.way * (limit.share or 0.0), limit.most or 0.0
    if min(control.n, treated.n) < FEWEST:
        return Interval(-math.inf, math.inf, 1.0)
    found = limit.way * (treated.mean - factor * control.mean) - allowed
    error = math.sqrt(treated.variance / treated.n + factor**2 * control.variance / control.n)
    return sequential.around(found, error, control.n + treated.n, alpha=alpha, tuning=TUNING)


def breached(control: Statistic, treated: Statistic, limit: Limit, *, alpha: float = ALPHA) -> bool:
    """Whether it is certain enough that the limit is broken to stop the variation."""
    found = excess(control, treated, limit, alpha=alpha)
    return found.low > 0.0
