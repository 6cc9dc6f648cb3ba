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

_LIMIT, _PAGES, _SECONDS = 200, 5, 10.0
_OVERLAP = datetime.timedelta(seconds=10)
"""A change is stamped before it is committed: so far behind the newest one it is looked for again."""
_Kind = Literal["product", "category"]


class _Seen(msgspec.Struct, frozen=True):
    """What was there at the last look: how many in all, and when those changed that changed at `floor` or later."""

    floor: datetime.datetime | None = None
    total: int = 0
    at: Mapping[str, datetime.datetime] = {}


class _Cursor(msgspec.Struct, frozen=True):
    product: _Seen
    category: _Seen


class MedusaChanges:
    """Products and categories by their `updated_at`, newest first; that there are fewer of them than before says that some
    went. Prices and stock do not touch `updated_at`."""

    traits = ChangeTraits(push=False, poll=True, unseen=("variant", "price", "stock"))

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        raise NotAllowed("Medusa pushes nothing")

    async def poll(self, *, cursor: str | None) -> ChangePage:
        try:
            before = msgspec.json.decode(cursor.encode(), type=_Cursor) if cursor is not None else None
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Malformed("cursor") from None
        products, product = await self._since("product", before.product if before else None)
        categories, category = await self._since("category", before.category if before else None)
        now = _Cursor(product=product, category=category)
        return ChangePage(changes=(*products, *categories), cursor=msgspec.json.encode(now).decode())

    async def _since(self, kind: _Kind, before: _Seen | None) -> tuple[list[Change], _Seen]:
        ctx = self._context()
        page, total = await self._list(ctx, kind, 0)
        seen = _seen(page, total)
        if before is None:
            return [], seen
        if total < before.total:
            return [Change(kind=kind)], seen  # which one went is not told
        news: list[Change] = []
        for number in range(1, _PAGES + 1):
            news += [
                Change(kind=kind, id=one.id, at=one.updated_at)
                for one in page
                if (before.floor is None or one.updated_at >= before.floor) and before.at.get(one.id) != one.updated_at
            ]
            if len(page) < _LIMIT or (before.floor is not None and page[-1].updated_at < before.floor):
                return news, seen
            page, _ = await self._list(ctx, kind, number * _LIMIT)
        return [Change(kind=kind)], seen  # too many to be told one by one

    def _context(self) -> PublicContext:
        ctx = starting(next(iter(self._shop.markets.values())))
        return msgspec.structs.replace(ctx, deadline=Deadline.after(_SECONDS))

    async def _list(self, ctx: PublicContext, kind: _Kind, offset: int) -> tuple[Sequence[wire.Touched], int]:
        asked = [("order", "-updated_at"), ("limit", str(_LIMIT)), fields("id", "updated_at")]
        if offset:
            asked.append(("offset", str(offset)))
        if kind == "product":
            products = await self._shop.api.get(ctx, "/store/products", wire.TouchedProducts, query=asked)
            return products.products, products.count
        path = "/store/product-categories"
        categories = await self._shop.api.get(ctx, path, wire.TouchedCategories, query=asked)
        return categories.product_categories, categories.count


def _seen(page: Sequence[wire.Touched], total: int) -> _Seen:
    """What the newest page says. Where it is full, older ones may share its last moment: those are told again."""
    if not page:
        return _Seen(total=total)
    floor = page[0].updated_at - _OVERLAP
    if len(page) == _LIMIT:
        floor = max(floor, page[-1].updated_at)
    return _Seen(floor, total, {one.id: one.updated_at for one in page if one.updated_at >= floor})
