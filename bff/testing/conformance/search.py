"""Scenarios of listings and of searching."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.ports import Facet, FacetValue, Hit, Listing, ListingQuery, NotFound, ProductKey, Scope

from .cassettes import Unrecorded
from .sample import Sample, scope, walk
from .scenarios import HOSTILE, NOWHERE, Scenarios
from .shop import Shop

DEEP = 12
"""Pages followed before a listing counts as endless."""


def ids(listing: Listing) -> list[str]:
    return [hit.card.id if hit.card else str(hit.key.id) for hit in listing.hits]


async def ask(shop: Shop, **query: object) -> Listing:
    return await shop.search.listing(shop.public(), query=ListingQuery(**query))  # type: ignore[arg-type]


async def amounts(shop: Shop, listing: Listing) -> list[Decimal]:
    missing = [hit.key for hit in listing.hits if hit.card is None]
    found = iter(await shop.catalog.products(shop.public(), keys=missing) if missing else ())
    cards = [hit.card or next(found) for hit in listing.hits]
    return [card.price.amount.amount for card in cards if card is not None]


class TestListing(Scenarios):
    PORT = "search"

    async def test_everything_can_be_listed(self, shop: Shop) -> None:
        """A query without text and scope lists what is sold; hits are cards, or keys where the trait says so."""
        listing = await ask(shop)
        assert listing.hits
        wanted = "card" if all(hit.card is not None for hit in listing.hits) else "key"
        assert shop.search.traits.hits == wanted

    async def test_hits_can_be_hydrated(self, shop: Shop) -> None:
        """A hit's key finds its card through `catalog.products`."""
        hits: tuple[Hit, ...] = (await ask(shop, size=6)).hits
        cards = await shop.catalog.products(shop.public(), keys=[hit.key for hit in hits])
        for hit, card in zip(hits, cards, strict=True):
            assert card is not None, hit.key
            assert hit.card is None or (hit.card.id, hit.card.price) == (card.id, card.price)

    async def test_a_category_lists_its_own(self, shop: Shop, sample: Sample) -> None:
        """A scope narrows the listing to its category."""
        listing = await ask(shop, scope=scope(sample.category))
        assert listing.hits, f"the category {sample.category.link.slug} lists nothing"
        everything = await ask(shop)
        if listing.total is not None and everything.total is not None:
            assert listing.total <= everything.total
        others = [node for node in sample.categories if node.link.id != sample.category.link.id]
        if others and not listing.next:
            assert set(ids(listing)) != set(ids(await ask(shop, scope=scope(others[0]))))

    @pytest.mark.parametrize("kind", ["category", "collection", "brand"])
    async def test_an_unknown_scope_is_not_found(self, shop: Shop, kind: str) -> None:
        """A listing of an unknown category, collection or brand raises `NotFound`."""
        with pytest.raises(NotFound):
            await ask(shop, scope=Scope(kind=kind, id=NOWHERE, slug=NOWHERE))  # type: ignore[arg-type]

    async def test_size_is_kept(self, shop: Shop) -> None:
        """A page holds `size` hits at most, and as many where there are more."""
        for size in (1, 3):
            listing = await ask(shop, size=size)
            assert len(listing.hits) == size

    async def test_pages_hold_everything_once(self, shop: Shop, sample: Sample) -> None:
        """Going through the pages shows every product once and comes to an end, which is no empty page; `total` counts
        them."""
        where = scope(sample.category)
        seen: list[str] = []
        listing = await ask(shop, scope=where, size=5)
        for page in range(1, DEEP + 1):
            assert listing.hits or page == 1, "`next` leads to a page without hits"
            seen += ids(listing)
            if listing.next is None:
                break
            by_number = shop.search.traits.pages == "number"
            more = {"page": page + 1} if by_number else {"cursor": listing.next}
            listing = await ask(shop, scope=where, size=5, **more)
        assert len(seen) == len(set(seen)), "a product stands on two pages"
        if listing.next is None and listing.total is not None:
            assert len(seen) == listing.total

    async def test_cursors_lead_on_and_back(self, shop: Shop) -> None:
        """`next` leads to the following page and `previous` back; the first page has no `previous`."""
        first = await ask(shop, size=2)
        assert first.previous is None
        assert first.next is not None, "there are more than two products"
        second = await ask(shop, size=2, cursor=first.next)
        assert not set(ids(second)) & set(ids(first))
        if shop.search.traits.pages == "number":
            assert ids(second) == ids(await ask(shop, size=2, page=2))
            assert (first.number, second.number) == (1, 2)
        if second.previous is not None:
            assert ids(await ask(shop, size=2, cursor=second.previous)) == ids(first)

    async def test_beyond_the_end_is_empty(self, shop: Shop) -> None:
        """A page beyond the end has no hits, and tells how many pages there are."""
        if shop.search.traits.pages != "number":
            pytest.skip("pages by cursor, which cannot be beyond the end")
        first = await ask(shop, size=24)
        beyond = await ask(shop, size=24, page=(first.pages or 1_000) + 5)
        assert beyond.hits == ()
        assert beyond.next is None
        assert beyond.pages == first.pages is not None

    @pytest.mark.parametrize("cursor", ["", "x", "%%%", "-1", "9" * 400], ids=lambda c: repr(c[:6]))
    async def test_a_cursor_of_nobodys_is_no_fault(self, shop: Shop, cursor: str) -> None:
        """A cursor that was tampered with lists something or nothing, and is never an error."""
        assert len((await ask(shop, size=3, cursor=cursor)).hits) <= 3

    @pytest.mark.parametrize("query", [{"page": 0}, {"page": -3}, {"page": 10**9}], ids=str)
    async def test_odd_pages_are_no_fault(self, shop: Shop, query: dict[str, int]) -> None:
        """A page number that cannot be is answered with a page, perhaps an empty one."""
        assert len((await ask(shop, size=3, **query)).hits) <= 3


