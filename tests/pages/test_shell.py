"""The shop around the page: asked for once however many pages want it, and not again and again of a broken backend."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bff.pages import shell
from bff.ports import Navigation, Unavailable
from tests.web.goods import catalog, offer
from tests.web.stage import Shop, ask, opened, settings

TARGET = "/en-gb/categories/table"


def asked(calls: list[tuple[str, dict[str, Any]]]) -> int:
    return sum(name == "navigation" for name, _ in calls)


def test_pages_at_the_same_time_ask_for_one_shell(tmp_path: Path) -> None:
    port = catalog(navigation=Navigation(categories=()))
    with opened(settings(tmp_path), offer(catalog=port)) as shop:

        async def together() -> list[int]:
            return [one.status for one in await asyncio.gather(*(ask(shop.app, "GET", TARGET) for _ in range(6)))]

        assert shop.run(together) == [200] * 6
        assert asked(port.calls) == 1


def test_a_page_that_is_given_up_takes_nobody_elses_shell_along(tmp_path: Path) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def navigation() -> Navigation:
        reached.set()
        await go_on.wait()
        return Navigation(categories=())

    port = catalog(navigation=navigation)
    with opened(settings(tmp_path), offer(catalog=port)) as shop:

        async def one_leaves() -> int:
            first, second = (asyncio.ensure_future(ask(shop.app, "GET", TARGET)) for _ in range(2))
            await reached.wait()
            first.cancel()
            go_on.set()
            answer = await second
            return answer.status

        assert shop.run(one_leaves) == 200
        assert asked(port.calls) == 1


def test_a_broken_backend_is_left_alone_for_a_moment(tmp_path: Path, monkeypatch: Any) -> None:
    port = catalog(navigation=Unavailable("x"))
    with opened(settings(tmp_path), offer(catalog=port)) as shop:
        assert [shop.get(TARGET).status for _ in range(3)] == [200] * 3
        assert asked(port.calls) == 1
        _pass(shop, monkeypatch)
        assert shop.get(TARGET).status == 200
        assert asked(port.calls) == 2


def _pass(shop: Shop, monkeypatch: Any) -> None:
    """The moment is over."""
    now = shell.time.monotonic()
    monkeypatch.setattr(shell, "time", type("Later", (), {"monotonic": lambda: now + shell.BROKEN_SECONDS + 1}))
