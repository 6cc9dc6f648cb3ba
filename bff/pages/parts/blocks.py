"""A body's blocks, with the products they name filled in."""

from __future__ import annotations

from itertools import chain

import msgspec

from bff.ports import Backend, Block, EmbedBlock, ProductKey, ProductsBlock, PublicContext
from bff.rendering.regions import Regions
from bff.web.addresses import Place

from .cards import CardView, card_views

BATCH = 100
"""As many keys as the contract lets one call have."""
BUDGET = 0.3


class BlockView(msgspec.Struct, frozen=True, kw_only=True):
    """A block of a body; `cards` stand in for a products block's keys, `url` is an embed's, if it is on the web."""

    block: Block
    kind: str
    cards: tuple[CardView, ...] = ()
    url: str | None = None


async def blocks(backend: Backend, ctx: PublicContext, place: Place, body: tuple[Block, ...]) -> tuple[BlockView, ...]:
    """A body's blocks with their products filled in. Words do not wait for products, nor fail with them: a block whose
    cards are late or broken stands without them."""
    keys: list[ProductKey] = [key for block in body if isinstance(block, ProductsBlock) for key in block.keys]
    async with Regions() as regions:
        asked = [
            regions.optional("products", backend.catalog.products(ctx, keys=keys[n : n + BATCH]), budget=BUDGET)
            for n in range(0, len(keys), BATCH)
        ]
    cards = chain.from_iterable(task.result().value or (None,) * BATCH for task in asked)
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
