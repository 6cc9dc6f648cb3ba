"""Faults on demand, by configuration only: a link before each port, and prices and stock that change under the shopper.

Counters live in the process: with several workers each counts its own calls.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

from bff.ports import Offer, Throttled, Unavailable

from .settings import FaultSettings

P = TypeVar("P")


class Faults:
    """What the settings ask to go wrong."""

    def __init__(self, settings: FaultSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._reads: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self.any_price = bool(settings.price_change)
        self.any_call = bool(settings.slow or settings.failing or settings.throttled or settings.answer_lost)

    def amount(self, sku: str | None, amount: Decimal) -> Decimal:
        """The price to answer for a SKU now."""
        change = self._settings.price_change.get(sku or "")
        if change is None:
            return amount
        with self._lock:
            self._reads[sku or ""] += 1
            read = self._reads[sku or ""]
        return amount if read <= change.after else amount * (100 + change.percent) / 100

    def sold_out_in_cart(self, sku: str | None) -> bool:
        return sku in self._settings.sold_out_between

    async def before(self, port: str, operation: str) -> int:
        """Wait or raise, as the most exact name of the operation says; which call of the operation this is. Raises
        `Unavailable`, `Throttled`."""
        names = (f"{port}.{operation}", f"{port}.*", "*")
        self._calls[names[0]] += 1
        number = self._calls[names[0]]
        seconds = next((self._settings.slow[name] for name in names if name in self._settings.slow), 0.0)
        if seconds:
            await asyncio.sleep(seconds)
        throttle = next((self._settings.throttled[name] for name in names if name in self._settings.throttled), None)
        if throttle is not None and number % max(1, throttle.every) == 0:
            raise Throttled("fault on demand", retry_after=throttle.retry_after)
        nth = next((self._settings.failing[name] for name in names if name in self._settings.failing), 0)
        if nth and number % nth == 0:
            raise Unavailable("fault on demand")
        return number

    def after(self, port: str, operation: str, number: int) -> None:
        """Lose the answer of what was done. Raises `Unavailable`."""
        names = (f"{port}.{operation}", f"{port}.*", "*")
        nth = next((self._settings.answer_lost[name] for name in names if name in self._settings.answer_lost), 0)
        if nth and number % nth == 0:
            raise Unavailable("fault on demand: the answer is lost")


class _Faulty:
    """A port with `Faults.before` in front of every operation."""

    def __init__(self, port: object, name: str, faults: Faults) -> None:
        self._port, self._name, self._faults = port, name, faults

    def __getattr__(self, operation: str) -> Any:
        member = getattr(self._port, operation)
        if not inspect.iscoroutinefunction(member):
            return member
        call = cast("Callable[..., Awaitable[Any]]", member)

        async def faulty(*arguments: Any, **named: Any) -> Any:
            number = await self._faults.before(self._name, operation)
            answer = await call(*arguments, **named)
            self._faults.after(self._name, operation, number)
            return answer

        return faulty


def with_faults(offer: Offer, faults: Faults) -> Offer:
    """The same offer; its ports fail as the settings ask. Unchanged where they ask for nothing."""
    if not faults.any_call:
        return offer
    ports = {name: getattr(offer, name) for name in offer.__struct_fields__}
    return Offer(
        **{
            name: port if port is None or name == "probe" else cast("Any", _Faulty(port, name, faults))
            for name, port in ports.items()
        }
    )