class TestSorting(Scenarios):
    PORT = "search"

    async def test_the_first_sort_is_the_usual_one(self, shop: Shop, sample: Sample) -> None:
        """`sorts` begins with the order that an absent `sort` means, and `sort` names the one in use."""
        usual = await ask(shop, scope=scope(sample.category), size=12)
        if not usual.sorts:
            pytest.skip("offers no sorting")
        assert usual.sort in (None, usual.sorts[0].id)
        same = await ask(shop, scope=scope(sample.category), size=12, sort=usual.sorts[0].id)
        assert ids(same) == ids(usual)
        last = usual.sorts[-1].id
        assert (await ask(shop, scope=scope(sample.category), sort=last)).sort == last

    @pytest.mark.parametrize("order", ["price-asc", "price-desc"])
    async def test_prices_are_sorted(self, shop: Shop, order: str) -> None:
        """`price-asc` and `price-desc`, where they are offered, go by what the cards show."""
        if order not in {sort.id for sort in (await ask(shop)).sorts}:
            pytest.skip(f"offers no {order}")
        found = await amounts(shop, await ask(shop, sort=order, size=20))
        assert found == sorted(found, reverse=order == "price-desc")

    async def test_an_unknown_sort_is_ignored(self, shop: Shop) -> None:
        """An unknown sort is no error: the listing comes in its usual order and says that it ignored `sort`."""
        usual, odd = await ask(shop, size=6), await ask(shop, size=6, sort=NOWHERE)
        assert ids(odd) == ids(usual)
        assert "sort" in odd.ignored


def values(facet: Facet) -> list[FacetValue]:
    """All values of a facet, those inside others too."""
    found, waiting = [], list(facet.values)
    while waiting:
        value = waiting.pop(0)
        found.append(value)
        waiting += value.children
    return found


async def facets(shop: Shop, where: Scope | None, number: int = 1, width: int = 1) -> tuple[Listing, list[Facet]]:
    """The listing, and at least `number` facets of it with `width` values to choose from; skips without."""
    if not shop.search.traits.facets:
        pytest.skip("has no facets")
    listing = await ask(shop, scope=where)
    found = [f for f in listing.facets if f.kind in ("choice", "swatch", "tree", "toggle") and len(f.values) >= width]
    if len(found) < number:
        pytest.skip(f"the listing has {len(found)} facets with {width} values, {number} are needed")
    return listing, found


