"""A backend whose checkout is in memory and does what a test asks of it, and shoppers who keep cookies."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import msgspec

from bff.ports import (
    Address,
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    CheckoutState,
    Contact,
    Details,
    HostedTraits,
    Line,
    LineInput,
    Money,
    NoCart,
    NotFound,
    Order,
    Ordered,
    OrderLine,
    PaymentMethod,
    Ready,
    Requirement,
    ShippingGroup,
    ShippingOption,
    Totals,
    VariantKey,
)
from tests.web import goods
from tests.web.stage import FORM, SAME_SITE, Answer, Attribute, Port, Shop, ask, opened, settings

PROVIDER = "http://localhost:8001"
"""The origin that the demo's adapter declares."""

ADA = {
    "email": "ada@example.com",
    "shipping.country": "GB",
    "shipping.first_name": "Ada",
    "shipping.last_name": "Byron",
    "shipping.line1": "12 St James's Square",
    "shipping.city": "London",
    "shipping.postcode": "SW1Y 4JH",
}


class Backend:
    """One cart and its checkout. `place`, `choose` and `resume` are answers to give instead, used up one by one: a value,
    an exception, or a function of nothing. `asked` are the requirements that never go away."""

    def __init__(self) -> None:
        self.market = "gb"
        self.total = "20.00"
        self.digital = False
        self.countries: tuple[str, ...] = ("GB", "IE", "US")
        self.there: Cart | NoCart = NoCart(reason="empty")
        self.contact: Contact | None = None
        self.shipping: Address | None = None
        self.billing: Address | None = None
        self.chosen: str | None = None
        self.method: str | None = None
        self.asked: tuple[Requirement, ...] = ()
        self.consents: dict[str, bool] = {}
        self.fields: dict[str, str] = {}
        self.answers: dict[str, list[Any]] = {"choose_payment": [], "place": [], "resume": [], "set_details": []}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.orders = 0

    def money(self) -> Money:
        return Money(Decimal(self.total), "GBP")

    def order(self) -> Order:
        import datetime

        moment = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
        return Order(
            id="o1",
            number="ALM-1001",
            placed=moment,
            currency="GBP",
            totals=Totals(total=self.money(), tax_included=True),
            status="paid",
            lines=(OrderLine(line=self.line()),),
            email=self.contact.email if self.contact else None,
            shipping_address=self.shipping,
        )

    def line(self) -> Line:
        return Line(
            id="l1",
            key=VariantKey(id="mug-blue"),
            title="Mug",
            quantity=Decimal(2),
            total=self.money(),
            requires_shipping=not self.digital,
        )

    def cart(self) -> Cart:
        return Cart(
            ref=CartRef(id="c1"),
            market=self.market,
            currency="GBP",
            lines=(self.line(),),
            quantity=Decimal(2),
            totals=Totals(subtotal=self.money(), total=self.money(), tax_included=True),
        )

    def groups(self) -> tuple[ShippingGroup, ...]:
        options = (
            ShippingOption(id="post", name="Post", price=Money(Decimal(4), "GBP")),
            ShippingOption(id="shop", name="Collect", kind="pickup", location="Market Street"),
        )
        return () if self.digital else (ShippingGroup(id="g1", lines=("l1",), options=options, chosen=self.chosen),)

    def state(self, **_: Any) -> CheckoutState:
        if isinstance(self.there, NoCart):
            raise NotFound("cart", gone=True)
        wants: list[Requirement] = []
        if self.contact is None:
            wants.append(Requirement(kind="contact"))
        if self.shipping is None and not self.digital:
            wants.append(Requirement(kind="shipping_address"))
        if self.chosen is None and not self.digital:
            wants.append(Requirement(kind="shipping"))
        if self.method is None:
            wants.append(Requirement(kind="payment"))
        given = {*self.fields} | {id for id, agreed in self.consents.items() if agreed}
        wants += [item for item in self.asked if item.id not in given]
        return CheckoutState(
            cart=self.cart(),
            missing=tuple(wants),
            countries=self.countries,
            contact=self.contact,
            shipping_address=self.shipping,
            billing_address=self.billing or self.shipping,
            shipping=self.groups(),
            payment=self.method,
        )

    def scripted(self, name: str, instead: Callable[..., Any]) -> Callable[..., Any]:
        def answer(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            found = self.answers[name].pop(0) if self.answers[name] else instead
            return found(**arguments) if found is instead else found() if callable(found) else found

        return answer

    def set_details(self, *, cart: CartRef, details: Details) -> CheckoutState:
        self.contact = details.contact or self.contact
        self.shipping = details.shipping_address or self.shipping
        self.billing = details.billing_address or self.billing
        self.consents |= details.consents
        self.fields |= details.fields
        return self.state()

    def choose_shipping(self, *, cart: CartRef, choices: Mapping[str, str]) -> CheckoutState:
        self.chosen = choices["g1"]
        return self.state()

    def choose_payment(self, *, cart: CartRef, method: str, return_to: str) -> Any:
        self.method = method
        return Ready(state=self.state())

    def placed(self, **_: Any) -> Any:
        if not isinstance(self.there, NoCart):
            self.orders += 1
            self.there = NoCart(reason="ordered", order="ALM-1001")
        return Ordered(order=self.order())

    def add(self, *, cart: CartRef | None, lines: tuple[LineInput, ...]) -> CartResult:
        self.there = self.cart()
        return CartResult(cart=self.there)

    def offer(self, **ports: Any) -> Any:
        carts = Port(
            get=lambda **_: self.cart() if isinstance(self.there, Cart) else self.there,
            add=self.add,
            traits=Attribute(CartTraits()),
        )
        methods = (
            PaymentMethod(id="card", name="Card", kind="redirect"),
            PaymentMethod(id="bank", name="Bank transfer", kind="offline", fee=Money(Decimal(1), "GBP")),
        )
        inline = Port(
            state=self.state,
            set_details=self.scripted("set_details", self.set_details),
            shipping_options=lambda **_: self.groups(),
            choose_shipping=self.choose_shipping,
            payment_methods=methods,
            choose_payment=self.scripted("choose_payment", self.choose_payment),
            place=self.scripted("place", self.placed),
            resume=self.scripted("resume", self.placed),
        )
        return goods.offer(**{"carts": carts, "inline_checkout": inline, **ports})

    def hosted(self, *, handoff: Any, outcome: Any) -> Any:
        port = Port(
            traits=Attribute(HostedTraits(returns="with_order", origins=(PROVIDER,))), handoff=handoff, outcome=outcome
        )
        return self.offer(inline_checkout=None, hosted_checkout=port)

    def times(self, name: str) -> int:
        return len([call for call, _ in self.calls if call == name])


class Shopper:
    """A browser: a jar of cookies, and the way through the steps."""

    def __init__(self, shop: Shop, place: str = "en-gb") -> None:
        self.shop = shop
        self.place = place
        self.jar: dict[str, str] = {}

    def headers(self) -> list[tuple[bytes, bytes]]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return [SAME_SITE, FORM, *([(b"cookie", cookies.encode())] if cookies else [])]

    def take(self, answer: Answer) -> Answer:
        for cookie in answer.all("set-cookie"):
            pair, _, rest = cookie.partition(";")
            key, _, value = pair.partition("=")
            if "Max-Age=0" in rest:
                self.jar.pop(key, None)
            else:
                self.jar[key] = value
        return answer

    def at(self, path: str) -> str:
        return path if path.startswith("/") else f"/{self.place}/{path}"

    def get(self, path: str, **headers: str) -> Answer:
        own = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return self.take(self.shop.request("GET", self.at(path), [*self.headers(), *own]))

    def post(self, path: str, fields: Mapping[str, str] | list[tuple[str, str]] | None = None) -> Answer:
        body = urlencode(list(fields.items()) if isinstance(fields, Mapping) else fields or []).encode()
        return self.take(self.shop.request("POST", self.at(path), self.headers(), body))

    def posts(self, path: str, fields: Mapping[str, str], times: int) -> list[Answer]:
        """The same post several times at once."""
        found: list[Answer] = []

        async def one() -> None:
            body = urlencode(fields).encode()
            found.append(await ask(self.shop.app, "POST", self.at(path), self.headers(), body))

        async def together() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(times):
                    group.start_soon(one)

        self.shop.run(together)
        for answer in found:
            self.take(answer)
        return found

    def buys(self) -> None:
        answer = self.post("cart/lines", {"variant": "mug-blue", "product": "mug", "quantity": "2"})
        assert answer.status in (200, 303), answer.text

    def form(self, answer: Answer) -> dict[str, str]:
        """The hidden fields of a page's forms."""
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
        return {unescape(name): unescape(value) for name, value in found}

    def comes_to(self, step: str) -> Answer:
        """Fills in every step before one, and opens it."""
        self.buys()
        ways = {"details": ADA, "delivery": {"group.g1": "post"}, "payment": {"method": "card", "billing": "same"}}
        for name, fields in ways.items():
            if name == step:
                break
            answer = self.post(f"checkout/{name}", fields)
            assert answer.status == 303, f"{name}: {answer.text}"
        return self.get(f"checkout/{step}")

    def orders(self, review: Answer, **more: str) -> Answer:
        return self.post("checkout/review", {**self.form(review), **more})


@contextlib.contextmanager
def till(var: Path, backend: Backend | None = None, offer: Any = None) -> Iterator[tuple[Backend, Shopper]]:
    own = backend or Backend()
    with opened(settings(var), offer or own.offer()) as shop:
        yield own, Shopper(shop)


def replaced(state: CheckoutState, **changes: Any) -> CheckoutState:
    return msgspec.structs.replace(state, **changes)


def of(backend: Backend, name: str) -> Callable[..., Any]:
    """What the backend does by itself, to be given as a scripted answer."""
    return partial(getattr(backend, name))
