"""What changed at a Medusa, by asking: each change is told, also those that share a stamp or come late; what went."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest

from adapters.medusa import changes
from bff.ports import Changes, Malformed, NotAllowed
from tests.adapters.medusa.test_traps import Medusa, opened

pytestmark = pytest.mark.anyio
START = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
LISTS = {"/store/products": "products", "/store/product-categories": "product_categories"}


class Touched(Medusa):
    """Products and categories, and when each changed (seconds from a start)."""

    def __init__(self) -> None:
        super().__init__()
        self.things: dict[str, dict[str, float]] = {
            "products": {"p1": 1.0, "p2": 2.0},
            "product_categories": {"c": 0.0},
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name, asked = LISTS.get(request.url.path), request.url.params
        if name is None or asked.get("fields") != "id,updated_at":
            return super().__call__(request)
        assert asked["order"] == "-updated_at"
        own = sorted(self.things[name].items(), key=lambda item: -item[1])
        items = [{"id": id, "updated_at": (START + datetime.timedelta(seconds=at)).isoformat()} for id, at in own]
        begin = int(asked.get("offset", "0"))
        return httpx.Response(200, json={name: items[begin : begin + int(asked["limit"])], "count": len(items)})


class Poll:
    """Polls on from where it came to."""

    def __init__(self, port: Any) -> None:
        self.port: Changes = port
        self.cursor: str | None = None

    async def __call__(self) -> list[tuple[str, str | None]]:
        page = await self.port.poll(cursor=self.cursor)
        self.cursor = page.cursor
        return [(change.kind, change.id) for change in page.changes]


async def test_what_changed_since_is_told_once() -> None:
    medusa = Touched()
    async with opened(medusa) as offer:
        poll = Poll(offer.changes)
        assert [await poll(), await poll()] == [[], []]
        medusa.things["products"] |= {"p1": 5.0, "p3": 5.0}
        medusa.things["product_categories"]["c"] = 4.0
        assert await poll() == [("product", "p1"), ("product", "p3"), ("category", "c")]
        assert await poll() == []
        medusa.things["products"] |= {"p2": 3.0}
        assert await poll() == [("product", "p2")], "committed after a later one was seen"
        assert await poll() == []


async def test_that_something_went_is_told_without_its_name() -> None:
    medusa = Touched()
    async with opened(medusa) as offer:
        poll = Poll(offer.changes)
        await poll()
        del medusa.things["products"]["p1"]
        assert await poll() == [("product", None)]
        medusa.things["product_categories"].clear()
        assert await poll() == [("category", None)]
        medusa.things["product_categories"]["d"] = 9.0
        assert await poll() == [("category", "d")], "after nothing was there"


async def test_an_import_is_told_one_by_one_as_far_as_that_makes_sense() -> None:
    medusa = Touched()
    async with opened(medusa) as offer:
        poll = Poll(offer.changes)
        await poll()
        medusa.things["products"] |= {f"n{number}": 100.0 + number for number in range(changes._LIMIT + 50)}
        assert len(await poll()) == changes._LIMIT + 50
        assert await poll() == []
        many = range(changes._LIMIT * changes._PAGES + 1)
        medusa.things["products"] |= {f"m{number}": 1_000.0 + number for number in many}
        assert await poll() == [("product", None)]
        assert await poll() == []


async def test_what_it_does_not_do_it_says() -> None:
    async with opened(Touched()) as offer:
        port = offer.changes
        assert port is not None
        assert {"variant", "price", "stock"} <= {*port.traits.unseen}
        with pytest.raises(NotAllowed):
            await port.receive(headers={}, body=b"{}")
        for cursor in ("", "{", "2026-11-22T12:00:00Z|p1;", '{"product": {"at": {"1": "soon"}}, "category": {}}'):
            with pytest.raises(Malformed):
                await port.poll(cursor=cursor)
