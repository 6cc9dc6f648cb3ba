"""`GET /{place}/search?q=`: results as a listing, help where there are none, and suggestions while typing."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, ListingQuery, PublicContext
from bff.rendering.regions import Region, Regions, absent
from bff.rendering.respond import redirect
from bff.web.addresses import Place, encode
from bff.web.queries import clean, corrected, is_canonical, listing_query, read_listing
from bff.web.visit import Visit

from .parts.campaigns import with_campaign
from .parts.cards import CardView, card_view, favourites
from .parts.head import Head
from .parts.listings import ListingView, carried_on, goes_through, listed, listing_view, more_address
from .routing import at, page

SUGGESTIONS = 6
FAVOURITES = 8
BUDGET = 0.3


class NamedLink(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    url: str


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Results. `text` is "" before anything was asked. `corrected`: what was searched instead, since the words
    themselves had no result. `did_you_mean` is a proposal with an address. `categories` and
    `favourites` help where nothing was found."""

    head: Head
    text: str
    url: str
    listing: ListingView
    fragment: str
    corrected: str | None
    did_you_mean: NamedLink | None
    categories: tuple[NamedLink, ...]
    queries: tuple[NamedLink, ...]
    favourites: Region[tuple[CardView, ...]]


class SuggestFragment(msgspec.Struct, frozen=True, kw_only=True):
    """What a half-typed text may mean."""

    text: str
    products: tuple[CardView, ...]
    categories: tuple[NamedLink, ...]
    queries: tuple[NamedLink, ...]
    all: str


async def load(
    backend: Backend, ctx: PublicContext, place: Place, query: ListingQuery, title: str, *, through: bool = False
) -> tuple[SearchPage, ListingQuery]:
    """The page and the query as it should have been asked. `title` is the page's, in the locale's words."""
    action = place.page("search")
    text = query.text or ""
    listing = await listed(backend.search, ctx, query, through=through)
    right = corrected(query, listing)
    view = listing_view(place, action, right, listing, place.fragment("more/search"), through=through)
    help_wanted = not view.cards
    liked: Region[tuple[CardView, ...]] = absent("favourites")
    categories: tuple[NamedLink, ...] = ()
    queries: tuple[NamedLink, ...] = ()
    if help_wanted:
        async with Regions() as regions:
            tree = regions.optional("categories", backend.catalog.navigation(ctx), budget=BUDGET)
            best = regions.optional("favourites", favourites(backend, ctx, place, FAVOURITES), budget=BUDGET)
            hints = regions.optional("queries", backend.search.suggest(ctx, text=text[:3] or " "), budget=BUDGET)
        liked = best.result()
        if nav := tree.result().value:
            categories = tuple(NamedLink(title=n.link.title, url=place.link(n.link)) for n in nav.categories)
        if found := hints.result().value:
            queries = tuple(_query(place, words) for words in found.queries)
    page = SearchPage(
        head=Head(title=title, robots="noindex, follow"),
        text=text,
        url=action,
        listing=view,
        fragment=place.fragment("search"),
        corrected=listing.corrected,
        did_you_mean=_query(place, listing.did_you_mean) if listing.did_you_mean else None,
        categories=categories,
        queries=queries,
        favourites=liked,
    )
    return page, right


def _query(place: Place, words: str) -> NamedLink:
    return NamedLink(title=words, url=place.page("search", [("q", words)]))


async def suggest(backend: Backend, ctx: PublicContext, place: Place, text: str) -> SuggestFragment:
    """Suggestions for what is being typed."""
    found = await backend.search.suggest(ctx, text=text, limit=SUGGESTIONS)
    return SuggestFragment(
        text=text,
        products=tuple(card_view(place, card) for card in found.products),
        categories=tuple(NamedLink(title=link.title, url=place.link(link)) for link in found.categories),
        queries=tuple(_query(place, words) for words in found.queries),
        all=place.page("search", [("q", text)]),
    )


async def _loaded(visit: Visit, *, whole: bool = True) -> tuple[SearchPage, str | None]:
    await visit.limit("search")
    asked = read_listing(visit.params, scope=None)
    words = visit.renderer.messages
    title = str(words("search.title.for", text=asked.text)) if asked.text else words.text("search.title")
    through = whole and goes_through(visit.params, asked.page)
    view, right = await load(visit.store.backend, visit.ctx, visit.place, asked, title, through=through)
    same = is_canonical(visit.params, right)
    return view, None if same else view.url + encode(listing_query(right))


@at("/{place:str}/search")
async def show(visit: Visit) -> ASGIResponse:
    """Results for `q`."""
    view, right = await _loaded(visit)
    if right is not None:
        return redirect(visit, with_campaign(right, visit.params))
    return await page(visit, "pages/search.html", view, same=_same(visit, view.text))


def _same(visit: Visit, text: str) -> dict[str, str]:
    """The same words in other places."""
    query = [("q", text)] if text else []
    return {path: place.page("search", query) for path, place in visit.store.places.items()}


@at("/{place:str}/_/search")
async def fragment(visit: Visit) -> ASGIResponse:
    """The results alone, after a filter was touched."""
    view, right = await _loaded(visit)
    address = right or view.url + encode(listing_query(read_listing(visit.params, scope=None)))
    return await page(visit, "pages/search.html", view, block="listing", headers={"hx-push-url": address})


@at("/{place:str}/_/more/search")
async def more(visit: Visit) -> ASGIResponse:
    """Further results."""
    view, _ = await _loaded(visit, whole=False)
    view = msgspec.structs.replace(view, listing=carried_on(view.listing, visit.params))
    address = more_address(view.url, visit.params)
    return await page(visit, "pages/search.html", view, block="more", headers={"hx-replace-url": address})


@at("/{place:str}/_/suggest")
async def suggestions(visit: Visit) -> ASGIResponse:
    """What is being typed may mean."""
    await visit.limit("search")
    view = await suggest(visit.store.backend, visit.ctx, visit.place, clean(visit.param("q") or "", 80))
    return await page(visit, "pages/suggest.html", view, block="suggest")


routes = (show, fragment, more, suggestions)
