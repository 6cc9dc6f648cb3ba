"""The Content port: pages, the journal, menus, and the places an editor fills."""

# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from bff.ports import (
    Article,
    Articles,
    Block,
    ContentPage,
    Html,
    ImageBlock,
    InvalidInput,
    Menu,
    MenuItem,
    NotFound,
    ProductKey,
    ProductsBlock,
    PublicContext,
    Seo,
    SitemapPage,
    Slot,
    TextBlock,
)

from . import catalog, places, texts
from .database import Database
from .documents import BlockDoc, MenuDoc, MenuItemDoc, PictureDoc, SlotDoc
from .markdown import plain
from .reading import Reading

_blocks = msgspec.json.Decoder(tuple[BlockDoc, ...])
_picture = msgspec.json.Decoder(PictureDoc)
_menu = msgspec.json.Decoder(MenuDoc)
_slots = msgspec.json.Decoder(dict[str, SlotDoc])
_ids = msgspec.json.Decoder(tuple[str, ...])
_DESCRIPTION = 160


class EmbeddedContent:
    """Links in bodies are rooted at the store (`markdown.py`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, ctx: PublicContext, /, *, slug: str) -> ContentPage:
        return await self._database.run(lambda c: page(Reading(c, ctx), slug))

    async def menu(self, ctx: PublicContext, /, *, id: str) -> Menu | None:
        return await self._database.run(lambda c: menu(Reading(c, ctx), id))

    async def slots(self, ctx: PublicContext, /, *, ids: Sequence[str]) -> tuple[Slot | None, ...]:
        return await self._database.run(lambda c: slots(Reading(c, ctx), ids))

    async def articles(
        self, ctx: PublicContext, /, *, slug: str | None = None, cursor: str | None = None, limit: int = 12
    ) -> Articles:
        if slug is not None:
            return await self._database.run(lambda c: Articles(article=article(Reading(c, ctx), slug)))
        return await self._database.run(lambda c: journal(Reading(c, ctx), cursor, limit))

    async def sitemap(
        self, ctx: PublicContext, /, *, kind: Literal["page", "article"], cursor: str | None = None
    ) -> SitemapPage:
        return await self._database.run(lambda c: catalog.sitemap(Reading(c, ctx), kind, cursor), alone=True)


class _Entry(NamedTuple):
    """A page or an article, in the best language there is."""

    id: str
    created: str | None
    author: str | None
    image: str | None
    products: str
    language: str
    slug: str
    title: str
    lead: str | None
    body: str


_COLUMNS = "e.id, e.created, e.author, e.image, e.products, t.language, t.slug, t.title, t.lead, t.body"


def _entry(r: Reading, kind: str, slug: str) -> _Entry:
    id = places.find_slug(r, "entry_text", "entry_id", slug)
    rows = r.connection.execute(
        f"SELECT {_COLUMNS} FROM entry e JOIN entry_text t ON t.entry_id = e.id WHERE e.id = ? AND e.kind = ?",
        (id, kind),
    ).fetchall()
    found = r.by_language({row[5]: _Entry(*row) for row in rows})
    if found is None:
        raise NotFound(f"no {kind} at {slug!r}")
    return found[1]


def _body(r: Reading, body: str) -> tuple[Block, ...]:
    made: list[Block] = []
    for block in _blocks.decode(body):
        if block.html is not None:
            made.append(TextBlock(html=Html(block.html)))
        elif block.products:
            made.append(ProductsBlock(keys=tuple(ProductKey(id=id) for id in block.products)))
        elif image := r.picture(block.picture, None):
            made.append(ImageBlock(image=image))
    return tuple(made)


def _described(body: tuple[Block, ...], lead: str | None) -> Seo:
    """The lead, or the first words of the body up to a whole one."""
    first = next((block.html.source for block in body if isinstance(block, TextBlock)), "")
    words = lead or plain(first)
    if len(words) > _DESCRIPTION:
        words = words[: words.rfind(" ", 0, _DESCRIPTION)] + "…"
    return Seo(description=words or None)


def page(r: Reading, slug: str) -> ContentPage:
    """See the port."""
    return r.remembered(("page", slug), lambda: _page(r, slug), 12)


def _page(r: Reading, slug: str) -> ContentPage:
    found = _entry(r, "page", slug)
    body = _body(r, found.body)
    return ContentPage(
        id=found.id,
        slug=found.slug,
        title=found.title,
        body=body,
        lead=found.lead,
        seo=_described(body, found.lead),
        locale=r.locale(found.language),
        updated=datetime.datetime.fromisoformat(found.created) if found.created else None,
    )


def _article(r: Reading, found: _Entry, body: tuple[Block, ...]) -> Article:
    return Article(
        id=found.id,
        slug=found.slug,
        title=found.title,
        published=datetime.datetime.fromisoformat(found.created).date() if found.created else None,
        lead=found.lead,
        author=found.author,
        image=r.picture(_picture.decode(found.image), found.title) if found.image else None,
        body=body,
        products=tuple(ProductKey(id=id) for id in _ids.decode(found.products)),
        seo=_described(body, found.lead),
        locale=r.locale(found.language),
    )


def article(r: Reading, slug: str) -> Article:
    """See the port."""
    return r.remembered(("article", slug), lambda: _one(r, slug), 12)


def _one(r: Reading, slug: str) -> Article:
    found = _entry(r, "article", slug)
    return _article(r, found, _body(r, found.body))


def journal(r: Reading, cursor: str | None, limit: int) -> Articles:
    """See the port. The cursor is the last article's moment and id."""
    if not 1 <= limit <= 100:
        raise InvalidInput({"limit": "1 to 100"})
    return r.remembered(("journal", cursor, limit), lambda: _journal(r, cursor, limit), 2 + 2 * limit)


