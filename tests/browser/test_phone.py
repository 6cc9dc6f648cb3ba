"""On a phone, 390 pixels wide: by touch; and everywhere by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}

FOCUS_IS_VISIBLE = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "nothing has the focus";
  const ring = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const drawn = (e) => [null, "::before", "::after"].some((part) => ring(getComputedStyle(e, part)));
  const seen = (e) => {
    const r = e.getBoundingClientRect();
    return r.width > 2 && r.height > 2 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
  };
  const around = [element.parentElement, element.closest("li, label, form")];
  const bearers = [element, ...(element.labels ?? []), ...around].filter(Boolean);
  if (bearers.some((e) => drawn(e) && seen(e))) return "";
  return `${element.outerHTML.slice(0, 120)}: ${bearers.some(drawn) ? "out of sight" : "no focus ring"}`;
}
"""


def test_the_header_has_its_four_tools(browse: Browse) -> None:
    page = browse("/en-gb", **PHONE)
    header = page.get_by_role("banner")
    expect(header.get_by_role("button", name="Menu")).to_be_visible()
    expect(header.get_by_role("link", name="Almanac")).to_be_visible()
    expect(header.get_by_role("button", name="Search").first).to_be_visible()
    expect(header.get_by_role("link", name="Bag")).to_be_visible()


def test_menu_by_tap(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript, **PHONE)
    page.get_by_role("button", name="Menu").tap()
    menu = page.get_by_role("navigation", name="Menu", exact=True)
    expect(menu).to_be_visible()
    menu.get_by_role("button", name="Kitchen").tap()
    menu.get_by_role("link", name="Knives and boards").tap()
    expect(page).to_have_url(re.compile("/categories/knives-and-boards$"))
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()


def test_menu_by_keyboard(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript, width=390)
    opener = page.get_by_role("button", name="Menu")
    opener.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Menu", exact=True)
    expect(menu).to_be_visible()
    page.keyboard.press("Tab")
    assert menu.evaluate("e => e.contains(document.activeElement)"), "the focus goes into the menu"
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()


def test_search_opens_and_takes_the_focus(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript, **PHONE)
    page.get_by_role("banner").get_by_role("button", name="Search").first.tap()
    field = page.locator("#q")
    expect(field).to_be_visible()
    if javascript:
        expect(field).to_be_focused()
    field.fill("wool")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=wool$"))


def test_filter_sheet(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/categories/table", javascript=javascript, **PHONE)
    opener = page.get_by_role("button", name=re.compile("^Filter"))
    opener.tap()
    sheet = page.get_by_role("region", name="Filter")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("checkbox", name=re.compile(r"Teal.*\d+ products"))).to_have_count(1)
    box = sheet.bounding_box()
    assert box is not None
    assert box["width"] <= 390
    sheet.locator("label").filter(has_text="Teal").tap()
    if javascript:
        show = sheet.get_by_role("button", name=re.compile(r"^Show \d+ products?$"))
        expect(show).to_have_text("Show 10 products")
        expect(sheet).to_be_visible()
        sheet.locator("label").filter(has_text="Indigo").tap()
        expect(show).not_to_have_text("Show 10 products")
        shown = re.sub(r"\D", "", show.inner_text())
        show.tap()
        expect(sheet).to_be_hidden()
        expect(page.get_by_role("status").first).to_have_text(re.compile(rf"\b{shown} products"))
        assert "f.colour=teal" in page.url
    else:
        sheet.get_by_role("button", name="Apply").tap()
        expect(page.get_by_role("status").first).to_have_text(re.compile(r"\b10 products"))
    expect(page.get_by_role("button", name=re.compile("^Filter"))).to_be_in_viewport()
    expect(page.get_by_role("link", name="Remove Teal")).to_be_visible()


def test_filter_sheet_closes(browse: Browse) -> None:
    page = browse("/en-gb/categories/table", **PHONE)
    opener = page.get_by_role("button", name=re.compile("^Filter"))
    sheet = page.get_by_role("region", name="Filter")
    opener.press("Enter")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    opener.tap()
    sheet.get_by_role("button", name="Close").tap()
    expect(sheet).to_be_hidden()


