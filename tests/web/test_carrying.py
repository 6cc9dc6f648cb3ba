"""Carrying a cart: whatever the new backend takes, refuses or changes, nothing is lost without a line in the report."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bff.ports import InputValue, Line, Money, Problem, Target, VariantKey
from bff.web.carry_report import Key, Report, amounts, joined, key, own, reported
from bff.web.control_carts import SeenLine, seen_lines

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


@st.composite
def taken(draw: st.DrawFn, things: tuple[SeenLine, ...], before: tuple[Line, ...]) -> tuple[Line, ...]:
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
                    inputs=tuple(InputValue(id=id, value=value) for id, value in thing.inputs),
                    plan=thing.plan,
                    unit=unit,
                )
            )
    return (*before, *made)


@given(st.data())
def test_nothing_is_lost_without_a_line(data: st.DataObject) -> None:
    old, before = data.draw(lines()), data.draw(lines())
    things = own(seen_lines(old))
    after = data.draw(taken(things, before))
    said = [
        Problem(code="out_of_stock", severity="warning", target=Target(kind="variant", key=VariantKey(sku=sku)))
        for sku in data.draw(st.sets(st.sampled_from(["A", "B"])))
    ]
    report = reported(things, seen_lines(before), seen_lines(after), said)
    had, have = amounts(own(seen_lines(before))), amounts(own(seen_lines(after)))
    lost: Counter[str] = Counter()
    for what, wanted in amounts(things).items():
        nameless = what[0].startswith("\0")
        if nameless or have.get(what, Decimal(0)) - had.get(what, Decimal(0)) < wanted:
            lost["" if nameless else what[0]] += 1
    lined: Counter[str] = Counter()
    for problem in report.problems:
        if problem.target.kind == "variant" and problem.target.key is not None:
            lined[problem.target.key.sku or ""] += 1
    assert all(lined[sku] >= count for sku, count in lost.items()), (lost, report)
    ours = [p for p in report.problems if p not in said and p.target.kind == "variant"]
    assert all(report.titles[problem.target.id or ""] for problem in ours), "each is called by its name"


@given(lines())
def test_gifts_are_left_and_quantities_are_kept(found: tuple[Line, ...]) -> None:
    things = own(seen_lines(found))

    def counted(what: Key) -> Decimal:
        return sum((thing.quantity for thing in things if key(thing) == what), Decimal(0))

    assert all(counted(what) == amount for what, amount in amounts(things).items())
    assert sum(amounts(things).values()) == sum(line.quantity for line in found if not line.fixed)


def test_things_without_a_sku_have_a_line_each() -> None:
    things = [Line(id=str(n), key=VariantKey(id=str(n)), title=f"Thing {n}", quantity=Decimal(1)) for n in range(3)]
    report = reported(seen_lines(things), (), seen_lines(things), ())
    assert sorted(report.titles.values()) == ["Thing 0", "Thing 1", "Thing 2"]
    assert [problem.code for problem in report.problems] == ["line_unavailable"] * 3


def test_a_price_that_changed_is_told_at_its_line() -> None:
    old = Line(id="1", key=VariantKey(sku="A"), title="A", quantity=Decimal(1), unit=Money(Decimal(1), "GBP"))
    new = Line(id="2", key=VariantKey(sku="A"), title="A", quantity=Decimal(1), unit=Money(Decimal(2), "GBP"))
    (told,) = reported(seen_lines([old]), (), seen_lines([new]), ()).problems
    assert (told.code, told.target.id, told.before, told.after) == ("price_changed", "2", old.unit, new.unit)
    assert reported(seen_lines([old]), (), seen_lines([old]), ()).problems == ()


def test_several_reports_are_told_as_one_and_the_worst_is_said() -> None:
    assert joined([]) is None
    whole = joined([Report(), Report(source="seen", titles={"a": "A"}), Report(titles={"b": "B"})])
    assert whole is not None
    assert (whole.status, whole.titles) == ("bag.carried.seen", {"a": "A", "b": "B"})
