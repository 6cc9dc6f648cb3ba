"""No violation of WCAG 2.2 AA that axe finds, nor of its best practices, on any kind of page or in any state.

Each kind is seen by day and by night, in both directions; widths alternate. `make audit` has the whole product."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.fixtures import HEIGHTS, Browse, Where
from tests.browser.stops import KINDS, STATUS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("place", ["en-gb", "ar-ae"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_page(browse: Browse, where: Where, kind: str, place: str) -> None:
    first, second = (390, 1280) if list(KINDS).index(kind) % 2 else (1280, 390)
    page = browse(where(place, kind), width=first, expected=(STATUS[kind],) if kind in STATUS else ())
    found = [f"by day at {first}: {fault}" for fault in violations(page)]
    page.set_viewport_size({"width": second, "height": HEIGHTS[second]})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"by night at {second}: {fault}" for fault in violations(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_a_full_bag(browse: Browse, full_bag: Any, scheme: Literal["light", "dark"], width: int) -> None:
    page = browse("/en-gb/cart", width=width, scheme=scheme, storage_state=full_bag)
    expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(3)
    assert not (found := violations(page)), "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_on_a_phone(browse: Browse, scheme: Literal["light", "dark"]) -> None:
    page = browse("/en-gb/categories/table", width=390, scheme=scheme)
    page.get_by_role("button", name=re.compile("^Filter")).click()
    expect(page.get_by_role("region", name="Filter")).to_be_visible()
    found = [f"filters: {fault}" for fault in violations(page)]
    page.goto("/en-gb")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Menu", exact=True).get_by_role("button", name="Kitchen").click()
    found += [f"menu: {fault}" for fault in violations(page)]
    page.goto("/en-gb/products/harbour-mug")
    page.get_by_role("region", name="Reviews").scroll_into_view_if_needed()
    found += [f"buy bar: {fault}" for fault in violations(page)]
    page.get_by_role("button", name=re.compile("United Kingdom")).locator("visible=true").last.click()
    found += [f"markets: {fault}" for fault in violations(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_at_a_desk(browse: Browse, scheme: Literal["light", "dark"]) -> None:
    page = browse("/en-gb", scheme=scheme)
    page.get_by_role("combobox", name="Search").press_sequentially("mug", delay=20)
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    found = [f"suggestions: {fault}" for fault in violations(page)]
    page.goto("/en-gb/products/harbour-mug?o.colour=indigo&o.size=small")
    page.get_by_role("button", name="Add to bag").first.click()
    expect(page.get_by_role("dialog").filter(has_text="Added to your bag")).to_be_visible()
    found += [f"added: {fault}" for fault in violations(page)]
    page.keyboard.press("Escape")
    page.get_by_label("Pictures", exact=True).get_by_role("link").first.click()
    expect(page.get_by_role("dialog", name="Large picture")).to_be_visible()
    found += [f"zoom: {fault}" for fault in violations(page)]
    assert not found, "\n".join(found)


def test_bad_days(browse: Browse, broken: str, closed: str) -> None:
    found = []
    for path, status, at in (("/en-gb/stores", 503, broken), ("/en-gb/journal", 500, broken), ("/en-gb", 503, closed)):
        page = browse(path, at=at, expected=(status,))
        found += [f"{status}: {fault}" for fault in violations(page)]
    assert not found, "\n".join(found)
