"""Swapping backends while the store is asked: no failure, no mixed page, carts intact, old addresses lead on."""

from __future__ import annotations

import asyncio
import itertools
import tomllib
from collections.abc import Iterator
from functools import partial

import pytest

from bff.gateway.generations import Refused
from bff.ports import CartRef, Unavailable
from bff.web import control_live, returns, sessions
from bff.web.session import Session
from bff.web.sessions import Stored

from .stage import Shop
from .two import DEMO, MARK, Browser, both, follow, shown, sides, swap

MUG = b"sku=HMUG-IND-SMA&quantity=2"
OLD, NEW = "/en-gb/products/harbour-mug", "/en-gb/products/qx-harbour-mug"
PAGES = ("/en-gb", "/en-gb/categories/cups", "/en-gb/search?q=mug", OLD, NEW, "/en-gb/categories/qx-cups")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with both(tmp_path_factory.mktemp("swap")) as found:
        yield found


@pytest.fixture(autouse=True)
def _back(shop: Shop) -> Iterator[None]:
    yield
    shop.run(partial(_as_it_was, shop))


async def _as_it_was(shop: Shop) -> None:
    await swap(shop, "default")
    for table in ("draining", "live", "seen"):
        await shop.store.control.write(lambda db, table=table: db.execute(f"DELETE FROM {table}"))
    await swap(shop, "default")


def known() -> set[str]:
    """The names of products and categories, as the first backend has them; not one that is a material's as well."""
    found: set[str] = set()
    for file in (*DEMO.glob("products/*.toml"), DEMO / "categories.toml"):
        for entries in tomllib.loads(file.read_text(encoding="utf-8")).values():
            for entry in entries if isinstance(entries, list) else ():
                text = entry.get("title") or entry.get("name")
                found.add(text["en"] if isinstance(text, dict) else text)
    return found - {"Glass"}


def test_everybody_moves_at_once_and_old_addresses_lead_on(shop: Shop) -> None:
    async def walk() -> None:
        visitor = Browser(shop)
        assert sides(await visitor.get(OLD), known()) == {False}
        slug = OLD.rpartition("/")[2]
        assert "-" in str(await shop.store.paths.sku("en-gb", slug)), "a variant's SKU"
        await shop.store.paths.write()
        await swap(shop, "second")
        moved = await visitor.get(OLD)
        assert (moved.status, moved.header("location")) == (301, NEW)
        assert sides(await visitor.get(NEW), known()) == {True}
        assert (await visitor.get("/en-gb/products/never-there")).status == 404

    shop.run(walk)


def test_under_load_nothing_fails_and_no_page_is_mixed(shop: Shop) -> None:
    async def load() -> None:
        names, done = known(), asyncio.Condition()
        carts = [await filled(shop, "default"), await filled(shop, "second")]
        asked, seen = itertools.cycle(PAGES), set[frozenset[bool]]()
        total = swapped = 0

        def busy() -> bool:
            return total < 240 or swapped < 8

        async def visit(browser: Browser, cart: bool) -> None:
            nonlocal total
            while busy():
                path = next(asked)
                answer = await browser.get("/en-gb/cart" if cart else path)
                assert answer.status in (200, 301, 404), (path, answer.status)
                if answer.status == 200 and not cart:
                    found = sides(answer, names)
                    assert len(found) == 1, (path, shown(answer, names))
                    seen.add(frozenset(found))
                elif cart:
                    assert 'value="2"' in answer.text, "the cart is where it was"
                async with done:
                    total += 1
                    done.notify_all()

        async def swaps() -> None:
            nonlocal swapped
            while busy():
                before = total
                await swap(shop, "second" if swapped % 2 else "default")
                swapped += 1
                async with done:
                    await done.wait_for(lambda before=before: total > before or not busy())

        async with asyncio.TaskGroup() as group:
            group.create_task(swaps())
            for _ in range(6):
                group.create_task(visit(Browser(shop), cart=False))
            for cart in carts:
                group.create_task(visit(cart, cart=True))
        assert seen == {frozenset({False}), frozenset({True})}, "both served"

    shop.run(load)


async def filled(shop: Shop, backend: str) -> Browser:
    """A visitor with two mugs in a cart of this backend's."""
    await swap(shop, backend)
    browser = Browser(shop)
    answer = await browser.post("/en-gb/cart/lines", MUG)
    assert answer.status in (200, 303)
    return browser


def test_who_has_a_cart_stays_and_moves_when_it_is_empty(shop: Shop) -> None:
    async def walk() -> None:
        owner = await filled(shop, "default")
        await swap(shop, "second")
        assert sides(await Browser(shop).get("/en-gb/categories/qx-cups"), known()) == {True}
        page = await owner.get(OLD)
        assert page.status == 200, "the whole bundle stays with the cart"
        assert sides(page, known()) == {False}
        (left,) = await drain_state(shop, "gb")
        assert (left.backend, left.carts) == ("default", 1)
        cart = await owner.get("/en-gb/cart")
        line = cart.text.partition('name="q.')[2].partition('"')[0]
        await owner.post("/en-gb/cart/quantities", f"remove={line}".encode())
        assert (await owner.get(OLD)).header("location") == NEW
        (left,) = await drain_state(shop, "gb")
        assert left.carts == 0

    shop.run(walk)


