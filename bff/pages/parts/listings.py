"""A listing as a page shows it: facets with addresses, chips, sorts, page links. All state is in the address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import msgspec

from bff.ports import Facet, FacetValue, Listing, ListingQuery, PublicContext, Search
from bff.web.addresses import Place, encode
from bff.web.queries import FACET_PREFIX, listing_query, read_listing

from .cards import CardView, card_views

NAMED_FACETS = frozenset({"price", "availability", "rating", "category", "brand", "sale"})
NAMED_SORTS = frozenset(
    {"relevance", "featured", "newest", "price-asc", "price-desc", "name-asc", "name-desc", "rating", "bestselling"}
)
THROUGH = ("from", "1")
MAX_THROUGH = 6
OPEN_FACETS = 4
LONG_FACET = 8


class FacetValueView(msgspec.Struct, frozen=True, kw_only=True):
    """A value one may tick. `url` is the listing with the choice turned over, for links and htmx."""

    value: str
    label: str
    count: int | None
    selected: bool
    url: str
    swatch: str | None = None
    children: tuple[FacetValueView, ...] = ()


class FacetView(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A facet. `field` is its form field's name. `label` None: the template says `facet.{id}` in the locale's words.
    `chosen` counts its selected values; `open`: shown unfolded; `long`: more values than fit without folding."""

    id: str
    field: str
    label: str | None
    kind: Literal["choice", "swatch", "tree", "toggle", "range", "rating"]
    values: tuple[FacetValueView, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    chosen_minimum: Decimal | None = None
    chosen_maximum: Decimal | None = None
    currency: str | None = None
    chosen: int = 0
    open: bool = False
    long: bool = False


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A chosen value above the list; `url` is the listing without it. Ranges have `minimum`/`maximum` and no label, toggles
    neither: what they say is the facet's own name."""

    facet: str
    facet_label: str | None
    label: str | None
    url: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None


class SortView(msgspec.Struct, frozen=True, kw_only=True):
    """An order. `label` None: the template says `sort.{id}`."""

    id: str
    label: str | None
    url: str
    selected: bool


class PageLink(msgspec.Struct, frozen=True, kw_only=True):
    """A page's number and address; both None for a gap in the row."""

    number: int | None
    url: str | None
    current: bool = False


class ListingView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything between a listing's headline and the footer. `action` is the filter form's address and `hidden` the
    fields it must keep; `first`/`last` are positions of the cards shown; `more` loads the next page's cards in place."""

    cards: tuple[CardView, ...]
    action: str
    facets: tuple[FacetView, ...] = ()
    chips: tuple[Chip, ...] = ()
    sorts: tuple[SortView, ...] = ()
    sort: str | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    total: int | None = None
    first: int = 1
    last: int = 0
    number: int = 1
    pages: int | None = None
    links: tuple[PageLink, ...] = ()
    previous: str | None = None
    next: str | None = None
    more: str | None = None
    clear: str | None = None


def goes_through(params: Iterable[tuple[str, str]], page: int) -> bool:
    """Whether an address means all pages up to this one: where "show more" led, so that coming back finds the place."""
    return THROUGH in params and 1 < page <= MAX_THROUGH


def more_address(url: str, params: Sequence[tuple[str, str]]) -> str:
    """The page's address once further cards were loaded below the first ones."""
    query = listing_query(read_listing(params, scope=None))
    return url + encode([*query, *([THROUGH] if THROUGH in params else [])])


def carried_on(view: ListingView, params: Sequence[tuple[str, str]]) -> ListingView:
    """Further cards of a list that began at its first page: the next ones are loaded the same way."""
    if THROUGH not in params or view.more is None or view.number == 1:
        return view
    return msgspec.structs.replace(view, more=f"{view.more}&{THROUGH[0]}={THROUGH[1]}")


async def listed(search: Search, ctx: PublicContext, query: ListingQuery, *, through: bool = False) -> Listing:
    """The page of a listing, or all pages up to it as one."""
    if not through:
        return await search.listing(ctx, query=query)
    asked = [msgspec.structs.replace(query, page=number) for number in range(1, query.page + 1)]
    pages = await asyncio.gather(*(search.listing(ctx, query=one) for one in asked))
    return msgspec.structs.replace(pages[-1], hits=tuple(hit for page in pages for hit in page.hits))


def listing_view(
    place: Place, action: str, query: ListingQuery, listing: Listing, more: str | None, *, through: bool = False
) -> ListingView:
    """Turn a backend's listing into what the page shows. `action` is the listing's own path; `more` the path of the
    fragment that answers with further cards; `through`: `listing` holds all pages up to its own."""
    number = listing.number or query.page
    cards = card_views(place, (hit.card for hit in listing.hits if hit.card))
    first = 1 if through else (number - 1) * query.size + 1
    following = number + 1 if listing.pages and number < listing.pages else None
    next_query = listing_query(query, page=following) if following else None
    turned = _Turned(action, query)
    return ListingView(
        cards=cards,
        action=action,
        facets=tuple(_facet(turned, facet, index) for index, facet in enumerate(listing.facets)),
        chips=_chips(action, query, listing.facets, turned),
        sorts=tuple(
            SortView(
                id=sort.id,
                label=sort.name if sort.id not in NAMED_SORTS else None,
                url=action + encode(listing_query(query, sort=sort.id, page=1)),
                selected=sort.id == listing.sort,
            )
            for sort in listing.sorts
            if sort.name or sort.id in NAMED_SORTS
        ),
        sort=listing.sort,
        hidden=(("q", query.text),) if query.text is not None else (),
        total=listing.total,
        first=first,
        last=first + len(cards) - 1,
        number=number,
        pages=listing.pages,
        links=_pages(action, query, number, listing.pages or 1),
        previous=action + encode(listing_query(query, page=number - 1)) if number > 1 else None,
        next=action + encode(next_query) if next_query is not None else None,
        more=more + encode([*next_query, *([THROUGH] if through or number == 1 else [])])
        if more and next_query is not None
        else None,
        clear=action + encode(listing_query(query, filters={}, page=1)) if query.filters else None,
    )


def _label(facet: Facet) -> str | None:
    """The backend's own name of a facet; None where the head has a word for it."""
    return None if facet.id in NAMED_FACETS else facet.name or facet.id


@lru_cache(8192)
def _pair(facet: str, value: str) -> str:
    return encode([(FACET_PREFIX + facet, value)])[1:]


class _Turned:
    """The addresses of a listing with one value more or less, as `listing_query` would write them. A page has hundreds."""

    def __init__(self, action: str, query: ListingQuery) -> None:
        self._action = action
        self._chosen = sorted((facet, value) for facet, values in query.filters.items() for value in values)
        bare = msgspec.structs.replace(query, filters={}, sort=None, page=1)
        self._text = [encode(pairs)[1:]] if (pairs := listing_query(bare)) else []
        self._sort = [encode([("sort", query.sort)])[1:]] if query.sort else []

    def __call__(self, facet: str, value: str) -> str:
        pair = (facet, value)
        chosen = [one for one in self._chosen if one != pair]
        if len(chosen) == len(self._chosen):
            chosen = sorted([*chosen, pair])
        query = "&".join([*self._text, *(_pair(*one) for one in chosen), *self._sort])
        return f"{self._action}?{query}" if query else self._action


def _facet(turned: _Turned, facet: Facet, index: int) -> FacetView:
    chosen = _selected(facet.values)
    ranged = facet.chosen_minimum is not None or facet.chosen_maximum is not None
    return FacetView(
        id=facet.id,
        field=FACET_PREFIX + facet.id,
        label=_label(facet),
        kind=facet.kind,
        values=tuple(_value(turned, facet.id, value) for value in facet.values),
        minimum=facet.minimum,
        maximum=facet.maximum,
        chosen_minimum=facet.chosen_minimum,
        chosen_maximum=facet.chosen_maximum,
        currency=facet.currency,
        chosen=chosen + (1 if ranged else 0),
        open=index < OPEN_FACETS or chosen > 0 or ranged,
        long=len(facet.values) > LONG_FACET,
    )


def _selected(values: tuple[FacetValue, ...]) -> int:
    return sum(value.selected + _selected(value.children) for value in values)


def _value(turned: _Turned, facet: str, value: FacetValue) -> FacetValueView:
    return FacetValueView(
        value=value.value,
        label=value.name,
        count=value.count,
        selected=value.selected,
        url=turned(facet, value.value),
        swatch=value.swatch,
        children=tuple(_value(turned, facet, child) for child in value.children),
    )


def _chips(action: str, query: ListingQuery, facets: tuple[Facet, ...], turned: _Turned) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    for facet in facets:
        label = _label(facet)
        if facet.chosen_minimum is not None or facet.chosen_maximum is not None:
            without = {name: values for name, values in query.filters.items() if name != facet.id}
            chips.append(
                Chip(
                    facet=facet.id,
                    facet_label=label,
                    label=None,
                    url=action + encode(listing_query(query, filters=without, page=1)),
                    minimum=facet.chosen_minimum,
                    maximum=facet.chosen_maximum,
                    currency=facet.currency,
                )
            )
        for value in _flat(facet.values):
            if value.selected:
                name = value.name if facet.kind != "toggle" else None
                chips.append(Chip(facet=facet.id, facet_label=label, label=name, url=turned(facet.id, value.value)))
    return tuple(chips)


def _flat(values: tuple[FacetValue, ...]) -> list[FacetValue]:
    return [leaf for value in values for leaf in (value, *_flat(value.children))]


def _pages(action: str, query: ListingQuery, number: int, pages: int) -> tuple[PageLink, ...]:
    """First, last, and two on each side of the present page; a gap where numbers are left out."""
    if pages < 2:
        return ()
    shown = sorted({1, pages, *range(max(1, number - 2), min(pages, number + 2) + 1)})
    links: list[PageLink] = []
    before = 0
    for page in shown:
        if page - before > 1:
            links.append(PageLink(number=None, url=None))
        url = action + encode(listing_query(query, page=page))
        links.append(PageLink(number=page, url=url, current=page == number))
        before = page
    return tuple(links)
