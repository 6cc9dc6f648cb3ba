"""Uses in the kitchen and the larder."""

from __future__ import annotations

from .inuse import Prop as P
from .inuse import Use

KITCHEN_USES: dict[str, Use] = {
    "knife": Use(
        "above",
        "chalk",
        "beech",
        (
            P("board", 400, 480, 720, "walnut", 0),
            P("knife", 540, 470, 660, "", -14),
            P("lemon-half", 300, 340, 150),
            P("lemon-half", 330, 560, 150),
            P("sprig", 260, 720, 130, "", 30),
        ),
    ),
    "paring-knife": Use(
        "above",
        "chalk",
        "oak",
        (
            P("bread-board", 380, 500, 860, "ash", 12),
            P("paring-knife", 430, 560, 440, "", 24),
            P("lemon-half", 290, 480, 140),
            P("sprig", 640, 240, 130, "", -40),
        ),
    ),
    "board": Use(
        "table",
        "sand",
        "ash",
        (
            P("oil-bottle", 650, 690, 420, "ochre"),
            P("jar", 190, 690, 260, "chalk"),
            P("board", 400, 800, 560, "", 90, 0.42),
            P("loaf", 370, 810, 190),
            P("pear", 590, 820, 150),
        ),
    ),
    "bread-board": Use(
        "table",
        "blush",
        "walnut",
        (
            P("jug", 630, 690, 340, "indigo"),
            P("bread-board", 370, 800, 660, "", 78, 0.40),
            P("loaf", 330, 820, 210),
            P("slice", 600, 850, 170, "", 20, 0.42),
        ),
        runner="",
    ),
    "skillet": Use(
        "above",
        "madder",
        "ash",
        (
            P("skillet", 440, 430, 700, "", 20),
            P("lemon-half", 620, 800, 150),
            P("sprig", 560, 900, 140, "", -16),
            P("servers", 130, 330, 560, "oak", -8),
        ),
    ),
    "casserole": Use(
        "table",
        "straw",
        "oak",
        (
            P("wine-glass", 150, 700, 320, "natural"),
            P("casserole", 400, 850, 400),
            P("loaf", 680, 720, 170),
            P("sprig", 690, 870, 120, "", 10, 0.5),
        ),
        runner="chalk",
    ),
    "saucepan": Use(
        "tiles",
        "sky",
        "oak",
        (
            P("jar", 620, 750, 300, "chalk"),
            P("egg-cup", 130, 740, 150, "ochre"),
            P("saucepan", 400, 840, 280),
            P("sprig", 640, 850, 110, "", 0, 0.5),
        ),
    ),
    "kettle": Use(
        "tiles",
        "straw",
        "walnut",
        (
            P("kettle", 360, 840, 480),
            P("mug", 640, 830, 190, "chalk"),
            P("caddy", 650, 740, 230, "indigo"),
        ),
    ),
    "jar": Use(
        "shelf",
        "mist",
        "oak",
        (
            P("jar", 300, 736, 400),
            P("jar", 560, 732, 280, "chalk"),
            P("row-of-books", 730, 728, 280),
            P("pear", 110, 736, 140),
        ),
    ),
    "bread-basket": Use(
        "table",
        "sage",
        "walnut",
        (
            P("jug", 620, 690, 370, "chalk"),
            P("bread-basket", 370, 860, 360),
            P("enamel-mug", 140, 700, 170, "madder"),
            P("pear", 690, 850, 130),
        ),
    ),
    "caddy": Use(
        "shelf",
        "straw",
        "walnut",
        (
            P("caddy", 330, 736, 380),
            P("teapot", 590, 734, 300, "chalk"),
            P("tea-bowl", 140, 736, 120, "teal"),
        ),
    ),
    "tea-towel": Use(
        "rail",
        "sand",
        "oak",
        (
            P("tea-towel", 330, 560, 800),
            P("bread-board", 640, 480, 560, "ash"),
        ),
    ),
    "apron": Use(
        "rail",
        "mist",
        "ash",
        (
            P("apron", 400, 570, 820),
            P("tea-towel", 700, 420, 480, "ochre"),
        ),
    ),
    "tablecloth": Use(
        "floor",
        "straw",
        "walnut",
        (
            P("chair", 130, 790, 430, "oak"),
            P("tablecloth", 430, 900, 500),
            P("jug", 390, 470, 160, "chalk"),
            P("branch", 390, 350, 200, cast=False),
            P("bowl", 540, 476, 62, "teal"),
            P("pendant", 440, 120, 300, "charcoal"),
        ),
    ),
    "napkins": Use(
        "table",
        "sky",
        "oak",
        (
            P("candlestick", 620, 690, 440, "brass"),
            P("wine-glass", 190, 690, 330, "natural"),
            P("napkins", 400, 860, 290),
        ),
    ),
    "coffee-bag": Use(
        "table",
        "mist",
        "beech",
        (
            P("coffee-bag", 340, 850, 540),
            P("cup", 610, 870, 180, "chalk"),
            P("row-of-books", 650, 690, 300),
        ),
    ),
    "tea-tin": Use(
        "table",
        "blush",
        "walnut",
        (
            P("tea-tin", 340, 850, 420),
            P("teapot", 610, 730, 350, "teal"),
            P("tea-bowl", 650, 880, 140, "chalk"),
        ),
    ),
    "oil-bottle": Use(
        "table",
        "sand",
        "ash",
        (
            P("oil-bottle", 360, 840, 620),
            P("bread-board", 610, 840, 400, "walnut", 84, 0.4),
            P("slice", 620, 838, 130, "", -10, 0.45),
            P("salt-cellar", 150, 760, 110, "oak"),
            P("lemon", 200, 880, 100),
        ),
    ),
}
