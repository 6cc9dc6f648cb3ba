"""Generations by themselves: what is opened, probed, shared, refused and closed, and when."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bff.gateway import generations as room
from bff.gateway.backends import OpenBackend, bound
from bff.gateway.generations import Generations, Plan, Refused
from bff.gateway.probing import probed
from bff.ports import Backend, Malformed, Misconfigured, NotFound, Offer, SitemapEntry, SitemapPage, Unavailable
from tests.web import goods
from tests.web.stage import Port

pytestmark = pytest.mark.anyio


class Yard:
    """Backends that are opened and closed. `ill` are refused by the check, `broken` do not open."""

    def __init__(self, **offers: Offer) -> None:
        self.offers = offers
        self.open: Counter[str] = Counter()
        self.checked: list[str] = []
        self.proved: list[tuple[str, ...]] = []
        self.ill: set[str] = set()
        self.broken: set[str] = set()
        self.stuck: set[str] = set()

    @asynccontextmanager
    async def opener(self, name: str) -> AsyncIterator[OpenBackend]:
        if name in self.broken:
            raise Misconfigured(f"backends.{name}.settings.url", "is no address.", fix="write one.")
        self.open[name] += 1
        try:
            if name in self.stuck:
                await asyncio.Event().wait()
            async with asyncio.timeout(3_600):  # must be left in the task that entered it
                yield bound(name, self.offers.get(name) or goods.offer())
        finally:
            self.open[name] -= 1

    async def check(self, found: OpenBackend, markets: Sequence[str]) -> None:
        self.checked.append(found.name)
        self.proved.append((found.name, *markets))
        if found.name in self.ill:
            raise Unavailable("connection refused")

    def generations(self, **compose: str) -> Generations[str]:
        def front(backend: Backend, members: Sequence[str]) -> str:
            return "+".join(members)

        return Generations(self.opener, compose, front, self.check)

    @property
    def names(self) -> set[str]:
        return set(+self.open)


def plan(number: int, name: str, *draining: str, **markets: str) -> Plan:
    return Plan(number=number, markets={"gb": name, **markets}, draining={"gb": draining} if draining else {})


@pytest.fixture
def lingering(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Backends nobody uses are closed when this is called."""
    passed = asyncio.Event()
    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        await (passed.wait() if seconds == room.LINGER_SECONDS else sleep(seconds))

    monkeypatch.setattr(room.asyncio, "sleep", wait)
    return passed.set


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_old_one_is_closed_when_its_last_request_has_ended(lingering: Callable[[], None]) -> None:
    yard = Yard()
    live = yard.generations()
    await live.start(plan(0, "a"))
    lingering()
    with live.current.held() as old:
        await live.follow(plan(1, "b"))
        await settle()
        assert live.current.of("gb").backend.name == "b"
        assert yard.names == {"a", "b"}
        assert old.of("gb").backend.name == "a", "a request goes on with what it began with"
        await old.of("gb").backend.catalog.navigation(goods.context())
    await settle()
    assert yard.names == {"b"}
    await live.close()
    assert yard.names == set()


async def test_a_swap_there_and_back_opens_nothing_twice(lingering: Callable[[], None]) -> None:
    yard = Yard()
    live = yard.generations()
    await live.start(plan(0, "a"))
    first = live.current.bundles["a"]
    await live.follow(plan(1, "b"))
    await live.follow(plan(2, "a"))
    lingering()
    await settle()
    assert yard.checked == ["b", "a"], "whoever is to serve is asked first, also again"
    assert live.current.bundles["a"].members == first.members
    assert yard.names == {"a"}
    await live.close()


async def test_one_that_cannot_serve_changes_nothing(lingering: Callable[[], None]) -> None:
    yard = Yard()
    yard.ill, yard.broken = {"b"}, {"c"}
    live = yard.generations()
    await live.start(plan(0, "a"))
    before = live.current
    with pytest.raises(Refused, match="b: Unavailable: connection refused"):
        await live.follow(plan(1, "b"))
    with pytest.raises(Refused, match=r"c: backends\.c\.settings\.url: is no address\. write one\."):
        await live.follow(plan(1, "c"))
    assert live.current is before
    lingering()
    await settle()
    assert yard.names == {"a"}
    await live.close()


