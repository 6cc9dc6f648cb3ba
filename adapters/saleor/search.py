"""Listings and searches: one call for the page and the facets beside it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from bff.ports import (
    Facet,
    FacetValue,
    Hit,
    Link,
    Listing,
    ListingQuery,
    Malformed,
    NotFound,
    ProductKey,
    PublicContext,
    Scope,
    SearchTraits,
    Sort,
    Suggestions,
)

from . import documents
from .catalog import SaleorCatalog
from .client import Client, Operation
from .places import Place, Places, is_id
from .settings import Settings
from .wire import Many, Wire, WireAttribute, WireCategory, WireProduct

PRICE, STOCK, IN_STOCK = "price", "availability", "in_stock"
_CHOICES = ("DROPDOWN", "MULTISELECT", "SWATCH")
_MOST, _CHARACTERS = 100, 200
_LARGEST = Decimal(10) ** 9
_SORTS: Mapping[str, tuple[str, str]] = {
    "newest": ("CREATED_AT", "DESC"),
    "price-asc": ("MINIMAL_PRICE", "ASC"),
    "price-desc": ("MINIMAL_PRICE", "DESC"),
    "name-asc": ("NAME", "ASC"),
    "name-desc": ("NAME", "DESC"),
    "relevance": ("RANK", "DESC"),
    "featured": ("COLLECTION", "ASC"),
}
_USUAL = ("newest", "price-asc", "price-desc", "name-asc", "name-desc")


class _Collected(Wire):
    id: str
    products: Many[WireProduct] | None = None


class _Listing(Wire):
    attributes: Many[WireAttribute] | None = None
    products: Many[WireProduct] | None = None
    collection: _Collected | None = None


class _Categories(Wire):
    categories: Many[WireCategory]


class _Suggested(Wire):
    products: Many[WireProduct]
    categories: Many[WireCategory]


_LISTING = Operation("listing", documents.LISTING, _Listing, partial=True)
_COLLECTED = Operation("listing of a collection", documents.COLLECTED, _Listing, partial=True)
_SUGGEST = Operation("suggest", documents.SUGGEST, _Suggested)
_KNOWN = Operation("scope", documents.CATEGORIES, _Categories)


class _Wanted(NamedTuple):
    """What was understood of a query's filters."""

    values: dict[str, tuple[str, ...]]
    price: tuple[Decimal | None, Decimal | None] | None
    in_stock: bool
    ignored: tuple[str, ...]


