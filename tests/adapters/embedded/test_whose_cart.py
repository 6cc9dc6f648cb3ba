"""A customer's cart answers that customer: its reference alone is worth nothing, whoever knew it before or kept it after."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import pytest

from adapters.embedded import manifest
from adapters.embedded.database import Database
from adapters.embedded.hosted import handed
from bff.ports import Action, Cart, Details, NoCart, NotFound, Open, Ordered, Ready
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.people import PASSWORD, Person, customer
from tests.adapters.embedded.shopping import ADDRESSES, BACK, Buyer, line

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mailbox")]
UNKNOWN = NoCart(reason="unknown")


@pytest.fixture
async def ann(offer, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    return person


@pytest.fixture
async def ben(offer, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person, "ben@example.com")
    return person


@pytest.fixture
async def hers(offer, ann, visitor) -> Buyer:
    """A guest's cart that signing in made Ann's; its checkout knows where she lives."""
    cart = (await offer.carts.add(visitor(), cart=None, lines=[line("HMUG-IND-SMA", 2)])).cart.ref
    adopted = (await offer.carts.adopt(ann.ctx, cart=cart)).cart
    assert adopted.ref.id == cart.id
    shopper = Buyer(offer, ann.ctx, cart)
    await shopper.fill()
    await shopper.pay("card")
    return shopper


async def others(kind, offer, ann, ben, visitor):
    """Somebody who knows the reference and is not Ann: a guest, another customer, or Ann's browser after she left it."""
    if kind == "another customer":
        return ben.ctx
    if kind == "signed out":
        await offer.sign_in.sign_out(ann.ctx)
        return ann.ctx
    return visitor()


async def back_in(offer, ann):
    """Ann with a token that counts, whatever became of hers."""
    data = {"email": "ann@example.com", "password": PASSWORD}
    ann.entered(await offer.sign_in.begin(ann.ctx, method="password", data=data, guest_cart=None))
    return ann.ctx


@pytest.mark.parametrize("kind", ["a guest", "another customer", "signed out"])
async def test_to_nobody_else_there_is_such_a_cart(offer, ann, ben, hers, visitor, kind):
    ctx, cart, carts = await others(kind, offer, ann, ben, visitor), hers.ref, offer.carts
    assert await carts.get(ctx, cart=cart) == UNKNOWN
    (held,) = (await carts.get(await back_in(offer, ann), cart=cart)).lines
    ctx = visitor() if kind == "signed out" else ctx
    for write in (
        carts.change(ctx, cart=cart, quantities=[(held.id, Decimal(0))]),
        carts.apply_code(ctx, cart=cart, code="WELCOME10"),
        carts.drop_code(ctx, cart=cart, id="x"),
        carts.annotate(ctx, cart=cart, note="mine"),
        carts.move(ctx, cart=cart, origin=MARKETS["de"]),
    ):
        result = await write
        assert (result.cart, result.problems) == (UNKNOWN, ())
    assert (await carts.adopt(ctx, cart=cart)).cart == UNKNOWN
    added = (await carts.add(ctx, cart=cart, lines=[line("TBOW-OCH-SMA")])).cart
    assert added.ref.id != cart.id
    assert [each.key.sku for each in added.lines] == ["TBOW-OCH-SMA"]
    kept = await carts.get(ann.ctx, cart=cart)
    assert (kept.lines[0].quantity, kept.note, kept.codes, kept.market) == (2, None, (), "gb")


@pytest.mark.parametrize("kind", ["a guest", "another customer", "signed out"])
async def test_nobody_else_sees_or_changes_its_checkout(offer, ann, ben, hers, visitor, kind, sql):
    ctx, cart, port = await others(kind, offer, ann, ben, visitor), hers.ref, offer.inline_checkout
    for call in (
        port.state(ctx, cart=cart),
        port.set_details(ctx, cart=cart, details=Details(shipping_address=ADDRESSES["de"])),
        port.shipping_options(ctx, cart=cart),
        port.choose_shipping(ctx, cart=cart, choices={}),
        port.payment_methods(ctx, cart=cart),
        port.choose_payment(ctx, cart=cart, method="bank_transfer", return_to=BACK),
        port.place(ctx, cart=cart, expected=None, return_to=BACK),
    ):
        with pytest.raises(NotFound) as none:
            await call
        assert not none.value.gone, "as for a cart that never was"
    assert sql("SELECT count(*) FROM orders") == [(0,)]
    state = await port.state(await back_in(offer, ann), cart=cart)
    assert (state.shipping_address.city, state.payment) == ("Bath", "card")


