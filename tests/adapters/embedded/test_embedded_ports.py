"""Content, reviews, recommendations, delivery, shops, faults, pictures, export, and the database's manners."""

from __future__ import annotations

import asyncio
import datetime
import json
import re
import threading
from decimal import Decimal

import pytest

from adapters.embedded import export, manifest
from adapters.embedded.database import Database
from adapters.embedded.settings import FaultSettings, Settings, Throttle
from bff.ports import (
    ImageBlock,
    InvalidInput,
    Money,
    NotFound,
    ProductKey,
    ReviewDraft,
    TextBlock,
    Throttled,
    Unavailable,
    VariantKey,
)

pytestmark = pytest.mark.anyio


async def test_pages_and_their_links_in_every_language(offer, public):
    for market in ("gb", "de", "us", "ae"):
        ctx = public(market)
        entries = (await offer.catalog.sitemap(ctx, kind="page")).entries
        assert len(entries) >= 8
        for entry in entries:
            page = await offer.content.page(ctx, slug=entry.link.slug)
            assert page.locale == ctx.locale
            html = "".join(block.html.source for block in page.body if isinstance(block, TextBlock))
            for path in re.findall(r'href="(/[^"]*)"', html):
                if path.count("/") > 1:
                    assert (await offer.catalog.resolve(ctx, path=path)) is not None, (page.id, path)
    with pytest.raises(NotFound):
        await offer.content.page(public(), slug="nothing")


async def test_the_journal_newest_first_page_by_page(offer, public):
    first = await offer.content.articles(public("de"), limit=3)
    rest = await offer.content.articles(public("de"), limit=3, cursor=first.next)
    items = [*first.items, *rest.items]
    assert len({item.id for item in items}) == len(items) == 5
    assert [item.published for item in items] == sorted((item.published for item in items), reverse=True)
    assert rest.next is None
    one = (await offer.content.articles(public("de"), slug=items[0].slug)).article
    assert one.body
    assert all(isinstance(block, TextBlock | ImageBlock) for block in one.body)
    with pytest.raises(NotFound):
        await offer.content.articles(public(), slug="nothing")
    with pytest.raises(InvalidInput):
        await offer.content.articles(public(), limit=0)


async def test_menus_and_slots(offer, public):
    menu = await offer.content.menu(public("de"), id="main")
    assert [item.title for item in menu.items][:2] == ["Tisch", "Küche"]
    assert menu.items[0].children
    house = await offer.content.menu(public("ae"), id="footer-house")
    assert [item.url for item in house.items if item.url] == ["/stores", "/journal"]
    assert await offer.content.menu(public(), id="nothing") is None
    hero, nothing, featured = await offer.content.slots(public("de"), ids=("home.hero", "nothing", "home.featured"))
    assert nothing is None
    assert hero.title == "Dinge, die jeden Umzug überstehen"
    assert hero.link.kind == "collection"
    assert all(await offer.catalog.products(public("de"), keys=featured.products))


async def test_reviews_own_language_first_page_by_page(offer, public):
    key = ProductKey(id="harbour-mug")
    for order in ("newest", "highest", "lowest"):
        seen, cursor = [], None
        while True:
            page = await offer.reviews.list(public("de"), key=key, order=order, cursor=cursor, limit=3)
            seen += page.items
            cursor = page.next
            if cursor is None:
                break
        assert len({review.id for review in seen}) == len(seen) == page.total == page.summary.count
        foreign = [review.language != "de" for review in seen]
        assert foreign == sorted(foreign)
        german = [review.rating for review in seen if review.language == "de"]
        if order != "newest":
            assert german == sorted(german, reverse=order == "highest")
    fives = await offer.reviews.list(public(), key=key, stars=5)
    assert {review.rating for review in fives.items} == {5}
    assert fives.total == fives.summary.counts[4]
    product = await offer.catalog.product(public(), slug="harbour-mug")
    assert product.rating == fives.summary
    with pytest.raises(NotFound):
        await offer.reviews.list(public(), key=ProductKey(id="nothing"))


