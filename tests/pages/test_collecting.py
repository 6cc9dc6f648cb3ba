"""Collecting in a shop: no address is asked for where nothing is sent to one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bff.pages.parts import collecting
from bff.ports import Address, CheckoutState, InvalidInput, Money, Requirement, ShippingGroup, ShippingOption
from tests.pages.desk import words
from tests.pages.till import ADA, Backend, Shopper, till
from tests.web.stage import Answer

WANTED = {"email": "ada@example.com", "way": "collect", "shop": "shop"}


class Shops(Backend):
    """One that needs no address for what is collected, and says when it comes."""

    def groups(self) -> tuple[ShippingGroup, ...]:
        first, last = datetime.date(2026, 11, 24), datetime.date(2026, 11, 26)
        return tuple(
            msgspec.structs.replace(
                group,
                options=tuple(
                    msgspec.structs.replace(option, earliest=first, latest=last, price=Money(Decimal(0), "GBP"))
                    for option in group.options
                ),
            )
            for group in super().groups()
        )

    def state(self, **more: object) -> CheckoutState:
        state = super().state(**more)
        if self.chosen != "shop":
            return state
        missing = tuple(item for item in state.missing if item.kind != "shipping_address")
        return msgspec.structs.replace(state, missing=missing)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Backend, Shopper]]:
    with till(tmp_path, Shops()) as found:
        found[1].buys()
        yield found


def led(answer: Answer, path: str) -> None:
    assert (answer.status, answer.header("location")) == (303, f"/en-gb/checkout/{path}")


def test_a_shop_instead_of_an_address(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    details = shopper.get("checkout/details").text
    assert 'name="way" value="send" checked' in details
    assert "Market Street" in details
    led(shopper.post("checkout/details", WANTED), "payment")
    assert (backend.chosen, backend.shipping) == ("shop", None)
    page = shopper.get("checkout/payment")
    payment = words(page)
    assert "Ready 24 Nov to 26 Nov" in payment
    assert "Delivery address" not in payment
    assert 'name="billing" value="none" checked' in page.text
    led(shopper.post("checkout/payment", {"method": "bank"}), "review")
    assert "Ready 24 Nov to 26 Nov" in words(shopper.get("checkout/review"))
    assert 'class="collect" type="radio" name="way" value="collect" checked' in shopper.get("checkout/details").text


def test_what_is_ready_nobody_knows_when_is_to_be_collected_all_the_same(tmp_path: Path) -> None:
    with till(tmp_path, Backend()) as (backend, shopper):
        shopper.buys()
        shopper.post("checkout/details", ADA)
        page = words(shopper.get("checkout/delivery"))
        assert page.count("For you to collect") == 1, "what is sent says so too"
        assert "Market Street For you to collect" in page
        assert backend.chosen is None
        shopper.post("checkout/delivery", {"group.g1": "shop"})
        assert "Market Street For you to collect" in words(shopper.get("checkout/payment"))


def test_a_backend_that_wants_an_address_on_the_invoice_gets_one(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    led(shopper.post("checkout/details", WANTED), "payment")
    backend.asked = (Requirement(kind="billing_address"),)
    assert 'value="none"' not in shopper.get("checkout/payment").text
    assert shopper.post("checkout/payment", {"method": "bank", "billing": "none"}).status == 422


@pytest.mark.parametrize("typed", ["somewhere", "post"])
def test_a_shop_that_is_none_is_told(shop: tuple[Backend, Shopper], typed: str) -> None:
    backend, shopper = shop
    answer = shopper.post("checkout/details", WANTED | {"shop": typed})
    assert answer.status == 422
    assert "Please choose one of those listed" in words(answer)
    assert backend.chosen is None


def test_a_shop_the_backend_refuses_is_told_there(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    backend.answers["set_details"] = [InvalidInput({"g1": "gone"})]
    answer = shopper.post("checkout/details", WANTED)
    assert answer.status == 422
    assert 'id="f-shop-wrong"' in answer.text


def test_sent_after_all(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.post("checkout/details", WANTED)
    led(shopper.post("checkout/details", ADA | {"way": "send"}), "delivery?way=send")
    page = shopper.get("checkout/delivery?way=send").text
    assert 'value="post" checked' in page
    led(shopper.post("checkout/delivery", {"group.g1": "post"}), "payment")
    backend.shipping = None
    backend.chosen = "shop"
    led(shopper.post("checkout/delivery", {"group.g1": "post", "mutation": "another-one"}), "details")
    assert "fill in your details first" in words(shopper.get("checkout/details"))


def test_only_where_all_of_it_can_be_collected() -> None:
    state = Backend()
    state.there = state.cart()
    known = state.state()
    (group,) = known.shipping
    sent = msgspec.structs.replace(group, id="g2", options=group.options[:1])
    digital = ShippingGroup(id="g3", lines=(), options=(ShippingOption(id="mail", name="Mail", kind="digital"),))
    both = msgspec.structs.replace(known, shipping=(group, msgspec.structs.replace(group, id="g2"), digital))
    assert [option.id for option in collecting.shops(both)] == ["shop"]
    assert collecting.choices(both, "shop") == {"g1": "shop", "g2": "shop"}
    assert collecting.chosen(both) is None
    assert collecting.shops(msgspec.structs.replace(known, shipping=(group, sent))) == ()
    assert collecting.shops(msgspec.structs.replace(known, shipping=(digital,))) == ()


def test_an_address_given_before_is_not_where_it_goes(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    backend.shipping = Address(country="GB", first_name="Ada", line1="1 Lane", city="Bath", postcode="BA1 1AA")
    led(shopper.post("checkout/details", WANTED), "payment")
    payment = shopper.get("checkout/payment")
    assert "Delivery address" not in words(payment)
    assert 'name="billing" value="other" checked' in payment.text, "the invoice may well go there"
