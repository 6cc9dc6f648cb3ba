"""What shoppers do on the way to an order: put things into the bag, read it, walk through the checkout."""

from __future__ import annotations

import re
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from .browsing import choose
from .goods import Product
from .money import amount
from .scenario import Absent, Failed, check

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .shopper import Shopper

TEXT = "Ada Ö. 5"
POSTAL = {
    "GB": {"address-line1": "10 Garden Lane", "address-level2": "London", "postal-code": "SW1A 1AA"},
    "DE": {"address-line1": "Gartenweg 10", "address-level2": "Berlin", "postal-code": "10115"},
    "US": {
        "address-line1": "10 Garden Lane",
        "address-level2": "New York",
        "address-level1": "NY",
        "postal-code": "10001",
    },
    "AE": {"address-line1": "12 Al Wasl Road", "address-level2": "Dubai", "tel": "+971 50 123 4567"},
}
"""An address for each country the journeys have been walked in; elsewhere the British one is typed."""
NAME = {"given-name": "Ada", "family-name": "Lovelace"}


class Line(NamedTuple):
    title: str
    quantity: str


# ---------------------------------------------------------------- the bag


def fill(s: Shopper, form: Locator, text: str = TEXT) -> None:
    """Type into a product's inputs; what is an address by its label gets one, for a shop may check it."""
    for box in form.get_by_role("textbox").all():
        if box.input_value() or (box.get_attribute("type") or "text") not in ("text", "email"):
            continue
        label = box.evaluate("box => (box.labels[0] || {}).textContent || ''")
        mail = any(word in label.lower() for word in ("mail", "بريد"))
        box.fill(f"{secrets.token_hex(4)}@example.com" if mail else text)


def add(s: Shopper, product: Product, *, text: str = TEXT) -> None:
    """From a product's page into the bag; chosen and filled in first as it wants. Ends at the mini-cart."""
    s.open(product.path)
    if product.options and not s.button("buy.add", exact=True, within=s.main).count():
        choose(s)
    button = s.shows(s.button("buy.add", exact=True, within=s.main), "the button that adds it")
    fill(s, button.locator("xpath=ancestor::form"), text)
    s.follow(button)
    s.says("bag.added.title")


def bag(s: Shopper) -> list[Line]:
    """Open the bag and read its lines."""
    s.open("/cart")
    return lines(s)


def lines(s: Shopper) -> list[Line]:
    """The bag's lines as they stand on the page, by the names of their quantities."""
    found: list[Line] = []
    boxes = s.by("spinbutton", "bag.quantity.of", within=s.main)
    for label, value in boxes.evaluate_all("all => all.map(one => [one.labels[0].textContent, one.value])"):
        found.append(Line(s.words.taken("bag.quantity.of", label) or label, value))
    return found


def tally(s: Shopper) -> int:
    """How many pieces the header counts, at its link to the bag: a category may be called so, too."""
    links = s.page.get_by_role("banner").get_by_role("link", name=s.words.pattern("bag.title"))
    text = links.and_(s.page.locator('[href$="/cart"]')).first.inner_text()
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0


def sums(s: Shopper, *keys: str) -> Decimal | None:
    """What the list with the total shows beside the first of these words that it has, as a number: nothing where it is free
    or not there, None where it is not known yet."""
    total = s.shows(s.terms("bag.total"), "a total")
    box = total.locator("xpath=ancestor::dl[1]")
    for key in keys:
        if s.terms(key, within=box).count():
            text = s.reads(key, within=box)
            return Decimal(0) if s.words.pattern("checkout.free").search(text) else amount(text)
    return Decimal(0)


def adds_up(s: Shopper) -> Decimal:
    """The total shown. Raises `Failed` unless it is the sum of what stands above it."""
    parts = [sums(s, key) for key in ("bag.subtotal", "bag.shipping", "bag.tax")]
    parts.append(sums(s, "checkout.fees", "bag.fees"))
    off, total = sums(s, "bag.discount"), sums(s, "bag.total")
    check(total is not None, "the page shows a total")
    if None not in parts and off is not None:
        due = sum((part for part in parts if part is not None), Decimal(0)) - off
        check(due == total, f"the total is the sum of what stands above it, {due} (it says {total})")
    return total or Decimal(0)


# ---------------------------------------------------------------- the checkout


def till(s: Shopper) -> None:
    """Into the checkout on the store's own pages. Raises `Absent` where it has none."""
    s.page.goto(s.root + "/checkout")
    s.settle()
    if s.path == "/checkout":
        raise Absent("inline_checkout")
    check(s.path.startswith("/checkout/"), f"the checkout opens (it is at {s.path}: {s.told()})")


def mailbox() -> str:
    """An e-mail address nobody has used."""
    return f"journey-{secrets.token_hex(5)}@example.com"


