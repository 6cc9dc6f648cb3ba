"""The opened adapter as scenarios see it: its ports, watched; contexts; shoppers."""

from __future__ import annotations

import asyncio
import functools
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, cast, get_type_hints

import httpx
import msgspec
import pytest

import bff.ports as ports
from bff.gateway.backends import adapter_settings
from bff.gateway.client import lent_client
from bff.ports import (
    CONTRACT,
    Backend,
    BackendError,
    Cart,
    CartRef,
    Deadline,
    DeadlineExceeded,
    LineInput,
    Market,
    Offer,
    PublicContext,
    SessionBlob,
    Shopper,
    Trace,
    VariantKey,
    VisitorContext,
    operations,
)

from .calls import Call, Escaped, line_of, shown
from .cassettes import Cassettes
from .scenarios import MADE_UP
from .scrubbing import PLAYED, Scrubber
from .subject import ADDRESSES, PHONE, Mode, Subject
from .wire import OPERATION, Operation, Wire

PASSWORD = "Kit-shoppers-7-keep-it"  # noqa: S105 - of invented people
MOST_SENT = 6


def protocols() -> dict[str, type]:
    """Each port's protocol by its name in an offer."""
    hints = get_type_hints(Backend)
    return {
        field.name: next(
            part
            for part in getattr(hints[field.name], "__args__", (hints[field.name],))
            if getattr(part, "_is_protocol", False)
        )
        for field in msgspec.structs.fields(Backend)
        if field.name != "name"
    }


PROTOCOLS: Mapping[str, type] = protocols()


class Watched:
    """A port whose declared operations are bounded and remembered; all else is the port's own."""

    def __init__(self, shop: Shop, name: str, port: object) -> None:
        self._shop, self._name, self._port = shop, name, port
        self._declared = dict(operations(PROTOCOLS[name]))

    def __getattr__(self, member: str) -> Any:
        found = getattr(self._port, member)
        declaration = self._declared.get(member)
        return self._shop.watch(Operation(f"{self._name}.{member}", declaration), found) if declaration else found


