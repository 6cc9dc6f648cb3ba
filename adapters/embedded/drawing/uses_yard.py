"""Uses in the garden, at the desk, and of bags and gifts."""

from __future__ import annotations

from .inuse import Prop as P
from .inuse import Use

YARD_USES: dict[str, Use] = {
    "pot": Use(
        "outdoors",
        "blush",
        "ash",
        (
            P("pot", 340, 800, 560),
            P("trowel", 590, 780, 330, "ash", 50, 0.5),
            P("twine", 180, 830, 100, "natural"),
        ),
    ),
    "planter": Use(
        "outdoors",
        "sand",
        "oak",
        (
            P("planter", 380, 800, 430),
            P("watering-can", 650, 740, 280, "madder"),
            P("seed-packet", 690, 800, 180, "moss", 20, 0.45),
        ),
    ),
    "watering-can": Use(
        "outdoors",
        "straw",
        "ash",
        (
            P("pot", 170, 770, 360, "natural"),
            P("watering-can", 450, 810, 420),
            P("fern", 690, 740, 300, "terracotta"),
        ),
    ),
    "trowel": Use(
        "outdoors",
        "sky",
        "oak",
        (
            P("pot", 220, 740, 420, "natural"),
            P("trowel", 440, 765, 560, "", 52, 0.5),
            P("fern", 600, 720, 300, "terracotta"),
        ),
    ),
    "twine": Use(
        "outdoors",
        "mist",
        "beech",
        (
            P("twine", 340, 820, 310),
            P("fern", 610, 750, 430, "terracotta"),
            P("seed-packet", 130, 740, 220, "madder", -14, 0.5),
        ),
    ),
    "seed-packet": Use(
        "outdoors",
        "sand",
        "ash",
        (
            P("seed-packet", 300, 750, 560, "", -18, 0.52),
            P("pot", 610, 740, 420, "natural"),
            P("trowel", 560, 820, 300, "ash", 60, 0.5),
        ),
    ),
    "seed-tin": Use(
        "outdoors",
        "sky",
        "oak",
        (
            P("seed-tin", 350, 800, 420),
            P("watering-can", 640, 730, 260, "moss"),
            P("twine", 140, 830, 100, "natural"),
        ),
    ),
    "notebook": Use(
        "table",
        "mist",
        "oak",
        (
            P("notebook", 330, 800, 620, "", 66, 0.42),
            P("pen", 580, 830, 300, "brass", 30, 0.5),
            P("mug", 620, 720, 210, "chalk"),
            P("row-of-books", 220, 680, 290),
        ),
    ),
    "almanac": Use(
        "above",
        "chalk",
        "walnut",
        (
            P("almanac", 420, 400, 640, "", 8),
            P("pencils", 660, 790, 320, "ochre", 60),
            P("sprig", 240, 840, 170, "", -30),
        ),
    ),
    "letter-set": Use(
        "above",
        "blush",
        "oak",
        (
            P("letter-set", 400, 420, 660, "", -6),
            P("pen", 640, 810, 330, "brass", 30),
            P("sprig", 240, 830, 170, "", -14),
        ),
    ),
    "pencils": Use(
        "above",
        "straw",
        "ash",
        (
            P("open-book", 420, 330, 420, "indigo", -10),
            P("pencils", 450, 690, 470, "", 40),
            P("sprig", 640, 890, 170, "", 10),
        ),
    ),
    "pen": Use(
        "above",
        "sage",
        "walnut",
        (
            P("letter-set", 330, 380, 560, "rose", -10),
            P("pen", 520, 610, 520, "", 14),
            P("sprig", 200, 880, 150, "", -10),
        ),
    ),
    "gift-card": Use(
        "above",
        "rose",
        "oak",
        (
            P("gift-card", 410, 390, 420, "", -8),
            P("sprig", 600, 740, 190, "", 20),
            P("sprig", 190, 850, 170, "", -40),
        ),
    ),
    "tote": Use(
        "floor",
        "sand",
        "walnut",
        (
            P("chair", 470, 850, 620, "oak"),
            P("tote", 270, 900, 480),
            P("orange", 520, 900, 70),
            P("orange", 600, 880, 70),
        ),
    ),
    "weekend-bag": Use(
        "floor",
        "mist",
        "oak",
        (
            P("bench", 420, 860, 220, "ash"),
            P("weekend-bag", 400, 680, 320),
            P("tote", 700, 900, 280, "natural"),
            P("mirror", 640, 200, 260, "oak"),
        ),
    ),
    "gift-box": Use(
        "table",
        "lilac",
        "walnut",
        (
            P("candlestick", 640, 700, 460, "brass"),
            P("branch", 160, 690, 420),
            P("gift-box", 390, 870, 480),
            P("orange", 660, 860, 110),
        ),
    ),
    "crate": Use(
        "outdoors",
        "blush",
        "ash",
        (
            P("crate", 380, 810, 440),
            P("watering-can", 650, 750, 250, "teal"),
        ),
    ),
}
