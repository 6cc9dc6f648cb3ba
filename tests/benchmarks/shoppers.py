"""Three experiments on the demo store, driven by shoppers whose true rates are known; then what the reports say of them.

    python -m tests.benchmarks.shoppers [--shoppers 6000] [--days 14] [--seed 1] [--folder FOLDER]

The experiments stand in `tests/experiments/demo` (cards with the price first, other words on the way to the checkout) and
`tests/experiments/shop` (a gallery of all pictures at once). The store is open in this process and asked over ASGI, with
a clock that has the shoppers come over days. Each is a browser of its own: it opens a category, goes on to a product or not,
adds it or not, looks into the bag, and goes on to the checkout or not; some order. What they do
depends on what stands in the pages they were given, and on `RATES`; assignment, exposure and conversion are the store's.

The folder is kept, so that the report's page can be opened on it. Status 1 where a planted rate is not found again.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from functools import partial
from html import unescape
from pathlib import Path
from unittest.mock import patch

from bff import app as composition
from bff import settings as configuration
from bff.events.event import ADD_TO_CART, BEGIN_CHECKOUT
from bff.events.log import EventLog
from bff.experiments import states
from bff.experiments.analysis.report import Design
from bff.experiments.analysis.verdict import report
from bff.experiments.definition import CONTROL
from tests.experiments import trial
from tests.pages import till
from tests.web.stage import Answer, Shop, opened

HERE = Path(__file__).parents[1] / "experiments"
CATEGORY, PRODUCT = "categories/table", "products/harbour-mug"
SKUS = ("AL27-IND", "AL27-MAD", "AL27-MOS")
"""Of each there are hundreds: a mug would be sold out before the day is over."""
RATES = {
    "card": {CONTROL: 0.60, "priced": 0.72},
    "gallery": {CONTROL: 0.40, "wall": 0.50},
    "checkout": {CONTROL: 0.45, "sure": 0.57},
}
"""Who goes on from the category to a product; who adds it there; who goes on from the bag."""
ORDERS = 0.3
"""Who orders, of those at the checkout."""
MARKS = {
    "card": ('class="card-priced"', 'class="card"'),
    "gallery": ('class="wall"', 'class="gallery'),
    "checkout": ("Continue to secure checkout", "Go to checkout"),
}
"""What stands in a page where the variation is shown, and where control is."""
DAY = 86_400.0
CERTAIN = 4.0
"""Standard errors: further off is one in sixteen thousand."""


class Days:
    """The clock of the events."""

    def __init__(self, begins: float) -> None:
        self.now = begins

    def __call__(self) -> float:
        self.now += 0.05
        return self.now


class Browser(till.Shopper):
    """One shopper, and the variations read off the pages they were given."""

    def __init__(self, shop: Shop, dice: random.Random, seen: dict[tuple[str, str], int]) -> None:
        super().__init__(shop)
        self.dice, self.seen = dice, seen

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [*super().headers(), (b"user-agent", trial.AGENT.encode()), (b"accept-language", b"en-GB")]

    def reads(self, path: str) -> Answer:
        answer = self.get(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer

    def does(self, experiment: str, answer: Answer) -> bool:
        """Whether the shopper does what an experiment is about, on the page that is its own."""
        theirs, controls = MARKS[experiment]
        variation = next(name for name in RATES[experiment] if name != CONTROL)
        found = variation if theirs in answer.text else CONTROL
        assert theirs in answer.text or controls in answer.text, experiment
        self.seen[experiment, found] = self.seen.get((experiment, found), 0) + 1
        return self.dice.random() < RATES[experiment][found]

    def shops(self) -> None:
        if not self.does("card", self.reads(CATEGORY)) or not self.does("gallery", self.reads(PRODUCT)):
            return
        answer = self.post("cart/lines", {"sku": self.dice.choice(SKUS), "quantity": "1"})
        assert answer.status == 303, f"adding: {answer.status}"
        if self.does("checkout", self.reads("cart")):
            assert self.get("checkout").status == 303
            if self.dice.random() < ORDERS:
                self.pays()

    def pays(self) -> None:
        """From the details to the order."""
        steps = {
            "details": till.ADA,
            "delivery": self.first_choices,
            "payment": {"method": "bank_transfer", "billing": "same"},
        }
        for step, fields in steps.items():
            given = fields() if callable(fields) else fields
            answer = self.post(f"checkout/{step}", {"mutation": f"{self.dice.getrandbits(96):024x}", **given})
            assert answer.status == 303, f"{step}: {answer.status} {answer.text[:2000]}"
        review = self.reads("checkout/review")
        agreed = dict.fromkeys(re.findall(r'name="(consent\.[^"]+)"', review.text), "1")
        assert self.orders(review, **agreed).status == 303

    def first_choices(self) -> dict[str, str]:
        tags = re.findall(
            r'<input[^>]*\bname="(group[^"]*)"[^>]*\bvalue="([^"]*)"', self.reads("checkout/delivery").text
        )
        return {unescape(name): unescape(value) for name, value in reversed(tags)}


def shop_folder(folder: Path) -> Path:
    """The demo as a shop's folder, with the three experiments; whoever does not object is counted."""
    shop = folder / "shop"
    for each in ("shop", "demo"):
        shutil.copytree(HERE / each, shop, dirs_exist_ok=True)
    own = {"server": f'var = "{folder / "var"}"', "events": 'consent = "exempt"'}
    tables = "".join(f"\n[{name}]\n{line}\n" for name, line in own.items())
    database = f'\n[backends.default.settings]\ndatabase = "{folder / "var" / "embedded.sqlite"}"\n'
    (shop / "portico.toml").write_text(trial.DEMO.read_text() + database + tables)
    return shop


