"""axe over the whole product: every kind of page in every place, by day and night, on a phone and at a desk; and at every
width, that nothing sticks out or is cut off on the pages with a shopper behind them."""

from __future__ import annotations

import pytest

from tests.browser import buying
from tests.browser.axe import violations
from tests.browser.fixtures import HEIGHTS, Browse, See, Where, show
from tests.browser.layout import CUT_OFF, STICKS_OUT
from tests.browser.stops import KINDS, PLACES, STATUS

pytestmark = pytest.mark.audit

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")


@pytest.mark.parametrize("place", PLACES)
def test_axe_everywhere(browse: Browse, where: Where, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = browse(expected=tuple(STATUS.values()))
    found: dict[str, list[str]] = {}
    looked = 0
    for kind in KINDS:
        page.goto(where(place, kind))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                looked += 1
                for fault in violations(page):
                    found.setdefault(fault, []).append(f"{kind} {width} {scheme}")
    with capsys.disabled():
        print(f"\n{place}: {looked} sights, {len(found)} kinds of violation")
    assert not found, "\n".join(f"{fault} at {', '.join(at[:4])} ({len(at)})" for fault, at in found.items())


@pytest.mark.parametrize("place", PLACES)
def test_shoppers_everywhere(browse: Browse, see: See, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = browse(expected=(404, 409, 422))
    found: dict[str, list[str]] = {}
    looked = 0
    for kind in buying.KINDS:
        show(page, see(place, kind))
        page.wait_for_load_state("networkidle")
        for width in HEIGHTS:
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            for fault in (page.evaluate(STICKS_OUT), *page.evaluate(CUT_OFF)):
                if fault:
                    found.setdefault(fault, []).append(f"{kind} {width}")
            for scheme in SCHEMES if width in WIDTHS else ():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                looked += 1
                for fault in violations(page):
                    found.setdefault(fault, []).append(f"{kind} {width} {scheme}")
    with capsys.disabled():
        print(f"\n{place}: {looked} sights with a shopper, {len(found)} kinds of fault")
    assert not found, "\n".join(f"{fault} at {', '.join(at[:4])} ({len(at)})" for fault, at in found.items())
