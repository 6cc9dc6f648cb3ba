"""Backends that are asked what changed: by one process, from where it came to, less often while they fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from bff.ports import Change, ChangePage, ChangeTraits, DeadlineExceeded, Malformed, Throttled, Unavailable
from bff.settings import BackendSettings
from bff.web import control_changes, control_live
from bff.web.control import Control
from bff.web.control_changes import LEASE_SECONDS, Feed
from bff.web.polling import LONGEST_SECONDS, PAGES, Poller
from bff.web.ring import Ring

from .counter import Clock

pytestmark = pytest.mark.anyio
EVERY = 5.0


class Asked:
    """A backend that answers what a test says."""

    def __init__(self, poll: bool = True) -> None:
        self.traits = ChangeTraits(push=not poll, poll=poll)
        self.cursors: list[str | None] = []
        self.says: list[Any] = []
        self.waits: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def poll(self, *, cursor: str | None) -> ChangePage:
        self.cursors.append(cursor)
        if self.waits is not None:
            self.begun.set()
            await self.waits.wait()
        said = self.says.pop(0) if self.says else ()
        if isinstance(said, Exception):
            raise said
        ids = (said,) if isinstance(said, str) else said
        return ChangePage(changes=tuple(Change(kind="product", id=id) for id in ids), cursor=f"c{len(self.cursors)}")


class Host:
    """A host: its control store and its clock, and as many processes as a test begins."""

    def __init__(self, control: Control, clock: Clock) -> None:
        self.control, self.clock = control, clock
        self.port = Asked()

    def process(self) -> Poller:
        found = SimpleNamespace(offer=SimpleNamespace(changes=self.port))
        silent = SimpleNamespace(offer=SimpleNamespace(changes=None))
        pushing = SimpleNamespace(offer=SimpleNamespace(changes=Asked(poll=False)))
        names = {"shop": found, "texts": silent, "vendor": pushing}
        members = [SimpleNamespace(name=name, found=one) for name, one in names.items()]
        generations: Any = SimpleNamespace(current=SimpleNamespace(bundles={"b": SimpleNamespace(members=members)}))
        settings = {name: BackendSettings(adapter="x", poll=EVERY) for name in names}
        return Poller(self.control, generations, settings, chance=lambda: 0.0)

    async def purges(self) -> list[set[str]]:
        def take(db: Any) -> list[set[str]]:
            found = [set(msgspec.json.decode(text)) for (text,) in db.execute("SELECT tags FROM purges ORDER BY id")]
            db.execute("DELETE FROM purges")
            return found

        return await self.control.write(take)

    async def feed(self) -> Feed:
        return await self.control.read(lambda db: control_changes.feed(db, "shop", "", self.clock.now))


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    clock = Clock()
    async with Control(tmp_path / "control.sqlite", Ring([b"k" * 32], b"test"), clock=clock) as control:
        yield Host(control, clock)


async def looked(poller: Poller) -> None:
    await poller.look()
    await asyncio.gather(*poller._asking.values())


async def begun(host: Host) -> Poller:
    poller = host.process()
    await looked(poller)
    assert host.port.cursors == [None]
    assert await host.purges() == [{"backend:shop"}], "what changed before, nobody knows"
    host.clock.now += EVERY
    return poller


async def test_it_is_asked_when_it_is_due_until_there_is_no_more(host: Host) -> None:
    poller = await begun(host)
    host.port.says = [("1", "2"), "3", ()]
    await looked(poller)
    assert host.port.cursors == [None, "c1", "c2", "c3"]
    assert await host.purges() == [{"listing", "product:1", "product:2", "product:3"}]
    host.clock.now += EVERY - 0.1
    await looked(poller)
    assert len(host.port.cursors) == 4, "not due"
    host.clock.now += 0.1
    await looked(poller)
    assert host.port.cursors[4:] == ["c4"]
    assert await host.purges() == [], "nothing new"


async def test_a_backend_without_an_end_goes_on_later(host: Host) -> None:
    poller = await begun(host)
    host.port.says = [str(n) for n in range(PAGES + 5)]
    await looked(poller)
    assert len(host.port.cursors) == 1 + PAGES
    host.clock.now += EVERY
    await looked(poller)
    assert len((await host.purges())[1]) == 1 + 5


async def test_one_process_asks_and_another_takes_over(host: Host) -> None:
    poller, other = await begun(host), host.process()
    host.port.waits = asyncio.Event()
    await poller.look()
    await host.port.begun.wait()
    await looked(other)
    assert len(host.port.cursors) == 2, "the other one leaves it alone"
    for task in poller._asking.values():
        task.cancel()  # it dies
    host.port.waits = None
    await looked(other)
    assert len(host.port.cursors) == 2
    host.clock.now += LEASE_SECONDS
    host.port.says = ["7"]
    await looked(other)
    assert host.port.cursors[2] == "c1", "from where the first one had come to"
    assert await host.purges() == [{"listing", "product:7"}]


async def test_who_was_replaced_writes_down_nothing_but_still_tells(host: Host) -> None:
    poller, other = await begun(host), host.process()
    host.port.waits, host.port.says = asyncio.Event(), ["1"]
    await poller.look()
    await host.port.begun.wait()
    waits, host.port.waits = host.port.waits, None
    host.clock.now += LEASE_SECONDS
    await looked(other)
    came = (await host.feed()).cursor
    host.port.says = ["9"]
    waits.set()
    await asyncio.gather(*poller._asking.values())
    assert (await host.feed()).cursor == came
    assert any("product:9" in tags for tags in await host.purges())


async def test_one_that_fails_is_asked_less_and_less_often(host: Host) -> None:
    poller = await begun(host)
    waits: list[float] = []
    for failure in [Unavailable("down"), DeadlineExceeded(), RuntimeError("a fault"), *[Unavailable()] * 5]:
        host.port.says = [failure]
        await looked(poller)
        feed = await host.feed()
        waits.append(feed.due - host.clock.now)
        assert feed.cursor == "c1", "it goes on from there"
        assert feed.problem.startswith(type(failure).__name__)
        host.clock.now = feed.due
    assert waits == [min(LONGEST_SECONDS, EVERY * 2**n) for n in range(1, 9)]
    host.port.says = ["1", ()]
    await looked(poller)
    assert await host.purges() == [{"listing", "product:1"}]
    feed = await host.feed()
    assert (feed.failures, feed.problem, feed.due - host.clock.now) == (0, "", EVERY)


async def test_it_waits_as_long_as_it_is_told(host: Host) -> None:
    poller = await begun(host)
    host.port.says = [Throttled(retry_after=77.0)]
    await looked(poller)
    assert (await host.feed()).due - host.clock.now == 77.0


async def test_a_cursor_that_is_not_understood_or_too_old_is_given_up(host: Host) -> None:
    poller = await begun(host)
    host.port.says = [Malformed("cursor")]
    await looked(poller)
    host.clock.now = (await host.feed()).due
    await looked(poller)
    assert host.port.cursors[-1] is None
    assert await host.purges() == [{"backend:shop"}]
    host.clock.now += control_live.PURGE_SECONDS + EVERY
    await looked(poller)
    assert host.port.cursors[-1] is None, "the store did not run: nothing is kept that an old change could concern"


async def test_it_ends_with_the_store(host: Host) -> None:
    host.port.waits = asyncio.Event()
    poller = host.process()
    async with poller.running():
        await host.port.begun.wait()
    assert not poller._asking
