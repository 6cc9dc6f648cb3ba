"""schema.org data on every kind of page, judged as search engines do; and of products as no demo has them."""

from __future__ import annotations

import datetime
import json
import zlib
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from bff.pages.parts.cards import card_view
from bff.pages.parts.crumbs import crumbs
from bff.pages.parts.head import large, preview
from bff.pages.parts.structured import (
    MAX_VARIANTS,
    article_data,
    breadcrumb_data,
    item_list_data,
    product_data,
    store_data,
    website_data,
)
from bff.ports import (
    Article,
    Availability,
    Image,
    ImageSource,
    Media,
    OpeningHours,
    Option,
    OptionValue,
    Price,
    Rating,
    SelectedOption,
    Store,
    Variant,
)
from tests.browser.stops import KINDS, STATUS
from tests.pages.reading import Page
from tests.pages.structured import data_of, faults
from tests.web.goods import GB, card, colours, link, money, picture, product, variant
from tests.web.stage import Shop

WIDTH = Image(url="https://pictures.example/{width}/mug.jpg")
READY = Image(
    url="https://pictures.example/640/mug.jpg",
    sources=(
        ImageSource(type="image/avif", url="https://pictures.example/{width}/mug.avif", widths=(320, 640, 1600)),
        ImageSource(type="image/webp", url="https://pictures.example/{width}/mug.webp", widths=(320, 640, 960, 1600)),
    ),
)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in STATUS])
def test_a_page_tells_search_engines_the_truth_in_their_words(demo: Shop, kind: str) -> None:
    answer = demo.get(f"/en-gb{KINDS[kind]}")
    assert answer.status == 200
    found = data_of(answer.text)
    assert [fault for data in found for fault in faults(data)] == []
    types = {data["@type"] for data in found}
    wanted = {
        "home": {"WebSite", "Organization"},
        "category": {"ItemList"},
        "product": {"ProductGroup", "BreadcrumbList"},
        "product-chosen": {"ProductGroup"},
        "product-many": {"Product"},
        "product-bundle": {"Product"},
        "article": {"Article", "BreadcrumbList"},
        "stores": {"Store"},
    }
    assert wanted.get(kind, set()) <= types


def test_the_table_objects() -> None:
    """Each rule, broken once."""
    good = product_data(GB, product())
    assert list(faults(good)) == []
    for change in (
        {"@type": "Produkt"},
        {"name": ""},
        {"opens": "09:00"},
        {"image": "/static/mug.webp"},
        {"image": "https://shop.example/{width}/mug.webp"},
        {"image": []},
        {"variesBy": ["https://schema.org/colour"]},
        {"variesBy": ["https://schema.org/size"]},
        {"hasVariant": [good["hasVariant"][0], good["hasVariant"][0]]},
        {"hasVariant": [{**good["hasVariant"][0], "offers": {"@type": "Offer", "url": "https://a.example"}}]},
    ):
        assert list(faults({**good, **change})), change


# ---------------------------------------------------------------- products


def test_a_product_with_variants_is_a_group() -> None:
    data = product_data(GB, product(brand=link("brand", "fen")))
    assert (data["@type"], data["productGroupID"], data["variesBy"]) == (
        "ProductGroup",
        "MUG",
        ["https://schema.org/color"],
    )
    blue, red = data["hasVariant"]
    assert (blue["@type"], blue["sku"], blue["color"], blue["name"]) == (
        "Product",
        "MUG-BLUE",
        "Blue",
        "The mug, Blue",
    )
    assert (blue["offers"]["price"], blue["offers"]["priceCurrency"]) == ("18.00", "GBP")
    assert blue["offers"]["availability"] == "https://schema.org/InStock"
    assert red["offers"]["availability"] == "https://schema.org/OutOfStock"
    assert blue["offers"]["url"] == "https://shop.example/en-gb/products/mug?o.colour=blue"
    assert blue["image"] == "https://shop.example/static/pictures/mug-1280.webp"
    assert data["brand"] == {"@type": "Brand", "name": "Fen"}
    assert data["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": "4.2",
        "bestRating": 5,
        "worstRating": 1,
        "reviewCount": 4,
    }