async def test_writing_a_review(offer, changed, public, visitor):
    key = ProductKey(id="harbour-mug")
    draft = ReviewDraft(rating=5, title="Good", body="A mug that holds what it says.", author="Ida")
    assert await offer.reviews.write(visitor(), key=key, draft=draft) is None
    before = (await offer.reviews.list(public(), key=key)).total
    with pytest.raises(InvalidInput) as wrong:
        await offer.reviews.write(visitor(), key=key, draft=ReviewDraft(rating=6, title="", body="no", author=" "))
    assert set(wrong.value.fields) == {"rating", "body", "author"}
    async with manifest.open(changed(moderate_reviews=False), None, []) as open_shop:
        written = await open_shop.reviews.write(visitor(), key=key, draft=draft)
        assert written.verified is False
        page = await open_shop.reviews.list(public(), key=key)
        assert (page.total, page.items[0].id) == (before + 1, written.id)
        assert (await open_shop.catalog.product(public(), slug="harbour-mug")).rating.count == before + 1


async def test_recommendations(offer, public):
    for intent in ("related", "complementary"):
        cards = await offer.recommendations.related(public(), keys=[ProductKey(id="harbour-mug")], intent=intent)
        ids = [card.id for card in cards]
        assert ids[:2] == ["harbour-jug", "tide-bowl"]
        assert len(set(ids)) == len(ids) == 8
        assert "harbour-mug" not in ids
    assert await offer.recommendations.related(public(), keys=[ProductKey(id="nothing")]) == ()


async def test_delivery_dates_and_costs(offer, public):
    mug, four = VariantKey(sku="HMUG-IND-LAR"), Decimal(4)
    pickup, standard, express = await offer.delivery.estimate(public(), lines=[(mug, Decimal(1))], country="gb")
    assert (pickup.kind, standard.cost.amount, express.cost.amount) == ("pickup", Decimal("4.50"), Decimal("8.50"))
    # From Wednesday 3 June 2026: the next day; two to four working days skip the weekend.
    assert express.earliest == datetime.date(2026, 6, 4)
    assert (standard.earliest, standard.latest) == (datetime.date(2026, 6, 5), datetime.date(2026, 6, 9))
    free = await offer.delivery.estimate(public(), lines=[(mug, four)], country="GB")
    assert {option.id: option.cost.amount for option in free}["standard"] == 0
    (digital,) = await offer.delivery.estimate(public("de"), lines=[(VariantKey(sku="GIFT-050"), four)], country="DE")
    assert (digital.kind, digital.name) == ("digital", "Per E-Mail")
    less = await offer.delivery.estimate(
        public(), lines=[(mug, four)], country="GB", worth=Money(Decimal("59.99"), "GBP")
    )
    assert [each.cost.amount for each in less] == [each.cost.amount for each in (pickup, standard, express)]
    more = await offer.delivery.estimate(
        public(), lines=[(mug, Decimal(1))], country="GB", worth=Money(Decimal("60.00"), "GBP")
    )
    assert [each.cost.amount for each in more] == [each.cost.amount for each in free]
    assert await offer.delivery.estimate(public(), lines=[(mug, four)], country="JP") == ()
    sold_out = await offer.delivery.estimate(public(), lines=[(VariantKey(sku="HMUG-CHA-LAR"), four)], country="GB")
    assert {option.earliest for option in sold_out} == {None}


async def test_shops_by_town_postcode_and_point(offer, public):
    berlin = await offer.stores.find(public("de"), near="Berlin")
    assert (berlin[0].id, berlin[0].distance_km) == ("berlin", 0)
    distances = [shop.distance_km for shop in berlin]
    assert distances == sorted(distances)
    assert (await offer.stores.find(public("ae"), near="لندن"))[0].id == "london"
    assert (await offer.stores.find(public(), near="tr11 2aa"))[0].id == "falmouth"
    assert (await offer.stores.find(public(), point=(Decimal("25"), Decimal("55"))))[0].id == "dubai"
    unknown = await offer.stores.find(public(), near="Atlantis")
    assert [shop.distance_km for shop in unknown] == [None] * len(unknown)
    assert {shop.country for shop in await offer.stores.find(public(), country="de")} == {"DE"}
    london = next(shop for shop in unknown if shop.id == "london")
    assert (london.hours[0].weekday, london.hours[0].opens) == (0, "10:00")
    with pytest.raises(InvalidInput):
        await offer.stores.find(public(), point=(Decimal(900), Decimal("NaN")))


async def test_stock_in_shops_is_steady(offer, public):
    stores = ["london", "berlin", "nowhere"]
    first = await offer.stores.availability(public(), key=VariantKey(sku="HMUG-IND-LAR"), stores=stores)
    assert first == await offer.stores.availability(public(), key=VariantKey(sku="HMUG-IND-LAR"), stores=stores)
    assert first[2] is None
    assert first[0].location == "Almanac London"
    none = await offer.stores.availability(public(), key=VariantKey(sku="HMUG-CHA-LAR"), stores=["london"])
    assert none[0].state == "sold_out"


