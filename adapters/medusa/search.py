"""Listings and searches: by the index behind `/store/search` where there is one, else by the plain list of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypedDict

from bff.ports import (
    Facet,
    FacetKind,
    FacetValue,
    Hit,
    Listing,
    ListingQuery,
    NotFound,
    ProductKey,
    PublicContext,
    Scope,
    SearchTraits,
    Sort,
    Suggestions,
)

from . import tree, wire
from .amounts import money
from .catalog import goods, priced_goods
from .goods import CARD
from .settings import SearchIndex, word
from .shop import Shop
from .transport import many

_MOST, _VALUES = 100, 100
_CHARACTERS, _PAGES = 200, 1_000_000
PRICE = "price"
PLAIN = {"newest": "-created_at", "name-asc": "title", "name-desc": "-title"}


class _Filters(NamedTuple):
    """What was understood of a query's filters: values by facet, the ends of the price, and what was not."""

    values: dict[str, tuple[str, ...]]
    ends: tuple[Decimal | None, Decimal | None] | None
    ignored: list[str]


class MedusaSearch:
    """Traits follow the settings: without an index there are no facets, and no order by price."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        indexed = shop.settings.search is not None
        self.traits = SearchTraits(counts="disjunctive" if indexed else "none", facets=indexed, typo_tolerance=indexed)

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        index = self._shop.settings.search
        if index is None:
            return await self._plain(ctx, query)
        return await Indexed(self._shop, index, ctx, query).listing()

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        asked = _text(text)
        if not asked:
            return Suggestions()
        index, limit = self._shop.settings.search, max(1, min(limit, _MOST))
        if index is None:
            found = await goods(self._shop, ctx, [("q", asked)], CARD, limit)
            return Suggestions(products=tuple(card for one in found if (card := one.card())))
        body = {
            "entity": index.index,
            "fields": ["id"],
            "filters": {"q": asked, **sold_here(index, ctx)},
            "pagination": {"take": limit},
            "search_options": {"match_strategy": "last", "typo_tolerance": True},
        }
        answer = await self._shop.api.post(ctx, "/store/search", wire.Results, body)
        hits = await hydrated(self._shop, ctx, [hit.id for result in answer.results for hit in result.hits])
        return Suggestions(products=tuple(hit.card for hit in hits if hit.card))

    async def _plain(self, ctx: PublicContext, query: ListingQuery) -> Listing:
        size, page = max(1, min(query.size, _MOST)), _page(query)
        asked = [("offset", str((page - 1) * size))]
        ids = await _scope_ids(self._shop, ctx, query.scope)
        asked += many("collection_id" if query.scope and ids and ids[0].startswith("pcol_") else "category_id", ids)
        text = _text(query.text or "")
        if text:
            asked.append(("q", text))
        offered = ["relevance", *PLAIN] if text else list(PLAIN)
        sort = query.sort if query.sort in offered else offered[0]
        if sort in PLAIN:
            asked.append(("order", PLAIN[sort]))
        found, total = await priced_goods(self._shop, ctx, asked, CARD, size)
        cards = [card for one in found if (card := one.card())]
        hits = tuple(Hit(key=ProductKey(id=card.id, sku=card.sku, slug=card.slug), card=card) for card in cards)
        ignored = [*query.filters] + (["sort"] if query.sort and query.sort != sort else [])
        return Listing(
            hits=hits, sorts=tuple(Sort(id=id) for id in offered), sort=sort, total=total, ignored=tuple(ignored),
            **_pages(page, size, total),
        )  # fmt: skip


class Indexed:
    """One listing asked of the index: the page and, beside it in the same call, the listing without its filters, which
    tells the values and the bounds there are."""

    def __init__(self, shop: Shop, index: SearchIndex, ctx: PublicContext, query: ListingQuery) -> None:
        self._shop, self._index, self._ctx, self._query = shop, index, ctx, query
        self._text = _text(query.text or "")
        self._size, self._page = max(1, min(query.size, _MOST)), _page(query)
        self._price = index.price.format(currency=ctx.market.currency.lower())
        self._facets = {facet.key: facet for facet in index.facets}

    async def listing(self) -> Listing:
        scope, id_ = await self._scope()
        filters = self._filters()
        offered = self._offered()
        sort = self._query.sort if self._query.sort in offered else next(iter(offered))
        page, base = await self._ask(scope, filters, offered[sort])
        known = {
            id: {value.value for value in base.facets[facet.field].values}
            for id, facet in self._facets.items()
            if facet.field in base.facets
        }
        kept = {id: tuple(v for v in values if v in known.get(id, ())) for id, values in filters.values.items()}
        if kept != filters.values:
            # Values that nothing in this listing has: they are left out, so the page is asked for without them.
            filters.ignored.extend(
                f"{id}={value}" for id, values in filters.values.items() for value in values if value not in kept[id]
            )
            filters = filters._replace(values={id: values for id, values in kept.items() if values})
            page, base = await self._ask(scope, filters, offered[sort])
        if not base.metadata.count and self._query.scope is not None and not self._text:
            await self._exists(id_)
        hits = await hydrated(self._shop, self._ctx, [hit.id for hit in page.hits])
        total = page.metadata.count or 0
        ignored = [*filters.ignored, *(["sort"] if self._query.sort and self._query.sort != sort else [])]
        return Listing(
            hits=hits, facets=self._shown(page, base, filters), sorts=tuple(Sort(id=id) for id in offered), sort=sort,
            total=total, ignored=tuple(ignored), **_pages(self._page, self._size, total),
        )  # fmt: skip

    async def _scope(self) -> tuple[dict[str, Any], str]:
        """The scope as a filter, and its id. Another backend's scope is found by its slug."""
        scope = self._query.scope
        if scope is None:
            return {}, ""
        collections = tree.in_collections(scope.kind, self._shop.settings)
        id = scope.id
        if not id.startswith("pcol_" if collections else "pcat_"):
            id = (await tree.head(self._shop, self._ctx, scope.kind, scope.slug)).id
        return {self._index.collection if collections else self._index.category: id}, id

    async def _exists(self, id: str) -> None:
        """An empty listing may be a category without products, or none at all. Raises `NotFound`."""
        read = tree.collections_by_ids if id.startswith("pcol_") else tree.by_ids
        if id not in await read(self._shop, self._ctx, [id]):
            raise NotFound("scope")

    def _offered(self) -> dict[str, dict[str, str]]:
        """The orders this listing has, the one it begins with first."""
        index = self._index
        offered: dict[str, dict[str, str]] = {"relevance": {}} if self._text else {}
        if index.rank:
            offered["featured"] = {index.rank: "DESC"}
        if index.newest:
            offered["newest"] = {index.newest: "DESC"}
        offered |= {"price-asc": {self._price: "ASC"}, "price-desc": {self._price: "DESC"}}
        if index.name:
            offered |= {"name-asc": {index.name: "ASC"}, "name-desc": {index.name: "DESC"}}
        return offered

    def _filters(self) -> _Filters:
        found = _Filters({}, None, [])
        for id, values in self._query.filters.items():
            if id == PRICE:
                ends = _ends(values[0] if values else "")
                if ends is None:
                    found.ignored.append(f"{PRICE}={values[0]}" if values else PRICE)
                found = found._replace(ends=ends)
            elif id in self._facets:
                found.values[id] = tuple(dict.fromkeys(values))[:_VALUES]
            else:
                found.ignored.append(id)
        return found

    async def _ask(
        self, scope: Mapping[str, Any], filters: _Filters, order: Mapping[str, str]
    ) -> tuple[wire.Result, wire.Result]:
        narrowed: list[dict[str, Any]] = [
            {self._facets[id].field: {"$in": list(values)}} for id, values in filters.values.items() if values
        ]
        if filters.ends:
            low, high = filters.ends
            ends = {"$gte": low and float(low), "$lte": high and float(high)}
            narrowed.append({self._price: {name: end for name, end in ends.items() if end is not None}})
        base: dict[str, Any] = {**scope, **sold_here(self._index, self._ctx)}
        if self._text:
            base["q"] = self._text
        facets: list[Any] = [{"field": facet.field, "limit": _VALUES} for facet in self._index.facets]
        last = {self._index.unique: "ASC"} if self._index.unique else {}
        window = {"take": self._size, "skip": (self._page - 1) * self._size}
        queries = [
            {
                "entity": self._index.index,
                "fields": ["id"],
                "filters": {**base, "$and": narrowed} if narrowed else base,
                "pagination": {**window, "order": {**order, **last}} if order else window,
                "search_options": {"facets": facets, "disjunctive_facets": True, "count": "exact", "typo_tolerance": True},
            },
            {
                "entity": self._index.index,
                "fields": ["id"],
                "filters": base,
                "pagination": {"take": 0},
                "search_options": {
                    "facets": [*facets, {"field": self._price, "type": "stats"}], "count": "exact", "typo_tolerance": True,
                },
            },
        ]  # fmt: skip
        answer = await self._shop.api.post(self._ctx, "/store/search", wire.Results, {"queries": queries})
        page, unfiltered = answer.results
        return page, unfiltered

    def _shown(self, page: wire.Result, base: wire.Result, filters: _Filters) -> tuple[Facet, ...]:
        made: list[Facet] = []
        for id, facet in self._facets.items():
            counts = (
                {value.value: value.count for value in page.facets[facet.field].values}
                if facet.field in page.facets
                else {}
            )
            chosen = filters.values.get(id, ())
            listed = base.facets[facet.field].values if facet.field in base.facets else []
            values = tuple(
                FacetValue(
                    value=value.value,
                    name=value.value,
                    count=counts.get(value.value, 0),
                    selected=value.value in chosen,
                    swatch=self._shop.settings.swatches.get(value.value.lower()),
                )
                for value in sorted(listed, key=lambda value: value.value.casefold())
                if counts.get(value.value) or value.value in chosen
            )
            if values:
                kind: FacetKind = "swatch" if all(value.swatch for value in values) else "choice"
                name = word(facet.name, self._ctx.language)
                made.append(Facet(id=id, name=name, kind=kind, values=values))
        bounds = base.facets.get(self._price)
        if bounds and bounds.min is not None and bounds.max is not None and bounds.min < bounds.max:
            currency = self._ctx.market.currency
            low, high = filters.ends or (None, None)
            made.append(
                Facet(
                    id=PRICE,
                    name=None,
                    kind="range",
                    minimum=money(bounds.min, currency).amount,
                    maximum=money(bounds.max, currency).amount,
                    chosen_minimum=low,
                    chosen_maximum=high,
                    currency=currency,
                )
            )
        return tuple(made)


