"""Things to cut and cook with: knives, boards, pans and the kettle."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, slab, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape

STEEL = STUFFS["steel"]
BRASS = STUFFS["brass"]


def _scales(c: Canvas, path: str, ink: Ink, rivets: list[tuple[float, float]]) -> None:
    wooden = ink in WOODS.values()
    c.form(path, ink, stuff="wood" if wooden else "", grain=90, shade=(13, 3), gleam=(6, 3))
    for x, y in rivets:
        c.mark(fill(oval(x, y, 9), BRASS), fill(oval(x - 2, y - 2, 4), BRASS.paler(0.16)))


@shape("knife", 340, lies=True, focus=(0.55, 0.6), zoom=3.0)
def knife(c: Canvas, ink: Ink) -> None:
    """Draw a broad cook's knife, point up."""
    with c.place(turn=24):
        blade = "M34 96L38 -60C40 -250 8 -380 -46 -430C-66 -330 -72 -100 -70 66C-70 84 -62 92 -48 92Z"
        c.form(
            blade,
            STEEL,
            fill("M-46 -430C-66 -330 -72 -100 -70 92L-34 92C-38 -100 -40 -300 -46 -430Z", STEEL.paler(0.09)),
            stuff="steel",
            grain=90,
            shade=(9, 4),
        )
        c.mark(line("M20 60V-80", STEEL.deeper(0.2), 3))
        c.form(slab(-14, 84, 52, 44, 6), STEEL.deeper(0.16), shade=(12, 4), gleam=(5, 3))
        _scales(
            c,
            "M-14 122H38C36 190 30 240 40 300C46 350 40 384 8 388C-22 390 -34 368 -28 330C-20 260 -14 200 -14 122Z",
            ink,
            [(12, 160), (8, 238), (8, 316)],
        )


@shape("paring-knife", 200, lies=True, focus=(0.5, 0.6), zoom=2.8)
def paring_knife(c: Canvas, ink: Ink) -> None:
    """Draw a small pointed paring knife beside a curl of apple peel."""
    with c.place(x=-40, turn=-20):
        blade = "M30 30L28 -120C24 -220 2 -280 -14 -316C-34 -240 -42 -80 -34 30Z"
        c.form(
            blade,
            STEEL,
            fill("M-14 -316C-34 -240 -42 -80 -34 30H-12C-18 -90 -20 -220 -14 -316Z", STEEL.paler(0.09)),
            stuff="steel",
            grain=90,
            shade=(7, 3),
        )
        c.form(slab(-36, 24, 70, 26, 6), BRASS, shade=(18, 3), gleam=(6, 2))
        _scales(
            c,
            "M-34 50H32C40 110 44 190 38 260C34 306 20 324 -2 324C-26 324 -38 300 -42 258C-46 190 -42 110 -34 50Z",
            ink,
            [(-2, 100), (-2, 186), (-2, 270)],
        )
    peel = tube([(120, -190), (196, -110), (120, -20), (200, 60), (140, 150), (190, 216)], 40, 10)
    c.form(peel, INKS["madder"], shade=(10, 8), gleam=(7, 6))


@shape("board", 420, lies=True, focus=(0.3, 0.3), zoom=2.2)
def board(c: Canvas, ink: Ink) -> None:
    """Draw a chequered end-grain block seen from above with its front edge."""
    c.form(slab(-260, -330, 520, 690, 26), ink.deeper(0.13), stuff="wood", shade=(10, 10))
    c.form(slab(-260, -340, 520, 660, 26), ink, shade=(9, 9), gleam=(8, 8))
    size = 520 / 6
    for row in range(8):
        for col in range(6):
            tone = ((row * 3 + col * 5 + row * col) % 5 - 2) * 0.022
            high = min(size * 0.97, 318 - (-338 + row * size))
            x, y = -260 + col * size, -338 + row * size
            c.within(
                slab(-258, -338, 516, 656, 24),
                fill(slab(x + 2, y + 2, size - 4, high - 2, 4), ink.paler(tone) if tone > 0 else ink.deeper(-tone)),
            )
            bend = 12 if (row + col) % 2 else -12
            for step in (0.22, 0.42, 0.62, 0.82):
                yy = y + size * step
                c.within(
                    slab(x + 2, y + 2, size - 4, max(4, high - 2)),
                    line(
                        f"M{x} {yy:.0f}Q{x + size / 2:.0f} {yy + bend:.0f} {x + size:.0f} {yy:.0f}",
                        ink.deeper(0.12),
                        2.4,
                        0.6,
                    ),
                )
    c.mark(line(slab(-226, -306, 452, 592, 16), ink.deeper(0.2), 7, 0.7))


