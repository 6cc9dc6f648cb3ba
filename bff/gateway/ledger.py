"""What one request asked of backends and what its answer touched: for the inspector, `Server-Timing`, the page cache."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["hit", "stale", "negative", "miss", "bypass"]
"""Where an answer came from: the cache (`negative`: it remembers that there is no such thing), the cache though it was no
longer current, the backend, or the backend for what is never cached."""

MAX_TIMINGS = 24


@dataclass(slots=True)
class Call:
    """One call: `milliseconds` until its answer, `outcome` "ok", the failure's name, or "cancelled" where the
    page did not wait for it. `age` in seconds of what came from the cache. `requests` and `bytes` are what this very call
    sent for and was sent; nothing where it waited for another's."""

    operation: str
    milliseconds: float
    outcome: str
    verdict: Verdict = "bypass"
    age: float = 0.0
    requests: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Ledger:
    """Calls in the order they ended; the operations, tags and templates the answer depends on."""

    calls: list[Call] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)

    @property
    def server_timing(self) -> str:
        """The value of a `Server-Timing` header: the calls that took longest."""
        slowest = sorted(self.calls, key=lambda call: -call.milliseconds)[:MAX_TIMINGS]
        return ", ".join(
            f'{call.operation};dur={call.milliseconds:.1f};desc="{call.verdict}, {call.outcome}, {call.bytes} B"'
            for call in slowest
        )


LEDGER: ContextVar[Ledger | None] = ContextVar("ledger", default=None)