def test_filter_and_order_stay_in_reach(browse: Browse) -> None:
    page = browse("/en-gb/categories/table", **PHONE)
    page.evaluate("scrollTo(0, 1600)")
    expect(page.get_by_role("button", name=re.compile("^Filter"))).to_be_in_viewport()
    expect(page.get_by_label("Sort by")).to_be_in_viewport()


@pytest.mark.parametrize("path", ["categories/table", "collections/gift-ideas", "search?q=wool"])
def test_products_begin_early(browse: Browse, path: str) -> None:
    """LOOK.md 9: within the first 400 pixels."""
    page = browse(f"/en-gb/{path}", **PHONE)
    first = page.locator("#listing").get_by_role("listitem").filter(has=page.get_by_role("heading", level=2)).first
    box = first.bounding_box()
    assert box is not None
    assert box["y"] <= 400, f"the first product begins at {box['y']} px"


def test_a_product_says_the_most_without_scrolling(browse: Browse) -> None:
    """LOOK.md 14: picture, name, price, rating, first option on 390 by 844."""
    page = browse("/en-gb/products/harbour-mug", **PHONE)
    main = page.get_by_role("main")
    for part in (
        main.get_by_role("img").first,
        page.get_by_role("heading", level=1),
        main.get_by_text("from £18.00").first,
        main.get_by_role("link", name=re.compile("out of 5")),
        page.get_by_role("group", name=re.compile("^Colour")).locator("label").first,
    ):
        expect(part).to_be_in_viewport()


def test_the_bar_takes_over_from_the_button(browse: Browse) -> None:
    page = browse("/en-gb/products/harbour-mug?o.colour=indigo&o.size=small", **PHONE)
    buttons = page.get_by_role("button", name="Add to bag")
    buttons.first.scroll_into_view_if_needed()
    expect(buttons.locator("visible=true")).to_have_count(1)
    page.get_by_role("region", name="Reviews").scroll_into_view_if_needed()
    expect(buttons.last).to_be_in_viewport()
    bar = page.locator("#buybar")
    expect(bar).to_contain_text("Indigo")
    expect(bar).to_contain_text("£18.00")
    buttons.last.tap()
    expect(page.get_by_role("dialog").filter(has_text="Added to your bag")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Carry on").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_bar_leads_to_what_is_missing(browse: Browse) -> None:
    page = browse("/en-gb/products/harbour-mug", **PHONE)
    page.get_by_role("region", name="Reviews").scroll_into_view_if_needed()
    page.locator("#buybar").get_by_role("link", name=re.compile("^Choose colour and size")).tap()
    expect(page.get_by_role("group", name=re.compile("^Colour"))).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("group", name=re.compile("^Colour")).locator("legend")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1280])
def test_to_the_bag_by_keyboard_alone(browse: Browse, width: int) -> None:
    page = browse("/en-gb/products/harbour-mug?o.colour=indigo&o.size=small", width=width)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the contents")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the contents")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    hidden = _tab_to(page, "Add to bag")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog").filter(has_text="Added to your bag")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("e => e.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add to bag").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    hidden += _tab_to(page, "View bag")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/cart$"))
    hidden += _tab_to(page, "Remove Harbour mug")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your bag is empty")).to_be_visible()
    assert not hidden, "\n".join(hidden)


def _tab_to(page: Page, name: str) -> list[str]:
    """Tab until the control of that name has the focus; what had it on the way without being seen."""
    wanted = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    hidden = []
    for _ in range(90):
        if any(control.evaluate("e => e === document.activeElement") for control in wanted.all()):
            return hidden
        page.keyboard.press("Tab")
        if problem := page.evaluate(FOCUS_IS_VISIBLE):
            hidden.append(problem)
    pytest.fail(f"{name} is not reached by the keyboard")


def test_focus_is_seen_all_over_the_front_page(browse: Browse) -> None:
    page = browse("/en-gb")
    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(FOCUS_IS_VISIBLE))
    assert not [problem for problem in hidden if problem]