class SaleorSearch:
    """See the port. Saleor counts no facets, and its pages follow cursors."""

    traits = SearchTraits(counts="none", pages="cursor")

    def __init__(self, client: Client, places: Places, settings: Settings, catalog: SaleorCatalog) -> None:
        self._client, self._places, self._settings, self._catalog = client, places, settings, catalog

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        scope = await self._scoped(ctx, query.scope)
        wanted = _read(query.filters)
        offered = _offered(query)
        sort = query.sort if query.sort in offered else offered[0]
        told = await self._asked(ctx, query, scope, wanted, sort)
        kept, ignored = self._known(told, wanted)
        if kept != wanted.values:
            # Of a value that no attribute has, Saleor finds nothing: it is left out and the page asked for without it.
            wanted = wanted._replace(values=kept)
            told = await self._asked(ctx, query, scope, wanted, sort)
        page = told.collection.products if told.collection else told.products
        if page is None:
            raise NotFound("scope") if scope and scope.kind == "collection" else Malformed("listing: no products")
        await self._exists(ctx, scope, page)
        place = self._places.of(ctx)
        cards = [card for one in page.nodes if (card := self._catalog.goods.card(place, one))]
        info = page.page_info
        return Listing(
            hits=tuple(Hit(key=ProductKey(id=card.id, sku=card.sku, slug=card.slug), card=card) for card in cards),
            facets=self._facets(place, told, wanted),
            sorts=tuple(Sort(id=id) for id in offered),
            sort=sort,
            total=page.total_count,
            next=f"{sort}~a~{info.end_cursor}" if info and info.has_next_page else None,
            previous=f"{sort}~b~{info.start_cursor}" if info and info.has_previous_page else None,
            ignored=(*wanted.ignored, *ignored, *(["sort"] if query.sort and query.sort != sort else [])),
        )

    # ---------------------------------------------------------------- what is asked

    async def _scoped(self, ctx: PublicContext, scope: Scope | None) -> Scope | None:
        """The scope with an id of Saleor's; another backend's is found by its slug. Raises `NotFound`."""
        if scope is None or (scope.kind == "category" and is_id(scope.id, "Category")) or scope.kind == "collection":
            return scope
        if scope.kind == "brand":
            return scope
        found = await self._catalog.category(ctx, kind=scope.kind, slug=scope.slug)
        return Scope(kind=scope.kind, id=found.id, slug=found.slug)

    async def _asked(
        self, ctx: PublicContext, query: ListingQuery, scope: Scope | None, wanted: _Wanted, sort: str
    ) -> _Listing:
        size = max(1, min(query.size, _MOST))
        field, direction = _SORTS[sort]
        variables: dict[str, Any] = {
            "brand": self._settings.brand_attribute,
            "where": self._where(scope, wanted) or None,
            "search": _text(query.text) or None,
            "sortBy": {"field": field, "direction": direction},
            "narrow": self._narrowed(ctx, scope),
            **_paged(query.cursor, sort, size),
        }
        operation = _LISTING
        if scope and scope.kind == "collection":
            operation, variables["slug"] = _COLLECTED, scope.slug
        place = self._places.of(ctx)
        told = await self._client.tell(ctx, place, operation, variables)
        page = told.data.collection.products if told.data.collection else told.data.products
        if page is None and told.errors:
            if any("cursor is invalid" in error.message for error in told.errors):
                return (await self._client.tell(ctx, place, operation, {**variables, **_paged(None, sort, size)})).data
            if wanted.values:  # An attribute that Saleor does not know is an error there.
                return told.data
            raise Malformed(f"{operation.name}: {told.errors[0].code or told.errors[0].message[:120]}")
        return told.data

    def _where(self, scope: Scope | None, wanted: _Wanted) -> dict[str, Any]:
        """One flat object: the same conditions under `AND` take Saleor twenty times as long."""
        where: dict[str, Any] = {}
        attributes = [{"slug": slug, "values": list(values)} for slug, values in wanted.values.items()]
        if scope and scope.kind == "category":
            where["category"] = {"eq": scope.id}
        if scope and scope.kind == "brand":
            attributes = [one for one in attributes if one["slug"] != self._settings.brand_attribute]
            attributes.append({"slug": self._settings.brand_attribute, "values": [scope.slug]})
        if attributes:
            where["attributes"] = attributes
        if wanted.price:
            ends = zip(("gte", "lte"), wanted.price, strict=True)
            where["minimalPrice"] = {"range": {name: str(end) for name, end in ends if end is not None}}
        if wanted.in_stock:
            where["stockAvailability"] = "IN_STOCK"
        return where

    def _narrowed(self, ctx: PublicContext, scope: Scope | None) -> dict[str, Any]:
        narrow: dict[str, Any] = {"filterableInStorefront": True, "type": "PRODUCT_TYPE"}
        if self._settings.facets:
            narrow["slugs"] = list(self._settings.facets)
        if scope and scope.kind == "category":
            narrow |= {"inCategory": scope.id, "channel": self._places.of(ctx).channel}
        if scope and scope.kind == "collection" and is_id(scope.id, "Collection"):
            narrow |= {"inCollection": scope.id, "channel": self._places.of(ctx).channel}
        return narrow

    async def _exists(self, ctx: PublicContext, scope: Scope | None, page: Many[WireProduct]) -> None:
        """Nothing found may mean a category or a brand without products, or none at all. Raises `NotFound`."""
        if scope is None or page.edges or page.total_count:
            return
        if scope.kind == "brand":
            await self._catalog.brand(ctx, scope.slug)
        elif scope.kind == "category":
            found = await self._client.ask(ctx, self._places.of(ctx), _KNOWN, {"ids": [scope.id]})
            if not found.categories.edges:
                raise NotFound("scope")

    # ---------------------------------------------------------------- what is shown

    def _known(self, told: _Listing, wanted: _Wanted) -> tuple[dict[str, tuple[str, ...]], list[str]]:
        """The filters whose attributes and values there are, and the names of the others."""
        there = {
            one.slug: {value.slug for value in (one.choices.nodes if one.choices else ())}
            for one in (told.attributes.nodes if told.attributes else ())
            if one.input_type in _CHOICES
        }
        kept: dict[str, tuple[str, ...]] = {}
        ignored: list[str] = []
        for slug, values in wanted.values.items():
            if slug not in there:
                ignored.append(slug)
                continue
            ignored += [f"{slug}={value}" for value in values if value not in there[slug]]
            if own := tuple(value for value in values if value in there[slug]):
                kept[slug] = own
        return kept, ignored

    def _facets(self, place: Place, told: _Listing, wanted: _Wanted) -> tuple[Facet, ...]:
        made = [
            Facet(
                id=one.slug,
                name=one.words,
                kind="swatch" if one.input_type == "SWATCH" else "choice",
                values=tuple(
                    FacetValue(
                        value=value.slug,
                        name=value.words,
                        selected=value.slug in wanted.values.get(one.slug, ()),
                        swatch=(value.value or None) if one.input_type == "SWATCH" else None,
                    )
                    for value in one.choices.nodes
                    if value.slug
                ),
            )
            for one in (told.attributes.nodes if told.attributes else ())
            if one.slug and one.input_type in _CHOICES and one.choices and one.choices.edges
        ]
        order = {slug: at for at, slug in enumerate(self._settings.facets)}
        made.sort(key=lambda facet: order.get(facet.id, len(order)))
        low, high = wanted.price or (None, None)
        stock = FacetValue(value=IN_STOCK, name=IN_STOCK, selected=wanted.in_stock)
        return (
            *made,
            Facet(
                id=PRICE,
                name=None,
                kind="range",
                chosen_minimum=low,
                chosen_maximum=high,
                currency=place.market.currency,
            ),
            Facet(id=STOCK, name=None, kind="toggle", values=(stock,)),
        )

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        asked, place, first = _text(text), self._places.of(ctx), max(1, min(limit, 20))
        if not asked:
            return Suggestions()
        variables = {"brand": self._settings.brand_attribute, "search": asked, "first": first}
        told = await self._client.ask(ctx, place, _SUGGEST, variables)
        cards = (self._catalog.goods.card(place, one) for one in told.products.nodes)
        return Suggestions(
            products=tuple(card for card in cards if card),
            categories=tuple(
                Link(kind="category", id=one.id, slug=one.slug, title=one.words) for one in told.categories.nodes
            ),
        )


