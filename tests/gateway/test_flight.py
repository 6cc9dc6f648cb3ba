"""Single flight: one call for all who ask the same, that belongs to none of them."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import msgspec
import pytest

from bff.gateway.calls import Call
from bff.gateway.flight import Flight
from bff.gateway.tasks import Tasks
from bff.ports import DeadlineExceeded, Unavailable
from tests.gateway.bench import HOUR, Clock, Target, call, operation
from tests.web.goods import context

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Shared:
    def __init__(self, *answers: Any, **policy: Any) -> None:
        self.clock, self.tasks, self.purges = Clock(), Tasks(), 0
        self.gate = asyncio.Event()
        self.target = Target(*answers or (self.later,))
        self.flight = Flight(self.tasks, lambda: self.purges, self.clock)
        self.operation = operation(**policy)
        self.handler = self.flight.bind(self.operation, self.target)

    async def later(self) -> str:
        await self.gate.wait()
        return "ok"

    def ask(self, key: bytes = b"k", left: float = 1.0) -> asyncio.Task[Any]:
        asked = call(self.operation, until=self.clock.now + left, slug="mug")
        asked.key = key
        return asyncio.create_task(self.handler(asked))

    def clean(self) -> bool:
        return len(self.flight) == 0 and len(self.tasks) == 0


async def test_a_thousand_share_one_call() -> None:
    shared = Shared()
    asked = [shared.ask() for _ in range(1_000)]
    await asyncio.sleep(0)
    shared.gate.set()
    assert set(await asyncio.gather(*asked)) == {"ok"}
    assert len(shared.target.calls) == 1
    await asyncio.sleep(0)
    assert shared.clean()


async def test_other_keys_and_no_keys_share_nothing() -> None:
    shared = Shared("ok")
    await asyncio.gather(shared.ask(b"a"), shared.ask(b"b"), shared.ask(b""), shared.ask(b""))
    assert len(shared.target.calls) == 4


async def test_who_asked_first_may_leave() -> None:
    shared = Shared()
    first, second = shared.ask(), shared.ask()
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    shared.gate.set()
    assert await second == "ok"
    await asyncio.sleep(0)
    assert shared.clean()


async def test_the_call_outlives_a_page_with_little_time_left() -> None:
    shared = Shared()
    hurried, patient = shared.ask(left=0.001), shared.ask(left=5.0)
    with pytest.raises(DeadlineExceeded):
        await hurried
    shared.gate.set()
    assert await patient == "ok"
    assert len(shared.target.calls) == 1


async def test_what_will_be_kept_is_fetched_to_the_end_and_all_else_is_not() -> None:
    for fresh, ends in ((60.0, "ok"), (0.0, None)):
        shared = Shared(fresh=fresh)
        asked = shared.ask()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running = list(shared.tasks._running)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        shared.gate.set()
        await asyncio.gather(*running, return_exceptions=True)
        done = [None if one.cancelled() else one.result()[0] for one in running]
        assert done == [ends]
        await asyncio.sleep(0)
        assert shared.clean()


async def test_a_failure_reaches_all_and_no_failure_is_lost_in_a_task() -> None:
    shared = Shared(Unavailable("down"))
    asked = [shared.ask() for _ in range(3)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in outcomes] == [Unavailable] * 3
    alone = Shared(Unavailable("down"))
    task = alone.ask()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, *alone.tasks._running, return_exceptions=True)
    del task, alone
    gc.collect()  # a failure nobody took would be a warning, and so an error, here


async def test_a_call_that_hangs_ends_by_its_policy_though_somebody_waits() -> None:
    shared = Shared(timeout=0.001)
    with pytest.raises(DeadlineExceeded):
        await shared.ask(left=30.0)
    await asyncio.sleep(0)
    assert shared.clean()


async def test_who_asks_after_a_purge_does_not_share_what_was_asked_before() -> None:
    shared = Shared()
    before = shared.ask()
    await asyncio.sleep(0)
    shared.purges += 1
    after = [shared.ask(), shared.ask()]
    await asyncio.sleep(0)
    shared.gate.set()
    await asyncio.gather(before, *after)
    assert len(shared.target.calls) == 2
    await asyncio.sleep(0)
    assert shared.clean()


async def test_the_adapter_gets_a_context_of_no_page_in_particular() -> None:
    shared = Shared("ok")
    page = msgspec.structs.replace(context(seconds=HOUR), variations={"hero": "b"})
    await shared.handler(call(shared.operation, ctx=page, until=shared.clock.now + 0.5, slug="mug"))
    seen: Call = shared.target.calls[0]
    assert dict(seen.public.variations) == {}
    assert 1.0 < seen.public.deadline.remaining() <= 1.5, "its own time, not the page's hour"


async def test_closing_ends_calls_and_tells_who_waits() -> None:
    shared = Shared()
    asked = shared.ask()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await shared.tasks.close()
    with pytest.raises(Unavailable, match="closed"):
        await asked
    assert shared.clean()


async def test_a_shoppers_call_is_nobody_elses() -> None:
    shared = Shared("ok")
    own = operation("carts.get")
    assert shared.flight.bind(own, shared.target) is shared.target
