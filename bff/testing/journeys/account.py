"""The account: opening one, signing in and out, what it keeps, its end."""

from __future__ import annotations

from typing import Any

from . import mail
from .buying import add, address, bag, delivery, details, mailbox, number, onward, pay, place, till
from .scenario import Absent, check, scenario
from .shopper import Account, Shopper

PASSWORD = "correct-horse-battery"  # noqa: S105 - the journeys' own


def register(s: Shopper) -> Account:
    """Open an account and confirm it where the store wants that. Ends signed in. Raises `Absent`."""
    s.page.goto(s.root + "/account/register")
    email = s.typed("username", within=s.main)
    if not email.count():
        raise Absent("accounts")
    name = mailbox()
    email.first.fill(name)
    s.typed("given-name", within=s.main).first.fill("Ada")
    s.typed("family-name", within=s.main).first.fill("Lovelace")
    s.typed("new-password", within=s.main).first.fill(PASSWORD)
    s.follow(s.button("register.button", exact=True, within=s.main))
    if not signed_in(s):
        s.says("register.sent.title")
        mail.follow(s, name, "/account/confirm")  # where the store wants that, its mails must be readable
        s.follow(s.button("confirm.button", exact=True, within=s.main))
    check(signed_in(s), f"the account is open and signed in (it is at {s.path}: {s.told()})")
    return Account(name, PASSWORD, list(s.page.context.cookies()))


def customer(s: Shopper) -> Account:
    """Become a customer of the store: one account for all scenarios. Ends signed in."""
    known = s.memory.account
    if known is None:
        known = register(s)
    else:
        s.page.context.add_cookies(known.cookies)
        s.open("/account")
        if not signed_in(s):
            sign_in(s, known.email, known.password)
            check(signed_in(s), "the customer can sign in")
    s.memory.account = known._replace(cookies=list(s.page.context.cookies()))
    return known


def signed_in(s: Shopper) -> bool:
    """Whether the page is one of the account's own."""
    return s.path.rstrip("/") == "/account" and "sign-in" not in s.path


def sign_in(s: Shopper, email: str, password: str) -> None:
    if s.path != "/account/sign-in":
        s.open("/account/sign-in")
    s.typed("username", within=s.main).first.fill(email)
    s.typed("current-password", within=s.main).first.fill(password)
    s.follow(s.button("sign_in.button", exact=True, within=s.main))


@scenario("account.register_and_confirm")
def opening(s: Shopper) -> None:
    """An account is opened, confirmed by the mail's link, and signed in."""
    s.memory.account = register(s)
    s.open("/account")
    check(s.main.get_by_text(s.memory.account.email).count(), "the account's page says whose it is")


@scenario("account.wrong_and_unknown_look_alike")
def wrong(s: Shopper) -> None:
    """A wrong password and an unknown account get the same answer."""
    known = customer(s)
    guest = s.another()
    answers: list[str] = []
    for email in (known.email, mailbox()):
        guest.open("/account/sign-in")
        sign_in(guest, email, "not-the-password")
        check(guest.path == "/account/sign-in", "a wrong password does not sign in")
        guest.says("sign_in.refused.credentials")
        box = guest.typed("username", within=guest.main).first
        check(box.input_value() == email, "the e-mail is kept")
        check(not guest.typed("current-password", within=guest.main).first.input_value(), "the password is not")
        answers.append(guest.main.inner_text().replace(email, ""))
    check(answers[0] == answers[1], "both answers are the same")


@scenario("account.sign_in_brings_the_bag")
def brings(s: Shopper) -> None:
    """Signing in leads back to where one was going, and the guest's bag comes along."""
    known = customer(s)
    guest = s.another()
    product = guest.goods.simple()
    add(guest, product)
    guest.open("/account/orders")
    check(guest.path == "/account/sign-in", "a page of the account asks to sign in")
    sign_in(guest, known.email, known.password)
    check(guest.path == "/account/orders", f"signing in leads on to where one was going (it is at {guest.path})")
    check(product.title in [line.title for line in bag(guest)], "the guest's bag has come along")
    guest.follow(guest.button("bag.remove", within=guest.main))


@scenario("account.no_open_redirect")
def onwards(s: Shopper) -> None:
    """Signing in never leads out of the store."""
    page = s.page.goto(f"{s.root}/account/sign-in?next=https://example.com/")
    if page is not None and page.status == 404:
        raise Absent("sign_in")
    kept = s.page.locator('[href^="https://example.com"], [value^="https://example.com"]')
    check(not kept.count(), "an address of somebody else's is not kept")


@scenario("account.profile")
def profile(s: Shopper) -> None:
    """The customer's details can be changed."""
    customer(s)
    s.open("/account/profile")
    s.typed("given-name", within=s.main).first.fill("Zoë <b>")
    s.follow(s.button("account.save", exact=True, within=s.main))
    s.says("account.saved")
    s.open("/account/profile")
    check(s.typed("given-name", within=s.main).first.input_value() == "Zoë <b>", "the name is kept as it was typed")


