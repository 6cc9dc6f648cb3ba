"""Pages for what went wrong: unknown, withdrawn, broken, closed for work. Each keeps a way on."""

from __future__ import annotations

import msgspec

from bff.ports import Backend, PublicContext
from bff.rendering.regions import Region, region
from bff.web.addresses import Place

from .parts.cards import CardView, favourites
from .parts.head import Head

FAVOURITES = 4
BUDGET = 0.3


class FailurePage(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is the HTTP status, `key` the message to show: `failure.{key}.title` and `.text`. `request_id` helps whoever
    is asked for help; it is shown for 5xx only. `text`: words to search for, from the address."""

    head: Head
    status: int
    key: str
    search: str
    text: str
    home: str
    favourites: Region[tuple[CardView, ...]]
    request_id: str | None = None


async def load(
    backend: Backend | None,
    ctx: PublicContext,
    place: Place,
    status: int,
    *,
    key: str,
    title: str,
    text: str = "",
) -> FailurePage:
    """Never raises a `BackendError`: whatever is missing is left out."""
    liked = await region(
        "favourites",
        favourites(backend, ctx, place, FAVOURITES) if backend is not None and status in (404, 410) else None,
        budget=BUDGET,
    )
    return FailurePage(
        head=Head(title=title, robots="noindex"),
        status=status,
        key=key,
        search=place.page("search"),
        text=text,
        home=place.root,
        favourites=liked,
        request_id=ctx.trace.request_id if status >= 500 else None,
    )