def test_the_group_is_the_same_whatever_is_chosen() -> None:
    """All selections have one canonical address: they may not contradict each other."""
    assert product_data(GB, product()) == product_data(GB, product(selected=None, options=(colours(None),)))


def test_options_without_a_word_in_schema_org_are_told_all_the_same() -> None:
    def choice(id: str, kind: Any) -> Option:
        return Option(id=id, name=id.title(), kind=kind, values=(OptionValue(id="a", name="A"),))

    def made(value: str) -> Variant:
        chosen = [("length", "Length"), ("diameter", "Diameter"), ("hem", "Hem")]
        return variant(
            f"v-{value}",
            options=tuple(
                SelectedOption(option=id, value=value, option_name=name, value_name=value.upper())
                for id, name in chosen
            ),
        )

    options = (choice("length", "size"), choice("diameter", "size"), choice("hem", "choice"))
    data = product_data(GB, product(options=options, selected=None, variants=(made("a"), made("b"))))
    assert data["variesBy"] == ["https://schema.org/size"], "two options never share a property"
    first = data["hasVariant"][0]
    assert first["size"] == "A"
    assert [(p["name"], p["value"]) for p in first["additionalProperty"]] == [("Diameter", "A"), ("Hem", "A")]


def many(count: int) -> tuple[Variant, ...]:
    def colour(n: int) -> tuple[SelectedOption, ...]:
        return (SelectedOption(option="colour", value=f"c-{n}", option_name="Colour", value_name=f"Colour {n}"),)

    return tuple(variant(f"mug-{n}", title=f"Colour {n}", options=colour(n)) for n in range(count))


def test_very_many_variants_do_not_outweigh_the_page() -> None:
    most = product_data(GB, product(variants=many(MAX_VARIANTS)))
    assert len(most["hasVariant"]) == MAX_VARIANTS
    text = json.dumps(most).encode()
    assert len(text) < 25_000
    assert len(zlib.compress(text)) < 2_500

    price = Price(amount=money("18.00"), from_=money("18.00"), to=money("30.00"))
    above = product(variants=many(MAX_VARIANTS + 1), selected=None, price=price)
    data = product_data(GB, above)
    assert list(faults(data)) == []
    assert (data["@type"], data["offers"]["@type"], data["offers"]["offerCount"]) == ("Product", "AggregateOffer", 41)
    assert (data["offers"]["lowPrice"], data["offers"]["highPrice"]) == ("18.00", "30.00")

    chosen = product_data(GB, product(variants=many(MAX_VARIANTS + 1), selected=many(3)[2]))
    assert list(faults(chosen)) == []
    assert (chosen["@type"], chosen["sku"], chosen["isVariantOf"]["productGroupID"]) == ("Product", "MUG-2", "MUG")


@pytest.mark.parametrize("selected", [None, variant()])
def test_variants_a_backend_does_not_list(selected: Variant | None) -> None:
    price = Price(amount=money("18.00"), from_=money("18.00"))
    data = product_data(GB, product(variants=None, selected=selected, price=price))
    assert list(faults(data)) == []
    assert data["offers"]["@type"] == ("Offer" if selected else "AggregateOffer")
    assert "offerCount" not in data["offers"]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("in_stock", "InStock"),
        ("low_stock", "LimitedAvailability"),
        ("backorder", "BackOrder"),
        ("preorder", "PreOrder"),
        ("sold_out", "OutOfStock"),
        ("discontinued", "Discontinued"),
        ("unknown", None),
    ],
)
def test_every_stock_state_has_its_word(state: Any, word: str | None) -> None:
    single = product(variants=None, selected=None, options=(), availability=Availability(state=state))
    offer = product_data(GB, single)["offers"]
    assert offer.get("availability") == (f"https://schema.org/{word}" if word else None)


def test_one_variant_is_one_offer_and_nobodys_opinion_is_no_rating() -> None:
    one = variant(availability=Availability(state="preorder", date=datetime.date(2026, 12, 3)), barcode="4006381333931")
    data = product_data(GB, product(variants=(one,), selected=one, rating=Rating(average=Decimal(0), count=0)))
    assert (data["@type"], data["sku"], data["gtin"]) == ("Product", "MUG-BLUE", "4006381333931")
    assert data["offers"]["availabilityStarts"] == "2026-12-03"
    assert "aggregateRating" not in data
    odd = variant(barcode="in-house 7")
    assert "gtin" not in product_data(GB, product(variants=(odd,), selected=odd))


