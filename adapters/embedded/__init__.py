"""The embedded backend: a small commerce engine on SQLite, for the demo, for small shops and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bff.ports import Manifest, Market, Offer, Site

from . import export, generate, importer, keeping, site_addresses
from .accounts import EmbeddedAccounts
from .addresses import EmbeddedAddressBook
from .carts import EmbeddedCarts
from .catalog import EmbeddedCatalog
from .checkout import EmbeddedCheckout
from .content import EmbeddedContent
from .database import Database
from .delivery import EmbeddedDelivery
from .faults import with_faults
from .hosted import EmbeddedHostedCheckout
from .mail_sender import MailSender
from .messages import EmbeddedMessages
from .order_actions import EmbeddedOrderActions
from .orders import EmbeddedOrders
from .passwords import Passwords
from .recommendations import EmbeddedRecommendations
from .remarks import remarks
from .reviews import EmbeddedReviews
from .search import EmbeddedSearch
from .settings import Settings
from .sign_in import EmbeddedSignIn
from .site import make_site
from .stock_notices import EmbeddedStockNotices
from .stores import EmbeddedStores
from .wishlists import EmbeddedWishlists

if TYPE_CHECKING:
    import httpx


@asynccontextmanager
async def open_embedded(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Open the database, making and filling it where needed. Raises `Misconfigured`. `http` is not used."""
    database = Database(settings, markets)
    try:
        await asyncio.to_thread(database.prepare)
        search = EmbeddedSearch(database, settings, markets)
        try:
            await search.start()
            async with MailSender(database).running():
                yield with_faults(_offer(database, search), database.faults)
        finally:
            await search.close()
    finally:
        await asyncio.to_thread(database.close)


def _offer(database: Database, search: EmbeddedSearch) -> Offer:
    catalog = EmbeddedCatalog(database)
    inline = database.settings.checkout == "inline"
    passwords = Passwords(database.settings.scrypt_cost)
    return Offer(
        catalog=catalog,
        search=search,
        carts=EmbeddedCarts(database),
        inline_checkout=EmbeddedCheckout(database) if inline else None,
        hosted_checkout=None if inline else EmbeddedHostedCheckout(database),
        orders=EmbeddedOrders(database),
        order_actions=EmbeddedOrderActions(database),
        content=EmbeddedContent(database),
        delivery=EmbeddedDelivery(database),
        recommendations=EmbeddedRecommendations(database),
        reviews=EmbeddedReviews(database),
        stores=EmbeddedStores(database),
        sign_in=EmbeddedSignIn(database, passwords),
        accounts=EmbeddedAccounts(database, passwords),
        address_book=EmbeddedAddressBook(database),
        messages=EmbeddedMessages(database),
        wishlists=EmbeddedWishlists(database),
        stock_notices=EmbeddedStockNotices(database),
        probe=catalog.probe,
    )


manifest = Manifest(
    name="embedded",
    title="Embedded",
    settings=Settings,
    open=open_embedded,
    in_process=True,
    origins=site_addresses.origins,
    frames=site_addresses.origins,
    site=Site(origin=site_addresses.origin, app=make_site),
    commands=(export.COMMAND, generate.COMMAND, importer.COMMAND, keeping.COMMAND),
    remarks=remarks,
)
