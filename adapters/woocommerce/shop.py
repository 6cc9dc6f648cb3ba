"""What every port stands on: the settings, the API, and the shop's attributes with their values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bff.ports import (
    BackendError,
    Deadline,
    DeadlineExceeded,
    Market,
    Misconfigured,
    PublicContext,
    Trace,
    Unavailable,
)

from . import wire
from .settings import Settings
from .texts import plain, slug
from .transport import Api, fields

_START, LIFETIME = 15.0, 600.0
_RESERVED = ("price", "availability")


class Facet(NamedTuple):
    """An attribute one may filter by. `values`: a term's id to its slug and its name, in the shop's order."""

    id: str
    name: str
    taxonomy: str
    values: Mapping[int, tuple[str, str]]


class Vocabulary:
    """The shop's attributes and their values: counts name values by numbers only, and the names are a call for each
    attribute. So they are kept for ten minutes, or until a number comes that is not among them."""

    def __init__(self, api: Api, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._now = api, now
        self._facets: tuple[Facet, ...] = ()
        self._until = float("-inf")
        self._reading = asyncio.Lock()

    async def facets(self, ctx: PublicContext) -> tuple[Facet, ...]:
        if self._now() >= self._until:
            async with self._reading:
                if self._now() >= self._until:
                    self._facets = await self._read(ctx)
                    self._until = self._now() + LIFETIME
        return self._facets

    @property
    def known(self) -> tuple[Facet, ...]:
        """What was read last, however long ago."""
        return self._facets

    def forget(self) -> None:
        """Read them again when they are wanted next."""
        self._until = float("-inf")

    async def _read(self, ctx: PublicContext) -> tuple[Facet, ...]:
        query = [fields("id", "name", "taxonomy")]
        found, _ = await self._api.get(ctx, "/products/attributes", list[wire.AttributeName], query=query)
        return tuple(await asyncio.gather(*(self._facet(ctx, one) for one in found)))

    async def _facet(self, ctx: PublicContext, one: wire.AttributeName) -> Facet:
        query = [fields("id", "name", "slug")]
        path = f"/products/attributes/{one.id}/terms"
        terms, _ = await self._api.get(ctx, path, list[wire.Term], query=query)
        id = one.taxonomy.removeprefix("pa_")
        values = {term.id: (slug(term.slug), plain(term.name)) for term in terms}
        return Facet(one.taxonomy if id in _RESERVED else id, plain(one.name), one.taxonomy, values)


class Shop(NamedTuple):
    """The opened backend."""

    api: Api
    settings: Settings
    vocabulary: Vocabulary


def starting(market: Market) -> PublicContext:
    """A context for what is asked before there are shoppers."""
    return PublicContext(
        market=market,
        locale=market.default_locale,
        currency=market.currency,
        deadline=Deadline.after(_START),
        trace=Trace(request_id="start"),
    )


async def opened(api: Api, settings: Settings, markets: Sequence[Market]) -> Shop:
    """Look at the backend once. Raises `Misconfigured` naming the setting and the fix. One that is down or slow is let
    in: it may be back in a moment."""
    if not settings.url.startswith(("http://", "https://")):
        raise Misconfigured("url", "is no http address.", fix="write the site's root: https://shop.example")
    for market in markets:
        if settings.tax != "unknown" and market.tax != settings.tax:
            problem = f"prices are displayed with tax {settings.tax}, the market {market.id} has it {market.tax}."
            raise Misconfigured("tax", problem, fix="a shop of WooCommerce's displays prices in one way only")
    shop, ctx = Shop(api, settings, Vocabulary(api)), starting(markets[0])
    try:
        await _currency(api, ctx, markets)
        await shop.vocabulary.facets(ctx)
    except (DeadlineExceeded, Unavailable):
        pass
    except BackendError as error:
        problem = f"{settings.url} does not answer as WooCommerce does ({type(error).__name__} {error.detail})."
        raise Misconfigured("url", problem, fix="name the site's root, with https if it redirects there") from None
    return shop


async def _currency(api: Api, ctx: PublicContext, markets: Sequence[Market]) -> None:
    """The Store API has one currency, the shop's."""
    query = [("per_page", "1"), fields("id", "prices")]
    found, _ = await api.get(ctx, "/products", list[wire.Priced], query=query)
    if not found:
        return
    currency = found[0].prices.currency_code
    for market in markets:
        if market.currency != currency:
            problem = f"is {market.currency}; the shop sells in {currency}."
            raise Misconfigured(f"markets.{market.id}.currency", problem, fix="WooCommerce sells in one currency")
