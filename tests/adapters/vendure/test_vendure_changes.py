"""What changed at a Vendure, by asking: each change is told, also those that share a stamp or come late; what went; not more
than that."""

from __future__ import annotations

import datetime
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from adapters.vendure import changes, manifest
from adapters.vendure.settings import Settings
from bff.ports import Changes, Malformed, NotAllowed
from tests.adapters.vendure.stage import GB, US, channel, data

pytestmark = pytest.mark.anyio
START = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


class Shop:
    """Channels with products and collections, and when each changed (seconds from a start)."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, float]]] = {
            token: {"products": {"1": 1.001, "2": 2.001}, "collections": {"9": 0.001}} for token in ("gb", "us")
        }
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body, token = json.loads(request.content), request.headers["vendure-token"]
        if "activeChannel" in body["query"]:
            return data(activeChannel=channel(token, request.url.params["currencyCode"]))
        self.asked.append(token)
        begin, take = body["variables"]["skip"], body["variables"]["take"]
        return data(**{kind: self._page(token, kind, begin, begin + take) for kind in ("products", "collections")})

    def _page(self, token: str, kind: str, begin: int, end: int) -> dict[str, Any]:
        own = sorted(self.things[token][kind].items(), key=lambda item: -item[1])
        items = [{"id": id, "updatedAt": (START + datetime.timedelta(seconds=at)).isoformat()} for id, at in own]
        return {"totalItems": len(items), "items": items[begin:end]}

    def touch(self, id: str, at: float, kind: str = "products", token: str = "gb") -> None:
        self.things[token][kind][id] = at

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Changes]:
        own = Settings(url="http://vendure.example/shop-api")
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(self)) as http,
            manifest.open(own, http, (GB, US)) as offer,
        ):
            assert offer.changes is not None
            yield offer.changes


class Poll:
    """Polls on from where it came to."""

    def __init__(self, port: Changes) -> None:
        self.port = port
        self.cursor: str | None = None

    async def __call__(self) -> list[tuple[str, str | None]]:
        page = await self.port.poll(cursor=self.cursor)
        self.cursor = page.cursor
        return [(change.kind, change.id) for change in page.changes]


async def test_what_changed_since_is_told_once() -> None:
    shop = Shop()
    async with shop.opened() as port:
        poll = Poll(port)
        assert await poll() == []
        assert await poll() == []
        shop.touch("1", 5.001)
        shop.touch("3", 5.001)
        shop.touch("9", 4.001, "collections")
        assert await poll() == [("product", "1"), ("product", "3"), ("category", "9")]
        assert await poll() == []
        shop.touch("1", 5.002)
        assert await poll() == [("product", "1")], "again"
        shop.touch("2", 3.001)
        assert await poll() == [("product", "2")], "committed after a later one was seen"
        shop.touch("7", 6.001, token="us")
        assert await poll() == [("product", "7")], "every channel is asked"
        assert set(shop.asked) == {"gb", "us"}
        for token in ("gb", "us"):
            shop.touch("8", 7.001, token=token)
        assert await poll() == [("product", "8")], "in both, and told once"


async def test_whole_seconds_are_told_twice() -> None:
    """SQLite's stamps: what changed after a look and in the same second has the same one."""
    shop = Shop()
    async with shop.opened() as port:
        poll = Poll(port)
        await poll()
        shop.touch("1", 5.0)
        assert [await poll() for _ in range(3)] == [[("product", "1")], [("product", "1")], []]


async def test_that_something_went_is_told_without_its_name() -> None:
    shop = Shop()
    async with shop.opened() as port:
        poll = Poll(port)
        await poll()
        del shop.things["gb"]["products"]["1"]
        assert await poll() == [("product", None)]
        assert await poll() == []
        del shop.things["us"]["collections"]["9"]
        shop.touch("2", 9.001, token="us")
        assert await poll() == [("product", "2"), ("category", None)]
        shop.things["gb"]["products"].clear()
        assert await poll() == [("product", None)]
        shop.touch("4", 20.001)
        assert await poll() == [("product", "4")], "after nothing was there"


async def test_an_import_is_told_one_by_one_as_far_as_that_makes_sense() -> None:
    shop = Shop()
    async with shop.opened() as port:
        poll = Poll(port)
        await poll()
        for number in range(changes._LIMIT + 50):
            shop.touch(f"n{number}", 100.001 + number)
        assert len(await poll()) == changes._LIMIT + 50
        assert await poll() == []
        for number in range(changes._LIMIT * changes._PAGES + 1):
            shop.touch(f"m{number}", 1_000.001 + number)
        assert await poll() == [("product", None)]
        assert await poll() == []


async def test_what_it_does_not_do_it_says() -> None:
    async with Shop().opened() as port:
        assert (port.traits.push, port.traits.poll) == (False, True)
        assert {"variant", "price", "stock"} <= {*port.traits.unseen}
        with pytest.raises(NotAllowed):
            await port.receive(headers={}, body=b"{}")
        for cursor in ("", "{", '{"gb": 1}', '{"gb": {"product": {"at": {"1": "soon"}}}}'):
            with pytest.raises(Malformed):
                await port.poll(cursor=cursor)
