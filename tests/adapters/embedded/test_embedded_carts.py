"""Carts: what goes in, what it costs, what is told, and that nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec
import pytest

from adapters.embedded import manifest
from adapters.embedded.settings import FaultSettings, PriceChange
from bff.ports import (
    Cart,
    CartRef,
    Carts,
    InputValue,
    InvalidInput,
    LineInput,
    NoCart,
    Offer,
    VariantKey,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def carts(offer: Offer) -> Carts:
    assert offer.carts is not None
    return offer.carts


def line(sku: str, quantity: int | str = 1, **more) -> LineInput:
    return LineInput(variant=VariantKey(sku=sku), quantity=Decimal(quantity), **more)


def codes(result) -> list[str]:
    return [problem.code for problem in result.problems]


async def test_a_cart_from_first_line_to_last(carts, visitor):
    ctx = visitor()
    result = await carts.add(ctx, cart=None, lines=[line("HMUG-IND-LAR", 3)])
    assert isinstance(result.cart, Cart)
    assert result.problems == ()
    assert result.cart.totals.total.amount == Decimal("66.00")
    again = await carts.get(ctx, cart=result.cart.ref)
    assert again.lines == result.cart.lines
    assert "token" not in repr(again.ref)
    assert again.ref.id not in repr(again)
    gone = await carts.change(ctx, cart=again.ref, quantities=[(again.lines[0].id, Decimal(0))])
    assert gone.cart == NoCart(reason="empty")
    assert await carts.get(ctx, cart=again.ref) == NoCart(reason="unknown")


async def test_equal_additions_merge_and_others_do_not(carts, visitor):
    ctx = visitor()
    engraved = line("HMUG-IND-LAR", 1, inputs=(InputValue(id="initials", value="AB"),))
    first = await carts.add(ctx, cart=None, lines=[line("HMUG-IND-LAR"), engraved])
    second = await carts.add(ctx, cart=first.cart.ref, lines=[engraved, line("HMUG-IND-LAR", 2)])
    assert [(each.quantity, len(each.inputs)) for each in second.cart.lines] == [(3, 0), (2, 1)]
    assert second.cart.quantity == 5
    plain, lettered = second.cart.lines
    assert plain.unit.amount == Decimal("19.80"), "five of the variant: the tier counts over both lines"
    assert lettered.unit.amount == Decimal("23.80")
    assert lettered.total.amount == Decimal("47.60")
    assert second.cart.totals.total.amount == Decimal("107.00")
    assert "price_changed" not in codes(second)


async def test_stock_and_rules_are_told(carts, visitor):
    ctx = visitor()
    result = await carts.add(
        ctx,
        cart=None,
        lines=[line("HMUG-TEA-LAR", 5), line("HMUG-CHA-LAR"), line("nothing"), line("HMUG-IND-LAR", "1.5")],
    )
    assert sorted(codes(result)) == ["not_sold_here", "out_of_stock", "quantity_reduced", "quantity_rule"]
    reduced = next(problem for problem in result.problems if problem.code == "quantity_reduced")
    assert reduced.limit == 3
    assert [each.quantity for each in result.cart.lines] == [3]
    more = await carts.add(ctx, cart=result.cart.ref, lines=[line("HMUG-TEA-LAR")])
    assert codes(more) == ["quantity_reduced"]
    assert [each.quantity for each in more.cart.lines] == [3]


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1E+99999", "0.5"])
async def test_absurd_quantities_do_no_harm(carts, visitor, quantity):
    result = await carts.add(visitor(), cart=None, lines=[line("HMUG-IND-LAR", quantity)])
    assert set(codes(result)) <= {"quantity_rule", "quantity_reduced"}
    assert result.problems
    if isinstance(result.cart, Cart):
        assert result.cart.quantity == 46
        set_to = await carts.change(
            visitor(), cart=result.cart.ref, quantities=[(result.cart.lines[0].id, Decimal("-3"))]
        )
        assert codes(set_to) == ["quantity_rule"]


async def test_inputs_and_plans_are_checked(carts, visitor):
    ctx = visitor()
    long = line("HMUG-IND-LAR", 1, inputs=(InputValue(id="initials", value="ABCD"),))
    result = await carts.add(ctx, cart=None, lines=[long, line("HMUG-IND-LAR", 1, plan="weekly")])
    assert codes(result) == ["input_invalid", "input_invalid"]
    assert [problem.target.id for problem in result.problems] == ["initials", "plan"]
    assert result.cart == NoCart(reason="empty")
    plan = await carts.add(ctx, cart=None, lines=[line("YCOF-250-FIL"), line("YCOF-250-FIL", 1, plan="monthly")])
    once, monthly = plan.cart.lines
    assert monthly.plan == "monthly"
    assert monthly.unit.amount == (once.unit.amount * Decimal("0.9")).quantize(Decimal("0.01"))


async def test_moving_to_another_market_tells_every_price(carts, visitor):
    first = await carts.add(visitor("gb"), cart=None, lines=[line("HMUG-IND-LAR", 2), line("TBOW-OCH-SMA")])
    gb = visitor("gb").public.market
    moved = await carts.move(visitor("de"), cart=first.cart.ref, origin=gb)
    assert (moved.cart.market, moved.cart.currency) == ("de", "EUR")
    assert set(codes(moved)) == {"price_changed"}
    assert len(moved.problems) == len(moved.cart.lines)
    assert {(p.before.currency, p.after.currency) for p in moved.problems} == {("GBP", "EUR")}
    assert (await carts.get(visitor("gb"), cart=moved.cart.ref)).currency == "EUR", "priced where it stands"


async def test_twenty_at_once_lose_and_double_nothing(carts, visitor):
    ctx = visitor()
    cart = (await carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
    await asyncio.gather(*(carts.add(ctx, cart=cart, lines=[line("HMUG-IND-SMA")]) for _ in range(20)))
    final = await carts.get(ctx, cart=cart)
    assert [each.quantity for each in final.lines] == [21]
    assert final.ref.version == "22"


async def test_notes_attributes_and_codes(carts, visitor):
    ctx = visitor()
    cart = (await carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA")])).cart.ref
    await carts.annotate(ctx, cart=cart, note=" ring twice ", attributes={"a": "1"})
    noted = (await carts.annotate(ctx, cart=cart, attributes={"b": "2"})).cart
    assert (noted.note, dict(noted.attributes)) == ("ring twice", {"a": "1", "b": "2"})
    assert codes(await carts.apply_code(ctx, cart=cart, code="SAVE10")) == ["code_invalid"]
    with pytest.raises(InvalidInput):
        await carts.annotate(ctx, cart=cart, note="x" * 5000)
    assert (await carts.adopt(ctx, cart=cart)).cart.lines == noted.lines


async def test_carts_that_are_not_there(carts, visitor):
    ctx, nobody = visitor(), CartRef(id="nobody")
    assert await carts.get(ctx, cart=nobody) == NoCart(reason="unknown")
    assert (await carts.change(ctx, cart=nobody, quantities=[("x", Decimal(1))])).cart == NoCart(reason="unknown")
    made = await carts.add(ctx, cart=nobody, lines=[line("HMUG-IND-SMA")])
    assert made.cart.ref.id != "nobody", "a reference from outside never names a new cart"
    wrong = await carts.change(ctx, cart=made.cart.ref, quantities=[("x", Decimal(1))])
    assert codes(wrong) == ["line_unavailable"]


async def test_a_variant_that_vanished_is_told_and_taken_out(settings, carts, visitor):
    import sqlite3

    ctx = visitor()
    cart = (await carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA"), line("TBOW-OCH-SMA")])).cart.ref
    connection = sqlite3.connect(settings.database)
    connection.execute("DELETE FROM variant WHERE id = 'HMUG-IND-SMA'")
    connection.commit()
    connection.close()
    shown = await carts.get(ctx, cart=cart)
    assert next((each.title, each.unit is None) for each in shown.lines) == ("Harbour mug", True)
    told = await carts.annotate(ctx, cart=cart, note="x")
    assert [(problem.code, problem.text) for problem in told.problems] == [("line_unavailable", "Harbour mug")]
    assert [each.key.sku for each in told.cart.lines] == ["TBOW-OCH-SMA"]


async def test_gift_cards_are_not_shipped(carts, visitor):
    ctx = visitor()
    gift = LineInput(variant=VariantKey(sku="GIFT-050"), inputs=(InputValue(id="recipient", value="a@b.example"),))
    result = await carts.add(ctx, cart=None, lines=[gift])
    assert codes(result) == []
    assert result.cart.free_shipping is None
    both = await carts.add(ctx, cart=result.cart.ref, lines=[line("HMUG-IND-SMA")])
    assert both.cart.free_shipping is not None


async def test_sold_out_and_dearer_between(settings, visitor):
    faults = FaultSettings(
        sold_out_between=("HMUG-IND-SMA",), price_change={"TBOW-OCH-SMA": PriceChange(percent=Decimal(10), after=3)}
    )
    markets = [visitor(market).public.market for market in ("gb", "de")]
    async with manifest.open(msgspec.structs.replace(settings, faults=faults), None, markets) as offer:
        ctx, carts = visitor(), offer.carts
        added = await carts.add(ctx, cart=None, lines=[line("HMUG-IND-SMA"), line("TBOW-OCH-SMA")])
        assert codes(added) == []
        mug, bowl = (await carts.get(ctx, cart=added.cart.ref)).lines
        assert mug.availability.state == "sold_out"
        before = added.cart.lines[1].unit.amount
        assert bowl.unit.amount == (before * Decimal("1.1")).quantize(Decimal("0.01"))
        told = await carts.annotate(ctx, cart=added.cart.ref, note="x")
        assert sorted(codes(told)) == ["out_of_stock", "price_changed"]
