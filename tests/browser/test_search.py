"""A shopper looks for something by words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser


def field(page: Page) -> Locator:
    return page.get_by_role("banner").locator("#q")


def test_suggestions_by_keyboard(browse: Browse) -> None:
    page = browse("/en-gb")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("mug", delay=20)
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    total = options.count()
    assert total >= 3

    box.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.nth(0).get_attribute("id") or "")
    box.press("ArrowUp")
    expect(options.nth(total - 1)).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(box).to_have_value("mug")

    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("ArrowDown")
    target = options.nth(0).get_attribute("href") or ""
    box.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(target) + "$"))


@pytest.mark.parametrize("words", ["linen", "wool"])
def test_suggestions_are_links(browse: Browse, words: str) -> None:
    page = browse("/en-gb")
    page.get_by_role("combobox", name="Search").press_sequentially(words, delay=20)
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    for option in options.all():
        target = option.get_attribute("href") or ""
        assert page.request.get(target).ok, target
    product = page.get_by_role("group", name="Things").get_by_role("option").first
    target = product.get_attribute("href") or ""
    product.click()
    expect(page).to_have_url(re.compile(re.escape(target) + "$"))


def test_a_click_elsewhere_closes_suggestions(browse: Browse) -> None:
    page = browse("/en-gb")
    page.get_by_role("combobox", name="Search").press_sequentially("linen", delay=20)
    listbox = page.get_by_role("listbox", name="Suggestions")
    expect(listbox).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(listbox).to_be_hidden()


def test_enter_opens_the_results(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript)
    field(page).fill("wool")
    field(page).press("Enter")
    expect(page).to_have_url(re.compile(r"/en-gb/search\?q=wool$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("wool"))
    expect(field(page)).to_have_value("wool")
    expect(page.get_by_label("Sort by").locator("option:checked")).to_have_text("Best match")
    found = page.locator("#listing").get_by_role("heading", level=2)
    total = int(re.sub(r"\D", "", page.locator("#listing").get_by_role("status").inner_text()))
    expect(found).to_have_count(total)
    expect(page.get_by_role("group", name="Price").first).to_be_attached()


def test_a_slip_of_the_finger_is_put_right(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/search?q=taepot", javascript=javascript)
    expect(page.get_by_role("main").get_by_role("link", name="Sailcloth teapot")).to_be_visible()
    said = page.get_by_role("main").get_by_text(re.compile("These are results for|Did you mean"))
    expect(said).to_contain_text("teapot")


def test_nothing_found_helps_on(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/search?q=zzqxkv", javascript=javascript)
    main = page.get_by_role("main")
    expect(main.get_by_text("zzqxkv").first).to_be_visible()
    again = main.get_by_role("searchbox", name="Search again")
    expect(again).to_have_value("zzqxkv")
    assert main.get_by_role("navigation").get_by_role("link").count() >= 3
    assert main.get_by_role("heading", level=3).count() >= 2, "products are offered"
    again.fill("mug")
    again.press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name="Harbour mug")).to_be_visible()


def test_a_number_from_the_catalogue_finds_the_thing(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript)
    field(page).fill("HMUG")
    field(page).press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name="Harbour mug").first).to_be_visible()


@pytest.mark.parametrize(
    ("place", "words", "found"),
    [("de-de", "tischdecke", r"[Tt]ischdecke"), ("ar-ae", "كوب", "كوب"), ("en-us", "harbor", "Harbor mug")],
)
def test_each_language_finds_its_words(browse: Browse, place: str, words: str, found: str) -> None:
    page = browse(f"/{place}", javascript=False)
    field(page).fill(words)
    field(page).press("Enter")
    expect(page.locator("#listing").get_by_role("heading", level=2).first).to_have_text(re.compile(found))


def test_what_was_typed_is_shown_as_text(browse: Browse, javascript: bool) -> None:
    page = browse(javascript=javascript)
    page.goto("/en-gb/search?q=%3Cimg src=x onerror=document.title=1%3E")
    expect(page.get_by_role("main").get_by_text("<img").first).to_be_visible()
