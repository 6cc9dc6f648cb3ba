"""`GET /{place}/categories|collections|brands/{slug}`: the products of a category, filtered, sorted, paged."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Backend,
    Category,
    CategoryKind,
    CategoryNode,
    Html,
    Image,
    Listing,
    ListingQuery,
    PublicContext,
    Scope,
)
from bff.rendering.respond import redirect
from bff.web.addresses import COLLECTIONS, KINDS, Place, encode, written
from bff.web.queries import corrected, is_canonical, listing_query, read_listing
from bff.web.visit import Visit

from .parts.campaigns import with_campaign
from .parts.crumbs import Crumb, crumbs
from .parts.head import Head, preview, with_alternates
from .parts.listings import ListingView, carried_on, goes_through, listed, listing_view, more_address
from .parts.structured import breadcrumb_data, item_list_data
from .routing import at, elsewhere, page, switches


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A category below this one."""

    title: str
    url: str
    image: Image | None = None


class ListingPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page of a category, collection or brand."""

    head: Head
    kind: CategoryKind
    id: str
    url: str
    title: str
    description: Html | None
    image: Image | None
    breadcrumbs: tuple[Crumb, ...]
    branches: tuple[Branch, ...]
    listing: ListingView
    fragment: str


async def load(
    backend: Backend,
    ctx: PublicContext,
    place: Place,
    kind: CategoryKind,
    slug: str,
    query: ListingQuery,
    *,
    through: bool = False,
) -> tuple[ListingPage, ListingQuery]:
    """The page (`through`: all pages up to it), and the query as it should have been asked (unknown filters and pages
    beyond the end put right). Raises `NotFound`."""
    category = await backend.catalog.category(ctx, kind=kind, slug=slug)
    asked = msgspec.structs.replace(query, scope=Scope(kind=kind, id=category.id, slug=category.slug))
    listing = await listed(backend.search, ctx, asked, through=through)
    right = corrected(asked, listing)
    return listing_page(place, category, right, listing, through=through), right


def listing_page(
    place: Place, category: Category, query: ListingQuery, listing: Listing, *, through: bool = False
) -> ListingPage:
    """The view model."""
    action = place.entity(category.kind, category.slug)
    path = f"{COLLECTIONS[category.kind]}/{category.slug}"
    steps = crumbs(place, category.breadcrumbs, category.title)
    view = listing_view(place, action, query, listing, place.fragment(f"more/{path}"), through=through)
    return ListingPage(
        head=_head(place, category, query, view, steps, action),
        kind=category.kind,
        id=category.id,
        url=action,
        title=category.title,
        description=category.description,
        image=category.image,
        breadcrumbs=steps,
        branches=tuple(_branch(place, node) for node in category.children),
        listing=view,
        fragment=place.fragment(path),
    )


def _branch(place: Place, node: CategoryNode) -> Branch:
    return Branch(title=node.link.title, url=place.link(node.link), image=node.image)


def _head(
    place: Place, category: Category, query: ListingQuery, view: ListingView, steps: tuple[Crumb, ...], action: str
) -> Head:
    """Filters and sorts are one page to a search engine: the unfiltered listing. Its further pages stand by themselves."""
    plain = msgspec.structs.replace(query, filters={}, sort=None, page=1 if query.filters else view.number)
    lead = view.cards[0].images[0] if view.cards and view.cards[0].images else None
    picture = category.image or lead
    return Head(
        title=category.seo.title or category.title,
        description=category.seo.description,
        canonical=place.absolute(action + encode(listing_query(plain))),
        robots="noindex, follow" if query.filters or category.seo.noindex else None,
        image=preview(picture) if picture else None,
        data=(breadcrumb_data(place, steps), item_list_data(place, view.cards, view.first)),
        preload=lead,
        previous=view.previous if not query.filters else None,
        next=view.next if not query.filters else None,
    )


PATHS = ("categories", "collections", "brands")


async def _loaded(visit: Visit, *, whole: bool = True) -> tuple[ListingPage, str | None]:
    """The page, and the address it should have been asked at, where that is another. Parameters that mean nothing to a
    listing (a campaign's) are left alone."""
    parts = visit.path.split("/")
    kind = KINDS[next(part for part in parts[2:] if part in PATHS)]
    slug = visit.request.path_params["slug"].strip("/")
    asked = read_listing(visit.params, scope=None)
    assert kind in ("category", "collection", "brand")
    through = whole and goes_through(visit.params, asked.page)
    view, right = await load(visit.store.backend, visit.ctx, visit.place, kind, slug, asked, through=through)
    address = view.url + encode(listing_query(right))
    return view, None if is_canonical(visit.params, right) else address


@at(*(f"/{{place:str}}/{path}/{{slug:path}}" for path in PATHS))
async def show(visit: Visit) -> ASGIResponse:
    """The listing; an address with unknown filters or beyond the last page leads to the nearest valid one."""
    view, right = await _loaded(visit)
    moved = view.url != written(visit.path)
    if right is not None or moved:
        right = with_campaign(right, visit.params) if right else view.url + encode(visit.params)
        return redirect(visit, right, 301 if moved else 302)
    store = visit.store
    if view.listing.number == 1:  # another market's second page holds other things
        addresses = await elsewhere(store.backend, visit.ctx, store.places, view.kind, view.id)
        view = msgspec.structs.replace(view, head=with_alternates(view.head, store.places, addresses))
    return await page(visit, "pages/listing.html", view, same=switches(store.places, view.kind, view.id))


@at(*(f"/{{place:str}}/_/{path}/{{slug:path}}" for path in PATHS))
async def fragment(visit: Visit) -> ASGIResponse:
    """The listing alone, after a filter was touched; the browser's address becomes the page's."""
    view, right = await _loaded(visit)
    address = right or view.url + encode(listing_query(read_listing(visit.params, scope=None)))
    return await page(visit, "pages/listing.html", view, block="listing", headers={"hx-push-url": address})


@at(*(f"/{{place:str}}/_/more/{path}/{{slug:path}}" for path in PATHS))
async def more(visit: Visit) -> ASGIResponse:
    """Further cards, to stand after those already shown."""
    view, _ = await _loaded(visit, whole=False)
    view = msgspec.structs.replace(view, listing=carried_on(view.listing, visit.params))
    address = more_address(view.url, visit.params)
    return await page(visit, "pages/listing.html", view, block="more", headers={"hx-replace-url": address})


routes = (show, fragment, more)
