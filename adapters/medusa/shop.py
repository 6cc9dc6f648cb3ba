"""What every port stands on: the settings, the API, and each market's region, looked up once when the backend is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bff.ports import (
    BackendError,
    Deadline,
    DeadlineExceeded,
    Market,
    Misconfigured,
    NotFound,
    PublicContext,
    Trace,
    Unavailable,
)

from . import wire
from .settings import Settings
from .transport import Api, Refusal

_START = 15.0


class Region(NamedTuple):
    """Where Medusa sells with one currency and one tax rule. Countries are ISO codes in upper case."""

    id: str
    currency: str
    countries: tuple[str, ...]


class Shop(NamedTuple):
    """The opened backend."""

    api: Api
    settings: Settings
    regions: Mapping[str, Region]
    markets: Mapping[str, Market]

    def region(self, ctx: PublicContext) -> Region:
        """The context's region. Raises `NotFound` for a market the backend was not opened with."""
        region = self.regions.get(ctx.market.id)
        if region is None:
            raise NotFound("no region for this market")
        return region

    def priced(self, ctx: PublicContext) -> list[tuple[str, str]]:
        """What Medusa needs for prices: the region for any, the country too for their tax."""
        return [("region_id", self.region(ctx).id), ("country_code", ctx.market.country.lower())]

    def market(self, ctx: PublicContext, region: str | None) -> Market:
        """The market a cart's region stands for: the context's own where several share the region."""
        if self.region(ctx).id == region:
            return ctx.market
        ids = (id for id, found in self.regions.items() if found.id == region)
        return next((self.markets[id] for id in ids if id in self.markets), ctx.market)


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
    """Look at the backend once. Raises `Misconfigured` naming the setting and the fix."""
    if not settings.url.startswith(("http://", "https://")):
        raise Misconfigured("url", "is no http address.", fix="write where Medusa answers: https://shop.example")
    if not settings.key.startswith("pk_"):
        raise Misconfigured("key", "is no publishable key.", fix="copy one from the dashboard: it begins with pk_")
    regions = await _regions(api, settings, markets[0])
    found = {market.id: _matching(market, regions) for market in markets}
    await _searched(api, settings, markets[0])
    return Shop(api, settings, found, {market.id: market for market in markets})


async def _regions(api: Api, settings: Settings, market: Market) -> list[Region]:
    ctx, found = starting(market), list[wire.Region]()
    try:
        while True:
            query = [("limit", "100"), ("offset", str(len(found)))]
            page = await api.get(ctx, "/store/regions", wire.Regions, query=query)
            found += page.regions
            if not page.regions or len(found) >= page.count:
                break
    except (DeadlineExceeded, Unavailable) as error:
        if "publishable" in error.detail:
            raise Misconfigured("key", "is refused.", fix="is it revoked, or of another Medusa?") from None
        raise Misconfigured("url", f"{settings.url} cannot be reached ({error.detail}).", fix="is Medusa up?") from None
    except BackendError as error:
        raise Misconfigured(
            "url", f"{settings.url} does not answer as Medusa 2 does ({error.detail}).", fix="name the server's root"
        ) from None
    return [
        Region(one.id, one.currency_code.upper(), tuple(country.iso_2.upper() for country in one.countries))
        for one in found
    ]


def _matching(market: Market, regions: Sequence[Region]) -> Region:
    """The region named in the market's settings, else the one with its country and currency."""
    named = market.backend.get("region")
    key = f"markets.{market.id}.backend.region"
    for region in regions:
        if region.id == named if named else market.country in region.countries:
            if region.currency != market.currency:
                problem = f"the region for {market.country} has {region.currency}, the market {market.currency}."
                raise Misconfigured(key, problem, fix="change the market's currency or name another region")
            return region
    if named:
        raise Misconfigured(key, f"there is no region {named}.", fix="leave it out: the country finds its region")
    raise Misconfigured(key, f"no region of Medusa holds {market.country}.", fix="add the country to a region there")


async def _searched(api: Api, settings: Settings, market: Market) -> None:
    """Ask the index for everything that will ever be asked of it."""
    index = settings.search
    if index is None:
        return
    price = index.price.format(currency=market.currency.lower())
    facets = [{"field": facet.field, "limit": 1} for facet in index.facets]
    orders = [order for order in (index.newest, index.name, index.rank, index.unique, price) if order]
    filters = {index.category: "-", index.collection: "-"}
    asked = {
        "queries": [
            {
                "entity": index.index,
                "filters": filters,
                "pagination": {"take": 0, "order": {order: "ASC"}},
                "search_options": {"facets": [*facets, {"field": price, "type": "stats"}]},
            }
            for order in orders
        ]
    }
    try:
        await api.post(starting(market), "/store/search", wire.Results, asked)
    except NotFound:
        fix = "expose it with configureStoreSearch, run `medusa db:migrate:search`, or leave `search` out"
        raise Misconfigured("search.index", f"/store/search has no index {index.index!r}.", fix=fix) from None
    except Refusal as error:
        raise Misconfigured("search", f"the index refuses it: {error.message}", fix="name the index's fields") from None
    except BackendError as error:
        raise Misconfigured("search", f"cannot be tried: {error.detail}.") from None
