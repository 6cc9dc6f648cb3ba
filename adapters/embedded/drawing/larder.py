"""Larder and pantry: jars, tins, the bread basket, coffee, tea and oil."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, leaf, oval, slab, smooth, tube
from .ink import INKS, STUFFS, Ink
from .shapes import shape
from .vessels import CLAY, stripe_ink

PAPER = STUFFS["paper"]


def label(c: Canvas, x: float, y: float, wide: float, high: float, ink: Ink, sun: bool = True) -> None:
    """Print a paper label with the almanac's disc and three ruled lines."""
    c.form(
        slab(x - wide / 2, y, wide, high, 3),
        PAPER,
        line(slab(x - wide / 2 + 7, y + 7, wide - 14, high - 14), ink, 3),
        shade=None,
        stuff="paper",
    )
    r = min(wide, high) * 0.17
    if sun:
        c.mark(fill(oval(x, y + high * 0.34, r), ink), fill(oval(x + r * 0.42, y + high * 0.34, r * 0.72), PAPER))
    for at, share in ((0.64, 0.5), (0.75, 0.36), (0.85, 0.44)):
        half = wide * share / 2
        c.mark(line(f"M{x - half:.0f} {y + high * at:.0f}h{half * 2:.0f}", ink, 5))


@shape("jar", 170, focus=(0.45, 0.3), zoom=2.0)
def jar(c: Canvas, ink: Ink) -> None:
    """Draw a lidded stoneware larder jar with a cork lid and a slate label."""
    c.form(
        lathe([(-392, 138), (-370, 150), (-340, 170), (-60, 174), (-14, 164), (0, 146)], 0.16),
        ink,
        fill(hoop(-36, 80, 172, 0.16), CLAY),
        fill(hoop(-328, 7, 172, 0.16), stripe_ink(ink)),
        stuff="stoneware",
        shade=(92, 4),
        gleam=(18, 0),
    )
    c.form(slab(-84, -250, 150, 112, 12), PAPER, shade=(4, 5), stuff="paper")
    c.mark(line("M-60 -212C-40 -226 -20 -200 0 -212S30 -226 44 -210M-60 -178H30", INKS["charcoal"], 6))
    c.form(
        lathe([(-452, 140), (-440, 146), (-392, 138)], 0.16), STUFFS["cork"], stuff="cork", shade=(80, 0), gleam=(10, 0)
    )
    c.form(oval(0, -452, 140, 22), STUFFS["cork"].paler(0.06), shade=None, stuff="cork")


@shape("bread-basket", 120, focus=(0.35, 0.75), zoom=2.2)
def bread_basket(c: Canvas, ink: Ink) -> None:
    """Draw a low woven basket with a cloth and three rolls."""
    for x, y, r in ((-130, -236, 104), (128, -232, 108), (0, -270, 122)):
        c.form(
            smooth(
                [
                    (x - r, y + 40),
                    (x - r * 0.8, y - r * 0.5),
                    (x, y - r * 0.82),
                    (x + r * 0.8, y - r * 0.5),
                    (x + r, y + 40),
                    (x, y + 80),
                ],
                True,
            ),
            STUFFS["crust"],
            shade=(26, 16),
            gleam=(9, 8),
            stuff="cork",
        )
        c.mark(
            line(
                (
                    f"M{x - r * 0.45:.0f} {y - r * 0.5:.0f}q{r * 0.3:.0f} {r * 0.1:.0f} {r * 0.34:.0f} {r * 0.5:.0f}"
                    f"M{x + r * 0.05:.0f} {y - r * 0.62:.0f}q{r * 0.3:.0f} {r * 0.1:.0f} {r * 0.34:.0f} "
                    f"{r * 0.5:.0f}"
                ),
                STUFFS["crumb"],
                10,
            )
        )
    c.form(
        lathe([(-200, 290), (-120, 280), (-30, 240), (0, 216)], 0.1),
        STUFFS["willow"],
        stuff="willow",
        shade=(120, 6),
        gleam=(14, 3),
    )
    c.form(
        tube([(-290, -200), (-150, -178), (0, -172), (150, -178), (290, -200)], 30),
        STUFFS["willow"].paler(0.05),
        stuff="jute",
        shade=(2, 10),
    )
    cover = ink if ink != INKS["natural"] else INKS["indigo"]
    cloth = "M-210 -214C-150 -196 -70 -190 -10 -190L-40 -120L-80 -56L-130 -110L-196 -150Z"
    c.form(
        cloth,
        cover,
        line("M-196 -168L-128 -128L-82 -74L-50 -124L-22 -180", stripe_ink(cover), 7),
        stuff="linen",
        shade=(12, 12),
        gleam=(5, 6),
    )


