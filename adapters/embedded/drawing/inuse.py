"""Sets goods among their companions: the third view of every product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import settings
from .canvas import Canvas
from .ink import Ink, ink
from .shapes import SHAPES
from .views import HIGH, WIDE, drawn, measure

Room = Callable[..., None]

ROOMS: dict[str, Room] = {
    "table": settings.table,
    "shelf": settings.shelf,
    "floor": settings.floor,
    "rail": settings.rail,
    "tiles": settings.tiles,
    "outdoors": settings.outdoors,
    "above": settings.above,
}


@dataclass(frozen=True)
class Prop:
    """A thing in a picture: where it stands (or its middle, if it lies), and how large it is.

    An empty ink means the ink of the product shown.
    """

    name: str
    x: float
    y: float
    size: float
    """Height in the picture, before it is laid flat."""
    ink: str = ""
    turn: float = 0
    squash: float = 1
    flip: bool = False
    cast: bool = True
    """Whether it throws a shadow (a branch in a vase does not reach the table)."""


@dataclass(frozen=True)
class Use:
    """A picture of a product in use."""

    room: str
    wall: str
    ground: str
    props: tuple[Prop, ...]
    runner: str = ""
    window: tuple[float, float, float, float] | None = None
    night: bool = False
    at: float | None = None


def put(page: Canvas, prop: Prop, own: Ink) -> None:
    """Set one thing into a picture."""
    tone = ink(prop.ink) if prop.ink else own
    thing = SHAPES[prop.name]
    frame = measure(prop.name, tone)
    scale = prop.size / frame.height
    canvas = drawn(prop.name, tone, prefix=page.branch())
    if thing.lies:
        # turned about its own middle
        middle = Canvas(prefix=page.branch())
        middle.stamp(canvas, -(frame.x + frame.width / 2), -(frame.y + frame.height / 2), 1, shadow="none")
        middle.take_ground(canvas, -(frame.x + frame.width / 2), -(frame.y + frame.height / 2))
        page.stamp(middle, prop.x, prop.y, scale, prop.turn, "flat", prop.flip, prop.squash)
        return
    page.stamp(
        canvas,
        prop.x,
        prop.y - max(0.0, frame.y + frame.height) * scale,
        scale,
        prop.turn,
        "ground" if prop.cast else "none",
        prop.flip,
    )


def compose(page: Canvas, use: Use, own: Ink, wide: float = WIDE, high: float = HIGH) -> None:
    """Draw a room and everything in it."""
    more = {} if use.at is None else {"at": use.at}
    ROOMS[use.room](page, ink(use.wall), ink(use.ground), wide, high, **more)
    if use.window:
        settings.window(page, *use.window, night=use.night)
    if use.runner:
        settings.cloth(page, ink(use.runner), wide, high, **more)
    for prop in use.props:
        put(page, prop, own)


def in_use(name: str, own: Ink) -> str:
    """Draw a product in use."""
    from .uses import USES

    page = Canvas(prefix="v")
    compose(page, USES[name], own)
    return page.svg(WIDE, HIGH)
