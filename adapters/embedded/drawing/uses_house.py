"""Uses in living rooms and in the bath."""

from __future__ import annotations

from .inuse import Prop as P
from .inuse import Use

HOUSE_USES: dict[str, Use] = {
    "chair": Use(
        "floor",
        "sage",
        "ash",
        (
            P("chair", 360, 880, 640),
            P("weekend-bag", 660, 850, 210, "ochre"),
            P("books", 366, 596, 90, "madder"),
        ),
        window=(500, 60, 230, 330),
    ),
    "stool": Use(
        "floor",
        "blush",
        "oak",
        (
            P("fern", 390, 600, 390, "terracotta"),
            P("stool", 390, 890, 330),
            P("laundry-basket", 690, 800, 360, "natural"),
        ),
    ),
    "bench": Use(
        "floor",
        "sky",
        "beech",
        (
            P("tote", 170, 690, 300, "madder"),
            P("bench", 400, 850, 230),
            P("cushion", 560, 660, 210, "ochre"),
            P("blanket", 360, 662, 110, "indigo"),
            P("mirror", 420, 250, 340, "oak"),
        ),
    ),
    "table-lamp": Use(
        "table",
        "lilac",
        "walnut",
        (
            P("table-lamp", 340, 830, 600),
            P("books", 620, 850, 160, "indigo"),
            P("mug", 640, 696, 120, "chalk"),
        ),
    ),
    "pendant": Use(
        "table",
        "sand",
        "oak",
        (
            P("pendant", 400, 250, 520),
            P("bowl", 390, 820, 170, "chalk"),
            P("orange", 620, 800, 100),
            P("jug", 170, 720, 300, "teal"),
            P("orange", 680, 850, 110),
        ),
    ),
    "task-lamp": Use(
        "table",
        "straw",
        "ash",
        (
            P("task-lamp", 480, 800, 640),
            P("open-book", 260, 860, 400, "madder", -8, 0.36),
            P("row-of-books", 690, 690, 260),
        ),
    ),
    "candles": Use(
        "table",
        "mist",
        "walnut",
        (
            P("candles", 260, 860, 520),
            P("candlestick", 530, 800, 560, "brass"),
            P("branch", 690, 720, 400),
            P("orange", 420, 880, 90),
        ),
    ),
    "jar-candle": Use(
        "shelf",
        "sage",
        "oak",
        (
            P("jar-candle", 360, 734, 380),
            P("books", 640, 732, 130, "indigo"),
            P("vase", 640, 602, 230, "chalk"),
            P("lemon", 140, 736, 90),
        ),
    ),
    "candlestick": Use(
        "table",
        "lilac",
        "walnut",
        (
            P("candlestick", 310, 860, 620),
            P("candlestick", 520, 780, 480),
            P("pear", 640, 860, 150),
            P("serving-bowl", 150, 710, 170, "indigo"),
        ),
    ),
    "blanket": Use(
        "floor",
        "straw",
        "walnut",
        (
            P("armchair", 390, 850, 560, "chalk"),
            P("blanket", 390, 626, 210),
            P("table-lamp", 700, 790, 470, "madder"),
            P("books", 110, 880, 120, "teal"),
        ),
    ),
    "cushion": Use(
        "floor",
        "mist",
        "oak",
        (
            P("armchair", 400, 870, 620, "charcoal"),
            P("cushion", 400, 660, 260),
            P("fern", 710, 860, 430, "terracotta"),
        ),
        window=(70, 60, 220, 300),
    ),
    "rug": Use(
        "floor",
        "sage",
        "beech",
        (
            P("rug", 400, 845, 950, "", 90, 0.28),
            P("armchair", 280, 810, 410, "chalk"),
            P("stool", 600, 830, 170, "oak"),
            P("books", 600, 668, 50, "madder"),
        ),
        at=0.62,
        window=(500, 80, 210, 290),
    ),
    "vase": Use(
        "table",
        "straw",
        "walnut",
        (
            P("branch", 380, 480, 440, cast=False),
            P("vase", 380, 850, 480),
            P("orange", 610, 830, 120),
            P("books", 640, 690, 120, "indigo"),
        ),
    ),
    "clock": Use(
        "table",
        "mist",
        "oak",
        (
            P("clock", 400, 270, 400),
            P("kettle", 230, 810, 330, "chalk"),
            P("mug", 480, 830, 160, "madder"),
            P("fern", 660, 780, 380, "terracotta"),
        ),
    ),
    "mirror": Use(
        "shelf",
        "blush",
        "walnut",
        (
            P("mirror", 400, 350, 600),
            P("vase", 210, 736, 220, "teal"),
            P("soap", 560, 738, 100, "moss"),
            P("jar-candle", 680, 736, 130, "rose"),
        ),
    ),
    "print": Use(
        "shelf",
        "sand",
        "oak",
        (
            P("print", 360, 400, 620),
            P("vase", 660, 736, 300, "chalk"),
            P("branch", 660, 460, 260, cast=False),
            P("books", 170, 736, 100, "madder"),
        ),
    ),
    "towel": Use(
        "tiles",
        "mist",
        "oak",
        (
            P("towel", 330, 850, 330),
            P("soap", 620, 840, 120, "moss"),
            P("fern", 640, 740, 380, "chalk"),
        ),
    ),
    "hammam": Use(
        "tiles",
        "straw",
        "beech",
        (
            P("hammam", 350, 400, 760),
            P("soap", 590, 800, 110, "moss"),
            P("bath-brush", 680, 400, 540, "beech", 12),
        ),
    ),
    "soap": Use(
        "tiles",
        "blush",
        "walnut",
        (
            P("soap", 350, 840, 260),
            P("towel", 620, 760, 230, "chalk"),
            P("sprig", 650, 850, 120, "", 0, 0.5),
            P("lemon", 150, 780, 90),
        ),
    ),
    "brush": Use(
        "tiles",
        "mist",
        "oak",
        (
            P("brush", 430, 500, 700, "", 4),
            P("plate", 210, 770, 330, "chalk", 0, 0.36),
            P("plate", 208, 752, 330, "teal", 0, 0.36),
            P("bowl", 210, 740, 110, "ochre"),
            P("soap", 620, 840, 110, "moss"),
        ),
    ),
    "bath-brush": Use(
        "tiles",
        "sky",
        "beech",
        (
            P("bath-brush", 400, 410, 720, "", 20),
            P("towel", 190, 830, 220, "teal"),
            P("soap", 600, 840, 110, "moss"),
        ),
    ),
    "laundry-basket": Use(
        "floor",
        "lilac",
        "ash",
        (
            P("airer", 600, 800, 480, "beech"),
            P("laundry-basket", 300, 890, 460),
        ),
        window=(80, 60, 220, 300),
    ),
    "airer": Use(
        "floor",
        "straw",
        "oak",
        (
            P("airer", 400, 870, 600),
            P("laundry-basket", 690, 900, 250, "natural"),
            P("stool", 110, 830, 170, "beech"),
        ),
        window=(300, 50, 220, 210),
    ),
}
