"""Every template in every state of its view: stock, price, regions, lists that are empty; and every fragment alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest

from bff.pages import failure, home, product, shell
from bff.pages.added import AddedPage
from bff.pages.parts.bag import CheckoutView, Said, bag_page, free_view, line_views, notices
from bff.pages.parts.cards import card_views
from bff.pages.parts.head import Head
from bff.ports import (
    AppliedCode,
    Attribute,
    Availability,
    AvailabilityState,
    Cart,
    CartRef,
    CartTraits,
    Component,
    FreeShipping,
    Html,
    Input,
    InputChoice,
    InputValue,
    Line,
    LineComponent,
    NoCart,
    Plan,
    Price,
    PriceTier,
    Problem,
    ProblemCode,
    Rating,
    Review,
    ReviewPage,
    SelectedOption,
    Target,
    Totals,
    UnitPrice,
    VariantKey,
)
from bff.rendering.contract import VIEWS
from bff.rendering.environment import HOLES
from bff.rendering.regions import Region
from tests.pages.reading import Page, mistakes
from tests.web import goods
from tests.web.stage import Attribute as Trait
from tests.web.stage import Port, Shop, opened, settings

NOTHING_CHOSEN = " None "
"""What an optional choice offers first, in English."""
PLACES = {"en-gb": "ltr", "de-de": "ltr", "ar-ae": "rtl"}
FRAGMENTS = {
    "pages/listing.html": ("listing", "more"),
    "pages/search.html": ("listing", "more"),
    "pages/product.html": ("reviews", "related", "delivery"),
    "pages/home.html": ("featured", "new", "journal"),
    "pages/article.html": ("named", "others"),
    "pages/suggest.html": ("suggest",),
    "pages/bag.html": ("bag", "part"),
    "pages/added.html": ("added",),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(
        settings(tmp_path_factory.mktemp("var")),
        goods.offer(carts=Port(traits=Trait(CartTraits(note=True, gift_cards=True)))),
    ) as found:
        yield found


def drawn(shop: Shop, place: str, template: str, view: Any, block: str | None = None) -> Page:
    """A template rendered with a view, by itself."""
    store = shop.store
    renderer, here = store.renderers[place], store.places[place]

    async def around() -> Any:
        return await shell.load(store, goods.context(here), here)

    variables = {"page": view, "store": shop.run(around), "ctx": renderer.context(f"/{place}", "0" * 16)}
    text = renderer.fragment(template, block, variables) if block else renderer.page(template, variables)
    return Page(HOLES.sub("", text), whole=block is None)


def words(page: Page) -> str:
    return " ".join(text for _, text in page.words)


def check(page: Page, place: str) -> Page:
    lang = f"{place[:2]}-{place[3:].upper()}"
    assert mistakes(page, lang, PLACES[place], "https://shop.example") == []
    assert "None" not in words(page).replace(NOTHING_CHOSEN, "")
    return page


def key(shop: Shop, place: str, name: str) -> str:
    return shop.store.renderers[place].messages.text(name)


def of(view: Any = None, **changes: Any) -> Any:
    """A product's page."""
    ready = view or {}
    return product.product_page(
        goods_backend(),
        goods.GB,
        goods.product(**changes),
        ready.get("delivery", Region(name="delivery", state="absent")),
        ready.get("reviews", Region(name="reviews", state="absent")),
        ready.get("related", Region(name="related", state="absent")),
    )


def goods_backend() -> Any:
    from bff.gateway.backends import composed

    return composed("default", goods.offer(carts=Port(traits=Trait(CartTraits(note=True, gift_cards=True)))))


# ---------------------------------------------------------------- the product's page


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", get_args(AvailabilityState))
def test_every_stock_state(shop: Shop, place: str, state: Any) -> None:
    for more in ({}, {"quantity": 3, "date": datetime.date(2026, 12, 3), "orderable": Decimal(2)}):
        found = Availability(state=state, **more)
        view = of(selected=goods.variant(availability=found), availability=found)
        page = check(drawn(shop, place, "pages/product.html", view), place)
        assert (f"stock-{state}" in page.source or view.withdrawn) is (state != "unknown")
        forms = [e for e in page.all("form") if e.attributes.get("method", "").lower() == "post"]
        assert bool(forms) is (state not in ("sold_out", "discontinued")), "what cannot be had has no buy form"


