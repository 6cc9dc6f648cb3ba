"""One thing that happened. No address, no user agent, no order number: an order is known by a hash of it."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

EXPOSURE = "exposure"
ADD_TO_CART = "add_to_cart"
BEGIN_CHECKOUT = "begin_checkout"
PURCHASE = "purchase"
ORDER_UNSEEN = "order_unseen"
"""The visitor was led to a checkout, and its backend does not say what became of their cart: an order of theirs cannot be
counted."""
CUSTOM = "custom:"
"""What the kind of a shop's own conversion begins with: `custom:sign_up`."""
RENDER_ERROR = "render_error"
RENDER_MS = "render_ms"
BACKEND_MS = "backend_ms"
READINGS = (RENDER_ERROR, RENDER_MS, BACKEND_MS)
"""Kinds that measure one render in `value` (an error: 1.0, and 0.0 for a render without): what guardrails watch."""

LONGEST = 200
"""Characters a name may have."""
ID = re.compile("(?:[0-9a-f]{2}){8,32}")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` is Unix seconds (`EventLog.now()`). Two events of one `id` are one event, whoever records the second. `visitor`
    is the visitor's id; it is kept as a hash. `backend` and `generation` served them. `experiment`, `phase` and `variation`
    stand in exposures and readings, together; conversions are joined to them by the visitor when a report is made.
    `fallback`: control was shown in the variation's place, at least once: where one event comes with it and without, it has
    it. `order` is `order_key(…)`. `value` is money of `currency`, or
    what a reading reads: for statistics, not for bookkeeping."""

    id: str
    kind: str
    at: float
    visitor: str
    market: str
    backend: str
    generation: int
    experiment: str | None = None
    phase: int | None = None
    variation: str | None = None
    fallback: bool = False
    order: str | None = None
    value: float | None = None
    currency: str | None = None
    schema: int = 1


Loss = Literal["queue", "refused", "stopped", "killed", "set_aside", "clock"]
"""Why something is missing. `queue`: there was no room. `refused`: nothing that could be written. `stopped`: left when the
process had to end. `killed`: a process that ended without a word, and with it what one flush holds. `set_aside`: a file that
could not be read any more. `clock`: the clock was put back; nothing is missing, but what came first may not be certain."""


class Sink(Protocol):
    """Where events are kept. Called in one thread at a time, never in the event loop's. Everything but `close` raises
    whatever went wrong, having changed nothing."""

    def write(self, batch: Sequence[Event]) -> None:
        """Keep all of them. What it has already is passed over. Raises `ValueError` where one of them can never be kept,
        anything else where it may be tried again."""
        ...

    def note(self, loss: Loss, count: int, at: float) -> None:
        """Keep that `count` are missing, for the report."""
        ...

    def forget(self, visitor: str) -> int:
        """Remove everything of a visitor, also what is written within the next hour; how many rows that were."""
        ...

    def tend(self, now: float) -> None:
        """What is to be done about once a minute: let go of what is too old."""
        ...

    def close(self) -> None: ...


def exposure_id(experiment: str, phase: int, variation: str, visitor: str) -> str:
    """A visitor is exposed to a variation once: every further time is the same event."""
    return _digest("exposure", experiment, str(phase), variation, visitor)


def order_key(backend: str, order: str) -> str:
    """What an order is known by here: the same for every report of it, and nothing one could look up at the backend."""
    return _digest("order", backend, order)


def purchase_id(order: str) -> str:
    """The id of an order's purchase; `order` is its `order_key`."""
    return _digest("purchase", order)


def fresh_id() -> str:
    """For what may happen many times."""
    return secrets.token_hex(16)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16, person=b"portico-event").hexdigest()


def visitor_key(visitor: str) -> bytes:
    """What a visitor is known by where events are kept."""
    return hashlib.blake2b(visitor.encode("utf-8", "replace"), digest_size=16, person=b"portico-visitor").digest()


def check(event: Event) -> None:
    """Raises `ValueError` for an event that can never be kept."""
    names = [event.kind, event.market, event.backend]
    if event.kind == EXPOSURE or event.kind in READINGS:
        names += [event.experiment or "", event.variation or ""]
    if event.currency is not None:
        names.append(event.currency)
    if any(not 0 < len(name) <= LONGEST or not name.isprintable() for name in names):
        raise ValueError("a name in it is missing, too long or unprintable")
    for number in (event.generation, event.phase or 0):
        if not -(2**31) <= number < 2**31:
            raise ValueError("a number in it is too large")
    for value in (event.at, event.value or 0.0):
        finite(value)
    for id in (event.id, event.order):
        if id is not None and not ID.fullmatch(id):
            raise ValueError("an id in it is none")


def finite(value: float) -> float:
    """Raises `ValueError` for what is no number, or none that anybody means."""
    if not -1e12 < value < 1e12:
        raise ValueError("a number in it is none that can be kept")
    return float(value)


def milliseconds(seconds: float) -> int:
    return round(finite(seconds) * 1_000)
