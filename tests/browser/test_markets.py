"""Four markets in three languages: wording of taxes, unit prices, direction, nothing untranslated."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Browse, Where
from tests.browser.stops import KINDS, PLACES

pytestmark = pytest.mark.browser

TAX = {
    "en-gb": re.compile("Tax included|VAT included|incl"),
    "de-de": re.compile(r"[Ii]nkl\. MwSt"),
    "en-us": re.compile("[Pp]lus tax|calculated at checkout"),
    "ar-ae": re.compile("الضريبة"),
    "en-ae": re.compile("Tax included|VAT included|incl"),
}
CURRENCY = {"en-gb": "£", "de-de": "€", "en-us": "$", "ar-ae": "د.إ", "en-ae": "AED"}
STRAY_PRICES = """
() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const money = /(£|€|\\$|AED|د\\.إ)\\s?[\\d٠-٩]|[\\d٠-٩][.,٫][\\d٠-٩]{2}\\s?\\u200f?(€|AED|د\\.إ)/;
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (parent.closest("script, template, option, [hidden], bdi, .prose, p.lead")) continue;
    if (money.test(walk.currentNode.data)) found.push(walk.currentNode.data.trim().slice(0, 80));
  }
  return found;
}
"""


WITHOUT_QUOTES = "(own) => document.querySelectorAll(`body [lang]:not(:lang(${own}))`).forEach((e) => e.remove())"


@cache
def keys() -> re.Pattern[str]:
    """Any message key, as a template would show it when its translation is missing."""
    text = Path("templates/messages/en.po").read_text(encoding="utf-8")
    found = {key for key in re.findall(r'^msgid "([a-z_.0-9]+)"', text, re.M) if "." in key}
    return re.compile(r"(?<![\w./-])(" + "|".join(map(re.escape, sorted(found))) + r")(?![\w/-])")


@pytest.mark.parametrize("place", PLACES)
def test_prices_and_taxes_are_worded_as_the_market_asks(browse: Browse, where: Where, place: str) -> None:
    page = browse(where(place, "product-chosen"), javascript=False)
    expect(page.locator("html")).to_have_attribute("lang", PLACES[place])
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if place == "ar-ae" else "ltr")
    main = page.get_by_role("main")
    assert TAX[place].search(main.inner_text()), "the tax is not worded"
    expect(main.locator("bdi").first).to_contain_text(CURRENCY[place])


def test_germany_sees_unit_prices(browse: Browse, where: Where) -> None:
    page = browse(where("de-de", "product-plan"), javascript=False)
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(r"\d,\d\d\s€ (je|pro|/) ?\d* ?(kg|g|l|ml|Kilogramm|Liter)")
    )


def test_others_see_none_where_none_is_due(browse: Browse, where: Where) -> None:
    page = browse(where("en-us", "product"), javascript=False)
    expect(page.get_by_role("main")).not_to_contain_text(re.compile(r"\$[\d.]+ per \d"))


@pytest.mark.parametrize("place", ["en-gb", "ar-ae"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_header_starts_where_reading_starts(browse: Browse, place: str, width: int) -> None:
    page = browse(f"/{place}", width=width)
    bag = page.locator(f'header a[href="/{place}/cart"]').bounding_box()
    name = page.locator(f'header a[href="/{place}"]').first.bounding_box()
    assert bag is not None
    assert name is not None
    assert (bag["x"] < name["x"]) == (place == "ar-ae"), f"bag at {bag['x']}, name at {name['x']}"
    columns = [nav.bounding_box() for nav in page.locator("footer nav").all()]
    if width == 1280:
        places = [box["x"] for box in columns if box]
        assert places == sorted(places, reverse=place == "ar-ae")


def test_arrow_keys_follow_the_direction(browse: Browse, where: Where) -> None:
    page = browse(where("ar-ae", "product"))
    thumbs = page.locator(".thumbs a")
    thumbs.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(thumbs.nth(1)).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("place", ["en-gb", "de-de", "ar-ae"])
def test_no_key_no_placeholder_no_loose_price(browse: Browse, where: Where, place: str) -> None:
    page = browse(javascript=False, expected=(404,))
    wrong: list[str] = []
    for kind in KINDS:
        page.goto(where(place, kind))
        wrong += [f"{kind}: {problem}" for problem in _left_over(page)]
    assert not wrong, "\n".join(wrong)


def _left_over(page: Page) -> list[str]:
    text = page.locator("body").inner_text()
    found = [f"message key {match[0]!r}" for match in keys().finditer(text)]
    found += [f"placeholder {match!r}" for match in re.findall(r"\{[a-z_]+\}", text)]
    found += [f"python shows: {match!r}" for match in re.findall(r"\bNone\b(?! of)|\bDecimal\(|<Markup", text)]
    return found + [f"price outside <bdi>: {text!r}" for text in page.evaluate(STRAY_PRICES)]


@pytest.mark.parametrize(("place", "script"), [("ar-ae", "ar"), ("de-de", "de")])
def test_pages_are_in_one_language(browse: Browse, where: Where, place: str, script: str) -> None:
    """English words that a template would show are looked for; names and the shop's makers are none of them."""
    words = "the|with|from|your|and|this|Search|Menu|Bag|Sold|Show|Choose|Delivery|Reviews|Filter|Close|Home"
    page = browse(javascript=False, expected=(404,))
    wrong: list[str] = []
    for kind in KINDS:
        page.goto(where(place, kind))
        page.evaluate(WITHOUT_QUOTES, script)  # a review keeps the language it was written in, and says so
        text = page.locator("body").inner_text()
        own = re.compile(
            rf"\b({words})\b" if script == "ar" else r"\b(the|with|your|this|Search|Sold|Choose|Delivery)\b"
        )
        wrong += [f"{kind}: {line.strip()[:90]}" for line in text.splitlines() if own.search(line)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_each_page_names_itself_once(browse: Browse, where: Where) -> None:
    page = browse(javascript=False, expected=(404,))
    wrong = []
    for kind in KINDS:
        page.goto(where("en-gb", kind))
        tags = page.locator("h1,h2,h3,h4,h5,h6").evaluate_all("all => all.map((e) => Number(e.tagName[1]))")
        jumps = [(a, b) for a, b in pairwise(tags) if b > a + 1]
        if tags.count(1) != 1 or jumps or not page.title().strip(" —"):
            wrong.append(f"{kind}: headings {tags}, title {page.title()!r}")
    assert not wrong, "\n".join(wrong)