# ---------------------------------------------------------------- pictures


def test_a_picture_is_one_address_that_exists() -> None:
    assert large(WIDTH) == "https://pictures.example/1280/mug.jpg"
    assert large(READY) == "https://pictures.example/1600/mug.webp", "a width there is, at least 1280"
    small = Image(url="/a.jpg", sources=(ImageSource(type="image/webp", url="/{width}.webp", widths=(320, 640)),))
    assert large(small) == "/640.webp"
    assert preview(Image(url="/640.webp", sources=READY.sources[:1])) == "/640.webp", "no AVIF in link previews"
    assert preview(READY) == large(READY)
    assert preview(WIDTH) == large(WIDTH)
    assert large(Image(url="/a.jpg", sources=(ImageSource(type="image/webp", url="/{width}", widths=()),))) == "/a.jpg"


@pytest.mark.parametrize("image", [WIDTH, READY, picture()])
def test_pictures_are_absolute_and_of_a_width(image: Image) -> None:
    media = (Media(image=image),)
    article = Article(id="a", slug="a", title="A", image=image)
    shop = Store(id="1", name="Shop", lines=("1 Road",), city="Bath", country="GB", image=image)
    for data in (
        product_data(GB, product(media=media)),
        product_data(GB, product(media=(), variants=(variant(media=media), variant("mug-red", "red", media=media)))),
        article_data(GB, article, "/en-gb/journal/a"),
        store_data(GB, shop),
    ):
        assert [fault for fault in faults(data) if "image" in fault and "missing" not in fault] == []
        assert "{width}" not in json.dumps(data)


@pytest.mark.parametrize("kind", ["home", "category", "brand", "product", "journal", "article", "stores"])
def test_link_previews_are_pictures_everybody_can_draw(demo: Shop, kind: str) -> None:
    page = Page(demo.get(f"/en-gb{KINDS[kind]}").text)
    (address,) = [e.attributes["content"] for e in page.all("meta") if e.attributes.get("property") == "og:image"]
    assert address.startswith("http://127.0.0.1:8000/static/")
    assert address.endswith((".jpg", ".webp"))
    assert demo.get(urlsplit(address).path).status == 200


# ---------------------------------------------------------------- the others


def test_lists_sites_articles_and_shops() -> None:
    cards = [card_view(GB, card("a")), card_view(GB, card("b"))]
    assert [item["position"] for item in item_list_data(GB, cards, 25)["itemListElement"]] == [25, 26]
    assert item_list_data(GB, (), 1) == {}
    assert website_data(GB, "x")["potentialAction"]["target"]["urlTemplate"].endswith("/search?q={search_term_string}")
    article = Article(id="a", slug="a", title="A" * 200, published=datetime.date(2026, 1, 2), image=picture())
    found = article_data(GB, article, "/en-gb/journal/a")
    assert (len(found["headline"]), found["datePublished"]) == (110, "2026-01-02")
    hours = [(0, "09:00", "12:00"), (0, "13:00", "17:00"), (9, "", "")]
    shop = Store(
        id="1",
        name="Shop",
        lines=("1 Road",),
        city="Bath",
        country="GB",
        hours=tuple(OpeningHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in hours),
    )
    data = store_data(GB, shop)
    assert [(h["dayOfWeek"], h["opens"]) for h in data["openingHoursSpecification"]] == [
        ("https://schema.org/Monday", "09:00"),
        ("https://schema.org/Monday", "13:00"),
    ]
    assert "geo" not in data
    assert "openingHoursSpecification" not in store_data(GB, Store(id="1", name="S", lines=(), city="B", country="GB"))


def test_one_step_is_no_way() -> None:
    assert breadcrumb_data(GB, crumbs(GB, (), "About")) == {}
    assert len(breadcrumb_data(GB, crumbs(GB, (link(),), "Mug"))["itemListElement"]) == 2
