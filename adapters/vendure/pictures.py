"""Vendure's assets as pictures. Its asset server makes any width and format of a preview (`?w=…&format=…`)."""

from __future__ import annotations

from bff.ports import Image, ImageSource, Media

from .wire import WireAsset

WIDTHS = (320, 640, 1280)
_FALLBACK = 640
_FORMATS = ("avif", "webp")


def image(asset: WireAsset, alt: str, *, transforms: bool) -> Image:
    """Sizes are the original's; nought means that Vendure does not know them."""
    width, height = (asset.width, asset.height) if asset.width and asset.height else (None, None)
    if not transforms:
        return Image(url=asset.preview, alt=alt, width=width, height=height)
    base = asset.preview + ("&" if "?" in asset.preview else "?")
    widths = tuple(each for each in WIDTHS if not asset.width or each <= asset.width) or (asset.width,)
    return Image(
        url=f"{base}w={min(_FALLBACK, widths[-1])}",
        alt=alt,
        width=width,
        height=height,
        sources=tuple(
            ImageSource(type=f"image/{kind}", url=f"{base}w={{width}}&format={kind}", widths=widths)
            for kind in _FORMATS
        ),
    )


def gallery(assets: list[WireAsset], alt: str, *, transforms: bool) -> tuple[Media, ...]:
    """Each picture once."""
    seen = {asset.preview: asset for asset in assets}
    return tuple(Media(image=image(asset, alt, transforms=transforms)) for asset in seen.values())