def _text(text: str | None) -> str:
    return (text or "").replace("\0", " ").strip()[:_CHARACTERS]


def _offered(query: ListingQuery) -> tuple[str, ...]:
    """The orders this listing has. Relevance is an error without a text, a collection's order outside of one."""
    if _text(query.text):
        return ("relevance", *_USUAL)
    return ("featured", *_USUAL) if query.scope and query.scope.kind == "collection" else _USUAL


def _paged(cursor: str | None, sort: str, size: int) -> dict[str, Any]:
    """Saleor's cursor holds what it sorted by, so one of another order is of no use."""
    own, _, rest = (cursor or "").partition("~")
    way, _, there = rest.partition("~")
    if own != sort or way not in ("a", "b") or not there or len(there) > 1_000:
        return {"first": size, "after": None, "last": None, "before": None}
    if way == "a":
        return {"first": size, "after": there, "last": None, "before": None}
    return {"first": None, "after": None, "last": size, "before": there}


def _read(filters: Mapping[str, tuple[str, ...]]) -> _Wanted:
    values: dict[str, tuple[str, ...]] = {}
    price, in_stock, ignored = None, False, list[str]()
    for id, chosen in filters.items():
        if id == PRICE:
            price = next((ends for each in chosen if (ends := _ends(each))), None)
            ignored += [] if price else [PRICE]
        elif id == STOCK:
            in_stock = IN_STOCK in chosen
            ignored += [f"{STOCK}={value}" for value in chosen if value != IN_STOCK]
        elif chosen:
            values[id] = tuple(chosen)
    return _Wanted(values, price, in_stock, tuple(ignored))


def _ends(text: str) -> tuple[Decimal | None, Decimal | None] | None:
    """Both ends of `10..40`, either may be open. None for what is no range."""
    low, dots, high = text.partition("..")
    try:
        ends = tuple(Decimal(end) if end else None for end in (low, high))
    except InvalidOperation:
        return None
    real = [end for end in ends if end is not None]
    if not dots or not real or not all(end.is_finite() and 0 <= end <= _LARGEST for end in real):
        return None
    return None if len(real) == 2 and real[0] > real[1] else (ends[0], ends[1])
