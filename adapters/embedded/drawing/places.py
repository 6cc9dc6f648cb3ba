"""Places drawn for the journal and the shops page: kiln, loom, mending, the street."""

from __future__ import annotations

import random

from . import settings
from .canvas import Canvas, fill, line
from .geometry import oval, slab, smooth, tube
from .ink import INKS, STUFFS, TINTS, WALLS, WOODS, Ink
from .inuse import Prop as P
from .inuse import put
from .stationery import emblem

PAPER, INK = STUFFS["paper"], STUFFS["ink"]
OWN = INKS["chalk"]


def _set(page: Canvas, *props: P) -> None:
    for prop in props:
        put(page, prop, OWN)


def kiln(page: Canvas) -> None:
    """Draw a brick kiln with its door open on glowing ware, and pots drying beside it."""
    settings.floor(page, TINTS["sand"], WOODS["walnut"].paler(0.1), 1200, 800, 0.80)
    brick, fire = WALLS["brick"], Ink(0.80, 0.150, 72)
    page.form("M90 650V250C90 150 230 90 390 90S690 150 690 250V650Z", brick, shade=(60, 20), gleam=(14, 10))
    shell = "M90 650V250C90 150 230 90 390 90S690 150 690 250V650Z"
    courses = []
    for row in range(15):
        y = 650 - row * 40
        courses.append(line(f"M60 {y}H720", brick.deeper(0.10), 4))
        courses += [line(f"M{x} {y}v-40", brick.deeper(0.10), 4) for x in range(60 + (row % 2) * 40, 720, 80)]
    page.within(shell, *courses)
    page.shade("M600 650V250C600 190 590 150 560 122C640 150 690 190 690 250V650Z", 0.9)
    page.form("M196 650V366C196 270 584 270 584 366V650Z", brick.deeper(0.12), shade=None)
    hollow = "M226 650V380C226 300 554 300 554 380V650Z"
    page.within(
        hollow,
        fill(hollow, fire),
        fill(oval(390, 560, 190, 190), fire.paler(0.09)),
        fill(slab(226, 468, 328, 14), brick.deeper(0.16)),
        fill(slab(226, 634, 328, 20), brick.deeper(0.16)),
    )
    _set(
        page,
        P("jug", 300, 468, 120, "madder"),
        P("vase", 400, 468, 130, "terracotta"),
        P("mug", 488, 468, 76, "madder"),
        P("bowl", 330, 634, 96, "terracotta"),
        P("mug", 460, 634, 84, "madder"),
        P("mug", 520, 634, 70, "terracotta"),
    )
    page.shade(hollow, 0.25)
    page.form(slab(330, 10, 120, 92), brick.deeper(0.06), shade=(26, 0))
    page.form(
        "M584 350L690 330V664L584 650Z",
        STUFFS["iron"],
        line("M600 420L676 408M600 580L676 588", STUFFS["iron"].paler(0.2), 8),
        shade=(20, 4),
    )
    for y in (330, 500, 664):
        page.form(slab(790, y, 360, 22), WOODS["oak"], stuff="wood", shade=(6, 8))
    for x in (800, 1120):
        page.form(slab(x, 150, 22, 560), WOODS["oak"].deeper(0.06), stuff="wood", grain=90, shade=(8, 0))
    _set(
        page,
        P("jug", 880, 330, 150, "natural"),
        P("jug", 1020, 330, 150, "natural"),
        P("bowl", 890, 500, 84, "chalk"),
        P("bowl", 890, 452, 84, "chalk"),
        P("vase", 1040, 500, 138, "natural"),
        P("mug", 870, 664, 90, "chalk"),
        P("mug", 960, 664, 90, "chalk"),
        P("mug", 1050, 664, 90, "natural"),
        P("stool", 730, 770, 130, "oak"),
    )


