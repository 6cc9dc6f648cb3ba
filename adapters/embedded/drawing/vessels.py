"""Things to drink and pour from: mugs, cups, jugs, the teapot, glasses."""

from __future__ import annotations

import math

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, smooth, tube
from .ink import INKS, STUFFS, Ink
from .shapes import shape

CLAY = Ink(0.745, 0.062, 62)
COFFEE = Ink(0.36, 0.05, 50)
TEA = Ink(0.60, 0.115, 58)


def mouth(
    c: Canvas,
    y: float,
    radius: float,
    ink: Ink,
    flat: float = 0.15,
    lip: float = 6,
    drink: Ink | None = None,
    x: float = 0,
) -> None:
    """Draw the open top of a vessel: hollow, lip, and what is in it."""
    marks = []
    if drink:
        marks.append(fill(oval(x, y + radius * flat * 0.55, radius * 0.94, radius * flat * 0.86), drink))
    else:
        marks.append(
            fill(oval(x + radius * 0.28, y + radius * flat * 0.7, radius * 0.9, radius * flat), ink.paler(0.02))
        )
    c.form(oval(x, y, radius, radius * flat), ink.inside(), *marks, shade=None)
    c.mark(line(oval(x, y, radius - lip / 2, radius * flat - lip / 3), ink.paler(0.07), lip))


def stripe_ink(ink: Ink) -> Ink:
    """Return the ink for a painted band on a glaze of the given ink."""
    if ink == INKS["chalk"]:
        return INKS["indigo"]
    return INKS["chalk"] if not ink.pale else ink.deeper(0.26)


def steam(c: Canvas, x: float, y: float, tall: float = 120) -> None:
    """Draw two wisps of steam."""
    for at, sway in ((0.0, 1), (34.0, -1)):
        points = [(x + at + sway * 14 * math.sin(t * 1.5), y - t * tall / 4) for t in range(5)]
        c.mark(line(smooth(points), STUFFS["paper"], 7, 0.75))


@shape("mug", 95, focus=(0.62, 0.35), zoom=2.1)
def mug(c: Canvas, ink: Ink) -> None:
    """Draw a straight mug with a round handle and a bare clay foot."""
    handle = tube([(128, -258), (206, -262), (236, -190), (214, -118), (130, -92)], 40, 34)
    c.form(handle, ink, stuff="stoneware", shade=(-9, 10), gleam=(7, 7))
    body = lathe([(-320, 150), (-300, 150), (-60, 148), (-22, 142), (0, 122)], 0.16)
    c.form(
        body,
        ink,
        fill(hoop(-34, 80, 150, 0.16), CLAY),
        fill(hoop(-268, 9, 151, 0.16), stripe_ink(ink)),
        fill(hoop(-250, 4, 151, 0.16), stripe_ink(ink)),
        stuff="stoneware",
        shade=(74, 4),
        gleam=(15, 0),
    )
    mouth(c, -320, 150, ink, 0.16, 8)


@shape("cup", 65, focus=(0.5, 0.3), zoom=2.1)
def cup(c: Canvas, ink: Ink) -> None:
    """Draw a small espresso cup with its saucer."""
    c.form(
        lathe([(-34, 225), (-26, 222), (-4, 130), (0, 112)], 0.2),
        ink.paler(0.02),
        stuff="porcelain",
        shade=(60, 10),
        gleam=(6, 4),
    )
    c.form(
        oval(0, -36, 222, 43),
        ink.paler(0.04),
        fill(oval(6, -34, 150, 26), ink.deeper(0.06)),
        line(oval(0, -37, 208, 38), stripe_ink(ink), 4),
        shade=None,
    )
    c.form(
        tube([(112, -222), (170, -228), (182, -176), (154, -140), (92, -124)], 26, 22),
        ink,
        stuff="porcelain",
        shade=(-6, 7),
        gleam=(5, 5),
    )
    c.form(
        lathe([(-260, 126), (-200, 124), (-110, 102), (-58, 66), (-38, 58)], 0.17),
        ink,
        fill(hoop(-236, 6, 127, 0.17), stripe_ink(ink)),
        stuff="porcelain",
        shade=(62, 6),
        gleam=(12, 0),
    )
    mouth(c, -260, 126, ink, 0.17, 7, COFFEE)
    c.mark(line("M-70 -254q20 14 60 12", TEA.paler(0.14), 5))


@shape("tea-bowl", 80, focus=(0.42, 0.35), zoom=2.1)
def tea_bowl(c: Canvas, ink: Ink) -> None:
    """Draw a handleless tea bowl, dipped in glaze over bare clay, with a foot ring."""
    c.form(lathe([(-34, 92), (0, 84)], 0.16, hard=True), CLAY.deeper(0.05), shade=(50, 0))
    body = lathe([(-280, 192), (-245, 194), (-150, 184), (-72, 146), (-34, 96), (-26, 84)], 0.16)
    dip = smooth(
        [(-260, -92), (-170, -84), (-120, -70), (-60, -66), (-20, -44), (30, -62), (90, -78), (150, -70), (260, -100)]
    )
    c.form(
        body,
        ink,
        fill(dip + "L300 100L-300 100Z", CLAY),
        line(dip, ink.deeper(0.12), 7),
        stuff="stoneware",
        shade=(92, 6),
        gleam=(16, 2),
    )
    mouth(c, -280, 192, ink, 0.16, 9, Ink(0.66, 0.09, 112))


