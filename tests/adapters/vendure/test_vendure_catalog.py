"""What Vendure's catalogue and search do otherwise than one expects."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bff.ports import ListingQuery, Malformed, Money, NotFound, ProductKey, Ref, Scope, VariantKey

from .stage import US, Vendure, product, public, variant

pytestmark = pytest.mark.anyio

SCOPE = Scope(kind="category", id="5", slug="mugs")


def value(id: str, code: str, facet: str, count: int) -> dict[str, Any]:
    named = {"id": "1" if facet == "brand" else "2", "code": facet, "name": facet.title()}
    return {"count": count, "facetValue": {"id": id, "code": code, "name": code.title(), "facet": named}}


def found(*facets: dict[str, Any], total: int = 0, hits: tuple[str, ...] = ()) -> dict[str, Any]:
    items = [{"productId": id, "productVariantId": id, "sku": f"SKU-{id}"} for id in hits]
    return {"totalItems": total, "facetValues": list(facets), "items": items}


# ---------------------------------------------------------------- products


async def test_variants_beyond_a_hundred_are_fetched_too() -> None:
    """Vendure cuts every list at a hundred, `variants` as well, and says nothing."""
    first = [variant(str(n), 5000 - n, size=f"s{n}") for n in range(100)]
    rest = {"p0": {"v100": {"totalItems": 103, "items": [variant(str(n), 900, size=f"s{n}") for n in range(100, 103)]}}}
    groups = [{"code": "size", "name": "Size", "options": [{"code": f"s{n}"} for n in range(103)]}]
    vendure = Vendure(Page={"product": product("1", *first, total=103, optionGroups=groups)}, Rest=rest)
    async with vendure.opened() as offer:
        shown = await offer.catalog.product(public(), slug="thing-1", selection={"size": "s102"})
    assert len(shown.variants or ()) == 103
    assert shown.selected is not None
    assert shown.selected.id == "102"
    assert shown.price.amount == Money(Decimal("9.00"), "GBP")
    assert vendure.asked[1].variables == {"p0": "1"}


async def test_above_the_limit_variants_are_not_listed_but_options_know_them() -> None:
    variants = [variant(str(n), size=f"s{n}") for n in range(4)]
    groups = [{"code": "size", "name": "Size", "options": [{"code": f"s{n}"} for n in range(4)]}]
    async with Vendure(Page={"product": product("1", *variants, optionGroups=groups)}).opened(
        variants_limit=3
    ) as offer:
        shown = await offer.catalog.product(public(), slug="thing-1")
    assert shown.variants is None
    assert [each.state for each in shown.options[0].values] == ["available"] * 4


async def test_values_of_a_shared_group_that_no_variant_has_are_left_out() -> None:
    groups = [
        {"code": "colour", "name": "Colour", "options": [{"code": code} for code in ("red", "blue", "green")]},
        {"code": "size", "name": "Size", "options": [{"code": "small"}, {"code": "large"}]},
        {"code": "wood", "name": "Wood", "options": [{"code": "oak"}]},
    ]
    variants = [
        variant("1", colour="blue", size="small"),
        variant("2", level="OUT_OF_STOCK", colour="blue", size="large"),
        variant("3", colour="red", size="small"),
    ]
    async with Vendure(Page={"product": product("1", *variants, optionGroups=groups)}).opened() as offer:
        shown = await offer.catalog.product(public(), slug="thing-1", selection={"size": "large", "colour": "pink"})
    colour, size = shown.options
    assert [(each.id, each.state) for each in colour.values] == [("red", "absent"), ("blue", "sold_out")]
    assert [(each.id, each.state, each.selected) for each in size.values] == [
        ("small", "available", False),
        ("large", "sold_out", True),
    ]
    assert shown.selected is None


async def test_an_only_variant_is_selected_by_itself() -> None:
    async with Vendure(Page={"product": product("1", variant("7"), optionGroups=[])}).opened() as offer:
        shown = await offer.catalog.product(public(), slug="thing-1")
    assert shown.selected is not None
    assert shown.selected.id == "7"


@pytest.mark.parametrize(
    ("level", "state", "quantity"),
    [
        ("IN_STOCK", "in_stock", None),
        ("LOW_STOCK", "low_stock", None),
        ("OUT_OF_STOCK", "sold_out", None),
        ("12", "in_stock", 12),
        ("0", "sold_out", 0),
        ("Bald wieder da", "unknown", None),
    ],
)
async def test_stock_is_a_word_or_a_number(level: str, state: str, quantity: int | None) -> None:
    page = product("1", variant("7", level=level), optionGroups=[])
    async with Vendure(Page={"product": page}).opened() as offer:
        shown = await offer.catalog.product(public(), slug="thing-1")
    assert (shown.availability.state, shown.availability.quantity) == (state, quantity)


async def test_net_or_gross_is_the_markets() -> None:
    one = variant("7", 1800) | {"currencyCode": "USD"}
    async with Vendure(Page={"product": product("1", one, optionGroups=[])}).opened() as offer:
        shown = await offer.catalog.product(public(US), slug="thing-1")
    assert shown.price.amount == Money(Decimal("15.00"), "USD")
    assert shown.price.tax == "excluded"


async def test_amounts_have_the_shops_decimals_and_not_the_currencys() -> None:
    page = product("1", variant("7", 18_005), optionGroups=[])
    async with Vendure(Page={"product": page}).opened(precision=3) as offer:
        shown = await offer.catalog.product(public(), slug="thing-1")
    assert shown.price.amount.amount == Decimal("18.005")


async def test_prices_of_another_channel_are_never_shown() -> None:
    """Where Vendure does not know a channel, older versions answer for the default one."""
    page = product("1", variant("7") | {"currencyCode": "USD"}, optionGroups=[])
    async with Vendure(Page={"product": page}).opened() as offer:
        with pytest.raises(Malformed, match="USD"):
            await offer.catalog.product(public(), slug="thing-1")


async def test_a_product_without_variants_here_is_not_sold_here() -> None:
    async with Vendure(Page=[{"product": product("1", optionGroups=[])}, {"product": None}]).opened() as offer:
        for _ in range(2):
            with pytest.raises(NotFound):
                await offer.catalog.product(public(), slug="thing-1")


async def test_skus_are_compared_exactly() -> None:
    """The search takes parts of a SKU for it."""
    hits = [
        {"productId": "9", "productVariantId": "90", "sku": "SKU-70"},
        {"productId": "1", "productVariantId": "7", "sku": "SKU-7"},
    ]
    vendure = Vendure(
        Keys={"k0": {"items": hits}, "k1": {"items": hits[:1]}},
        Cards={"products": {"items": [product("1", variant("7"))]}},
    )
    async with vendure.opened() as offer:
        cards = await offer.catalog.products(
            public(), keys=[ProductKey(sku="SKU-7"), ProductKey(sku="KU-7"), ProductKey(id="1")]
        )
    assert [card and card.id for card in cards] == ["1", None, "1"]
    assert len(vendure.asked) == 2


async def test_stock_of_single_variants_is_asked_with_their_products() -> None:
    pages = {
        "first": {"items": [{"id": "7", "sku": "A", "stockLevel": "IN_STOCK"}]},
        "second": {"items": [{"id": "8", "sku": "B", "stockLevel": "OUT_OF_STOCK"}]},
    }
    vendure = Vendure(Stock={"products": {"items": [pages]}})
    async with vendure.opened() as offer:
        keys = [
            VariantKey(id="8", product_id="1"),
            VariantKey(sku="A", product_id="1"),
            VariantKey(id="99", product_id="1"),
        ]
        told = await offer.catalog.availability(public(), keys=keys)
    assert [each and each.state for each in told] == ["sold_out", "in_stock", None]
    assert len(vendure.asked) == 1


# ---------------------------------------------------------------- categories


def shelf(id: str, parent: str, position: int) -> dict[str, Any]:
    return {"id": id, "name": id.title(), "slug": id, "parentId": parent, "position": position, "featuredAsset": None}


async def test_the_flat_list_becomes_a_tree_in_the_shops_order() -> None:
    """Collections come in no order, below a root that is none; a list has a hundred at most."""
    items = [shelf("mugs", "table", 1), shelf("sale", "offers", 0), shelf("offers", "1", 2), shelf("table", "1", 1)]
    vendure = Vendure(
        Navigation={"collections": {"items": items, "totalItems": 6}, "facets": {"items": []}},
        More={"collections": {"items": [shelf("kitchen", "1", 0), shelf("cups", "table", 0)], "totalItems": 6}},
    )
    async with vendure.opened(campaigns="offers") as offer:
        shown = await offer.catalog.navigation(public())
    assert [(node.link.slug, [child.link.slug for child in node.children]) for node in shown.categories] == [
        ("kitchen", []),
        ("table", ["cups", "mugs"]),
    ]
    assert [link.slug for link in shown.collections] == ["sale"]
    assert vendure.asked[1].variables == {"skip": 4}


@pytest.mark.parametrize(
    ("way", "kind"), [(("table",), "category"), (("offers", "sale"), "collection"), (("offers",), None)]
)
async def test_a_collection_is_one_kind_only(way: tuple[str, ...], kind: str | None) -> None:
    crumbs = [{"id": "1", "name": "__root_collection__", "slug": "__root_collection__"}]
    crumbs += [{"id": slug, "name": slug, "slug": slug} for slug in way]
    told = {"id": way[-1], "name": "X", "slug": way[-1], "languageCode": "de", "breadcrumbs": crumbs, "children": []}
    async with Vendure(Collection={"collection": told}).opened(campaigns="offers") as offer:
        for asked in ("category", "collection"):
            if asked == kind:
                shown = await offer.catalog.category(public(), kind=asked, slug=way[-1])
                assert shown.breadcrumbs == ()
                assert shown.locale == "de"
            else:
                with pytest.raises(NotFound):
                    await offer.catalog.category(public(), kind=asked, slug=way[-1])  # type: ignore[arg-type]


async def test_places_are_located_in_one_call() -> None:
    vendure = Vendure(Locate={"r0": {"id": "1", "slug": "becher", "name": "Becher"}, "r1": None})
    async with vendure.opened() as offer:
        refs = [Ref(kind="product", id="1"), Ref(kind="product", id="99"), Ref(kind="page", id="3")]
        told = await offer.catalog.locate(public(), refs=refs)
    assert [each.link and each.link.slug for each in told] == ["becher", None, None]
    assert len(vendure.asked) == 1


# ---------------------------------------------------------------- search


async def test_a_short_text_finds_nothing_instead_of_everything() -> None:
    vendure = Vendure()
    async with vendure.opened() as offer:
        shown = await offer.search.listing(public(), query=ListingQuery(text=" ab "))
        assert (shown.total, shown.hits) == (0, ())
        assert (await offer.search.suggest(public(), text="ab")).products == ()
    assert vendure.asked == []


async def test_a_facet_is_counted_without_its_own_choice() -> None:
    """Vendure counts the present result, in which a facet's other values are none."""
    low, kiln = value("7", "lowtide", "brand", 9), value("8", "kiln", "brand", 4)
    parts = {
        "found": found(value("7", "lowtide", "brand", 5), value("20", "glass", "material", 3), total=5, hits=("1",)),
        "base": found(low, kiln, value("20", "glass", "material", 6), total=13),
        "stock": {"totalItems": 5},
        "scope": {"id": "5"},
    }
    vendure = Vendure(Listing=parts, Cards={"products": {"items": [product("1", variant("7"))]}})
    async with vendure.opened() as offer:
        shown = await offer.search.listing(public(), query=ListingQuery(scope=SCOPE, filters={"brand": ("7",)}, size=2))
    brand, material = shown.facets[:2]
    assert [(each.value, each.count, each.selected) for each in brand.values] == [("7", 9, True), ("8", 4, False)]
    assert [(each.value, each.count) for each in material.values] == [("20", 3)]
    assert (shown.total, shown.pages, shown.next) == (5, 3, "2")
    assert len(vendure.asked) == 2  # the search with all its counts, and the cards
    told = vendure.asked[0].variables
    assert told["found"]["facetValueFilters"] == [{"or": ["7"]}]
    assert "facetValueFilters" not in told["base"]