@shape("caddy", 150, focus=(0.45, 0.35), zoom=2.0)
def caddy(c: Canvas, ink: Ink) -> None:
    """Draw a tea caddy: a tin cylinder with a domed lid, and leaves printed round it."""
    body = lathe([(-330, 138), (0, 138)], 0.17, hard=True)
    tone = stripe_ink(ink)
    marks = [line(f"M{x} 10C{x - 14} -80 {x + 14} -180 {x} -270", tone, 4) for x in (-96, 0, 96)]
    for x in (-96, 0, 96):
        for step in range(4):
            marks += [fill(leaf(x, -40 - step * 58, 58, -38), tone), fill(leaf(x, -62 - step * 58, 58, -142), tone)]
    c.form(
        body,
        ink,
        *marks,
        fill(hoop(-20, 60, 140, 0.17), ink.deeper(0.08)),
        stuff="enamel",
        shade=(80, 0),
        gleam=(15, 0),
    )
    c.form(
        lathe([(-416, 110), (-406, 132), (-392, 144), (-318, 144)], 0.17, hard=False),
        ink.deeper(0.05),
        stuff="enamel",
        shade=(80, 6),
        gleam=(14, 5),
    )
    c.form(oval(0, -418, 108, 17), ink.paler(0.02), shade=None)
    c.form(lathe([(-456, 20), (-446, 28), (-428, 22), (-420, 14)], 0.3), STUFFS["brass"], shade=(16, 3), gleam=(5, 3))


@shape("coffee-bag", 230, focus=(0.5, 0.5), zoom=1.8)
def coffee_bag(c: Canvas, ink: Ink) -> None:
    """Draw a folded coffee bag with a label and a few beans beside it."""
    kraft = INKS["natural"].deeper(0.08)
    c.form(
        (
            "M-150 -430L150 -430L170 -350L176 -20C176 4 160 12 130 14"
            "C40 22 -70 20 -136 12C-160 8 -172 0 -172 -20L-168 -350Z"
        ),
        kraft,
        fill("M168 -352L120 -300L126 16L180 10Z", kraft.deeper(0.07)),
        stuff="paper",
        shade=(26, 8),
        gleam=(8, 4),
    )
    c.form(
        "M-158 -500H158V-410C158 -398 -158 -398 -158 -410Z",
        kraft.paler(0.04),
        line("M-150 -470H150M-150 -444H150", kraft.deeper(0.12), 4),
        stuff="paper",
        shade=(12, 10),
    )
    c.form("M-178 -462H178C190 -462 190 -440 178 -440H-178C-190 -440 -190 -462 -178 -462Z", ink, shade=(0, 6))
    label(c, -22, -336, 212, 270, ink)
    for x, y, turn in ((196, -10, 20), (250, 4, -30), (150, 26, 70)):
        with c.place(x, y, turn=turn):
            c.form(
                oval(0, 0, 30, 21),
                Ink(0.36, 0.05, 45),
                line("M-26 -4C-10 8 10 -10 26 4", Ink(0.24, 0.03, 45), 5),
                shade=(6, 6),
            )


@shape("tea-tin", 130, focus=(0.45, 0.45), zoom=1.9)
def tea_tin(c: Canvas, ink: Ink) -> None:
    """Draw a square tea tin turned to the corner, with a label and a sprig of mint."""
    c.form("M-190 -360L60 -330V10L-190 -30Z", ink, stuff="enamel", shade=None, gleam=(7, 4))
    c.form("M60 -330L200 -364V-34L60 10Z", ink.deeper(0.08), stuff="enamel", shade=(200, 0), depth=0.5)
    c.form("M-198 -420L62 -392V-312L-198 -346Z", ink.paler(0.03), shade=None, gleam=(6, 4))
    c.form("M62 -392L208 -424V-350L62 -312Z", ink.deeper(0.06), shade=(200, 0), depth=0.5)
    c.form("M-198 -420L-50 -448L208 -424L62 -392Z", ink.paler(0.09), shade=None)
    c.mark('<g transform="matrix(1 0.15 0 1 0 0)">')
    label(c, -66, -270, 196, 216, ink)
    c.mark("</g>")
    for x, y, turn, size in ((170, 18, -160, 86), (178, 16, -24, 96), (150, 22, -200, 60), (196, 20, 10, 70)):
        c.form(leaf(x, y, size, turn, 0.5), STUFFS["leaf"], shade=(6, 6), gleam=(4, 4))


@shape("oil-bottle", 290, focus=(0.5, 0.55), zoom=1.9)
def oil_bottle(c: Canvas, ink: Ink) -> None:
    """Draw a square-shouldered bottle of green olive oil with an olive sprig label."""
    green = Ink(0.47, 0.09, 122)
    body = lathe([(-560, 30), (-544, 30), (-440, 32), (-400, 52), (-366, 112), (-330, 122), (-20, 122), (0, 110)], 0.12)
    c.form(
        body,
        green,
        fill(hoop(-426, 600, 126, 0.12), Ink(0.60, 0.125, 116)),
        shade=(58, 0),
        gleam=(14, 0),
        stuff="glass",
    )
    c.mark(line("M-92 -326V-44", PAPER, 11, 0.55))
    label(c, 4, -276, 164, 220, ink, sun=False)
    c.mark(line("M4 -116C-10 -160 18 -200 0 -250", STUFFS["leaf"], 5))
    for y, turn in ((-150, -30), (-176, -150), (-206, -34), (-226, -140)):
        c.mark(fill(leaf(2, y, 58, turn, 0.34), STUFFS["leaf"]))
    c.mark(fill(oval(34, -150, 13, 17), STUFFS["plum"]), fill(oval(-30, -176, 13, 17), STUFFS["plum"]))
    c.form(lathe([(-600, 36), (-538, 36)], 0.16, hard=True), ink, shade=(20, 0), gleam=(6, 0))
    c.form(lathe([(-650, 26), (-600, 26)], 0.2, hard=True), STUFFS["cork"], stuff="cork", shade=(16, 0))
