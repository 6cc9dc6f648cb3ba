"""Cloth for living and bathing: blanket, cushion, rug, towels."""

from __future__ import annotations

from .canvas import Canvas, Mark, fill, line
from .geometry import oval, poly, slab
from .ink import INKS, WOODS, Ink
from .shapes import shape
from .textiles import LINEN, fringe, ground


@shape("blanket", 260, focus=(0.35, 0.45), zoom=2.1)
def blanket(c: Canvas, ink: Ink) -> None:
    """Draw a folded wool blanket with border stripes and a fringe."""
    band = INKS["chalk"] if not ink.pale else ink.deeper(0.3)
    for at, (y, tone) in enumerate(((0, ink.deeper(0.02)), (-86, ink), (-172, ink.paler(0.015)))):
        dx = (0, 8, -4)[at]
        fold = (
            f"M{-250 + dx} {y - 84}C{-300 + dx} {y - 80} {-300 + dx} {y - 6} {-250 + dx} {y}"
            f"H{250 + dx}C{270 + dx} {y - 8} {270 + dx} {y - 74} {250 + dx} {y - 84}Z"
        )
        stripes = [fill(slab(x + dx, y - 90, wide, 100), band) for x, wide in ((-190, 34), (-146, 10))]
        c.form(
            fold,
            tone,
            *stripes,
            line(f"M{-286 + dx} {y - 42}H{256 + dx}", tone.deeper(0.12), 5),
            stuff="wool",
            shade=(26, 15),
            gleam=(8, 7),
        )
    top = "M-256 -256L-180 -344C-60 -352 100 -352 196 -342L252 -256C100 -250 -100 -250 -256 -256Z"
    c.form(
        top,
        ink.paler(0.035),
        fill(poly((-192, -250), (-128, -350), (-98, -350), (-158, -250)), band),
        fill(poly((-148, -250), (-90, -350), (-81, -350), (-138, -250)), band),
        stuff="wool",
        shade=(18, 0),
    )
    flap = "M20 -262C60 -256 150 -254 252 -258C262 -200 256 -130 262 -66C180 -58 90 -60 30 -66C22 -130 28 -200 20 -262Z"
    c.form(
        flap,
        ink.paler(0.02),
        fill(slab(0, -128, 300, 30), band),
        fill(slab(0, -144, 300, 9), band),
        stuff="wool",
        shade=(16, 10),
        gleam=(7, 6),
    )
    c.mark(*fringe(30, -64, 232, ink.paler(0.02), 34, 12))


@shape("cushion", 450, focus=(0.4, 0.42), zoom=2.2)
def cushion(c: Canvas, ink: Ink) -> None:
    """Draw a plump square cushion block-printed with half suns."""
    cover = (
        "M-262 -470C-290 -500 -270 -520 -236 -506C-100 -486 100 -486 236 -506C270 -520 290 "
        "-500 262 -470C244 -330 244 -180 262 -40C284 -6 268 10 232 0C100 -20 -100 -20 -232 0"
        "C-268 10 -284 -6 -262 -40C-244 -180 -244 -330 -262 -470Z"
    )
    tone = INKS["chalk"] if not ink.pale else ink.deeper(0.28)
    marks: list[Mark] = []
    for row in range(4):
        for col in range(5):
            x, y = -220 + col * 110 + (55 if row % 2 else 0), -440 + row * 124
            up = (row + col) % 2
            marks.append(fill(f"M{x - 40} {y}A40 40 0 0 {1 if up else 0} {x + 40} {y}Z", tone))
            marks.append(line(f"M{x - 34} {y + (13 if up else -13)}h68", tone, 6))
    c.form(cover, ink, *marks, stuff="linen", shade=(44, 36), gleam=(14, 12))
    c.mark(line("M-228 -470C-150 -440 -110 -420 -84 -380M228 -40C170 -70 120 -84 96 -120", ink.deeper(0.14), 5, 0.8))


