"""The time of events. What came after something must not be told to have come before it."""

from __future__ import annotations

import time
from collections.abc import Callable

HELD_SECONDS = 3_600.0
"""A clock put back by less stands still until it has caught up; one put back by more is believed."""


class Clock:
    """The wall clock of one process, as far as it goes forward. `jumps` counts how often it was put back."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._last = 0.0
        self._behind = False
        self.jumps = 0

    def now(self) -> float:
        """Unix seconds."""
        found = self._wall()
        if found >= self._last:
            self._last, self._behind = found, False
            return found
        if not self._behind and self._last - found > 1.0:
            self.jumps, self._behind = self.jumps + 1, True
        if self._last - found > HELD_SECONDS:
            self._last, self._behind = found, False
        return self._last
