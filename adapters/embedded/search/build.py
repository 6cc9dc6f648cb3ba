"""Reading the catalogue into an `Index`."""

from __future__ import annotations

import datetime
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from adapters.embedded.database import Connection, meta
from adapters.embedded.texts import chain
from bff.ports import CategoryKind, FacetKind

from .index import SCALE, CategoryShape, FacetShape, Index, Names, PriceList, Products, Value
from .text import sort_key

IN_STOCK, ON_SALE = "in-stock", "yes"
STARS = (4, 3, 2, 1)
_KINDS: dict[str, FacetKind] = {"swatch": "swatch"}


class _Fact(msgspec.Struct):
    id: str
    values: tuple[str, ...] = ()


class _Facts(msgspec.Struct):
    """The part of a product's document that is filtered by."""

    attributes: tuple[_Fact, ...] = ()


_facts = msgspec.json.Decoder(_Facts)
_names = msgspec.json.Decoder(dict[str, str])
_choice = msgspec.json.Decoder(dict[str, str])


def version_of(connection: Connection) -> str:
    """The catalogue's version, and of what is sold out. The day belongs to it because "new" is counted in days."""
    versions = (meta(connection, "catalogue_version"), meta(connection, "edge_version") or "0")
    return "/".join((str(connection.database.today()), *map(str, versions)))


def build(connection: Connection, price_lists: Iterable[str]) -> Index:
    """The index of the catalogue as it is now, with the prices of `price_lists`."""
    return _Builder(connection, sorted(set(price_lists))).index()


def rank_names(connection: Connection, index: Index, locale: str) -> None:
    """Puts the order of titles in `locale` into the index, unless it is there."""
    if locale in index.name_ranks:
        return
    language = locale.partition("-")[0]
    preference = {spoken: -place for place, spoken in enumerate(chain(locale, index.default_language))}
    size = len(index.products.listed)
    titles: list[tuple[int, str]] = [(-9, "")] * size
    for n, spoken, title in connection.execute("SELECT product_n, language, title FROM product_text"):
        liking = preference.get(spoken, -8)
        if n < size and liking > titles[n][0]:
            titles[n] = (liking, title)
    keys = [sort_key(title, language) for _, title in titles]
    ranks = array("I", bytes(4 * size))
    for rank, n in enumerate(sorted(range(size), key=keys.__getitem__)):
        ranks[n] = rank
    index.name_ranks[locale] = ranks


