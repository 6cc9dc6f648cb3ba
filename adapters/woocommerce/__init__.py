"""WooCommerce: its Store API in the contract's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from bff.ports import Manifest, Market, Offer

from .carts import WooCarts
from .catalog import WooCatalog
from .changes import changes
from .checkout import WooCheckout
from .search import WooSearch
from .settings import Settings
from .shop import opened
from .transport import Api


@asynccontextmanager
async def open_woocommerce(
    settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]
) -> AsyncIterator[Offer]:
    """Look at the shop's currency and its attributes. Raises `Misconfigured` naming the setting."""
    shop = await opened(Api(http, settings.url), settings, markets)
    catalog = WooCatalog(shop, markets[0])
    carts = WooCarts(shop, catalog)
    yield Offer(
        catalog=catalog,
        search=WooSearch(shop),
        carts=carts,
        inline_checkout=WooCheckout(shop, carts) if settings.payments else None,
        changes=changes(settings.webhook_secret),
        probe=catalog.probe,
    )


manifest = Manifest(
    name="woocommerce", title="WooCommerce", settings=Settings, open=open_woocommerce, pictures=lambda own: (own.url,)
)
