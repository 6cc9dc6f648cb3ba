"""The client lent to adapters, over real sockets: its failures by name, its bounds, and what it never does."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bff.gateway import client as lent
from bff.gateway.client import DEEPEST_JSON, LARGEST_BODY, depth, lent_client
from bff.gateway.sending import SENT, Sent
from bff.ports import Malformed
from tests.gateway.upstream import Request, answer, closes, cut, garbage, hang, refused, upstream, zipped

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with lent_client(buyer_header="X-Buyer-Ip") as found:
        yield found


async def test_an_answer_comes_whole_and_connections_are_kept(client: httpx.AsyncClient) -> None:
    body = json.dumps({"text": "ä" * 5_000}).encode()
    async with upstream(a=answer(body, x_own="1"), z=answer(zipped(body), content_encoding="gzip")) as shop:
        for path in ("/a", "/z", "/a"):
            found = await client.get(shop.base + path)
            assert found.json() == json.loads(body)
            assert found.status_code == 200
        assert found.headers["x-own"] == "1"
        assert shop.accepted == 1
        posted = await client.post(shop.base + "/a", json={"q": 1})
        assert posted.status_code == 200
        assert shop.requests[-1].body == b'{"q":1}'
        assert shop.requests[0].headers["accept-encoding"] == "gzip"


async def test_refused_is_not_a_timeout(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.ConnectError):
        await client.get(refused())
    with pytest.raises(httpx.ConnectError):
        await client.get("http://no-such-host.invalid/")


async def test_what_hangs_is_a_timeout(client: httpx.AsyncClient) -> None:
    async with upstream(a=hang) as shop:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(shop.base + "/a", timeout=0.05)
        await shop.until(lambda: shop.open == 0)


@pytest.mark.parametrize(
    "behaviour",
    [
        closes,
        garbage,
        cut(answer(b'{"a":', length=100)),
        cut(answer(zipped(b"x" * 10_000)[:-20], length=None, content_encoding="gzip")),
    ],
)
async def test_what_is_cut_off_or_no_http_is_a_broken_protocol(client: httpx.AsyncClient, behaviour: Any) -> None:
    async with upstream(a=behaviour) as shop:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(shop.base + "/a")
        assert len(shop.requests) == 1
        await shop.until(lambda: shop.open == 0)


async def test_what_is_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    written = 0

    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"1" * 0x10000 + b"\r\n")
            written += 0x10000
            await writer.drain()

    async with upstream(a=endless) as shop:
        with pytest.raises(Malformed, match="bytes"):
            await client.get(shop.base + "/a")
        await shop.until(lambda: shop.open == 0)
    assert written < 3 * LARGEST_BODY


async def test_a_bomb_is_not_opened(client: httpx.AsyncClient) -> None:
    bomb = zipped(b"\x00" * 200_000_000)
    async with upstream(a=answer(bomb, content_encoding="gzip")) as shop:
        tracemalloc.start()
        with pytest.raises(Malformed, match="bytes"):
            await client.get(shop.base + "/a")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * LARGEST_BODY


async def test_no_other_compression_is_taken(client: httpx.AsyncClient) -> None:
    import brotli

    async with upstream(
        a=answer(brotli.compress(b"{}"), content_encoding="br"), b=answer(b"no gzip at all", content_encoding="gzip")
    ) as shop:
        for path in ("/a", "/b"):
            with pytest.raises(Malformed):
                await client.get(shop.base + path)


async def test_what_is_too_deep_is_not_handed_on(client: httpx.AsyncClient) -> None:
    deep, ok = (b"[1," * n + b"1" + b"]" * n for n in (DEEPEST_JSON + 1, DEEPEST_JSON))
    async with upstream(deep=answer(deep), ok=answer(ok), text=answer(deep, content_type="text/plain")) as shop:
        with pytest.raises(Malformed, match="deeper"):
            await client.get(shop.base + "/deep")
        assert (await client.get(shop.base + "/ok")).json()
        assert (await client.get(shop.base + "/text")).content == deep


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b'{"a":{"b":[1,2,{}]}}', 4),
        (b"[" * 100 + b"]" * 100, 100),
        (b'["' + b"[" * 100 + b'"]', 1),
        (b'["' + b'\\"[' * 100 + b'"]', 1),
        (b'["\\\\", ' + b"[" * 80 + b"]" * 81, 81),
        (b'{"a\\\\":"[[","b":["' + b"}" * 70 + b'"]}', 2),
        (b"[]" * 100, 1),
        (b"", 0),
    ],
)
def test_depth(body: bytes, deep: int) -> None:
    found = depth(body)
    assert found == deep or (deep <= found <= DEEPEST_JSON)


@pytest.mark.parametrize("method", ["get", "post"])
async def test_no_redirect_is_followed_whatever_is_asked(client: httpx.AsyncClient, method: str) -> None:
    async with upstream(a=answer(status="302 Found", location="/b")) as shop:
        for following in ({}, {"follow_redirects": True}):
            found = await getattr(client, method)(shop.base + "/a", **following)
            assert found.status_code == 302
            assert found.headers["location"] == "/b"
        assert [request.path for request in shop.requests] == ["/a", "/a"]


async def test_one_shoppers_cookies_are_not_sent_for_the_next(client: httpx.AsyncClient) -> None:
    async with upstream(a=answer(set_cookie="session=first; Path=/")) as shop:
        first = await client.get(shop.base + "/a")
        assert first.cookies["session"] == "first", "the adapter may read it"
        await client.get(shop.base + "/b")
        await client.get(shop.base + "/b", headers={"cookie": "session=second"})
        await client.get(shop.base + "/b")
    assert [request.headers.get("cookie") for request in shop.requests] == [None, None, "session=second", None]


async def test_two_shoppers_at_once_keep_their_cookies_apart(client: httpx.AsyncClient) -> None:
    async def named(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(request.headers.get("x-shopper", "").encode(), set_cookie=f"s={request.headers['x-shopper']}")(
            request, writer
        )

    async with upstream(a=named) as shop:

        async def shopper(name: str) -> None:
            for _ in range(5):
                found = await client.get(shop.base + "/a", headers={"x-shopper": name, "cookie": f"s={name}"})
                assert found.text == name

        await asyncio.gather(*(shopper(f"n{n}") for n in range(8)))
    assert all(request.headers["cookie"] == f"s={request.headers['x-shopper']}" for request in shop.requests)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_nothing_is_sent_twice_though_a_kept_connection_closes(client: httpx.AsyncClient, method: str) -> None:
    async with upstream(b=closes) as shop:
        await client.get(shop.base + "/a")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.request(method, shop.base + "/b")
        assert shop.requests[-1].connection == 1, "the connection was kept"
    assert [request.path for request in shop.requests] == ["/a", "/b"]


@pytest.mark.parametrize(
    "path", ["/p%2Fq/%41%2C", "/%2e%2e/x?y=%2C%40&z=a%3Db%26c+%20", "/a//b", "/x?q=%C3%A4&s=%5B%5D"]
)
async def test_an_address_is_sent_as_it_was_written(client: httpx.AsyncClient, path: str) -> None:
    async with upstream() as shop:
        await client.get(shop.base + path)
        assert shop.requests[0].path == path


async def test_a_call_is_marked_and_its_cost_written_down(client: httpx.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = Sent(traceparent=trace, buyer="203.0.113.9")
    async with upstream(a=answer(zipped(b'{"a": "' + b"x" * 993 + b'"}'), content_encoding="gzip")) as shop:
        token = SENT.set(sent)
        await client.get(shop.base + "/a")
        await client.get(shop.base + "/a", headers={"traceparent": "own", "x-buyer-ip": "10.0.0.1"})
        SENT.reset(token)
        await client.get(shop.base + "/a", headers={"x-buyer-ip": "10.0.0.1"})
    assert [request.headers.get("traceparent") for request in shop.requests] == [trace, "own", None]
    assert [request.headers.get("x-buyer-ip") for request in shop.requests] == ["203.0.113.9", "203.0.113.9", None]
    assert (sent.requests, sent.bytes) == (2, 2_004)


async def test_a_cancelled_call_leaves_no_connection_behind(client: httpx.AsyncClient) -> None:
    async def half(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await hang(request, writer)

    async with upstream(a=hang, b=half) as shop:
        asked = [asyncio.create_task(client.get(shop.base + path)) for path in ("/a", "/b") for _ in range(5)]
        await shop.until(lambda: len(shop.requests) == 10)
        for task in asked:
            task.cancel()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in outcomes)
        await shop.until(lambda: shop.open == 0)
        assert (await client.get(shop.base + "/c")).status_code == 200


async def test_certificates_are_verified() -> None:
    assert lent._tls().check_hostname
    assert lent._tls().verify_mode.name == "CERT_REQUIRED"
