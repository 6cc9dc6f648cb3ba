"""Uses at table."""

from __future__ import annotations

from .inuse import Prop as P
from .inuse import Use

TABLE_USES: dict[str, Use] = {
    "mug": Use(
        "table",
        "mist",
        "oak",
        (
            P("teapot", 600, 700, 380, "chalk"),
            P("mug", 300, 850, 330),
            P("open-book", 640, 860, 330, "madder", 12, 0.34),
        ),
        window=(90, 60, 300, 400),
    ),
    "cup": Use(
        "table",
        "blush",
        "walnut",
        (
            P("books", 560, 690, 150, "teal"),
            P("orange", 560, 552, 110),
            P("coffee-bag", 190, 690, 330, "madder"),
            P("cup", 400, 870, 300),
        ),
    ),
    "tea-bowl": Use(
        "table",
        "straw",
        "ash",
        (
            P("teapot", 250, 720, 400, "charcoal"),
            P("branch", 690, 690, 520),
            P("tea-bowl", 480, 870, 250),
            P("sprig", 200, 860, 140, "", 6, 0.5),
        ),
    ),
    "enamel-mug": Use(
        "outdoors",
        "sand",
        "ash",
        (
            P("enamel-mug", 330, 800, 300),
            P("fern", 610, 740, 400, "terracotta"),
            P("seed-packet", 110, 780, 270, "moss", -20, 0.42),
        ),
    ),
    "plate": Use(
        "table",
        "sage",
        "oak",
        (
            P("carafe", 640, 690, 400, "natural"),
            P("plate", 380, 790, 560, "", 0, 0.36),
            P("pear", 340, 812, 190),
            P("knife", 730, 830, 420, "walnut", 8, 0.5),
        ),
        runner="chalk",
    ),
    "bowl": Use(
        "table",
        "lilac",
        "beech",
        (
            P("jug", 590, 720, 420, "chalk"),
            P("bowl", 330, 870, 230),
            P("lemon", 650, 850, 110),
            P("loaf", 130, 700, 170),
        ),
    ),
    "serving-bowl": Use(
        "table",
        "sky",
        "walnut",
        (
            P("wine-glass", 660, 700, 400, "natural"),
            P("candlestick", 180, 700, 470, "brass"),
            P("serving-bowl", 400, 880, 330),
        ),
    ),
    "platter": Use(
        "table",
        "straw",
        "oak",
        (
            P("carafe", 170, 690, 380, "teal"),
            P("platter", 420, 800, 640, "", 58, 0.36),
            P("lemon-half", 590, 740, 110, "", 10, 0.5),
            P("lemon-half", 250, 860, 110, "", 0, 0.5),
            P("wine-glass", 660, 700, 330, "natural"),
        ),
    ),
    "egg-cup": Use(
        "table",
        "mist",
        "beech",
        (
            P("egg-cup", 560, 760, 260),
            P("egg-cup", 320, 870, 310),
            P("salt-cellar", 150, 720, 130, "oak"),
            P("slice", 650, 870, 200, "", 12, 0.45),
        ),
        runner="chalk",
    ),
    "jug": Use(
        "table",
        "lilac",
        "oak",
        (
            P("branch", 372, 480, 430, cast=False),
            P("jug", 360, 850, 480),
            P("orange", 600, 800, 120),
            P("orange", 690, 860, 130),
            P("bowl", 640, 720, 130, "chalk"),
        ),
    ),
    "teapot": Use(
        "table",
        "sand",
        "ash",
        (
            P("teapot", 400, 820, 440),
            P("tea-bowl", 640, 880, 150, "chalk"),
            P("tea-bowl", 170, 870, 150, "charcoal"),
            P("caddy", 660, 690, 250, "moss"),
        ),
        window=(80, 50, 260, 350),
    ),
    "servers": Use(
        "table",
        "blush",
        "ash",
        (
            P("jug", 180, 690, 370, "teal"),
            P("fern", 450, 690, 280, "chalk"),
            P("servers", 490, 830, 520, "", 62, 0.48),
            P("lemon", 190, 850, 110),
        ),
    ),
    "salt-cellar": Use(
        "table",
        "sky",
        "beech",
        (
            P("oil-bottle", 610, 710, 470, "ochre"),
            P("loaf", 240, 720, 200),
            P("salt-cellar", 360, 860, 190),
            P("lemon", 640, 860, 100),
        ),
    ),
    "tumbler": Use(
        "table",
        "blush",
        "walnut",
        (
            P("carafe", 560, 720, 480),
            P("tumbler", 330, 860, 260),
            P("tumbler", 660, 870, 250),
            P("lemon", 160, 800, 110),
        ),
    ),
    "carafe": Use(
        "table",
        "sage",
        "oak",
        (
            P("carafe", 400, 830, 540),
            P("tumbler", 620, 860, 200),
            P("bread-basket", 190, 730, 200, "madder"),
            P("lemon-half", 240, 880, 110, "", 0, 0.5),
        ),
    ),
    "wine-glass": Use(
        "table",
        "mist",
        "walnut",
        (
            P("candlestick", 200, 720, 500, "brass"),
            P("wine-glass", 560, 740, 440),
            P("wine-glass", 380, 880, 500),
            P("bread-board", 660, 870, 330, "ash", 80, 0.36),
        ),
    ),
}
