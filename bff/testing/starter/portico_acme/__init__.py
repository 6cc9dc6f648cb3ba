"""Acme: its API in the contract's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from bff.ports import Manifest, Market, Offer

from .api import Api
from .catalog import AcmeCatalog
from .search import AcmeSearch
from .settings import Settings


@asynccontextmanager
async def opened(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """The client is lent: it keeps no cookie, follows no redirect, and is not closed here. A setting that cannot work
    raises `Misconfigured(key, problem, fix=…)`."""
    api = Api(http, settings.url, settings.key)
    catalog = AcmeCatalog(api)
    yield Offer(
        catalog=catalog,
        search=AcmeSearch(api),
        # A port that is offered works; one that is None is not shown. Offer these when you begin with them.
        carts=None,  # AcmeCarts(api), from .carts
        hosted_checkout=None,  # AcmeHostedCheckout(api), from .checkout: its own pages
        inline_checkout=None,  # AcmeInlineCheckout(api), from .checkout: the store's pages
        probe=catalog.probe,
    )


manifest = Manifest(name="acme", title="Acme", settings=Settings, open=opened)
