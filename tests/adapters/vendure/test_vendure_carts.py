"""What Vendure's orders do otherwise than one expects of a cart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.ports import Cart, CartRef, LineInput, Money, NoCart, VariantKey

from .stage import GB, TOKEN, US, Vendure, data, failed, line, order, refusal, visitor

pytestmark = pytest.mark.anyio

GUEST = CartRef(id=f"gb:ORDER1:{TOKEN}")
OWN = CartRef(id="gb:ORDER1:")


def want(variant: str, quantity: int = 1) -> LineInput:
    return LineInput(variant=VariantKey(id=variant), quantity=Decimal(quantity))


def added(told: dict[str, object], *errors: dict[str, object]) -> dict[str, object]:
    return {"addItemsToOrder": {"order": told, "errorResults": list(errors)}}


async def test_a_first_line_makes_a_session_and_its_token_is_the_reference() -> None:
    vendure = Vendure(Add=data(token="new" + TOKEN, **added(order(line("1", "7")))))
    async with vendure.opened() as offer:
        result = await offer.carts.add(visitor(), cart=None, lines=[want("7")])
    assert isinstance(result.cart, Cart)
    assert result.cart.ref.id == f"gb:ORDER1:new{TOKEN}"
    assert TOKEN not in repr(result)
    assert vendure.asked[0].bearer == ""


async def test_a_customers_token_is_no_part_of_the_reference() -> None:
    async with Vendure(Add=added(order(line("1", "7")))).opened() as offer:
        result = await offer.carts.add(visitor(token=TOKEN), cart=None, lines=[want("7")])
    assert isinstance(result.cart, Cart)
    assert result.cart.ref == OWN


async def test_a_session_that_is_unknown_is_replaced_in_silence_and_the_new_one_kept() -> None:
    async with Vendure(Add=data(token="new" + TOKEN, **added(order(line("1", "7"), code="ORDER2")))).opened() as offer:
        result = await offer.carts.add(visitor(), cart=GUEST, lines=[want("7")])
    assert isinstance(result.cart, Cart)
    assert result.cart.ref.id == f"gb:ORDER2:new{TOKEN}"


@pytest.mark.parametrize("token", ["", "other" + TOKEN])
async def test_reading_with_an_unknown_session_is_an_expired_cart(token: str) -> None:
    """Vendure answers with an empty token, or with a new one's."""
    async with Vendure(activeOrder=data(token=token, activeOrder=None)).opened() as offer:
        assert await offer.carts.get(visitor(), cart=GUEST) == NoCart(reason="expired")


async def test_an_ordered_cart_says_so() -> None:
    placed = order(line("1", "7"), active=False, state="PaymentAuthorized", orderPlacedAt="2026-11-22T10:00:00.000Z")
    vendure = Vendure(
        ByCode={"orderByCode": {**placed, "payments": [], "fulfillments": []}}, Active={"activeOrder": None}
    )
    async with vendure.opened() as offer:
        assert await offer.carts.get(visitor(), cart=GUEST) == NoCart(reason="ordered", order="ORDER1")


async def test_an_order_nobody_may_see_is_no_failure() -> None:
    async with Vendure(ByCode=failed("FORBIDDEN"), Active={"activeOrder": None}).opened() as offer:
        assert await offer.carts.get(visitor(), cart=GUEST) == NoCart(reason="empty")


async def test_an_order_without_lines_is_an_empty_cart() -> None:
    async with Vendure(Active={"activeOrder": order()}).opened() as offer:
        assert await offer.carts.get(visitor(), cart=GUEST) == NoCart(reason="empty")


async def test_a_cart_is_asked_for_where_it_was_made() -> None:
    vendure = Vendure(Active={"activeOrder": order(line("1", "7"))})
    async with vendure.opened() as offer:
        cart = await offer.carts.get(visitor(US), cart=GUEST)
    assert isinstance(cart, Cart)
    assert (cart.market, cart.currency) == ("gb", "GBP")
    assert vendure.asked[0].channel == "gb"


