"""WooCommerce's amounts are texts of minor units: "4990" with 2 is 49.90. How many digits is the shop's setting, not the
currency's."""

from __future__ import annotations

import re
from decimal import Decimal

from bff.ports import Malformed, Money, Price, Tax

from . import wire

_WHOLE = re.compile(r"-?\d{1,16}")


def minor(text: str) -> int:
    """Minor units. Raises `Malformed`."""
    if not _WHOLE.fullmatch(text):
        raise Malformed("an amount that is none")
    return int(text)


def money(units: int, digits: int, currency: str) -> Money:
    """An amount from minor units. Raises `Malformed`."""
    if not 0 <= digits <= 6:
        raise Malformed("an amount with odd digits")
    try:
        return Money(Decimal(units).scaleb(-digits), currency)
    except ValueError:
        raise Malformed("an amount out of range") from None


def units(amount: Decimal, digits: int) -> int:
    """Minor units of an amount, what is smaller cut off."""
    return int(amount.scaleb(digits))


def price(found: wire.Prices, tax: Tax) -> Price:
    """A product's price as it is displayed, with the ends over its variations where they differ."""

    def amount(text: str) -> Money:
        return money(minor(text), found.currency_minor_unit, found.currency_code)

    now, before, ends = amount(found.price), amount(found.regular_price), found.price_range
    low, high = (amount(ends.min_amount), amount(ends.max_amount)) if ends else (now, now)
    spread = low.amount < high.amount
    now = low if spread else now
    return Price(
        amount=now,
        compare_at=before if before.amount > now.amount and not spread else None,
        from_=low if spread else None,
        to=high if spread else None,
        tax=tax,
    )
