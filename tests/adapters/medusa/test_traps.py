"""What Medusa does that nobody would expect, one test each: its answers (shortened), and what is made of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from adapters.medusa import manifest
from adapters.medusa.amounts import money
from adapters.medusa.places import read, written
from adapters.medusa.wire_trade import Address as WireAddress
from bff.ports import (
    Address,
    BackendError,
    Cart,
    CartRef,
    Conflict,
    Deadline,
    DeadlineExceeded,
    Malformed,
    Market,
    Misconfigured,
    NoCart,
    NotFound,
    NotSignedIn,
    Offer,
    PublicContext,
    SessionBlob,
    Shopper,
    Throttled,
    Trace,
    Unavailable,
    VisitorContext,
)
from bff.ports.carts import LineInput
from bff.ports.checkout import Ordered, Pending, Refused
from bff.ports.keys import ProductKey, VariantKey
from bff.ports.search import ListingQuery, Scope
from tests.live.medusa.shop import MARKETS, SETTINGS

pytestmark = pytest.mark.anyio

GB, DE, US, _ = MARKETS
REGIONS = {
    "regions": [
        {"id": "reg_gb", "currency_code": "gbp", "countries": [{"iso_2": "gb"}]},
        {"id": "reg_eu", "currency_code": "eur", "countries": [{"iso_2": "at"}, {"iso_2": "de"}]},
        {"id": "reg_us", "currency_code": "usd", "countries": [{"iso_2": "us"}]},
    ],
    "count": 3,
}
NOWHERE: dict[str, Any] = {"hits": [], "metadata": {"count": 0}}
PRICE = {
    "currency_code": "gbp", "calculated_amount": 18, "original_amount": 20, "is_calculated_price_tax_inclusive": True,
    "calculated_amount_with_tax": 18, "calculated_amount_without_tax": 15, "original_amount_with_tax": 20,
    "original_amount_without_tax": 16.666666666666668,
}  # fmt: skip


def _value(id: str, text: str) -> dict[str, str]:
    return {"id": id, "value": text}


MUG: dict[str, Any] = {
    "id": "prod_mug", "handle": "harbour-mug", "title": "Harbour mug", "external_id": "HMUG",
    "images": [{"id": "img_2", "url": "/b.webp", "rank": 1}, {"id": "img_1", "url": "/a.webp", "rank": 0}],
    "options": [
        {"id": "opt_c", "title": "Colour", "values": [_value("v_ind", "Indigo"), _value("v_cha", "Chalk")]},
        {"id": "opt_s", "title": "Size", "values": [_value("v_sma", "Small"), _value("v_lar", "Large")]},
    ],
    "variants": [
        {
            "id": f"variant_{colour}_{size}", "sku": f"HMUG-{colour}-{size}", "manage_inventory": True,
            "allow_backorder": False, "inventory_quantity": left, "calculated_price": PRICE,
            "options": [{"id": f"v_{colour}", "value": "x"}, {"id": f"v_{size}", "value": "y"}],
        }
        for colour, size, left in (("cha", "lar", 0), ("ind", "sma", 46), ("ind", "lar", 2))
    ],
}  # fmt: skip
ITEM = {
    "id": "cali_1", "quantity": 2, "unit_price": 18, "product_title": "Harbour mug", "variant_id": "variant_ind_sma",
    "product_id": "prod_mug", "product_handle": "harbour-mug", "is_tax_inclusive": True, "original_total": 36,
    "original_subtotal": 30, "requires_shipping": True, "adjustments": [],
}  # fmt: skip
SUMS = {
    "total": 36, "tax_total": 6, "discount_total": 0, "discount_subtotal": 0, "original_item_total": 36,
    "original_item_subtotal": 30, "original_shipping_total": 0, "original_shipping_subtotal": 0,
}  # fmt: skip
CART: dict[str, Any] = {"id": "cart_1", "currency_code": "gbp", "region_id": "reg_gb", **SUMS, "items": [ITEM]}
HOME = {
    "first_name": "Ada", "last_name": "Byron", "address_1": "1 Mill Lane", "city": "Bath", "postal_code": "BA1",
    "country_code": "gb",
}  # fmt: skip
READY = {
    **CART, "email": "ada@example.com", "shipping_address": HOME, "billing_address": HOME,
    "shipping_methods": [{"id": "casm_1", "shipping_option_id": "so_1"}],
    "payment_collection": {"id": "pay_col_1", "payment_sessions": [{"provider_id": "pp_system_default"}]},
}  # fmt: skip
OPTIONS = {
    "shipping_options": [
        {"id": "so_1", "name": "Standard", "shipping_profile_id": "sp_1", "amount": 4.5, "is_tax_inclusive": True}
    ]
}
ORDER = {
    "id": "order_1", "currency_code": "gbp", "created_at": "2026-11-22T21:20:44.051Z", "display_id": 7, **SUMS,
    "shipping_address": {"id": "ordaddr_1"}, "billing_address": {"id": "ordaddr_2"},
    "items": [{**ITEM, "variant_title": "Indigo / Small"}],
}  # fmt: skip
SHORT = {
    "code": "insufficient_inventory",
    "type": "not_allowed",
    "message": "Some variant does not have the required inventory",
}

Answer = Callable[[httpx.Request], httpx.Response]


class Medusa:
    """Answers by method and path, in turn where there are several; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}
        self.says("GET /store/regions", REGIONS)
        self.says("POST /store/search", {"results": [NOWHERE]})
        self.says("GET /store/products", {"products": [MUG], "count": 1})

    def says(self, what: str, *answers: Any) -> Medusa:
        self.answers[what] = list(answers)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self.answers.get(f"{request.method} {request.url.path}")
        if not answers:
            return httpx.Response(404, json={"type": "not_found", "message": "nothing here"})
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def bodies(self, what: str) -> list[Any]:
        return [json.loads(r.content) for r in self.asked if f"{r.method} {r.url.path}" == what]


