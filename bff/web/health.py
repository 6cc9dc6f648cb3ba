"""`/-/live` and `/-/ready`: for whatever watches the process. A backend that is down does not make a head unready."""

from __future__ import annotations

from typing import Any

from litestar import Request, route
from litestar.response.base import ASGIResponse

from .answers import sent
from .storefront import Storefront


@route(["/-/live", "/-/ready"], http_method=["GET", "HEAD"], include_in_schema=False, sync_to_thread=False)
def health(request: Request[Any, Any, Any]) -> ASGIResponse:
    """The process answers, and its settings, templates and backend were opened (else it would not have started)."""
    store: Storefront = request.app.state.generations.current.default.front
    return sent(b"ok\n", headers=[*store.headers, ("cache-control", "no-store")], head=request.method == "HEAD")
