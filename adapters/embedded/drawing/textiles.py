"""Cloth for kitchen and table: tea towel, apron, tablecloth, napkins."""

from __future__ import annotations

from .canvas import Canvas, Mark, fill, line
from .geometry import oval, slab, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape

LINEN = Ink(0.945, 0.022, 85)


def ground(ink: Ink) -> Ink:
    """Return the cloth on which stripes of the given ink are woven."""
    return LINEN if not ink.light > 0.9 else STUFFS["jute"].paler(0.06)


def fringe(x: float, y: float, wide: float, ink: Ink, long: float = 24, gap: float = 13) -> list[Mark]:
    """Return knotted threads hanging from an edge."""
    marks: list[Mark] = []
    at = x + gap / 2
    while at < x + wide:
        marks.append(line(f"M{at:.0f} {y}v{long}", ink, 4))
        at += gap
    return marks


def _peg(c: Canvas, x: float, y: float) -> None:
    c.form(tube([(x, y + 34), (x, y - 4)], 22, 18), WOODS["beech"], shade=(7, 3), gleam=(4, 2))
    c.form(oval(x, y - 6, 21), WOODS["beech"], shade=(8, 6), gleam=(5, 4))


@shape("tea-towel", 600, lies=True, focus=(0.45, 0.62), zoom=2.3)
def tea_towel(c: Canvas, ink: Ink) -> None:
    """Draw a tea towel hung by its loop: broad and narrow stripes, soft folds."""
    cloth = (
        "M-40 -380C-120 -350 -190 -330 -214 -300L-226 350C-150 362 -70 352 0 360S150 "
        "352 226 362L214 -300C190 -330 120 -350 40 -380C20 -396 -20 -396 -40 -380Z"
    )
    stripes = [
        fill(slab(x, -420, wide, 840), ink)
        for x, wide in ((-190, 20), (-160, 8), (-58, 8), (-40, 80), (50, 8), (152, 8), (170, 20))
    ]
    stripes += [fill(slab(-300, 268, 600, 34), ink), fill(slab(-300, 312, 600, 8), ink)]
    c.mark(line("M-8 -386C-16 -440 16 -440 8 -386", ink, 9))
    c.form(cloth, ground(ink), *stripes, stuff="linen", shade=(16, 10), gleam=(8, 6))
    for fold in (
        "M-30 -376C-60 -200 -96 60 -90 356L-66 356C-62 60 -30 -200 -6 -386Z",
        "M34 -378C80 -220 120 60 122 356L150 356C140 60 100 -220 50 -374Z",
    ):
        c.shade(fold, 0.75)
    _peg(c, 0, -442)


@shape("apron", 900, lies=True, focus=(0.5, 0.55), zoom=2.3)
def apron(c: Canvas, ink: Ink) -> None:
    """Draw a work apron with crossed neck strap, tied waist and a double pocket."""
    tape = ink.line() if not ink.pale else ink.deeper(0.18)
    c.form(
        tube([(-104, -330), (-92, -440), (0, -490), (92, -440), (104, -330)], 20), tape, stuff="canvas", shade=(4, 5)
    )
    for side in (-1, 1):
        c.form(
            tube([(side * 222, -92), (side * 300, -60), (side * 288, 40), (side * 320, 120)], 16), tape, shade=(4, 4)
        )
    bib = (
        "M-124 -350H124C128 -260 160 -150 234 -104L252 388C140 402 "
        "-140 402 -252 388L-234 -104C-160 -150 -128 -260 -124 -350Z"
    )
    c.form(
        bib,
        ink,
        line("M-116 -322H116", ink.line(), 3, 0.7, "10 7"),
        line("M-240 368C-120 382 120 382 240 368", ink.line(), 3, 0.7, "10 7"),
        stuff="canvas",
        shade=(22, 12),
        gleam=(9, 7),
    )
    c.shade("M-120 60C-130 180 -140 300 -134 396L-104 398C-108 300 -104 180 -100 60Z", 0.6)
    c.form(
        "M-150 8H150V150C150 172 140 180 120 180H-120C-140 180 -150 172 -150 150Z",
        ink.paler(0.035),
        stuff="canvas",
        shade=(8, 9),
        gleam=(6, 5),
    )
    c.mark(line("M-140 24H140M0 24V176", ink.line(), 3, 0.7, "10 7"))
    c.form("M26 -20H84V8H26Z", LINEN, line("M26 -8H84M26 2H84", INKS["madder"], 5), shade=(5, 4))
    for x in (-104, 104):
        c.mark(fill(oval(x, -328, 11), STUFFS["brass"]), fill(oval(x, -328, 5), ink.deeper(0.1)))