async def test_what_there_is_goes_in_and_the_rest_is_told() -> None:
    told = added(order(line("1", "7", 3)), refusal("INSUFFICIENT_STOCK_ERROR", quantityAvailable=3))
    async with Vendure(Add=told).opened() as offer:
        result = await offer.carts.add(visitor(), cart=GUEST, lines=[want("7", 500)])
    (problem,) = result.problems
    assert (problem.code, problem.severity, problem.limit) == ("quantity_reduced", "warning", 3)
    assert problem.target.id == "7"


async def test_errors_of_several_lines_are_given_to_the_lines_they_are_about() -> None:
    """Vendure does not say which line an error means."""
    before = order(line("1", "7", 2))
    after = order(line("1", "7", 3), line("2", "8", 4), line("3", "9", 1))
    errors = [
        refusal("INSUFFICIENT_STOCK_ERROR", quantityAvailable=4),
        refusal("INSUFFICIENT_STOCK_ERROR", quantityAvailable=0),
    ]
    vendure = Vendure(Add=added(after, *errors), Active={"activeOrder": before})
    async with vendure.opened() as offer:
        lines = [want("7"), want("8", 10), want("9"), want("10")]
        result = await offer.carts.add(visitor(), cart=GUEST, lines=lines)
    assert [(each.code, each.target.id) for each in result.problems] == [
        ("quantity_reduced", "8"),
        ("out_of_stock", "10"),
    ]


async def test_one_unknown_variant_does_not_keep_the_others_out() -> None:
    """Vendure takes none of them then."""
    answers = [failed("ENTITY_NOT_FOUND"), added(order(line("1", "7"))), failed("ENTITY_NOT_FOUND")]
    vendure = Vendure(Add=answers, Active={"activeOrder": order(line("1", "7"))})
    async with vendure.opened() as offer:
        result = await offer.carts.add(visitor(), cart=GUEST, lines=[want("7"), want("404")])
    assert isinstance(result.cart, Cart)
    assert result.cart.quantity == 1
    assert [(each.code, each.target.id) for each in result.problems] == [("line_unavailable", "404")]


async def test_what_vendure_has_no_word_for_is_not_sent() -> None:
    vendure = Vendure(Skus={"k0": {"items": []}})
    async with vendure.opened() as offer:
        lines = [
            LineInput(variant=VariantKey(id="7"), quantity=Decimal("0.5")),
            LineInput(variant=VariantKey(id="7"), plan="monthly"),
            LineInput(variant=VariantKey(sku="NOT-HERE")),
        ]
        result = await offer.carts.add(visitor(), cart=None, lines=lines)
    assert result.cart == NoCart(reason="empty")
    assert {each.code for each in result.problems} == {"quantity_rule", "input_invalid", "not_sold_here"}
    assert len(vendure.asked) == 1


async def test_an_order_in_payment_is_taken_back_to_be_changed() -> None:
    """Nothing may be changed in `ArrangingPayment`."""
    stuck = added(order(line("1", "7"), state="ArrangingPayment"), refusal("ORDER_MODIFICATION_ERROR"))
    vendure = Vendure(Add=[stuck, added(order(line("1", "7", 2)))], Turn={"done": order(line("1", "7"))})
    async with vendure.opened() as offer:
        result = await offer.carts.add(visitor(), cart=GUEST, lines=[want("7")])
    assert result.problems == ()
    assert [asked.variables.get("state") for asked in vendure.asked] == [None, "AddingItems", None]


async def test_quantities_are_set_in_one_call_and_nought_removes() -> None:
    vendure = Vendure(Change={"m0": {"__typename": "Order"}, "m1": order(line("1", "7", 5))})
    async with vendure.opened() as offer:
        result = await offer.carts.change(visitor(), cart=GUEST, quantities=[("2", Decimal(0)), ("1", Decimal(5))])
    (asked,) = vendure.asked
    assert "m0: removeOrderLine(orderLineId: $line0)" in asked.document
    assert "m1: adjustOrderLine(orderLineId: $line1, quantity: $quantity1)" in asked.document
    assert asked.variables == {"line0": "2", "line1": "1", "quantity1": 5}
    assert isinstance(result.cart, Cart)
    assert result.cart.quantity == 5