def loom(page: Canvas) -> None:
    """Draw a floor loom with a striped cloth half woven, yarn in a basket beside it."""
    settings.floor(page, TINTS["sage"], WOODS["ash"], 1200, 800, 0.78)
    settings.window(page, 880, 90, 230, 300)
    oak = WOODS["oak"]
    page.form(slab(250, 110, 36, 610, 4), oak.deeper(0.08), stuff="wood", grain=90, shade=(10, 0))
    page.form(slab(690, 110, 36, 610, 4), oak.deeper(0.08), stuff="wood", grain=90, shade=(10, 0))
    page.form(slab(226, 96, 524, 44, 6), oak, stuff="wood", shade=(4, 14), gleam=(4, 5))
    warp = "M300 140H676L704 620H272Z"
    threads = [
        line(f"M{300 + k * 9.4:.0f} 140L{272 + k * 10.8:.0f} 620", (PAPER if k % 6 else INKS["madder"]).deeper(0.02), 3)
        for k in range(41)
    ]
    page.within(warp, fill(warp, TINTS["sage"].deeper(0.1)), *threads)
    page.form(slab(262, 250, 452, 30, 4), oak.paler(0.04), stuff="wood", shade=(4, 10))
    page.form(slab(262, 330, 452, 22, 4), oak.deeper(0.03), stuff="wood", shade=(4, 8))
    cloth = "M287 386H691L704 620H272Z"
    bands: list[str] = []
    y = 620.0
    for name, tall in (
        ("indigo", 60),
        ("chalk", 14),
        ("ochre", 22),
        ("chalk", 14),
        ("madder", 50),
        ("rose", 16),
        ("indigo", 34),
        ("chalk", 30),
    ):
        y -= tall
        bands.append(fill(slab(240, y, 500, tall), INKS[name]))
    page.form(cloth, INKS["indigo"], *bands, stuff="jute", shade=(18, 0))
    page.form(
        slab(236, 606, 504, 52, 26),
        oak,
        fill(slab(280, 600, 420, 70), INKS["indigo"]),
        stuff="wood",
        shade=(10, 22),
        gleam=(6, 8),
    )
    for x in (206, 716):
        page.form(slab(x, 420, 52, 340, 6), oak, stuff="wood", grain=90, shade=(14, 0), gleam=(6, 0))
    page.form(
        smooth([(420, 372), (500, 358), (580, 372), (500, 386)], True),
        WOODS["walnut"],
        fill(oval(500, 372, 34, 8), INKS["chalk"]),
        shade=(6, 6),
    )
    _set(page, P("stool", 480, 790, 120, "ash"))
    _set_yarn(page, 950, 700)
    _set(page, P("blanket", 100, 770, 130, "madder"))


def _set_yarn(page: Canvas, x: float, y: float) -> None:
    for dx, dy, name in (
        (-70, -70, "madder"),
        (10, -90, "ochre"),
        (84, -66, "indigo"),
        (-20, -150, "rose"),
        (60, -156, "teal"),
    ):
        ball = oval(x + dx, y + dy, 58)
        tone = INKS[name]
        curls = [
            line(f"M{x + dx - 60} {y + dy + k}q60 {34 if k < 0 else -30} 120 0", tone.deeper(0.12), 4)
            for k in range(-50, 60, 17)
        ]
        page.form(ball, tone, *curls, shade=(20, 14), gleam=(7, 6))
    page.form(
        f"M{x - 160} {y - 60}H{x + 170}L{x + 130} {y + 70}H{x - 120}Z",
        STUFFS["willow"],
        stuff="willow",
        shade=(50, 6),
        gleam=(9, 4),
    )


def mending(page: Canvas) -> None:
    """Draw a blanket being darned: woven patch, needle, thread, scissors and buttons."""
    settings.above(page, TINTS["blush"], WOODS["oak"], 1200, 800)
    cloth = "M180 90C400 60 760 80 1010 110C1030 300 1016 520 1000 690C740 720 420 716 200 690C176 500 170 280 180 90Z"
    wool = INKS["indigo"]
    stripes = [fill(slab(130, y, 920, h), INKS["chalk"]) for y, h in ((130, 46), (190, 12), (590, 12), (616, 46))]
    page.form(cloth, wool, *stripes, stuff="wool", shade=(14, 16), gleam=(8, 8))
    page.shade("M380 80C360 300 400 500 380 716H420C430 500 396 300 420 78Z", 0.6)
    for k in range(17):
        page.mark(line(f"M{470 + k * 13} 296V500", INKS["ochre"], 7))
    for k in range(13):
        y = 306 + k * 15
        if k < 10:
            page.mark(line(f"M462 {y}H690", INKS["madder"], 7, 1, "13 13" if k % 2 else "0 13 13 0"))
    page.mark(line("M690 441C760 430 800 380 850 396S930 330 900 262", INKS["madder"], 6))
    page.form(tube([(900, 262), (960, 150)], 9, 4), STUFFS["steel"], shade=(2, 2))
    for x, top, name in ((130, 610, "madder"), (230, 700, "ochre"), (100, 730, "teal")):
        page.form(slab(x - 52, top - 62, 104, 22, 6), WOODS["beech"], shade=(10, 8))
        page.form(
            slab(x - 38, top - 42, 76, 84),
            INKS[name],
            *(line(f"M{x - 40} {yy}l80 8", INKS[name].deeper(0.1), 3) for yy in range(top - 42, top + 42, 9)),
            shade=(20, 6),
            gleam=(8, 0),
        )
        page.form(slab(x - 52, top + 40, 104, 22, 6), WOODS["beech"], shade=(10, 8))
    with page.place(1000, 560, 1.1, -28):
        for side in (-1, 1):
            page.form(
                f"M{side * 4} 20L{side * 26} -230C{side * 10} -240 {side * -4} -150 {side * -10} 20Z",
                STUFFS["steel"],
                shade=(6, 4),
                gleam=(3, 2),
            )
            page.mark(
                line(f"M0 16L{side * 40} 96", STUFFS["iron"], 20),
                line(oval(side * 58, 142, 42, 54), STUFFS["iron"], 19),
            )
        page.mark(fill(oval(0, 6, 10), STUFFS["brass"]))
    for x, y, name in ((860, 590, "rose"), (800, 640, "ochre"), (900, 660, "teal")):
        page.form(
            oval(x, y, 27), INKS[name], line(oval(x, y, 18), INKS[name].deeper(0.12), 4), shade=(7, 7), gleam=(5, 5)
        )
        page.mark(*(fill(oval(x + dx, y + dy, 3.6), INK) for dx in (-6, 6) for dy in (-6, 6)))


