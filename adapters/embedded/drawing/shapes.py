"""The register of shapes: every drawing of a thing, with what a picture must know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .canvas import Canvas
from .ink import Ink

Draw = Callable[[Canvas, Ink], None]


@dataclass(frozen=True)
class Shape:
    """A drawing of one thing, in units of its own, standing on (0, 0) or lying around it."""

    name: str
    draw: Draw
    tall: float
    """Height of the drawing in millimetres, so that scenes can keep proportions."""
    lies: bool = False
    """The thing is seen from above (or hangs): its shadow falls straight behind it."""
    focus: tuple[float, float] = (0.5, 0.35)
    """Centre of the detail view, as a share of width and height of the drawing."""
    zoom: float = 2.4
    turn: float = 0
    """Angle at which a lying thing is set on its plate."""


SHAPES: dict[str, Shape] = {}


def shape(
    name: str,
    tall: float,
    lies: bool = False,
    focus: tuple[float, float] = (0.5, 0.35),
    zoom: float = 2.4,
    turn: float = 0,
) -> Callable[[Draw], Draw]:
    """Register a drawing under a name."""

    def register(draw: Draw) -> Draw:
        SHAPES[name] = Shape(name, draw, tall, lies, focus, zoom, turn)
        return draw

    return register
