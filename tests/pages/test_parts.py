"""The pieces of view models: prices, cards, listings with all their addresses, heads, structured data."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.pages.listing import listing_page
from bff.pages.parts.bag_forms import line_input, quantity
from bff.pages.parts.cards import MAX_SWATCHES, card_view
from bff.pages.parts.crumbs import crumbs
from bff.pages.parts.head import Head, with_alternates
from bff.pages.parts.listings import ListingView, listing_view
from bff.pages.parts.prices import price_view
from bff.pages.parts.ratings import shown_rating
from bff.pages.parts.reviews import reviews_view
from bff.pages.parts.structured import breadcrumb_data
from bff.pages.product import product_page
from bff.ports import (
    Availability,
    Backend,
    Facet,
    FacetValue,
    InvalidInput,
    ListingQuery,
    OptionValue,
    Price,
    Rating,
    Review,
    ReviewPage,
    Sort,
)
from bff.rendering.environment import json_ld
from bff.rendering.regions import absent
from bff.web.queries import listing_query, read_listing
from tests.web.goods import ALL, GB, card, category, colours, link, listing, money, product, variant

ACTION = "/en-gb/categories/table"

# ---------------------------------------------------------------- prices


def price(amount: str, **changes: Any) -> Price:
    return Price(amount=money(amount), **{k: money(v) if isinstance(v, str) else v for k, v in changes.items()})


def test_one_price() -> None:
    view = price_view(price("18.00"))
    assert (view.now, view.from_now, view.was, view.saving, view.free) == (money("18.00"), False, None, None, False)


def test_a_struck_price_with_its_saving() -> None:
    view = price_view(price("15.00", compare_at="20.00"))
    assert (view.was, view.saving) == (money("20.00"), 25)
    assert price_view(price("199.90", compare_at="200.00")).saving is None
    assert price_view(price("1.00", compare_at="3.00")).saving == 67


@pytest.mark.parametrize("earlier", ["18.00", "17.00", "0.00", "-1.00"])
def test_an_earlier_price_that_was_not_higher_is_none(earlier: str) -> None:
    assert price_view(price("18.00", compare_at=earlier)).was is None


def test_an_earlier_price_in_another_currency_is_none() -> None:
    assert price_view(price("18.00", compare_at=money("20.00", "EUR"))).was is None


def test_a_range_never_stands_beside_a_struck_price() -> None:
    view = price_view(price("18.00", compare_at="30.00", from_="16.00", to="40.00"))
    assert (view.now, view.from_now, view.was, view.saving) == (money("16.00"), True, None, None)
    same = price_view(price("18.00", compare_at="30.00", from_="18.00", to="18.00"))
    assert (same.from_now, same.was) == (False, money("30.00"))


def test_nothing_to_pay() -> None:
    assert price_view(price("0")).free
    assert not price_view(price("0", from_="0", to="9")).free


amounts = st.decimals(min_value=-1000, max_value=10**9, places=2).map(lambda d: money(str(d)))
prices = st.builds(
    Price,
    amount=amounts,
    compare_at=st.none() | amounts,
    from_=st.none() | amounts,
    to=st.none() | amounts,
)


@given(prices)
def test_no_price_lies(given_price: Price) -> None:
    view = price_view(given_price)
    assert not (view.from_now and view.was)
    assert view.was is None or view.was.amount > view.now.amount
    assert view.saving is None or (view.was is not None and view.saving > 0)
    assert (view.saving or 0) <= 100 or view.now.amount < 0


# ---------------------------------------------------------------- cards


def test_a_card() -> None:
    values = tuple(OptionValue(id=str(n), name=str(n)) for n in range(8))
    view = card_view(
        GB,
        card(
            swatches=values,
            rating=Rating(average=Decimal(4), count=0),
            availability=Availability(state="low_stock", quantity=3),
            price=price("15.00", compare_at="20.00"),
            badges=("new", "sale"),
        ),
    )
    assert (len(view.swatches), view.more_swatches) == (MAX_SWATCHES, 3)
    assert view.rating is None, "no stars where nobody has rated"
    assert (view.left, view.buyable) == (3, True)
    assert view.badges == ("sale", "new")
    assert view.url == "/en-gb/products/mug"


@pytest.mark.parametrize("state", ["in_stock", "backorder", "unknown"])
def test_pieces_are_counted_for_low_stock_only(state: Any) -> None:
    assert card_view(GB, card(availability=Availability(state=state, quantity=3))).left is None
    assert card_view(GB, card(availability=Availability(state="low_stock", quantity=0))).left is None


# ---------------------------------------------------------------- listings


def facets() -> tuple[Facet, ...]:
    colour = Facet(
        id="colour",
        name="Colour",
        kind="swatch",
        values=(
            FacetValue(value="blue", name="Blue", count=3, selected=True, swatch="#00f"),
            FacetValue(value="red & white", name="Red & white", count=1),
        ),
    )
    tree = Facet(
        id="category",
        name=None,
        kind="tree",
        values=(
            FacetValue(value="table", name="Table", children=(FacetValue(value="mugs", name="Mugs", selected=True),)),
        ),
    )
    cost = Facet(
        id="price",
        name="Price",
        kind="range",
        minimum=Decimal(1),
        maximum=Decimal(90),
        chosen_minimum=Decimal(10),
        currency="GBP",
    )
    return (colour, tree, cost)


CHOSEN = ListingQuery(
    filters={"colour": ("blue",), "category": ("mugs",), "price": ("10..",)}, sort="price-asc", page=2
)


def view(query: ListingQuery = CHOSEN, **changes: Any) -> ListingView:
    found = listing(24, **{"facets": facets(), "sort": "price-asc", "number": 2, "pages": 9, "total": 200, **changes})
    return listing_view(GB, ACTION, query, found, "/en-gb/_/more/categories/table")


def asked(url: str | None) -> ListingQuery:
    assert url is not None
    return read_listing(parse_qsl(urlsplit(url).query, keep_blank_values=True), scope=None)


def test_chips_take_one_thing_away() -> None:
    chips = {(chip.facet, chip.label): chip for chip in view().chips}
    assert set(chips) == {("colour", "Blue"), ("category", "Mugs"), ("price", None)}
    assert chips[("price", None)].minimum == Decimal(10)
    assert dict(asked(chips[("price", None)].url).filters) == {"colour": ("blue",), "category": ("mugs",)}
    assert dict(asked(chips[("colour", "Blue")].url).filters) == {"category": ("mugs",), "price": ("10..",)}
    for chip in chips.values():
        assert (asked(chip.url).page, asked(chip.url).sort) == (1, "price-asc")
    assert asked(view().clear).filters == {}


def test_every_value_leads_to_its_choice_turned_over() -> None:
    colour, tree, cost = view().facets
    blue, both = colour.values
    assert "colour" not in asked(blue.url).filters
    assert set(asked(both.url).filters["colour"]) == {"blue", "red & white"}
    assert (colour.chosen, tree.chosen, cost.chosen) == (1, 1, 1)
    assert (colour.label, tree.label, cost.label) == ("Colour", None, None)
    assert "category" not in asked(tree.values[0].children[0].url).filters
    assert (cost.field, cost.chosen_minimum, cost.chosen_maximum) == ("f.price", Decimal(10), None)


def test_a_form_says_the_same_as_its_links() -> None:
    """Ticking one more box and sending the form leads to the listing its link leads to."""
    shown = view()
    fields = [*shown.hidden, ("sort", shown.sort or "")]
    for facet in shown.facets:
        if facet.kind == "range":
            fields += [(f"{facet.field}.min", str(facet.chosen_minimum)), (f"{facet.field}.max", "")]
        fields += [(facet.field, v.value) for value in facet.values for v in (value, *value.children) if v.selected]
    ticked = shown.facets[0].values[1]
    sent = read_listing([*fields, (shown.facets[0].field, ticked.value)], scope=None)
    assert listing_query(sent) == listing_query(asked(ticked.url))


def test_the_words_searched_for_are_kept() -> None:
    shown = view(ListingQuery(text="mug", filters={"colour": ("blue",)}))
    assert shown.hidden == (("q", "mug"),)
    assert asked(shown.facets[0].values[1].url).text == "mug"
    assert asked(shown.clear).text == "mug"
    assert asked(shown.next).text == "mug"


def test_sorts_begin_at_the_first_page_and_nameless_unknown_ones_are_left_out() -> None:
    shown = view(sorts=(Sort(id="newest"), Sort(id="odd"), Sort(id="own", name="Ours")))
    assert [(sort.id, sort.label) for sort in shown.sorts] == [("newest", None), ("own", "Ours")]
    assert (asked(shown.sorts[0].url).sort, asked(shown.sorts[0].url).page) == ("newest", 1)


@pytest.mark.parametrize(
    ("number", "pages", "row"),
    [
        (1, 1, []),
        (1, 2, [1, 2]),
        (5, 9, [1, None, 3, 4, 5, 6, 7, None, 9]),
        (1, 9, [1, 2, 3, None, 9]),
        (9, 9, [1, None, 7, 8, 9]),
        (4, 5, [1, 2, 3, 4, 5]),
    ],
)
def test_page_links(number: int, pages: int, row: list[int | None]) -> None:
    shown = view(ListingQuery(page=number), number=number, pages=pages)
    assert [item.number for item in shown.links] == row
    assert [item.number for item in shown.links if item.current] == ([number] if row else [])
    for item in shown.links:
        assert item.url is None or asked(item.url).page == item.number
    assert (shown.previous is None) == (number == 1)
    assert (shown.next is None) == (number == pages)
    assert (shown.more is None) == (number == pages)


@given(st.integers(1, 500), st.integers(1, 500))
def test_page_links_are_few_and_rise(number: int, pages: int) -> None:
    shown = view(ListingQuery(page=number), number=min(number, pages), pages=pages)
    numbers = [item.number for item in shown.links if item.number]
    assert numbers == sorted(set(numbers))
    assert len(shown.links) <= 9


def test_positions_of_the_cards_shown() -> None:
    shown = view()
    assert (shown.first, shown.last, shown.number, shown.total) == (25, 48, 2, 200)
    nothing = view(ListingQuery(), hits=(), total=0, number=1, pages=0)
    assert (nothing.first, nothing.last, nothing.links, nothing.next) == (1, 0, (), None)


def test_a_filtered_listing_is_one_page_to_a_search_engine() -> None:
    page = listing_page(GB, category(), CHOSEN, listing(3, number=2, pages=3))
    assert (page.head.canonical, page.head.robots) == ("https://shop.example/en-gb/categories/table", "noindex, follow")
    assert (page.head.previous, page.head.next) == (None, None)
    plain = listing_page(GB, category(), ListingQuery(page=2, sort="newest"), listing(3, number=2, pages=3))
    assert (plain.head.canonical, plain.head.robots) == (
        "https://shop.example/en-gb/categories/table?page=2",
        None,
    )
    assert plain.head.next is not None


# ---------------------------------------------------------------- heads and crumbs


def test_alternates_are_absolute_with_a_default() -> None:
    head = with_alternates(Head(title="x"), ALL, {"en-gb": "/en-gb", "ar-ae": "/ar-ae"})
    assert [(a.hreflang, a.url) for a in head.alternates] == [
        ("en-GB", "https://shop.example/en-gb"),
        ("ar-AE", "https://shop.example/ar-ae"),
        ("x-default", "https://shop.example/en-gb"),
    ]
    assert with_alternates(Head(title="x", robots="noindex"), ALL, {"en-gb": "/a", "de-de": "/b"}).alternates == ()
    assert with_alternates(Head(title="x"), ALL, {"en-gb": "/a"}).alternates == ()


def test_crumbs_end_where_one_stands() -> None:
    steps = crumbs(GB, (link(),), "Mug")
    assert [(step.title, step.url) for step in steps] == [("Table", "/en-gb/categories/table"), ("Mug", None)]
    data = breadcrumb_data(GB, steps)["itemListElement"]
    assert data[0]["item"] == "https://shop.example/en-gb/categories/table"
    assert "item" not in data[1]
    assert [item["position"] for item in data] == [1, 2]


# ---------------------------------------------------------------- structured data


HOSTILE = "</script><script>alert(1)</script><!--\u2028\u2029&\"'"


@given(st.dictionaries(st.text(), st.text() | st.just(HOSTILE) | st.none() | st.integers(), max_size=4))
def test_data_cannot_end_its_script(data: dict[str, Any]) -> None:
    text = str(json_ld({**data, "x": HOSTILE}))
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {**data, "x": HOSTILE}


# ---------------------------------------------------------------- a product's page

BACKEND: Any = Backend(name="default", catalog=None, search=None)  # type: ignore[arg-type]


def page(**changes: Any) -> Any:
    return product_page(BACKEND, GB, product(**changes), absent("a"), absent("b"), absent("c"))


def test_words_of_stock_are_the_chosen_variants() -> None:
    low = variant(availability=Availability(state="low_stock", quantity=2))
    assert (page(selected=low).stock.state, page(selected=low).stock.left) == ("low_stock", 2)
    assert page(selected=None, options=(colours(None),)).stock.state == "choose"
    assert page(selected=None).stock.state == "absent", "everything is chosen, and nothing is made like that"
    assert page(selected=None, availability=Availability(state="sold_out")).stock.state == "sold_out"
    assert page(selected=None, options=(), availability=Availability(state="unknown")).stock.state == "unknown"


def test_what_is_missing_is_named() -> None:
    shown = page(selected=None, options=(colours(None),))
    assert (shown.buy.missing, shown.buy.variant, shown.buy.action) == (("Colour",), None, None)
    assert page().buy.missing == ()


def test_every_value_has_its_address() -> None:
    (option,) = page(options=(colours("blue", red="sold_out"),)).options
    assert [(v.id, v.state, v.url) for v in option.values] == [
        ("blue", "available", "/en-gb/products/mug?o.colour=blue"),
        ("red", "sold_out", "/en-gb/products/mug?o.colour=red"),
    ]
    assert (option.field, option.chosen) == ("o.colour", "Blue")


def test_most_one_may_order() -> None:
    capped = variant(availability=Availability(state="in_stock", orderable=Decimal(4)))
    assert page(selected=capped).buy.maximum == Decimal(4)
    assert page(selected=variant()).buy.maximum is None


def test_a_withdrawn_product_says_so() -> None:
    assert page(availability=Availability(state="discontinued")).withdrawn


def test_stars_and_orders_are_addresses_of_the_product() -> None:
    summary = Rating(average=Decimal(4), count=4, counts=(1, 0, 0, 1, 2))
    shown = reviews_view(GB, "mug", ReviewPage(summary=summary, items=(), next="x"), "highest", 5, 6)
    assert [(bar.stars, bar.percent) for bar in shown.bars] == [(5, 50), (4, 25), (3, 0), (2, 0), (1, 25)]
    assert shown.bars[0].url == "/en-gb/products/mug?reviews=highest#reviews"
    assert shown.bars[1].url == "/en-gb/products/mug?reviews=highest&stars=4#reviews"
    assert shown.more == "/en-gb/products/mug?reviews=highest&stars=5&show=26#reviews"


def test_no_more_stars_are_drawn_than_there_are() -> None:
    """A template draws as many stars as a review says: a thousand million would hold up the store."""
    wild = tuple(Review(id=str(n), rating=n, body="") for n in (10**9, -3, 4))
    shown = reviews_view(GB, "mug", ReviewPage(summary=None, items=wild), "newest", None, 6)
    assert [review.rating for review in shown.items] == [5, 0, 4]
    for average, count in (("5.1", 3), ("-1", 3), ("NaN", 3), ("Infinity", 3), ("1E+40", 3), ("4", 0), ("4", -1)):
        assert shown_rating(Rating(average=Decimal(average), count=count)) is None
    assert shown_rating(Rating(average=Decimal("4.9"), count=1)) is not None


# ---------------------------------------------------------------- what forms bring


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", "1"),
        (" 2 ", "2"),
        ("0", "0"),
        ("1,5", "1.5"),
        ("0.125", "0.125"),
        ("9999", "9999"),
        ("0.1234", None),
        ("10000", None),
        ("-1", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e3", "1000"),
        ("1e-9", None),
        ("1e999999999", None),
        ("sNaN", None),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_a_quantity(text: str | None, amount: str | None) -> None:
    assert quantity(text) == (Decimal(amount) if amount is not None else None)


@given(st.text())
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    found = quantity(text)
    assert found is None or 0 <= found <= 9_999


@given(st.dictionaries(st.sampled_from(["variant", "sku", "quantity", "i.a", "i.", "plan"]) | st.text(), st.text()))
def test_any_form_is_a_line_or_the_shoppers_mistake(fields: dict[str, str]) -> None:
    try:
        found = line_input(fields)
    except InvalidInput:
        return
    assert found.quantity > 0
    assert found.variant.id or found.variant.sku
    assert all(len(entry.value) <= 2_000 and entry.value for entry in found.inputs)
