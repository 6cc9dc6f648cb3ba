"""The checkout on the head's pages: what is missing, how it travels, how it is paid, and that an order is made once."""

from __future__ import annotations

import asyncio
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest

from adapters.embedded import manifest
from adapters.embedded.settings import FaultSettings, PriceChange
from bff.ports import (
    Action,
    Cart,
    CartRef,
    Contact,
    Details,
    InvalidInput,
    NoCart,
    NotFound,
    Ordered,
    Pending,
    Ready,
    Refused,
)
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.shopping import ADDRESSES, Buyer, codes, gift, kinds, line, ready

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mailbox")]


@pytest.mark.parametrize("market", ["gb", "de", "us", "ae"])
async def test_a_guest_buys_in_every_market(buyer, market):
    shopper = await buyer(market=market)
    before = await shopper.checkout.state(shopper.ctx, cart=shopper.ref)
    assert kinds(before)[:3] == ["contact", "shipping_address", "shipping"]
    assert ("consent" in kinds(before)) == (market == "de")
    assert ("field" in kinds(before)) == (market == "ae")
    assert before.countries[0] == market.upper()
    assert before.cart.totals.estimated
    state = await shopper.fill()
    assert [each.kind for each in state.missing if each.required] == ["payment"]
    chosen = await shopper.pay()
    assert isinstance(chosen, Ready)
    totals = chosen.state.cart.totals
    assert totals.shipping is not None
    assert not totals.estimated
    parts = totals.subtotal.amount + totals.shipping.amount + (totals.tax.amount if market == "us" else 0)
    assert totals.total.amount == parts == totals.due.amount
    placed = await shopper.place()
    assert isinstance(placed, Ordered)
    assert placed.order.totals.total == totals.total
    assert placed.order.status == "pending"
    assert placed.order.shipping_address.country == market.upper()
    assert await shopper.cart() == NoCart(reason="ordered", order=placed.order.number)
    assert (await shopper.place(None)) == placed, "the same order, however often"


async def test_what_will_not_do_is_said_at_its_field(buyer):
    shopper = await buyer(market="us")
    bad = msgspec.structs.replace(
        ADDRESSES["us"], country="CA", region="", city=" ", phone="call me", line1="x" * 500, first_name="a\x00b"
    )
    with pytest.raises(InvalidInput) as refused:
        await shopper.checkout.set_details(
            shopper.ctx, cart=shopper.ref, details=Details(contact=Contact(email="no"), shipping_address=bad)
        )
    assert set(refused.value.fields) == {
        "contact.email",
        "shipping_address.country",
        "shipping_address.city",
        "shipping_address.phone",
        "shipping_address.line1",
        "shipping_address.first_name",
    }
    nowhere = msgspec.structs.replace(ADDRESSES["us"], region="Atlantis")
    with pytest.raises(InvalidInput) as stateless:
        await shopper.checkout.set_details(shopper.ctx, cart=shopper.ref, details=Details(shipping_address=nowhere))
    assert list(stateless.value.fields) == ["shipping_address.region"]
    state = await shopper.checkout.state(shopper.ctx, cart=shopper.ref)
    assert state.contact is None, "nothing was kept"
    assert state.shipping_address is None


