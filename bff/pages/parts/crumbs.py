"""Breadcrumbs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bff.ports import Link
from bff.web.addresses import Place


class Crumb(msgspec.Struct, frozen=True, kw_only=True):
    """A step on the way here; the last one is this page and has no `url`."""

    title: str
    url: str | None


def crumbs(place: Place, links: Iterable[Link], title: str) -> tuple[Crumb, ...]:
    """The steps to a thing called `title`, through `links`."""
    steps = [Crumb(title=link.title, url=place.link(link)) for link in links]
    return (*steps, Crumb(title=title, url=None))
