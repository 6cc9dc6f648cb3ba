"""What changed, by asking: Vendure calls nobody (its events stay inside it)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

import msgspec

from bff.ports import Change, ChangePage, ChangeTraits, Deadline, Malformed, NotAllowed, PublicContext, Trace

from . import documents
from .client import Client, Operation
from .places import Place, Places
from .wire import Wire

_LIMIT, _PAGES, _SECONDS = 100, 5, 10.0
_OVERLAP = datetime.timedelta(seconds=10)
"""A change is stamped before it is committed: so far behind the newest one it is looked for again."""
_Kind = Literal["product", "category"]


class _Touched(Wire):
    id: str
    updated_at: datetime.datetime


class _Touches(Wire):
    total_items: int
    items: tuple[_Touched, ...]


class _Both(Wire):
    products: _Touches
    collections: _Touches

    def of(self, kind: _Kind) -> _Touches:
        return self.products if kind == "product" else self.collections


class _Seen(msgspec.Struct, frozen=True):
    """What was there at the last look: how many in all, and when those changed that changed at `floor` or later. `again`:
    what is told once more, as SQLite's stamps are whole seconds and it may have changed twice in one."""

    floor: datetime.datetime | None = None
    total: int = 0
    at: Mapping[str, datetime.datetime] = {}
    again: tuple[str, ...] = ()

    def unknown(self, one: _Touched) -> bool:
        """Whether it was not seen with this stamp."""
        return (self.floor is None or one.updated_at >= self.floor) and self.at.get(one.id) != one.updated_at


_Cursor = Mapping[str, Mapping[_Kind, _Seen]]
"""By the channel's token."""


class VendureChanges:
    """Products and collections of every market's channel by their `updatedAt`, newest first; that there are fewer of
    them than before says that some went or were taken out of the channel. The shop API lists no variants by when they
    changed, and a variant's change does not touch its product: variants, prices and stock are not seen."""

    traits = ChangeTraits(push=False, poll=True, unseen=("variant", "price", "stock"))

    def __init__(self, client: Client, places: Places) -> None:
        self._client, self._places = client, places
        self._touched = Operation("changes", documents.TOUCHED, _Both)

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        raise NotAllowed("Vendure pushes nothing")

    async def poll(self, *, cursor: str | None) -> ChangePage:
        try:
            before = msgspec.json.decode(cursor.encode(), type=_Cursor) if cursor is not None else None
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Malformed("cursor") from None
        found: dict[Change, None] = {}
        now: dict[str, dict[_Kind, _Seen]] = {}
        for market in self._places.markets.values():
            ctx = PublicContext(
                market=market,
                locale=market.default_locale,
                currency=market.currency,
                deadline=Deadline.after(_SECONDS),
                trace=Trace(request_id="changes"),
            )
            place = self._places.of(ctx)
            if place.channel not in now:
                known = None if before is None else before.get(place.channel, {})
                changes, now[place.channel] = await self._channel(ctx, place, known)
                found |= dict.fromkeys(changes)
        return ChangePage(changes=tuple(found), cursor=msgspec.json.encode(now).decode())

    async def _channel(
        self, ctx: PublicContext, place: Place, before: Mapping[_Kind, _Seen] | None
    ) -> tuple[list[Change], dict[_Kind, _Seen]]:
        """What changed in a channel, and what is to be known of it the next time. `before` None: from now on."""
        first = await self._page(ctx, place, 0)
        kinds: tuple[_Kind, ...] = ("product", "category")
        now = {kind: _seen(first.of(kind)) for kind in kinds}
        if before is None:
            return [], now
        for kind in kinds:
            seconds = (one for one in first.of(kind).items if not one.updated_at.microsecond)
            again = tuple(one.id for one in seconds if before.get(kind, _Seen()).unknown(one))
            now[kind] = msgspec.structs.replace(now[kind], again=again)
        news: dict[_Kind, list[Change]] = {kind: [] for kind in kinds}
        open_ = {kind: before.get(kind, _Seen()) for kind in kinds}
        for kind in kinds:
            if now[kind].total < open_[kind].total:
                news[kind] = [Change(kind=kind)]  # which one went is not told
                del open_[kind]
        for number in range(1, _PAGES + 1):
            for kind, seen in list(open_.items()):
                items = first.of(kind).items
                news[kind] += _news(kind, items, seen)
                if len(items) < _LIMIT or (seen.floor is not None and items[-1].updated_at < seen.floor):
                    del open_[kind]
            if not open_:
                break
            if number == _PAGES:
                news |= {kind: [Change(kind=kind)] for kind in open_}  # too many to be told one by one
                break
            first = await self._page(ctx, place, number * _LIMIT)
        return [change for kind in kinds for change in news[kind]], now

    async def _page(self, ctx: PublicContext, place: Place, skip: int) -> _Both:
        return (await self._client.ask(ctx, place, self._touched, {"take": _LIMIT, "skip": skip})).data


def _news(kind: _Kind, items: tuple[_Touched, ...], seen: _Seen) -> list[Change]:
    return [
        Change(kind=kind, id=one.id, at=one.updated_at) for one in items if seen.unknown(one) or one.id in seen.again
    ]


def _seen(page: _Touches) -> _Seen:
    """What the newest page says. Where it is full, older ones may share its last moment: those are told again."""
    if not page.items:
        return _Seen(total=page.total_items)
    floor = page.items[0].updated_at - _OVERLAP
    if len(page.items) == _LIMIT:
        floor = max(floor, page.items[-1].updated_at)
    return _Seen(floor, page.total_items, {one.id: one.updated_at for one in page.items if one.updated_at >= floor})
