"""Small true-to-contract answers to build backends and pages of."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from bff.ports import (
    Article,
    Articles,
    Availability,
    Card,
    Category,
    CategoryNode,
    ContentPage,
    Deadline,
    DeliveryOption,
    Hit,
    Html,
    Image,
    Link,
    Listing,
    Located,
    Market,
    Media,
    Menu,
    Money,
    Navigation,
    NotFound,
    Offer,
    Option,
    OptionValue,
    Price,
    Product,
    PublicContext,
    Rating,
    ReviewPage,
    ReviewTraits,
    SearchTraits,
    SelectedOption,
    SitemapPage,
    Sort,
    Suggestions,
    TextBlock,
    Trace,
    Variant,
)
from bff.web.addresses import Place, places

from .stage import Attribute, Port

MARKETS = (
    Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}),
    Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, unit_prices=True),
    Market(id="us", country="US", currency="USD", locales=("en-US",), paths={"en-US": "en-us"}, tax="excluded"),
    Market(
        id="ae",
        country="AE",
        currency="AED",
        locales=("ar-AE", "en-AE"),
        paths={"ar-AE": "ar-ae", "en-AE": "en-ae"},
    ),
)
ALL = places(MARKETS, "https://shop.example")
GB: Place = ALL["en-gb"]


def context(place: Place = GB, seconds: float = 5.0) -> PublicContext:
    return PublicContext(
        market=place.market,
        locale=place.locale,
        currency=place.market.currency,
        deadline=Deadline.after(seconds),
        trace=Trace(request_id="0011223344556677"),
    )


def money(amount: str, currency: str = "GBP") -> Money:
    return Money(Decimal(amount), currency)


def picture(name: str = "mug") -> Image:
    return Image(url=f"/static/pictures/{name}-{{width}}.webp", alt=f"A {name}", width=960, height=1200)


def card(id: str = "mug", **changes: Any) -> Card:
    given: dict[str, Any] = {
        "id": id,
        "slug": id,
        "title": f"The {id}",
        "price": Price(amount=money("18.00")),
        "availability": Availability(state="in_stock"),
        "media": (Media(image=picture(id)),),
    }
    return Card(**{**given, **changes})


def variant(id: str = "mug-blue", colour: str = "blue", **changes: Any) -> Variant:
    given: dict[str, Any] = {
        "id": id,
        "product_id": "mug",
        "sku": id.upper(),
        "title": colour.title(),
        "options": (SelectedOption(option="colour", value=colour, option_name="Colour", value_name=colour.title()),),
        "price": Price(amount=money("18.00")),
        "availability": Availability(state="in_stock", quantity=9),
    }
    return Variant(**{**given, **changes})


def colours(chosen: str | None = "blue", **states: Any) -> Option:
    return Option(
        id="colour",
        name="Colour",
        kind="swatch",
        values=tuple(
            OptionValue(id=id, name=id.title(), state=states.get(id, "available"), selected=id == chosen)
            for id in ("blue", "red")
        ),
    )


def product(**changes: Any) -> Product:
    chosen = variant()
    given: dict[str, Any] = {
        "id": "mug",
        "slug": "mug",
        "title": "The mug",
        "price": Price(amount=money("18.00")),
        "availability": Availability(state="in_stock"),
        "options": (colours(),),
        "selected": chosen,
        "variants": (chosen, variant("mug-red", "red", availability=Availability(state="sold_out"))),
        "media": (Media(image=picture()),),
        "sku": "MUG",
        "summary": "A mug.",
        "description": Html("<p>For tea.</p>"),
        "rating": Rating(average=Decimal("4.25"), count=4, counts=(0, 0, 1, 1, 2)),
        "locale": "en-GB",
    }
    return Product(**{**given, **changes})


def link(kind: Any = "category", id: str = "table", **changes: Any) -> Link:
    return Link(**{"kind": kind, "id": id, "slug": id, "title": id.title(), **changes})


def category(**changes: Any) -> Category:
    given: dict[str, Any] = {"kind": "category", "id": "table", "slug": "table", "title": "Table", "locale": "en-GB"}
    return Category(**{**given, **changes})


def listing(count: int = 3, **changes: Any) -> Listing:
    hits = tuple(Hit(key=_key(f"p{n}"), card=card(f"p{n}")) for n in range(count))
    given: dict[str, Any] = {"hits": hits, "total": count, "number": 1, "pages": 1, "sort": "featured"}
    given["sorts"] = (Sort(id="featured"), Sort(id="price-asc"))
    return Listing(**{**given, **changes})


def _key(id: str) -> Any:
    from bff.ports import ProductKey

    return ProductKey(id=id)


def catalog(**changes: Any) -> Port:
    """A catalogue of one mug on one table."""

    def found(slug: str, selection: Any = None) -> Product:
        if slug != "mug":
            raise NotFound(slug)
        return product()

    def known(kind: str, slug: str) -> Category:
        if slug != "table":
            raise NotFound(slug)
        return category(kind=kind)

    given: dict[str, Any] = {
        "sku_lookup": Attribute(True),
        "resolve": None,
        "locate": lambda refs: tuple(
            Located(ref=ref, link=Link(kind=ref.kind, id=ref.id or "", slug=ref.id or "", title="It")) for ref in refs
        ),
        "navigation": Navigation(categories=(CategoryNode(link=link()),), collections=(link("collection", "new"),)),
        "category": known,
        "product": found,
        "products": lambda keys: tuple(card(key.id or key.slug or "x") for key in keys),
        "availability": lambda keys: tuple(Availability(state="in_stock") for _ in keys),
        "sitemap": lambda kind, cursor=None: SitemapPage(entries=()),
    }
    return Port(**{**given, **changes})


def search(**changes: Any) -> Port:
    given: dict[str, Any] = {
        "traits": Attribute(SearchTraits()),
        "listing": lambda query: listing(),
        "suggest": Suggestions(products=(card(),), categories=(link(),), queries=("mug",)),
    }
    return Port(**{**given, **changes})


def content(**changes: Any) -> Port:
    def page(slug: str) -> ContentPage:
        if slug != "about":
            raise NotFound(slug)
        return ContentPage(id="about", slug="about", title="About", body=(TextBlock(Html("<p>Words.</p>")),))

    article = Article(id="tea", slug="tea", title="Tea", published=datetime.date(2026, 11, 1))
    given: dict[str, Any] = {
        "page": page,
        "menu": lambda id: Menu(id=id, items=()) if id != "main" else None,
        "slots": lambda ids: tuple(None for _ in ids),
        "articles": lambda slug=None, cursor=None, limit=12: (
            Articles(article=article) if slug else Articles(items=(article,))
        ),
        "sitemap": lambda kind, cursor=None: SitemapPage(entries=()),
    }
    return Port(**{**given, **changes})


def offer(**ports: Any) -> Offer:
    """A backend that works, with the ports given instead of its own."""
    given: dict[str, Any] = {
        "catalog": catalog(),
        "search": search(),
        "content": content(),
        "reviews": Port(traits=Attribute(ReviewTraits(write=False)), list=ReviewPage(summary=None, items=())),
        "recommendations": Port(related=(card("cup"),)),
        "delivery": Port(estimate=(DeliveryOption(id="post", name="Post", cost=money("4.00")),)),
    }
    return Offer(**{**given, **ports})
