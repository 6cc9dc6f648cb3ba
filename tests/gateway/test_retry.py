"""Trying again: only where it is safe, only as often as the budget allows, never past the call's time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bff.gateway.retry import RESERVE, Retry
from bff.ports import Conflict, DeadlineExceeded, Declaration, Malformed, NotFound, Throttled, Unavailable
from tests.gateway.bench import Clock, Target, call, operation

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Tried:
    def __init__(self, *answers: Any, chance: float = 0.5, **policy: Any) -> None:
        self.clock, self.slept, self.target = Clock(), [], Target(*answers)  # type: ignore[var-annotated]
        self.retry = Retry(self.clock, lambda: chance, self.sleep)
        self.operation = operation(**policy)
        self.handler = self.retry.bind(self.operation, self.target)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.now += seconds

    async def ask(self, left: float = 1.5) -> Any:
        return await self.handler(call(self.operation, until=self.clock.now + left))


@pytest.mark.parametrize("error", [Unavailable(), Throttled()])
async def test_a_public_read_is_tried_once_more(error: Exception) -> None:
    tried = Tried(error, "ok")
    assert await tried.ask() == "ok"
    assert tried.slept == [0.05], "a random part of the pause"


async def test_the_second_failure_stands() -> None:
    tried = Tried(Unavailable())
    with pytest.raises(Unavailable):
        await tried.ask()
    assert len(tried.target.calls) == 2


async def test_pauses_double_and_are_random_from_nothing_on() -> None:
    tried = Tried(Unavailable(), retries=3, chance=1.0)
    with pytest.raises(Unavailable):
        await tried.ask()
    assert tried.slept == [0.1, 0.2, 0.4]
    tried = Tried(Unavailable(), "ok", chance=0.0)
    await tried.ask()
    assert tried.slept == [0.0]


@pytest.mark.parametrize("error", [NotFound(), Malformed(), DeadlineExceeded(), Conflict()])
async def test_other_failures_are_not_tried_again(error: Exception) -> None:
    tried = Tried(error)
    with pytest.raises(type(error)):
        await tried.ask()
    assert len(tried.target.calls) == 1


async def test_the_backends_wish_to_be_left_alone_is_kept_within_the_calls_time() -> None:
    tried = Tried(Throttled(retry_after=1.0), "ok")
    assert await tried.ask(left=2.0) == "ok"
    assert tried.slept == [1.05]
    tried = Tried(Throttled(retry_after=2.0), "ok")
    with pytest.raises(Throttled):
        await tried.ask(left=2.0)
    assert tried.slept == []


async def test_an_outage_brings_a_tenth_more_calls_and_not_twice_as_many() -> None:
    tried = Tried(Unavailable())
    for _ in range(1_000):
        with pytest.raises(Unavailable):
            await tried.ask()
    assert 1_100 <= len(tried.target.calls) <= 1_100 + RESERVE
    assert len(tried.target.calls) <= 1_200


async def test_what_the_breaker_refused_is_not_tried_again() -> None:
    tried = Tried("ok")

    async def refused(asked: Any) -> Any:
        asked.refused = True
        await tried.target(asked)
        raise Unavailable

    with pytest.raises(Unavailable):
        await tried.retry.bind(tried.operation, refused)(call(tried.operation))
    assert len(tried.target.calls) == 1


@pytest.mark.parametrize("name", ["carts.get", "carts.add", "carts.change", "inline_checkout.place", "orders.list"])
async def test_a_shoppers_calls_are_sent_once(name: str) -> None:
    target = Target(Unavailable())
    own = operation(name)
    handler = Retry(Clock(), lambda: 0.0).bind(own, target)
    with pytest.raises(Unavailable):
        await handler(call(own))
    assert len(target.calls) == 1


async def test_a_write_with_an_idempotency_key_is_tried_again_and_without_it_is_not() -> None:
    tried = Tried(Unavailable(), retries=1)
    own = replace(tried.operation, declaration=Declaration("write", idempotent=True, key="attempt"))
    handler = tried.retry.bind(own, tried.target)
    for attempt, sent in ((None, 1), ("", 1), ("a1", 2)):
        tried.target.calls.clear()
        with pytest.raises(Unavailable):
            await handler(call(own, until=float("inf"), attempt=attempt))
        assert len(tried.target.calls) == sent
