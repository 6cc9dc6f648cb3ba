"""Addresses: written in one way, read back from whatever anybody sends."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.ports import ListingQuery, MenuItem
from bff.web.addresses import COLLECTIONS, KINDS, encode, places
from bff.web.queries import (
    MAX_FACETS,
    MAX_PAGE,
    MAX_TEXT,
    MAX_VALUES,
    clean,
    corrected,
    is_canonical,
    listing_query,
    read_listing,
    read_selection,
    selection_query,
)
from tests.web.goods import ALL, GB, MARKETS, link, listing

anything = st.text() | st.text(st.characters(codec=None, categories=("Cs", "Cc", "Cf", "Co", "L", "N", "P", "Z")))
names = st.sampled_from(
    ["q", "sort", "page", "f.colour", "f.price", "f.price.min", "f.price.max", "f.", "f..min", "f.a.b", "utm", ""]
) | anything.map(lambda text: f"f.{text}")
params = st.lists(st.tuples(names, anything | st.sampled_from(["1", "2", "-1", "0", "9" * 30, "١", "blue", "10..40"])))


def round_trip(query: ListingQuery) -> ListingQuery:
    text = encode(listing_query(query)).removeprefix("?")
    return read_listing(parse_qsl(text, keep_blank_values=True, errors="replace"), scope=None)


@given(params)
def test_whatever_is_read_is_written_and_read_again_the_same(pairs: list[tuple[str, str]]) -> None:
    query = read_listing(pairs, scope=None)
    again = round_trip(query)
    assert listing_query(again) == listing_query(query)
    assert round_trip(again) == again
    assert is_canonical(listing_query(again), again)


@given(params)
def test_a_listings_address_is_bounded_and_one_line(pairs: list[tuple[str, str]]) -> None:
    query = read_listing(pairs, scope=None)
    assert 1 <= query.page <= MAX_PAGE
    assert len(query.filters) <= MAX_FACETS
    assert all(0 < len(values) <= MAX_VALUES for values in query.filters.values())
    assert query.text is None or len(query.text) <= MAX_TEXT
    written = encode(listing_query(query))
    assert written.isascii()
    assert written.isprintable()
    assert " " not in written


@given(st.lists(st.tuples(st.sampled_from(["f.a", "f.b", "sort", "page", "q"]), st.text("abc12", min_size=1))))
def test_the_order_of_parameters_means_nothing(pairs: list[tuple[str, str]]) -> None:
    single = list(dict(pairs).items())
    assert listing_query(read_listing(single, scope=None)) == listing_query(read_listing(single[::-1], scope=None))


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("1", 1),
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        ("0", 1),
        ("-3", 1),
        ("", 1),
        ("x", 1),
        ("1.5", 1),
        ("1e9", 1),
        ("٣", 1),
        ("²", 1),
        ("999999999", MAX_PAGE),
        ("9" * 4_000, 1),
        ("\0", 1),
    ],
)
def test_a_page_number_is_a_small_natural_number(text: str, page: int) -> None:
    assert read_listing([("page", text)], scope=None).page == page


def test_the_first_of_a_repeated_parameter_counts() -> None:
    query = read_listing(
        [("page", "2"), ("page", "3"), ("sort", "a"), ("sort", "b"), ("q", "x"), ("q", "y")], scope=None
    )
    assert (query.page, query.sort, query.text) == (2, "a", "x")


def test_values_of_a_facet_are_a_set_and_a_range_is_one_value() -> None:
    pairs = [("f.c", "b"), ("f.c", "a"), ("f.c", "b"), ("f.price.min", "10"), ("f.price.max", ""), ("f.e", "")]
    query = read_listing(pairs, scope=None)
    assert query.filters == {"c": ("b", "a"), "price": ("10..",)}
    assert listing_query(query) == [("f.c", "a"), ("f.c", "b"), ("f.price", "10..")]


def test_defaults_are_not_written() -> None:
    assert listing_query(ListingQuery()) == []
    assert listing_query(ListingQuery(page=3), page=1) == []
    assert listing_query(ListingQuery(text="")) == [("q", "")]


@given(anything, st.integers(0, 50))
def test_clean_text_is_one_printable_line(text: str, limit: int) -> None:
    found = clean(text, limit)
    assert len(found) <= limit
    assert found == found.strip()
    assert found.isprintable() or not found
    found.encode()
    assert clean(found, limit) == found


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b", "\0", "a\0b", "\u202eabc", "\ue000hole:bag\ue001", "\x1b[31m"])
def test_what_is_no_character_is_taken_out(text: str) -> None:
    assert not set(clean(text, 100)) & set("\ud800\0\u202e\ue000\ue001\x1b")


@given(params)
def test_a_selection_is_bounded_and_survives_its_address(pairs: list[tuple[str, str]]) -> None:
    found = read_selection([(name.replace("f.", "o.", 1), value) for name, value in pairs])
    assert len(found) <= 10
    again = read_selection(parse_qsl(encode(selection_query(found)).removeprefix("?")))
    assert {k: v for k, v in found.items() if v} == again


def test_the_nearest_valid_listing() -> None:
    query = ListingQuery(filters={"a": ("1",), "b": ("2",)}, sort="odd", page=9)
    right = corrected(query, listing(ignored=("b",), sort="featured", pages=4, number=4))
    assert (dict(right.filters), right.sort, right.page) == ({"a": ("1",)}, None, 4)
    assert corrected(ListingQuery(sort="featured"), listing(sort="featured")).sort is None, "the usual order is unsaid"
    assert corrected(ListingQuery(sort="price-asc", page=2), listing(pages=2, sort="price-asc")).sort == "price-asc"
    assert corrected(ListingQuery(page=9), listing(0, pages=0)).page == 1


def test_a_campaigns_parameters_are_left_alone() -> None:
    assert is_canonical([("utm_source", "x"), ("page", "2")], ListingQuery(page=2))
    assert not is_canonical([("page", "1")], ListingQuery())
    assert not is_canonical([("f.x", "1")], ListingQuery())


# ---------------------------------------------------------------- places


def test_every_place_by_its_path_in_order() -> None:
    assert list(ALL) == ["en-gb", "de-de", "en-us", "ar-ae", "en-ae"]
    assert ALL["ar-ae"].language == "ar"
    assert places((), "https://x.example") == {}


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_slug_survives_its_address(slug: str) -> None:
    address = GB.entity("product", slug)
    assert address.isascii()
    assert "?" not in address
    assert "#" not in address
    assert unquote(address) == f"/en-gb/products/{slug}"
    assert urlsplit(f"https://shop.example{address}").netloc == "shop.example"


def test_kinds_and_paths_are_one_table() -> None:
    assert {KINDS[path] for path in COLLECTIONS.values()} == set(COLLECTIONS)
    assert GB.link(link("brand", "fen")) == "/en-gb/brands/fen"
    assert GB.page() == "/en-gb"
    assert GB.page("search", [("q", "a&b=c")]) == "/en-gb/search?q=a%26b%3Dc"
    assert GB.fragment("suggest") == "/en-gb/_/suggest"
    assert GB.absolute("/en-gb") == "https://shop.example/en-gb"
    assert GB.absolute("https://cdn.example/a") == "https://cdn.example/a"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://blog.example/", "https://blog.example/"),
        ("/stores", "/en-gb/stores"),
        ("/", "/en-gb"),
        ("//evil.example", None),
        ("javascript:alert(1)", None),
        ("JAVASCRIPT:alert(1)", None),
        ("data:text/html,x", None),
        ("\tjavascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_a_menu_leads_to_our_own_or_to_the_web(url: str | None, address: str | None) -> None:
    assert GB.menu(MenuItem(title="x", url=url)) == address


def test_a_menu_leads_to_an_entity() -> None:
    assert GB.menu(MenuItem(title="x", kind="page", slug="about", url="/ignored")) == "/en-gb/pages/about"
    assert MARKETS[0].default_locale == "en-GB"
