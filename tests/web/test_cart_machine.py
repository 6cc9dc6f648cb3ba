"""Carts under everything that goes wrong between a hand and a database: the same post twice, at once, out of order, after
its answer was lost, by two processes, in two tabs that have no cookie yet. Quantity per (variant, inputs, plan) is what the
shopper was told, never less and never more. And the machine itself: taught a fault, it must find it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bff.ports import Unavailable
from bff.web import cart_writes, posts
from bff.web.locks import Held
from bff.web.mutations import Attempt

from .counter import Browser, Counted, What, open_counter, told

WHATS = (("mug", "", ""), ("mug", "Ada", ""), ("mug", "", "monthly"), ("cup", "", ""))
FAULTS = ("", "", "", "", "", "", "lost", "lost", "broken", "refused", "blind")


class Click(msgspec.Struct, frozen=True):
    """One thing a shopper wants: so many of this. `id`: the form has one. `times` the post is sent at once, by different
    workers; `deaf`: the first answer never arrives, and the post is sent again."""

    what: What
    n: int
    id: bool
    times: int
    deaf: bool
    fault: str


clicks = st.builds(
    Click,
    what=st.sampled_from(WHATS),
    n=st.integers(1, 3),
    id=st.booleans(),
    times=st.integers(1, 3),
    deaf=st.sampled_from([False, False, False, True]),
    fault=st.sampled_from(FAULTS),
)


class CartMachine(RuleBasedStateMachine):
    """A shopper with one browser and as many tabs as it likes."""

    counter: Counted

    def __init__(self) -> None:
        super().__init__()
        self.browser: Browser = self.counter.browser()
        self.counter.carts.faults.clear()
        self.counter.carts.unreadable.clear()
        self.expected: Counter[What] = Counter()
        self.sent: dict[str, tuple[float, bool]] = {}
        self.ids = 0

    @initialize(way=st.sampled_from(["nothing", "one", "tabs"]), n=st.integers(1, 3))
    def begin(self, way: str, n: int) -> None:
        """A shopper who comes in, one who has a cart, and one whose two tabs each get their own."""
        amount = {"nothing": 0, "one": 1, "tabs": 2}[way]
        tabs = [Click(what=what, n=n, id=True, times=1, deaf=False, fault="") for what in WHATS[:amount]]
        if tabs:
            self.counter.run(partial(self._click, tabs, n))

    @rule(tabs=st.lists(clicks, min_size=1, max_size=3, unique_by=lambda click: click.what), order=st.integers(0, 20))
    def click(self, tabs: list[Click], order: int) -> None:
        """Every click at once, whatever was there before; answers arrive in any order."""
        self.counter.run(partial(self._click, tabs, order))

    @rule(seconds=st.sampled_from([0.5, 1.9, 2.5, 30.0, 4_000.0]))
    def wait(self, seconds: float) -> None:
        self.counter.clock.now += seconds

    @rule(back=st.integers(0, 3), worker=st.integers(0, 1))
    def again(self, back: int, worker: int) -> None:
        """A form that was sent before is sent again, as going back and reloading does: with an id it counts once."""
        known = [body for body, (_, done) in self.sent.items() if "mutation=" in body and done]
        if back < len(known):
            self.counter.run(partial(self._again, known[-1 - back], worker))

    @rule(variant=st.sampled_from(["mug", "cup"]), n=st.integers(0, 4), times=st.integers(1, 3))
    def put_right(self, variant: str, n: int, times: int) -> None:
        """The quantity is set on the cart's page."""
        self.counter.run(partial(self._set, variant, n, times))

    @rule()
    def look(self) -> None:
        self.counter.run(self._look)

    def teardown(self) -> None:
        self.counter.run(self._look)

    async def _look(self) -> None:
        page = await self.browser.get()
        assert page.status == 200, page.status
        assert told(page.text) == +self.expected
        names = [name for name in self.browser.jar if "session" in name]
        assert len(names) <= 1, "several sessions were made one"

    async def _click(self, tabs: list[Click], order: int) -> None:
        jar = dict(self.browser.jar)
        begun = self.counter.clock.now
        bodies = [self._body(click) for click in tabs]
        was = [self._known(body) for body in bodies]
        self.counter.carts.faults = {click.what: click.fault for click in tabs if click.fault}
        had_cart, blind = self._has_cart(), any(click.fault == "blind" for click in tabs)
        sends = [
            (n, self.browser.send("POST", "counter/add", body, worker=time, jar=jar))
            for n, (click, body) in enumerate(zip(tabs, bodies, strict=True))
            for time in range(click.times)
        ]
        answers = await asyncio.gather(*(send for _, send in sends))
        self.counter.carts.faults.clear()
        arrived = [(n, found) for (n, _), found in zip(sends, answers, strict=True)]
        random.Random(order).shuffle(arrived)
        for n, found in arrived:
            if not tabs[n].deaf:
                self.browser.take(found)
        for n, (click, body) in enumerate(zip(tabs, bodies, strict=True)):
            found = next(found for m, found in arrived if m == n)
            assert all(other.status == found.status for m, other in arrived if m == n), "one answer for one mutation"
            if click.deaf:
                found = await self.browser.post("counter/add", body)
            await self._count(click, body, begun, found.status, was[n], had_cart, blind)
        await self._look()

    async def _count(
        self, click: Click, body: str, begun: float, status: int, was: bool | None, had_cart: bool, blind: bool
    ) -> None:
        if was:  # the same mutation as one before
            return
        if was is False and status != 303 and not blind:  # it failed before, and was not tried again or failed again
            return
        self.sent[body] = (begun, status == 303)
        if status == 303:
            self.expected[click.what] += click.n
            return
        assert status in (503, 504), status
        assert click.fault or blind or was is False, "nothing failed, and yet it failed"
        assert click.fault != "refused" or status == 503, "what certainly did not happen is said"
        told_all = had_cart and not blind
        assert not told_all or click.fault not in ("lost", "broken"), "reading back would have told"
        if blind:  # nobody could know, and that was said: the shopper looks
            self.counter.carts.unreadable.clear()
            there = told((await self.browser.get()).text)[click.what]
            assert there in (self.expected[click.what], self.expected[click.what] + click.n)
            self.expected[click.what] = there

    async def _again(self, body: str, worker: int) -> None:
        found = await self.browser.post("counter/add", body, worker)
        assert found.status in (303, 409)
        await self._look()

    async def _set(self, variant: str, n: int, times: int) -> None:
        self.ids += 1
        body = urlencode({"variant": variant, "n": n, "mutation": f"set-{self.browser.agent}-{self.ids:012}"})
        first = next((what for what in self._lines() if what[0] == variant), None)
        jar = dict(self.browser.jar)
        sends = [self.browser.send("POST", "counter/set", body, worker=time, jar=jar) for time in range(times)]
        for found in await asyncio.gather(*sends):
            assert found.status == 303
            self.browser.take(found)
        for what in WHATS:
            if what[0] == variant and first is not None:
                self.expected[what] = n if what == first else 0
        await self._look()

    def _lines(self) -> list[What]:
        """What is in the cart, in its order."""
        cart = self._cart()
        return [(str(line.key.id), "".join(v.value for v in line.inputs), line.plan or "") for line in cart]

    def _cart(self) -> list[Any]:
        sealer = self.counter.store.sealer
        found = sealer.open(self.browser.jar)
        ref = found[0].session.carts.get("default") if found else None
        return self.counter.carts.lines.get(ref[0], []) if ref else []

    def _has_cart(self) -> bool:
        found = self.counter.store.sealer.open(self.browser.jar)
        return bool(found and found[0].session.carts)

    def _body(self, click: Click) -> str:
        variant, typed, plan = click.what
        fields = {"variant": variant, "typed": typed, "plan": plan, "n": str(click.n)}
        if click.id:
            self.ids += 1
            fields["mutation"] = f"add-{self.browser.agent}-{self.ids:012}"
        return urlencode(fields)

    def _known(self, body: str) -> bool | None:
        """Whether an equal post began less than two seconds ago, and how it ended."""
        before = self.sent.get(body)
        return before[1] if before and self.counter.clock.now < before[0] + 2.0 else None


