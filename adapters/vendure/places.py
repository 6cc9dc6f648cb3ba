"""A market as Vendure knows it: a channel, a language, a currency, and how amounts are written."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from bff.ports import Malformed, Market, Money, PublicContext

from .settings import Settings


class Place(NamedTuple):
    """`channel` is the channel's token, "" the default one; `gross`: shoppers are shown prices with tax."""

    market: Market
    channel: str
    language: str
    locale: str
    currency: str
    gross: bool
    precision: int

    def money(self, minor: int, currency: str | None = None) -> Money:
        """An amount in the smallest unit. Raises `Malformed` where it is in another currency than the market's: Vendure
        answers for its default channel where it does not know the one asked for."""
        if currency is not None and currency != self.currency:
            raise Malformed(f"prices in {currency} for a market of {self.currency}: is its channel known to Vendure?")
        return Money(Decimal(minor).scaleb(-self.precision), self.currency)

    def shown(self, net: int, gross: int, currency: str | None = None) -> Money:
        """Which of the two amounts this market shows."""
        return self.money(gross if self.gross else net, currency)

    def spoken(self, language: str | None) -> str:
        """The locale a text is in, by Vendure's language code for it."""
        return self.locale if language in (None, self.language) else str(language).replace("_", "-")


class Places:
    """Makes places of contexts."""

    def __init__(self, settings: Settings, markets: tuple[Market, ...]) -> None:
        self._settings = settings
        self.markets = {market.id: market for market in markets}

    def of(self, ctx: PublicContext, market: str | None = None) -> Place:
        """The context's place; `market` names another one, in the context's language."""
        chosen = ctx.market if market is None or market == ctx.market.id else self.markets[market]
        return Place(
            market=chosen,
            channel=chosen.backend.get("channel", ""),
            language=self._settings.languages.get(ctx.locale, ctx.language),
            locale=ctx.locale,
            currency=chosen.currency,
            gross=chosen.tax != "excluded",
            precision=self._settings.precision,
        )
