"""Finding what Acme sells: a category's page and a search are the same question."""

from __future__ import annotations

from bff.ports import Listing, ListingQuery, PublicContext, SearchTraits, Suggestions

from .api import Api
from .unwritten import NotWritten


class AcmeSearch:
    """`traits` promise no more than is there; the kit holds them to it."""

    traits = SearchTraits(counts="none", facets=False)

    def __init__(self, api: Api) -> None:
        self._api = api

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        raise NotWritten("search.listing", "a page of Hits for text, scope, sort and page; name what was ignored.")

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        raise NotWritten("search.suggest", "a few Cards for what is being typed; Suggestions() for an empty text.")