class Shop:
    """An open adapter. `shop.catalog` is its port, or the scenario is skipped because there is none."""

    def __init__(
        self, subject: Subject, mode: Mode, offer: Offer, wire: Wire, mark: str, tape: Cassettes | None
    ) -> None:
        self.subject, self.mode, self.offer, self.wire, self.mark = subject, mode, offer, wire, mark
        self.markets: Sequence[Market] = subject.markets
        self.patience = subject.patience
        self._tape = tape
        self._calls: list[Call] = []
        self._names = 0
        self.kept: dict[str, Any] = {}
        """What scenarios of one run share because it is dear: the sample, a customer."""

    # ---- ports

    def port(self, name: str) -> Any:
        """The port called `name`; skips the scenario where the adapter has none."""
        found = getattr(self.offer, name)
        if found is None:
            pytest.skip(f"offers no {name}")
        return Watched(self, name, found)

    def has(self, name: str) -> bool:
        return getattr(self.offer, name) is not None

    @property
    def catalog(self) -> ports.Catalog:
        return cast(ports.Catalog, self.port("catalog"))

    @property
    def search(self) -> ports.Search:
        return cast(ports.Search, self.port("search"))

    @property
    def carts(self) -> ports.Carts:
        return cast(ports.Carts, self.port("carts"))

    @property
    def hosted_checkout(self) -> ports.HostedCheckout:
        return cast(ports.HostedCheckout, self.port("hosted_checkout"))

    @property
    def inline_checkout(self) -> ports.InlineCheckout:
        return cast(ports.InlineCheckout, self.port("inline_checkout"))

    @property
    def sign_in(self) -> ports.SignIn:
        return cast(ports.SignIn, self.port("sign_in"))

    @property
    def accounts(self) -> ports.Accounts:
        return cast(ports.Accounts, self.port("accounts"))

    @property
    def address_book(self) -> ports.AddressBook:
        return cast(ports.AddressBook, self.port("address_book"))

    @property
    def orders(self) -> ports.Orders:
        return cast(ports.Orders, self.port("orders"))

    @property
    def order_actions(self) -> ports.OrderActions:
        return cast(ports.OrderActions, self.port("order_actions"))

    @property
    def delivery(self) -> ports.Delivery:
        return cast(ports.Delivery, self.port("delivery"))

    @property
    def content(self) -> ports.Content:
        return cast(ports.Content, self.port("content"))

    @property
    def reviews(self) -> ports.Reviews:
        return cast(ports.Reviews, self.port("reviews"))

    @property
    def recommendations(self) -> ports.Recommendations:
        return cast(ports.Recommendations, self.port("recommendations"))

    @property
    def wishlists(self) -> ports.Wishlists:
        return cast(ports.Wishlists, self.port("wishlists"))

    @property
    def stores(self) -> ports.StoreLocator:
        return cast(ports.StoreLocator, self.port("stores"))

    @property
    def stock_notices(self) -> ports.StockNotices:
        return cast(ports.StockNotices, self.port("stock_notices"))

    @property
    def messages(self) -> ports.Messages:
        return cast(ports.Messages, self.port("messages"))

    @property
    def shopper_prices(self) -> ports.ShopperPrices:
        return cast(ports.ShopperPrices, self.port("shopper_prices"))

    @property
    def changes(self) -> ports.Changes:
        return cast(ports.Changes, self.port("changes"))

    # ---- calls

    def watch(self, operation: Operation, method: Any) -> Any:
        """The method, bounded by the context's deadline as the gateway bounds it, and remembered."""

        @functools.wraps(method)
        async def call(ctx: PublicContext | VisitorContext, /, **arguments: Any) -> Any:
            public = ctx.public if isinstance(ctx, VisitorContext) else ctx
            made = Call(operation.name, arguments, public.market.id, public.locale)
            self._calls.append(made)
            token, started, before = OPERATION.set(operation), time.perf_counter(), len(self.wire.sent)
            try:
                async with asyncio.timeout(public.deadline.remaining()) as limit:
                    answer = await method(ctx, **arguments)
                made.outcome = shown(answer)
                return answer
            except BackendError as error:
                made.outcome = f"raised {error!r}"
                raise
            except (AssertionError, pytest.skip.Exception):
                raise
            except Exception as error:
                if isinstance(error, TimeoutError) and limit.expired():
                    made.outcome = "no answer before the deadline"
                    raise DeadlineExceeded("no answer in time", operation=operation.name) from None
                made.outcome = f"let out {error!r}"
                raise Escaped(
                    f"No exception but a BackendError leaves an adapter. Came, at {line_of(error, method)}: "
                    f"{type(error).__name__}: {error}"
                ) from error
            finally:
                made.seconds = time.perf_counter() - started
                made.sent = [each for each in self.wire.sent[before:] if each.operation == operation.name]
                OPERATION.reset(token)

        return call

    def last_calls(self, number: int = 6) -> list[str]:
        """The last calls, each with the requests it made."""
        told = [[str(call), *(f"  {sent}" for sent in call.sent[:MOST_SENT])] for call in self._calls[-number:]]
        return [line for lines in told for line in lines]

    def where(self) -> str | None:
        """The last call's operation, and what the contract says of it."""
        if not self._calls:
            return None
        operation = self._calls[-1].operation
        port, _, name = operation.partition(".")
        return f"{operation}: {' '.join((getattr(PROTOCOLS[port], name).__doc__ or '').split())}"

    def facts(self) -> dict[str, Any]:
        """What the report says of the adapter."""
        return {
            "adapter": self.subject.manifest.name,
            "contract": ".".join(map(str, CONTRACT)),
            "mode": "live (in process)" if self.subject.offline else "live" if self.mode == "record" else self.mode,
            "version": self.subject.version,
            "ports": [name for name in PROTOCOLS if self.has(name)],
            "calls": self.kept.get("cost", {}),
        }

    def begin(self, scenario: str) -> None:
        """A scenario begins: its answers are recorded under its name."""
        self._calls.clear()
        self.kept.pop("customer", None)
        self._names = 0
        if self._tape is not None:
            self._tape.begin(scenario)
        self._scenario = scenario

    # ---- contexts and shoppers

    def public(self, market: int = 0, locale: str | None = None, seconds: float | None = None) -> PublicContext:
        chosen = self.markets[market]
        return PublicContext(
            market=chosen,
            locale=locale or chosen.default_locale,
            currency=chosen.currency,
            deadline=Deadline.after(self.patience if seconds is None else seconds),
            trace=Trace(request_id="conformance"),
        )

    def visitor(
        self, market: int = 0, locale: str | None = None, *, like: VisitorContext | None = None
    ) -> VisitorContext:
        """Somebody new, or the same shopper (`like`) elsewhere or a moment later."""
        shopper = like.shopper if like is not None else Shopper(blob=SessionBlob())
        return VisitorContext(public=self.public(market, locale), shopper=shopper)

    def again(self, ctx: VisitorContext, seconds: float | None = None) -> VisitorContext:
        """The same shopper with a fresh deadline."""
        deadline = Deadline.after(self.patience if seconds is None else seconds)
        return msgspec.structs.replace(ctx, public=msgspec.structs.replace(ctx.public, deadline=deadline))

    def name(self, kind: str) -> str:
        """An invented name that nobody else has: the run's mark, the scenario's and a number are in it."""
        self._names += 1
        scenario = "".join(part[0] for part in self._scenario.split("_") if part)[:24].lower()
        cleaned = "".join(letter for letter in scenario if letter.isalnum())
        return f"{kind}-{self.mark}-{cleaned}{len(self._scenario)}-{self._names}"

    def email(self) -> str:
        return f"{self.name('kit')}@example.com"

    @property
    def reads_mail(self) -> bool:
        """Whether `mailed` knows what came by mail."""
        if self._tape is not None and self._tape.played:
            return self._tape.mails
        return self.subject.mailed is not None

    async def mailed(self, to: str) -> str:
        """The token in the newest mail to an address. It is recorded and played as answers are."""
        tape = self._tape
        if tape is not None and tape.played:
            token = tape.mail(to)
        else:
            token = await self.subject.mailed(to) if self.subject.mailed is not None else None
        assert token, f"no mail came to {to}"
        if tape is not None and not tape.played:
            tape.keep_mail(to, token)
        return token

    def other_market(self) -> int:
        """A second market; skips where there is one only."""
        if len(self.markets) < 2:
            pytest.skip("the subject has one market only")
        return next((n for n, m in enumerate(self.markets) if m.currency != self.markets[0].currency), 1)

    async def cart(self, *keys: VariantKey, ctx: VisitorContext | None = None) -> tuple[VisitorContext, Cart]:
        """A new shopper with one of each in a cart."""
        ctx = ctx or self.visitor()
        lines = [LineInput(variant=key, quantity=Decimal(1)) for key in keys]
        result = await self.carts.add(ctx, cart=None, lines=lines)
        assert isinstance(result.cart, Cart), f"what can be bought goes into a cart; came {result!r}"
        return ctx, result.cart

    async def read(self, ctx: VisitorContext, ref: CartRef) -> Cart:
        """The cart as it is now."""
        found = await self.carts.get(self.again(ctx), cart=ref)
        assert isinstance(found, Cart), f"the cart is still there; came {found!r}"
        return found