@asynccontextmanager
async def opened(medusa: Medusa, markets: tuple[Market, ...] = (GB, DE, US), **settings: Any) -> AsyncIterator[Offer]:
    own = msgspec.convert({**SETTINGS, "url": "http://medusa.test", "key": "pk_test", **settings}, manifest.settings)
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(medusa)) as http,
        manifest.open(own, http, markets) as offer,
    ):
        medusa.asked.clear()
        yield offer


def public(market: Market = GB) -> PublicContext:
    return PublicContext(
        market=market, locale=market.default_locale, currency=market.currency, deadline=Deadline.after(30),
        trace=Trace(request_id="t", traceparent="00-a-b-01"),
    )  # fmt: skip


def visitor(market: Market = GB, token: str | None = None) -> VisitorContext:
    return VisitorContext(public=public(market), shopper=Shopper(blob=SessionBlob(), token=token))


def refused(**said: str) -> httpx.Response:
    return httpx.Response(400, json=said)


# ---------------------------------------------------------------- the wire


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx.ConnectError("no"), Unavailable),
        (httpx.ReadTimeout("slow"), DeadlineExceeded),
        (httpx.Response(429, headers={"retry-after": "3"}, json={}), Throttled),
        (httpx.Response(429, headers={"retry-after": "tomorrow"}), Throttled),
        (httpx.Response(500, json={"type": "unknown_error"}), Unavailable),
        (httpx.Response(502, text="<html>"), Unavailable),
        (httpx.Response(200, text="<html>hello</html>"), Malformed),
        (httpx.Response(200, content=b'{"products": [{"id"'), Malformed),
        (httpx.Response(200, json={"products": None, "count": None}), Malformed),
        (httpx.Response(200, json={"products": [{"id": "p", "handle": None}], "count": 1}), Malformed),
        (httpx.Response(302, headers={"location": "http://elsewhere.test/"}), Malformed),
        (httpx.Response(404, text="no such page"), Malformed),
        (httpx.Response(409, json={"type": "conflict"}), Conflict),
        (refused(type="not_allowed", message="A valid publishable key is required to proceed"), Unavailable),
    ],
)
async def test_every_failure_has_its_name(answer: Any, failure: type[BackendError]) -> None:
    async with opened(Medusa()) as offer:
        pass
    medusa = Medusa()
    async with opened(medusa) as offer:
        medusa.says("GET /store/products", answer)
        assert offer.catalog is not None
        with pytest.raises(failure) as caught:
            await offer.catalog.product(public(), slug="harbour-mug")
    assert type(caught.value) is failure
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after in (3.0, None)


