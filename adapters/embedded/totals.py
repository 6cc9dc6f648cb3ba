"""Sums, and nothing else: what a cart's lines, discounts, delivery, tax and gift cards come to. Every amount is a whole
number of the currency's smallest unit; the parts add up exactly; the order of lines and codes changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from .pricing import quantum, rounded

ZERO = Decimal(0)


class Item(NamedTuple):
    """What is paid for. `rate` is its tax in percent, None where that is not known yet."""

    id: str
    amount: Decimal
    rate: Decimal | None


class Sums(NamedTuple):
    """`tax` is part of `total` where prices do not include it, and shown only where they do. `charges` by gift card."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal | None
    fees: Decimal | None
    tax: Decimal | None
    total: Decimal
    charges: dict[str, Decimal]

    @property
    def gift_cards(self) -> Decimal:
        return sum(self.charges.values(), ZERO)

    @property
    def due(self) -> Decimal:
        return self.total - self.gift_cards


def spread(amount: Decimal, weights: Mapping[str, Decimal], currency: str) -> dict[str, Decimal]:
    """Share an amount in proportion to `weights` (amounts themselves): no share exceeds its weight, all add up to `amount`,
    or to all the weights where those are less."""
    whole = sum(weights.values(), ZERO)
    if whole <= 0 or amount <= 0:
        return {}
    amount, unit = min(amount, whole), quantum(currency)
    exact = {id: amount * weight / whole for id, weight in weights.items()}
    shares = {id: share.quantize(unit, ROUND_FLOOR) for id, share in exact.items()}
    left = int((amount - sum(shares.values(), ZERO)) / unit)
    for id in sorted(exact, key=lambda id: (shares[id] - exact[id], id))[:left]:
        shares[id] += unit
    return {id: share for id, share in shares.items() if share}


def tax(items: Sequence[Item], discounts: Mapping[str, Decimal], currency: str, included: bool) -> Decimal | None:
    """The tax in (`included`) or on the items, rounded once for each rate; None where a rate is not known."""
    by_rate: dict[Decimal, Decimal] = {}
    for item in items:
        if item.rate is None:
            return None
        by_rate[item.rate] = by_rate.get(item.rate, ZERO) + item.amount - discounts.get(item.id, ZERO)
    parts = (amount * rate / (100 + rate if included else 100) for rate, amount in by_rate.items())
    return sum((rounded(part, currency) for part in parts), rounded(ZERO, currency))


def sums(
    currency: str,
    lines: Sequence[Item],
    discounts: Mapping[str, Decimal],
    *,
    shipping: Item | None,
    fees: Item | None,
    included: bool,
    cards: Sequence[tuple[str, Decimal]],
) -> Sums:
    """What all of it comes to. `discounts` by line; `cards` are gift cards with what is on each, the first charged first."""
    nothing = rounded(ZERO, currency)
    subtotal = sum((line.amount for line in lines), nothing)
    discount = sum(discounts.values(), nothing)
    extras = [extra for extra in (shipping, fees) if extra is not None]
    taxed = tax([*lines, *extras], discounts, currency, included)
    total = subtotal - discount + sum((extra.amount for extra in extras), nothing)
    if taxed is not None and not included:
        total += taxed
    charges: dict[str, Decimal] = {}
    left = total
    for card, balance in cards:
        charges[card] = min(balance, left)
        left -= charges[card]
    return Sums(
        subtotal=subtotal,
        discount=discount,
        shipping=shipping.amount if shipping else None,
        fees=fees.amount if fees else None,
        tax=taxed,
        total=total,
        charges=charges,
    )
