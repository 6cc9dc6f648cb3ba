"""Regions: what is optional may be late or broken, what is required fails the page, and nothing is left running."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bff.ports import Malformed, NotFound, Unavailable
from bff.rendering.regions import Region, Regions, absent, region

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Held:
    """A call that answers when it is told to, and says whether it was cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.cancelled = False

    async def __call__(self, answer: Any = "answer") -> Any:
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_what_answers_is_ready() -> None:
    held = Held()
    held.go.set()
    found = await region("reviews", held("words"), budget=60, url="/more")
    assert found == Region(name="reviews", state="ready", value="words", url="/more")
    assert not found.waiting


async def test_what_is_late_waits_with_an_address_and_is_stopped() -> None:
    held = Held()
    found = await region("reviews", held(), budget=0, url="/more")
    assert (found.state, found.value, found.waiting) == ("late", None, True)
    later = Held()
    found = await region("reviews", later(), budget=0.001)
    assert (found.state, found.waiting) == ("late", False)
    assert later.cancelled


@pytest.mark.parametrize("error", [Unavailable("x"), Malformed("x"), NotFound("x")])
async def test_what_fails_waits_with_an_address(error: Exception) -> None:
    held = Held()
    held.go.set()
    found = await region("reviews", held(error), budget=60, url="/more")
    assert (found.state, found.value, found.waiting) == ("failed", None, True)


async def test_a_mistake_of_ours_is_no_region() -> None:
    held = Held()
    held.go.set()
    with pytest.raises(ZeroDivisionError):
        await region("reviews", held(ZeroDivisionError()), budget=60)


async def test_what_a_backend_has_not_is_absent() -> None:
    assert await region("reviews", None, budget=1, url="/more") == absent("reviews")
    assert not Region(name="x", state="absent", url="/more").waiting


async def test_regions_are_asked_for_at_once() -> None:
    first, second, third = Held(), Held(), Held()

    async def page() -> tuple[Any, Any, Any]:
        async with Regions() as regions:
            one = regions.required(first("1"))
            two = regions.optional("two", second("2"), budget=60)
            three = regions.optional("three", third(Unavailable("x")), budget=60)
        return one.result(), two.result(), three.result()

    task = asyncio.create_task(page())
    for held in (first, second, third):
        await held.begun.wait()
    assert not task.done()
    for held in (third, second, first):
        held.go.set()
    one, two, three = await task
    assert (one, two.value, three.state) == ("1", "2", "failed")


async def test_a_required_failure_is_raised_as_itself_and_stops_the_others() -> None:
    failing, other, needed = Held(), Held(), Held()

    async def page() -> None:
        async with Regions() as regions:
            regions.required(failing(NotFound("gone", gone=True)))
            regions.optional("other", other(), budget=60)
            regions.required(needed())

    task = asyncio.create_task(page())
    for held in (failing, other, needed):
        await held.begun.wait()
    failing.go.set()
    with pytest.raises(NotFound) as raised:
        await task
    assert raised.value.gone
    assert not isinstance(raised.value, ExceptionGroup)
    assert other.cancelled
    assert needed.cancelled


async def test_a_mistake_in_the_page_itself_is_raised_as_itself() -> None:
    held = Held()

    async def page() -> None:
        async with Regions() as regions:
            regions.required(held())
            await held.begun.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await page()
    assert held.cancelled


async def test_a_shopper_who_leaves_stops_the_calls() -> None:
    held = Held()

    async def page() -> None:
        async with Regions() as regions:
            regions.required(held())

    task = asyncio.create_task(page())
    await held.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held.cancelled