async def test_a_line_that_is_gone_does_not_keep_the_others_from_changing() -> None:
    """Vendure gives all of a document up for one unknown line."""
    vendure = Vendure(
        Change=[failed("ENTITY_NOT_FOUND"), {"m0": order(line("1", "7", 5))}, failed("ENTITY_NOT_FOUND")],
        Active={"activeOrder": order(line("1", "7", 5))},
    )
    async with vendure.opened() as offer:
        result = await offer.carts.change(visitor(), cart=GUEST, quantities=[("1", Decimal(5)), ("99", Decimal(1))])
    assert [(each.code, each.target.id) for each in result.problems] == [("line_unavailable", "99")]
    assert isinstance(result.cart, Cart)


@pytest.mark.parametrize("quantity", ["-1", "0.5"])
async def test_impossible_quantities_are_not_sent(quantity: str) -> None:
    vendure = Vendure(Active={"activeOrder": order(line("1", "7"))})
    async with vendure.opened() as offer:
        result = await offer.carts.change(visitor(), cart=GUEST, quantities=[("1", Decimal(quantity))])
    assert [each.code for each in result.problems] == ["quantity_rule"]
    assert not any("mutation" in asked.document for asked in vendure.asked)


# ---------------------------------------------------------------- codes and sums


async def test_a_code_that_is_taken_without_effect_says_so() -> None:
    """Vendure takes codes whose condition does not hold, without a word."""
    lame = order(line("1", "7"), couponCodes=["SAVE", "LAME"], totalWithTax=1600, total=1333,
                 discounts=[{"description": "d", "adjustmentSource": "PROMOTION:4", "amount": -167, "amountWithTax": -200}],
                 promotions=[{"id": "4", "couponCode": "SAVE", "name": "Saves"}])  # fmt: skip
    vendure = Vendure(Active={"activeOrder": order(line("1", "7"))}, Code={"done": lame})
    async with vendure.opened() as offer:
        result = await offer.carts.apply_code(visitor(), cart=GUEST, code=" LAME ")
    assert [(each.code, each.severity) for each in result.problems] == [("code_not_applicable", "warning")]
    assert isinstance(result.cart, Cart)
    saves, other = result.cart.codes
    assert (saves.effective, saves.amount) == (True, Money(Decimal("2.00"), "GBP"))
    assert (other.effective, other.amount) == (False, None)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("COUPON_CODE_INVALID_ERROR", "code_invalid"),
        ("COUPON_CODE_EXPIRED_ERROR", "code_invalid"),
        ("COUPON_CODE_LIMIT_ERROR", "code_used_up"),
    ],
)
async def test_a_refused_code_is_a_problem(said: str, code: str) -> None:
    vendure = Vendure(Active={"activeOrder": order(line("1", "7"))}, Code={"done": refusal(said)})
    async with vendure.opened() as offer:
        result = await offer.carts.apply_code(visitor(), cart=GUEST, code="NO")
    assert [each.code for each in result.problems] == [code]
    assert isinstance(result.cart, Cart)


@pytest.mark.parametrize(("market", "tax"), [(GB, "6.60"), (US, "6.60")])
async def test_the_sums_add_up(market: object, tax: str) -> None:
    """Vendure's subtotal has discounts in it, its discounts are negative, its delivery is told after its own discount."""
    told = order(
        line("1", "7", 2),
        total=3300,
        totalWithTax=3960,
        subTotal=2700,
        subTotalWithTax=3240,
        shipping=600,
        shippingWithTax=720,
        shippingLines=[{"price": 750, "priceWithTax": 900, "shippingMethod": {"id": "1", "code": "s", "name": "S"}}],
        discounts=[{"description": "d", "adjustmentSource": "PROMOTION:4", "amount": -450, "amountWithTax": -540}],
        currencyCode=market.currency,  # type: ignore[attr-defined]
    )
    ref = CartRef(id=f"{market.id}:ORDER1:{TOKEN}")  # type: ignore[attr-defined]
    async with Vendure(Active={"activeOrder": told}).opened() as offer:
        cart = await offer.carts.get(visitor(market), cart=ref)  # type: ignore[arg-type]
    assert isinstance(cart, Cart)
    sums = cart.totals
    assert sums.subtotal is not None
    assert sums.discount is not None
    assert sums.shipping is not None
    assert sums.tax is not None
    assert sums.total is not None
    added_up = sums.subtotal.amount + sums.shipping.amount - sums.discount.amount
    assert sums.total.amount == added_up + (0 if sums.tax_included else sums.tax.amount) == Decimal("39.60")
    assert str(sums.tax.amount) == tax
    assert sums.tax_included is (market is GB)


