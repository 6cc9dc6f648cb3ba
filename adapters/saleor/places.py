"""A market as Saleor knows it: a channel and a language. Prices and listings without a channel are refused."""

from __future__ import annotations

import base64
import binascii
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from bff.ports import Malformed, Market, Money, PublicContext

from .settings import Settings
from .wire import WireMoney, WireTaxed

_DIGITS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3} | dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
)


class Place(NamedTuple):
    """`gross`: shoppers are shown prices with tax."""

    market: Market
    channel: str
    language: str
    locale: str
    source: str

    @property
    def gross(self) -> bool:
        return self.market.tax != "excluded"

    def money(self, amount: Decimal, currency: str | None = None) -> Money:
        """An amount as its decimal text says, with the currency's digits: Saleor writes amounts as JSON floats. Raises
        `Malformed` where it is in another currency than the market's."""
        if currency not in (None, self.market.currency):
            raise Malformed(f"prices in {currency} for a market of {self.market.currency}: is it the right channel?")
        exponent = Decimal(1).scaleb(-_DIGITS.get(self.market.currency, 2))
        return Money(amount.quantize(exponent, rounding=ROUND_HALF_EVEN), self.market.currency)

    def plain(self, amount: WireMoney) -> Money:
        return self.money(amount.amount, amount.currency)

    def shown(self, amount: WireTaxed) -> Money:
        """Which of the two amounts this market shows."""
        return self.plain(amount.gross if self.gross else amount.net)

    def spoken(self, translated: bool) -> str:
        """The locale a text is really in."""
        own = self.locale.partition("-")[0]
        return self.locale if translated or own == self.source else self.source


class Places:
    """Makes places of contexts."""

    def __init__(self, settings: Settings, markets: tuple[Market, ...]) -> None:
        self._settings = settings
        self.markets = {market.id: market for market in markets}

    def of(self, ctx: PublicContext) -> Place:
        code = self._settings.languages.get(ctx.locale, ctx.language)
        return Place(
            market=ctx.market,
            channel=ctx.market.backend.get("channel", ""),
            language=code.replace("-", "_").upper(),
            locale=ctx.locale,
            source=self._settings.language,
        )

    def by_channel(self, channel: str) -> Market | None:
        return next((one for one in self.markets.values() if one.backend.get("channel") == channel), None)


def is_id(id: str | None, kind: str) -> bool:
    """Whether this could be Saleor's id of such a thing. Anything else is an error of the whole document there."""
    if not id or len(id) > 200:
        return False
    try:
        text = base64.b64decode(id, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    name, colon, key = text.partition(":")
    plain = key.isascii() and key.replace("-", "").isalnum()
    return bool(colon) and name == kind and plain and (kind in _BY_UUID or key.isdigit())


_BY_UUID = ("Checkout", "CheckoutLine", "CheckoutDelivery", "Order", "OrderLine", "Warehouse", "app")
