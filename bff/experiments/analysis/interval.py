"""What every test answers."""

from __future__ import annotations

import msgspec


class Interval(msgspec.Struct, frozen=True):
    """From where to where the difference is, as far as the figures tell, and the chance of figures as far from nothing as
    these if there were none."""

    low: float
    high: float
    p: float
