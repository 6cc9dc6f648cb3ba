"""The three views of a product: on its plate, close up, and in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import skia
from PIL import Image

from .canvas import Canvas, fill
from .geometry import slab
from .ink import Ink
from .shapes import SHAPES, Shape

WIDE, HIGH = 800, 1000
_REACH = 700


@dataclass(frozen=True)
class Frame:
    """The rectangle a drawing fills, in its own units."""

    x: float
    y: float
    width: float
    height: float


def pixels(svg: str, width: int, height: int) -> Image.Image:
    """Turn an SVG document into an image of the size given."""
    dom = skia.SVGDOM.MakeFromStream(skia.MemoryStream(svg.encode(), True))
    surface = skia.Surface(width, height)
    with surface as sheet:
        box = dom.containerSize()
        sheet.scale(width / box.width(), height / box.height())
        dom.render(sheet)
    data = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return Image.fromarray(data, "RGBA")


@cache
def measure(name: str, ink: Ink) -> Frame:
    """Find what a shape fills by drawing it small on nothing."""
    canvas = Canvas()
    SHAPES[name].draw(canvas, ink)
    size = 2 * _REACH
    image = pixels(canvas.svg(size, size, f"{-_REACH} {-_REACH} {size} {size}"), size // 4, size // 4)
    found = image.getchannel("A").getbbox()
    if found is None:
        raise ValueError(f"{name} draws nothing")
    left, top, right, bottom = (4 * edge - _REACH for edge in found)
    return Frame(left, top, right - left, bottom - top)


def drawn(name: str, ink: Ink, fine: bool = False, prefix: str = "s") -> Canvas:
    """Return a canvas with one shape on it."""
    canvas = Canvas(fine=fine, prefix=prefix)
    SHAPES[name].draw(canvas, ink)
    return canvas


def _fit(frame: Frame, across: float, up: float) -> float:
    return min(across / frame.width, up / frame.height, 2.0)


def plate(name: str, ink: Ink, tint: Ink) -> str:
    """Draw the thing alone on its coloured plate, whole."""
    thing: Shape = SHAPES[name]
    frame = measure(name, ink)
    page = Canvas(prefix="p")
    page.mark(fill(slab(0, 0, WIDE, HIGH), tint))
    if thing.lies:
        scale = _fit(frame, 600, 740)
        middle_x, middle_y = frame.x + frame.width / 2, frame.y + frame.height / 2
        page.stamp(drawn(name, ink), WIDE / 2 - middle_x * scale, HIGH / 2 - middle_y * scale, scale, shadow="flat")
        return page.svg(WIDE, HIGH)
    scale = _fit(frame, 560, 660)
    floor = HIGH / 2 + frame.height * scale / 2 + 40
    page.mark(fill(slab(0, floor - 90 - frame.height * scale * 0.06, WIDE, HIGH), tint.deeper(0.045)))
    x = WIDE / 2 - (frame.x + frame.width / 2) * scale - 12
    page.stamp(drawn(name, ink), x, floor - max(0.0, frame.y + frame.height) * scale, scale)
    return page.svg(WIDE, HIGH)


def detail(name: str, ink: Ink, tint: Ink) -> str:
    """Draw a part of the thing close up, with its surface."""
    thing = SHAPES[name]
    frame = measure(name, ink)
    scale = _fit(frame, 600, 720) * thing.zoom
    at_x = frame.x + frame.width * thing.focus[0]
    at_y = frame.y + frame.height * thing.focus[1]
    page = Canvas(fine=True, prefix="d")
    page.mark(fill(slab(0, 0, WIDE, HIGH), tint))
    page.stamp(
        drawn(name, ink, fine=True),
        WIDE / 2 - at_x * scale,
        HIGH / 2 - at_y * scale,
        scale,
        shadow="flat" if thing.lies else "none",
    )
    return page.svg(WIDE, HIGH)


def card(name: str, ink: Ink, tint: Ink) -> str:
    """Draw the thing on a landscape sheet of 1200 by 630, for sharing."""
    thing = SHAPES[name]
    frame = measure(name, ink)
    page = Canvas(prefix="o")
    page.mark(fill(slab(0, 0, 1200, 630), tint))
    scale = _fit(frame, 760, 470)
    x = 600 - (frame.x + frame.width / 2) * scale
    if thing.lies:
        y = 315 - (frame.y + frame.height / 2) * scale
    else:
        y = 540 - max(0.0, frame.y + frame.height) * scale
        page.mark(fill(slab(0, 470, 1200, 200), tint.deeper(0.045)))
    page.stamp(drawn(name, ink), x, y, scale, shadow="flat" if thing.lies else "ground")
    return page.svg(1200, 630)
