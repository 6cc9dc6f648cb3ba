"""What changed, by asking: Medusa calls nobody (its subscribers run inside it)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from bff.ports import Change, ChangePage, ChangeTraits, Deadline, Malformed, NotAllowed, PublicContext

from . import wire
from .shop import Shop, starting
from .transport import fields

_LIMIT, _SECONDS = 200, 10.0
_Kind = Literal["product", "category"]


class MedusaChanges:
    """Products and categories by their `updated_at`. Prices, stock and deletions do not touch it: those are as old as the
    gateway's cache lets them be."""

    traits = ChangeTraits(push=False, poll=True)

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        raise NotAllowed("Medusa pushes nothing")

    async def poll(self, *, cursor: str | None) -> ChangePage:
        """A cursor holds a moment for products and one for categories, each with the ids seen at it: several things may
        change in one millisecond."""
        ctx = self._context()
        if cursor is None:
            product, category = await self._newest(ctx, "product"), await self._newest(ctx, "category")
            return ChangePage(changes=(), cursor=f"{product};{category}")
        parts = cursor.split(";")
        if len(parts) != 2:
            raise Malformed("cursor")
        products, product = await self._since(ctx, "product", parts[0])
        categories, category = await self._since(ctx, "category", parts[1])
        return ChangePage(changes=(*products, *categories), cursor=f"{product};{category}")

    def _context(self) -> PublicContext:
        ctx = starting(next(iter(self._shop.markets.values())))
        return msgspec.structs.replace(ctx, deadline=Deadline.after(_SECONDS))

    async def _list(self, ctx: PublicContext, kind: _Kind, query: Sequence[tuple[str, str]]) -> list[wire.Touched]:
        asked = [*query, fields("id", "updated_at")]
        if kind == "product":
            return (await self._shop.api.get(ctx, "/store/products", wire.TouchedProducts, query=asked)).products
        path = "/store/product-categories"
        return (await self._shop.api.get(ctx, path, wire.TouchedCategories, query=asked)).product_categories

    async def _newest(self, ctx: PublicContext, kind: _Kind) -> str:
        found = await self._list(ctx, kind, [("order", "-updated_at"), ("limit", str(_LIMIT))])
        return _cursor(found, "")

    async def _since(self, ctx: PublicContext, kind: _Kind, cursor: str) -> tuple[list[Change], str]:
        moment, _, ids = cursor.partition("|")
        seen = set(ids.split(",")) if ids else set()
        query = [("order", "updated_at"), ("limit", str(_LIMIT + len(seen)))]
        if moment:
            query.append(("updated_at[$gte]", moment))
        found = await self._list(ctx, kind, query)
        news = [one for one in found if not (one.id in seen and _text(one.updated_at) == moment)]
        return [Change(kind=kind, id=one.id, at=one.updated_at) for one in news], _cursor(found, cursor)


def _cursor(found: Sequence[wire.Touched], before: str) -> str:
    """The latest moment among what was found, with the ids that changed at it."""
    if not found:
        return before
    latest = max(one.updated_at for one in found)
    return f"{_text(latest)}|{','.join(sorted(one.id for one in found if one.updated_at == latest))}"


def _text(moment: datetime.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
