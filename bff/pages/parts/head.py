"""What stands in a document's head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bff.ports import Image
from bff.web.addresses import Place


class Alternate(msgspec.Struct, frozen=True, kw_only=True):
    """The same page for other readers: `hreflang` is `en-GB`, `ar-AE` … or `x-default`."""

    hreflang: str
    url: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Title and all that machines read. `canonical` and alternates are absolute. `data` are schema.org objects."""

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