async def test_filters_that_nobody_knows_are_told_and_not_applied() -> None:
    base = found(value("7", "lowtide", "brand", 9), total=9)
    parts = {"found": found(), "base": base, "stock": {"totalItems": 9}, "scope": {"id": "5"}}
    again = {**parts, "found": found(value("7", "lowtide", "brand", 9), total=9)}
    vendure = Vendure(Listing=[parts, again])
    async with vendure.opened() as offer:
        filters = {"brand": ("7", "99"), "weight": ("1",), "colour": ("no such id",), "availability": ("maybe",)}
        shown = await offer.search.listing(public(), query=ListingQuery(scope=SCOPE, filters=filters, sort="newest"))
    assert set(shown.ignored) == {"brand=99", "weight", "colour=no such id", "availability=maybe", "sort"}
    assert shown.total == 9
    assert vendure.asked[1].variables["found"]["facetValueFilters"] == [{"or": ["7"]}]


async def test_more_than_a_hundred_is_never_asked_for() -> None:
    vendure = Vendure(Listing={"found": found(), "stock": {"totalItems": 0}, "scope": {"id": "5"}})
    async with vendure.opened() as offer:
        await offer.search.listing(public(), query=ListingQuery(scope=SCOPE, size=1_000))
    assert vendure.asked[0].variables["found"]["take"] == 100


