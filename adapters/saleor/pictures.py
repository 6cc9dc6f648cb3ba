"""Saleor's media as pictures. `/thumbnail/{id}/{size}/{format}/` answers any size of its list and leads to the file."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from bff.ports import Image, ImageSource, Media

from .settings import Settings
from .wire import WireImage, WireMedia

WIDTHS = (256, 512, 1024, 2048)
_FORMATS = ("avif", "webp")


class Pictures:
    """Makes pictures for one backend's settings."""

    def __init__(self, settings: Settings) -> None:
        self._thumbnails = settings.thumbnails
        self._path = urlsplit(settings.url).path.rstrip("/").removesuffix("/graphql")

    def gallery(self, found: Sequence[WireMedia], alt: str) -> tuple[Media, ...]:
        """Pictures only: of a video Saleor knows no poster."""
        return tuple(Media(image=self._image(one, alt)) for one in found if one.type == "IMAGE" and one.url)

    def _image(self, one: WireMedia, alt: str) -> Image:
        said = one.alt or alt
        base = self._base(one)
        if base is None:
            return Image(url=one.url, alt=said)
        return Image(
            url=one.url,
            alt=said,
            sources=tuple(
                ImageSource(type=f"image/{kind}", url=f"{base}/{{width}}/{kind}/", widths=WIDTHS) for kind in _FORMATS
            ),
        )

    def _base(self, one: WireMedia) -> str | None:
        """Where Saleor makes thumbnails: beside the endpoint, as its public address has it. Once a size is made, the
        picture's own address is the storage's, so the origin is taken only from an address that is still Saleor's."""
        parts = urlsplit(one.url)
        marker = f"{self._path}/thumbnail/"
        if not self._thumbnails or not parts.scheme or not parts.path.startswith(marker):
            return None
        return f"{parts.scheme}://{parts.netloc}{marker}{quote(one.id, safe='=')}"


def plain(one: WireImage | None, alt: str) -> Image | None:
    return Image(url=one.url, alt=one.alt or alt) if one else None
