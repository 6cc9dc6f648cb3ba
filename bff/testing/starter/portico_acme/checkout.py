"""From cart to order. Keep one of two: Acme's own pages (hosted), or the store's (inline)."""

from __future__ import annotations

from collections.abc import Mapping

from bff.ports import (
    CartRef,
    CheckoutState,
    Details,
    Gone,
    Handoff,
    HostedTraits,
    Money,
    Open,
    Ordered,
    Outcome,
    PaymentMethod,
    Problem,
    ShippingGroup,
    VisitorContext,
)

from .api import Api
from .unwritten import NotWritten


class AcmeHostedCheckout:
    """`origins` are where shoppers are sent; the manifest's `origins` names them too, or the browser refuses."""

    traits = HostedTraits(returns="never", origins=())

    def __init__(self, api: Api) -> None:
        self._api = api

    async def handoff(self, ctx: VisitorContext, /, *, cart: CartRef, return_to: str) -> Handoff | tuple[Problem, ...]:
        raise NotWritten("hosted_checkout.handoff", "an address made for this click, that leads back to return_to.")

    async def outcome(self, ctx: VisitorContext, /, *, cart: CartRef) -> Open | Ordered | Gone:
        raise NotWritten("hosted_checkout.outcome", "what became of the cart: Open, Ordered with the order, or Gone.")


class AcmeInlineCheckout:
    """Steps are Acme's: `CheckoutState.missing` in the order Acme wants them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        raise NotWritten("inline_checkout.state", "what is known, what is missing, and the countries shipped to.")

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        raise NotWritten("inline_checkout.set_details", "contact, addresses, consents; InvalidInput names the fields.")

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        raise NotWritten("inline_checkout.shipping_options", "groups of lines and how each may travel.")

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        raise NotWritten("inline_checkout.choose_shipping", "an option for each group.")

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        raise NotWritten("inline_checkout.payment_methods", "only those that this adapter can drive to the end.")

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        raise NotWritten("inline_checkout.choose_payment", "Ready, or an Action that leads to the provider.")

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        raise NotWritten("inline_checkout.place", "one order however often it is asked; Refused for another total.")

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        raise NotWritten("inline_checkout.resume", "go on after the provider; `params` are anybody's, believe none.")