class _Builder:
    def __init__(self, connection: Connection, price_lists: Sequence[str]) -> None:
        self._read = connection.execute
        self._connection = connection
        self._price_lists = price_lists
        self._size = 1 + (self._read("SELECT max(n) FROM product").fetchone()[0] or 0)
        self._values: dict[tuple[str, str], Value] = {}
        self._shapes: list[FacetShape] = []

    def index(self) -> Index:
        categories = self._categories()
        brands = {id: (slug, name) for id, slug, name in self._read("SELECT id, slug, name FROM brand ORDER BY name")}
        self._shape_all(categories, brands)
        of_variants, prices = self._variants()
        members, of_categories = self._members(categories)
        products, fresh = self._products(members, (of_variants, of_categories))
        return Index(
            version=version_of(self._connection),
            products=products,
            shapes=[shape for shape in self._shapes if shape.values or shape.kind == "range"],
            default_language=meta(self._connection, "default_language") or "en",
            categories=categories,
            brands=brands,
            members=members,
            lists=prices,
            fresh=fresh,
            sale_value=self._values["sale", ON_SALE],
        )

    # -- what can be filtered by

    def _shape_all(self, categories: dict[str, CategoryShape], brands: dict[str, tuple[str, str]]) -> None:
        tree = self._shape("category", "tree")
        for category in categories.values():
            if category.kind == "category":
                self._value(tree, category.id, category.names)
        self._shape("price", "range")
        options = self._read("SELECT id, kind, name FROM option ORDER BY position, id").fetchall()
        for id, kind, name in options:
            shape = self._shape(id, _KINDS.get(kind, "choice"), _names.decode(name))
            rows = self._read(
                "SELECT id, name, swatch FROM option_value WHERE option_id = ? ORDER BY position, id", (id,)
            )
            for value, value_name, swatch in rows.fetchall():
                self._value(shape, value, _names.decode(value_name), swatch)
        brand = self._shape("brand", "choice")
        for id, (_, name) in brands.items():
            self._value(brand, id, {"": name})
        attributes = self._read("SELECT id, name FROM attribute WHERE facet ORDER BY position, id").fetchall()
        for id, name in attributes:
            # An option of the same id (a weight one chooses, a weight one reads) keeps the name to itself.
            if not any(shape.id == id for shape in self._shapes):
                shape = self._shape(id, "choice", _names.decode(name))
                rows = self._read(
                    "SELECT id, name FROM attribute_value WHERE attribute_id = ? ORDER BY position, id", (id,)
                )
                for value, value_name in rows.fetchall():
                    self._value(shape, value, _names.decode(value_name))
        rating = self._shape("rating", "rating")
        for stars in STARS:
            self._value(rating, str(stars), {"": str(stars)})
        self._value(self._shape("availability", "toggle"), IN_STOCK, {"": IN_STOCK})
        self._value(self._shape("sale", "toggle"), ON_SALE, {"": ON_SALE})

    def _shape(self, id: str, kind: FacetKind, names: Names | None = None) -> FacetShape:
        shape = FacetShape(id, kind, names)
        self._shapes.append(shape)
        return shape

    def _value(self, shape: FacetShape, value: str, names: Names, swatch: str | None = None) -> None:
        made = Value(len(self._values), shape.id, value, names, swatch)
        self._values[shape.id, value] = made
        shape.values.append(made)

    def _numbers(self, pairs: Iterable[tuple[str, str]]) -> tuple[int, ...]:
        return tuple(value.number for pair in pairs if (value := self._values.get(pair)) is not None)

    # -- categories and what stands in them

    def _categories(self) -> dict[str, CategoryShape]:
        shapes: dict[str, CategoryShape] = {}
        for id, kind, parent in self._read("SELECT id, kind, parent FROM category ORDER BY position, id"):
            shapes[id] = CategoryShape(id, kind, parent, {}, {})
        for id, language, slug, name in self._read("SELECT category_id, language, slug, name FROM category_text"):
            if id in shapes:
                shapes[id].names[language] = name  # type: ignore[index]
                shapes[id].slugs[language] = slug  # type: ignore[index]
        for shape in shapes.values():
            if shape.parent in shapes and shape.id not in _line(shapes, shape.parent):
                shapes[shape.parent].children.append(shape.id)
        return shapes

    def _members(
        self, categories: dict[str, CategoryShape]
    ) -> tuple[dict[tuple[CategoryKind, str], list[int]], list[set[int]]]:
        lines = {id: tuple(_line(categories, id)) for id in categories}
        numbers = {id: self._numbers(("category", step) for step in line) for id, line in lines.items()}
        members: dict[tuple[CategoryKind, str], list[int]] = {}
        facets: list[set[int]] = [set() for _ in range(self._size)]
        for n, id in self._read("SELECT product_n, category_id FROM product_category"):
            for step in lines.get(id, ()):
                members.setdefault((categories[step].kind, step), []).append(n)
            facets[n].update(numbers.get(id, ()))
        return members, facets

    # -- variants and prices

    def _variants(self) -> tuple[list[set[int]], dict[str, PriceList]]:
        """Each product's option values (of variants that are still made) and whether one is in stock; its prices."""
        known: dict[str, tuple[int, ...]] = {}
        in_stock = self._values["availability", IN_STOCK].number
        facets: list[set[int]] = [set() for _ in range(self._size)]
        product_of: dict[str, int] = {}
        rows = self._read(
            "SELECT id, product_n, choice, policy <> 'preorder' AND (stock IS NULL OR stock > 0) FROM variant"
            " WHERE policy <> 'discontinued'"
        )
        for id, n, choice, stocked in rows:
            numbers = known.get(choice)
            if numbers is None:
                numbers = known[choice] = self._numbers(_choice.decode(choice).items())
            product_of[id] = n
            facets[n].update(numbers)
            if stocked:
                facets[n].add(in_stock)
        lists = {name: PriceList(array("q", [-1]) * self._size, bytearray(self._size)) for name in self._price_lists}
        columns = f"variant_id, CAST(round(amount * {SCALE}) AS INTEGER), ifnull(compare_at * 1 > amount * 1, 0)"
        for name, prices in lists.items():
            lowest, sale = prices.lowest, prices.sale
            for id, amount, reduced in self._read(f"SELECT {columns} FROM price WHERE list = ?", (name,)):  # noqa: S608
                n = product_of.get(id, -1)
                if n >= 0:
                    before = lowest[n]
                    if before < 0 or amount < before:
                        lowest[n] = max(amount, 0)
                    if reduced:
                        sale[n] = 1
        return facets, lists

    # -- products

    def _products(
        self, members: dict[tuple[CategoryKind, str], list[int]], gathered: tuple[list[set[int]], list[set[int]]]
    ) -> tuple[Products, set[int]]:
        size = self._size
        columns = Products(bytearray(size), [()] * size, *(array("q", bytes(8 * size)) for _ in range(4)))
        database = self._connection.database
        since = (database.today() - datetime.timedelta(days=database.settings.new_days)).isoformat()
        fresh: set[int] = set()
        moments: list[str] = [""] * size
        rows = self._read(
            "SELECT n, brand_id, status, rank, sales, created, rating_sum, rating_count, doc FROM product"
        )
        for n, brand, status, rank, sales, created, stars, ratings, doc in rows:
            columns.rank[n], columns.sales[n], moments[n] = rank, sales, created
            if status != "active":
                continue
            columns.listed[n] = 1
            average = stars / ratings if ratings else 0.0
            columns.rating[n] = (round(average * 100) << 32) + min(ratings, 0xFFFFFFFF)
            numbers = gathered[0][n] | gathered[1][n]
            numbers.update(self._facts_of(brand, average, doc))
            columns.facets[n] = tuple(numbers)
            if brand is not None:
                members.setdefault(("brand", brand), []).append(n)
            if created >= since:
                fresh.add(n)
        order = {moment: place for place, moment in enumerate(sorted(set(moments)))}
        columns.created = array("q", (order[moment] for moment in moments))
        return columns, fresh

    def _facts_of(self, brand: str | None, average: float, doc: str) -> tuple[int, ...]:
        return self._numbers(_pairs(brand, average, _facts.decode(doc)))


def _pairs(brand: str | None, average: float, facts: _Facts) -> Iterator[tuple[str, str]]:
    if brand is not None:
        yield "brand", brand
    for stars in STARS:
        if average >= stars:
            yield "rating", str(stars)
    for fact in facts.attributes:
        for value in fact.values:
            yield fact.id, value


def _line(categories: dict[str, CategoryShape], id: str | None) -> Iterator[str]:
    """A category and those above it; a loop in the data ends the line."""
    seen: set[Any] = set()
    while id in categories and id not in seen:
        seen.add(id)
        yield id
        id = categories[id].parent