@scenario("account.addresses")
def addresses(s: Shopper) -> None:
    """An address is saved, offered in the checkout, and removed."""
    customer(s)
    s.open("/account/addresses")
    link = s.link("addresses.new", within=s.main)
    if not link.count():
        raise Absent("address_book")
    s.follow(link)
    address(s, address_line1="5 Saved Street")
    s.follow(s.button("addresses.save", exact=True, within=s.main))
    s.says("addresses.saved")
    check(s.main.get_by_text("5 Saved Street").count(), "the address is in the list")
    _use_saved(s)
    s.open("/account/addresses")
    s.follow(s.link("addresses.remove", within=s.main))
    s.follow(s.button("addresses.remove", within=s.main))
    s.says("addresses.removed")
    check(not s.main.get_by_text("5 Saved Street").count(), "the address is gone")


def _use_saved(s: Shopper) -> None:
    """In the checkout the saved address is one to choose, where the store has the checkout's pages."""
    add(s, s.goods.simple())
    try:
        till(s)
    except Absent:
        return
    saved = s.main.get_by_role("radio", name="5 Saved Street")
    s.shows(s.main.get_by_text("5 Saved Street"), "the saved address")
    saved.first.check()
    onward(s)
    check(s.path != "/checkout/details", f"the saved address is taken ({s.told()})")
    s.says("checkout.ship")
    check(s.main.get_by_text("5 Saved Street").count(), "the next step shows it")


@scenario("account.orders")
def orders(s: Shopper) -> None:
    """An order is in the account, with a page of its own."""
    customer(s)
    for _ in bag(s):
        s.follow(s.button("bag.remove", within=s.main))
        s.open("/cart")
    product = s.goods.simple()
    add(s, product)
    till(s)
    if s.path == "/checkout/details":
        details(s)
    delivery(s)
    pay(s, "offline")
    place(s)
    found = number(s)
    s.open("/account/orders")
    link = s.main.get_by_role("link", name=found)
    s.shows(link, f"the order {found}")
    s.follow(link)
    check(found in s.heading(), "the order's page says its number")
    check(s.main.get_by_text(product.title).count(), "and what was ordered")
    other = s.another()
    other.open(s.page.url)
    check(other.path == "/account/sign-in", "nobody else sees it")


@scenario("account.forgot_and_reset")
def reset(s: Shopper) -> None:
    """A new password by mail; the old one is no longer good. An unknown address gets the same answer."""
    known = customer(s)
    guest = s.another()
    for email in (mailbox(), known.email):
        page = guest.page.goto(f"{guest.root}/account/forgot")
        if page is not None and page.status == 404:
            raise Absent("resetting passwords")
        guest.typed("username", within=guest.main).first.fill(email)
        guest.follow(guest.button("forgot.button", exact=True, within=guest.main))
        guest.says("forgot.sent.title")
    mail.follow(guest, known.email, "/account/reset")
    guest.typed("new-password", within=guest.main).first.fill(PASSWORD + "-2")
    guest.follow(guest.button("reset.button", exact=True, within=guest.main))
    check(signed_in(guest), f"the new password signs in (it is at {guest.path}: {guest.told()})")
    s.memory.account = Account(known.email, PASSWORD + "-2", list(guest.page.context.cookies()))
    s.open("/account/profile")
    check(s.path == "/account/sign-in", "whoever was signed in with the old one no longer is")


@scenario("account.delete")
def delete(s: Shopper) -> None:
    """An account can be deleted; it no longer signs in."""
    known = register(s)
    page = s.page.goto(f"{s.root}/account/delete")
    if page is not None and page.status == 404:
        raise Absent("deleting accounts")
    s.typed("current-password", within=s.main).first.fill(known.password)
    s.main.get_by_role("checkbox").first.check()
    s.follow(s.button("account.delete.button", exact=True, within=s.main))
    s.says("account.deleted.title")
    sign_in(s, known.email, known.password)
    check(not signed_in(s), "the account no longer signs in")


@scenario("account.sign_out")
def out(s: Shopper) -> None:
    """Signed out: Back does not show the account, nor do its cookies open it again."""
    known = customer(s)
    cookies: list[Any] = list(s.page.context.cookies())
    s.open("/account")
    s.follow(s.button("account.sign_out", within=s.main))
    s.says("account.left")
    s.back()
    s.settle()
    check(known.email not in s.page.locator("body").inner_text(), "Back does not show the account")
    thief = s.another()
    thief.page.context.add_cookies(cookies)
    thief.open("/account")
    check(not signed_in(thief), "the session is revoked, not only forgotten")
