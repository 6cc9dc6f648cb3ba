"""What other shoppers feel while somebody asks for the heaviest listing, over a catalogue of 100,000 products.

    python -m tests.benchmarks.neighbours [--products 100000] [--seconds 50] [--rate 5]

One server, one worker, the embedded engine. The heavy page is a category that holds a tenth of the catalogue, two facets
chosen, sorted by price, page 3. It is asked for at a steady rate (`--rate` a second, two at a time at most), each time with
other values, so that nothing counted or rendered before serves again. Beside it a product page, a content page and home are
asked for in turn at 30 requests a second, by turns without the heavy page and with it, in ten rounds of each: `--seconds`
of each in all, 500 answers of every page. Printed: p50 and p99 of each page in milliseconds, alone and beside the heavy one,
their ratio, and between what the ratio lies in nine of ten samples of the rounds (drawn again with replacement). Read
ratios: generator and server share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import httpx

from adapters.embedded.generate import generate
from adapters.embedded.settings import Settings

from .pages import cpu_seconds, free_port, granian, ready, server

RATE = 30.0
ROUNDS = 10
DRAWS = 400
CHANCE = random.Random(3)
TOGETHER = 2
PLACE = "de-de"
LISTING = f"/{PLACE}/categories/alltag"

Times = dict[str, list[float]]
"""Milliseconds of the answers of each page."""


async def heavy_addresses(client: httpx.AsyncClient) -> Iterator[str]:
    """Pages 3 of the listing with two facets chosen, each other than the ones before; in an order of chance that is always
    the same."""
    form = (await client.get(LISTING)).text
    colours, made = (re.findall(rf'name="f\.{facet}" value="([^"]+)"', form) for facet in ("colour", "made"))
    chosen = [
        [*(("f.colour", colour) for colour in some), *(("f.made", one) for one in others)]
        for some in itertools.combinations(colours, 3)
        for others in itertools.combinations(made, 2)
    ]
    random.Random(2).shuffle(chosen)
    return (
        f"{LISTING}?{urlencode([*pairs, ('sort', 'price-asc'), ('page', '3')])}" for pairs in itertools.cycle(chosen)
    )


async def asked(client: httpx.AsyncClient, address: str, times: list[float]) -> None:
    began = time.perf_counter()
    answer = await client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    times.append((time.perf_counter() - began) * 1000)


async def steadily(
    client: httpx.AsyncClient, addresses: Iterator[tuple[str, str]], rate: float, seconds: float
) -> Times:
    """Ask for `addresses` (name and address) at `rate` a second, each at a moment of chance in its own share of it: of two
    such series with plain beats, one page would always meet the heavy one and the others never. Answers are not waited
    for: what a slow server makes wait is counted as waiting."""
    times: Times = {}
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(began + (number + CHANCE.random()) / rate - time.perf_counter())
            name, address = next(addresses)
            group.create_task(asked(client, address, times.setdefault(name, [])))
    return times


async def measured(base: str, pid: int, rate: float, seconds: float) -> tuple[list[Times], list[Times]]:
    """The pages' times of each round, alone and beside the heavy listing, whose own stand with the latter."""
    limits = httpx.Limits(max_connections=64)
    async with (
        httpx.AsyncClient(base_url=base, timeout=30, limits=limits) as client,
        httpx.AsyncClient(base_url=base, timeout=30, limits=httpx.Limits(max_connections=TOGETHER)) as shopper,
    ):
        addresses = await heavy_addresses(client)
        product = re.findall(rf'href="(/{PLACE}/products/[^"?#]+)"', (await client.get(LISTING)).text)[0]
        content = re.findall(rf'href="(/{PLACE}/pages/[^"?#]+)"', (await client.get(f"/{PLACE}")).text)[0]
        pages = itertools.cycle((("product", product), ("content", content), ("home", f"/{PLACE}")))
        heavy = (("the listing", address) for address in addresses)
        await steadily(client, pages, RATE, 2)
        alone: list[Times] = []
        beside: list[Times] = []
        spent = cpu_seconds(pid)
        for _ in range(ROUNDS):
            alone.append(await steadily(client, pages, RATE, seconds / ROUNDS))
            both = (steadily(client, pages, RATE, seconds / ROUNDS), steadily(shopper, heavy, rate, seconds / ROUNDS))
            others, listing = await asyncio.gather(*both)
            beside.append({**others, **listing})
        used = (cpu_seconds(pid) - spent) / (2 * seconds)
    print(f"the server was busy {used:.0%} of the time on one core")
    return alone, beside


def p(rounds: Sequence[Times], page: str, per_cent: int) -> float:
    """A percentile of a page's times in all rounds."""
    times = [one for found in rounds for one in found[page]]
    return statistics.quantiles(times, n=100, method="inclusive")[per_cent - 1]


def between(alone: list[Times], beside: list[Times], page: str, per_cent: int) -> tuple[float, float]:
    """What the ratio of two percentiles lies between in nine of ten draws of the rounds."""
    chance = random.Random(1)
    ratios = sorted(
        p(chance.choices(beside, k=len(beside)), page, per_cent)
        / p(chance.choices(alone, k=len(alone)), page, per_cent)
        for _ in range(DRAWS)
    )
    return ratios[DRAWS // 20], ratios[-DRAWS // 20]


def report(alone: list[Times], beside: list[Times]) -> None:
    for name in ("page", *beside[0]):
        cells = ""
        for percentile in (50, 99):
            if name == "page":
                cells += f" {f'p{percentile} alone':>10} {'beside':>8} {'ratio':>6} {'(9 of 10)':>12}"
                continue
            after = p(beside, name, percentile)
            if name not in alone[0]:
                cells += f" {'':10} {after:8.1f} {'':19}"
                continue
            before = p(alone, name, percentile)
            low, high = between(alone, beside, name, percentile)
            cells += f" {before:10.1f} {after:8.1f} {after / before:6.2f} {f'({low:.2f}–{high:.2f})':>12}"
        print(f"{name:12}{cells}")


async def filled(file: str, products: int) -> None:
    async for _ in generate(Settings(database=file), {"products": products}):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--database", help="a file to keep the catalogue in for the next run")
    parser.add_argument("--seconds", type=float, default=50)
    parser.add_argument("--rate", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portico-neighbours-") as name, ExitStack() as running:
        file = options.database or str(Path(name) / "shop.sqlite")
        if not Path(file).exists():
            asyncio.run(filled(file, options.products))
        port = free_port()
        environment = {"PORTICO_SERVER__PORT": str(port), "PORTICO_SERVER__VAR": str(Path(name) / "var")}
        environment["PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE"] = file
        store = running.enter_context(server(granian("bff.serve:app", port, "--factory"), environment))
        base = f"http://127.0.0.1:{port}"
        ready(f"{base}/-/live", store, 180)
        alone, beside = asyncio.run(measured(base, store.pid, options.rate, options.seconds))
    print(f"{options.products} products, the listing {options.rate:g} times a second, other pages {RATE:g}")
    report(alone, beside)


if __name__ == "__main__":
    main()
