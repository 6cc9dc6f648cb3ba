"""`GET /{place}/journal` and `/{place}/journal/{slug}`: the shop's articles."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Article, Backend, NotFound, PublicContext
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts.blocks import BlockView, blocks
from .parts.cards import CardView, card_views
from .parts.crumbs import Crumb, crumbs
from .parts.head import Head, with_alternates
from .parts.structured import article_data, breadcrumb_data
from .routing import at, elsewhere, page, same_page, switches


class ArticleLink(msgspec.Struct, frozen=True, kw_only=True):
    article: Article
    url: str


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
    cards: tuple[CardView, ...]
    others: tuple[ArticleLink, ...]
    breadcrumbs: tuple[Crumb, ...]
    journal: str


async def load(backend: Backend, ctx: PublicContext, place: Place, cursor: str | None, title: str) -> JournalPage:
    """Further pages are led to from the first and are not indexed: a cursor is any text. Raises `NotFound` where the
    backend has no journal."""
    if backend.content is None:
        raise NotFound("no content port")
    found = await backend.content.articles(ctx, cursor=cursor)
    return JournalPage(
        head=Head(
            title=title,
            canonical=None if cursor else place.absolute(place.page("journal")),
            robots="noindex, follow" if cursor else None,
            image=found.items[0].image.url if found.items and found.items[0].image else None,
        ),
        title=title,
        items=_links(place, found.items),
        older=place.page("journal", [("after", found.next)]) if found.next else None,
    )


async def load_article(backend: Backend, ctx: PublicContext, place: Place, slug: str, journal: str) -> ArticlePage:
    """`journal` is the journal's title. Raises `NotFound`."""
    if backend.content is None:
        raise NotFound("no content port")
    article = (await backend.content.articles(ctx, slug=slug)).article
    if article is None:
        raise NotFound(f"article {slug!r}")
    others = await backend.content.articles(ctx, limit=4)
    cards = await backend.catalog.products(ctx, keys=article.products[:12]) if article.products else ()
    url = place.entity("article", article.slug)
    home = Crumb(title=journal, url=place.page("journal"))
    steps = (home, *crumbs(place, (), article.title))
    return ArticlePage(
        head=Head(
            title=article.seo.title or article.title,
            description=article.seo.description or article.lead,
            canonical=place.absolute(url),
            image=article.image.url if article.image else None,
            kind="article",
            data=(article_data(place, article, url), breadcrumb_data(place, steps)),
            preload=article.image,
        ),
        article=article,
        body=await blocks(backend, ctx, place, article.body),
        cards=card_views(place, (card for card in cards if card)),
        others=_links(place, tuple(a for a in others.items if a.id != article.id)[:3]),
        breadcrumbs=steps,
        journal=place.page("journal"),
    )


def _links(place: Place, articles: tuple[Article, ...]) -> tuple[ArticleLink, ...]:
    return tuple(ArticleLink(article=a, url=place.entity("article", a.slug)) for a in articles)


@at("/{place:str}/journal")
async def index(visit: Visit) -> ASGIResponse:
    """The journal, newest first."""
    places = visit.store.places
    title = visit.renderer.messages.text("journal.title")
    view = await load(visit.store.backend, visit.ctx, visit.place, (visit.param("after") or "")[:200] or None, title)
    if not view.items and visit.param("after"):
        return redirect(visit, visit.place.page("journal"))
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


routes = (index, show)
