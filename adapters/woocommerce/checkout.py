"""The checkout. The cart holds addresses and delivery; the way to pay and the note are sent when the order is placed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bff.ports import (
    BackendError,
    Cart,
    CartRef,
    CheckoutState,
    Contact,
    Details,
    InvalidInput,
    Missing,
    Money,
    NoCart,
    NotFound,
    Ordered,
    Outcome,
    PaymentMethod,
    Pending,
    Problem,
    Ready,
    Refused,
    Requirement,
    ShippingGroup,
    ShippingOption,
    Target,
    VisitorContext,
)

from . import wire_trade as trade
from .amounts import minor, money
from .cart_view import CODES, problems
from .carts import Bag, WooCarts
from .memory import keep, recalled
from .orders import PLACED, agreed, order
from .places import checked, complete, invalid, mail, posted, read, same, written
from .settings import word
from .shop import Shop
from .transport import Changed, Lapsed, NoRoute, Refusal, decoded, fields

_PICKUP = ("local_pickup", "pickup_location")


class WooCheckout:
    """Ways to pay are those of the settings that the cart offers. Any other needs a page of its provider, from which
    the shopper would come back to WordPress and not here."""

    def __init__(self, shop: Shop, carts: WooCarts) -> None:
        self._shop, self._carts = shop, carts

    async def _bag(self, ctx: VisitorContext, cart: CartRef) -> Bag:
        """Raises `NotFound`."""
        found = await self._carts.read(ctx, cart)
        if isinstance(found, NoCart):
            raise NotFound(f"cart: {found.reason}", gone=found.reason != "unknown")
        return found

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        return self._state(ctx, await self._bag(ctx, cart))

    def _state(self, ctx: VisitorContext, bag: Bag) -> CheckoutState:
        found, shown = bag.cart, self._carts.shown(ctx, bag)
        if not isinstance(shown, Cart):
            raise NotFound("cart: empty", gone=True)
        memory = recalled(ctx.shopper)
        groups, method = self._groups(found, memory.rates), memory.method
        payment = method if method in found.payment_methods else None
        wrong = [*problems(found), *_nowhere(found, groups)]
        return CheckoutState(
            cart=shown,
            missing=tuple(Requirement(kind=kind) for kind in _missing(found, groups, payment)),
            countries=self._shop.settings.countries or (ctx.public.market.country,),
            contact=Contact(email=found.billing_address.email, phone=found.billing_address.phone or None)
            if found.billing_address.email
            else None,
            shipping_address=read(found.shipping_address) if found.needs_shipping else None,
            billing_address=read(found.billing_address),
            shipping=groups,
            payment=payment,
            problems=tuple(wrong),
        )

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        billing: dict[str, str] = {}
        body: dict[str, Any] = {}
        phone = details.contact.phone if details.contact else None
        if details.contact is not None:
            billing["email"] = mail(details.contact.email)
            billing |= {"phone": phone} if phone else {}
        if details.shipping_address is not None:
            checked(details.shipping_address, "shipping_address")
            body["shipping_address"] = written(details.shipping_address, phone=phone)
        if details.billing_address is not None:
            checked(details.billing_address, "billing_address")
            billing = written(details.billing_address, phone=phone) | billing
        elif details.billing_same is not False and (details.shipping_address or details.billing_same):
            billing = await self._billed(ctx, cart, details, phone) | billing
        if billing:
            body["billing_address"] = billing
        if not body:
            return await self.state(ctx, cart=cart)
        try:
            return self._state(ctx, await self._carts.write(ctx, cart, "/cart/update-customer", body))
        except Refusal as error:
            raise invalid(error) from None

    async def _billed(self, ctx: VisitorContext, cart: CartRef, details: Details, phone: str | None) -> dict[str, str]:
        """The bill's address where it is that of the goods: said so, or nothing else is known, or it was until now."""
        if details.billing_same and details.shipping_address:
            return written(details.shipping_address, phone=phone)
        before = (await self._bag(ctx, cart)).cart
        if details.shipping_address is None:
            return posted(before.shipping_address) if complete(before.shipping_address) else {}
        if complete(before.billing_address) and not same(before.billing_address, before.shipping_address):
            return {}
        return written(details.shipping_address, phone=phone)

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        return self._groups((await self._bag(ctx, cart)).cart, recalled(ctx.shopper).rates)

    def _groups(self, cart: trade.Cart, rates: Mapping[str, str]) -> tuple[ShippingGroup, ...]:
        """WooCommerce's packages. It presets the first way for each; where there are several, the shopper chooses."""
        if not cart.needs_shipping or not complete(cart.shipping_address):
            return ()
        if not cart.shipping_rates:
            return (ShippingGroup(id="0", lines=tuple(item.key for item in cart.items), options=()),)
        return tuple(
            ShippingGroup(
                id=str(package.package_id),
                lines=tuple(item.key for item in package.items),
                options=tuple(self._option(rate, cart.totals) for rate in package.shipping_rates),
                chosen=_chosen(package.shipping_rates, rates.get(str(package.package_id))),
            )
            for package in cart.shipping_rates
        )

    def _option(self, rate: trade.Rate, totals: trade.Totals) -> ShippingOption:
        included = self._shop.settings.tax != "excluded"
        units = minor(rate.price) + (minor(rate.taxes) if included else 0)
        return ShippingOption(
            id=rate.rate_id,
            name=rate.name,
            kind="pickup" if rate.method_id in _PICKUP else "delivery",
            price=money(units, totals.currency_minor_unit, totals.currency_code),
            description=rate.description or None,
        )

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        """WooCommerce takes a rate that there is not and leaves the old one chosen: what came of it is looked at."""
        bag: Bag | None = None
        for group, option in choices.items():
            body = {"package_id": group, "rate_id": option}
            try:
                bag = await self._carts.write(ctx, cart, "/cart/select-shipping-rate", body)
            except (Refusal, Changed):
                raise InvalidInput({group[:100]: "invalid"}) from None
        if bag is None:
            return await self.state(ctx, cart=cart)
        memory = recalled(ctx.shopper)
        keep(ctx.shopper, msgspec.structs.replace(memory, rates={**memory.rates, **choices}))
        state = self._state(ctx, bag)
        chosen = {group.id: group.chosen for group in state.shipping}
        wrong = {group[:100]: "invalid" for group, option in choices.items() if chosen.get(group) != option}
        if wrong:
            raise InvalidInput(wrong)
        return state

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        offered = (await self._bag(ctx, cart)).cart.payment_methods
        return tuple(
            PaymentMethod(id=id, name=word(names, ctx.public.language) or id, kind="offline")
            for id, names in self._shop.settings.payments.items()
            if id in offered
        )

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        bag = await self._bag(ctx, cart)
        if method not in self._shop.settings.payments or method not in bag.cart.payment_methods:
            raise InvalidInput({"method": "invalid"})
        keep(ctx.shopper, msgspec.structs.replace(recalled(ctx.shopper), method=method))
        try:
            await self._draft(ctx, bag)
        except Changed as error:
            return Refused(problems=_changed(error))
        except Refusal as error:
            return Refused(problems=(_refused(error),))
        return Ready(state=self._state(ctx, bag))

    async def _draft(self, ctx: VisitorContext, bag: Bag) -> None:
        """Begin the order: its id and key are known before it is placed, so that one whose answer was lost is found, and
        two calls at once place the same one. Older versions cannot and begin it when it is placed. Raises `Lapsed`,
        `Refusal`, `Changed`."""
        memory = recalled(ctx.shopper)
        body = {"payment_method": memory.method} if bag.cart.needs_payment else {}
        query = [fields("order_id", "order_key")]
        try:
            draft, _ = await self._shop.api.send(
                ctx.public, "PUT", "/checkout", trade.Draft, body, query=query, token=bag.token
            )
        except NoRoute:
            return
        email = bag.cart.billing_address.email or ""
        keep(ctx.shopper, msgspec.structs.replace(memory, order=draft.order_id, key=draft.order_key, email=email))

    # ---- the order

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        found = await self._carts.read(ctx, cart)
        if isinstance(found, NoCart):
            return await self._done(ctx, found)
        state = self._state(ctx, found)
        total = state.cart.totals.total
        if expected is not None and expected != total:
            target = Target(kind="cart")
            changed = Problem(code="price_changed", severity="error", target=target, before=expected, after=total)
            return Refused(problems=(changed,))
        wrong = [problem for problem in state.problems if problem.severity != "info"]
        if wrong or state.missing:
            return Refused(problems=tuple(wrong) or tuple(_lacking(each.kind) for each in state.missing))
        return await self._order(ctx, cart, found, state)

    async def _order(self, ctx: VisitorContext, cart: CartRef, bag: Bag, state: CheckoutState) -> Outcome:
        memory, found = recalled(ctx.shopper), bag.cart
        email = found.billing_address.email or ""
        body: dict[str, Any] = {
            "billing_address": posted(found.billing_address, email),
            "shipping_address": posted(found.shipping_address if found.needs_shipping else found.billing_address),
            "customer_note": memory.note or "",
        }
        if found.needs_payment:
            body["payment_method"] = memory.method
        try:
            if not memory.order:
                await self._draft(ctx, bag)
                memory = recalled(ctx.shopper)
            elif memory.email != email:
                memory = msgspec.structs.replace(memory, email=email)
                keep(ctx.shopper, memory)
            made, _ = await self._shop.api.send(
                ctx.public, "POST", "/checkout", trade.Placed, body, query=[PLACED], token=bag.token
            )
        except Lapsed as error:
            raise NotFound(error.detail) from None
        except Changed as error:
            if error.code == "woocommerce_rest_cart_empty":
                return await self._done(ctx, NoCart(reason="ordered"))
            return Refused(problems=_changed(error))
        except Refusal as error:
            return Refused(problems=(_refused(error),))
        paid = made.payment_result.payment_status if made.payment_result else "success"
        if paid in ("failure", "error"):
            return Refused(problems=(_lacking("payment"),))
        now = datetime.datetime.now(datetime.UTC)
        number = made.order_number or str(made.order_id)
        memory = msgspec.structs.replace(
            memory, order=made.order_id, key=made.order_key, number=number, placed=now, note=None, method=None, rates={}
        )
        keep(ctx.shopper, memory)
        if made.payment_result and _elsewhere(made.payment_result.redirect_url, self._shop.settings.url):
            return Pending()  # A provider waits for the shopper after all: nothing is placed a second time.
        try:
            read_ = await order(self._shop, ctx.public, memory, state.cart.lines)
        except BackendError:  # It is placed, whatever becomes of reading it.
            read_ = None
        return Ordered(order=read_ or agreed(memory, state))

    async def _done(self, ctx: VisitorContext, found: NoCart) -> Outcome:
        """What became of a cart that is none any more. Raises `NotFound` where no order of it is known."""
        memory = recalled(ctx.shopper)
        if not memory.order:
            raise NotFound(f"cart: {found.reason}", gone=found.reason != "unknown")
        made = await order(self._shop, ctx.public, memory, ())
        if made is None:
            raise NotFound("cart: its order is a draft", gone=True)
        if memory.placed is None:
            now = datetime.datetime.now(datetime.UTC)
            settled = msgspec.structs.replace(memory, number=made.number, placed=now, note=None, method=None, rates={})
            keep(ctx.shopper, settled)
        return Ordered(order=made)

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        """Nothing here sends the shopper away; the order, if there is one, else where the checkout stands."""
        found = await self._carts.read(ctx, cart)
        if isinstance(found, NoCart):
            return await self._done(ctx, found)
        return Ready(state=self._state(ctx, found))


