"""Listings: a category's products and a search's results are the same question."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .catalog import Card, CategoryKind, Link
from .context import PublicContext
from .declarations import public_read
from .keys import ProductKey

FacetKind = Literal["choice", "swatch", "tree", "toggle", "range", "rating"]
CountSemantics = Literal["disjunctive", "result", "none"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The category, collection or brand a listing is about; by id for its own backend, by slug for others."""

    kind: CategoryKind
    id: str
    slug: str


class ListingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to list. `filters`: facet id to chosen values as they stood in a facet's `value` (for ranges `"10..40"`,
    either side may be empty). `page` counts from one; `cursor` (from `next`/`previous`) wins over it, and a search that
    pages by cursor reads no number."""

    text: str | None = None
    scope: Scope | None = None
    filters: Mapping[str, tuple[str, ...]] = {}
    sort: str | None = None
    page: int = 1
    size: int = 24
    cursor: str | None = None


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """An order this listing offers. `name` is the backend's own words, or None where `id` is one the head can name
    (`relevance`, `featured`, `newest`, `price-asc`, `price-desc`, `name-asc`, `name-desc`, `rating`, `bestselling`)."""

    id: str
    name: str | None = None


class FacetValue(msgspec.Struct, frozen=True, kw_only=True):
    """One value one may filter by. `value` is opaque: the adapter turns it back into a filter. `count` follows the
    port's `counts` trait; None: unknown. `children` in trees."""

    value: str
    name: str
    count: int | None = None
    selected: bool = False
    swatch: str | None = None
    children: tuple[FacetValue, ...] = ()


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """Something one may filter by. `range` facets carry bounds of the unfiltered listing and the chosen ends instead of
    values. `currency` is set where a range is of money. A `name` of None is one the head can name by `id`
    (`price`, `availability`, `rating`, `category`, `brand`)."""

    id: str
    name: str | None
    kind: FacetKind
    values: tuple[FacetValue, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    chosen_minimum: Decimal | None = None
    chosen_maximum: Decimal | None = None
    currency: str | None = None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A product found: a card, or (trait `hits`) only its key, for the gateway to hydrate."""

    key: ProductKey
    card: Card | None = None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A page of products. `sorts` begins with the order that an absent `sort` means. `number` and `pages` where the backend
    counts pages; `total` where it counts results. `next` is None on the last page, `previous` on the first and where there
    is no way back. `ignored`: what it did not understand and left out: `facet`, `facet=value` or `sort`. `corrected`:
    the spelling it searched instead; `did_you_mean`: one it proposes. `redirect`: a place it would rather send this query
    to."""

    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...] = ()
    sorts: tuple[Sort, ...] = ()
    sort: str | None = None
    total: int | None = None
    number: int | None = None
    pages: int | None = None
    next: str | None = None
    previous: str | None = None
    ignored: tuple[str, ...] = ()
    corrected: str | None = None
    did_you_mean: str | None = None
    redirect: Link | None = None


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """What a half-typed text may mean: few of each, best first."""

    products: tuple[Card, ...] = ()
    categories: tuple[Link, ...] = ()
    queries: tuple[str, ...] = ()


class SearchTraits(msgspec.Struct, frozen=True, kw_only=True):
    """What this search does. `counts`: facet counts are of the listing without the facet's own choice (disjunctive), of
    the present result, or absent. `max_results`: how deep pages go, None without limit."""

    hits: Literal["card", "key"] = "card"
    counts: CountSemantics = "disjunctive"
    facets: bool = True
    pages: Literal["number", "cursor"] = "number"
    max_results: int | None = None
    typo_tolerance: bool = False


class Search(Protocol):
    """Finding products."""

    @property
    def traits(self) -> SearchTraits: ...

    @public_read(fresh=60, volatile=True, typed=("query.text",))
    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        """One page. Values inside one facet widen (OR), facets narrow (AND). Unknown filters, values and sorts are
        never an error: they are `ignored`. A page beyond the end has no hits and tells `pages`. Raises `NotFound` for
        an unknown scope."""

    @public_read(fresh=60, volatile=True, typed=("text",))
    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        """Proposals for what is being typed; empty for an empty text."""
