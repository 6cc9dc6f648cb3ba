"""From a backend's changes to every process of this host: they become tags in the control store, which each looks at four
times a second (`following`).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bff.gateway.backends import OpenBackend
from bff.gateway.generations import Generation
from bff.gateway.tags import of_backend, tags_of_change
from bff.ports import Change

from . import control_changes, control_live
from .control import Control

log = logging.getLogger("portico.changes")

MOST = 1_000
"""Tags of one backend that are written at once; more of them, and all it has answered is let go of."""


def tags_of_all(changes: Iterable[Change], backend: str) -> frozenset[str]:
    """What to let go of, in one purge."""
    tags = frozenset(tag for change in changes for tag in tags_of_change(change, backend))
    return tags if len(tags) <= MOST else frozenset((of_backend(backend),))


def opened(generation: Generation[Any]) -> Mapping[str, OpenBackend]:
    """The backends that a generation has open, by name."""
    return {one.name: one.found for bundle in generation.bundles.values() for one in bundle.members}


@dataclass(slots=True, eq=False)
class _Batch:
    told: list[tuple[str, frozenset[str], bytes | None]] = field(default_factory=list)
    written: asyncio.Task[None] | None = None


class Spreading:
    """Writes what changed. What comes while a transaction runs is one transaction after it: a burst costs few writes, and
    nobody is told that a change was taken before it was written."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._next: _Batch | None = None
        self._writing = asyncio.Lock()

    async def tell(self, backend: str, changes: Iterable[Change], *, once: bytes | None = None) -> None:
        """Tell every process. `once` names a message that counts the first time only. Raises `Unavailable`; then nobody was
        told, and it may be sent again."""
        tags = tags_of_all(changes, backend)
        if not tags:
            return
        batch = self._next
        if batch is None or batch.written is None:
            batch = self._next = _Batch()
            batch.written = asyncio.create_task(self._write(batch))
            batch.written.add_done_callback(lambda task: task.cancelled() or task.exception())
        batch.told.append((backend, tags, once))
        await asyncio.shield(batch.written)

    async def _write(self, batch: _Batch) -> None:
        async with self._writing:
            self._next = None  # who comes now is in the next one

            def write(db: sqlite3.Connection) -> None:
                now = self._control.clock()
                tags: dict[str, set[str]] = {}
                for backend, own, once in batch.told:
                    if once is None or control_changes.first_heard(db, once, now):
                        tags.setdefault(backend, set()).update(own)
                found = {tag for name, own in tags.items() for tag in (own if len(own) <= MOST else {of_backend(name)})}
                if found:
                    control_live.purge(db, found, now)

            await self._control.write(write)
