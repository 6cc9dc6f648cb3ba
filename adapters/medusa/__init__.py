"""Medusa v2: its store API in the contract's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from bff.ports import Manifest, Market, Offer

from .carts import MedusaCarts
from .catalog import MedusaCatalog
from .changes import MedusaChanges
from .checkout import MedusaCheckout
from .customers import MedusaAccounts, MedusaAddressBook, MedusaSignIn
from .orders import MedusaOrders
from .search import MedusaSearch
from .settings import Settings
from .shop import opened
from .transport import Api


@asynccontextmanager
async def open_medusa(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Look the regions up and try the index. Raises `Misconfigured` naming the setting."""
    shop = await opened(Api(http, settings.url, settings.key), settings, markets)
    catalog, carts = MedusaCatalog(shop), MedusaCarts(shop)
    sign_in = MedusaSignIn(shop, carts)
    yield Offer(
        catalog=catalog,
        search=MedusaSearch(shop),
        carts=carts,
        inline_checkout=MedusaCheckout(shop, carts) if settings.payments else None,
        sign_in=sign_in,
        accounts=MedusaAccounts(shop, sign_in),
        address_book=MedusaAddressBook(shop),
        orders=MedusaOrders(shop),
        changes=MedusaChanges(shop),
        probe=catalog.probe,
    )


manifest = Manifest(name="medusa", title="Medusa", settings=Settings, open=open_medusa, pictures=lambda own: (own.url,))
