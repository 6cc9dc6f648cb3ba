"""A shopper with a bag: changes it, changes their mind, enters codes, asks what delivery costs, carries it elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser

MUG = "/en-gb/products/harbour-mug?o.colour=indigo&o.size=small"
MUGS = "Quantity of Harbour mug"


def add(page: Page, path: str = MUG, javascript: bool = True) -> None:
    page.goto(path)
    page.get_by_role("button", name="Add to bag", exact=True).locator("visible=true").first.click()
    if javascript:
        expect(page.get_by_role("dialog").filter(has_text="Added to your bag")).to_be_visible()
    else:
        expect(page.get_by_role("heading", name="Added to your bag")).to_be_visible()


def header(page: Page, count: str) -> None:
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile(f"{count} in the bag"))).to_have_count(1)


def test_after_adding_the_way_on_is_told(browse: Browse, javascript: bool) -> None:
    page = browse(javascript=javascript)
    add(page, javascript=javascript)
    place = page.get_by_role("dialog") if javascript else page.get_by_role("main")
    for words in ("Harbour mug", "Indigo", "1 in the bag now", "Subtotal", "£18.00", "Goes well with it"):
        expect(place).to_contain_text(words)
    expect(place.get_by_role("progressbar")).to_have_attribute("value", "30")
    header(page, "1 piece")
    if javascript:
        expect(page.get_by_role("heading", name="Added to your bag")).to_be_focused()
    else:
        page.reload()
        expect(place).to_contain_text("1 in the bag now")
    place.get_by_role("link", name="View bag").click()
    expect(page).to_have_url(re.compile("/en-gb/cart$"))


def test_a_card_without_choices_is_added_at_once(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/search?q=brush", javascript=javascript)
    page.get_by_role("button", name="Add Dish brush to the bag").click()
    expect(page.get_by_role("heading", name="Added to your bag")).to_be_visible()
    header(page, "1 piece")


def test_quantities_codes_and_delivery_in_place(browse: Browse, javascript: bool) -> None:
    page = browse(javascript=javascript, expected=(422,))
    add(page, javascript=javascript)
    page.goto("/en-gb/cart")
    field = page.get_by_role("spinbutton", name=MUGS)
    field.fill("3")
    field.press("Enter")
    expect(page.locator(".line-total")).to_have_text("£54.00")
    header(page, "3 pieces")
    if javascript:
        expect(field).to_be_focused()
    field.fill("-4")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("whole number from 0")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.goto("/en-gb/cart")

    page.locator("#code summary").click()
    code = page.get_by_label(re.compile("code", re.IGNORECASE)).locator("visible=true").first
    code.fill("NO-SUCH-CODE")
    code.press("Enter")
    expect(page.get_by_text("This code is not known.")).to_be_visible()
    expect(page.locator("input[name=code]")).to_have_value("NO-SUCH-CODE")

    page.goto("/en-gb/cart")
    page.locator("#estimate summary").click()
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#estimate-answer")).to_contain_text("Standard delivery")
    expect(page).to_have_url(re.compile("country=GB"))


def test_removing_is_undone_even_after_a_reload(browse: Browse, javascript: bool) -> None:
    page = browse(javascript=javascript)
    page.goto(MUG)
    page.get_by_label("Initials").fill("AB")
    page.get_by_role("button", name="Add to bag", exact=True).locator("visible=true").first.click()
    expect(page.get_by_role("heading", name="Added to your bag")).to_be_visible()
    page.goto("/en-gb/cart")
    page.get_by_role("button", name="Remove Harbour mug").click()
    told = page.get_by_role("status").filter(has_text="Harbour mug has been taken out.")
    expect(told).to_be_visible()
    if javascript:
        expect(page.locator("#bag-status")).to_be_focused()
    page.reload()
    expect(told).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("spinbutton", name=MUGS)).to_have_value("1")
    expect(page.get_by_role("main").get_by_role("listitem").filter(has_text="Harbour mug").first).to_contain_text("AB")


def test_two_tabs_lose_nothing(browse: Browse) -> None:
    page = browse(expected=(409,))
    add(page)
    add(page, "/en-gb/products/dish-brush")
    page.goto("/en-gb/cart")
    other = page.context.new_page()
    other.goto("/en-gb/cart")
    page.get_by_role("button", name="Remove Harbour mug").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    brushes = other.get_by_role("spinbutton", name="Quantity of Dish brush")
    brushes.fill("2")
    brushes.press("Enter")
    expect(brushes).to_have_value("2")
    expect(other.get_by_role("spinbutton", name=MUGS)).to_have_count(0)
    other.get_by_role("button", name="Remove Dish brush").click()
    expect(other.get_by_text("Your bag is empty")).to_be_visible()
    page.get_by_role("button", name="Remove Dish brush").click()
    expect(page.get_by_text("That is no longer in your bag")).to_be_visible()


def test_the_bag_is_carried_to_another_market(browse: Browse, javascript: bool) -> None:
    page = browse(javascript=javascript)
    add(page, javascript=javascript)
    page.goto("/de-de/cart")
    expect(page.locator(".line-total")).to_contain_text("£")
    page.locator(".moving").get_by_role("button").click()
    expect(page.locator(".line-total")).to_contain_text("€")
    expect(page.locator(".moving")).to_have_count(0)
    expect(page.locator(".line-problem-info")).to_contain_text("£")


STATES = {
    "empty": "/{place}/cart",
    "link": "/{place}/cart/add?sku=HMUG-IND-SMA&quantity=2&sku=NOPE&code=HELLO",
    "delivery": "/{place}/cart?country=XX",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("place", "width"), [("en-gb", 1280), ("de-de", 360), ("ar-ae", 390)])
def test_every_state_is_accessible_and_fits(
    browse: Browse, full_bag: dict[str, Any], place: str, width: int, scheme: Any
) -> None:
    page = browse(width=width, scheme=scheme, storage_state=full_bag)
    for name, path in {**STATES, "full": "/{place}/cart"}.items():
        page.goto(path.format(place=place))
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_the_dialog_is_accessible_and_fits(browse: Browse) -> None:
    for width, scheme in ((360, "light"), (1280, "dark")):
        page = browse(width=width, scheme=scheme)
        add(page)
        assert violations(page) == []
        dialog = page.get_by_role("dialog").bounding_box()
        assert dialog is not None
        assert dialog["x"] >= 0
        assert dialog["x"] + dialog["width"] <= width
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Add to bag", exact=True).locator("visible=true").first).to_be_focused()
