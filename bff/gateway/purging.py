"""Purges as a process carries them out: what is about one thing at once, what is about much not too often."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from .tags import EVERYTHING, of_backend

BROAD_SECONDS = 5.0
"""What is about much (all listings, all a backend has answered) is let go of at once, and then not again for so long. A
burst of changes, or a sender that repeats itself, costs the backend one fetch of each such answer in that time."""


def broad(tag: str) -> bool:
    return ":" not in tag or tag.startswith(of_backend(""))


class Purging:
    """`purge` lets go of what tags name. Called at each look, with nothing too: what had to wait is done when it is due."""

    def __init__(self, purge: Callable[[Collection[str]], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._purge, self._clock = purge, clock
        self._waiting: set[str] = set()
        self._again: dict[str, float] = {}

    def __call__(self, tags: Collection[str]) -> None:
        if EVERYTHING in tags:  # changes were missed, so nothing may wait
            self._waiting, self._again = set(), {}
        now = self._clock()
        wide = self._waiting.union(tag for tag in tags if broad(tag))
        due = {tag for tag in wide if now >= self._again.get(tag, now)}
        self._waiting = wide - due
        self._again.update(dict.fromkeys(due, now + BROAD_SECONDS))
        wanted = due.union(tag for tag in tags if not broad(tag))
        if wanted:
            self._purge(wanted)
