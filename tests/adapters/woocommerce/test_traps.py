"""What WooCommerce does that nobody would expect, one test each: its answers (shortened), and what is made of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from adapters.woocommerce import manifest
from adapters.woocommerce.amounts import money
from adapters.woocommerce.goods import image
from adapters.woocommerce.shop import LIFETIME, Vocabulary
from adapters.woocommerce.transport import Api
from adapters.woocommerce.wire import Picture
from bff.ports import (
    Address,
    BackendError,
    Cart,
    CartRef,
    Change,
    Changes,
    Contact,
    Deadline,
    DeadlineExceeded,
    Details,
    InvalidInput,
    LineInput,
    ListingQuery,
    Malformed,
    Market,
    Misconfigured,
    NoCart,
    NotAllowed,
    NotFound,
    Offer,
    Ordered,
    Pending,
    ProductKey,
    PublicContext,
    Refused,
    Scope,
    SessionBlob,
    Shopper,
    Throttled,
    Trace,
    Unavailable,
    VariantKey,
    VisitorContext,
)

pytestmark = pytest.mark.anyio

GB = Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})
EUR = msgspec.structs.replace(GB, id="de", currency="EUR")
ROOT = "/wp-json/wc/store/v1"
SECRET = "webhook-secret"


def token(session: str, exp: int = 4_000_000_000, issue: int = 0) -> str:
    """A cart's token as WooCommerce makes it: the session stands in its middle."""
    body = json.dumps({"user_id": session, "exp": exp, "iat": issue}).encode()
    return f"head.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.sign{issue}"


def prices(price: str, regular: str | None = None, ends: tuple[str, str] | None = None) -> dict[str, Any]:
    spread = {"min_amount": ends[0], "max_amount": ends[1]} if ends else None
    return {
        "price": price, "regular_price": regular or price, "price_range": spread, "currency_code": "GBP",
        "currency_minor_unit": 2,
    }  # fmt: skip


def product(id: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": id, "name": "Mug", "slug": "mug", "type": "simple", "sku": "MUG", "prices": prices("1800"),
        "is_purchasable": True, "is_in_stock": True, "add_to_cart": {"minimum": 1, "maximum": 9999, "multiple_of": 1},
        **more,
    }  # fmt: skip


def term(id: int, name: str, slug: str) -> dict[str, Any]:
    return {"id": id, "name": name, "slug": slug}


SIZE = {
    "id": 1, "name": "Size", "taxonomy": "pa_size", "has_variations": True,
    "terms": [term(11, "Small", "small"), term(12, "Large", "large")],
}  # fmt: skip
FINISH = {
    "id": 0, "name": "Finish", "taxonomy": None, "has_variations": True,
    "terms": [term(0, "Matt &amp; raw", "Matt & raw"), term(0, "Glossy", "Glossy")],
}  # fmt: skip
APRON = product(
    60, name="Any-size &#8220;apron&#8221; &#038; cap", slug="apron", type="variable", sku="",
    prices=prices("2000", ends=("2000", "2200")), attributes=[SIZE, FINISH],
    variations=[
        {"id": 61, "attributes": [{"name": "Size", "value": None}, {"name": "Finish", "value": "Matt & raw"}]},
        {"id": 62, "attributes": [{"name": "Size", "value": "large"}, {"name": "Finish", "value": "Glossy"}]},
    ],
)  # fmt: skip
APRONS = [
    product(61, parent=60, type="variation", slug="apron-matt", prices=prices("2000")),
    product(62, parent=60, type="variation", slug="apron-glossy", prices=prices("2200"), is_in_stock=False),
]
ADDRESS = {
    "first_name": "Ada", "last_name": "Byron", "address_1": "1 Mill Lane", "city": "Bath", "postcode": "BA1 1AA",
    "country": "GB", "phone": "",
}  # fmt: skip
ITEM = {
    "key": "k1", "id": 1, "quantity": 2, "name": "Mug &#038; saucer", "sku": "MUG", "prices": prices("1800", "2000"),
    "permalink": "http://woo.test/product/mug/", "quantity_limits": {"minimum": 1, "maximum": 9, "multiple_of": 1},
    "totals": {"line_subtotal": "3000", "line_subtotal_tax": "600", "line_total": "2700", "line_total_tax": "540"},
}  # fmt: skip
TOTALS = {
    "total_items": "3000", "total_items_tax": "600", "total_discount": "300", "total_discount_tax": "60",
    "total_shipping": "408", "total_shipping_tax": "82", "total_price": "3730", "total_tax": "622",
    "currency_code": "GBP", "currency_minor_unit": 2,
}  # fmt: skip
COUPON = {"code": "welcome10", "totals": {"total_discount": "300", "total_discount_tax": "60"}}
RATES = [
    {
        "package_id": 0,
        "items": [{"key": "k1"}],
        "shipping_rates": [
            {"rate_id": "flat_rate:1", "name": "Standard", "price": "408", "taxes": "82", "selected": True},
            {"rate_id": "flat_rate:2", "name": "Express", "price": "829", "taxes": "166", "selected": False},
        ],
    }
]
CART = {
    "items": [ITEM], "totals": TOTALS, "coupons": [COUPON], "shipping_address": ADDRESS,
    "billing_address": {**ADDRESS, "email": "ada@example.com"}, "needs_payment": True, "needs_shipping": True,
    "has_calculated_shipping": True, "shipping_rates": RATES, "errors": [], "payment_methods": ["bacs", "stripe"],
}  # fmt: skip
NOTHING = {**CART, "items": [], "coupons": [], "shipping_rates": []}
ORDER = {
    "id": 7, "status": "on-hold", "items": [{**ITEM, "key": "wc_order_secret", "id": 3}], "totals": TOTALS,
    "shipping_address": ADDRESS, "billing_address": ADDRESS,
}  # fmt: skip
PLACED = {
    "order_id": 7, "order_key": "wc_order_secret", "order_number": "1007", "status": "on-hold",
    "payment_result": {"payment_status": "success", "redirect_url": "http://woo.test/checkout/order-received/7/"},
}  # fmt: skip
DRAFT = {"order_id": 7, "order_key": "wc_order_secret"}
FACTS = {
    "price_range": {"min_price": "1800", "max_price": "5200", "currency_minor_unit": 2},
    "attribute_counts": [{"term": 11, "count": 3}, {"term": 12, "count": 2}],
    "stock_status_counts": [{"status": "instock", "count": "4"}, {"status": "outofstock", "count": "1"}],
}
HERE = CartRef(id=token("t_ada"))


