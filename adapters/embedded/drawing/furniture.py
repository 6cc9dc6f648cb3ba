"""Things to sit on and to hang on a wall: chair, stool, bench, vase, clock, mirror, print."""

from __future__ import annotations

import math

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, poly, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape
from .vessels import CLAY, mouth


def _leg(c: Canvas, x0: float, y0: float, x1: float, y1: float, ink: Ink, wide: float = 26, thin: float = 20) -> None:
    c.form(tube([(x0, y0), (x1, y1)], wide, thin), ink, stuff="wood", grain=90, shade=(9, 2), gleam=(5, 1))


@shape("chair", 860, focus=(0.4, 0.25), zoom=2.3)
def chair(c: Canvas, ink: Ink) -> None:
    """Draw a ladder-back chair with a rush seat, turned a little."""
    back, dark = ink.deeper(0.05), ink.deeper(0.09)
    _leg(c, -96, -620, -88, -40, back)
    _leg(c, 176, -632, 170, -54, back)
    for y in (-560, -470, -380):
        c.form(
            f"M-98 {y}C-40 {y - 34} 110 {y - 42} 178 {y - 10}V{y + 34}C110 {y + 6} -40 {y + 12} -98 {y + 44}Z",
            ink,
            stuff="wood",
            shade=(4, 11),
            gleam=(4, 5),
        )
    for x, y in ((-96, -636), (176, -648)):
        c.form(oval(x, y, 17, 20), ink, shade=(7, 4), gleam=(4, 3))
    c.form(tube([(-86, -120), (170, -132)], 15), dark, shade=(3, 5))
    c.form(tube([(-88, -150), (-150, -116)], 15), dark, shade=(3, 5))
    c.form(tube([(172, -160), (150, -124)], 15), dark, shade=(3, 5))
    _leg(c, -158, -300, -156, -12, ink)
    _leg(c, 156, -312, 158, -14, ink)
    for y in (-150, -92):
        c.form(tube([(-156, y), (158, y - 4)], 16), ink, shade=(2, 6), gleam=(2, 4))
    seat = (
        "M-112 -344L186 -352C196 -352 200 -344 196 -336L182 -290C180 -276 172 -270 160 -270"
        "H-162C-178 -270 -184 -278 -180 -290L-132 -334C-126 -342 -120 -344 -112 -344Z"
    )
    straw = STUFFS["jute"].paler(0.04)
    c.form(
        seat,
        straw,
        *(line(f"M{-170 + k * 9} {-276 - k * 2.2}H{176 - k * 9}", straw.deeper(0.13), 3) for k in range(16)),
        *(line(f"M{-120 + k * 16} -344L{10 + k * 1.4:.0f} -310", straw.deeper(0.1), 2.5) for k in range(19)),
        stuff="",
        shade=(6, 14),
        gleam=(4, 5),
    )


@shape("stool", 420, focus=(0.45, 0.2), zoom=2.0)
def stool(c: Canvas, ink: Ink) -> None:
    """Draw a three-legged milking stool, legs wedged through a dished seat."""
    _leg(c, 24, -300, 44, -66, ink.deeper(0.09), 40, 28)
    _leg(c, -120, -300, -190, -14, ink, 44, 30)
    _leg(c, 130, -300, 206, -18, ink, 44, 30)
    c.form(tube([(-160, -140), (176, -146)], 20), ink.deeper(0.04), stuff="wood", shade=(4, 7))
    c.form(lathe([(-352, 224), (-330, 230), (-300, 214)], 0.2), ink, stuff="wood", shade=(100, 8), gleam=(12, 4))
    c.form(
        oval(0, -352, 222, 46),
        ink.paler(0.035),
        fill(oval(8, -348, 160, 28), ink.deeper(0.03)),
        stuff="wood",
        shade=None,
    )
    for x, y in ((-120, -344), (130, -346), (16, -378)):
        c.mark(fill(oval(x, y, 24, 11), ink.deeper(0.1)), line(f"M{x - 16} {y}h32", WOODS["walnut"], 6))


@shape("bench", 450, focus=(0.25, 0.3), zoom=2.6)
def bench(c: Canvas, ink: Ink) -> None:
    """Draw a long hall bench with splayed legs and a stretcher."""
    for x, foot in ((-230, -252), (262, 286)):
        _leg(c, x + 20, -214, foot + 22, -40, ink.deeper(0.09), 26, 20)
    c.form(slab(-262, -118, 540, 22, 8), ink.deeper(0.05), stuff="wood", shade=(4, 9))
    for x, foot in ((-270, -292), (246, 270)):
        _leg(c, x, -214, foot, -8, ink, 32, 24)
    c.form(
        "M-340 -236H344V-204C344 -196 338 -194 330 -194H-328C-338 -194 -340 -196 -340 -204Z",
        ink,
        stuff="wood",
        shade=(8, 16),
        gleam=(5, 5),
    )
    c.form("M-308 -286H312L344 -236H-340Z", ink.paler(0.035), stuff="wood", shade=None)
    for x in (-270, 246):
        c.mark(fill(oval(x, -252, 15, 7), ink.deeper(0.12)), line(f"M{x - 10} -252h20", WOODS["walnut"], 4))


