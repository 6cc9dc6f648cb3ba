"""Surfaces: repeating patterns that say what a thing is made of.

A pattern is drawn in one dark and one pale transparent tone, so that it works on any
ink. ``ALWAYS`` surfaces show on every view; the others only on the detail view.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .geometry import num

ALWAYS = frozenset({"wood", "willow", "jute", "rush", "endgrain", "cork"})
DARK = "#2b1d2e"
PALE = "#fffaf0"

Tile = tuple[float, float, str]


def _stroke(path: str, colour: str, width: float, opacity: float) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{num(width)}" '
        f'stroke-linecap="round" opacity="{opacity:.2f}"/>'
    )


def _rect(x: float, y: float, width: float, height: float, colour: str, opacity: float) -> str:
    return (
        f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}" '
        f'fill="{colour}" opacity="{opacity:.2f}"/>'
    )


def _dots(seed: int, size: float, count: int, large: float, colour: str, opacity: float) -> str:
    dice = random.Random(seed)  # noqa: S311
    found: list[str] = []
    for _ in range(count):
        r = 0.5 + dice.random() ** 3 * large
        x, y = dice.uniform(r, size - r), dice.uniform(r, size - r)
        found.append(f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}"/>')
    return f'<g fill="{colour}" opacity="{opacity:.2f}">{"".join(found)}</g>'


def _speckle() -> Tile:
    dark = _dots(7, 160, 46, 2.0, DARK, 0.42)
    return 160, 160, dark + _dots(8, 160, 26, 1.4, PALE, 0.5)


def _weave() -> Tile:
    body = _rect(0, 0.6, 5, 3.8, PALE, 0.20) + _rect(5, 5.6, 5, 3.8, PALE, 0.20)
    body += _rect(5.6, 0, 3.8, 5, DARK, 0.13) + _rect(0.6, 5, 3.8, 5, DARK, 0.13)
    return 10, 10, body


def _twill() -> Tile:
    body = _stroke("M-3 15L15 -3M-3 3L3 -3M9 15L15 9", DARK, 2.6, 0.16)
    return 12, 12, body + _stroke("M-3 9L9 -3M3 15L15 3", PALE, 1.6, 0.22)


def _felted() -> Tile:
    dice = random.Random(3)  # noqa: S311
    parts: list[str] = []
    for at in range(70):
        x, y = dice.uniform(0, 110), dice.uniform(4, 106)
        bend, run = dice.uniform(-6, 6), dice.uniform(5, 15)
        parts.append(
            _stroke(f"M{num(x)} {num(y)}q{num(run / 2)} {num(bend)} {num(run)} 0", DARK if at % 2 else PALE, 1.1, 0.22)
        )
    return 120, 110, "".join(parts)


def _waffle() -> Tile:
    body = _rect(0, 0, 22, 22, PALE, 0.10) + _rect(4, 4, 14, 14, DARK, 0.14)
    return 22, 22, body + _rect(7, 7, 11, 11, DARK, 0.12) + _stroke("M1 21V1H21", PALE, 2, 0.35)


def _wood() -> Tile:
    lines = (
        "M0 9C60 4 90 15 150 10S250 5 300 9",
        "M0 24C50 30 120 18 180 25S260 30 300 24",
        "M30 38C80 33 130 43 210 37",
        "M0 52C70 47 110 58 170 51S270 47 300 52",
        "M120 66C170 61 220 70 290 65",
        "M0 80C60 86 130 75 190 82S280 84 300 80",
    )
    return 300, 92, "".join(_stroke(line, DARK, 1.5, 0.17) for line in lines)


def _endgrain() -> Tile:
    rings = "".join(
        _stroke(f"M0 {num(34 - r)}Q30 {num(48 - r * 1.2)} 60 {num(34 - r)}", DARK, 1.3, 0.16) for r in range(-26, 40, 9)
    )
    return 60, 60, f"<g>{rings}</g>"


def _willow() -> Tile:
    body = _rect(0, 0, 44, 36, DARK, 0.16)
    for x, y in ((-22, 0), (22, 0), (0, 18)):
        body += (
            f'<path d="M{x} {y + 9}C{x + 8} {y - 1} {x + 36} {y - 1} {x + 44} {y + 9}'
            f'C{x + 36} {y + 18} {x + 8} {y + 18} {x} {y + 9}Z" fill="{PALE}" opacity="0.30"/>'
        )
        body += _stroke(f"M{x + 6} {y + 14}Q{x + 22} {y + 19} {x + 38} {y + 14}", DARK, 1.6, 0.38)
    return 44, 36, body


def _jute() -> Tile:
    return 12, 10, _stroke("M-2 10L14 0", DARK, 2.2, 0.26) + _stroke("M-2 5L6 0", PALE, 1.4, 0.30)


def _rush() -> Tile:
    return 8, 40, _stroke("M4 0V40", DARK, 1.4, 0.26) + _stroke("M1 4V34", PALE, 1.2, 0.25)


def _brushed() -> Tile:
    dice = random.Random(5)  # noqa: S311
    parts: list[str] = []
    for at in range(34):
        x, y = dice.uniform(0, 150), at * 3.6
        parts.append(_stroke(f"M{num(x)} {num(y)}h{num(dice.uniform(30, 80))}", PALE if at % 3 else DARK, 0.9, 0.3))
    return 230, 122.4, "".join(parts)


def _cast() -> Tile:
    return 130, 130, _dots(11, 130, 90, 1.0, PALE, 0.22) + _dots(12, 130, 60, 1.2, DARK, 0.32)


def _fibres() -> Tile:
    dice = random.Random(9)  # noqa: S311
    parts: list[str] = []
    for at in range(26):
        x, y = dice.uniform(0, 130), dice.uniform(6, 134)
        parts.append(
            _stroke(
                f"M{num(x)} {num(y)}q{num(dice.uniform(2, 6))} {num(dice.uniform(-5, 5))} {num(dice.uniform(6, 14))} 0",
                DARK if at % 3 else PALE,
                0.9,
                0.3,
            )
        )
    return 150, 140, "".join(parts)


def _cork() -> Tile:
    return 110, 110, _dots(21, 110, 40, 2.4, DARK, 0.28) + _dots(22, 110, 18, 2.0, PALE, 0.3)


def _glass() -> Tile:
    return 200, 200, _dots(31, 200, 16, 2.6, PALE, 0.65)


def _bristle() -> Tile:
    return 7, 46, _stroke("M2 0L3 46", DARK, 1.3, 0.32) + _stroke("M5 0L5 46", PALE, 1.0, 0.35)


def _hide() -> Tile:
    return 90, 90, _dots(41, 90, 110, 0.9, DARK, 0.28)


TILES: dict[str, Callable[[], Tile]] = {
    "stoneware": _speckle,
    "porcelain": _glass,
    "terracotta": _cast,
    "glass": _glass,
    "linen": _weave,
    "cotton": _weave,
    "canvas": _twill,
    "wool": _felted,
    "waffle": _waffle,
    "wood": _wood,
    "endgrain": _endgrain,
    "willow": _willow,
    "jute": _jute,
    "rush": _rush,
    "steel": _brushed,
    "brass": _brushed,
    "iron": _cast,
    "enamel": _speckle,
    "zinc": _cast,
    "paper": _fibres,
    "card": _fibres,
    "cork": _cork,
    "wax": _glass,
    "soap": _cork,
    "bristle": _bristle,
    "leather": _hide,
}


def pattern(stuff: str, name: str, turn: float = 0) -> str:
    """Return the definition of a surface as an SVG pattern."""
    width, height, body = TILES[stuff]()
    spin = f' patternTransform="rotate({num(turn)})"' if turn else ""
    return (
        f'<pattern id="{name}" patternUnits="userSpaceOnUse" width="{num(width)}" '
        f'height="{num(height)}"{spin}>{body}</pattern>'
    )
