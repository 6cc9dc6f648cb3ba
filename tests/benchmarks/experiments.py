"""What experiments cost a page: a product and a category with none, one and five running, and one variation against control.

    python -m tests.benchmarks.experiments [--rounds 20] [--requests 40]

The stores are open in one process, each with its own experiments; their variations are copies of the store's own templates,
so that what differs is the machinery. In each round every store is asked for every page, in random order, by visitors who
take part in everything, and the CPU time of the process is read. Printed: the lower quartile of microseconds a request, and
its ratio to the store's without experiments. Read ratios, not figures; the last line's distance from 1 is the noise.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import uuid
from contextlib import ExitStack
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
WARM = 5
PAGES = ("/en-gb/products/harbour-mug", "/en-gb/categories/kitchen")


def shop_with(folder: Path, count: int, database: Path) -> Shop:
    """A shop that runs the first `count` of the experiments, opened."""
    shop = folder / "shop"
    (shop / "templates").mkdir(parents=True)
    (shop / "portico.toml").write_text(trial.DEMO.read_text())
    for number, path in enumerate(CONTESTED[:count]):
        trial.experiment(shop, f"trial-{number}", {path: (TEMPLATES / path).read_text()})
    own = {"PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": str(database)}
    return opened(trial.settings(folder, shop, **own))  # type: ignore[return-value]


def cookies(shop: Shop, count: int) -> list[bytes]:
    """Visitors, half of whom see the variation of each experiment."""
    sealer = shop.store.sealer
    ids = [uuid.uuid5(uuid.NAMESPACE_URL, str(number)) for number in range(count)]
    return [sealer.seal_as(VISITOR, id.bytes, VISITOR_SECONDS).partition(";")[0].encode() for id in ids]


def visitors_of(shop: Shop, variation: str, count: int) -> list[bytes]:
    """Visitors who see this variation of the first experiment."""
    return [cookie.encode() for cookie in islice(trial.visitors(shop, **{"trial-0": variation}), count)]


def quartile(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=4)[0]


async def asked(shop: Shop, page: str, visitors: list[bytes]) -> float:
    """CPU microseconds a request, once what another store has left in the processor's caches is gone."""
    agent = (b"user-agent", trial.AGENT.encode())
    begun = 0.0
    for number, cookie in enumerate([*visitors[:WARM], *visitors]):
        if number == WARM:
            begun = time.process_time()
        answer = await ask(shop.app, "GET", page, [(b"cookie", cookie), agent])
        assert answer.status == 200
    return (time.process_time() - begun) / len(visitors) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        shops = {
            count: running.enter_context(shop_with(folder / str(count), count, folder / "e.sqlite"))  # type: ignore[arg-type]
            for count in (0, 1, 5)
        }
        samples: dict[tuple[str, int], list[float]] = {(page, count): [] for page in PAGES for count in shops}
        known = {count: cookies(shop, options.requests) for count, shop in shops.items()}
        sides = {side: visitors_of(shops[1], side, options.requests) for side in ("control", "b")}
        order = random.Random(1)
        between: dict[str, list[float]] = {side: [] for side in sides}
        for turn in range(options.rounds + 3):
            for side in order.sample([*sides], 2):
                spent = shops[1].run(partial(asked, shops[1], PAGES[0], sides[side]))
                if turn >= 3:
                    between[side].append(spent)
            for page, count in order.sample([*samples], len(samples)):
                shops[count].store.events.flush()
                spent = shops[count].run(partial(asked, shops[count], page, known[count]))
                if turn >= 3:
                    samples[page, count].append(spent)
    print(f"{options.rounds} rounds of {options.requests} requests each")
    print(f"{'page':32} {'experiments':>11} {'CPU µs':>8} {'ratio':>7}")
    for page in PAGES:
        for count in shops:
            spent = quartile(samples[page, count])
            print(f"{page:32} {count:11} {spent:8.0f} {spent / quartile(samples[page, 0]):7.3f}")
    print(f"a variation of the same template, to control: {quartile(between['b']) / quartile(between['control']):.3f}")


if __name__ == "__main__":
    main()
