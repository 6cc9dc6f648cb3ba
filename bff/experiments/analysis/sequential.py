"""The sequential test: right whenever one looks, however often. An asymptotic confidence sequence (Waudby-Smith, Arbour,
Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic confidence sequences, 2021), narrowest when
`tuning` visitors were seen."""

from __future__ import annotations

import math

from .interval import Interval
from .statistic import Statistic, relative, relative_error, standard_error

TUNING = 5_000.0


def absolute(
    control: Statistic, treated: Statistic, *, alpha: float = 0.05, tuning: float = TUNING, beside: float = 0.0
) -> Interval:
    """Of the difference of the means; p tells whether it is `beside` (nothing, unless said)."""
    error = standard_error(control, treated)
    return around(treated.mean - control.mean, error, control.n + treated.n, alpha=alpha, tuning=tuning, beside=beside)


def as_share(control: Statistic, treated: Statistic, *, alpha: float = 0.05, tuning: float = TUNING) -> Interval:
    """Of the relative difference: to be shown."""
    found = relative(control, treated)
    if found is None:
        return Interval(-math.inf, math.inf, 1.0)
    error = relative_error(control, treated)
    return around(found, error, control.n + treated.n, alpha=alpha, tuning=tuning)


def around(found: float, error: float, n: int, *, alpha: float, tuning: float, beside: float = 0.0) -> Interval:
    """Around an estimate with a standard error, of `n` visitors."""
    if not math.isfinite(error) or not n or error <= 0.0:  # nothing varies, so nothing is known
        return Interval(-math.inf, math.inf, 1.0)
    often = -2 * math.log(alpha)
    rho2 = (often + math.log(often + 1)) / tuning
    grown = n * rho2 + 1
    width = error * math.sqrt(2 * grown / (n * rho2) * (math.log(grown) / 2 - math.log(alpha)))
    far = ((found - beside) / error) ** 2
    # In logarithms: the e-value of a strong effect is beyond any float.
    less = math.log(grown) / 2 - n * rho2 * far / (2 * grown)
    return Interval(found - width, found + width, math.exp(min(0.0, less)))
