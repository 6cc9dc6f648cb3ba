"""CUPED: what visitors did before they were first exposed explains part of what they do after, and that part is noise (Deng,
Xu, Kohavi, Walker: Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data, 2013)."""

from __future__ import annotations

from .statistic import Statistic, Sums, covariance


def cuped(control: Sums, treated: Sums) -> tuple[Statistic, Statistic] | None:
    """The means of y, each less what x explains of it, with one coefficient for both. None where nobody was here before."""
    both = control + treated
    if min(control.n, treated.n) < 2:
        return None
    before = covariance(both.n, both.x, both.x, both.xx)
    if before <= 0.0:
        return None
    theta = _with(both) / before
    return _adjusted(control, theta), _adjusted(treated, theta)


def _with(sums: Sums) -> float:
    return (sums.xy - sums.x * sums.y / sums.n) / (sums.n - 1)


def _adjusted(sums: Sums, theta: float) -> Statistic:
    n = sums.n
    of_y, of_x = covariance(n, sums.y, sums.y, sums.yy), covariance(n, sums.x, sums.x, sums.xx)
    variance = of_y + theta**2 * of_x - 2 * theta * _with(sums)
    return Statistic(n, (sums.y - theta * sums.x) / n, max(variance, 0.0), sums.y / n)