def _texts(subject: Subject) -> dict[str, str]:
    """The settings' texts and what names a secret among the markets' ids."""
    texts = {name: value for name, value in subject.settings.items() if isinstance(value, str)}
    for market in subject.markets:
        texts |= {f"{market.id}.{name}": value for name, value in market.backend.items()}
    return texts


def _own() -> tuple[str, ...]:
    streets = [text for a in ADDRESSES.values() for text in (a.line1, a.phone, a.city) if text]
    return (PASSWORD, PHONE, *MADE_UP, "Ada", "Byron", "Grace", "Hopper", "Ada Byron", "Grace Hopper", *streets)


def _network(subject: Subject) -> httpx.AsyncBaseTransport:
    return subject.network() if subject.network is not None else httpx.AsyncHTTPTransport(retries=0)


@asynccontextmanager
async def open_shop(
    subject: Subject, mode: Mode, *, inner: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Shop]:
    """Open the adapter as a store does: by its manifest, its settings validated, with a lent client. `inner` stands in
    for the backend."""
    manifest = subject.manifest
    mark = PLAYED if mode == "recorded" else secrets.token_hex(4)
    tape: Cassettes | None = None
    if inner is None and subject.cassettes is not None and mode != "live":
        hints = [t for a in subject.hints.addresses.values() for t in (a.line1, a.line2, a.phone, a.company) if t]
        scrubber = Scrubber(_texts(subject), (*_own(), *hints), mark)
        network = None if mode == "recorded" else _network(subject)
        inner = tape = Cassettes(
            subject.cassettes, scrubber, inner=network, version=subject.version, headers=subject.headers
        )
    wire = Wire(inner or _network(subject))
    settings = adapter_settings(manifest, dict(subject.settings), key="settings", source="the subject")
    async with lent_client(wire) as client, manifest.open(settings, client, subject.markets) as offer:
        yield Shop(subject, mode, offer, wire, mark, tape)