async def test_delivery_is_unknown_until_it_is_chosen() -> None:
    async with Vendure(Active={"activeOrder": order(line("1", "7"))}).opened() as offer:
        cart = await offer.carts.get(visitor(), cart=GUEST)
    assert isinstance(cart, Cart)
    assert cart.totals.shipping is None
    assert cart.totals.estimated


# ---------------------------------------------------------------- whose, and where


async def test_a_guests_cart_is_given_over_once() -> None:
    guest = order(line("1", "7", 3), line("2", "8", 1))
    mine = order(line("5", "7", 2), line("6", "8", 1), code="MINE")
    both = order(line("5", "7", 3), line("6", "8", 1), code="MINE")
    vendure = Vendure(
        Active=[{"activeOrder": mine}, {"activeOrder": guest}], Add=added(both), Empty={"done": {"__typename": "Order"}}
    )
    async with vendure.opened() as offer:
        result = await offer.carts.adopt(visitor(token="mine" + TOKEN), cart=GUEST)
    assert isinstance(result.cart, Cart)
    assert result.cart.ref.id == "gb:MINE:"
    sent = next(asked for asked in vendure.asked if "mutation Add" in asked.document)
    assert sent.variables == {"inputs": [{"productVariantId": "7", "quantity": 1}]}
    assert (sent.bearer, vendure.asked[-1].bearer) == ("mine" + TOKEN, TOKEN)


async def test_another_market_is_another_order_and_every_change_is_told() -> None:
    here = order(line("1", "7", 2), couponCodes=["SAVE"])
    there = order(line("9", "7", 2, unit=2400), code="ORDER9", currencyCode="USD")
    vendure = Vendure(
        Active=[{"activeOrder": here}, {"activeOrder": there}],
        Add=data(token="us" + TOKEN, **added(there)),
        Code={"done": refusal("COUPON_CODE_INVALID_ERROR")},
        Empty={"done": {"__typename": "Order"}},
    )
    async with vendure.opened() as offer:
        result = await offer.carts.move(visitor(US), cart=GUEST, origin=GB)
    assert isinstance(result.cart, Cart)
    assert result.cart.ref.id == f"us:ORDER9:us{TOKEN}"
    price, code = result.problems
    assert (price.code, price.before, price.after) == (
        "price_changed",
        Money(Decimal("18.00"), "GBP"),
        Money(Decimal("20.00"), "USD"),
    )
    assert code.code == "code_invalid"
    assert [(asked.channel, asked.bearer) for asked in vendure.asked if "mutation" in asked.document] == [
        ("us", ""),
        ("us", "us" + TOKEN),
        ("gb", TOKEN),
    ]


async def test_a_customers_cart_is_nobody_elses() -> None:
    """Another customer's session has another order open; nobody signed in has none."""
    theirs = order(line("1", "7"), code="THEIRS")
    vendure = Vendure(Active={"activeOrder": theirs}, ByCode=failed("FORBIDDEN"))
    async with vendure.opened() as offer:
        assert await offer.carts.get(visitor(token="other" + TOKEN), cart=OWN) == NoCart(reason="unknown")
        assert await offer.carts.get(visitor(), cart=OWN) == NoCart(reason="unknown")
        adopted = await offer.carts.adopt(visitor(token="other" + TOKEN), cart=OWN)
    assert isinstance(adopted.cart, Cart)
    assert adopted.cart.ref.id == "gb:THEIRS:"
