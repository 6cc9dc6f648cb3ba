"""A canary: some visitors are served by another backend, whole and for good, and take part in nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from unittest.mock import patch

import msgspec
import pytest

from bff.gateway.generations import Plan
from bff.gateway.policy import LIMITS
from bff.web import control_live
from tests.web import two
from tests.web.stage import Answer, Shop, ask, opened

from . import trial
from .trial import AGENT, PRODUCT, Recorded, get, visitor

NEW = "/en-gb/products/qx-harbour-mug"
TABLES = "[backends]\nb = 'second'\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("canary")
    own = trial.shop_folder(folder)
    trial.experiment(own, "moving", {}, kind="backend", status="draft", tables=TABLES)
    settings = trial.settings(folder, own, **two.environment(folder), PORTICO_SERVER__PAGE_DEADLINE="30")
    with patch.dict(LIMITS, dict.fromkeys(LIMITS, 30.0)), opened(settings) as found:
        yield found


@pytest.fixture
def running(shop: Shop) -> Iterator[Shop]:
    trial.started(shop, "moving")
    shop.run(partial(follow, shop))
    yield shop
    trial.stopped(shop, "moving")
    shop.run(partial(follow, shop))


async def follow(shop: Shop) -> None:
    """What each process does four times a second, at once."""
    settings, own = shop.store.settings, trial.experiments_of(shop)

    def read(db: sqlite3.Connection) -> Plan:
        canaries = own.plan(db, settings.backends)
        return msgspec.structs.replace(control_live.plan(db, settings), canaries=canaries)

    await shop.app.state.generations.follow(await shop.store.control.read(read))


def served_by_second(answer: Answer) -> bool:
    return two.MARK in answer.text


def test_only_the_canarys_visitors_are_there_and_see_no_other_experiment(running: Shop) -> None:
    recorded = Recorded(running)
    there = visitor(running, moving="b", gallery="wall")
    for path in (NEW, "/en-gb", "/en-gb/categories/qx-kitchen"):
        answer = get(running, path, there)
        assert answer.status == 200
        assert served_by_second(answer)
        assert 'class="wall"' not in answer.text
    assert recorded.exposures() == [("moving", "b", False)]
    here = visitor(running, moving="control", gallery="wall")
    answer = get(running, PRODUCT, here)
    assert 'class="wall"' in answer.text
    assert not served_by_second(answer)
    assert recorded.exposures() == [("gallery", "wall", False), ("moving", "control", False)]


def test_who_has_a_cart_stays_where_it_is(running: Shop) -> None:
    """One visitor, one bundle: whoever began a cart before is not moved, and is not counted."""
    trial.stopped(running, "moving")
    running.run(partial(follow, running))
    recorded = Recorded(running)

    async def walk() -> None:
        headers = [(b"user-agent", AGENT.encode()), (b"sec-fetch-site", b"same-origin")]
        kind = (b"content-type", b"application/x-www-form-urlencoded")
        added = await ask(running.app, "POST", "/en-gb/cart/lines", [*headers, kind], b"sku=HMUG-IND-SMA&quantity=1")
        assert added.status == 303
        cookie = "; ".join(text.partition(";")[0] for text in added.all("set-cookie") if "session" in text)
        await _start(running)
        recorded.clear()
        both = f"{visitor(running, moving='b', gallery='wall')}; {cookie}".encode()
        answer = await ask(running.app, "GET", PRODUCT, [(b"cookie", both), *headers])
        assert answer.status == 200
        assert not served_by_second(answer)
        assert 'class="wall"' in answer.text, "they take part in the others"
        assert "moving" not in [name for name, _, _ in recorded.exposures()]

    running.run(walk)


async def _start(shop: Shop) -> None:
    one, control = trial.known(shop, "moving"), shop.store.control
    await control.write(lambda db: trial.states.start(db, one, None, 0.0))
    await trial.experiments_of(shop).look()
    await follow(shop)


def test_a_cart_begun_at_the_canary_stays_there_when_it_ends(running: Shop) -> None:
    there = visitor(running, moving="b")

    async def walk() -> None:
        headers = [(b"user-agent", AGENT.encode()), (b"sec-fetch-site", b"same-origin")]
        kind = (b"content-type", b"application/x-www-form-urlencoded")
        cookie = [(b"cookie", there.encode())]
        added = await ask(
            running.app, "POST", "/en-gb/cart/lines", [*headers, kind, *cookie], b"sku=HMUG-IND-SMA&quantity=1"
        )
        assert added.status == 303
        session = "; ".join(text.partition(";")[0] for text in added.all("set-cookie") if "session" in text)
        one, control = trial.known(running, "moving"), running.store.control
        markets = [*running.store.settings.markets]
        await control.write(lambda db: trial.states.stop(db, one, "", markets, 0.0))
        await trial.experiments_of(running).look()
        await follow(running)
        both = [(b"cookie", f"{there}; {session}".encode()), *headers]
        bag = await ask(running.app, "GET", "/en-gb/cart", both)
        assert served_by_second(bag)
        plain = await ask(running.app, "GET", PRODUCT, [*cookie, *headers])
        assert not served_by_second(plain), "without a cart everybody is back at once"

    running.run(walk)


def test_a_canary_whose_backend_is_not_open_shows_the_stores_own(running: Shop) -> None:
    recorded = Recorded(running)
    trial.unseen(running)
    there = visitor(running, moving="b")
    generation = running.app.state.generations.current
    with patch.object(generation, "bundles", {k: v for k, v in generation.bundles.items() if k != "second"}):
        answer = get(running, PRODUCT, there)
    assert answer.status == 200
    assert not served_by_second(answer)
    assert ("moving", "b", True) in recorded.exposures(), "it stays theirs, and the report sees that it was not shown"
