"""Scenarios of orders after they are placed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.ports import BackendError, NotAllowed, NotFound, NotSignedIn, Order

from .people import customer, ordered
from .sample import Sample
from .scenarios import NOWHERE, WRONG_IDS, Scenarios, lines
from .shop import Shop


def looked_up(order: Order, email: str, shop: Shop) -> dict[str, str]:
    """The fields that a guest gives to see an order."""
    known = {
        "number": order.number,
        "email": email,
        "postcode": (order.shipping_address.postcode if order.shipping_address else None) or "",
        "last_name": "Byron",
        "id": order.id,
        "key": str(order.extensions.get("key", "")),
        "token": str(order.extensions.get("token", "")),
    }
    unknown = [name for name in shop.orders.traits.lookup if not known.get(name)]
    if unknown:
        pytest.skip(f"the kit cannot fill in {', '.join(unknown)} of the lookup")
    return {name: known[name] for name in shop.orders.traits.lookup}


class TestOrders(Scenarios):
    PORT = "orders"

    async def test_a_customers_order_is_listed(self, shop: Shop, sample: Sample) -> None:
        """`list` shows the customer's orders, the newest first, and `get` each of them."""
        port = shop.orders
        person = await customer(shop)
        _, first, _ = await ordered(shop, sample.line, ctx=person.ctx)
        _, second, _ = await ordered(shop, sample.second, ctx=person.ctx)
        page = await port.list(shop.again(person.ctx))
        assert [order.number for order in page.orders[:2]] == [second.number, first.number]
        found = await port.get(shop.again(person.ctx), id=first.id)
        assert (found.number, found.totals.total, found.currency) == (first.number, first.totals.total, first.currency)
        assert [(each.line.key.id, each.line.quantity) for each in found.lines] == [(sample.line.id, Decimal(1))]

    async def test_anothers_order_is_not_found(self, shop: Shop, sample: Sample) -> None:
        """Another customer's order raises `NotFound`, as one that there never was."""
        port = shop.orders
        ada, grace = await customer(shop), await customer(shop)
        if ada.customer.id == grace.customer.id:
            pytest.skip("there is one customer only")
        _, order, _ = await ordered(shop, sample.line, ctx=ada.ctx)
        with pytest.raises(NotFound):
            await port.get(shop.again(grace.ctx), id=order.id)
        assert order.number not in {each.number for each in (await port.list(shop.again(grace.ctx))).orders}

    async def test_an_unknown_order_is_not_found(self, shop: Shop) -> None:
        """`get` raises `NotFound` for an id that nobody has."""
        port = shop.orders
        person = await customer(shop)
        for id in WRONG_IDS:
            with pytest.raises(NotFound):
                await port.get(shop.again(person.ctx), id=id)

    async def test_a_guest_lists_nothing(self, shop: Shop) -> None:
        """A guest's list is `NotSignedIn`."""
        with pytest.raises(NotSignedIn):
            await shop.orders.list(shop.visitor())

    async def test_an_odd_cursor_is_no_fault(self, shop: Shop) -> None:
        """A cursor that was tampered with lists something or nothing, or is not found."""
        port = shop.orders
        person = await customer(shop)
        try:
            await port.list(shop.again(person.ctx), cursor="%%%")
        except BackendError as error:
            assert isinstance(error, NotFound)  # noqa: PT017

    async def test_a_guest_looks_an_order_up(self, shop: Shop, sample: Sample) -> None:
        """With all the fields of the trait a guest sees the order, from any browser."""
        port = shop.orders
        if not port.traits.lookup:
            pytest.skip("guests cannot look orders up")
        _, order, email = await ordered(shop, sample.line)
        found = await port.lookup(shop.visitor(), fields=looked_up(order, email, shop))
        assert (found.number, found.totals.total) == (order.number, order.totals.total)

    async def test_a_wrong_field_shows_nothing(self, shop: Shop, sample: Sample) -> None:
        """`lookup` raises `NotFound`, the same whichever field is wrong or missing."""
        port = shop.orders
        if not port.traits.lookup:
            with pytest.raises((NotFound, NotAllowed)):
                await port.lookup(shop.visitor(), fields={"number": NOWHERE, "email": "a@example.com"})
            return
        _, order, email = await ordered(shop, sample.line)
        right = looked_up(order, email, shop)
        told = set()
        for name in right:
            for wrong in ({**right, name: NOWHERE}, {key: value for key, value in right.items() if key != name}, {}):
                with pytest.raises(NotFound) as raised:
                    await port.lookup(shop.visitor(), fields=wrong)
                told.add((type(raised.value), raised.value.gone))
        assert len(told) == 1