async def test_what_goes_out_names_the_key_and_the_trace_and_no_more_fields_than_needed() -> None:
    medusa = Medusa().says("GET /store/product-categories", {"product_categories": [], "count": 0})
    async with opened(medusa) as offer:
        assert offer.catalog is not None
        await offer.catalog.product(public(), slug="harbour-mug")
    asked = medusa.asked[0]
    assert asked.headers["x-publishable-api-key"] == "pk_test"
    assert asked.headers["traceparent"] == "00-a-b-01"
    # Prices need the region, their tax the country too.
    assert asked.url.params["region_id"] == "reg_gb"
    assert asked.url.params["country_code"] == "gb"
    assert not any(name.startswith("+") for name in asked.url.params["fields"].split(","))


async def test_an_id_leads_nowhere_else() -> None:
    medusa = Medusa()
    async with opened(medusa) as offer:
        assert offer.carts is not None
        for id in ("../../admin/orders", "a/b", "a?b=c", "", "x" * 200, "%2e%2e"):
            assert await offer.carts.get(visitor(), cart=CartRef(id=id)) == NoCart(reason="unknown")
    assert medusa.asked == []


# ---------------------------------------------------------------- at the start


@pytest.mark.parametrize(
    ("answers", "settings", "key"),
    [
        ({}, {"url": "medusa.test"}, "url"),
        ({}, {"key": "sk_secret"}, "key"),
        ({"GET /store/regions": httpx.ConnectError("no")}, {}, "url"),
        ({"GET /store/regions": httpx.Response(200, text="<html>")}, {}, "url"),
        ({"GET /store/regions": httpx.Response(404, text="?")}, {}, "url"),
        ({"GET /store/regions": refused(type="not_allowed", message="A valid publishable key is required")}, {}, "key"),
        ({"GET /store/regions": {"regions": REGIONS["regions"][:1], "count": 1}}, {}, "markets.de.backend.region"),  # type: ignore[index]
        ({"POST /store/search": httpx.Response(404, json={"type": "not_found"})}, {}, "search.index"),
        ({"POST /store/search": refused(type="invalid_data", message='Unknown field "rank"')}, {}, "search"),
    ],
)
async def test_what_cannot_work_is_said_at_the_start(
    answers: dict[str, Any], settings: dict[str, Any], key: str
) -> None:
    medusa = Medusa()
    for what, answer in answers.items():
        medusa.says(what, answer)
    with pytest.raises(Misconfigured) as caught:
        async with opened(medusa, **settings):
            pass
    assert caught.value.key == key
    assert caught.value.fix


async def test_a_region_of_another_currency_is_refused() -> None:
    abroad = msgspec.structs.replace(GB, backend={"region": "reg_eu"})
    with pytest.raises(Misconfigured) as caught:
        async with opened(Medusa(), (abroad,)):
            pass
    assert caught.value.key == "markets.gb.backend.region"


# ---------------------------------------------------------------- money, places


def test_amounts_are_decimals_of_the_currency() -> None:
    assert money(Decimal("21.666666666666668"), "gbp").amount == Decimal("21.67")
    assert money(Decimal("3507.3"), "usd").amount == Decimal("3507.30")
    assert money(Decimal("1499.5"), "jpy").amount == Decimal(1500)
    assert money(Decimal("1.2345"), "kwd").amount == Decimal("1.235")
    with pytest.raises(Malformed):
        money(Decimal("1e40"), "gbp")


def test_a_region_of_a_country_is_written_as_tax_rates_name_it() -> None:
    address = Address(country="US", last_name="Byron", line1="9 Elm", city="Albany", region="NY")
    assert (written(address)["country_code"], written(address)["province"]) == ("us", "us-ny")
    back = read(WireAddress(country_code="us", province="us-ny", city="Albany"))
    assert back is not None
    assert (back.country, back.region) == ("US", "NY")
    # A name is a name, and an address that is only a country is none.
    assert written(msgspec.structs.replace(address, country="IE", region="County Cork"))["province"] == "County Cork"
    assert read(WireAddress(country_code="gb")) is None


