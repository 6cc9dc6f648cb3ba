"""A shopper looks at a thing, chooses how it should be and puts it into the bag."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser

MUG = "/en-gb/products/harbour-mug"


def choose(page: Page, option: str, value: str, javascript: bool) -> None:
    """Choose an option's value by its label; without JavaScript there is a button to show the choice."""
    group = page.get_by_role("group", name=re.compile(rf"^{option}\b"))
    group.locator("label").filter(has_text=value).click()
    if not javascript:
        page.get_by_role("button", name="Show this choice").click()
    expect(group.get_by_role("radio", name=re.compile(f"^{value}"))).to_be_checked()


def test_from_choice_to_empty_bag(browse: Browse, javascript: bool) -> None:
    page = browse(MUG, javascript=javascript)
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour mug")
    expect(page.get_by_role("button", name="Add to bag")).to_have_count(0)
    expect(page.get_by_role("main").get_by_text("from £18.00").first).to_be_visible()

    choose(page, "Colour", "Indigo", javascript)
    expect(page).to_have_url(re.compile(r"\?o\.colour=indigo$"))
    expect(page.get_by_role("group", name=re.compile("^Colour"))).to_have_accessible_name(re.compile("Indigo"))
    choose(page, "Size", "Small", javascript)
    expect(page).to_have_url(re.compile(r"\?o\.colour=indigo&o\.size=small$"))
    expect(page.get_by_role("status").filter(has_text="In stock")).to_be_visible()

    page.get_by_label("Initials").fill("ÉJ")
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_role("button", name="Add to bag").locator("visible=true").first.click()
    if javascript:
        dialog = page.get_by_role("dialog").filter(has_text="Added to your bag")
        expect(dialog).to_contain_text("Harbour mug")
        expect(dialog).to_contain_text("Indigo")
        expect(page.get_by_role("banner").get_by_role("link", name=re.compile("2 pieces in the bag"))).to_have_count(1)
        dialog.get_by_role("link", name="View bag").click()
    else:
        expect(page.get_by_role("heading", level=1)).to_have_text("Added to your bag")
        page.get_by_role("link", name="View bag").click()
    expect(page).to_have_url(re.compile(r"/en-gb/cart$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Bag")
    line = page.get_by_role("main").get_by_role("listitem").filter(has_text="Harbour mug")
    for words in ("Colour", "Indigo", "Size", "Small", "Initials", "ÉJ", "£22.00 each", "£44.00"):
        expect(line).to_contain_text(words)
    expect(page.get_by_role("banner").get_by_role("link", name=re.compile("2 pieces in the bag"))).to_be_visible()
    quantity = page.get_by_role("spinbutton", name="Quantity of Harbour mug")
    expect(quantity).to_have_value("2")
    quantity.fill("3")
    quantity.press("Enter")
    expect(line).to_contain_text("£66.00")
    expect(page.get_by_role("spinbutton", name="Quantity of Harbour mug")).to_have_value("3")
    page.reload()
    expect(page.get_by_role("spinbutton", name="Quantity of Harbour mug")).to_have_value("3")
    page.get_by_role("button", name="Remove Harbour mug").click()
    expect(page.get_by_text("Your bag is empty")).to_be_visible()
    page.get_by_role("link", name="Carry on looking").click()
    expect(page).to_have_url(re.compile(r"/en-gb$"))


def test_the_address_carries_the_choice(browse: Browse, javascript: bool) -> None:
    page = browse(f"{MUG}?o.colour=teal&o.size=large", javascript=javascript)
    expect(page.get_by_role("radio", name=re.compile("^Teal"))).to_be_checked()
    expect(page.get_by_role("radio", name=re.compile("^Large"))).to_be_checked()
    expect(page.get_by_role("main").get_by_text("£22.00").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Only 3 left")).to_be_visible()


def test_sold_out_is_visible_named_and_not_for_sale(browse: Browse, javascript: bool) -> None:
    page = browse(f"{MUG}?o.size=large", javascript=javascript)
    chalk = page.get_by_role("radio", name=re.compile("^Chalk ?, sold out$"))
    expect(chalk).to_have_count(1)
    expect(page.locator("label").filter(has_text="Chalk")).to_be_visible()
    choose(page, "Colour", "Chalk", javascript)
    expect(page.get_by_role("status").filter(has_text="Sold out")).to_contain_text("Chalk, Large")
    expect(page.get_by_role("button", name="Add to bag")).to_have_count(0)


def test_what_is_not_made_says_so(browse: Browse, javascript: bool) -> None:
    page = browse(f"{MUG}?o.size=large", javascript=javascript)
    expect(page.get_by_role("radio", name=re.compile("^Ochre ?, not made$"))).to_have_count(1)
    choose(page, "Colour", "Ochre", javascript)
    expect(page.get_by_text("Ochre is not made with the rest of your choice.")).to_be_visible()
    expect(page.get_by_role("button", name="Add to bag")).to_have_count(0)


def test_the_buy_button_is_never_dead(browse: Browse, javascript: bool) -> None:
    page = browse(MUG, javascript=javascript)
    page.get_by_role("link", name=re.compile("^Choose colour and size")).locator("visible=true").first.click()
    colour = page.get_by_role("group", name=re.compile("^Colour"))
    expect(colour).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(colour.get_by_role("radio").first).to_be_focused()


def test_choosing_keeps_the_focus(browse: Browse) -> None:
    page = browse(MUG)
    page.get_by_role("radio", name=re.compile("^Indigo")).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"o\.colour=madder$"))
    expect(page.get_by_role("group", name=re.compile("^Colour"))).to_have_accessible_name(re.compile("Madder"))
    expect(page.get_by_role("radio", name=re.compile("^Madder"))).to_be_focused()


