"""Listings over the demo: facets against a brute-force count, orders, paging, input nobody meant."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.embedded.database import Connection, Database
from adapters.embedded.search.build import build
from adapters.embedded.search.index import Index
from adapters.embedded.search.listing import answer
from adapters.embedded.settings import Settings
from bff.ports import Facet, FacetValue, Listing, ListingQuery, NotFound, Offer, Scope

from .conftest import MARKETS, TODAY, Contexts, public

pytestmark = pytest.mark.anyio
TABLE = Scope(kind="category", id="table", slug="table")


@dataclass
class Thing:
    """A product as a reader of the database sees it."""

    id: str
    price: Decimal
    values: dict[str, set[str]] = field(default_factory=dict)
    scopes: set[tuple[str, str]] = field(default_factory=set)


class Oracle:
    """Answers listings by looking at every product."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.things = list(self._things(connection))

    def _things(self, connection: sqlite3.Connection) -> Iterator[Thing]:
        parents = dict(connection.execute("SELECT id, parent FROM category"))
        kinds = dict(connection.execute("SELECT id, kind FROM category"))
        facets = {row[0] for row in connection.execute("SELECT id FROM attribute WHERE facet")}
        rows = connection.execute(
            "SELECT n, id, brand_id, rating_sum, rating_count, doc FROM product WHERE status = 'active'"
        )
        for n, id, brand, stars, ratings, doc in rows.fetchall():
            variants = connection.execute(
                "SELECT choice, stock, policy, amount, compare_at FROM variant JOIN price ON variant_id = id"
                " WHERE list = 'GBP' AND product_n = ? AND policy <> 'discontinued'",
                (n,),
            ).fetchall()
            if not variants:
                continue
            thing = Thing(id, min(Decimal(row[3]) for row in variants))
            add = thing.values.setdefault
            for choice, stock, policy, amount, before in variants:
                for option, value in json.loads(choice).items():
                    add(option, set()).add(value)
                if policy != "preorder" and (stock is None or stock > 0):
                    add("availability", set()).add("in-stock")
                if before is not None and Decimal(before) > Decimal(amount):
                    add("sale", set()).add("yes")
            for attribute in json.loads(doc).get("attributes", ()):
                if (
                    attribute["id"] in facets
                    and not connection.execute("SELECT 1 FROM option WHERE id = ?", (attribute["id"],)).fetchone()
                ):
                    add(attribute["id"], set()).update(attribute.get("values", ()))
            if brand:
                add("brand", set()).add(brand)
                thing.scopes.add(("brand", brand))
            add("rating", set()).update(str(least) for least in (1, 2, 3, 4) if ratings and stars / ratings >= least)
            for (category,) in connection.execute("SELECT category_id FROM product_category WHERE product_n = ?", (n,)):
                step: str | None = category
                while step:
                    thing.scopes.add((kinds[step], step))
                    if kinds[step] == "category":
                        add("category", set()).add(step)
                    step = parents[step]
            yield thing

    def passing(
        self, scope: Scope | None, filters: Mapping[str, tuple[str, ...]], without: str | None = None
    ) -> list[Thing]:
        within = [t for t in self.things if scope is None or (scope.kind, scope.id) in t.scopes]
        for facet, values in filters.items():
            if facet == without:
                continue
            if facet == "price":
                low, _, high = values[0].partition("..")
                within = [
                    t for t in within if (not low or t.price >= Decimal(low)) and (not high or t.price <= Decimal(high))
                ]
            else:
                within = [t for t in within if t.values.get(facet, set()) & set(values)]
        return within


@pytest.fixture(scope="module")
def opened(seeded: Path) -> Iterator[tuple[Connection, Index, Oracle]]:
    database = Database(Settings(database=str(seeded), today=TODAY), list(MARKETS.values()))
    connection = database.connect()
    yield connection, build(connection, ("GBP", "EUR", "USD", "AED")), Oracle(connection)
    connection.close()
    database.close()


def ask(opened: tuple[Connection, Index, Oracle], query: ListingQuery, market: str = "gb") -> Listing:
    return answer(opened[0], opened[1], public(market), query, None)


def leaves(facet: Facet) -> Iterator[FacetValue]:
    def walk(values: tuple[FacetValue, ...]) -> Iterator[FacetValue]:
        for value in values:
            yield value
            yield from walk(value.children)

    return walk(facet.values)


