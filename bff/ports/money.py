"""Amounts. No arithmetic: totals are the backend's."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

MAX_DIGITS = 18

Tax = Literal["included", "excluded", "unknown"]


class Money(msgspec.Struct, frozen=True):
    """An amount in the currency's major unit and its ISO 4217 code. Refuses binary floats, NaN, infinities and more
    than 18 digits. Offers no arithmetic and no ordering across currencies, so that no total can be guessed."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money wants a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError("Money must be finite")
        _, digits, exponent = self.amount.as_tuple()
        exponent = int(exponent)
        if max(len(digits), len(digits) + exponent, -exponent) > MAX_DIGITS:
            raise ValueError(f"Money holds at most {MAX_DIGITS} digits")
        code = self.currency
        if not (isinstance(code, str) and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError("currency must be a three-letter ISO 4217 code")


class PriceTier(msgspec.Struct, frozen=True):
    """From `minimum` pieces of one variant on, each costs `amount`."""

    minimum: int
    amount: Money


class UnitPrice(msgspec.Struct, frozen=True):
    """The price per `reference` `unit` (EU unit pricing): `Money("12.00")` per `1 kg`, per `100 ml`."""

    amount: Money
    reference: Decimal
    unit: str


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one piece costs, in the words the market asks for.

    `compare_at`: the earlier price, only if higher. `from_`/`to`: lowest and highest over a product's variants where
    they differ (then `amount` equals `from_`). `tiers` by rising `minimum`. `tax` says whether `amount` includes it.
    """

    amount: Money
    compare_at: Money | None = None
    from_: Money | None = None
    to: Money | None = None
    unit: UnitPrice | None = None
    tiers: tuple[PriceTier, ...] = ()
    tax: Tax = "unknown"
