"""The catalogue: products by slug, id and SKU; categories, collections; an attribute's values as brands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
    CategoryNode,
    EntityKind,
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
    SitemapEntry,
    SitemapPage,
    VariantKey,
)

from . import documents
from .client import CURSOR, Client, Operation
from .goods import Goods, seo
from .pictures import plain
from .places import Places, is_id
from .settings import Settings
from .texts import markup
from .wire import Many, PageInfo, Wire, WireAttribute, WireCategory, WireMedia, WireProduct, WireValue, WireVariant

LIMIT = 100
PAGES = 10
"""Pages of brands and of categories that are asked for at most."""


class _Page(Wire):
    product: WireProduct | None


class _Cards(Wire):
    ids: Many[WireProduct] | None = None
    slugs: Many[WireProduct] | None = None
    skus: Many[WireVariant] | None = None


class _Stock(Wire):
    ids: Many[WireVariant] | None = None
    skus: Many[WireVariant] | None = None


class _Shelf(Wire):
    shelf: WireCategory | None


class _Parent(Wire):
    id: str


class _Node(WireCategory):
    parent: _Parent | None = None


class _Navigation(Wire):
    categories: Many[_Node]
    collections: Many[WireCategory] | None = None
    brands: WireAttribute | None = None


class _Brands(Wire):
    brands: WireAttribute | None = None


class _Located(Wire):
    products: Many[WireCategory] | None = None
    categories: Many[WireCategory] | None = None
    collections: Many[WireCategory] | None = None
    skus: Many[WireVariant] | None = None


class _Entry(WireCategory):
    updated_at: datetime.datetime | None = None
    media: tuple[WireMedia, ...] | None = None
    variants: tuple[WireVariant, ...] | None = None


class _Entries(Wire):
    entries: Many[_Entry]


_PRODUCT = Operation("product", documents.PRODUCT, _Page)
_CARDS = Operation("products", documents.CARDS, _Cards)
_STOCK = Operation("availability", documents.STOCK, _Stock)
_NAVIGATION = Operation("navigation", documents.NAVIGATION, _Navigation)
_BRANDS = Operation("brands", documents.BRANDS, _Brands)
_LOCATE = Operation("locate", documents.LOCATE, _Located)
_SHELF = {
    "category": Operation("category", documents.CATEGORY, _Shelf),
    "collection": Operation("collection", documents.COLLECTION, _Shelf),
}
_SITEMAP = {kind: Operation(f"sitemap of {kind}", text, _Entries) for kind, text in documents.SITEMAP.items()}


class SaleorCatalog:
    """See the port. A slug is the untranslated one, in every locale."""

    sku_lookup = True

    def __init__(self, client: Client, places: Places, settings: Settings) -> None:
        self._client, self._places, self._settings = client, places, settings
        self.goods = Goods(settings)

    # ---------------------------------------------------------------- pages

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        place = self._places.of(ctx)
        asked = {"slug": slug, "brand": self._settings.brand_attribute}
        found = (await self._client.ask(ctx, place, _PRODUCT, asked)).product if slug and "\0" not in slug else None
        if found is None:
            raise NotFound("no such product here")
        return self.goods.product(place, found, selection or {})

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        place = self._places.of(ctx)
        if not slug or "\0" in slug:
            raise NotFound(f"no such {kind}")
        if kind == "brand":
            brand = await self.brand(ctx, slug)
            return Category(kind="brand", id=brand.id, slug=slug, title=brand.words, locale=place.locale)
        found = (await self._client.ask(ctx, place, _SHELF[kind], {"slug": slug})).shelf
        if found is None:
            raise NotFound(f"no such {kind}")
        told = found.translation
        return Category(
            kind=kind,
            id=found.id,
            slug=found.slug,
            title=found.words,
            description=markup(told.description if told and told.description else found.description),
            image=plain(found.background_image, found.words),
            breadcrumbs=tuple(_link("category", one) for one in (found.ancestors.nodes if found.ancestors else ())),
            children=_nodes(found.children),
            seo=seo(found),
            locale=place.spoken(bool(told and told.name)),
        )

    async def brand(self, ctx: PublicContext, slug: str) -> WireValue:
        """Raises `NotFound`."""
        found = next((one for one in await self._brands(ctx) if one.slug == slug), None)
        if found is None:
            raise NotFound("no such brand")
        return found

    async def _brands(self, ctx: PublicContext) -> list[WireValue]:
        if not self._settings.brand_attribute:
            return []
        place, found, after = self._places.of(ctx), list[WireValue](), None
        for _ in range(PAGES):
            asked = {"brand": self._settings.brand_attribute, "after": after}
            told = (await self._client.ask(ctx, place, _BRANDS, asked)).brands
            page = told.choices if told else None
            found += page.nodes if page else ()
            after = _next(page.page_info if page else None)
            if after is None:
                break
        return found

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        place, brand = self._places.of(ctx), self._settings.brand_attribute
        told = await self._client.ask(ctx, place, _NAVIGATION, {"brand": brand, "after": None, "more": False})
        nodes, page = [*told.categories.nodes], told.categories.page_info
        for _ in range(PAGES):
            if (after := _next(page)) is None:
                break
            asked = {"brand": brand, "after": after, "more": True}
            more = (await self._client.ask(ctx, place, _NAVIGATION, asked)).categories
            nodes, page = [*nodes, *more.nodes], more.page_info
        choices = told.brands.choices if told.brands and brand else None
        return Navigation(
            categories=_tree(nodes),
            collections=tuple(_link("collection", one) for one in (told.collections.nodes if told.collections else ())),
            brands=tuple(_link("brand", one) for one in (choices.nodes if choices else ())),
        )

    # ---------------------------------------------------------------- many at once

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        _few(keys)
        place = self._places.of(ctx)
        ids = _once(key.id for key in keys if is_id(key.id, "Product"))
        slugs = _once(key.slug for key in keys if key.id is None and key.sku is None)
        skus = _once(key.sku for key in keys if key.id is None)
        if not (ids or slugs or skus):
            return tuple(None for _ in keys)
        asked = {
            "brand": self._settings.brand_attribute, "ids": ids, "slugs": slugs, "skus": skus,
            "byId": bool(ids), "bySlug": bool(slugs), "bySku": bool(skus),
        }  # fmt: skip
        told = await self._client.ask(ctx, place, _CARDS, asked)
        by_id = {one.id: one for one in (told.ids.nodes if told.ids else ())}
        by_slug = {one.slug: one for one in (told.slugs.nodes if told.slugs else ())}
        by_sku = {one.sku: one.product for one in (told.skus.nodes if told.skus else ()) if one.sku and one.product}
        found = (
            by_id.get(key.id) if key.id else by_sku.get(key.sku) if key.sku else by_slug.get(key.slug or "")
            for key in keys
        )
        return tuple(self.goods.card(place, one) if one else None for one in found)

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        _few(keys)
        found = await self.variants(ctx, keys)
        return tuple(self.goods.availability(one, one.product) if one else None for one in found)

    async def variants(self, ctx: PublicContext, keys: Sequence[VariantKey]) -> list[WireVariant | None]:
        """Each key's variant with what can be ordered of it, None where the channel does not sell it."""
        ids = _once(key.id for key in keys if is_id(key.id, "ProductVariant"))
        skus = _once(key.sku for key in keys if key.id is None)
        if not (ids or skus):
            return [None for _ in keys]
        asked = {"ids": ids, "skus": skus, "byId": bool(ids), "bySku": bool(skus)}
        told = await self._client.ask(ctx, self._places.of(ctx), _STOCK, asked)
        by_id = {one.id: one for one in (told.ids.nodes if told.ids else ())}
        by_sku = {one.sku: one for one in (told.skus.nodes if told.skus else ()) if one.sku}
        return [by_id.get(key.id) if key.id else by_sku.get(key.sku or "") for key in keys]

    # ---------------------------------------------------------------- addresses

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        """Saleor keeps no addresses of its own and no redirects."""
        return None

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        kinds = {"product": "Product", "category": "Category", "collection": "Collection"}
        ids = {
            kind: _once(ref.id for ref in refs if ref.kind == kind and is_id(ref.id, name))
            for kind, name in kinds.items()
        }
        skus = _once(ref.sku for ref in refs if ref.kind == "product" and ref.id is None)
        links: dict[tuple[str, str], Link] = {}
        if skus or any(ids.values()):
            asked = {
                "products": ids["product"], "byProduct": bool(ids["product"]),
                "categories": ids["category"], "byCategory": bool(ids["category"]),
                "collections": ids["collection"], "byCollection": bool(ids["collection"]),
                "skus": skus, "bySku": bool(skus),
            }  # fmt: skip
            told = await self._client.ask(ctx, self._places.of(ctx), _LOCATE, asked)
            pages = {"product": told.products, "category": told.categories, "collection": told.collections}
            for kind, page in pages.items():
                links |= {(kind, one.id): _link(kind, one) for one in (page.nodes if page else ())}
            for one in told.skus.nodes if told.skus else ():
                if one.sku and one.product:
                    links["sku", one.sku] = Link(
                        kind="product", id=one.product.id, slug=one.product.slug, title=one.product.words
                    )
        if any(ref.kind == "brand" for ref in refs):
            links |= {("brand", one.id): _link("brand", one) for one in await self._brands(ctx)}
        return tuple(
            Located(ref=ref, link=links.get((ref.kind, ref.id) if ref.id else ("sku", ref.sku or ""))) for ref in refs
        )

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        if kind == "brand":
            return SitemapPage(entries=tuple(SitemapEntry(link=_link(kind, one)) for one in await self._brands(ctx)))
        operation = _SITEMAP.get(kind)
        if operation is None:
            return SitemapPage(entries=())
        place = self._places.of(ctx)
        try:
            told = (await self._client.ask(ctx, place, operation, {"after": cursor})).entries
        except InvalidInput as error:
            if CURSOR not in error.fields:
                raise
            return SitemapPage(entries=())
        return SitemapPage(
            entries=tuple(
                SitemapEntry(
                    link=_link(kind, one),
                    sku=next((each.sku for each in one.variants or () if each.sku), None),
                    updated=one.updated_at,
                    images=tuple(each.image for each in self.goods.media(_pictured(one))),
                )
                for one in told.nodes
            ),
            next=_next(told.page_info),
        )


