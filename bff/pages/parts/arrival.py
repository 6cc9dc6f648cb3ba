"""How a product would come, and when."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec

from bff.ports import Backend, Money, NotFound, Product, PublicContext, Variant, VariantKey
from bff.web.addresses import Place


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A way to receive it, to the market's own country."""

    name: str
    kind: str
    cost: Money | None
    free_from: Money | None
    earliest: datetime.date | None
    latest: datetime.date | None


async def delivery_lines(
    backend: Backend, ctx: PublicContext, place: Place, product: Product
) -> tuple[DeliveryLine, ...]:
    """To the market's country, for one piece of what is chosen (or of the first variant that can be had)."""
    if backend.delivery is None:
        raise NotFound("no delivery port")
    variant = product.selected or _first_buyable(product)
    if variant is None:
        return ()
    key = VariantKey(id=variant.id, product_id=product.id, sku=variant.sku)
    options = await backend.delivery.estimate(ctx, lines=[(key, Decimal(1))], country=place.market.country)
    return tuple(
        DeliveryLine(
            name=option.name,
            kind=option.kind,
            cost=option.cost,
            free_from=option.free_from,
            earliest=option.earliest,
            latest=option.latest,
        )
        for option in options
    )


def _first_buyable(product: Product) -> Variant | None:
    return next((variant for variant in product.variants or () if variant.availability.buyable), None)
