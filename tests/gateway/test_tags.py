"""What an answer is about: everything in it that has a name, so that a change of it reaches the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bff.gateway.tags import MANY, MOST, tags_of, tags_of_change
from bff.ports import (
    Article,
    Articles,
    CategoryNode,
    Change,
    Component,
    Hit,
    Listing,
    ListingQuery,
    Located,
    Navigation,
    ProductKey,
    Ref,
    Scope,
    Suggestions,
    VariantKey,
)
from tests.gateway.bench import operation
from tests.web.goods import card, category, link, product, variant


def tags(name: str, answer: Any, **arguments: Any) -> set[str]:
    return set(tags_of(operation(name), arguments, answer)) - {"backend:shop"}


def test_every_answer_is_its_backends() -> None:
    assert "backend:shop" in tags_of(operation(), {}, None)


@pytest.mark.parametrize(
    ("name", "arguments", "answer", "wanted"),
    [
        (
            "catalog.product",
            {"slug": "old"},
            product(),
            {"product:old", "product:mug", "sku:MUG", "sku:MUG-BLUE", "variant:mug-red"},
        ),
        (
            "catalog.product",
            {},
            product(
                brand=link("brand", "acme", slug="acme-slug"),
                components=(Component(key=VariantKey(product_id="cup"), title="", quantity=Decimal(1)),),
            ),
            {"brand:acme", "brand:acme-slug", "product:cup"},
        ),
        (
            "search.listing",
            {"query": ListingQuery(scope=Scope(kind="category", id="9", slug="table"))},
            Listing(hits=(Hit(key=ProductKey(id="a")), Hit(key=ProductKey(id="b"), card=card("b", sku="B")))),
            {"listing", "category:9", "category:table", "product:a", "product:b", "sku:B"},
        ),
        ("search.suggest", {"text": "m"}, Suggestions(products=(card("p"),), categories=(link(),)), {"product:p"}),
        (
            "catalog.navigation",
            {},
            Navigation(categories=(CategoryNode(link=link(), children=(CategoryNode(link=link(id="deep")),)),)),
            {"navigation", "category:table", "category:deep"},
        ),
        ("catalog.category", {"kind": "category", "slug": "x"}, category(), {"category:x", "category:table"}),
        ("catalog.locate", {}, (Located(ref=Ref(kind="page", id="about"), link=None),), {"page:about"}),
        (
            "catalog.availability",
            {"keys": (VariantKey(id="v", product_id="mug"),)},
            (None,),
            {"product:mug", "variant:v"},
        ),
        (
            "content.articles",
            {},
            Articles(article=Article(id="1", slug="tea", title="Tea", published=None)),  # type: ignore[arg-type]
            {"journal", "article:1", "article:tea"},
        ),
    ],
)
def test_things_are_found_wherever_they_are(name: str, arguments: Any, answer: Any, wanted: set[str]) -> None:
    assert wanted <= tags(name, answer, **arguments)


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "answer"),
    [
        ("all", "catalog.navigation", {}, Navigation(categories=())),
        ("product", "catalog.product", {}, product(id="7", slug="x")),
        ("product", "search.listing", {}, Listing(hits=())),
        ("price", "search.listing", {}, Listing(hits=(Hit(key=ProductKey(id="7")),))),
        ("stock", "catalog.product", {}, product(variants=(variant("7"),))),
        ("stock", "catalog.availability", {"keys": (VariantKey(id="7"),)}, (None,)),
        ("variant", "catalog.product", {}, product(selected=variant("7"), variants=None)),
        ("category", "catalog.category", {}, category(id="7", kind="brand")),
        ("category", "catalog.navigation", {}, Navigation(categories=())),
        ("navigation", "catalog.navigation", {}, Navigation(categories=())),
        ("content", "content.menu", {"id": "7"}, None),
        ("content", "content.slots", {"ids": ("home",)}, (None,)),
        ("content", "content.articles", {}, Articles(items=())),
    ],
)
def test_a_change_reaches_what_it_is_about(kind: Any, name: str, arguments: Any, answer: Any) -> None:
    purged = tags_of_change(Change(kind=kind, id="7"), "shop")
    assert set(purged) & tags_of(operation(name), arguments, answer)
    assert not tags_of_change(Change(kind="order", id="7"), "shop")


@pytest.mark.parametrize("kind", ["product", "variant", "price", "stock", "category", "content", "all"])
def test_a_change_without_an_id_may_be_about_anything(kind: Any) -> None:
    assert tags_of_change(Change(kind=kind), "shop") == ("backend:shop",)


def test_another_price_may_mean_another_place_in_a_listing() -> None:
    assert "listing" in tags_of_change(Change(kind="price", id="7"), "shop")
    assert "listing" not in tags_of_change(Change(kind="stock", id="7"), "shop")


def test_an_answer_about_too_much_is_about_everything() -> None:
    found = tags_of(operation("search.listing"), {}, tuple(card(f"p{n}") for n in range(MOST)))
    assert found == {"backend:shop", MANY}


def test_a_product_of_many_variants_is_about_itself() -> None:
    many = tuple(variant(f"v{n}", sku=None) for n in range(250))
    assert MANY not in tags("catalog.product", product(variants=many))
