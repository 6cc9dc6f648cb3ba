"""What one request asked of backends and what its answer touched. The inspector and the page cache read it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Call:
    """One call: `milliseconds` until its answer, `outcome` "ok", the failure's name, or "cancelled" where the
    page did not wait for it."""

    operation: str
    milliseconds: float
    outcome: str


@dataclass(slots=True)
class Ledger:
    """Calls in the order they ended; the operations, tags and templates the answer depends on."""

    calls: list[Call] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)


LEDGER: ContextVar[Ledger | None] = ContextVar("ledger", default=None)
