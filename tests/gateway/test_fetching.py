"""Pictures' origins over real sockets: which addresses are connected to, what is taken, and for how long."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest

from bff.gateway.fetching import PictureClient, Validators
from bff.ports import BackendError, DeadlineExceeded, Malformed, NotFound, Unavailable
from tests.gateway.upstream import Behaviour, Request, answer, closes, cut, hang, refused, upstream

pytestmark = pytest.mark.anyio
PHOTO = b"\xff\xd8" + b"photo" * 40_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def anywhere(address: object) -> bool:
    return True


def photo(body: bytes = PHOTO, status: str = "200 OK", content_type: str = "image/jpeg", **headers: str) -> Behaviour:
    return answer(body, status, content_type=content_type, **headers)


async def fetched(client: PictureClient, url: str, since: Validators | None = None) -> tuple[bytes, Validators | None]:
    parts: list[bytes] = []
    try:
        said = await client.fetch(url, parts.append, since or Validators())
    finally:
        await client.close()
    return b"".join(parts), said


async def test_a_picture_comes_whole_with_what_is_said_of_it() -> None:
    async with upstream(a=photo(etag='"1"', last_modified="Sun, 22 Nov 2026 10:00:00 GMT")) as origin:
        body, said = await fetched(PictureClient(anywhere), f"{origin.base}/a")
    assert body == PHOTO
    assert said == Validators('"1"', "Sun, 22 Nov 2026 10:00:00 GMT")
    sent = origin.requests[0].headers
    assert not {"cookie", "authorization", "referer", "x-forwarded-for", "traceparent"} & sent.keys()
    assert sent["accept-encoding"] == "identity"


async def test_what_did_not_change_is_not_sent_again() -> None:
    async with upstream(a=answer(b"", "304 Not Modified", content_type="image/jpeg")) as origin:
        body, said = await fetched(PictureClient(anywhere), f"{origin.base}/a", Validators('"1"', "then"))
    assert (body, said) == (b"", None)
    assert origin.requests[0].headers["if-none-match"] == '"1"'
    assert origin.requests[0].headers["if-modified-since"] == "then"


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (photo(status="302 Found", location="http://169.254.169.254/latest/meta-data"), Malformed),
        (photo(status="301 Moved Permanently", location="//127.0.0.1:1/b"), Malformed),
        (photo(status="301 Moved Permanently", location="http://[/b"), Malformed),
        (photo(status="300 Multiple Choices", location="/b"), Malformed),
        (photo(content_type="text/html; charset=utf-8"), Malformed),
        (photo(content_type="application/json"), Malformed),
        (photo(content_type="image/svg+xml"), Malformed),
        (photo(content_encoding="gzip"), Malformed),
        (photo(content_length="99999999999"), Malformed),
        (photo(b"x" * 300_001), Malformed),
        (photo(status="404 Not Found"), NotFound),
        (photo(status="410 Gone"), NotFound),
        (photo(status="500 Oops"), Unavailable),
        (photo(status="429 Slowly"), Unavailable),
        (photo(status="206 Partial Content"), Unavailable),
        (photo(b"", "304 Not Modified"), Malformed),
        (cut(answer(PHOTO, length=len(PHOTO) + 1, content_type="image/jpeg")), Unavailable),
        (closes, Unavailable),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
async def test_what_is_no_picture_is_a_failure_with_a_name(behaviour: Behaviour, kind: type[BackendError]) -> None:
    async with upstream(a=behaviour) as origin:
        with pytest.raises(kind):
            await fetched(PictureClient(anywhere, largest=300_000), f"{origin.base}/a")
    assert [request.path for request in origin.requests] == ["/a"], "nowhere else was asked"


async def test_one_redirect_within_the_origin_is_followed() -> None:
    there = photo(status="302 Found", location="/b")
    async with upstream(a=there, b=photo(etag='"1"')) as origin:
        body, said = await fetched(PictureClient(anywhere), f"{origin.base}/a", Validators('"0"'))
        assert (body, said) == (PHOTO, Validators('"1"'))
        assert [request.headers.get("if-none-match") for request in origin.requests] == ['"0"', '"0"']
    async with upstream(a=there, b=there) as origin:
        with pytest.raises(Malformed, match="redirect"):
            await fetched(PictureClient(anywhere), f"{origin.base}/a")
        assert len(origin.requests) == 2


async def test_a_length_that_is_not_said_is_bounded_too() -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()

    async with upstream(a=endless) as origin:
        with pytest.raises(Malformed, match="more than 300000 bytes"):
            await fetched(PictureClient(anywhere, largest=300_000), f"{origin.base}/a")


async def test_who_drips_or_says_nothing_is_left_in_time() -> None:
    async def drips(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: 9999999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async with upstream(a=drips, b=hang) as origin:
        for path in ("/a", "/b"):
            with pytest.raises(DeadlineExceeded):
                await fetched(PictureClient(anywhere, seconds=0.15), origin.base + path)


async def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await fetched(PictureClient(anywhere), f"{refused()}/a")


async def test_no_more_than_a_few_are_fetched_at_once() -> None:
    client = PictureClient(anywhere)
    async with upstream(a=hang) as origin:
        tasks = [asyncio.create_task(client.fetch(f"{origin.base}/a", len, Validators())) for _ in range(20)]
        await origin.until(lambda: len(origin.requests) == 8)
        assert origin.accepted == 8
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()


def public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"])
async def test_an_address_in_place_of_a_name_is_judged(host: str) -> None:
    with pytest.raises(Malformed, match="private"):
        await fetched(PictureClient(public), f"http://{host}:1/a")


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
async def test_a_name_for_a_private_address_is_judged(host: str) -> None:
    async with upstream(a=photo()) as origin:
        with pytest.raises((Malformed, Unavailable)):
            await fetched(PictureClient(public), f"http://{host}:{origin.port}/a")
    assert not origin.accepted


async def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    """A name that answers differently the second time (DNS rebinding) gains nothing: there is no second time."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    def first(address: object) -> bool:
        return str(address) == "127.0.0.1"

    async with upstream(a=photo()) as origin:
        client = PictureClient(first, resolve=rebinding)
        body, _ = await fetched(client, f"http://shop.example:{origin.port}/a")
    assert body == PHOTO
    assert asked == ["shop.example"]
    assert origin.requests[0].headers["host"] == f"shop.example:{origin.port}"


async def test_one_private_address_among_several_refuses_all() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", "10.0.0.1"]

    with pytest.raises(Malformed, match="private"):
        await fetched(PictureClient(public, resolve=mixed), "http://shop.example/a")


async def test_a_name_that_does_not_resolve_is_unavailable() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(Unavailable):
        await fetched(PictureClient(public, resolve=unknown), "http://shop.example/a")