@shape("enamel-mug", 80, focus=(0.5, 0.25), zoom=2.0)
def enamel_mug(c: Canvas, ink: Ink) -> None:
    """Draw an enamel mug with a rolled dark rim and a flat strap handle."""
    rim = INKS["indigo"] if ink.pale else INKS["chalk"]
    c.form(
        tube([(150, -236), (226, -238), (232, -190), (196, -84), (146, -70)], 25),
        ink,
        stuff="enamel",
        shade=(-6, 7),
        gleam=(5, 5),
    )
    c.form(
        lathe([(-290, 172), (-40, 160), (-8, 152), (0, 140)], 0.15), ink, stuff="enamel", shade=(88, 4), gleam=(14, 0)
    )
    mouth(c, -290, 174, INKS["chalk"] if not ink.pale else ink, 0.15, 5)
    c.mark(line(oval(0, -290, 172, 25), rim, 12))
    c.mark(line("M-110 -210q-6 70 -3 130", STUFFS["paper"], 9, 0.5))


@shape("jug", 210, focus=(0.45, 0.3), zoom=2.1)
def jug(c: Canvas, ink: Ink) -> None:
    """Draw a tall pouring jug with a lip at the left and a strap handle."""
    c.form(
        tube([(96, -452), (196, -466), (240, -390), (222, -268), (140, -190)], 40, 34),
        ink,
        stuff="stoneware",
        shade=(-9, 10),
        gleam=(7, 7),
    )
    c.form(
        "M-88 -500C-150 -520 -176 -506 -178 -494C-160 -470 -118 -430 -96 -390L40 -400L60 -500Z",
        ink,
        stuff="stoneware",
        shade=(30, 8),
        gleam=(6, 6),
    )
    body = lathe([(-490, 112), (-420, 96), (-350, 104), (-230, 158), (-130, 170), (-50, 148), (0, 112)], 0.16)
    c.form(
        body,
        ink,
        fill(hoop(-34, 90, 165, 0.16), CLAY),
        fill(hoop(-360, 8, 170, 0.16), stripe_ink(ink)),
        fill(hoop(-344, 4, 170, 0.16), stripe_ink(ink)),
        stuff="stoneware",
        shade=(92, 6),
        gleam=(18, 0),
    )
    top = (
        "M-178 -496C-140 -512 -96 -522 0 -522C66 -520 112 -508 112 -492C112 -474 62 "
        "-464 0 -463C-60 -463 -84 -474 -110 -482C-136 -486 -160 -490 -178 -496Z"
    )
    c.form(top, ink.inside(), fill(oval(30, -466, 96, 24), ink.deeper(0.03)), shade=None)
    c.mark(line(top, ink.paler(0.07), 8))


@shape("teapot", 150, focus=(0.42, 0.3), zoom=2.1)
def teapot(c: Canvas, ink: Ink) -> None:
    """Draw a round teapot with a bamboo-wrapped bail handle, lid and spout."""
    cane = STUFFS["willow"]
    c.form(
        tube([(-146, -286), (-150, -420), (-70, -504), (0, -514), (70, -504), (150, -420), (146, -286)], 20),
        cane,
        *(line(f"M{x} -530l12 60", cane.deeper(0.16), 6) for x in range(-110, 120, 22)),
        shade=(-5, 8),
    )
    spout = (
        "M-150 -120C-214 -140 -214 -226 -262 -282C-272 -294 -296 -292 -304 -300"
        "L-288 -318C-262 -312 -226 -306 -204 -268C-188 -236 -160 -214 -120 -210Z"
    )
    c.form(spout, ink, stuff="stoneware", shade=(10, 14), gleam=(6, 8))
    c.mark(fill(oval(-296, -308, 13, 8), ink.inside()))
    body = lathe([(-292, 92), (-284, 112), (-230, 186), (-150, 214), (-66, 184), (-14, 112), (0, 92)], 0.15)
    c.form(
        body,
        ink,
        fill(hoop(-128, 9, 216, 0.15), stripe_ink(ink)),
        fill(hoop(-108, 4, 216, 0.15), stripe_ink(ink)),
        stuff="stoneware",
        shade=(96, 22),
        gleam=(20, 10),
    )
    for side in (-1, 1):
        c.form(oval(side * 140, -276, 19, 17), ink.deeper(0.03), shade=(5, 6))
    lid = lathe([(-338, 34), (-326, 70), (-300, 106), (-290, 112)], 0.16)
    c.form(lid, ink.paler(0.02), stuff="stoneware", shade=(46, 6), gleam=(8, 4))
    c.form(lathe([(-384, 24), (-374, 30), (-360, 24), (-340, 14)], 0.3), ink.paler(0.02), shade=(14, 4), gleam=(4, 2))


