"""The embedded backend: a small commerce engine on SQLite, for the demo, for small shops and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bff.ports import Manifest, Market, Offer

from . import export, generate, importer
from .carts import EmbeddedCarts
from .catalog import EmbeddedCatalog
from .content import EmbeddedContent
from .database import Database
from .delivery import EmbeddedDelivery
from .faults import with_faults
from .recommendations import EmbeddedRecommendations
from .reviews import EmbeddedReviews
from .search import EmbeddedSearch
from .settings import Settings
from .stores import EmbeddedStores

if TYPE_CHECKING:
    import httpx


@asynccontextmanager
async def open_embedded(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Open the database, making and filling it where needed. Raises `Misconfigured`. `http` is not used."""
    database = Database(settings, markets)
    try:
        await asyncio.to_thread(database.prepare)
        search = EmbeddedSearch(database, settings, markets)
        try:
            await search.start()
            yield with_faults(_offer(database, search), database.faults)
        finally:
            await search.close()
    finally:
        await asyncio.to_thread(database.close)


def _offer(database: Database, search: EmbeddedSearch) -> Offer:
    catalog = EmbeddedCatalog(database)
    return Offer(
        catalog=catalog,
        search=search,
        carts=EmbeddedCarts(database),
        content=EmbeddedContent(database),
        delivery=EmbeddedDelivery(database),
        recommendations=EmbeddedRecommendations(database),
        reviews=EmbeddedReviews(database),
        stores=EmbeddedStores(database),
        probe=catalog.probe,
    )


manifest = Manifest(
    name="embedded",
    title="Embedded",
    settings=Settings,
    open=open_embedded,
    commands=(export.COMMAND, generate.COMMAND, importer.COMMAND),
)
