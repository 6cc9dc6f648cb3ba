"""A shop with experiments: the demo store and what stands in `shop/` beside this, with others written for a test."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bff import settings as configuration
from bff.experiments import states
from bff.experiments.assignment import Draw, Own
from bff.experiments.definition import Experiment
from bff.experiments.running import Experiments
from bff.web.measuring import VISITOR, VISITOR_SECONDS
from tests.web import stage
from tests.web.stage import Answer, Shop

HERE = Path(__file__).parent
DEMO = Path(configuration.__file__).parent / "demo.toml"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PRODUCT = "/en-gb/products/harbour-mug"
PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'

TOML = """
kind = "{kind}"
status = "{status}"
hypothesis = "It may."
owner = "tests"
primary = "add_to_cart"
planned_visitors = 1000
ends = 2099-01-01
coverage = {coverage}
{more}
[variations]
control = 0.5
{variation} = 0.5
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def experiment(
    shop: Path,
    name: str,
    files: Mapping[str, str],
    *,
    kind: str = "template",
    status: str = "running",
    variation: str = "b",
    coverage: float = 1.0,
    more: str = "",
    tables: str = "",
) -> Path:
    """An experiment of one variation with these files."""
    room = shop / "templates" / "experiments" / name
    text = TOML.format(kind=kind, status=status, variation=variation, coverage=coverage, more=more) + tables
    write(room, {"experiment.toml": text, **{f"{variation}/{path}": own for path, own in files.items()}})
    return room


def shop_folder(folder: Path) -> Path:
    """The demo as a shop's folder, with the experiment that stands beside this running for everybody."""
    shop = folder / "shop"
    shutil.copytree(HERE / "shop", shop)
    shutil.copyfile(DEMO, shop / "portico.toml")
    file = shop / "templates" / "experiments" / "gallery" / "experiment.toml"
    text = (
        file.read_text().replace('status = "draft"', 'status = "running"').replace("coverage = 0.2", "coverage = 1.0")
    )
    file.write_text(text)
    return shop


def settings(folder: Path, shop: Path, **own: str) -> configuration.Settings:
    return stage.settings(folder / "var", {"PORTICO_EVENTS__CONSENT": "exempt", **own}, shop)


def experiments_of(shop: Shop) -> Experiments:
    found: Experiments = shop.app.state.experiments
    return found


def draw_of(shop: Shop, name: str) -> Draw:
    return next(one.state.draw for one in experiments_of(shop).running if one.experiment.name == name)


def visitors(shop: Shop, **wanted: str | None) -> Iterator[str]:
    """The cookies of visitors who see these variations (None: who take no part)."""
    number = 0
    while True:
        number += 1
        id = uuid.uuid5(uuid.NAMESPACE_URL, str(number))
        if all(Own().assign(draw_of(shop, name), str(id)) == variation for name, variation in wanted.items()):
            yield shop.store.sealer.seal_as(VISITOR, id.bytes, VISITOR_SECONDS).partition(";")[0]


def visitor(shop: Shop, **wanted: str | None) -> str:
    return next(visitors(shop, **wanted))


def get(shop: Shop, target: str = PRODUCT, cookie: str = "", **headers: str) -> Answer:
    own = {"cookie": cookie} if cookie else {}
    return shop.get(target, **{"user_agent": AGENT, "accept_language": "en", **own, **headers})


class Recorded(list[Any]):
    """The events of a store, instead of being written."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        shop.store.events.record = self.append  # type: ignore[method-assign]

    def exposures(self) -> list[tuple[str, str, bool]]:
        """Experiment, variation, fallback of those recorded since it was last asked."""
        found = [(one.experiment, one.variation, one.fallback) for one in self if one.kind == "exposure"]
        self.clear()
        return sorted(found)


def tell(shop: Shop, work: Any) -> Any:
    """Do something to an experiment in the control store, and have the store see it."""
    control = shop.store.control

    async def told() -> Any:
        found = await control.write(work)
        await experiments_of(shop).look()
        return found

    return shop.run(told)


def known(shop: Shop, name: str) -> Experiment:
    return experiments_of(shop).found[name]


def stopped(shop: Shop, name: str) -> None:
    tell(shop, partial(_stop, known(shop, name)))


def _stop(one: Experiment, db: sqlite3.Connection) -> None:
    states.stop(db, one, "", [], 0.0)


def started(shop: Shop, name: str, coverage: float | None = None) -> None:
    one = known(shop, name)
    tell(shop, lambda db: states.start(db, one, coverage, 0.0))


def unseen(shop: Shop) -> None:
    """Have the store forget whom it has counted already."""
    own = experiments_of(shop)
    own._exposures._known.clear()
    own._settled.clear()
