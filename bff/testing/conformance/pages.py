"""Scenarios of what editors write, what buyers say, and what goes with what."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest

from bff.ports import InvalidInput, Link, NotAllowed, NotFound, NotSignedIn, ProductKey, ReviewDraft, VariantKey

from .people import customer
from .sample import Sample
from .scenarios import NOWHERE, WRONG_IDS, Scenarios
from .shop import Shop

FEW = 4


class TestContent(Scenarios):
    PORT = "content"

    async def test_a_page_is_found(self, shop: Shop) -> None:
        """A page is found by its slug, has a title, a body and the locale it is really in."""
        content = shop.content
        if not shop.subject.hints.pages:
            pytest.skip("Hints.pages names no page")
        for slug in shop.subject.hints.pages:
            page = await content.page(shop.public(), slug=slug)
            assert page.slug == slug
            assert page.title
            assert page.body
            assert page.locale

    async def test_an_unknown_page_is_not_found(self, shop: Shop) -> None:
        """`page` and `articles` raise `NotFound` for a slug that nobody has."""
        for slug in WRONG_IDS:
            with pytest.raises(NotFound):
                await shop.content.page(shop.public(), slug=slug)
            with pytest.raises(NotFound):
                await shop.content.articles(shop.public(), slug=slug)

    async def test_a_menu_is_there_or_none(self, shop: Shop) -> None:
        """`menu` answers the menu of that name, each entry an entity or an address; None where there is none."""
        assert await shop.content.menu(shop.public(), id=NOWHERE) is None
        for id in shop.subject.hints.menus:
            menu = await shop.content.menu(shop.public(), id=id)
            waiting = list(menu.items) if menu is not None else []
            while waiting:
                item = waiting.pop()
                waiting += item.children
                assert item.title
                assert (item.kind is not None and (item.slug or item.id)) or item.url or item.children, item.title

    async def test_slots_answer_in_the_order_of_the_ids(self, shop: Shop) -> None:
        """`slots` answers one place for each id, in order, None where nobody filled it."""
        ids = [NOWHERE, *shop.subject.hints.slots, NOWHERE]
        found = await shop.content.slots(shop.public(), ids=ids)
        assert len(found) == len(ids)
        assert found[0] is None
        assert found[-1] is None
        assert [slot.id if slot else None for slot in found[1:-1]] == list(shop.subject.hints.slots)
        assert await shop.content.slots(shop.public(), ids=[]) == ()

    async def test_the_journal_is_read(self, shop: Shop) -> None:
        """`articles` lists the journal page by page, the newest first and without bodies; one by its slug has its body."""
        first = await shop.content.articles(shop.public(), limit=2)
        assert len(first.items) <= 2
        assert first.article is None
        if not first.items:
            pytest.skip("the journal is empty")
        dates = [article.published for article in first.items if article.published]
        assert dates == sorted(dates, reverse=True)
        assert all(article.body == () for article in first.items)
        if first.next is not None:
            more = await shop.content.articles(shop.public(), cursor=first.next, limit=2)
            assert not {a.id for a in more.items} & {a.id for a in first.items}
        one = await shop.content.articles(shop.public(), slug=first.items[0].slug)
        assert one.items == ()
        assert one.article is not None
        assert (one.article.id, one.article.title) == (first.items[0].id, first.items[0].title)
        assert one.article.body

    @pytest.mark.parametrize("kind", ["page", "article"])
    async def test_the_sitemap_names_every_text_once(self, shop: Shop, kind: Literal["page", "article"]) -> None:
        """The sitemap goes page by page, at most 1,000 a page, to an end; no text stands in it twice, none that is hinted at
        is missing, and each is found at its slug."""
        links: list[Link] = []
        cursor: str | None = None
        for _ in range(100):
            page = await shop.content.sitemap(shop.public(), kind=kind, cursor=cursor)
            assert len(page.entries) <= 1_000
            links += [entry.link for entry in page.entries]
            cursor = page.next
            if cursor is None:
                break
        assert cursor is None, "the sitemap has no end"
        ids = [link.id for link in links]
        assert len(ids) == len(set(ids)), "a text stands twice in the sitemap"
        if kind == "page":
            assert set(shop.subject.hints.pages) <= {link.slug for link in links}
        if not links:
            pytest.skip("there are none")
        if kind == "page":
            assert (await shop.content.page(shop.public(), slug=links[-1].slug)).id == ids[-1]
        else:
            found = await shop.content.articles(shop.public(), slug=links[-1].slug)
            assert found.article is not None
            assert found.article.id == ids[-1]


class TestReviews(Scenarios):
    PORT = "reviews"

    async def test_reviews_are_listed(self, shop: Shop, sample: Sample) -> None:
        """`list` answers reviews with one to five stars, `limit` at most; the summary is of all of them."""
        for product in sample.products[:FEW]:
            page = await shop.reviews.list(shop.public(), key=ProductKey(id=product.id, slug=product.slug), limit=2)
            assert len(page.items) <= 2
            assert all(1 <= review.rating <= 5 for review in page.items)
            assert page.summary is None or (0 < page.summary.average <= 5 and page.summary.count > 0)
            if page.summary is not None and page.summary.counts is not None:
                assert sum(page.summary.counts) == page.summary.count, product.slug
            assert page.items == () or page.summary is not None, product.slug

    async def test_reviews_are_filtered_and_sorted(self, shop: Shop, sample: Sample) -> None:
        """`stars` keeps one rating and leaves the summary as it is; `highest` begins with the most stars."""
        for product in sample.products:
            wanted = ProductKey(id=product.id, slug=product.slug)
            every = await shop.reviews.list(shop.public(), key=wanted, order="highest", limit=50)
            if len(every.items) < 2:
                continue
            stars = every.items[0].rating
            kept = await shop.reviews.list(shop.public(), key=wanted, stars=stars, limit=50)
            assert kept.items
            assert {review.rating for review in kept.items} == {stars}
            assert kept.summary == every.summary
            lowest = await shop.reviews.list(shop.public(), key=wanted, order="lowest", limit=50)
            languages = {review.language for review in (*every.items, *lowest.items)}
            if len(languages) == 1:
                rated = [review.rating for review in every.items]
                assert rated == sorted(rated, reverse=True)
                assert [r.rating for r in lowest.items] == sorted(r.rating for r in lowest.items)
            return
        pytest.skip("the sample has no product with two reviews")

    async def test_an_unknown_product_has_no_reviews(self, shop: Shop) -> None:
        """Reviews of a product that nobody knows are none, or `NotFound`."""
        try:
            page = await shop.reviews.list(shop.public(), key=ProductKey(id=NOWHERE, slug=NOWHERE))
        except NotFound:
            return
        assert page.items == ()

    async def test_a_review_is_sent_in(self, shop: Shop, sample: Sample) -> None:
        """Where `write` is true a review is taken, or waits, or needs a customer; elsewhere it is `NotAllowed`."""
        draft = ReviewDraft(
            rating=4, title="Good", body="It holds tea, and I like it.", author="Ada", email=shop.email()
        )
        wanted = ProductKey(id=sample.product.id, slug=sample.product.slug)
        ctx = shop.visitor()
        if not shop.reviews.traits.write:
            with pytest.raises(NotAllowed):
                await shop.reviews.write(ctx, key=wanted, draft=draft)
            return
        try:
            written = await shop.reviews.write(ctx, key=wanted, draft=draft)
        except NotSignedIn:
            person = await customer(shop)
            written = await shop.reviews.write(shop.again(person.ctx), key=wanted, draft=draft)
        assert written is None or (written.rating, written.body) == (4, draft.body)

    async def test_an_odd_review_is_refused(self, shop: Shop, sample: Sample) -> None:
        """A review with six stars or without words raises `InvalidInput`, or first asks for a customer."""
        if not shop.reviews.traits.write:
            pytest.skip("no reviews are sent in here")
        wanted = ProductKey(id=sample.product.id, slug=sample.product.slug)
        for rating, body in ((6, "Fine, I think so."), (0, "Fine, I think so."), (3, "")):
            draft = ReviewDraft(rating=rating, title="Kit", body=body, author="Ada", email=shop.email())
            with pytest.raises((InvalidInput, NotSignedIn)):
                await shop.reviews.write(shop.visitor(), key=wanted, draft=draft)


class TestRecommendations(Scenarios):
    PORT = "recommendations"

    async def test_others_are_recommended(self, shop: Shop, sample: Sample) -> None:
        """`related` answers cards of other products, never the ones asked about, none twice, `limit` at most."""
        keys = [ProductKey(id=product.id, slug=product.slug) for product in sample.products[:2]]
        for intent in ("related", "complementary"):
            cards = await shop.recommendations.related(shop.public(), keys=keys, intent=intent, limit=FEW)
            ids = [card.id for card in cards]
            assert len(ids) <= FEW
            assert len(ids) == len(set(ids))
            assert not set(ids) & {each.id for each in keys}

    async def test_nothing_goes_with_the_unknown(self, shop: Shop) -> None:
        """Keys of another backend that nobody knows here are no failure."""
        answer = await shop.recommendations.related(shop.public(), keys=[ProductKey(sku=NOWHERE)], limit=FEW)
        assert len(answer) <= FEW


class TestDelivery(Scenarios):
    PORT = "delivery"

    async def test_delivery_is_estimated(self, shop: Shop, sample: Sample) -> None:
        """`estimate` answers the ways for these pieces, the cheapest first, in the context's currency, and never a day
        before another that it calls the latest."""
        country = shop.markets[0].country
        ways = await shop.delivery.estimate(shop.public(), lines=[(sample.line, Decimal(1))], country=country)
        assert ways
        costs = [way.cost.amount for way in ways if way.cost is not None]
        assert costs == sorted(costs)
        for way in ways:
            assert way.cost is None or way.cost.currency == shop.public().currency
            assert way.earliest is None or way.latest is None or way.earliest <= way.latest
            assert way.id
            assert way.name

    async def test_nothing_goes_nowhere(self, shop: Shop, sample: Sample) -> None:
        """A country that nothing goes to has no ways; it is no failure."""
        for country in ("AQ", "ZZ"):
            answer = await shop.delivery.estimate(shop.public(), lines=[(sample.line, Decimal(1))], country=country)
            assert answer == ()


class TestStores(Scenarios):
    PORT = "stores"

    async def test_shops_are_found(self, shop: Shop) -> None:
        """`find` answers shops with an address, `limit` at most; without a place by name, with one the nearest first."""
        every = await shop.stores.find(shop.public(), limit=50)
        if not every:
            pytest.skip("there are no shops to visit")
        assert [store.name for store in every] == sorted((store.name for store in every), key=str.casefold)
        assert len(await shop.stores.find(shop.public(), limit=1)) == 1
        placed = next((s for s in every if s.latitude is not None and s.longitude is not None), None)
        if placed is not None and placed.latitude is not None and placed.longitude is not None:
            near = await shop.stores.find(shop.public(), point=(placed.latitude, placed.longitude))
            assert near[0].id == placed.id
            far = [store.distance_km for store in near if store.distance_km is not None]
            assert far == sorted(far)

    async def test_hours_can_be_read(self, shop: Shop) -> None:
        """Opening hours are local times on days from 0 to 6, and end after they begin."""
        for store in await shop.stores.find(shop.public(), limit=20):
            for hours in store.hours:
                assert 0 <= hours.weekday <= 6
                assert len(hours.opens) == len(hours.closes) == 5
                assert hours.opens < hours.closes or hours.closes == "00:00", store.name

    async def test_a_shops_stock_is_told(self, shop: Shop, sample: Sample) -> None:
        """`availability` answers for each shop, in order, None where it is unknown."""
        every = await shop.stores.find(shop.public(), limit=3)
        ids = [NOWHERE, *(store.id for store in every)]
        found = await shop.stores.availability(shop.public(), key=sample.line, stores=ids)
        assert len(found) == len(ids)
        assert found[0] is None
        unknown = await shop.stores.availability(shop.public(), key=VariantKey(sku=NOWHERE), stores=ids)
        assert set(unknown) == {None}

    async def test_an_odd_place_is_no_fault(self, shop: Shop) -> None:
        """A place that nobody knows answers all shops or none, and is never an error."""
        for near in ("", "\x00", "x" * 500, "' OR 1=1; --", "日本"):
            await shop.stores.find(shop.public(), near=near, limit=2)
