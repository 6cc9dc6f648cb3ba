"""The Content port over the folder."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from bff.ports import (
    Article,
    Articles,
    Block,
    ContentPage,
    Image,
    InvalidInput,
    Link,
    Menu,
    NotFound,
    ProductKey,
    PublicContext,
    Seo,
    SitemapEntry,
    SitemapPage,
    Slot,
    TextBlock,
)

from .folder import Folder, Shelf, Text, in_locale
from .markdown import blocks, item, menu, plain

DESCRIPTION = 160
SITEMAP = 1_000
FIRST = datetime.date.min

_blocks = lru_cache(maxsize=2_000)(blocks)
"""Texts are the same until a file changes."""


class FilesContent:
    """`language` is shown where a text is not there in the shopper's."""

    def __init__(self, folder: Folder, language: str) -> None:
        self._folder = folder
        self._language = language

    async def page(self, ctx: PublicContext, /, *, slug: str) -> ContentPage:
        text = self._found(await self._folder.shelf(), "pages", slug, ctx.locale)
        body = _blocks(text.body)
        return ContentPage(
            id=text.id,
            slug=text.slug,
            title=text.front.title or text.id,
            body=body,
            lead=text.front.lead,
            seo=_seo(text, body),
            locale=_locale(text, ctx),
            updated=_moment(text.front.updated),
        )

    async def menu(self, ctx: PublicContext, /, *, id: str) -> Menu | None:
        text = self._named(await self._folder.shelf(), "menus", id, ctx.locale)
        return Menu(id=id, items=menu(text.body), title=text.front.title) if text else None

    async def slots(self, ctx: PublicContext, /, *, ids: Sequence[str]) -> tuple[Slot | None, ...]:
        shelf = await self._folder.shelf()
        texts = (self._named(shelf, "slots", id, ctx.locale) for id in ids)
        return tuple(_slot(text) if text else None for text in texts)

    async def articles(
        self, ctx: PublicContext, /, *, slug: str | None = None, cursor: str | None = None, limit: int = 12
    ) -> Articles:
        shelf = await self._folder.shelf()
        if slug is not None:
            one = self._found(shelf, "journal", slug, ctx.locale)
            return Articles(article=_article(one, ctx, _blocks(one.body)))
        if not 1 <= limit <= 100:
            raise InvalidInput({"limit": "1 to 100"})
        found = [text for id in shelf.kinds["journal"] if (text := self._named(shelf, "journal", id, ctx.locale))]
        found.sort(key=lambda text: (text.front.published or FIRST, text.id), reverse=True)
        if cursor is not None:
            found = [text for text in found if _place(text) < cursor]
        after = _place(found[limit - 1]) if len(found) > limit else None
        return Articles(items=tuple(_article(text, ctx, ()) for text in found[:limit]), next=after)

    async def sitemap(
        self, ctx: PublicContext, /, *, kind: Literal["page", "article"], cursor: str | None = None
    ) -> SitemapPage:
        shelf, room = await self._folder.shelf(), "pages" if kind == "page" else "journal"
        ids = sorted(id for id in shelf.kinds[room] if cursor is None or id > cursor)
        found = [text for id in ids[:SITEMAP] if (text := self._named(shelf, room, id, ctx.locale))]
        return SitemapPage(
            entries=tuple(
                SitemapEntry(
                    link=Link(kind=kind, id=text.id, slug=text.slug, title=text.front.title or text.id),
                    updated=_moment(text.front.updated or text.front.published),
                )
                for text in found
            ),
            next=ids[SITEMAP - 1] if len(ids) > SITEMAP else None,
        )

    def _named(self, shelf: Shelf, kind: str, id: str, locale: str) -> Text | None:
        return in_locale(shelf.kinds[kind].get(id, {}), locale, self._language)

    def _found(self, shelf: Shelf, kind: str, slug: str, locale: str) -> Text:
        """The text at a slug in any language, in the shopper's. Raises `NotFound`."""
        text = self._named(shelf, kind, shelf.slugs[kind].get(slug, ""), locale)
        if text is None:
            raise NotFound(f"no text in {kind} at {slug[:80]!r}")
        return text


def _moment(day: datetime.date | None) -> datetime.datetime | None:
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC) if day else None


def _place(text: Text) -> str:
    """Where an article stands in the journal; later ones are greater."""
    return f"{(text.front.published or FIRST).isoformat()}|{text.id}"


def _article(text: Text, ctx: PublicContext, body: tuple[Block, ...]) -> Article:
    front = text.front
    return Article(
        id=text.id,
        slug=text.slug,
        title=front.title or text.id,
        published=front.published,
        lead=front.lead,
        author=front.author,
        image=_image(front.image, front.image_alt or front.title),
        body=body,
        products=tuple(ProductKey(sku=sku) for sku in front.products),
        seo=_seo(text, body),
        locale=_locale(text, ctx),
    )


def _slot(text: Text) -> Slot:
    front = text.front
    link = item(front.link_title or front.title or "", front.link) if front.link else None
    return Slot(
        id=text.id,
        title=front.title,
        lead=front.lead,
        image=_image(front.image, front.image_alt),
        portrait=_image(front.portrait, front.image_alt),
        link=link,
        blocks=_blocks(text.body),
        products=tuple(ProductKey(sku=sku) for sku in front.products),
    )


def _image(url: str | None, alt: str | None) -> Image | None:
    return Image(url=url, alt=alt) if url else None


def _locale(text: Text, ctx: PublicContext) -> str:
    """The context's where the text is in its language, else the text's own."""
    return ctx.locale if text.locale.partition("-")[0] == ctx.language else text.locale


def _seo(text: Text, body: tuple[Block, ...]) -> Seo:
    """What the editor wrote, the lead, or the first words up to a whole one."""
    first = next((block.html.source for block in body if isinstance(block, TextBlock)), "")
    words = text.front.description or text.front.lead or plain(first)
    if len(words) > DESCRIPTION:
        words = words[: words.rfind(" ", 0, DESCRIPTION)] + "…"
    return Seo(description=words or None)
