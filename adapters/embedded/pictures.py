"""The drawn pictures: which files there are, and the `Image` of each.

Files: `products/{product}/{view}-{ink}-{width}.{avif|webp}` and `scenes/{scene}-{width}.{avif|webp}` below the base
address; the manifest lists what was drawn. A picture that was not drawn is None, never a broken address.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bff.ports import Image, ImageSource, Misconfigured

from .texts import WORDS

_PRODUCT_FALLBACK, _SCENE_FALLBACK = 640, 1280


class _DrawnProduct(msgspec.Struct, frozen=True):
    inks: tuple[str, ...]
    views: tuple[str, ...]
    ratio: tuple[int, int] = (4, 5)
    tint: str | None = None
    widths: tuple[int, ...] = (320, 640, 1280)


class _DrawnScene(msgspec.Struct, frozen=True):
    width: int
    height: int
    tint: str | None = None
    widths: tuple[int, ...] = (640, 1280, 1920)


class _Manifest(msgspec.Struct, frozen=True):
    products: dict[str, _DrawnProduct] = {}
    scenes: dict[str, _DrawnScene] = {}


def packaged_manifest() -> Path | None:
    """Beside the code in a checkout, inside the head's package in a wheel."""
    root = Path(__file__).resolve().parents[2]
    places = (root / "static/pictures/manifest.json", root / "bff/packaged/static/pictures/manifest.json")
    return next((place for place in places if place.is_file()), None)


class Pictures:
    """What was drawn. Images once made are kept: they are few and immutable."""

    def __init__(self, base: str, manifest: str | None) -> None:
        self._base = base.rstrip("/")
        self._made: dict[tuple[str, str, str, str], Image] = {}
        path = Path(manifest) if manifest else packaged_manifest()
        try:
            self._drawn = msgspec.json.decode(path.read_bytes(), type=_Manifest) if path else _Manifest()
        except (OSError, msgspec.MsgspecError) as error:
            raise Misconfigured("pictures_manifest", f"cannot be read: {error}", fix="run `make pictures`") from error

    def views(self, product: str, ink: str) -> tuple[str, ...]:
        """The views there are of a product in an ink that we have a word for; empty where none was drawn."""
        drawn = self._drawn.products.get(product)
        if drawn is None or ink not in drawn.inks:
            return ()
        return tuple(view for view in drawn.views if view in WORDS)

    def product(self, product: str, ink: str, view: str, alt: str) -> Image:
        """A view that `views` named."""
        made = self._made.get((product, ink, view, alt))
        if made is None:
            drawn = self._drawn.products[product]
            across, down = drawn.ratio
            stem = f"{self._base}/products/{product}/{view}-{ink}-"
            width = drawn.widths[-1]
            made = Image(
                url=f"{stem}{_PRODUCT_FALLBACK}.webp",
                alt=alt,
                width=width,
                height=width * down // across,
                sources=(ImageSource(type="image/avif", url=stem + "{width}.avif", widths=drawn.widths),),
                tint=drawn.tint,
            )
            if len(self._made) > 20_000:
                self._made.clear()
            self._made[product, ink, view, alt] = made
        return made

    def preview(self, product: str) -> str | None:
        """The address of the picture for link previews."""
        return f"{self._base}/products/{product}/og.jpg" if product in self._drawn.products else None

    def scene(self, scene: str | None, alt: str | None) -> Image | None:
        drawn = self._drawn.scenes.get(scene or "")
        if drawn is None:
            return None
        stem = f"{self._base}/scenes/{scene}-"
        return Image(
            url=f"{stem}{_SCENE_FALLBACK}.webp",
            alt=alt,
            width=drawn.width,
            height=drawn.height,
            sources=(ImageSource(type="image/avif", url=stem + "{width}.avif", widths=drawn.widths),),
            tint=drawn.tint,
        )
