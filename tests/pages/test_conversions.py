"""What the checkout records: an order once, with what it was worth, for the visitor who went out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bff.events.event import ADD_TO_CART, BEGIN_CHECKOUT, ORDER_UNSEEN, PURCHASE, Event, order_key
from bff.ports import Action, Gone, Handoff, HostedTraits, NoCart, Open, Ordered, Pending, Unavailable
from bff.web.handoffs import WAITS, Asking
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
        shopper.shop.store.events.record = events.append  # type: ignore[method-assign, assignment]
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


class Out:
    """A shopper on the backend's own checkout; time passes as it is told."""

    def __init__(self, shopper: Shopper, events: list[Event]) -> None:
        self.shopper, self.events = shopper, events
        self.control = shopper.shop.store.control
        self.now = self.control.clock()
        self.control.clock = lambda: self.now
        shopper.buys()
        shopper.post("checkout/hand-off")
        events.clear()

    def after(self, seconds: float) -> list[tuple[str, float | None]]:
        """What is recorded when so much time has passed, in two processes."""
        self.now += seconds
        found = self.asks()
        self.events.clear()
        return found

    def asks(self) -> list[tuple[str, float | None]]:
        for _ in range(2):
            asking = Asking(self.control, self.shopper.shop.app.state.generations)
            self.shopper.shop.run(asking.turn)
        return [(event.kind, event.value) for event in self.events]

    def rows(self) -> int:
        read = partial(self.control.read, lambda db: db.execute("SELECT count(*) FROM handoffs").fetchone()[0])
        return int(self.shopper.shop.run(read))


@contextmanager
def out(folder: Path, *says: Any, returns: Any = "bare", measured_: bool = True) -> Iterator[tuple[Out, list[str]]]:
    """`says`: outcomes one after the other, the last for ever. With the addresses to come back to."""
    backend, left, back = Backend(), list(says), list[str]()

    def outcome(**_: object) -> Any:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found

    def handoff(*, cart: object, return_to: str) -> Handoff:
        back.append(urlsplit(return_to).path)
        return Handoff(url=f"{PROVIDER}/c")

    port = Port(traits=Attribute(HostedTraits(returns=returns, origins=(PROVIDER,))), handoff=handoff, outcome=outcome)
    with measured(folder, backend, backend.offer(inline_checkout=None, hosted_checkout=port)) as (shopper, events, _):
        if not measured_:
            shopper.jar[CONSENT] = "no"
        yield Out(shopper, events), back


def test_who_pays_and_never_comes_back_has_bought(tmp_path: Path) -> None:
    backend = Backend()
    with out(tmp_path, Open(), Unavailable("away"), Ordered(order=backend.order())) as (away, back):
        began = away.now
        assert away.after(WAITS[0] - 1) == [], "most come back by themselves"
        assert away.after(2) == []
        assert away.after(WAITS[1] - WAITS[0]) == [], "the backend could not be asked"
        away.now += WAITS[2] - WAITS[1]
        assert away.asks() == [(PURCHASE, 20.0)]
        (found,) = away.events
        assert (found.order, found.currency, found.market) == (order_key("default", "o1"), "GBP", "gb")
        assert found.at == began, "never before they went out, whatever the backend's clock says"
        assert away.rows() == 0
        away.events.clear()
        away.shopper.get(back[0])
        assert [event.id for event in away.events] == [found.id], "come back after all: the same event"


def test_who_came_back_is_not_asked_about(tmp_path: Path) -> None:
    with out(tmp_path, Ordered(order=Backend().order())) as (away, back):
        away.shopper.get(back[0])
        assert [event.kind for event in away.events] == [PURCHASE]
        away.events.clear()
        assert away.after(WAITS[0]) == []
        assert away.rows() == 0


@pytest.mark.parametrize(("returns", "unseen"), [("never", True), ("with_order", False)])
def test_a_checkout_that_tells_of_no_orders_is_noted_as_that(tmp_path: Path, returns: str, unseen: bool) -> None:
    with out(tmp_path, Gone(), returns=returns) as (away, _):
        assert away.after(WAITS[0]) == ([(ORDER_UNSEEN, None)] if unseen else [])
        assert away.after(WAITS[3]) == []


def test_a_bag_that_is_never_paid_is_asked_about_four_times(tmp_path: Path) -> None:
    asked: list[int] = []
    with out(tmp_path, Open()) as (away, _):
        hosted = away.shopper.shop.store.backend.hosted_checkout
        before = hosted.outcome  # type: ignore[union-attr]

        def outcome(*args: Any, **named: Any) -> Any:
            asked.append(1)
            return before(*args, **named)

        hosted.outcome = outcome  # type: ignore[union-attr, method-assign]
        for wait in (*WAITS, *WAITS):
            assert away.after(wait) == []
        assert len(asked) == len(WAITS)


@pytest.mark.parametrize("when", ["before", "after"])
def test_nothing_is_asked_about_who_may_not_be_measured(tmp_path: Path, when: str) -> None:
    with out(tmp_path, Ordered(order=Backend().order()), measured_=when == "after") as (away, _):
        if when == "after":
            away.shopper.post("measuring", {"choice": "no"})
        assert away.rows() == 0
        assert away.after(WAITS[0]) == []


def test_who_withdraws_before_coming_back_is_not_recorded(tmp_path: Path) -> None:
    backend = Backend()
    with measured(tmp_path, backend) as (shopper, events, _):
        review = shopper.comes_to("review")
        backend.answers["place"] = [Action(kind="redirect", url=f"{PROVIDER}/pay/1")]
        shopper.orders(review)
        shopper.jar[CONSENT] = "no"
        shopper.get(f"{urlsplit(backend.calls[-1][1]['return_to']).path}?status=ok")
        assert bought(events) == []
