"""What surrounds every page: menus, market switch, footer; and the ways through journal and stores."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Browse, Where
from tests.browser.stops import PLACES

pytestmark = pytest.mark.browser


def test_market_and_language_switch_keeps_the_thing(browse: Browse, where: Where, javascript: bool) -> None:
    page = browse("/en-gb/products/harbour-mug", javascript=javascript)
    page.get_by_role("button", name=re.compile("United Kingdom")).locator("visible=true").first.click()
    sheet = page.get_by_role("region", name="Country and language")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("link")).to_have_count(len(PLACES))
    expect(sheet.locator("[aria-current]")).to_contain_text("United Kingdom")
    sheet.get_by_role("link", name=re.compile("Deutschland")).click()
    expect(page).to_have_url(re.compile(re.escape(where("de-de", "product")) + "$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hafenbecher")
    expect(page.locator("html")).to_have_attribute("lang", "de-DE")
    page.get_by_role("button", name=re.compile("Deutschland")).locator("visible=true").first.click()
    page.locator("#markets").get_by_role("link", name=re.compile("العربية")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("كوب المرفأ")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


@pytest.mark.parametrize("kind", ["home", "category", "content", "article", "stores", "journal", "search"])
def test_the_switch_keeps_every_kind_of_page(browse: Browse, where: Where, kind: str) -> None:
    page = browse(where("en-gb", kind), javascript=False)
    for place, tag in PLACES.items():
        target = page.locator(f'#markets a[hreflang="{tag}"]').get_attribute("href") or ""
        answer = page.request.get(target)
        assert answer.ok, f"{kind} to {place}: {answer.status} at {target}"
        there = unquote(urlsplit(answer.url).path + (f"?{urlsplit(answer.url).query}" if "?" in answer.url else ""))
        assert there == unquote(where(place, kind)), f"the switch from {kind} to {place} leads to {there}"


@pytest.mark.parametrize("place", PLACES)
def test_every_link_of_the_frame_leads_somewhere(browse: Browse, place: str) -> None:
    page = browse(f"/{place}", javascript=False)
    found = {
        link.get_attribute("href") or ""
        for region in ("header", "footer")
        for link in page.locator(f"{region} a").all()
    }
    assert len(found) > 40
    for target in sorted(found):
        answer = page.request.get(target)
        assert answer.status < 400, f"{target}: {answer.status}"
        assert f"/{place}" in answer.url, f"{target} leads out of {place}"


def test_what_the_head_names_is_there(browse: Browse, where: Where) -> None:
    for kind in ("home", "category", "product", "article"):
        page = browse(where("en-gb", kind), javascript=False)
        named = page.locator("head link[href], head meta[property='og:image'], head script[src]").evaluate_all(
            "all => all.map(e => e.href || e.content || e.src)"
        )
        for target in {urlsplit(address).path + "?" + urlsplit(address).query for address in named}:
            assert page.request.get(target).status < 400, f"{kind} names {target}"


def test_menus_open_by_keyboard_and_mark_the_branch(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/categories/cups-and-mugs", javascript=javascript)
    menu = page.get_by_role("navigation", name="Menu", exact=True)
    top = menu.get_by_role("button", name=re.compile("^Table"))
    expect(top).to_have_accessible_name(re.compile("you are here"))
    top.focus()
    page.keyboard.press("Enter")
    first = menu.get_by_role("link", name="View all Table")
    expect(first).to_be_visible()
    expect(menu.get_by_role("link", name="Cups and mugs")).to_have_attribute("aria-current", re.compile("page|true"))
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(top).to_be_focused()
    for name in ("Kitchen", "Living room", "Bath", "Garden", "Desk", "Gifts"):
        menu.get_by_role("button", name=name).press("Enter")
        expect(menu.get_by_role("link", name=f"View all {name}")).to_be_visible()
        page.keyboard.press("Escape")


def test_journal_to_article_to_product(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript)
    page.get_by_role("main").get_by_role("link", name="All articles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journal")
    article = page.get_by_role("main").get_by_role("heading", level=2).first
    title = article.inner_text()
    article.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    shelf = page.get_by_role("region", name="Named in this article")
    product = shelf.get_by_role("heading", level=3).first
    name = product.inner_text()
    product.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page).to_have_url(re.compile("/en-gb/products/"))


def test_stores_are_found_by_town_and_postcode(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb", javascript=javascript)
    page.get_by_role("contentinfo").get_by_role("link", name="Stores").click()
    names = page.get_by_role("main").get_by_role("heading", level=2)
    total = names.count()
    field = page.get_by_role("searchbox", name="Town or postcode")
    for near, first in (("Falmouth", "Almanac Falmouth"), ("EC1R 0ZZ", "Almanac London")):
        field.fill(near)
        field.press("Enter")
        expect(page).to_have_url(re.compile(r"/stores\?near="))
        expect(names.first).to_have_text(first)
        expect(field).to_have_value(near)
    expect(page.get_by_text(re.compile(r"^[\d.,]+ km away")).first).to_be_visible()
    field.fill("Xyzzy")
    field.press("Enter")
    expect(page.get_by_text("We do not know a place called “Xyzzy”")).to_be_visible()
    expect(names).to_have_count(total)


def test_not_found_helps_on(browse: Browse, javascript: bool) -> None:
    page = browse("/en-gb/products/harbour-mugg", javascript=javascript, expected=(404,))
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is out of print")
    field = page.get_by_role("main").get_by_role("searchbox")
    expect(field).to_have_value(re.compile("harbour mugg"))
    field.press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name="Harbour mug")).to_be_visible()


def test_withdrawn_is_said_to_be(browse: Browse) -> None:
    page = browse("/en-gb/products/pewter-tankard", expected=(410,))
    expect(page.get_by_role("heading", level=1)).to_have_text("No longer in the catalogue")
    assert page.get_by_role("main").get_by_role("link").count() > 3


def test_bad_days_keep_the_shop_around_them(browse: Browse, broken: str, closed: str) -> None:
    page = browse("/en-gb/stores", at=broken, expected=(503,))
    expect(page.get_by_role("heading", level=1)).to_have_text("The shop is busy")
    _keeps_frame(page)
    page = browse("/en-gb/journal", at=broken, expected=(500,))
    expect(page.get_by_role("heading", level=1)).to_have_text("Something broke on our side")
    _keeps_frame(page)
    page = browse("/en-gb/products/harbour-mug", at=closed, expected=(503,))
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed for stocktaking")


def _keeps_frame(page: Page) -> None:
    expect(page.get_by_role("banner").get_by_role("link", name="Almanac")).to_be_visible()
    expect(page.get_by_role("banner").locator("#q")).to_be_visible()
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    assert page.get_by_role("contentinfo").get_by_role("link").count() > 5


def test_edition_is_chosen_and_kept_without_a_flash(browse: Browse) -> None:
    page = browse("/en-gb")
    day = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("combobox", name="Edition").select_option(label="Night edition")
    night = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert night != day
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.early = getComputedStyle(document.body).backgroundColor })"
    )
    page.goto("/en-gb/categories/table")
    assert page.evaluate("window.early") == night
    page.get_by_role("combobox", name="Edition").select_option(label="As the device has it")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == day
