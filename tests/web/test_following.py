"""Processes that follow the control store: plans, purges, what is refused, and who is told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bff import app
from bff.experiments.assignment import Own
from bff.experiments.running import Experiments
from bff.gateway.backends import OpenBackend
from bff.gateway.chain import Gateway
from bff.gateway.generations import Generations, Plan, Refused
from bff.gateway.tags import EVERYTHING, tags_of_change
from bff.ports import Cart, CartRef, Change, Line, Totals, Unavailable, VariantKey
from bff.rendering.assets import Assets
from bff.settings import Settings, load
from bff.web import control_live, following
from bff.web.control import Control
from bff.web.control_carts import Records
from bff.web.following import Follower
from bff.web.paths import Paths
from bff.web.preview import Previews
from bff.web.ring import Ring
from tests.gateway.test_generations import Yard

from .counter import Clock

pytestmark = pytest.mark.anyio


def nothing(control: Control) -> Experiments:
    """No experiments."""
    return Experiments((), (), Assets([]), control, Own(), Previews([b"x" * 32], https=False))


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    async with Control(tmp_path / "control.sqlite", Ring([b"k" * 32], b"test"), clock=Clock()) as opened:
        yield opened


@pytest.fixture
def found() -> Settings:
    return load(None, {"PORTICO_BACKENDS__B__ADAPTER": "embedded", "PORTICO_BACKENDS__C__ADAPTER": "embedded"})


class Process:
    """A process that follows, one look at a time."""

    def __init__(self, control: Control, found: Settings) -> None:
        self.plans: list[Plan] = []
        self.purged: list[frozenset[str]] = []
        self.refuses = ""
        self.follower = Follower(
            control, lambda db: control_live.plan(db, found), self.follow, self.purge, self.kept, number=0
        )

    async def follow(self, plan: Plan) -> None:
        if self.refuses in plan.markets.values():
            raise Refused(self.refuses, "not reachable")
        self.plans.append(plan)

    def purge(self, tags: Collection[str]) -> None:
        if tags:
            self.purged.append(frozenset(tags))

    async def kept(self) -> None:
        return None

    async def look(self) -> None:
        await self.follower.look()
        if self.follower._following is not None:
            await self.follower._following


async def use(control: Control, found: Settings, name: str, *markets: str) -> int:
    return await control.write(lambda db: control_live.use(db, found, name, markets, carry=False, now=control.clock()))


async def test_every_process_follows_and_says_so(control: Control, found: Settings) -> None:
    both = [Process(control, found), Process(control, found)]
    for process in both:
        await process.look()
        assert process.plans == []
    number = await use(control, found, "b")
    for process in both:
        await process.look()
        await process.look()
        assert [set(plan.markets.values()) for plan in process.plans] == [{"b"}], "once"
        assert process.plans[0].draining == dict.fromkeys(found.markets, ("default",))
    told = await control.read(lambda db: control_live.processes(db, control.clock()))
    assert [one.number for one in told] == [number, number]


async def test_one_that_cannot_follow_says_why_and_tries_again(
    control: Control, found: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(control, found)
    process.refuses = "b"
    await process.look()
    number = await use(control, found, "b")
    await process.look()
    (told,) = await control.read(lambda db: control_live.processes(db, control.clock()))
    assert (told.number, told.refused, told.problem) == (0, number, "b: not reachable")
    process.refuses = "none"
    await process.look()
    assert process.plans == [], "not at once"
    process.follower._again = 0.0
    await process.look()
    assert process.plans[0].markets["gb"] == "b"
    await process.look()
    (told,) = await control.read(lambda db: control_live.processes(db, control.clock()))
    assert (told.number, told.refused, told.problem) == (number, 0, "")


async def test_a_purge_reaches_every_process_once_and_none_that_came_later(control: Control, found: Settings) -> None:
    both = [Process(control, found), Process(control, found)]
    for process in both:
        await process.look()
    await control.write(lambda db: control_live.purge(db, ["product:1", "navigation"], control.clock()))
    await control.write(lambda db: control_live.purge(db, ["product:2"], control.clock()))
    for process in both:
        await process.look()
        await process.look()
        assert process.purged == [frozenset({"product:1", "product:2", "navigation"})]
    late = Process(control, found)
    await late.look()
    assert late.purged == []
    await control.write(lambda db: control_live.purge(db, ["x"], control.clock()))
    await late.look()
    assert late.purged == [frozenset({"x"})]


async def test_a_purge_does_not_wait_for_a_backend_that_opens(control: Control, found: Settings) -> None:
    process, opening = Process(control, found), asyncio.Event()

    async def slow(plan: Plan) -> None:
        await opening.wait()

    process.follower._follow = slow
    await process.follower.look()
    await use(control, found, "b")
    await process.follower.look()
    await control.write(lambda db: control_live.purge(db, ["x"], control.clock()))
    await process.follower.look()
    assert process.purged == [frozenset({"x"})]
    opening.set()
    assert process.follower._following is not None
    await process.follower._following


async def test_what_was_chosen_holds_until_the_file_says_something_new(control: Control, found: Settings) -> None:
    await use(control, found, "b")
    await use(control, found, "c", "de")

    def serving(db: sqlite3.Connection, other: Settings = found) -> dict[str, str]:
        return control_live.serving(db, other)

    assert await control.read(serving) == {"gb": "b", "de": "c", "us": "b", "ae": "b"}
    edited = load(None, {f"PORTICO_BACKENDS__{name}__ADAPTER": "embedded" for name in "BC"} | {"PORTICO_USE": "c"})
    assert set((await control.read(lambda db: serving(db, edited))).values()) == {"c"}
    fewer = load(None, {})
    assert set((await control.read(lambda db: serving(db, fewer))).values()) == {"default"}
    await use(control, found, "default")
    assert set((await control.read(serving)).values()) == {"default"}


async def test_what_not_all_could_follow_is_put_back(control: Control, found: Settings) -> None:
    await use(control, found, "b")
    was = await control.read(control_live.chosen)
    number = await use(control, found, "c")
    made = await control.read(control_live.chosen)
    undone = await control.write(lambda db: control_live.put_back(db, found, was, made, control.clock()))
    assert undone > number
    plan = await control.read(lambda db: control_live.plan(db, found))
    assert set(plan.markets.values()) == {"b"}
    assert plan.draining["gb"] == ("c", "default"), "carts begun meanwhile keep their backend"


async def test_a_look_survives_a_store_that_fails(tmp_path: Path, found: Settings) -> None:
    (tmp_path / "control.sqlite").mkdir()
    async with Control(tmp_path / "control.sqlite", Ring([b"k" * 32], b"test")) as broken:
        process = Process(broken, found)
        await process.look()
    assert process.plans == []
    assert following.LOOK_SECONDS <= 0.25


async def test_who_missed_purges_lets_go_of_everything(control: Control, found: Settings) -> None:
    process = Process(control, found)
    await process.look()
    for tag in ("a", "b"):
        await control.write(lambda db, tag=tag: control_live.purge(db, [tag], control.clock()))  # type: ignore[misc]
    await control.write(lambda db: db.execute("DELETE FROM purges WHERE id = 1") and None)
    await process.look()
    assert process.purged == [frozenset({EVERYTHING})], "one of them is not kept any more"
    await control.write(lambda db: control_live.purge(db, ["c"], control.clock()))
    await process.look()
    assert process.purged[1:] == [frozenset({"c"})]
    await control.write(lambda db: db.execute("DELETE FROM purges") and None)
    await process.look()
    assert len(process.purged) == 2, "what was heard may go"
    await control.write(lambda db: db.execute("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'purges'") and None)
    await process.look()
    assert process.purged[2:] == [frozenset({EVERYTHING})], "it is another file"


async def test_who_could_not_look_at_first_lets_go_of_everything(
    control: Control, found: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(control, found)

    async def failing(work: object) -> None:
        raise Unavailable("control store")

    with monkeypatch.context() as broken:
        broken.setattr(control, "read", failing)
        await process.look()
    await control.write(lambda db: control_live.purge(db, ["x"], control.clock()))
    await process.look()
    await process.look()
    assert process.purged == [frozenset({EVERYTHING})], "once"


async def test_what_somebody_else_chose_meanwhile_is_not_put_back(control: Control, found: Settings) -> None:
    was = await control.read(control_live.chosen)
    await use(control, found, "c")
    made = await control.read(control_live.chosen)
    await use(control, found, "b", "de")
    await control.write(lambda db: control_live.put_back(db, found, was, made, control.clock()))
    serving = await control.read(lambda db: control_live.serving(db, found))
    assert serving == {"gb": "default", "de": "b", "us": "default", "ae": "default"}


async def test_carts_left_behind_are_counted_by_market(control: Control, found: Settings) -> None:
    await use(control, found, "b", "de", "us")
    for market, name in (("gb", "1"), ("de", "2"), ("de", "3")):
        one = Line(id="l", key=VariantKey(sku="MUG"), title="Mug", quantity=Decimal(1))
        cart = Cart(
            ref=CartRef(id=name), market=market, currency="GBP", lines=(one,), quantity=Decimal(1), totals=Totals()
        )
        records = Records(control, "default")
        await control.write(lambda db, records=records, cart=cart: records.set_seen(db, cart))  # type: ignore[misc]
    left = await control.read(lambda db: control_live.draining(db, control.clock()))
    assert {one.market: one.carts for one in left} == {"de": 2, "us": 0}, "gb's is where it belongs"
    later = control.clock() + control_live.DRAIN_SECONDS + 1
    gone = await control.write(lambda db: control_live.drained(db, later))
    assert [one.market for one in gone] == ["us"]


async def test_a_process_that_can_keep_nothing_follows_and_says_so(control: Control, found: Settings) -> None:
    process = Process(control, found)

    async def full() -> None:
        raise Unavailable("disk full")

    process.follower._kept = full
    await process.look()
    assert len(await control.read(lambda db: control_live.processes(db, control.clock()))) == 1
    number = await use(control, found, "b")
    await process.look()
    (told,) = await control.read(lambda db: control_live.processes(db, control.clock()))
    assert told.number == number


async def test_what_opens_at_the_very_end_is_closed(control: Control, found: Settings) -> None:
    yard, gateway = Yard(), Gateway(0)
    live = yard.generations()
    opening = asyncio.Event()
    check = yard.check

    async def slow(one: OpenBackend, markets: Sequence[str]) -> None:
        opening.set()
        with suppress(asyncio.CancelledError):  # an adapter that does not listen
            await asyncio.Event().wait()
        await check(one, markets)

    live._check = slow
    async with app.following(control, found, live, gateway, Paths(control), nothing(control)):  # type: ignore[arg-type]
        await use(control, found, "b")
        await opening.wait()
        assert yard.names == {"default", "b"}
    assert yard.names == set()


@pytest.mark.parametrize(("change", "left"), [("all", 0), ("category", 0), ("product", 1)])
async def test_when_everything_has_changed_nothing_around_is_kept(
    control: Control, found: Settings, monkeypatch: pytest.MonkeyPatch, change: Any, left: int
) -> None:
    purges: list[Any] = []

    class Noted(Follower):
        def __init__(self, control: Control, plan: Any, follow: Any, purge: Any, *rest: Any, **more: Any) -> None:
            purges.append(purge)
            super().__init__(control, plan, follow, purge, *rest, **more)

    monkeypatch.setattr(app, "Follower", Noted)
    live: Any = Generations(
        Yard().opener, {}, lambda *_: SimpleNamespace(shells={"en-gb": 1}, sitemaps={"index": 1}), Yard().check
    )
    async with app.following(control, found, live, Gateway(0), Paths(control), nothing(control)):
        purges[0](tags_of_change(Change(kind=change, id="x"), "default"))
        front = live.current.default.front
        assert (len(front.shells), len(front.sitemaps)) == (left, left)
