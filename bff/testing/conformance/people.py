"""Shoppers who go further than a cart: those who order, and those who have an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import pytest

from bff.ports import (
    Action,
    CartRef,
    CheckoutState,
    ConfirmationSent,
    Contact,
    Customer,
    Details,
    Order,
    Ordered,
    Outcome,
    PaymentMethod,
    Ready,
    Registration,
    Requirement,
    SignedIn,
    VariantKey,
    VisitorContext,
)

from .shop import PASSWORD, Shop
from .subject import PHONE

BACK = "https://shop.example/checkout/return/kit?state=1"
"""Where a provider sends the shopper back to."""


@dataclass(frozen=True)
class Person:
    """A customer who is signed in."""

    ctx: VisitorContext
    customer: Customer
    email: str
    password: str = PASSWORD


def signed(ctx: VisitorContext, answer: SignedIn) -> VisitorContext:
    """The same browser, signed in."""
    return msgspec.structs.replace(ctx, shopper=msgspec.structs.replace(ctx.shopper, token=answer.token))


def registration(email: str, first_name: str = "Ada") -> Registration:
    return Registration(email=email, password=PASSWORD, first_name=first_name, last_name="Byron")


async def customer(shop: Shop, guest: VisitorContext | None = None, cart: CartRef | None = None) -> Person:
    """Somebody with an account, signed in: a new one where accounts can be opened, else the one of the hints."""
    ctx = guest or shop.visitor()
    if shop.has("accounts") and "register" in shop.accounts.traits.offered:
        email = shop.email()
        answer = await shop.accounts.register(shop.again(ctx), registration=registration(email), guest_cart=cart)
        if isinstance(answer, ConfirmationSent):
            if not shop.reads_mail:
                pytest.skip("accounts are confirmed by mail; Subject.mailed would read it")
            confirmed = await shop.accounts.confirm(shop.again(ctx), token=await shop.mailed(email))
            assert isinstance(confirmed, SignedIn), confirmed
            answer = confirmed
        return Person(signed(ctx, answer), answer.customer, email)
    if shop.subject.hints.customer is None:
        pytest.skip("no account can be opened here, and Hints.customer names none")
    email, password = shop.subject.hints.customer
    entered = await enter(shop, ctx, email, password, cart)
    assert isinstance(entered, SignedIn), entered
    return Person(signed(ctx, entered), entered.customer, email, password)


async def enter(shop: Shop, ctx: VisitorContext, email: str, password: str, cart: CartRef | None = None) -> object:
    """Sign in with a password."""
    methods = [method for method in await shop.sign_in.methods(shop.again(ctx)) if method.kind == "password"]
    if not methods:
        pytest.skip("nobody signs in with a password here")
    data = {"email": email, "password": password}
    return await shop.sign_in.begin(shop.again(ctx), method=methods[0].id, data=data, guest_cart=cart)


# ---------------------------------------------------------------- buying


def agreed(missing: tuple[Requirement, ...]) -> tuple[Mapping[str, bool], Mapping[str, str]]:
    """Consents given and fields filled in, as they are asked for."""
    consents = {need.id: True for need in missing if need.kind == "consent" and need.id}
    return consents, {need.id: "kit" for need in missing if need.kind == "field" and need.id and need.required}


async def detailed(shop: Shop, ctx: VisitorContext, ref: CartRef, email: str) -> CheckoutState:
    """Contact and address given, and whatever else is asked for."""
    state = await shop.inline_checkout.state(shop.again(ctx), cart=ref)
    consents, fields = agreed(state.missing)
    details = Details(
        contact=Contact(email=email, phone=PHONE),
        shipping_address=shop.subject.address(ctx.public.market.country),
        billing_same=True,
        consents=consents,
        fields=fields,
    )
    return await shop.inline_checkout.set_details(shop.again(ctx), cart=ref, details=details)


async def shipped(shop: Shop, ctx: VisitorContext, ref: CartRef) -> CheckoutState:
    """A delivery chosen for each group of lines."""
    groups = await shop.inline_checkout.shipping_options(shop.again(ctx), cart=ref)
    choices = {}
    for group in groups:
        assert group.options, f"nothing goes to {shop.markets[0].country}: the group {group.id} has no options"
        ways = [option for option in group.options if option.kind == "delivery"] or list(group.options)
        choices[group.id] = ways[0].id
    if not choices:
        return await shop.inline_checkout.state(shop.again(ctx), cart=ref)
    return await shop.inline_checkout.choose_shipping(shop.again(ctx), cart=ref, choices=choices)


async def payable(shop: Shop, ctx: VisitorContext, ref: CartRef) -> PaymentMethod:
    """A way to pay that the kit can go."""
    methods = await shop.inline_checkout.payment_methods(shop.again(ctx), cart=ref)
    offline = [method for method in methods if method.kind == "offline"]
    if not offline and (not methods or shop.subject.pay is None):
        pytest.skip("no payment without a provider's page, and Subject.pay does not go there")
    return (offline or list(methods))[0]


async def prepared(
    shop: Shop, *keys: VariantKey, ctx: VisitorContext | None = None
) -> tuple[VisitorContext, CartRef, str]:
    """A shopper who has only to order, the cart, and the mail address given."""
    ctx, cart = await shop.cart(*keys, ctx=ctx)
    email = shop.email()
    await detailed(shop, ctx, cart.ref, email)
    await shipped(shop, ctx, cart.ref)
    method = await payable(shop, ctx, cart.ref)
    outcome = await shop.inline_checkout.choose_payment(
        shop.again(ctx), cart=cart.ref, method=method.id, return_to=BACK
    )
    outcome = await through(shop, ctx, cart.ref, outcome)
    assert isinstance(outcome, Ready | Ordered), f"a way to pay was chosen and the checkout is ready; came {outcome!r}"
    return ctx, cart.ref, email


async def through(shop: Shop, ctx: VisitorContext, ref: CartRef, outcome: Outcome) -> Outcome:
    """Goes to the provider's page and comes back, where the outcome asks for it."""
    if not isinstance(outcome, Action):
        return outcome
    if shop.subject.pay is None:
        pytest.skip("the payment goes by a provider's page, and Subject.pay does not go there")
    params = await shop.subject.pay(outcome)
    return await shop.inline_checkout.resume(shop.again(ctx), cart=ref, params=params)


async def place(shop: Shop, ctx: VisitorContext, ref: CartRef) -> Outcome:
    """Order, for the total that is shown now."""
    state = await shop.inline_checkout.state(shop.again(ctx), cart=ref)
    outcome = await shop.inline_checkout.place(
        shop.again(ctx), cart=ref, expected=state.cart.totals.total, return_to=BACK
    )
    return await through(shop, ctx, ref, outcome)


async def ordered(
    shop: Shop, *keys: VariantKey, ctx: VisitorContext | None = None
) -> tuple[VisitorContext, Order, str]:
    """Somebody who has ordered, the order, and the mail address given."""
    ctx, ref, email = await prepared(shop, *keys, ctx=ctx)
    outcome = await place(shop, ctx, ref)
    assert isinstance(outcome, Ordered), f"ordering makes an order; came {outcome!r}"
    if outcome.order is None:
        pytest.skip("the order's details cannot be read")
    return ctx, outcome.order, email
