"""Live reload, in development only: `/-/changes` tells the browser when a template, a message or a static file changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent

INTERVAL = 0.4
"""Seconds between two looks at the files."""


def stamp(folders: Sequence[Path]) -> int:
    """The newest modification below the folders, in nanoseconds; pictures left aside."""
    newest = 0
    for folder in folders:
        for file in folder.rglob("*"):
            if "pictures" not in file.parts and file.is_file():
                newest = max(newest, file.stat().st_mtime_ns)
    return newest


async def changes(folders: Sequence[Path]) -> AsyncIterator[str]:
    """An event for each change, as long as the browser listens."""
    last = await asyncio.to_thread(stamp, folders)
    yield str(last)
    while True:
        await asyncio.sleep(INTERVAL)
        now = await asyncio.to_thread(stamp, folders)
        if now != last:
            last = now
            yield str(now)


def live_reload(folders: Sequence[Path]) -> HTTPRouteHandler:
    """The route that a development page listens to."""

    @get("/-/changes", include_in_schema=False)
    async def listen() -> ServerSentEvent:
        return ServerSentEvent(changes(folders))

    return listen
