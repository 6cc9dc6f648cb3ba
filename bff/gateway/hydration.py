"""A search that finds keys only: the cards come from the catalogue, which keeps each by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from bff.ports import Catalog, Listing, ListingQuery, PublicContext, Search

MOST = 100
"""Keys of one call, by the contract."""


class Hydrated:
    """A search whose hits have cards. A hit that the catalogue does not know is left out."""

    def __init__(self, search: Search, catalog: Catalog) -> None:
        self._search, self._catalog = search, catalog

    def __getattr__(self, name: str) -> Any:
        return getattr(self._search, name)

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        found = await self._search.listing(ctx, query=query)
        bare = [hit.key for hit in found.hits if hit.card is None]
        if not bare:
            return found
        cards = [
            card
            for start in range(0, len(bare), MOST)
            for card in await self._catalog.products(ctx, keys=tuple(bare[start : start + MOST]))
        ]
        came = iter(cards)
        hits = tuple(hit if hit.card else msgspec.structs.replace(hit, card=next(came)) for hit in found.hits)
        return msgspec.structs.replace(found, hits=tuple(hit for hit in hits if hit.card is not None))


def hydrated(search: Search, catalog: Catalog) -> Search:
    """The search as pages want it: with cards. Give it both ports with their chains in front."""
    return Hydrated(search, catalog)