def _journal(r: Reading, cursor: str | None, limit: int) -> Articles:
    moment, _, last = (cursor or "9999|").partition("|")
    ids = r.connection.execute(
        "SELECT id, coalesce(created, '') FROM entry WHERE kind = 'article' AND (coalesce(created, ''), id) < (?, ?)"
        " ORDER BY coalesce(created, '') DESC, id DESC LIMIT ?",
        (moment, last, limit + 1),
    ).fetchall()
    kept = [id for id, _ in ids[:limit]]
    rows: dict[str, dict[str, _Entry]] = {}
    for row in r.connection.execute(
        f"SELECT {_COLUMNS} FROM entry e JOIN entry_text t ON t.entry_id = e.id"
        f" WHERE e.id IN ({','.join('?' * len(kept))})",
        kept,
    ):
        rows.setdefault(row[0], {})[row[5]] = _Entry(*row)
    found = [text[1] for id in kept if (text := r.by_language(rows.get(id, {}))) is not None]
    after = f"{ids[limit - 1][1]}|{ids[limit - 1][0]}" if len(ids) > limit else None
    return Articles(items=tuple(_article(r, entry, ()) for entry in found), next=after)


def _item(r: Reading, doc: MenuItemDoc, *, tree: bool) -> MenuItem | None:
    """An entry of a menu; None where its target is not in this market. A category without entries of its own brings
    the tree's (`tree`). A page of the head comes as a rooted `url`."""
    kind, _, id = (doc.to or "").partition(":")
    label = texts.maybe(doc.label, r.languages)
    children = tuple(item for each in doc.items if (item := _item(r, each, tree=tree)))
    if not id or kind in ("https", "http", "mailto", "tel"):
        return MenuItem(title=label or kind, url=doc.to if id else f"/{kind}" if kind else None, children=children)
    link = places.link(r, kind, id)
    if link is None:
        return None
    if tree and not children and kind == "category":
        leaves = (r.category_link(r.words.categories[leaf]) for leaf in r.words.categories[id].children)
        children = tuple(MenuItem(title=leaf.title, kind=leaf.kind, id=leaf.id, slug=leaf.slug) for leaf in leaves)
    return MenuItem(title=label or link.title, kind=link.kind, id=link.id, slug=link.slug, children=children)


def menu(r: Reading, id: str) -> Menu | None:
    """See the port."""
    return r.remembered(("menu", id), lambda: _menu_of(r, id), 12)


def _menu_of(r: Reading, id: str) -> Menu | None:
    row = r.connection.execute("SELECT doc FROM menu WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    doc = _menu.decode(row[0])
    items = (_item(r, item, tree=True) for item in doc.items)
    return Menu(id=id, items=tuple(item for item in items if item), title=texts.maybe(doc.name, r.languages))


def slots(r: Reading, ids: Sequence[str]) -> tuple[Slot | None, ...]:
    """See the port."""
    return r.remembered(("slots", *ids), lambda: _filled(r, ids), 6)


def _filled(r: Reading, ids: Sequence[str]) -> tuple[Slot | None, ...]:
    row = r.connection.execute("SELECT doc FROM setting WHERE key = 'slots'").fetchone()
    known = _slots.decode(row[0]) if row else {}
    return tuple(_slot(r, known[id]) if id in known else None for id in ids)


def _slot(r: Reading, doc: SlotDoc) -> Slot:
    alt = texts.maybe(doc.alt, r.languages) or ""
    return Slot(
        id=doc.id,
        title=texts.maybe(doc.title, r.languages),
        lead=texts.maybe(doc.lead, r.languages),
        image=r.pictures.scene(doc.drawing, alt),
        portrait=r.pictures.scene(doc.portrait, alt),
        link=_item(r, MenuItemDoc(to=doc.to, label=doc.label), tree=False) if doc.to else None,
        products=tuple(ProductKey(id=id) for id in doc.products),
    )
