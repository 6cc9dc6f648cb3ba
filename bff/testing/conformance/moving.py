"""Scenarios of a cart that goes to another market."""

from __future__ import annotations

import pytest

from bff.ports import Cart, NoCart

from .sample import Sample
from .scenarios import Scenarios, codes, errors, quantity
from .shop import Shop


class TestMoving(Scenarios):
    PORT = "carts"

    async def test_a_cart_moves_to_another_market(self, shop: Shop, sample: Sample) -> None:
        """`move` prices the cart in the context's market; lines stay or are told, and no price changes silently."""
        other = shop.other_market()
        ctx, cart = await shop.cart(sample.line)
        there = shop.visitor(other, like=ctx)
        result = await shop.carts.move(there, cart=cart.ref, origin=shop.markets[0])
        if isinstance(result.cart, NoCart):
            assert errors(result.problems), "the cart went away and nothing was told"
            return
        assert (result.cart.market, result.cart.currency) == (shop.markets[other].id, shop.markets[other].currency)
        assert (result.cart.ref.id == cart.ref.id) or shop.carts.traits.move == "new_cart"
        assert quantity(result.cart, sample.line.id) == 1 or result.problems
        for line in result.cart.lines:
            assert line.total is None or line.total.currency == shop.markets[other].currency

    async def test_a_moved_cart_tells_its_prices(self, shop: Shop, sample: Sample) -> None:
        """A line whose price changed by moving is a problem `price_changed` with the price before and after."""
        other = shop.other_market()
        ctx, cart = await shop.cart(sample.line)
        result = await shop.carts.move(shop.visitor(other, like=ctx), cart=cart.ref, origin=shop.markets[0])
        if not isinstance(result.cart, Cart) or not quantity(result.cart, sample.line.id):
            pytest.skip("the sample's product is not sold in the other market")
        told = [problem for problem in result.problems if problem.code == "price_changed"]
        assert told, f"told was {codes(result)}"
        assert told[0].severity != "error"
        assert told[0].after is None or told[0].after.currency == shop.markets[other].currency
