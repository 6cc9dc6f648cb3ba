"""Listings and searches: the list of products, and beside it what may be filtered by."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from bff.ports import (
    Card,
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

from . import shop as shops
from . import tree, wire
from .amounts import minor, money, units
from .goods import CARD, card
from .shop import Shop
from .texts import ascii_marks, slug, typed
from .transport import fields, number

_MOST, _PAGES = 100, 1_000_000
PRICE, AVAILABILITY, IN_STOCK = "price", "availability", "in_stock"
_THERE = ("instock", "onbackorder")
SORTS: Mapping[str, tuple[str, str]] = {
    "featured": ("menu_order", "asc"),
    "newest": ("date", "desc"),
    "bestselling": ("popularity", "desc"),
    "rating": ("rating", "desc"),
    "price-asc": ("price", "asc"),
    "name-asc": ("title", "asc"),
    "name-desc": ("title", "desc"),
}
"""There is no `price-desc`: WooCommerce goes by a product's highest price then, and a card shows the lowest."""
Pairs = list[tuple[str, str]]


class _Chosen(NamedTuple):
    """What was understood of a query's filters, and what was not."""

    values: dict[str, tuple[str, ...]]
    ends: tuple[Decimal | None, Decimal | None] | None
    there: bool
    ignored: list[str]