async def test_american_tax_follows_the_state(buyer):
    shopper = await buyer(market="us")
    assert (await shopper.cart()).totals.tax is None
    taxed = (await shopper.fill()).cart.totals
    base = taxed.subtotal.amount + taxed.shipping.amount
    assert taxed.tax.amount == (base * Decimal("0.08875")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert taxed.total.amount == base + taxed.tax.amount
    oregon = msgspec.structs.replace(ADDRESSES["us"], region="oregon")
    free = await shopper.checkout.set_details(shopper.ctx, cart=shopper.ref, details=Details(shipping_address=oregon))
    assert free.shipping_address.region == "OR"
    assert free.cart.totals.tax.amount == 0
    assert not free.cart.totals.estimated


async def test_german_tax_is_inside_at_two_rates(buyer):
    shopper = await buyer(line("HMUG-IND-SMA"), line("YCOF-250-FIL"), market="de")
    totals = (await shopper.cart()).totals
    mug, coffee = (each.total.amount for each in (await shopper.cart()).lines)
    parts = [mug * 19 / 119, coffee * 7 / 107]
    assert totals.tax.amount == sum(part.quantize(Decimal("0.01")) for part in parts)
    assert totals.total == totals.subtotal


async def test_a_gift_card_alone_needs_no_address(buyer):
    shopper = await buyer(gift())
    state = await shopper.fill()
    assert [group.id for group in state.shipping] == ["digital"]
    fresh = await buyer(gift())
    only = await fresh.checkout.set_details(
        fresh.ctx, cart=fresh.ref, details=Details(contact=Contact(email="ada@example.org"))
    )
    assert kinds(only) == ["payment"]
    assert only.cart.totals.shipping is None
    methods = await fresh.checkout.payment_methods(fresh.ctx, cart=fresh.ref)
    assert "cash_on_delivery" not in [method.id for method in methods]


async def test_what_is_collected_has_no_invoice_to_the_address_typed_before(buyer):
    shopper = await ready(buyer, line("HMUG-IND-SMA"))
    state = await shopper.checkout.state(shopper.ctx, cart=shopper.ref)
    assert state.billing_address == ADDRESSES["gb"]
    (group,) = state.shipping
    shop = next(option for option in group.options if option.kind == "pickup")
    state = await shopper.checkout.choose_shipping(shopper.ctx, cart=shopper.ref, choices={group.id: shop.id})
    assert state.billing_address is None
    order = (await shopper.place()).order
    assert (order.shipping_address, order.billing_address) == (None, None)


async def test_collecting_needs_no_address(buyer):
    shopper = await buyer(market="us")
    contact = Details(contact=Contact(email="ada@example.org"))
    await shopper.checkout.set_details(shopper.ctx, cart=shopper.ref, details=contact)
    (group,) = await shopper.checkout.shipping_options(shopper.ctx, cart=shopper.ref)
    shop = next(option for option in group.options if option.kind == "pickup")
    assert shop.location
    state = await shopper.checkout.choose_shipping(shopper.ctx, cart=shopper.ref, choices={group.id: shop.id})
    assert kinds(state) == ["payment"]
    assert state.cart.totals.tax.amount > 0, "taxed where the shop is"
    await shopper.pay()
    placed = await shopper.place()
    assert placed.order.shipping_address is None
    assert shop.location in placed.order.shipping_name
    assert (placed.order.earliest, placed.order.latest) == (None, None), "nothing is packed before the money is there"


async def test_what_comes_later_is_a_group_of_its_own(buyer, sql):
    sql("UPDATE variant SET policy = 'backorder', stock = 0, due_days = 20 WHERE sku = 'TBOW-OCH-SMA'")
    shopper = await buyer(line("HMUG-IND-SMA"), line("TBOW-OCH-SMA"), gift(sku="GIFT-025"))
    state = await shopper.fill()
    assert [(group.id, len(group.lines), group.chosen) for group in state.shipping] == [
        ("main", 1, "standard"),
        ("later", 1, "standard"),
        ("digital", 1, "digital"),
    ]
    now, later, _ = state.shipping
    assert later.options[0].earliest > now.options[0].latest
    assert state.cart.totals.shipping.amount == Decimal("4.50"), "what follows costs nothing more"


async def test_another_cart_or_address_makes_the_delivery_stale(buyer):
    shopper = await buyer(line("HMUG-IND-SMA"), market="de")
    await shopper.fill()
    austria = msgspec.structs.replace(ADDRESSES["de"], country="AT", postcode="1010", city="Wien")
    state = await shopper.checkout.set_details(shopper.ctx, cart=shopper.ref, details=Details(shipping_address=austria))
    assert codes(state) == ["shipping_stale"]
    assert "shipping" in kinds(state)
    again = await shopper.checkout.choose_shipping(shopper.ctx, cart=shopper.ref, choices={"main": "standard"})
    assert codes(again) == []
    assert again.cart.totals.shipping.amount == Decimal("9.90")
    await shopper.carts.add(shopper.ctx, cart=shopper.ref, lines=[line("HMUG-IND-SMA", 8)])
    grown = await shopper.checkout.state(shopper.ctx, cart=shopper.ref)
    assert codes(grown) == ["shipping_stale"], "free by now: the sum on the page was another"
    await shopper.pay()
    refused = await shopper.place()
    assert isinstance(refused, Refused)
    assert codes(refused) == ["shipping_stale"]


@pytest.mark.parametrize(("market", "fee"), [("de", "3.90"), ("ae", "15.00"), ("gb", None)])
async def test_cash_on_delivery(buyer, market, fee):
    shopper = await buyer(market=market)
    await shopper.fill()
    methods = {each.id: each for each in await shopper.checkout.payment_methods(shopper.ctx, cart=shopper.ref)}
    if fee is None:
        assert "cash_on_delivery" not in methods
        assert isinstance(await shopper.pay("cash_on_delivery"), Refused)
        return
    assert methods["cash_on_delivery"].fee.amount == Decimal(fee)
    ready = await shopper.pay("cash_on_delivery")
    assert ready.state.cart.totals.fees.amount == Decimal(fee)
    placed = await shopper.place()
    assert (placed.order.status, placed.order.totals.fees.amount) == ("processing", Decimal(fee))


async def test_nothing_to_order(buyer, offer, visitor):
    nobody = Buyer(offer, visitor(), CartRef(id="nobody"))
    for call in (nobody.place(None), nobody.resume(), nobody.pay(), nobody.checkout.state(nobody.ctx, cart=nobody.ref)):
        with pytest.raises(NotFound):
            await call
    early = await buyer(market="de")
    refused = await early.place()
    assert isinstance(refused, Refused)
    assert [problem.target.id for problem in refused.problems] == [
        "contact",
        "shipping_address",
        "shipping",
        "payment",
        "terms",
    ]
    with pytest.raises(InvalidInput):
        await early.pay("gold")
    with pytest.raises(InvalidInput):
        await early.checkout.choose_shipping(early.ctx, cart=early.ref, choices={"main": "balloon"})


async def test_another_total_than_seen_is_refused(buyer, sql):
    shopper = await ready(buyer)
    seen = (await shopper.cart()).totals.total
    sql("UPDATE price SET amount = '99.00' WHERE variant_id = 'HMUG-IND-SMA'")
    refused = await shopper.place(seen)
    assert codes(refused) == ["price_changed"]
    assert refused.problems[0].after.amount == 99
    again = await shopper.place(seen)
    assert codes(again) == ["shipping_stale"], "free by now"
    await shopper.fill()
    wrong = await shopper.place(seen)
    assert [(p.code, p.target.kind, p.before) for p in wrong.problems] == [("price_changed", "cart", seen)]
    assert isinstance(await shopper.place(), Ordered)


async def test_less_stock_than_wanted_is_refused_and_the_cart_corrected(buyer, sql, stock):
    shopper = await ready(buyer, line("HMUG-IND-SMA", 3))
    sql("UPDATE variant SET stock = 2 WHERE sku = 'HMUG-IND-SMA'")
    refused = await shopper.place()
    assert [(p.code, p.limit) for p in refused.problems] == [("quantity_reduced", 2)]
    assert [each.quantity for each in (await shopper.cart()).lines] == [2]
    sql("UPDATE variant SET stock = 0 WHERE sku = 'HMUG-IND-SMA'")
    assert codes(await shopper.place()) == ["out_of_stock"]
    assert [each.quantity for each in (await shopper.cart()).lines] == [2], "never dropped without the shopper"
    sql("UPDATE variant SET stock = 2 WHERE sku = 'HMUG-IND-SMA'")
    assert isinstance(await shopper.place(), Ordered)
    assert stock("HMUG-IND-SMA") == 0


async def test_the_last_piece_is_sold_once(buyer, sql, stock):
    sql("UPDATE variant SET stock = 1 WHERE sku = 'HMUG-IND-SMA'")
    both = [await ready(buyer, line("HMUG-IND-SMA")) for _ in range(2)]
    seen = (await both[0].cart()).totals.total
    outcomes = await asyncio.gather(*(shopper.place(seen) for shopper in both))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Ordered", "Refused"]
    told = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
    assert codes(told) == ["out_of_stock"]
    assert stock("HMUG-IND-SMA") == 0


async def test_the_last_piece_is_mine_while_i_pay(buyer, sql, stock, desk):
    sql("UPDATE variant SET stock = 1 WHERE sku = 'HMUG-IND-SMA'")
    shopper = await ready(buyer, line("HMUG-IND-SMA"), method="card")
    action = await shopper.place()
    assert isinstance(action, Action)
    assert stock("HMUG-IND-SMA") == 0
    assert codes(await shopper.checkout.state(shopper.ctx, cart=shopper.ref)) == []
    assert await shopper.place() == action, "the same payment"
    assert isinstance(await shopper.resume(**desk(action, "approve")), Ordered)
    assert stock("HMUG-IND-SMA") == 0


@pytest.mark.parametrize("tell", [True, False])
async def test_a_card_approved(buyer, desk, tell, sql):
    shopper = await ready(buyer, method="card")
    (group,) = await shopper.checkout.shipping_options(shopper.ctx, cart=shopper.ref)
    way = next(option for option in group.options if option.id == "standard")
    action = await shopper.place()
    assert action.kind == "redirect"
    assert action.url.startswith("http://localhost:8001/pay/")
    assert await shopper.resume() == action, "who has not been there is sent there"
    params = desk(action, "approve", tell=tell)
    done = await shopper.resume(**params)
    assert isinstance(done, Ordered)
    assert done.order.status == "paid"
    assert (done.order.earliest, done.order.latest) == (way.earliest, way.latest)
    assert await shopper.resume(**params) == done, "a second return shows the same"
    assert await shopper.resume(payment="forged") == done
    assert await shopper.place(None) == done
    assert (await shopper.cart()).order == done.order.number
    assert [row[0] for row in sql("SELECT kind FROM outbox")] == ["order_placed"]


@pytest.mark.parametrize(("decision", "word"), [("decline", "declined"), ("cancel", "not completed")])
async def test_a_card_refused_gives_everything_back(buyer, desk, stock, sql, decision, word):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, method="card")
    await shopper.carts.apply_code(shopper.ctx, cart=shopper.ref, code="welcome 10")
    await shopper.carts.apply_code(shopper.ctx, cart=shopper.ref, code="gift small 2026 demo")
    action = await shopper.place()
    assert stock("HMUG-IND-SMA") == before - 2
    assert sql("SELECT balance FROM gift_card WHERE ending = 'DEMO' AND initial = '5.00'") == [("0.00",)]
    refused = await shopper.resume(**desk(action, decision))
    assert word in refused.problems[0].text
    assert stock("HMUG-IND-SMA") == before
    assert sql("SELECT balance FROM gift_card WHERE initial = '5.00'") == [("5.00",)]
    assert sql("SELECT count(*) FROM promotion_use") == [(0,)]
    cart = await shopper.cart()
    assert [code.effective for code in cart.codes] == [True, True]
    again = await shopper.place()
    assert isinstance(again, Action)
    assert again.url != action.url
    assert isinstance(await shopper.resume(**desk(again, "approve")), Ordered)
    assert sql("SELECT count(*) FROM orders WHERE state <> 'released'") == [(1,)]


