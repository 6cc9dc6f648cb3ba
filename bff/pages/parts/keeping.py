"""What shoppers keep on lists, by SKU: as pages show it, and the list the heart puts things on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from bff.ports import (
    Availability,
    Backend,
    Card,
    InvalidInput,
    NotFound,
    Problem,
    ProductKey,
    PublicContext,
    VariantKey,
    Wishlist,
    WishlistItem,
    Wishlists,
)
from bff.web.addresses import Place
from bff.web.visit import Visit

from .account import words
from .cards import CardView, card_view

BATCH = 100
MOST_SKU = 100
ONE = Decimal(1)


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """A thing on a list. `state` gone: nothing of this SKU is sold here (any more), there is no card then. `choose`: the
    product has variants of which none was kept; `buyable`: this very thing, `variant`, can be put into the bag."""

    sku: str
    state: Literal["here", "sold_out", "gone"]
    card: CardView | None = None
    left: int | None = None
    choose: bool = False
    buyable: bool = False
    variant: VariantKey | None = None
    quantity: Decimal = ONE
    note: str | None = None


def port(visit: Visit) -> Wishlists:
    """The lists. Raises `NotFound` where the backend has none."""
    if visit.store.backend.wishlists is None:
        raise NotFound("no wishlists port")
    return visit.store.backend.wishlists


def sku(text: str | None) -> str:
    """A SKU a form brought. Raises `InvalidInput` for what is none."""
    plain = (text or "").strip()
    if not plain or len(plain) > MOST_SKU or not plain.isprintable():
        raise InvalidInput({"sku": "is none"})
    return plain


def number(text: str | None) -> Decimal:
    """How many of a thing a form or an address means; one, where it says nothing that makes sense."""
    plain = text or ""
    return Decimal(plain) if plain.isascii() and plain.isdigit() and 0 < len(plain) <= 4 and int(plain) else ONE


def fell_short(problem: Problem) -> bool:
    """Whether less came into the bag than was meant."""
    return problem.severity == "error" or problem.code == "quantity_reduced"


async def first_list(visit: Visit, lists: Sequence[Wishlist]) -> Wishlist:
    """The list the heart means: the first there is, or a new one."""
    return lists[0] if lists else await port(visit).create(visit.visitor(), name=words(visit, "wishlist.first"))


async def kept_views(
    backend: Backend, ctx: PublicContext, place: Place, items: Sequence[WishlistItem]
) -> tuple[KeptView, ...]:
    """The things with their cards and what can be had of them now."""
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    found = await asyncio.gather(*(_batch(backend, ctx, place, batch) for batch in batches))
    return tuple(view for batch in found for view in batch)


async def _batch(backend: Backend, ctx: PublicContext, place: Place, items: Sequence[WishlistItem]) -> list[KeptView]:
    cards, stock = await asyncio.gather(
        backend.catalog.products(ctx, keys=[ProductKey(sku=item.sku) for item in items]),
        backend.catalog.availability(ctx, keys=[VariantKey(sku=item.sku) for item in items]),
    )
    return [_view(place, item, card, own) for item, card, own in zip(items, cards, stock, strict=True)]


def _view(place: Place, item: WishlistItem, card: Card | None, own: Availability | None) -> KeptView:
    if card is None or (own or card.availability).state == "discontinued":
        return KeptView(sku=item.sku, state="gone", note=item.note)
    known = own or card.availability
    choose = own is None and card.variant is None
    return KeptView(
        sku=item.sku,
        state="here" if known.buyable else "sold_out",
        card=card_view(place, card),
        left=known.quantity if known.state == "low_stock" else None,
        choose=choose,
        buyable=known.buyable and not choose,
        variant=card.variant if own is None else VariantKey(product_id=card.id, sku=item.sku),
        quantity=item.quantity,
        note=item.note,
    )


async def variant_of(visit: Visit, wanted: str) -> VariantKey | None:
    """The variant behind a SKU; None where there is still something to choose. Raises `NotFound` for an unknown one."""
    catalog, ctx = visit.store.backend.catalog, visit.ctx
    (card,), (own,) = await asyncio.gather(
        catalog.products(ctx, keys=[ProductKey(sku=wanted)]), catalog.availability(ctx, keys=[VariantKey(sku=wanted)])
    )
    if card is None:
        raise NotFound("no such SKU")
    return VariantKey(product_id=card.id, sku=wanted) if own is not None else card.variant
