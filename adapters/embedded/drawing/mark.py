"""The sign of the house: a disc, half sun and half crescent moon."""

from __future__ import annotations

from pathlib import Path

from . import views
from .ink import INKS, STUFFS

MOON = "M17.4 3.4A12.7 12.7 0 0 1 17.4 28.6A23 23 0 0 0 17.4 3.4Z"
SUN = "M15.2 8A8 8 0 0 0 15.2 24Z"
RAYS = "M11.9 5.3 11.1 2.7M6.3 9.4 4.1 7.8M4.2 16.0 1.4 16.0M6.3 22.6 4.1 24.2M11.9 26.7 11.1 29.3"


def drawing(sun: str, moon: str) -> str:
    """Return the sign in two colours, on nothing."""
    return (
        f'<path d="{SUN}" fill="{sun}"/>'
        f'<path d="{RAYS}" fill="none" stroke="{sun}" stroke-width="2.5" stroke-linecap="round"/>'
        f'<path d="{MOON}" fill="{moon}"/>'
    )


def plain() -> str:
    """Return the sign in the colour of the text around it."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">'
        f"{drawing('currentColor', 'currentColor')}</svg>\n"
    )


def favicon() -> str:
    """Return the sign for browser tabs, following light and dark."""
    light, dark = STUFFS["ink"].hex, STUFFS["paper"].hex
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f"<style>.a{{--i:{light};--s:{INKS['madder'].hex}}}@media(prefers-color-scheme:dark)"
        f"{{.a{{--i:{dark};--s:{INKS['ochre'].hex}}}}}</style>"
        f'<g class="a">{drawing("var(--s)", "var(--i)")}</g></svg>\n'
    )


def tile(size: int, inset: float, corner: float) -> str:
    """Return the sign on a tile of night-blue ink."""
    scale = (size - 2 * inset) / 32
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
        f'<rect width="{size}" height="{size}" rx="{corner}" fill="{INKS["indigo"].deeper(0.09).hex}"/>'
        f'<g transform="translate({inset} {inset}) scale({scale:.4f})">'
        f"{drawing(INKS['ochre'].hex, STUFFS['paper'].hex)}</g></svg>"
    )


def write(root: Path) -> None:
    """Write the sign in every form that browsers ask for, where it has changed."""
    folder = root / "brand"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("mark.svg", plain()), ("favicon.svg", favicon())):
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    for name, size, inset, corner in (
        ("favicon-32.png", 32, 2.0, 6.0),
        ("apple-touch-icon.png", 180, 30.0, 0.0),
        ("icon-512.png", 512, 96.0, 0.0),
    ):
        image = views.pixels(tile(size, inset, corner), size, size)
        path = folder / name
        fresh = folder / f".{name}"
        image.save(fresh, "PNG", optimize=True)
        if path.exists() and path.read_bytes() == fresh.read_bytes():
            fresh.unlink()
        else:
            fresh.replace(path)