async def drain_state(shop: Shop, market: str) -> list[control_live.Draining]:
    control = shop.store.control
    found = await control.read(lambda db: control_live.draining(db, control.clock()))
    return [one for one in found if one.market == market]


def test_one_that_is_drained_is_let_go_of_after_a_while(shop: Shop) -> None:
    async def walk() -> None:
        await filled(shop, "default")
        await swap(shop, "second")
        control = shop.store.control
        late = control.clock() + control_live.DRAIN_SECONDS + 1
        gone = await control.write(lambda db: control_live.drained(db, late))
        assert {one.market for one in gone} == {"ae", "de", "us"}, "a cart of the other market is left at it"
        await follow(shop)
        assert list(shop.app.state.generations.current.bundles) == ["second", "default"]
        ended = control.clock() + 61 * 86_400
        gone = await control.write(lambda db: control_live.drained(db, ended))
        assert {one.backend for one in gone} == {"default"}
        await follow(shop)
        assert list(shop.app.state.generations.current.bundles) == ["second"]

    shop.run(walk)


def test_a_cart_is_carried_with_a_report(shop: Shop) -> None:
    async def walk() -> None:
        owner = await filled(shop, "default")
        await owner.post("/en-gb/cart/codes", b"code=WELCOME10")
        await swap(shop, "second", carry=True)
        answer = await owner.get(NEW)
        assert sides(answer, known()) == {True}
        bag = await owner.get("/en-gb/cart")
        assert MARK + "Harbour mug" in bag.text
        assert 'value="2"' in bag.text
        assert "We have renewed our shop" in bag.text
        assert "WELCOME10" in bag.text
        again = await owner.get("/en-gb/cart")
        assert "We have renewed our shop" not in again.text, "it is told once"
        assert 'value="2"' in again.text, "it is carried once"
        assert [left.carts for left in await drain_state(shop, "gb")] == [0]

    shop.run(walk)


def test_a_cart_whose_backend_is_gone_is_carried_from_what_was_seen(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk() -> None:
        owner = await filled(shop, "default")
        await swap(shop, "second")
        control = shop.store.control
        await control.write(lambda db: control_live.drained(db, control.clock(), at_once="default"))
        await follow(shop)
        bag = await owner.get("/en-gb/cart")
        assert MARK + "Harbour mug" in bag.text
        assert 'value="2"' in bag.text

    shop.run(walk)


def test_two_backends_serve_two_markets_at_once(shop: Shop) -> None:
    async def walk() -> None:
        await swap(shop, "second", "us")
        assert sides(await Browser(shop).get(OLD), known()) == {False}
        assert (await Browser(shop).get("/en-us/products/qx-harbor-mug")).status == 200
        owner = await filled_in(shop, "en-us")
        await owner.get("/en-gb")
        assert 'value="2"' in (await owner.get("/en-us/cart")).text, "a cart of the other market is left where it is"
        map_ = await Browser(shop).get("/sitemaps/en-us/products.xml")
        assert "qx-harbor-mug" in map_.text
        assert "qx-" not in (await Browser(shop).get("/sitemaps/en-gb/products.xml")).text

    shop.run(walk)


async def filled_in(shop: Shop, place: str) -> Browser:
    browser = Browser(shop)
    assert (await browser.post(f"/{place}/cart/lines", MUG)).status in (200, 303)
    return browser


def test_a_backend_that_fails_its_probe_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def walk() -> None:
        generations = shop.app.state.generations
        before = generations.current

        async def ill(found: object, markets: object) -> None:
            raise Unavailable("connection refused")

        monkeypatch.setattr(generations, "_check", ill)
        with pytest.raises(Refused, match=r"second: Unavailable: connection refused"):
            await swap(shop, "second")
        assert generations.current is before
        assert sides(await Browser(shop).get(OLD), known()) == {False}

    shop.run(walk)


def test_a_payment_comes_back_to_the_backend_it_is_of(shop: Shop) -> None:
    async def walk() -> None:
        await filled(shop, "default")
        control = shop.store.control
        await swap(shop, "second")
        for backend, side in (("default", {False}), ("second", {True})):
            noted = returns.Return(kind="payment", backend=backend, session="", cart=CartRef(id="gone"))
            state = await returns.noted(control, noted)
            assert sides(await Browser(shop).get(f"/en-gb/checkout/return/{state}"), known()) == side

    shop.run(walk)


def test_who_was_signed_in_is_told_once_that_the_account_has_stayed(shop: Shop) -> None:
    async def walk() -> None:
        store = shop.store
        key = await sessions.create(store.control, Stored(tokens={"default": "token"}))
        cookie = store.sealer.seal(Session(id="somebody", kept=key)).partition(";")[0]
        browser, told = Browser(shop), "Accounts and earlier orders have stayed"
        browser.cookies = dict([cookie.split("=", 1)])
        await browser.get("/en-gb/stores")
        assert told not in (await browser.get("/en-gb/stores")).text
        await swap(shop, "second")
        await browser.get("/en-gb/stores")
        assert told in (await browser.get("/en-gb/stores")).text
        assert told not in (await browser.get("/en-gb/stores")).text

    shop.run(walk)
