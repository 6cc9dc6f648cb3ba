"""The garden: pots, the long can, the trowel, twine and seeds."""

from __future__ import annotations

import math

from .canvas import Canvas, Mark, fill, line
from .geometry import hoop, lathe, leaf, oval, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .props import sprig
from .shapes import shape

LEAF, SOIL, ZINC = STUFFS["leaf"], STUFFS["soil"], STUFFS["zinc"]


@shape("pot", 240, focus=(0.45, 0.65), zoom=2.0)
def pot(c: Canvas, ink: Ink) -> None:
    """Draw a long-tom flower pot with a rim, a saucer and a young geranium."""
    clay = STUFFS["terracotta"] if ink in (INKS["natural"], INKS["madder"]) else ink
    for x, y, top in ((-60, -420, -520), (10, -440, -590), (80, -420, -500)):
        c.mark(line(f"M0 -300C{x * 0.3:.0f} -360 {x} {y} {x * 1.2:.0f} {top}", LEAF, 9))
    for x, y, r in ((-112, -420, 56), (104, -410, 60), (-20, -396, 62), (-70, -476, 44), (84, -482, 40)):
        petal = smooth(
            [
                (
                    x + math.cos(t * math.pi / 5) * r * (1 if t % 2 else 0.84),
                    y + math.sin(t * math.pi / 5) * r * 0.72 * (1 if t % 2 else 0.84),
                )
                for t in range(10)
            ],
            True,
        )
        c.form(
            petal,
            LEAF.paler(0.04),
            line(
                (
                    f"M{x} {y + r * 0.3:.0f}L{x} {y - r * 0.4:.0f}M{x} {y + r * 0.3:.0f}"
                    f"L{x - r * 0.5:.0f} {y}M{x} {y + r * 0.3:.0f}L{x + r * 0.5:.0f} {y}"
                ),
                LEAF.deeper(0.12),
                4,
            ),
            shade=(8, 8),
        )
    for x, y in ((-72, -526), (12, -594), (96, -508)):
        for dx, dy in ((-22, 4), (22, 4), (0, -20), (-10, 22), (14, 22), (0, 2)):
            c.form(
                oval(x + dx, y + dy, 19), INKS["rose"] if clay == STUFFS["terracotta"] else INKS["madder"], shade=(6, 6)
            )
    c.form(
        lathe([(-36, 140), (-26, 142), (0, 124)], 0.18),
        clay.deeper(0.02),
        stuff="terracotta",
        shade=(66, 4),
        gleam=(8, 2),
    )
    c.form(oval(0, -36, 138, 24), clay.deeper(0.1), shade=None)
    c.form(
        lathe([(-250, 144), (-20, 106)], 0.17, hard=True),
        clay,
        line("M-150 -120A150 25 0 0 0 150 -120", clay.deeper(0.08), 4),
        stuff="terracotta",
        shade=(82, 8),
        gleam=(14, 0),
    )
    c.form(lathe([(-318, 168), (-246, 162)], 0.17, hard=True), clay, stuff="terracotta", shade=(92, 4), gleam=(14, 0))
    rim = oval(0, -318, 168, 28)
    c.within("M-168 -318A168 28 0 0 0 168 -318V-316H-168Z", fill(rim, SOIL))
    c.mark(line("M-165 -316A165 27 0 0 0 165 -316", clay.paler(0.07), 8))


