"""What the gateway costs: its chain beside a bare call, and the lent client beside httpx's own transport.

    python -m tests.benchmarks.gateway [--rounds 3]

CPU time of this process (user and system) per call, medians of rounds in which every contestant takes its turn. The backend
of the second table is a process of its own on loopback that answers after 20 ms. Read ratios, not figures: a busy machine
distorts both sides of them alike.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import ssl
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from bff.gateway.backends import composed
from bff.gateway.calls import BARE
from bff.gateway.chain import Gateway
from bff.gateway.client import lent_client
from bff.gateway.ledger import LEDGER, Ledger
from bff.gateway.tasks import Tasks
from bff.ports import Product
from tests.web.goods import MARKETS, context, offer, product

CALLS = 1_000
IN_FLIGHT = (1, 8, 32, 96)
BUDGET = 400.0
"""CPU microseconds of one upstream call at 32 and 96 in flight."""
DELAY = 0.02
Call = Callable[[int], Awaitable[Any]]


def table(title: str, columns: list[str], rows: list[tuple[str, list[str]]]) -> None:
    width = max(len(name) for name, _ in rows)
    print(f"\n{title}\n{'':{width}}" + "".join(f"{column:>16}" for column in columns))
    for name, cells in rows:
        print(f"{name:{width}}" + "".join(f"{cell:>16}" for cell in cells))


async def spent(call: Call, count: int) -> float:
    """CPU microseconds a call."""
    before = time.process_time()
    for n in range(count):
        await call(n)
    return (time.process_time() - before) / count * 1e6


class Instant:
    """A catalogue that answers without waiting."""

    sku_lookup = True
    answer = product()

    async def product(self, ctx: Any, /, *, slug: str, selection: Any = None) -> Product:
        return self.answer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.product


@contextlib.asynccontextmanager
async def embedded(folder: str) -> AsyncIterator[Any]:
    """The embedded backend's own ports, with nothing in front."""
    manifest = import_module("adapters.embedded").manifest
    own = manifest.settings(database=str(Path(folder) / "embedded.sqlite"))
    async with lent_client() as client, manifest.open(own, client, MARKETS) as found:
        yield found


async def chains(rounds: int, folder: str) -> None:
    ctx, tasks = context(seconds=36_000), Tasks()
    port, gateway = Instant(), Gateway()
    full = composed("shop", offer(catalog=port), links=gateway.links(tasks)).catalog
    near = composed("shop", offer(catalog=port), links=gateway.links(tasks, in_process=True)).catalog
    bare = composed("shop", offer(catalog=port), links=BARE).catalog
    async with embedded(folder) as found:
        sitemap = await found.catalog.sitemap(ctx, kind="product")
        slugs = [entry.link.slug for entry in sitemap.entries[:20]]
        contestants: dict[str, Call] = {
            "bare call": lambda n: port.product(ctx, slug="mug"),
            "trace and deadline": lambda n: bare.product(ctx, slug="mug"),
            "chain, in process": lambda n: near.product(ctx, slug="mug"),
            "chain, cache hit": lambda n: full.product(ctx, slug="mug"),
            "chain, cache miss": lambda n: full.product(ctx, slug=f"mug-{time.perf_counter_ns()}"),
            "embedded, bare call": lambda n: found.catalog.product(ctx, slug=slugs[n % len(slugs)]),
        }
        figures: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, call in contestants.items():
                LEDGER.set(Ledger())
                figures[name].append(await spent(call, CALLS))
    medians = {name: statistics.median(values) for name, values in figures.items()}
    own = medians["bare call"]
    rows = [(name, [f"{value:.1f}", f"{value - own:+.1f}"]) for name, value in medians.items()]
    table("The chain (CPU microseconds a call)", ["a call", "over a bare one"], rows)
    print(
        f"embedded bare / cache hit: {medians['embedded, bare call'] / medians['chain, cache hit']:.1f}; "
        f"upstream budget / miss: {BUDGET / medians['chain, cache miss']:.1f}"
    )


def backend(pipe: Any, body: bytes) -> None:
    """A process that answers every request after `DELAY`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(DELAY)
                writer.write(head + body)

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
        asyncio.get_running_loop().add_reader(pipe.fileno(), server.close)  # the other end has gone
        pipe.send(server.sockets[0].getsockname()[1])
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def backends(body: bytes) -> Any:
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=backend, args=(its, body), daemon=True)
    process.start()
    try:
        yield f"http://localhost:{mine.recv()}/"
    finally:
        process.terminate()
        process.join()


async def upstream(client: httpx.AsyncClient, url: str, in_flight: int, count: int) -> float:
    """CPU microseconds of a request, `in_flight` of them at any time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            answer = await client.get(url)
            answer.raise_for_status()

    await asyncio.gather(*(client.get(url) for _ in range(in_flight)))  # connections are open
    before = time.process_time()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return (time.process_time() - before) / count * 1e6


async def clients(rounds: int, title: str, body: bytes) -> bool:
    tls = ssl.create_default_context()
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    with backends(body) as url:
        async with httpx.AsyncClient(verify=tls, limits=limits, timeout=30) as stock, lent_client() as lent:
            found: dict[str, dict[int, list[float]]] = {"httpx's own": {}, "lent": {}}
            for _ in range(rounds):
                for k in IN_FLIGHT:
                    for name, client in (("httpx's own", stock), ("lent", lent)):
                        found[name].setdefault(k, []).append(await upstream(client, url, k, max(50, 4 * k)))
    medians = {name: {k: statistics.median(v) for k, v in one.items()} for name, one in found.items()}
    rows = [(name, [f"{medians[name][k]:.0f}" for k in IN_FLIGHT]) for name in medians]
    ratios = [f"{medians['httpx' + chr(39) + 's own'][k] / medians['lent'][k]:.1f}x" for k in IN_FLIGHT]
    table(
        f"An upstream call, {title} (CPU microseconds)",
        [f"{k} in flight" for k in IN_FLIGHT],
        [*rows, ("ratio", ratios)],
    )
    return all(medians["lent"][k] <= BUDGET for k in (32, 96))


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await chains(rounds, folder)
    card = {"id": "mug", "title": "The mug", "price": {"amount": "18.00", "currency": "GBP"}}
    small = await clients(rounds, "small answer", json.dumps(card).encode())
    large = await clients(rounds, "60 kB", json.dumps([card] * 750).encode())
    print(
        f"\nat most {BUDGET:.0f} us at 32 and 96 in flight: "
        f"small {'yes' if small else 'NO'}, 60 kB {'yes' if large else 'NO'}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    asyncio.run(main(parser.parse_args().rounds))
