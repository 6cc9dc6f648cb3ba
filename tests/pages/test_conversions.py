"""What the checkout records: an order once, with what it was worth, for the visitor who went out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bff.events.event import ADD_TO_CART, BEGIN_CHECKOUT, ORDER_UNSEEN, PURCHASE, Event, order_key
from bff.ports import Action, Handoff, HostedTraits, NoCart, Open, Ordered, Pending
from bff.web.measuring import CONSENT, Measuring
from tests.pages.till import PROVIDER, Backend, Shopper, till
from tests.web.stage import Attribute, Port


@contextmanager
def measured(folder: Path, backend: Backend, offer: Any = None) -> Iterator[tuple[Shopper, list[Event], str]]:
    """A shopper who has agreed, what is recorded, and their id."""
    with till(folder, backend, offer) as (_, shopper):
        own = Measuring("exempt", shopper.shop.store.sealer, {}, {})
        visitor = own.identified()
        assert visitor
        name, _, value = own.set_cookies[0].partition(";")[0].partition("=")
        shopper.jar |= {name: value, CONSENT: "yes"}
        events: list[Event] = []
        shopper.shop.store.events.record = events.append  # type: ignore[method-assign]
        yield shopper, events, visitor


def bought(events: list[Event]) -> list[tuple[str, float | None, str | None]]:
    return [(event.visitor, event.value, event.currency) for event in events if event.kind == PURCHASE]


def test_an_order_at_once(tmp_path: Path) -> None:
    backend = Backend()
    with measured(tmp_path, backend) as (shopper, events, visitor):
        shopper.get("checkout")  # nothing to begin with
        shopper.orders(shopper.comes_to("review"))
        shopper.get("checkout")
        assert [event.kind for event in events] == [ADD_TO_CART, PURCHASE]
        assert bought(events) == [(visitor, 20.0, "GBP")]
        assert events[1].order == order_key("default", backend.order().id)


def test_the_way_in_begins_the_checkout(tmp_path: Path) -> None:
    with measured(tmp_path, Backend()) as (shopper, events, _):
        shopper.buys()
        shopper.get("checkout")
        assert [(event.kind, event.value) for event in events[1:]] == [(BEGIN_CHECKOUT, 20.0)]


def test_a_return_in_another_browser_is_the_purchase_of_who_went_out(tmp_path: Path) -> None:
    backend = Backend()
    with measured(tmp_path, backend) as (shopper, events, visitor):
        review = shopper.comes_to("review")
        backend.answers["place"] = [Action(kind="redirect", url=f"{PROVIDER}/pay/1")]
        shopper.orders(review)
        back = urlsplit(backend.calls[-1][1]["return_to"]).path
        assert bought(events) == []
        other = Shopper(shopper.shop)
        other.get(f"{back}?status=ok")
        shopper.get(f"{back}?status=ok")
        assert bought(events) == [(visitor, 20.0, "GBP")]


def test_an_order_that_is_waited_for_counts_when_it_is_there(tmp_path: Path) -> None:
    backend = Backend()
    with measured(tmp_path, backend) as (shopper, events, visitor):
        review = shopper.comes_to("review")
        backend.answers["place"] = [Pending()]
        shopper.orders(review)
        back = urlsplit(backend.calls[-1][1]["return_to"]).path
        backend.answers["resume"] = [Pending()]
        shopper.get(back)
        assert bought(events) == []
        shopper.get(back)
        assert bought(events) == [(visitor, 20.0, "GBP")]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_hosted_checkout_s_order_is_found_at_the_return(tmp_path: Path, known: bool, elsewhere: bool) -> None:
    backend = Backend()
    handed: list[str] = []

    def handoff(*, cart: object, return_to: str) -> Handoff:
        handed.append(urlsplit(return_to).path)
        return Handoff(url=f"{PROVIDER}/c")

    def outcome(**_: object) -> Ordered:
        backend.there = NoCart(reason="ordered")
        return Ordered(order=backend.order() if known else None)

    with measured(tmp_path, backend, backend.hosted(handoff=handoff, outcome=outcome)) as (shopper, events, visitor):
        shopper.buys()
        shopper.post("checkout/hand-off")
        assert [event.kind for event in events] == [ADD_TO_CART, BEGIN_CHECKOUT]
        (Shopper(shopper.shop) if elsewhere else shopper).get(handed[0])
        shopper.get(handed[0])
        assert bought(events) == [(visitor, 20.0 if known else None, "GBP" if known else None)]


def test_a_checkout_that_tells_of_no_orders_is_noted_as_that(tmp_path: Path) -> None:
    backend = Backend()
    never = HostedTraits(returns="never", origins=(PROVIDER,))
    port = Port(traits=Attribute(never), handoff=Handoff(url=f"{PROVIDER}/c"), outcome=Open())
    offer = backend.offer(inline_checkout=None, hosted_checkout=port)
    with measured(tmp_path, backend, offer) as (shopper, events, _):
        shopper.buys()
        shopper.post("checkout/hand-off")
        assert [event.kind for event in events] == [ADD_TO_CART, BEGIN_CHECKOUT, ORDER_UNSEEN]


def test_who_withdraws_before_coming_back_is_not_recorded(tmp_path: Path) -> None:
    backend = Backend()
    with measured(tmp_path, backend) as (shopper, events, _):
        review = shopper.comes_to("review")
        backend.answers["place"] = [Action(kind="redirect", url=f"{PROVIDER}/pay/1")]
        shopper.orders(review)
        shopper.jar[CONSENT] = "no"
        shopper.get(f"{urlsplit(backend.calls[-1][1]['return_to']).path}?status=ok")
        assert bought(events) == []
