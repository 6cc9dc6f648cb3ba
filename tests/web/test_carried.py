"""Carts that are carried to another backend: whatever fails on the way, and however often it is asked for, nothing is lost,
doubled, or taken from another backend's ids."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from html import unescape
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from bff.ports import (
    Cart,
    CartRef,
    Conflict,
    Deadline,
    DeadlineExceeded,
    Line,
    Ordered,
    PublicContext,
    SessionBlob,
    Shopper,
    Throttled,
    Totals,
    Trace,
    Unavailable,
    VisitorContext,
)
from bff.web import carry_steps, carrying, control_live, locks, returns
from bff.web.carry_report import reported
from bff.web.control_carts import Carry, Goods, Head, Records, SeenLine, seen_lines
from bff.web.session import Session

from .stage import Answer, Shop
from .two import Browser, both, follow, swap

MUG, BRUSH = "HMUG-IND-SMA", "DBRU"
PRODUCT = "/en-gb/products/harbour-mug"
RENEWED = "We have renewed our shop"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with both(tmp_path_factory.mktemp("carried")) as found:
        yield found


@pytest.fixture(autouse=True)
def _back(shop: Shop) -> Iterator[None]:
    yield
    shop.run(partial(_as_it_was, shop))


async def _as_it_was(shop: Shop) -> None:
    await swap(shop, "default")
    for table in ("draining", "live", "seen", "locks"):
        await shop.store.control.write(lambda db, table=table: db.execute(f"DELETE FROM {table}"))
    await swap(shop, "default")


def bundle(shop: Shop, name: str) -> Any:
    return shop.app.state.generations.current.bundles[name]


def twin(browser: Browser) -> Browser:
    """The same browser in another tab, or before its last answer came."""
    made = Browser(browser.shop)
    made.cookies = dict(browser.cookies)
    return made


def session(browser: Browser) -> Session:
    (opened,) = browser.shop.store.sealer.open(browser.cookies)
    return opened.session


def become(browser: Browser, **changes: Any) -> None:
    """Change what its session says."""
    (opened,) = browser.shop.store.sealer.open(browser.cookies)
    found, name = msgspec.structs.replace(opened.session, **changes), opened.name
    name, _, value = browser.shop.store.sealer.seal(found, name).partition(";")[0].partition("=")
    browser.cookies[name] = value


async def filled(shop: Shop, *skus: str, place: str = "en-gb") -> Browser:
    browser = Browser(shop)
    for sku in skus or (MUG,):
        answer = await browser.post(f"/{place}/cart/lines", f"sku={sku}&quantity=2".encode())
        assert answer.status in (200, 303), answer.text
    return browser


async def bag(browser: Browser, place: str = "en-gb") -> Answer:
    answer = await browser.get(f"/{place}/cart")
    assert answer.status == 200
    return answer


def shown(answer: Answer) -> list[tuple[str, str]]:
    """Titles of the bag's lines, with their quantities."""
    return [
        (unescape(re.sub(r"<[^>]+>", "", title)), quantity)
        for title, quantity in re.findall(
            r'<h2 class="line-name">(.*?)</h2>.*?name="q\.[^"]+"[^>]* value="(\d+)"', answer.text, re.S
        )
    ]


MUGS = [("Qx Harbour mug", "2")]


def failing(monkeypatch: pytest.MonkeyPatch, port: Any, name: str, errors: list[BaseException | None]) -> list[Any]:
    """Have the next calls fail so (None: not); what was asked."""
    whole, asked = getattr(port, name), list[Any]()

    async def call(ctx: Any, /, **arguments: Any) -> Any:
        asked.append(arguments)
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error
        return await whole(ctx, **arguments)

    monkeypatch.setattr(port, name, call)
    return asked


