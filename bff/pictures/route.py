"""`/media/…`: pictures of backends, made smaller by the store."""

from __future__ import annotations

from typing import Any, NamedTuple

from litestar import Request, route
from litestar.response.base import ASGIResponse

from bff.ports import BackendError, NotFound
from bff.web.answers import sent
from bff.web.storefront import Storefront

from .addresses import Addresses
from .proxy import Pictures

ABSENT = "absent.svg"
"""Below `static/`: what is shown where no picture can be had. A shop may have its own."""
STALE = 2_592_000


class Proxy(NamedTuple):
    """`app.state.pictures`; None where pictures are not made smaller. `fresh`: seconds for which browsers do not ask."""

    addresses: Addresses
    pictures: Pictures
    fresh: int


@route("/media/{path:path}", http_method=["GET", "HEAD"], include_in_schema=False)
async def media(request: Request[Any, Any, Any]) -> ASGIResponse:
    """A picture; where there is none, one that says so, with the status of the failure. What was not signed is 404."""
    store: Storefront = request.app.state.generations.current.default.front
    proxy: Proxy | None = request.app.state.pictures
    wanted = proxy.addresses.opened(request.path_params["path"].lstrip("/")) if proxy else None
    if proxy is None or wanted is None or request.scope["query_string"]:
        return sent(b"", status=404, headers=[*store.headers, ("cache-control", "no-store")])
    head = request.method == "HEAD"
    try:
        ready = await proxy.pictures.picture(wanted)
    except BackendError as error:
        status = 404 if isinstance(error, NotFound) else 502
        return _absent(store, status, head)
    cache = f"public, max-age={proxy.fresh}, stale-while-revalidate={STALE}, immutable"
    raw = [*store.headers, ("cache-control", cache), ("etag", ready.etag)]
    if ready.etag in request.headers.get("if-none-match", ""):
        return sent(b"", status=304, headers=raw)
    return sent(ready.body, headers=raw, kind=ready.kind, head=head)


def _absent(store: Storefront, status: int, head: bool) -> ASGIResponse:
    file = store.assets.find(ABSENT)
    raw = [*store.headers, ("cache-control", "no-store")]
    return sent(file.read_bytes() if file else b"", status=status, headers=raw, kind="image/svg+xml", head=head)
