"""Work that no request waits for. It ends when the backend it asks is closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from bff.ports import BackendError

T = TypeVar("T")

log = logging.getLogger("portico.gateway")


class Tasks:
    """Tasks of one opened backend. A failure nobody waits for is no news if it is the backend's, and logged if not."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, BackendError):
            log.error("a call behind the shopper's back failed", exc_info=error)

    async def close(self) -> None:
        """End what runs, and wait until it has."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