@shape("vase", 260, focus=(0.45, 0.3), zoom=2.0)
def vase(c: Canvas, ink: Ink) -> None:
    """Draw a broad-shouldered vase with a narrow neck and combed lines."""
    body = lathe(
        [(-480, 62), (-462, 54), (-424, 54), (-390, 90), (-330, 170), (-260, 190), (-160, 164), (-50, 114), (0, 100)],
        0.16,
    )
    tone = ink.deeper(0.14) if ink.pale else ink.paler(0.17)
    comb = [line(f"M-200 {y}A200 32 0 0 0 200 {y}", tone, 4.5) for y in range(-300, -190, 17)]
    c.form(body, ink, fill(hoop(-38, 80, 140, 0.16), CLAY), *comb, stuff="stoneware", shade=(104, 10), gleam=(18, 6))
    mouth(c, -480, 62, ink, 0.18, 8)


@shape("clock", 280, lies=True, focus=(0.6, 0.32), zoom=2.0)
def clock(c: Canvas, ink: Ink) -> None:
    """Draw a station clock with bar marks, showing ten past ten."""
    face, hand = STUFFS["paper"], STUFFS["ink"]
    rim = ink if ink.light < 0.93 else ink.deeper(0.05)
    c.form(oval(0, 0, 300), rim, stuff="enamel", shade=(14, 16), gleam=(10, 10))
    c.form(oval(0, 0, 254), face, stuff="paper", shade=None)
    for minute in range(60):
        long, wide = (56, 15) if minute % 15 == 0 else (42, 11) if minute % 5 == 0 else (14, 4)
        turn = math.radians(minute * 6)
        x, y = math.sin(turn), -math.cos(turn)
        c.mark(
            line(f"M{x * 236:.1f} {y * 236:.1f}L{x * (236 - long):.1f} {y * (236 - long):.1f}", hand, wide).replace(
                'cap="round"', 'cap="butt"'
            )
        )
    for turn, long, wide, tone in ((-55, 130, 22, hand), (60, 196, 15, hand)):
        with c.place(turn=turn):
            c.form(slab(-wide / 2, -long, wide, long + 44, 3), tone, shade=None)
    with c.place(turn=200):
        c.form(slab(-3.5, -190, 7, 240), INKS["madder"], shade=None)
        c.mark(fill(oval(0, -150, 17), INKS["madder"]))
    c.mark(fill(oval(0, 0, 17), INKS["madder"]))


@shape("mirror", 600, lies=True, focus=(0.4, 0.75), zoom=2.1)
def mirror(c: Canvas, ink: Ink) -> None:
    """Draw a round mirror in a turned frame on a leather strap."""
    c.form(tube([(-190, -196), (-60, -370), (0, -440)], 22), STUFFS["leather"], stuff="leather", shade=(6, 6))
    c.form(tube([(190, -196), (60, -370), (0, -440)], 22), STUFFS["leather"], stuff="leather", shade=(6, 6))
    c.form(oval(0, -440, 24), WOODS["walnut"], shade=(8, 8), gleam=(5, 5))
    c.form(oval(0, 0, 280), ink, stuff="wood", shade=(13, 15), gleam=(9, 9))
    sky = Ink(0.845, 0.038, 225)
    c.form(
        oval(0, 0, 242),
        sky,
        fill(poly((-300, 60), (60, -300), (150, -300), (-300, 150)), sky.paler(0.08)),
        fill(poly((-220, 240), (240, -220), (270, -190), (-190, 270)), sky.paler(0.05)),
        shade=None,
    )
    c.mark(line(oval(0, 0, 244), ink.deeper(0.18), 6))


@shape("print", 500, lies=True, focus=(0.45, 0.4), zoom=1.8)
def month_print(c: Canvas, ink: Ink) -> None:
    """Draw a framed print: a sun over hills and the twelve moons of a year."""
    c.form(slab(-270, -360, 540, 720, 3), WOODS["oak"], stuff="wood", shade=(10, 10), gleam=(8, 8))
    c.form(slab(-246, -336, 492, 672), STUFFS["paper"], stuff="paper", shade=(-8, -8), depth=0.7)
    field = slab(-192, -282, 384, 420)
    c.within(
        field,
        fill(field, ink.paler(0.24) if ink.light < 0.7 else ink.paler(0.12)),
        fill(oval(40, -110, 104), INKS["ochre"] if ink != INKS["ochre"] else INKS["madder"]),
        *(line(f"M-192 {y}H192", ink.paler(0.12), 4, 0.7) for y in range(-270, 0, 18)),
        fill(smooth([(-240, 30), (-110, -40), (0, 10), (90, -30), (240, 20)]) + "V200H-240Z", ink),
        fill(smooth([(-240, 90), (-60, 40), (60, 80), (240, 50)]) + "V200H-240Z", ink.deeper(0.1)),
    )
    for at in range(12):
        x, y = -176 + at * 32, 190
        phase = (at - 5.5) / 5.5
        c.mark(fill(oval(x, y, 12), ink))
        if abs(phase) > 0.15:
            c.within(
                oval(x, y, 12), fill(oval(x + (1 - abs(phase)) * (24 if phase > 0 else -24), y, 12), STUFFS["paper"])
            )
    c.mark(line("M-110 240H110", ink, 6), line("M-60 262H60", ink, 4))
