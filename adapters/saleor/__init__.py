"""Saleor 3.23: the adapter for its GraphQL endpoint."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bff.ports import (
    Deadline,
    DeadlineExceeded,
    Malformed,
    Manifest,
    Market,
    Misconfigured,
    Offer,
    PublicContext,
    Throttled,
    Trace,
    Unavailable,
)

from . import documents
from .address_book import SaleorAddressBook
from .carts import SaleorCarts
from .catalog import SaleorCatalog
from .changes import SaleorChanges
from .checkout import SaleorCheckout
from .client import Client, Operation
from .customers import Customers, SaleorAccounts, SaleorSignIn
from .desk import Desk
from .orders import SaleorOrders
from .places import Places
from .search import SaleorSearch
from .session import Sessions
from .settings import Settings
from .wire import Many, Wire, WireProduct
from .wire_checkout import WireChannel

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("portico.saleor")

CHECK_SECONDS = 3.0


class _Channel(Wire):
    channel: WireChannel | None
    products: Many[WireProduct]


_CHANNEL = Operation("channel", documents.CHANNEL, _Channel)


@asynccontextmanager
async def open_saleor(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Raises `Misconfigured` for settings that cannot work, and where Saleor answers and has no such channel. A Saleor that
    does not answer may come back: the store opens."""
    _check_settings(settings, markets)
    places = Places(settings, tuple(markets))
    client = Client(settings, http)
    try:
        await _check(client, places)
    except (Unavailable, DeadlineExceeded, Throttled) as error:
        log.warning("saleor does not answer yet: %s", error.detail)
    yield _offer(client, places, settings)


def _offer(client: Client, places: Places, settings: Settings) -> Offer:
    catalog = SaleorCatalog(client, places, settings)
    desk = Desk(client, places, Sessions(client, places), catalog)
    carts = SaleorCarts(desk)
    customers = Customers(desk, carts)

    async def probe() -> str:
        return await _check(client, places)

    return Offer(
        catalog=catalog,
        search=SaleorSearch(client, places, settings, catalog),
        carts=carts,
        inline_checkout=SaleorCheckout(desk, settings) if settings.payments else None,
        sign_in=SaleorSignIn(desk, customers),
        accounts=SaleorAccounts(desk, customers, settings),
        address_book=SaleorAddressBook(desk),
        orders=SaleorOrders(desk),
        changes=SaleorChanges(client, settings, next(iter(places.markets.values()))),
        probe=probe,
    )


def _check_settings(settings: Settings, markets: Sequence[Market]) -> None:
    fix = "write the GraphQL endpoint's address, such as https://saleor.example.com/graphql/."
    try:
        parts = urlsplit(settings.url)
        port = parts.port
    except ValueError:
        raise Misconfigured("url", "is no address.", fix=fix) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Misconfigured("url", "is no http address.", fix=fix)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Misconfigured("url", "holds more than a host and a path.", fix=fix)
    if any(one.how == "manual" for one in settings.payments.values()) and not settings.app_token:
        raise Misconfigured(
            "app_token", "is wanted for a manual payment.", fix="write an app's token, or drop the payment."
        )
    for market in markets:
        if not market.backend.get("channel"):
            key = f"markets.{market.id}.backend.channel"
            raise Misconfigured(key, "Saleor prices nothing without a channel.", fix="write the channel's slug.")


async def _check(client: Client, places: Places) -> str:
    """Ask for every market's channel. Raises `Misconfigured` naming what to change, or the failure."""
    await asyncio.gather(*(_check_market(client, places, market) for market in places.markets.values()))
    return f"{len(places.markets)} channels answer"


async def _check_market(client: Client, places: Places, market: Market) -> None:
    ctx = PublicContext(
        market=market,
        locale=market.default_locale,
        currency=market.currency,
        deadline=Deadline.after(CHECK_SECONDS),
        trace=Trace(request_id="check"),
    )
    key = f"markets.{market.id}.backend.channel"
    try:
        told = await client.ask(ctx, places.of(ctx), _CHANNEL)
    except Malformed as error:
        fix = "write the GraphQL endpoint's address; it ends in /graphql/ unless a proxy says otherwise."
        raise Misconfigured("url", f"what answers there is no Saleor ({error.detail}).", fix=fix) from None
    if told.channel is None:
        raise Misconfigured(key, "Saleor has no active channel of this name.", fix="write the channel's slug.")
    for one in told.products.nodes:
        price = one.pricing.price_range if one.pricing else None
        if price and price.start and price.start.gross.currency != market.currency:
            sold = price.start.gross.currency
            raise Misconfigured(key, f"its channel sells in {sold}, not in {market.currency}.", fix="name another one.")


# Saleor lets one address try one password a second: without the buyers' own, all shoppers would wait for one another.
manifest = Manifest(
    name="saleor",
    title="Saleor",
    settings=Settings,
    open=open_saleor,
    buyer_header="X-Forwarded-For",
    pictures=lambda own: (own.url,),
    resizers=lambda own: (own.url,) if own.thumbnails else (),
)
