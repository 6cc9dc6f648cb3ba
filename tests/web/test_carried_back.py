"""A backend serves again while a cart of its is on its way to another: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bff.ports import CartRef, Conflict, Unavailable
from bff.web import carrying

from .stage import Answer, Shop
from .test_carried import BRUSH, MUG, MUGS, _back, bag, bundle, failing, filled, session, shown, twin, walked
from .two import Browser, both, swap

__all__ = ["_back"]
FIRST = [("Harbour mug", "2")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with both(tmp_path_factory.mktemp("carried-back")) as found:
        yield found


async def half_way(shop: Shop, monkeypatch: pytest.MonkeyPatch, *skus: str) -> Browser:
    """Its cart is in both: what was put in at the second backend could not be read there."""
    owner = await filled(shop, *skus)
    await swap(shop, "second", carry=True)
    with monkeypatch.context() as patched:
        asked = failing(patched, bundle(shop, "second").backend.carts, "get", [Unavailable("x")] * 9)
        assert (await owner.get("/en-gb/stores")).status == 200
    assert asked
    assert session(owner).carts.keys() == {"default", "second"}
    return owner


async def put_in(owner: Browser, sku: str) -> Answer:
    """With JavaScript, for a part of a page: nothing is carried for that."""
    headers = ((b"sec-fetch-site", b"same-origin"), (b"content-type", b"application/x-www-form-urlencoded"))
    return await owner._sent(
        "POST", "/en-gb/cart/lines", f"sku={sku}&quantity=1".encode(), (*headers, (b"hx-request", b"true"))
    )


@walked
async def test_nothing_is_doubled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await half_way(shop, monkeypatch)
    for place, found in (("default", FIRST), ("second", MUGS), ("default", FIRST)):
        await swap(shop, place, carry=True)
        assert shown(await bag(owner)) == found
        assert shown(await bag(owner)) == found
        assert session(owner).carts.keys() == {place}


@walked
async def test_what_is_there_twice_is_not_left_in_an_account(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await half_way(shop, monkeypatch)
    asked = failing(monkeypatch, bundle(shop, "second").backend.carts, "change", [])
    await swap(shop, "default", carry=True)
    assert shown(await bag(owner)) == FIRST
    ((_, quantity),) = asked[0]["quantities"]
    assert quantity == 0


@walked
async def test_what_was_put_in_meanwhile_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On either side, whether it was on its way or not."""
    owner = await half_way(shop, monkeypatch)
    assert (await put_in(owner, MUG)).status == 200
    await swap(shop, "default", carry=True)
    with monkeypatch.context() as patched:
        failing(patched, bundle(shop, "second").backend.carts, "get", [Unavailable("x")] * 9)
        assert (await owner.post("/en-gb/cart/lines", f"sku={BRUSH}&quantity=1".encode())).status == 303
        assert sorted(quantity for _, quantity in shown(await bag(owner))) == ["1", "2"], "whole, if not complete"
    assert sorted(quantity for _, quantity in shown(await bag(owner))) == ["1", "3"]


@walked
async def test_what_was_taken_out_meanwhile_stays_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await half_way(shop, monkeypatch, MUG, BRUSH)
    await swap(shop, "default", carry=True)
    with monkeypatch.context() as patched:
        failing(patched, bundle(shop, "second").backend.carts, "get", [Unavailable("x")] * 9)
        page = (await bag(owner)).text
        line = page.partition('name="q.')[2].partition('"')[0]
        await owner.post("/en-gb/cart/quantities", f"remove={line}".encode())
        left = shown(await bag(owner))
        assert len(left) == 1
    assert shown(await bag(owner)) == left


@walked
async def test_what_had_not_come_yet_is_still_where_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop, MUG, BRUSH)
    await swap(shop, "second", carry=True)
    carts = bundle(shop, "second").backend.carts
    with monkeypatch.context() as patched:  # one by one, and the second is not sure
        failing(patched, carts, "add", [Conflict("x"), None, Unavailable("x")])
        failing(patched, carts, "get", [Unavailable("x")] * 9)
        await owner.get("/en-gb/stores")
    await swap(shop, "default", carry=True)
    assert sorted(quantity for _, quantity in shown(await bag(owner))) == ["2", "2"]
    assert session(owner).carts.keys() == {"default"}


