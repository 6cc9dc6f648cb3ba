"""Orders after they are placed, the shop keeper's side, the hosted checkout's hand-over, and answers that get lost."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest

from adapters.embedded import hosted, keeping, manifest
from adapters.embedded.database import Database
from adapters.embedded.settings import FaultSettings
from bff.ports import (
    Action,
    Cart,
    Gone,
    InvalidInput,
    Misconfigured,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Open,
    Ordered,
    Unavailable,
)
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.people import Person, customer
from tests.adapters.embedded.shopping import BACK, Buyer, codes, gift, line, ready

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mailbox")]
NUMBER = re.compile(r"[2-9B-Z]{4}-[2-9B-Z]{4}")


@pytest.fixture
async def ann(offer, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    return person


async def bought(offer, person, *lines, method: str = "bank_transfer") -> Buyer:
    """A signed-in shopper who has ordered."""
    cart = (await offer.carts.add(person.ctx, cart=None, lines=list(lines) or [line("HMUG-IND-SMA", 2)])).cart
    shopper = Buyer(offer, person.ctx, cart.ref)
    await shopper.fill()
    await shopper.pay(method)
    shopper.outcome = await shopper.place()
    return shopper


@pytest.fixture
def keep(settings):
    """The shop keeper's command; says what it said."""

    async def run(number: str, state: str = "", **more: str) -> str:
        said = [step.note async for step in keeping.run(settings, {"number": number, "state": state, **more})]
        return said[-1]

    return run


async def test_a_customer_sees_their_own_orders_only(offer, ann, mailbox, visitor):
    numbers = [(await bought(offer, ann)).outcome.order.number for _ in range(12)]
    assert all(NUMBER.fullmatch(number) for number in numbers)
    first = await offer.orders.list(ann.ctx)
    second = await offer.orders.list(ann.ctx, cursor=first.next)
    assert [order.number for order in (*first.orders, *second.orders)] == numbers[::-1]
    assert second.next is None
    assert (await offer.orders.get(ann.ctx, id=numbers[0])).number == numbers[0]
    bob = Person(visitor())
    await customer(offer, mailbox, bob, "bob@example.com")
    assert (await offer.orders.list(bob.ctx)).orders == ()
    for call in (
        offer.orders.get(bob.ctx, id=numbers[0]),
        offer.order_actions.cancel(bob.ctx, id=numbers[0]),
        offer.order_actions.reorder(bob.ctx, id=numbers[0], cart=None),
        offer.order_actions.request_return(bob.ctx, id=numbers[0], lines=[("x", Decimal(1))], reason=""),
    ):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(NotSignedIn):
        await offer.orders.list(visitor())


async def test_a_guest_finds_an_order_by_number_and_address(offer, buyer, visitor):
    shopper = await ready(buyer)
    number = (await shopper.place()).order.number
    found = await offer.orders.lookup(
        visitor("de"), fields={"number": f" {number.replace('-', ' ').lower()}", "email": "ADA@example.org "}
    )
    assert found.number == number
    assert found.status_text == "Zahlung ausstehend"
    wrong = [{"number": number, "email": "x@y.example"}, {"number": "BBBB-BBBB", "email": "ada@example.org"}, {}]
    said = set()
    for fields in wrong:
        with pytest.raises(NotFound) as none:
            await offer.orders.lookup(visitor(), fields=fields)
        said.add(str(none.value))
    assert len(said) == 1


async def test_an_order_under_way_is_none(offer, ann, desk, keep):
    shopper = await bought(offer, ann, method="card")
    assert isinstance(shopper.outcome, Action)
    assert (await offer.orders.list(ann.ctx)).orders == ()
    desk(shopper.outcome, "unclear")
    (pending,) = (await offer.orders.list(ann.ctx)).orders
    assert (pending.status, pending.status_text) == ("pending", "Your payment is being checked")
    with pytest.raises(Misconfigured):
        await keep(pending.number, "paid")
    with pytest.raises(NotAllowed):
        await offer.order_actions.cancel(ann.ctx, id=pending.id)
    desk(shopper.outcome, "approve", tell=False)
    assert (await offer.orders.get(ann.ctx, id=pending.id)).status == "paid"


async def test_from_paid_to_delivered(offer, ann, keep, mailbox):
    number = (await bought(offer, ann)).outcome.order.number
    assert await keep(number) == f"{number}: Waiting for payment"
    await keep(number, "paid")
    await keep(number.lower(), "shipped", carrier="Royal Post", tracking="RP123", url="https://post.example/RP123")
    order = await offer.orders.get(ann.ctx, id=number)
    (parcel,) = order.shipments
    assert (order.status, parcel.carrier, parcel.number) == ("shipped", "Royal Post", "RP123")
    assert parcel.lines == ((order.lines[0].line.id, Decimal(2)),)
    assert order.lines[0].fulfilled == 2
    await keep(number, "delivered")
    assert (await offer.orders.get(ann.ctx, id=number)).status_text == "Delivered"
    for state in ("paid", "shipped", "cancelled", "nonsense"):
        with pytest.raises(Misconfigured):
            await keep(number, state)
    with pytest.raises(Misconfigured):
        await keep("BBBB-BBBB", "paid")
    assert mailbox.kinds()[-3:] == ["order_placed", "order_paid", "order_shipped"]