@shape("planter", 300, focus=(0.3, 0.65), zoom=2.1)
def planter(c: Canvas, ink: Ink) -> None:
    """Draw an oval zinc planter with two ring handles, planted with herbs."""
    zinc = ZINC if ink in (INKS["natural"], INKS["charcoal"], ZINC) else ink
    for x, long, turn, tone in (
        (-190, 190, -108, 0.0),
        (-120, 240, -96, 0.05),
        (-50, 210, -84, 0.0),
        (30, 260, -92, 0.03),
        (100, 220, -80, 0.06),
        (180, 200, -68, 0.0),
        (-160, 150, -130, 0.04),
        (150, 160, -50, 0.04),
    ):
        sprig(c, x, -236, long, turn, (LEAF if tone != 0.05 else STUFFS["thyme"]).paler(tone), 6)
    c.form(
        lathe([(-260, 292), (-30, 252), (0, 246)], 0.1, hard=True),
        zinc,
        fill(hoop(-212, 10, 300, 0.1), zinc.deeper(0.1)),
        fill(hoop(-50, 10, 300, 0.1), zinc.deeper(0.1)),
        stuff="zinc",
        shade=(130, 4),
        gleam=(18, 0),
    )
    c.form(
        "M-298 -264A298 32 0 0 0 298 -264V-240A298 32 0 0 1 -298 -240Z", zinc.paler(0.06), shade=(120, 2), gleam=(10, 0)
    )
    for x in (-170, 170):
        c.form(oval(x, -150, 22, 16), zinc.deeper(0.06), shade=(6, 5))
        c.mark(line(oval(x, -118, 34, 38), zinc.deeper(0.2), 11), line(oval(x - 2, -120, 34, 38), zinc.paler(0.1), 3))


@shape("watering-can", 380, focus=(0.6, 0.5), zoom=2.1)
def watering_can(c: Canvas, ink: Ink) -> None:
    """Draw a long-reach watering can: drum, hooped handle, thin spout with a brass rose."""
    c.form(
        tube([(70, -290), (60, -430), (170, -462), (250, -370), (236, -210), (150, -84)], 26),
        ink.deeper(0.03),
        stuff="enamel",
        shade=(-6, 9),
        gleam=(4, 6),
    )
    c.form("M-60 -60L-330 -392L-308 -412L-60 -150Z", ink, stuff="enamel", shade=(6, 14), gleam=(3, 6))
    c.form(tube([(-60, -250), (-196, -262)], 14), ink.deeper(0.06), shade=(2, 5))
    with c.place(-326, -410, turn=-40):
        c.form("M-16 20L-58 -44H58L16 20Z", STUFFS["brass"], stuff="brass", shade=(22, 2), gleam=(8, 0))
        c.form(oval(0, -46, 59, 17), STUFFS["brass"].paler(0.06), shade=None)
        c.mark(
            *(fill(oval(x, y, 4, 3), STUFFS["brass"].deeper(0.28)) for x in (-36, -18, 0, 18, 36) for y in (-51, -42))
        )
    c.form(
        lathe([(-290, 140), (-276, 152), (-20, 152), (0, 146)], 0.15),
        ink,
        fill(hoop(-240, 10, 152, 0.15), ink.deeper(0.09)),
        fill(hoop(-48, 10, 152, 0.15), ink.deeper(0.09)),
        stuff="enamel",
        shade=(84, 2),
        gleam=(16, 0),
    )
    c.form("M-140 -290A140 22 0 0 1 20 -311L20 -268A140 22 0 0 1 -140 -290Z", ink.inside(), shade=None)
    c.form("M14 -312A140 22 0 0 1 140 -290A140 22 0 0 1 14 -268C-6 -280 -6 -300 14 -312Z", ink.paler(0.04), shade=None)
    c.mark(line(oval(0, -290, 139, 21), ink.paler(0.08), 7))


