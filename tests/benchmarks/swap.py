"""Backends swapped every second while the store is asked: what fails, what is mixed, what it costs.

    python -m tests.benchmarks.swap [--backends A B] [--seconds 60] [--workers 2] [--connections 8] [--carry]
                                    [--shop FOLDER | --other vendure --url URL]

Without a shop, two embedded backends stand behind one store: the demo, and a copy of it in which everything has another
name. `--other vendure` puts a real Vendure with the demo catalogue (`URL` is its shop API's; `tests/live` brings one up) in
the first's place. Before the load each backend is read in calm: what stands on its pages and never on the other's tells
whose a page is; and each product's address is asked at the backend that never had it. Printed: old addresses that answered
301, and to a page; answers, swaps and how long the processes took to follow, failed requests (no answer, 5xx, a product's
old address that leads nowhere), mixed pages, carts that lost something or have it twice (they stay where they were filled;
with `--carry` they go along at every swap, or a moment later where a backend could not be asked), p50 and p99 in ms.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bff import settings as configuration
from bff.own_secrets import key_ring
from bff.web import control_live
from bff.web.control import Control
from bff.web.ring import Ring
from tests.benchmarks.pages import free_port
from tests.live import vendure_shop
from tests.web.two import environment

PLACE = "/en-gb"
CALM_ROUNDS = 2
CARTS = 4
SETTLING = 90
"""Seconds after which a cart must hold again what was put in."""
PUT_IN = "2"
QUANTITY = re.compile(r'name="q\.[^"]+"[^>]* value="(\d)"')
TOKENS = re.compile(r'>([^<>]{3,})<|(?:href|src|value)="([^"]{3,})"')


@dataclass
class Figures:
    answers: Counter[int] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    mixed: int = 0
    told: int = 0
    unseen: int = 0
    lost: int = 0
    doubled: int = 0
    swaps: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    follow: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def tokens(text: str) -> set[str]:
    """What names a thing of the catalogue's; a part that was late and loads itself is nobody's."""
    return {found for a, b in TOKENS.findall(text) if "/_/" not in (found := (a or b).strip())}


class Bench:
    def __init__(self, url: str, control: Control, found: configuration.Settings, chosen: argparse.Namespace) -> None:
        self.url, self.control, self.found, self.carry = url, control, found, bool(chosen.carry)
        self.names: tuple[str, str] = (chosen.backends[0], chosen.backends[1])
        self.figures = Figures()
        self.marks: dict[str, set[str]] = {}
        self.paths: list[str] = []
        self.example = ""
        self.moved: Counter[int] = Counter()
        self.led: Counter[int] = Counter()
        self.until = 0.0

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30.0)

    async def swap(self, name: str) -> float:
        """Seconds until every process followed."""
        begun, found, control, carry = time.monotonic(), self.found, self.control, self.carry
        number = await control.write(lambda db: control_live.use(db, found, name, (), carry=carry, now=control.clock()))
        while True:
            there = await control.read(lambda db: control_live.processes(db, control.clock()))
            if there and all(process.number >= number for process in there):
                return time.monotonic() - begun
            if refused := [process.problem for process in there if process.refused == number]:
                self.figures.refused[refused[0]] += 1  # too busy to be probed: the process stays where it was
                return time.monotonic() - begun
            if time.monotonic() > begun + 60:
                raise SystemExit(f"not every process followed within a minute: {there}")
            await asyncio.sleep(0.02)

    async def calm(self) -> None:
        """Learn both backends' pages, and what is on those of one alone."""
        own: dict[str, list[set[str]]] = {name: [] for name in self.names}
        had: dict[str, set[str]] = {name: set() for name in self.names}
        async with self.client() as http:
            for name in self.names * CALM_ROUNDS:
                await self.swap(name)
                addresses = await self._addresses(http)
                had[name] |= {path for path in addresses if "/products/" in path}
                self.paths += [path for path in addresses if path not in self.paths]
                pages = [await http.get(path) for path in self.paths]
                own[name].append(set().union(*(tokens(page.text) for page in pages if page.status_code == 200)))
            await self._moved(http, had)
            if self.figures.refused:
                raise SystemExit(f"refused in calm: {dict(self.figures.refused)}")
        stable = {name: set.intersection(*found) for name, found in own.items()}
        ever = {name: set().union(*found) for name, found in own.items()}
        a, b = self.names
        self.marks = {a: stable[a] - ever[b], b: stable[b] - ever[a]}

    async def _moved(self, http: httpx.AsyncClient, had: dict[str, set[str]]) -> None:
        """Ask each backend for products' addresses that were the other's (a few are both's)."""
        for name, other in (self.names, self.names[::-1]):
            await self.swap(name)
            for path in sorted(had[other] - had[name]):
                answer = await http.get(path)
                self.moved[answer.status_code] += 1
                if answer.status_code == 301:
                    self.led[(await http.get(answer.headers["location"])).status_code] += 1

    async def _addresses(self, http: httpx.AsyncClient) -> list[str]:
        found = [PLACE, f"{PLACE}/search?q=mug"]
        for kind, most in (("categories", 4), ("products", 12)):
            text = (await http.get(f"/sitemaps{PLACE}/{kind}.xml")).text
            rooted = re.findall(rf"<loc>[^<]*?({PLACE}/{kind}/[^<]+)</loc>", text)
            found += rooted[:: max(1, len(rooted) // most)][:most]
        return found

    async def load(self, seconds: float, connections: int, *, swapping: bool) -> None:
        self.figures, self.until = Figures(), time.monotonic() + seconds
        order = itertools.cycle(self.paths)
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for n in range(CARTS):
                await self.swap(self.names[n % 2])
                owner = await stack.enter_async_context(self.client())
                headers = {"sec-fetch-site": "same-origin"}
                await owner.post(
                    f"{PLACE}/cart/lines", data={"sku": "HMUG-IND-SMA", "quantity": PUT_IN}, headers=headers
                )
                group.create_task(self._owner(owner))
            self.until = time.monotonic() + seconds
            for _ in range(connections):
                group.create_task(self._visitor(order))
            if swapping:
                group.create_task(self._swaps())

    async def _swaps(self) -> None:
        for name in itertools.cycle(self.names):
            if time.monotonic() >= self.until:
                return
            took = await self.swap(name)
            self.figures.follow.append(took)
            self.figures.swaps += 1
            await asyncio.sleep(max(0.0, 1.0 - took))

    async def _visitor(self, order: itertools.cycle[str]) -> None:
        async with self.client() as http:
            while time.monotonic() < self.until:
                path = next(order)
                answer = await self._asked(http, path)
                if answer is None or answer.status_code != 200:
                    continue
                shown = tokens(answer.text)
                whose = [name for name in self.names if shown & self.marks[name]]
                self.figures.told += bool(whose)
                self.figures.mixed += len(whose) > 1
                if len(whose) > 1 and not self.example:
                    self.example = f"{path}: { {name: sorted(shown & self.marks[name])[:6] for name in self.names} }"

    async def _owner(self, http: httpx.AsyncClient) -> None:
        while not self.until or time.monotonic() < self.until:
            answer = await self._asked(http, f"{PLACE}/cart")
            self.figures.unseen += answer is not None and answer.status_code == 200 and not QUANTITY.search(answer.text)
            await asyncio.sleep(0.2)
        held = ""
        for _ in range(SETTLING):  # what cannot be asked at a swap is carried later
            found = QUANTITY.search((await http.get(f"{PLACE}/cart")).text)
            if (held := found[1] if found else "") == PUT_IN:
                return
            await asyncio.sleep(1.0)
        self.figures.doubled += held > PUT_IN
        self.figures.lost += held < PUT_IN

    async def _asked(self, http: httpx.AsyncClient, path: str) -> httpx.Response | None:
        begun = time.monotonic()
        try:
            answer = await http.get(path)
        except httpx.TransportError as error:
            self.figures.failed[type(error).__name__] += 1
            return None
        self.figures.times.append((time.monotonic() - begun) * 1000)
        self.figures.answers[answer.status_code] += 1
        if answer.status_code >= 500 or (answer.status_code == 404 and "/products/" in path):
            self.figures.failed[f"{answer.status_code} {path}"] += 1
        return answer

    def print(self, title: str) -> None:
        one = self.figures
        cuts = statistics.quantiles(one.times, n=100) if len(one.times) > 1 else [0.0] * 99
        print(f"{title}: {sum(one.answers.values())} answers {dict(sorted(one.answers.items()))}")
        if one.swaps:
            usual, most = statistics.median(one.follow), max(one.follow)
            print(f"  {one.swaps} swaps, followed by all processes after {usual:.2f} s (most {most:.2f})")
            print(f"  refused swaps {sum(one.refused.values())} {dict(one.refused)}")
        print(f"  failed requests {sum(one.failed.values())} {dict(one.failed)}")
        print(f"  mixed pages {one.mixed} of {one.told} that tell whose they are; carts that lost something {one.lost}")
        print(f"  carts in which something is twice {one.doubled}")
        print(f"  bags shown without it for a moment {one.unseen}")
        print(f"  p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms", flush=True)


async def measured(url: str, found: configuration.Settings, chosen: argparse.Namespace) -> int:
    ring = Ring(key_ring(found), b"portico-control")
    async with Control(Path(found.server.var) / "control.sqlite", ring) as control:
        bench = Bench(url, control, found, chosen)
        await bench.calm()
        print(f"{len(bench.paths)} addresses; marks: { {name: len(found) for name, found in bench.marks.items()} }")
        print(f"old addresses of products: {dict(bench.moved)}, leading to {dict(bench.led)}")
        await bench.load(min(10.0, chosen.seconds), chosen.connections, swapping=False)
        bench.print("calm")
        await bench.load(chosen.seconds, chosen.connections, swapping=True)
        bench.print("swapping every second")
    if bench.example:
        print(f"mixed, for example {bench.example}")
    one = bench.figures
    bad = (
        one.failed
        or one.mixed
        or one.lost
        or one.doubled
        or (one.unseen and not chosen.carry)
        or bench.moved.keys() - {200, 301}
        or bench.led.keys() - {200}
    )
    return 1 if bad else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--backends", nargs=2, default=["default", "second"], metavar=("A", "B"))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--carry", action="store_true")
    parser.add_argument("--shop", type=Path)
    parser.add_argument("--other", choices=["vendure"])
    parser.add_argument("--url", metavar="URL")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portico-swap-") as name:
        folder, port = Path(name), free_port()
        own = {
            "PORTICO_SERVER__VAR": str(folder),
            "PORTICO_SERVER__PORT": str(port),
            "PORTICO_SERVER__LOG": "warning",
            **({} if chosen.shop else environment(folder)),
        }
        if chosen.other:
            chosen.shop = vendure_shop.shop(folder, chosen.url, folder)
        os.environ.update(own)
        command = [sys.executable, "-m", "bff", *(["--shop", str(chosen.shop)] if chosen.shop else [])]
        server = subprocess.Popen([*command, "run", "--workers", str(chosen.workers)], cwd=folder)
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    if httpx.get(f"{url}/-/ready", trust_env=False).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            return asyncio.run(measured(url, configuration.load(chosen.shop), chosen))
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    sys.exit(main())