# ---------------------------------------------------------------- catalogue, search


async def test_a_product_in_one_market() -> None:
    medusa = Medusa().says("GET /store/product-categories", {"product_categories": [], "count": 0})
    async with opened(medusa) as offer:
        assert offer.catalog is not None
        product = await offer.catalog.product(public(), slug="harbour-mug", selection={"colour": "chalk", "nope": "x"})
        with pytest.raises(NotFound):
            await offer.catalog.product(public(DE), slug="harbour-mug")  # it has no price in euro
    assert product.price.amount.amount == Decimal("18.00")
    assert product.price.compare_at is not None
    assert [media.image.url for media in product.media] == ["/a.webp", "/b.webp"]
    assert {value.id: value.state for value in product.options[1].values} == {"small": "absent", "large": "sold_out"}
    assert product.selected is None
    variants = {variant.sku: variant for variant in product.variants or ()}
    assert [variants[sku].availability.state for sku in ("HMUG-cha-lar", "HMUG-ind-sma", "HMUG-ind-lar")] == [
        "sold_out", "in_stock", "low_stock",
    ]  # fmt: skip


async def test_an_unknown_handle_is_an_empty_list_with_200() -> None:
    medusa = Medusa()
    async with opened(medusa) as offer:
        medusa.says("GET /store/products", {"products": [], "count": 0})
        assert offer.catalog is not None
        with pytest.raises(NotFound):
            await offer.catalog.product(public(), slug="nothing")


async def test_the_default_option_is_none() -> None:
    variant = {**MUG["variants"][1], "options": [{"id": "v", "value": "Default option value"}]}
    plain = {
        **MUG,
        "variants": [variant],
        "options": [{"id": "o", "title": "Default option", "values": variant["options"]}],
    }
    medusa = Medusa().says("GET /store/product-categories", {"product_categories": [], "count": 0})
    async with opened(medusa) as offer:
        medusa.says("GET /store/products", {"products": [plain], "count": 1})
        assert offer.catalog is not None
        product = await offer.catalog.product(public(), slug="harbour-mug")
    assert product.options == ()
    assert product.selected is not None
    assert product.selected.title == ""


async def test_a_variants_sku_is_asked_for_apart() -> None:
    """Inside `$or`, a filter by a variant's SKU finds nothing, without an error."""
    medusa = Medusa()
    async with opened(medusa) as offer:
        medusa.says("GET /store/products", {"products": [], "count": 0}, {"products": [MUG], "count": 1})
        assert offer.catalog is not None
        cards = await offer.catalog.products(public(), keys=[ProductKey(sku="HMUG-ind-sma"), ProductKey(sku="NONE")])
    assert [card and card.slug for card in cards] == ["harbour-mug", None]
    assert any("variants[sku][]" in request.url.params for request in medusa.asked)


async def test_without_an_index_nothing_is_pretended() -> None:
    medusa = Medusa()
    async with opened(medusa, search=None) as offer:
        assert offer.search is not None
        assert (offer.search.traits.facets, offer.search.traits.counts) == (False, "none")
        listing = await offer.search.listing(public(), query=ListingQuery(filters={"brand": ("x",)}, sort="price-asc"))
    assert listing.facets == ()
    assert set(listing.ignored) == {"brand", "sort"}
    # `variants.calculated_price` as an order is an internal error there.
    assert medusa.asked[0].url.params["order"] == "-created_at"


async def test_facets_ask_for_more_values_than_ten_and_forget_unknown_ones() -> None:
    facet = {"brand": {"type": "value", "values": [{"value": "Lowtide", "count": 2}]}}
    page = {"hits": [{"id": "prod_mug"}], "metadata": {"count": 1}, "facets": facet}
    medusa = Medusa()
    async with opened(medusa) as offer:
        medusa.says("POST /store/search", {"results": [page, page]})
        assert offer.search is not None
        query = ListingQuery(
            filters={"brand": ("Lowtide", "Nope"), "shape": ("x",), "price": ("ten..",)}, text="mu\x00g"
        )
        listing = await offer.search.listing(public(), query=query)
    assert set(listing.ignored) == {"shape", "brand=Nope", "price=ten.."}
    first = medusa.bodies("POST /store/search")[0]["queries"][0]
    assert all(facet["limit"] > 10 for facet in first["search_options"]["facets"])
    assert first["filters"]["q"] == "mu g"  # PostgreSQL refuses a NUL with an internal error
    assert len(medusa.asked) <= 3


