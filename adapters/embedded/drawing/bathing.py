"""Bath and laundry: soap, brushes, the basket, the airer."""

from __future__ import annotations

import math

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape


@shape("soap", 60, focus=(0.4, 0.4), zoom=2.0)
def soap(c: Canvas, ink: Ink) -> None:
    """Draw two stamped soap blocks, the upper one turned, with bubbles."""
    bar = STUFFS["soap"] if ink in (INKS["natural"], INKS["moss"]) else ink.paler(0.12) if ink.light < 0.7 else ink
    c.form(slab(-252, -132, 500, 132, 26), bar.deeper(0.06), stuff="soap", shade=(40, 14), gleam=(8, 8))
    c.form("M-234 -132L-186 -176H196L244 -132Z", bar.deeper(0.01), shade=None)
    c.form(WRAPPER, INKS["chalk"], line("M-60 -60H60M-40 -38H40", INKS["charcoal"], 5), stuff="paper", shade=(14, 8))
    c.mark(fill(oval(0, -92, 16), INKS["charcoal"]), fill(oval(7, -92, 11), INKS["chalk"]))
    with c.place(4, -176, turn=-7):
        c.form(
            (
                "M-190 -150C-192 -166 -180 -172 -166 -172L-120 -222H222L212 -90"
                "C210 -60 196 -30 180 -16L-150 -6C-176 -6 -186 -16 -188 -40Z"
            ),
            bar.deeper(0.03),
            stuff="soap",
            shade=(34, 14),
        )
        c.form(
            (
                "M-190 -160L-128 -226C-122 -232 -116 -234 -108 -234H208C222 -234 226 -226 218 -216"
                "L176 -160C170 -152 164 -150 154 -150H-178C-194 -150 -198 -152 -190 -160Z"
            ),
            bar.paler(0.04),
            stuff="soap",
            shade=(8, 8),
        )
        c.mark(
            line("M-96 -192H-30M50 -192H128", bar.deeper(0.16), 7),
            fill(oval(12, -192, 34, 19), bar.deeper(0.14)),
            fill(oval(22, -193, 24, 14), bar.paler(0.04)),
        )
    for x, y, r in ((-240, -184, 26), (-206, -216, 15), (-262, -228, 12), (262, -20, 30), (300, -46, 17)):
        c.mark(
            fill(oval(x, y, r), STUFFS["paper"], 0.75),
            line(oval(x, y, r), STUFFS["glass"].deeper(0.16), 3, 0.8),
            fill(oval(x - r * 0.3, y - r * 0.35, r * 0.24), STUFFS["paper"]),
        )


WRAPPER = "M-92 -178H92L98 -132V2H-98V-132Z"


@shape("brush", 240, lies=True, focus=(0.45, 0.75), zoom=2.2)
def brush(c: Canvas, ink: Ink) -> None:
    """Draw a dish brush: long handle, wire, a round head of bristles, and a loop."""
    wood = ink
    with c.place(turn=24):
        c.mark(line("M0 -420C-34 -496 34 -496 0 -420", STUFFS["jute"].deeper(0.06), 8))
        stick = [(-15, -430), (15, -430), (25, -370), (16, -160), (15, 40), (-15, 40), (-16, -160), (-25, -370)]
        c.form(smooth(stick, True), wood, stuff="wood", grain=90, shade=(11, 4), gleam=(6, 3))
        c.mark(line("M-20 -340H20M-22 -326H22", INKS["madder"], 7))
        c.mark(line("M-10 20C-20 80 -78 80 -92 150M10 20C20 80 78 80 92 150", STUFFS["steel"].deeper(0.25), 8))
        tuft = STUFFS["crumb"]
        tips = [line(f"M{x * 0.8:.0f} 190L{x} 320", tuft.deeper(0.13), 4) for x in range(-112, 120, 14)]
        c.form(
            "M-90 190C-104 230 -116 262 -118 290C-70 312 70 312 118 290C116 262 104 230 90 190Z",
            tuft,
            *tips,
            stuff="bristle",
            shade=(30, 8),
        )
        c.form(
            "M-98 150C-98 132 98 132 98 150V196C98 222 -98 222 -98 196Z",
            wood,
            stuff="wood",
            shade=(34, 8),
            gleam=(9, 3),
        )
        c.form(oval(0, 148, 98, 22), wood.paler(0.05), shade=None)


@shape("bath-brush", 420, lies=True, focus=(0.5, 0.25), zoom=2.2)
def bath_brush(c: Canvas, ink: Ink) -> None:
    """Draw a bath brush seen from the bristle side: oval head, long curved handle."""
    with c.place(turn=-26):
        c.form(
            tube([(0, -60), (6, 100), (0, 260), (4, 390)], 44, 36),
            ink,
            stuff="wood",
            grain=90,
            shade=(13, 5),
            gleam=(7, 3),
        )
        c.mark(line("M4 376C-30 450 46 450 6 376", STUFFS["leather"], 9))
        c.form(oval(0, -220, 132, 210), ink, stuff="wood", grain=90, shade=(13, 14), gleam=(9, 8))
        c.form(oval(0, -220, 104, 180), ink.deeper(0.09), shade=None)
        tuft = STUFFS["crumb"]
        for ring, count in ((0.0, 1), (0.30, 6), (0.58, 11), (0.86, 17)):
            for at in range(count):
                turn = 2 * math.pi * at / count + ring * 3
                x, y = math.cos(turn) * 100 * ring, -220 + math.sin(turn) * 174 * ring
                c.form(
                    oval(x, y, 17, 19),
                    tuft if (at + count) % 2 else tuft.deeper(0.05),
                    line(f"M{x - 6:.0f} {y - 6:.0f}l3 9M{x + 5:.0f} {y - 7:.0f}l-2 10", STUFFS["jute"].deeper(0.1), 3),
                    shade=(6, 6),
                )


