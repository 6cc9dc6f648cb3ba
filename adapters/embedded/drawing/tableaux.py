"""Pictures of categories, collections and journal entries that are set from the goods alone."""

from __future__ import annotations

from .inuse import Prop as P
from .inuse import Use

COLLECTIONS: dict[str, Use] = {
    "collection-new": Use("shelf", "pine", "oak", (
        P("vase", 190, 590, 330, "rose"), P("branch", 190, 285, 210, cast=False), P("print", 470, 330, 440, "madder"),
        P("clock", 960, 240, 270, "chalk"), P("teapot", 800, 590, 300, "ochre"), P("jar-candle", 1040, 590, 150, "teal"),
    )),
    "collection-sale": Use("rail", "mustard", "walnut", (
        P("tea-towel", 246, 400, 500, "indigo"), P("apron", 556, 430, 560, "madder"), P("tote", 866, 470, 400, "chalk"),
        P("bread-board", 1060, 340, 400, "ash"),
    )),
    "collection-under-25": Use("table", "blush", "ash", (
        P("mug", 200, 640, 240, "indigo"), P("egg-cup", 420, 690, 220, "ochre"), P("soap", 640, 640, 150, "moss"),
        P("candles", 880, 650, 340, "natural"), P("pencils", 1050, 690, 230, "madder", 62, 0.45), P("twine", 560, 720, 90, "rose"),
    )),
    "collection-winter-table": Use("table", "night", "oak", (
        P("branch", 960, 330, 260, cast=False), P("jug", 960, 600, 320, "chalk"), P("candlestick", 180, 600, 420, "brass"),
        P("casserole", 480, 650, 290, "madder"), P("wine-glass", 740, 640, 320, "natural"), P("bowl", 300, 720, 130, "ochre"),
        P("loaf", 800, 720, 130), P("pear", 1110, 690, 130),
    ), runner="chalk"),
    "collection-gift-ideas": Use("shelf", "brick", "walnut", (
        P("gift-box", 240, 590, 330, "teal"), P("vase", 500, 590, 280, "chalk"), P("almanac", 690, 420, 320, "indigo"),
        P("gift-box", 900, 590, 200, "ochre"), P("candlestick", 1080, 590, 380, "brass"), P("orange", 400, 590, 80),
    )),
    "collection-made-by-hand": Use("table", "olive", "oak", (
        P("bread-basket", 220, 640, 260, "madder"), P("tea-bowl", 500, 700, 170, "chalk"), P("servers", 700, 690, 330, "oak", 64, 0.48),
        P("vase", 740, 580, 300, "terracotta"), P("stool", 1030, 640, 300, "ash"),
    )),
    "collection-last-of": Use("shelf", "dusk", "ash", (
        P("cup", 240, 590, 170, "rose"), P("kettle", 620, 590, 330, "madder"), P("books", 980, 590, 120, "teal"), P("lemon", 980, 480, 70),
    )),
}

TABLEAUX: dict[str, Use] = {
    **COLLECTIONS,
    "category-table": Use("table", "brick", "oak", (
        P("carafe", 170, 560, 330, "natural"), P("branch", 960, 340, 250, cast=False), P("jug", 960, 600, 310, "chalk"), P("wine-glass", 320, 580, 290, "natural"),
        P("plate", 560, 660, 420, "indigo", 0, 0.34), P("bowl", 560, 650, 150, "ochre"), P("mug", 300, 720, 190, "teal"), P("egg-cup", 820, 700, 160, "rose"), P("salt-cellar", 1080, 700, 90, "ash"),
    ), runner="chalk"),
    "category-kitchen": Use("tiles", "sky", "oak", (
        P("bread-board", 170, 330, 420, "walnut", -4), P("skillet", 420, 210, 330, "iron", 0), P("casserole", 470, 640, 300, "madder"), P("kettle", 830, 640, 340, "ochre"),
        P("jar", 200, 620, 250, "chalk"), P("oil-bottle", 1090, 610, 370, "ochre"), P("lemon", 660, 660, 80), P("saucepan", 1040, 690, 120, "indigo"),
    )),
    "category-living": Use("floor", "olive", "oak", (
        P("print", 270, 230, 300, "madder"), P("rug", 640, 690, 900, "indigo", 90, 0.22), P("armchair", 640, 660, 450, "rose"), P("cushion", 640, 520, 190, "ochre"),
        P("stool", 950, 690, 200, "ash"), P("table-lamp", 950, 500, 280, "teal"), P("chair", 240, 700, 420, "walnut"), P("fern", 1110, 720, 330, "terracotta"),
    )),
    "category-bath": Use("tiles", "mist", "beech", (
        P("hammam", 250, 270, 470, "madder"), P("mirror", 640, 230, 400, "oak"), P("towel", 540, 650, 220, "rose"), P("soap", 780, 660, 130, "soap"), P("bath-brush", 950, 300, 420, "beech", 14),
        P("fern", 1070, 640, 300, "chalk"),
    )),
    "category-garden": Use("outdoors", "mustard", "oak", (
        P("planter", 300, 610, 320, "zinc"), P("pot", 590, 640, 400, "natural"), P("watering-can", 830, 650, 320, "teal"), P("twine", 450, 680, 90, "natural"),
        P("seed-packet", 170, 660, 150, "madder", -16, 0.45), P("trowel", 1010, 660, 300, "ash", 54, 0.45),
    )),
    "category-desk": Use("table", "dusk", "walnut", (
        P("row-of-books", 220, 530, 270), P("task-lamp", 900, 620, 470, "ochre"), P("notebook", 420, 650, 380, "madder", 72, 0.42), P("letter-set", 730, 680, 290, "teal", -10, 0.45),
        P("pencils", 1040, 690, 260, "moss", 64, 0.45), P("mug", 180, 690, 140, "chalk"), P("pen", 560, 700, 220, "brass", 40, 0.5),
    )),
    "category-gifts": Use("table", "petal", "oak", (
        P("branch", 150, 560, 380), P("gift-box", 420, 660, 360, "teal"), P("gift-box", 730, 690, 250, "madder"), P("crate", 980, 650, 260, "oak"),
        P("candles", 590, 560, 260, "natural"), P("gift-card", 560, 720, 170, "indigo", -6, 0.5), P("orange", 180, 690, 90),
    )),
    "journal-winter-table": Use("table", "night", "walnut", (
        P("candlestick", 250, 580, 400, "brass"), P("candlestick", 880, 570, 360, "brass"), P("branch", 1040, 560, 330), P("wine-glass", 420, 600, 280, "natural"), P("wine-glass", 740, 600, 280, "natural"),
        P("casserole", 580, 690, 260, "madder"), P("plate", 250, 700, 300, "chalk", 0, 0.34), P("plate", 920, 700, 300, "chalk", 0, 0.34), P("pear", 1110, 700, 120), P("napkins", 110, 640, 80, "rose"),
    ), runner="madder", window=(470, 60, 260, 260), night=True),
    "journal-garden": Use("outdoors", "mist", "ash", (
        P("crate", 300, 620, 330, "oak"), P("watering-can", 640, 640, 300, "madder"), P("pot", 880, 640, 380, "natural"), P("seed-tin", 480, 690, 170, "ochre"), P("trowel", 760, 670, 260, "walnut", 60, 0.45),
        P("twine", 120, 680, 80, "moss"),
    )),
}
