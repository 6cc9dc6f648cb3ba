"""Codes: what they take off, when they do nothing, why they are refused; gift cards; carts that move and join."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec
import pytest

from adapters.embedded import manifest
from bff.ports import Cart, CartRef, Details, Money, NoCart, NotFound, Ordered, Refused
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.people import Person, customer
from tests.adapters.embedded.shopping import ADDRESSES, Buyer, codes, gift, line, ready

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mailbox")]


async def enter(shopper: Buyer, code: str):
    return await shopper.carts.apply_code(shopper.ctx, cart=shopper.ref, code=code)


async def signed_in(offer, mailbox, visitor, market: str = "gb", email: str = "ann@example.com"):
    person = Person(visitor(market))
    await customer(offer, mailbox, person, email)
    return person


@pytest.mark.parametrize("typed", ["WELCOME10", "welcome10", " Welcome 10 ", "wel-come-10", "ｗｅｌｃｏｍｅ10"])
async def test_ten_percent_however_it_is_typed(buyer, typed):
    shopper = await buyer(line("HMUG-IND-SMA", 3))
    result = await enter(shopper, typed)
    assert codes(result) == []
    (applied,) = result.cart.codes
    assert (applied.code, applied.effective, applied.amount.amount) == ("WELCOME10", True, Decimal("5.40"))
    assert result.cart.totals.total.amount == Decimal("48.60")
    assert result.cart.lines[0].discounts == ("10% off your first order",)
    assert codes(await enter(shopper, typed)) == [], "once more changes nothing"
    dropped = await shopper.carts.drop_code(shopper.ctx, cart=shopper.ref, id=applied.id)
    assert (dropped.cart.codes, dropped.cart.totals.discount) == ((), None)


@pytest.mark.parametrize("market", ["gb", "de", "us", "ae"])
async def test_the_demo_codes_work_in_every_market(buyer, market):
    cards = {"gb": "GIFT-POUND", "de": "GIFT-EURO", "us": "GIFT-DOLLAR", "ae": "GIFT-DIRHAM"}
    shopper = await buyer(line("HMUG-IND-LAR", 6), market=market)
    for code in ("WELCOME10", "FREESHIP", "TENOFF", f"{cards[market]}-2026-DEMO"):
        assert codes(await enter(shopper, code)) == [], code
    cart = await shopper.cart()
    assert all(code.effective for code in cart.codes)
    assert [code.code for code in cart.codes if code.kind == "gift_card"] == ["…DEMO"]
    assert cart.totals.due.amount + cart.totals.gift_cards.amount == cart.totals.total.amount
    state = await shopper.fill()
    assert state.cart.totals.shipping.amount == 0


async def test_line_discounts_add_up_and_the_order_of_codes_does_not_count(buyer):
    totals = []
    for order in (("TENOFF", "TABLE15", "WELCOME10"), ("WELCOME10", "TABLE15", "TENOFF")):
        shopper = await buyer(line("HMUG-IND-SMA", 3), line("TBOW-OCH-SMA", 2), line("YCOF-250-FIL"))
        for code in order:
            assert codes(await enter(shopper, code)) == []
        cart = await shopper.cart()
        shares = [each.discount.amount for each in cart.lines]
        assert sum(shares) == cart.totals.discount.amount == sum(code.amount.amount for code in cart.codes)
        totals.append((cart.totals.total, sorted(shares)))
        assert codes(await enter(shopper, "FREESHIP")) == ["limit_reached"]
    assert totals[0] == totals[1]


@pytest.mark.parametrize(
    ("code", "market", "problem"),
    [
        ("NOTHING", "gb", "code_invalid"),
        ("", "gb", "code_invalid"),
        ("x" * 9000, "gb", "code_invalid"),
        ("SUMMER26", "gb", "code_invalid"),
        ("HOUSE20", "gb", "code_needs_sign_in"),
        ("LONDON5", "de", "code_not_applicable"),
        ("GIFT-EURO-2026-DEMO", "gb", "code_not_applicable"),
    ],
)
async def test_codes_that_are_refused(buyer, code, market, problem):
    result = await enter(await buyer(market=market), code)
    assert codes(result) == [problem]
    assert result.problems[0].target.kind == "code"
    assert result.cart.codes == ()


async def test_a_code_taken_without_effect_says_why(buyer):
    words = {"en-GB": "more", "de-DE": "sobald", "ar-AE": "إضافة"}
    for market, locale in (("gb", "en-GB"), ("de", "de-DE"), ("ae", "ar-AE")):
        shopper = await buyer(line("YCOF-250-FIL"), market=market, locale=locale)
        (applied,) = (await enter(shopper, "TENOFF")).cart.codes
        assert not applied.effective
        assert words[locale] in applied.reason
    shopper = await buyer(gift())
    await enter(shopper, "FREESHIP")
    await enter(shopper, "WELCOME10")
    cart = await shopper.cart()
    assert [code.effective for code in cart.codes] == [False, False], "a gift card is money: nothing is taken off"
    grown = await shopper.carts.add(shopper.ctx, cart=shopper.ref, lines=[line("HMUG-IND-SMA")])
    assert [code.effective for code in grown.cart.codes] == [True, True]


async def test_some_stand_alone(buyer):
    shopper = await buyer()
    await enter(shopper, "WELCOME10")
    assert codes(await enter(shopper, "FIRST3")) == ["code_not_applicable"]
    other = await buyer()
    await enter(other, "FIRST3")
    assert codes(await enter(other, "WELCOME10")) == ["code_not_applicable"]


async def test_a_present(buyer, sql, stock):
    shopper = await buyer(line("HMUG-IND-LAR", 5))
    before = stock("HMUG-IND-SMA")
    cart = (await enter(shopper, "MUGGIFT")).cart
    present = cart.lines[-1]
    assert (present.fixed, present.total.amount, present.key.sku) == (True, 0, "HMUG-IND-SMA")
    assert cart.quantity == 5
    assert codes(await shopper.carts.change(shopper.ctx, cart=shopper.ref, quantities=[(present.id, Decimal(4))])) == [
        "line_unavailable"
    ]
    await shopper.fill()
    await shopper.pay()
    placed = await shopper.place()
    assert placed.order.lines[-1].line.fixed
    assert stock("HMUG-IND-SMA") == before - 1
    sql("UPDATE variant SET stock = 0 WHERE sku = 'HMUG-IND-SMA'")
    late = await buyer(line("HMUG-IND-LAR", 5))
    (code,) = (await enter(late, "MUGGIFT")).cart.codes
    assert (code.effective, code.reason) == (False, "The present is sold out.")
    gone = await late.carts.change(late.ctx, cart=late.ref, quantities=[((await late.cart()).lines[0].id, Decimal(0))])
    assert gone.cart.lines == (), "a present comes with something"
    assert [code.code for code in gone.cart.codes] == ["MUGGIFT"], "what was entered waits for what comes next"
    with pytest.raises(NotFound):
        await late.checkout.state(late.ctx, cart=late.ref)
    bare = await buyer(line("HMUG-IND-LAR"))
    emptied = [((await bare.cart()).lines[0].id, Decimal(0))]
    assert (await bare.carts.change(bare.ctx, cart=bare.ref, quantities=emptied)).cart == NoCart(reason="empty")


async def test_used_up(buyer):
    for _ in range(3):
        shopper = await buyer()
        await enter(shopper, "FIRST3")
        await shopper.fill()
        await shopper.pay()
        assert isinstance(await shopper.place(), Ordered)
    assert codes(await enter(await buyer(), "FIRST3")) == ["code_used_up"]


async def test_the_last_use_goes_to_one(buyer, sql):
    rivals = [await ready(buyer) for _ in range(2)]
    sql("INSERT INTO promotion_use VALUES ('FIRST3', 'a', NULL, NULL), ('FIRST3', 'b', NULL, NULL)")
    for shopper in rivals:
        await enter(shopper, "FIRST3")
    first, second = [await shopper.place() for shopper in rivals]
    assert isinstance(first, Ordered)
    assert codes(second) == ["code_used_up"]
    assert (await rivals[1].cart()).codes == ()
    assert isinstance(await rivals[1].place(), Ordered), "without the code, at the price that is now shown"


async def test_what_is_refused_for_another_reason_says_nothing_of_the_address(buyer):
    first = await ready(buyer)
    await enter(first, "WELCOME10")
    assert isinstance(await first.place(), Ordered)
    for email in ("ada@example.org", "never@example.org"):
        other = await buyer()
        await enter(other, "WELCOME10")
        await other.fill(email=email)
        await other.pay()
        assert codes(await other.place(expected=Money(Decimal("0.01"), "GBP"))) == ["price_changed"]
        assert len((await other.cart()).codes) == 1


async def test_once_for_each_address(buyer):
    first = await ready(buyer)
    await enter(first, "WELCOME10")
    assert isinstance(await first.place(), Ordered)
    again = await buyer()
    await enter(again, "WELCOME10")
    state = await again.fill(email="ADA@example.org")
    assert codes(state) == [], "whoever types an address learns nothing about it"
    assert state.cart.codes[0].effective
    await again.pay()
    assert codes(await again.place()) == ["code_not_applicable"]
    assert (await again.cart()).codes == ()
    other = await buyer()
    await enter(other, "WELCOME10")
    await other.fill(email="someone@example.org")
    await other.pay()
    assert isinstance(await other.place(), Ordered)


async def test_once_for_each_customer_is_said_at_once(buyer, offer, mailbox, visitor):
    """Who is proved may be told, whatever address is typed."""
    person = Person(visitor())
    await customer(offer, mailbox, person, "ada@example.org")
    guest = await ready(buyer)
    await enter(guest, "WELCOME10")
    assert isinstance(await guest.place(), Ordered), "to the address of the account, signed out"
    added = await offer.carts.add(person.ctx, cart=None, lines=[line("HMUG-IND-SMA", 2)])
    own = Buyer(offer, person.ctx, added.cart.ref)
    assert codes(await enter(own, "WELCOME10")) == ["code_used_up"]


async def test_two_carts_and_one_gift_card(buyer, sql):
    rivals = [await buyer(line("HMUG-IND-SMA", 2)) for _ in range(2)]
    for shopper in rivals:
        await enter(shopper, "GIFT-POUND-2026-DEMO")
        await shopper.fill()
    assert isinstance(await rivals[0].place(), Ordered)
    late = await rivals[1].place()
    assert isinstance(late, Refused)
    assert "payment" in [problem.target.id for problem in late.problems], "what is left does not pay for all"
    assert sql("SELECT balance FROM gift_card WHERE currency = 'GBP' AND initial = '50.00'") == [("9.50",)]


async def test_a_gift_card_that_shrank_after_the_way_to_pay_was_chosen(buyer, sql):
    shopper = await buyer(line("HMUG-IND-LAR", 6))
    await enter(shopper, "GIFT-POUND-2026-DEMO")
    await shopper.fill()
    await shopper.pay()
    seen = (await shopper.cart()).totals
    sql("UPDATE gift_card SET balance = '20.00' WHERE initial = '50.00' AND currency = 'GBP'")
    told = await shopper.place()
    assert [(p.code, p.before, p.after.amount) for p in told.problems] == [
        ("price_changed", seen.due, seen.due.amount + 30)
    ]
    assert isinstance(await shopper.place(), Ordered), "told once"


async def test_moving_tells_of_codes_and_keeps_the_person(buyer, visitor):
    shopper = await buyer(line("HMUG-IND-LAR", 6))
    for code in ("LONDON5", "WELCOME10", "GIFT-POUND-2026-DEMO"):
        assert codes(await enter(shopper, code)) == []
    await shopper.fill()
    de = visitor("de")
    moved = await shopper.carts.move(de, cart=shopper.ref, origin=MARKETS["gb"])
    told = [(problem.code, problem.target.id) for problem in moved.problems if problem.target.kind == "code"]
    assert sorted(told) == [("code_not_applicable", "LONDON5"), ("code_not_applicable", "…DEMO")]
    assert [code.code for code in moved.cart.codes] == ["WELCOME10"]
    assert "price_changed" in codes(moved)
    there = Buyer(shopper.offer, de, moved.cart.ref)
    state = await there.checkout.state(de, cart=there.ref)
    assert (state.contact.email, state.shipping_address) == ("ada@example.org", None)
    assert (await there.carts.move(de, cart=there.ref, origin=MARKETS["de"])).problems == (), "it is there already"


async def test_moving_tells_what_there_is_less_of(buyer, visitor, sql):
    shopper = await buyer(line("HMUG-IND-LAR", 6), line("TBOW-OCH-SMA"))
    sql("UPDATE variant SET stock = 2 WHERE sku = 'HMUG-IND-LAR'")
    sql("DELETE FROM price WHERE list = 'EUR' AND variant_id = (SELECT id FROM variant WHERE sku = 'TBOW-OCH-SMA')")
    moved = await shopper.carts.move(visitor("de"), cart=shopper.ref, origin=MARKETS["gb"])
    told = {problem.code: problem for problem in moved.problems}
    assert set(told) == {"quantity_reduced", "not_sold_here", "price_changed"}
    assert told["quantity_reduced"].limit == 2
    assert told["not_sold_here"].text, "the line that is gone is named"


async def test_a_guests_cart_joins_the_customers(buyer, offer, mailbox, visitor, sql):
    person = await signed_in(offer, mailbox, visitor)
    own = Buyer(
        offer, person.ctx, (await offer.carts.add(person.ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
    )
    guest = await buyer(line("HMUG-IND-SMA", 2), line("TBOW-OCH-SMA"))
    await enter(guest, "WELCOME10")
    joined = await offer.carts.adopt(person.ctx, cart=guest.ref)
    assert joined.cart.ref.id == own.ref.id, "another browser of theirs still finds it"
    assert sorted((each.key.sku, each.quantity) for each in joined.cart.lines) == [
        ("HMUG-IND-SMA", 3),
        ("TBOW-OCH-SMA", 1),
    ]
    assert [code.code for code in joined.cart.codes] == ["WELCOME10"]
    again = await offer.carts.adopt(person.ctx, cart=guest.ref)
    assert again.cart.lines == joined.cart.lines, "once more changes nothing"
    assert isinstance(await guest.cart(), NoCart), "who copied the guest's reference sees nothing of the customer's"
    assert codes(await offer.carts.apply_code(person.ctx, cart=own.ref, code="HOUSE20")) == ["code_not_applicable"]
    empty = await offer.carts.adopt(person.ctx, cart=CartRef(id="nobody"))
    assert empty.cart.lines == joined.cart.lines, "theirs, where the guest had none"


async def test_nobody_takes_another_customers_cart(offer, mailbox, visitor):
    ann, bob = [await signed_in(offer, mailbox, visitor, email=f"{name}@example.com") for name in ("ann", "bob")]
    hers = (await offer.carts.add(ann.ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
    assert isinstance((await offer.carts.adopt(bob.ctx, cart=hers)).cart, Cart | NoCart)
    mine = (await offer.carts.add(bob.ctx, cart=None, lines=[line("TBOW-OCH-SMA")])).cart.ref
    after = await offer.carts.adopt(bob.ctx, cart=hers)
    assert after.cart.ref.id == mine.id
    assert [each.key.sku for each in after.cart.lines] == ["TBOW-OCH-SMA"]
    assert [each.key.sku for each in (await offer.carts.get(ann.ctx, cart=hers)).lines] == ["HMUG-IND-SMA"]


async def test_customers_have_codes_of_their_own(offer, mailbox, visitor):
    person = await signed_in(offer, mailbox, visitor)
    own = (await offer.carts.add(person.ctx, cart=None, lines=[line("HMUG-IND-SMA", 5)])).cart.ref
    result = await offer.carts.apply_code(person.ctx, cart=own, code="house20")
    assert result.cart.codes[0].amount.amount == (result.cart.totals.subtotal.amount * Decimal("0.2")).quantize(
        Decimal("0.01")
    )


async def test_in_summer(changed, visitor):
    async with manifest.open(changed(today=datetime.date(2026, 7, 15)), None, list(MARKETS.values())) as offer:
        ctx = visitor()
        cart = (await offer.carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
        assert codes(await offer.carts.apply_code(ctx, cart=cart, code="SUMMER26")) == []
    async with manifest.open(changed(today=datetime.date(2026, 9, 1)), None, list(MARKETS.values())) as offer:
        (ended,) = (await offer.carts.get(ctx, cart=cart)).codes
        assert (ended.effective, ended.reason) == (False, "This code is no longer valid.")
        told = await offer.carts.annotate(ctx, cart=cart, note="x")
        assert codes(told) == ["code_invalid"]
        assert told.cart.codes == ()


async def test_a_removed_line_comes_back_as_it_was(buyer):
    shopper = await buyer(line("YCOF-250-FIL", 2, plan="monthly"), line("HMUG-IND-SMA"))
    coffee = (await shopper.cart()).lines[0]
    await shopper.carts.change(shopper.ctx, cart=shopper.ref, quantities=[(coffee.id, Decimal(0))])
    again = msgspec.structs.replace(line("YCOF-250-FIL", 2), plan=coffee.plan, inputs=coffee.inputs)
    result = await shopper.carts.add(shopper.ctx, cart=shopper.ref, lines=[again])
    back = result.cart.lines[-1]
    assert (back.key, back.quantity, back.plan, back.unit) == (coffee.key, coffee.quantity, coffee.plan, coffee.unit)


async def test_expired_and_ordered_are_told_apart(buyer, sql):
    shopper = await ready(buyer)
    number = (await shopper.place()).order.number
    told = await shopper.carts.change(shopper.ctx, cart=shopper.ref, quantities=[("x", Decimal(1))])
    assert told.cart == NoCart(reason="ordered", order=number)
    old = await buyer()
    sql("UPDATE cart SET updated = '2020-01-01T00:00:00+00:00' WHERE id = ?", old.ref.id)
    assert await old.cart() == NoCart(reason="expired")
    details = Details(shipping_address=ADDRESSES["gb"])
    with pytest.raises(Exception, match="expired"):
        await old.checkout.set_details(old.ctx, cart=old.ref, details=details)
