"""The pages that have a shopper behind them: what a visitor has to do over HTTP to come to see each.

A page that answers a post is kept as it was answered and shown again; all others are opened anew with the cookies of the
one who saw them first.
"""

from __future__ import annotations

import re
import secrets
from contextlib import ExitStack
from typing import Any

import httpx

from tests.browser.stops import localised
from tests.browser.visitor import GOODS, Sight, Visitor, address

PASSWORD = "three grey stones"
SOLD_OUT_LATER = "HTRO-ASH"
NO_STOCK = "HMUG-CHA-LAR"
SHOP = f"""
[backends.default.settings]
confirm_accounts = false
scrypt_cost = 10
[backends.default.settings.faults]
sold_out_between = ["{SOLD_OUT_LATER}"]
[limits]
code = "9999/1s"
gift_card = "9999/1s"
register = "9999/1s"
lookup = "9999/1s"
sign_in = "9999/1s"
"""
"""What the store of these pages adds to the demo's settings."""

# fmt: off
KINDS = (
    "bag", "bag-undo", "bag-problem", "bag-saved", "bag-estimate", "bag-code-refused", "bag-quantity-refused",
    "bag-moving", "added", "added-refused", "permalink", "details", "details-refused", "details-known",
    "delivery", "delivery-refused", "payment", "payment-refused", "review", "review-changed", "pay-frame",
    "pay-declined", "checking", "done", "done-elsewhere", "done-lost", "hand-off", "hand-off-lost",
    "hosted-details", "hosted-refused", "hosted-order", "provider", "sign-in", "sign-in-refused", "register",
    "register-refused", "register-sent", "forgot", "forgot-sent", "reset", "reset-refused", "expired", "confirm",
    "account", "account-new", "profile", "profile-saved", "password", "password-refused", "account-delete",
    "addresses", "address-new", "address-refused", "address", "address-remove", "orders", "order", "order-cancel",
    "invoice", "find-order", "find-order-refused", "found-order", "wishlists", "wishlists-none",
    "wishlist-delete", "wishlist-shared", "compare", "compare-none", "review-form", "review-form-refused",
    "notice", "notice-sent", "contact", "contact-refused", "contact-sent", "newsletter", "newsletter-refused",
    "newsletter-sent", "newsletter-confirm",
)
# fmt: on
"""Kinds of pages, each once."""


def sights(base: str, hosted: str, place: str) -> dict[str, Sight]:
    """All kinds of pages in a place, by name. `base` sells with our checkout, `hosted` with the backend's own."""
    with ExitStack() as open_:

        def visitor(at: str = base) -> Visitor:
            return open_.enter_context(Visitor(at, place))

        found = _bag(visitor) | _checkout(visitor) | _hosted(visitor, hosted) | _doors(visitor) | _account(visitor)
        found |= _lists(visitor, visitor().http, place)
    assert sorted(found) == sorted(KINDS), set(found) ^ set(KINDS)
    return found


def _bag(visitor: Any) -> dict[str, Sight]:
    full: Visitor = visitor().fills()
    added = full.did("cart/lines", {"sku": "DBRU", "quantity": "1"})
    full.did("cart/codes", {"code": "WELCOME10"})
    full.did("cart/note", {"note": "Please leave it with the neighbours at number 14; the bell does not ring."})
    line = full.http.get(added).request.url.params["line"]
    found = {
        "bag": full.sees("cart"),
        "bag-estimate": full.sees("cart?country=DE&postcode=10405"),
        "added": full.sees(added),
        "bag-code-refused": full.answered("cart/codes", {"code": "NO-SUCH-CODE-AT-ALL"}, 422),
        "bag-quantity-refused": full.answered("cart/quantities", {f"q.{line}": "-4", f"was.{line}": "1"}, 422),
    }
    undo: Visitor = visitor().fills()
    some = re.findall(r'name="q\.([^"]+)"', undo.read("cart"))
    found["bag-undo"] = undo.sees(undo.did("cart/quantities", {"remove": some[0]}))
    later: Visitor = visitor().fills()
    some = re.findall(r'name="q\.([^"]+)"', later.read("cart"))
    later.did("cart/quantities", {"later": some[0]})
    found["bag-saved"] = later.sees("cart")
    late: Visitor = visitor().fills(("EMUG-MAD", "1"))
    late.post("cart/lines", {"sku": SOLD_OUT_LATER})
    found["bag-problem"] = late.sees("cart")
    moving: Visitor = visitor()
    own, moving.place = moving.place, "de-de" if moving.place != "de-de" else "en-gb"
    moving.fills()
    moving.place = own
    found["bag-moving"] = moving.sees("cart")
    other: Visitor = visitor()
    found["added-refused"] = other.answered("cart/lines", {"sku": "EMUG-MAD", "quantity": "-2"}, 422)
    found["permalink"] = other.sees("cart/add?sku=EMUG-MAD&quantity=2&sku=NO-SUCH&sku=HMUG-CHA-LAR&code=WELCOME10")
    return found


