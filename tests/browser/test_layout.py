"""Nothing shifts, nothing sticks out, and what is touched is large enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import HEIGHTS, Browse, Where
from tests.browser.stops import KINDS, STATUS

pytestmark = pytest.mark.browser

RECORD_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput)
    shifts.push([entry.value, ...entry.sources.map((s) => {
      const e = s.node?.nodeType === 1 ? s.node : s.node?.parentElement;
      const name = `${e?.tagName.toLowerCase()}.${e?.className?.baseVal ?? e?.className}`;
      const box = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(" ");
      return `${name} [${box(s.previousRect)}] → [${box(s.currentRect)}]`;
    })]);
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL_THROUGH = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * 0.8) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}
"""
STICKS_OUT = """
() => {
  const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return "";
  const clipped = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
  const out = [...document.body.querySelectorAll("*")].filter((e) => {
    const r = e.getBoundingClientRect();
    return r.width && (r.right > room + 1 || r.left < -1) && !clipped(e);
  });
  const named = (e) => `<${e.tagName.toLowerCase()} class="${e.className.baseVal ?? e.className}">`;
  return `${wide} > ${room}: ` + out.slice(0, 4).map(named).join(" ");
}
"""
TOO_SMALL = """
(selector) => {
  const controls = [...document.querySelectorAll(selector)]
    .flatMap((part) => [...part.querySelectorAll("a[href], button, input, select, summary")]);
  return controls.flatMap((e) => {
    if (e.type === "hidden") return [];
    const shown = ["radio", "checkbox"].includes(e.type) ? (e.labels[0] ?? e) : e;
    if (!shown.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return [];
    if (e.tagName === "A" && getComputedStyle(e).display === "inline" && e.closest("p")) return [];
    const own = shown.getBoundingClientRect();
    if (own.width <= 2 && own.height <= 2) return [];
    const after = getComputedStyle(shown, "::after");
    const reaches = after.position === "absolute" && after.content !== "none";
    const reach = reaches ? [parseFloat(after.width) || 0, parseFloat(after.height) || 0] : [0, 0];
    const size = [Math.max(own.width, reach[0]), Math.max(own.height, reach[1])];
    if (Math.min(...size) >= 43.5) return [];
    const words = (shown.innerText || e.getAttribute("aria-label") || e.name || "").trim().replace(/\\s+/g, " ");
    return [`${words.slice(0, 40)} <${e.tagName.toLowerCase()}>: ${size.map(Math.round).join("×")}`];
  });
}
"""
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