async def test_coming_back_undecided_gives_the_payment_up(buyer, desk, stock):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    refused = await shopper.resume(payment=action.url.rpartition("/")[2])
    assert "not completed" in refused.problems[0].text
    assert stock("HMUG-IND-SMA") == before
    assert isinstance(await shopper.cart(), Cart)
    desk(action, "approve")
    assert isinstance(await shopper.cart(), Cart), "it cannot be approved any more"


async def test_an_answer_that_comes_late(buyer, desk):
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    pending = await shopper.resume(**desk(action, "unclear"))
    assert isinstance(pending, Pending)
    number = pending.order.number
    assert await shopper.cart() == NoCart(reason="ordered", order=number)
    assert isinstance(await shopper.place(None), Pending), "nothing is placed a second time"
    desk(action, "approve", tell=False)
    done = await shopper.resume()
    assert (type(done), done.order.number) == (Ordered, number)


async def test_a_pending_payment_that_fails_opens_the_cart_again(buyer, desk):
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    await shopper.resume(**desk(action, "unclear"))
    desk(action, "decline")
    assert isinstance(await shopper.cart(), Cart)
    assert isinstance(await shopper.resume(), Refused)


async def test_a_payment_that_takes_too_long_lapses(buyer, sql, stock):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, method="card_frame")
    action = await shopper.place()
    assert action.kind == "frame"
    sql("UPDATE payment SET expires = '2020-01-01'")
    assert isinstance(await shopper.cart(), Cart)
    assert stock("HMUG-IND-SMA") == before
    assert "too long" in (await shopper.resume()).problems[0].text


