"""Regions of a page, asked for concurrently. A required one fails the page; an optional one has a budget, and when it is
late or broken the page goes out without it, with a place where it loads itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar

import msgspec

from bff.gateway.deadline import budgeted
from bff.ports import BackendError, DeadlineExceeded

T = TypeVar("T")

State = Literal["ready", "late", "failed", "absent"]


class Region(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """An optional part of a page. `value` stands only when `ready`. `url` is the fragment it loads itself from; without
    JavaScript a template shows it as a link. `absent`: the backend has no such port, and nothing is shown."""

    name: str
    state: State
    value: T | None = None
    url: str | None = None

    @property
    def waiting(self) -> bool:
        """Nothing to show yet, but worth asking again."""
        return self.state in ("late", "failed") and self.url is not None


def absent(name: str) -> Region[Any]:
    return Region(name=name, state="absent")


class Regions:
    """`async with Regions() as regions:` starts what is asked for at once and leaves when all is there. The first failure of
    a required region is raised as itself; the others are cancelled."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Regions:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._group.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            first = group.exceptions[0]
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    def required(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        return self._group.create_task(call)

    def optional(
        self, name: str, call: Coroutine[Any, Any, T] | None, *, budget: float, url: str | None = None
    ) -> asyncio.Task[Region[T]]:
        """`budget` in seconds; `call` None where the backend has no such port."""
        return self._group.create_task(region(name, call, budget=budget, url=url))


async def region(name: str, call: Coroutine[Any, Any, T] | None, *, budget: float, url: str | None = None) -> Region[T]:
    """One optional region by itself."""
    if call is None:
        return Region(name=name, state="absent")
    try:
        async with asyncio.timeout(budget):
            with budgeted(budget):
                return Region(name=name, state="ready", value=await call, url=url)
    except (TimeoutError, DeadlineExceeded):
        return Region(name=name, state="late", url=url)
    except BackendError:
        return Region(name=name, state="failed", url=url)
