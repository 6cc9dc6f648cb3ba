"""The demo store with capabilities that can be killed while it runs, on a clock of its own: a call that hangs takes as long
as it is waited for, and no time of ours."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from bff import app as composition
from bff.gateway.backends import OpenBackend, bound, open_backend
from bff.gateway.calls import Call, Handler, Operation
from bff.gateway.deadline import BUDGET
from bff.gateway.tracing import Traced
from bff.ports import DeadlineExceeded, Unavailable, context
from bff.rendering import regions
from bff.web import cart_writes
from tests.web.stage import Shop, opened, settings

How = Literal["refused", "hanging"]


class Clock:
    """Stands in for the module `time` where deadlines are made and asked."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


class Patient:
    """Stands in for `asyncio` where regions are cut off: what is well may take its time on a busy machine."""

    TaskGroup = asyncio.TaskGroup
    Task = asyncio.Task

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(None)


class Killed:
    """The chain's last link, and the one that bounds calls. `dead` are the capabilities that do not answer; `asked` those of
    their operations that were called."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.dead: Mapping[str, How] = {}
        self.asked: set[str] = set()

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        capability = operation.name.partition(".")[0]

        async def killed(call: Call) -> Any:
            how = self.dead.get(capability)
            if how is None and call.public.deadline.remaining():
                return await inner(call)
            if how is None:
                raise DeadlineExceeded("no time left", operation=operation.name, backend=operation.backend)
            self.asked.add(operation.name)
            if how == "refused":
                raise Unavailable("refused", operation=operation.name, backend=operation.backend)
            budget = BUDGET.get()
            waited = min(operation.policy.timeout, call.public.deadline.remaining())
            until = self.clock.now + min(waited, budget.remaining() if budget else waited)
            for _ in range(3):  # what is asked at the same time begins to wait at the same time
                await asyncio.sleep(0)
            self.clock.now = max(self.clock.now, until)
            raise DeadlineExceeded("no answer in time", operation=operation.name, backend=operation.backend)

        return killed


@contextlib.contextmanager
def fragile(var: Path, environ: Mapping[str, str]) -> Iterator[tuple[Shop, Killed]]:
    clock = Clock()
    link = Killed(clock)

    @contextlib.asynccontextmanager
    async def instead(name: str, *rest: Any, **more: Any) -> AsyncIterator[OpenBackend]:
        async with open_backend(name, *rest, **more) as found:
            yield bound(name, found.offer, links=(Traced(), link))

    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.object(composition, "open_backend", instead))
        stack.enter_context(patch.object(context, "time", clock))
        stack.enter_context(patch.object(cart_writes, "SETTLE_SECONDS", 0.0))
        stack.enter_context(patch.object(regions, "asyncio", Patient()))
        yield stack.enter_context(opened(settings(var, environ))), link


def hrefs(text: str) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', text))


def placeholders(text: str) -> set[str]:
    """What loads itself as soon as the page is there."""
    return set(re.findall(r'data-hx-get="([^"]+)" data-hx-trigger="load"', text))
