"""What the tests compare: how many visitors a variation had, the mean of what is measured, and how much that varies."""

from __future__ import annotations

import math

import msgspec


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What is added up over the visitors of a variation: their number, of those the ones with anything at all (`active`),
    and of y, d and x the sums, sums of squares and cross products. y is what is measured, d what it is divided by in a
    ratio, x the same as y from before the first exposure. Sums of parts are the sum of the whole."""

    n: int = 0
    active: int = 0
    y: float = 0.0
    yy: float = 0.0
    d: float = 0.0
    dd: float = 0.0
    yd: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Statistic(msgspec.Struct, frozen=True):
    """`variance` is that of one visitor, not of the mean. `level` is what relative differences are relative to: the mean,
    but for CUPED, which moves it."""

    n: int
    mean: float
    variance: float
    level: float


def proportion(sums: Sums) -> Statistic:
    """The share of visitors for whom y is 1 (it is 1 or 0)."""
    share = sums.y / sums.n if sums.n else 0.0
    return Statistic(sums.n, share, share * (1 - share), share)


def mean(sums: Sums) -> Statistic:
    """The mean of y over visitors."""
    if sums.n < 2:
        return Statistic(sums.n, sums.y, 0.0, sums.y)
    found = sums.y / sums.n
    return Statistic(sums.n, found, covariance(sums.n, sums.y, sums.y, sums.yy), found)


def covariance(n: int, a: float, b: float, ab: float) -> float:
    """Of two quantities, from their sums and the sum of their products; with n - 1. The variance where both are the same,
    then never below zero."""
    found = (ab - a * b / n) / (n - 1)
    return max(found, 0.0) if a == b else found


def standard_error(control: Statistic, treated: Statistic) -> float:
    """Of the difference of the means."""
    if not control.n or not treated.n:
        return math.inf
    return math.sqrt(control.variance / control.n + treated.variance / treated.n)


def relative_error(control: Statistic, treated: Statistic) -> float:
    """Of the relative difference, by the delta method; infinite where control is nothing."""
    if not control.n or not treated.n or not control.level:
        return math.inf
    own = treated.variance / (control.level**2 * treated.n)
    return math.sqrt(own + control.variance * treated.level**2 / (control.level**4 * control.n))


def relative(control: Statistic, treated: Statistic) -> float | None:
    """By what share of control the treated differ; None where control is nothing."""
    return (treated.mean - control.mean) / control.level if control.level else None
