"""`GET /{place}/stores`: shops one can visit."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, NotFound, PublicContext, Store
from bff.web.addresses import Place
from bff.web.queries import clean
from bff.web.visit import Visit

from .parts.head import Head, with_alternates
from .parts.structured import store_data
from .routing import at, page, same_page


class StoreView(msgspec.Struct, frozen=True, kw_only=True):
    """A shop. `week` is every weekday from Monday: its (opens, closes) pairs, more than one where there is a break, none
    when closed. `map` is an address on a map."""

    store: Store
    week: tuple[tuple[tuple[str, str], ...], ...]
    map: str | None


class StoresPage(msgspec.Struct, frozen=True, kw_only=True):
    """The shops, nearest first where `near` was understood. `known` False: the words named no place."""

    head: Head
    near: str
    url: str
    stores: tuple[StoreView, ...]
    known: bool


async def load(backend: Backend, ctx: PublicContext, place: Place, near: str, title: str) -> StoresPage:
    """Raises `NotFound` where the backend has no shops."""
    if backend.stores is None:
        raise NotFound("no stores port")
    found = await backend.stores.find(ctx, near=near or None)
    if not near:
        found = tuple(sorted(found, key=lambda store: store.country != place.market.country))
    known = not near or any(store.distance_km is not None for store in found)
    return StoresPage(
        head=Head(
            title=title,
            canonical=place.absolute(place.page("stores")),
            robots="noindex, follow" if near else None,
            data=tuple(store_data(place, store) for store in found),
        ),
        near=near,
        url=place.page("stores"),
        stores=tuple(_view(store) for store in found),
        known=known,
    )


def _view(store: Store) -> StoreView:
    hours = sorted((h.weekday, h.opens, h.closes) for h in store.hours)
    week = tuple(tuple((opens, closes) for on, opens, closes in hours if on == day) for day in range(7))
    spot = (
        f"geo:{store.latitude},{store.longitude}"
        if store.latitude is not None and store.longitude is not None
        else None
    )
    return StoreView(store=store, week=week, map=spot)


@at("/{place:str}/stores")
async def show(visit: Visit) -> ASGIResponse:
    """The shops, nearest first for `near`."""
    places = visit.store.places
    title = visit.renderer.messages.text("stores.title")
    view = await load(visit.store.backend, visit.ctx, visit.place, clean(visit.param("near") or "", 80), title)
    same = same_page(places, "stores")
    view = msgspec.structs.replace(view, head=with_alternates(view.head, places, same))
    return await page(visit, "pages/stores.html", view, same=same)


routes = (show,)
