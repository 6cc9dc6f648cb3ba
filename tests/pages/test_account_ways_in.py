"""Ways in that the embedded backend has not, and backends that misbehave on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bff.ports import (
    AccountTraits,
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    CodeSent,
    Customer,
    Line,
    Problem,
    Redirect,
    SignedIn,
    SignInMethod,
    SignInRefused,
    Target,
    Totals,
    Unavailable,
    VariantKey,
)
from tests.pages.desk import hidden, private, words
from tests.pages.till import Shopper
from tests.web import goods
from tests.web.stage import Attribute, Port, opened, settings

PROVIDER = "http://localhost:8001/enter?state=s3cret"
"""At an origin that the demo's adapter declares."""
ADA = Customer(id="c1", email="ada@example.com", first_name="Ada")
METHODS = (
    SignInMethod(id="password", kind="password", fields=("email", "password")),
    SignInMethod(id="pin", kind="code", fields=("phone", "code"), name="With your telephone"),
    SignInMethod(id="oidc", kind="redirect", name="House of Keys"),
    SignInMethod(id="club", kind="password", name="Club card", fields=("card_number", "password")),
)
CART = Cart(
    ref=CartRef(id="cart-1"),
    market="gb",
    currency="GBP",
    lines=(Line(id="l1", key=VariantKey(id="v"), title="Mug", quantity=Decimal(1)),),
    quantity=Decimal(1),
    totals=Totals(),
)


def signed_in(**_: Any) -> SignedIn:
    return SignedIn(customer=ADA, token="customer-token")


@contextlib.contextmanager
def door(var: Path, limits: dict[str, str] | None = None, **ports: Any) -> Iterator[tuple[Shopper, dict[str, Port]]]:
    found = {
        "sign_in": Port(methods=METHODS, begin=signed_in, finish=signed_in, sign_out=None),
        "accounts": Port(traits=Attribute(AccountTraits(offered=())), me=ADA),
        "carts": Port(traits=Attribute(CartTraits()), add=CartResult(cart=CART), get=CART, adopt=CartResult(cart=CART)),
        **ports,
    }
    with opened(settings(var, limits), goods.offer(**found)) as shop:
        yield Shopper(shop), found


def test_a_backend_without_customers_has_no_account(tmp_path: Path) -> None:
    with opened(settings(tmp_path), goods.offer()) as shop:
        guest = Shopper(shop)
        assert "/account" not in guest.get("/en-gb").text
        for path in ("account", "account/sign-in", "account/register", "account/orders", "account/orders/find"):
            assert guest.get(path).status == 404
        for path in ("wishlists", "contact", "newsletter", "notices?sku=MUG", "review/mug", "account/addresses"):
            assert guest.get(path).status == 404
        for path in ("account/sign-in", "account/sign-out", "wishlists/save", "contact", "review/mug", "notices"):
            assert guest.post(path, {"sku": "MUG"}).status == 404
        assert 'class="saves"' not in guest.get("/en-gb").text


def test_every_way_in_is_offered_in_the_backends_words(tmp_path: Path) -> None:
    with door(tmp_path) as (guest, _):
        page = guest.get("account/sign-in")
        private(page)
        text = words(page)
        for word in ("With your telephone", "Sign in with House of Keys", "Card number"):
            assert word in text
        ids = [part.split('"')[0] for part in page.text.split(' id="')[1:]]
        assert len(ids) == len(set(ids)), "an id stands twice"
        assert "/account/register" not in page.text


def test_a_code_is_sent_and_asked_for(tmp_path: Path) -> None:
    answers = iter([SignInRefused(reason="code"), signed_in()])
    sign_in = Port(methods=METHODS, begin=CodeSent(hint="•••42"), finish=lambda **_: next(answers), sign_out=None)
    with door(tmp_path, sign_in=sign_in) as (guest, _):
        asked = guest.post("account/sign-in", {"method": "pin", "pin.phone": "0131 55542", "next": "/en-gb/search?q=a"})
        private(asked)
        assert "•••42" in asked.text
        form = hidden(asked)
        empty = guest.post("account/sign-in/code", form)
        private(empty, 422)
        wrong = guest.post("account/sign-in/code", {**hidden(empty), "code": "000"})
        private(wrong, 422)
        assert "That code is not right" in wrong.text
        done = guest.post("account/sign-in/code", {**hidden(wrong), "code": "123"})
        assert done.header("location") == "/en-gb/search?q=a"
        assert sign_in.calls[-1][1]["params"] == {"phone": "0131 55542", "code": "123"}
        assert guest.get("account").status == 200


