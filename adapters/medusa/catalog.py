"""The catalogue from Medusa's store API."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Mapping, Sequence

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
    CategoryNode,
    EntityKind,
    Image,
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

from . import tree, wire
from .goods import CARD, PAGE, Goods, described, stock
from .shop import Shop, starting
from .transport import fields, many

_MOST, _SITEMAP = 100, 500
_LOCATE = ("id", "handle", "title", "external_id", "variants.id", "variants.sku", "variants.calculated_price")
_STOCK = ("id", "sku", "manage_inventory", "allow_backorder", "inventory_quantity")


class MedusaCatalog:
    """Products by handle, id and SKU: the product's `external_id` or one of its variants'."""

    sku_lookup = True

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        """Medusa keeps no addresses, so nothing is known of any."""
        return None

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        settings = self._shop.settings
        wanted = settings.brands == "collections" or settings.collection_root is None
        roots, collections = await asyncio.gather(
            tree.roots(self._shop, ctx), tree.collections(self._shop, ctx) if wanted else _none()
        )
        shown = [one for one in roots if one.handle != settings.collection_root]
        links = tuple(tree.collection_link("collection", one) for one in collections)
        brands: tuple[Link, ...] = ()
        if settings.brands == "collections":
            links, brands = (), tuple(tree.collection_link("brand", one) for one in collections)
        for root in roots:
            if root.handle == settings.collection_root:
                links = tuple(node.link for node in tree.nodes(root.category_children, "collection"))
        categories: tuple[CategoryNode, ...] = tree.nodes(shown)
        return Navigation(categories=categories, collections=links, brands=brands)

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        return await tree.head(self._shop, ctx, kind, slug)

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        found = await goods(self._shop, ctx, [("handle", slug)], PAGE)
        if not found or not found[0].sold:
            raise NotFound("product")
        one, chosen = found[0], selection or {}
        card = one.card()
        assert card is not None  # it is sold
        product, settings = one.wire, self._shop.settings
        return Product(
            id=product.id,
            slug=product.handle,
            title=product.title,
            price=card.price,
            availability=card.availability,
            options=one.options(chosen),
            selected=one.selected(chosen),
            variants=one.variants(),
            media=one.media(),
            sku=product.external_id,
            kind="gift_card" if product.is_giftcard else "physical",
            summary=product.subtitle or None,
            description=described(product.description, settings),
            brand=one.brand(),
            attributes=one.attributes(),
            breadcrumbs=await self._breadcrumbs(ctx, product),
            seo=Seo(image=product.thumbnail),
            locale=settings.language,
            updated=product.updated_at,
        )

    async def _breadcrumbs(self, ctx: PublicContext, product: wire.Product) -> tuple[Link, ...]:
        """The way to the deepest category the product stands in. Medusa knows no main one: the lowest rank decides, so
        that it stays the same."""
        listed = [one for one in product.categories or [] if not one.is_internal]
        if not listed:
            return ()
        known = await tree.by_ids(self._shop, ctx, [one.id for one in listed])
        settings = self._shop.settings
        ways = [
            (*tree.ancestors(one, settings), tree.link("category", one))
            for one in sorted(known.values(), key=lambda one: (one.rank or 0, one.id))
            if tree.kind_of(one, settings) == "category"
        ]
        return max(ways, key=len, default=())

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        found = await self._by_keys(ctx, keys[:_MOST], CARD)
        return tuple(one.card() if one else None for one in found)

    async def _by_keys(
        self, ctx: PublicContext, keys: Sequence[ProductKey], names: Sequence[str]
    ) -> list[Goods | None]:
        """One call for all keys, whichever part of each is known; a second where that is a SKU."""
        ids = [key.id for key in keys if key.id]
        slugs = [key.slug for key in keys if key.slug and not key.id]
        skus = [key.sku for key in keys if key.sku and not key.id and not key.slug]
        either = [(name, values) for name, values in (("id", ids), ("handle", slugs), ("external_id", skus)) if values]
        if not either:
            return [None for _ in keys]
        query = [pair for at, (name, values) in enumerate(either) for pair in many(f"$or[{at}][{name}]", values)]
        asked = [goods(self._shop, ctx, query, (*names, "variants.sku"))]
        if skus:
            # Inside `$or` Medusa finds nothing by a variant's SKU, and says nothing: it is a question of its own.
            asked.append(goods(self._shop, ctx, many("variants[sku]", skus), (*names, "variants.sku")))
        found = [one for each in await asyncio.gather(*asked) for one in each]
        known: dict[tuple[str, str], Goods] = {}
        for one in found:
            # A product's own SKU wins over another's variant with the same.
            for variant in one.wire.variants or []:
                known.setdefault(("sku", variant.sku or ""), one)
        for one in found:
            known["id", one.wire.id] = known["slug", one.wire.handle] = one
            if one.wire.external_id:
                known["sku", one.wire.external_id] = one
        return [
            known.get(("id", key.id) if key.id else ("slug", key.slug) if key.slug else ("sku", key.sku or ""))
            for key in keys
        ]

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        keys = keys[:_MOST]
        wanted = [
            ("id", [key.id for key in keys if key.id]),
            ("sku", [key.sku for key in keys if key.sku and not key.id]),
        ]
        found = await asyncio.gather(*(self._variants(ctx, name, values) for name, values in wanted if values))
        variants = [variant for each in found for variant in each]
        ids = {variant.id: stock(variant, self._shop.settings) for variant in variants}
        skus = {variant.sku: stock(variant, self._shop.settings) for variant in variants}
        return tuple(ids.get(key.id) if key.id else skus.get(key.sku) for key in keys)

    async def _variants(self, ctx: PublicContext, name: str, values: Sequence[str]) -> list[wire.Variant]:
        query = [*many(name, values), ("limit", str(_MOST)), fields(*_STOCK)]
        return (await self._shop.api.get(ctx, "/store/product-variants", wire.Variants, query=query)).variants

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        refs = refs[:_MOST]
        products = [ref for ref in refs if ref.kind == "product"]
        heads = [ref.id for ref in refs if ref.id and ref.kind in ("category", "collection", "brand")]
        found, categories, collections = await asyncio.gather(
            self._by_keys(ctx, [ProductKey(id=ref.id, sku=ref.sku) for ref in products], _LOCATE),
            tree.by_ids(self._shop, ctx, [id for id in heads if id.startswith("pcat_")]),
            tree.collections_by_ids(self._shop, ctx, [id for id in heads if id.startswith("pcol_")]),
        )
        links = {id(ref): _product_link(one) for ref, one in zip(products, found, strict=True)}
        for ref in refs:
            category, collection = categories.get(ref.id or ""), collections.get(ref.id or "")
            if category is not None and tree.kind_of(category, self._shop.settings) == ref.kind:
                links[id(ref)] = tree.link(ref.kind, category)
            elif collection is not None and (ref.kind == "collection" or ref.kind == "brand"):
                links[id(ref)] = tree.collection_link(ref.kind, collection)
        return tuple(Located(ref=ref, link=links.get(id(ref))) for ref in refs)

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        if kind in ("page", "article"):
            return SitemapPage(entries=())
        if kind != "product":
            return SitemapPage(entries=tuple(SitemapEntry(link=link) for link in await self._heads(ctx, kind)))
        offset = int(cursor) if cursor and cursor.isdecimal() else 0
        names = (
            "id",
            "handle",
            "title",
            "external_id",
            "thumbnail",
            "updated_at",
            "variants.id",
            "variants.calculated_price",
        )
        query = [
            *self._shop.priced(ctx),
            ("limit", str(_SITEMAP)),
            ("offset", str(offset)),
            ("order", "id"),
            fields(*names),
        ]
        page = await self._shop.api.get(ctx, "/store/products", wire.Products, query=query)
        entries = tuple(
            _entry(one) for product in page.products if (one := Goods(product, ctx, self._shop.settings)).sold
        )
        read = offset + len(page.products)
        return SitemapPage(entries=entries, next=str(read) if page.products and read < page.count else None)

    async def _heads(self, ctx: PublicContext, kind: EntityKind) -> tuple[Link, ...]:
        navigation = await self.navigation(ctx)
        if kind == "brand":
            return navigation.brands
        if kind == "collection":
            return navigation.collections
        found: list[Link] = []
        rest = list(navigation.categories)
        while rest:
            node = rest.pop(0)
            found.append(node.link)
            rest += node.children
        return tuple(found)

    async def probe(self) -> str:
        """See `Offer.probe`."""
        ctx = starting(next(iter(self._shop.markets.values())))
        query = [("limit", "1"), fields("id", "handle")]
        page = await self._shop.api.get(ctx, "/store/products", wire.Products, query=query)
        return f"Medusa at {self._shop.settings.url}: {page.count} products"


async def goods(
    shop: Shop, ctx: PublicContext, query: Sequence[tuple[str, str]], names: Sequence[str], limit: int = _MOST
) -> list[Goods]:
    """Products priced in the context's market."""
    return (await priced_goods(shop, ctx, query, names, limit))[0]


async def priced_goods(
    shop: Shop, ctx: PublicContext, query: Sequence[tuple[str, str]], names: Sequence[str], limit: int
) -> tuple[list[Goods], int]:
    """A page of products, priced in the context's market, and how many there are in all."""
    asked = [*query, *shop.priced(ctx), ("limit", str(limit)), fields(*dict.fromkeys(names))]
    answer = await shop.api.get(ctx, "/store/products", wire.Products, query=asked)
    return [Goods(product, ctx, shop.settings) for product in answer.products], answer.count


def _product_link(one: Goods | None) -> Link | None:
    if one is None or not one.sold:
        return None
    return Link(kind="product", id=one.wire.id, slug=one.wire.handle, title=one.wire.title)


def _entry(one: Goods) -> SitemapEntry:
    link = _product_link(one)
    assert link is not None  # it is sold
    updated: datetime.datetime | None = one.wire.updated_at
    images = (Image(url=one.wire.thumbnail),) if one.wire.thumbnail else ()
    return SitemapEntry(link=link, sku=one.wire.external_id, updated=updated, images=images)


async def _none() -> list[wire.Collection]:
    return []
