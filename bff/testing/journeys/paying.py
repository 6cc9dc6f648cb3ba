"""Paying at a provider's: there and back, and what can go wrong on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .buying import (
    add,
    address,
    adds_up,
    away,
    bag,
    decide,
    delivery,
    details,
    hand_over,
    mailbox,
    number,
    pay,
    place,
    till,
)
from .scenario import check, scenario
from .shopper import Shopper

if TYPE_CHECKING:
    from playwright.sync_api import Request


def _to_provider(s: Shopper) -> None:
    """From a product to the provider's page, whenever in the checkout that is."""
    add(s, s.goods.simple())
    till(s)
    details(s)
    delivery(s)
    _pay_away(s)


def _pay_away(s: Shopper) -> None:
    if s.path == "/checkout/payment":
        pay(s, "redirect")
    if s.page.url.startswith(s.origin + "/") and s.path == "/checkout/review":
        place(s)
    away(s)


def _approved(s: Shopper) -> None:
    """The provider approves; an order that is placed only now is placed."""
    decide(s, "approve")
    s.until(lambda: s.page.url.startswith(s.origin + "/"), "the provider leads back")
    s.settle()
    if s.path == "/checkout/review":
        place(s)


@scenario("paying.approved")
def approved(s: Shopper) -> None:
    """Approved at the provider's: the order is made."""
    _to_provider(s)
    _approved(s)
    number(s)
    check(not bag(s), "the bag is empty")


@scenario("paying.declined_then_approved")
def declined(s: Shopper) -> None:
    """Declined: nothing is ordered, the bag is there, and a second try succeeds."""
    _to_provider(s)
    decide(s, "decline")
    s.until(lambda: s.page.url.startswith(s.origin + "/"), "the provider leads back")
    s.settle()
    check("/done/" not in s.path, "a declined payment is no order")
    check(s.told(), "the page says that the payment was declined")
    check(len(bag(s)) == 1, "the bag is still there")
    s.page.goto(s.root + "/checkout")
    s.settle()
    _pay_away(s)
    _approved(s)
    number(s)


@scenario("paying.cancelled")
def cancelled(s: Shopper) -> None:
    """Cancelled: nothing is ordered, the bag is there, and another way to pay can be chosen."""
    _to_provider(s)
    decide(s, "cancel")
    s.until(lambda: s.page.url.startswith(s.origin + "/"), "the provider leads back")
    s.settle()
    check("/done/" not in s.path, "a cancelled payment is no order")
    check(len(bag(s)) == 1, "the bag is still there")
    s.open("/checkout/payment")
    pay(s, "offline")
    place(s)
    number(s)


@scenario("paying.returned_twice")
def twice(s: Shopper) -> None:
    """The address the provider returns to, opened again: the same order."""
    returns: list[str] = []
    s.page.on("request", lambda request: _note(s, request, returns))
    _to_provider(s)
    _approved(s)
    first = number(s)
    check(returns, "the provider returns to an address of the store's")
    s.open(returns[0])
    check(number(s) == first, "a second return shows the same order")


def _note(s: Shopper, request: Request, returns: list[str]) -> None:
    if request.url.startswith(f"{s.root}/checkout/return/"):
        returns.append(request.url)


@scenario("paying.returned_in_another_browser")
def elsewhere(s: Shopper) -> None:
    """Paid for in another browser (a telephone's, say) and back there: it is confirmed there without telling whose it is,
    and known where it began."""
    add(s, s.goods.simple())
    till(s)
    email = details(s)
    delivery(s)
    _pay_away(s)
    friend = s.another()
    friend.page.goto(s.page.url)
    decide(friend, "approve")
    found = number(friend)
    check(email not in friend.main.inner_text(), "another browser is not told whose order it is")
    s.open("/checkout")
    known = s.path.startswith("/checkout/done/") and number(s) == found
    check(known or s.page.get_by_text(s.words.pattern("bag.reason.ordered")).count(), "it is known where it began, too")


@scenario("paying.left_open")
def left_open(s: Shopper) -> None:
    """No answer yet: said as it is, neither thanks nor refusal, and nothing to order again."""
    _to_provider(s)
    decide(s, "unclear")
    s.until(lambda: s.page.url.startswith(s.origin + "/"), "the provider leads back")
    s.settle()
    s.says("checkout.checking.title")
    check(not s.page.get_by_text(s.words.pattern("checkout.ordered.title")).count(), "nobody is thanked too early")
    s.page.reload()
    s.says("checkout.checking.title")
    check(not bag(s), "what is being paid for is not offered for sale again")


@scenario("paying.in_a_frame")
def frame(s: Shopper) -> None:
    """The provider's page inside the store's: approved there, ordered here; no card number is asked for by the store."""
    add(s, s.goods.simple())
    till(s)
    details(s)
    delivery(s)
    pay(s, "frame")
    if s.path == "/checkout/review":
        place(s)
    s.says("checkout.pay.frame")
    check(not s.typed("cc-number", within=s.main).count(), "the store has no field for a card's number")
    inner = s.main.locator("iframe").first
    check(inner.get_attribute("title"), "the frame has a name")
    s.follow(inner.content_frame.get_by_role("button", name=s.options.words("approve")))
    if s.path == "/checkout/review":
        place(s)
    number(s)


# ---------------------------------------------------------------- the backend's own checkout


@scenario("hosted.order_there_and_return")
def hosted(s: Shopper) -> None:
    """Handed over, ordered on the backend's pages, and recognised on the way back."""
    add(s, s.goods.simple())
    hand_over(s)
    s.typed("email").first.fill(mailbox())
    address(s, s.page.locator("body"))
    country = s.typed("country")
    if country.count() and s.country in country.first.locator("option").all_inner_texts():
        country.first.select_option(s.country)
    s.follow(s.page.get_by_role("button", name=s.options.words("hosted_next")))
    for group in s.page.get_by_role("group").all():
        radios = group.get_by_role("radio")
        offline = group.get_by_role("radio", name=s.options.words("offline"))
        if radios.count():
            (offline if offline.count() else radios).first.check()
    for box in s.page.get_by_role("checkbox").all():
        box.check()
    for _ in range(3):  # a hosted page may want to show a changed total once more
        button = s.page.get_by_role("button", name=s.options.words("hosted_place"))
        if s.page.url.startswith(s.origin + "/") or not button.count():
            break
        s.follow(button)
    s.until(lambda: s.page.url.startswith(s.origin + "/"), f"the backend leads back (it is at {s.page.url})")
    number(s)
    adds_up(s)
    check(not bag(s), "the bag is empty")


@scenario("hosted.abandoned")
def abandoned(s: Shopper) -> None:
    """Handed over and left: the bag is still there, and the return says that nothing is ordered."""
    product = s.goods.simple()
    add(s, product)
    hand_over(s)
    link = s.page.get_by_role("link", name=s.options.words("hosted_back"))
    s.follow(link)
    check(s.page.url.startswith(s.origin + "/"), "the way back leads to the store")
    s.says("checkout.hosted.open.title")
    check([line.title for line in bag(s)] == [product.title], "the bag is still there")
