"""Companions of the goods: leaves, bread, fruit, books, things that give scale."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import lathe, leaf, oval, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape

LEAF = STUFFS["leaf"]


def sprig(c: Canvas, x: float, y: float, long: float, angle: float, ink: Ink = LEAF, pairs: int = 5) -> None:
    """Draw a sprig with paired leaves, growing from (x, y)."""
    with c.place(x, y, long / 100, angle):
        c.mark(line("M0 0Q50 -8 96 0", ink.deeper(0.08), 2.4))
        for at in range(pairs):
            along = 22 + at * 66 / pairs
            size = 30 - at * 2.6
            c.form(leaf(along, -4, size, -52, 0.4), ink, shade=(1.5, 2.5))
            c.form(leaf(along, -3, size, 48, 0.4), ink.paler(0.05), shade=(1.5, 2.5))
        c.form(leaf(92, 0, 26, -2, 0.4), ink, shade=(1.5, 2.5))


@shape("loaf", 130, focus=(0.5, 0.5))
def loaf(c: Canvas, ink: Ink) -> None:
    """Draw a round country loaf with three cuts."""
    crust = STUFFS["crust"]
    c.form(
        "M-280 -70C-290 -190 -150 -260 0 -260C150 -260 290 -190 280 -70C276 -10 190 0 0 0S-276 -10 -280 -70Z",
        crust,
        *(line(f"M{x} -212q56 30 60 130", STUFFS["crumb"], 15) for x in (-170, -50, 70)),
        stuff="cork",
        shade=(70, 34),
        gleam=(16, 12),
    )


@shape("lemon", 65, focus=(0.5, 0.5))
def lemon(c: Canvas, ink: Ink) -> None:
    """Draw a lemon with a leaf."""
    c.form(
        (
            "M-130 -92C-116 -170 -40 -196 30 -186C90 -180 118 -150 130 -130C150 -126 156 -106 "
            "146 -92C130 -84 126 -70 112 -50C70 -4 -20 10 -76 -12C-116 -30 -136 -60 -130 -92Z"
        ),
        STUFFS["lemon"],
        shade=(40, 26),
        gleam=(12, 10),
        stuff="cork",
    )
    c.form(leaf(-110, -140, 130, -60, 0.4), LEAF, shade=(5, 6))


@shape("pear", 110, focus=(0.5, 0.5))
def pear(c: Canvas, ink: Ink) -> None:
    """Draw a pear."""
    c.mark(line("M6 -300q4 -40 26 -54", STUFFS["soil"], 11))
    c.form(
        smooth(
            [
                (0, -312),
                (56, -286),
                (76, -210),
                (128, -110),
                (100, -22),
                (0, 0),
                (-100, -22),
                (-128, -110),
                (-76, -210),
                (-56, -286),
            ],
            True,
        ),
        STUFFS["pear"],
        shade=(52, 18),
        gleam=(14, 8),
        stuff="cork",
    )
    c.form(leaf(8, -318, 110, -18, 0.36), LEAF, shade=(4, 5))


@shape("orange", 75)
def orange(c: Canvas, ink: Ink) -> None:
    """Draw a mandarin with its leaf."""
    c.form(oval(0, -92, 104, 92), Ink(0.74, 0.155, 58), shade=(38, 26), gleam=(12, 10), stuff="cork")
    c.form(leaf(0, -178, 100, -24, 0.4), LEAF, shade=(4, 5))


@shape("books", 230)
def books(c: Canvas, ink: Ink) -> None:
    """Draw a stack of four books lying on top of each other."""
    rows = (
        (-250, 500, 58, ink),
        (-220, 470, 44, INKS["chalk"].deeper(0.06)),
        (-240, 440, 66, INKS["charcoal"]),
        (-196, 400, 40, ink.paler(0.1)),
    )
    y = 0.0
    for x, wide, high, tone in rows:
        y -= high
        c.form(
            slab(x, y, wide, high, 7),
            tone,
            fill(slab(x + 40, y - 5, 12, 90), tone.line(), 0.8),
            fill(slab(x + wide - 60, y - 5, 12, 90), tone.line(), 0.8),
            line(f"M{x + 130} {y + high / 2}h{wide * 0.36:.0f}", tone.line(), 7),
            shade=(16, 9),
            gleam=(6, 4),
        )


@shape("row-of-books", 240)
def row_of_books(c: Canvas, ink: Ink) -> None:
    """Draw six books standing in a row, the last one leaning."""
    x = -230.0
    for wide, high, name in (
        (60, 330, "teal"),
        (44, 290, "chalk"),
        (74, 350, "madder"),
        (52, 310, "charcoal"),
        (64, 336, "ochre"),
    ):
        tone = INKS[name]
        c.form(
            slab(x, -high, wide, high, 4),
            tone,
            fill(slab(x, -high + 34, wide, 9), tone.line(), 0.85),
            fill(slab(x, -60, wide, 9), tone.line(), 0.85),
            shade=(14, 4),
            gleam=(6, 3),
        )
        x += wide + 2
    with c.place(x + 92, -6, turn=-16):
        c.form(
            slab(-30, -316, 54, 316, 4),
            INKS["indigo"],
            fill(slab(-30, -280, 54, 9), INKS["chalk"]),
            shade=(12, 4),
            gleam=(6, 3),
        )


@shape("fern", 420)
def fern(c: Canvas, ink: Ink) -> None:
    """Draw a leafy plant in a small pot."""
    for long, turn in ((300, -90), (290, -60), (290, -122), (250, -34), (250, -148), (210, -8), (210, -172)):
        sprig(c, 0, -190, long, turn, LEAF.paler(0.03 if turn % 4 else 0), 6)
    c.form(
        lathe([(-210, 116), (-170, 116), (-166, 104), (0, 76)], 0.16, hard=True),
        ink,
        stuff="terracotta",
        shade=(60, 6),
        gleam=(12, 0),
    )


@shape("branch", 560)
def branch(c: Canvas, ink: Ink) -> None:
    """Draw three bare winter branches with berries."""
    for points in (
        [(0, 0), (-30, -170), (-110, -330), (-130, -460)],
        [(0, 0), (20, -200), (80, -380), (60, -540)],
        [(-20, -120), (70, -260), (170, -340), (210, -430)],
    ):
        c.form(tube([(float(x), float(y)) for x, y in points], 13, 4), STUFFS["soil"].paler(0.06), shade=(3, 3))
    for x, y in (
        (-120, -420),
        (-96, -300),
        (-150, -470),
        (60, -520),
        (92, -400),
        (44, -310),
        (150, -320),
        (206, -440),
        (176, -380),
        (24, -220),
        (-66, -240),
        (90, -470),
    ):
        c.form(oval(x, y, 19), INKS["madder"], shade=(7, 7), gleam=(5, 5))


@shape("open-book", 300, lies=True)
def open_book(c: Canvas, ink: Ink) -> None:
    """Draw an open book from above."""
    c.form(slab(-310, -210, 620, 420, 10), ink, shade=(9, 9))
    for side in (-1, 1):
        c.form(
            f"M0 -190C{side * 60} -206 {side * 180} -204 {side * 296} -196V196C{side * 180} 188 {side * 60} 186 0 200Z",
            STUFFS["paper"],
            shade=(8, 6),
            depth=0.5,
        )
        for y in range(-150, 150, 30):
            c.mark(line(f"M{side * 40} {y}H{side * (250 if (y // 30) % 4 else 170)}", INKS["charcoal"], 5, 0.5))


@shape("sprig", 200, lies=True)
def lone_sprig(c: Canvas, ink: Ink) -> None:
    """Draw a sprig lying on a table."""
    sprig(c, -150, 60, 320, -20)


@shape("slice", 110, lies=True)
def bread_slice(c: Canvas, ink: Ink) -> None:
    """Draw a slice of bread from above."""
    from .cookware import slice_of_bread

    slice_of_bread(c, 0, 0, 2)


@shape("lemon-half", 62, lies=True)
def lemon_half(c: Canvas, ink: Ink) -> None:
    """Draw a halved lemon from above."""
    c.form(oval(0, 0, 100), STUFFS["lemon"].deeper(0.03), shade=(7, 7))
    c.form(oval(0, 0, 88), INKS["chalk"], shade=None)
    for turn in range(0, 360, 45):
        with c.place(turn=turn):
            c.mark(fill("M10 -4L76 -26C84 -8 84 8 76 26L10 4Z", STUFFS["lemon"]))


@shape("armchair", 820)
def armchair(c: Canvas, ink: Ink) -> None:
    """Draw a plain upholstered armchair."""
    for x in (-230, 206):
        c.form(slab(x, -60, 24, 60), WOODS["walnut"], shade=(8, 0))
    c.form(
        "M-210 -440C-214 -500 -160 -520 0 -520S214 -500 210 -440V-180H-210Z",
        ink,
        shade=(30, 16),
        gleam=(12, 9),
        stuff="wool",
    )
    c.form(slab(-200, -230, 400, 110, 26), ink.paler(0.04), shade=(20, 20), gleam=(10, 8), stuff="wool")
    for x in (-270, 190):
        c.form(slab(x, -310, 80, 260, 30), ink, shade=(20, 12), gleam=(10, 8), stuff="wool")
    c.form(slab(-200, -124, 400, 76, 8), ink.deeper(0.03), shade=(10, 10), stuff="wool")
