"""Bitmaps, orders and prices of a segment, against lists."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.embedded.search.segment import Order, PriceLadder, Segment, bitmap, selectors

PRICES = st.lists(st.integers(0, 40), min_size=1, max_size=300)


@given(places=st.sets(st.integers(0, 200)))
def test_a_bitmap_and_its_selectors_say_the_same(places: set[int]) -> None:
    bits = bitmap(places, 201)
    assert bits.bit_count() == len(places)
    assert {place for place, chosen in enumerate(selectors(bits, 201)) if chosen} == places


@settings(deadline=None)
@given(prices=PRICES, chosen=st.data(), start=st.integers(0, 320), length=st.integers(0, 60))
def test_a_page_is_a_cut_of_the_whole_order(prices: list[int], chosen: st.DataObject, start: int, length: int) -> None:
    order = Order(sorted(range(len(prices)), key=prices.__getitem__))
    members = chosen.draw(st.sets(st.integers(0, len(prices) - 1)))
    wanted = [place for place in order.places if place in members]
    page = order.page(bitmap(members, len(prices)), len(members), start, start + length)
    assert page == wanted[start : start + length]


@settings(deadline=None)
@given(prices=PRICES, low=st.none() | st.integers(-2, 45), high=st.none() | st.integers(-2, 45))
def test_a_range_holds_both_its_ends(prices: list[int], low: int | None, high: int | None) -> None:
    ladder = PriceLadder(Order(sorted(range(len(prices)), key=prices.__getitem__)), prices.__getitem__)
    wanted = {n for n, p in enumerate(prices) if (low is None or p >= low) and (high is None or p <= high)}
    assert ladder.between(low, high) == bitmap(wanted, len(prices))
    assert ladder.bounds == (min(prices), max(prices))
    within = ladder.bounds_within(bitmap(wanted, len(prices)))
    assert within == ((min(prices[n] for n in wanted), max(prices[n] for n in wanted)) if wanted else None)


def test_a_segment_numbers_its_own_products() -> None:
    segment = Segment([7, 3, 9], [(0, (1, 2)), (2, (2,))], lambda sort: lambda n: -n, lambda n: n)
    assert segment.bits == {1: 0b001, 2: 0b101}
    assert list(segment.places([9, 4, 7])) == [2, 0]
    assert list(segment.order("anything").places) == [2, 0, 1]


def test_an_empty_segment_answers() -> None:
    segment = Segment([], [], lambda sort: lambda n: n, lambda n: n)
    assert (segment.size, segment.everything, segment.ladder.bounds) == (0, 0, None)
    assert segment.order("featured").page(0, 0, 0, 24) == []
    assert segment.ladder.between(None, 5) == 0
