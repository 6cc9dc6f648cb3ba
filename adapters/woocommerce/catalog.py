"""The catalogue. A list of products holds variations' ids only, so a product's page is two calls and its way a third."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
    EntityKind,
    Html,
    Link,
    Located,
    Market,
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

from . import tree, wire
from .goods import CARD, PAGE, VARIATION, Goods, bought, card, image, sold, stock
from .shop import Shop, starting
from .texts import plain, segment, slug, unmarked
from .transport import fields, number

_MOST, _SITEMAP = 100, 100
_SHORT = 100
_STOCK = (
    "id", "name", "slug", "type", "prices", "sku", "is_purchasable", "is_in_stock", "is_on_backorder",
    "low_stock_remaining", "add_to_cart",
)  # fmt: skip
_LINK = ("id", "name", "slug", "type", "prices", "sku", "is_purchasable", "images")
Query = Sequence[tuple[str, str]]


class WooCatalog:
    """SKUs are found exactly, variations' as well."""

    sku_lookup = True

    def __init__(self, shop: Shop, first: Market) -> None:
        self._shop, self._first = shop, first

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        """The Store API knows no addresses."""
        return None

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        categories, brands = await asyncio.gather(
            tree.categories(self._shop.api, ctx), tree.brands(self._shop.api, ctx)
        )
        return Navigation(categories=tree.forest(categories), brands=tuple(tree.link("brand", one) for one in brands))

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        return await tree.head(self._shop.api, self._shop.settings, ctx, kind, slug)

    async def _list(self, ctx: PublicContext, query: Query, names: Sequence[str]) -> list[wire.Product]:
        asked = [*query, fields(*names)]
        return (await self._shop.api.get(ctx, "/products", list[wire.Product], query=asked))[0]

    async def _by_slug(self, ctx: PublicContext, wanted: str, names: Sequence[str]) -> wire.Product | None:
        """By its address, because a filter by slug drops the percent signs that other scripts' slugs are made of. A slug
        of digits only would be an id there, and stands in the filter."""
        if wanted.isdecimal() and wanted.isascii() and len(wanted) < _SHORT:
            found = await self._list(ctx, [("slug", wanted)], names)
        else:
            query = [fields(*names)]
            try:
                found = [(await self._shop.api.get(ctx, f"/products/{segment(wanted)}", wire.Product, query=query))[0]]
            except NotFound:
                return None
        return next((one for one in found if slug(one.slug) == wanted and one.type != "variation"), None)

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        found = await self._by_slug(ctx, slug, PAGE)
        if found is None or not sold(found):
            raise NotFound("product")
        variations, categories = await asyncio.gather(
            self._variations(ctx, found),
            tree.categories(self._shop.api, ctx) if found.categories else _none(),
        )
        one, chosen, settings = Goods(found, variations, self._shop.settings), selection or {}, self._shop.settings
        return Product(
            id=str(found.id),
            slug=slug,
            title=plain(found.name),
            price=one.price(),
            availability=stock(found),
            options=one.options(chosen),
            selected=one.selected(chosen),
            variants=one.listed(),
            media=one.media(),
            sku=found.sku or None,
            summary=unmarked(found.short_description),
            description=Html(found.description) if found.description.strip() else None,
            brand=one.brand(),
            rating=one.rating(),
            attributes=one.attributes(),
            breadcrumbs=tree.breadcrumbs(found.categories, categories),
            locale=settings.language,
        )

    async def _variations(self, ctx: PublicContext, product: wire.Product) -> list[wire.Product]:
        """All of them in one call: none a page is all on one page."""
        if product.type != "variable" or not product.variations:
            return []
        query = [("type", "variation"), ("parent", str(product.id)), ("per_page", "0")]
        return await self._list(ctx, query, VARIATION)

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        found = await self._by_keys(ctx, keys[:_MOST], CARD)
        return tuple(card(one, self._shop.settings) if one else None for one in found)

    async def _by_keys(
        self, ctx: PublicContext, keys: Sequence[ProductKey], names: Sequence[str]
    ) -> list[wire.Product | None]:
        """A call for ids, one for slugs; SKUs take one and one more for the products whose variations they are."""
        ids = {id for key in keys if (id := number(key.id))}
        slugs = {key.slug for key in keys if key.slug and not key.id and len(key.slug) < _SHORT}
        skus = {key.sku for key in keys if key.sku and not key.id and not key.slug and len(key.sku) < _SHORT}
        parents = await self.skus(ctx, skus) if skus else {}
        ids |= {one.parent or one.id for one in parents.values()}
        ready = sorted(slug for slug in slugs if slug.isascii() and "," not in slug)
        asked = [
            self._some(ctx, "include", [str(id) for id in sorted(ids)], names),
            self._some(ctx, "slug", ready, names),
        ]
        lists = await asyncio.gather(*asked, *(self._one(ctx, slug, names) for slug in sorted(slugs - set(ready))))
        found = [one for each in lists for one in each if one.type != "variation"]
        by_id, by_slug = {one.id: one for one in found}, {slug(one.slug): one for one in found}
        return [
            by_id.get(number(key.id) or 0)
            if key.id
            else by_slug.get(key.slug)
            if key.slug
            else by_id.get((sku.parent or sku.id) if (sku := parents.get(key.sku or "")) else 0)
            for key in keys
        ]

    async def _some(
        self, ctx: PublicContext, name: str, values: Sequence[str], names: Sequence[str]
    ) -> list[wire.Product]:
        if not values:
            return []
        return await self._list(ctx, [(name, ",".join(values)), ("per_page", str(_MOST))], names)

    async def _one(self, ctx: PublicContext, slug: str, names: Sequence[str]) -> list[wire.Product]:
        found = await self._by_slug(ctx, slug, names)
        return [found] if found else []

    async def skus(self, ctx: PublicContext, skus: set[str]) -> dict[str, wire.Sku]:
        """Products and variations by SKU, exactly: WooCommerce does not tell letters' cases apart, and a comma parts."""
        query = [("sku", ",".join(sorted(skus))), ("per_page", str(_MOST)), fields("id", "sku", "type", "parent")]
        found, _ = await self._shop.api.get(ctx, "/products", list[wire.Sku], query=query)
        # A variation without an SKU of its own shows its product's: the product comes first then.
        return {one.sku: one for one in sorted(found, key=lambda one: one.parent == 0) if one.sku in skus}

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        """Ids of variations are found among variations only, so both lists are asked, as far as a key leaves it open."""
        keys = keys[:_MOST]
        ids = [wanted[0] if key.id and (wanted := bought(key.id)) else 0 for key in keys]
        plain_ = {id for id, key in zip(ids, keys, strict=True) if id and key.product_id in (None, str(id))}
        varied = {id for id, key in zip(ids, keys, strict=True) if id and key.product_id != str(id)}
        skus = {key.sku for key in keys if key.sku and not key.id and len(key.sku) < _SHORT}
        query = [("sku", ",".join(sorted(skus))), ("per_page", str(_MOST))]
        lists = await asyncio.gather(
            self._some(ctx, "include", [str(id) for id in sorted(plain_)], _STOCK),
            self._varied(ctx, varied),
            self._list(ctx, query, _STOCK) if skus else _nothing(),
        )
        found = [one for each in lists for one in each if one.is_purchasable]
        by_id, by_sku = {one.id: stock(one) for one in found}, {one.sku: stock(one) for one in found if one.sku in skus}
        return tuple(by_id.get(id) if key.id else by_sku.get(key.sku or "") for id, key in zip(ids, keys, strict=True))

    async def _varied(self, ctx: PublicContext, ids: set[int]) -> list[wire.Product]:
        if not ids:
            return []
        wanted = ",".join(str(id) for id in sorted(ids))
        return await self._list(ctx, [("type", "variation"), ("include", wanted), ("per_page", str(_MOST))], _STOCK)

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        refs = refs[:_MOST]
        goods = [ref for ref in refs if ref.kind == "product"]
        kinds = {ref.kind for ref in refs}
        found, categories, brands = await asyncio.gather(
            self._by_keys(ctx, [ProductKey(id=ref.id, sku=ref.sku) for ref in goods], _LINK),
            tree.categories(self._shop.api, ctx) if "category" in kinds else _none(),
            tree.brands(self._shop.api, ctx) if "brand" in kinds else _none(),
        )
        links: dict[tuple[str, str | None], Link] = {
            (kind, str(one.id)): tree.link(kind, one)  # type: ignore[arg-type]
            for kind, each in (("category", categories), ("brand", brands))
            for one in each
        }
        products = {id(ref): _link(one) for ref, one in zip(goods, found, strict=True) if one and sold(one)}
        return tuple(Located(ref=ref, link=products.get(id(ref)) or links.get((ref.kind, ref.id))) for ref in refs)

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        if kind in ("category", "brand"):
            found = await (tree.categories if kind == "category" else tree.brands)(self._shop.api, ctx)
            return SitemapPage(entries=tuple(SitemapEntry(link=tree.link(kind, one)) for one in found))
        if kind != "product":
            return SitemapPage(entries=())
        page = number(cursor) or 1
        query = [("per_page", str(_SITEMAP)), ("page", str(page)), ("orderby", "id"), ("order", "asc"), fields(*_LINK)]
        products, headers = await self._shop.api.get(ctx, "/products", list[wire.Product], query=query)
        entries = tuple(
            SitemapEntry(link=_link(one), sku=one.sku or None, images=tuple(image(each) for each in one.images[:1]))
            for one in products
            if sold(one)
        )
        more = page * _SITEMAP < (number(headers.get("x-wp-total")) or 0)
        return SitemapPage(entries=entries, next=str(page + 1) if products and more else None)

    async def probe(self) -> str:
        """See `Offer.probe`."""
        ctx = starting(self._first)
        query = [("per_page", "1"), fields("id", "prices")]
        _, headers = await self._shop.api.get(ctx, "/products", list[wire.Priced], query=query)
        return f"WooCommerce at {self._shop.settings.url}: {headers.get('x-wp-total', '?')} products"


def _link(one: wire.Product) -> Link:
    return Link(kind="product", id=str(one.id), slug=slug(one.slug), title=plain(one.name))


async def _none() -> list[wire.Category]:
    return []


async def _nothing() -> list[wire.Product]:
    return []
