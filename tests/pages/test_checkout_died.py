"""A process that ends in the middle of a checkout's post: its record says that it still runs. Once it has been too long for
that, what became of it is read back: nobody is told for a day that nobody knows, and nothing is ordered twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from bff.ports import CartRef, CartResult, CartTraits, Ready
from bff.web import mutations, posts
from tests.pages.till import ADA, Backend, Shopper, till
from tests.web.stage import Answer, Attribute, Port, ask


class Ended(BaseException):
    """What a process does that is killed: nothing more."""


def ends(*_: Any, **__: Any) -> Any:
    raise Ended


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Backend, Shopper]]:
    with till(tmp_path) as found:
        yield found


def dies(shopper: Shopper, path: str, fields: Mapping[str, str]) -> None:
    """Post to a process that ends before the answer is kept: the mutation's row stays as it was planted, running."""

    async def sent() -> None:
        with (
            patch.object(posts.Post, "ended", ends),
            patch.object(posts.Post, "forgotten", ends),
            patch("bff.web.locks.Held.do_last", lambda *_: None),
            pytest.raises(Ended),
        ):
            await ask(shopper.shop.app, "POST", shopper.at(path), shopper.headers(), urlencode(fields).encode())

    shopper.shop.run(sent)
    control = shopper.shop.store.control

    async def planted() -> Any:
        return await control.read(lambda db: db.execute("SELECT count(*) FROM mutations WHERE state = 0").fetchone())

    assert shopper.shop.run(planted) == (1,)
    clock = control.clock
    control.clock = lambda: clock() + mutations.LEASE + 1


def again(shopper: Shopper, path: str, fields: Mapping[str, str]) -> Answer:
    """The same form once more, and once more: the same answer."""
    first = shopper.post(path, fields)
    second = shopper.post(path, fields)
    assert (second.status, second.body) == (first.status, first.body)
    return first


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    ("step", "fields", "call", "onward"),
    [
        ("details", ADA, "set_details", "delivery"),
        ("payment", {"method": "card", "billing": "same"}, "choose_payment", "review"),
    ],
)
def test_a_step_goes_on(
    shop: tuple[Backend, Shopper], step: str, fields: dict[str, str], call: str, onward: str, before: bool
) -> None:
    backend, shopper = shop
    shopper.comes_to(step)
    form = {**fields, "mutation": uuid4().hex}
    if before:
        backend.answers[call] = [ends]
    dies(shopper, f"checkout/{step}", form)
    found = again(shopper, f"checkout/{step}", form)
    assert (found.status, found.header("location")) == (303, f"/en-gb/checkout/{onward}")
    assert backend.contact is not None


def test_an_order_that_was_made_is_found(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    form = {**shopper.form(shopper.comes_to("review")), "mutation": uuid4().hex}
    dies(shopper, "checkout/review", form)
    assert backend.orders == 1
    found = again(shopper, "checkout/review", form)
    assert found.status == 303
    done = shopper.get(found.header("location") or "").header("location") or ""
    page = shopper.get(done)
    assert "ALM-1001" in page.text
    assert "St James" in page.text
    assert (backend.orders, backend.times("place")) == (1, 1)
    assert shopper.get("checkout").header("location") == done


def test_an_order_that_was_not_made_leads_back_to_the_button(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    form = {**shopper.form(shopper.comes_to("review")), "mutation": uuid4().hex}
    backend.answers["place"] = [ends]
    dies(shopper, "checkout/review", form)
    backend.answers["resume"] = [lambda: Ready(state=backend.state())]
    found = again(shopper, "checkout/review", form)
    assert shopper.get(found.header("location") or "").header("location") == "/en-gb/checkout/review"
    review = shopper.get("checkout/review")
    assert "The order did not go through: nothing was ordered or paid" in review.text
    assert backend.orders == 0
    assert "/checkout/done/" in (shopper.orders(review, mutation=uuid4().hex).header("location") or "")
    assert backend.orders == 1


def test_a_code_is_entered_again(tmp_path: Path) -> None:
    backend = Backend()
    asked: list[str] = []

    def apply_code(*, cart: CartRef, code: str) -> CartResult:
        asked.append(code)
        return CartResult(cart=backend.cart()) if len(asked) > 1 else ends()

    carts = Port(get=lambda **_: backend.cart(), add=backend.add, apply_code=apply_code, traits=Attribute(CartTraits()))
    with till(tmp_path, backend, backend.offer(carts=carts)) as (_, shopper):
        shopper.comes_to("payment")
        form = {"code": "TEN", "step": "payment", "mutation": uuid4().hex}
        dies(shopper, "checkout/codes", form)
        found = again(shopper, "checkout/codes", form)
        assert (found.status, found.header("location")) == (303, "/en-gb/checkout/payment")
    assert asked == ["TEN", "TEN"]