async def test_files_come_with_the_money(offer, ann, keep, sql):
    (sku,) = sql("SELECT sku FROM variant WHERE product_n = (SELECT n FROM product WHERE id = 'month-print')")[0]
    order = (await bought(offer, ann, line(sku))).outcome.order
    assert order.lines[0].downloads == ()
    assert order.payment_name == "Bank transfer"
    assert order.payment_details == (
        ("Recipient", "Almanac"),
        ("IBAN", "GB33 BUKB 2020 1555 5555 55"),
        ("Reference", order.number),
        ("Amount", f"£{order.totals.due.amount}"),
    )
    await keep(order.number, "paid")
    (file,) = (await offer.orders.get(ann.ctx, id=order.id)).lines[0].downloads
    assert file[0] == "The print, for your screen"


async def test_ordered_again(offer, ann, sql):
    shopper = await bought(offer, ann, line("HMUG-IND-SMA", 2), line("TBOW-OCH-SMA"), gift())
    sql("DELETE FROM price WHERE variant_id = (SELECT id FROM variant WHERE sku = 'TBOW-OCH-SMA')")
    again = await offer.order_actions.reorder(ann.ctx, id=shopper.outcome.order.id, cart=None)
    assert [(each.key.sku, each.quantity) for each in again.cart.lines] == [("HMUG-IND-SMA", 2), ("GIFT-050", 1)]
    assert again.cart.lines[1].inputs[0].value == "to@you.example"
    assert codes(again) == ["not_sold_here"]
    more = await offer.order_actions.reorder(ann.ctx, id=shopper.outcome.order.id, cart=again.cart.ref)
    assert more.cart.ref.id == again.cart.ref.id
    assert more.cart.lines[0].quantity == 4


async def test_cancelling_gives_everything_back(offer, ann, stock, sql, desk, mailbox):
    before = stock("HMUG-IND-SMA")
    cart = (await offer.carts.add(ann.ctx, cart=None, lines=[line("HMUG-IND-SMA", 2), gift()])).cart
    shopper = Buyer(offer, ann.ctx, cart.ref)
    for code in ("WELCOME10", "GIFT-SMALL-2026-DEMO"):
        await offer.carts.apply_code(ann.ctx, cart=cart.ref, code=code)
    await shopper.fill()
    await shopper.pay("card")
    desk(await shopper.place(), "approve")
    number = (await shopper.cart()).order
    order = await offer.order_actions.cancel(ann.ctx, id=number)
    assert (order.status, order.status_text) == ("cancelled", "Cancelled")
    assert stock("HMUG-IND-SMA") == before
    assert sql("SELECT balance FROM gift_card WHERE initial = '5.00'") == [("5.00",)]
    assert sql("SELECT balance FROM gift_card WHERE order_number = ?", number) == [("0.00",)], "what it bought is void"
    assert sql("SELECT count(*) FROM promotion_use") == [(0,)]
    assert sql("SELECT state FROM provider_payment") == [("refunded",)]
    assert await offer.order_actions.cancel(ann.ctx, id=number) == order, "once more changes nothing"
    assert mailbox.kinds().count("order_cancelled") == 1
    assert (await shopper.cart()).reason == "ordered"


async def test_what_was_sent_or_spent_is_not_cancelled(offer, ann, keep, buyer, sql, mailbox, desk):
    sent = (await bought(offer, ann)).outcome.order.number
    await keep(sent, "paid")
    await keep(sent, "shipped")
    with pytest.raises(NotAllowed):
        await offer.order_actions.cancel(ann.ctx, id=sent)
    shopper = await bought(offer, ann, gift(), method="card")
    desk(shopper.outcome, "approve")
    friend = await buyer(line("HMUG-IND-SMA"))
    await friend.carts.apply_code(friend.ctx, cart=friend.ref, code=mailbox.newest("gift_card", "code"))
    await friend.fill()
    assert isinstance(await friend.place(), Ordered)
    with pytest.raises(NotAllowed):
        await offer.order_actions.cancel(ann.ctx, id=(await shopper.cart()).order)


async def test_sending_lines_back(offer, ann, keep, mailbox):
    order = (await bought(offer, ann, line("HMUG-IND-SMA", 2), gift())).outcome.order
    mug, card = (each.line.id for each in order.lines)
    ask = offer.order_actions.request_return
    with pytest.raises(NotAllowed):
        await ask(ann.ctx, id=order.id, lines=[(mug, Decimal(1))], reason="chipped")
    await keep(order.number, "paid")
    await keep(order.number, "shipped")
    asked = await ask(ann.ctx, id=order.id, lines=[(mug, Decimal(1))], reason="chipped")
    assert asked.status_text == "Return requested"
    for lines in (
        [],
        [(mug, Decimal(2))],
        [(mug, Decimal("0.5"))],
        [("x", Decimal(1))],
        [(card, Decimal(1))],
        [(mug, Decimal("NaN"))],
    ):
        with pytest.raises(InvalidInput):
            await ask(ann.ctx, id=order.id, lines=lines, reason="")
    assert mailbox.kinds()[-1] == "return_requested"
    assert (await keep(order.number, "returned")).endswith("Returned")