async def test_those_with_carts_stay_open_and_one_that_is_gone_is_left_out(lingering: Callable[[], None]) -> None:
    yard = Yard()
    live = yard.generations()
    await live.start(plan(0, "a"))
    lingering()
    await live.follow(plan(1, "b", "a"))
    await settle()
    assert yard.names == {"a", "b"}
    assert list(live.current.staying("gb")) == ["a"]
    yard.broken = {"c"}
    await live.follow(plan(2, "b", "c"))
    await settle()
    assert list(live.current.staying("gb")) == []
    assert yard.names == {"b"}
    await live.close()


async def test_capabilities_are_composed_and_shared(lingering: Callable[[], None]) -> None:
    texts = goods.content(page=lambda slug: goods.category(title=slug))
    yard = Yard(texts=Offer(content=texts))  # type: ignore[arg-type]
    live = yard.generations(content="texts")
    await live.start(plan(0, "a", us="b"))
    assert {name: bundle.front for name, bundle in live.current.bundles.items()} == {"a": "a+texts", "b": "b+texts"}
    assert yard.open == {"a": 1, "b": 1, "texts": 1}
    content = live.current.of("us").backend.content
    assert content is not None
    await content.page(goods.context(), slug="x")
    assert [name for name, _ in texts.calls] == ["page"]
    await live.follow(plan(1, "a"))
    lingering()
    await settle()
    assert yard.names == {"a", "texts"}
    await live.close()


async def test_what_is_composed_must_be_offered() -> None:
    yard = Yard(texts=Offer(probe=None))
    with pytest.raises(Misconfigured, match="'texts' offers no content") as raised:
        await yard.generations(content="texts").start(plan(0, "a"))
    assert raised.value.key == "compose.content"
    with pytest.raises(Misconfigured, match="offers no catalog"):
        await yard.generations().start(plan(0, "texts"))


async def test_a_probe_reads_a_product_in_each_market() -> None:
    def offer(*entries: SitemapEntry, **changes: Any) -> Offer:
        return goods.offer(catalog=goods.catalog(sitemap=SitemapPage(entries=entries), **changes))

    mug = SitemapEntry(link=goods.link("product", "mug"), sku="MUG")
    said = await probed(offer(mug), goods.MARKETS[:2])
    assert said == ["gb: The mug, 18.00 GBP", "de: The mug, 18.00 GBP"]
    with pytest.raises(NotFound, match="no products in market gb"):
        await probed(offer(), goods.MARKETS[:1])
    with pytest.raises(Malformed, match="does not have it"):
        await probed(offer(mug, products=(None,)), goods.MARKETS[:1])
    with pytest.raises(Malformed, match="KeyError"):
        await probed(offer(mug, products=KeyError("price")), goods.MARKETS[:1])
    assert Port


async def test_whoever_comes_too_late_lets_go_of_nothing_twice(lingering: Callable[[], None]) -> None:
    yard = Yard()
    live = yard.generations()
    await live.start(plan(0, "a", us="b"))
    old = live.current
    await live.follow(plan(1, "a", us="a"))
    with old.held():
        pass
    lingering()
    await settle()
    assert yard.names == {"a"}, "the current one goes on"
    await live.close()


async def test_a_market_more_is_proved_too() -> None:
    yard = Yard()
    live = yard.generations()
    await live.start(plan(0, "a", us="b"))
    await live.follow(plan(1, "b", us="b"))
    assert yard.proved == [("b", "gb")]
    await live.follow(plan(2, "b", "a", us="b"))
    assert yard.proved == [("b", "gb")], "nothing new is asked of anybody"
    await live.close()


async def test_one_that_does_not_open_is_waited_for_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "OPEN_SECONDS", 0.01)
    yard = Yard()
    yard.stuck = {"b", "c"}
    live = yard.generations()
    await live.start(plan(0, "a", "c"))
    async with asyncio.timeout(20):
        with pytest.raises(Refused, match="b: did not open, or not answer its probe, in time"):
            await live.follow(plan(1, "b"))
        assert yard.names == {"a"}
        await live.follow(plan(2, "a", "c"))
    assert list(live.current.staying("gb")) == [], "one that carts are left at is left out"
    await live.close()


async def test_closing_does_not_wait_for_one_that_opens() -> None:
    yard = Yard()
    yard.stuck = {"b"}
    live = yard.generations()
    await live.start(plan(0, "a"))
    following = asyncio.create_task(live.follow(plan(1, "b")))
    await settle()
    assert yard.names == {"a", "b"}
    following.cancel()
    async with asyncio.timeout(20):
        await asyncio.wait({following})
        await live.close()
    assert yard.names == set()
