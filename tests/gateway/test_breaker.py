"""The breaker: judged by rate, slow answers counted, one try at a time when it is half open."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bff.gateway.breaker import HORIZON, LONGEST_PAUSE, MINIMUM, Breaker
from bff.ports import DeadlineExceeded, InvalidInput, Malformed, NotFound, Throttled, Unavailable
from tests.gateway.bench import Clock, Target, call, operation

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Guarded:
    def __init__(self, *answers: Any, takes: float = 0.0) -> None:
        self.clock, self.takes = Clock(), takes
        self.target = Target(*answers)
        self.breaker = Breaker(self.clock, lambda: 0.5)
        self.operation = operation()
        self.handler = self.breaker.bind(self.operation, self.slowly)

    async def slowly(self, asked: Any) -> Any:
        self.clock.now += self.takes
        return await self.target(asked)

    async def ask(self, times: int = 1) -> list[Any]:
        return [await asyncio.gather(self.handler(call(self.operation)), return_exceptions=True) for _ in range(times)]

    @property
    def state(self) -> str:
        return self.breaker.circuits["catalog.product"].state


@pytest.mark.parametrize("error", [Unavailable(), Throttled()])
async def test_it_opens_when_half_fail_and_then_sends_nothing(error: Exception) -> None:
    guarded = Guarded("ok")
    await guarded.ask(MINIMUM)
    guarded.target.answers = [error]
    await guarded.ask(MINIMUM - 1)
    assert guarded.state == "closed"
    await guarded.ask()
    assert guarded.state == "open"
    sent = len(guarded.target.calls)
    asked = call(guarded.operation)
    with pytest.raises(Unavailable):
        await guarded.handler(asked)
    assert asked.refused
    assert len(guarded.target.calls) == sent


async def test_few_failures_prove_nothing_and_old_ones_are_forgotten() -> None:
    guarded = Guarded(Unavailable())
    await guarded.ask(MINIMUM - 1)
    assert guarded.state == "closed"
    guarded.clock.now += HORIZON + 1
    await guarded.ask(MINIMUM - 1)
    assert guarded.state == "closed"


@pytest.mark.parametrize("error", [NotFound(), InvalidInput({}), Malformed()])
async def test_an_answer_that_is_no_success_is_an_answer(error: Exception) -> None:
    guarded = Guarded(error)
    await guarded.ask(100)
    assert guarded.state == "closed"


async def test_slow_answers_open_it() -> None:
    guarded = Guarded("ok", takes=1.3)
    await guarded.ask(MINIMUM)
    assert guarded.state == "open"


async def test_a_page_in_a_hurry_is_not_the_backends_fault() -> None:
    guarded = Guarded(DeadlineExceeded(), takes=0.2)
    await guarded.ask(MINIMUM)
    assert guarded.state == "closed"
    guarded.takes = 1.5
    await guarded.ask(MINIMUM)
    assert guarded.state == "open"


async def test_one_probe_at_a_time_and_two_good_ones_close_it() -> None:
    guarded = Guarded(Unavailable())
    await guarded.ask(MINIMUM)
    guarded.clock.now += 5.1
    gate = asyncio.Event()

    async def later() -> str:
        await gate.wait()
        return "ok"

    guarded.target.answers = [later]
    first = asyncio.create_task(guarded.handler(call(guarded.operation)))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await guarded.handler(call(guarded.operation))
    gate.set()
    assert await first == "ok"
    assert guarded.state == "half-open"
    await guarded.ask()
    assert guarded.state == "closed"
    guarded.target.answers = [Unavailable()]
    await guarded.ask(MINIMUM - 1)
    assert guarded.state == "closed", "what was before is forgotten"


async def test_a_failed_probe_waits_longer_each_time() -> None:
    guarded = Guarded(Unavailable())
    await guarded.ask(MINIMUM)
    for pause in (5, LONGEST_PAUSE, LONGEST_PAUSE):
        sent = len(guarded.target.calls)
        guarded.clock.now += pause - 0.1
        await guarded.ask()
        assert len(guarded.target.calls) == sent
        guarded.clock.now += 0.2
        await guarded.ask()
        assert len(guarded.target.calls) == sent + 1
        assert guarded.state == "open"


async def test_a_probe_that_is_given_up_frees_its_place() -> None:
    guarded = Guarded(Unavailable())
    await guarded.ask(MINIMUM)
    guarded.clock.now += 5.1
    guarded.target.answers = [lambda: asyncio.Event().wait()]
    probe = asyncio.create_task(guarded.handler(call(guarded.operation)))
    await asyncio.sleep(0)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    guarded.target.answers = ["ok"]
    assert await guarded.ask(2) == [["ok"], ["ok"]]
    assert guarded.state == "closed"


async def test_what_was_asked_before_it_opened_is_no_probe() -> None:
    guarded = Guarded("ok")
    gate = asyncio.Event()

    async def later() -> str:
        await gate.wait()
        return "ok"

    guarded.target.answers = [later, Unavailable()]
    early = asyncio.create_task(guarded.handler(call(guarded.operation)))
    await asyncio.sleep(0)
    await guarded.ask(MINIMUM)
    guarded.clock.now += 5.1
    assert guarded.breaker.circuits["catalog.product"].ask() == "probe"
    gate.set()
    await early
    assert guarded.breaker.circuits["catalog.product"].ask() is None, "the probe's place is still taken"


async def test_operations_have_circuits_of_their_own() -> None:
    guarded = Guarded(Unavailable())
    other = guarded.breaker.bind(operation("search.listing"), Target("ok"))
    await guarded.ask(MINIMUM)
    assert await other(call(operation("search.listing"))) == "ok"


async def test_processes_do_not_all_come_back_at_once() -> None:
    ends = []
    for chance in (0.0, 1.0):
        guarded = Guarded(Unavailable())
        guarded.breaker = Breaker(guarded.clock, lambda chance=chance: chance)  # type: ignore[misc]
        guarded.handler = guarded.breaker.bind(guarded.operation, guarded.target)
        await guarded.ask(MINIMUM)
        ends.append(guarded.breaker.circuits["catalog.product"]._until - guarded.clock.now)
    assert ends == [4.0, 6.0]


async def given_up(guarded: Guarded, after: float) -> None:
    """A call that the chain's own time ends, so many seconds after it began."""
    guarded.target.answers = [lambda: asyncio.Event().wait()]
    asked = asyncio.create_task(guarded.handler(call(guarded.operation)))
    await asyncio.sleep(0)
    guarded.clock.now += after
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_one_that_hangs_is_as_bad_as_one_that_fails() -> None:
    guarded = Guarded()
    for _ in range(MINIMUM):
        await given_up(guarded, 0.3)
    assert guarded.state == "closed", "a page that leaves soon says nothing of the backend"
    for _ in range(MINIMUM):
        await given_up(guarded, 1.5)
    assert guarded.state == "open"
    guarded.clock.now += 5.1
    await given_up(guarded, 1.5)
    assert guarded.state == "open", "a try that hangs has failed"
