"""Student's t distribution. The tail is the incomplete beta function, by its continued fraction (DLMF 8.17.22, by Lentz's
method), for many degrees of freedom a normal's, by Hill's expansion (1970); the quantile is found by Newton's steps."""

from __future__ import annotations

import math
from statistics import NormalDist

TINY = 1e-300
STEPS = 500
MANY = 200


def two_sided(t: float, dof: float) -> float:
    """The chance that a t is at least this far from zero."""
    if not math.isfinite(t):
        return 0.0
    if dof > MANY:
        return math.erfc(_normal(abs(t), dof) / math.sqrt(2))
    return _beta(dof / 2, 0.5, dof / (dof + t * t))


def quantile(alpha: float, dof: float) -> float:
    """The t of which `two_sided` is `alpha`."""
    t = NormalDist().inv_cdf(1 - alpha / 2)
    t += (t**3 + t) / (4 * dof)
    scale = math.exp(math.lgamma((dof + 1) / 2) - math.lgamma(dof / 2)) / math.sqrt(dof * math.pi)
    for _ in range(100):
        density = scale * (1 + t * t / dof) ** (-(dof + 1) / 2)
        step = (two_sided(t, dof) - alpha) / (2 * density)
        t += step
        if abs(step) < 1e-12 * t:
            break
    return t


def _normal(t: float, dof: float) -> float:
    """The normal deviate as unlikely as t."""
    a = dof - 0.5
    b = 48 * a * a
    w = math.sqrt(a * math.log1p(t * t / dof))
    w2 = w * w
    most = (((4 * w2 + 33) * w2 + 240) * w2 + 855) * w
    return w + (w2 + 3) * w / b - most / (10 * b * (b + 0.8 * w2 * w2 + 100))


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta(b, a, 1.0 - x)
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logs) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d or TINY)
    found = d
    for m in range(1, STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + term * d or TINY)
            c = 1.0 + term / c or TINY
            found *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return found
