"""The desk: notebook, almanac, letters, pencils, pen, gift card."""

from __future__ import annotations

from .canvas import Canvas, Mark, fill, line
from .geometry import oval, poly, slab, smooth, tube
from .ink import INKS, STUFFS, WOODS, Ink
from .shapes import shape

PAPER = STUFFS["paper"]


def emblem(c: Canvas, x: float, y: float, r: float, ink: Ink, hollow: Ink) -> None:
    """Draw the house's sign: a disc, half sun and half crescent moon."""
    for turn in range(195, 346, 30):
        with c.place(x, y, turn=turn):
            c.mark(line(f"M0 {-r * 1.22:.1f}V{-r * 1.52:.1f}", ink, r * 0.16))
    c.mark(
        fill(oval(x, y, r), ink),
        fill(
            (
                f"M{x} {y - r * 0.82}A{r * 0.82} {r * 0.82} 0 0 1 {x} {y + r * 0.82}"
                f"A{r * 1.05} {r * 1.05} 0 0 0 {x} {y - r * 0.82}Z"
            ),
            hollow,
        ),
    )


@shape("notebook", 210, lies=True, focus=(0.55, 0.4), zoom=2.0)
def notebook(c: Canvas, ink: Ink) -> None:
    """Draw a sewn notebook with a cloth spine, an elastic, a ribbon and a label."""
    spine = INKS["chalk"].deeper(0.08) if ink != INKS["chalk"] else INKS["charcoal"]
    with c.place(turn=7):
        c.mark(line("M70 320V412L84 396L98 412V320", INKS["madder"] if ink != INKS["madder"] else INKS["ochre"], 12))
        c.form(
            slab(-232, -330, 484, 668, 14),
            PAPER,
            *(line(f"M-240 {y}H260", PAPER.deeper(0.14), 3) for y in (330, 334)),
            *(line(f"M{x} -340V340", PAPER.deeper(0.12), 3) for x in (242, 247)),
            shade=(5, 5),
        )
        c.form(slab(-240, -336, 476, 664, 14), ink, stuff="card", shade=(10, 10), gleam=(8, 8))
        c.form(
            "M-226 -336H-160V328H-226C-236 328 -240 320 -240 314V-322C-240 -330 -234 -336 -226 -336Z",
            spine,
            stuff="linen",
            shade=(-5, 0),
            gleam=(6, 4),
        )
        c.form(
            slab(-60, -224, 200, 132, 3),
            PAPER,
            line(slab(-48, -212, 176, 108), ink if not ink.pale else ink.deeper(0.3), 4),
            line("M-26 -164H106M-26 -138H70", INKS["charcoal"], 5),
            stuff="paper",
            shade=(4, 4),
        )
        c.form(slab(176, -338, 15, 668), spine.deeper(0.1), shade=(4, 0))


