"""What an adapter is: a manifest, found by the entry point group `portico.adapters`, that opens an `Offer` of ports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from .carts import Carts
from .catalog import Catalog
from .changes import Changes
from .checkout import HostedCheckout, InlineCheckout
from .content import Content
from .context import Market
from .customers import Accounts, AddressBook, SignIn
from .extras import (
    Delivery,
    Messages,
    Recommendations,
    Reviews,
    ShopperPrices,
    StockNotices,
    StoreLocator,
    Wishlists,
)
from .orders import OrderActions, Orders
from .search import Search

if TYPE_CHECKING:
    import httpx

CONTRACT = (1, 0)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The ports an adapter brings. A port that is there works; one it has not is None. There are no flags."""

    catalog: Catalog | None = None
    search: Search | None = None
    carts: Carts | None = None
    hosted_checkout: HostedCheckout | None = None
    inline_checkout: InlineCheckout | None = None
    sign_in: SignIn | None = None
    accounts: Accounts | None = None
    address_book: AddressBook | None = None
    orders: Orders | None = None
    order_actions: OrderActions | None = None
    delivery: Delivery | None = None
    content: Content | None = None
    reviews: Reviews | None = None
    recommendations: Recommendations | None = None
    wishlists: Wishlists | None = None
    stores: StoreLocator | None = None
    stock_notices: StockNotices | None = None
    messages: Messages | None = None
    shopper_prices: ShopperPrices | None = None
    changes: Changes | None = None
    probe: Callable[[], Awaitable[str]] | None = None
    """Answers in one line that the backend is reachable, or raises a `BackendError`."""


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """What pages call: the composed ports. Catalogue and search are always there; every other port may be None."""

    name: str
    catalog: Catalog
    search: Search
    carts: Carts | None = None
    hosted_checkout: HostedCheckout | None = None
    inline_checkout: InlineCheckout | None = None
    sign_in: SignIn | None = None
    accounts: Accounts | None = None
    address_book: AddressBook | None = None
    orders: Orders | None = None
    order_actions: OrderActions | None = None
    delivery: Delivery | None = None
    content: Content | None = None
    reviews: Reviews | None = None
    recommendations: Recommendations | None = None
    wishlists: Wishlists | None = None
    stores: StoreLocator | None = None
    stock_notices: StockNotices | None = None
    messages: Messages | None = None
    shopper_prices: ShopperPrices | None = None
    changes: Changes | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a command has come. `total` None: unknown. `rejected` names a row that was left out, and why."""

    done: int
    total: int | None = None
    note: str | None = None
    rejected: str | None = None


class CommandArgument(msgspec.Struct, frozen=True, kw_only=True):
    """An argument of a command: `name` with leading dashes is an option, else positional."""

    name: str
    help: str
    kind: Literal["text", "path", "integer", "flag"] = "text"
    default: str | int | None = None
    required: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something an adapter can do from the command line: `portico NAME COMMAND …`. `run` yields progress; the command
    line shows it and lists what was rejected."""

    name: str
    help: str
    arguments: tuple[CommandArgument, ...]
    run: Callable[[Any, Mapping[str, Any]], AsyncIterator[Progress]]


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter has to say about its own settings, for `portico doctor`: what only it can know. `error`: shoppers
    will notice; `warning`: somebody should decide. `setting` is the field's name, `fix` what to write there. No secret
    stands in it, and it was found without asking the backend."""

    about: Literal["backends", "changes", "pictures", "mail", "payments", "data"]
    level: Literal["ok", "note", "warning", "error"]
    says: str
    setting: str | None = None
    fix: str = ""


class Opener(Protocol):
    """Opens an adapter. Raises `Misconfigured` naming the key; does not close the lent client."""

    def __call__(
        self, settings: Any, http: httpx.AsyncClient, markets: Sequence[Market]
    ) -> AbstractAsyncContextManager[Offer]: ...


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Pages of the backend's own, served beside the store on an origin of their own (a hosted checkout, a provider).
    `origin` says where for these settings (`http://localhost:8001`), None: nowhere. `app` makes the ASGI application,
    lifespan included."""

    origin: Callable[[Any], str | None]
    app: Callable[[Any, Sequence[Market]], Callable[..., Awaitable[None]]]


def _nowhere(settings: Any) -> tuple[str, ...]:
    return ()


def _nothing(settings: Any) -> tuple[Remark, ...]:
    return ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the entry point names. `settings` is a frozen struct type; only the chosen adapter's is validated.
    `buyer_header` is the header the lent client sets to the buyer's address, `buyer_secret` the setting that permits
    it. `origins` says where shoppers may be sent with these settings, `frames` which of the provider's pages may stand
    inside the store's. `pictures` are addresses at the origins its pictures come from as they are, which the head makes
    smaller; `resizers` those of servers that make any width themselves (`ImageSource`), which browsers ask. `in_process`:
    the answers come out of this very process, which knows by itself when they change; the head keeps and shares none of
    them. `remarks` are the adapter's own, on these settings."""

    name: str
    title: str
    settings: type[msgspec.Struct]
    open: Opener
    contract: tuple[int, int] = CONTRACT
    buyer_header: str | None = None
    buyer_secret: str | None = None
    origins: Callable[[Any], tuple[str, ...]] = _nowhere
    frames: Callable[[Any], tuple[str, ...]] = _nowhere
    pictures: Callable[[Any], tuple[str, ...]] = _nowhere
    resizers: Callable[[Any], tuple[str, ...]] = _nowhere
    commands: tuple[Command, ...] = ()
    site: Site | None = None
    in_process: bool = False
    remarks: Callable[[Any], tuple[Remark, ...]] = _nothing