PRICES = {
    "plain": Price(amount=goods.money("18.00")),
    "cut": Price(amount=goods.money("15.00"), compare_at=goods.money("20.00"), tax="included"),
    "from": Price(amount=goods.money("15.00"), from_=goods.money("15.00"), to=goods.money("30.00"), tax="excluded"),
    "free": Price(amount=goods.money("0")),
    "unit": Price(amount=goods.money("9.00"), unit=UnitPrice(goods.money("18.00"), Decimal(1), "kg")),
    "tiers": Price(
        amount=goods.money("9.00"), tiers=(PriceTier(3, goods.money("8.00")), PriceTier(6, goods.money("7.00")))
    ),
    "other": Price(amount=goods.money("1200", "JPY"), compare_at=goods.money("1500", "JPY")),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", PRICES)
def test_every_price_state(shop: Shop, place: str, name: str) -> None:
    for page in (
        drawn(shop, place, "pages/product.html", of(selected=goods.variant(price=PRICES[name]))),
        drawn(shop, place, "pages/product.html", of(selected=None, variants=None, price=PRICES[name])),
    ):
        check(page, place)
        assert bool(page.all("del")) is (name in ("cut", "other"))
    cards = (goods.card(price=PRICES[name]),)
    view = failure.FailurePage(
        head=Head(title="x", robots="noindex"),
        status=404,
        key="404",
        search="/s",
        text="",
        home="/",
        favourites=Region(name="favourites", state="ready", value=card_views(goods.GB, cards)),
    )
    check(drawn(shop, place, "pages/failure.html", view), place)


@pytest.mark.parametrize("place", PLACES)
def test_everything_a_product_may_have(shop: Shop, place: str) -> None:
    kinds = get_args(Input.__annotations__["kind"]) or ("text", "number", "date", "file", "choice", "amount")
    view = of(
        inputs=tuple(
            Input(
                id=f"i{n}",
                label=f"Input {n}",
                kind=kind,
                required=bool(n % 2),
                hint="Say it" if n % 2 else None,
                minimum=Decimal(1),
                maximum=Decimal(40),
                choices=(InputChoice(id="a", name="A", price=goods.money("2.00")),),
                price=goods.money("3.00"),
            )
            for n, kind in enumerate(kinds)
        ),
        plans=(Plan(id="p", name="Monthly", every="month", price=PRICES["cut"], description="Each month"),),
        components=(Component(key=VariantKey(id="c"), title="Part", quantity=Decimal(2), slug="part"),),
        attributes=(Attribute(id="m", name="Material", values=("Clay", "Glaze")),),
        options=(goods.colours("blue", red="sold_out"), *(_option(s) for s in ("absent", "unknown"))),
        brand=goods.link("brand", "fen"),
        breadcrumbs=(goods.link(),),
    )
    page = check(drawn(shop, place, "pages/product.html", view), place)
    names = {e.attributes.get("name") for e in page.elements}
    assert {f"i.i{n}" for n in range(len(kinds)) if kinds[n] != "file"} <= names
    assert {"o.colour", "variant", "product", "quantity"} <= names


def _option(state: Any) -> Any:
    from bff.ports import Option, OptionValue

    return Option(
        id=f"o-{state}", name=state.title(), values=(OptionValue(id="x", name="X", state=state, selected=True),)
    )


@pytest.mark.parametrize("place", PLACES)
def test_a_product_with_nothing(shop: Shop, place: str) -> None:
    view = of(
        options=(),
        selected=None,
        variants=None,
        media=(),
        sku=None,
        summary=None,
        description=None,
        rating=None,
    )
    page = check(drawn(shop, place, "pages/product.html", view), place)
    assert not page.all("picture")


@pytest.mark.parametrize("name", ["delivery", "reviews", "related"])
@pytest.mark.parametrize("state", ["late", "failed", "absent", "ready"])
def test_every_state_of_a_region(shop: Shop, name: str, state: Any) -> None:
    address = f"/en-gb/_/{name}/mug"
    view = of({name: Region(name=name, state=state, value=() if name != "reviews" else None, url=address)})
    whole = check(drawn(shop, "en-gb", "pages/product.html", view), "en-gb")
    alone = drawn(shop, "en-gb", "pages/product.html", view, name)
    for page in (whole, alone):
        waiting = [e for e in page.elements if e.attributes.get("data-hx-get") == address]
        links = [e for e in page.all("a") if e.attributes.get("href") == address]
        assert bool(waiting) is bool(links) is (state in ("late", "failed"))
    assert mistakes(alone, "", "") == []


def test_reviews_in_all_their_states(shop: Shop) -> None:
    summary = Rating(average=Decimal("4.3"), count=3, counts=(0, 0, 1, 0, 2))
    reviews = (
        Review(
            id="1", rating=5, body="Good.", title="Yes", author="Ann", date=datetime.date(2026, 1, 2), verified=True
        ),
        Review(id="2", rating=0, body="", language="de"),
    )
    for found in (
        ReviewPage(summary=summary, items=reviews, total=3, next="x"),
        ReviewPage(summary=summary, items=()),
        ReviewPage(summary=None, items=()),
    ):
        for stars in (None, 5):
            value = product.reviews_view(goods.GB, "mug", found, "newest", stars, 6)
            view = of({"reviews": Region(name="reviews", state="ready", value=value)})
            for place in PLACES:
                check(drawn(shop, place, "pages/product.html", view), place)
            assert mistakes(drawn(shop, "en-gb", "pages/product.html", view, "reviews"), "", "") == []


# ---------------------------------------------------------------- fragments


@pytest.mark.parametrize(("template", "block"), [(t, block) for t, blocks in FRAGMENTS.items() for block in blocks])
def test_every_fragment_stands_alone(shop: Shop, template: str, block: str) -> None:
    """The block reads only page, store and ctx: rendered alone it says what it says within its page."""
    targets = {
        "pages/listing.html": ("/en-gb/categories/table", {"listing": "/en-gb/_/categories/table"}),
        "pages/search.html": ("/en-gb/search?q=x", {"listing": "/en-gb/_/search?q=x"}),
        "pages/home.html": (
            "/en-gb",
            {
                "featured": "/en-gb/_/shelf/featured",
                "new": "/en-gb/_/shelf/new",
                "journal": "/en-gb/_/journal",
            },
        ),
        "pages/product.html": (
            "/en-gb/products/mug",
            {name: f"/en-gb/_/{name}/mug" for name in ("reviews", "related", "delivery")},
        ),
    }
    blocks = shop.store.renderers["en-gb"].environment.get_template(template).blocks
    assert block in blocks
    if template in targets and block in targets[template][1]:
        page, fragments = targets[template]
        fragment = shop.get(fragments[block])
        assert fragment.status == 200
        assert fragment.text.strip()
        assert " ".join(fragment.text.split()) in " ".join(shop.get(page).text.split())
        assert mistakes(Page(fragment.text, whole=False), "", "") == []


def test_every_template_has_a_view_or_is_a_component(shop: Shop) -> None:
    environment = shop.store.renderers["en-gb"].environment
    free = {"base.html", "account.html", "checkout.html", "pages/inspector.html", "pages/plain.html"}
    for name in environment.list_templates(extensions=["html"]):
        assert name in VIEWS or name in free or name.startswith(("components/", "console/", "holes/", "blocks/")), name
        environment.get_template(name)


# ---------------------------------------------------------------- the bag


REASONS: Any = ("empty", "expired", "ordered", "unknown")


def line(**changes: Any) -> Line:
    given: dict[str, Any] = {
        "id": "l1",
        "key": VariantKey(id="v", sku="MUG"),
        "title": "The mug",
        "quantity": Decimal(2),
        "unit": goods.money("18.00"),
        "total": goods.money("36.00"),
    }
    return Line(**{**given, **changes})


def cart(*lines: Line, **changes: Any) -> Cart:
    given: dict[str, Any] = {
        "ref": CartRef(id="secret-reference"),
        "market": "gb",
        "currency": "GBP",
        "lines": lines,
        "quantity": Decimal(2),
        "totals": Totals(),
    }
    return Cart(**{**given, **changes})


FULL = cart(
    line(
        slug="mug",
        compare_at=goods.money("20.00"),
        options=(SelectedOption(option="c", value="b", option_name="Colour", value_name="Blue"),),
        inputs=(InputValue(id="t", value="Ann", label="Name", text="Ann"),),
        plan_name="Monthly",
        image=goods.picture(),
        availability=Availability(state="low_stock", quantity=2, orderable=Decimal(3)),
        components=(LineComponent(title="Part", quantity=Decimal(1)),),
        discounts=("Summer",),
    ),
    line(id="l2", fixed=True, unit=None, total=None, availability=Availability(state="sold_out")),
    totals=Totals(
        subtotal=goods.money("36.00"),
        discount=goods.money("4.00"),
        shipping=goods.money("0"),
        tax=goods.money("6.00"),
        total=goods.money("32.00"),
        tax_included=True,
    ),
    codes=(AppliedCode(id="1", kind="promotion", code="SUMMER", effective=False, reason="x"),),
    free_shipping=FreeShipping(threshold=goods.money("50.00"), remaining=goods.money("14.00")),
    note="Please ring",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("found", [FULL, cart(), cart(line()), *(NoCart(reason=reason) for reason in REASONS)])  # type: ignore[arg-type]
def test_every_bag(shop: Shop, place: str, found: Any) -> None:
    view = bag_page(goods.GB, found, Said(), "Bag", backend=goods_backend(), places=goods.ALL)
    page = check(drawn(shop, place, "pages/bag.html", view), place)
    assert "secret-reference" not in page.source


def mini(said: Said) -> AddedPage:
    return AddedPage(
        head=Head(title="Added"),
        cart=FULL,
        lines=line_views(goods.GB, FULL, said),
        notices=notices(FULL, said),
        free=free_view(FULL),
        move=None,
        checkout=CheckoutView(url="/en-gb/checkout", post=False),
        related=Region(
            name="related", state="ready", value=card_views(goods.GB, (goods.card(variant=VariantKey(id="v")),))
        ),
        again=None,
        bag="/en-gb/cart",
        action="/en-gb/cart/lines",
        move_action="/en-gb/cart/move",
        shop="/en-gb",
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("code", get_args(ProblemCode))
def test_every_problem_has_its_words(shop: Shop, place: str, code: Any) -> None:
    prices = {"before": goods.money("1.00"), "after": goods.money("2.00")}
    for more in ({}, {"limit": Decimal(3), "text": "The backend's words", **prices}):
        for target in (Target(kind="cart"), Target(kind="line", id="l1")):
            problem = Problem(code=code, severity="error", target=target, **more)
            said = Said(problems=(problem,))
            page = check(drawn(shop, place, "pages/bag.html", bag_page(goods.GB, FULL, said, "Bag")), place)
            assert f"problem.{code}" not in words(page)
            added = drawn(shop, place, "pages/added.html", mini(said), "added")
            assert mistakes(added, "", "") == []
            assert f"problem.{code}" not in words(added)


# ---------------------------------------------------------------- the rest


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [401, 403, 404, 409, 410, 413, 422, 500, 502, 503, 504])
def test_every_failure_has_its_words(shop: Shop, place: str, status: int) -> None:
    messages = shop.store.renderers[place].messages
    name = str(status) if messages.has(f"failure.{status}.title") else "404" if status < 500 else "500"
    view = failure.FailurePage(
        head=Head(title="x", robots="noindex"),
        status=status,
        key=name,
        search="/s",
        text="a",
        home="/",
        favourites=Region(name="favourites", state="absent"),
        request_id="0011" if status >= 500 else None,
    )
    page = check(drawn(shop, place, "pages/failure.html", view), place)
    assert "failure." not in words(page)
    assert ("0011" in words(page)) is (status >= 500)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("state", ["late", "failed", "absent"])
def test_a_front_page_without_anything(shop: Shop, place: str, state: Any) -> None:
    nothing: Any = Region(name="x", state=state, url="/en-gb/_/journal")
    view = home.HomePage(
        head=Head(title="x", canonical="https://shop.example/en-gb"),
        hero=None,
        story=None,
        categories=(),
        featured=nothing,
        new=nothing,
        journal=nothing,
        journal_url="/j",
    )
    page = drawn(shop, place, "pages/home.html", view)
    assert len(page.all("h1")) == 1
    assert page.crooked == []


def test_html_is_markup_only_once_it_is_clean(shop: Shop) -> None:
    view = of(description=Html("<p>Good</p><script>alert(1)</script><a href='/products/x' onclick=a()>y</a>"))
    page = check(drawn(shop, "en-gb", "pages/product.html", view), "en-gb")
    assert any(e.attributes.get("href") == "/en-gb/products/x" for e in page.all("a"))
    assert "alert(1)" not in page.source
