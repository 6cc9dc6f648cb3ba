"""Nothing shifts, nothing sticks out, and what is touched is large enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import HEIGHTS, Browse, Where
from tests.browser.layout import RECORD_SHIFTS, SCROLL_THROUGH, STICKS_OUT, TOO_SMALL
from tests.browser.stops import KINDS, STATUS

pytestmark = pytest.mark.browser

LONGEST = ("de-de", "ar-ae")
"""German has the longest words, Arabic the other direction."""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in STATUS])
def test_nothing_shifts_while_loading(browse: Browse, where: Where, kind: str, width: int) -> None:
    page = browse(width=width)
    page.add_init_script(RECORD_SHIFTS)
    page.goto(where("ar-ae" if kind == "collection" else "en-gb", kind))
    page.wait_for_load_state("networkidle")
    page.evaluate(SCROLL_THROUGH)
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("shifts")
    assert sum(shift[0] for shift in shifts) < 0.001, "\n".join(map(str, shifts))


@pytest.mark.parametrize("place", LONGEST)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_sticks_out(browse: Browse, where: Where, kind: str, place: str) -> None:
    page = browse(where(place, kind), javascript=True, expected=(404,) if kind in STATUS else ())
    found = {}
    for width in HEIGHTS:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        found[f"{width} px"] = page.evaluate(STICKS_OUT)
    page.set_viewport_size({"width": 360, "height": HEIGHTS[360]})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found["360 px with text twice the size"] = page.evaluate(STICKS_OUT)
    wrong = {at: what for at, what in found.items() if what}
    assert not wrong, wrong


def _too_small(page: Page, selector: str) -> list[str]:
    assert page.locator(selector).count(), selector
    return list(dict.fromkeys(page.evaluate(TOO_SMALL, selector)))


@pytest.mark.parametrize("place", ["en-gb", "ar-ae"])
def test_targets_are_large_enough_for_a_thumb(browse: Browse, where: Where, place: str) -> None:
    page = browse(f"/{place}", width=390, has_touch=True, is_mobile=True)
    found = [f"header: {target}" for target in _too_small(page, "header")]
    page.locator('[popovertarget="menu"]').first.tap()
    found += [f"menu: {target}" for target in _too_small(page, "#menu")]
    found += [f"footer: {target}" for target in _too_small(page, "footer")]
    page.goto(where(place, "product-chosen"))
    found += [f"buy box: {target}" for target in _too_small(page, "#options, #buy")]
    found += [f"gallery: {target}" for target in _too_small(page, "#product section:first-of-type")]
    page.goto(where(place, "category-filtered"))
    found += [f"listing: {target}" for target in _too_small(page, "#listing form, #listing ul, #listing nav")]
    page.locator('[popovertarget="filters"]').first.tap()
    page.evaluate("document.querySelectorAll('#filters details').forEach((facet) => facet.open = true)")
    found += [f"filters: {target}" for target in _too_small(page, "#filters")]
    assert not found, "\n".join(found)


def test_motion_rests_where_it_is_not_wanted(browse: Browse) -> None:
    page = browse("/en-gb")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration.split(',')"
        ".some((d) => parseFloat(d) > 0.02)).map((e) => e.className).slice(0, 5)"
    )
    assert not moving
    assert not page.evaluate("document.getAnimations().length")


@pytest.mark.parametrize("width", [390, 1280])
def test_cards_show_whole_names(browse: Browse, width: int) -> None:
    page = browse("/de-de", width=width)
    cut = page.locator("h3, h2").evaluate_all(
        "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== 'visible')"
        ".map((e) => e.textContent)"
    )
    assert not cut
