"""No call is waited for longer than its policy allows and its page has left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from bff.ports import Deadline, DeadlineExceeded

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation


BUDGET: ContextVar[Deadline | None] = ContextVar("budget", default=None)
SHARE = 0.9
"""Of a budget: what is left of it is for the old answer to be shown in."""


@contextmanager
def budgeted(seconds: float) -> Iterator[None]:
    """Public reads in this block are answered within most of so many seconds, with an old answer where there is one: whoever
    gives up after that time gets to see it."""
    token = BUDGET.set(Deadline.after(SHARE * seconds))
    try:
        yield
    finally:
        BUDGET.reset(token)


class Bounded:
    """Sets the moment a call's answer is wanted by, and ends what has none by then.

    `left` are the kinds of operation whose waiting a later link bounds by that moment (`Flight`), because there is
    still something to be done then: an old answer to be shown.
    """

    def __init__(self, *, left: Collection[str] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._left, self._clock = left, clock

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        limit, clock = operation.policy.timeout, self._clock

        def seconds(call: Call) -> float:
            left = min(limit, call.public.deadline.remaining())
            call.until = clock() + left
            return left

        async def bounded(call: Call) -> Any:
            try:
                async with asyncio.timeout(seconds(call)):
                    return await inner(call)
            except TimeoutError:
                raise DeadlineExceeded(
                    "no answer in time", operation=operation.name, backend=operation.backend
                ) from None

        async def dated(call: Call) -> Any:
            left, budget = seconds(call), BUDGET.get()
            if budget is not None:
                call.until = clock() + min(left, budget.remaining())
            return await inner(call)

        return dated if operation.declaration.kind in self._left else bounded
