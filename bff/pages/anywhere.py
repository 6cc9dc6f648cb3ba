"""Addresses that are no page of their own: `/`, the market switch, and everything unknown."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale, UnknownLocaleError
from litestar.response.base import ASGIResponse

from bff.ports import EntityKind, Ref
from bff.rendering.respond import redirect
from bff.web.addresses import COLLECTIONS, Place
from bff.web.visit import Visit

from .parts.campaigns import with_campaign
from .routing import ELSEWHERE, at, failed, lost

MAX_SKU = 200


def preferred(accept_language: str, places: Mapping[str, Place]) -> Place:
    """The place that suits an `Accept-Language` header best (RFC 9110 section 12.5.4): the same locale, else the same
    language, else the first place."""
    wanted: list[tuple[float, int, str]] = []
    for index, part in enumerate(accept_language[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag and tag != "*" and quality > 0:
            wanted.append((-quality, index, tag))
    for _, _, tag in sorted(wanted):
        try:
            locale = Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        full = f"{locale.language}-{locale.territory}"
        for same in (full, locale.language):
            found = next((p for p in places.values() if p.locale == same or p.language == same), None)
            if found:
                return found
    return next(iter(places.values()))


@at("/", anywhere=True)
async def root(visit: Visit) -> ASGIResponse:
    """To the shopper's own language and country, as far as the browser tells."""
    place = preferred(visit.request.headers.get("accept-language", ""), visit.store.places)
    return redirect(visit, with_campaign(place.root, visit.params), 302, {"vary": "accept-language"})


@at("/{place:str}/_/same/{kind:str}/{id:path}")
async def same(visit: Visit) -> ASGIResponse:
    """The market switch: the same thing in this place, else the nearest category, saying so. Where another backend serves
    here than there, the id says nothing, and a product's SKU does."""
    kind: EntityKind | None = next((k for k in COLLECTIONS if k == visit.request.path_params["kind"]), None)
    if kind is None:
        return await failed(visit, 404)
    sku = (visit.param("sku") or "")[:MAX_SKU]
    ref = Ref(kind=kind, id=visit.request.path_params["id"].strip("/"))
    if visit.is_foreign:
        ref = Ref(kind=kind, sku=sku)
    known = not visit.is_foreign or (kind == "product" and bool(sku))
    located = await visit.store.backend.catalog.locate(visit.ctx, refs=[ref]) if known else ()
    if located and located[0].link:
        return redirect(visit, visit.place.link(located[0].link), 303)
    nearest = located[0].nearest if located else None
    address = visit.place.link(nearest) if nearest else visit.place.root
    return redirect(visit, f"{address}?{ELSEWHERE}=1", 303)


async def unknown(visit: Visit) -> ASGIResponse:
    """What no page answers to."""
    return await lost(visit)


routes = (root, same)