@shape("bread-board", 460, lies=True, focus=(0.45, 0.2), zoom=2.2)
def bread_board(c: Canvas, ink: Ink) -> None:
    """Draw a round-shouldered bread board with a handle, a hole and a leather loop."""
    outline = (
        "M-52 -420C-52 -470 52 -470 52 -420L46 -300C46 -256 80 -246 140 -230C230 -206 262 -150 262 -60V220"
        "C262 310 220 340 140 340H-140"
        "C-220 340 -262 310 -262 220V-60C-262 -150 -230 -206 -140 -230C-80 -246 -46 -256 -46 -300Z"
    )
    c.form(outline, ink, stuff="wood", grain=90, shade=(12, 14), gleam=(8, 8))
    c.mark(fill(oval(0, -404, 17), ink.deeper(0.3)))
    c.mark(line("M0 -404C40 -500 70 -520 54 -548C30 -560 -4 -500 0 -404", STUFFS["leather"], 8))
    c.mark(line("M-190 280H190", ink.deeper(0.14), 5), line("M-190 294H190", ink.deeper(0.14), 2.5))


@shape("skillet", 400, lies=True, focus=(0.4, 0.4), zoom=2.1)
def skillet(c: Canvas, ink: Ink) -> None:
    """Draw a cast-iron skillet from above, two pouring lips and a drilled handle."""
    with c.place(turn=-32):
        c.form("M-30 -200L-22 -420C-20 -470 20 -470 22 -420L30 -200Z", ink, stuff="iron", shade=(12, 4), gleam=(6, 4))
        c.mark(fill(oval(0, -418, 11, 19), ink.deeper(0.16)))
        lips = "M-236 -24C-256 -20 -262 20 -236 24L236 24C262 20 256 -20 236 -24Z"
        c.form(lips, ink, shade=(6, 6))
        c.form("M-60 214C-50 250 50 250 60 214Z", ink, shade=(6, 6))
        c.form(oval(0, 0, 236), ink, stuff="iron", shade=(12, 14), gleam=(9, 8))
        c.form(oval(0, 0, 214), ink.deeper(0.1), fill(oval(10, 10, 206), ink.deeper(0.03)), shade=None)
        c.form(oval(4, 5, 178), ink.paler(0.02), shade=None, stuff="iron")
    c.mark(line("M-128 -70A148 148 0 0 1 -60 -128", ink.paler(0.24), 11, 0.8))


@shape("casserole", 170, focus=(0.35, 0.35), zoom=2.2)
def casserole(c: Canvas, ink: Ink) -> None:
    """Draw an enamelled round casserole with its lid, two ears and a brass knob."""
    for side in (-1, 1):
        c.form(
            tube([(side * 226, -226), (side * 296, -232), (side * 300, -184), (side * 226, -168)], 30),
            ink,
            stuff="enamel",
            shade=(-4, 9),
            gleam=(5, 5),
        )
    c.form(
        lathe([(-262, 242), (-60, 238), (-16, 222), (0, 196)], 0.15), ink, stuff="enamel", shade=(128, 6), gleam=(18, 0)
    )
    c.form(
        lathe([(-274, 240), (-250, 248)], 0.15, hard=True),
        INKS["chalk"] if not ink.pale else ink.deeper(0.2),
        shade=(100, 0),
    )
    lid = lathe([(-366, 56), (-352, 120), (-318, 208), (-286, 246), (-272, 250)], 0.16)
    c.form(
        lid,
        ink.paler(0.015),
        fill(hoop(-316, 5, 220, 0.16), ink.deeper(0.08)),
        stuff="enamel",
        shade=(118, 16),
        gleam=(16, 8),
    )
    c.form(lathe([(-384, 26), (-366, 20)], 0.2, hard=True), BRASS.deeper(0.1), shade=(16, 0))
    c.form(
        lathe([(-424, 34), (-408, 46), (-390, 40), (-382, 26)], 0.25), BRASS, shade=(30, 4), gleam=(8, 4), stuff="brass"
    )


