"""The catalogue as pages see it: the demo in its four markets."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from adapters.embedded import manifest
from adapters.embedded.database import Database, catalogue_changed
from bff.ports import (
    Catalog,
    InvalidInput,
    NotFound,
    Offer,
    OptionValue,
    ProductKey,
    Ref,
    VariantKey,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def catalog(offer: Offer) -> Catalog:
    assert offer.catalog is not None
    return offer.catalog


def states(values: tuple[OptionValue, ...]) -> dict[str, str]:
    return {value.id: value.state for value in values}


async def test_every_product_has_a_page_in_every_market(catalog, public):
    for market in ("gb", "de", "us", "ae"):
        ctx = public(market)
        entries = (await catalog.sitemap(ctx, kind="product")).entries
        assert len(entries) >= 60
        for entry in entries:
            product = await catalog.product(ctx, slug=entry.link.slug)
            assert (product.id, product.title, product.locale) == (entry.link.id, entry.link.title, ctx.locale)
            assert product.price.amount.currency == ctx.currency
            assert product.variants
            assert product.breadcrumbs


async def test_the_demo_has_what_the_issue_asks_for(catalog, public):
    ctx = public("de")
    entries = (await catalog.sitemap(ctx, kind="product")).entries
    products = [await catalog.product(ctx, slug=entry.link.slug) for entry in entries]
    variants = [variant for product in products for variant in product.variants or ()]
    assert len(variants) >= 250
    assert {variant.availability.state for variant in variants} >= {
        "in_stock", "low_stock", "backorder", "preorder", "sold_out", "discontinued",
    }  # fmt: skip
    assert {len(product.options) for product in products} >= {0, 1, 2, 3}
    assert max(len(product.variants or ()) for product in products) >= 120
    assert {product.kind for product in products} >= {"physical", "bundle", "gift_card"}
    for has in ("components", "plans", "inputs"):
        assert any(getattr(product, has) for product in products), has
    assert any(variant.price.tiers for variant in variants)
    assert any(variant.price.unit for variant in variants)
    assert any(variant.price.compare_at for variant in variants)


async def test_an_option_value_answers_for_the_other_chosen_options(catalog, public):
    """Ochre exists in small only, chalk in large is sold out (demo/products/table.toml)."""
    large = await catalog.product(public(), slug="harbour-mug", selection={"size": "large"})
    colours, sizes = large.options
    assert states(colours.values)["ochre"] == "absent"
    assert states(colours.values)["chalk"] == "sold_out"
    assert states(colours.values)["indigo"] == "available"
    assert states(sizes.values) == {"small": "available", "large": "available"}
    assert large.selected is None
    chalk = await catalog.product(public(), slug="harbour-mug", selection={"size": "large", "colour": "chalk"})
    assert chalk.selected is not None
    assert chalk.selected.availability.state == "sold_out"
    assert states(chalk.options[1].values) == {"small": "available", "large": "sold_out"}
    none = await catalog.product(public(), slug="harbour-mug", selection={"size": "large", "colour": "ochre"})
    assert none.selected is None
    assert [value.id for value in none.options[0].values if value.selected] == ["ochre"]


async def test_unknown_options_and_values_are_ignored(catalog, public):
    plain = await catalog.product(public(), slug="harbour-mug")
    odd = await catalog.product(public(), slug="harbour-mug", selection={"size": "huge", "no": "thing", "colour": ""})
    assert odd == plain


async def test_a_product_without_options_is_selected(catalog, public):
    product = await catalog.product(public(), slug="dish-brush")
    assert product.options == ()
    assert product.selected is not None
    assert product.selected.title == ""
    (card,) = await catalog.products(public(), keys=[ProductKey(id="dish-brush")])
    assert card is not None
    assert card.variant == VariantKey(id="DBRU", product_id="dish-brush", sku="DBRU")


async def test_prices_tiers_and_units_follow_the_market(catalog, public):
    british = await catalog.product(public("gb"), slug="harbour-mug", selection={"colour": "teal", "size": "large"})
    assert british.price.from_ is not None
    assert british.price.to is not None
    assert (british.price.from_.amount, british.price.to.amount) == (Decimal("18.00"), Decimal("22.00"))
    assert british.selected is not None
    assert [(tier.minimum, tier.amount.amount) for tier in british.selected.price.tiers] == [
        (4, Decimal("19.80")),
        (8, Decimal("18.70")),
    ]
    assert british.selected.price.tax == "included"
    american = await catalog.product(public("us"), slug="harbor-mug")
    assert (american.price.amount.amount, american.price.tax) == (Decimal("24.00"), "excluded")


async def test_unit_prices_only_where_the_market_asks(catalog, public):
    (german,) = await catalog.products(public("de"), keys=[ProductKey(id="yirga-coffee")])
    (british,) = await catalog.products(public("gb"), keys=[ProductKey(id="yirga-coffee")])
    assert german is not None
    assert british is not None
    assert british.price.unit is None
    unit = german.price.unit
    assert unit is not None
    assert (unit.reference, unit.unit) == (1, "kg")
    assert unit.amount.amount == german.price.amount.amount * 4, "250 g is the smallest"


async def test_words_and_slugs_are_the_locale_s(catalog, public):
    slugs = {}
    for market, locale in (("gb", None), ("us", None), ("de", None), ("ae", None), ("ae", "en-AE")):
        ctx = public(market, locale)
        (place,) = await catalog.locate(ctx, refs=[Ref(kind="product", id="harbour-mug")])
        assert place.link is not None
        slugs[ctx.locale] = place.link.slug
    assert slugs == {
        "en-GB": "harbour-mug",
        "en-US": "harbor-mug",
        "de-DE": "hafenbecher",
        "ar-AE": "كوب-المرفأ",
        "en-AE": "harbour-mug",
    }
    arabic = await catalog.product(public("ae"), slug=slugs["ar-AE"])
    heights = [attribute.values for attribute in arabic.attributes if attribute.id == "height"]
    assert heights == [("95 مم",)]


async def test_a_slug_of_another_language_finds_the_product_and_its_own_slug(catalog, public):
    product = await catalog.product(public("de"), slug="harbour-mug")
    assert product.slug == "hafenbecher"


async def test_categories_collections_and_brands(catalog, public):
    nav = await catalog.navigation(public("de"))
    assert [node.link.slug for node in nav.categories][:2] == ["tisch", "kueche"]
    assert all(node.children for node in nav.categories)
    leaf = await catalog.category(public("de"), kind="category", slug=nav.categories[0].children[0].link.slug)
    assert [link.slug for link in leaf.breadcrumbs] == ["tisch"]
    assert leaf.description is not None
    assert leaf.description.source.startswith("<p>")
    sale = await catalog.category(public("gb"), kind="collection", slug="sale")
    assert sale.kind == "collection"
    for brand in nav.brands:
        assert (await catalog.category(public("ae"), kind="brand", slug=brand.slug)).title == brand.title
    for kind, slug in (("category", "sale"), ("collection", "table"), ("brand", "nobody"), ("category", "x" * 9000)):
        with pytest.raises(NotFound):
            await catalog.category(public(), kind=kind, slug=slug)


async def test_cards_by_id_sku_and_slug(catalog, public):
    keys = [
        ProductKey(sku="HMUG-IND-LAR"),
        ProductKey(id="nothing"),
        ProductKey(slug="hafenbecher"),
        ProductKey(sku="HMUG"),
        ProductKey(id="tide-bowl"),
    ]
    cards = await catalog.products(public(), keys=keys)
    assert [card and card.id for card in cards] == ["harbour-mug", None, "harbour-mug", "harbour-mug", "tide-bowl"]
    assert await catalog.products(public(), keys=[]) == ()
    with pytest.raises(InvalidInput):
        await catalog.products(public(), keys=[ProductKey(id="x")] * 101)


async def test_availability_of_variants(catalog, public):
    keys = [VariantKey(sku="HMUG-TEA-LAR"), VariantKey(id="HMUG-CHA-LAR"), VariantKey(sku="none")]
    low, out, unknown = await catalog.availability(public(), keys=keys)
    assert (low.state, low.quantity, low.orderable) == ("low_stock", 3, Decimal(3))
    assert (out.state, out.buyable, out.orderable) == ("sold_out", False, Decimal(0))
    assert unknown is None


async def test_a_date_of_arrival_is_a_working_day_after_today(catalog, public, settings):
    ctx = public()
    for entry in (await catalog.sitemap(ctx, kind="product")).entries:
        for variant in (await catalog.product(ctx, slug=entry.link.slug)).variants or ():
            date = variant.availability.date
            assert (date is not None) == (variant.availability.state in ("backorder", "preorder"))
            assert date is None or (date > settings.today and date.weekday() < 5)


async def test_withdrawn_and_unsold_products(settings, public):
    database = Database(settings)
    connection = database.connect()
    connection.execute("UPDATE product SET status = 'gone' WHERE id = 'tide-bowl'")
    connection.execute("UPDATE product SET status = 'discontinued' WHERE id = 'harbour-jug'")
    connection.execute("DELETE FROM price WHERE list = 'EUR' AND variant_id LIKE 'HMUG%'")
    catalogue_changed(connection)
    connection.close()
    database.close()
    async with manifest.open(settings, None, []) as offer:
        catalog = offer.catalog
        with pytest.raises(NotFound) as gone:
            await catalog.product(public(), slug="tide-bowl")
        assert gone.value.gone
        jug = await catalog.product(public(), slug="harbour-jug")
        assert jug.availability.state == "discontinued"
        assert {value.state for option in jug.options for value in option.values} == {"sold_out"}
        with pytest.raises(NotFound) as unsold:
            await catalog.product(public("de"), slug="hafenbecher")
        assert not unsold.value.gone
        (place,) = await catalog.locate(public("de"), refs=[Ref(kind="product", sku="HMUG")])
        assert place.link is None
        assert place.nearest is not None
        assert place.nearest.id == "cups"
        assert await catalog.products(public("de"), keys=[ProductKey(id="harbour-mug")]) == (None,)


async def test_paths_of_the_earlier_shop(catalog, public):
    teapot = await catalog.resolve(public("de"), path="/shop/teapots")
    assert teapot.link.slug == "segeltuchkanne"
    assert (await catalog.resolve(public(), path="/products/pewter-tankard")).gone
    assert (await catalog.resolve(public("de"), path="/products/harbour-mug/")).link.slug == "hafenbecher"
    assert (await catalog.resolve(public(), path="/journal/thirty-one-hours-in-the-kiln-shed")).link.kind == "article"
    for path in ("/", "", "/nothing", "/products/", "/products/%00", "//", "/x" * 5000):
        assert await catalog.resolve(public(), path=path) is None


async def test_a_bundle_names_its_parts(catalog, public):
    bundle = await catalog.product(public("de"), slug=(await _slug(catalog, public("de"), "breakfast-for-two")))
    assert bundle.kind == "bundle"
    assert bundle.components[0].key.sku == "HMUG-IND-LAR"
    assert bundle.components[0].title.startswith("Hafenbecher, ")
    assert bundle.components[0].quantity == 2


async def _slug(catalog: Catalog, ctx, id: str) -> str:
    (place,) = await catalog.locate(ctx, refs=[Ref(kind="product", id=id)])
    assert place.link is not None
    return place.link.slug


async def test_a_card_costs_the_same_statements_however_many(settings, public):
    from adapters.embedded.cards import cards

    database = Database(settings)
    connection = database.connect()
    counted: list[str] = []
    cards(connection, public(), [0])
    connection.set_trace_callback(counted.append)
    cards(connection, public(), [0])
    one = len(counted)
    started = time.perf_counter()
    assert len(cards(connection, public(), list(range(24)))) == 24
    assert len(counted) == 2 * one == 8
    assert time.perf_counter() - started < 0.25
    connection.close()
    database.close()