@shape("tablecloth", 760, focus=(0.3, 0.55), zoom=2.2)
def tablecloth(c: Canvas, ink: Ink) -> None:
    """Draw a linen cloth on a table: the top, the falling front with folds, a ladder hem."""
    wood = WOODS["oak"]
    for x in (-262, 236):
        c.form(slab(x, -200, 26, 200, 3), wood, stuff="wood", grain=90, shade=(12, 0))
    c.form(slab(-210, -220, 20, 170), wood.deeper(0.1), shade=None)
    c.form(slab(190, -220, 20, 170), wood.deeper(0.1), shade=None)
    front = (
        "M-320 -330L320 -330C330 -260 336 -180 344 -112C320 -96 300 -118 276 -104"
        "C240 -88 214 -116 180 -102C140 -86 110 -116 70 -102"
        "C30 -88 0 -116 -40 -102C-80 -88 -110 -116 -150 -102C-190 -88 -214 -116 -250 -104"
        "C-284 -94 -310 -100 -344 -110C-336 -180 -330 -260 -320 -330Z"
    )
    hem = (
        "M-346 -150C-310 -134 -284 -128 -250 -138C-214 -150 -190 -122 -150 -136C-110 -150 "
        "-80 -122 -40 -136C0 -150 30 -122 70 -136C110 -150 140 -120 180 -136C214 -150 240 "
        "-122 276 -138C300 -150 320 -132 346 -146"
    )
    pale = ink.paler(0.2) if not ink.pale else ink.deeper(0.16)
    c.form(front, ink.deeper(0.03), line(hem, pale, 9, 1, "4 9"), stuff="linen", shade=(10, 9))
    for x in (-236, -128, -20, 88, 196):
        fold = f"M{x} -330C{x + 10} -250 {x + 6} -160 {x - 6} -90H{x + 38}C{x + 34} -160 {x + 22} -250 {x + 12} -330Z"
        c.within(front, fill(fold, ink.deeper(0.11)))
    top = "M-262 -470H262L320 -330C200 -322 -200 -322 -320 -330Z"
    c.form(top, ink.paler(0.03), line("M-244 -452H244L294 -346H-294Z", pale, 6, 1, "4 8"), stuff="linen", shade=None)
    for crease in ("M-92 -470L-110 -326", "M92 -470L110 -326", "M-290 -400H290"):
        c.within(top, line(crease, ink.deeper(0.07), 4, 0.8))


@shape("napkins", 140, focus=(0.4, 0.5), zoom=2.1)
def napkins(c: Canvas, ink: Ink) -> None:
    """Draw four folded napkins stacked, tied with a tape and a sprig."""
    shift = (0, 8, -6, 5)
    tones = (ink, ink.paler(0.05), ink, ink.paler(0.05))
    for at in range(4):
        y, dx = -at * 46, shift[at]
        fold = (
            f"M{-250 + dx} {y - 44}C{-274 + dx} {y - 40} {-274 + dx} {y - 4} {-250 + dx} {y}"
            f"L{240 + dx} {y}C{262 + dx} {y - 4} {262 + dx} {y - 40} {240 + dx} {y - 44}Z"
        )
        c.form(
            fold,
            tones[at],
            line(f"M{-246 + dx} {y - 22}H{250 + dx}", tones[at].deeper(0.14), 4),
            stuff="linen",
            shade=(20, 8),
            gleam=(6, 4),
        )
    top = "M-254 -184L-170 -280H196L252 -184Z"
    c.form(
        top,
        ink.paler(0.04),
        line("M-226 -194L-158 -268H184L226 -194Z", ink.line(), 4, 0.8, "5 8"),
        stuff="linen",
        shade=(14, 0),
    )
    band = STUFFS["jute"]
    c.form("M-16 -281H24L34 -184V0H-12V-184Z", band, stuff="jute", shade=(12, 2), gleam=(5, 0))
    from .props import sprig

    sprig(c, -60, -214, 190, -16)
