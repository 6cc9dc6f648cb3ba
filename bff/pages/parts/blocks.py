"""A body's blocks, with the products they name filled in."""

from __future__ import annotations

import msgspec

from bff.ports import Backend, Block, EmbedBlock, ProductKey, ProductsBlock, PublicContext
from bff.web.addresses import Place

from .cards import CardView, card_views


class BlockView(msgspec.Struct, frozen=True, kw_only=True):
    """A block of a body; `cards` stand in for a products block's keys, `url` is an embed's, if it is on the web."""

    block: Block
    kind: str
    cards: tuple[CardView, ...] = ()
    url: str | None = None


async def blocks(backend: Backend, ctx: PublicContext, place: Place, body: tuple[Block, ...]) -> tuple[BlockView, ...]:
    """A body's blocks with their products filled in, in one call."""
    keys: list[ProductKey] = [key for block in body if isinstance(block, ProductsBlock) for key in block.keys]
    cards = iter(await backend.catalog.products(ctx, keys=keys[:100]) if keys else ())
    views: list[BlockView] = []
    for block in body:
        kind = type(block).__name__.removesuffix("Block").lower()
        shown: tuple[CardView, ...] = ()
        if isinstance(block, ProductsBlock):
            found = [next(cards, None) for _ in block.keys]
            shown = card_views(place, (card for card in found if card))
        foreign = block.url if isinstance(block, EmbedBlock) and block.url.startswith(("https://", "http://")) else None
        views.append(BlockView(block=block, kind=kind, cards=shown, url=foreign))
    return tuple(views)
