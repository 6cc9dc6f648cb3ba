"""The composition root: everything is wired here, in order, and nothing imports it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cachetools import TTLCache
from litestar import Litestar, Request
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.response.base import ASGIResponse

from bff import settings as configuration
from bff.channels import crawlers
from bff.gateway.backends import open_backend
from bff.pages import PAGES
from bff.rendering.assets import Assets
from bff.rendering.environment import renderers
from bff.web.addresses import places
from bff.web.headers import security_headers
from bff.web.health import health
from bff.web.hosts import only_hosts
from bff.web.session import Sealer
from bff.web.static import static
from bff.web.storefront import Storefront

log = logging.getLogger("portico")

SHELL_SECONDS = 30
WebRequest = Request[Any, Any, Any]


def create_app(settings: configuration.Settings) -> Litestar:
    """The store as an ASGI application. Its backend is opened when the server starts. Raises `Misconfigured`."""
    origin = configuration.origin(settings)
    https = origin.startswith("https://")
    headers = security_headers(https=https)
    ring = configuration.key_ring(settings)
    markets = configuration.markets(settings)
    found = places(markets, origin)
    assets = Assets(configuration.search_path(settings, "static"))
    templates = configuration.search_path(settings, "templates")
    development = settings.server.development
    made = renderers(tuple(found.values()), templates, assets, development=development)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_backend(settings.use, settings.backends[settings.use], markets, settings.source) as backend:
            app.state.storefront = Storefront(
                settings=settings,
                markets=markets,
                places=found,
                renderers=made,
                assets=assets,
                sealer=Sealer(ring, https=https),
                headers=headers,
                origins=frozenset({origin}),
                backend=backend,
                shells=TTLCache(64, SHELL_SECONDS if not development else 0.0),
                last_shells={},
            )
            yield

    def failed(request: WebRequest, error: Exception) -> ASGIResponse:
        """The last resort: what went wrong before or beside a page."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status >= 500:
            log.error("unhandled failure at %s", request.scope["path"], exc_info=error)
        extra = [(b"cache-control", b"no-store")]
        if isinstance(error, MethodNotAllowedException) and error.headers:
            extra += [(name.lower().encode(), str(value).encode()) for name, value in error.headers.items()]
        page = _plain(templates, status)
        return ASGIResponse(
            body=page, status_code=status, media_type="text/html; charset=utf-8", encoded_headers=[*headers, *extra]
        )

    hosts = {urlsplit(origin).hostname or "", *settings.server.hosts, "localhost", "127.0.0.1", "[::1]"}
    routes = [handler for page in PAGES for handler in page.routes]
    return Litestar(
        route_handlers=[*routes, *crawlers.routes, static, health],
        lifespan=[lifespan],
        exception_handlers={Exception: failed, HTTPException: failed},  # type: ignore[dict-item] # an ASGIResponse is sent as it is
        openapi_config=None,
        middleware=[only_hosts(hosts)] if not development else [],
        logging_config=None,
        debug=False,
        request_max_body_size=1_000_000,
    )


def _plain(templates: list[Path], status: int) -> bytes:
    """A page that needs nothing: no backend, no template engine."""
    for folder in templates:
        file = folder / "plain.html"
        if file.exists():
            return file.read_bytes().replace(b"{status}", str(status).encode())
    return str(status).encode()
