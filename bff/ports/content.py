"""Pages, menus and the journal. A body is a row of blocks, so that HTML, block editors and component trees all fit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from .catalog import Extensions, Json, Seo, SitemapPage
from .context import PublicContext
from .declarations import public_read
from .keys import EntityKind, ProductKey
from .media import Html, Image


class TextBlock(msgspec.Struct, frozen=True, tag_field="block", tag="text"):
    """Text with markup, untrusted until it is sanitised."""

    html: Html


class ImageBlock(msgspec.Struct, frozen=True, kw_only=True, tag_field="block", tag="image"):
    """A picture in the running text."""

    image: Image
    caption: str | None = None


class EmbedBlock(msgspec.Struct, frozen=True, kw_only=True, tag_field="block", tag="embed"):
    """Something that lives elsewhere; shown as a link unless the shop allows its origin."""

    url: str
    title: str | None = None


class ProductsBlock(msgspec.Struct, frozen=True, kw_only=True, tag_field="block", tag="products"):
    """Products shown inside the text, by key."""

    keys: tuple[ProductKey, ...]
    title: str | None = None


class ComponentBlock(msgspec.Struct, frozen=True, kw_only=True, tag_field="block", tag="component"):
    """A component of the backend's own page builder; a theme may know `type`, others show the children."""

    type: str
    data: Mapping[str, Json] = {}
    children: tuple[Block, ...] = ()


Block = TextBlock | ImageBlock | EmbedBlock | ProductsBlock | ComponentBlock


class ContentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of words. `locale` is the one the text is really in."""

    id: str
    slug: str
    title: str
    body: tuple[Block, ...]
    lead: str | None = None
    seo: Seo = Seo()
    locale: str = ""
    updated: datetime.datetime | None = None
    extensions: Extensions = {}


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """An article of the journal; `body` is empty in lists."""

    id: str
    slug: str
    title: str
    published: datetime.date | None = None
    lead: str | None = None
    author: str | None = None
    image: Image | None = None
    body: tuple[Block, ...] = ()
    products: tuple[ProductKey, ...] = ()
    seo: Seo = Seo()
    locale: str = ""
    extensions: Extensions = {}


class Articles(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the journal, newest first; `article` is set (and `items` empty) where one was asked for by slug."""

    items: tuple[Article, ...] = ()
    article: Article | None = None
    next: str | None = None


class MenuItem(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: an entity (`kind`, `slug`, `id`) or an outside `url`."""

    title: str
    kind: EntityKind | None = None
    id: str | None = None
    slug: str | None = None
    url: str | None = None
    children: tuple[MenuItem, ...] = ()


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """A menu by its name; items in the editor's order."""

    id: str
    items: tuple[MenuItem, ...]
    title: str | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A named place on a page (`home.hero`) that an editor fills."""

    id: str
    title: str | None = None
    lead: str | None = None
    image: Image | None = None
    portrait: Image | None = None
    link: MenuItem | None = None
    blocks: tuple[Block, ...] = ()
    products: tuple[ProductKey, ...] = ()


class Content(Protocol):
    """What editors write."""

    @public_read(fresh=300, tags=("page:{slug}",))
    async def page(self, ctx: PublicContext, /, *, slug: str) -> ContentPage:
        """The page with this slug. Raises `NotFound`."""

    @public_read(fresh=600, tags=("menu:{id}",))
    async def menu(self, ctx: PublicContext, /, *, id: str) -> Menu | None:
        """A menu by name (`main`, `footer-help`); None where there is none."""

    @public_read(fresh=300, tags=("slots",), each="ids")
    async def slots(self, ctx: PublicContext, /, *, ids: Sequence[str]) -> tuple[Slot | None, ...]:
        """Named places, same length and order as `ids`."""

    @public_read(fresh=300, tags=("journal",))
    async def articles(
        self, ctx: PublicContext, /, *, slug: str | None = None, cursor: str | None = None, limit: int = 12
    ) -> Articles:
        """The journal, or one article with its body. Raises `NotFound` for an unknown slug."""

    @public_read(fresh=3600, tags=("sitemap",))
    async def sitemap(
        self, ctx: PublicContext, /, *, kind: Literal["page", "article"], cursor: str | None = None
    ) -> SitemapPage:
        """Every address of a kind, page by page, in a stable order; at most 1,000 a page."""
