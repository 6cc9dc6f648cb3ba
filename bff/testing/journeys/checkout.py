"""The checkout on the store's own pages: its steps, what is kept and what is refused."""

from __future__ import annotations

from .buying import (
    add,
    address,
    adds_up,
    agree,
    bag,
    delivery,
    details,
    lines,
    mailbox,
    method,
    number,
    onward,
    order,
    pay,
    place,
    till,
    to_review,
)
from .scenario import Absent, check, scenario
from .shopper import Shopper


@scenario("checkout.guest_pays_later")
def guest(s: Shopper) -> None:
    """A guest orders and pays later: the sum agreed to is the sum of the order, and the bag is empty afterwards."""
    email = to_review(s)
    agreed = adds_up(s)
    place(s)
    check(number(s), "the order has a number")
    check(adds_up(s) == agreed, "what was ordered costs what was agreed to")
    check(s.main.get_by_text(email).count(), "the thanks say where the confirmation goes")
    check(not bag(s), "the bag is empty")


@scenario("checkout.code_at_the_review")
def code(s: Shopper) -> None:
    """A code can be used in the checkout as well, and the sums follow."""
    if not s.options.code:
        raise Absent("a code to try (--code)")
    to_review(s)
    before = adds_up(s)
    fold = s.main.locator("summary").filter(has_text=s.words.pattern("checkout.code.add"))
    if not fold.locator("visible=true").count():
        raise Absent("codes in the checkout")
    fold.locator("visible=true").first.click()
    s.main.get_by_role("textbox", name=s.words.pattern("checkout.code")).locator("visible=true").first.fill(
        s.options.code
    )
    s.follow(s.button("checkout.code.apply", exact=True).locator("visible=true"))
    check(s.path == "/checkout/review", "a code leads back to where it was typed")
    check(adds_up(s) < before, "the total is lower")


@scenario("checkout.pickup")
def pickup(s: Shopper) -> None:
    """What is fetched from a shop is not sent."""
    add(s, s.goods.simple())
    till(s)
    details(s)
    radios = s.main.get_by_role("radio", name=s.words.pattern("checkout.pickup"))
    for key in ("checkout.ready", "checkout.ready.between"):  # where the day is known
        radios = radios.or_(s.main.get_by_role("radio", name=s.words.pattern(key)))
    if not radios.count():
        raise Absent("pickup")
    radios.first.check()
    onward(s)
    pay(s, "offline")
    place(s)
    number(s)


@scenario("checkout.digital_asks_no_address")
def digital(s: Shopper) -> None:
    """Nothing to send: no delivery address is asked for, and no way of delivery."""
    add(s, s.goods.digital())
    till(s)
    check(not s.typed("address-line1", within=s.main).count(), "no address is asked for")
    s.typed("email", within=s.main).first.fill(mailbox())
    onward(s)
    check(s.path != "/checkout/delivery", "no delivery is asked for")
    radios = s.main.get_by_role("radio", name=s.words.pattern("checkout.billing.other"))
    pay_for_it(s, ask=not radios.count())
    place(s)
    number(s)


def pay_for_it(s: Shopper, *, ask: bool) -> None:
    """Pay later, with an invoice address where one is asked for."""
    method(s, "offline").check()
    box = s.typed("address-line1", within=s.main)
    if ask and box.count() and box.first.is_visible():
        address(s)
    onward(s)


@scenario("checkout.later_step_is_refused_kindly")
def later_step(s: Shopper) -> None:
    """The address of a step that is not open yet leads to the one that is, and says why."""
    add(s, s.goods.simple())
    till(s)
    s.open("/checkout/review")
    check(s.path == "/checkout/details", "a later step's address leads to the first open one")
    s.says("checkout.first.details")
    details(s)
    s.open("/checkout/review")
    check(s.path != "/checkout/review", "the review waits for what is missing")


