"""A shopper narrows a category down, turns its pages and comes back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser


def address(query: str) -> re.Pattern[str]:
    """The listing with these filters; whether its own order is named is a test apart."""
    return re.compile(re.escape(f"?{query}") + r"(&sort=featured)?$")


def count(page: Page) -> int:
    """How many products the list says it has."""
    words = page.locator("#listing").get_by_role("status").inner_text()
    return int(re.sub(r"\D", "", words))


def cards(page: Page) -> Locator:
    return page.locator("#listing").get_by_role("listitem").filter(has=page.get_by_role("heading", level=2))


def tick(page: Page, name: str, javascript: bool) -> int:
    """Choose a filter's value by its label; gives the count the label promised."""
    box = page.get_by_role("checkbox", name=re.compile(rf"^{name}\b"))
    facet = page.locator("details").filter(has=box)
    if facet.get_attribute("open") is None:
        facet.locator("summary").click()
    label = page.locator("label").filter(has=box)
    promised = int(re.sub(r"\D", "", label.inner_text().split(name)[-1].split("product")[0]))
    label.click()
    if not javascript:
        apply(page)
    return promised


def apply(page: Page) -> None:
    """Without JavaScript the form has a button."""
    page.get_by_role("button", name="Apply").locator("visible=true").first.click()


def test_filters_and_order_from_the_menu(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript)
    menu = page.get_by_role("navigation", name="Menu", exact=True)
    menu.get_by_role("button", name="Table").click()
    menu.get_by_role("link", name="View all Table").click()
    expect(page).to_have_url(re.compile(r"/en-gb/categories/table$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Table")
    everything = count(page)

    promised = tick(page, "Teal", javascript)
    expect(page).to_have_url(address("f.colour=teal"))
    expect(page.locator("#listing").get_by_role("status")).to_have_text(re.compile(rf"^\s*{promised} products?\s*$"))
    expect(page.get_by_role("checkbox", name=re.compile("^Teal"))).to_be_checked()
    expect(cards(page)).to_have_count(promised)

    tick(page, "Indigo", javascript)
    expect(page).to_have_url(address("f.colour=indigo&f.colour=teal"))
    chips = page.get_by_role("list", name="Chosen filters")
    expect(chips.get_by_role("link")).to_have_text([re.compile("Indigo"), re.compile("Teal"), "Clear all"])
    chips.get_by_role("link", name="Remove Indigo").click()
    expect(page).to_have_url(address("f.colour=teal"))
    expect(page.get_by_role("checkbox", name=re.compile("^Indigo"))).not_to_be_checked()
    chips.get_by_role("link", name="Clear all").click()
    expect(page).to_have_url(re.compile(r"/categories/table$"))
    expect(cards(page)).to_have_count(everything)

    page.get_by_label("Sort by").select_option(label="Price, low to high")
    if not javascript:
        apply(page)
    expect(page).to_have_url(re.compile(r"\?sort=price-asc$"))
    expect(page.get_by_label("Sort by")).to_have_value("price-asc")
    prices = [float(re.search(r"£([\d,.]+)", text)[1].replace(",", "")) for text in cards(page).all_inner_texts()]  # type: ignore[index]
    assert prices == sorted(prices)

    page.go_back()
    expect(page).to_have_url(re.compile(r"/categories/table$"))
    expect(page.get_by_label("Sort by")).not_to_have_value("price-asc")


def test_the_list_s_own_order_is_no_part_of_the_address(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/categories/table", javascript=javascript)
    tick(page, "Teal", javascript)
    expect(page).to_have_url(address("f.colour=teal"))
    assert "sort=" not in page.url


def test_price_range_is_typed(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/categories/table", javascript=javascript)
    price = page.get_by_role("group", name="Price").last
    price.get_by_label("From").fill("20")
    price.get_by_label("To").fill("40")
    price.get_by_label("To").press("Enter")
    expect(page).to_have_url(address("f.price=20..40"))
    for text in cards(page).all_inner_texts():
        assert re.search(r"£(2\d|3\d|40)", text), text
    expect(page.get_by_role("link", name=re.compile(r"Remove Price: £20\.00 to £40\.00"))).to_be_visible()
    expect(page.get_by_role("spinbutton", name=re.compile("From"))).to_have_value("20")


def test_impossible_filters_offer_a_way_back(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/categories/table?f.price=100000..", javascript=javascript)
    expect(page.get_by_text("Nothing fits all of that")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Clear all").last.click()
    expect(page).to_have_url(re.compile(r"/categories/table$"))
    expect(cards(page).first).to_be_visible()


def test_pages_are_links_and_back_keeps_them(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/collections/gift-ideas", javascript=javascript)
    everything = count(page)
    expect(cards(page)).to_have_count(24)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile(r"\?page=2$"))
    expect(cards(page)).to_have_count(everything - 24)
    current = page.get_by_role("navigation", name="Pages").locator("[aria-current=page]")
    expect(current).to_have_text(re.compile("2"))
    first = cards(page).first.get_by_role("link")
    name = first.inner_text()
    first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?page=2$"))
    expect(cards(page).first.get_by_role("link")).to_have_text(name)


def test_more_comes_in_place(browse: Browse) -> None:
    page = browse("/en-gb/collections/gift-ideas")
    everything = count(page)
    page.get_by_role("link", name="Show more").click()
    expect(cards(page)).to_have_count(everything)
    names = cards(page).get_by_role("heading").all_inner_texts()
    assert len(set(names)) == everything, "a product came twice"
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)


def test_coming_back_after_more_restores_place_and_page(browse: Browse) -> None:
    page = browse("/en-gb/collections/gift-ideas")
    page.get_by_role("link", name="Show more").click()
    further = cards(page).nth(30).get_by_role("link")
    name = further.inner_text()
    further.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.go_back()
    expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_be_in_viewport()


def test_more_is_a_page_link_without_javascript(browse: Browse) -> None:
    page = browse("/en-gb/collections/gift-ideas", javascript=False)
    more = page.get_by_role("link", name="Show more")
    if more.count():  # or it is not offered, beside the page links
        more.click()
        expect(page).to_have_url(re.compile(r"\?page=2$"))