async def test_a_scope_that_is_none_is_not_found() -> None:
    medusa = Medusa().says("GET /store/product-categories", {"product_categories": [], "count": 0})
    async with opened(medusa) as offer:
        medusa.says("POST /store/search", {"results": [NOWHERE, NOWHERE]})
        assert offer.search is not None
        for id in ("pcat_none", "another-backends"):
            with pytest.raises(NotFound):
                await offer.search.listing(
                    public(), query=ListingQuery(scope=Scope(kind="category", id=id, slug="none"))
                )


# ---------------------------------------------------------------- the cart


async def test_a_new_cart_is_told_the_country() -> None:
    """In a region of several countries Medusa knows no tax without it, and says 0."""
    medusa = Medusa().says("POST /store/carts", {"cart": {**CART, "region_id": "reg_eu", "currency_code": "eur"}})
    async with opened(medusa) as offer:
        assert offer.carts is not None
        await offer.carts.add(visitor(DE), cart=None, lines=[LineInput(variant=VariantKey(id="variant_ind_sma"))])
    assert medusa.bodies("POST /store/carts")[0]["shipping_address"] == {"country_code": "de"}


@pytest.mark.parametrize("quantity", ["1.5", "0", "-1"])
async def test_fractions_never_reach_medusa(quantity: str) -> None:
    """It would make 2 of 1.5."""
    medusa = Medusa()
    async with opened(medusa) as offer:
        assert offer.carts is not None
        line = LineInput(variant=VariantKey(id="variant_ind_sma"), quantity=Decimal(quantity))
        result = await offer.carts.add(visitor(), cart=None, lines=[line])
    assert [problem.code for problem in result.problems] == ["quantity_rule"]
    assert not medusa.bodies("POST /store/carts")


async def test_too_many_become_as_many_as_there_are() -> None:
    medusa = Medusa().says("POST /store/carts/cart_1/line-items", refused(**SHORT), {"cart": CART})
    medusa.says(
        "GET /store/product-variants", {"variants": [{"id": "variant_ind_sma", "inventory_quantity": 46}], "count": 1}
    )
    medusa.says("GET /store/carts/cart_1", {"cart": CART})
    async with opened(medusa) as offer:
        assert offer.carts is not None
        line = LineInput(variant=VariantKey(id="variant_ind_sma"), quantity=Decimal(500))
        result = await offer.carts.add(visitor(), cart=CartRef(id="cart_1"), lines=[line])
    assert [(problem.code, problem.limit) for problem in result.problems] == [("quantity_reduced", Decimal(46))]
    assert medusa.bodies("POST /store/carts/cart_1/line-items")[1]["quantity"] == 44  # two are in it


async def test_a_cart_that_became_an_order_is_followed_by_a_new_one() -> None:
    done = refused(type="invalid_data", message="Cart cart_1 is already completed.")
    medusa = (
        Medusa()
        .says("POST /store/carts/cart_1/line-items", done)
        .says("POST /store/carts", {"cart": {**CART, "id": "cart_2"}})
    )
    medusa.says("GET /store/carts/cart_1", {"cart": {**CART, "completed_at": "2026-11-22T20:00:00.000Z"}})
    async with opened(medusa) as offer:
        assert offer.carts is not None
        line = LineInput(variant=VariantKey(id="variant_ind_sma"))
        result = await offer.carts.add(visitor(), cart=CartRef(id="cart_1"), lines=[line])
        assert isinstance(result.cart, Cart)
        assert result.cart.ref.id == "cart_2"
        assert await offer.carts.get(visitor(), cart=CartRef(id="cart_1")) == NoCart(reason="ordered")