@shape("laundry-basket", 560, focus=(0.4, 0.4), zoom=2.2)
def laundry_basket(c: Canvas, ink: Ink) -> None:
    """Draw a tall willow basket with two handles, linen hanging over its rim."""
    cane = STUFFS["willow"] if ink in (INKS["natural"], STUFFS["willow"]) else ink.paler(0.06)
    cloth = INKS["teal"]
    for side in (-1, 1):
        c.form(
            tube([(side * 150, -420), (side * 176, -504), (side * 214, -504), (side * 214, -400)], 22),
            cane.deeper(0.07),
            stuff="jute",
            shade=(4, 6),
        )
    c.form(oval(0, -430, 216, 40), cane.deeper(0.2), shade=None)
    c.form(
        smooth(
            [(-190, -420), (-150, -490), (-60, -520), (10, -486), (90, -530), (170, -470), (196, -416), (0, -380)], True
        ),
        INKS["chalk"],
        stuff="linen",
        shade=(40, 22),
    )
    c.mark(
        line("M-140 -440C-100 -480 -60 -470 -30 -440M40 -440C80 -490 120 -480 150 -440", INKS["chalk"].deeper(0.14), 5)
    )
    c.form(
        lathe([(-430, 216), (-300, 208), (-120, 188), (0, 170)], 0.13),
        cane,
        *(line(f"M-230 {y}A230 30 0 0 0 230 {y}", cane.deeper(0.15), 7) for y in (-330, -318, -80)),
        stuff="willow",
        shade=(110, 4),
        gleam=(16, 0),
    )
    c.form(
        "M-218 -436A218 40 0 0 0 218 -436V-402A218 40 0 0 1 -218 -402Z",
        cane.paler(0.05),
        *(line(f"M{x} -470l22 110", cane.deeper(0.13), 6) for x in range(-220, 230, 24)),
        shade=(50, 6),
        gleam=(8, 4),
    )
    c.form(
        (
            "M-150 -412C-100 -398 -20 -394 40 -396L56 -200C30 -210 10 -190 -18 "
            "-196C-50 -204 -70 -182 -96 -190C-120 -196 -134 -184 -152 -186Z"
        ),
        cloth,
        fill(hoop(-262, 24, 230, 0.1), cloth.line(), 0.9),
        fill(hoop(-230, 8, 230, 0.1), cloth.line(), 0.9),
        stuff="linen",
        shade=(16, 10),
        gleam=(8, 6),
    )


@shape("airer", 900, focus=(0.5, 0.25), zoom=2.3)
def airer(c: Canvas, ink: Ink) -> None:
    """Draw a folding clothes airer on three legs with washing on its rails."""
    wood = ink if ink in WOODS.values() else WOODS["beech"]
    cloth = INKS["teal"] if ink in WOODS.values() else ink
    for x0, x1 in ((-250, -90), (250, 90)):
        c.form(tube([(x1 * 1.6, -560), (x0 * 0.9, -30)], 20), wood.deeper(0.1), shade=(5, 2))
    for y, half in ((-470, 206), (-330, 220), (-190, 234)):
        c.form(slab(-half, y - 20, 2 * half, 13, 6), wood.deeper(0.08), shade=(3, 5))
    for x0, x1 in ((-220, -290), (220, 290)):
        c.form(tube([(x0 * 0.62, -590), (x1, 0)], 25), wood, stuff="wood", grain=90, shade=(8, 2), gleam=(5, 1))
    for y, half in ((-550, 168), (-400, 220), (-250, 262), (-110, 300)):
        c.form(slab(-half, y, 2 * half, 17, 8), wood, stuff="wood", shade=(4, 8), gleam=(3, 4))
    c.form(
        "M-120 -554C-118 -560 -112 -562 -100 -562H40C52 -562 56 -558 56 -552L66 -296C10 -286 -70 -286 -130 -296Z",
        cloth,
        fill(slab(-140, -344, 220, 14), cloth.line()),
        fill(slab(-140, -322, 220, 6), cloth.line()),
        stuff="linen",
        shade=(14, 9),
        gleam=(7, 6),
    )
    c.shade("M-40 -560C-46 -460 -40 -380 -46 -290H-26C-20 -380 -30 -460 -22 -560Z", 0.6)
    c.form(
        "M84 -404C84 -412 92 -414 100 -414H180C190 -414 192 -408 192 -400L204 -196C170 -190 120 -190 80 -196Z",
        INKS["chalk"],
        fill(slab(60, -240, 200, 12), INKS["madder"]),
        fill(slab(60, -220, 200, 5), INKS["madder"]),
        stuff="linen",
        shade=(12, 9),
    )
    c.form(
        "M-214 -254H-120V-130C-120 -112 -132 -104 -146 -108L-196 -96C-214 -92 -222 -106 -218 -120Z",
        INKS["ochre"],
        fill(slab(-230, -254, 130, 20), INKS["ochre"].deeper(0.14)),
        stuff="wool",
        shade=(10, 8),
        gleam=(5, 4),
    )
