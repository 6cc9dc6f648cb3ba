"""`/robots.txt`, `/sitemap.xml` and its parts: https://www.sitemaps.org/protocol.html, and their extensions."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from contextlib import ExitStack
from xml.sax.saxutils import escape

from litestar import route
from litestar.response.base import ASGIResponse

from bff.gateway.generations import Generation, Generations
from bff.pages.routing import everywhere, same_page
from bff.ports import BackendError, EntityKind, PublicContext, Ref, SitemapEntry, SitemapPage
from bff.web.addresses import COLLECTIONS, Place
from bff.web.answers import sent
from bff.web.failures import status_of
from bff.web.storefront import Storefront
from bff.web.visit import Visit, WebRequest

XML = "application/xml"
KINDS: tuple[EntityKind, ...] = ("category", "collection", "brand", "product", "page", "article")
PARTS_LIMIT = 50_000
INDEX_SECONDS = 20.0
"""So long a crawler waits for the index; one that is longer in the making is ready when it comes again."""
MAKING = "sitemap_index"
SITEMAP_INDEX = (
    '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
)
URL_SET = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
)


@route("/robots.txt", http_method=["GET", "HEAD"], include_in_schema=False)
async def robots(request: WebRequest) -> ASGIResponse:
    """What crawlers may ask for. Filtered listings say `noindex` themselves; fragments and bags are left out here."""
    store: Storefront = request.app.state.generations.current.default.front
    closed = [f"Disallow: /{path}/{part}" for path in store.places for part in ("_/", "cart", "search?")]
    origin = store.default_place.origin
    text = "\n".join(["User-agent: *", *closed, "Disallow: /-/", f"Sitemap: {origin}/sitemap.xml", ""])
    return _text(request, text, "text/plain; charset=utf-8")


@route("/sitemap.xml", http_method=["GET", "HEAD"], include_in_schema=False)
async def index(request: WebRequest) -> ASGIResponse:
    """The index: for each place and kind, its parts. It walks the backend's cursors, so it is made once an hour, and once
    however many ask for it meanwhile."""
    state = request.app.state
    generation: Generation[Storefront] = state.generations.current
    sitemaps = generation.default.front.sitemaps
    kept, number = sitemaps.get("index"), generation.plan.number
    if kept is not None and kept[0] == number:
        return _text(request, kept[1], XML)
    making: asyncio.Task[str] | None = state.get(MAKING)
    if making is None or making.done() or making.get_name() != f"{MAKING}-{number}":
        holding = ExitStack()  # from now on: a swap may be under way before the task's first step
        holding.enter_context(generation.held())
        making = state[MAKING] = asyncio.create_task(_index(generation, request), name=f"{MAKING}-{number}")
        making.add_done_callback(lambda _: holding.close())
    done, _ = await asyncio.wait({making}, timeout=INDEX_SECONDS)
    if not done:
        return _text(request, "", XML, status=503)
    try:
        return _text(request, making.result(), XML)
    except BackendError as error:
        return _text(request, "", XML, status=status_of(error))


async def _index(generation: Generation[Storefront], request: WebRequest) -> str:
    fronts = [(generation.of(place.market.id).front, path) for path, place in _store(generation).places.items()]
    parts = [part for store, path in fronts for part in await _parts(store, request, store.places[path])]
    rows = "".join(f"<sitemap><loc>{escape(part)}</loc></sitemap>" for part in parts[:PARTS_LIMIT])
    made = f"{SITEMAP_INDEX}{rows}</sitemapindex>"
    _store(generation).sitemaps["index"] = generation.plan.number, made
    return made


def _store(generation: Generation[Storefront]) -> Storefront:
    return generation.default.front


async def _parts(store: Storefront, request: WebRequest, place: Place) -> list[str]:
    """The addresses of a place's sitemaps."""
    parts = [place.absolute(f"/sitemaps/{place.path}/home.xml")]
    for kind in KINDS:
        cursor: str | None = None
        while len(parts) < PARTS_LIMIT:
            found = await _batch(store, Visit(store, request, place).ctx, kind, cursor)
            if found.entries:
                name = COLLECTIONS[kind] + (f"~{_token(cursor)}" if cursor else "")
                parts.append(place.absolute(f"/sitemaps/{place.path}/{name}.xml"))
            cursor = found.next
            if cursor is None:
                break
    return parts


