"""Every page over a backend that answers the worst its types allow: it renders, it parses, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bff.ports import (
    Article,
    Articles,
    Card,
    Cart,
    CartResult,
    CartTraits,
    Category,
    ContentPage,
    DeliveryOption,
    Hit,
    Link,
    Listing,
    Located,
    Menu,
    Navigation,
    NoCart,
    NotFound,
    Product,
    ProductKey,
    Resolved,
    ReviewPage,
    ReviewTraits,
    SitemapPage,
    Slot,
    Store,
    Suggestions,
)
from bff.web.session import Session
from tests.pages.reading import Page, unsafe
from tests.rendering.hostile import struct, worst
from tests.web import goods
from tests.web.stage import FORM, SAME_SITE, Attribute, Port, Shop, opened
from tests.web.stage import settings as demo_settings

listings = struct(
    Listing,
    hits=st.lists(struct(Hit, 2, key=ProductKey(id="x"), card=worst(Card, 3)), max_size=2).map(tuple),
    number=st.none() | st.integers(1, 9),
    pages=st.none() | st.integers(0, 9),
)
SAID: dict[str, st.SearchStrategy[Any]] = {
    "product": struct(Product),
    "category": struct(Category, kind="category"),
    "listing": listings,
    "navigation": struct(Navigation, 3),
    "reviews": struct(ReviewPage, 3),
    "cards": st.lists(struct(Card, 3), max_size=2).map(tuple),
    "delivery": st.lists(struct(DeliveryOption), max_size=2).map(tuple),
    "page": struct(ContentPage, 3),
    "menu": st.none() | struct(Menu, 3),
    "slot": st.none() | struct(Slot, 3),
    "article": struct(Article, 3),
    "stores": st.lists(struct(Store), max_size=2).map(tuple),
    "suggestions": struct(Suggestions, 3),
    "cart": struct(Cart, 3) | struct(NoCart),
    "result": struct(CartResult, 4),
    "resolved": st.none() | struct(Resolved),
    "link": st.none() | worst(Link),
    "sitemap": struct(SitemapPage, 3, next=None),
}
TARGETS: dict[str, tuple[str, ...]] = {
    "/en-gb": ("navigation", "slot", "cards", "listing", "article", "menu"),
    "/ar-ae/products/mug": ("product", "reviews", "cards", "delivery"),
    "/en-gb/products/mug?o.a=b": ("product", "link"),
    "/de-de/categories/table": ("category", "listing"),
    "/en-gb/_/categories/table": ("category", "listing"),
    "/en-gb/_/more/categories/table": ("listing",),
    "/ar-ae/search?q=x": ("listing", "navigation", "suggestions"),
    "/en-gb/_/suggest?q=x": ("suggestions",),
    "/en-gb/pages/about": ("page", "cards"),
    "/en-gb/journal": ("article",),
    "/de-de/journal/tea": ("article", "cards"),
    "/en-gb/stores?near=x": ("stores",),
    "/en-gb/_/reviews/mug": ("product", "reviews"),
    "/en-gb/_/related/mug": ("product", "cards"),
    "/en-gb/_/delivery/mug": ("product", "delivery"),
    "/en-gb/_/shelf/featured": ("slot", "cards", "listing"),
    "/en-gb/_/same/product/x": ("link",),
    "/en-gb/cart": ("cart",),
    "/old": ("resolved", "listing", "menu"),
    "/sitemaps/en-gb/products.xml": ("sitemap", "link"),
}
ALLOWED = {200, 301, 302, 303, 404, 410, 422}

ARTICLE = Article(id="tea", slug="tea", title="Tea")
state: dict[str, Any] = {}


def say(name: str, otherwise: Any) -> Any:
    return state.get(name, otherwise)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    ports = {
        "catalog": goods.catalog(
            product=lambda slug, selection: say("product", goods.product()),
            category=lambda kind, slug: say("category", goods.category()),
            navigation=lambda: say("navigation", Navigation(categories=())),
            products=lambda keys: say("cards", (goods.card(),)),
            resolve=lambda path: say("resolved", None),
            locate=lambda refs: tuple(
                Located(ref=ref, link=say("link", None), nearest=say("link", None)) for ref in refs
            ),
            sitemap=lambda kind, cursor=None: say("sitemap", SitemapPage(entries=())),
        ),
        "search": goods.search(
            listing=lambda query: say("listing", goods.listing()),
            suggest=lambda text, limit=6: say("suggestions", Suggestions()),
        ),
        "content": goods.content(
            page=lambda slug: say("page", NotFound(slug)),
            menu=lambda id: say("menu", None),
            slots=lambda ids: tuple(say("slot", None) for _ in ids),
            articles=lambda slug=None, cursor=None, limit=12: (
                Articles(article=say("article", ARTICLE)) if slug else Articles(items=(say("article", ARTICLE),))
            ),
        ),
        "reviews": Port(
            traits=Attribute(ReviewTraits(write=False)),
            list=lambda **_: say("reviews", ReviewPage(summary=None, items=())),
        ),
        "recommendations": Port(related=lambda **_: say("cards", ())),
        "delivery": Port(estimate=lambda **_: say("delivery", ())),
        "stores": Port(find=lambda **_: say("stores", ())),
        "carts": Port(
            traits=Attribute(CartTraits(note=True, gift_cards=True)),
            get=lambda cart: say("cart", NoCart(reason="empty")),
            add=lambda **_: say("result", None),
        ),
    }
    with opened(demo_settings(tmp_path_factory.mktemp("var")), goods.offer(**ports)) as found:
        yield found


def judge(shop: Shop, target: str, answer: Any) -> None:
    shop.store.shells.clear()
    assert answer.status in ALLOWED, (target, answer.status)
    location = answer.header("location")
    if location is not None:
        assert location.startswith("/"), location
        assert not location.startswith(("//", "/\\"))
        assert location.isascii()
        assert location.isprintable()
        return
    if target.startswith("/sitemaps"):
        import xml.etree.ElementTree as ET

        ET.fromstring(answer.body)
        return
    page = Page(answer.text, whole="/_/" not in target)
    assert not unsafe(page), (target, unsafe(page))
    if page.whole:
        assert len(page.all("h1")) == 1
        assert page.elements[-1].name in (
            "dialog",
            "a",
            "span",
            "button",
            "p",
            "option",
            "li",
            "time",
            "path",
            "svg",
        ), "cut"
    assert "\ue000" not in answer.text or "\ue000hole:bag\ue001" in answer.text


@pytest.mark.parametrize("target", sorted(TARGETS))
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.large_base_example],
    deadline=None,
)
@given(data=st.data())
def test_the_worst_a_backend_may_say_renders_and_does_nothing(shop: Shop, target: str, data: st.DataObject) -> None:
    state.clear()
    for name in TARGETS[target]:
        state[name] = data.draw(SAID[name], label=name)
    headers = []
    if target.endswith("/cart"):
        sealed = shop.store.sealer.seal(Session(carts={"default": ("c", None)}))
        headers = [(b"cookie", sealed.partition(";")[0].encode())]
    answer = shop.request("GET", target, headers)
    judge(shop, target, answer)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(result=SAID["result"], htmx=st.booleans())
def test_the_worst_a_bag_may_answer(shop: Shop, result: CartResult, htmx: bool) -> None:
    state.clear()
    state["result"] = result
    headers = [SAME_SITE, FORM, *([(b"hx-request", b"true")] if htmx else [])]
    answer = shop.request("POST", "/en-gb/cart/lines", headers, b"variant=v")
    if answer.status == 502:  # a reference that fits no cookie
        assert isinstance(result.cart, Cart)
        kept = result.cart.ref.id + (result.cart.ref.version or "")
        assert len(kept) > 800 or "\ud800" in kept
        return
    judge(shop, "/en-gb/_/cart" if htmx else "/en-gb/cart", answer)