async def test_an_unknown_scope_is_not_found() -> None:
    async with Vendure(Listing={"found": found(), "stock": {"totalItems": 0}, "scope": None}).opened() as offer:
        with pytest.raises(NotFound):
            await offer.search.listing(public(), query=ListingQuery(scope=SCOPE))


async def test_sorting_by_price_can_be_left_out() -> None:
    vendure = Vendure(Listing={"found": found(), "stock": {"totalItems": 0}})
    async with vendure.opened(price_sort=False) as offer:
        shown = await offer.search.listing(public(), query=ListingQuery(sort="price-asc"))
    assert [each.id for each in shown.sorts] == ["featured", "name-asc", "name-desc"]
    assert shown.ignored == ("sort",)
    assert "sort" not in vendure.asked[0].variables["found"]


async def test_a_search_that_knows_no_stock_is_not_asked_for_it() -> None:
    vendure = Vendure(Listing={"found": found()}, Suggest={"search": {"items": []}, "collections": {"items": []}})
    async with vendure.opened(stock_in_search=False) as offer:
        await offer.search.listing(public(), query=ListingQuery(filters={"availability": ("in-stock",)}))
        await offer.search.suggest(public(), text="mug")
    assert not any("inStock" in asked.document or "inStock" in str(asked.variables) for asked in vendure.asked)