async def _batch(store: Storefront, ctx: PublicContext, kind: EntityKind, cursor: str | None) -> SitemapPage:
    """Texts are those of whoever the store's texts come from."""
    content = store.backend.content
    if content is not None and (kind == "page" or kind == "article"):
        return await content.sitemap(ctx, kind=kind, cursor=cursor)
    return await store.backend.catalog.sitemap(ctx, kind=kind, cursor=cursor)


@route("/sitemaps/{place_path:str}/{name:str}", http_method=["GET", "HEAD"], include_in_schema=False)
async def part(request: WebRequest) -> ASGIResponse:
    """One part: the pages that are no entities (`home`), or a backend's batch of one kind with their pictures; each with
    its like in other places."""
    generations: Generations[Storefront] = request.app.state.generations
    with generations.current.held() as generation:
        return await _part(generation, request)


async def _part(generation: Generation[Storefront], request: WebRequest) -> ASGIResponse:
    place = _store(generation).places.get(request.path_params["place_path"])
    stem, _, ending = request.path_params["name"].rpartition(".")
    path, _, token = stem.partition("~")
    kind = next((kind for kind, known in COLLECTIONS.items() if known == path), None)
    if place is None or ending != "xml" or (stem != "home" and kind is None) or (token and _cursor(token) is None):
        return _text(request, "", XML, status=404)
    store = generation.of(place.market.id).front
    place = store.places[place.path]
    if kind is None:
        own = ["", *(["journal"] if store.backend.content else []), *(["stores"] if store.backend.stores else [])]
        rows = [_url(store, place, place.page(path), same_page(store.places, path)) for path in own]
        return _text(request, f"{URL_SET}{''.join(rows)}</urlset>", XML)
    visit = Visit(store, request, place, generation)
    try:
        found = await _batch(store, visit.ctx, kind, _cursor(token) if token else None)
        refs = [Ref(kind=kind, id=entry.link.id) for entry in found.entries]
        others = await everywhere(store.backend, visit.ctx, store.places, refs)
    except BackendError as error:
        return _text(request, "", XML, status=status_of(error))
    rows = [_entry(store, place, entry, addresses) for entry, addresses in zip(found.entries, others, strict=True)]
    return _text(request, f"{URL_SET}{''.join(rows)}</urlset>", XML)


def _entry(store: Storefront, place: Place, entry: SitemapEntry, others: Mapping[str, str]) -> str:
    updated = f"<lastmod>{entry.updated.date().isoformat()}</lastmod>" if entry.updated else ""
    pictures = "".join(
        f"<image:image><image:loc>{escape(place.absolute(store.assets.source(image, 1280)))}</image:loc></image:image>"
        for image in entry.images[:10]
    )
    return _url(store, place, place.link(entry.link), others, updated, pictures)


def _url(
    store: Storefront, place: Place, address: str, others: Mapping[str, str], updated: str = "", pictures: str = ""
) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{store.places[path].locale}" '
        f'href="{escape(store.places[path].absolute(other))}"/>'
        for path, other in others.items()
    )
    return f"<url><loc>{escape(place.absolute(address))}</loc>{updated}{links}{pictures}</url>"


def _token(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).rstrip(b"=").decode()


def _cursor(token: str) -> str | None:
    """The cursor in an address; None for what no index of ours names."""
    try:
        cursor = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return cursor if _token(cursor) == token else None


def _text(request: WebRequest, text: str, kind: str, *, status: int = 200) -> ASGIResponse:
    store: Storefront = request.app.state.generations.current.default.front
    raw = [*store.headers, ("cache-control", "public, max-age=3600" if status == 200 else "no-store")]
    return sent(text.encode(), status=status, headers=raw, kind=kind, head=request.method == "HEAD")


routes = (robots, index, part)