async def test_codes_without_effect_and_of_no_cart() -> None:
    """A code whose condition is not met is left out with 200; a code of no cart is an internal error."""
    medusa = Medusa().says("POST /store/carts/cart_1/promotions", {"cart": CART}, refused(type="invalid_data"))
    medusa.says("GET /store/carts/cart_1", {"cart": CART})
    medusa.says("POST /store/carts/cart_0/promotions", httpx.Response(500, json={"type": "unknown_error"}))
    async with opened(medusa) as offer:
        assert offer.carts is not None
        ref = CartRef(id="cart_1")
        results = [await offer.carts.apply_code(visitor(), cart=ref, code=code) for code in ("FREESHIP", "NOPE")]
        lost = await offer.carts.apply_code(visitor(), cart=CartRef(id="cart_0"), code="FREESHIP")
    assert [result.problems[0].code for result in results] == ["code_not_applicable", "code_invalid"]
    assert lost.cart == NoCart(reason="unknown")


async def test_a_discount_of_net_prices_is_nobodys_to_convert() -> None:
    item = {**ITEM, "adjustments": [{"code": "SAVE10", "amount": 3}, {"code": "AUTO", "amount": 1}]}
    promotions = [{"code": "SAVE10", "is_automatic": False}, {"code": "AUTO", "is_automatic": True}]
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": {**CART, "items": [item], "promotions": promotions}})
    async with opened(medusa) as offer:
        assert offer.carts is not None
        cart = await offer.carts.get(visitor(), cart=CartRef(id="cart_1"))
    assert isinstance(cart, Cart)
    assert [(code.id, code.effective, code.amount) for code in cart.codes] == [("SAVE10", True, None)]


async def test_prices_that_changed_meanwhile_are_told() -> None:
    """Medusa keeps a line's price until the cart is changed: an empty change makes it look again."""
    old = {**CART, "items": [{**ITEM, "unit_price": 17}]}
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": old}).says("POST /store/carts/cart_1", {"cart": CART})
    medusa.says("POST /store/carts/cart_1/promotions", {"cart": {**old, "promotions": [{"code": "A"}]}})
    async with opened(medusa) as offer:
        assert offer.carts is not None
        result = await offer.carts.apply_code(visitor(), cart=CartRef(id="cart_1"), code="A")
    (problem,) = result.problems
    assert problem.code == "price_changed"
    assert problem.before is not None
    assert problem.after is not None
    assert (problem.before.amount, problem.after.amount) == (Decimal("17.00"), Decimal("18.00"))


# ---------------------------------------------------------------- checkout


async def test_an_address_of_a_country_only_is_missing() -> None:
    """A region of one country gives every cart an address with that country and nothing else."""
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": {**CART, "shipping_address": {"country_code": "gb"}}})
    async with opened(medusa) as offer:
        assert offer.inline_checkout is not None
        state = await offer.inline_checkout.state(visitor(), cart=CartRef(id="cart_1"))
    assert state.shipping_address is None
    assert [each.kind for each in state.missing] == [
        "contact",
        "shipping_address",
        "billing_address",
        "shipping",
        "payment",
    ]
    assert state.cart.totals.tax is None
    assert state.cart.totals.estimated


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"type": "order", "order": ORDER}, Ordered),
        ({"type": "cart", "cart": CART, "error": {"type": "payment_authorization_error"}}, Refused),
        (httpx.Response(409, json={"type": "conflict", "message": "Cart is already being completed"}), Pending),
        (refused(**SHORT), Refused),
        (refused(type="invalid_data", message="Payment collection has not been initiated for cart"), Refused),
    ],
)
async def test_completing_answers_one_of_the_outcomes(answer: Any, outcome: type) -> None:
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": READY}).says("GET /store/shipping-options", OPTIONS)
    medusa.says("POST /store/carts/cart_1/complete", answer)
    async with opened(medusa) as offer:
        assert offer.inline_checkout is not None
        got = await offer.inline_checkout.place(
            visitor(), cart=CartRef(id="cart_1"), expected=money(Decimal(36), "GBP"), return_to="https://shop.test/r"
        )
    assert isinstance(got, outcome)


