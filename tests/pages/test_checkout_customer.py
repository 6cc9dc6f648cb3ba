"""A customer at the checkout: addresses to choose from, and a sign-in that ends on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bff.ports import (
    AccountTraits,
    Address,
    Customer,
    NotSignedIn,
    Requirement,
    SignedIn,
    SignInMethod,
    Unavailable,
)
from tests.pages.reading import Page, mistakes
from tests.pages.till import ADA, Backend, Shopper, till
from tests.web.stage import Attribute, Port

HOME = Address(
    id="a1",
    country="GB",
    first_name="Ada",
    last_name="Byron",
    line1="12 St James's",
    city="London",
    postcode="SW1Y 4JH",
)
ABROAD = Address(
    id="a2", country="FR", first_name="Ada", last_name="Byron", line1="Rue 1", city="Paris", postcode="75001"
)
IRISH = Address(id="a3", country="IE", first_name="Ada", last_name="Byron", line1="Quay 1", city="Dublin")


def customers(backend: Backend, book: Any = (HOME, ABROAD, IRISH), **known: str) -> Any:
    customer = Customer(id="1", email="ada@example.com", **known)
    method = SignInMethod(id="password", kind="password", fields=("email", "password"))
    return backend.offer(
        sign_in=Port(methods=(method,), begin=SignedIn(customer=customer, token="t")),
        accounts=Port(me=customer, traits=Attribute(AccountTraits(offered=()))),
        address_book=Port(list=book),
    )


def enters(shopper: Shopper) -> None:
    form = {"method": "password", "email": "ada@example.com", "password": "correct horse", "next": "/en-gb/checkout"}
    answer = shopper.post("account/sign-in", form)
    assert (answer.status, answer.header("location")) == (303, "/en-gb/checkout"), answer.text


def test_a_guest_is_offered_to_sign_in_and_comes_back(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, customers(backend)) as (_, shopper):
        shopper.buys()
        page = shopper.get("checkout/details")
        assert 'href="/en-gb/account/sign-in?next=%2Fen-gb%2Fcheckout"' in page.text
        assert 'name="address"' not in page.text
        enters(shopper)
        assert "account/sign-in" not in shopper.get("checkout/details").text


def test_a_customer_types_no_name_again(tmp_path: Path) -> None:
    backend = Backend()
    known = {"first_name": "Ada", "last_name": "O'Neil", "phone": "01326 555"}
    with till(tmp_path, backend, customers(backend, (), **known)) as (_, shopper):
        enters(shopper)
        shopper.buys()
        text = shopper.get("checkout/details").text
        for name, value in (("first_name", "Ada"), ("last_name", "O&#39;Neil"), ("phone", "01326 555")):
            field = next(tag for tag in text.split("<") if f'name="shipping.{name}"' in tag)
            assert f'value="{value}"' in field, field
        assert 'value="ada@example.com"' in text
        assert shopper.post("checkout/details", {**ADA, "shipping.first_name": "Grace"}).status == 303
        again = shopper.get("checkout/details").text
        assert 'value="Grace"' in again, "what was typed is not typed over"


def test_a_saved_address_is_chosen(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, customers(backend)) as (_, shopper):
        enters(shopper)
        shopper.buys()
        page = Page(shopper.get("checkout/details").text)
        assert mistakes(page, "en-GB", "ltr") == []
        offered = [e.attributes["value"] for e in page.all("input") if e.attributes.get("name") == "address"]
        assert offered == ["a1", "a3", "new"], "only where we send to"
        assert 'value="ada@example.com"' in page.source
        answer = shopper.post("checkout/details", {"email": "ada@example.com", "address": "a3"})
        assert answer.header("location") == "/en-gb/checkout/delivery"
        assert backend.shipping
        assert (backend.shipping.city, backend.shipping.id) == ("Dublin", None)


def test_somebody_else_s_address_is_none_of_theirs(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, customers(backend)) as (_, shopper):
        enters(shopper)
        shopper.buys()
        for id in ("a2", "a99", "", "x" * 900, "a1' --"):
            answer = shopper.post("checkout/details", {"email": "ada@example.com", "address": id})
            assert answer.status == 422
        assert backend.shipping is None


def test_an_address_book_that_does_not_answer_stops_nobody(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, customers(backend, Unavailable("away"))) as (_, shopper):
        enters(shopper)
        shopper.buys()
        assert shopper.get("checkout/details").status == 200
        assert shopper.post("checkout/details", ADA).status == 303


def test_a_sign_in_that_ended_keeps_what_was_typed(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, customers(backend)) as (_, shopper):
        enters(shopper)
        shopper.buys()
        backend.answers["set_details"] = [NotSignedIn("expired")]
        answer = shopper.post("checkout/details", {**ADA, "address": "new"})
        assert answer.status == 422
        assert "signed out" in answer.text
        assert f'value="{ADA["shipping.city"]}"' in answer.text


def test_a_shop_for_customers_only_says_so(tmp_path: Path) -> None:
    backend = Backend()
    backend.asked = (Requirement(kind="account", id="account"),)
    with till(tmp_path, backend, customers(backend)) as (_, shopper):
        shopper.buys()
        assert "sells to customers with an account" in shopper.get("checkout/details").text
        answer = shopper.post("checkout/details", ADA)
        assert answer.header("location") == "/en-gb/checkout/details", "no further than here"