async def test_paid_after_all_takes_the_order_up_again(buyer, sql, stock, desk):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    sql("UPDATE payment SET expires = '2020-01-01'")
    await shopper.cart()
    desk(action, "approve")
    done = await shopper.resume()
    assert isinstance(done, Ordered)
    assert stock("HMUG-IND-SMA") == before - 2
    assert (await shopper.cart()).reason == "ordered"


@pytest.mark.parametrize("why", ["sold", "changed", "ordered"])
async def test_paid_too_late_is_refunded(buyer, sql, desk, why):
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    sql("UPDATE payment SET expires = '2020-01-01'")
    await shopper.cart()
    if why == "sold":
        sql("UPDATE variant SET stock = 0 WHERE sku = 'HMUG-IND-SMA'")
    elif why == "changed":
        await shopper.carts.add(shopper.ctx, cart=shopper.ref, lines=[line("TBOW-OCH-SMA")])
    else:
        await shopper.pay("bank_transfer")
        await shopper.place()
    params = desk(action, "approve")
    assert sql("SELECT state FROM provider_payment") == [("refunded",)]
    outcome = await shopper.resume(**params)
    if why == "ordered":
        assert isinstance(outcome, Ordered)
        assert outcome.order.status == "pending"
    else:
        assert "refunded" in outcome.problems[0].text
        assert isinstance(await shopper.cart(), Cart)
    assert "order_cancelled" in [row[0] for row in sql("SELECT kind FROM outbox")]