class TestOrderActions(Scenarios):
    PORT = "order_actions"

    async def test_what_is_not_offered_is_not_allowed(self, shop: Shop) -> None:
        """Actions that `offered` does not name raise `NotAllowed`."""
        port, ctx = shop.order_actions, shop.visitor
        calls = {
            "reorder": lambda: port.reorder(ctx(), id=NOWHERE, cart=None),
            "return": lambda: port.request_return(ctx(), id=NOWHERE, lines=[(NOWHERE, Decimal(1))], reason="kit"),
            "cancel": lambda: port.cancel(ctx(), id=NOWHERE),
            "claim": lambda: port.claim(ctx(), fields={"number": NOWHERE}),
        }
        for action in calls.keys() - set(port.traits.offered):
            with pytest.raises(NotAllowed):
                await calls[action]()  # type: ignore[no-untyped-call]

    async def test_an_order_is_ordered_again(self, shop: Shop, sample: Sample) -> None:
        """`reorder` puts an order's lines into the cart, as far as they are still sold."""
        port = shop.order_actions
        if "reorder" not in port.traits.offered:
            pytest.skip("nothing is ordered again here")
        person = await customer(shop)
        _, order, _ = await ordered(shop, sample.line, ctx=person.ctx)
        result = await port.reorder(shop.again(person.ctx), id=order.id, cart=None)
        assert sample.line.id in {line.key.id for line in lines(result)} or result.problems

    async def test_an_order_is_cancelled(self, shop: Shop, sample: Sample) -> None:
        """`cancel` cancels what has not been sent, and saying it twice changes nothing more."""
        port = shop.order_actions
        if "cancel" not in port.traits.offered:
            pytest.skip("nothing is cancelled here")
        person = await customer(shop)
        _, order, _ = await ordered(shop, sample.line, ctx=person.ctx)
        for _ in range(2):
            assert (await port.cancel(shop.again(person.ctx), id=order.id)).status == "cancelled"

    async def test_anothers_order_is_not_touched(self, shop: Shop, sample: Sample) -> None:
        """Nobody cancels, sends back or orders again what another customer ordered: `NotFound` or `NotAllowed`."""
        port = shop.order_actions
        ada, grace = await customer(shop), await customer(shop)
        if ada.customer.id == grace.customer.id:
            pytest.skip("there is one customer only")
        _, order, _ = await ordered(shop, sample.line, ctx=ada.ctx)
        line = order.lines[0].line.id
        for call in (
            lambda: port.cancel(shop.again(grace.ctx), id=order.id),
            lambda: port.reorder(shop.again(grace.ctx), id=order.id, cart=None),
            lambda: port.request_return(shop.again(grace.ctx), id=order.id, lines=[(line, Decimal(1))], reason="kit"),
        ):
            with pytest.raises((NotFound, NotAllowed)):
                await call()

    async def test_a_guests_order_is_claimed(self, shop: Shop, sample: Sample) -> None:
        """`claim` takes a guest's order into the customer's account, where its fields are right."""
        port = shop.order_actions
        if "claim" not in port.traits.offered or not shop.orders.traits.lookup:
            pytest.skip("no order is claimed here")
        _, order, email = await ordered(shop, sample.line)
        person = await customer(shop)
        with pytest.raises((NotFound, NotAllowed)):
            await port.claim(shop.again(person.ctx), fields=dict.fromkeys(shop.orders.traits.lookup, NOWHERE))
        found = await port.claim(shop.again(person.ctx), fields=looked_up(order, email, shop))
        assert found.number == order.number
        assert order.number in {each.number for each in (await shop.orders.list(shop.again(person.ctx))).orders}