class TestFacets(Scenarios):
    PORT = "search"

    async def test_facets_are_offered(self, shop: Shop, sample: Sample) -> None:
        """Where the trait says that there are facets, a category's listing has one with values or bounds; no facet and
        no value of one stands twice."""
        if not shop.search.traits.facets:
            pytest.skip("has no facets")
        listing = await ask(shop, scope=scope(sample.category))
        assert any(facet.values or facet.maximum is not None for facet in listing.facets)
        assert len({facet.id for facet in listing.facets}) == len(listing.facets)
        for facet in listing.facets:
            offered = [value.value for value in values(facet)]
            assert len(offered) == len(set(offered)), facet.id

    async def test_a_value_narrows_as_it_counts(self, shop: Shop, sample: Sample) -> None:
        """Choosing a value lists as many products as its count said, marks it as selected and ignores nothing."""
        where = scope(sample.category)
        plain, found = await facets(shop, where)
        for facet in found[:3]:
            value = facet.values[0]
            listing = await ask(shop, scope=where, filters={facet.id: (value.value,)})
            assert listing.ignored == (), facet.id
            if value.count is not None and listing.total is not None:
                assert listing.total == value.count, f"{facet.id}={value.name}"
            elif plain.total is not None and listing.total is not None:
                assert listing.total <= plain.total
            chosen = next((f for f in listing.facets if f.id == facet.id), None)
            marked = [v.value for v in values(chosen) if v.selected] if chosen else [value.value]
            assert marked == [value.value]

    async def test_counts_are_as_the_trait_says(self, shop: Shop, sample: Sample) -> None:
        """`counts` tells the truth: `none` has no counts; `disjunctive` counts a facet's values without its own choice,
        so choosing one leaves its neighbours' counts as they were; `result` counts the present listing."""
        where = scope(sample.category)
        _, found = await facets(shop, where, width=2)
        facet = found[0]
        before = {value.value: value.count for value in facet.values}
        counts = shop.search.traits.counts
        if counts == "none":
            assert set(before.values()) == {None}
            return
        assert None not in before.values(), f"{facet.id} has no counts, the trait says {counts}"
        listing = await ask(shop, scope=where, filters={facet.id: (facet.values[0].value,)})
        after = {v.value: v.count for f in listing.facets if f.id == facet.id for v in f.values}
        if counts == "disjunctive":
            assert after == before
        elif listing.total is not None:
            assert all((count or 0) <= listing.total for count in after.values()), after

    async def test_values_of_a_facet_widen(self, shop: Shop, sample: Sample) -> None:
        """Two values of one facet list what either lists (OR)."""
        where = scope(sample.category)
        _, found = await facets(shop, where, width=2)
        facet = next((f for f in found if f.kind in ("choice", "swatch")), None)
        if facet is None:
            pytest.skip("the listing has no facet of choices with two values")
        one, two = facet.values[0].value, facet.values[1].value
        each = [await ask(shop, scope=where, size=48, filters={facet.id: (value,)}) for value in (one, two)]
        both = await ask(shop, scope=where, size=96, filters={facet.id: (one, two)})
        assert set(ids(each[0])) | set(ids(each[1])) <= set(ids(both))

    async def test_facets_narrow_each_other(self, shop: Shop, sample: Sample) -> None:
        """Choices in two facets list what both list (AND)."""
        where = scope(sample.category)
        _, found = await facets(shop, where, number=2)
        first, second = found[0], found[1]
        each = [
            set(ids(await ask(shop, scope=where, size=96, filters={f.id: (f.values[0].value,)})))
            for f in (first, second)
        ]
        chosen = {f.id: (f.values[0].value,) for f in (first, second)}
        assert set(ids(await ask(shop, scope=where, size=96, filters=chosen))) <= each[0] & each[1]

    async def test_unknown_filters_are_ignored(self, shop: Shop, sample: Sample) -> None:
        """An unknown facet or value is no error: it is left out and named in `ignored`, as `facet` or `facet=value`."""
        where = scope(sample.category)
        plain = await ask(shop, scope=where, size=6)
        odd = await ask(shop, scope=where, size=6, filters={NOWHERE: ("x",)})
        assert ids(odd) == ids(plain)
        assert NOWHERE in odd.ignored
        choosable = [facet for facet in plain.facets if facet.values]
        if choosable:
            facet = choosable[0]
            strange = await ask(shop, scope=where, size=6, filters={facet.id: (NOWHERE,)})
            assert f"{facet.id}={NOWHERE}" in strange.ignored
            assert ids(strange) == ids(plain)

    async def test_a_price_range_bounds_the_prices(self, shop: Shop, sample: Sample) -> None:
        """A range keeps to its ends; either side may be open. Its bounds are the unfiltered listing's."""
        plain = await ask(shop, size=48)
        facet = next((f for f in plain.facets if f.kind == "range" and f.currency), None)
        if facet is None:
            pytest.skip("has no range of prices")
        assert facet.currency == shop.public().currency
        paid = sorted(await amounts(shop, plain))
        middle = paid[len(paid) // 2]
        for text, kept in ((f"..{middle}", paid[0]), (f"{middle}..", paid[-1])):
            listing = await ask(shop, size=48, filters={facet.id: (text,)})
            found = await amounts(shop, listing)
            assert found
            assert listing.total is None or plain.total is None or listing.total < plain.total or kept == middle
            again = next((f for f in listing.facets if f.id == facet.id), None)
            if again is not None and facet.minimum is not None:
                assert (again.minimum, again.maximum) == (facet.minimum, facet.maximum)
                assert again.chosen_minimum is not None or again.chosen_maximum is not None

    @pytest.mark.parametrize("text", ["a..b", "..", "5..1", "1e9999..", "-5..", "1..2..3", "NaN..", "\x00"])
    async def test_an_odd_range_is_no_fault(self, shop: Shop, text: str) -> None:
        """A range that cannot be read is ignored, or lists nothing, and is never an error."""
        facet = next((f for f in (await ask(shop)).facets if f.kind == "range"), None)
        if facet is None:
            pytest.skip("has no range")
        assert len((await ask(shop, size=3, filters={facet.id: (text,)})).hits) <= 3


class TestSearch(Scenarios):
    PORT = "search"

    async def test_a_title_finds_its_product(self, shop: Shop, sample: Sample) -> None:
        """Searching for a product's title finds it on the first page."""
        for product in sample.products[:3]:
            assert product.id in ids(await ask(shop, text=product.title)), product.title

    async def test_what_nobody_sells_finds_nothing(self, shop: Shop) -> None:
        """A search without results is a listing without hits, not an error."""
        listing = await ask(shop, text="qqxzzvkwj")
        assert listing.hits == ()
        assert listing.total in (0, None)
        assert listing.next is None

    @pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
    async def test_hostile_text_is_only_text(self, shop: Shop, text: str) -> None:
        """Whatever is typed is searched for, as text: it finds something or nothing and is never an error."""
        listing = await ask(shop, text=text, size=3)
        assert len(listing.hits) <= 3

    async def test_text_and_category_narrow_each_other(self, shop: Shop, sample: Sample) -> None:
        """Text searches inside the scope where both are given."""
        word = sample.products[0].title
        inside = await ask(shop, text=word, scope=scope(sample.category), size=48)
        assert set(ids(inside)) <= set(ids(await ask(shop, text=word, size=96)))

    async def test_text_finds_nothing_outside_its_category(self, shop: Shop, sample: Sample) -> None:
        """With a category, a text does not find what stands outside it."""
        for node in walk(sample.categories):
            try:
                listing = await ask(shop, scope=scope(node), size=48)
                outside = next((p for p in sample.products if p.id not in ids(listing)), None)
                if outside is None or listing.next is not None:
                    continue
                found = ids(await ask(shop, text=outside.title, scope=scope(node), size=48))
            except Unrecorded:
                pytest.skip("the cassettes are from before this was asked: record again")
            assert set(found) <= set(ids(listing)), f"{outside.title!r} in the category {node.link.slug}"
            return
        pytest.skip("the sample has no category of one page with a product outside it")

    async def test_a_beginning_is_completed(self, shop: Shop, sample: Sample) -> None:
        """The first letters of a title propose something; `limit` bounds each kind of proposal."""
        for limit in (1, 4):
            found = await shop.search.suggest(shop.public(), text=sample.product.title[:5], limit=limit)
            assert len(found.products) <= limit
            assert len(found.categories) <= limit
            assert len(found.queries) <= limit
        assert found.products or found.queries or found.categories

    async def test_an_empty_text_proposes_nothing(self, shop: Shop) -> None:
        """`suggest` answers nothing for an empty text."""
        for text in ("", "   "):
            found = await shop.search.suggest(shop.public(), text=text)
            assert (found.products, found.categories, found.queries) == ((), (), ())

    @pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
    async def test_hostile_text_proposes_no_fault(self, shop: Shop, text: str) -> None:
        """Whatever is being typed, `suggest` answers proposals or none, and is never an error."""
        found = await shop.search.suggest(shop.public(), text=text, limit=3)
        assert len(found.products) <= 3

    async def test_every_market_searches_in_its_currency(self, shop: Shop, sample: Sample) -> None:
        """A listing's cards and ranges are priced in the context's currency."""
        for market in range(len(shop.markets)):
            ctx = shop.public(market)
            listing = await shop.search.listing(ctx, query=ListingQuery(size=6))
            missing = [hit.key for hit in listing.hits if hit.card is None]
            cards = [hit.card for hit in listing.hits if hit.card is not None]
            cards += [c for c in await shop.catalog.products(ctx, keys=missing) if c] if missing else []
            assert {card.price.amount.currency for card in cards} <= {ctx.currency}, ctx.market.id
            assert {f.currency for f in listing.facets if f.currency} <= {ctx.currency}, ctx.market.id

    async def test_proposals_are_of_the_shop(self, shop: Shop, sample: Sample) -> None:
        """A proposed product is found by its id, a proposed category by its slug."""
        found = await shop.search.suggest(shop.public(), text=sample.product.title[:5])
        cards = await shop.catalog.products(shop.public(), keys=[ProductKey(id=c.id) for c in found.products])
        assert None not in cards
        for link in found.categories[:2]:
            await shop.catalog.category(shop.public(), kind=link.kind, slug=link.slug)  # type: ignore[arg-type]
