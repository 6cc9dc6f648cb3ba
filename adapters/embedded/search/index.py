"""The catalogue in memory: what every product is filtered and sorted by."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bff.ports import CategoryKind, FacetKind

from .segment import Segment

SCALE = 10_000
"""Prices are whole numbers of a ten-thousandth of the currency's major unit."""

Names = Mapping[str, str]
"""A name by language."""

SortId = Literal["featured", "newest", "price-asc", "price-desc", "name-asc", "rating", "bestselling"]
SORTS: tuple[SortId, ...] = ("featured", "newest", "price-asc", "price-desc", "name-asc", "rating", "bestselling")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet. `number` is its place in `Index.values`."""

    number: int
    facet: str
    value: str
    names: Names
    swatch: str | None = None


@dataclass(slots=True)
class FacetShape:
    """A facet and its values in the shop's order. `names` None: the head has words for it."""

    id: str
    kind: FacetKind
    names: Names | None
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class CategoryShape:
    """A category or collection: where it stands in the tree and what it is called."""

    id: str
    kind: CategoryKind
    parent: str | None
    names: Names
    slugs: Names
    children: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PriceList:
    """A market's prices by ordinal: the lowest of each product, -1 where the list does not sell it."""

    lowest: array[int]
    sale: bytearray


@dataclass(slots=True)
class Products:
    """Columns by ordinal. `facets` holds the numbers of the values that do not depend on a price list."""

    listed: bytearray
    facets: list[tuple[int, ...]]
    rank: array[int]
    sales: array[int]
    created: array[int]
    rating: array[int]


class Index:
    """One version of the catalogue. Immutable to its readers; segments and orders are made on first use and kept."""

    def __init__(
        self,
        *,
        version: str,
        products: Products,
        shapes: list[FacetShape],
        categories: dict[str, CategoryShape],
        brands: dict[str, tuple[str, str]],
        default_language: str,
        members: dict[tuple[CategoryKind, str], list[int]],
        lists: dict[str, PriceList],
        fresh: set[int],
        sale_value: Value,
    ) -> None:
        """`brands` maps ids to (slug, name); `fresh` are the ordinals that a collection `new` without members of its
        own shows by rule."""
        self.version = version
        self.products = products
        self.shapes = {shape.id: shape for shape in shapes}
        self.categories = categories
        self.brands = brands
        self.lists = lists
        self.default_language = default_language
        self._members = members
        self._fresh = fresh
        self._sale = sale_value
        self.name_ranks: dict[str, Sequence[int]] = {}
        self._segments: dict[tuple[CategoryKind | None, str, str], Segment] = {}
        self._lock = threading.RLock()
        self._featured = sorted(
            (n for n, listed in enumerate(products.listed) if listed), key=lambda n: (-products.rank[n], n)
        )
        self._slugs: dict[tuple[str, str], str] = {("brand", slug): id for id, (slug, _) in brands.items()}
        for category in categories.values():
            for slug in category.slugs.values():
                self._slugs.setdefault((category.kind, slug), category.id)

    def scope_id(self, kind: CategoryKind, id: str, slug: str) -> str | None:
        """The id of a scope named by id or, for another backend's, by slug; None where there is none."""
        category = self.categories.get(id)
        known = id in self.brands if kind == "brand" else category is not None and category.kind == kind
        return id if known else self._slugs.get((kind, slug))

    @property
    def size(self) -> int:
        """How many products stand in listings."""
        return len(self._featured)

    def lists_product(self, n: int) -> bool:
        """Whether a product stands in listings at all."""
        return n < len(self.products.listed) and bool(self.products.listed[n])

    def segment(self, kind: CategoryKind | None, id: str, price_list: str) -> Segment:
        """The products of a scope (`kind` None: of the shop) that the price list sells. `price_list` must be one of
        `lists`."""
        key = (kind, id, price_list)
        found = self._segments.get(key)
        if found is None:
            with self._lock:
                found = self._segments.get(key)
                if found is None:
                    found = self._segments[key] = self._build(kind, id, self.lists[price_list])
        return found

    def _build(self, kind: CategoryKind | None, id: str, prices: PriceList) -> Segment:
        lowest, sale, facets = prices.lowest, prices.sale, self.products.facets
        everything: Sequence[int] = self._featured
        if kind is not None:
            member = set(self._members.get((kind, id), ()))
            if kind == "collection" and id == "sale":
                member.update(n for n in everything if sale[n])
            elif kind == "collection" and id == "new":
                member = member or self._fresh
            rank = self.products.rank
            listed = self.products.listed
            everything = sorted((n for n in member if listed[n]), key=lambda n: (-rank[n], n))
        chosen = [n for n in everything if lowest[n] >= 0]
        on_sale = (self._sale.number,)
        values = ((place, facets[n] + on_sale if sale[n] else facets[n]) for place, n in enumerate(chosen))
        return Segment(chosen, values, lambda sort: self._sort_key(sort, prices), lowest.__getitem__)

    def _sort_key(self, sort: str, prices: PriceList) -> Callable[[int], int]:
        """The key that sorts ordinals by `sort`. Names are asked for as `name-asc:LANGUAGE`, once `build.rank_names` has
        put that language into `name_ranks`."""
        products = self.products
        if sort.startswith("name-asc:"):
            return self.name_ranks[sort.partition(":")[2]].__getitem__
        keys: dict[str, Callable[[int], int]] = {
            "newest": lambda n: -products.created[n],
            "price-asc": prices.lowest.__getitem__,
            "price-desc": lambda n: -prices.lowest[n],
            "rating": lambda n: -products.rating[n],
            "bestselling": lambda n: -products.sales[n],
        }
        return keys[sort]
