"""Content as files: pages, journal, menus and slots as Markdown in a folder of the shop, beside any backend
(`[compose] content = "files"`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bff.ports import Manifest, Market, Offer

from .content import FilesContent
from .folder import Folder

if TYPE_CHECKING:
    import httpx


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`folder` holds `pages/`, `journal/`, `menus/` and `slots/`. `look` is how often, in seconds, it is looked at for
    changes; 0: never. `language`: what is shown where a text is not there in the shopper's."""

    folder: str = "{shop}/content"
    look: float = 1.0
    language: str = "en"


@asynccontextmanager
async def open_files(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Read the folder. Raises `Misconfigured` naming the file. `http` is not used."""
    folder = Folder(Path(settings.folder), look=settings.look)
    await asyncio.to_thread(folder.read)

    async def probe() -> str:
        shelf = await folder.shelf()
        return f"{sum(map(len, shelf.kinds.values()))} texts in {settings.folder}"

    yield Offer(content=FilesContent(folder, settings.language), probe=probe)


manifest = Manifest(name="files", title="Files", settings=Settings, open=open_files, in_process=True)
