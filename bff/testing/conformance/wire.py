"""Between the adapter and its backend: the transport of the lent client, which counts, replays and fails on demand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from bff.ports import Declaration


@dataclass(frozen=True, slots=True)
class Operation:
    """What a shop is being asked while requests go out."""

    name: str
    declaration: Declaration | None = None


OPEN = Operation("open")
OPERATION: ContextVar[Operation] = ContextVar("operation", default=OPEN)

Fault = Callable[[httpx.Request, httpx.AsyncBaseTransport], Awaitable[httpx.Response]]
"""What happens to a request instead of being answered."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that went out."""

    operation: str
    method: str
    url: httpx.URL
    headers: httpx.Headers
    body: bytes

    @property
    def origin(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc.decode('ascii')}"


class Wire(httpx.AsyncBaseTransport):
    """The outermost transport. `fault`, while set, is done to every request."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._fault: Fault | None = None
        self._cookie: str | None = None
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.sent.append(Sent(OPERATION.get().name, request.method, request.url, request.headers.copy(), body))
        if self._fault is not None:
            return await self._fault(request, self._inner)
        response = await self._inner.handle_async_request(request)
        if self._cookie is not None:
            response.headers["set-cookie"] = self._cookie
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Every request of the block meets this fault."""
        self._fault = fault
        try:
            yield
        finally:
            self._fault = None

    @contextmanager
    def setting_cookie(self, cookie: str) -> Iterator[None]:
        """Every answer of the block sets this cookie."""
        self._cookie = cookie
        try:
            yield
        finally:
            self._cookie = None

    @contextmanager
    def counted(self) -> Iterator[list[Sent]]:
        """The requests that go out in the block."""
        before = len(self.sent)
        seen: list[Sent] = []
        yield seen
        seen += self.sent[before:]
