"""The backend of `tests.benchmarks.outage`: the small Saleor of the adapter's tests, behind a socket, in a process that can
be killed. What shoppers left in it stands in a file, as it would in a database."""

from __future__ import annotations

import asyncio
import json
import pickle
import re
from collections import Counter
from pathlib import Path

import httpx

from tests.adapters.saleor.stage import Saleor
from tests.gateway.upstream import Request, Upstream, answer

NAME = re.compile(rb"(?:query|mutation) (\w+)")


class Desk:
    """Answers, and counts by operation. What is the same for everybody is worked out once: the store is measured here, not
    a GraphQL engine."""

    def __init__(self, file: Path) -> None:
        self.file, self.saleor, self.known = file, Saleor(), dict[bytes, bytes]()
        self.counted: Counter[str] = Counter()
        if file.exists():
            self.saleor.checkouts = pickle.loads(file.read_bytes())

    async def ask(self, request: Request, writer: asyncio.StreamWriter) -> None:
        found = NAME.search(request.body)
        self.counted[found[1].decode() if found else "?"] += 1
        shared = b"heckout" not in request.body and b"mutation " not in request.body
        body = self.known.get(request.body) if shared else None
        if body is None:
            told = self.saleor(httpx.Request("POST", "/graphql/", content=request.body, headers=request.headers))
            self.saleor.asked.clear()
            body = told.content
            if shared:
                self.known[request.body] = body
            else:
                self._keep()
        await answer(body)(request, writer)

    async def count(self, request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(json.dumps(self.counted).encode())(request, writer)

    def _keep(self) -> None:
        new = self.file.with_suffix(".new")
        new.write_bytes(pickle.dumps(self.saleor.checkouts))
        new.replace(self.file)


async def serve(port: int, file: Path) -> None:
    desk = Desk(file)
    upstream = Upstream(port=port, behaviours={"/graphql/": desk.ask, "/count": desk.count})
    upstream.requests = _Forgetful()
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", port, backlog=1_024)
    async with server:
        await server.serve_forever()


class _Forgetful(list[Request]):
    def append(self, request: Request, /) -> None:
        return None