def street(page: Canvas) -> None:
    """Draw the front of a shop on a winter morning."""
    page.mark(fill(slab(0, 0, 1200, 800), Ink(0.80, 0.055, 235)))
    page.form(slab(-20, -20, 300, 700), WALLS["petal"], shade=None)
    page.form(slab(930, -20, 300, 700), WALLS["mustard"], shade=None)
    for x, y in ((60, 60), (60, 270), (1010, 60), (1010, 270)):
        page.form(slab(x, y, 120, 150), PAPER, shade=(7, 8))
        page.mark(
            fill(slab(x + 10, y + 10, 100, 130), WALLS["dusk"]),
            line(f"M{x + 60} {y + 10}v130M{x + 10} {y + 75}h100", PAPER, 7),
        )
    page.form(slab(240, -20, 720, 700), WALLS["pine"], shade=(14, 0))
    for x in (340, 560, 780):
        page.form(slab(x - 10, 10, 120, 108), PAPER, shade=(7, 8))
        page.mark(fill(slab(x, 20, 100, 90), Ink(0.88, 0.06, 88)), line(f"M{x + 50} 20v90M{x} 65h100", PAPER, 6))
    page.form(slab(262, 146, 676, 84, 4), INKS["indigo"].deeper(0.06), shade=(8, 10), gleam=(6, 5))
    emblem(page, 600, 188, 24, INKS["ochre"], INKS["indigo"].deeper(0.06))
    page.mark(line("M330 188H520M680 188H870", INKS["ochre"], 5))
    glow = Ink(0.925, 0.060, 88)
    page.form(slab(300, 300, 400, 300), PAPER, shade=(6, 6))
    page.mark(fill(slab(316, 316, 368, 268), glow))
    page.form(slab(316, 440, 368, 12), WOODS["oak"], shade=None)
    _set(
        page,
        P("teapot", 400, 440, 96, "madder"),
        P("vase", 500, 440, 104, "teal"),
        P("jug", 600, 440, 104, "ochre"),
        P("chair", 400, 584, 124, "oak"),
        P("laundry-basket", 506, 584, 90, "natural"),
        P("table-lamp", 610, 584, 120, "rose"),
    )
    page.mark(line("M500 316V584", PAPER, 8))
    page.form(slab(740, 300, 160, 372), INKS["madder"], shade=(10, 6), gleam=(6, 5))
    page.mark(
        fill(slab(764, 324, 112, 180), glow),
        line("M820 324v180M764 414h112", INKS["madder"], 7),
        fill(oval(764, 570, 9), STUFFS["brass"]),
    )
    put(page, P("branch", 820, 400, 70), OWN)
    for k in range(12):
        edge = 262 + k * 56.3
        page.form(
            f"M{edge:.1f} 232H{edge + 56.3:.1f}L{edge + 66.3 - k * 0.6:.1f} 312A30 24 0 0 1 {edge + 4 - k * 0.6:.1f} 312Z",
            INKS["chalk"] if k % 2 else INKS["madder"],
            shade=None,
        )
    page.shade("M262 312H948V336H262Z", 0.8)
    page.form(slab(280, 600, 440, 80), WALLS["pine"].deeper(0.06), shade=None)
    page.mark(
        fill(slab(0, 676, 1200, 140), TINTS["stone"].deeper(0.06)),
        *(line(f"M{x} 680L{x - 60} 800", TINTS["stone"].deeper(0.14), 4) for x in range(60, 1300, 130)),
        fill(slab(0, 672, 1200, 14), TINTS["stone"].deeper(0.2)),
    )
    _set(
        page,
        P("bench", 470, 740, 90, "oak"),
        P("planter", 190, 740, 190, "zinc"),
        P("fern", 990, 740, 210, "terracotta"),
        P("crate", 640, 760, 100, "oak"),
    )
    dice = random.Random(12)  # noqa: S311
    page.mark(*(fill(oval(dice.uniform(0, 1200), dice.uniform(0, 690), 2.5 + at % 3), PAPER, 0.9) for at in range(70)))
