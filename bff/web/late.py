"""An answer that is made only when it is sent: what Litestar's (synchronous) exception handlers may return when the page
of a failure must first ask the backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response
from litestar.types import ASGIApp, Receive, Scope, Send


class Late(Response[None]):
    """`make` is called with the request and gives an ASGI application."""

    def __init__(self, make: Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]) -> None:
        super().__init__(None)
        self._make = make

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_: Any) -> Any:
        """What Litestar sends: the made answer."""

        async def send_made(scope: Scope, receive: Receive, send: Send) -> None:
            made = await self._make(request)
            await made(scope, receive, send)

        return send_made
