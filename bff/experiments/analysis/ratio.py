"""Ratios of two sums over the same visitors: revenue per order, milliseconds per render. The visitor stays the unit: renders
of one visitor are not independent, and a test of renders finds differences where there are none (up to a third of the time,
measured)."""

from __future__ import annotations

from .statistic import Statistic, Sums, covariance


def ratio(sums: Sums) -> Statistic | None:
    """y over d, its variance by the delta method (Deng, Knoblich, Lu: Applying the Delta Method in Metric Analytics, 2018).
    None where there is nothing to divide by."""
    if sums.n < 2 or not sums.d:
        return None
    n, y, d = sums.n, sums.y / sums.n, sums.d / sums.n
    found = y / d
    of_y, of_d = covariance(n, sums.y, sums.y, sums.yy), covariance(n, sums.d, sums.d, sums.dd)
    both = (sums.yd - sums.y * sums.d / n) / (n - 1)
    variance = (of_y - 2 * found * both + found**2 * of_d) / d**2
    return Statistic(n, found, max(variance, 0.0), found)