@shape("trowel", 320, lies=True, focus=(0.5, 0.3), zoom=2.3)
def trowel(c: Canvas, ink: Ink) -> None:
    """Draw a hand trowel: forged blade, swan neck, ash handle with a leather loop."""
    handle = ink if ink in WOODS.values() else WOODS["ash"]
    steel = STUFFS["steel"].deeper(0.08)
    with c.place(turn=32):
        blade = (
            "M0 -400C60 -340 92 -250 88 -120C86 -70 60 -50 22 -44H-22"
            "C-60 -50 -86 -70 -88 -120C-92 -250 -60 -340 0 -400Z"
        )
        c.form(
            blade,
            steel,
            fill(
                "M0 -400C-60 -340 -92 -250 -88 -120C-86 -70 -60 -50 -22 -44C-44 -160 -34 -300 0 -400Z", steel.paler(0.1)
            ),
            stuff="steel",
            grain=90,
            shade=(14, 6),
        )
        c.mark(line("M0 -330V-70", steel.deeper(0.13), 9))
        c.form(tube([(0, -60), (12, -10), (0, 60)], 30, 26), steel.deeper(0.1), shade=(9, 3), gleam=(5, 2))
        c.form(slab(-23, 48, 46, 46, 8), STUFFS["brass"], stuff="brass", shade=(16, 2), gleam=(7, 0))
        c.form(
            "M-24 90H24C36 150 34 250 30 330C28 372 -28 372 -30 330C-34 250 -36 150 -24 90Z",
            handle,
            fill(slab(-60, 296, 120, 90), ink if ink not in WOODS.values() else INKS["madder"]),
            stuff="wood",
            grain=90,
            shade=(16, 4),
            gleam=(8, 2),
        )
        c.mark(line("M0 342C-40 430 40 430 2 342", STUFFS["leather"], 9))


@shape("twine", 110, focus=(0.4, 0.45), zoom=1.9)
def twine(c: Canvas, ink: Ink) -> None:
    """Draw a ball of garden twine with a loose end and its paper band."""
    jute = STUFFS["jute"] if ink == INKS["natural"] else ink
    c.mark(line("M120 -40C220 0 280 -60 330 -20S300 44 230 14", jute, 11))
    ball = oval(0, -190, 196, 190)
    marks: list[Mark] = []
    for turn, count in ((-38, 13), (34, 9)):
        for at in range(count):
            off = -190 + at * (380 / (count - 1))
            marks.append(
                f'<g transform="rotate({turn} 0 -190)">'
                + line(
                    f"M-210 {off - 190:.0f}Q0 {off - 190 + (60 if turn < 0 else -50):.0f} 210 {off - 190:.0f}",
                    jute.deeper(0.13),
                    6,
                )
                + "</g>"
            )
            if turn < 0:
                marks.append(
                    f'<g transform="rotate({turn} 0 -190)">'
                    + line(f"M-210 {off - 178:.0f}Q0 {off - 118:.0f} 210 {off - 178:.0f}", jute.paler(0.07), 4)
                    + "</g>"
                )
    c.form(ball, jute, *marks[:26], stuff="", shade=(70, 34), gleam=(14, 10))
    c.within(
        ball,
        *(
            f'<g transform="rotate(52 0 -190)">{line(f"M-30 {y}q60 26 160 0", jute.deeper(0.16), 7)}</g>'
            for y in range(-300, -80, 26)
        ),
    )
    c.form(
        "M-196 -232A196 40 0 0 0 196 -232V-146A196 40 0 0 1 -196 -146Z",
        STUFFS["paper"],
        line("M-196 -220A196 40 0 0 0 196 -220M-196 -158A196 40 0 0 0 196 -158", LEAF, 5),
        stuff="paper",
        shade=(70, 0),
    )
    c.mark(
        fill(leaf(-8, -134, 66, -150, 0.4), LEAF),
        fill(leaf(8, -134, 66, -30, 0.4), LEAF),
        line("M0 -122V-150", LEAF, 5),
    )


def _herb(c: Canvas, tone: Ink) -> None:
    c.mark(line("M0 130C-8 40 10 -40 0 -140M-2 60C-40 40 -70 10 -84 -50M4 20C40 0 70 -40 78 -90", tone.deeper(0.06), 6))
    for x, y, turn in (
        (0, -140, -90),
        (-84, -50, -120),
        (78, -90, -60),
        (0, -90, -150),
        (2, -90, -30),
        (-2, -30, -150),
        (4, -30, -30),
        (-50, 20, 170),
        (50, -10, 10),
        (-2, 70, -30),
        (-60, 0, -60),
        (58, -36, -130),
    ):
        c.form(leaf(x, y, 66, turn, 0.42), tone, shade=(3, 4))


