"""Answering a listing: filters, facets, order, one page of cards."""

from __future__ import annotations

from itertools import compress, islice

from adapters.embedded.cards import cards
from adapters.embedded.database import Connection
from bff.ports import Hit, Listing, ListingQuery, Market, NotFound, ProductKey, PublicContext, Sort

from .build import rank_names
from .facets import Facets
from .filters import read_filters
from .index import SORTS, Index
from .matching import Found
from .segment import Segment, bitmap, selectors

LARGEST_PAGE = 100
DEEPEST_PAGE = 1_000_000_000


def price_list(market: Market) -> str:
    """The price list a market sells by."""
    return market.backend.get("price_list", market.currency)


def answer(
    connection: Connection, index: Index, ctx: PublicContext, query: ListingQuery, found: Found | None
) -> Listing:
    """The page that `query` asks for; `found` narrows it to what a text matched. Raises `NotFound`."""
    if found is not None and found.exact is not None and not index.lists_product(found.exact):
        return _withdrawn(connection, ctx, found.exact)
    scope = query.scope
    scope_id = None
    if scope is not None:
        scope_id = index.scope_id(scope.kind, scope.id, scope.slug)
        if scope_id is None:
            raise NotFound("no such category, collection or brand")
    segment = index.segment(scope.kind if scope else None, scope_id or "", price_list(ctx.market))
    everything = segment.everything
    relevant: list[int] = []
    if found is not None:
        relevant = list(segment.places(found.ordinals))
        everything = bitmap(relevant, segment.size)
    filters = read_filters(index, segment, query.filters)
    result = filters.base(everything)
    total = result.bit_count()
    facets = Facets(index, segment, filters, everything, ctx.market, ctx.locale).all(scope, scope_id)

    offered = ("relevance", *SORTS) if found is not None else SORTS
    sort = query.sort if query.sort in offered else offered[0]
    if query.sort is not None and query.sort != sort:
        filters.ignore("sort")
    size = min(max(query.size, 1), LARGEST_PAGE)
    number = _page_number(query)
    start, end = (number - 1) * size, number * size
    if sort == "relevance":
        chosen = selectors(result, segment.size)
        places = list(islice(compress(relevant, map(chosen.__getitem__, relevant)), start, end))
    else:
        places = _ordered(connection, index, segment, sort, ctx.locale, (result, total, start, end))
    pages = max(1, -(-total // size))
    return Listing(
        hits=_hits(connection, ctx, [segment.products[place] for place in places]),
        facets=facets,
        sorts=tuple(Sort(id=id) for id in offered),
        sort=sort,
        total=total,
        number=number,
        pages=pages,
        next=str(number + 1) if number < pages else None,
        previous=str(min(number - 1, pages)) if number > 1 else None,
        ignored=tuple(filters.ignored),
        corrected=found.corrected if found is not None else None,
        did_you_mean=found.did_you_mean if found is not None else None,
    )


def _withdrawn(connection: Connection, ctx: PublicContext, n: int) -> Listing:
    """A product that listings leave out and whose SKU was typed."""
    return Listing(hits=_hits(connection, ctx, [n]), total=1, number=1, pages=1)


def _hits(connection: Connection, ctx: PublicContext, ns: list[int]) -> tuple[Hit, ...]:
    shown = cards(connection, ctx, ns)
    return tuple(Hit(key=ProductKey(id=card.id, sku=card.sku, slug=card.slug), card=card) for card in shown)


def _ordered(
    connection: Connection,
    index: Index,
    segment: Segment,
    sort: str,
    locale: str,
    cut: tuple[int, int, int, int],
) -> list[int]:
    if sort == "name-asc":
        rank_names(connection, index, locale)
        sort = f"name-asc:{locale}"
    return segment.order(sort).page(*cut)


def _page_number(query: ListingQuery) -> int:
    """The page asked for: the cursor's where it is one of ours."""
    number = query.page
    if query.cursor is not None and query.cursor.isascii() and query.cursor.isdigit() and len(query.cursor) < 10:
        number = int(query.cursor)
    return min(max(number, 1), DEEPEST_PAGE)
