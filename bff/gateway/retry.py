"""What failed and may be asked twice is asked again, as long as few calls need that."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from bff.ports import Throttled, Unavailable

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation

SHARE = 0.1
"""Tries again for each call, on average: a backend that is down gets a tenth more calls, not twice as many."""
RESERVE = 10.0
"""Tries again that a quiet time lays by."""
PAUSE = 0.1
"""Seconds to wait at most before the first try again; doubled for each further one."""


class Retry:
    """Tries public reads again, and writes that bring an idempotency key. It waits a random part of the pause, or as
    long as the backend asked for where there is time for that, and never past the call's own time."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock, self._chance, self._sleep = clock, chance, sleep
        self.budget = RESERVE

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        declaration, retries = operation.declaration, operation.policy.retries
        if not retries or not (declaration.kind == "public_read" or declaration.key):
            return inner

        async def retried(call: Call) -> Any:
            self.budget = min(RESERVE, self.budget + SHARE)
            safe = declaration.kind == "public_read" or bool(call.arguments.get(declaration.key or ""))
            for attempt in range(retries):
                try:
                    return await inner(call)
                except (Unavailable, Throttled) as error:
                    wait = self._wait(error, attempt)
                    if not safe or call.refused or self.budget < 1 or wait >= call.until - self._clock():
                        raise
                self.budget -= 1
                await self._sleep(wait)
            return await inner(call)

        return retried

    def _wait(self, error: Unavailable | Throttled, attempt: int) -> float:
        asked = error.retry_after if isinstance(error, Throttled) else None
        return PAUSE * float(2**attempt) * self._chance() + (asked or 0.0)