@shape("rug", 1800, lies=True, focus=(0.4, 0.3), zoom=2.1)
def rug(c: Canvas, ink: Ink) -> None:
    """Draw a flat-woven rug from above: stepped diamonds, bars and fringes."""
    tone, other = ground(ink), (INKS["ochre"] if ink not in (INKS["ochre"], INKS["natural"]) else INKS["indigo"])
    c.mark(*fringe(-220, -412, 440, LINEN.deeper(0.1), 44, 15), *fringe(-220, 368, 440, LINEN.deeper(0.1), 44, 15))
    marks: list[Mark] = []
    for y in (-372, 336):
        marks += [fill(slab(-230, y, 460, 34), tone), fill(slab(-230, y + 12, 460, 10), other)]
    for cy in (-190, 0, 190):
        for size, paint in ((168, tone), (126, other), (84, ink), (44, tone)):
            steps = size // 14
            left = [
                (-size + (i // 2) * 14 * 1.0 * size / (steps * 14), cy - ((i + 1) // 2) * size * 0.56 / steps)
                for i in range(2 * steps)
            ]
            points = left + [(-x, y) for x, y in reversed(left)]
            points += [(x, 2 * cy - y) for x, y in reversed(points)]
            marks.append(fill(poly(*points), paint))
    for cy in (-286, -95, 95, 286):
        for x in (-190, 190):
            marks.append(fill(poly((x, cy - 30), (x + 26, cy), (x, cy + 30), (x - 26, cy)), tone))
    c.form(slab(-220, -372, 440, 744, 2), ink, *marks, stuff="jute", shade=(8, 8), gleam=(6, 6))


@shape("towel", 300, focus=(0.4, 0.4), zoom=2.1)
def towel(c: Canvas, ink: Ink) -> None:
    """Draw a stack of two waffle towels, folded, with a hanging loop."""
    c.mark(line("M-200 -330C-268 -330 -268 -262 -214 -262", LINEN.deeper(0.12), 10))
    for at, tone in ((0, ink), (1, ink.paler(0.05))):
        y, dx = -at * 168, at * -10
        for half in (0, 1):
            yy = y - half * 84
            fold = (
                f"M{-220 + dx} {yy - 82}H{222 + dx}C{276 + dx} {yy - 80} {276 + dx} {yy - 2} "
                f"{222 + dx} {yy}H{-220 + dx}C{-236 + dx} {yy - 20} {-236 + dx} {yy - 62} {-220 + dx} "
                f"{yy - 82}Z"
            )
            grid = [line(f"M{-240 + dx} {yy - k}H{280 + dx}", tone.deeper(0.09), 2.5, 0.8) for k in (16, 32, 48, 64)]
            grid += [line(f"M{x} {yy - 82}V{yy}", tone.deeper(0.09), 2.5, 0.8) for x in range(-226 + dx, 270, 18)]
            c.form(
                fold,
                tone,
                *grid,
                fill(slab(-190 + dx, yy - 90, 16, 100), tone.deeper(0.1)),
                stuff="waffle",
                shade=(24, 14),
                gleam=(8, 7),
            )
    top = "M-236 -334L-170 -408H196L232 -334Z"
    grid = [line(f"M{-236 + k * 18} -334L{-170 + k * 14} -408", ink.deeper(0.06), 2.5, 0.8) for k in range(27)]
    c.form(
        top,
        ink.paler(0.08),
        *grid,
        *(line(f"M-250 {y}H250", ink.deeper(0.06), 2.5, 0.8) for y in (-348, -364, -382, -398)),
        stuff="waffle",
        shade=(14, 0),
    )


@shape("hammam", 1500, lies=True, focus=(0.42, 0.7), zoom=2.3)
def hammam(c: Canvas, ink: Ink) -> None:
    """Draw a striped hammam towel hanging over a wooden rail, long fringes below."""
    c.form(slab(-300, -376, 600, 22, 11), WOODS["oak"], stuff="wood", shade=(4, 8), gleam=(3, 4))
    back = "M-150 -372H206V170H-140Z"
    c.form(
        back,
        LINEN.deeper(0.06),
        *(fill(slab(x, -372, 14, 560), ink.paler(0.04)) for x in (-110, -70, 120, 160)),
        shade=(8, 8),
    )
    c.mark(*fringe(-138, 170, 342, LINEN.deeper(0.08), 70, 17))
    front = "M-210 -380C-212 -392 -200 -396 -190 -396H130C142 -396 152 -392 150 -380L158 290C40 302 -100 300 -218 290Z"
    marks = [
        fill(slab(x, -400, wide, 720), ink)
        for x, wide in ((-196, 44), (-140, 12), (-116, 5), (-60, 60), (26, 5), (44, 12), (70, 44))
    ]
    marks += [fill(slab(-240, 226, 420, 12), LINEN), fill(slab(-240, 250, 420, 5), LINEN)]
    c.form(front, LINEN, *marks, stuff="linen", shade=(18, 12), gleam=(8, 6))
    c.shade("M-90 -396C-96 -160 -84 60 -92 296H-66C-58 60 -70 -160 -64 -396Z", 0.5)
    for x in range(-208, 156, 26):
        c.mark(
            line(f"M{x} 292v34M{x} 326l-6 52M{x} 326l7 52M{x} 326v54", LINEN.deeper(0.03), 5),
            fill(oval(x, 326, 7), LINEN),
        )
