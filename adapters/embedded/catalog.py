# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""The Catalog port: every answer is one read transaction off the event loop."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import cast

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
    CategoryNode,
    EntityKind,
    Html,
    InvalidInput,
    Link,
    Located,
    Navigation,
    NotFound,
    Product,
    ProductKey,
    PublicContext,
    Ref,
    Resolved,
    Seo,
    SitemapEntry,
    SitemapPage,
    VariantKey,
)

from . import cards, documents, places, product, variants
from .database import Connection, Database
from .markdown import plain
from .media import card_media, swatch_option
from .reading import Reading, marks
from .vocabulary import CategoryEntry

LIMIT = 100
SITEMAP_PAGE = 1000


class EmbeddedCatalog:
    """`navigation` and `category` are made of what the process remembers of this catalogue version."""

    sku_lookup = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        return await self._database.run(lambda c: places.resolve(Reading(c, ctx), path))

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        return await self._database.run(lambda c: places.locate(Reading(c, ctx), refs), alone=len(refs) > LIMIT)

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        return await self._database.run(lambda c: navigation(Reading(c, ctx)))

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        return await self._database.run(lambda c: category(Reading(c, ctx), kind, slug))

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        return await self._database.run(lambda c: product.read(Reading(c, ctx), slug, selection))

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        _limited(keys)
        return await self._database.run(lambda c: products(Reading(c, ctx), keys))

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        _limited(keys)
        return await self._database.run(lambda c: availability(Reading(c, ctx), keys))

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        return await self._database.run(lambda c: sitemap(Reading(c, ctx), kind, cursor), alone=True)

    async def probe(self) -> str:
        """How many products there are. Raises `Unavailable`."""

        def count(connection: Connection) -> str:
            number = connection.execute("SELECT count(*) FROM product").fetchone()[0]
            return f"{number} products in {self._database.path}"

        return await self._database.run(count)


def _limited(keys: Sequence[object]) -> None:
    if len(keys) > LIMIT:
        raise InvalidInput({"keys": f"at most {LIMIT} at a time"})


def _node(r: Reading, entry: CategoryEntry) -> CategoryNode:
    link = r.category_link(entry)
    return CategoryNode(
        link=link,
        children=tuple(_node(r, r.words.categories[child]) for child in entry.children),
        image=r.picture(entry.image, link.title),
    )


def navigation(r: Reading) -> Navigation:
    """See the port."""
    return r.remembered(("navigation",), lambda: _navigation(r), 40)


def _navigation(r: Reading) -> Navigation:
    entries = r.words.categories.values()
    return Navigation(
        categories=tuple(
            _node(r, entry)
            for entry in entries
            if entry.kind == "category" and (entry.parent is None or entry.parent not in r.words.categories)
        ),
        collections=tuple(r.category_link(entry) for entry in entries if entry.kind == "collection"),
        brands=tuple(link for id in r.words.brands if (link := r.brand_link(id)) is not None),
    )


def category(r: Reading, kind: CategoryKind, slug: str) -> Category:
    """See the port. `breadcrumbs` are the categories above it, itself not included."""
    return r.remembered(("category", kind, slug), lambda: _category(r, kind, slug), 6)


def _category(r: Reading, kind: CategoryKind, slug: str) -> Category:
    id = places.find_category(r, kind, slug)
    if id is None:
        raise NotFound(f"no {kind} at {slug!r}")
    if kind == "brand":
        brand = r.words.brands[id]
        words = r.text(brand.description)
        return Category(
            kind="brand",
            id=id,
            slug=brand.slug,
            title=brand.name,
            description=Html(words) if words else None,
            seo=Seo(description=plain(words) or None),
            locale=r.ctx.locale,
        )
    entry = r.words.categories[id]
    found = r.by_language(entry.texts)
    text = r.category_text(entry)
    return Category(
        kind=kind,
        id=id,
        slug=text.slug,
        title=text.name,
        description=Html(text.description) if text.description else None,
        image=r.picture(entry.image, text.name),
        breadcrumbs=r.trail(entry.parent),
        children=tuple(_node(r, r.words.categories[child]) for child in entry.children),
        seo=Seo(description=plain(text.description) or None),
        locale=r.locale(found[0]) if found else r.ctx.locale,
    )