def test_the_way_to_an_identity_provider_and_back(tmp_path: Path) -> None:
    sign_in = Port(methods=METHODS, begin=Redirect(url=PROVIDER, state="s3cret"), finish=signed_in, sign_out=None)
    with door(tmp_path, sign_in=sign_in) as (guest, _):
        away = guest.post("account/sign-in", {"method": "oidc", "next": "/en-gb/search?q=a"})
        assert (away.status, away.header("location")) == (303, PROVIDER)
        assert sign_in.calls[-1][1]["data"]["return_to"].endswith("/en-gb/account/sign-in/return")
        stranger = Shopper(guest.shop)
        private(stranger.get("account/sign-in/return?state=s3cret&code=1"), 422)
        private(guest.get("account/sign-in/return?state=other&code=1"), 422)
        assert not any(name == "finish" for name, _ in sign_in.calls)
        back = guest.get("account/sign-in/return?state=s3cret&code=1")
        assert (back.status, back.header("location")) == (303, "/en-gb/search?q=a")
        assert sign_in.calls[-1][1]["params"] == {"state": "s3cret", "code": "1"}
        assert guest.get("account").status == 200
        private(guest.get("account/sign-in/return?state=s3cret&code=1"), 422)


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example/enter",
        "http://localhost:8001@id.example/",
        "http://localhost:8002/",
        "javascript:alert(1)",
        "http://id.example/x",
        "//localhost:8001",
        "https:///x",
        "/x",
    ],
)
def test_a_provider_that_was_not_declared_is_none(tmp_path: Path, url: str) -> None:
    sign_in = Port(methods=METHODS, begin=Redirect(url=url, state="s"), sign_out=None)
    with door(tmp_path, sign_in=sign_in) as (guest, _):
        assert guest.post("account/sign-in", {"method": "oidc"}).status == 502


@pytest.mark.parametrize("reason", ["credentials", "unconfirmed", "locked", "expired", "code"])
def test_a_refusal_is_told_at_the_field(tmp_path: Path, reason: Any) -> None:
    sign_in = Port(methods=METHODS, begin=SignInRefused(reason=reason), sign_out=None)
    with door(tmp_path, sign_in=sign_in) as (guest, _):
        answer = guest.post("account/sign-in", {"method": "club", "club.card_number": "7", "club.password": "secret"})
        private(answer, 422)
        assert "secret" not in answer.text
        assert "sign_in.refused" not in answer.text
        assert "aria-invalid" in answer.text


def test_an_unknown_way_in_is_refused(tmp_path: Path) -> None:
    with door(tmp_path) as (guest, ports):
        private(guest.post("account/sign-in", {"method": "magic", "email": "a@example.com"}), 422)
        private(guest.post("account/sign-in/code", {"method": "password", "code": "1"}), 422)
        assert not any(name in ("begin", "finish") for name, _ in ports["sign_in"].calls)


@pytest.mark.parametrize(
    ("adopt", "told"),
    [
        (CartResult(cart=CART), "What was in your bag has come along."),
        (
            CartResult(
                cart=CART, problems=(Problem(code="quantity_reduced", severity="warning", target=Target(kind="cart")),)
            ),
            "Something in it has changed",
        ),
        (Unavailable("later"), "You are signed in."),
    ],
)
def test_the_bag_never_holds_up_who_signs_in(tmp_path: Path, adopt: Any, told: str) -> None:
    carts = Port(traits=Attribute(CartTraits()), add=CartResult(cart=CART), get=CART, adopt=adopt)
    lists = Port(join=Unavailable("later"), list=())
    with door(tmp_path, carts=carts, wishlists=lists) as (guest, ports):
        guest.post("cart/lines", {"variant": "v"})
        answer = guest.post(
            "account/sign-in", {"method": "password", "email": "a@example.com", "password": "secret 12"}
        )
        assert answer.status == 303
        assert told in guest.get("account").text
        assert ports["sign_in"].calls[-1][1]["guest_cart"] == CartRef(id="cart-1")


def test_a_cart_that_signing_in_merged_is_not_adopted_again(tmp_path: Path) -> None:
    sign_in = Port(methods=METHODS, begin=SignedIn(customer=ADA, token="t", cart=CART), sign_out=None)
    with door(tmp_path, sign_in=sign_in) as (guest, ports):
        guest.post("cart/lines", {"variant": "v"})
        guest.post("account/sign-in", {"method": "password", "email": "a@example.com", "password": "secret 12"})
        assert not any(name == "adopt" for name, _ in ports["carts"].calls)
        assert "has come along" in guest.get("account").text


