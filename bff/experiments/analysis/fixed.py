"""The fixed horizon: Welch's test, right if one looks once, at a time fixed beforehand. Looked at every day for four weeks,
it finds a difference where there is none in 28 of a hundred experiments (measured)."""

from __future__ import annotations

import math

from . import student
from .interval import Interval
from .statistic import Statistic, relative, relative_error, standard_error


def absolute(control: Statistic, treated: Statistic, *, alpha: float = 0.05) -> Interval:
    """Of the difference of the means."""
    error = standard_error(control, treated)
    return _interval(treated.mean - control.mean, error, _freedom(control, treated), alpha)


def as_share(control: Statistic, treated: Statistic, *, alpha: float = 0.05) -> Interval:
    """Of the relative difference: to be shown. Where conversions are few it is wrong too often: it decides nothing."""
    found = relative(control, treated)
    if found is None:
        return Interval(-math.inf, math.inf, 1.0)
    return _interval(found, relative_error(control, treated), _freedom(control, treated), alpha)


def _freedom(control: Statistic, treated: Statistic) -> float:
    """Degrees of freedom, by Welch and Satterthwaite."""
    if min(control.n, treated.n) < 2:
        return 1.0
    a, b = control.variance / control.n, treated.variance / treated.n
    if a + b <= 0.0:
        return float(control.n + treated.n - 2)
    return (a + b) ** 2 / (a**2 / (control.n - 1) + b**2 / (treated.n - 1))


def _interval(found: float, error: float, dof: float, alpha: float) -> Interval:
    if not math.isfinite(error) or error <= 0.0:  # nothing varies, so nothing is known
        return Interval(-math.inf, math.inf, 1.0)
    width = student.quantile(alpha, dof) * error
    return Interval(found - width, found + width, student.two_sided(found / error, dof))