def walked(walk: Callable[..., Any]) -> Callable[..., None]:
    """Run a walk inside the store's own loop."""

    def test(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        shop.run(partial(walk, shop, monkeypatch))

    test.__doc__ = walk.__doc__
    return test


# ---------------------------------------------------------------- once


@walked
async def test_two_requests_at_once_both_get_the_cart(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)
    tabs = [owner, twin(owner)]
    await asyncio.gather(*(tab.get("/en-gb/stores") for tab in tabs))
    assert session(tabs[0]).carts == session(tabs[1]).carts
    for tab in tabs:
        assert list(session(tab).carts) == ["second"]
        assert shown(await bag(tab)) == MUGS


@walked
async def test_an_answer_that_does_not_arrive_loses_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await owner.post("/en-gb/cart/codes", b"code=WELCOME10")
    await swap(shop, "second", carry=True)
    assert (await twin(owner).get("/en-gb/stores")).status == 200
    found = await bag(owner)
    assert shown(found) == MUGS
    assert RENEWED in found.text
    assert RENEWED not in (await bag(owner)).text


@walked
async def test_a_cart_that_others_lead_to_is_carried_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await filled(shop, BRUSH), await filled(shop)
    (old, _), (new, _) = session(first).carts["default"], session(second).carts["default"]
    records = Records(shop.store.control, "default")
    await shop.store.control.write(lambda db: records.set_head(db, f"cart:default:{old}", Head(id=new)))
    await swap(shop, "second", carry=True)
    assert shown(await bag(second)) == MUGS
    assert shown(await bag(first)) == MUGS
    assert session(first).carts == session(second).carts


@walked
async def test_what_was_carried_is_handed_to_whoever_knew_the_cart_and_to_nobody_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await filled(shop)
    copied = twin(owner)
    monkeypatch.setattr(carrying, "whose", lambda visit, name: "account")
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == MUGS
    monkeypatch.undo()
    assert shown(await bag(copied)) == [], "carried as a customer's"
    assert session(copied).carts == {}


# ---------------------------------------------------------------- on the way to pay


@walked
async def test_a_cart_that_is_being_paid_stays_until_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    ref = session(owner).carts["default"]
    noted = returns.Return(kind="place", backend="default", session=session(owner).id, cart=CartRef(id=ref[0]))
    state = await returns.noted(shop.store.control, noted)
    now = shop.store.control.clock()
    become(owner, out=state, paying=("default", int(now)))
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == [("Harbour mug", "2")], "out being paid"
    tab = twin(owner)
    carts = bundle(shop, "default").backend.inline_checkout

    async def resumed(*_: Any, **__: Any) -> Ordered:
        return Ordered()

    monkeypatch.setattr(carts, "resume", resumed)
    monkeypatch.setattr(shop.store.control, "clock", lambda: now + 3_700)
    for browser in (owner, tab):  # however late
        back = await browser.get(f"/en-gb/checkout/return/{state}")
        assert back.status == 303
        assert (await browser.get(str(back.header("location")))).status == 200
        assert session(browser).carts == {}, "ordered, and not in the bag again"
        assert shown(await bag(browser)) == []


@walked
async def test_who_never_pays_is_carried_after_an_hour(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    now = shop.store.control.clock()
    become(owner, out="x", paying=("default", int(now)))
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == [("Harbour mug", "2")]
    monkeypatch.setattr(shop.store.control, "clock", lambda: now + 3_700)
    assert shown(await bag(owner)) == MUGS


# ---------------------------------------------------------------- a backend that fails


@walked
async def test_one_failed_read_is_not_the_end_of_a_backend(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await owner.post("/en-gb/cart/codes", b"code=WELCOME10")
    await shop.store.control.write(lambda db: db.execute("DELETE FROM seen"))
    await swap(shop, "second", carry=True)
    failing(monkeypatch, bundle(shop, "default").backend.carts, "get", [Throttled(None)])
    assert (await owner.get("/en-gb/stores")).status == 200
    assert list(session(owner).carts) == ["default"], "it is left where it is"
    found = await bag(owner)
    assert shown(found) == MUGS
    assert "WELCOME10" in found.text


@walked
async def test_a_backend_that_hangs_is_given_up_after_a_while(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)

    async def hangs(ctx: Any, /, **_: Any) -> Any:
        assert 0 < ctx.public.deadline.remaining() < 2.5
        await asyncio.sleep(min(0.05, ctx.public.deadline.remaining()))
        spent.append(ctx.public.deadline)
        raise DeadlineExceeded("no answer in time")

    spent: list[Any] = []
    monkeypatch.setattr(bundle(shop, "default").backend.carts, "get", hangs)
    assert (await owner.get("/en-gb/stores")).status == 200
    assert list(session(owner).carts) == ["default"]
    assert (await owner.post("/en-gb/wishlists/save", f"sku={MUG}".encode())).status == 303, "and nothing else fails"
    now = shop.store.control.clock()
    monkeypatch.setattr(shop.store.control, "clock", lambda: now + 120)
    found = await bag(owner)
    assert shown(found) == MUGS
    assert "from what we last saw" in found.text
    assert len(spent) == 3


@walked
async def test_a_page_has_its_own_time_after_the_carrying(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)
    monkeypatch.setattr(carrying, "WRITE_SECONDS", 0.0)
    assert (await owner.get("/en-gb/products/qx-harbour-mug")).status == 200
    assert list(session(owner).carts) == ["default"]
    monkeypatch.undo()
    assert shown(await bag(owner)) == MUGS


@walked
async def test_what_cannot_be_brought_along_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second")
    control = shop.store.control
    await control.write(lambda db: db.execute("DELETE FROM seen"))
    await control.write(lambda db: control_live.drained(db, control.clock(), at_once="default"))
    await follow(shop)
    found = await bag(owner)
    assert shown(found) == []
    assert "could not bring your bag along" in found.text
    assert session(owner).carts == {}


@walked
async def test_a_cart_of_another_market_is_not_asked_about(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", "de", carry=True)
    asked = failing(monkeypatch, bundle(shop, "default").backend.carts, "get", [Unavailable("x")] * 9)
    for _ in range(3):
        assert (await owner.get("/de-de/stores")).status == 200
    assert asked == []
    assert list(session(owner).carts) == ["default"]


@walked
async def test_a_blob_that_changed_while_a_cart_was_looked_at_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await filled(shop)
    become(owner, markets={})  # as from before markets were kept
    await swap(shop, "second", "de", carry=True)
    carts = bundle(shop, "default").backend.carts
    whole = carts.get

    async def get(ctx: Any, /, **arguments: Any) -> Any:
        assert ctx.shopper.blob.replace(ctx.shopper.blob.text, "turned")
        return await whole(ctx, **arguments)

    monkeypatch.setattr(carts, "get", get)
    assert (await owner.get("/de-de/stores")).status == 200
    assert session(owner).carts.keys() == {"default"}
    assert session(owner).blobs == {"default": "turned"}


# ---------------------------------------------------------------- half way


@walked
async def test_what_was_added_before_a_failure_is_not_told_as_missing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)
    asked = failing(monkeypatch, bundle(shop, "second").backend.carts, "get", [Unavailable("x")])
    assert (await owner.get("/en-gb/stores")).status == 200
    assert asked, "it is read after the adding"
    await shop.store.control.write(lambda db: db.execute("DELETE FROM intents"))  # a day later
    found = await bag(owner)
    assert shown(found) == MUGS
    assert "Everything in your bag" in found.text or "no longer available" not in found.text
    assert "not available" not in found.text


@walked
async def test_lines_that_were_added_one_by_one_are_not_added_together_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await filled(shop, MUG, BRUSH)
    await swap(shop, "second", carry=True)
    carts = bundle(shop, "second").backend.carts
    failing(monkeypatch, carts, "add", [Conflict("x"), None, Unavailable("x")])
    assert (await owner.get("/en-gb/stores")).status == 200
    quantities = dict(shown(await bag(owner)))
    assert sorted(quantities.values()) == ["2", "2"], quantities


# ---------------------------------------------------------------- several carts


@walked
async def test_each_market_has_its_own_cart(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await swap(shop, "second", "de")
    owner = await filled(shop)
    await owner.post("/de-de/cart/lines", f"sku={MUG}&quantity=3".encode())
    assert session(owner).carts.keys() == {"default", "second"}
    await swap(shop, "second", "gb")
    assert shown(await bag(owner)) == [("Harbour mug", "2")], "it stays, whatever is in the other market's"
    assert [quantity for _, quantity in shown(await bag(owner, "de-de"))] == ["3"]


@walked
async def test_two_sessions_with_a_cart_each_at_the_backend_that_is_left(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, other = await filled(shop), await filled(shop, BRUSH)
    owner.cookies |= other.cookies
    assert len(owner.cookies) == 2
    await swap(shop, "second", carry=True)
    await owner.get("/en-gb/stores")
    assert sorted(quantity for _, quantity in shown(await bag(owner))) == ["2", "2"]
    assert len([name for name in owner.cookies if "session" in name]) == 1


@walked
async def test_a_note_comes_along(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    answer = await owner.post("/en-gb/cart/note", b"note=Please+ring+twice")
    assert answer.status in (200, 303)
    await swap(shop, "second", carry=True)
    assert "Please ring twice" in (await bag(owner)).text


@walked
async def test_a_cart_that_is_held_elsewhere_holds_no_page_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)
    waits: list[float] = []
    whole = locks.held

    def held(*arguments: Any, wait: float = locks.WAIT, **more: Any) -> Any:
        waits.append(wait)
        return whole(*arguments, wait=wait, **more)

    monkeypatch.setattr(carrying, "held", held)
    await owner.get("/en-gb/stores")
    assert waits
    assert max(waits) <= 3.0


@walked
async def test_a_report_that_could_not_be_read_is_told_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    await swap(shop, "second", carry=True)
    await owner.get("/en-gb/stores")
    whole = returns.found

    async def broken(*_: Any) -> Any:
        raise Unavailable("control store")

    monkeypatch.setattr(returns, "found", broken)
    await owner.get("/en-gb/cart")
    monkeypatch.setattr(returns, "found", whole)
    assert RENEWED in (await bag(owner)).text


@walked
async def test_an_empty_cart_that_stays_is_let_go_of_on_any_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    backend = bundle(shop, "default").backend
    await emptied(shop, backend, session(owner).carts["default"][0])
    await swap(shop, "second")
    await owner.get("/en-gb/stores")
    assert session(owner).carts == {}
    assert (await owner.get("/en-gb/products/qx-harbour-mug")).status == 200


async def emptied(shop: Shop, backend: Any, id: str) -> None:
    """In another browser."""
    place = shop.store.places["en-gb"]
    public = PublicContext(
        market=place.market,
        locale=place.locale,
        currency=place.market.currency,
        deadline=Deadline.after(9),
        trace=Trace(request_id="x"),
    )
    ctx = VisitorContext(public=public, shopper=Shopper(blob=SessionBlob(None)))
    found = await backend.carts.get(ctx, cart=CartRef(id=id))
    sets = [(line.id, Decimal(0)) for line in found.lines]
    await backend.carts.change(ctx, cart=found.ref, quantities=sets)


@walked
async def test_a_cart_that_is_used_again_is_carried_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """There and back: an account has one cart there, whatever was carried from it."""
    owner = await filled(shop)
    before = session(owner).carts["default"]
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == MUGS
    carts = bundle(shop, "default").backend.carts
    whole = carts.add

    async def add(ctx: Any, /, *, cart: CartRef | None, lines: Any) -> Any:
        return await whole(ctx, cart=cart or CartRef(id=before[0]), lines=lines)

    monkeypatch.setattr(carts, "add", add)
    for place, found in (("default", [("Harbour mug", "2")]), ("second", MUGS)) * 2:
        await swap(shop, place, carry=True)
        assert shown(await bag(owner)) == found
        assert shown(await bag(owner)) == found


@walked
async def test_what_was_put_in_after_a_cart_was_carried_is_carried_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(course: Any) -> bool:
        return True

    owner = await filled(shop)
    late = twin(owner)
    monkeypatch.setattr(carrying, "_emptied", nothing)
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == MUGS
    await swap(shop, "default")
    await shop.store.control.write(lambda db: db.execute("DELETE FROM heads"))  # days later
    assert (await late.post("/en-gb/cart/lines", f"sku={BRUSH}&quantity=2".encode())).status == 303
    await swap(shop, "second", carry=True)
    assert len(shown(await bag(late))) == 2


@walked
async def test_a_process_that_has_not_followed_yet_fills_no_cart_that_is_gone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await filled(shop)
    late = twin(owner)
    await swap(shop, "second", carry=True)
    assert shown(await bag(owner)) == MUGS
    await swap(shop, "default")
    asked = failing(monkeypatch, bundle(shop, "default").backend.carts, "add", [])
    assert (await late.post("/en-gb/cart/lines", f"sku={BRUSH}&quantity=2".encode())).status == 303
    assert [one["cart"] for one in asked] == [None]


@walked
async def test_carts_an_older_version_saw_keep_every_backend_open(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await swap(shop, "second")
    control = shop.store.control
    now = control.clock()
    await control.write(
        lambda db: db.execute("INSERT INTO seen (key, data, expires) VALUES (x'01', x'', ?)", (now + 9,))
    )
    found = await control.read(lambda db: control_live.draining(db, now))
    assert {one.market: one.carts for one in found} == dict.fromkeys(shop.store.settings.markets, 1)


def test_what_belongs_to_a_thing_that_did_not_come_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def line(id: str, sku: str | None, parent: str | None = None) -> SeenLine:
        return SeenLine(line=id, variant=None, product=None, sku=sku, title=id, quantity=Decimal(1), parent=parent)

    wanted = (
        line("lamp", "LAMP"),
        line("bulb", "BULB", "lamp"),
        line("card", "CARD", "bulb"),
        line("nameless", None),
        line("warranty", "WARRANTY", "nameless"),
    )
    here: list[Line] = []

    async def step(number: int, write: Any, adds: Any) -> None:
        numbers.append(number)
        for add in adds:
            id = f"new-{add.variant.sku}"
            here.append(Line(id=id, key=add.variant, title="", quantity=add.quantity, parent=add.parent))

    async def there(visit: Any) -> Cart:
        return Cart(
            ref=CartRef(id="c"), market="gb", currency="GBP", lines=tuple(here), quantity=Decimal(1), totals=Totals()
        )

    numbers: list[int] = []
    monkeypatch.setattr(carry_steps, "there", there)
    course: Any = SimpleNamespace(goods=Goods(lines=wanted), state=Carry(), visit=None, step=step)
    asyncio.run(carry_steps._lines(course))
    assert {one.id: one.parent for one in here} == {"new-LAMP": None, "new-BULB": "new-LAMP", "new-CARD": "new-BULB"}
    assert len({*numbers}) == 3
    told = reported(wanted, (), seen_lines(here), ()).titles.values()
    assert sorted(told) == ["nameless", "warranty"]


# ---------------------------------------------------------------- ids of another backend


def buy_form(answer: Answer) -> tuple[str, dict[str, str]]:
    """Where a product's form posts to, and what it holds."""
    whole = re.search(r'<form class="buy" id="buy" method="post" action="([^"]+)".*?</form>', answer.text, re.S)
    assert whole is not None
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', whole[0])
    return unescape(whole[1]), {name: unescape(value) for name, value in fields}


def body(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


async def forms(shop: Shop) -> tuple[str, dict[str, str], dict[str, str]]:
    """A mug's form, and what a brush's holds."""
    visitor = Browser(shop)
    _, brush = buy_form(await visitor.get("/en-gb/products/dish-brush"))
    page = await visitor.get(f"{PRODUCT}?o.colour=indigo&o.size=small")
    action, mug = buy_form(page)
    assert mug["sku"] == MUG
    return action, mug, brush


@walked
async def test_a_form_of_the_backend_before_buys_by_its_sku(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    action, mug, brush = await forms(shop)
    await swap(shop, "second")
    visitor = Browser(shop)  # the same number is another thing there
    answer = await visitor.post(action, body({**mug, "variant": brush["variant"], "product": brush["product"]}))
    assert answer.status == 303
    assert shown(await bag(visitor)) == [("Qx Harbour mug", "1")]


@walked
async def test_a_form_of_the_backend_before_without_a_sku_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    action, mug, _ = await forms(shop)
    await swap(shop, "second")
    for fields in ({"variant": mug["variant"]}, {**mug, "plan": "monthly"}, {**mug, "i.initials": "AB"}):
        visitor = Browser(shop)
        answer = await visitor.post(action, body(fields))
        assert answer.status == 409
        assert "since you opened that page" in answer.text
        assert shown(await bag(visitor)) == []


@walked
async def test_lines_of_the_backend_before_are_not_changed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop, MUG, BRUSH)
    page = (await bag(owner)).text
    found = re.search(r'id="bag-form" method="post" action="([^"]+)"', page)
    lines = re.findall(r'name="q\.([^"]+)"', page)
    assert found is not None
    await swap(shop, "second", carry=True)
    now = await bag(owner)
    ours = re.findall(r'name="q\.([^"]+)"', now.text)
    before = shown(now)
    # The worst: the old page's ids are the new one's lines' too.
    answer = await owner.post(unescape(found[1]), body({f"q.{ours[0]}": "5", f"was.{ours[0]}": "2", "remove": ours[1]}))
    assert answer.status == 409
    assert "since you opened that page" in answer.text
    assert shown(await bag(owner)) == before
    assert lines


@walked
async def test_an_undo_of_the_backend_before_goes_by_sku(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await filled(shop)
    line = re.findall(r'name="q\.([^"]+)"', (await bag(owner)).text)[0]
    await swap(shop, "second")
    answer = await owner.post("/en-gb/cart/quantities", f"remove={line}".encode())
    token = str(answer.header("location")).partition("removed=")[2]
    seen = failing(monkeypatch, bundle(shop, "second").backend.carts, "add", [])
    await owner.post("/en-gb/cart/undo", f"undo={token}".encode())
    assert shown(await bag(owner)) == MUGS
    (asked,) = seen
    assert [(one.variant.id, one.variant.product_id, one.variant.sku) for one in asked["lines"]] == [(None, None, MUG)]


@walked
async def test_the_market_switch_finds_a_thing_of_another_backend_by_its_sku(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Browser(shop)
    page = (await visitor.get(PRODUCT)).text
    found = [unescape(one) for one in re.findall(r'href="(/de-de/_/same/product/[^"]+)"', page)]
    brush = re.search(r'href="/de-de/_/same/product/([^"?]+)', (await visitor.get("/en-gb/products/dish-brush")).text)
    assert found
    assert brush
    await swap(shop, "second")
    own = await visitor.get(found[0])
    assert own.status == 303
    wrong = re.sub(r"product/[^?]+", f"product/{brush[1]}", found[0])
    assert (await visitor.get(wrong)).header("location") == own.header("location"), "the number says nothing any more"
    category = re.findall(
        r'href="(/de-de/_/same/category/[^"]+)"', (await visitor.get("/en-gb/categories/qx-kitchen")).text
    )
    assert category
    await swap(shop, "default")
    assert (await visitor.get(unescape(category[0]))).header("location") == "/de-de?elsewhere=1"
