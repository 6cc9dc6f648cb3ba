"""Scenarios from cart to order, on the head's pages and on the backend's own."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from bff.ports import (
    BackendError,
    Cart,
    CartRef,
    Contact,
    Details,
    Gone,
    Handoff,
    InvalidInput,
    Money,
    NoCart,
    NotFound,
    Open,
    Ordered,
    Pending,
    Refused,
)

from .people import BACK, detailed, ordered, payable, place, prepared, shipped
from .sample import Sample
from .scenarios import NOWHERE, WRONG_IDS, Scenarios
from .shop import Shop

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class TestInlineCheckout(Scenarios):
    PORT = "inline_checkout"

    async def test_the_checkout_says_what_is_missing(self, shop: Shop, sample: Sample) -> None:
        """A new checkout's `missing` names contact, shipping and payment, and the countries shipped to hold the market's."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        state = await checkout.state(shop.again(ctx), cart=cart.ref)
        assert {"contact", "shipping_address"} <= {need.kind for need in state.missing}
        assert shop.markets[0].country in state.countries
        assert [line.key.id for line in state.cart.lines] == [sample.line.id]

    async def test_what_is_given_is_missing_no_more(self, shop: Shop, sample: Sample) -> None:
        """Contact and address, once given, are shown in the state and leave `missing`."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        email = shop.email()
        await detailed(shop, ctx, cart.ref, email)
        state = await checkout.state(shop.again(ctx), cart=cart.ref)
        assert not {"contact", "shipping_address", "billing_address"} & {n.kind for n in state.missing if n.required}
        assert state.contact is not None
        assert state.contact.email == email
        wanted = shop.subject.address(shop.markets[0].country)
        assert state.shipping_address is not None
        assert (state.shipping_address.line1, state.shipping_address.postcode) == (wanted.line1, wanted.postcode)
        assert state.shipping_address.country == wanted.country

    async def test_none_leaves_a_part_as_it_is(self, shop: Shop, sample: Sample) -> None:
        """`set_details` with None for a part leaves that part as it is."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        await detailed(shop, ctx, cart.ref, shop.email())
        other = shop.email()
        details = Details(contact=Contact(email=other))
        state = await checkout.set_details(shop.again(ctx), cart=cart.ref, details=details)
        assert state.contact is not None
        assert state.contact.email == other
        assert state.shipping_address is not None
        assert state.shipping_address.city == shop.subject.address(shop.markets[0].country).city

    async def test_a_mail_address_that_is_none_is_refused(self, shop: Shop, sample: Sample) -> None:
        """What is no mail address raises `InvalidInput` naming a field, and nothing is kept."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        with pytest.raises(InvalidInput) as raised:
            await checkout.set_details(
                shop.again(ctx), cart=cart.ref, details=Details(contact=Contact(email="not an address"))
            )
        assert raised.value.fields
        assert (await checkout.state(shop.again(ctx), cart=cart.ref)).contact is None

    async def test_every_line_travels_in_a_group(self, shop: Shop, sample: Sample) -> None:
        """Each line stands in one group of delivery; a group's options have an id, a name, and a price in the cart's
        currency or None."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line, sample.second)
        await detailed(shop, ctx, cart.ref, shop.email())
        groups = await checkout.shipping_options(shop.again(ctx), cart=cart.ref)
        grouped = [line for group in groups for line in group.lines]
        assert sorted(grouped) == sorted(line.id for line in cart.lines)
        for option in (option for group in groups for option in group.options):
            assert option.id
            assert option.name
            assert option.price is None or option.price.currency == cart.currency
        assert all(group.options for group in groups)

    async def test_a_delivery_is_chosen(self, shop: Shop, sample: Sample) -> None:
        """A chosen delivery is shown as chosen, its price stands in the totals, and `missing` asks for it no more."""
        ctx, cart = await shop.cart(sample.line)
        await detailed(shop, ctx, cart.ref, shop.email())
        state = await shipped(shop, ctx, cart.ref)
        assert "shipping" not in {need.kind for need in state.missing}
        prices = [o.price.amount for g in state.shipping for o in g.options if o.id == g.chosen and o.price is not None]
        assert all(group.chosen for group in state.shipping)
        assert state.cart.totals.shipping is not None
        if len(prices) == len(state.shipping):
            assert state.cart.totals.shipping.amount == sum(prices, Decimal(0))

    async def test_a_delivery_that_is_not_offered_is_refused(self, shop: Shop, sample: Sample) -> None:
        """Choosing a delivery that is not offered raises `InvalidInput` or is a problem; nothing is chosen by it."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        await detailed(shop, ctx, cart.ref, shop.email())
        groups = await checkout.shipping_options(shop.again(ctx), cart=cart.ref)
        try:
            state = await checkout.choose_shipping(shop.again(ctx), cart=cart.ref, choices={groups[0].id: NOWHERE})
        except InvalidInput as error:
            refused = bool(error.fields)
        else:
            refused = bool(state.problems)
        assert refused
        state = await checkout.state(shop.again(ctx), cart=cart.ref)
        assert all(group.chosen != NOWHERE for group in state.shipping)

    async def test_ways_to_pay_can_be_gone(self, shop: Shop, sample: Sample) -> None:
        """Ways to pay have an id and a name; one that is not offered is refused as a value or with `InvalidInput`."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        await detailed(shop, ctx, cart.ref, shop.email())
        await shipped(shop, ctx, cart.ref)
        methods = await checkout.payment_methods(shop.again(ctx), cart=cart.ref)
        assert methods
        assert len({method.id for method in methods}) == len(methods)
        assert all(method.name for method in methods)
        try:
            outcome = await checkout.choose_payment(shop.again(ctx), cart=cart.ref, method=NOWHERE, return_to=BACK)
        except InvalidInput:
            return
        assert isinstance(outcome, Refused), outcome

    async def test_an_order_is_placed(self, shop: Shop, sample: Sample) -> None:
        """`place` makes the order that was shown: number, lines, total, currency and the address; the cart is ordered."""
        ctx, ref, email = await prepared(shop, sample.line)
        state = await shop.inline_checkout.state(shop.again(ctx), cart=ref)
        outcome = await place(shop, ctx, ref)
        assert isinstance(outcome, Ordered), outcome
        if outcome.order is not None:
            order = outcome.order
            assert order.id
            assert order.number
            assert [(each.line.key.id, each.line.quantity) for each in order.lines] == [(sample.line.id, Decimal(1))]
            assert order.totals.total == state.cart.totals.total
            assert (order.currency, order.email) == (state.cart.currency, email)
            assert order.placed.tzinfo is not None, "a moment without a time zone is no moment"
        after = await shop.carts.get(shop.again(ctx), cart=ref)
        assert isinstance(after, NoCart), "the cart is still a cart after it was ordered"
        assert after.reason == "ordered", "whose it was is not told so, and is shown no order (see `Carts`)"

    async def test_placing_twice_is_one_order(self, shop: Shop, sample: Sample) -> None:
        """`place` makes the order once, however often it is called: again, it answers the same order."""
        ctx, ref, _ = await prepared(shop, sample.line)
        first = await place(shop, ctx, ref)
        again = await shop.inline_checkout.place(shop.again(ctx), cart=ref, expected=None, return_to=BACK)
        assert isinstance(first, Ordered)
        assert isinstance(again, Ordered | Pending), again
        if first.order is not None and again.order is not None:
            assert (again.order.id, again.order.number) == (first.order.id, first.order.number)

    async def test_placing_at_once_is_one_order(self, shop: Shop, sample: Sample) -> None:
        """Two calls of `place` at the same moment make one order; the other answers it, waits, or conflicts."""
        if shop.mode != "live":
            pytest.skip("two requests at once have no order in a cassette")
        ctx, ref, _ = await prepared(shop, sample.line)
        total = (await shop.inline_checkout.state(shop.again(ctx), cart=ref)).cart.totals.total
        both = await asyncio.gather(
            *(shop.inline_checkout.place(shop.again(ctx), cart=ref, expected=total, return_to=BACK) for _ in range(2)),
            return_exceptions=True,
        )
        wrong = [each for each in both if isinstance(each, BaseException) and not isinstance(each, BackendError)]
        assert not wrong, wrong
        made = {each.order.id for each in both if isinstance(each, Ordered) and each.order is not None}
        assert len(made) <= 1
        assert any(isinstance(each, Ordered | Pending) for each in both), both

    async def test_another_total_than_was_shown_is_refused(self, shop: Shop, sample: Sample) -> None:
        """`place` with another total than the cart's is `Refused` with `price_changed`; the cart stays a cart."""
        ctx, ref, _ = await prepared(shop, sample.line)
        wrong = Money(Decimal("0.01"), ctx.public.currency)
        outcome = await shop.inline_checkout.place(shop.again(ctx), cart=ref, expected=wrong, return_to=BACK)
        assert isinstance(outcome, Refused), outcome
        assert "price_changed" in {problem.code for problem in outcome.problems}
        assert isinstance(await shop.carts.get(shop.again(ctx), cart=ref), Cart)

    async def test_an_unfinished_checkout_is_not_placed(self, shop: Shop, sample: Sample) -> None:
        """`place` while something is missing is `Refused` or raises `InvalidInput`; the cart stays a cart."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        try:
            outcome = await checkout.place(shop.again(ctx), cart=cart.ref, expected=None, return_to=BACK)
        except InvalidInput:
            pass
        else:
            assert isinstance(outcome, Refused), outcome
        assert isinstance(await shop.carts.get(shop.again(ctx), cart=cart.ref), Cart)

    async def test_a_cart_that_is_no_more_has_no_checkout(self, shop: Shop) -> None:
        """`state` raises `NotFound` where the cart is no more, whatever stands in the reference."""
        for id in WRONG_IDS:
            with pytest.raises(NotFound):
                await shop.inline_checkout.state(shop.visitor(), cart=CartRef(id=id))

    async def test_coming_back_with_nonsense_orders_nothing(self, shop: Shop, sample: Sample) -> None:
        """`resume` trusts nothing that stands in the address: nonsense is refused, asked again or a `BackendError`, and
        never makes an order."""
        checkout = shop.inline_checkout
        ctx, cart = await shop.cart(sample.line)
        for params in ({}, {"state": NOWHERE, "status": "success", "payment": "paid"}):
            try:
                outcome = await checkout.resume(shop.again(ctx), cart=cart.ref, params=params)
            except BackendError:
                continue
            assert not isinstance(outcome, Ordered), params
        assert isinstance(await shop.carts.get(shop.again(ctx), cart=cart.ref), Cart)

    async def test_sold_goods_leave_the_stock(self, shop: Shop, sample: Sample) -> None:
        """What was ordered is no longer in stock, where the stock is told."""
        (before,) = await shop.catalog.availability(shop.public(), keys=[sample.line])
        if before is None or before.quantity is None:
            pytest.skip("stock is told as words only")
        await ordered(shop, sample.line)
        (after,) = await shop.catalog.availability(shop.public(), keys=[sample.line])
        assert after is not None
        assert after.quantity == before.quantity - 1

    async def test_paying_is_offered_in_the_market(self, shop: Shop, sample: Sample) -> None:
        """A fee for a way to pay is in the cart's currency."""
        ctx, cart = await shop.cart(sample.line)
        await detailed(shop, ctx, cart.ref, shop.email())
        await shipped(shop, ctx, cart.ref)
        await payable(shop, ctx, cart.ref)
        for method in await shop.inline_checkout.payment_methods(shop.again(ctx), cart=cart.ref):
            assert method.fee is None or method.fee.currency == cart.currency


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class TestHostedCheckout(Scenarios):
    PORT = "hosted_checkout"

    async def test_the_shopper_is_sent_to_a_declared_origin(self, shop: Shop, sample: Sample) -> None:
        """`handoff` answers an address made for this click, on one of the declared origins, which are https or loopback."""
        checkout = shop.hosted_checkout
        ctx, cart = await shop.cart(sample.line)
        answer = await checkout.handoff(shop.again(ctx), cart=cart.ref, return_to=BACK)
        assert isinstance(answer, Handoff), answer
        assert _origin(answer.url) in checkout.traits.origins
        for origin in checkout.traits.origins:
            parts = urlsplit(origin)
            assert parts.scheme == "https" or parts.hostname in LOOPBACK, origin
            assert origin == _origin(origin), "an origin has no path"

    async def test_asking_changes_nothing(self, shop: Shop, sample: Sample) -> None:
        """Handing over leaves the cart as it is, and its outcome `Open`."""
        checkout = shop.hosted_checkout
        ctx, cart = await shop.cart(sample.line)
        for _ in range(2):
            assert isinstance(await checkout.handoff(shop.again(ctx), cart=cart.ref, return_to=BACK), Handoff)
        assert isinstance(await checkout.outcome(shop.again(ctx), cart=cart.ref), Open)
        now = await shop.read(ctx, cart.ref)
        assert [(line.id, line.quantity) for line in now.lines] == [(line.id, line.quantity) for line in cart.lines]

    async def test_an_unknown_cart_is_not_handed_over(self, shop: Shop) -> None:
        """A cart that is no more cannot be handed over: problems or `NotFound`; its outcome is `Gone`."""
        checkout = shop.hosted_checkout
        try:
            answer = await checkout.handoff(shop.visitor(), cart=CartRef(id=NOWHERE), return_to=BACK)
        except NotFound:
            pass
        else:
            assert isinstance(answer, tuple)
            assert answer
        assert isinstance(await checkout.outcome(shop.visitor(), cart=CartRef(id=NOWHERE)), Gone)

    async def test_an_order_is_placed_there(self, shop: Shop, sample: Sample) -> None:
        """After the shopper has ordered on the backend's pages, `outcome` is `Ordered`, with the order where the trait
        says that they come back with it."""
        checkout = shop.hosted_checkout
        if shop.subject.buy is None:
            pytest.skip("Subject.buy does not walk through the backend's own pages")
        ctx, cart = await shop.cart(sample.line)
        answer = await checkout.handoff(shop.again(ctx), cart=cart.ref, return_to=BACK)
        assert isinstance(answer, Handoff), answer
        await shop.subject.buy(answer, shop.again(ctx), cart.ref)
        outcome = await checkout.outcome(shop.again(ctx), cart=cart.ref)
        assert isinstance(outcome, Ordered), outcome
        assert outcome.order is not None or checkout.traits.returns != "with_order"