def ordinals(r: Reading, keys: Sequence[ProductKey]) -> list[int | None]:
    """The ordinal of each product: by id, else SKU (its own or a variant's), else slug."""
    by_sku = places.product_ids_by_sku(r, [key.sku for key in keys if key.id is None and key.sku])
    ids = [key.id or by_sku.get(key.sku or "") for key in keys]
    known = [id for id in ids if id]
    by_id: dict[str, int] = dict(
        r.connection.execute(f"SELECT id, n FROM product WHERE id IN ({marks(known)})", known).fetchall()
    )
    found: list[int | None] = []
    for key, id in zip(keys, ids, strict=True):
        n = by_id.get(id or "")
        if n is None and key.slug and key.id is None:
            n = cast("int | None", places.find_slug(r, "product_text", "product_n", key.slug))
        found.append(n)
    return found


def products(r: Reading, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
    """See the port."""
    ns = ordinals(r, keys)
    found = cards.by_ordinal(r, list(dict.fromkeys(n for n in ns if n is not None)))
    return tuple(found.get(n) if n is not None else None for n in ns)


def availability(r: Reading, keys: Sequence[VariantKey]) -> tuple[Availability | None, ...]:
    """See the port."""
    wanted = [key.id or key.sku or "" for key in keys]
    found: dict[str, Availability] = {}
    for status, doc, *columns in r.connection.execute(
        f"SELECT d.status, d.doc, {variants.COLUMNS} FROM variant v JOIN product d ON d.n = v.product_n"
        f" JOIN price p ON p.variant_id = v.id AND p.list = ? WHERE v.id IN ({marks(wanted)}) OR v.sku IN ({marks(wanted)})",
        (r.price_list, *wanted, *wanted),
    ):
        row = variants.row(r, columns)
        known = variants.availability(r, status, row, documents.card(doc).quantity)
        found[row.id] = known
        if row.sku:
            found.setdefault(row.sku, known)
    return tuple(found.get(name) for name in wanted)


def sitemap(r: Reading, kind: EntityKind, cursor: str | None) -> SitemapPage:
    """See the port. Only products come in several pages; the cursor is the last ordinal."""
    if kind == "product":
        return _products_sitemap(r, int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 16 else -1)
    if kind == "brand":
        return SitemapPage(
            entries=tuple(SitemapEntry(link=link) for id in r.words.brands if (link := r.brand_link(id)))
        )
    if kind in ("category", "collection"):
        entries = [entry for entry in r.words.categories.values() if entry.kind == kind]
        made = [(r.category_link(entry), r.picture(entry.image, None)) for entry in entries]
        return SitemapPage(
            entries=tuple(SitemapEntry(link=link, images=(image,) if image else ()) for link, image in made)
        )
    rows = r.connection.execute(
        "SELECT id, created FROM entry WHERE kind = ? ORDER BY position, id", (kind,)
    ).fetchall()
    linked = [(places.entry_link(r, kind, id), created) for id, created in rows]
    return SitemapPage(
        entries=tuple(SitemapEntry(link=link, updated=_moment(created)) for link, created in linked if link)
    )


def _moment(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None


def _products_sitemap(r: Reading, after: int) -> SitemapPage:
    rows = r.connection.execute(
        "SELECT n, id, coalesce((SELECT v.sku FROM variant v WHERE v.product_n = n AND v.sku IS NOT NULL"
        " ORDER BY v.position LIMIT 1), sku), updated, doc FROM product WHERE n > ? AND status = 'active' AND EXISTS"
        " (SELECT 1 FROM variant v JOIN price c ON c.variant_id = v.id AND c.list = ? WHERE v.product_n = n)"
        " ORDER BY n LIMIT ?",
        (after, r.price_list, SITEMAP_PAGE + 1),
    ).fetchall()
    page = rows[:SITEMAP_PAGE]
    titles: dict[int, dict[str, tuple[str, str]]] = {}
    if page:
        for n, language, slug, title in r.connection.execute(
            "SELECT product_n, language, slug, title FROM product_text WHERE product_n BETWEEN ? AND ?",
            (page[0][0], page[-1][0]),
        ):
            titles.setdefault(n, {})[language] = (slug, title)
    made: list[SitemapEntry] = []
    for n, id, sku, updated, doc in page:
        text = r.by_language(titles.get(n, {}))
        if text is None:
            continue
        slug, title = text[1]
        card = documents.card(doc)
        images = tuple(media.image for media in card_media(r, id, card, title, swatch_option(r, card))[:1])
        link = Link(kind="product", id=id, slug=slug, title=title)
        made.append(SitemapEntry(link=link, sku=sku, updated=_moment(updated), images=images))
    return SitemapPage(entries=tuple(made), next=str(page[-1][0]) if len(rows) > SITEMAP_PAGE else None)
