"""Printing inks: the palette in OKLCH, and the mixing of lighter and deeper tones.

Every colour of every picture is an :class:`Ink`. Swatches and style sheets that
must agree with the pictures take their values from :data:`SWATCHES`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Ink:
    """A colour as lightness (0 to 1), chroma and hue in degrees (OKLCH)."""

    light: float
    chroma: float
    hue: float

    @property
    def hex(self) -> str:
        """Return the nearest sRGB colour as ``#rrggbb``, chroma reduced until it fits."""
        chroma = self.chroma
        rgb = _linear_rgb(self.light, chroma, self.hue)
        while chroma > 0.001 and not all(-0.0005 <= part <= 1.0005 for part in rgb):
            chroma *= 0.97
            rgb = _linear_rgb(self.light, chroma, self.hue)
        return "#" + "".join(f"{_encode(part):02x}" for part in rgb)

    @property
    def pale(self) -> bool:
        """Tell whether a dark line reads better on this ink than a pale one."""
        return self.light > 0.66

    def deeper(self, by: float = 0.1) -> Ink:
        """Return a darker tone of the same ink."""
        return replace(self, light=max(0.12, self.light - by), chroma=self.chroma * 1.04)

    def paler(self, by: float = 0.1) -> Ink:
        """Return a lighter tone of the same ink."""
        return replace(self, light=min(0.985, self.light + by), chroma=self.chroma * 0.9)

    def inside(self) -> Ink:
        """Return the tone of the hollow side of a vessel in this ink."""
        return self.deeper(0.13 if self.light > 0.4 else 0.09)

    def line(self) -> Ink:
        """Return an ink for lines and lettering printed on top of this one."""
        return self.deeper(0.3) if self.pale else self.paler(0.4)


def _linear_rgb(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encode(part: float) -> int:
    part = min(1.0, max(0.0, part))
    curve = 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return round(curve * 255)


INKS: dict[str, Ink] = {
    "madder": Ink(0.535, 0.165, 29),
    "indigo": Ink(0.395, 0.105, 265),
    "moss": Ink(0.525, 0.088, 128),
    "ochre": Ink(0.765, 0.142, 78),
    "teal": Ink(0.555, 0.088, 197),
    "rose": Ink(0.765, 0.092, 18),
    "chalk": Ink(0.968, 0.014, 88),
    "charcoal": Ink(0.325, 0.012, 60),
    "natural": Ink(0.815, 0.055, 80),
}
"""The values of the option ``colour``."""

WOODS: dict[str, Ink] = {
    "oak": Ink(0.735, 0.082, 72),
    "beech": Ink(0.805, 0.068, 60),
    "walnut": Ink(0.435, 0.058, 48),
    "ash": Ink(0.878, 0.042, 88),
}
"""The values of the option ``wood``."""

STUFFS: dict[str, Ink] = {
    "ink": Ink(0.245, 0.018, 60),
    "paper": Ink(0.975, 0.012, 90),
    "iron": Ink(0.335, 0.010, 260),
    "steel": Ink(0.835, 0.012, 240),
    "brass": Ink(0.745, 0.108, 85),
    "copper": Ink(0.650, 0.105, 45),
    "zinc": Ink(0.700, 0.018, 225),
    "terracotta": Ink(0.640, 0.118, 43),
    "glass": Ink(0.880, 0.032, 195),
    "willow": Ink(0.660, 0.080, 68),
    "jute": Ink(0.735, 0.068, 78),
    "leather": Ink(0.520, 0.092, 50),
    "cork": Ink(0.720, 0.075, 62),
    "wax": Ink(0.860, 0.100, 86),
    "soap": Ink(0.800, 0.070, 118),
    "crust": Ink(0.640, 0.108, 62),
    "crumb": Ink(0.900, 0.050, 85),
    "leaf": Ink(0.500, 0.092, 138),
    "thyme": Ink(0.680, 0.062, 140),
    "soil": Ink(0.330, 0.032, 50),
    "lemon": Ink(0.860, 0.150, 98),
    "pear": Ink(0.790, 0.120, 112),
    "plum": Ink(0.380, 0.090, 345),
    "flame": Ink(0.880, 0.130, 88),
}
"""Materials that keep their own colour whatever the variant."""

TINTS: dict[str, Ink] = {
    "straw": Ink(0.895, 0.052, 90),
    "sand": Ink(0.870, 0.036, 72),
    "blush": Ink(0.862, 0.044, 35),
    "lilac": Ink(0.850, 0.032, 315),
    "sky": Ink(0.858, 0.036, 240),
    "mist": Ink(0.868, 0.030, 195),
    "sage": Ink(0.865, 0.040, 140),
    "stone": Ink(0.855, 0.014, 80),
}
"""Papers for the plate behind a product."""

WALLS: dict[str, Ink] = {
    "pine": Ink(0.405, 0.062, 200),
    "night": Ink(0.320, 0.070, 265),
    "brick": Ink(0.505, 0.125, 33),
    "mustard": Ink(0.800, 0.118, 82),
    "olive": Ink(0.480, 0.062, 125),
    "petal": Ink(0.790, 0.075, 22),
    "dusk": Ink(0.560, 0.060, 265),
}
"""Full walls for the scenes, stronger than the plates."""

OVERPRINT = Ink(0.235, 0.075, 288)
"""The one transparent ink that is printed over the others as shade."""

VEIL = 0.27
"""How much of the shade ink the squeegee leaves on the sheet."""

SWATCHES: dict[str, str] = {name: ink.hex for name, ink in {**INKS, **WOODS}.items()}
"""sRGB values of the option values, for swatches that agree with the pictures."""


def ink(name: str) -> Ink:
    """Return an ink by name: an option value, a wood, a material or a plate tint."""
    for shelf in (INKS, WOODS, STUFFS, TINTS, WALLS):
        if name in shelf:
            return shelf[name]
    raise KeyError(f"no ink is called {name!r}")
