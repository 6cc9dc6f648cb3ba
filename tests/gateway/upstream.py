"""A backend on a socket that behaves as told: bytes on the wire, nothing between them and the client."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Behaviour = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    reader: asyncio.StreamReader


@dataclass
class Upstream:
    """`base` names the host: aiohttp's cookie jar ignores addresses."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    open: int = 0
    accepted: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to have happened here."""
        async with asyncio.timeout(20):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.accepted += 1
        connection = self.accepted
        self.changed.set()
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, path, headers, body, connection, reader)
                self.requests.append(request)
                self.changed.set()
                await self.behaviours.get(path, plain)(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self.changed.set()
            writer.close()


@contextlib.asynccontextmanager
async def upstream(**behaviours: Behaviour) -> AsyncIterator[Upstream]:
    found = Upstream(behaviours={f"/{name}": behaviour for name, behaviour in behaviours.items()})
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    tasks = set(asyncio.all_tasks())
    try:
        yield found
    finally:
        server.close()
        for task in asyncio.all_tasks() - tasks:
            if "serve" in repr(task.get_coro()):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


def refused() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://localhost:{probe.getsockname()[1]}"


def answer(body: bytes = b"{}", status: str = "200 OK", length: int | None = None, **headers: str) -> Behaviour:
    """A whole answer; `length` lies about the body's."""
    lines = {"content-type": "application/json", "content-length": str(len(body) if length is None else length)}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    return write


plain = answer(json.dumps({"hello": "world"}).encode())


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client has gone."""
    await request.reader.read()


async def closes(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()
    raise ConnectionResetError


async def garbage(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01 this is no HTTP\r\n\r\n")


def cut(behaviour: Behaviour) -> Behaviour:
    """The answer, and then the connection is closed."""

    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        await behaviour(request, writer)
        await writer.drain()
        writer.close()
        raise ConnectionResetError

    return write


def zipped(body: bytes) -> bytes:
    return gzip.compress(body, 9)