async def test_faults_by_configuration(changed, public):
    faults = FaultSettings(
        failing={"catalog.product": 2}, throttled={"content.*": Throttle(retry_after=7)}, slow={"search.suggest": 0.01}
    )
    async with manifest.open(changed(faults=faults), None, []) as offer:
        await offer.catalog.product(public(), slug="harbour-mug")
        with pytest.raises(Unavailable):
            await offer.catalog.product(public(), slug="harbour-mug")
        await offer.catalog.product(public(), slug="harbour-mug")
        with pytest.raises(Throttled) as wait:
            await offer.content.menu(public(), id="main")
        assert wait.value.retry_after == 7
        assert offer.catalog.sku_lookup is True
        assert offer.carts.traits.merges_lines


async def test_pictures_follow_the_chosen_colour(changed, tmp_path, public):
    drawn = {"inks": ["indigo", "teal"], "views": ["plate", "detail", "use"], "ratio": [4, 5], "tint": "#eee8dd"}
    manifest_file = tmp_path / "manifest.json"
    scenes = {"journal-kiln": {"width": 1920, "height": 1080}}
    manifest_file.write_text(json.dumps({"products": {"harbour-mug": drawn}, "scenes": scenes}))
    async with manifest.open(changed(pictures_manifest=str(manifest_file)), None, []) as offer:
        plain = await offer.catalog.product(public("de"), slug="hafenbecher")
        urls = [media.image.url for media in plain.media]
        base = "/static/pictures/products/harbour-mug/"
        views = ("plate", "detail", "use")
        assert urls == [*(f"{base}{view}-indigo-640.webp" for view in views), f"{base}plate-teal-640.webp"]
        teal = await offer.catalog.product(public("de"), slug="hafenbecher", selection={"colour": "teal"})
        assert [media.image.url for media in teal.media] == [f"{base}{view}-teal-640.webp" for view in views]
        image = teal.media[0].image
        assert (image.width, image.height, image.tint) == (1280, 1600, "#eee8dd")
        assert image.sources[0].url == f"{base}plate-teal-{{width}}.avif"
        assert image.alt == "Gerader Becher mit rundem Henkel und unglasiertem Fuß, Petrol"
        assert teal.media[2].image.alt == "Hafenbecher, Petrol: im Gebrauch"
        assert set(teal.media[0].variant_ids) == {"HMUG-TEA-SMA", "HMUG-TEA-LAR"}
        (card,) = await offer.catalog.products(public(), keys=[ProductKey(id="harbour-mug")])
        assert [media.image.url for media in card.media] == [
            f"{base}plate-indigo-640.webp",
            f"{base}use-indigo-640.webp",
        ]
        (story,) = await offer.content.slots(public(), ids=["home.story"])
        assert story.image.url == "/static/pictures/scenes/journal-kiln-1280.webp"
        (bare,) = await offer.catalog.products(public(), keys=[ProductKey(id="tide-bowl")])
        assert bare.media == (), "what was not drawn is not shown"


async def test_export_is_the_catalogue_without_carts(settings, tmp_path):
    file = tmp_path / "out.json"
    steps = [step async for step in export.COMMAND.run(settings, {"file": str(file)})]
    assert steps[-1].done == steps[-1].total
    exported = json.loads(file.read_text())
    assert "cart" not in exported
    mug = next(product for product in exported["product"] if product["id"] == "harbour-mug")
    assert mug["doc"]["options"] == ["colour", "size"]
    assert len(exported["variant"]) >= 250
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


async def test_cancelling_a_read_frees_its_thread(settings: Settings):
    database = Database(Settings(database=settings.database, threads=1))
    started = threading.Event()

    def forever(connection):
        started.set()
        return connection.execute(
            "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        ).fetchone()

    task = asyncio.ensure_future(database.run(forever))
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        assert await database.run(lambda c: c.execute("SELECT 1").fetchone()) == (1,)
    await asyncio.to_thread(database.close)


async def test_a_broken_file_is_a_failure_of_the_port(settings: Settings):
    database = Database(settings)
    with pytest.raises(Unavailable):
        await database.run(lambda c: c.execute("SELECT * FROM nothing"))
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda c: c.execute("DELETE FROM product") and 1 // 0)
    assert (await database.run(lambda c: c.execute("SELECT count(*) FROM product").fetchone()))[0] > 60
    await asyncio.to_thread(database.close)
