"""A price as a page shows it: every comparison is made here, none in a template."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from bff.ports import Money, Price, PriceTier, Tax, UnitPrice


class PriceView(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is what one piece costs; `from_now`: it is the lowest of several. `was` and `saving` (whole per cent) stand
    only where the price is one price and was higher."""

    now: Money
    from_now: bool = False
    was: Money | None = None
    saving: int | None = None
    unit: UnitPrice | None = None
    tiers: tuple[PriceTier, ...] = ()
    tax: Tax = "unknown"
    free: bool = False


def price_view(price: Price) -> PriceView:
    """Read the states of a price: a range never stands beside a struck price."""
    ranged = price.from_ is not None and price.to is not None and price.from_ != price.to
    was = price.compare_at
    if ranged or was is None or was.currency != price.amount.currency or was.amount <= price.amount.amount:
        was = None
    return PriceView(
        now=price.from_ if ranged and price.from_ else price.amount,
        from_now=ranged,
        was=was,
        saving=_saving(price.amount, was) if was else None,
        unit=price.unit,
        tiers=price.tiers,
        tax=price.tax,
        free=not ranged and price.amount.amount == 0,
    )


def _saving(now: Money, was: Money) -> int | None:
    if was.amount <= 0 or now.amount < 0:
        return None
    share = (was.amount - now.amount) / was.amount * 100
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP)) or None
