"""Buying by keyboard alone, and at twice the size on a narrow telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .buying import POSTAL, add, adds_up, bag, delivery, details, mailbox, method, number, pay, place, till
from .scenario import check, scenario
from .shopper import Shopper

if TYPE_CHECKING:
    from playwright.sync_api import Locator

FAR = 160
"""Presses of Tab after which nothing on a page is within reach."""
IS_HERE = "one => one === document.activeElement"
SHOWS_FOCUS = """() => {
  const shown = one => { const s = one && getComputedStyle(one);
    return s && ((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'); };
  const one = document.activeElement;
  return [one, ...(one.labels || []), one.parentElement, one.nextElementSibling].some(shown);
}"""


def tab(s: Shopper, to: Locator, what: str) -> None:
    """Press Tab until the focus is there. Raises `Failed` where it never comes, or cannot be seen."""
    target = s.shows(to, what)
    for _ in range(FAR):
        if target.evaluate(IS_HERE):
            check(s.page.evaluate(SHOWS_FOCUS), f"the focus is seen at {what}")
            return
        s.page.keyboard.press("Tab")
    check(False, f"{what} is reached with the Tab key")


def press(s: Shopper, to: Locator, what: str) -> None:
    tab(s, to, what)
    s.act(lambda: s.page.keyboard.press("Enter"))


def write(s: Shopper, token: str, text: str) -> None:
    box = s.typed(token, within=s.main)
    if box.count() and box.first.evaluate("box => box.tagName") == "INPUT":
        tab(s, box, f"the field {token}")
        s.page.keyboard.press("Control+A")
        s.page.keyboard.type(text)


def pick(s: Shopper, group: str, wanted: Locator | None = None) -> None:
    """Choose in a group of radios with the arrow keys; without `wanted`, whatever the focus comes to, by Space."""
    radios = s.main.locator(f'input[name="{group}"]')
    tab(s, s.main.locator(f'input[name="{group}"]:checked').or_(radios).first, f"the choice {group}")
    s.page.keyboard.press("Space")
    if wanted is None:
        return
    for _ in range(radios.count()):
        if wanted.evaluate("one => one.checked"):
            return
        s.page.keyboard.press("ArrowDown")
    check(wanted.evaluate("one => one.checked"), "the arrow keys reach every choice")


@scenario("access.keyboard_only")
def keyboard(s: Shopper) -> None:
    """From a product to the order with Tab, Enter, Space and the arrow keys; the focus is seen all the way."""
    s.open(s.goods.simple().path)
    press(s, s.button("buy.add", exact=True, within=s.main), "the button that adds it")
    s.says("bag.added.title")
    press(s, s.link("bag.view").locator("visible=true"), "the way to the bag")
    s.until(lambda: s.path == "/cart", "Enter opens the bag")
    to_pay = s.link("bag.checkout", within=s.main).or_(s.button("bag.checkout", within=s.main)).first
    tab(s, to_pay, "the way to the checkout")
    till(s)
    write(s, "email", mailbox())
    for token, text in {"given-name": "Ada", "family-name": "Lovelace", **POSTAL.get(s.country, POSTAL["GB"])}.items():
        write(s, token, text)
    for chooser in s.typed("address-level1", within=s.main).and_(s.page.locator("select")).all():
        tab(s, chooser, "the region")
        s.page.keyboard.press("ArrowDown")
        region = POSTAL.get(s.country, {}).get("address-level1")
        if region and chooser.input_value() != region:
            s.page.keyboard.type(chooser.locator(f'option[value="{region}"]').inner_text())
    _next(s)
    check(s.path != "/checkout/details", f"the details are taken ({s.told()})")
    if s.path == "/checkout/delivery":
        pick(s, str(s.main.get_by_role("radio").first.get_attribute("name")))
        _next(s)
    pick(s, "method", method(s, "offline"))
    _next(s)
    check(s.path == "/checkout/review", f"all is read over (it is at {s.path})")
    for box in s.main.get_by_role("checkbox").all():
        tab(s, box, "what is agreed to")
        s.page.keyboard.press("Space")
    press(s, s.button("checkout.place", exact=True), "the button that orders")
    number(s)


def _next(s: Shopper) -> None:
    press(s, s.button("checkout.next.review", exact=True).or_(s.button("checkout.next", exact=True)), "the way on")


@scenario("access.twice_the_size")
def zoomed(s: Shopper) -> None:
    """Bought at 200 % on a screen 360 pixels wide: nothing has to be scrolled sideways."""
    s.restart(viewport={"width": 180, "height": 370}, device_scale_factor=2, has_touch=True, is_mobile=True)
    product = s.goods.simple()
    add(s, product)
    _fits(s)
    s.open(product.path)
    _fits(s)
    bag(s)
    _fits(s)
    till(s)
    _fits(s)
    details(s)
    _fits(s)
    delivery(s)
    _fits(s)
    pay(s, "offline")
    _fits(s)
    adds_up(s)
    place(s)
    number(s)
    _fits(s)


def _fits(s: Shopper) -> None:
    wide = s.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(wide <= 1, f"{s.path} fits its screen (it is {wide} pixels too wide)")