def test_a_choice_that_fails_shows_the_failure_and_not_half_a_page(browse: Browse) -> None:
    """The part is picked out of a whole page, and a failure's page has no such part."""
    page = browse(MUG, expected=(503,))
    failed = "<!doctype html><title>Closed</title><main id=main><h1>Not now</h1></main>"
    page.route("**/products/harbour-mug?**", lambda route: route.fulfill(status=503, body=failed))
    page.get_by_role("group", name=re.compile("^Colour")).locator("label").filter(has_text="Teal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not now")
    expect(page).to_have_url(re.compile(r"harbour-mug\?o\.colour=teal$"))
    page.unroute("**/products/harbour-mug?**")
    page.reload()
    expect(page.get_by_role("radio", name=re.compile("^Teal"))).to_be_checked()


def test_typed_words_survive_a_choice(browse: Browse) -> None:
    page = browse(MUG)
    page.get_by_label("Initials").fill("AB")
    choose(page, "Colour", "Teal", True)
    expect(page).to_have_url(re.compile(r"o\.colour=teal"))
    expect(page.get_by_label("Initials")).to_have_value("AB")


def test_a_double_click_adds_once(browse: Browse) -> None:
    page = browse("/en-gb/products/harbour-mug?o.colour=indigo&o.size=small")
    page.get_by_role("button", name="Add to bag").locator("visible=true").first.dblclick()
    expect(page.get_by_role("dialog").filter(has_text="Added to your bag")).to_be_visible()
    page.goto("/en-gb/cart")
    expect(page.get_by_role("spinbutton", name="Quantity of Harbour mug")).to_have_value("1")


def test_pictures_are_turned_and_enlarged(browse: Browse) -> None:
    page = browse(MUG)
    gallery = page.get_by_label("Pictures", exact=True)
    thumbnails = gallery.get_by_role("link", name=re.compile(r"^Picture \d"))
    total = thumbnails.count()
    assert total >= 3
    thumbnails.nth(1).click()
    expect(gallery.get_by_text(f"Picture 2 of {total}")).to_have_count(1)
    expect(thumbnails.nth(1)).to_have_attribute("aria-current", "true")
    expect(gallery.get_by_role("listitem").nth(1).get_by_role("img")).to_be_in_viewport(ratio=0.5)
    thumbnails.nth(1).press("ArrowRight")
    expect(gallery.get_by_text(f"Picture 3 of {total}")).to_have_count(1)
    thumbnails.nth(2).press("ArrowLeft")
    expect(gallery.get_by_text(f"Picture 2 of {total}")).to_have_count(1)

    large = gallery.get_by_role("listitem").nth(1).get_by_role("link")
    large.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Large picture")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("img")).to_have_js_property("complete", True)
    expect(dialog).to_contain_text(f"Picture 2 of {total}")
    dialog.get_by_role("button", name="Next picture").click()
    expect(dialog).to_contain_text(f"Picture 3 of {total}")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text(f"Picture 2 of {total}")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(large).to_be_focused()


def test_pictures_open_without_javascript(browse: Browse) -> None:
    page = browse(MUG, javascript=False)
    gallery = page.get_by_label("Pictures", exact=True)
    gallery.get_by_role("link", name="Picture 3").click()
    expect(gallery.get_by_role("listitem").nth(2).get_by_role("img")).to_be_in_viewport(ratio=0.5)
    for link in gallery.get_by_role("listitem").get_by_role("link").all():
        target = link.get_attribute("href") or ""
        if not target.startswith("#"):
            assert page.request.get(target).ok, target


def test_reviews_are_filtered_by_stars(browse: Browse, javascript: bool) -> None:
    page = browse(MUG, javascript=javascript)
    reviews = page.get_by_role("region", name="Reviews")
    bars = reviews.get_by_role("list", name="Reviews by stars")
    bars.get_by_role("link", name=re.compile("^5 stars")).click()
    expect(bars.locator("[aria-current=true]")).to_have_text(re.compile("5 stars"))
    for stars in reviews.get_by_role("listitem").filter(has=page.locator("time")).all():
        expect(stars).to_contain_text(re.compile(r"\b5(\.0)? out of 5"))
    reviews.get_by_role("link", name=re.compile("^Remove 5 stars")).click()
    expect(bars.locator("[aria-current=true]")).to_have_count(0)
    reviews.get_by_role("link", name="Most critical first").click()
    expect(page.get_by_role("region", name="Reviews")).to_be_in_viewport()


def test_recently_viewed_is_kept_by_the_script_alone(browse: Browse, javascript: bool) -> None:
    page = browse(MUG, javascript=javascript)
    page.goto("/en-gb/products/paring-knife")
    shelf = page.get_by_role("region", name="Recently viewed")
    if not javascript:
        expect(shelf).to_have_count(0)
        return
    expect(shelf.get_by_role("link", name="Harbour mug")).to_be_visible()
    expect(shelf).to_contain_text("£18.00")
    expect(shelf.get_by_role("link", name="Paring knife")).to_have_count(0)
    assert not page.context.cookies(), "looking at things leaves no cookie"
    shelf.get_by_role("button", name="Forget these").click()
    expect(shelf).to_have_count(0)
    page.goto("/en-gb")
    expect(page.locator("#recent").get_by_role("link", name="Harbour mug", include_hidden=True)).to_have_count(0)
