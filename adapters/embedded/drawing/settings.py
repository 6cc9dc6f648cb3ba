"""Rooms and surfaces in which goods are shown in use."""

from __future__ import annotations

from .canvas import Canvas, fill, line
from .geometry import leaf, oval, poly, slab, smooth
from .ink import INKS, STUFFS, TINTS, WOODS, Ink

WIDE, HIGH = 800, 1000
SKY = Ink(0.885, 0.035, 235)


def sunlight(page: Canvas, wall: Ink, wide: float, floor: float) -> None:
    """Print the light of a window on a wall as slanting panes."""
    pale = wall.paler(0.045)
    for at in range(2):
        for row in range(2):
            x, y = wide * 0.08 + at * 150 + row * 62, floor * 0.10 + row * floor * 0.33
            page.mark(
                fill(
                    poly((x, y), (x + 132, y + 30), (x + 188, y + 30 + floor * 0.29), (x + 56, y + floor * 0.29)), pale
                )
            )


def window(page: Canvas, x: float, y: float, wide: float, high: float, night: bool = False) -> None:
    """Draw a sash window with a winter field, a bare tree and a low sun (or moon)."""
    sky = Ink(0.42, 0.06, 265) if night else SKY
    frame = STUFFS["paper"]
    page.form(slab(x - 22, y - 22, wide + 44, high + 44, 3), frame, shade=(9, 10))
    pane = slab(x, y, wide, high)
    hill = smooth(
        [
            (x - 20, y + high * 0.72),
            (x + wide * 0.3, y + high * 0.62),
            (x + wide * 0.7, y + high * 0.74),
            (x + wide + 20, y + high * 0.64),
        ]
    )
    tree = [line(f"M{x + wide * 0.72} {y + high * 0.72}V{y + high * 0.34}", STUFFS["soil"].paler(0.1), 7)]
    for dx, up in ((-46, 0.42), (44, 0.38), (-30, 0.26), (28, 0.22), (-60, 0.54), (52, 0.52)):
        tree.append(
            line(
                f"M{x + wide * 0.72} {y + high * (up + 0.14):.0f}q{dx * 0.3:.0f} -20 {dx} -{high * 0.12:.0f}",
                STUFFS["soil"].paler(0.1),
                4,
            )
        )
    page.within(
        pane,
        fill(pane, sky),
        fill(oval(x + wide * 0.28, y + high * 0.3, wide * 0.12), INKS["chalk"] if night else INKS["ochre"].paler(0.08)),
        fill(hill + f"V{y + high}H{x}Z", TINTS["sage"] if not night else Ink(0.36, 0.05, 250)),
        *tree,
    )
    page.mark(fill(slab(x + wide / 2 - 7, y, 14, high), frame), fill(slab(x, y + high / 2 - 7, wide, 14), frame))
    page.form(slab(x - 40, y + high + 18, wide + 80, 26, 3), frame, shade=(8, 9))


def table(page: Canvas, wall: Ink, top: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.6) -> None:
    """Draw a wall and a table top seen a little from above, with its front edge."""
    edge = high * at
    page.mark(fill(slab(0, 0, wide, high), wall))
    sunlight(page, wall, wide, edge)
    page.form(slab(-20, edge, wide + 40, high * 0.32), top, stuff="wood" if top in WOODS.values() else "", shade=None)
    page.form(slab(-20, high * (at + 0.32), wide + 40, 44), top.deeper(0.09), shade=None)
    page.mark(fill(slab(-20, high * (at + 0.32) + 44, wide + 40, high), wall.deeper(0.12)))
    page.shade(slab(-20, high * (at + 0.32) + 44, wide + 40, 26), 0.9)


def cloth(page: Canvas, tone: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.6) -> None:
    """Lay a striped runner over the table and let it fall over the edge."""
    y0, y1 = high * (at + 0.06), high * (at + 0.32)
    left, right = wide * 0.10, wide * 0.80
    runner = poly(
        (left + 60, y0), (right - 30, y0), (right, y1), (right + 4, high + 10), (left - 4, high + 10), (left, y1)
    )
    stripe = tone.line() if tone != INKS["chalk"] else INKS["indigo"]
    marks = [line(f"M{left + 60 + k} {y0}L{left + k} {y1}V{high + 10}", stripe, w) for k, w in ((30, 9), (46, 4))]
    marks += [line(f"M{right - 30 - k} {y0}L{right - k} {y1}V{high + 10}", stripe, w) for k, w in ((30, 9), (46, 4))]
    page.form(runner, tone, *marks, stuff="linen", shade=(9, 6), gleam=(4, 4))
    page.shade(slab(left, y1, right - left, high), 0.55)


def shelf(page: Canvas, wall: Ink, board: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.74) -> None:
    """Draw a wall with one shelf and the underside of another."""
    page.mark(fill(slab(0, 0, wide, high), wall))
    sunlight(page, wall, wide, high * at)
    y = high * at
    page.form(
        slab(-20, y - 26, wide + 40, 26), board.paler(0.05), stuff="wood" if board in WOODS.values() else "", shade=None
    )
    page.form(slab(-20, y, wide + 40, 40), board, stuff="wood" if board in WOODS.values() else "", shade=None)
    page.shade(slab(-20, y + 40, wide + 40, 34), 0.8)
    for part in (0.16, 0.80):
        x = wide * part
        page.form(
            f"M{x} {y + 40}H{x + 26}V{y + 150}C{x + 10} {y + 130} {x} {y + 90} {x} {y + 40}Z",
            board.deeper(0.12),
            shade=(6, 4),
        )