def _glass(c: Canvas, body: str, ink: Ink) -> None:
    """Print a clear body: two transparent layers and a gleam."""
    c.form(body, ink.paler(0.12), opacity=0.55, shade=(40, 0), depth=0.45, gleam=(12, 0), stuff="glass")


def _clear(ink: Ink) -> Ink:
    return STUFFS["glass"] if ink in (INKS["chalk"], INKS["natural"]) else ink


@shape("tumbler", 90, focus=(0.45, 0.3), zoom=1.9)
def tumbler(c: Canvas, ink: Ink) -> None:
    """Draw a fluted tumbler half full of water."""
    ink = _clear(ink)
    tint = ink if ink.light < 0.8 else ink.deeper(0.08)
    body = lathe([(-350, 142), (-120, 130), (-16, 116), (0, 108)], 0.15)
    c.form(oval(0, -350, 142, 21), ink.paler(0.1), opacity=0.6, shade=None)
    _glass(c, body, ink)
    flutes = [line(f"M{x * 1.12:.0f} -210L{x} -20", tint.deeper(0.04), 5, 0.5) for x in (-96, -62, -22, 22, 62, 96)]
    c.within(
        body,
        fill(hoop(-190, 400, 136, 0.15), tint, 0.55),
        *flutes,
        fill(hoop(-26, 60, 128, 0.15), tint.deeper(0.1), 0.55),
    )
    c.mark(fill(oval(0, -190, 133, 20), tint.paler(0.1), 0.75), line(oval(0, -350, 139, 20), tint.deeper(0.06), 6))
    c.mark(line("M-112 -316L-104 -220", STUFFS["paper"], 13, 0.85))


@shape("carafe", 260, focus=(0.5, 0.62), zoom=2.1)
def carafe(c: Canvas, ink: Ink) -> None:
    """Draw a water carafe with a long neck and a round stopper."""
    ink = _clear(ink)
    tint = ink if ink.light < 0.8 else ink.deeper(0.08)
    body = lathe([(-470, 62), (-450, 54), (-330, 52), (-270, 78), (-180, 136), (-70, 144), (-14, 128), (0, 116)], 0.15)
    c.form(body, ink.paler(0.12), opacity=0.55, shade=(46, 0), depth=0.45, stuff="glass")
    c.within(body, fill(hoop(-196, 400, 150, 0.15), tint, 0.6), fill(hoop(-22, 60, 140, 0.15), tint.deeper(0.1), 0.5))
    c.mark(fill(oval(0, -200, 118, 17), tint.paler(0.1), 0.8))
    c.mark(
        line("M-104 -164C-124 -120 -118 -70 -108 -50", STUFFS["paper"], 12, 0.85),
        line("M-34 -440V-346", STUFFS["paper"], 9, 0.8),
        line(oval(0, -470, 60, 9), tint.deeper(0.06), 6),
    )
    c.form(lathe([(-500, 44), (-466, 36)], 0.16, hard=True), STUFFS["cork"], stuff="cork", shade=(22, 0))
    c.form(oval(0, -538, 46), STUFFS["cork"], stuff="cork", shade=(24, 12), gleam=(8, 6))


@shape("wine-glass", 210, focus=(0.5, 0.25), zoom=2.2)
def wine_glass(c: Canvas, ink: Ink) -> None:
    """Draw a wine glass on a coloured stem."""
    bowl = lathe([(-520, 108), (-440, 128), (-360, 118), (-290, 62), (-262, 14)], 0.15)
    clear = STUFFS["glass"]
    stem = _clear(ink)
    stem = stem if stem.light < 0.8 else stem.deeper(0.1)
    c.form(lathe([(-14, 30), (-8, 110), (0, 116)], 0.17), stem, opacity=0.85, shade=(50, 6), gleam=(6, 3))
    c.form(lathe([(-276, 16), (-240, 8), (-90, 8), (-30, 14), (-8, 44)], 0.2), stem, shade=(9, 0), opacity=0.92)
    c.form(bowl, clear.paler(0.04), opacity=0.6, shade=(40, 0), depth=0.4, stuff="glass")
    wine = Ink(0.42, 0.14, 12)
    c.within(bowl, fill(hoop(-410, 200, 128, 0.15), wine, 0.92))
    c.mark(fill(oval(0, -410, 123, 18), wine.paler(0.12)))
    c.mark(
        line(oval(0, -520, 105, 15), clear.deeper(0.16), 5),
        line("M-92 -484C-108 -440 -102 -400 -92 -380", STUFFS["paper"], 10, 0.85),
    )
