"""A backend that dies, and one that hangs, while the store is asked: what shoppers see, and how soon it is over.

    python -m tests.benchmarks.outage [--seconds 20] [--workers 2] [--visitors 6] [--carts 3]

`portico run` on the Saleor adapter, whose backend is another process on loopback (`outage_backend`). Visitors browse, others
fill bags and go to the checkout: in peace, after `kill -9`, after its return, after SIGSTOP, after SIGCONT. What the shop
keeps is current for five seconds here, and asked for anew then, so that twenty seconds stand for long ones. Printed for each
phase, for browsing and for bag and checkout: answers by status, p50 and p99 in milliseconds, the share shown from old
answers, and after a return the seconds until the last answer that was not as in peace. Then whether each bag holds what its
owner was told. At first: what a thousand cold reads of one product at once ask of the backend.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx

from tests.benchmarks.outage_backend import serve
from tests.benchmarks.pages import ROOT, free_port, ready

COLD = 1_000
PLACE = "/en-gb"
PRODUCTS = ("harbour-mug", "plain-tee", "sold-out-jug", "tea-towel", "bread-board")
PATHS = (
    PLACE,
    f"{PLACE}/categories/kitchen",
    f"{PLACE}/categories/mugs",
    f"{PLACE}/search?q=mug",
    *(f"{PLACE}/products/{slug}" for slug in PRODUCTS),
)
FULL = 30
"""Pieces after which somebody begins another bag: there are forty."""
KEPT = ("catalog.product", "catalog.products", "catalog.category", "catalog.navigation", "catalog.availability")
SHOP = """
use = "shop"
[store]
name = "Almanac"
[server]
timings = true
log = "error"
[markets.gb]
country = "GB"
currency = "GBP"
locales = {{ "en-GB" = "en-gb" }}
backend = {{ channel = "gb" }}
[limits]
first_post = "9999/1s"
[backends.shop]
adapter = "saleor"
[backends.shop.settings]
url = "http://127.0.0.1:{port}/graphql/"
app_token = "app"
payments.invoice.how = "manual"
"""
Kind = Literal["browsing", "bag and checkout"]
KINDS: tuple[Kind, ...] = ("browsing", "bag and checkout")


@dataclass
class Answered:
    at: float
    seconds: float
    status: str
    old: bool


@dataclass
class Owner:
    """Somebody with a bag, and what they were told of it: pieces surely in it, and pieces nobody can know of."""

    http: httpx.AsyncClient
    sure: int = 0
    unsure: int = 0


@dataclass
class Bench:
    url: str
    upstream: str
    answered: dict[Kind, list[Answered]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    owners: list[Owner] = field(default_factory=list)
    until: float = 0.0

    def client(self, connections: int = 4) -> httpx.AsyncClient:
        kept = httpx.Limits(max_keepalive_connections=connections)
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30.0, limits=kept)

    async def cold(self) -> None:
        """Each read over a connection of its own, all at once; raw, as httpx would be what is measured."""
        before = await self._counted()
        host, port = urlsplit(self.url).hostname, urlsplit(self.url).port
        request = f"GET {PLACE}/products/oat-drink HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        begun = time.monotonic()

        async def read() -> str:
            for _ in range(3):  # a full backlog is no answer of the store's
                try:
                    reader, writer = await asyncio.open_connection(host, port)
                    writer.write(request.encode())
                    text = await reader.read()
                    writer.close()
                    return text[9:12].decode()
                except OSError:
                    continue
            return "no connection"

        statuses = Counter(await asyncio.gather(*(read() for _ in range(COLD))))
        took = time.monotonic() - begun
        asked = await self._counted() - before
        print(f"{COLD} cold reads of one product at once: {dict(statuses)} in {took:.1f} s")
        print(f"  asked of the backend: {sum(asked.values())} {dict(asked)}", flush=True)

    async def _counted(self) -> Counter[str]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return Counter((await http.get(f"{self.upstream}/count")).json())

    async def phase(self, title: str, seconds: float, visitors: int, carts: int, *, returned: bool = False) -> None:
        self.answered = {kind: [] for kind in KINDS}
        begun = time.monotonic()
        self.until = begun + seconds
        order = itertools.cycle(PATHS)
        async with asyncio.TaskGroup() as group:
            for _ in range(visitors):
                group.create_task(self._visitor(order))
            while len(self.owners) < carts:
                self.owners.append(Owner(self.client()))
            for n in range(carts):
                group.create_task(self._owner(n - carts))
        print(f"{title}, {seconds:.0f} s")
        for kind in KINDS:
            self._print(kind, begun if returned else None)

    def _print(self, kind: Kind, returned: float | None) -> None:
        found = self.answered[kind]
        times = [one.seconds * 1000 for one in found]
        cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
        counts = Counter(one.status for one in found)
        shares = ", ".join(f"{status} {count / len(found):.1%}" for status, count in sorted(counts.items()))
        old = sum(one.old for one in found) / max(1, len(found))
        line = f"  {kind:<17}{len(found):>6} answers: {shares}; p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms; old {old:.1%}"
        if returned is not None:
            last = max((one.at for one in found if one.old or one.status not in ("200", "303")), default=returned)
            line += f"; as in peace after {last - returned:.1f} s"
        print(line, flush=True)

    async def _asked(self, kind: Kind, http: httpx.AsyncClient, path: str, **form: str) -> httpx.Response | None:
        begun = time.monotonic()
        answer: httpx.Response | None = None
        try:
            if form:
                answer = await http.post(path, data=form, headers={"sec-fetch-site": "same-origin"})
            else:
                answer = await http.get(path)
            status, old = str(answer.status_code), '"stale' in answer.headers.get("server-timing", "")
        except httpx.TransportError as error:
            status, old = type(error).__name__, False
        now = time.monotonic()
        self.answered[kind].append(Answered(now, now - begun, status, old))
        return answer

    async def _visitor(self, order: Iterator[str]) -> None:
        async with self.client(0) as http:  # each request may come to another process: all have seen everything
            while time.monotonic() < self.until:
                await self._asked("browsing", http, next(order))
                await asyncio.sleep(0.05)

    async def _owner(self, n: int) -> None:
        kind: Kind = "bag and checkout"
        while time.monotonic() < self.until:
            one = self.owners[n]
            if one.sure + one.unsure >= FULL:
                one = self.owners[n] = await self._next(one)
            added = await self._asked(
                kind, one.http, f"{PLACE}/cart/lines", sku="SKU-61", quantity="1", mutation=secrets.token_urlsafe(16)
            )
            if added is None or added.status_code == 504:
                one.unsure += 1
            elif added.status_code in (200, 303):
                one.sure += 1
            for path in ("cart", "checkout/details"):
                await self._asked(kind, one.http, f"{PLACE}/{path}")
            await asyncio.sleep(0.1)

    async def _next(self, one: Owner) -> Owner:
        self.owners.insert(0, one)
        return Owner(self.client())

    async def bags(self) -> None:
        wrong: list[str] = []
        for one in self.owners:
            text = (await one.http.get(f"{PLACE}/cart")).text
            found = sum(map(int, re.findall(r'name="q\.[^"]+"[^>]*? value="(\d+)"', text)))
            if not one.sure <= found <= one.sure + one.unsure:
                wrong.append(f"{found} instead of {one.sure} to {one.sure + one.unsure}")
            await one.http.aclose()
        sure, unsure = sum(one.sure for one in self.owners), sum(one.unsure for one in self.owners)
        print(
            f"{len(self.owners)} bags, {sure} pieces told to be in, {unsure} unsure; with another number: {wrong or 0}"
        )


class Backend:
    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.outage",
            "--backend",
            str(self.port),
            str(self.folder / "carts"),
        ]
        self.process = subprocess.Popen(command, cwd=ROOT)
        ready(f"{self.url}/count", self.process)
        return self.process

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def store(backend: Backend, folder: Path, workers: int) -> Iterator[str]:
    shop, port = folder / "shop", free_port()
    shop.mkdir()
    policy = "".join(
        f'[backends.shop.policy."{name}"]\nfresh = 5\nrevalidate = 0\n' for name in (*KEPT, "search.listing")
    )
    (shop / "portico.toml").write_text(SHOP.format(port=backend.port) + policy)
    own = {"PORTICO_SERVER__VAR": str(folder), "PORTICO_SERVER__PORT": str(port)}
    command = [sys.executable, "-m", "bff", "--shop", str(shop), "run", "--workers", str(workers)]
    server = subprocess.Popen(command, cwd=folder, env={**os.environ, **own})
    try:
        ready(f"http://127.0.0.1:{port}/-/ready", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


async def measured(url: str, backend: Backend, chosen: argparse.Namespace) -> None:
    bench, load = Bench(url, backend.url), (chosen.seconds, chosen.visitors, chosen.carts)
    await bench.cold()
    await bench.phase("in peace", *load)
    backend.end()
    await bench.phase("killed", *load)
    backend.start()
    await bench.phase("back", *load, returned=True)
    backend.process.send_signal(signal.SIGSTOP)
    await bench.phase("hanging", *load)
    backend.process.send_signal(signal.SIGCONT)
    await bench.phase("going on", *load, returned=True)
    await bench.bags()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--visitors", type=int, default=6)
    parser.add_argument("--carts", type=int, default=3)
    parser.add_argument("--backend", nargs=2, metavar=("PORT", "FILE"), help="be the backend")
    chosen = parser.parse_args()
    if chosen.backend:
        asyncio.run(serve(int(chosen.backend[0]), Path(chosen.backend[1])))
    with tempfile.TemporaryDirectory(prefix="portico-outage-") as name:
        folder = Path(name)
        backend = Backend(free_port(), folder)
        try:
            with store(backend, folder, chosen.workers) as url:
                asyncio.run(measured(url, backend, chosen))
        finally:
            backend.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
