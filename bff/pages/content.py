"""`GET /{place}/pages/{slug}`: a page of words."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, NotFound, PublicContext
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts.blocks import BlockView, blocks
from .parts.crumbs import Crumb, crumbs
from .parts.head import Head, with_alternates
from .parts.structured import breadcrumb_data
from .routing import at, elsewhere, page, switches


class ContentPageView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of words."""

    head: Head
    id: str
    title: str
    lead: str | None
    body: tuple[BlockView, ...]
    breadcrumbs: tuple[Crumb, ...]


async def load(backend: Backend, ctx: PublicContext, place: Place, slug: str) -> ContentPageView:
    """Raises `NotFound`."""
    if backend.content is None:
        raise NotFound("no content port")
    found = await backend.content.page(ctx, slug=slug)
    steps = crumbs(place, (), found.title)
    return ContentPageView(
        head=Head(
            title=found.seo.title or found.title,
            description=found.seo.description or found.lead,
            canonical=place.absolute(place.entity("page", found.slug)),
            robots="noindex" if found.seo.noindex else None,
            data=(breadcrumb_data(place, steps),),
        ),
        id=found.id,
        title=found.title,
        lead=found.lead,
        body=await blocks(backend, ctx, place, found.body),
        breadcrumbs=steps,
    )


@at("/{place:str}/pages/{slug:path}")
async def show(visit: Visit) -> ASGIResponse:
    """The page."""
    store = visit.store
    view = await load(store.backend, visit.ctx, visit.place, visit.request.path_params["slug"].strip("/"))
    addresses = await elsewhere(store.backend, visit.ctx, store.places, "page", view.id)
    view = msgspec.structs.replace(view, head=with_alternates(view.head, store.places, addresses))
    return await page(visit, "pages/content.html", view, same=switches(store.places, "page", view.id))


routes = (show,)