async def test_claiming_a_guests_order(offer, ann, buyer, mailbox, visitor):
    shopper = await ready(buyer)
    number = (await shopper.place()).order.number
    fields = {"number": number, "email": "ada@example.org"}
    assert (await offer.order_actions.claim(ann.ctx, fields=fields)).number == number
    assert (await offer.order_actions.claim(ann.ctx, fields=fields)).number == number
    assert [order.number for order in (await offer.orders.list(ann.ctx)).orders] == [number]
    bob = Person(visitor())
    await customer(offer, mailbox, bob, "bob@example.com")
    with pytest.raises(NotFound):
        await offer.order_actions.claim(bob.ctx, fields=fields)
    with pytest.raises(NotSignedIn):
        await offer.order_actions.claim(visitor(), fields=fields)


async def test_the_hosted_checkout(changed, visitor, buyer):
    settings = changed(checkout="hosted", site="https://pay.example")
    assert manifest.origins(settings) == manifest.frames(settings) == ("https://pay.example",)
    async with manifest.open(settings, None, list(MARKETS.values())) as offer:
        ctx, port = visitor("de"), offer.hosted_checkout
        assert offer.inline_checkout is None
        assert port.traits.origins == ("https://pay.example",)
        cart = (await offer.carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
        away = await port.handoff(ctx, cart=cart, return_to=BACK)
        token = away.url.removeprefix("https://pay.example/checkout/")
        assert await port.outcome(ctx, cart=cart) == Open()
        database = Database(settings)
        handed = await database.run(lambda c: hosted.handed(c, token))
        assert handed == hosted.Handed(cart.id, "de", "de-DE", None, BACK)
        assert await database.run(lambda c: hosted.handed(c, "guess")) is None
        database.close()
        with pytest.raises(NotFound):
            await port.handoff(ctx, cart=msgspec.structs.replace(cart, id="nobody"), return_to=BACK)
        assert await port.outcome(ctx, cart=msgspec.structs.replace(cart, id="nobody")) == Gone()


async def test_a_hosted_cart_that_cannot_be_had_stays_here(changed, visitor, sql):
    async with manifest.open(changed(checkout="hosted"), None, list(MARKETS.values())) as offer:
        ctx = visitor()
        cart = (await offer.carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA", 3)])).cart.ref
        sql("UPDATE variant SET stock = 1 WHERE sku = 'HMUG-IND-SMA'")
        problems = await offer.hosted_checkout.handoff(ctx, cart=cart, return_to=BACK)
        assert [(problem.code, problem.limit) for problem in problems] == [("quantity_reduced", 1)]


async def test_an_answer_that_is_lost(changed, visitor, sql):
    faults = FaultSettings(answer_lost={"inline_checkout.place": 1, "carts.add": 2})
    async with manifest.open(changed(faults=faults), None, list(MARKETS.values())) as offer:
        ctx = visitor()
        cart = (await offer.carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
        with pytest.raises(Unavailable):
            await offer.carts.add(ctx, cart=cart, lines=[line("HMUG-IND-SMA")])
        shopper = Buyer(offer, ctx, cart)
        there = await shopper.cart()
        assert isinstance(there, Cart)
        assert there.quantity == 2, "done, and not said"
        await shopper.fill()
        await shopper.pay()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await shopper.place(None)
        assert (await shopper.cart()).reason == "ordered"
        assert sql("SELECT count(*) FROM orders") == [(1,)]


@pytest.mark.parametrize("locale", ["de-DE", "ar-AE", "en-AE", "en-US"])
async def test_every_state_has_words(buyer, locale, keep, offer, visitor):
    market = next(id for id, market in MARKETS.items() if locale in market.locales)
    shopper = await buyer(market=market, locale=locale)
    await shopper.fill()
    await shopper.pay()
    order = (await shopper.place()).order
    seen = {order.status_text}
    for state in ("paid", "shipped", "delivered", "returned"):
        await keep(order.number, state)
        fields = {"number": order.number, "email": "ada@example.org"}
        seen.add((await offer.orders.lookup(visitor(market, locale), fields=fields)).status_text)
    assert len(seen) == 5
    assert order.payment_name
    assert order.shipping_name


async def test_a_new_catalogue_counts_its_stock_itself(offer, ann, settings, sql, stock):
    before = stock("HMUG-IND-SMA")
    number = (await bought(offer, ann)).outcome.order.number
    assert stock("HMUG-IND-SMA") == before - 2
    sql("UPDATE meta SET value = 'older' WHERE key = 'seed'")
    async with manifest.open(settings, None, list(MARKETS.values())) as anew:
        assert stock("HMUG-IND-SMA") == before
        assert (await anew.order_actions.cancel(ann.ctx, id=number)).status == "cancelled"
        assert stock("HMUG-IND-SMA") == before, "nothing comes back twice"
