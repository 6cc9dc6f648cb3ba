"""The port. Serves the index it has while a newer one is made in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from adapters.embedded.database import Connection, Database
from adapters.embedded.settings import Settings
from bff.ports import Listing, ListingQuery, Market, PublicContext, SearchTraits, Suggestions

from .build import build, version_of
from .fulltext import FullText, beside
from .index import Index
from .listing import answer, price_list
from .matching import Matcher, Tongue, tongue
from .proposals import suggest

LOOK_EVERY = 0.25
"""Seconds between two looks at the catalogue's version."""
SMALL = 5_000
"""Up to so many products the words are filled before the search starts, above it while it serves."""

SOLD_OUT_SECONDS = 30.0
"""How long the index of a larger catalogue may say of something sold out that it is there, or the other way round."""

_log = logging.getLogger(__name__)


class EmbeddedSearch:
    """Implements `bff.ports.Search`. `start` before use, `close` after. One object serves one event loop."""

    def __init__(self, database: Database, settings: Settings, markets: Sequence[Market]) -> None:
        self._database = database
        self._lists = sorted({price_list(market) for market in markets})
        self._words = FullText(beside(database.path))
        self._tongues: dict[tuple[str, str], Tongue] = {}
        self._filled = False
        self._index: Index | None = None
        self._looked = self._made = 0.0
        self._look: asyncio.Task[None] | None = None

    @property
    def traits(self) -> SearchTraits:
        return SearchTraits(typo_tolerance=True)

    async def start(self) -> None:
        """Build the index, and the words where that is soon done. Raises `Unavailable`."""
        self._index = await self._database.run(self._build, alone=True)
        if self._index.size <= SMALL:
            self._filled = await self._database.run(self._words.refresh, alone=True)
        self._look = asyncio.get_running_loop().create_task(self._renew(self._index))

    async def close(self) -> None:
        """Stop looking for changes. The database is closed afterwards."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        """A page of products; see the port. A filter that was not understood is `ignored` as `facet` or `facet=value`,
        an unknown order as `sort`."""
        index = self._current()

        def read(connection: Connection) -> Listing:
            text = query.text
            found = None
            if text is not None and text.strip():
                found = Matcher(connection, self._words, self._tongue(connection, index, ctx.language)).find(text)
            return answer(connection, index, ctx, query, found)

        return await self._database.run(read, alone=True)

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        """Proposals for a half-typed text; see the port."""
        index = self._current()

        def read(connection: Connection) -> Suggestions:
            spoken = self._tongue(connection, index, ctx.language)
            return suggest(connection, index, self._words, ctx, spoken, text, limit)

        return await self._database.run(read, alone=True)

    def _tongue(self, connection: Connection, index: Index, language: str) -> Tongue:
        """The language to search in; the catalogue's own where it does not speak the shopper's."""
        if not self._words.has(language):
            language = index.default_language.partition("-")[0]
        stamp = self._words.stamp()
        found = self._tongues.get((stamp, language))
        if found is None:
            found = tongue(connection, self._words, language)
            self._tongues = {k: v for k, v in self._tongues.items() if k[0] == stamp}
            self._tongues[stamp, language] = found
        return found

    def _build(self, connection: Connection) -> Index:
        return build(connection, self._lists)

    def _current(self) -> Index:
        if self._index is None:
            raise RuntimeError("start the search before asking it")
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY and (self._look is None or self._look.done()):
            self._looked = now
            self._look = asyncio.get_running_loop().create_task(self._renew(self._index))
        return self._index

    async def _renew(self, index: Index) -> None:
        """Replace the index if the catalogue is no longer the one it was made of."""
        try:
            version = await self._database.run(version_of)
            if version != index.version and not self._may_wait(version, index):
                self._made = time.monotonic()
                index, self._filled = await self._database.run(self._build, alone=True), False
            await self._database.run(lambda _: self._warm(index), alone=True)
            self._index = index
            if not self._filled:
                self._filled = await self._database.run(self._words.refresh, alone=True)
        except Exception:
            _log.warning("the search index could not be renewed; the old one serves on", exc_info=True)

    def _may_wait(self, version: str, index: Index) -> bool:
        """Whether only what is sold out has changed, in a large catalogue whose index is young."""
        same = version.rpartition("/")[0] == index.version.rpartition("/")[0]
        return same and index.size > SMALL and time.monotonic() - self._made < SOLD_OUT_SECONDS

    def _warm(self, index: Index) -> None:
        """Make what every search needs, before the first one waits for it."""
        for name in self._lists:
            index.segment(None, "", name)
