"""Addresses put right keep what a campaign wrote into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.pages.parts.campaigns import MAX_PARAMETERS, with_campaign
from tests.web.stage import Shop

CAMPAIGN = "utm_source=news&utm_campaign=winter%20tea&gclid=x"
KEPT = "utm_source=news&utm_campaign=winter+tea&gclid=x"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/?{}", "/en-gb?{}"),
        ("/en-gb/search?q=wool&page=9999&{}", "/en-gb/search?q=wool&{}"),
        ("/en-gb/categories/table?sort=nonsense&{}", "/en-gb/categories/table?{}"),
    ],
)
def test_a_campaign_survives_a_redirect(demo: Shop, address: str, target: str) -> None:
    answer = demo.get(address.format(CAMPAIGN))
    assert (answer.status, answer.header("location")) == (302, target.format(KEPT))
    again = demo.get(answer.header("location") or "")
    assert again.status == 200, "and the address put right is right"
    assert b"utm_" not in again.body, "nothing on the page depends on it"


def test_nothing_else_survives() -> None:
    given = [("next", "https://evil.example"), ("utm_", "x"), ("utm_a&b", "x"), ("utm_source", ""), ("q", "x")]
    assert with_campaign("/en-gb", given) == "/en-gb"
    assert with_campaign("/en-gb", [("utm_source", "a"), ("utm_source", "b")]) == "/en-gb?utm_source=a"
    assert with_campaign("/en-gb", [(f"utm_{n}", "x") for n in range(99)]).count("utm_") == MAX_PARAMETERS


@given(st.lists(st.tuples(st.sampled_from(["utm_source", "gclid", "utm_\n"]) | st.text(), st.text())))
def test_an_address_stays_one_address(params: list[tuple[str, str]]) -> None:
    found = with_campaign("/en-gb?q=x", params)
    assert found.isascii()
    assert found.isprintable()
    assert found.startswith("/en-gb?q=x")
    assert "#" not in found