class WooSearch:
    """Counts of an attribute are without its own choice. Titles and SKUs are searched for the text as it stands."""

    traits = SearchTraits(counts="disjunctive")

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        scope = await self._scope(ctx, query.scope)
        offered = await self._shop.vocabulary.facets(ctx)
        text, size, page = typed(query.text or ""), max(1, min(query.size, _MOST)), _page(query)
        sort = query.sort if query.sort and query.sort in SORTS else next(iter(SORTS))
        chosen = _chosen(query.filters, offered)
        narrowed = [*scope, *_filters(chosen, offered)]
        products, facts, total = await self._ask(ctx, narrowed, text, sort, size, page, offered)
        if text and not total and (other := ascii_marks(text)) != text:
            products, facts, total = await self._ask(ctx, narrowed, other, sort, size, page, offered)
        if chosen.ends and facts.price_range:
            # How many digits the shop's amounts have, its answer tells; two were taken.
            digits = facts.price_range.currency_minor_unit
            if digits != 2:
                narrowed = [*scope, *_filters(chosen, offered, digits)]
                products, facts, total = await self._ask(ctx, narrowed, text, sort, size, page, offered)
        if not total and not text and not query.filters and query.scope:
            await self._exists(ctx, query.scope)
        known = {term for facet in offered for term in facet.values}
        if any(count.term not in known for count in facts.attribute_counts or ()):
            self._shop.vocabulary.forget()
        cards = [found for one in products if (found := card(one, self._shop.settings))]
        pages = -(-total // size)
        return Listing(
            hits=tuple(_hit(one) for one in cards),
            facets=_facets(ctx, chosen, offered, facts, self._shop.settings.swatches),
            sorts=tuple(Sort(id=id) for id in SORTS),
            sort=sort,
            total=total,
            number=page,
            pages=pages,
            next=str(page + 1) if page < pages else None,
            previous=str(page - 1) if page > 1 else None,
            ignored=(*chosen.ignored, *(["sort"] if query.sort and query.sort != sort else [])),
        )

    async def _ask(
        self,
        ctx: PublicContext,
        narrowed: Pairs,
        text: str,
        sort: str,
        size: int,
        page: int,
        offered: tuple[shops.Facet, ...],
    ) -> tuple[list[wire.Product], wire.Facts, int]:
        """The page and, at the same time, its facts."""
        if text:
            narrowed = [*narrowed, ("search", text)]
        narrowed = [*narrowed, ("catalog_visibility", "search" if text else "catalog")]
        order, direction = SORTS[sort]
        asked: Pairs = [
            *narrowed, ("orderby", order), ("order", direction), ("per_page", str(size)), ("page", str(page)),
            fields(*CARD),
        ]  # fmt: skip
        counted: Pairs = [*narrowed, ("calculate_price_range", "true"), ("calculate_stock_status_counts", "true")]
        for n, facet in enumerate(offered[:25]):  # WooCommerce counts 25 attributes in one call and no more
            counted += [
                (f"calculate_attribute_counts[{n}][taxonomy]", facet.taxonomy),
                (f"calculate_attribute_counts[{n}][query_type]", "or"),
            ]
        (products, headers), (facts, _) = await asyncio.gather(
            self._shop.api.get(ctx, "/products", list[wire.Product], query=asked),
            self._shop.api.get(ctx, "/products/collection-data", wire.Facts, query=counted),
        )
        return products, facts, number(headers.get("x-wp-total")) or 0

    async def _scope(self, ctx: PublicContext, scope: Scope | None) -> Pairs:
        """The filter of a scope. Raises `NotFound`."""
        if scope is None:
            return []
        if scope.kind == "collection":
            raise NotFound("no collections")
        id = number(scope.id)
        if id is None:
            id = number((await tree.head(self._shop.api, self._shop.settings, ctx, scope.kind, scope.slug)).id)
        return [(scope.kind, str(id))]

    async def _exists(self, ctx: PublicContext, scope: Scope) -> None:
        """An unknown category lists nothing, as an empty one does. Raises `NotFound`."""
        found = await (tree.categories if scope.kind == "category" else tree.brands)(self._shop.api, ctx)
        if not any(str(one.id) == scope.id or slug(one.slug) == scope.slug for one in found):
            raise NotFound(scope.kind)

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        asked = typed(text)
        if not asked:
            return Suggestions()
        query = [
            ("search", asked), ("catalog_visibility", "search"), ("per_page", str(max(1, min(limit, _MOST)))),
            ("orderby", "popularity"), fields(*CARD),
        ]  # fmt: skip
        found, _ = await self._shop.api.get(ctx, "/products", list[wire.Product], query=query)
        return Suggestions(products=tuple(one for each in found if (one := card(each, self._shop.settings))))


def _hit(one: Card) -> Hit:
    return Hit(key=ProductKey(id=one.id, sku=one.sku, slug=one.slug), card=one)


def _chosen(filters: Mapping[str, tuple[str, ...]], offered: tuple[shops.Facet, ...]) -> _Chosen:
    found = _Chosen({}, None, there=False, ignored=[])
    facets = {facet.id: {value for value, _ in facet.values.values()} for facet in offered}
    for id, values in filters.items():
        if id == PRICE:
            ends = _ends(values[0]) if values else None
            found = found._replace(ends=ends)
            found.ignored.extend([] if ends else [f"{id}={value}" for value in values])
        elif id == AVAILABILITY:
            found = found._replace(there=IN_STOCK in values)
            found.ignored.extend(f"{id}={value}" for value in values if value != IN_STOCK)
        elif id in facets:
            kept = tuple(value for value in values if value in facets[id])
            found.ignored.extend(f"{id}={value}" for value in values if value not in kept)
            found.values.update({id: kept} if kept else {})
        else:
            found.ignored.append(id)
    return found


def _filters(chosen: _Chosen, offered: tuple[shops.Facet, ...], digits: int = 2) -> Pairs:
    """Filters in WooCommerce's words: an attribute by its taxonomy, values by their ids, prices in minor units."""
    asked: Pairs = []
    for n, facet in enumerate(facet for facet in offered if facet.id in chosen.values):
        wanted = chosen.values[facet.id]
        terms = [str(term) for term, (value, _) in facet.values.items() if value in wanted]
        asked += [
            (f"attributes[{n}][attribute]", facet.taxonomy),
            *((f"attributes[{n}][term_id][]", term) for term in terms),
            (f"attributes[{n}][operator]", "in"),
        ]
    if chosen.values:
        asked.append(("attribute_relation", "and"))
    if chosen.ends:
        low, high = chosen.ends
        asked += [("min_price", str(units(low, digits)))] if low is not None else []
        asked += [("max_price", str(units(high, digits)))] if high is not None else []
    if chosen.there:
        asked += [("stock_status[]", status) for status in _THERE]
    return asked


def _facets(
    ctx: PublicContext,
    chosen: _Chosen,
    offered: tuple[shops.Facet, ...],
    facts: wire.Facts,
    swatches: Mapping[str, str],
) -> tuple[Facet, ...]:
    counts = {one.term: one.count for one in facts.attribute_counts or ()}
    made: list[Facet] = []
    for facet in offered:
        wanted = chosen.values.get(facet.id, ())
        values = tuple(
            FacetValue(
                value=value, name=name, count=counts.get(term, 0), selected=value in wanted, swatch=swatches.get(value)
            )
            for term, (value, name) in facet.values.items()
            if counts.get(term) or value in wanted
        )
        if values:
            kind: FacetKind = "swatch" if all(value.swatch for value in values) else "choice"
            made.append(Facet(id=facet.id, name=facet.name, kind=kind, values=values))
    bounds, currency = facts.price_range, ctx.market.currency
    if bounds and bounds.min_price and bounds.max_price and minor(bounds.min_price) < minor(bounds.max_price):
        low, high = chosen.ends or (None, None)
        made.append(
            Facet(
                id=PRICE,
                name=None,
                kind="range",
                minimum=money(minor(bounds.min_price), bounds.currency_minor_unit, currency).amount,
                maximum=money(minor(bounds.max_price), bounds.currency_minor_unit, currency).amount,
                chosen_minimum=low,
                chosen_maximum=high,
                currency=currency,
            )
        )
    statuses = {one.status: minor(str(one.count)) for one in facts.stock_status_counts or ()}
    if statuses.get("outofstock") or chosen.there:
        there = sum(statuses.get(status, 0) for status in _THERE)
        value = FacetValue(value=IN_STOCK, name=IN_STOCK, count=there, selected=chosen.there)
        made.append(Facet(id=AVAILABILITY, name=None, kind="toggle", values=(value,)))
    return tuple(made)


def _page(query: ListingQuery) -> int:
    """The page's number; a cursor is one in words. A cursor of nobody's is the first page."""
    wanted = query.page
    if query.cursor is not None:
        wanted = number(query.cursor) or 1
    return max(1, min(wanted, _PAGES))


def _ends(text: str) -> tuple[Decimal | None, Decimal | None] | None:
    """The ends of `"10..40"`, None where it is no range."""
    low, dots, high = text.partition("..")
    try:
        ends = (Decimal(low) if low else None, Decimal(high) if high else None)
    except InvalidOperation:
        return None
    known = [end for end in ends if end is not None]
    if not dots or not known or any(not (end.is_finite() and 0 <= end < 10**9) for end in known):
        return None
    return ends
