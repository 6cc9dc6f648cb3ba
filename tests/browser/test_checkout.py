"""Buying to the end in a real browser, over the embedded backend and its test payment provider on another site."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser

WIDE = "() => document.documentElement.scrollWidth - innerWidth"
RINGS = """() => [document.activeElement, document.activeElement.closest("label") ?? document.activeElement]
  .map((e) => getComputedStyle(e).outlineStyle)"""
ADDRESSES = {
    "en-gb": {
        "first_name": "Ada",
        "last_name": "Byron",
        "line1": "12 St James's Square",
        "city": "London",
        "postcode": "SW1Y 4JH",
    },
    "de-de": {
        "first_name": "Käthe",
        "last_name": "Kollwitz",
        "line1": "Weißenburger Straße 25",
        "city": "Berlin",
        "postcode": "١٠٤٠٥",
    },
    "ar-ae": {"first_name": "ليلى", "last_name": "الحسن", "line1": "شارع الشيخ زايد ١٢", "phone": "٠٥٠١٢٣٤٥٦٧"},
}


@pytest.fixture
def bag(chromium: Browser, served: str) -> Any:
    """`bag(place, *skus)`: the cookies of a visitor who has put things into the bag, for `browse(storage_state=…)`."""

    def fill(place: str = "en-gb", *skus: str) -> Any:
        context = chromium.new_context(base_url=served)
        for sku in skus or ("EMUG-MAD",):
            form = {"sku": sku, "quantity": "1"}
            answer = context.request.post(f"/{place}/cart/lines", form=form, headers={"sec-fetch-site": "same-origin"})
            assert answer.ok, answer.text()
        state = context.storage_state()
        context.close()
        return state

    return fill


def on(page: Page) -> None:
    """The step's button; the page it leads to."""
    page.locator("main form button.till-next").click()
    page.wait_for_load_state()


def details(page: Page, place: str = "en-gb") -> None:
    page.locator("[name=email]").fill("ada@example.com")
    for name, value in ADDRESSES[place].items():
        page.locator(f"[name='shipping.{name}']").fill(value)
    if place == "ar-ae":
        page.locator("[name='shipping.region']").select_option(label="دبي")


def to_review(page: Page, place: str = "en-gb", method: str = "card") -> None:
    page.goto(f"/{place}/checkout")
    details(page, place)
    on(page)
    expect(page).to_have_url(re.compile("/checkout/delivery$"))
    on(page)
    page.locator(f"[name=method][value={method}]").check()
    on(page)
    expect(page).to_have_url(re.compile("/checkout/review$"))


def agree(page: Page) -> None:
    for box in page.locator("main [type=checkbox]").all():
        box.check()


@pytest.mark.parametrize("place", ["de-de", "ar-ae"])
def test_a_purchase_by_bank_transfer(browse: Browse, bag: Any, javascript: bool, place: str) -> None:
    page = browse(width=360, javascript=javascript, storage_state=bag(place))
    to_review(page, place, "bank_transfer")
    order = page.locator("main button.till-next")
    expect(order).to_have_text({"de-de": "Zahlungspflichtig bestellen", "ar-ae": "تأكيد الطلب والدفع"}[place])
    agree(page)
    on(page)
    expect(page).to_have_url(re.compile("/checkout/done/"))
    expect(page.get_by_role("main")).to_contain_text("ada@example.com")
    page.go_back()
    page.wait_for_load_state()
    page.goto(f"/{place}/checkout")
    expect(page).to_have_url(re.compile("/checkout/done/")), "what is ordered is not ordered again"


