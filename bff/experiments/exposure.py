"""What is recorded of an answer: who was exposed to what, and what guardrails watch. A pure function of the request and of
what its answer touched, so that an answer that was stored, and what it had touched with it, records what its render did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cachetools import LRUCache

from bff.events.event import BACKEND_MS, EXPOSURE, RENDER_ERROR, RENDER_MS, Event, exposure_id, fresh_id
from bff.web.visit import Visit

BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|headless|lighthouse|monitor|scan|fetch|http|curl|wget|python|java/|libwww|"
    r"feed|facebookexternalhit|whatsapp|archiver|validator|uptime",
    re.IGNORECASE,
)
"""Who says that they are no shopper's browser. They are shown what anybody is shown, and not counted."""
KNOWN = 50_000


def is_bot(headers: Mapping[str, str]) -> bool:
    agent = headers.get("user-agent", "")
    return not agent or BOTS.search(agent) is not None


def is_ahead(headers: Mapping[str, str]) -> bool:
    """Whether the answer is fetched before anybody wants it (Sec-Purpose, Fetch standard; older browsers' Purpose)."""
    said = headers.get("sec-purpose") or headers.get("purpose") or headers.get("x-moz") or ""
    return said.startswith(("prefetch", "prerender", "preview"))


class Exposures:
    """Makes events. An exposure that this process has recorded is not recorded again: it would change nothing. But who was
    shown their variation and control in its place later is recorded once more, as the same event with `fallback`: where
    events are kept, that stays. Readings are of the render that exposed, one a visitor; what raises later is read each
    time."""

    def __init__(self) -> None:
        self._known: LRUCache[tuple[str, int, str, str], bool] = LRUCache(KNOWN)
        """By exposure, whether it was recorded with `fallback`."""

    def of(self, visit: Visit, taking: Mapping[str, tuple[int, str, bool]], at: float, visitor: str) -> Iterator[Event]:
        """`taking`: by experiment that the answer touched, its phase, the visitor's variation, and whether that was replaced
        by control."""
        shown, calls = visit.shown, visit.ledger.calls
        readings = {RENDER_MS: shown.seconds * 1_000, BACKEND_MS: sum(call.milliseconds for call in calls)}
        for experiment, (phase, variation, fallback) in taking.items():
            common = {
                "at": at,
                "visitor": visitor,
                "market": visit.place.market.id,
                "backend": visit.store.backend.name,
                "generation": visit.generation.plan.number,
                "experiment": experiment,
                "phase": phase,
                "variation": variation,
                "fallback": fallback,
            }
            raised = experiment in shown.raised
            key = (experiment, phase, variation, visitor)
            told = self._known.get(key)
            if told is None or (fallback and not told):
                self._known[key] = fallback
                yield Event(id=exposure_id(*key), kind=EXPOSURE, **common)  # type: ignore[arg-type]
            if told is not None:
                if raised:
                    yield Event(id=fresh_id(), kind=RENDER_ERROR, value=1.0, **common)  # type: ignore[arg-type]
                continue
            for kind, value in {RENDER_ERROR: float(raised), **readings}.items():
                yield Event(id=fresh_id(), kind=kind, value=value, **common)  # type: ignore[arg-type]
