"""Things to eat and serve from: plates, bowls, the platter, egg cup, salt and servers."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape
from .vessels import CLAY, mouth, stripe_ink


@shape("plate", 265, lies=True, focus=(0.3, 0.32), zoom=2.0)
def plate(c: Canvas, ink: Ink) -> None:
    """Draw a dinner plate from above: bare rim, banded lip, three waves in the well."""
    c.form(oval(0, 0, 300), CLAY, shade=(8, 9), stuff="stoneware")
    c.form(
        oval(0, 0, 293),
        ink,
        line(oval(0, 0, 268), stripe_ink(ink), 9),
        line(oval(0, 0, 252), stripe_ink(ink), 4),
        stuff="stoneware",
        shade=(14, 16),
        gleam=(9, 9),
    )
    c.form(oval(0, 0, 200), ink.deeper(0.045), shade=None)
    c.form(oval(6, 7, 196), ink.paler(0.015), shade=None, stuff="stoneware")
    for row in (-34, 0, 34):
        wave = smooth([(x, row + (13 if (x // 30) % 2 else -13)) for x in range(-90, 91, 30)])
        c.mark(line(wave, stripe_ink(ink), 7))


def _bowl(c: Canvas, ink: Ink, wide: float, deep: float, foot: float, flat: float) -> str:
    c.form(lathe([(-26, foot + 5), (0, foot)], 0.14, hard=True), CLAY, shade=(foot * 0.5, 0))
    return lathe(
        [
            (-deep, wide),
            (-deep * 0.8, wide * 0.99),
            (-deep * 0.42, wide * 0.82),
            (-deep * 0.16, wide * 0.55),
            (-20, foot + 4),
        ],
        flat,
    )


@shape("bowl", 70, focus=(0.4, 0.35), zoom=2.2)
def bowl(c: Canvas, ink: Ink) -> None:
    """Draw a breakfast bowl with a drip of glaze over its bare foot."""
    body = _bowl(c, ink, 245, 220, 92, 0.19)
    drip = smooth([(-260, -60), (-150, -46), (-80, -34), (-30, -46), (20, -30), (80, -42), (150, -50), (260, -70)])
    c.form(
        body,
        ink,
        fill(drip + "V60H-260Z", CLAY),
        fill(hoop(-176, 8, 246, 0.19), stripe_ink(ink)),
        fill(hoop(-160, 4, 246, 0.19), stripe_ink(ink)),
        stuff="stoneware",
        shade=(110, 12),
        gleam=(16, 4),
    )
    mouth(c, -220, 245, ink, 0.19, 9)


@shape("serving-bowl", 110, focus=(0.35, 0.3), zoom=2.3)
def serving_bowl(c: Canvas, ink: Ink) -> None:
    """Draw a wide serving bowl with fish swimming round it, and pears in it."""
    wide, deep = 300, 210
    body = lathe([(-deep, wide), (-deep * 0.86, wide * 0.98), (-deep * 0.4, wide * 0.8), (-34, 150), (0, 120)], 0.2)
    print_ink = stripe_ink(ink)
    marks = [fill(hoop(-34, 90, 240, 0.2), CLAY)]
    for at, low in ((-210, -120), (-105, -84), (10, -72), (120, -84), (222, -122)):
        marks.append(
            fill(
                f"M{at - 44} {low}C{at - 20} {low - 26} {at + 18} {low - 22} {at + 30} {low}"
                f"l18 -15v32l-18 -15C{at + 18} {low + 20} {at - 20} {low + 22} {at - 44} {low}Z",
                print_ink,
            )
        )
    c.form(body, ink, *marks, stuff="stoneware", shade=(130, 10), gleam=(16, 4))
    mouth(c, -deep, wide, ink, 0.2, 10)
    bowl_in = oval(0, -deep, wide - 12, wide * 0.2 - 7) + slab(-wide, -500, 2 * wide, 500 - deep)
    for x, y, r in ((-110, -214, 62), (104, -212, 66), (0, -222, 72)):
        pear = smooth(
            [(x, y - r * 1.5), (x + r * 0.42, y - r), (x + r, y), (x, y + r), (x - r, y), (x - r * 0.42, y - r)], True
        )
        c.within(bowl_in, fill(pear, STUFFS["pear"].deeper(0.02 if x else -0.03)))
        c.within(pear, fill(oval(x + r * 0.7, y, r * 0.8, r * 1.4), STUFFS["leaf"], 0.35))
        c.mark(line(f"M{x} {y - r * 1.48}q4 -18 14 -28", STUFFS["soil"], 6))
    lip = f"M{-wide + 5} {-deep}A{wide - 5} {wide * 0.2 - 3} 0 0 0 {wide - 5} {-deep}"
    c.mark(line(lip, ink.paler(0.07), 10))


@shape("platter", 380, lies=True, focus=(0.3, 0.3), zoom=2.0, turn=-24)
def platter(c: Canvas, ink: Ink) -> None:
    """Draw a long oval platter from above with a fish painted in the well."""
    with c.place(turn=-58):
        c.form(oval(0, 0, 372, 196), CLAY, shade=(8, 9))
        c.form(
            oval(0, 0, 364, 188),
            ink,
            line(oval(0, 0, 344, 168), stripe_ink(ink), 7),
            stuff="stoneware",
            shade=(12, 10),
            gleam=(8, 8),
        )
        c.form(oval(0, 0, 286, 120), ink.deeper(0.045), shade=None)
        c.form(oval(5, 7, 282, 116), ink.paler(0.015), shade=None, stuff="stoneware")
        mark = stripe_ink(ink)
        c.mark(fill("M-200 0C-120 -84 60 -76 130 -8L196 -58C188 -20 188 24 196 60L130 10C60 74 -120 82 -200 0Z", mark))
        c.mark(line("M-128 -44C-104 -18 -104 18 -128 44", ink, 7), fill(oval(-152, -12, 9), ink))
        for x in range(-80, 100, 44):
            c.mark(line(f"M{x} -34q22 34 0 68", ink, 5))


@shape("egg-cup", 70, focus=(0.5, 0.45), zoom=1.9)
def egg_cup(c: Canvas, ink: Ink) -> None:
    """Draw an egg cup with a brown egg in it."""
    egg = smooth(
        [(0, -470), (78, -410), (112, -300), (86, -200), (0, -170), (-86, -200), (-112, -300), (-78, -410)], True
    )
    c.form(
        lathe([(-64, 46), (-40, 60), (-14, 106), (0, 112)], 0.16), ink, stuff="porcelain", shade=(50, 4), gleam=(8, 3)
    )
    c.form(oval(0, -268, 134, 22), ink.inside(), shade=None)
    c.form(egg, Ink(0.80, 0.075, 58), stuff="stoneware", shade=(44, 14), gleam=(14, 12))
    c.form(
        "M-134 -268A134 24 0 0 0 134 -268C134 -170 96 -96 44 -56A46 8 0 0 1 -44 -56C-96 -96 -134 -170 -134 -268Z",
        ink,
        fill(hoop(-236, 8, 134, 0.17), stripe_ink(ink)),
        stuff="porcelain",
        shade=(70, 4),
        gleam=(14, 0),
    )
    c.mark(line("M-131 -266A131 22 0 0 0 131 -266", ink.paler(0.07), 7))


@shape("servers", 300, lies=True, focus=(0.45, 0.16), zoom=2.3)
def servers(c: Canvas, ink: Ink) -> None:
    """Draw a pair of salad servers in wood, spoon and fork, side by side."""
    with c.place(x=-86, turn=-9):
        c.form(tube([(0, 350), (0, 100), (0, -150)], 48, 30), ink, stuff="wood", grain=88, shade=(10, 4), gleam=(5, 2))
        c.form(
            smooth(
                [
                    (0, -370),
                    (74, -330),
                    (96, -240),
                    (62, -146),
                    (14, -100),
                    (-14, -100),
                    (-62, -146),
                    (-96, -240),
                    (-74, -330),
                ],
                True,
            ),
            ink,
            stuff="wood",
            grain=88,
            shade=(14, 12),
            gleam=(7, 7),
        )
        c.form(oval(0, -244, 66, 92), ink.deeper(0.07), fill(oval(12, -230, 62, 88), ink.paler(0.01)), shade=None)
    with c.place(x=92, turn=9):
        c.form(
            tube([(0, 350), (0, 100), (0, -150)], 48, 30),
            ink.deeper(0.02),
            stuff="wood",
            grain=92,
            shade=(10, 4),
            gleam=(5, 2),
        )
        fork = (
            "M-88 -350C-94 -372 -54 -374 -52 -350L-46 -240C-44 -226 -30 -226 -28 -240L-20 -360C-18 -376 18 -376 20 -360"
            "L28 -240C30 -226 44 -226 46 -240L52 -350C54 -374 94 -372 88 -350"
            "C96 -240 80 -150 16 -100H-16C-80 -150 -96 -240 -88 -350Z"
        )
        c.form(fork, ink.deeper(0.02), stuff="wood", grain=92, shade=(12, 10), gleam=(6, 6))


@shape("salt-cellar", 75, focus=(0.5, 0.4), zoom=1.8)
def salt_cellar(c: Canvas, ink: Ink) -> None:
    """Draw a low salt pot with a wooden lid swung aside and a tiny spoon."""
    oak = WOODS["oak"] if ink not in WOODS.values() else ink.deeper(0.02)
    turned = ink in WOODS.values()
    c.form(
        lathe([(-200, 190), (-120, 200), (-30, 184), (0, 160)], 0.2),
        ink,
        fill(hoop(-40, 80, 190, 0.2), ink.deeper(0.1) if turned else CLAY),
        fill(hoop(-150, 6, 200, 0.2), ink.line() if turned else stripe_ink(ink)),
        stuff="wood" if turned else "stoneware",
        shade=(96, 6),
        gleam=(16, 0),
    )
    c.form(
        oval(0, -200, 190, 38),
        ink.inside(),
        fill(oval(0, -190, 172, 30), STUFFS["paper"]),
        fill(oval(-40, -196, 70, 14), INKS["chalk"].deeper(0.05)),
        shade=None,
    )
    c.mark(line(oval(0, -200, 186, 35), ink.paler(0.07), 9))
    c.form(tube([(-20, -200), (60, -270), (150, -330)], 16, 22), STUFFS["brass"], shade=(4, 5))
    with c.place(x=250, y=-56, turn=66):
        c.form(oval(0, 0, 150, 58), oak.deeper(0.1), shade=None)
        c.form(oval(-6, -12, 150, 58), oak, stuff="wood", shade=(20, 10), gleam=(8, 5))
        c.form(oval(-8, -18, 30, 16), oak.deeper(0.08), shade=None)