@shape("almanac", 230, lies=True, focus=(0.5, 0.45), zoom=1.8)
def almanac(c: Canvas, ink: Ink) -> None:
    """Draw the almanac for the year: sun and moon over waves, seven stars, a hanging loop."""
    gold = INKS["ochre"] if ink != INKS["ochre"] else INKS["indigo"]
    c.mark(line("M-190 -330C-240 -410 -170 -440 -196 -340", INKS["madder"], 8))
    c.form(
        slab(-226, -352, 470, 716, 5),
        PAPER,
        *(line(f"M{x} -352V370", PAPER.deeper(0.13), 3) for x in (234, 239)),
        shade=(5, 5),
    )
    c.form(
        slab(-240, -360, 472, 716, 6),
        ink,
        line(slab(-206, -326, 404, 648), gold, 6),
        line(slab(-194, -314, 380, 624), gold, 2.5),
        stuff="card",
        shade=(10, 10),
        gleam=(7, 7),
    )
    c.shade("M-222 -360H-208V356H-222Z", 0.8)
    for turn in range(0, 360, 15):
        with c.place(-4, -74, turn=turn):
            c.mark(fill(poly((-9, -134), (9, -134), (0, -186 if (turn // 15) % 2 else -164)), gold))
    c.form(
        oval(-4, -74, 120),
        gold,
        fill("M-4 -200A126 126 0 0 1 -4 52A160 160 0 0 0 -4 -200Z", ink.deeper(0.05) if ink.light > 0.3 else ink),
        shade=None,
    )
    c.mark(fill(oval(-46, -96, 8), ink), line("M-66 -34Q-46 -18 -28 -30", ink, 6))
    for row in range(3):
        wave = smooth([(x, 150 + row * 32 + (12 if ((x + 174) // 29) % 2 else -6)) for x in range(-174, 176, 29)])
        c.mark(line(wave, gold, 6))
    for x in range(-150, 160, 50):
        c.mark(
            fill(
                poly(
                    (x, -284),
                    (x + 6, -272),
                    (x + 18, -268),
                    (x + 6, -262),
                    (x, -250),
                    (x - 6, -262),
                    (x - 18, -268),
                    (x - 6, -272),
                ),
                gold,
            )
        )
    c.mark(line("M-90 272H82", gold, 12), line("M-50 294H42", gold, 5))


@shape("letter-set", 190, lies=True, focus=(0.45, 0.55), zoom=1.9)
def letter_set(c: Canvas, ink: Ink) -> None:
    """Draw writing paper and lined envelopes, one open, with a stamp."""
    with c.place(-30, -130, turn=-9):
        c.form(
            slab(-190, -230, 380, 470, 2),
            PAPER,
            line("M-150 -190H-30", ink, 8),
            line("M-150 -120H150M-150 -86H130M-150 -52H146M-150 -18H90", INKS["charcoal"], 4, 0.6),
            stuff="paper",
            shade=(6, 6),
        )
    lining = [
        line(f"M{x} -100L{x + 120} 260", ink.paler(0.14) if not ink.pale else ink.deeper(0.1), 7)
        for x in range(-420, 320, 24)
    ]
    with c.place(10, 60, turn=5):
        c.form("M-262 0L0 -186L262 0Z", ink, *lining, stuff="paper", shade=(6, 4))
        c.form(slab(-264, 0, 528, 330, 5), PAPER.deeper(0.035), stuff="paper", shade=(8, 8), gleam=(6, 0))
        c.form(
            "M-264 4L-20 176C-8 184 8 184 20 176L264 4V6L24 200C8 212 -8 212 -24 200L-264 10Z",
            PAPER.deeper(0.12),
            shade=None,
        )
        c.form("M-262 330L-30 170M262 330L30 170", PAPER.deeper(0.1), shade=None)
        c.mark(line("M-256 324L-40 186M256 324L40 186", PAPER.deeper(0.12), 4))
        c.form(oval(0, 196, 40), INKS["madder"] if ink != INKS["madder"] else INKS["ochre"], shade=(9, 9), gleam=(6, 6))
        c.mark(line(oval(0, 196, 22), PAPER, 5, 0.8))


@shape("pencils", 190, lies=True, focus=(0.5, 0.2), zoom=2.3)
def pencils(c: Canvas, ink: Ink) -> None:
    """Draw six hexagonal pencils in a paper band, one sharpened short."""
    tones = [ink, ink.paler(0.07), ink, ink.deeper(0.06), ink, ink.paler(0.07)]
    lead = STUFFS["ink"]
    with c.place(turn=14):
        for at, tone in enumerate(tones):
            x, top = -174 + at * 58, -330 + (0, 26, -14, 40, 6, -24)[at]
            c.form(
                slab(x, top + 90, 54, 420 - top - 90),
                tone,
                fill(slab(x, top, 17, 900), tone.paler(0.1)),
                fill(slab(x + 38, top, 17, 900), tone.deeper(0.09)),
                shade=(5, 4),
            )
            wood = WOODS["beech"].paler(0.04)
            c.form(
                (
                    f"M{x} {top + 96}L{x + 21} {top + 20}H{x + 33}L{x + 54} {top + 96}Q{x + 46} "
                    f"{top + 82} {x + 37} {top + 96}Q{x + 27} {top + 80} {x + 17} {top + 96}Q{x + 8} "
                    f"{top + 82} {x} {top + 96}Z"
                ),
                wood,
                stuff="wood",
                grain=90,
                shade=(9, 0),
            )
            c.form(f"M{x + 20} {top + 24}L{x + 27} {top - 6}L{x + 34} {top + 24}Z", lead, shade=None)
            c.mark(
                fill(slab(x, 386, 54, 34), STUFFS["brass"] if tone != INKS["ochre"] else INKS["chalk"]),
                line(f"M{x + 27} 60V220", ink.line(), 4, 0.7),
            )
        c.form(
            slab(-186, 130, 372, 108, 3),
            PAPER,
            line("M-186 144H186M-186 224H186", ink, 5),
            stuff="paper",
            shade=(14, 8),
        )
        emblem(c, 0, 184, 24, ink if not ink.pale else INKS["charcoal"], PAPER)


@shape("pen", 140, lies=True, focus=(0.45, 0.35), zoom=2.3)
def pen(c: Canvas, ink: Ink) -> None:
    """Draw a hexagonal brass fountain pen, its cap beside it, and one written line."""
    metal = STUFFS["brass"] if ink in (INKS["ochre"], INKS["natural"], STUFFS["brass"]) else ink
    with c.place(-60, 0, turn=32):
        c.form(
            "M-8 -402L0 -420L8 -402L26 -320C18 -306 -18 -306 -26 -320Z",
            STUFFS["steel"],
            line("M0 -414V-346", STUFFS["steel"].deeper(0.4), 4),
            fill(oval(0, -340, 6), STUFFS["steel"].deeper(0.4)),
            shade=(12, 3),
            gleam=(5, 2),
        )
        c.form("M-22 -322H22L32 -210H-32Z", STUFFS["ink"].paler(0.08), shade=(14, 3), gleam=(7, 0))
        c.form(slab(-40, -216, 80, 30, 4), metal.deeper(0.1), stuff="brass", shade=(26, 2), gleam=(9, 0))
        c.form(
            "M-42 -190H42V330L28 360H-28L-42 330Z",
            metal,
            fill(slab(-14, -200, 28, 600), metal.paler(0.07)),
            fill(slab(14, -200, 40, 600), metal.deeper(0.07)),
            stuff="brass",
            grain=90,
            shade=(13, 6),
            gleam=(6, 0),
        )
    with c.place(150, 96, turn=-20):
        c.form(
            "M-46 -150L-30 -186H30L46 -150V160H-46Z",
            metal,
            fill(slab(-15, -200, 30, 400), metal.paler(0.07)),
            fill(slab(15, -200, 40, 400), metal.deeper(0.07)),
            stuff="brass",
            grain=90,
            shade=(14, 6),
            gleam=(6, 0),
        )
        c.form(tube([(0, -150), (0, 90)], 17, 13), metal.paler(0.1), shade=(6, 3))
    c.mark(line("M-250 -330C-210 -380 -180 -280 -150 -330S-100 -370 -80 -320S-10 -350 6 -330", INKS["indigo"], 8))


@shape("gift-card", 90, lies=True, focus=(0.4, 0.45), zoom=1.8, turn=0)
def gift_card(c: Canvas, ink: Ink) -> None:
    """Draw a gift card half out of its sleeve, tied with a ribbon, with the house's sun and moon."""
    other = INKS["ochre"] if ink != INKS["ochre"] else INKS["indigo"]
    marks: list[Mark] = [
        line(f"M-300 {y}H300", ink.deeper(0.06) if not ink.pale else ink.paler(0.08), 6) for y in range(-250, 0, 22)
    ]
    with c.place(0, -96, turn=-6):
        c.form(slab(-290, -186, 580, 366, 22), ink, *marks, stuff="card", shade=(9, 9), gleam=(7, 7))
        with c.place(-140, -44, turn=0):
            emblem(c, 0, 0, 62, other, ink)
        c.mark(line("M20 -76H220", ink.line(), 13), line("M20 -40H160", ink.line(), 6))
    with c.place(0, 120, turn=2):
        c.form(
            "M-312 -120C-200 -60 200 -60 312 -120V190H-312Z",
            PAPER,
            line("M-312 -106C-200 -46 200 -46 312 -106", other, 6),
            stuff="paper",
            shade=(10, 10),
            gleam=(7, 0),
        )
        c.form(slab(-312, 44, 624, 36), INKS["madder"] if ink != INKS["madder"] else INKS["teal"], shade=(0, 5))
        ribbon = INKS["madder"] if ink != INKS["madder"] else INKS["teal"]
        for side in (-1, 1):
            c.form(tube([(0, 62), (side * 50, 130), (side * 84, 178)], 26, 30), ribbon.deeper(0.04), shade=(5, 5))
            c.form(
                f"M0 62C{side * 40} 0 {side * 130} -6 {side * 130} 40C{side * 130} 96 {side * 40} 110 0 62Z",
                ribbon,
                fill(
                    (
                        f"M{side * 30} 60C{side * 60} 30 {side * 104} 26 "
                        f"{side * 104} 46C{side * 100} 72 {side * 60} 82 "
                        f"{side * 30} 60Z"
                    ),
                    ribbon.deeper(0.12),
                ),
                shade=(6, 6),
            )
        c.form(slab(-22, 40, 44, 44, 10), ribbon, shade=(7, 7), gleam=(4, 4))
