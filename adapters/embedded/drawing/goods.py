"""The goods to be pictured: what the catalogue says about each drawing, and its plate."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ink import INKS, TINTS, WOODS, Ink, ink

CATALOGUE = Path(__file__).parent.parent / "demo" / "products"

MATERIAL = {
    "zinc-planter": "zinc",
    "brass-pen": "brass",
    "brass-candlestick": "brass",
    "ferrow-skillet": "iron",
    "dish-brush": "beech",
    "bath-brush": "beech",
    "olive-salad-servers": "oak",
    "olive-soap-bar": "soap",
}
"""Goods without a choice of colour that are printed in the tone of their material."""

PLATES = {
    "straw": "sailcloth-teapot kiln-carafe pebble-egg-cup paring-knife ferrow-skillet linen-napkins round-mirror "
    "waffle-towel brass-pen long-can gift-card quay-espresso-cup",
    "sand": "harbour-mug tide-plate harbour-jug stripe-tea-towel border-blanket shoulder-vase "
    "willow-laundry-basket day-notebook yirga-coffee herb-seeds",
    "blush": "tide-tea-bowl keel-platter ferrow-casserole enamel-saucepan bread-basket bench-task-lamp tea-caddy "
    "month-print bath-brush garden-twine wine-glass",
    "lilac": "kiln-tumbler olive-salad-servers cooks-knife stove-kettle linen-tablecloth dome-table-lamp "
    "block-cushion milking-stool clothes-airer hex-pencils meadow-seeds",
    "sky": "enamel-mug tide-bowl bread-board green-olive-oil ladder-chair station-clock dish-brush "
    "market-tote brass-candlestick hall-bench terracotta-pot",
    "mist": "shoal-serving-bowl end-grain-board work-apron beeswax-candles olive-soap-bar hammam-towel "
    "weekend-bag letter-set gardeners-box",
    "sage": "salt-cellar larder-jar barn-pendant scented-candle flatweave-rug almanac-2027 hand-trowel "
    "breakfast-for-two zinc-planter",
    "stone": "garden-tea",
}
"""Which paper lies behind which goods."""

_PLATE_OF = {name: tint for tint, names in PLATES.items() for name in names.split()}


@dataclass(frozen=True)
class Good:
    """One product as far as its pictures are concerned."""

    id: str
    shape: str
    inks: tuple[str, ...]

    @property
    def tint(self) -> Ink:
        """Return the paper behind the product."""
        return TINTS[_PLATE_OF.get(self.id, "stone")]

    def printed(self, name: str) -> Ink:
        """Return the ink in which a variant is drawn."""
        return ink(MATERIAL.get(self.id, name))


def _good(entry: dict[str, Any]) -> Good:
    drawing = entry.get("drawing", {})
    values = entry.get("values", {})
    named = [name for name in values.get("colour", values.get("wood", ())) if name in INKS or name in WOODS]
    return Good(entry["id"], drawing["shape"], tuple(named) or (drawing.get("ink", "natural"),))


def goods(catalogue: Path = CATALOGUE) -> list[Good]:
    """Read every product of the demo catalogue, in the order of its identifiers."""
    found: list[Good] = []
    for path in sorted(catalogue.glob("*.toml")):
        with path.open("rb") as file:
            found += [_good(entry) for entry in tomllib.load(file).get("product", ())]
    return sorted(found, key=lambda good: good.id)
