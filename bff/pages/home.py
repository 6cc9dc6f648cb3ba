"""`GET /{place}`: the front page."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, CategoryNode, Image, Link, ListingQuery, NotFound, PublicContext, Scope, Slot
from bff.rendering.regions import Region, Regions
from bff.settings import worded
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts.articles import ArticleLink, article_links
from .parts.cards import CardView, card_views
from .parts.head import Head, preview, with_alternates
from .parts.structured import organization_data, website_data
from .routing import at, page, same_page

BUDGET = 0.3
FEATURED = 8


class Hero(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing seen."""

    title: str
    lead: str | None
    image: Image | None
    portrait: Image | None
    link_title: str | None
    link_url: str | None


class CategoryTile(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    url: str
    image: Image | None
    children: tuple[tuple[str, str], ...] = ()


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """A row of products with a way to all of them."""

    id: str
    title: str | None
    url: str | None
    cards: tuple[CardView, ...]


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """The front page: hero, categories, featured products, what is new, the journal. Every region is optional."""

    head: Head
    hero: Hero | None
    story: Hero | None
    categories: tuple[CategoryTile, ...]
    featured: Region[Shelf]
    new: Region[Shelf]
    journal: Region[tuple[ArticleLink, ...]]
    journal_url: str


async def load(
    backend: Backend,
    ctx: PublicContext,
    place: Place,
    name: str,
    claim: str,
    budget: float = BUDGET,
    only: str | None = None,
) -> HomePage:
    """The front page. `name` and `claim` are the shop's; `budget` seconds for each of its regions (or for `only` one,
    which has no address then: what cannot be had even by itself must not ask for itself again without end)."""
    content = backend.content if only in (None, "journal") else None

    def wanted(name: str) -> Coroutine[Any, Any, Shelf] | None:
        return shelf(backend, ctx, place, name) if only in (None, name) else None

    def later(path: str) -> str | None:
        return None if only else place.fragment(path)

    async with Regions() as regions:
        tree = regions.optional("categories", None if only else backend.catalog.navigation(ctx), budget=budget)
        slots = regions.optional(
            "slots",
            content.slots(ctx, ids=("home.hero", "home.story")) if content and not only else None,
            budget=budget,
        )
        new = regions.optional("new", wanted("new"), budget=budget, url=later("shelf/new"))
        journal = regions.optional(
            "journal", latest(backend, ctx, place) if content else None, budget=budget, url=later("journal")
        )
        featured = regions.optional("featured", wanted("featured"), budget=budget, url=later("shelf/featured"))
    hero, story = slots.result().value or (None, None)
    nav = tree.result().value
    found = _hero(place, hero)
    return HomePage(
        head=Head(
            title=f"{name}: {claim}",
            description=hero.lead if hero else claim,
            canonical=place.absolute(place.root),
            image=preview(hero.image) if hero and hero.image else None,
            data=(website_data(place, name), organization_data(place, name)),
            preload=found.portrait or found.image if found else None,
        ),
        hero=found,
        story=_hero(place, story),
        categories=tuple(_tile(place, node) for node in nav.categories) if nav else (),
        featured=featured.result(),
        new=new.result(),
        journal=journal.result(),
        journal_url=place.page("journal"),
    )


def _hero(place: Place, slot: Slot | None) -> Hero | None:
    if slot is None or not slot.title:
        return None
    return Hero(
        title=slot.title,
        lead=slot.lead,
        image=slot.image,
        portrait=slot.portrait,
        link_title=slot.link.title if slot.link else None,
        link_url=place.menu(slot.link) if slot.link else None,
    )


def _tile(place: Place, node: CategoryNode) -> CategoryTile:
    children = tuple((child.link.title, place.link(child.link)) for child in node.children)
    return CategoryTile(title=node.link.title, url=place.link(node.link), image=node.image, children=children)


async def shelf(backend: Backend, ctx: PublicContext, place: Place, name: str) -> Shelf:
    """A row of products by itself: `featured` (the editors' choice, else the shop's order) or `new`."""
    title: str | None = None
    url: str | None = None
    if name == "featured":
        slots = await backend.content.slots(ctx, ids=("home.featured",)) if backend.content else (None,)
        chosen = slots[0]
        if chosen and chosen.products:
            cards = [card for card in await backend.catalog.products(ctx, keys=chosen.products) if card]
            link = place.menu(chosen.link) if chosen.link else None
            return Shelf(id=name, title=chosen.title, url=link, cards=card_views(place, cards[:FEATURED]))
    scope: Scope | None = None
    if name == "new":
        found = await _collection(backend, ctx, "new")
        if found:
            scope, url = Scope(kind="collection", id=found.id, slug=found.slug), place.link(found)
    query = ListingQuery(scope=scope, sort="newest" if name == "new" else None, size=FEATURED)
    listing = await backend.search.listing(ctx, query=query)
    return Shelf(id=name, title=title, url=url, cards=card_views(place, (hit.card for hit in listing.hits if hit.card)))


async def _collection(backend: Backend, ctx: PublicContext, id: str) -> Link | None:
    navigation = await backend.catalog.navigation(ctx)
    return next((link for link in navigation.collections if link.id == id), None)


async def latest(backend: Backend, ctx: PublicContext, place: Place) -> tuple[ArticleLink, ...]:
    """The newest articles."""
    if backend.content is None:
        return ()
    return article_links(place, (await backend.content.articles(ctx, limit=3)).items)


async def _loaded(visit: Visit, budget: float = BUDGET, only: str | None = None) -> HomePage:
    shop = visit.store.settings.store
    name, claim = worded(shop.name, visit.place.locale), worded(shop.claim, visit.place.locale)
    return await load(visit.store.backend, visit.ctx, visit.place, name, claim, budget, only)


@at("/{place:str}")
async def show(visit: Visit) -> ASGIResponse:
    """The front page."""
    places = visit.store.places
    view = await _loaded(visit)
    same = same_page(places, "")
    view = msgspec.structs.replace(view, head=with_alternates(view.head, places, same))
    return await page(visit, "pages/home.html", view, same=same)


@at("/{place:str}/_/shelf/{name:str}", "/{place:str}/_/journal")
async def fragment(visit: Visit) -> ASGIResponse:
    """A region of the front page by itself."""
    name = visit.request.path_params.get("name", "journal")
    if name not in ("featured", "new", "journal"):
        raise NotFound(f"no shelf {name!r}")
    view = await _loaded(visit, visit.store.settings.server.page_deadline, name)
    return await page(visit, "pages/home.html", view, block=name)


routes = (show, fragment)
