"""The canvas: collects forms, their decoration, their shade and their shadow as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .geometry import num, outside
from .ink import OVERPRINT, VEIL, Ink
from .textures import ALWAYS, TILES, pattern

Mark = str
"""A fragment of SVG that is printed on a form and clipped to it."""


def fill(path: str, ink: Ink, opacity: float = 1) -> Mark:
    """Return a filled mark."""
    veil = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
    return f'<path d="{path}" fill="{ink.hex}"{veil}/>'


def line(path: str, ink: Ink, width: float = 3, opacity: float = 1, dash: str = "") -> Mark:
    """Return a drawn line as a mark."""
    veil = f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
    gaps = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{path}" fill="none" stroke="{ink.hex}" stroke-width="{num(width)}" '
        f'stroke-linecap="round" stroke-linejoin="round"{veil}{gaps}/>'
    )


class Canvas:
    """An SVG in the making.

    ``fine`` asks for surfaces (weave, glaze, grain) to be shown; ``ground`` collects the
    silhouettes of all forms so that a shadow can be cast from them.
    """

    def __init__(self, fine: bool = False, prefix: str = "c") -> None:
        self.fine = fine
        self._prefix = prefix
        self._count = 0
        self._defs: list[str] = []
        self._body: list[str] = []
        self._ground: list[str] = []
        self._tiles: dict[tuple[str, float], str] = {}

    def _name(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"

    def branch(self) -> str:
        """Return a prefix no other canvas set into this one has."""
        return f"{self._name()}_"

    def _tile(self, stuff: str, turn: float) -> str:
        key = (stuff, turn)
        if key not in self._tiles:
            self._tiles[key] = self._name()
            self._defs.append(pattern(stuff, self._tiles[key], turn))
        return self._tiles[key]

    def form(
        self,
        path: str,
        ink: Ink,
        *marks: Mark,
        stuff: str = "",
        grain: float = 0,
        shade: tuple[float, float] | None = (16, 12),
        gleam: tuple[float, float] | None = None,
        opacity: float = 1,
        depth: float = 1,
    ) -> None:
        """Print a form: flat ink, its marks, its surface, then shade at the lower right.

        ``shade`` is how far the light creeps round the form; ``gleam`` adds a pale edge at
        the upper left; ``depth`` weakens the shade; ``opacity`` is for glass.
        """
        name = self._name()
        self._defs.append(f'<clipPath id="{name}"><path d="{path}"/></clipPath>')
        veil = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._body.append(f'<path d="{path}" fill="{ink.hex}"{veil}/>')
        inner = list(marks)
        if stuff in TILES and (self.fine or stuff in ALWAYS):
            inner.append(f'<path d="{path}" fill="url(#{self._tile(stuff, grain)})"/>')
        if gleam:
            inner.append(self._edge(path, (-gleam[0], -gleam[1]), "#fffaf0", 0.34))
        if inner:
            self._body.append(f'<g clip-path="url(#{name})">{"".join(inner)}</g>')
        if shade:
            self._body.append(self._overprint(path, name, shade, depth))
        self._ground.append(f'<path d="{path}"/>')

    def _edge(self, path: str, by: tuple[float, float], colour: str, opacity: float) -> Mark:
        return (
            f'<path d="{outside(path)}" fill-rule="evenodd" fill="{colour}" fill-opacity="{opacity:.2f}" '
            f'transform="translate({num(-by[0])} {num(-by[1])})"/>'
        )

    def _overprint(self, path: str, clip: str, by: tuple[float, float], depth: float) -> str:
        edge = self._edge(path, by, OVERPRINT.hex, VEIL * depth)
        return f'<g transform="translate(1.5 1.2)"><g clip-path="url(#{clip})">{edge}</g></g>'

    def shade(self, path: str, depth: float = 1) -> None:
        """Print the transparent shade ink over whatever lies below."""
        self._body.append(f'<path d="{path}" fill="{OVERPRINT.hex}" fill-opacity="{VEIL * depth:.2f}"/>')

    def mark(self, *marks: Mark) -> None:
        """Print marks freely, without clipping, shade or shadow."""
        self._body.extend(marks)

    def within(self, path: str, *marks: Mark) -> None:
        """Print marks clipped to a path, without shade or shadow."""
        name = self._name()
        self._defs.append(f'<clipPath id="{name}"><path d="{path}"/></clipPath>')
        self._body.append(f'<g clip-path="url(#{name})">{"".join(marks)}</g>')

    @contextmanager
    def place(
        self, x: float = 0, y: float = 0, scale: float = 1, turn: float = 0, flip: bool = False
    ) -> Iterator[None]:
        """Move, scale, turn or mirror everything drawn inside the block."""
        across = -scale if flip else scale
        move = f"translate({x:.2f} {y:.2f}) rotate({turn:.2f}) scale({across:.4f} {scale:.4f})"
        for layer in (self._body, self._ground):
            layer.append(f'<g transform="{move}">')
        try:
            yield
        finally:
            for layer in (self._body, self._ground):
                layer.append("</g>")

    def stamp(
        self,
        other: Canvas,
        x: float,
        y: float,
        scale: float,
        turn: float = 0,
        shadow: str = "ground",
        flip: bool = False,
        squash: float = 1,
    ) -> None:
        """Set another canvas into this one, with its cast shadow (ground, flat or none).

        ``squash`` lays a thing that was drawn from above flat on a table.
        """
        self._defs.extend(other._defs)
        across = -scale if flip else scale
        own = f"scale(1 {squash:.3f}) rotate({turn:.2f}) scale({across:.4f} {scale:.4f})"
        if shadow != "none":
            lean = "matrix(1 0 -0.72 0.15 0 0)" if shadow == "ground" else f"translate(9 {11 * squash + 2:.1f})"
            self._body.append(
                f'<g opacity="0.26"><g transform="translate({x:.2f} {y:.2f}) {lean} {own}" '
                f'fill="{OVERPRINT.hex}">{"".join(other._ground)}</g></g>'
            )
        self._body.append(f'<g transform="translate({x:.2f} {y:.2f}) {own}">{"".join(other._body)}</g>')

    def take_ground(self, other: Canvas, x: float, y: float) -> None:
        """Adopt the silhouettes of another canvas, so that its shadow can be cast from here."""
        self._ground.append(f'<g transform="translate({x:.2f} {y:.2f})">{"".join(other._ground)}</g>')

    def svg(self, width: float, height: float, view: str = "") -> str:
        """Return the finished document."""
        box = view or f"0 0 {num(width)} {num(height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{num(width)}" height="{num(height)}" '
            f'viewBox="{box}"><defs>{"".join(self._defs)}</defs>{"".join(self._body)}</svg>'
        )
