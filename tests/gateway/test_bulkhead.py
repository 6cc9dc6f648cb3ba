"""Bulkheads: a group that hangs takes no other group's places, and nobody waits longer than it makes sense."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bff.gateway.bulkhead import GROUPS, PLACES, WAITING, Bulkhead
from bff.gateway.deadline import Bounded
from bff.gateway.policy import declared
from bff.ports import Unavailable
from tests.gateway.bench import Clock, Target, call, chained, operation, visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def hang() -> None:
    await asyncio.Event().wait()


def test_every_group_and_capability_named_exists() -> None:
    capabilities = {name.partition(".")[0] for name in declared()}
    assert set(GROUPS) <= capabilities
    assert set(GROUPS.values()) < set(PLACES)


async def test_a_search_that_hangs_leaves_the_checkout_its_places() -> None:
    clock = Clock()
    bulkhead = Bulkhead({"search": 2}, clock)
    search, place = operation("search.listing"), operation("inline_checkout.place")
    hanging = bulkhead.bind(search, Target(hang))
    stuck = [asyncio.create_task(hanging(call(search))) for _ in range(2 + 2 * WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):  # two under way, the line is full
        await hanging(call(search))
    assert await bulkhead.bind(place, Target("ordered"))(call(place)) == "ordered"
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert await bulkhead.bind(search, Target("found"))(call(search)) == "found", (
        "cancelled calls gave their places back"
    )
    assert bulkhead._groups["search"].waiting == 0


async def test_waiting_for_a_place_ends_before_the_calls_own_time() -> None:
    clock = Clock()
    bulkhead = Bulkhead({"search": 1}, clock)
    search = operation("search.listing")
    hanging = bulkhead.bind(search, Target(hang))
    stuck = asyncio.create_task(hanging(call(search)))
    await asyncio.sleep(0)
    target = Target("ok")
    async with asyncio.timeout(20):
        with pytest.raises(Unavailable, match="under way"):
            await bulkhead.bind(search, target)(call(search, until=clock.now + 0.002))
    assert target.calls == [], "nothing was sent"
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)


async def test_a_write_that_found_no_place_was_not_sent_and_says_so() -> None:
    bulkhead = Bulkhead({"cart": 1}, time.monotonic)
    add = operation("carts.add", timeout=0.8)
    stuck = asyncio.create_task(bulkhead.bind(add, Target(hang))(call(add)))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):  # and not DeadlineExceeded, after which it may have happened
        await chained([Bounded(), bulkhead], add, Target("ok"))(call(add, ctx=visitor()))
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)


async def test_places_are_given_in_the_order_of_asking_and_come_back_after_failures() -> None:
    bulkhead = Bulkhead({"search": 1}, Clock())
    search = operation("search.listing")
    order: list[Any] = []

    async def note(asked: Any) -> None:
        order.append(asked.arguments["n"])
        await asyncio.sleep(0)
        raise Unavailable

    handler = bulkhead.bind(search, note)
    asked = (handler(call(search, until=2_000.0, n=n)) for n in range(3))
    assert all(isinstance(one, Unavailable) for one in await asyncio.gather(*asked, return_exceptions=True))
    assert order == [0, 1, 2]