def _checkout(visitor: Any) -> dict[str, Sight]:
    guest: Visitor = visitor().fills((GOODS[0][0], "1"), GOODS[1])
    found = {
        "details": guest.sees("checkout/details"),
        "details-refused": guest.answered(
            "checkout/details", {**address("shipping", guest.place), "email": "ada@", "shipping.line1": ""}, 422
        ),
    }
    guest.to_delivery()
    found["delivery"] = guest.sees("checkout/delivery")
    found["delivery-refused"] = guest.answered("checkout/delivery", {}, 422)
    guest.to_payment()
    found["payment"] = guest.sees("checkout/payment")
    other = {"method": "card", "billing": "other", **address("billing", guest.place), "billing.line1": ""}
    found["payment-refused"] = guest.answered("checkout/payment", other, 422)
    guest.did("checkout/payment", {"method": "card_frame", "billing": "same"})
    found["review"] = guest.sees("checkout/review")
    agreed = dict.fromkeys(re.findall(r'name="(consent\.[^"]+)"', guest.read("checkout/review")), "1")
    found["review-changed"] = guest.answered("checkout/review", {**agreed, "expected": "EUR 1.00"}, 409)
    found["pay-frame"] = guest.sees(guest.orders())
    declined: Visitor = visitor().fills().to_review("card")
    at = declined.orders()
    found["provider"] = declined.sees(at)
    back = declined.did("", {"decision": "decline"}, at=at)
    found["pay-declined"] = declined.sees(_led(declined, back))
    waiting: Visitor = visitor().fills().to_review("card")
    found["checking"] = waiting.sees(waiting.did("", {"decision": "unclear"}, at=waiting.orders()))
    done: Visitor = visitor().fills().to_review("bank_transfer")
    found["done"] = done.sees(done.orders())
    found["done-elsewhere"] = Sight(found["done"].url)
    found["done-lost"] = done.sees("checkout/done/no-such-state", 404)
    return found


def _led(visitor: Visitor, location: str) -> str:
    """Where redirects end."""
    for _ in range(5):
        before = httpx.Cookies(visitor.http.cookies)
        answer = visitor.http.get(location)
        if answer.status_code not in (302, 303):
            visitor.http.cookies = before  # what is told once was not seen yet
            return str(answer.url)
        location = answer.headers["location"]
    raise AssertionError(location)


def _hosted(visitor: Any, base: str) -> dict[str, Sight]:
    shopper: Visitor = visitor(base).fills()
    found = {"hand-off": shopper.sees("checkout"), "hand-off-lost": shopper.sees("checkout/returned/none", 404)}
    at = shopper.did("checkout/hand-off")
    found["hosted-details"] = shopper.sees(f"{at}?step=details")
    found["hosted-refused"] = shopper.answered("", {"step": "details", "email": "ada@"}, 422, at=at)
    own = {name.partition(".")[2]: value for name, value in address("x", shopper.place).items()}
    shopper.did("", {"step": "details", "email": "ada@example.com", "city": "دبي", **own}, at=at)
    found["hosted-order"] = shopper.sees(at)
    return found


def _doors(visitor: Any) -> dict[str, Sight]:
    guest: Visitor = visitor()
    shut = {"method": "password", "email": "ada@example.com", "password": "not the password"}
    return {
        "sign-in": guest.sees("account/sign-in"),
        "sign-in-refused": guest.answered("account/sign-in", shut, 422),
        "register": guest.sees("account/register"),
        "register-refused": guest.answered("account/register", {"email": "ada", "password": "short"}, 422),
        "register-sent": guest.sees("account/register?sent=1"),
        "forgot": guest.sees("account/forgot"),
        "forgot-sent": guest.sees("account/forgot?sent=1"),
        "reset": guest.sees("account/reset?token=x"),
        "reset-refused": guest.answered("account/reset", {"token": "x", "password": "short"}, 422),
        "expired": guest.answered("account/reset", {"token": "x", "password": PASSWORD}, 422),
        "confirm": guest.sees("account/confirm?token=x"),
        "find-order": guest.sees("account/orders/find"),
        "find-order-refused": guest.answered("account/orders/find", {"email": "a@example.com", "number": "1"}, 422),
        "contact": guest.sees("contact"),
        "contact-refused": guest.answered("contact", {"email": "ada@"}, 422),
        "contact-sent": guest.sees("contact?sent=1"),
        "newsletter": guest.sees("newsletter"),
        "newsletter-refused": guest.answered("newsletter", {"email": "ada@"}, 422),
        "newsletter-sent": guest.sees("newsletter?sent=1"),
        "newsletter-confirm": guest.sees("newsletter/confirm?token=x"),
        "notice": guest.sees(f"notices?sku={NO_STOCK}"),
        "notice-sent": guest.sees(f"notices?sku={NO_STOCK}&sent=1"),
    }