def _pictured(one: _Entry) -> WireProduct:
    return WireProduct(id=one.id, name=one.name, translation=one.translation, media=(one.media or ())[:1])


def _next(page: PageInfo | None) -> str | None:
    return page.end_cursor if page and page.has_next_page else None


def _link(kind: str, one: WireCategory | WireValue) -> Link:
    return Link(kind=kind, id=one.id, slug=one.slug or "", title=one.words)  # type: ignore[arg-type]


def _nodes(found: Many[WireCategory] | None) -> tuple[CategoryNode, ...]:
    return tuple(
        CategoryNode(link=_link("category", one), image=plain(one.background_image, one.words))
        for one in (found.nodes if found else ())
    )


def _tree(found: Sequence[_Node]) -> tuple[CategoryNode, ...]:
    """The first level, with what is below. Saleor keeps categories from being their own ancestors."""
    below: dict[str | None, list[_Node]] = {}
    for one in found:
        below.setdefault(one.parent.id if one.parent else None, []).append(one)

    def level(parent: str | None) -> tuple[CategoryNode, ...]:
        return tuple(
            CategoryNode(
                link=_link("category", one), children=level(one.id), image=plain(one.background_image, one.words)
            )
            for one in below.get(parent, ())
        )

    return level(None)


def _once(values: object) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))  # type: ignore[attr-defined]


def _few(keys: Sequence[object]) -> None:
    if len(keys) > LIMIT:
        raise InvalidInput({"keys": f"at most {LIMIT} at a time"})