@scenario("checkout.errors_keep_what_was_typed")
def errors(s: Shopper) -> None:
    """What is wrong is told at its field and above the form; what was typed stays."""
    add(s, s.goods.simple())
    till(s)
    email = s.typed("email", within=s.main).first
    email.fill("not-an-address")
    address(s)
    s.typed("given-name", within=s.main).first.fill("Zoë <b>")
    s.typed("address-line1", within=s.main).first.fill("")
    onward(s)
    check(s.path == "/checkout/details", "the step stays")
    s.shows(s.page.get_by_role("alert"), "what is wrong")
    check(
        s.typed("email", within=s.main).first.get_attribute("aria-invalid") == "true", "the e-mail is marked as wrong"
    )
    s.says("error.email")
    check(s.typed("given-name", within=s.main).first.input_value() == "Zoë <b>", "the name is kept")
    check(s.typed("email", within=s.main).first.input_value() == "not-an-address", "the e-mail is kept")
    details(s, mailbox())


@scenario("checkout.back_walks_the_steps")
def back(s: Shopper) -> None:
    """Back leads to the step before, with what was given there; and forward again it goes as before."""
    add(s, s.goods.simple())
    till(s)
    email = details(s)
    check(s.path == "/checkout/delivery", "after the details comes the delivery")
    delivery(s)
    check(s.path == "/checkout/payment", "after the delivery comes the payment")
    s.back()
    check(s.path == "/checkout/delivery", "Back leads to the delivery")
    s.back()
    check(s.path == "/checkout/details", "Back leads to the details")
    s.open("/checkout/details")
    check(s.typed("email", within=s.main).first.input_value() == email, "what was given is there")
    onward(s)
    delivery(s)
    pay(s, "offline")
    place(s)
    number(s)
    s.back()
    s.open("/checkout/review")
    check(not s.path.startswith("/checkout/review"), "after the order there is nothing to order again")


@scenario("checkout.ordered_once")
def once(s: Shopper) -> None:
    """A double click, a reload and the way back make one order."""
    to_review(s)
    agree(s)
    s.act(s.shows(s.button("checkout.place", exact=True), "the button that orders").dblclick)
    first = number(s)
    s.page.reload()
    check(number(s) == first, "a reload shows the same order")
    s.open("/checkout")
    check(number(s) == first, "the checkout leads to the order that was made")
    other = s.tab()
    add(other, other.goods.simple())
    check(len(lines_of(other)) == 1, "the next thing begins a new bag")


def lines_of(s: Shopper) -> list[object]:
    bag(s)
    return list(lines(s))


@scenario("checkout.another_invoice_address")
def billing(s: Shopper) -> None:
    """The invoice may go elsewhere; the review shows both addresses."""
    add(s, s.goods.simple())
    till(s)
    details(s)
    delivery(s)
    other = s.main.get_by_role("radio", name=s.words.pattern("checkout.billing.other"))
    if not other.count():
        raise Absent("billing addresses")
    method(s, "offline").check()
    other.first.check()
    address(s, given_name="Augusta", address_line1="77 Invoice Street")
    onward(s)
    check(s.path == "/checkout/review", f"the invoice address is taken (it is at {s.path})")
    check(s.main.get_by_text("77 Invoice Street").count(), "the review shows the invoice address")
    check(s.main.get_by_text("Ada").count(), "the review shows the delivery address")
    place(s)
    number(s)


@scenario("checkout.looked_up_by_a_guest")
def lookup(s: Shopper) -> None:
    """A guest finds the order by its number and e-mail; with a wrong one, nothing is told."""
    found, email = order(s)
    friend = s.another()
    found_at = friend.page.goto(f"{friend.root}/account/orders/find")
    if found_at is not None and found_at.status == 404:
        raise Absent("looking orders up")
    friend.field("field.order_number").first.fill(found)
    friend.typed("email", within=friend.main).first.fill(mailbox())
    friend.follow(friend.button("orders.find.button"))
    friend.says("orders.find.none")
    friend.field("field.order_number").first.fill(found)
    friend.typed("email", within=friend.main).first.fill(email)
    friend.follow(friend.button("orders.find.button"))
    check(found in friend.heading(), "the order is shown by its number")
