"""How many calls are under way at once, by group of capabilities: a search that hangs leaves the checkout its places."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bff.ports import Unavailable

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation

PLACES: Mapping[str, int] = {"catalog": 32, "search": 16, "cart": 24, "checkout": 16, "customer": 16}
"""Calls of each group that may be under way at once."""
WAITING = 16
"""How many times more may stand in line; beyond that a call fails at once. A page asks for half a dozen things together."""

GROUPS: Mapping[str, str] = {
    "search": "search",
    "carts": "cart",
    "shopper_prices": "cart",
    "hosted_checkout": "checkout",
    "inline_checkout": "checkout",
    **dict.fromkeys(
        ("sign_in", "accounts", "address_book", "orders", "order_actions", "wishlists", "stock_notices", "messages"),
        "customer",
    ),
}
"""The group of each capability; what is not named is read by everybody: `catalog`."""


class Places:
    """The places of one group. `waiting` is how many calls stand in line."""

    def __init__(self, count: int) -> None:
        self.count, self.waiting = count, 0
        self._free = asyncio.Semaphore(count)

    async def take(self, seconds: float) -> bool:
        """A place, within so many seconds. False: there was none."""
        if not self._free.locked():
            return await self._free.acquire()
        if self.waiting >= WAITING * self.count:
            return False
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1

    def give_back(self) -> None:
        self._free.release()


class Bulkhead:
    """Gives a call a place of its group, or fails it with `Unavailable` before anything is sent. It waits for no more than
    half of the time it has left: what waits longer is not answered in the other half either."""

    def __init__(self, places: Mapping[str, int] = PLACES, clock: Callable[[], float] = time.monotonic) -> None:
        self._groups = {group: Places(places.get(group, count)) for group, count in PLACES.items()}
        self._clock = clock

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        capability = operation.name.partition(".")[0]
        group = GROUPS.get(capability, "catalog")
        places, clock = self._groups[group], self._clock

        async def placed(call: Call) -> Any:
            if not await places.take(max(0.0, (call.until - clock()) / 2)):
                raise Unavailable(
                    f"too many calls of {group} under way", operation=operation.name, backend=operation.backend
                )
            try:
                return await inner(call)
            finally:
                places.give_back()

        return placed
