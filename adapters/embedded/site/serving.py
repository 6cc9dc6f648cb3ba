"""The ASGI application: which page answers what."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any

from adapters.embedded.database import Database
from adapters.embedded.settings import Settings
from bff.ports import BackendError, Market

from .answers import Answer, Request, plain, read, write
from .hosted_pages import HostedPages
from .provider_pages import ProviderPages

log = logging.getLogger("portico.embedded.site")
STYLE = files(__package__).joinpath("site.css").read_text(encoding="utf-8")


def make_site(settings: Settings, markets: Sequence[Market]) -> Callable[..., Awaitable[None]]:
    """The pages over the same database as the backend's. Raises `Misconfigured` when it starts and cannot open it."""
    database = Database(settings, markets)
    provider = ProviderPages(database)
    rooms: dict[str, HostedPages | ProviderPages] = {
        "checkout": HostedPages(database),
        "pay": provider,
        "frame": provider,
    }

    async def answer(request: Request) -> Answer:
        room, _, rest = request.path.strip("/").partition("/")
        if request.path == "/site.css":
            return Answer(body=STYLE, kind="text/css; charset=utf-8")
        if room not in rooms or not rest or len(request.path) > 300:
            return plain(404, "lost")
        if request.method not in ("GET", "HEAD", "POST"):
            return plain(405, "lost")
        if request.method == "POST" and request.headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        ):
            return plain(403, "foreign")
        try:
            return await rooms[room].answer(room, rest, request)
        except BackendError as error:
            log.warning("%s: %s", request.path.split("/")[1], error)
            return plain(503, "down")

    async def site(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(database, receive, send)
        elif scope["type"] == "http":
            request = await read(scope, receive)
            found = plain(413, "large") if request is None else await answer(request)
            await write(send, found, head=scope["method"] == "HEAD")

    return site


async def _lifespan(database: Database, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await asyncio.to_thread(database.prepare)
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(database.close)
            await send({"type": "lifespan.shutdown.complete"})
            return
