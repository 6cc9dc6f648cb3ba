"""Things to carry and to give: tote, weekend bag, gift box, crate."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import lathe, oval, poly, slab, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .props import sprig
from .shapes import shape
from .stationery import emblem

PAPER, LEATHER = STUFFS["paper"], STUFFS["leather"]


@shape("tote", 420, focus=(0.5, 0.6), zoom=1.9)
def tote(c: Canvas, ink: Ink) -> None:
    """Draw a market tote with long handles, a printed sun and moon, leeks looking out."""
    c.form(tube([(-90, -400), (-80, -560), (0, -640), (80, -560), (90, -400)], 24), ink.deeper(0.1), shade=(4, 6))
    for x, turn in ((-130, -10), (-98, -3)):
        with c.place(x, -380, turn=turn):
            c.form(
                slab(-17, -70, 34, 120, 8),
                INKS["chalk"],
                fill(slab(-20, -80, 40, 50), STUFFS["pear"].paler(0.06)),
                shade=(9, 0),
            )
            for lean in (-26, 0, 24):
                c.form(
                    poly((-12, -60), (12, -60), (lean + 14, -150), (lean - 2, -190)),
                    STUFFS["leaf"].paler(0.08 if lean else 0),
                    shade=(5, 3),
                )
    body = (
        "M-214 -400C-120 -388 120 -388 214 -400L232 -30C234 4 220 10 "
        "190 10C80 18 -80 18 -190 10C-220 10 -234 4 -232 -30Z"
    )
    c.form(body, ink, stuff="canvas", shade=(26, 14), gleam=(11, 8))
    c.shade("M150 -396C130 -280 160 -120 140 14H190C200 -120 170 -280 180 -398Z", 0.5)
    c.mark(line("M-212 -372C-120 -360 120 -360 212 -372", ink.line(), 4, 0.8, "9 7"))
    tone = ink.line() if ink != INKS["chalk"] else INKS["indigo"]
    emblem(c, 0, -196, 78, tone, ink)
    c.form(
        tube([(-100, -330), (-96, -400), (-84, -520), (0, -590), (84, -520), (96, -400), (100, -330)], 26),
        ink.paler(0.02),
        shade=(5, 8),
        gleam=(4, 4),
        stuff="canvas",
    )
    for x in (-100, 100):
        c.mark(line(f"M{x - 9} -346l18 24M{x + 9} -346l-18 24", ink.line(), 4, 0.8))


@shape("weekend-bag", 330, focus=(0.35, 0.5), zoom=2.2)
def weekend_bag(c: Canvas, ink: Ink) -> None:
    """Draw a canvas weekend bag: leather base, zip, two handles and a strap."""
    c.form(
        tube([(-110, -260), (-110, -400), (0, -450), (110, -400), (110, -260)], 22), LEATHER.deeper(0.1), shade=(4, 6)
    )
    body = (
        "M-300 -40C-320 -180 -296 -290 -230 -306C-120 -322 120 -322 230 -306C296 "
        "-290 320 -180 300 -40C298 -6 290 0 260 0H-260C-290 0 -298 -6 -300 -40Z"
    )
    c.form(
        body,
        ink,
        fill(slab(-340, -96, 680, 110), LEATHER),
        line("M-320 -104H320", LEATHER.paler(0.2), 4, 1, "9 7"),
        stuff="canvas",
        shade=(56, 18),
        gleam=(14, 11),
    )
    c.form(
        (
            "M-236 -314C-120 -336 120 -336 236 -314C246 -300 240 -290 228 -290"
            "C110 -306 -110 -306 -228 -290C-240 -290 -246 -300 -236 -314Z"
        ),
        LEATHER,
        line("M-214 -302C-110 -318 110 -318 214 -302", STUFFS["brass"], 6, 1, "5 4"),
        stuff="leather",
        shade=(6, 6),
        gleam=(4, 4),
    )
    c.form(
        slab(-94, -230, 188, 134, 8),
        ink.paler(0.035),
        line("M-84 -214H84", ink.line(), 3, 0.7, "9 6"),
        stuff="canvas",
        shade=(8, 6),
        gleam=(5, 5),
    )
    for x in (-130, 104):
        c.form(
            slab(x, -308, 26, 304),
            LEATHER,
            line(f"M{x + 5} -304V0M{x + 21} -304V0", LEATHER.paler(0.2), 2.5, 1, "8 6"),
            stuff="leather",
            shade=(7, 0),
            gleam=(4, 0),
        )
        c.mark(fill(oval(x + 13, -244, 8), STUFFS["brass"]))
    c.form(
        tube([(-117, -250), (-112, -400), (-70, -470), (0, -486), (70, -470), (112, -400), (117, -250)], 25),
        LEATHER,
        stuff="leather",
        shade=(5, 8),
        gleam=(4, 5),
    )
    c.form(
        tube([(-44, -482), (0, -487), (44, -482)], 34),
        LEATHER.deeper(0.05),
        stuff="leather",
        shade=(0, 9),
        gleam=(2, 5),
    )
    c.form(tube([(286, -200), (350, -110), (330, -10), (230, 14)], 18), LEATHER.deeper(0.05), shade=(5, 5))
    c.form(slab(196, -250, 62, 84, 8), LEATHER.paler(0.06), shade=(5, 5))
    c.mark(line("M214 -250V-290", LEATHER, 7), line("M208 -214h38M208 -196h26", LEATHER.deeper(0.2), 4))


@shape("gift-box", 260, focus=(0.5, 0.4), zoom=1.9)
def gift_box(c: Canvas, ink: Ink) -> None:
    """Draw a gift box with its lid set back, cups and a jar in paper wool, a ribbon."""
    tie = INKS["ochre"] if ink not in (INKS["ochre"], INKS["natural"]) else INKS["madder"]
    c.form("M-262 -300L262 -300L236 0H-236Z", ink, stuff="card", shade=(60, 8), gleam=(12, 0))
    c.form(
        "M-290 -382C-296 -382 -300 -378 -298 -370L-290 -286H290L298 -370C300 -378 296 -382 290 -382Z",
        ink.paler(0.03),
        stuff="card",
        shade=(64, 10),
        gleam=(12, 7),
    )
    c.form("M-298 -380L-226 -446H226L298 -380Z", ink.paler(0.09), shade=None, stuff="card")
    c.form(
        "M-36 -382L-28 -446H28L36 -382V-286H32L29 0H-29L-32 -286H-36Z", tie, stuff="linen", shade=(18, 0), gleam=(7, 0)
    )
    for side in (-1, 1):
        c.form(tube([(side * 8, -430), (side * 90, -380), (side * 150, -330)], 30, 38), tie.deeper(0.05), shade=(5, 8))
        c.form(
            f"M0 -432C{side * 50} -530 {side * 190} -560 {side * 190} -484C{side * 190} -420 {side * 60} -410 0 -432Z",
            tie,
            fill(
                (
                    f"M{side * 42} -448C{side * 80} -500 {side * 154} -520 "
                    f"{side * 154} -482C{side * 154} -448 {side * 90} -436 {side * 42} "
                    "-448Z"
                ),
                tie.deeper(0.14),
            ),
            shade=(10, 9),
            gleam=(6, 6),
        )
    c.form(slab(-32, -464, 64, 56, 18), tie, shade=(11, 9), gleam=(6, 6))
    with c.place(-150, -150, turn=0):
        emblem(c, 0, 0, 40, ink.line(), ink)
    sprig(c, 12, -424, 150, -64, STUFFS["leaf"], 5)


@shape("crate", 300, focus=(0.35, 0.7), zoom=2.1)
def crate(c: Canvas, ink: Ink) -> None:
    """Draw a slatted crate holding a pot, twine, a trowel and seed packets."""
    wood = ink if ink in WOODS.values() else WOODS["oak"]
    cloth = ink if ink not in WOODS.values() else INKS["moss"]
    c.form(slab(-300, -260, 600, 60), wood.deeper(0.16), shade=None)
    for x, turn, tone in ((120, 8, cloth), (186, 15, INKS["ochre"])):
        with c.place(x, -160, turn=turn):
            c.form(slab(-66, -260, 132, 240, 4), PAPER, fill(slab(-66, -260, 132, 44), tone), shade=(8, 6))
            c.mark(fill(oval(0, -140, 36), tone), line("M-36 -70H36", tone, 8))
    with c.place(20, -180, turn=6):
        c.form(
            slab(-20, -300, 40, 190, 18),
            WOODS["ash"],
            fill(slab(-40, -310, 80, 46), INKS["madder"]),
            shade=(14, 0),
            gleam=(6, 0),
            stuff="wood",
            grain=90,
        )
        c.form(slab(-18, -124, 36, 40), STUFFS["brass"], shade=(12, 0))
        c.form(slab(-11, -90, 22, 90), STUFFS["steel"].deeper(0.15), shade=(7, 0))
    with c.place(-160, -150):
        sprig(c, -10, -180, 170, -100)
        sprig(c, 10, -180, 190, -76, STUFFS["leaf"].paler(0.05))
        sprig(c, 20, -180, 140, -40)
        c.form(
            lathe([(-200, 108), (-150, 106), (-146, 96), (0, 70)], 0.15, hard=True),
            STUFFS["terracotta"],
            shade=(54, 4),
            gleam=(10, 0),
            stuff="terracotta",
        )
    c.form(
        oval(-20, -220, 62, 58),
        STUFFS["jute"],
        *(line(f"M-90 {y}q70 34 140 0", STUFFS["jute"].deeper(0.14), 5) for y in range(-280, -150, 14)),
        shade=(22, 14),
        gleam=(7, 6),
    )
    for y in (-236, -154, -72):
        c.form(slab(-310, y, 620, 66, 3), wood, stuff="wood", shade=(8, 10), gleam=(5, 5))
    for x in (-306, 262):
        c.form(slab(x, -246, 44, 246, 3), wood.deeper(0.05), stuff="wood", grain=90, shade=(9, 4), gleam=(4, 3))
        for y in (-204, -120, -38):
            c.mark(fill(oval(x + 22, y, 6), STUFFS["iron"]))
    emblem(c, 0, -120, 34, wood.deeper(0.28), wood)