async def test_another_total_than_the_one_seen_places_nothing() -> None:
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": READY}).says("GET /store/shipping-options", OPTIONS)
    async with opened(medusa) as offer:
        assert offer.inline_checkout is not None
        got = await offer.inline_checkout.place(
            visitor(), cart=CartRef(id="cart_1"), expected=money(Decimal(35), "GBP"), return_to="https://shop.test/r"
        )
    assert isinstance(got, Refused)
    assert got.problems[0].code == "price_changed"
    assert not medusa.bodies("POST /store/carts/cart_1/complete")


async def test_a_change_of_the_total_does_not_forget_the_way_to_pay() -> None:
    """Medusa ends the open payment then: the cart remembers which it was, and ordering opens it again."""
    changed = {
        **READY,
        "metadata": {"payment": "pp_system_default"},
        "payment_collection": {"id": "pay_col_1", "payment_sessions": []},
    }
    begin = "POST /store/payment-collections/pay_col_1/payment-sessions"
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": changed}).says("GET /store/shipping-options", OPTIONS)
    medusa.says(begin, {"payment_collection": READY["payment_collection"]})
    medusa.says("POST /store/carts/cart_1/complete", {"type": "order", "order": ORDER})
    async with opened(medusa) as offer:
        assert offer.inline_checkout is not None
        state = await offer.inline_checkout.state(visitor(), cart=CartRef(id="cart_1"))
        got = await offer.inline_checkout.place(
            visitor(), cart=CartRef(id="cart_1"), expected=money(Decimal(36), "GBP"), return_to="https://shop.test/r"
        )
    assert (state.payment, state.missing) == ("pp_system_default", ())
    assert medusa.bodies(begin) == [{"provider_id": "pp_system_default"}]
    assert isinstance(got, Ordered)
    assert got.order is not None
    assert got.order.payment_name == "Bank transfer"


async def test_a_completed_cart_answers_its_order_again() -> None:
    medusa = Medusa().says("GET /store/carts/cart_1", {"cart": {**READY, "completed_at": "2026-11-22T20:00:00.000Z"}})
    medusa.says("POST /store/carts/cart_1/complete", {"type": "order", "order": ORDER})
    async with opened(medusa) as offer:
        assert offer.inline_checkout is not None
        got = await offer.inline_checkout.place(visitor(), cart=CartRef(id="cart_1"), expected=None, return_to="x")
    assert isinstance(got, Ordered)
    assert got.order is not None
    assert got.order.number == "7"
    assert got.order.lines[0].line.title == "Harbour mug (Indigo, Small)"
    assert got.order.shipping_address == read(msgspec.convert(HOME, WireAddress)), "the answer has addresses' ids alone"


# ---------------------------------------------------------------- customers, orders


async def test_an_order_is_read_through_its_owners_list() -> None:
    """`/store/orders/:id` shows any order to anybody who has its id."""
    medusa = (
        Medusa()
        .says("GET /store/orders", {"orders": [], "count": 0})
        .says("GET /store/orders/order_1", {"order": ORDER})
    )
    async with opened(medusa) as offer:
        assert offer.orders is not None
        with pytest.raises(NotFound):
            await offer.orders.get(visitor(token="t"), id="order_1")
        with pytest.raises(NotSignedIn):
            await offer.orders.get(visitor(), id="order_1")
    assert [request.url.path for request in medusa.asked] == ["/store/orders"]
    assert medusa.asked[0].url.params["id"] == "order_1"
    assert medusa.asked[0].headers["authorization"] == "Bearer t"


async def test_changes_of_one_millisecond_are_all_told_once() -> None:
    def touched(*ids: str) -> dict[str, Any]:
        return {"products": [{"id": id, "updated_at": "2026-11-22T20:54:30.262Z"} for id in ids]}

    medusa = Medusa().says("GET /store/product-categories", {"product_categories": []})
    async with opened(medusa) as offer:
        assert offer.changes is not None
        medusa.says("GET /store/products", touched("prod_a"))
        start = await offer.changes.poll(cursor=None)
        medusa.says("GET /store/products", touched("prod_a", "prod_b"))
        then = await offer.changes.poll(cursor=start.cursor)
        again = await offer.changes.poll(cursor=then.cursor)
    assert start.changes == ()
    assert [change.id for change in then.changes] == ["prod_b"]
    assert again.changes == ()
