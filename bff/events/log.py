"""The event log of one process: a bounded queue, and one thread that hands batches to a sink."""

from __future__ import annotations

import time
from collections.abc import Callable

from .event import Event, Sink

QUEUE = 200_000
"""Events waiting at most; beyond, new ones are dropped and counted."""
FLUSH_SECONDS = 0.25


class EventLog:
    """Of one process. Nothing it does is waited for by a page."""

    def __init__(self, sink: Sink, *, clock: Callable[[], float] = time.time) -> None:
        self._sink = sink
        self._clock = clock
        self._waiting: list[Event] = []
        self.dropped = 0

    def now(self) -> float:
        """Unix seconds, for `Event.at`."""
        return self._clock()

    def record(self, event: Event) -> None:
        """Have it written soon. Never blocks, never raises; what there is no room for is dropped and counted."""
        if len(self._waiting) >= QUEUE:
            self.dropped += 1
            return
        self._waiting.append(event)