async def test_changing_the_cart_gives_the_payment_up(buyer, desk, stock):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, method="card")
    action = await shopper.place()
    await shopper.carts.add(shopper.ctx, cart=shopper.ref, lines=[line("HMUG-IND-SMA")])
    assert stock("HMUG-IND-SMA") == before
    desk(action, "approve")
    assert isinstance(await shopper.cart(), Cart), "what was given up cannot be approved"
    approved = await ready(buyer, method="card")
    desk(await approved.place(), "approve", tell=False)
    told = await approved.carts.add(approved.ctx, cart=approved.ref, lines=[line("HMUG-IND-SMA")])
    assert told.cart.ref != approved.ref, "the old cart is ordered: a new one begins"
    assert (await approved.cart()).reason == "ordered"


async def test_another_shoppers_payment_says_nothing_about_mine(buyer, desk):
    mine, other = await ready(buyer, method="card"), await ready(buyer, method="card")
    action, theirs = await mine.place(), await other.place()
    paid = desk(theirs, "approve")
    assert await mine.resume(**paid) == action
    assert isinstance(await other.resume(**paid), Ordered)
    assert isinstance(await mine.resume(**desk(action, "decline")), Refused)


async def test_a_gift_card_that_pays_for_all(buyer, sql):
    shopper = await buyer(line("HMUG-IND-SMA"))
    await shopper.carts.apply_code(shopper.ctx, cart=shopper.ref, code="GIFT-POUND-2026-DEMO")
    state = await shopper.fill()
    assert kinds(state) == []
    assert state.cart.totals.due.amount == 0
    assert await shopper.checkout.payment_methods(shopper.ctx, cart=shopper.ref) == ()
    placed = await shopper.place()
    assert placed.order.status == "paid"
    left = Decimal(50) - placed.order.totals.total.amount
    assert sql("SELECT balance FROM gift_card WHERE currency = 'GBP' AND initial = '50.00'") == [(str(left),)]


async def test_a_bought_gift_card_can_be_spent(buyer, sql, desk):
    shopper = await ready(buyer, gift("friend@example.org"), method="card")
    action = await shopper.place()
    assert sql("SELECT count(*) FROM gift_card WHERE order_number IS NOT NULL") == [(0,)]
    desk(action, "approve")
    to, data = sql("SELECT recipient, data FROM outbox WHERE kind = 'gift_card'")[0]
    assert to == "friend@example.org"
    code = msgspec.json.decode(data)["code"]
    other = await buyer(line("HMUG-IND-SMA"))
    result = await other.carts.apply_code(other.ctx, cart=other.ref, code=code.lower())
    (applied,) = result.cart.codes
    assert applied.code == f"…{code[-4:]}"
    assert applied.balance.amount == Decimal(50) - result.cart.totals.total.amount


async def test_faults_on_the_way_to_the_order_are_told(changed, visitor):
    faults = FaultSettings(
        sold_out_between=("TBOW-OCH-SMA",),
        price_change={"HMUG-IND-SMA": PriceChange(percent=Decimal(10), after=12)},
    )
    async with manifest.open(changed(faults=faults), None, list(MARKETS.values())) as offer:
        ctx = visitor()
        result = await offer.carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA"), line("TBOW-OCH-SMA")])
        assert codes(result) == []
        shopper = Buyer(offer, ctx, result.cart.ref)
        assert codes(await shopper.fill()) == ["out_of_stock"]
        await shopper.pay()
        for _ in range(10):
            await shopper.cart()
        refused = await shopper.place(None)
        assert sorted(codes(refused)) == ["out_of_stock", "price_changed"]
        bowl = (await shopper.cart()).lines[1]
        await shopper.carts.change(ctx, cart=shopper.ref, quantities=[(bowl.id, Decimal(0))])
        assert isinstance(await shopper.place(), Ordered)
