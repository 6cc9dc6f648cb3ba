"""Carrying a cart: whatever the new backend takes, refuses or changes, nothing is lost without a line in the report."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bff.ports import (
    Cart,
    CartRef,
    InputValue,
    Line,
    Money,
    NoCart,
    Problem,
    Target,
    Totals,
    VariantKey,
)
from bff.web.carrying import Key, Thing, amounts, of_lines, of_seen, reported
from bff.web.control_carts import seen_lines

SKUS = st.sampled_from(["A", "B", "C", None])
INPUTS = st.sampled_from([(), (InputValue(id="name", value="Ann"),), (InputValue(id="name", value=" Ann "),)])
PLANS = st.sampled_from([None, "monthly"])


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    return tuple(
        Line(
            id=f"line-{n}",
            key=VariantKey(id=f"v{n}", sku=draw(SKUS)),
            title=f"Thing {n}",
            quantity=Decimal(draw(st.integers(1, 5))),
            inputs=draw(INPUTS),
            plan=draw(PLANS),
            unit=Money(Decimal(draw(st.integers(1, 3))), "GBP"),
            fixed=draw(st.booleans()) and draw(st.booleans()),
        )
        for n in range(draw(st.integers(0, 5)))
    )


def cart(found: tuple[Line, ...]) -> Cart:
    total = sum((line.quantity for line in found), Decimal(0))
    return Cart(ref=CartRef(id="c"), market="gb", currency="GBP", lines=found, quantity=total, totals=Totals())


@st.composite
def taken(draw: st.DrawFn, things: tuple[Thing, ...], before: tuple[Line, ...]) -> tuple[Line, ...]:
    """What a backend makes of them: all of it, less, or nothing; beside what was there."""
    made = []
    for n, thing in enumerate(thing for thing in things if thing.sku):
        came = draw(st.integers(0, int(thing.quantity)))
        if came:
            key = VariantKey(id=f"new{n}", sku=thing.sku)
            unit = Money(Decimal(draw(st.integers(1, 3))), "GBP")
            made.append(
                Line(
                    id=f"new-{n}",
                    key=key,
                    title=thing.title,
                    quantity=Decimal(came),
                    inputs=thing.inputs,
                    plan=thing.plan,
                    unit=unit,
                )
            )
    return (*before, *made)


@given(st.data())
def test_nothing_is_lost_without_a_line(data: st.DataObject) -> None:
    old, before = data.draw(lines()), data.draw(lines())
    things = of_lines(old) if data.draw(st.booleans()) else of_seen(seen_lines(old))
    after = data.draw(taken(things, before))
    said = [
        Problem(code="out_of_stock", severity="warning", target=Target(kind="variant", key=VariantKey(sku=sku)))
        for sku in data.draw(st.sets(st.sampled_from(["A", "B"])))
    ]
    report = reported(things, cart(before), cart(after) if after else NoCart(reason="empty"), said)
    had, have = amounts(of_lines(before)), amounts(of_lines(after))
    lost: Counter[str] = Counter()
    for key, wanted in amounts(things).items():
        if not key[0] or have.get(key, Decimal(0)) - had.get(key, Decimal(0)) < wanted:
            lost[key[0]] += 1
    lined: Counter[str] = Counter()
    for problem in report.problems:
        if problem.target.kind == "variant" and problem.target.key is not None:
            lined[problem.target.key.sku or ""] += 1
    assert all(lined[sku] >= count for sku, count in lost.items()), (lost, report)
    ours = [p for p in report.problems if p not in said and p.target.kind == "variant"]
    assert all(report.titles[problem.target.id or ""] for problem in ours), "each is called by its name"


@given(lines())
def test_gifts_are_left_and_quantities_are_kept(found: tuple[Line, ...]) -> None:
    def counted(key: Key) -> Decimal:
        return sum(
            (thing.quantity for thing in of_lines(found) if thing.key == key),
            Decimal(0),
        )

    assert all(counted(key) == amount for key, amount in amounts(of_lines(found)).items())
    assert amounts(of_lines(found)) == amounts(of_seen(seen_lines(found)))
    assert sum(amounts(of_lines(found)).values()) == sum(line.quantity for line in found if not line.fixed)


def test_a_price_that_changed_is_told_at_its_line() -> None:
    old = Line(id="1", key=VariantKey(sku="A"), title="A", quantity=Decimal(1), unit=Money(Decimal(1), "GBP"))
    new = Line(id="2", key=VariantKey(sku="A"), title="A", quantity=Decimal(1), unit=Money(Decimal(2), "GBP"))
    (told,) = reported(of_lines([old]), NoCart(reason="empty"), cart((new,)), ()).problems
    assert (told.code, told.target.id, told.before, told.after) == ("price_changed", "2", old.unit, new.unit)
    assert reported(of_lines([old]), NoCart(reason="empty"), cart((old,)), ()).problems == ()