@pytest.mark.parametrize("method", ["card", "card_frame"])
def test_paying_at_the_provider_s(browse: Browse, bag: Any, javascript: bool, method: str) -> None:
    page = browse(javascript=javascript, storage_state=bag())
    to_review(page, method=method)
    agree(page)
    on(page)
    at = page.frame_locator("iframe") if method == "card_frame" else page
    at.get_by_role("button", name="Decline").click()
    expect(page).to_have_url(re.compile("/checkout/payment$"))
    expect(page.get_by_role("status").first).to_contain_text("declined")
    page.locator(f"[name=method][value={method}]").check()
    on(page)
    agree(page)
    on(page)
    at = page.frame_locator("iframe") if method == "card_frame" else page
    at.get_by_role("button", name="Approve the payment").click()
    expect(page).to_have_url(re.compile("/checkout/done/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")


def test_two_clicks_are_one_order(browse: Browse, bag: Any) -> None:
    page = browse(storage_state=bag())
    to_review(page, method="bank_transfer")
    agree(page)
    page.locator("main button.till-next").dblclick()
    expect(page).to_have_url(re.compile("/checkout/done/"))
    first = page.get_by_text("Order number").inner_text()
    page.reload()
    assert page.get_by_text("Order number").inner_text() == first


def test_mistakes_are_told_and_kept(browse: Browse, bag: Any, javascript: bool) -> None:
    page = browse("/en-gb/checkout", javascript=javascript, storage_state=bag(), expected=(422,))
    page.locator("[name=email]").fill("ada@")
    page.locator("[name='shipping.postcode']").fill("nowhere")
    on(page)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("6")
    told.get_by_role("link", name=re.compile("^Postcode")).click()
    postcode = page.get_by_label("Postcode")
    expect(postcode).to_be_focused()
    expect(postcode).to_have_value("NOWHERE")
    expect(postcode).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail")).to_have_value("ada@")


def test_another_country_changes_the_fields_in_place(browse: Browse, bag: Any, javascript: bool) -> None:
    page = browse(javascript=javascript, storage_state=bag())
    page.goto("/en-gb/checkout")
    details(page)
    on(page)
    on(page)
    page.locator("[name=billing][value=other]").check()
    page.locator("[name='billing.first_name']").fill("Grace")
    country = page.locator("[name='billing.country']")
    country.focus()
    country.select_option("US")
    if not javascript:
        page.get_by_role("button", name="Change country").click()
    expect(page.locator("[name='billing.region']")).to_be_visible()
    expect(page.locator("[name='billing.first_name']")).to_have_value("Grace")
    expect(page.locator("[name=billing][value=other]")).to_be_checked()
    if javascript:
        expect(country).to_be_focused()


def test_a_whole_purchase_by_keyboard(browse: Browse, bag: Any) -> None:
    page = browse("/en-gb/checkout", storage_state=bag())

    def reach(selector: str, limit: int = 60) -> None:
        for _ in range(limit):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                seen = page.evaluate(RINGS)
                assert any(style != "none" for style in seen), f"no focus ring on {selector}"
                return
        pytest.fail(f"{selector} cannot be reached by Tab")

    reach("[name=email]")
    page.keyboard.type("ada@example.com")
    for name, value in ADDRESSES["en-gb"].items():
        reach(f"[name='shipping.{name}']")
        page.keyboard.type(value)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/delivery$"))
    reach("[type=radio]")
    page.keyboard.press("ArrowDown")
    reach("button.till-next")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/payment$"))
    reach("[name=method]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    reach("button.till-next")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/review$"))
    expect(page.get_by_role("main")).to_contain_text("Bank transfer")
    if page.locator("main [type=checkbox]").count():
        reach("[type=checkbox]")
        page.keyboard.press("Space")
    reach("button.till-next")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/checkout/done/"))


@pytest.mark.parametrize(("place", "width", "scheme"), [("en-gb", 1280, "light"), ("ar-ae", 390, "dark")])
def test_nothing_for_axe_on_any_step(
    browse: Browse, bag: Any, place: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browse(width=width, scheme=scheme, storage_state=bag(place, "EMUG-MAD", "BBLK-IND-MED"), expected=(422,))
    found: list[str] = []

    def look(name: str) -> None:
        found.extend(f"{name}: {fault}" for fault in violations(page))
        assert page.evaluate(WIDE) <= 0, f"{name} is wider than the window"

    page.goto(f"/{place}/checkout")
    look("details")
    on(page)
    look("details with mistakes")
    details(page, place)
    on(page)
    look("delivery")
    on(page)
    page.locator("[name=billing][value=other]").check()
    look("payment with another address")
    page.locator("[name=billing][value=same]").check()
    page.locator("[name=method][value=card_frame]").check()
    on(page)
    look("review")
    agree(page)
    on(page)
    expect(page).to_have_url(re.compile("/checkout/pay/"))
    page.frame_locator("iframe").locator("button").first.wait_for()
    look("the provider's frame")
    page.frame_locator("iframe").locator("button").first.click()
    expect(page).to_have_url(re.compile("/checkout/done/"))
    look("done")
    assert not found, "\n".join(found)


def test_a_purchase_at_twice_the_size_on_a_small_phone(browse: Browse, bag: Any) -> None:
    """360 pixels at 200 %: 180 are left."""
    page = browse(width=180, device_scale_factor=2, storage_state=bag("de-de"), expected=(422,))
    page.goto("/de-de/checkout")
    on(page)
    assert page.evaluate(WIDE) <= 0, "details with mistakes"
    details(page, "de-de")
    on(page)
    assert page.evaluate(WIDE) <= 0, "delivery"
    on(page)
    assert page.evaluate(WIDE) <= 0, "payment"
    page.locator("[name=method][value=bank_transfer]").check()
    on(page)
    assert page.evaluate(WIDE) <= 0, "review"
    agree(page)
    on(page)
    expect(page).to_have_url(re.compile("/checkout/done/"))
    assert page.evaluate(WIDE) <= 0, "done"