def said(status: int, code: str, message: str = "", **data: Any) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "data": {"status": status, **data}})


def answered(body: Any, session: str = "t_ada", status: int = 200) -> httpx.Response:
    """An answer about a cart, which renews its token."""
    return httpx.Response(status, json=body, headers={"cart-token": token(session, issue=1)})


class Woo:
    """Answers by method and path, in turn where there are several; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}
        self.says("GET /products", httpx.Response(200, json=[product()], headers={"x-wp-total": "1"}))
        self.says("GET /products/attributes", [{"id": 1, "name": "Size", "taxonomy": "pa_size"}])
        self.says("GET /products/attributes/1/terms", SIZE["terms"])
        self.says("GET /products/collection-data", FACTS)
        self.says("GET /products/categories", [])
        self.says("GET /products/brands", [])
        self.says("GET /cart", answered(CART))

    def says(self, what: str, *answers: Any) -> Woo:
        self.answers[what] = list(answers)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self.answers.get(f"{request.method} {request.url.path.removeprefix(ROOT)}")
        if not answers:
            return said(404, "rest_no_route")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def bodies(self, what: str) -> list[Any]:
        return [json.loads(r.content) for r in self.asked if f"{r.method} {r.url.path.removeprefix(ROOT)}" == what]


class Open(msgspec.Struct, frozen=True):
    """An offer whose ports are there."""

    offer: Offer

    def __getattr__(self, name: str) -> Any:
        port = getattr(self.offer, name)
        assert port is not None, name
        return port


@asynccontextmanager
async def opened(woo: Woo, markets: tuple[Market, ...] = (GB,), **settings: Any) -> AsyncIterator[Open]:
    usual = {"url": "http://woo.test", "tax": "included", "payments": {"bacs": {"en": "Bank transfer"}}}
    own = msgspec.convert({**usual, "webhook_secret": SECRET, **settings}, manifest.settings)
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(woo)) as http,
        manifest.open(own, http, markets) as offer,
    ):
        woo.asked.clear()
        yield Open(offer)


def public(market: Market = GB) -> PublicContext:
    return PublicContext(
        market=market, locale=market.default_locale, currency=market.currency, deadline=Deadline.after(30),
        trace=Trace(request_id="t", traceparent="00-a-b-01"),
    )  # fmt: skip


def visitor() -> VisitorContext:
    return VisitorContext(public=public(), shopper=Shopper(blob=SessionBlob()))


# ---------------------------------------------------------------- the wire


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx.ConnectError("no"), Unavailable),
        (httpx.ReadTimeout("slow"), DeadlineExceeded),
        (httpx.Response(429, headers={"retry-after": "3"}, json={}), Throttled),
        # WooCommerce's own limit of calls is a 400, with a header of its own.
        (httpx.Response(400, headers={"ratelimit-retry-after": "3"}, json={"code": "rate_limit_exceeded"}), Throttled),
        (httpx.Response(429, headers={"retry-after": "tomorrow"}), Throttled),
        (said(500, "woocommerce_rest_unknown_server_error"), Unavailable),
        (httpx.Response(500, text="<html>There has been a critical error"), Unavailable),
        (httpx.Response(200, text="<html>hello</html>"), Malformed),
        (httpx.Response(200, content=b'{"id": 1, "na'), Malformed),
        (httpx.Response(200, json={"id": 1, "name": None}), Malformed),
        (httpx.Response(301, headers={"location": "https://woo.test/"}), Malformed),
        (httpx.Response(404, text="no such page"), Malformed),
        (said(404, "woocommerce_rest_product_invalid_slug"), NotFound),
        (said(401, "rest_not_logged_in"), NotAllowed),
        (said(400, "rest_invalid_param"), InvalidInput),
    ],
)
async def test_every_failure_has_its_name(answer: Any, failure: type[BackendError]) -> None:
    woo = Woo()
    async with opened(woo) as shop:
        woo.says("GET /products", answer).says("GET /products/mug", answer)
        with pytest.raises(failure) as caught:
            await shop.search.suggest(public(), text="mug") if failure is NotFound else await shop.catalog.product(
                public(), slug="mug"
            )
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after in (3.0, None)


async def test_no_token_key_or_address_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    woo = Woo().says("GET /cart", said(403, "no", f"{HERE.id} ada@example.com"))
    async with opened(woo) as shop:
        with pytest.raises(NotAllowed) as caught:
            await shop.carts.get(visitor(), cart=HERE)
        woo.says("GET /cart", answered(CART)).says("PUT /checkout", answered(DRAFT))
        woo.says("POST /checkout", answered(PLACED)).says("POST /order/7", ORDER)
        assert isinstance(await placed(woo, shop, visitor()), Ordered)
    # An order is read with its secrets in the body, because addresses are written down everywhere.
    text = caplog.text + repr(caught.value) + repr(HERE) + " ".join(str(each.url) for each in woo.asked)
    for secret in (HERE.id, "wc_order_secret", "ada@example.com", SECRET):
        assert secret not in text
    assert woo.asked[-1].headers["x-http-method-override"] == "GET"
    assert "cookie" not in woo.asked[-1].headers


@pytest.mark.parametrize(
    ("answers", "settings", "markets", "key"),
    [
        ({}, {"url": "woo.test"}, (GB,), "url"),
        ({"GET /products": said(404, "rest_no_route")}, {}, (GB,), "url"),
        ({"GET /products": httpx.Response(301)}, {}, (GB,), "url"),
        ({}, {}, (GB, EUR), "markets.de.currency"),
        ({}, {"tax": "excluded"}, (GB,), "tax"),
    ],
)
async def test_what_cannot_work_is_said_at_the_start(
    answers: dict[str, Any], settings: dict[str, Any], markets: tuple[Market, ...], key: str
) -> None:
    woo = Woo()
    for what, answer in answers.items():
        woo.says(what, answer)
    with pytest.raises(Misconfigured) as caught:
        async with opened(woo, markets, **settings):
            pass
    assert caught.value.key == key
    assert caught.value.fix


async def test_a_shop_that_is_down_is_let_in_and_read_later() -> None:
    woo = Woo().says("GET /products", httpx.ConnectError("no"), [product()])
    async with opened(woo) as shop:
        assert (await shop.search.listing(public(), query=ListingQuery())).hits


# ---------------------------------------------------------------- money and texts


def test_a_ready_size_stands_for_a_cameras_picture() -> None:
    sizes = "https://wp/a.jpg 6000w, https://wp/a-300x375.jpg 300w, https://wp/a-2048x2560.jpg 2048w, broken"
    assert image(Picture(src="https://wp/a.jpg", srcset=sizes)).url == "https://wp/a-2048x2560.jpg"
    assert image(Picture(src="https://wp/a.jpg", srcset="https://wp/a-300x375.jpg 300w")).url == "https://wp/a.jpg"
    assert image(Picture(src="https://wp/a.jpg")).url == "https://wp/a.jpg"


def test_amounts_are_minor_units_of_the_shops_own_digits() -> None:
    assert money(4990, 2, "EUR").amount == Decimal("49.90")
    assert money(4990, 0, "JPY").amount == Decimal(4990)
    assert money(4990, 3, "EUR").amount == Decimal("4.990")
    with pytest.raises(Malformed):
        money(1, 99, "EUR")


async def test_names_hold_entities_and_typographic_marks() -> None:
    woo = Woo().says("GET /products/apron", APRON)
    empty = httpx.Response(200, json=[], headers={"x-wp-total": "0"})
    async with opened(woo) as shop:
        woo.says("GET /products", APRONS)
        found = await shop.catalog.product(public(), slug="apron")
        assert found.title == "Any-size “apron” & cap"
        # What is shown is not what is searched: titles are kept with the marks that were typed.
        woo.says("GET /products", empty, httpx.Response(200, json=[APRON], headers={"x-wp-total": "1"}))
        listing = await shop.search.listing(public(), query=ListingQuery(text="“apron”"))
    assert [hit.key.id for hit in listing.hits] == ["60"]
    assert woo.asked[-1].url.params["search"] == '"apron"'


async def test_slugs_of_other_scripts_are_percent_encoded() -> None:
    woo = Woo().says("GET /products/كوب", product(slug="%d9%83%d9%88%d8%a8"))
    async with opened(woo) as shop:
        assert (await shop.catalog.product(public(), slug="كوب")).slug == "كوب"
        # A filter by slug would drop the percent signs, so it is an address.
        (card,) = await shop.catalog.products(public(), keys=[ProductKey(slug="كوب")])
    assert card is not None
    assert all("slug" not in each.url.params for each in woo.asked)


async def test_a_variations_slug_is_no_products() -> None:
    woo = Woo().says("GET /products/apron-matt", product(61, type="variation", slug="apron-matt", parent=60))
    async with opened(woo) as shop:
        with pytest.raises(NotFound):
            await shop.catalog.product(public(), slug="apron-matt")


async def test_a_slug_leads_nowhere_else() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        for slug in ("../cart", "a/b", "a?b", "", "..", "x" * 500, "%2e%2e"):
            with pytest.raises(NotFound):
                await shop.catalog.product(public(), slug=slug)
        assert woo.asked == []
        # A number is an id in an address: it is looked for among the slugs.
        with pytest.raises(NotFound):
            await shop.catalog.product(public(), slug="1")
    assert woo.asked[0].url.params["slug"] == "1"


# ---------------------------------------------------------------- catalogue


async def test_a_variation_that_leaves_a_value_open_is_a_variant_for_each() -> None:
    woo = Woo().says("GET /products/apron", APRON)
    async with opened(woo) as shop:
        woo.says("GET /products", APRONS)
        found = await shop.catalog.product(public(), slug="apron", selection={"size": "large", "finish": "glossy"})
        assert [(v.id, v.title) for v in found.variants] == [
            ("61?pa_size=small", "Small, Matt & raw"),
            ("61?pa_size=large", "Large, Matt & raw"),
            ("62", "Large, Glossy"),
        ]
        states = {value.id: value.state for option in found.options for value in option.values}
        assert states == {"small": "absent", "large": "sold_out", "matt-raw": "available", "glossy": "sold_out"}
        assert found.selected.id == "62"
        assert (found.price.from_.amount, found.price.to.amount) == (Decimal("20.00"), Decimal("22.00"))
        # It is added with the value that was chosen.
        chosen = [{"attribute": "Finish", "value": "Matt &amp; raw"}, {"attribute": "Size", "value": "Large"}]
        where = "http://woo.test/product/apron/?attribute_finish=Matt"
        line = {**ITEM, "id": 61, "variation": chosen, "permalink": where}
        woo.says("POST /cart/add-item", answered({**CART, "items": [line]}, status=201))
        wanted = LineInput(variant=VariantKey(id="61?pa_size=large"))
        result = await shop.carts.add(visitor(), cart=HERE, lines=[wanted])
    assert woo.bodies("POST /cart/add-item") == [
        {"id": 61, "quantity": 1, "variation": [{"attribute": "pa_size", "value": "large"}]}
    ]
    # The cart tells choices in words only, and the open one is what is not in the variation's address.
    assert result.cart.lines[0].key.id == "61?pa_size=large"


async def test_a_products_page_is_three_calls_and_a_categorys_listing_two() -> None:
    woo = Woo().says("GET /products/apron", {**APRON, "categories": [term(5, "Linen", "linen")]})
    woo.says("GET /products/categories", [{**term(4, "Home", "home")}, {**term(5, "Linen", "linen"), "parent": 4}])
    async with opened(woo) as shop:
        woo.says("GET /products", APRONS)
        found = await shop.catalog.product(public(), slug="apron")
        assert [link.slug for link in found.breadcrumbs] == ["home", "linen"]
        assert len(woo.asked) == 3
        # All variations at once: without a limit there are ten.
        assert woo.asked[1].url.params["per_page"] == "0"
        assert all("_fields" in each.url.params for each in woo.asked)
        woo.says("GET /products", httpx.Response(200, json=[APRON], headers={"x-wp-total": "1"})).asked.clear()
        await shop.search.listing(public(), query=ListingQuery(scope=Scope(kind="category", id="5", slug="linen")))
        assert len(woo.asked) == 2


async def test_what_cannot_be_bought_is_not_shown() -> None:
    """Without a price it looks free; a group and a link to another shop are no goods."""
    unpriced = product(2, slug="unpriced", prices=prices("0"), is_purchasable=False)
    outside = product(3, slug="outside", type="external", is_purchasable=False)
    woo = Woo().says("GET /products/unpriced", unpriced)
    async with opened(woo) as shop:
        with pytest.raises(NotFound):
            await shop.catalog.product(public(), slug="unpriced")
        woo.says("GET /products", [unpriced, outside, product()])
        listing = await shop.search.listing(public(), query=ListingQuery())
    assert [hit.key.id for hit in listing.hits] == ["1"]


@pytest.mark.parametrize(
    ("more", "state", "quantity", "orderable"),
    [
        ({}, "in_stock", None, None),
        ({"add_to_cart": {"maximum": 25}}, "in_stock", None, 25),
        ({"add_to_cart": {"maximum": 2}, "low_stock_remaining": 2}, "low_stock", 2, 2),
        ({"is_in_stock": False, "low_stock_remaining": 0}, "sold_out", None, None),
        ({"is_on_backorder": True}, "backorder", None, None),
    ],
)
async def test_a_maximum_is_no_stock(more: Any, state: str, quantity: int | None, orderable: int | None) -> None:
    """9999 is no limit, and is said of what is sold out as well."""
    woo = Woo()
    async with opened(woo) as shop:
        woo.says("GET /products", [product(**more)])
        (found,) = await shop.catalog.availability(public(), keys=[VariantKey(id="1", product_id="1")])
    assert (found.state, found.quantity, found.orderable) == (state, quantity, orderable)


async def test_variations_are_found_among_variations_only_and_skus_exactly() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        woo.says("GET /products", [])
        assert await shop.catalog.availability(public(), keys=[VariantKey(id="61", product_id="60")]) == (None,)
        assert woo.asked[0].url.params["type"] == "variation"
        woo.says("GET /products", [{"id": 1, "sku": "MUG", "type": "simple"}])
        # The database takes "mug" for "MUG".
        assert await shop.catalog.products(public(), keys=[ProductKey(sku="mug")]) == (None,)


async def test_a_version_without_brands_has_none() -> None:
    woo = Woo().says("GET /products/brands", said(404, "rest_no_route"))
    hidden = {**term(9, "Lost &amp; found", "lost"), "parent": 77}
    woo.says("GET /products/categories", [hidden])
    async with opened(woo) as shop:
        found = await shop.catalog.navigation(public())
    # A category whose parent is empty, hence hidden, stands at the root.
    assert ([node.link.title for node in found.categories], found.brands) == (["Lost & found"], ())


async def test_filters_are_taxonomies_ids_and_minor_units() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        filters = {"size": ("large", "giant"), "price": ("10..20.5",), "availability": ("in_stock",), "x": ("1",)}
        listing = await shop.search.listing(public(), query=ListingQuery(filters=filters, size=500, sort="price-desc"))
    asked = dict(woo.asked[0].url.params.multi_items())
    assert asked["attributes[0][attribute]"] == "pa_size"
    assert asked["attributes[0][term_id][]"] == "12"
    assert (asked["min_price"], asked["max_price"]) == ("1000", "2050")
    assert asked["per_page"] == "100"  # more is an error
    # `price-desc` would go by the highest variation's price, which no card shows.
    assert set(listing.ignored) == {"size=giant", "x", "sort"}
    facets = {facet.id: facet for facet in listing.facets}
    assert [(value.name, value.count) for value in facets["size"].values] == [("Small", 3), ("Large", 2)]
    assert (facets["price"].minimum, facets["price"].maximum) == (Decimal("18.00"), Decimal("52.00"))
    assert facets["availability"].values[0].count == 4  # a text in the answer


async def test_an_unknown_category_lists_nothing_without_an_error() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        woo.says("GET /products", httpx.Response(200, json=[], headers={"x-wp-total": "0"}))
        with pytest.raises(NotFound):
            await shop.search.listing(public(), query=ListingQuery(scope=Scope(kind="category", id="9", slug="no")))


async def test_names_of_values_are_kept_for_a_while() -> None:
    woo, now = Woo(), [0.0]
    async with httpx.AsyncClient(transport=httpx.MockTransport(woo)) as http:
        vocabulary = Vocabulary(Api(http, "http://woo.test"), now=lambda: now[0])
        for moment, calls in ((0.0, 2), (LIFETIME - 1, 2), (LIFETIME, 4)):
            now[0] = moment
            (facet,) = await vocabulary.facets(public())
            assert len(woo.asked) == calls
        assert facet.values == {11: ("small", "Small"), 12: ("large", "Large")}


# ---------------------------------------------------------------- carts


@pytest.mark.parametrize(
    ("asked", "session", "reason"),
    [
        (token("t_ada"), "t_ada", "empty"),
        ("garbage", "t_new", "unknown"),
        (token("t_ada", exp=1), "t_new", "expired"),
    ],
)
async def test_a_token_that_is_none_is_answered_with_another_empty_cart(asked: str, session: str, reason: str) -> None:
    woo = Woo().says("GET /cart", answered(NOTHING, session))
    async with opened(woo) as shop:
        assert await shop.carts.get(visitor(), cart=CartRef(id=asked)) == NoCart(reason=reason)  # type: ignore[arg-type]


async def test_what_is_no_token_gets_into_no_header() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        for id in ("a\r\nb: c", "日本", "", "x" * 5_000, "a b"):
            assert await shop.carts.get(visitor(), cart=CartRef(id=id)) == NoCart(reason="unknown")
    assert woo.asked == []


async def test_a_new_cart_begins_with_a_read_and_several_lines_go_in_one_call() -> None:
    part = {"status": 201, "headers": {"Cart-Token": token("t_ada", issue=2)}, "body": CART}
    gone = {"status": 400, "headers": {}, "body": {"code": "woocommerce_rest_product_out_of_stock", "data": {}}}
    woo = Woo().says("POST /batch", httpx.Response(207, json={"responses": [part, gone]}))
    async with opened(woo) as shop:
        lines = [LineInput(variant=VariantKey(id="1"), quantity=Decimal(2)), LineInput(variant=VariantKey(id="2"))]
        result = await shop.carts.add(visitor(), cart=None, lines=lines)
    assert [each.method for each in woo.asked] == ["GET", "POST"]
    assert woo.asked[1].headers["cart-token"] == token("t_ada", issue=1)
    assert result.cart.ref.id == token("t_ada", issue=2)  # the newest lives longest
    assert [(p.code, p.target.id) for p in result.problems] == [("out_of_stock", "2")]


async def test_fewer_than_asked_are_put_in_without_a_word() -> None:
    woo = Woo().says("POST /cart/add-item", answered(CART, status=201))
    async with opened(woo) as shop:
        line = LineInput(variant=VariantKey(id="1"), quantity=Decimal(10_000))
        result = await shop.carts.add(visitor(), cart=HERE, lines=[line])
    assert [(p.code, p.severity, p.limit) for p in result.problems] == [("quantity_reduced", "warning", 2)]


async def test_a_cart_that_is_over_is_refused_for_want_of_a_nonce() -> None:
    over = said(401, "woocommerce_rest_missing_nonce")
    woo = Woo().says("POST /cart/update-item", over).says("POST /cart/add-item", over, answered(CART, "t_new", 201))
    woo.says("GET /cart", answered(NOTHING, "t_new"))
    async with opened(woo) as shop:
        changed = await shop.carts.change(visitor(), cart=HERE, quantities=[("k1", Decimal(1))])
        assert changed.cart == NoCart(reason="unknown")
        added = await shop.carts.add(visitor(), cart=HERE, lines=[LineInput(variant=VariantKey(id="1"))])
    assert isinstance(added.cart, Cart)


async def test_an_unknown_line_is_a_conflict() -> None:
    conflict = said(409, "woocommerce_rest_cart_invalid_key", cart=CART)
    woo = Woo().says("POST /cart/update-item", conflict).says("POST /cart/remove-item", conflict)
    async with opened(woo) as shop:
        told = await shop.carts.change(visitor(), cart=HERE, quantities=[("nope", Decimal(3))])
        assert [problem.code for problem in told.problems] == ["line_unavailable"]
        gone = await shop.carts.change(visitor(), cart=HERE, quantities=[("nope", Decimal(0))])
    assert (gone.problems, len(gone.cart.lines)) == ((), 1)


async def test_sums_are_net_with_their_tax_beside() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        cart = await shop.carts.get(visitor(), cart=HERE)
    totals, (line,) = cart.totals, cart.lines
    shown = [m.amount for m in (totals.subtotal, totals.discount, totals.shipping, totals.tax, totals.total)]
    assert shown == [Decimal(text) for text in ("36.00", "3.60", "4.90", "6.22", "37.30")]
    assert (line.unit.amount, line.total.amount, line.discount.amount) == (
        Decimal("18.00"),
        Decimal(36),
        Decimal("3.6"),
    )
    assert (line.title, line.slug, line.compare_at.amount) == ("Mug & saucer", "mug", Decimal(20))
    async with opened(woo, (msgspec.structs.replace(GB, tax="excluded"),), tax="excluded") as shop:
        cart = await shop.carts.get(visitor(), cart=HERE)
    assert (cart.totals.subtotal.amount, cart.totals.shipping.amount) == (Decimal(30), Decimal("4.08"))


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Coupon &quot;NOPE&quot; does not exist!", "code_invalid"),
        ("The minimum spend for coupon &quot;X&quot; is &pound;900.00.", "code_not_applicable"),
        ("Usage limit for coupon &quot;X&quot; has been reached.", "code_used_up"),
        ("Gutschein &quot;X&quot; existiert nicht!", "code_invalid"),
    ],
)
async def test_refused_coupons_have_one_code_and_words(message: str, code: str) -> None:
    woo = Woo().says("POST /cart/apply-coupon", said(400, "woocommerce_rest_cart_coupon_error", message))
    async with opened(woo) as shop:
        result = await shop.carts.apply_code(visitor(), cart=HERE, code="X")
        assert [problem.code for problem in result.problems] == [code]
        # Entered twice is a refusal too, and no problem: codes are kept in lower case.
        assert (await shop.carts.apply_code(visitor(), cart=HERE, code="WELCOME10")).problems == ()


# ---------------------------------------------------------------- checkout


async def test_a_mail_address_that_is_none_is_dropped_without_a_word_so_it_is_checked() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        with pytest.raises(InvalidInput):
            await shop.inline_checkout.set_details(visitor(), cart=HERE, details=Details(contact=Contact(email="nope")))
    assert woo.asked == []


async def test_a_postcode_that_is_none_names_its_field() -> None:
    details = {"shipping_address": {"code": "invalid_postcode", "message": "…"}}
    woo = Woo().says("POST /cart/update-customer", said(400, "rest_invalid_param", details=details))
    home = Address(country="GB", last_name="Byron", line1="1 Mill Lane", city="Bath", postcode="XX")
    async with opened(woo) as shop:
        given = Details(shipping_address=home, billing_same=True)
        with pytest.raises(InvalidInput) as caught:
            await shop.inline_checkout.set_details(visitor(), cart=HERE, details=given)
    assert caught.value.fields == {"shipping_address.postcode": "invalid"}


async def test_a_country_where_nothing_goes_is_told() -> None:
    woo = Woo().says("GET /cart", answered({**CART, "shipping_rates": []}))
    async with opened(woo) as shop:
        state = await shop.inline_checkout.state(visitor(), cart=HERE)
    assert [problem.code for problem in state.problems] == ["not_sold_here"]
    assert "shipping" in [need.kind for need in state.missing]


async def test_a_rate_that_there_is_not_is_taken_and_changes_nothing() -> None:
    woo = Woo().says("POST /cart/select-shipping-rate", answered(CART))
    async with opened(woo) as shop:
        state = await shop.inline_checkout.choose_shipping(visitor(), cart=HERE, choices={"0": "flat_rate:1"})
        assert state.shipping[0].options[0].price.amount == Decimal("4.90")  # net 4.08 and its tax
        with pytest.raises(InvalidInput):
            await shop.inline_checkout.choose_shipping(visitor(), cart=HERE, choices={"0": "nope"})


async def test_only_ways_to_pay_without_a_providers_page_are_offered() -> None:
    woo = Woo()
    async with opened(woo) as shop:
        methods = await shop.inline_checkout.payment_methods(visitor(), cart=HERE)
        assert [method.id for method in methods] == ["bacs"]
        with pytest.raises(InvalidInput):
            await shop.inline_checkout.choose_payment(visitor(), cart=HERE, method="stripe", return_to="/")
    async with opened(Woo(), payments={}) as shop:
        assert shop.offer.inline_checkout is None


async def test_a_delivery_that_woocommerce_preset_is_not_chosen_yet() -> None:
    only = [{**RATES[0], "shipping_rates": RATES[0]["shipping_rates"][:1]}]
    woo = Woo().says("GET /cart", answered(CART)).says("POST /cart/select-shipping-rate", answered(CART))
    async with opened(woo) as shop:
        ctx = visitor()
        state = await shop.inline_checkout.state(ctx, cart=HERE)
        assert state.shipping[0].chosen is None
        assert "shipping" in [need.kind for need in state.missing]
        state = await shop.inline_checkout.choose_shipping(ctx, cart=HERE, choices={"0": "flat_rate:1"})
        assert state.shipping[0].chosen == "flat_rate:1"
        assert "shipping" not in [need.kind for need in state.missing]
        woo.says("GET /cart", answered({**CART, "shipping_rates": only}))
        state = await shop.inline_checkout.state(visitor(), cart=HERE)  # There is nothing to choose.
    assert state.shipping[0].chosen == "flat_rate:1"


async def placed(woo: Woo, shop: Open, ctx: VisitorContext) -> Any:
    woo.says("POST /cart/select-shipping-rate", answered(CART))
    await shop.inline_checkout.choose_shipping(ctx, cart=HERE, choices={"0": "flat_rate:1"})
    await shop.inline_checkout.choose_payment(ctx, cart=HERE, method="bacs", return_to="/")
    return await shop.inline_checkout.place(ctx, cart=HERE, expected=None, return_to="/")


async def test_an_order_whose_answer_was_lost_is_found_again() -> None:
    woo = Woo().says("PUT /checkout", answered(DRAFT)).says("POST /checkout", httpx.ReadTimeout("lost"))
    woo.says("POST /order/7", ORDER)
    async with opened(woo) as shop:
        ctx = visitor()
        with pytest.raises(DeadlineExceeded):
            await placed(woo, shop, ctx)
        woo.says("GET /cart", answered(NOTHING))  # what became an order is an empty cart
        outcome = await shop.inline_checkout.place(ctx, cart=HERE, expected=None, return_to="/")
        assert isinstance(outcome, Ordered)
        assert outcome.order.id == "7"
        assert await shop.carts.get(ctx, cart=HERE) == NoCart(reason="ordered", order="7")
    assert len(woo.bodies("POST /checkout")) == 1


async def test_a_placed_order_that_cannot_be_read_is_told_as_it_was_agreed_to() -> None:
    woo = Woo().says("PUT /checkout", answered(DRAFT)).says("POST /checkout", answered(PLACED))
    woo.says("POST /order/7", said(500, "no"))
    async with opened(woo) as shop:
        ctx = visitor()
        outcome = await placed(woo, shop, ctx)
        state = await shop.inline_checkout.state(visitor(), cart=HERE)
    assert isinstance(outcome, Ordered)
    made = outcome.order
    assert made is not None
    assert (made.id, made.number, made.status) == ("7", "1007", "unknown")
    assert (made.totals.total, made.totals.estimated) == (state.cart.totals.total, False)
    assert [each.line for each in made.lines] == list(state.cart.lines)
    assert (made.shipping_address, made.email) == (state.shipping_address, "ada@example.com")


async def test_a_draft_is_no_order() -> None:
    woo = Woo().says("PUT /checkout", answered(DRAFT)).says("POST /order/7", {**ORDER, "status": "checkout-draft"})
    async with opened(woo) as shop:
        ctx = visitor()
        await shop.inline_checkout.choose_payment(ctx, cart=HERE, method="bacs", return_to="/")
        woo.says("GET /cart", answered(NOTHING))
        with pytest.raises(NotFound):
            await shop.inline_checkout.place(ctx, cart=HERE, expected=None, return_to="/")


async def test_an_orders_lines_are_known_by_the_cart_that_became_it() -> None:
    """An order tells neither which product nor which variation; its lines' keys are all the order's own secret."""
    woo = Woo().says("PUT /checkout", answered(DRAFT)).says("POST /checkout", answered(PLACED))
    facts = [{"attribute": "Care", "value": {}}, {"attribute": "Made in", "value": []}]
    woo.says("POST /order/7", {**ORDER, "items": [{**ORDER["items"][0], "variation": facts}]})
    async with opened(woo) as shop:
        outcome = await placed(woo, shop, visitor())
    assert isinstance(outcome, Ordered)
    assert outcome.order.status == "pending", "the order was not read"
    (line,) = outcome.order.lines
    assert (line.line.id, line.line.key.id, outcome.order.number) == ("3", "1", "1007")
    assert line.line.options == (), "a product's own attributes are shown as chosen"
    assert woo.bodies("POST /checkout")[0]["payment_method"] == "bacs"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answered({**PLACED, "payment_result": {"payment_status": "failure"}}), Refused),
        (
            answered({**PLACED, "payment_result": {"payment_status": "success", "redirect_url": "https://pay.test/"}}),
            Pending,
        ),
        (said(409, "woocommerce_rest_product_out_of_stock", cart=CART), Refused),
        (said(400, "woocommerce_rest_checkout_payment_error"), Refused),
    ],
)
async def test_what_became_of_placing(answer: httpx.Response, outcome: type) -> None:
    woo = Woo().says("PUT /checkout", answered(DRAFT)).says("POST /checkout", answer)
    async with opened(woo) as shop:
        assert isinstance(await placed(woo, shop, visitor()), outcome)


# ---------------------------------------------------------------- webhooks


def signed(body: bytes, topic: str, secret: str = SECRET) -> dict[str, str]:
    made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-WC-Webhook-Signature": made, "X-WC-Webhook-Topic": topic}


async def test_webhooks_are_believed_by_their_signature_only() -> None:
    body = b'{"id": 61, "parent_id": 60}'
    order = b'{"id": 7, "line_items": [{"product_id": 60, "variation_id": 61}, {"product_id": 60}]}'
    async with opened(Woo()) as shop:
        port: Changes = shop.changes
        told = await port.receive(headers=signed(body, "product.updated"), body=body)
        assert told == (Change(kind="product", id="60"), Change(kind="variant", id="61"))
        sold = await port.receive(headers=signed(order, "order.created"), body=order)
        assert sold == (Change(kind="order", id="7"), Change(kind="stock", id="60"))
        wrong = (signed(body, "product.updated", "other"), {}, {"x-wc-webhook-signature": "é"})
        for headers in wrong:
            with pytest.raises(NotAllowed):
                await port.receive(headers=headers, body=body)
        with pytest.raises(Malformed):
            await port.receive(headers=signed(b"<html>", "product.updated"), body=b"<html>")
        # A new webhook is tried with a message that nobody signs.
        assert await port.receive(headers={}, body=b"webhook_id=12") == ()
    async with opened(Woo(), webhook_secret=None) as shop:
        assert shop.offer.changes is None
