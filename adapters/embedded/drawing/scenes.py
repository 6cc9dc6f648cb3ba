"""Scenes: the hero, one picture per category, the journal, the shop front, the empty shelf."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import settings
from . import uses as uses  # registers every shape
from .canvas import Canvas, fill, line
from .geometry import oval, slab
from .ink import INKS, STUFFS, WALLS, WOODS
from .inuse import Prop as P
from .inuse import Use, compose, put
from .places import kiln, loom, mending, street
from .stationery import emblem
from .tableaux import TABLEAUX

OWN = INKS["chalk"]


@dataclass(frozen=True)
class Scene:
    """A picture that belongs to no product."""

    width: int
    height: int
    draw: Callable[[Canvas], None]


def _set(use: Use, width: int, height: int) -> Scene:
    return Scene(width, height, lambda page: compose(page, use, OWN, width, height))


BREAKFAST = (
    P("branch", 1130, 400, 330, cast=False),
    P("jug", 1130, 690, 370, "madder"),
    P("candlestick", 110, 660, 420, "brass"),
    P("bread-board", 480, 676, 430, "walnut", 84, 0.34),
    P("loaf", 470, 690, 190),
    P("teapot", 800, 730, 380, "ochre"),
    P("egg-cup", 1010, 770, 170, "rose"),
    P("plate", 520, 830, 420, "chalk", 0, 0.34),
    P("slice", 490, 812, 190, "", 12, 0.42),
    P("lemon", 640, 830, 64),
    P("mug", 250, 840, 230, "teal"),
    P("cup", 860, 880, 150, "indigo"),
    P("serving-bowl", 1370, 830, 250, "indigo"),
    P("napkins", 1130, 900, 110, "rose"),
    P("orange", 70, 830, 110),
    P("orange", 1560, 880, 110),
)


def hero(page: Canvas) -> None:
    """Draw a winter breakfast: a snowy window, a lamp, a table laid for two."""
    wide, high = 1600, 1000
    settings.table(page, WALLS["pine"], WOODS["oak"], wide, high, 0.60)
    settings.window(page, 500, 70, 420, 400)
    _snow(page, 500, 70, 420, 400)
    settings.cloth(page, INKS["chalk"], wide, high, 0.60)
    put(page, P("pendant", 800, 120, 330, "madder"), OWN)
    put(page, P("print", 1330, 250, 340, "ochre"), OWN)
    put(page, P("clock", 330, 190, 220, "charcoal"), OWN)
    for prop in BREAKFAST:
        put(page, prop, OWN)


def _snow(page: Canvas, x: float, y: float, wide: float, high: float) -> None:
    dice = random.Random(5)  # noqa: S311
    flakes = [
        fill(oval(x + dice.uniform(0, wide), y + dice.uniform(0, high), 3 + at % 3), STUFFS["paper"])
        for at in range(34)
    ]
    page.within(
        slab(x, y, wide, high),
        fill(f"M{x} {y + high * 0.8}q{wide / 2} -30 {wide} 10v{high}h-{wide}Z", STUFFS["paper"]),
        *flakes,
    )
    page.mark(
        fill(slab(x + wide / 2 - 7, y, 14, high), STUFFS["paper"]),
        fill(slab(x, y + high / 2 - 7, wide, 14), STUFFS["paper"]),
    )
    page.mark(line(f"M{x + wide / 2 + 7} {y + 4}v{high / 2 - 12}", STUFFS["paper"].deeper(0.1), 3))


def hero_portrait(page: Canvas) -> None:
    """Draw the winter breakfast for a narrow screen: the same table, closer."""
    wide, high = 800, 1000
    settings.table(page, WALLS["pine"], WOODS["oak"], wide, high, 0.58)
    settings.window(page, 90, 90, 330, 370)
    _snow(page, 90, 90, 330, 370)
    settings.cloth(page, INKS["chalk"], wide, high, 0.58)
    put(page, P("pendant", 470, 110, 270, "madder"), OWN)
    for prop in (
        P("branch", 640, 420, 300, cast=False),
        P("jug", 640, 700, 350, "madder"),
        P("loaf", 170, 670, 150),
        P("teapot", 380, 730, 350, "ochre"),
        P("plate", 300, 830, 330, "chalk", 0, 0.34),
        P("slice", 280, 816, 150, "", 12, 0.42),
        P("mug", 110, 860, 190, "teal"),
        P("egg-cup", 480, 860, 170, "rose"),
        P("serving-bowl", 660, 880, 190, "indigo"),
    ):
        put(page, prop, OWN)


def empty_shelf(page: Canvas) -> None:
    """Draw a long empty shelf with one cup, and the pale marks of things that stood there."""
    wide, high = 1200, 800
    settings.shelf(page, WALLS["petal"], WOODS["walnut"], wide, high, 0.66)
    pale = WALLS["petal"].paler(0.05)
    page.mark(
        fill(slab(150, 210, 120, 292), pale), fill(slab(330, 300, 190, 202, 90), pale), fill(oval(1010, 350, 110), pale)
    )
    put(page, P("cup", 760, 524, 170, "indigo"), OWN)


def og_default(page: Canvas) -> None:
    """Draw the house's card: the sun and moon over a shelf of goods."""
    wide, high = 1200, 630
    settings.shelf(page, WALLS["night"], WOODS["oak"], wide, high, 0.80)
    emblem(page, 600, 196, 96, INKS["ochre"], WALLS["night"])
    for prop in (
        P("row-of-books", 130, 500, 200),
        P("jug", 300, 500, 260, "madder"),
        P("bowl", 460, 500, 110, "teal"),
        P("teapot", 640, 500, 210, "ochre"),
        P("mug", 800, 500, 130, "rose"),
        P("vase", 930, 500, 220, "chalk"),
        P("candlestick", 1060, 500, 300, "brass"),
        P("pear", 1150, 500, 100),
    ):
        put(page, prop, OWN)


SCENES: dict[str, Scene] = {
    "scene-hero": Scene(1600, 1000, hero),
    "scene-hero-portrait": Scene(800, 1000, hero_portrait),
    **{name: _set(use, 1200, 800) for name, use in TABLEAUX.items()},
    "journal-kiln": Scene(1200, 800, kiln),
    "journal-loom": Scene(1200, 800, loom),
    "journal-mending": Scene(1200, 800, mending),
    "stores-street": Scene(1200, 800, street),
    "404-empty-shelf": Scene(1200, 800, empty_shelf),
    "og-default": Scene(1200, 630, og_default),
}
