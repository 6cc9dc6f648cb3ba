"""Lists of things to remember."""

from __future__ import annotations

from .account import customer, sign_in
from .buying import Line, bag
from .goods import Product
from .scenario import Absent, check, scenario
from .shopper import Shopper


def keep(s: Shopper, product: Product) -> None:
    """Put a product on the list, from its page. Raises `Absent` where there are no lists."""
    s.open(product.path)
    button = s.button("wishlist.save", exact=True, within=s.main)
    if not button.count():
        raise Absent("wishlists")
    s.follow(button)


def _titles(s: Shopper) -> list[str]:
    s.open("/wishlists")
    return s.main.get_by_role("heading", level=2).all_inner_texts()


@scenario("wishlists.guest")
def guest(s: Shopper) -> None:
    """A guest keeps a thing, takes it off, puts it back, and into the bag."""
    product = s.goods.simple()
    keep(s, product)
    check(_titles(s) == [product.title], "the list holds what was kept")
    s.follow(s.button("wishlist.take", within=s.main))
    s.says("wishlist.removed")
    s.follow(s.button("wishlist.undo", within=s.main))
    check(_titles(s) == [product.title], "it is back on the list")
    s.follow(s.button("wishlist.bag", within=s.main))
    check(bag(s) == [Line(product.title, "1")], "the bag holds it")


def _unfold(s: Shopper, key: str) -> None:
    folded = s.main.locator("details:not([open]) > summary").filter(has_text=s.words.pattern(key))
    if folded.count():
        folded.first.click()


@scenario("wishlists.several")
def several(s: Shopper) -> None:
    """Another list, with a name of its own; a thing moves there."""
    product = s.goods.simple()
    keep(s, product)
    s.open("/wishlists")
    _unfold(s, "wishlist.new")
    name = s.button("wishlist.create", within=s.main).locator("xpath=ancestor::form").get_by_role("textbox")
    name.first.fill("Weihnachten & <b>٢</b>")
    s.follow(s.button("wishlist.create", within=s.main))
    check(s.heading() == "Weihnachten & <b>٢</b>", "the new list has its name")
    s.open("/wishlists")
    tabs = s.by("navigation", "wishlists.title", within=s.main).get_by_role("link")
    check(tabs.count() == 2, "there are two lists")
    if not s.main.get_by_text(product.title).count():
        s.follow(tabs.nth(1))
    _unfold(s, "wishlist.move")
    s.follow(s.button("wishlist.move.go", within=s.main))
    s.says("wishlist.moved")


@scenario("wishlists.share")
def share(s: Shopper) -> None:
    """A list gets a link that others can open, until it is shared no longer."""
    product = s.goods.simple()
    keep(s, product)
    s.open("/wishlists")
    _unfold(s, "wishlist.share")
    start = s.button("wishlist.share.start", within=s.main)
    if not start.count():
        raise Absent("public wishlists")
    s.follow(start)
    _unfold(s, "wishlist.share")
    link = s.main.get_by_label(s.words.pattern("wishlist.share.link")).first.input_value()
    friend = s.another()
    friend.open(link)
    check(friend.main.get_by_text(product.title).count(), "a friend sees the list")
    s.follow(s.button("wishlist.share.stop", within=s.main))
    friend.open(link, status=404)


@scenario("wishlists.join_on_sign_in")
def join(s: Shopper) -> None:
    """What a guest kept is among the customer's lists after signing in."""
    known = customer(s)
    other = s.another()
    product = other.goods.simple()
    keep(other, product)
    other.open("/account/sign-in")
    sign_in(other, known.email, known.password)
    check(product.title in _titles(other), "the guest's list has come along")
    s.open("/wishlists")
    check(s.main.get_by_text(product.title).count(), "the customer's other browser shows it too")
