"""A shopper who buys, and the provider's desk: for the tests of checkout, codes and orders."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from adapters.embedded import payments, provider
from adapters.embedded.database import Database
from bff.ports import (
    Action,
    Address,
    Cart,
    CartRef,
    Carts,
    CheckoutState,
    Contact,
    Details,
    InlineCheckout,
    InputValue,
    LineInput,
    NoCart,
    Offer,
    VariantKey,
    VisitorContext,
)

BACK = "https://shop.example/en-gb/checkout/return/abc?x=1"
ADDRESSES = {
    "gb": Address(
        country="GB", first_name="Ada", last_name="Byron", line1="1 Mill Lane", city="Bath", postcode="BA1 1AA"
    ),
    "de": Address(
        country="DE", first_name="Jo", last_name="Weiß", line1="Setzerstraße 3", city="Berlin", postcode="10997"
    ),
    "us": Address(
        country="US", first_name="Al", last_name="Ray", line1="9 Elm St", city="Albany", postcode="12207", region="NY"
    ),
    "ae": Address(
        country="AE", first_name="ليلى", last_name="حداد", line1="شارع 4", city="دبي", phone="+971 50 123 4567"
    ),
}


def line(sku: str, quantity: int = 1, **more) -> LineInput:
    return LineInput(variant=VariantKey(sku=sku), quantity=Decimal(quantity), **more)


def codes(result) -> list[str]:
    return [problem.code for problem in result.problems]


def kinds(state: CheckoutState) -> list[str]:
    return [each.kind for each in state.missing]


def gift(recipient: str = "to@you.example", sku: str = "GIFT-050") -> LineInput:
    return LineInput(variant=VariantKey(sku=sku), inputs=(InputValue(id="recipient", value=recipient),))


class Buyer:
    """A shopper with a cart, in a market."""

    def __init__(self, offer: Offer, ctx: VisitorContext, ref: CartRef) -> None:
        assert offer.carts is not None
        assert offer.inline_checkout is not None
        self.offer, self.ctx, self.ref = offer, ctx, ref
        self.carts: Carts = offer.carts
        self.checkout: InlineCheckout = offer.inline_checkout

    @property
    def market(self) -> str:
        return self.ctx.public.market.id

    async def fill(self, email: str = "ada@example.org", option: str = "standard") -> CheckoutState:
        details = Details(
            contact=Contact(email=email), shipping_address=ADDRESSES[self.market], consents={"terms": True}
        )
        state = await self.checkout.set_details(self.ctx, cart=self.ref, details=details)
        chosen = {group.id: option for group in state.shipping if group.id != "digital"}
        return await self.checkout.choose_shipping(self.ctx, cart=self.ref, choices=chosen) if chosen else state

    async def pay(self, method: str = "bank_transfer"):
        return await self.checkout.choose_payment(self.ctx, cart=self.ref, method=method, return_to=BACK)

    async def place(self, expected="now"):
        if expected == "now":
            expected = (await self.checkout.state(self.ctx, cart=self.ref)).cart.totals.total
        return await self.checkout.place(self.ctx, cart=self.ref, expected=expected, return_to=BACK)

    async def resume(self, **params: str):
        return await self.checkout.resume(self.ctx, cart=self.ref, params=params)

    async def cart(self) -> Cart | NoCart:
        return await self.carts.get(self.ctx, cart=self.ref)


async def ready(buyer, *lines: LineInput, market: str = "gb", method: str = "bank_transfer") -> Buyer:
    """A shopper who has only to order."""
    shopper = await buyer(*lines, market=market)
    await shopper.fill()
    await shopper.pay(method)
    return shopper


class Desk:
    """The provider's pages: as if another process served them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, action: Action, decision: provider.Decision, *, tell: bool = True) -> dict[str, str]:
        """Decide; what stands in the address the payer comes back by. `tell`: the shop is notified."""
        id = urlsplit(action.url).path.rpartition("/")[2]
        with closing(self._database.connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            payment = provider.decide(connection, id, decision)
            if tell:
                payments.notified(connection, id)
            connection.execute("COMMIT")
        assert payment is not None
        return dict(parse_qsl(urlsplit(provider.back(payment)).query))