def _chosen(rates: Sequence[trade.Rate], wanted: str | None) -> str | None:
    now = next((rate.rate_id for rate in rates if rate.selected), None)
    return now if len(rates) == 1 or now == wanted else None


def _missing(cart: trade.Cart, groups: Sequence[ShippingGroup], payment: str | None) -> list[Missing]:
    found: list[Missing] = []
    if not cart.billing_address.email:
        found.append("contact")
    if cart.needs_shipping and not complete(cart.shipping_address):
        found.append("shipping_address")
    if not complete(cart.billing_address):
        found.append("billing_address")
    if cart.needs_shipping and (not groups or any(group.chosen is None for group in groups)):
        found.append("shipping")
    if cart.needs_payment and payment is None:
        found.append("payment")
    return found


def _nowhere(cart: trade.Cart, groups: Sequence[ShippingGroup]) -> list[Problem]:
    """An address where nothing is sent is taken without a word, and no delivery is offered."""
    country = cart.shipping_address.country
    return [
        Problem(code="not_sold_here", severity="error", target=Target(kind="group", id=group.id), text=country)
        for group in groups
        if not group.options
    ]


def _lacking(kind: Missing) -> Problem:
    return Problem(code="other", severity="error", target=Target(kind="field", id=kind))


def _changed(error: Changed) -> tuple[Problem, ...]:
    """What a conflict says about the cart that it brings along."""
    now = decoded(bytes(error.data), trade.WithCart).cart if bytes(error.data) else None
    told = problems(now) if now is not None else ()
    return told or (Problem(code=CODES.get(error.code, "other"), severity="error", target=Target(kind="cart")),)


def _refused(error: Refusal) -> Problem:
    if error.code in CODES and error.code != "rest_invalid_param":
        return Problem(code=CODES[error.code], severity="error", target=Target(kind="cart"))
    about: Missing = "payment" if "payment" in error.code or "payment" in error.message else "field"
    if "address" in error.code or "address" in error.message:
        about = "shipping_address"
    return _lacking(about)


def _elsewhere(url: str, shop: str) -> bool:
    """Whether an address leads away from the shop."""
    return url.startswith(("http://", "https://")) and not url.partition("//")[2].startswith(
        shop.rstrip("/").partition("//")[2]
    )
