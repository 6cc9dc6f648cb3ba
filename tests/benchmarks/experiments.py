"""What experiments cost a page: a product and a category with none, one and five running, and one variation against control.

    python -m tests.benchmarks.experiments [--rounds 40] [--requests 40] [--same]

One store is open, and in each round, in random order, it has none, one and five experiments (their folders are put into
the shop and taken out, and the store told). Their variations are copies of the store's own templates, so that what differs
is the machinery. Visitors who take part in everything ask for every page, once unmeasured and once measured: the CPU time of
the process for each request. What a request costs is the lowest tenth of its rounds, undisturbed by other work of the
machine's. Printed: its mean over the visitors in microseconds, and the ratio to the store without experiments, with what
95 of 100 such ratios would lie within (a bootstrap over rounds). (Two equal stores side by side in one process differ by up
to 8 %, whatever they do: so there is only one.) With five experiments forty visitors are in most of 32 combinations, of
which each has parts of its own that the processor's caches do not hold: `--same` has them all see control.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from bff.web.measuring import VISITOR, VISITOR_SECONDS
from tests.experiments import trial
from tests.web.stage import Shop, ask, opened

TEMPLATES = Path(__file__).parents[2] / "templates"
CONTESTED = (
    "pages/product.html",
    "components/price.html",
    "components/card.html",
    "components/crumbs.html",
    "base.html",
)
COUNTS = (0, 1, 5)
PAGES = ("/en-gb/products/harbour-mug", "/en-gb/categories/kitchen")


@contextlib.contextmanager
def store(folder: Path) -> Iterator[Shop]:
    """A shop with all the experiments there are, opened."""
    shop = folder / "shop"
    (shop / "templates").mkdir(parents=True)
    (shop / "portico.toml").write_text(trial.DEMO.read_text())
    for number, path in enumerate(CONTESTED):
        trial.experiment(shop, f"trial-{number}", {path: (TEMPLATES / path).read_text()})
    own = {"PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": str(folder / "e.sqlite")}
    with opened(trial.settings(folder, shop, **own)) as found:
        yield found


def leave(shop: Shop, folder: Path, count: int) -> None:
    """Have the store run the first `count` of the experiments and know no others."""
    room, away = folder / "shop" / "templates" / "experiments", folder / "away"
    away.mkdir(exist_ok=True)
    for number in range(len(CONTESTED)):
        here, there = room / f"trial-{number}", away / f"trial-{number}"
        if number < count and there.exists():
            there.rename(here)
        elif number >= count and here.exists():
            here.rename(there)
    own = trial.experiments_of(shop)
    own._number = -1
    shop.run(own.look)
    assert len(own.running) == count


def cookies(shop: Shop, count: int) -> list[bytes]:
    """Visitors, half of whom see the variation of each experiment."""
    sealer = shop.store.sealer
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(count)]
    return [sealer.seal_as(VISITOR, id.bytes, VISITOR_SECONDS).partition(";")[0].encode() for id in ids]


def visitors_of(shop: Shop, count: int, **wanted: str) -> list[bytes]:
    """Visitors who see these variations."""
    return [cookie.encode() for cookie in islice(trial.visitors(shop, **wanted), count)]


async def asked(shop: Shop, page: str, visitors: list[bytes]) -> list[float]:
    """CPU microseconds of each visitor's request."""
    agent, spent = (b"user-agent", trial.AGENT.encode()), list[float]()
    for cookie in visitors:
        begun = time.process_time()
        answer = await ask(shop.app, "GET", page, [(b"cookie", cookie), agent])
        spent.append((time.process_time() - begun) * 1e6)
        assert answer.status == 200
    return spent


def measured(shop: Shop, page: str, visitors: list[bytes]) -> list[float]:
    """What was recorded of them is written before, and what another page has left in the processor's caches is gone."""
    shop.run(partial(asked, shop, page, visitors))
    shop.store.events.flush()
    return shop.run(partial(asked, shop, page, visitors))


Rounds = list[list[float]]
"""Rounds of one number a visitor."""


def cost(rounds: Rounds) -> float:
    tenth = max(1, len(rounds) // 10)
    return statistics.fmean(statistics.fmean(sorted(own)[:tenth]) for own in zip(*rounds, strict=True))


def ratio(some: Rounds, others: Rounds) -> str:
    chance, again = random.Random(1), list[float]()
    for _ in range(400):
        chosen = chance.choices(range(len(some)), k=len(some))
        again.append(cost([some[n] for n in chosen]) / cost([others[n] for n in chosen]))
    bounds = statistics.quantiles(again, n=40)
    return f"{cost(some) / cost(others):7.3f} ({bounds[0]:.3f} to {bounds[-1]:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--same", action="store_true", help="all visitors see control")
    options = parser.parse_args()
    samples: dict[tuple[str, int], Rounds] = {(page, count): [] for page in PAGES for count in COUNTS}
    between: dict[str, Rounds] = {side: [] for side in ("control", "b")}
    order = random.Random(1)
    with tempfile.TemporaryDirectory() as name, store(Path(name)) as shop:
        same = {f"trial-{number}": "control" for number in range(len(CONTESTED))}
        everybody = visitors_of(shop, options.requests, **same) if options.same else cookies(shop, options.requests)
        sides = {side: visitors_of(shop, options.requests, **{"trial-0": side}) for side in between}
        for turn in range(options.rounds + 1):
            for count in order.sample(COUNTS, len(COUNTS)):
                leave(shop, Path(name), count)
                for page in order.sample(PAGES, len(PAGES)):
                    spent = measured(shop, page, everybody)
                    if turn:
                        samples[page, count].append(spent)
                for side in order.sample([*sides], 2) if count == 1 else ():
                    spent = measured(shop, PAGES[0], sides[side])
                    if turn:
                        between[side].append(spent)
    print(f"{options.rounds} rounds of {options.requests} requests each")
    print(f"{'page':32} {'experiments':>11} {'CPU µs':>8} {'ratio':>7}")
    for page in PAGES:
        for count in COUNTS:
            spent = cost(samples[page, count])
            print(f"{page:32} {count:11} {spent:8.0f} {ratio(samples[page, count], samples[page, 0])}")
    print(f"a variation of the same template, to control: {ratio(between['b'], between['control'])}")


if __name__ == "__main__":
    main()