def address(s: Shopper, within: Locator | None = None, **own: str) -> None:
    """Type an address of the place's country, with `own` parts (tokens with _ for -) instead."""
    own = {token.replace("_", "-"): text for token, text in own.items()}
    for token, text in {**NAME, **POSTAL.get(s.country, POSTAL["GB"]), **own}.items():
        boxes = s.typed(token, within=within or s.main)
        if boxes.count() and boxes.first.evaluate("box => box.tagName") != "SELECT":
            boxes.first.fill(text)
    for chooser in s.typed("address-level1", within=within or s.main).and_(s.page.locator("select")).all():
        if not chooser.input_value():
            values = chooser.locator("option").evaluate_all("all => all.map(one => one.value).filter(Boolean)")
            wanted = own.get("address-level1") or POSTAL.get(s.country, {}).get("address-level1")
            chooser.select_option(wanted if wanted in values else values[0])


def details(s: Shopper, email: str | None = None) -> str:
    """The first step: who orders and where it goes. The e-mail address."""
    box = s.shows(s.typed("email", within=s.main), "a field for the e-mail address")
    email = email or box.input_value() or mailbox()
    box.fill(email)
    address(s)
    onward(s)
    check(s.path != "/checkout/details", f"the details are taken ({s.told()})")
    return email


def onward(s: Shopper) -> None:
    """The step's own button."""
    s.follow(s.button("checkout.next.review", exact=True).or_(s.button("checkout.next", exact=True)))


def delivery(s: Shopper) -> None:
    """The step after: whatever is offered first, where nothing is chosen yet. Nothing to do where nothing travels."""
    if s.path != "/checkout/delivery":
        return
    for group in s.main.get_by_role("radiogroup").or_(s.main.get_by_role("group")).all():
        radios = group.get_by_role("radio")
        if radios.count() and not group.locator("input:checked").count():
            radios.first.check()
    onward(s)


def method(s: Shopper, kind: str) -> Locator:
    """The way to pay that is of a kind: offline, redirect or frame. Raises `Absent` where the store has none."""
    check(s.path == "/checkout/payment", f"the way to pay is asked for (it is at {s.path})")
    radios = s.main.get_by_role("radio")
    named = radios.and_(s.page.get_by_role("radio", name=s.words.pattern(f"checkout.kind.{kind}")))
    if kind in s.options.pages:
        named = named.or_(radios.and_(s.page.get_by_role("radio", name=s.options.words(kind))))
    if not named.count():
        raise Absent(f"a way to pay of the kind {kind}")
    return named.first


def pay(s: Shopper, kind: str) -> None:
    """Choose a way to pay, and on. It may lead away at once."""
    method(s, kind).check()
    onward(s)


def agree(s: Shopper) -> None:
    for box in s.main.get_by_role("checkbox").all():
        box.check()


def place(s: Shopper) -> None:
    """Order: the button of the review. Where it leads to is another matter."""
    check(s.path == "/checkout/review", f"all is read over before it is ordered (it is at {s.path}: {s.told()})")
    agree(s)
    s.follow(s.button("checkout.place", exact=True))


def to_review(s: Shopper, product: Product | None = None, *, kind: str = "offline") -> str:
    """From a product to the review. The e-mail address."""
    add(s, product or s.goods.simple())
    till(s)
    email = details(s)
    delivery(s)
    pay(s, kind)
    return email


def number(s: Shopper) -> str:
    """The order's number, on the page of thanks."""
    s.until(lambda: s.path.startswith("/checkout/done/"), f"the order is made (it is at {s.page.url}: {s.told()})")
    s.says("checkout.ordered.title")
    label = s.shows(s.main.get_by_text(s.words.pattern("checkout.number")), "the order's number")
    found = s.words.pattern("checkout.number").sub("", label.inner_text()).strip()
    check(found, "the order has a number")
    return found


def order(s: Shopper, product: Product | None = None) -> tuple[str, str]:
    """An order paid for later. Its number and the e-mail address."""
    email = to_review(s, product)
    place(s)
    return number(s), email


# ---------------------------------------------------------------- pages that are not the store's


def away(s: Shopper) -> None:
    """The provider's page has opened, on another origin."""
    s.until(lambda: not s.page.url.startswith(s.origin + "/"), f"the payment provider opens (it is at {s.page.url})")
    s.settle()


def decide(s: Shopper, what: str) -> None:
    """Press one of the provider's buttons. What is folded is unfolded first."""
    words = s.options.words(what)
    away(s)
    button = s.page.get_by_role("button", name=words)
    if not button.count():
        folded = s.page.locator("details:not([open]) > summary")
        for _ in range(folded.count()):
            folded.first.click()
    if not button.count():
        raise Failed(f"the provider's page has a button for {what}")
    s.follow(button)


def hand_over(s: Shopper) -> None:
    """From the bag to the backend's own checkout. Raises `Absent` where the store has none."""
    s.open("/cart")
    s.follow(s.button("bag.checkout", within=s.main).or_(s.link("bag.checkout", within=s.main)))
    if s.page.url.startswith(s.origin + "/") and s.path == "/checkout":
        s.follow(s.button("checkout.hosted.go"))
    if s.page.url.startswith(s.origin + "/"):
        raise Absent("hosted_checkout")
