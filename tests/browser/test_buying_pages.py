"""Every page with a shopper behind it: nothing shifts, sticks out or is cut off, axe finds nothing,
and nothing goes wrong on the console or with the policy. Places, widths and schemes take turns; `make audit` has the
whole product."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.buying import KINDS
from tests.browser.fixtures import HEIGHTS, Browse, See, Where, show
from tests.browser.layout import CUT_OFF, RECORD_SHIFTS, SCROLL_THROUGH, STICKS_OUT

pytestmark = pytest.mark.browser

WIDTHS = (320, 768, 1920)
TURNS = tuple(
    (kind, place, width, scheme)
    for kind, (place, width), scheme in zip(
        KINDS,
        itertools.cycle((("ar-ae", 390), ("de-de", 1280), ("en-gb", 390), ("ar-ae", 1280), ("de-de", 390))),
        itertools.cycle(("light", "dark")),
        strict=False,
    )
)


@pytest.mark.parametrize(("kind", "place", "width", "scheme"), TURNS, ids=[turn[0] for turn in TURNS])
def test_page(browse: Browse, see: See, kind: str, place: str, width: int, scheme: Literal["light", "dark"]) -> None:
    sight = see(place, kind)
    page = browse(width=width, scheme=scheme, expected=(sight.status,) if sight.status >= 400 else ())
    page.add_init_script(RECORD_SHIFTS)
    show(page, sight)
    page.wait_for_load_state("networkidle")
    page.evaluate(SCROLL_THROUGH)
    found = [f"{width}, shift: {shift}" for shift in page.evaluate("shifts") if shift[0] >= 0.001]
    found += [f"{scheme} at {width}: {fault}" for fault in violations(page)]
    for wide in WIDTHS:
        page.set_viewport_size({"width": wide, "height": HEIGHTS[wide]})
        found += [f"{wide}: {out}" for out in (page.evaluate(STICKS_OUT), *page.evaluate(CUT_OFF)) if out]
    page.set_viewport_size({"width": 360, "height": HEIGHTS[360]})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"twice the size: {out}" for out in (page.evaluate(STICKS_OUT), *page.evaluate(CUT_OFF)) if out]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("place", "width", "scheme"), [("ar-ae", 390, "dark"), ("de-de", 360, "light")])
def test_what_is_shown_after_adding(
    browse: Browse, where: Where, place: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browse(where(place, "product-chosen"), width=width, scheme=scheme)
    page.locator("form[action*='/cart/lines'] [type=submit]:not(.heart)").locator("visible=true").first.click()
    dialog = page.get_by_role("dialog").filter(has=page.locator("#added-title"))
    expect(dialog).to_be_visible()
    found = [*violations(page), page.evaluate(STICKS_OUT), *page.evaluate(CUT_OFF)]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found.append(page.evaluate(STICKS_OUT))
    assert not any(found), "\n".join(filter(None, found))
