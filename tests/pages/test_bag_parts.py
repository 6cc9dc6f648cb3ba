"""What the bag reads and shows, without a store: forms, links, undo, sums."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.pages.parts import bag_forms as forms
from bff.pages.parts.bag import Said, bag_page, code_view, free_view, moved
from bff.pages.parts.bag_asked import UNDO_SECONDS, Removed, opened, sealed
from bff.ports import (
    AppliedCode,
    Cart,
    CartRef,
    FreeShipping,
    InputValue,
    InvalidInput,
    Line,
    NoCart,
    Problem,
    Target,
    Totals,
    VariantKey,
)
from bff.web.ring import Ring
from bff.web.session import Session
from tests.web import goods

RING = Ring([b"k" * 32], b"portico-test")


def line(id: str = "l1", **changes: Any) -> Line:
    given: dict[str, Any] = {
        "id": id,
        "key": VariantKey(id=f"v-{id}", product_id="mug", sku=f"SKU-{id}"),
        "title": "The mug",
        "quantity": Decimal(2),
    }
    return Line(**{**given, **changes})


def cart(*lines: Line, **changes: Any) -> Cart:
    given: dict[str, Any] = {
        "ref": CartRef(id="c"),
        "market": "gb",
        "currency": "GBP",
        "lines": lines or (line(),),
        "quantity": Decimal(2),
        "totals": Totals(),
    }
    return Cart(**{**given, **changes})


# ---------------------------------------------------------------- forms


def test_only_what_differs_from_what_was_shown_is_asked_for() -> None:
    found = forms.change({"q.a": "3", "was.a": "2", "q.b": "2", "was.b": "2", "q.c": "1"})
    assert found.quantities == (("a", Decimal(3)), ("c", Decimal(1)))
    assert found.removed is None


@pytest.mark.parametrize("text", ["-1", "", "two", "99999", "1e9", "NaN", "1.2345"])
def test_a_quantity_that_is_none_is_kept_as_it_was_typed(text: str) -> None:
    found = forms.change({"q.a": text, "was.a": "2"})
    assert found.quantities == ()
    assert found.typed == {"a": text}


def test_removing_wins_over_saving_for_later() -> None:
    found = forms.change({"remove": "a", "later": "b"})
    assert (found.removed, found.later) == ("a", None)


def test_several_lines_at_once_in_their_order() -> None:
    found = forms.line_inputs(
        {"lines.1.sku": "B", "lines.0.variant": "a", "lines.0.quantity": "2", "lines.1.i.name": "Ann", "quantity": "9"}
    )
    assert [(each.variant.id or each.variant.sku, each.quantity) for each in found] == [("a", 2), ("B", 1)]
    assert found[1].inputs == (InputValue(id="name", value="Ann"),)


def test_a_wrong_line_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        forms.line_inputs({"lines.0.sku": "A", "lines.3.sku": "B", "lines.3.quantity": "0"})
    assert list(caught.value.fields) == ["lines.3.quantity"]
    with pytest.raises(InvalidInput):
        forms.line_inputs({f"lines.{n}.sku": "A" for n in range(forms.MAX_LINES + 1)})


@given(st.dictionaries(st.text(max_size=20) | st.sampled_from(["lines.0.sku", "lines.0.quantity"]), st.text()))
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    forms.change(fields)
    try:
        assert forms.line_inputs(fields)
    except InvalidInput:
        return


# ---------------------------------------------------------------- links


def test_a_link_names_things_and_how_many() -> None:
    query = [("quantity", "7"), ("sku", "A"), ("quantity", "2"), ("variant", "b"), ("product", "p"), ("sku", " ")]
    found = forms.link_items(query)
    assert [(each.key, each.quantity) for each in found] == [
        (VariantKey(sku="A"), 2),
        (VariantKey(id="b", product_id="p"), 1),
    ]


def test_a_shared_bag_says_what_it_leaves_out() -> None:
    whole = cart(line("a"), line("b", quantity=Decimal("1.50")))
    assert forms.link_query(whole) == (
        [("sku", "SKU-a"), ("quantity", "2"), ("sku", "SKU-b"), ("quantity", "1.5")],
        True,
    )
    for other in (line("c", key=VariantKey(id="v")), line("c", inputs=(InputValue(id="i", value="x"),))):
        assert forms.link_query(cart(line("a"), other))[1] is False
    gift = cart(line("a"), line("g", fixed=True))
    assert forms.link_query(gift) == ([("sku", "SKU-a"), ("quantity", "2")], True), "a gift comes by itself"


@given(st.lists(st.tuples(st.sampled_from(["sku", "variant", "quantity", "product", "x"]), st.text()), max_size=80))
def test_any_link_is_read(query: list[tuple[str, str]]) -> None:
    found = forms.link_items(query)
    assert len(found) <= forms.MAX_LINES
    assert all(each.quantity > 0 for each in found)


# ---------------------------------------------------------------- undo


HERE = Session(id="here")
NOW = 1_800_000_000.0


def test_what_was_taken_out_comes_back_as_it_was() -> None:
    gone = line("a", inputs=(InputValue(id="t", value="Ann"),), plan="monthly")
    token = sealed(RING, gone, [gone, line("b", parent="a"), line("c")], HERE, NOW, "default")
    back = opened(RING, token, HERE, NOW)
    assert isinstance(back, Removed)
    assert (back.title, back.line.variant, back.line.quantity) == ("The mug", gone.key, 2)
    assert (back.line.inputs, back.line.plan) == (gone.inputs, "monthly")
    assert [child.variant.sku for child in back.children] == ["SKU-b"]
    assert "Ann" not in (token or "")


def test_it_comes_back_in_its_own_session_only_and_for_an_hour() -> None:
    token = sealed(RING, line(), (), HERE, NOW, "default")
    signed_in = Session(id="other", was=("here",))
    assert isinstance(opened(RING, token, signed_in, NOW + UNDO_SECONDS - 1), Removed), "the session goes on"
    assert opened(RING, token, HERE, NOW + UNDO_SECONDS) == "late"
    for session in (Session(id="other"), Session()):
        assert opened(RING, token, session, NOW) is None


@pytest.mark.parametrize("token", [None, "", "x", "!!", "é", "A" * 5_000, "AAAA" * 40])
def test_a_token_that_is_not_ours_brings_nothing(token: str | None) -> None:
    assert opened(RING, token, HERE, NOW) is None


def test_a_token_of_another_shop_brings_nothing() -> None:
    token = sealed(RING, line(), (), HERE, NOW, "default")
    assert opened(Ring([b"o" * 32], b"portico-test"), token, HERE, NOW) is None


def test_what_is_too_long_for_an_address_has_no_undo() -> None:
    long = tuple(InputValue(id=f"i{n}", value="x" * 2_000) for n in range(3))
    assert sealed(RING, line(inputs=long), (), HERE, NOW, "default") is None


# ---------------------------------------------------------------- the view


def page(found: Cart | NoCart, said: Said = Said()) -> Any:  # noqa: B008 - frozen
    return bag_page(goods.GB, found, said, "Bag", places=goods.ALL)


def told(id: str | None, kind: Any = "line", code: Any = "out_of_stock", text: str | None = None) -> Problem:
    return Problem(code=code, severity="error", target=Target(kind=kind, id=id), text=text)


def test_a_problem_stands_at_its_line_and_nowhere_else() -> None:
    view = page(cart(line("a"), line("b")), Said(problems=(told("a"), told("z"), told(None, "cart"))))
    assert [len(each.problems) for each in view.lines] == [1, 0]
    assert [notice.problem.target.id for notice in view.notices] == ["z", None]


def test_a_line_that_is_gone_is_named() -> None:
    view = page(cart(), Said(problems=(told("z", code="not_sold_here"),), titles={"z": "The jug"}))
    assert view.notices[0].title == "The jug"
    view = page(cart(), Said(problems=(told("z", code="not_sold_here", text="The vase"),)))
    assert view.notices[0].title == "The vase", "a backend's own name for it does as well"
    view = page(cart(), Said(problems=(told(None, "cart", "other", "Its words"),)))
    assert view.notices[0].title is None


def test_what_was_typed_stays_in_its_field() -> None:
    view = page(cart(line("a")), Said(typed={"a": "-2"}))
    assert (view.lines[0].shown, view.lines[0].wrong) == ("-2", True)
    assert (page(cart(line("a"))).lines[0].shown, page(cart(line("a"))).lines[0].wrong) == ("2", False)


@pytest.mark.parametrize(
    ("threshold", "remaining", "percent", "reached"),
    [
        ("60", "60", 0, False),
        ("60", "0.01", 99, False),
        ("60", "0", 100, True),
        ("60", "90", 0, False),
        ("60", "-1", 100, True),
    ],
)
def test_how_far_free_delivery_is(threshold: str, remaining: str, percent: int, reached: bool) -> None:
    free = FreeShipping(threshold=goods.money(threshold), remaining=goods.money(remaining))
    view = free_view(cart(free_shipping=free))
    assert view is not None
    assert (view.percent, view.reached) == (percent, reached)


def test_free_delivery_that_means_nothing_is_not_shown() -> None:
    assert free_view(None) is None
    assert free_view(cart()) is None
    zero = FreeShipping(threshold=goods.money("0"), remaining=goods.money("0"))
    assert free_view(cart(free_shipping=zero)) is None


def test_a_gift_card_shows_its_last_figures_only() -> None:
    view = code_view(AppliedCode(id="1", kind="gift_card", code="GIFT-1234-5678-9ABC"))
    assert view.label == "•••• 9ABC"
    assert "1234" not in view.label


def test_a_code_without_effect_says_why() -> None:
    known = code_view(AppliedCode(id="1", kind="promotion", code="X", effective=False, reason="code_not_applicable"))
    assert (known.key, known.text) == ("problem.code_not_applicable", None)
    own = code_view(AppliedCode(id="1", kind="promotion", code="X", effective=False, reason="Only on Sundays"))
    assert (own.key, own.text) == (None, "Only on Sundays")


def test_a_bag_of_another_market_leads_home_in_the_readers_language() -> None:
    assert moved(goods.GB, goods.ALL, cart()) is None
    there = moved(goods.ALL["en-ae"], goods.ALL, cart())
    assert there is not None
    assert (there.country, there.currency, there.there) == ("GB", "GBP", "/en-gb/cart")
    english = moved(goods.GB, goods.ALL, cart(market="ae", currency="AED"))
    assert english is not None
    assert english.there == "/en-ae/cart"
    assert moved(goods.GB, goods.ALL, cart(market="mars")) is None
    assert page(cart(market="de")).checkout is None, "it is paid for where it is priced"
