"""`GET /{place}/journal` and `/{place}/journal/{slug}`: the shop's articles."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Article, Backend, Content, NotFound, ProductKey, PublicContext
from bff.rendering.regions import Region, Regions, region
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts.articles import ArticleLink, article_links
from .parts.blocks import BlockView, blocks
from .parts.campaigns import with_campaign
from .parts.cards import CardView, card_views
from .parts.crumbs import Crumb, crumbs
from .parts.head import Head, preview, with_alternates
from .parts.structured import article_data, breadcrumb_data
from .routing import at, elsewhere, page, same_page, switches

MAX_NAMED = 12
OTHERS = 3
BUDGET = 0.3


class JournalPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of articles, newest first; `older` leads on."""

    head: Head
    title: str
    items: tuple[ArticleLink, ...]
    older: str | None


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """One article, the products it names, and others to read."""

    head: Head
    article: Article
    body: tuple[BlockView, ...]
    cards: Region[tuple[CardView, ...]]
    others: Region[tuple[ArticleLink, ...]]
    breadcrumbs: tuple[Crumb, ...]
    journal: str


async def load(backend: Backend, ctx: PublicContext, place: Place, cursor: str | None, title: str) -> JournalPage:
    """Further pages are led to from the first and are not indexed: a cursor is any text. Raises `NotFound` where the
    backend has no journal."""
    if backend.content is None:
        raise NotFound("no content port")
    found = await backend.content.articles(ctx, cursor=cursor)
    lead = found.items[0].image if found.items else None
    return JournalPage(
        head=Head(
            title=title,
            canonical=None if cursor else place.absolute(place.page("journal")),
            robots="noindex, follow" if cursor else None,
            image=preview(lead) if lead else None,
        ),
        title=title,
        items=article_links(place, found.items),
        older=place.page("journal", [("after", found.next)]) if found.next else None,
    )


async def load_article(
    backend: Backend,
    ctx: PublicContext,
    place: Place,
    slug: str,
    journal: str,
    *,
    budget: float = BUDGET,
    only: str | None = None,
) -> ArticlePage:
    """`journal` is the journal's title; `budget` seconds for each optional region (or for `only` one, which has no
    address then: what cannot be had even by itself must not ask for itself again without end). Raises `NotFound`."""
    content = backend.content
    if content is None:
        raise NotFound("no content port")

    def later(name: str) -> str | None:
        return None if only else place.fragment(f"{name}/{slug}")

    async def named() -> Region[tuple[CardView, ...]]:
        keys = (await asked).products[:MAX_NAMED] if only in (None, "named") else ()
        call = _named(backend, ctx, place, keys) if keys else None
        return await region("named", call, budget=budget, url=later("named"))

    async def words() -> tuple[BlockView, ...]:
        return () if only else await blocks(backend, ctx, place, (await asked).body)

    async with Regions() as regions:
        asked = regions.required(_article(content, ctx, slug))
        body = regions.required(words())
        cards = regions.required(named())
        newest = content.articles(ctx, limit=OTHERS + 1) if only in (None, "others") else None
        others = regions.optional("others", newest, budget=budget, url=later("others"))
    article, found = asked.result(), others.result()
    beside = tuple(other for other in found.value.items if other.id != article.id)[:OTHERS] if found.value else ()
    url = place.entity("article", article.slug)
    steps = (Crumb(title=journal, url=place.page("journal")), *crumbs(place, (), article.title))
    return ArticlePage(
        head=Head(
            title=article.seo.title or article.title,
            description=article.seo.description or article.lead,
            canonical=place.absolute(url),
            image=preview(article.image) if article.image else None,
            kind="article",
            data=(article_data(place, article, url), breadcrumb_data(place, steps)),
            preload=article.image,
        ),
        article=article,
        body=body.result(),
        cards=cards.result(),
        others=Region(
            name=found.name,
            state=found.state,
            value=article_links(place, beside) if found.value else None,
            url=found.url,
        ),
        breadcrumbs=steps,
        journal=place.page("journal"),
    )


async def _article(content: Content, ctx: PublicContext, slug: str) -> Article:
    article = (await content.articles(ctx, slug=slug)).article
    if article is None:
        raise NotFound(f"article {slug!r}")
    return article


async def _named(
    backend: Backend, ctx: PublicContext, place: Place, keys: tuple[ProductKey, ...]
) -> tuple[CardView, ...]:
    return card_views(place, (card for card in await backend.catalog.products(ctx, keys=keys) if card))


@at("/{place:str}/journal")
async def index(visit: Visit) -> ASGIResponse:
    """The journal, newest first."""
    places = visit.store.places
    title = visit.renderer.messages.text("journal.title")
    view = await load(visit.store.backend, visit.ctx, visit.place, (visit.param("after") or "")[:200] or None, title)
    if not view.items and visit.param("after"):
        return redirect(visit, with_campaign(visit.place.page("journal"), visit.params))
    same = same_page(places, "journal")
    view = msgspec.structs.replace(view, head=with_alternates(view.head, places, same))
    return await page(visit, "pages/journal.html", view, same=same)


@at("/{place:str}/journal/{slug:path}")
async def show(visit: Visit) -> ASGIResponse:
    """An article."""
    store = visit.store
    slug = visit.request.path_params["slug"].strip("/")
    title = visit.renderer.messages.text("journal.title")
    view = await load_article(store.backend, visit.ctx, visit.place, slug, title)
    addresses = await elsewhere(store.backend, visit.ctx, store.places, "article", view.article.id)
    view = msgspec.structs.replace(view, head=with_alternates(view.head, store.places, addresses))
    return await page(visit, "pages/article.html", view, same=switches(store.places, "article", view.article.id))


@at("/{place:str}/_/named/{slug:path}", "/{place:str}/_/others/{slug:path}")
async def fragment(visit: Visit) -> ASGIResponse:
    """A region of an article's page by itself: the products it names, or other articles."""
    name = visit.path.split("/")[3]
    slug = visit.request.path_params["slug"].strip("/")
    budget = visit.store.settings.server.page_deadline
    view = await load_article(visit.store.backend, visit.ctx, visit.place, slug, "", budget=budget, only=name)
    return await page(visit, "pages/article.html", view, block=name)


routes = (index, show, fragment)
