"""What Acme sells. Begin with `navigation` and `product`; with `search.listing` the kit can look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bff.ports import (
    Availability,
    Card,
    Category,
    CategoryKind,
    EntityKind,
    Located,
    Navigation,
    Product,
    ProductKey,
    PublicContext,
    Ref,
    Resolved,
    SitemapPage,
    VariantKey,
)

from .api import Api
from .unwritten import NotWritten


class AcmeCatalog:
    """`sku_lookup`: whether `products` finds by SKU, exactly. Say True when it does: a swap keeps old addresses."""

    sku_lookup = False

    def __init__(self, api: Api) -> None:
        self._api = api

    async def probe(self) -> str:
        raise NotWritten("probe", "make the cheapest call that needs the key, and say in one line who answered.")

    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        raise NotWritten("catalog.navigation", "ask for the categories, answer Navigation of CategoryNodes.")

    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        raise NotWritten("catalog.category", "answer the one with this slug, NotFound for any other kind or slug.")

    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        raise NotWritten("catalog.product", "the Product, its options' states for the selection; or NotFound.")

    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        raise NotWritten("catalog.products", "one request for up to 100 keys, a Card or None for each, in their order.")

    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        raise NotWritten("catalog.availability", "one request for up to 100 variants, in their order; None: unknown.")

    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        raise NotWritten("catalog.locate", "where each ref stands in this market and locale, in their order.")

    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        raise NotWritten("catalog.resolve", "what the shop's own paths mean; `return None` where it keeps none.")

    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        raise NotWritten("catalog.sitemap", "every product and category once, page by page, in a stable order.")
