"""Vendure 3: the adapter for its shop API."""

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
    InvalidInput,
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
from .adding import Adding
from .address_book import VendureAddressBook
from .carts import VendureCarts
from .catalog import VendureCatalog
from .changes import VendureChanges
from .checkout import VendureCheckout
from .client import Client, Operation
from .customers import Customers, VendureAccounts, VendureSignIn
from .desk import Desk
from .orders import VendureOrders
from .places import Places
from .search import VendureSearch
from .settings import Settings
from .wire import Wire, WireChannel

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("portico.vendure")

CHECK_SECONDS = 6.0


class _Channel(Wire):
    active_channel: WireChannel


_CHANNEL = Operation("activeChannel", documents.CHANNEL, _Channel)


@asynccontextmanager
async def open_vendure(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Raises `Misconfigured` for an address that is none, and where Vendure answers and does not know a market. A Vendure
    that does not answer may come back: the store opens."""
    _check_url(settings.url)
    places = Places(settings, tuple(markets))
    client = Client(settings, http)
    try:
        await _check(client, places)
    except (Unavailable, DeadlineExceeded, Throttled) as error:
        log.warning("vendure does not answer yet: %s", error.detail)
    yield _offer(client, places, settings)


def _offer(client: Client, places: Places, settings: Settings) -> Offer:
    catalog = VendureCatalog(client, places, settings)
    desk = Desk(client, places, settings)
    customers = Customers(desk)

    async def probe() -> str:
        return await _check(client, places)

    return Offer(
        catalog=catalog,
        search=VendureSearch(client, places, settings, catalog),
        carts=VendureCarts(desk, Adding(desk, catalog)),
        inline_checkout=VendureCheckout(desk, settings) if settings.payments else None,
        sign_in=VendureSignIn(customers),
        accounts=VendureAccounts(desk, customers),
        address_book=VendureAddressBook(desk),
        orders=VendureOrders(desk),
        changes=VendureChanges(client, places),
        probe=probe,
    )


def _check_url(url: str) -> None:
    fix = "write the shop API's address, such as https://vendure.example.com/shop-api."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Misconfigured("url", "is no address.", fix=fix) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Misconfigured("url", "is no http address.", fix=fix)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Misconfigured("url", "holds more than a host and a path.", fix=fix)


async def _check(client: Client, places: Places) -> str:
    """Ask every market's channel. Raises `Misconfigured` naming what to change, or the failure."""
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
    place = places.of(ctx)
    try:
        channel = (await client.ask(ctx, place, _CHANNEL)).data.active_channel
    except InvalidInput:
        fix = f"let the channel sell in {market.currency}, or name another one."
        raise Misconfigured(key, f"its channel does not sell in {market.currency}.", fix=fix) from None
    except Malformed as error:
        if "CHANNEL_NOT_FOUND" in error.detail:
            raise Misconfigured(
                key, "Vendure knows no channel with this token.", fix="write the channel's token."
            ) from None
        fix = "write the shop API's address; it ends in /shop-api unless Vendure's configuration says otherwise."
        raise Misconfigured("url", f"what answers there is no shop API ({error.detail}).", fix=fix) from None
    if place.channel and channel.token != place.channel:
        fix = "write the channel's token."
        raise Misconfigured(key, "Vendure knows no channel with this token and answered for its default one.", fix=fix)


manifest = Manifest(
    name="vendure",
    title="Vendure",
    settings=Settings,
    open=open_vendure,
    pictures=lambda own: (own.url,),
    resizers=lambda own: (own.url,) if own.image_transforms else (),
)
