"""A product as a card."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from bff.ports import AvailabilityState, Card, Image, OptionValue, Rating
from bff.web.addresses import Place

from .prices import PriceView, price_view
from .ratings import shown_rating

MAX_SWATCHES = 5


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """One card, one link. `badges`: message keys under `badge.` (sale, new …), `left` the pieces of a low stock.
    `more_swatches`: how many values are not drawn. `choices`: how many variants there are to choose from."""

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


def card_view(place: Place, card: Card) -> CardView:
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
    )


def card_views(place: Place, cards: Iterable[Card]) -> tuple[CardView, ...]:
    return tuple(card_view(place, card) for card in cards)


def _left(quantity: int | Decimal | None) -> int | None:
    return int(quantity) if quantity is not None and quantity > 0 else None