def _account(visitor: Any) -> dict[str, Sight]:
    ada: Visitor = visitor()
    email = f"{secrets.token_hex(6)}@example.com"
    person = {"email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Byron"}
    found = {"account-new": ada.sees(ada.did("account/register", person))}
    ada.did("account/addresses/new", address("shipping", ada.place))
    ada.did("account/addresses/new", address("shipping", "de-de"))
    ada.fills().to_review("bank_transfer")
    ada.http.get(ada.orders())
    found["details-known"] = ada.fills().sees("checkout/details")
    where = re.search(r'href="/[\w-]+/(account/addresses/(?!new)[^"/]+)"', ada.read("account/addresses"))
    order = re.search(r'href="/[\w-]+/(account/orders/(?!find)[^"/]+)"', ada.read("account/orders"))
    assert where
    assert order
    wanted = re.findall(r'<input[^>]*\bname="(email|number|postcode)"', ada.read("account/orders/find"))
    number = re.search(r"\b[A-Z\d]{4}-[A-Z\d]{4}\b", _main(ada.read(order[1])))
    assert number
    known = {"email": "ada@example.com", "number": number[0], "postcode": "SW1Y 4JH"}
    found |= {
        "account": ada.sees("account"),
        "profile": ada.sees("account/profile"),
        "password": ada.sees("account/password"),
        "password-refused": ada.answered("account/password", {"current": "", "password": "short"}, 422),
        "account-delete": ada.sees("account/delete"),
        "addresses": ada.sees("account/addresses"),
        "address-new": ada.sees("account/addresses/new"),
        "address-refused": ada.answered("account/addresses/new", {"shipping.country": "US"}, 422),
        "address": ada.sees(where[1]),
        "address-remove": ada.sees(f"{where[1]}/remove"),
        "orders": ada.sees("account/orders"),
        "order": ada.sees(order[1]),
        "order-cancel": ada.sees(f"{order[1]}/cancel"),
        "invoice": ada.sees(f"{order[1]}/invoice"),
        "found-order": ada.answered("account/orders/find", {name: known[name] for name in wanted}, 200),
    }
    saved = ada.did("account/profile", {"first_name": "Ada", "last_name": "Byron"})
    return found | {"profile-saved": ada.sees(saved)}


def _main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def _lists(visitor: Any, http: httpx.Client, place: str) -> dict[str, Sight]:
    keeper: Visitor = visitor()
    found = {"wishlists-none": keeper.sees("wishlists"), "compare-none": keeper.sees("compare")}
    for sku in ("EMUG-MAD", NO_STOCK, "DBRU"):
        keeper.did("wishlists/save", {"sku": sku})
    other = keeper.did("wishlists", {"name": "For the new house"})
    mine = re.findall(r'href="/[\w-]+/(wishlists/(?!shared)[^"/]+)"', keeper.read("wishlists"))[0]
    keeper.did(mine, {"public": "1"})
    shared = re.search(r"/wishlists/shared/[^\"/]+", keeper.read(mine))
    assert shared
    mug, *others = (localised(http, place, f"/products/{slug}") for slug in ("harbour-mug", "enamel-mug", "dish-brush"))
    slugs = [path.rpartition("/")[2] for path in (mug, *others)]
    return found | {
        "wishlists": keeper.sees(mine),
        "wishlist-delete": keeper.sees(f"{other}/delete"),
        "wishlist-shared": Sight(keeper.sees(f"/{place}{shared[0]}").url),
        "compare": keeper.sees("compare?" + "&".join(f"p={slug}" for slug in slugs)),
        "review-form": keeper.sees(f"review/{slugs[0]}"),
        "review-form-refused": keeper.answered(f"review/{slugs[0]}", {"body": "short"}, 422),
    }
