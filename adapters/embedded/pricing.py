"""Prices: the market's list, quantity tiers, plans, unit prices. Decimal throughout, rounded half up to the currency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from bff.ports import Money, Price, PriceTier, UnitPrice

from .documents import Amounts, MeasureDoc, TierDoc
from .reading import Reading

_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def quantum(currency: str) -> Decimal:
    """The smallest amount of a currency."""
    if currency in _NO_DECIMALS:
        return Decimal(1)
    return Decimal("0.001") if currency in _THREE_DECIMALS else Decimal("0.01")


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(quantum(currency), ROUND_HALF_UP)


def less(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    return rounded(amount * (100 - percent) / 100, currency)


def at_quantity(amount: Decimal, tiers: Sequence[TierDoc], quantity: Decimal, currency: str) -> Decimal:
    """What one piece costs when `quantity` are bought."""
    reached = [tier for tier in tiers if tier.minimum <= quantity]
    return less(amount, max(reached, key=lambda tier: tier.minimum).percent, currency) if reached else amount


def surcharge(r: Reading, amounts: Amounts) -> Money | None:
    """What an input adds in the market's list; None where it adds nothing."""
    amount = amounts.get(r.price_list)
    return None if not amount else Money(amount, r.currency)


def unit_price(r: Reading, amount: Decimal, measure: MeasureDoc | None) -> UnitPrice | None:
    """The price per reference quantity, in markets that ask for it."""
    if measure is None or not r.market.unit_prices or measure.amount <= 0:
        return None
    per = rounded(amount * measure.reference / measure.amount, r.currency)
    return UnitPrice(Money(per, r.currency), measure.reference, measure.unit)


def price(
    r: Reading,
    amount: Decimal,
    compare_at: Decimal | None,
    *,
    tiers: Sequence[TierDoc] = (),
    measure: MeasureDoc | None = None,
) -> Price:
    """The price of one variant."""
    currency = r.currency
    return Price(
        amount=Money(amount, currency),
        compare_at=Money(compare_at, currency) if compare_at is not None and compare_at > amount else None,
        unit=unit_price(r, amount, measure),
        tiers=tuple(
            PriceTier(tier.minimum, Money(less(amount, tier.percent, currency), currency))
            for tier in sorted(tiers, key=lambda tier: tier.minimum)
        ),
        tax=r.market.tax,
    )


def price_range(
    r: Reading,
    priced: Sequence[tuple[Decimal, Decimal | None, MeasureDoc | None]],
    tiers: Sequence[TierDoc] = (),
) -> Price:
    """The price of several variants (amount, earlier price, measure): the lowest, and the ends where they differ."""
    lowest, compare_at, measure = min(priced, key=lambda one: one[0])
    highest = max(one[0] for one in priced)
    single = price(r, lowest, compare_at, tiers=tiers, measure=measure)
    if lowest == highest:
        return single
    return Price(
        amount=single.amount,
        compare_at=single.compare_at,
        from_=single.amount,
        to=Money(highest, r.currency),
        unit=single.unit,
        tiers=single.tiers,
        tax=single.tax,
    )
