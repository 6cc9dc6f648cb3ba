"""Pictures fetched from backends' origins. The addresses come out of backends' answers, so they are not trusted.

A name is resolved once for a connection, each address is judged, and the connection goes to the very address that was
judged: there is no second look-up that could say something else. No cookie is kept, no proxy of the environment
asked, and one redirect followed, within the origin: Saleor's addresses of pictures lead to the files it has made.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bff.ports import DeadlineExceeded, Malformed, NotFound, Unavailable

Permitted = Callable[[ipaddress.IPv4Address | ipaddress.IPv6Address], bool]
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
LARGEST = 25_000_000
SECONDS = 15.0
_PART = 65_536
_AT_ONCE = 8
_UNSAID = ("", "application/octet-stream", "binary/octet-stream")


class Validators(NamedTuple):
    """What the origin says of a content, to ask for it only if it changed."""

    etag: str | None = None
    modified: str | None = None


class PictureClient:
    """Fetches from addresses that `permitted` permits. `largest` in bytes; `seconds` bound a whole picture, however slowly
    it drips. To be closed."""

    def __init__(
        self,
        permitted: Permitted,
        *,
        largest: int = LARGEST,
        seconds: float = SECONDS,
        resolve: Resolve | None = None,
    ) -> None:
        self._judge = Judge(permitted, resolve or system_resolve)
        self._largest, self._seconds = largest, seconds
        self._session: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def fetch(self, url: str, write: Callable[[bytes], object], since: Validators) -> Validators | None:
        """Hand the picture's bytes to `write`; None where nothing changed `since`. Raises `NotFound`, `Unavailable`,
        `DeadlineExceeded`, and `Malformed` for what is no picture, too large, or somewhere else."""
        try:
            async with self._places, asyncio.timeout(self._seconds):
                return await self._fetch(url, write, since)
        except TimeoutError:
            raise DeadlineExceeded(f"the picture did not come within {self._seconds:g} seconds") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}"[:300]) from None

    async def _fetch(
        self, url: str, write: Callable[[bytes], object], since: Validators, *, led: bool = False
    ) -> Validators | None:
        self._judge.literal(urlsplit(url).hostname or "")
        headers = {"if-none-match": since.etag, "if-modified-since": since.modified}
        session = self._session = self._session or self._opened()
        sent = {name: value for name, value in headers.items() if value}
        async with session.get(URL(url, encoded=True), headers=sent, allow_redirects=False) as answer:
            if answer.status == 304 and sent:
                return None
            there = None if led else _beside(answer)
            if there is None:
                return await self._read(answer, write)
        return await self._fetch(str(there), write, since, led=True)

    async def _read(self, answer: aiohttp.ClientResponse, write: Callable[[bytes], object]) -> Validators:
        _check(answer)
        came = 0
        if (answer.content_length or 0) > self._largest:
            raise Malformed(f"more than {self._largest} bytes")
        async for part in answer.content.iter_chunked(_PART):
            came += len(part)
            if came > self._largest:
                raise Malformed(f"more than {self._largest} bytes")
            write(part)
        return Validators(_line(answer, "etag"), _line(answer, "last-modified"))

    def _opened(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=self._judge, use_dns_cache=False, limit=_AT_ONCE, keepalive_timeout=4.0
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=3.0, sock_read=8.0),
            headers={"user-agent": "portico", "accept": "image/*", "accept-encoding": "identity"},
        )
        session._retry_connection = False  # what fails is asked for again later, and not by aiohttp
        return session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Judge(AbstractResolver):
    """Resolves names to permitted addresses only."""

    def __init__(self, permitted: Permitted, resolve: Resolve) -> None:
        self._permitted, self._resolve = permitted, resolve

    def literal(self, host: str) -> None:
        """A host that is an address already never comes to `resolve`. Raises `Malformed`."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return
        if not self._permitted(address):
            raise Malformed(f"{host} is a private address")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [ipaddress.ip_address(one.partition("%")[0]) for one in await self._resolve(host, port)]
        if not all(map(self._permitted, found)):
            raise Malformed(f"{host} has a private address")
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Addresses by the system's resolver, each once."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _beside(answer: aiohttp.ClientResponse) -> URL | None:
    """Where a redirect leads that stays within the origin."""
    said = answer.headers.get("location", "") if answer.status in (301, 302, 303, 307, 308) else ""
    try:
        there = answer.url.join(URL(said)) if said else None
    except ValueError:
        return None
    return there if there is not None and there.origin() == answer.url.origin() else None


def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status in (404, 410):
        raise NotFound("the origin has no such picture", gone=answer.status == 410)
    if 300 <= answer.status < 400:
        raise Malformed("the picture is somewhere else (a redirect)")
    if answer.status != 200:
        raise Unavailable(f"the origin answered {answer.status}")
    if _line(answer, "content-encoding") not in (None, "identity"):
        raise Malformed("compressed though nobody asked for it")
    kind = (_line(answer, "content-type") or "").partition(";")[0].strip().lower()
    if kind == "image/svg+xml" or not (kind.startswith("image/") or kind in _UNSAID):
        raise Malformed(f"no picture but {kind}"[:100])


def _line(answer: aiohttp.ClientResponse, name: str) -> str | None:
    found = answer.headers.get(name)
    return found[:300] if found else None
