"""The names a store answers to. A foreign `Host` gets 400, so that nothing is ever made from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

REFUSED = b"This store is not known by that name.\n"


def only_hosts(hosts: Collection[str]) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware that refuses every other host. `hosts` are names without ports."""
    known = frozenset(host.lower() for host in hosts)

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and _host(scope["headers"]) not in known:
                await send(
                    {
                        "type": "http.response.start",
                        "status": 400,
                        "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")],
                    }
                )
                await send(
                    {
                        "type": "http.response.body",
                        "body": b"This store is not known by that name.\n",
                        "more_body": False,
                    }
                )
                return
            await app(scope, receive, send)

        return guarded

    return wrap


def _host(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1").lower()
            if host.startswith("["):
                return host.partition("]")[0] + "]"
            return host.partition(":")[0]
    return ""
