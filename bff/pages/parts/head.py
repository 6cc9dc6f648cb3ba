"""What stands in a document's head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bff.ports import Image, ImageSource
from bff.web.addresses import Place

LARGE = 1280


class Alternate(msgspec.Struct, frozen=True, kw_only=True):
    """The same page for other readers: `hreflang` is `en-GB`, `ar-AE` … or `x-default`."""

    hreflang: str
    url: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Title and all that machines read. `canonical` and alternates are absolute. `image` is a picture's address, best
    from `preview`; the template makes it absolute and fills a `{width}`. `data` are schema.org objects; empty ones
    are left out."""

    title: str
    description: str | None = None
    canonical: str | None = None
    robots: str | None = None
    alternates: tuple[Alternate, ...] = ()
    image: str | None = None
    kind: str = "website"
    data: tuple[dict[str, Any], ...] = ()
    preload: Image | None = None
    previous: str | None = None
    next: str | None = None


def with_alternates(head: Head, places: Mapping[str, Place], addresses: Mapping[str, str]) -> Head:
    """The head with its `hreflang` links: `addresses` are rooted, by place path. A page that stands in one place only, or
    must not be indexed, has none. `x-default` is the first place's."""
    if head.robots or len(addresses) < 2:
        return head
    found = [
        Alternate(hreflang=places[path].locale, url=places[path].absolute(address))
        for path, address in addresses.items()
    ]
    return msgspec.structs.replace(head, alternates=(*found, Alternate(hreflang="x-default", url=found[0].url)))


def large(image: Image) -> str:
    """One address of a picture, for search engines, which cannot choose among widths: the smallest ready one of at least
    1280 pixels, else the widest. Never with a `{width}` in it."""
    return _address(image, image.sources)


def preview(image: Image) -> str:
    """The same for link previews: what draws them (messengers, social networks) knows no AVIF."""
    return _address(image, [source for source in image.sources if source.type != "image/avif"])


def _address(image: Image, sources: Sequence[ImageSource]) -> str:
    ready = next((source for source in reversed(sources) if source.widths), None)
    if ready is None:
        return image.url.replace("{width}", str(LARGE))
    width = next((width for width in ready.widths if width >= LARGE), ready.widths[-1])
    return ready.url.replace("{width}", str(width))
