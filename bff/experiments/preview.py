"""`/-/preview/…`: where a signed link leads, and the choices on the bar. It sets or ends the cookie and leads on to a page
of the store; a link that is forged or has expired leads to the plain page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar import Request, get
from litestar.response.base import ASGIResponse

from bff.web.answers import sent
from bff.web.preview import Preview
from bff.web.storefront import Storefront

from .definition import CONTROL
from .running import Experiments

WebRequest = Request[Any, Any, Any]


@get("/-/preview/{token:str}", include_in_schema=False, sync_to_thread=False)
def preview(request: WebRequest) -> ASGIResponse:
    """Begin a preview, or go on with another variation."""
    experiments: Experiments = request.app.state.experiments
    token = request.path_params["token"]
    opened = experiments.previews.opened(token)
    found = experiments.found.get(opened[0]) if opened else None
    if opened is None or found is None:
        return _led(request, [])
    asked = request.query_params.get("show", "")
    fallback = next((name for name in found.names if name != CONTROL), CONTROL)
    chosen = Preview(
        token=token,
        experiment=found.name,
        variation=asked if asked in found.names else fallback,
        until=opened[1],
        outline=request.query_params.get("outline") != "0",
        bare=request.query_params.get("bar") == "0",
    )
    return _led(request, [experiments.previews.cookie(chosen)])


@get("/-/preview", include_in_schema=False, sync_to_thread=False)
def leave(request: WebRequest) -> ASGIResponse:
    """End a preview."""
    experiments: Experiments = request.app.state.experiments
    return _led(request, [experiments.previews.ended])


def _led(request: WebRequest, cookies: Iterable[str]) -> ASGIResponse:
    """To the page of this store that `to` names, else to its first page."""
    store: Storefront = request.app.state.generations.current.default.front
    asked = request.query_params.get("to", "")
    inside = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isascii() and asked.isprintable()
    location = asked if inside and " " not in asked else store.default_place.root
    raw = [*store.headers, ("cache-control", "no-store"), ("location", location), ("x-robots-tag", "noindex")]
    return sent(b"", status=303, headers=[*raw, *(("set-cookie", cookie) for cookie in cookies)])


routes = (preview, leave)