VALUES = {
    "colour": ("indigo", "madder", "chalk", "moss", "charcoal"),
    "size": ("small", "large", "medium"),
    "brand": ("lowtide", "almanac", "webb-mill", "ferrow"),
    "material": ("stoneware", "linen", "oak", "glass", "cotton"),
    "made": ("by-hand", "plastic-free"),
    "category": ("table", "cups", "kitchen", "bath"),
    "rating": ("4", "3"),
    "availability": ("in-stock",),
    "sale": ("yes",),
    "price": ("..30", "20..60", "45.5..", "14.00..14.00"),
}
SCOPES = (
    None,
    TABLE,
    Scope(kind="category", id="cups", slug="cups"),
    Scope(kind="collection", id="gift-ideas", slug="gift-ideas"),
    Scope(kind="brand", id="lowtide", slug="lowtide"),
)
FILTERS = st.dictionaries(
    st.sampled_from(sorted(VALUES)), st.integers(0, 31), max_size=4
).map(
    lambda chosen: {
        facet: tuple(v for place, v in enumerate(VALUES[facet]) if bits >> place & 1)[: 1 if facet == "price" else None]
        for facet, bits in chosen.items()
    }
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(filters=FILTERS, scope=st.sampled_from(SCOPES))
def test_counts_are_those_of_a_brute_force(
    opened: tuple[Connection, Index, Oracle], filters: dict[str, tuple[str, ...]], scope: Scope | None
) -> None:
    oracle = opened[2]
    listing = ask(opened, ListingQuery(scope=scope, filters=filters, size=100))
    offered = {facet for thing in oracle.passing(scope, {}) for facet in thing.values} | {"price"}
    here = {
        facet: tuple(
            v
            for v in values
            if facet == "price" or any(v in t.values.get(facet, ()) for t in oracle.passing(scope, {}))
        )
        for facet, values in filters.items()
        if facet in offered
    }
    here = {facet: values for facet, values in here.items() if values}
    expected = oracle.passing(scope, here)
    assert listing.total == len(expected)
    assert {hit.key.id for hit in listing.hits} == {thing.id for thing in expected}
    for facet in listing.facets:
        if facet.kind == "range":
            prices = [thing.price for thing in oracle.passing(scope, {})]
            assert (facet.minimum, facet.maximum) == (min(prices), max(prices))
            continue
        others = oracle.passing(scope, here, without=facet.id)
        for value in leaves(facet):
            assert value.count == sum(value.value in thing.values.get(facet.id, ()) for thing in others), (
                facet.id,
                value,
            )
            assert value.selected == (value.value in here.get(facet.id, ()))
            assert value.count or value.selected or value.children
    shown = {facet.id: {value.value for value in leaves(facet)} for facet in listing.facets}
    for thing in expected:
        for facet_id, values in thing.values.items():
            if facet_id not in ("category", "brand"):
                assert values <= shown.get(facet_id, set())


async def test_every_offered_order_pages_without_gaps_or_repeats(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    first = await offer.search.listing(public(), query=ListingQuery(size=7))
    assert first.total is not None
    for sort in first.sorts:
        seen: list[str] = []
        cursor: str | None = None
        number = 1
        while True:
            page = await offer.search.listing(public(), query=ListingQuery(size=7, sort=sort.id, page=1, cursor=cursor))
            assert (page.sort, page.number) == (sort.id, number)
            seen += [hit.card.id for hit in page.hits if hit.card]
            if page.next is None:
                break
            cursor, number = page.next, number + 1
        assert page.pages == number
        assert len(seen) == len(set(seen)) == first.total


@pytest.mark.parametrize("market", ["gb", "de", "us", "ae"])
async def test_orders_are_what_they_say(offer: Offer, public: Contexts, market: str) -> None:
    assert offer.search is not None

    async def cards(sort: str) -> list[Any]:
        listing = await offer.search.listing(public(market), query=ListingQuery(size=100, sort=sort))  # type: ignore[union-attr]
        return [hit.card for hit in listing.hits]

    rising = [card.price.amount.amount for card in await cards("price-asc")]
    falling = [card.price.amount.amount for card in await cards("price-desc")]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    rated = [card.rating.average if card.rating else Decimal(0) for card in await cards("rating")]
    assert rated == sorted(rated, reverse=True)


async def test_german_names_stand_with_their_vowels(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    listing = await offer.search.listing(public("de"), query=ListingQuery(size=100, sort="name-asc"))
    plain = str.maketrans("äöüÄÖÜ", "aouAOU")
    titles = [hit.card.title.translate(plain).casefold().replace("ß", "ss") for hit in listing.hits if hit.card]
    assert titles == sorted(titles)
    assert any("ä" in (hit.card.title if hit.card else "") for hit in listing.hits)


async def test_values_are_named_in_the_shoppers_language(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    names = {}
    for market in ("gb", "us", "de", "ae"):
        listing = await offer.search.listing(public(market), query=ListingQuery(scope=TABLE))
        colour = next(facet for facet in listing.facets if facet.id == "colour")
        indigo = next(value for value in colour.values if value.value == "indigo")
        names[market] = (colour.name, colour.kind, indigo.name, indigo.swatch)
    assert names["gb"][:3] == ("Colour", "swatch", "Indigo")
    assert (names["gb"][3] or "").startswith("#")
    assert names["us"][0] == "Color"
    assert names["de"][0] == "Farbe"
    assert names["ae"][::2] == ("اللون", "نيلي")
    price = next(facet for facet in listing.facets if facet.id == "price")
    assert (price.name, price.currency) == (None, "AED")


async def test_scopes_are_found_by_id_or_by_slug(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    totals = set()
    for scope in (
        Scope(kind="category", id="cups", slug=""),
        Scope(kind="category", id="another backend's", slug="becher-und-tassen"),
    ):
        totals.add((await offer.search.listing(public("de"), query=ListingQuery(scope=scope))).total)
    assert len(totals) == 1
    for kind in ("category", "collection", "brand"):
        with pytest.raises(NotFound):
            await offer.search.listing(public(), query=ListingQuery(scope=Scope(kind=kind, id="\0", slug="x" * 9999)))  # type: ignore[arg-type]


async def test_the_sale_holds_what_is_reduced_and_the_new_what_is_new(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    for id in ("sale", "new"):
        listing = await offer.search.listing(
            public(), query=ListingQuery(scope=Scope(kind="collection", id=id, slug=id), size=100)
        )
        assert listing.total
        if id == "sale":
            everything = await offer.search.listing(public(), query=ListingQuery(size=100, filters={"sale": ("yes",)}))
            reduced = {hit.key.id for hit in everything.hits}
            assert reduced <= {hit.key.id for hit in listing.hits}


async def test_the_unknown_is_ignored_and_said(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    plain = await offer.search.listing(public(), query=ListingQuery(scope=TABLE))
    odd = await offer.search.listing(
        public(),
        query=ListingQuery(
            scope=TABLE,
            filters={
                "nothing": ("1",),
                "colour": ("indigo\0", "no such"),
                "price": ("-5..", "..", "abc", "1e5..", "٣..٤"),
                "rating": ("9",),
            },
            sort="sideways",
        ),
    )
    assert (odd.total, odd.sort) == (plain.total, plain.sort)
    assert {"nothing", "colour=no such", "price=-5..", "price=..", "price=٣..٤", "rating=9", "sort"} <= set(odd.ignored)


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["\0", "0..1", "99999999999999999999..", "9" * 5000, "-1..-2", "%00", "..", "'"]
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    filters=st.dictionaries(
        HOSTILE | st.sampled_from(sorted(VALUES)), st.lists(HOSTILE, max_size=5).map(tuple), max_size=5
    ),
    sort=st.none() | HOSTILE,
    page=st.integers(-(10**30), 10**30),
    size=st.integers(-5, 10**9),
    cursor=st.none() | HOSTILE,
)
def test_no_input_breaks_a_listing(
    opened: tuple[Connection, Index, Oracle],
    filters: dict[str, tuple[str, ...]],
    sort: str | None,
    page: int,
    size: int,
    cursor: str | None,
) -> None:
    listing = ask(opened, ListingQuery(filters=filters, sort=sort, page=page, size=size, cursor=cursor))
    assert listing.number is not None
    assert listing.number >= 1
    assert len(listing.hits) <= 100
    assert all(len(ignored) <= 100 for ignored in listing.ignored)


async def test_beyond_the_end_there_are_no_hits_and_the_pages_are_told(offer: Offer, public: Contexts) -> None:
    assert offer.search is not None
    listing = await offer.search.listing(public(), query=ListingQuery(scope=TABLE, page=5_000_000, size=5))
    assert listing.hits == ()
    assert listing.total is not None
    assert listing.pages == -(-listing.total // 5)
    assert listing.next is None
    back = await offer.search.listing(public(), query=ListingQuery(scope=TABLE, cursor=listing.previous, size=5))
    assert (back.number, len(back.hits)) == (listing.pages, (listing.total - 1) % 5 + 1)
