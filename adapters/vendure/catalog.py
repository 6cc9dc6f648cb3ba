"""The catalogue: products by slug, id and SKU; collections as categories; a facet's values as brands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
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

from . import documents, shelves
from .client import Client, Operation
from .pictures import image
from .places import Place, Places
from .products import Goods, availability
from .settings import Settings
from .wire import (
    Wire,
    WireBrands,
    WireCollection,
    WireCollections,
    WireEntries,
    WireEntry,
    WireFound,
    WirePlaced,
    WireProduct,
    WireProducts,
    WireValue,
    WireVariants,
    WireVariantStock,
)

LIMIT = 100
"""Keys at a time; also the most Vendure lists at a time, unless its limit was raised."""
PAGE = 100
MOST_VARIANTS = 1_000
"""Variants of one product that are read at all."""


class _Page(Wire):
    product: WireProduct | None


class _Cards(Wire):
    products: WireProducts


class _Shelf(Wire):
    collection: WireCollection | None


class _Brands(Wire):
    facets: WireBrands


class _Navigation(Wire):
    collections: WireCollections
    facets: WireBrands


class _More(Wire):
    collections: WireCollections


class _StockPage(Wire):
    items: tuple[WireVariantStock, ...]


class _StockItem(Wire):
    first: _StockPage
    second: _StockPage


class _StockItems(Wire):
    items: tuple[_StockItem, ...]


class _Stock(Wire):
    products: _StockItems


class _Entries(Wire):
    entries: WireEntries


class _Looked(WireFound):
    """A product, or what a search for a SKU found."""

    id: str | None = None


class VendureCatalog:
    """See the port. SKUs are found by the search plugin and compared exactly."""

    sku_lookup = True

    def __init__(self, client: Client, places: Places, settings: Settings) -> None:
        self._client, self._places, self._settings = client, places, settings
        self._goods = Goods(settings)
        self._page = Operation("product", documents.page(settings.swatch_field), _Page)
        self._cards = Operation("products", documents.cards(settings.swatch_field), _Cards)
        self._shelf = Operation("collection", documents.COLLECTION, _Shelf)
        self._brands = Operation("brands", documents.BRANDS, _Brands)
        self._navigation = Operation("navigation", documents.NAVIGATION, _Navigation)
        self._more = Operation("collections", documents.MORE_COLLECTIONS, _More)
        self._stock = Operation("availability", documents.STOCK, _Stock)
        self._entries = {
            "product": Operation("sitemap of products", documents.PRODUCT_ENTRIES, _Entries),
            "category": Operation("sitemap of collections", documents.COLLECTION_ENTRIES, _Entries),
        }

    # ---------------------------------------------------------------- pages

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        place = self._places.of(ctx)
        found = (await self._client.ask(ctx, place, self._page, {"slug": slug})).data.product if slug else None
        if found is None or not found.variants:
            raise NotFound("no such product here")
        (found,) = await self._completed(ctx, place, [found])
        return self._goods.product(place, found, selection or {})

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        place = self._places.of(ctx)
        if kind == "brand":
            brand = next((value for value in await self._all_brands(ctx, place) if value.code == slug), None)
            if brand is None:
                raise NotFound("no such brand")
            return Category(kind="brand", id=brand.id, slug=brand.code, title=brand.name, locale=place.locale)
        found = (await self._client.ask(ctx, place, self._shelf, {"slug": slug})).data.collection if slug else None
        if found is None or shelves.kind(found.breadcrumbs, self._settings.campaigns) != kind:
            raise NotFound(f"no such {kind}")
        picture = found.featured_asset
        return Category(
            kind=kind,
            id=found.id,
            slug=found.slug,
            title=found.name,
            description=Html(found.description) if found.description.strip() else None,
            image=image(picture, found.name, transforms=self._settings.image_transforms) if picture else None,
            breadcrumbs=shelves.way(kind, found.breadcrumbs, found.id),
            children=shelves.children(kind, found.children or ()),
            seo=Seo(),
            locale=place.spoken(found.language_code),
        )

    async def _all_brands(self, ctx: PublicContext, place: Place) -> list[WireValue]:
        if not self._settings.brand_facet:
            return []
        told = await self._client.ask(ctx, place, self._brands, {"facet": self._settings.brand_facet})
        return [value for facet in told.data.facets.items for value in facet.values]

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        place = self._places.of(ctx)
        told = (await self._client.ask(ctx, place, self._navigation, {"facet": self._settings.brand_facet})).data
        found = list(told.collections.items)
        while len(found) < told.collections.total_items:
            more = await self._client.ask(ctx, place, self._more, {"skip": len(found)})
            if not more.data.collections.items:
                break
            found += more.data.collections.items
        brands = [value for facet in told.facets.items for value in facet.values]
        return shelves.navigation(found, brands, self._settings)

    # ---------------------------------------------------------------- many at once

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        _few(keys)
        place = self._places.of(ctx)
        ids = await self._ids(ctx, place, keys)
        cards = await self.cards(ctx, place, [id for id in ids if id])
        return tuple(cards.get(id) if id else None for id in ids)

    async def cards(self, ctx: PublicContext, place: Place, ids: Iterable[str]) -> dict[str, Card]:
        """Cards by product id, in one call."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        told = await self._client.ask(ctx, place, self._cards, {"ids": wanted, "take": len(wanted)})
        found = await self._completed(ctx, place, told.data.products.items)
        cards = ((each.id, self._goods.card(place, each)) for each in found)
        return {id: card for id, card in cards if card is not None}

    async def _completed(self, ctx: PublicContext, place: Place, products: Sequence[WireProduct]) -> list[WireProduct]:
        """The products with all their variants: where some have more than Vendure lists, one more call for the rest."""
        short = {
            each.id: min(each.variant_list.total_items, MOST_VARIANTS)
            for each in products
            if each.variant_list.total_items > len(each.variants)
        }
        if not short:
            return list(products)
        operation = Operation(
            "variants", documents.rest(self._settings.swatch_field, short), dict[str, dict[str, WireVariants]]
        )
        told = await self._client.ask(ctx, place, operation, {f"p{at}": id for at, id in enumerate(short)})
        more = {id: told.data.get(f"p{at}", {}) for at, id in enumerate(short)}
        return [
            msgspec.structs.replace(
                each,
                variant_list=WireVariants(
                    (*each.variants, *(one for page in more.get(each.id, {}).values() for one in page.items)),
                    each.variant_list.total_items,
                ),
            )
            for each in products
        ]

    async def _ids(self, ctx: PublicContext, place: Place, keys: Sequence[ProductKey]) -> list[str | None]:
        """The product's id for each key. Slugs and SKUs are looked up together, in one call."""
        open_ = [key for key in keys if key.id is None and (key.sku or key.slug)]
        found = await self._looked_up(ctx, place, open_)
        return [key.id or found.get(key) for key in keys]

    async def _looked_up(self, ctx: PublicContext, place: Place, keys: Sequence[ProductKey]) -> dict[ProductKey, str]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        asked = {
            f"k{at}": documents.SLUG.format(name=f"$k{at}") if key.slug else documents.SKU.format(name=f"$k{at}")
            for at, key in enumerate(wanted)
        }
        values = {f"k{at}": key.slug or key.sku for at, key in enumerate(wanted)}
        document = (
            f"query Keys({' '.join(f'${name}: String!' for name in asked)}) "
            f"{{ {' '.join(f'{name}: {part}' for name, part in asked.items())} }}"
        )
        told = await self._client.ask(ctx, place, Operation("keys", document, dict[str, _Looked | None]), values)
        found: dict[ProductKey, str] = {}
        for at, key in enumerate(wanted):
            here = told.data.get(f"k{at}")
            if here is None:
                continue
            id = here.id or next((hit.product_id for hit in here.items if hit.sku == key.sku), None)
            if id:
                found[key] = id
        return found

    async def variants_of(self, ctx: PublicContext, place: Place, keys: Sequence[VariantKey]) -> list[str | None]:
        """The variant's id for each key: its own, else by SKU."""
        skus = list(dict.fromkeys(key.sku for key in keys if key.id is None and key.sku))
        found: dict[str, str] = {}
        if skus:
            asked = " ".join(f"k{at}: {documents.SKU.format(name=f'$k{at}')}" for at in range(len(skus)))
            document = f"query Skus({' '.join(f'$k{at}: String!' for at in range(len(skus)))}) {{ {asked} }}"
            operation = Operation("skus", document, dict[str, WireFound])
            told = await self._client.ask(ctx, place, operation, {f"k{at}": sku for at, sku in enumerate(skus)})
            for at, sku in enumerate(skus):
                hits = told.data.get(f"k{at}", WireFound()).items
                exact = next((hit for hit in hits if hit.sku == sku), None)
                if exact is not None:
                    found[sku] = exact.product_variant_id
        return [key.id or found.get(key.sku or "") for key in keys]

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        """Vendure tells a variant's stock with its product only, so keys by SKU alone cost a second call."""
        _few(keys)
        place = self._places.of(ctx)
        bare = [key for key in keys if key.product_id is None]
        ids = await self._ids(ctx, place, [ProductKey(sku=key.sku) for key in bare]) if bare else []
        products = {key.product_id for key in keys if key.product_id} | {id for id in ids if id}
        if not products:
            return tuple(None for _ in keys)
        told = await self._client.ask(ctx, place, self._stock, {"ids": sorted(products), "take": len(products)})
        levels: dict[str, str] = {}
        for item in told.data.products.items:
            for one in (*item.first.items, *item.second.items):
                levels |= {f"id:{one.id}": one.stock_level, f"sku:{one.sku}": one.stock_level}
        named = [f"id:{key.id}" if key.id else f"sku:{key.sku}" for key in keys]
        return tuple(availability(levels[name]) if name in levels else None for name in named)

    # ---------------------------------------------------------------- addresses

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        """Vendure keeps no addresses of its own and no redirects."""
        return None

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        place = self._places.of(ctx)
        skus = [ProductKey(sku=ref.sku) for ref in refs if ref.kind == "product" and ref.id is None and ref.sku]
        by_sku = await self._looked_up(ctx, place, skus)
        ids = [ref.id or by_sku.get(ProductKey(sku=ref.sku)) for ref in refs]
        parts = {
            f"r{at}": shelves.LOCATE[ref.kind].format(name=f"$r{at}")
            for at, (ref, id) in enumerate(zip(refs, ids, strict=True))
            if id and ref.kind in shelves.LOCATE
        }
        links: dict[int, Link] = {}
        if any(ref.kind == "brand" for ref in refs):
            values = {value.id: value for value in await self._all_brands(ctx, place)}
            links = {
                at: shelves.brand(values[id]) for at, id in enumerate(ids) if id in values and refs[at].kind == "brand"
            }
        if not parts:
            return tuple(Located(ref=ref, link=links.get(at)) for at, ref in enumerate(refs))
        document = (
            f"query Locate({' '.join(f'${name}: ID!' for name in parts)}) "
            f"{{ {' '.join(f'{name}: {part}' for name, part in parts.items())} }}"
        )
        asked: dict[str, str | None] = {f"r{at}": ids[at] for at in range(len(refs)) if f"r{at}" in parts}
        operation = Operation("locate", document, dict[str, WirePlaced | None])
        told = (await self._client.ask(ctx, place, operation, asked)).data
        return tuple(
            Located(ref=ref, link=links.get(at) or shelves.located(ref.kind, told.get(f"r{at}"), self._settings))
            for at, ref in enumerate(refs)
        )

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        place = self._places.of(ctx)
        if kind == "brand":
            brands = await self._all_brands(ctx, place)
            return SitemapPage(entries=tuple(SitemapEntry(link=shelves.brand(value)) for value in brands))
        operation = self._entries.get("category" if kind == "collection" else kind)
        if operation is None:
            return SitemapPage(entries=())
        skip = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else 0
        told = (await self._client.ask(ctx, place, operation, {"take": PAGE, "skip": skip})).data.entries
        end = skip + len(told.items)
        entries = tuple(entry for one in told.items if (entry := self._entry(kind, one)) is not None)
        return SitemapPage(entries=entries, next=str(end) if told.items and end < told.total_items else None)

    def _entry(self, kind: EntityKind, one: WireEntry) -> SitemapEntry | None:
        if kind != "product" and shelves.kind(one.breadcrumbs, self._settings.campaigns) != kind:
            return None
        picture = one.featured_asset
        images = (image(picture, one.name, transforms=self._settings.image_transforms),) if picture else ()
        return SitemapEntry(link=shelves.link(kind, one), updated=one.updated_at, images=images)


def _few(keys: Sequence[object]) -> None:
    if len(keys) > LIMIT:
        raise InvalidInput({"keys": f"at most {LIMIT} at a time"})
