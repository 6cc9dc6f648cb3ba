"""The client lent to adapters: httpx in front, aiohttp's connections behind.

httpx's own pool looks through all its connections for each request; at thirty-two calls in flight that costs ten times
the CPU. Whoever adapts a backend sees `httpx.AsyncClient` and httpx's exceptions. It keeps no cookies, follows no redirects,
sends nothing twice, and hands on no answer that is too large, too deep or cut off.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import zlib
from http.cookiejar import DefaultCookiePolicy
from itertools import accumulate
from typing import Any, cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from bff.ports import Malformed

from .sending import SENT

LARGEST_BODY = 8_000_000
"""Bytes of an answer's body, decompressed."""
DEEPEST_JSON = 64
CONNECTIONS = 256
"""More than all places of the bulkheads together need, so that nobody waits here for another's."""
KEPT_OPEN = 4.0
"""Seconds an idle connection is kept. Node closes its ends after five; a request must not meet that."""
TRANSFERRED = ("content-encoding", "content-length", "transfer-encoding")
"""What an answer says of its way here, and of its body no more."""

_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class LentClient(httpx.AsyncClient):
    """Follows no redirect, whatever it is asked."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        return await super().send(request, **{**options, "follow_redirects": False})


def lent_client(
    transport: httpx.AsyncBaseTransport | None = None, *, buyer_header: str | None = None
) -> httpx.AsyncClient:
    """A client for one opened backend. `transport` stands in for the network (the conformance kit's). `buyer_header` is set
    to the shopper's address on a shopper's own calls, and on no others. To be closed by who asked for it."""
    session = _Session() if transport is None else None
    inner = transport or AiohttpTransport(verify=_tls(), client=cast(Any, session))
    client = LentClient(
        transport=Transport(inner, buyer_header, session),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(10.0, connect=2.0),  # the chain bounds each call; these are for what runs outside of it
        headers={"user-agent": "portico", "accept-encoding": "gzip"},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Session:
    """What the transport takes for aiohttp's session, or for what makes one. The first request opens it, inside the event
    loop. It sends addresses as httpx has written them: aiohttp would write `%2C` as a comma and leave out `%2E%2E`."""

    def __init__(self) -> None:
        self._opened: aiohttp.ClientSession | None = None

    def __call__(self) -> _Session:
        return self

    def request(self, *, url: str, **options: Any) -> Any:
        self._opened = self._opened or _session()
        return self._opened.request(url=URL(url, encoded=True), **options)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=_tls(), limit=CONNECTIONS, keepalive_timeout=KEPT_OPEN, ttl_dns_cache=30)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
    # aiohttp sends a PUT or DELETE again where a kept connection turns out to be closed; it may have been carried out.
    session._retry_connection = False
    return session


class Transport(httpx.AsyncBaseTransport):
    """Adds what every request of a call carries, and reads the whole answer, within its bounds."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, buyer_header: str | None = None, session: _Session | None = None
    ) -> None:
        self._inner, self._buyer_header, self._session = inner, buyer_header, session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = SENT.get()
        if self._buyer_header:
            request.headers.pop(self._buyer_header, None)
        if sent is not None:
            sent.requests += 1
            if sent.traceparent:
                request.headers.setdefault("traceparent", sent.traceparent)
            if sent.buyer and self._buyer_header:
                request.headers[self._buyer_header] = sent.buyer
        try:
            answer = await self._inner.handle_async_request(request)
            stream = answer.stream
            assert isinstance(stream, httpx.AsyncByteStream)
            try:
                body = await _read(answer, stream)
            finally:
                await stream.aclose()
        except (httpx.TransportError, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _named(error, request) from error
        if sent is not None:
            sent.bytes += len(body)
        if "json" in answer.headers.get("content-type", "") and depth(body) > DEEPEST_JSON:
            raise Malformed(f"JSON deeper than {DEEPEST_JSON}")
        for name in TRANSFERRED:
            if name in answer.headers:
                del answer.headers[name]
        answer.stream = httpx.ByteStream(body)  # the same answer: another one would cost as much again
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()
        if self._session is not None:
            await self._session.close()


async def _read(answer: httpx.Response, stream: httpx.AsyncByteStream) -> bytes:
    """The body, decompressed as it comes. Raises `Malformed` before it is larger than it may be."""
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "x-gzip"):
        raise Malformed("compressed in a way nobody asked for")
    opener = zlib.decompressobj(31) if "gzip" in coding else None
    parts: list[bytes] = []
    size = came = 0
    async for part in stream:
        came += len(part)
        if opener is not None:
            try:
                part = opener.decompress(part, LARGEST_BODY + 1 - size)
            except zlib.error:
                raise Malformed("no gzip") from None
        size += len(part)
        if size > LARGEST_BODY:
            raise Malformed(f"more than {LARGEST_BODY} bytes")
        parts.append(part)
    if opener is not None and came and not opener.eof:
        raise httpx.RemoteProtocolError("the compressed answer was cut off")
    return b"".join(parts)


def depth(body: bytes) -> int:
    """How deep JSON goes, or a bound for it that is no greater than `DEEPEST_JSON` where that is enough to know."""
    bound = body.count(b"[") + body.count(b"{")
    if bound <= DEEPEST_JSON:
        return bound
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = body.translate(None, _STRUCTURE).replace(b'""', b"")  # most texts are empty now, and gone
    if b'"' in marks:
        marks = b"".join(marks.split(b'"')[::2])
    return max(accumulate(map(_STEP.__getitem__, marks)), default=0)


def _named(error: Exception, request: httpx.Request) -> httpx.TransportError:
    """The failure in httpx's words. The transport beneath takes a refused connection for a timeout, and lets some
    exceptions of aiohttp through."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) and error.__cause__ else error
    kind: type[httpx.TransportError]
    match cause:
        case aiohttp.ConnectionTimeoutError():
            kind = httpx.ConnectTimeout
        case TimeoutError() | asyncio.TimeoutError():
            kind = httpx.ReadTimeout
        case aiohttp.ClientConnectorError():
            kind = httpx.ConnectError
        case aiohttp.InvalidURL():
            kind = httpx.UnsupportedProtocol
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError() | aiohttp.ServerDisconnectedError():
            kind = httpx.RemoteProtocolError
        case httpx.TransportError():
            return cause
        case _:
            kind = httpx.ReadError
    return kind(f"{type(cause).__name__}", request=request)