@pytest.fixture(scope="module")
def counter() -> Iterator[Counted]:
    with tempfile.TemporaryDirectory() as folder, open_counter(Path(folder)) as opened_:
        yield opened_


def run(counter: Counted, examples: int, *, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    machine = type("Machine", (CartMachine,), {"counter": counter})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=8,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_and_nothing_doubled(counter: Counted) -> None:
    run(counter, 60)


def test_nothing_is_lost_where_the_backend_splits_lines(counter: Counted) -> None:
    counter.carts.split = True
    try:
        run(counter, 25)
    finally:
        counter.carts.split = False


@pytest.mark.audit
def test_nothing_is_lost_and_nothing_doubled_in_thousands_of_runs(counter: Counted) -> None:
    run(counter, 2_000)


async def always_first(post: posts.Post) -> Attempt:
    return Attempt(b"planted", post.content, b"planted", post.lasting, 0.0)


@contextlib.asynccontextmanager
async def not_held(control: Any, name: str, *, work: Any = None, wait: float = 0.0) -> AsyncIterator[Held]:
    lock = Held(await control.write(work) if work else None)
    yield lock
    await control.write(lock.do_last)


async def tried_again(visit: Any, write: Any, **_: Any) -> Any:
    async with cart_writes.locked(visit, visit.cart) as ref:
        try:
            result = await write(ref)
        except (cart_writes.DeadlineExceeded, Unavailable):
            result = await write(ref)
    visit.keep_cart(result.cart)
    return result


async def not_merged(visit: Any) -> None:
    return None


PLANTED = {
    "posts are not remembered": (posts.Post, "begun", always_first),
    "carts are not locked": (cart_writes, "held", not_held),
    "what failed is tried again": (cart_writes, "write_cart", tried_again),
    "sessions are not merged": (posts, "merge", not_merged),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_the_machine_finds_a_planted_fault(counter: Counted, fault: str) -> None:
    place, attribute, instead = PLANTED[fault]
    with patch.object(place, attribute, instead), pytest.raises(AssertionError):
        run(counter, 200, phases=(Phase.generate,))
