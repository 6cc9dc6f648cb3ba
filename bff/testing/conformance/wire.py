"""Between the adapter and its backend: the transport of the lent client, which counts, replays and fails on demand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from .scrubbing import is_secret

if TYPE_CHECKING:
    from bff.ports import Declaration


@dataclass(frozen=True, slots=True)
class Operation:
    """What a shop is being asked while requests go out."""

    name: str
    declaration: Declaration | None = None


OPEN = Operation("open")
OPERATION: ContextVar[Operation] = ContextVar("operation", default=OPEN)

SHOWN = 160
"""Characters of a request or a refusal that a failure's message shows."""
ENCODED = ("content-encoding", "content-length", "transfer-encoding")

Fault = Callable[[httpx.Request, httpx.AsyncBaseTransport], Awaitable[httpx.Response]]
"""What happens to a request instead of being answered."""


@dataclass(slots=True)
class Sent:
    """A request that went out. `came` is what its answer was, in short."""

    operation: str
    method: str
    url: httpx.URL
    headers: httpx.Headers
    body: bytes
    came: str = "no answer"

    def __str__(self) -> str:
        asked = "&".join(f"{name}={'…' if is_secret(name) else value}" for name, value in self.url.params.multi_items())
        text = f"{self.method} {self.url.path}{'?' if asked else ''}{asked}"
        return f"{text if len(text) <= SHOWN else f'{text[:SHOWN]}…'} -> {self.came}"

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
        sent = Sent(OPERATION.get().name, request.method, request.url, request.headers.copy(), body)
        self.sent.append(sent)
        try:
            if self._fault is not None:
                sent.came = "a fault of the kit's"
                return await self._fault(request, self._inner)
            response = await self._said(sent, await self._inner.handle_async_request(request))
        except Exception as error:
            sent.came = f"{type(error).__name__}: {error}"[:SHOWN]
            raise
        if self._cookie is not None:
            response.headers["set-cookie"] = self._cookie
        return response

    async def _said(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        """Notes what came. A refusal's own words are what its reader needs most."""
        sent.came = f"{response.status_code} {response.headers.get('content-type', '')}".rstrip()
        if response.status_code < 400:
            return response
        body = await response.aread()
        sent.came += f": {body[:SHOWN].decode('utf-8', 'replace')}"
        kept = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in ENCODED]
        return httpx.Response(response.status_code, headers=kept, content=body, request=response._request)

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
