"""A product as a card."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from cachetools import LRUCache

from bff.ports import (
    AvailabilityState,
    Backend,
    Card,
    Image,
    ListingQuery,
    OptionValue,
    PublicContext,
    Rating,
    VariantKey,
)
from bff.web.addresses import Place

from .prices import PriceView, price_view
from .ratings import shown_rating

MAX_SWATCHES = 5


class CardView(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One card, one link. `badges`: message keys under `badge.` (sale, new …), `left` the pieces of a low stock.
    `more_swatches`: how many values are not drawn. `choices`: how many variants there are to choose from. `add`: where a
    form puts `variant` into the bag, where there is nothing to choose; for templates that know there is a bag."""

    id: str
    url: str
    title: str
    price: PriceView
    state: AvailabilityState
    images: tuple[Image, ...]
    sku: str | None = None
    summary: str | None = None
    brand: str | None = None
    rating: Rating | None = None
    swatches: tuple[OptionValue, ...] = ()
    more_swatches: int = 0
    choices: int | None = None
    left: int | None = None
    badges: tuple[str, ...] = ()
    buyable: bool = True
    add: str | None = None
    variant: VariantKey | None = None


_views: LRUCache[tuple[str, int], tuple[Card, CardView]] = LRUCache(4_000)


def card_view(place: Place, card: Card) -> CardView:
    """The card in a place. The very same card gives the very same view, whose hash is known where it is rendered."""
    key = (place.path, id(card))
    found = _views.get(key)
    if found is None or found[0] is not card:
        found = _views[key] = (card, _card_view(place, card))
    return found[1]


def _card_view(place: Place, card: Card) -> CardView:
    price = price_view(card.price)
    badges = tuple(badge for badge in card.badges if badge != "sale")
    availability = card.availability
    return CardView(
        id=card.id,
        url=place.entity("product", card.slug),
        title=card.title,
        price=price,
        state=availability.state,
        images=tuple(media.image for media in card.media[:3]),
        sku=card.sku,
        summary=card.summary,
        brand=card.brand,
        rating=shown_rating(card.rating),
        swatches=card.swatches[:MAX_SWATCHES],
        more_swatches=max(0, len(card.swatches) - MAX_SWATCHES),
        choices=card.choices,
        left=_left(availability.quantity) if availability.state == "low_stock" else None,
        badges=(*(("sale",) if price.was or "sale" in card.badges else ()), *badges),
        buyable=availability.buyable,
        add=place.marked("cart/lines") if card.variant and availability.buyable else None,
        variant=card.variant,
    )


def card_views(place: Place, cards: Iterable[Card]) -> tuple[CardView, ...]:
    return tuple(card_view(place, card) for card in cards)


async def favourites(backend: Backend, ctx: PublicContext, place: Place, count: int) -> tuple[CardView, ...]:
    """The first `count` products of the whole shop in its usual order, for pages that have nothing else to show."""
    listing = await backend.search.listing(ctx, query=ListingQuery(size=count))
    return card_views(place, (hit.card for hit in listing.hits if hit.card))


def _left(quantity: int | Decimal | None) -> int | None:
    return int(quantity) if quantity is not None and quantity > 0 else None
