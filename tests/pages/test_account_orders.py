"""Orders: listed, shown, printed, looked up by guests, and what can be done with them."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bff.ports import (
    AccountTraits,
    ActionTraits,
    Address,
    CartResult,
    Conflict,
    Customer,
    InvalidInput,
    Line,
    Money,
    NoCart,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Order,
    OrderLine,
    OrderPage,
    OrderTraits,
    Shipment,
    SignedIn,
    SignInMethod,
    Totals,
    VariantKey,
)
from tests.pages.desk import private, words
from tests.pages.till import Backend, Shopper, till
from tests.web import goods
from tests.web.stage import Attribute, Port, opened, settings

ADA = Customer(id="c1", email="ada@example.com")
HOME = Address(country="GB", first_name="Ada", last_name="<b>", line1="1 Lane", city="Falmouth", postcode="TR11 3QY")


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def order(**changes: Any) -> Order:
    line = Line(
        id="l1", key=VariantKey(sku="MUG"), title="The <mug>", quantity=Decimal(3), unit=pounds("5"), slug="mug"
    )
    given: dict[str, Any] = {
        "id": "o-1",
        "number": "ALM-1001",
        "placed": datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC),
        "currency": "GBP",
        "totals": Totals(
            subtotal=pounds("15"), shipping=pounds("0"), total=pounds("15"), tax=pounds("2.5"), tax_included=True
        ),
        "status": "shipped",
        "lines": (
            OrderLine(
                line=line,
                fulfilled=Decimal(2),
                downloads=(("Manual", "https://files.example/m"), ("Evil", "javascript:alert(1)")),
            ),
        ),
        "shipping_address": HOME,
        "shipments": (
            Shipment(carrier="Post", number="P1", url="https://track.example/P1", lines=(("l1", Decimal(2)),)),
            Shipment(carrier="Post", number="P2", url="javascript:alert(2)"),
        ),
    }
    return Order(**{**given, **changes})


@contextlib.contextmanager
def desk(var: Path, *, signed_in: bool = True, actions: Any = None, **orders: Any) -> Iterator[tuple[Shopper, Any]]:
    def own(id: str) -> Any:
        return order() if id == "o-1" else NotFound(id)

    given = {
        "traits": Attribute(OrderTraits(lookup=("number", "email"))),
        "list": OrderPage(orders=(order(),)),
        "get": own,
    }
    acts = Port(traits=Attribute(ActionTraits(offered=("reorder", "return", "cancel", "claim"))), **(actions or {}))
    offer = goods.offer(
        sign_in=Port(
            methods=(SignInMethod(id="password", kind="password", fields=("email", "password")),),
            begin=SignedIn(customer=ADA, token="t"),
            sign_out=None,
        ),
        accounts=Port(traits=Attribute(AccountTraits(offered=())), me=ADA),
        orders=Port(**{**given, **orders}),
        order_actions=acts,
        carts=Port(get=NoCart(reason="empty")),
    )
    with opened(settings(var), offer) as shop:
        shopper = Shopper(shop)
        if signed_in:
            shopper.post("account/sign-in", {"method": "password", "email": "ada@example.com", "password": "secret 12"})
        yield shopper, acts


def test_an_order_says_all_that_is_known(tmp_path: Path) -> None:
    with desk(tmp_path) as (ada, _):
        page = ada.get("account/orders/o-1")
        private(page)
        text = words(page)
        for word in (
            "Order ALM-1001",
            "On its way",
            "The &lt;mug&gt;",
            "2 sent so far",
            "Download Manual",
            "Parcel 2",
        ):
            assert word in text, word
        assert "https://track.example/P1" in page.text
        assert "javascript:" not in page.text
        assert "/en-gb/products/mug" in page.text
        assert "/en-gb/account/orders/o-1/return" in page.text
        assert "/en-gb/account/orders/o-1/cancel" not in page.text, "what was sent cannot be cancelled"
        sheet = ada.get("account/orders/o-1/invoice")
        private(sheet)
        assert "Invoice ALM-1001" in words(sheet)


def test_anothers_order_is_nobodys(tmp_path: Path) -> None:
    with desk(tmp_path, actions={"reorder": NotFound("o-2"), "cancel": NotFound("o-2")}) as (ada, _):
        for path in ("o-2", "o-2/invoice", "o-2/return", "o-2/cancel", "%00", "x" * 3_000):
            assert ada.get(f"account/orders/{path}").status == 404
        for deed in ("reorder", "cancel", "return"):
            assert ada.post(f"account/orders/o-2/{deed}", {"reason": "x"}).status == 404


def test_orders_come_page_by_page(tmp_path: Path) -> None:
    def pages(cursor: str | None = None) -> Any:
        if cursor is None:
            return OrderPage(orders=(order(),), next="a b/c")
        return OrderPage(orders=(order(number="ALM-0007"),)) if cursor == "a b/c" else InvalidInput({"cursor": "no"})

    with desk(tmp_path, list=pages) as (ada, _):
        first = ada.get("account/orders")
        private(first)
        assert "/en-gb/account/orders?after=a+b%2Fc" in first.text
        second = ada.get("account/orders?after=a+b%2Fc")
        assert "ALM-0007" in second.text
        assert "Newest orders" in second.text
        assert ada.get("account/orders?after=tampered").status == 404


def test_no_orders_yet(tmp_path: Path) -> None:
    with desk(tmp_path, list=OrderPage(orders=())) as (ada, _):
        assert "No orders yet" in ada.get("account/orders").text


def test_a_session_that_ended_at_the_backend_signs_in_again(tmp_path: Path) -> None:
    with desk(tmp_path, list=NotSignedIn("expired")) as (ada, _):
        away = ada.get("account/orders")
        assert away.header("location") == "/en-gb/account/sign-in?next=%2Fen-gb%2Faccount%2Forders&again=1"
        private(ada.get(str(away.header("location"))))


def test_a_guest_finds_an_order_by_its_fields(tmp_path: Path) -> None:
    def look(fields: Any) -> Any:
        return order() if fields == {"number": "ALM-1001", "email": "ada@example.com"} else NotFound("no")

    with desk(tmp_path, signed_in=False, lookup=look) as (guest, _):
        private(guest.get("account/orders/find"))
        wrong = [
            guest.post("account/orders/find", {"number": number, "email": email})
            for number, email in (("ALM-1001", "bob@example.com"), ("ALM-9", "ada@example.com"))
        ]
        for answer in wrong:
            private(answer, 422)
            assert "We find no order with these details" in answer.text
        found = guest.post("account/orders/find", {"number": " ALM-1001 ", "email": "ada@example.com"})
        private(found)
        assert "Order ALM-1001" in words(found)
        assert "/account/orders/o-1" not in found.text, "a guest has no page of the account"
        assert "Sign in to add this order" in found.text


def test_guests_are_not_offered_what_the_backend_cannot(tmp_path: Path) -> None:
    with desk(tmp_path, signed_in=False, traits=Attribute(OrderTraits())) as (guest, _):
        assert guest.get("account/orders/find").status == 404
        assert "/account/orders/find" not in guest.get("account/sign-in").text


def test_a_guests_order_is_claimed(tmp_path: Path) -> None:
    with desk(tmp_path, actions={"claim": order()}, lookup=order()) as (ada, acts):
        found = ada.post("account/orders/find", {"number": "ALM-1001", "email": "ada@example.com"})
        assert 'action="/en-gb/account/orders/claim"' in found.text
        done = ada.post("account/orders/claim", {"number": "ALM-1001", "email": "ada@example.com", "more": "x"})
        assert done.header("location") == "/en-gb/account/orders/o-1"
        assert acts.calls[-1][1]["fields"] == {"number": "ALM-1001", "email": "ada@example.com"}


@pytest.mark.parametrize(
    "error", [NotFound("no"), NotAllowed("another's"), Conflict("taken"), InvalidInput({"number": "no"})]
)
def test_an_order_that_cannot_be_claimed_is_told(tmp_path: Path, error: Exception) -> None:
    with desk(tmp_path, actions={"claim": error}) as (ada, _):
        done = ada.post("account/orders/claim", {"number": "ALM-1001", "email": "ada@example.com"})
        assert done.header("location") == "/en-gb/account/orders/find"
        assert 'class="flash"' in ada.get("account/orders/find").text


RETURNS = [
    ({"l.l1": "1", "reason": "Too blue"}, None),
    ({"l.l1": "0", "reason": "Too blue"}, "how many of what"),
    ({"l.l1": "4", "reason": "Too blue"}, "from zero to what you received"),
    ({"l.l1": "-1", "reason": "Too blue"}, "from zero to what you received"),
    ({"l.l1": "many", "reason": "Too blue"}, "from zero to what you received"),
    ({"l.l1": "1", "reason": ""}, "Please fill this in"),
    ({"l.l9": "1", "reason": "Too blue"}, "how many of what"),
]


@pytest.mark.parametrize(("typed", "told"), RETURNS)
def test_what_is_sent_back_is_asked_for_line_by_line(tmp_path: Path, typed: dict[str, str], told: str | None) -> None:
    with desk(tmp_path, actions={"request_return": order(status="returned")}) as (ada, acts):
        private(ada.get("account/orders/o-1/return"))
        answer = ada.post("account/orders/o-1/return", typed)
        if told is None:
            assert answer.header("location") == "/en-gb/account/orders/o-1"
            assert acts.calls[-1][1]["lines"] == [("l1", Decimal(1))]
        else:
            private(answer, 422)
            assert told in answer.text
            assert not acts.calls
            if typed["reason"]:
                assert "Too blue" in answer.text


def test_a_change_that_comes_too_late_is_told(tmp_path: Path) -> None:
    late = {"cancel": NotAllowed("sent"), "request_return": Conflict("over")}
    with desk(tmp_path, get=lambda id: order(status="paid"), actions=late) as (ada, _):
        private(ada.get("account/orders/o-1/cancel"))
        for deed, fields in (("cancel", {}), ("return", {"l.l1": "1", "reason": "x"})):
            answer = ada.post(f"account/orders/o-1/{deed}", fields)
            assert answer.header("location") == "/en-gb/account/orders/o-1"
            assert "can no longer be done" in ada.get("account/orders/o-1").text
        assert ada.get("account/orders/o-1/return").status == 303, "nothing has been sent yet"


def test_ordering_again_tells_what_is_missing(tmp_path: Path) -> None:
    with desk(tmp_path, actions={"reorder": CartResult(cart=NoCart(reason="empty"))}) as (ada, acts):
        answer = ada.post("account/orders/o-1/reorder")
        assert answer.header("location") == "/en-gb/cart"
        assert "could not be added" in ada.get("cart").text
        assert acts.calls[-1][1] == {"id": "o-1", "cart": None}


def test_the_order_just_placed_is_shown_without_asking(tmp_path: Path) -> None:
    backend = Backend()
    asked: list[dict[str, str]] = []
    known = True

    def lookup(fields: dict[str, str]) -> Any:
        asked.append(fields)
        return order() if known else NotFound("order")

    orders = Port(traits=Attribute(OrderTraits(lookup=("number", "email"))), lookup=lookup)
    with till(tmp_path, backend, backend.offer(orders=orders)) as (_, shopper):
        made = shopper.orders(shopper.comes_to("review"))
        done = shopper.get(made.header("location")).text
        assert 'href="/en-gb/account/orders/placed"' in done
        assert "Order ALM-1001" in words(shopper.get("account/orders/placed"))
        assert asked == [{"number": "ALM-1001", "email": "ada@example.com"}]
        known = False
        led = shopper.get("account/orders/placed")
        assert (led.status, led.header("location")) == (303, "/en-gb/account/orders/find")
        find = shopper.get("account/orders/find").text
        assert 'value="ALM-1001"' in find
        assert 'value="ada@example.com"' in find
        stranger = Shopper(shopper.shop)
        assert stranger.get("account/orders/placed").status == 303
        assert "ALM-1001" not in stranger.get("account/orders/find").text
        assert len(asked) == 2


def test_what_is_paid_by_hand_is_told_part_by_part_while_it_is_due(tmp_path: Path) -> None:
    details = (("IBAN", "GB33 BUKB"), ("Reference", "<b>ALM-1001"))
    for status, there in (("pending", True), ("paid", False)):
        with desk(tmp_path / status, get=order(status=status, payment_details=details)) as (ada, _):
            text = ada.get("account/orders/o-1").text
            assert ('<bdi id="transfer-1">GB33 BUKB</bdi>' in text) is there
            assert ('data-copy="transfer-2"' in text) is there
            assert "<b>ALM" not in text


def test_when_it_comes_is_said_until_it_is_there(tmp_path: Path) -> None:
    days = {"earliest": datetime.date(2026, 11, 24), "latest": datetime.date(2026, 11, 26), "shipping_name": "Post"}
    for status, there in (("paid", True), ("delivered", False)):
        with desk(tmp_path / status, get=order(status=status, **days)) as (ada, _):
            assert ("Arrives 24 Nov to 26 Nov" in words(ada.get("account/orders/o-1"))) is there
