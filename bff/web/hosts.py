"""The names a store answers to. A foreign `Host` gets 400, so that nothing is ever made from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from .answers import sent

HEALTH = frozenset({"/-/live", "/-/ready"})
"""Asked for by whatever watches the process, under any name: a probe knows an address only."""
REFUSED = b"This store is not known by that name.\n"


def only_hosts(hosts: Collection[str], headers: Iterable[tuple[str, str]] = ()) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware that refuses every other host, save for the health addresses. `hosts` are names without ports."""
    known = frozenset(host.lower() for host in hosts)
    raw = [*headers, ("cache-control", "no-store")]

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and scope["path"] not in HEALTH and _host(scope["headers"]) not in known:
                refusal = sent(REFUSED, status=400, headers=raw, head=scope["method"] == "HEAD")
                await refusal(scope, receive, send)
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