def test_signing_out_works_without_the_backend(tmp_path: Path) -> None:
    sign_in = Port(methods=METHODS, begin=signed_in, sign_out=Unavailable("gone"))
    with door(tmp_path, sign_in=sign_in) as (guest, _):
        guest.post("account/sign-in", {"method": "password", "email": "a@example.com", "password": "secret 12"})
        assert guest.get("account").status == 200
        assert guest.post("account/sign-out").status == 303
        assert guest.get("account").status == 303


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        (METHODS, ("current", "sure")),
        ((SignInMethod(id="mail", kind="code", fields=("email", "code")), METHODS[2]), ("sure",)),
        ((METHODS[2],), ("sure",)),
    ],
)
def test_the_end_of_an_account_is_proved_by_what_the_backend_has(
    tmp_path: Path, offered: tuple[SignInMethod, ...], asked: tuple[str, ...]
) -> None:
    def begin(*, method: str, data: dict[str, str], **_: Any) -> Any:
        if method == "oidc":
            return Redirect(url=PROVIDER, state="s3cret")
        return (
            CodeSent() if method == "mail" else signed_in() if data["password"] else SignInRefused(reason="credentials")
        )

    accounts = Port(traits=Attribute(AccountTraits(offered=("delete",))), me=ADA, delete=None)
    sign_in = Port(methods=offered, begin=begin, finish=signed_in, sign_out=None)
    with door(tmp_path, accounts=accounts, sign_in=sign_in) as (ada, _):
        if offered == METHODS:
            ada.post("account/sign-in", {"method": "password", "email": "ada@example.com", "password": "secret 12"})
        else:
            ada.post("account/sign-in", {"method": "oidc"})
            ada.get("account/sign-in/return?state=s3cret")
        page = ada.get("account/delete")
        assert {name for name in ("current", "sure", "code") if f'name="{name}"' in page.text} == set(asked)
        typed = {"current": "secret 12", "sure": "1"}
        answer = ada.post("account/delete", {**hidden(page), **{name: typed[name] for name in asked}})
        if any(method.id == "mail" for method in offered):
            assert not any(name == "delete" for name, _ in accounts.calls), "the code is asked for first"
            answer = ada.post("account/delete", {**hidden(answer), "code": "123456"})
            assert sign_in.calls[-1] == (
                "finish",
                {"method": "mail", "params": {"email": ADA.email, "code": "123456"}, "guest_cart": None},
            )
        assert answer.header("location") == "/en-gb/account/delete?done=1"
        assert [name for name, _ in accounts.calls].count("delete") == 1
        assert ada.get("account").status == 303


def test_an_account_that_is_proved_otherwise_is_not_deleted_for_the_asking(tmp_path: Path) -> None:
    """A way in that this page cannot ask for is no reason to ask for nothing."""
    company = SignInMethod(id="company", kind="password", fields=("company", "email", "password"))
    accounts = Port(traits=Attribute(AccountTraits(offered=("delete",))), me=ADA, delete=None)
    sign_in = Port(methods=(company, METHODS[2]), begin=Redirect(url=PROVIDER, state="s3cret"), finish=signed_in)
    with door(tmp_path, accounts=accounts, sign_in=sign_in) as (ada, _):
        ada.post("account/sign-in", {"method": "oidc"})
        ada.get("account/sign-in/return?state=s3cret")
        assert ada.get("account").status == 200
        page = ada.get("account/delete")
        assert page.status == 200
        assert "Your account cannot be deleted on this page" in page.text
        assert 'name="sure"' not in page.text
        assert ada.post("account/delete", {"sure": "1", "by": "none"}).status == 422
        assert not [name for name, _ in accounts.calls if name == "delete"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("account/delete", {"current": "a wild guess", "sure": "1"}),
        ("account/password", {"current": "a wild guess", "password": "a brand new one"}),
    ],
)
def test_a_session_guesses_at_its_passwords_no_oftener_than_anybody(
    tmp_path: Path, path: str, fields: dict[str, str]
) -> None:
    refused = SignInRefused(reason="credentials")
    accounts = Port(
        traits=Attribute(AccountTraits(offered=("delete", "change_password"))), me=ADA, change_password=refused
    )
    sign_in = Port(
        methods=METHODS,
        begin=lambda *, data, **_: signed_in() if data["password"] == "secret 12" else refused,
    )
    limits = {"PORTICO_LIMITS__ACCOUNT": "3/1h", "PORTICO_LIMITS__SIGN_IN": "9999/1s"}
    with door(tmp_path, limits, accounts=accounts, sign_in=sign_in) as (ada, _):
        ada.post("account/sign-in", {"method": "password", "email": ADA.email, "password": "secret 12"})
        tries = [ada.post(path, {**fields, "mutation": f"a-guess-of-many-{n}"}).status for n in range(3)]
        assert tries == [422, 422, 429]


def test_accounts_kept_elsewhere_are_told_about(tmp_path: Path) -> None:
    accounts = Port(traits=Attribute(AccountTraits(offered=(), hosted="https://accounts.example/me")), me=ADA)
    with door(tmp_path, accounts=accounts) as (guest, _):
        assert "/en-gb/account/register" in guest.get("account/sign-in").text
        page = guest.get("account/register")
        private(page)
        assert 'href="https://accounts.example/me"' in page.text