def floor(page: Canvas, wall: Ink, boards: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.68) -> None:
    """Draw a room corner: wall, skirting and floor boards."""
    y = high * at
    page.mark(fill(slab(0, 0, wide, high), wall))
    sunlight(page, wall, wide, y)
    page.mark(fill(slab(0, y, wide, high), boards))
    for x in range(-8, 16):
        x0, x1 = wide / 2 + (x - 4) * wide * 0.11, wide / 2 + (x - 4) * wide * 0.2
        page.mark(line(f"M{x0:.0f} {y}L{x1:.0f} {high}", boards.deeper(0.09), 4))
    page.form(slab(-20, y - 46, wide + 40, 46), wall.paler(0.07), shade=None)
    page.shade(slab(-20, y, wide + 40, 12), 0.8)


def rail(page: Canvas, wall: Ink, wood: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.16) -> None:
    """Draw a wall panelled below with a peg rail."""
    page.mark(fill(slab(0, 0, wide, high), wall))
    sunlight(page, wall, wide, high * 0.8)
    y = high * at
    page.form(slab(-20, y - 34, wide + 40, 68, 4), wood, stuff="wood" if wood in WOODS.values() else "", shade=(4, 8))
    for x in range(90, int(wide), 155):
        page.form(oval(x, y, 19), wood.paler(0.06), shade=(8, 8), gleam=(4, 4))


def tiles(page: Canvas, wall: Ink, board: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.7) -> None:
    """Draw a tiled wall and a wooden ledge, for bath and kitchen."""
    y = high * at
    page.mark(fill(slab(0, 0, wide, high), wall.paler(0.05)))
    for row in range(int(y / 100) + 1):
        page.mark(line(f"M0 {y - row * 100}H{wide}", wall.deeper(0.03), 5))
        for col in range(int(wide / 200) + 2):
            x = col * 200.0 - (100 if row % 2 else 0)
            page.mark(line(f"M{x} {y - row * 100}v-100", wall.deeper(0.03), 5))
            if (row * 5 + col * 3) % 7 == 0:
                page.mark(fill(slab(x + 4, y - row * 100 - 96, 192, 92), wall.deeper(0.015)))
    page.form(
        slab(-20, y, wide + 40, high * 0.16),
        board.paler(0.03),
        stuff="wood" if board in WOODS.values() else "",
        shade=None,
    )
    page.form(slab(-20, y + high * 0.16, wide + 40, 40), board.deeper(0.07), shade=None)
    page.mark(fill(slab(-20, y + high * 0.16 + 40, wide + 40, high), wall.deeper(0.1)))
    page.shade(slab(-20, y + high * 0.16 + 40, wide + 40, 26), 0.9)


def outdoors(page: Canvas, wall: Ink, bench: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.68) -> None:
    """Draw a garden wall with a climber and a potting bench in front."""
    y = high * at
    page.mark(fill(slab(0, 0, wide, high), wall))
    for row in range(int(y / 62) + 1):
        for col in range(int(wide / 150) + 2):
            if (row * 3 + col * 5) % 4 == 0:
                x = col * 150 - (75 if row % 2 else 0)
                page.mark(fill(slab(x + 5, row * 62 + 5, 138, 50, 4), wall.deeper(0.03)))
    stem = smooth(
        [(wide * 0.92, y), (wide * 0.86, y * 0.7), (wide * 0.95, y * 0.45), (wide * 0.84, y * 0.2), (wide * 0.9, -20)]
    )
    page.mark(line(stem, STUFFS["leaf"].deeper(0.1), 8))
    for at_y in range(0, int(y), 44):
        side = -1 if (at_y // 44) % 2 else 1
        page.form(
            leaf(wide * 0.89 + side * 8, at_y, 92, -90 + side * 70, 0.5),
            STUFFS["leaf"].paler(0.04 if side > 0 else 0.10),
            shade=(5, 6),
        )
    page.form(slab(-20, y, wide + 40, high * 0.17), bench, stuff="wood" if bench in WOODS.values() else "", shade=None)
    page.mark(line(f"M0 {y + high * 0.085}H{wide}", bench.deeper(0.14), 6))
    page.form(
        slab(-20, y + high * 0.17, wide + 40, 46),
        bench.deeper(0.08),
        stuff="wood" if bench in WOODS.values() else "",
        shade=None,
    )
    page.mark(fill(slab(-20, y + high * 0.17 + 46, wide + 40, high), wall.deeper(0.14)))
    page.shade(slab(-20, y + high * 0.17 + 46, wide + 40, 28), 0.9)


def above(page: Canvas, wall: Ink, under: Ink, wide: float = WIDE, high: float = HIGH, at: float = 0.0) -> None:
    """Draw a table seen straight from above, with a cloth across one corner."""
    page.form(
        slab(-20, -20, wide + 40, high + 40),
        under,
        stuff="wood" if under in WOODS.values() else "",
        grain=90,
        shade=None,
    )
    for x in (wide * 0.34, wide * 0.7):
        page.mark(line(f"M{x} 0V{high}", under.deeper(0.1), 5))
    corner = poly((-40, high * 0.52), (wide * 0.62, high + 60), (-40, high + 60))
    page.form(
        corner,
        wall,
        line(f"M-40 {high * 0.55}L{wide * 0.58} {high + 60}", wall.deeper(0.2), 10),
        line(f"M-40 {high * 0.58}L{wide * 0.55} {high + 60}", wall.deeper(0.2), 4),
        shade=None,
    )
    page.shade(poly((-40, high * 0.52), (-40, high * 0.50), (wide * 0.645, high + 60), (wide * 0.62, high + 60)), 0.9)
