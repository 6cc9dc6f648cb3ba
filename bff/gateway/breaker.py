"""An operation that mostly fails, or mostly takes too long, is left alone for a while."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from bff.ports import BackendError, DeadlineExceeded, Throttled, Unavailable

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation

WINDOW = 40
"""Calls that are looked back at, at most…"""
HORIZON = 30.0
"""…and for how many seconds."""
MINIMUM = 10
"""Calls below which nothing is concluded."""
THRESHOLD = 0.5
"""The share of bad ones that opens it."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 10.0
"""Seconds until it is tried again; doubled each time that fails."""
PROBES = 2
"""Good answers in a row that close it."""
PROVES = 0.7
"""The share of `slow` from which on a call that got no answer is the backend's fault, and not that of a page in a hurry."""

State = Literal["closed", "open", "half-open"]
Ticket = Literal["call", "probe"]


class Circuit:
    """One operation's. It judges by rate, not by failures in a row; slow answers are bad ones. `ask` comes before each try
    (None: leave it), `tell` after it; a try that was given up is told as None."""

    def __init__(self, clock: Callable[[], float], chance: Callable[[], float]) -> None:
        self._clock, self._chance = clock, chance
        self._seen: deque[tuple[float, bool]] = deque()
        self._bad = self._good_probes = 0
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._probing = False
        self.state: State = "closed"

    def ask(self) -> Ticket | None:
        if self.state == "closed":
            return "call"
        if self.state == "open" and self._clock() >= self._until:
            self.state, self._good_probes = "half-open", 0
        if self.state == "open" or self._probing:
            return None
        self._probing = True
        return "probe"

    def tell(self, ticket: Ticket, good: bool | None) -> None:
        if ticket == "call":
            if self.state == "closed" and good is not None:
                self._count(good)
            return
        self._probing = False
        if good is None:
            return
        if not good:
            self._open(min(self._pause * 2, LONGEST_PAUSE))
            return
        self._good_probes += 1
        if self._good_probes >= PROBES:
            self.state, self._pause, self._bad = "closed", FIRST_PAUSE, 0
            self._seen.clear()

    def _count(self, good: bool) -> None:
        now, seen = self._clock(), self._seen
        seen.append((now, good))
        self._bad += not good
        while len(seen) > WINDOW or seen[0][0] < now - HORIZON:
            self._bad -= not seen.popleft()[1]
        if len(seen) >= MINIMUM and self._bad >= THRESHOLD * len(seen):
            self._open(self._pause)

    def _open(self, pause: float) -> None:
        self.state, self._pause = "open", pause
        self._until = self._clock() + pause * (0.8 + 0.4 * self._chance())  # not all processes at once


class Breaker:
    """A circuit for each operation of one backend. What it refuses fails with `Unavailable`, and nothing is sent."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random
    ) -> None:
        self._clock, self._chance = clock, chance
        self.circuits: dict[str, Circuit] = {}

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        circuit = self.circuits[operation.name] = Circuit(self._clock, self._chance)
        clock, slow = self._clock, operation.policy.slow

        async def guarded(call: Call) -> Any:
            ticket = circuit.ask()
            if ticket is None:
                call.refused = True
                raise Unavailable("left alone for a while", operation=operation.name, backend=operation.backend)
            started, good = clock(), None
            try:
                answer = await inner(call)
                good = clock() - started < slow
                return answer
            except (DeadlineExceeded, asyncio.CancelledError):  # the chain's own time stands outside, and cancels
                good = False if clock() - started >= PROVES * slow else None
                raise
            except (Unavailable, Throttled):
                good = False
                raise
            except BackendError:  # an answer all the same: no such thing, not like this, not you
                good = clock() - started < slow
                raise
            finally:
                circuit.tell(ticket, good)

        return guarded
