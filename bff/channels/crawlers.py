"""`/robots.txt`, `/sitemap.xml` and its parts: https://www.sitemaps.org/protocol.html, and their extensions."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from xml.sax.saxutils import escape

from litestar import Request, get
from litestar.response.base import ASGIResponse

from bff.pages.routing import elsewhere
from bff.ports import BackendError, EntityKind, SitemapPage
from bff.web.addresses import COLLECTIONS, Place
from bff.web.failures import status_of
from bff.web.storefront import Storefront
from bff.web.visit import Visit

XML = "application/xml"
KINDS: tuple[EntityKind, ...] = ("category", "collection", "brand", "product", "page", "article")
PARTS_LIMIT = 50_000


@get("/robots.txt", include_in_schema=False)
async def robots(request: Request[Any, Any, Any]) -> ASGIResponse:
    """What crawlers may ask for. Filtered listings say `noindex` themselves; fragments and bags are left out here."""
    store: Storefront = request.app.state.storefront
    closed = [f"Disallow: /{path}/{part}" for path in store.places for part in ("_/", "cart", "search?")]
    origin = store.default_place.origin
    text = "\n".join(["User-agent: *", *closed, "Disallow: /-/", f"Sitemap: {origin}/sitemap.xml", ""])
    return _text(store, text, "text/plain; charset=utf-8")


@get("/sitemap.xml", include_in_schema=False)
async def index(request: Request[Any, Any, Any]) -> ASGIResponse:
    """The index: for each place and kind, its parts. Walks the backend's cursors, so it is as long as the catalogue."""
    store: Storefront = request.app.state.storefront
    parts: list[str] = []
    try:
        for place in store.places.values():
            parts.append(place.absolute(f"/sitemaps/{place.path}/pages.xml"))
            visit = Visit(store, request, place)
            for kind in KINDS:
                cursor: str | None = None
                while len(parts) < PARTS_LIMIT:
                    found = await store.backend.catalog.sitemap(visit.ctx, kind=kind, cursor=cursor)
                    if found.entries:
                        name = COLLECTIONS[kind] + (f"~{_token(cursor)}" if cursor else "")
                        parts.append(place.absolute(f"/sitemaps/{place.path}/{name}.xml"))
                    cursor = found.next
                    if cursor is None:
                        break
    except BackendError as error:
        return _text(store, "", XML, status=status_of(error))
    rows = "".join(f"<sitemap><loc>{escape(part)}</loc></sitemap>" for part in parts)
    head = '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return _text(store, f"{head}{rows}</sitemapindex>", XML)


@get("/sitemaps/{place_path:str}/{name:str}", include_in_schema=False)
async def part(request: Request[Any, Any, Any], place_path: str, name: str) -> ASGIResponse:
    """One part: at most 1,000 addresses of one kind, with their pictures."""
    store: Storefront = request.app.state.storefront
    place = store.places.get(place_path)
    stem, _, ending = name.rpartition(".")
    kind_path, _, token = stem.partition("~")
    kind = next((kind for kind, path in COLLECTIONS.items() if path == kind_path), None)
    if place is None or ending != "xml" or (stem != "pages" and kind is None) or (token and _cursor(token) is None):
        return _text(store, "", XML, status=404)
    visit = Visit(store, request, place)
    own = (
        [_url(store, place, place.root, others={p: q.root for p, q in store.places.items()})] if stem == "pages" else []
    )
    try:
        found = (
            await store.backend.catalog.sitemap(visit.ctx, kind=kind, cursor=_cursor(token) if token else None)
            if kind
            else SitemapPage(entries=())
        )
        rows = own + [await _entry(store, visit, place, entry) for entry in found.entries]
    except BackendError as error:
        return _text(store, "", XML, status=status_of(error))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    )
    return _text(store, f"{head}{''.join(rows)}</urlset>", XML)


async def _entry(store: Storefront, visit: Visit, place: Place, entry: Any) -> str:
    others = await elsewhere(store.backend, visit.ctx, store.places, place, entry.link.kind, entry.link.id)
    updated = f"<lastmod>{entry.updated.date().isoformat()}</lastmod>" if entry.updated else ""
    pictures = "".join(
        f"<image:image><image:loc>{escape(place.absolute(store.assets.source(image, 1280)))}</image:loc></image:image>"
        for image in entry.images[:10]
    )
    return _url(store, place, place.link(entry.link), others=others, more=updated, pictures=pictures)


def _url(
    store: Storefront, place: Place, address: str, *, others: dict[str, str], more: str = "", pictures: str = ""
) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{store.places[path].locale}" '
        f'href="{escape(store.places[path].absolute(other))}"/>'
        for path, other in others.items()
    )
    return f"<url><loc>{escape(place.absolute(address))}</loc>{more}{links}{pictures}</url>"


def _token(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).rstrip(b"=").decode()


def _cursor(token: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


def _text(store: Storefront, text: str, kind: str, *, status: int = 200) -> ASGIResponse:
    raw = [*store.headers, (b"cache-control", b"public, max-age=3600" if status == 200 else b"no-store")]
    return ASGIResponse(body=text.encode(), status_code=status, encoded_headers=raw, media_type=kind)


routes = (robots, index, part)
