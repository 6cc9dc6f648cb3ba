"""No call is waited for longer than its policy allows and its page has left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from bff.ports import DeadlineExceeded

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation


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
            seconds(call)
            return await inner(call)

        return dated if operation.declaration.kind in self._left else bounded