async def test_a_payment_that_is_open_is_given_up_by_nobody_else(offer, ann, hers, visitor, desk):
    out = await hers.place()
    assert isinstance(out, Action)
    guest = visitor()
    await offer.carts.get(guest, cart=hers.ref)
    await offer.carts.add(guest, cart=hers.ref, lines=[line("TBOW-OCH-SMA")])
    await offer.carts.annotate(guest, cart=hers.ref, note="x")
    assert await hers.place() == out, "still the same payment"
    came = await offer.inline_checkout.resume(guest, cart=hers.ref, params=desk(out, "approve"))
    assert isinstance(came, Ordered), "the return may come in another browser, without a session"
    assert await offer.carts.get(guest, cart=hers.ref) == UNKNOWN, "not even that it was ordered"
    assert (await offer.carts.get(ann.ctx, cart=hers.ref)).reason == "ordered"


async def test_a_cart_that_was_merged_leads_nobody_else_to_the_other(offer, ann, hers, visitor):
    guest = (await offer.carts.add(visitor(), cart=None, lines=[line("TBOW-OCH-SMA")])).cart.ref
    assert isinstance(await offer.carts.get(visitor(), cart=guest), Cart)
    joined = (await offer.carts.adopt(ann.ctx, cart=guest)).cart
    assert (joined.ref.id, len(joined.lines)) == (hers.ref.id, 2)
    assert await offer.carts.get(visitor(), cart=guest) == UNKNOWN
    with pytest.raises(NotFound):
        await offer.inline_checkout.state(visitor(), cart=guest)
    assert isinstance(await offer.carts.get(ann.ctx, cart=guest), Cart), "her own tabs find it"


async def test_adopting_anothers_cart_gives_ones_own(offer, ann, ben, hers):
    own = (await offer.carts.add(ben.ctx, cart=None, lines=[line("TBOW-OCH-SMA")])).cart.ref
    assert (await offer.carts.adopt(ben.ctx, cart=hers.ref)).cart.ref.id == own.id
    assert (await offer.carts.get(ann.ctx, cart=hers.ref)).quantity == 2


async def test_ordering_again_fills_no_cart_of_anothers(offer, ann, ben, hers):
    bought = Buyer(offer, ben.ctx, (await offer.carts.add(ben.ctx, cart=None, lines=[line("TBOW-OCH-SMA")])).cart.ref)
    await bought.fill()
    await bought.pay()
    order = (await bought.place()).order
    again = (await offer.order_actions.reorder(ben.ctx, id=order.id, cart=hers.ref)).cart
    assert again.ref.id != hers.ref.id


async def test_working_on_a_cart_keeps_its_customer_signed_in(offer, ann, hers, later):
    for _ in range(3):
        later(days=20)
        assert (await offer.carts.add(ann.ctx, cart=hers.ref, lines=[line("HMUG-IND-SMA")])).cart.ref.id == hers.ref.id


async def test_nobody_else_is_handed_over_with_it(changed, mailbox, visitor):
    async with manifest.open(
        changed(checkout="hosted", site="https://pay.example"), None, [*MARKETS.values()]
    ) as offer:
        ann = Person(visitor())
        await customer(offer, mailbox, ann)
        cart = (await offer.carts.add(ann.ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
        with pytest.raises(NotFound):
            await offer.hosted_checkout.handoff(visitor(), cart=cart, return_to=BACK)
        assert (await offer.hosted_checkout.handoff(ann.ctx, cart=cart, return_to=BACK)).url
        assert await offer.hosted_checkout.outcome(visitor(), cart=cart) == Open()


@pytest.mark.parametrize("own", [False, True], ids=["hers alone", "she has one"])
async def test_an_address_made_before_the_sign_in_leads_nobody_into_her_checkout(changed, mailbox, visitor, own):
    settings = changed(checkout="hosted", site="https://pay.example")
    async with manifest.open(settings, None, [*MARKETS.values()]) as offer:
        ann = Person(visitor())
        await customer(offer, mailbox, ann)
        if own:
            await offer.carts.add(ann.ctx, cart=None, lines=[line("TBOW-OCH-SMA")])
        guest = visitor()
        cart = (await offer.carts.add(guest, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
        with closing(Database(settings, [*MARKETS.values()])) as database:

            async def leads(ctx, cart):
                out = await offer.hosted_checkout.handoff(ctx, cart=cart, return_to=BACK)
                token = out.url.rpartition("/")[2]
                return token, await database.run(lambda c: handed(c, token))

            before, found = await leads(guest, cart)
            assert found.cart == cart.id
            adopted = (await offer.carts.adopt(ann.ctx, cart=cart)).cart
            assert await database.run(lambda c: handed(c, before)) is None
            _, found = await leads(ann.ctx, adopted.ref)
            assert (found.cart, found.customer is None) == (adopted.ref.id, False)


async def test_an_order_that_was_never_made_is_looked_for_in_vain(buyer):
    shopper = await buyer()
    await shopper.fill()
    await shopper.pay()
    assert isinstance(await shopper.resume(), Ready)