@shape("seed-packet", 130, lies=True, focus=(0.5, 0.45), zoom=1.8)
def seed_packet(c: Canvas, ink: Ink) -> None:
    """Draw a paper seed packet with a herb printed on it and seeds spilled below."""
    with c.place(turn=-5):
        c.form(slab(-206, -330, 412, 600, 4), STUFFS["paper"].deeper(0.02), stuff="paper", shade=(9, 9), gleam=(6, 6))
        c.form("M-206 -330H206L190 -256H-190Z", ink.deeper(0.04), stuff="paper", shade=(0, 8))
        c.form(
            slab(-180, -236, 360, 380, 2),
            ink.paler(0.26) if ink.light < 0.66 else ink.paler(0.12),
            shade=None,
            stuff="paper",
        )
        with c.place(0, -38, 1.12):
            _herb(c, LEAF if ink.light > 0.6 or ink in (INKS["moss"], INKS["teal"]) else ink)
        c.mark(line("M-130 180H130", ink, 13), line("M-90 212H90M-60 238H60", ink, 5))
    for x, y, turn in ((70, 330, 20), (120, 310, 70), (170, 350, -20), (20, 352, 100), (216, 318, 40), (130, 366, 0)):
        with c.place(x, y, turn=turn):
            c.form(oval(0, 0, 15, 8), SOIL.paler(0.12), shade=(3, 3))


@shape("seed-tin", 70, focus=(0.5, 0.4), zoom=1.8)
def seed_tin(c: Canvas, ink: Ink) -> None:
    """Draw a flat round tin of meadow seeds, its lid leaning, poppies beside it."""
    for x, top, tone in ((-150, -430, "madder"), (-86, -500, "ochre"), (-200, -352, "rose")):
        c.mark(line(f"M-110 -60C{x} -160 {x - 10} -260 {x} {top + 30}", LEAF, 8))
        for turn in range(0, 360, 72):
            with c.place(x, top, turn=turn):
                c.form(oval(0, -32, 30, 32), INKS[tone], shade=(7, 7))
        c.mark(fill(oval(x, top, 17), SOIL))
    c.form(leaf(-128, -160, 110, -150, 0.3), LEAF, shade=(4, 5))
    with c.place(120, -196, turn=14):
        c.form(oval(10, 6, 182, 186), ink.deeper(0.12), shade=None)
        c.form(
            oval(0, 0, 182, 186),
            ink,
            line(oval(0, 0, 158, 162), ink.line(), 5),
            stuff="enamel",
            shade=(18, 16),
            gleam=(10, 9),
        )
        for turn in range(0, 360, 40):
            with c.place(turn=turn):
                c.mark(fill(leaf(0, -52, 74, -90, 0.36), ink.line()))
        c.mark(fill(oval(0, 0, 34), INKS["ochre"] if not ink.pale else ink.line()))
    c.form(
        lathe([(-104, 206), (0, 200)], 0.2, hard=True),
        ink,
        fill(hoop(-66, 22, 206, 0.2), ink.line(), 0.9),
        stuff="enamel",
        shade=(100, 0),
        gleam=(14, 0),
    )
    c.form(
        oval(0, -104, 206, 41),
        ink.inside(),
        fill(oval(0, -96, 190, 32), STUFFS["jute"].deeper(0.18)),
        *(
            fill(oval(x, -96 + (x * 7 % 23) - 11, 9, 6), STUFFS["crumb"].deeper((x % 5) * 0.05))
            for x in range(-150, 160, 17)
        ),
        shade=None,
    )
    c.mark(line(oval(0, -104, 203, 39), ink.paler(0.09), 7))
