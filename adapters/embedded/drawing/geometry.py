"""Paths: smooth curves, bodies of revolution, tubes and leaves, as SVG path data."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
FAR = 4000


def num(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _pair(point: Point) -> str:
    return f"{num(point[0])} {num(point[1])}"


def poly(*points: Point) -> str:
    """Return a closed polygon."""
    return "M" + "L".join(_pair(point) for point in points) + "Z"


def smooth(points: Sequence[Point], closed: bool = False, tension: float = 1.0) -> str:
    """Return a curve through all points (Catmull-Rom turned into cubic Béziers)."""
    start = "M" + _pair(points[0])
    return start + curve_on(points, closed, tension) + ("Z" if closed else "")


def curve_on(points: Sequence[Point], closed: bool = False, tension: float = 1.0) -> str:
    """Return the segments of a smooth curve, without the first move."""
    count = len(points)
    parts: list[str] = []
    for at in range(count if closed else count - 1):
        before = points[(at - 1) % count] if closed or at else points[at]
        here, there = points[at], points[(at + 1) % count]
        after = points[(at + 2) % count] if closed or at + 2 < count else there
        reach = math.hypot(there[0] - here[0], there[1] - here[1]) * 0.42
        first = _pull(here, (there[0] - before[0], there[1] - before[1]), tension / 6, reach)
        second = _pull(there, (here[0] - after[0], here[1] - after[1]), tension / 6, reach)
        parts.append(f"C{_pair(first)} {_pair(second)} {_pair(there)}")
    return "".join(parts)


def _pull(at: Point, along: Point, by: float, reach: float) -> Point:
    """Return the handle of a curve, never longer than its segment allows."""
    length = math.hypot(*along) * by
    by = by if length <= reach or length == 0 else by * reach / length
    return at[0] + along[0] * by, at[1] + along[1] * by


def oval(x: float, y: float, rx: float, ry: float | None = None) -> str:
    """Return an ellipse (a circle when only one radius is given)."""
    ry = rx if ry is None else ry
    arc = f"A{num(rx)} {num(ry)} 0 1 1 "
    return f"M{num(x - rx)} {num(y)}{arc}{num(x + rx)} {num(y)}{arc}{num(x - rx)} {num(y)}Z"


def slab(x: float, y: float, width: float, height: float, corner: float = 0) -> str:
    """Return a rectangle with rounded corners."""
    if corner <= 0:
        return f"M{num(x)} {num(y)}h{num(width)}v{num(height)}h{num(-width)}Z"
    r = min(corner, width / 2, height / 2)
    arc = f"a{num(r)} {num(r)} 0 0 1 "
    return (
        f"M{num(x + r)} {num(y)}h{num(width - 2 * r)}{arc}{num(r)} {num(r)}"
        f"v{num(height - 2 * r)}{arc}{num(-r)} {num(r)}h{num(2 * r - width)}{arc}{num(-r)} {num(-r)}"
        f"v{num(2 * r - height)}{arc}{num(r)} {num(-r)}Z"
    )


def lathe(profile: Sequence[Point], flat: float = 0.14, hard: bool = False) -> str:
    """Return the outline of a turned body seen slightly from above.

    ``profile`` lists (height, radius) from the rim down to the foot. ``flat`` is the
    ratio of the ellipses of rim and foot; ``hard`` keeps straight edges.
    """
    top, bottom = profile[0], profile[-1]
    left = [(-radius, y) for y, radius in profile]
    right = [(radius, y) for y, radius in reversed(profile)]
    sides = ["L" + "L".join(_pair(point) for point in side) if hard else curve_on(side) for side in (left, right)]
    foot = f"A{num(bottom[1])} {num(max(0.1, bottom[1] * flat))} 0 0 0 {_pair(right[0])}"
    rim = f"A{num(top[1])} {num(max(0.1, top[1] * flat))} 0 0 0 {_pair(left[0])}"
    return "M" + _pair(left[0]) + sides[0] + foot + sides[1] + rim + "Z"


def hoop(y: float, height: float, radius: float, flat: float = 0.14) -> str:
    """Return a band around a turned body, to be clipped by the body's outline."""
    sag = radius * flat
    arc = f"A{num(radius)} {num(max(0.1, sag))} 0 0 "
    return (
        f"M{num(-radius)} {num(y)}{arc}0 {num(radius)} {num(y)}v{num(height)}{arc}1 {num(-radius)} {num(y + height)}Z"
    )


def _spline(points: Sequence[Point], steps: int) -> list[Point]:
    found: list[Point] = []
    for at in range(len(points) - 1):
        a = points[at - 1] if at else points[at]
        b, c = points[at], points[at + 1]
        d = points[at + 2] if at + 2 < len(points) else c
        for step in range(steps):
            t = step / steps
            found.append((_blend(a[0], b[0], c[0], d[0], t), _blend(a[1], b[1], c[1], d[1], t)))
    found.append(points[-1])
    return found


def _blend(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def tube(points: Sequence[Point], width: float, end: float | None = None, steps: int = 6) -> str:
    """Return the outline of a round bar bent along the points, tapering to ``end``."""
    end = width if end is None else end
    spine = _spline(points, steps) if len(points) > 2 else list(points)
    left: list[Point] = []
    right: list[Point] = []
    for at, (x, y) in enumerate(spine):
        before, after = spine[max(0, at - 1)], spine[min(len(spine) - 1, at + 1)]
        length = math.hypot(after[0] - before[0], after[1] - before[1]) or 1
        half = (width + (end - width) * at / (len(spine) - 1)) / 2
        nx, ny = -(after[1] - before[1]) / length * half, (after[0] - before[0]) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    right.reverse()
    cap = [f"A{num(w / 2)} {num(w / 2)} 0 0 0 " for w in (width, end)]
    return (
        "M"
        + _pair(right[-1])
        + cap[0]
        + _pair(left[0])
        + curve_on(left)
        + cap[1]
        + _pair(right[0])
        + curve_on(right)
        + "Z"
    )


def leaf(x: float, y: float, length: float, angle: float, fat: float = 0.36) -> str:
    """Return a pointed leaf that grows from (x, y) at an angle in degrees (0 is right, -90 up)."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)

    def place(along: float, side: float) -> str:
        return _pair((x + (along * cos - side * sin) * length, y + (along * sin + side * cos) * length))

    return (
        f"M{place(0, 0)}C{place(0.25, -fat * 0.75)} {place(0.7, -fat * 0.7)} {place(1, 0)}"
        f"C{place(0.7, fat * 0.7)} {place(0.25, fat * 0.75)} {place(0, 0)}Z"
    )


def outside(path: str) -> str:
    """Return everything but the path (to be filled even-odd)."""
    return f"M{-FAR} {-FAR}H{FAR}V{FAR}H{-FAR}Z" + path
