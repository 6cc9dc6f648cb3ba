"""Keys that cross ports. Ids are opaque and belong to one backend; SKUs and slugs are how another backend finds the
same thing, so calls pass keys and an adapter uses the part it knows."""

from __future__ import annotations

from typing import Literal

import msgspec

EntityKind = Literal["product", "category", "collection", "brand", "page", "article"]


class ProductKey(msgspec.Struct, frozen=True, kw_only=True):
    """A product: at least one part is given."""

    id: str | None = None
    sku: str | None = None
    slug: str | None = None


class VariantKey(msgspec.Struct, frozen=True, kw_only=True):
    """A variant: `id` for its own backend, `sku` for every other."""

    id: str | None = None
    product_id: str | None = None
    sku: str | None = None


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """Something a link can point at, by the backend's own id or, for another backend, by `sku` (products only)."""

    kind: EntityKind
    id: str | None = None
    sku: str | None = None
