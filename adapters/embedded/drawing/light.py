"""Things that give light: lamps, candles, the candlestick."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import hoop, lathe, oval, slab, tube
from .ink import INKS, STUFFS, Ink
from .shapes import shape

BRASS, GLOW = STUFFS["brass"], STUFFS["flame"]


def flame(c: Canvas, x: float, y: float, size: float = 1) -> None:
    """Draw a candle flame on its wick."""
    with c.place(x, y, size):
        c.mark(line("M0 4V-20", STUFFS["ink"], 5))
        c.mark(
            fill("M0 -112C30 -74 32 -40 22 -24C12 -8 -12 -8 -22 -24C-32 -40 -26 -70 0 -112Z", INKS["ochre"]),
            fill("M2 -82C16 -58 16 -40 10 -28C4 -18 -8 -18 -12 -28C-16 -40 -10 -58 2 -82Z", GLOW.paler(0.06)),
        )


@shape("table-lamp", 420, focus=(0.5, 0.25), zoom=2.0)
def table_lamp(c: Canvas, ink: Ink) -> None:
    """Draw a table lamp: a half-dome shade on a thin stem and a round foot."""
    c.form(lathe([(-34, 118), (-24, 132), (0, 134)], 0.2), ink, stuff="enamel", shade=(70, 6), gleam=(8, 4))
    c.form(oval(0, -34, 118, 24), ink.paler(0.03), shade=None)
    c.form(lathe([(-320, 11), (-40, 11)], 0.2, hard=True), BRASS, stuff="brass", shade=(10, 0), gleam=(4, 0))
    c.mark(fill("M-206 -318L-290 0H290L206 -318Z", GLOW, 0.20))
    c.form(oval(0, -320, 224, 32), GLOW.paler(0.05), fill(oval(0, -318, 70, 14), STUFFS["paper"]), shade=None)
    c.form(
        "M-224 -320C-222 -470 -124 -548 0 -548S222 -470 224 -320A224 32 0 0 0 -224 -320Z",
        ink,
        stuff="enamel",
        shade=(96, 26),
        gleam=(18, 12),
    )
    c.form(lathe([(-580, 12), (-568, 17), (-546, 14)], 0.3), BRASS, shade=(12, 2), gleam=(4, 2))
    c.mark(line("M40 -300V-216", BRASS, 4), fill(oval(40, -208, 9), BRASS))


@shape("pendant", 320, lies=True, focus=(0.45, 0.75), zoom=2.0)
def pendant(c: Canvas, ink: Ink) -> None:
    """Draw a barn pendant: stepped neck, wide enamel shade, hanging on its flex."""
    c.form(slab(-4, -470, 8, 200), STUFFS["ink"], shade=None)
    c.form(slab(-26, -300, 52, 60, 8), BRASS, stuff="brass", shade=(22, 0), gleam=(7, 0))
    c.form(oval(0, 96, 296, 44), INKS["chalk"], fill(oval(0, 112, 270, 30), GLOW, 0.6), shade=None)
    c.form(oval(0, 104, 58, 44), GLOW.paler(0.07), shade=None)
    front = (
        "M-62 -246C-76 -236 -78 -220 -78 -150C-80 -136 -90 -132 -104 -118C-150 -70 -230 10 -300 84V98A300 46 0 0 1 300 98V84"
        "C230 10 150 -70 104 -118C90 -132 80 -136 78 -150C78 -220 76 -236 62 -246A62 8 0 0 0 -62 -246Z"
    )
    c.form(front, ink, stuff="enamel", shade=(108, 4), gleam=(16, 6))
    c.mark(line("M-300 92A300 46 0 0 1 300 92", INKS["chalk"] if not ink.pale else INKS["indigo"], 9))


@shape("task-lamp", 480, focus=(0.3, 0.25), zoom=2.1)
def task_lamp(c: Canvas, ink: Ink) -> None:
    """Draw a jointed task lamp leaning over the work."""
    c.mark(fill("M-262 -398L-390 0H-20L-118 -350Z", GLOW, 0.22))
    c.form(
        lathe([(-30, 116), (-22, 132), (0, 134)], 0.2), ink.deeper(0.04), stuff="enamel", shade=(70, 5), gleam=(8, 4)
    )
    c.form(oval(0, -30, 116, 24), ink.paler(0.02), shade=None)
    steel = STUFFS["steel"].deeper(0.2)
    for dx in (-9, 11):
        c.form(tube([(dx, -40), (120 + dx, -310)], 11), steel, shade=(3, 3), gleam=(3, 1))
        c.form(tube([(122 + dx * 0.4, -310 + dx), (-120 + dx * 0.4, -520 + dx)], 11), steel, shade=(2, 4), gleam=(2, 3))
    c.mark(line("M30 -60L124 -280", INKS["charcoal"], 3, 1, "5 4"))
    for x, y, r in ((2, -44, 24), (122, -312, 27), (-122, -522, 23)):
        c.form(oval(x, y, r), ink, shade=(9, 8), gleam=(5, 5))
        c.mark(fill(oval(x, y, 8), BRASS))
    with c.place(-150, -500, turn=26):
        c.form(slab(-34, -62, 68, 54, 14), ink.deeper(0.05), shade=(24, 4), gleam=(8, 4))
        c.form(oval(0, 112, 128, 24), GLOW.paler(0.05), shade=None)
        c.form(
            "M-44 -16C-90 10 -124 60 -128 112A128 24 0 0 0 128 112C124 60 90 10 44 -16Z",
            ink,
            stuff="enamel",
            shade=(62, 8),
            gleam=(12, 6),
        )


@shape("candles", 250, lies=False, focus=(0.5, 0.45), zoom=2.0)
def candles(c: Canvas, ink: Ink) -> None:
    """Draw a pair of dipped candles joined by their wick over a peg, and one in its band."""
    wax = STUFFS["wax"] if ink == INKS["natural"] else ink
    c.form(oval(0, -560, 17), STUFFS["willow"], shade=(6, 6), gleam=(4, 4))
    c.mark(line("M-74 -470C-60 -540 -30 -580 0 -580S60 -540 74 -470", STUFFS["jute"].deeper(0.2), 6))
    for x, tone in ((-74, wax), (74, wax.deeper(0.02))):
        c.form(
            (
                f"M{x - 12} -466C{x - 6} -484 {x + 6} -484 {x + 12} -466C{x + 24} -380 {x + 34} -200 "
                f"{x + 37} -26C{x + 38} 4 {x - 38} 4 {x - 37} -26C{x - 34} -200 {x - 24} -380 "
                f"{x - 12} -466Z"
            ),
            tone,
            *(line(f"M{x - 40} {y}q40 9 80 0", tone.deeper(0.08), 3, 0.8) for y in (-400, -330, -120, -60)),
            stuff="wax",
            shade=(26, 2),
            gleam=(9, 0),
        )
    c.form(
        slab(-124, -256, 248, 96, 4),
        STUFFS["paper"],
        line("M-112 -244H112M-112 -172H112", INKS["indigo"], 4),
        stuff="paper",
        shade=(10, 8),
    )
    c.mark(
        fill(oval(0, -208, 25), INKS["indigo"]),
        fill(oval(11, -208, 18), STUFFS["paper"]),
        line("M-96 -208H-44M44 -208H96", INKS["indigo"], 5),
    )


@shape("jar-candle", 95, focus=(0.5, 0.55), zoom=1.8)
def jar_candle(c: Canvas, ink: Ink) -> None:
    """Draw a candle in a short tumbler with a label, lit."""
    body = lathe([(-300, 158), (-30, 158), (-8, 150), (0, 138)], 0.17)
    c.form(oval(0, -300, 158, 27), ink.paler(0.06), opacity=0.7, shade=None)
    c.form(body, ink, fill(hoop(-256, 22, 158, 0.17), ink.paler(0.08)), stuff="glass", shade=(88, 4), gleam=(16, 0))
    c.form(
        oval(0, -300, 152, 25),
        ink.inside(),
        fill(oval(0, -286, 146, 22), STUFFS["paper"]),
        fill(oval(0, -288, 60, 12), GLOW.paler(0.04)),
        shade=None,
    )
    c.mark(line(oval(0, -300, 154, 26), ink.paler(0.12), 7))
    flame(c, 0, -290, 1.15)
    from .larder import label

    label(c, -6, -216, 172, 170, ink if not ink.pale else INKS["charcoal"])


@shape("candlestick", 220, focus=(0.5, 0.6), zoom=2.0)
def candlestick(c: Canvas, ink: Ink) -> None:
    """Draw a turned brass candlestick with a drip pan and a lit candle."""
    metal = BRASS if ink in (INKS["ochre"], BRASS) else ink
    c.form(lathe([(-600, 31), (-300, 33)], 0.2, hard=True), INKS["chalk"], stuff="wax", shade=(28, 0))
    c.mark(fill("M-31 -600C-30 -560 -18 -560 -16 -590Z", INKS["chalk"].deeper(0.05)))
    flame(c, 0, -602, 1)
    c.form(
        lathe([(-344, 44), (-332, 48), (-300, 38), (-286, 20)], 0.22), metal, stuff="brass", shade=(40, 2), gleam=(8, 0)
    )
    c.form(
        lathe([(-292, 16), (-270, 34), (-250, 16), (-200, 12), (-160, 26), (-130, 36), (-104, 18), (-70, 20)], 0.22),
        metal,
        stuff="brass",
        shade=(24, 0),
        gleam=(7, 0),
    )
    c.form(
        lathe([(-84, 30), (-62, 52), (-50, 150), (-28, 164), (0, 160)], 0.2),
        metal,
        stuff="brass",
        shade=(90, 8),
        gleam=(12, 4),
    )
    c.form("M-164 -34A164 34 0 0 1 164 -34A164 30 0 0 0 -164 -34Z", metal.paler(0.08), shade=None)
    c.mark(line("M150 -40C200 -70 230 -40 206 -12", metal.deeper(0.04), 15))