@walked
async def test_an_answer_that_was_lost_puts_nothing_in_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other cart is known, and whether anything was put in is not."""
    owner = await half_way(shop, monkeypatch)
    await swap(shop, "default", carry=True)
    carts = bundle(shop, "default").backend.carts
    whole = carts.add

    async def add(ctx: Any, /, **arguments: Any) -> Any:
        await whole(ctx, **arguments)
        raise Unavailable("x")

    with monkeypatch.context() as patched:
        failing(patched, bundle(shop, "second").backend.carts, "get", [Unavailable("x")])
        assert (await owner.post("/en-gb/cart/lines", f"sku={BRUSH}&quantity=1".encode())).status == 303
    await swap(shop, "second", carry=True)
    with monkeypatch.context() as patched:
        failing(patched, bundle(shop, "default").backend.carts, "get", [Unavailable("x")])
        assert (await owner.post("/en-gb/cart/lines", f"sku={MUG}&quantity=1".encode())).status == 303
    await swap(shop, "default", carry=True)
    with monkeypatch.context() as patched:
        patched.setattr(carts, "add", add)
        failing(patched, carts, "get", [None, *[Unavailable("x")] * 9])
        await owner.get("/en-gb/stores")
    await swap(shop, "second", carry=True)
    assert sorted(quantity for _, quantity in shown(await bag(owner))) == ["1", "3"]


@walked
async def test_nothing_is_doubled_when_coming_back_breaks_off_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await half_way(shop, monkeypatch)
    for place, other in (("default", "second"), ("second", "default")) * 2:
        await swap(shop, place, carry=True)
        with monkeypatch.context() as patched:
            failing(patched, bundle(shop, place).backend.carts, "get", [None, *[Unavailable("x")] * 9])
            await owner.get("/en-gb/stores")
        assert session(owner).carts.keys() == {place, other}
    assert shown(await bag(owner)) == MUGS
    assert session(owner).carts.keys() == {place}


@walked
async def test_a_browser_that_never_heard_of_it_has_it_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    late = twin(owner)
    await swap(shop, "second", carry=True)
    with monkeypatch.context() as patched:
        failing(patched, bundle(shop, "second").backend.carts, "get", [Unavailable("x")] * 9)
        await owner.get("/en-gb/stores")
    await swap(shop, "default", carry=True)
    assert (await late.post("/en-gb/cart/lines", f"sku={BRUSH}&quantity=1".encode())).status == 303
    await swap(shop, "second", carry=True)
    assert sorted(quantity for _, quantity in shown(await bag(late))) == ["1", "2"]


@walked
async def test_an_account_whose_cart_was_not_emptied_does_not_have_it_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account has one cart, whoever made it."""
    owner = await filled(shop)
    before = session(owner).carts["default"]
    carts = bundle(shop, "default").backend.carts
    whole = carts.add

    async def add(ctx: Any, /, *, cart: CartRef | None, lines: Any) -> Any:
        return await whole(ctx, cart=cart or CartRef(id=before[0]), lines=lines)

    monkeypatch.setattr(carts, "add", add)
    monkeypatch.setattr(carrying, "whose", lambda visit, name: visit.session.id if name == "default" else "")
    asked = failing(monkeypatch, carts, "change", [Unavailable("x")])
    await swap(shop, "second", carry=True)
    for _ in range(3):
        assert shown(await bag(owner)) == MUGS
    assert len(asked) == 1, "not at every page"
    await swap(shop, "default", carry=True)
    for _ in range(2):
        assert shown(await bag(owner)) == FIRST
    await swap(shop, "second", carry=True)
    failing(monkeypatch, carts, "change", [Unavailable("x")])
    assert shown(await bag(owner)) == MUGS
    now = shop.store.control.clock()
    monkeypatch.setattr(shop.store.control, "clock", lambda: now + 120)
    assert shown(await bag(owner)) == MUGS
    assert session(owner).carts.keys() == {"second"}
