"""Events to test with."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bff.events.event import EXPOSURE, PURCHASE, Event, Loss, exposure_id, fresh_id, order_key, purchase_id


def event(kind: str = "add_to_cart", visitor: str = "ada", **own: Any) -> Event:
    known = {"id": fresh_id(), "at": 1_000.0, "market": "gb", "backend": "shop", "generation": 1}
    return Event(kind=kind, visitor=visitor, **{**known, **own})


def exposure(
    visitor: str = "ada", variation: str = "control", experiment: str = "card", phase: int = 1, **own: Any
) -> Event:
    id = exposure_id(experiment, phase, variation, visitor)
    return event(EXPOSURE, visitor, id=id, experiment=experiment, phase=phase, variation=variation, **own)


def purchase(visitor: str = "ada", order: str = "1", value: float = 10.0, **own: Any) -> Event:
    key = order_key("shop", order)
    return event(PURCHASE, visitor, id=purchase_id(key), order=key, value=value, **{"currency": "EUR", **own})


def rows(file: Path, table: str = "conversions") -> int:
    with sqlite3.connect(file) as db:
        found: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return found


def losses(file: Path) -> dict[str, int]:
    with sqlite3.connect(file) as db:
        found = dict(db.execute("SELECT loss, sum(n) FROM losses GROUP BY loss").fetchall())
    db.close()
    return found


class Memory:
    """A sink that keeps events in a list, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.lost: dict[str, int] = {}
        self.failures: list[Exception] = []
        self.bad: set[str] = set()
        self.closed = False

    def write(self, batch: Sequence[Event]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if any(each.visitor in self.bad for each in batch):
            raise ValueError("bad")
        self.kept += batch

    def note(self, loss: Loss, count: int, at: float) -> None:
        self.lost[loss] = self.lost.get(loss, 0) + count

    def forget(self, visitor: str) -> int:
        before = len(self.kept)
        self.kept = [each for each in self.kept if each.visitor != visitor]
        return before - len(self.kept)

    def tend(self, now: float) -> None:
        pass

    def close(self) -> None:
        self.closed = True
