"""One call of every operation, with arguments that fit the shop: what the scenarios about all of them go through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from bff.ports import (
    Address,
    BackendError,
    Cart,
    Contact,
    Details,
    LineInput,
    ListingQuery,
    ProductKey,
    PublicContext,
    Ref,
    ReviewDraft,
    VisitorContext,
    operations,
)

from .people import BACK, Person, customer, registration
from .sample import Sample
from .scenarios import NOWHERE
from .shop import PASSWORD, PROTOCOLS, Shop

Arguments = Mapping[str, Any]


@dataclass
class Bench:
    """What probes need: a shopper with a cart, a customer, addresses nobody has."""

    shop: Shop
    sample: Sample
    guest: VisitorContext
    cart: Cart | None
    person: Person | None
    email: str

    def public(self, seconds: float | None) -> PublicContext:
        return self.shop.public(seconds=seconds)

    def visitor(self, operation: str, seconds: float | None) -> VisitorContext:
        port = operation.partition(".")[0]
        signed_in = self.person is not None and port in SIGNED_IN
        return self.shop.again(self.person.ctx if signed_in and self.person else self.guest, seconds)

    @property
    def address(self) -> Address:
        return self.shop.subject.address(self.shop.markets[0].country)

    @property
    def product(self) -> ProductKey:
        return ProductKey(id=self.sample.products[0].id, slug=self.sample.products[0].slug)


SIGNED_IN = ("accounts", "address_book", "orders", "order_actions", "wishlists", "shopper_prices")


async def bench(shop: Shop, sample: Sample) -> Bench:
    """A bench with whatever the adapter has of it."""
    guest, cart, person = shop.visitor(), None, None
    if shop.has("carts") and sample.buyable:
        _, cart = await shop.cart(sample.line, ctx=guest)
    if shop.has("accounts"):
        try:
            person = await customer(shop)
        except pytest.skip.Exception:
            person = None
    return Bench(shop, sample, guest, cart, person, shop.email())


Probe = Callable[[Bench], Arguments | None]
"""The arguments of a call; None: there is nothing to call it with."""


def _cart(more: Callable[[Bench, Cart], Arguments] = lambda b, c: {}) -> Probe:
    return lambda b: None if b.cart is None else {"cart": b.cart.ref, **more(b, b.cart)}


def _category(b: Bench) -> Arguments | None:
    return {"kind": "category", "slug": b.sample.categories[0].link.slug} if b.sample.categories else None


def _draft(b: Bench) -> ReviewDraft:
    return ReviewDraft(rating=5, title="Good", body="It holds tea, and I like it.", author="Ada", email=b.email)


def _details(b: Bench) -> Details:
    return Details(contact=Contact(email=b.email), shipping_address=b.address, billing_same=True)


PROBES: Mapping[str, Probe] = {
    "catalog.resolve": lambda b: {"path": f"/{NOWHERE}"},
    "catalog.locate": lambda b: {"refs": [Ref(kind="product", id=b.sample.products[0].id)]},
    "catalog.navigation": lambda b: {},
    "catalog.category": _category,
    "catalog.product": lambda b: {"slug": b.sample.products[0].slug},
    "catalog.products": lambda b: {"keys": [ProductKey(id=product.id) for product in b.sample.products]},
    "catalog.availability": lambda b: {"keys": [b.sample.line]},
    "catalog.sitemap": lambda b: {"kind": "product"},
    "search.listing": lambda b: {"query": ListingQuery()},
    "search.suggest": lambda b: {"text": b.sample.products[0].title[:4]},
    "carts.get": _cart(),
    "carts.add": lambda b: {"cart": b.cart.ref if b.cart else None, "lines": [LineInput(variant=b.sample.line)]},
    "carts.change": _cart(lambda b, c: {"quantities": [(c.lines[0].id, Decimal(2))]}),
    "carts.apply_code": _cart(lambda b, c: {"code": b.shop.subject.hints.code or "KIT-NO-SUCH-CODE"}),
    "carts.drop_code": _cart(lambda b, c: {"id": NOWHERE}),
    "carts.annotate": _cart(lambda b, c: {"note": "kit", "attributes": {"kit": "1"}}),
    "carts.adopt": _cart(),
    "carts.move": _cart(lambda b, c: {"origin": b.shop.markets[-1]}),
    "hosted_checkout.handoff": _cart(lambda b, c: {"return_to": BACK}),
    "hosted_checkout.outcome": _cart(),
    "inline_checkout.state": _cart(),
    "inline_checkout.set_details": _cart(lambda b, c: {"details": _details(b)}),
    "inline_checkout.shipping_options": _cart(),
    "inline_checkout.choose_shipping": _cart(lambda b, c: {"choices": {NOWHERE: NOWHERE}}),
    "inline_checkout.payment_methods": _cart(),
    "inline_checkout.choose_payment": _cart(lambda b, c: {"method": NOWHERE, "return_to": BACK}),
    "inline_checkout.place": _cart(lambda b, c: {"expected": None, "return_to": BACK}),
    "inline_checkout.resume": _cart(lambda b, c: {"params": {"state": NOWHERE}}),
    "sign_in.methods": lambda b: {},
    "sign_in.begin": lambda b: {
        "method": "password",
        "data": {"email": b.person.email if b.person else b.email, "password": PASSWORD},
        "guest_cart": None,
    },
    "sign_in.finish": lambda b: {"method": "password", "params": {"code": NOWHERE}, "guest_cart": None},
    "sign_in.sign_out": lambda b: {},
    "accounts.register": lambda b: {"registration": registration(f"second-{b.email}"), "guest_cart": None},
    "accounts.confirm": lambda b: {"token": NOWHERE},
    "accounts.forgot": lambda b: {"email": f"third-{b.email}"},
    "accounts.reset": lambda b: {"token": NOWHERE, "password": PASSWORD},
    "accounts.me": lambda b: {},
    "accounts.update": lambda b: {"changes": {"first_name": "Grace"}},
    "address_book.list": lambda b: {},
    "address_book.save": lambda b: {"address": b.address},
    "address_book.remove": lambda b: {"id": NOWHERE},
    "orders.list": lambda b: {},
    "orders.get": lambda b: {"id": NOWHERE},
    "orders.lookup": lambda b: {"fields": dict.fromkeys(b.shop.orders.traits.lookup, NOWHERE)},
    "order_actions.reorder": lambda b: {"id": NOWHERE, "cart": None},
    "order_actions.request_return": lambda b: {"id": NOWHERE, "lines": [(NOWHERE, Decimal(1))], "reason": "kit"},
    "order_actions.cancel": lambda b: {"id": NOWHERE},
    "order_actions.claim": lambda b: {"fields": dict.fromkeys(b.shop.orders.traits.lookup, NOWHERE)},
    "delivery.estimate": lambda b: {"lines": [(b.sample.line, Decimal(1))], "country": b.shop.markets[0].country},
    "content.page": lambda b: {"slug": b.shop.subject.hints.pages[0] if b.shop.subject.hints.pages else NOWHERE},
    "content.menu": lambda b: {"id": b.shop.subject.hints.menus[0] if b.shop.subject.hints.menus else NOWHERE},
    "content.slots": lambda b: {"ids": list(b.shop.subject.hints.slots) or [NOWHERE]},
    "content.articles": lambda b: {},
    "content.sitemap": lambda b: {"kind": "page"},
    "reviews.list": lambda b: {"key": b.product},
    "reviews.write": lambda b: {"key": b.product, "draft": _draft(b)},
    "recommendations.related": lambda b: {"keys": [b.product]},
    "wishlists.list": lambda b: {},
    "wishlists.shared": lambda b: {"share": NOWHERE},
    "wishlists.create": lambda b: {"name": "Kit"},
    "wishlists.change": lambda b: {"id": NOWHERE, "name": "Kit"},
    "wishlists.delete": lambda b: {"id": NOWHERE},
    "wishlists.put": lambda b: {"id": NOWHERE, "sku": str(b.sample.line.sku)},
    "wishlists.take": lambda b: {"id": NOWHERE, "sku": str(b.sample.line.sku)},
    "wishlists.join": lambda b: {},
    "stores.find": lambda b: {},
    "stores.availability": lambda b: {"key": b.sample.line, "stores": [NOWHERE]},
    "stock_notices.subscribe": lambda b: {"sku": str(b.sample.line.sku), "email": b.email},
    "stock_notices.unsubscribe": lambda b: {"token": NOWHERE},
    "messages.newsletter": lambda b: {"email": b.email},
    "messages.confirm": lambda b: {"token": NOWHERE},
    "messages.unsubscribe": lambda b: {"token": NOWHERE},
    "messages.contact": lambda b: {"name": "Ada", "email": b.email, "subject": "Kit", "text": "Hello."},
    "shopper_prices.prices": lambda b: {"keys": [b.sample.line]},
    "accounts.change_password": lambda b: {"current": PASSWORD, "new": f"{PASSWORD}-2"},
    "accounts.delete": lambda b: {},
}
"""In this order: what ends an account comes last."""


@dataclass(frozen=True)
class Probed:
    """What came of one call, and how many requests it took."""

    operation: str
    answer: object
    error: BackendError | None
    requests: int


def calls(b: Bench, shop: Shop, seconds: float | None = None) -> dict[str, Callable[[], Awaitable[object]]]:
    """A call of every operation that the adapter offers and the bench can furnish; `shop` may be another one's."""
    found: dict[str, Callable[[], Awaitable[object]]] = {}
    for operation, probe in PROBES.items():
        port, _, name = operation.partition(".")
        if not shop.has(port) or (operation == "order_actions.claim" and not shop.has("orders")):
            continue
        try:
            arguments = probe(b)
        except pytest.skip.Exception:
            continue
        if arguments is not None:
            found[operation] = _call(b, shop, operation, name, arguments, seconds)
    return found


def _call(
    b: Bench, shop: Shop, operation: str, name: str, arguments: Arguments, seconds: float | None
) -> Callable[[], Awaitable[object]]:
    port = operation.partition(".")[0]
    kind = dict(operations(PROTOCOLS[port]))[name].kind

    async def call() -> object:
        ctx = b.public(seconds) if kind == "public_read" else b.visitor(operation, seconds)
        return await getattr(shop.port(port), name)(ctx, **arguments)

    return call


async def probed(shop: Shop, sample: Sample) -> list[Probed]:
    """Every operation called once, remembered for the run; the requests are counted."""
    if "probed" not in shop.kept:
        shop.begin("probes")
        prepared = await bench(shop, sample)
        found = []
        for operation, call in calls(prepared, shop).items():
            answer, error = None, None
            with shop.wire.counted() as sent:
                try:
                    answer = await call()
                except BackendError as raised:
                    error = raised
            found.append(Probed(operation, answer, error, len(sent)))
        shop.kept["probed"] = found
        shop.kept["cost"] = {each.operation: each.requests for each in found if each.requests}
    return list(shop.kept["probed"])
