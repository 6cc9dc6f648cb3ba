"""Medusa counts in major units and does not round: 21.666666666666668. What is shown and compared is whole cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

from bff.ports import Malformed, Market, Money, Price, Tax

from . import wire

_WITHOUT = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def money(amount: Decimal, currency: str) -> Money:
    """An amount, rounded to the currency's smallest unit. Raises `Malformed` for what is no amount."""
    code = currency.upper()
    unit = Decimal(1) if code in _WITHOUT else Decimal("0.001") if code in _THREE else Decimal("0.01")
    try:
        return Money(amount.quantize(unit, ROUND_HALF_UP), code)
    except (InvalidOperation, ValueError):
        raise Malformed("an amount out of range") from None


class Shown(NamedTuple):
    """A variant's price in the market's wording: now, before, and whether tax is in it."""

    now: Decimal
    before: Decimal | None
    tax: Tax


def shown(amounts: wire.Amounts | None, market: Market) -> Shown | None:
    """The price as the market words it; None where there is none in its currency: it is not sold there."""
    if amounts is None or amounts.calculated_amount is None:
        return None
    if amounts.currency_code is not None and amounts.currency_code.upper() != market.currency:
        return None
    if market.tax == "included" and amounts.calculated_amount_with_tax is not None:
        return Shown(amounts.calculated_amount_with_tax, amounts.original_amount_with_tax, "included")
    if market.tax == "excluded" and amounts.calculated_amount_without_tax is not None:
        return Shown(amounts.calculated_amount_without_tax, amounts.original_amount_without_tax, "excluded")
    flag = amounts.is_calculated_price_tax_inclusive
    tax: Tax = "unknown" if flag is None else "included" if flag else "excluded"
    return Shown(amounts.calculated_amount, amounts.original_amount, tax)


def price(found: Shown, market: Market) -> Price:
    """One variant's price."""
    now = money(found.now, market.currency)
    before = None if found.before is None else money(found.before, market.currency)
    return Price(amount=now, compare_at=before if before and before.amount > now.amount else None, tax=found.tax)


def price_range(found: list[Shown], market: Market) -> Price:
    """A product's price over its variants: the lowest, and the ends where they differ."""
    lowest = price(min(found, key=lambda one: one.now), market)
    highest = price(max(found, key=lambda one: one.now), market)
    if lowest.amount == highest.amount:
        return lowest
    return Price(
        amount=lowest.amount,
        compare_at=lowest.compare_at,
        from_=lowest.amount,
        to=highest.amount,
        tax=lowest.tax,
    )