def drive(shop: Shop, clock: Days, shoppers: int, days: float, seed: int) -> dict[tuple[str, str], int]:
    """Have them come, one after the other; how many were shown what."""
    dice, seen = random.Random(seed), dict[tuple[str, str], int]()
    began, at = clock.now, time.perf_counter()
    for number in range(shoppers):
        clock.now = max(clock.now, began + days * DAY * number / shoppers)
        Browser(shop, dice, seen).shops()
        if number % 500 == 499:
            print(f"  {number + 1:,} shoppers, {time.perf_counter() - at:.0f} s", flush=True)
    return seen


def planted() -> dict[str, dict[str, float]]:
    """The true rates of what the experiments decide by: of those who see a category, some add what they go on to."""
    adding = sum(RATES["gallery"].values()) / 2
    return RATES | {"card": {name: rate * adding for name, rate in RATES["card"].items()}}


def found_again(file: Path, seen: dict[tuple[str, str], int], now: float) -> bool:
    """Print what the reports say beside what is true; whether all of it agrees."""
    right = True
    for name, rates in planted().items():
        metric = BEGIN_CHECKOUT if name == "checkout" else ADD_TO_CART
        weights = dict.fromkeys(rates, 1 / len(rates))
        design = Design(experiment=name, phase=1, control=CONTROL, weights=weights, primary=metric, planned=1)
        made = report(file, design, now=now)
        measured = made.primary[0]
        end, truth = measured.comparisons[0], rates[measured.comparisons[0].variation] - rates[CONTROL]
        assert end.fixed is not None
        print(
            f"\n{name}: {made.state}{f' ({made.winner})' if made.winner else ''}, by {metric}, SRM p {made.quality.srm:.2f}"
        )
        for arm in measured.arms:
            rate, shown = rates[arm.variation], seen.get((name, arm.variation), 0)
            off = abs((arm.mean or 0.0) - rate) / (rate * (1 - rate) / max(1, arm.visitors)) ** 0.5
            own = off <= CERTAIN and arm.visitors == shown
            right &= own
            print(
                f"  {'✓' if own else '✗'} {arm.variation}: {arm.mean or 0:.1%} of {arm.visitors:,} ({shown:,} were shown it;"
                f" true {rate:.1%}, {off:.1f} standard errors off)"
            )
        holds = end.sequential.low <= truth <= end.sequential.high
        right &= holds
        low, high = f"{end.sequential.low:+.1%}", f"{end.sequential.high:+.1%}"
        print(
            f"  {'✓' if holds else '✗'} difference {end.difference:+.1%}, sequentially {low} to {high}; true {truth:+.1%}"
        )
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shoppers", type=int, default=6_000)
    parser.add_argument("--days", type=float, default=14.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder: Path = options.folder or Path(tempfile.mkdtemp(prefix="portico-shoppers-"))
    if (folder / "var").exists():
        raise SystemExit(f"{folder} has been used: name another.")
    path, ends = shop_folder(folder), time.time()
    clock = Days(ends - options.days * DAY)
    own = {f"PORTICO_LIMITS__{name}": "9999/1s" for name in ("FIRST_POST", "ORDER")}  # all come from one address
    settings = configuration.load(path, {**own, "PORTICO_BACKENDS__DEFAULT__SETTINGS__TODAY": "2026-11-20"})
    with patch.object(composition, "EventLog", partial(EventLog, clock=clock)), opened(settings) as shop:
        begins = clock.now
        for name in RATES:
            trial.tell(shop, lambda db, name=name: states.start(db, trial.known(shop, name), 1.0, begins))
        cpu, wall = time.process_time(), time.perf_counter()
        seen = drive(shop, clock, options.shoppers, options.days, options.seed)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{options.shoppers:,} shoppers in {wall:.0f} s, {cpu:.0f} s of CPU")
    right = found_again(folder / "var" / "events.sqlite", seen, max(ends, clock.now))
    print(
        f"\nThe store with these figures: portico --shop {path} run; its console's address: portico --shop {path} console"
    )
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