def sold_here(index: SearchIndex, ctx: PublicContext) -> dict[str, Any]:
    """Only what has a price in the market's currency: all else would be counted and not shown."""
    return {index.price.format(currency=ctx.market.currency.lower()): {"$exists": True}}


async def hydrated(shop: Shop, ctx: PublicContext, ids: Sequence[str]) -> tuple[Hit, ...]:
    """Cards for the index's hits, in their order: the index knows no price list, no tax and no stock."""
    if not ids:
        return ()
    cards = {one.wire.id: one.card() for one in await goods(shop, ctx, many("id", ids), CARD)}
    return tuple(
        Hit(key=ProductKey(id=id, sku=card.sku, slug=card.slug), card=card) for id in ids if (card := cards.get(id))
    )


async def _scope_ids(shop: Shop, ctx: PublicContext, scope: Scope | None) -> list[str]:
    """The ids a listing's products must have one of. Raises `NotFound`."""
    if scope is None:
        return []
    collections, id = tree.in_collections(scope.kind, shop.settings), scope.id
    if not id.startswith("pcol_" if collections else "pcat_"):
        id = (await tree.head(shop, ctx, scope.kind, scope.slug)).id
    return [id] if collections else await tree.below(shop, ctx, id)


def _page(query: ListingQuery) -> int:
    """The page's number; a cursor is one in words. A cursor of nobody's is the first page."""
    number = query.page
    if query.cursor is not None:
        number = int(query.cursor) if query.cursor.isascii() and query.cursor.isdecimal() else 1
    return max(1, min(number, _PAGES))


class _Pages(TypedDict):
    number: int
    pages: int
    next: str | None
    previous: str | None


def _pages(number: int, size: int, total: int) -> _Pages:
    pages = -(-total // size)
    return _Pages(
        number=number,
        pages=pages,
        next=str(number + 1) if number < pages else None,
        previous=str(number - 1) if number > 1 else None,
    )


def _text(text: str) -> str:
    """What was typed, without what PostgreSQL refuses (a NUL) and what nobody types."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_CHARACTERS]


def _ends(text: str) -> tuple[Decimal | None, Decimal | None] | None:
    """The ends of `"10..40"`, None where it is no range."""
    low, dots, high = text.partition("..")
    try:
        ends = (Decimal(low) if low else None, Decimal(high) if high else None)
    except InvalidOperation:
        return None
    if (
        not dots
        or ends == (None, None)
        or any(end is not None and not (end.is_finite() and 0 <= end < 10**12) for end in ends)
    ):
        return None
    return ends
