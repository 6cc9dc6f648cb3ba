"""Many who ask the same at once are answered by one call, which belongs to none of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from bff.ports import Deadline, DeadlineExceeded, Unavailable

from .tasks import Tasks

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation


@dataclass(slots=True)
class _Airborne:
    task: asyncio.Task[tuple[Any, frozenset[str]]]
    since: int
    waiting: int = 0


class Flight:
    """Shares the calls of public reads by their key. Each runs for as long as its policy allows, whatever becomes of the
    page that asked first; one whose answer would not be kept ends with the last who waits. Who asks after a purge does
    not share what was asked before it (`purges`). The adapter gets a context of no page in particular."""

    def __init__(
        self, tasks: Tasks, purges: Callable[[], int] = lambda: 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tasks, self._purges, self._clock = tasks, purges, clock
        self._airborne: dict[bytes, _Airborne] = {}

    def __len__(self) -> int:
        return len(self._airborne)

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        if operation.declaration.kind != "public_read":
            return inner

        async def shared(call: Call) -> Any:
            flight = self._airborne.get(call.key) if call.key else None
            if flight is None or flight.since != self._purges():
                flight = self._start(call, inner)
            flight.waiting += 1
            try:
                async with asyncio.timeout(max(0.0, call.until - self._clock())):
                    answer, call.tags = await asyncio.shield(flight.task)
                    return answer
            except TimeoutError:
                raise DeadlineExceeded(
                    "no answer in time", operation=operation.name, backend=operation.backend
                ) from None
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if flight.task.cancelled() and not (task and task.cancelling()):
                    raise Unavailable("closed", operation=operation.name, backend=operation.backend) from None
                raise
            finally:
                flight.waiting -= 1
                if not flight.waiting and not (call.key and operation.policy.fresh):
                    flight.task.cancel()

        return shared

    def _start(self, call: Call, inner: Handler) -> _Airborne:
        timeout = call.operation.policy.timeout
        ctx = msgspec.structs.replace(call.public, deadline=Deadline.after(timeout), variations={})
        own = replace(call, ctx=ctx, until=self._clock() + timeout)

        async def fly() -> tuple[Any, frozenset[str]]:
            try:
                async with asyncio.timeout(timeout):
                    answer = await inner(own)
            except TimeoutError:
                raise DeadlineExceeded(
                    "no answer in time", operation=call.operation.name, backend=call.operation.backend
                ) from None
            finally:
                if self._airborne.get(call.key) is flight:
                    del self._airborne[call.key]
            return answer, own.tags

        flight = _Airborne(self._tasks.start(fly()), self._purges())
        if call.key:
            self._airborne[call.key] = flight
        return flight
