"""Pictures and text that carries markup."""

from __future__ import annotations

from typing import Literal

import msgspec


class Html(msgspec.Struct, frozen=True):
    """Markup as the backend gave it: untrusted. Only the link that sanitises it makes it fit for a page."""

    source: str


class ImageSource(msgspec.Struct, frozen=True, kw_only=True):
    """Ready widths of one format. `url` holds `{width}`, one of `widths` (pixels, rising)."""

    type: str
    url: str
    widths: tuple[int, ...]


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture. `url` works on its own (and may hold `{width}` where the backend transforms any width).

    `width` and `height` are the original's pixels, None where the backend does not say. `alt` is "" only for a picture
    that says nothing; None means the backend has no text. `tint` is a CSS hex colour to stand behind it.
    """

    url: str
    alt: str | None = None
    width: int | None = None
    height: int | None = None
    sources: tuple[ImageSource, ...] = ()
    tint: str | None = None


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a gallery. `url` is the video's or model's address where `kind` is not `image`; `image` is then its
    poster. `variant_ids` names the variants it shows; empty means all."""

    image: Image
    kind: Literal["image", "video", "model"] = "image"
    url: str | None = None
    variant_ids: tuple[str, ...] = ()
