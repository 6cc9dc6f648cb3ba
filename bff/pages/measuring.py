"""`/{place}/measuring`: what the store measures, and the choice to be left out; the notice's buttons lead here too. A
visitor who declines loses the id, and what was recorded under it is removed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import NotFound
from bff.rendering.respond import redirect
from bff.web import handoffs
from bff.web.measuring import Choice
from bff.web.visit import Visit, form_fields

from .parts.account import inside, quiet, words
from .parts.head import Head
from .routing import at, page, same_page

log = logging.getLogger("portico.events")

PATH = "measuring"
CHOICES: Mapping[str, Choice] = {"yes": "yes", "no": "no"}


class MeasuringPage(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `yes` and `no` were chosen; `open`: nothing was, and nothing is measured; `exempt`: nothing was, and it is;
    `browser`: the browser asks not to be measured, and is not."""

    head: Head
    state: Literal["yes", "no", "open", "exempt", "browser"]
    action: str
    days: int


@at("/{place:str}/measuring")
async def show(visit: Visit) -> ASGIResponse:
    measuring = visit.measuring
    if not measuring.offers:
        raise NotFound("nothing is measured")
    undecided: Literal["open", "exempt"] = "exempt" if measuring.allowed else "open"
    view = MeasuringPage(
        head=quiet(words(visit, "measuring.title")),
        state="browser" if measuring.declined_by_browser else measuring.choice or undecided,
        action=visit.place.page(PATH),
        days=visit.store.settings.events.days,
    )
    same = same_page(visit.store.places, PATH)
    return await page(visit, "pages/measuring.html", view, private=True, same=same)


@at("/{place:str}/measuring", methods=("POST",), repeats=True)
async def choose(visit: Visit) -> ASGIResponse:
    """Keep the `choice` (`yes` or `no`), and back to the page the notice stood on."""
    if not visit.measuring.offers:
        raise NotFound("nothing is measured")
    posted = await form_fields(visit.request)
    home = visit.place.page(PATH)
    choice: Choice | None = CHOICES.get(posted.get("choice", ""))
    if choice is not None:
        lost = visit.measuring.choose(choice)
        if lost is not None:
            await _forgotten(visit, lost)
    return redirect(visit, inside(visit.place, posted.get("back"), home), 303)


async def _forgotten(visit: Visit, visitor: str) -> None:
    try:
        await handoffs.forget(visit.store.control, visitor)
        await asyncio.to_thread(visit.store.events.forget, visitor)
    except Exception as error:  # the id is gone all the same, and what is kept under it goes with its time
        log.error("a visitor's events were not removed: %s: %s", type(error).__name__, error)


routes = (show, choose)