@shape("saucepan", 120, focus=(0.3, 0.3), zoom=2.1)
def saucepan(c: Canvas, ink: Ink) -> None:
    """Draw a milk saucepan with a pouring lip and a long enamelled handle."""
    rim = INKS["indigo"] if ink.pale else INKS["chalk"]
    c.form("M150 -206L410 -262C440 -268 452 -226 424 -216L160 -152Z", ink, stuff="enamel", shade=(4, 14), gleam=(4, 6))
    c.mark(line("M396 -242q22 -6 24 4q-6 10 -24 8z", rim, 8))
    c.form(
        "M-196 -246C-226 -262 -236 -252 -236 -246C-226 -228 -206 -214 -190 -180L-100 -246Z",
        ink,
        shade=None,
        gleam=(5, 5),
    )
    c.form(
        lathe([(-244, 196), (-40, 184), (-10, 172), (0, 154)], 0.15), ink, stuff="enamel", shade=(104, 4), gleam=(16, 0)
    )
    top = (
        "M-236 -247C-206 -266 -120 -274 0 -274C120 -274 196 -260 196 -244C196 -226 110 -214 "
        "0 -214C-100 -214 -180 -226 -200 -236C-212 -240 -226 -242 -236 -247Z"
    )
    c.form(
        top,
        INKS["chalk"] if not ink.pale else ink.inside(),
        fill(oval(0, -228, 172, 20), INKS["chalk"].deeper(0.07) if not ink.pale else ink),
        shade=None,
    )
    c.mark(line(top, rim, 11), line("M-140 -170q-6 60 -2 110", STUFFS["paper"], 9, 0.45))


@shape("kettle", 240, focus=(0.45, 0.4), zoom=2.0)
def kettle(c: Canvas, ink: Ink) -> None:
    """Draw a stove kettle: wide base, short spout, arched handle with a wooden grip."""
    c.form(
        tube([(-150, -250), (-168, -400), (-80, -456), (80, -456), (168, -400), (150, -250)], 18),
        STEEL.deeper(0.3),
        shade=(-5, 7),
    )
    c.form(tube([(-84, -456), (0, -462), (84, -456)], 44), WOODS["beech"], stuff="wood", shade=(0, 14), gleam=(3, 6))
    spout = "M-176 -90C-236 -130 -238 -216 -290 -260L-250 -294C-214 -256 -190 -230 -120 -214Z"
    c.form(spout, ink, stuff="enamel", shade=(8, 16), gleam=(6, 8))
    c.form("M-304 -262L-250 -308L-240 -296L-292 -250Z", STEEL, shade=(6, 6))
    body = lathe([(-284, 82), (-268, 120), (-190, 190), (-90, 222), (-30, 226), (0, 214)], 0.13)
    c.form(body, ink, fill(hoop(-26, 60, 226, 0.13), ink.deeper(0.09)), stuff="enamel", shade=(104, 20), gleam=(20, 12))
    c.form(lathe([(-312, 40), (-298, 74), (-282, 86)], 0.16), ink.paler(0.02), shade=(44, 6), gleam=(7, 4))
    c.form(oval(0, -330, 22, 20), WOODS["beech"], shade=(9, 6), gleam=(4, 3))
    c.mark(line("M-150 -190C-176 -140 -182 -110 -182 -80", STUFFS["paper"], 11, 0.5))


def slice_of_bread(c: Canvas, x: float, y: float, size: float = 1) -> None:
    """Draw one slice of bread from above."""
    with c.place(x, y, size):
        c.form(
            "M-80 70V-20C-120 -60 -90 -104 0 -104C90 -104 120 -60 80 -20V70C80 84 -80 84 -80 70Z",
            STUFFS["crust"],
            shade=(5, 6),
        )
        c.form(
            "M-68 62V-24C-100 -58 -76 -92 0 -92C76 -92 100 -58 68 -24V62C68 72 -68 72 -68 62Z",
            STUFFS["crumb"],
            shade=None,
            stuff="cork",
        )
