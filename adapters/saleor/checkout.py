"""Checkout on the head's pages, paid without a provider's page, from the checkout to a placed order."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bff.ports import (
    Cart,
    CartRef,
    CheckoutState,
    Contact,
    Details,
    InvalidInput,
    Money,
    NotFound,
    Outcome,
    PaymentMethod,
    Problem,
    Ready,
    Refused,
    Requirement,
    ShippingGroup,
    ShippingOption,
    Target,
    VisitorContext,
)

from . import checkout_documents as documents
from .addresses import checked, read, refused, written
from .bags import PAYMENT
from .client import Operation
from .desk import Desk, Done
from .placing import Placing
from .settings import Settings, word
from .wire import Wire
from .wire_checkout import (
    Invalid,
    Short,
    Stale,
    Unsold,
    WireAddress,
    WireCheckout,
    WireDelivery,
    WireError,
    WireWarehouse,
)

GROUP = "delivery"
_ZERO = Decimal(0)
_TODAY = datetime.date.today


class _Errors(Wire):
    errors: tuple[WireError, ...] = ()


class _Detailed(Wire, rename=None):
    contact: _Errors | None = None
    shipping_address: _Errors | None = None
    billing_address: _Errors | None = None


class _Deliveries(Wire):
    deliveries: tuple[WireDelivery, ...] | None = None
    errors: tuple[WireError, ...] = ()


class _Gateway(Wire):
    id: str


class _Gateways(Wire):
    available_payment_gateways: tuple[_Gateway, ...] = ()


class _Checkout(Wire):
    checkout: _Gateways | None = None


_DETAILS = Operation("details", documents.DETAILS, _Detailed)
_DELIVERIES = Operation("deliveryOptionsCalculate", documents.DELIVERIES, Done[_Deliveries])
_CHOOSE = Operation("checkoutDeliveryMethodUpdate", documents.CHOOSE, Done[_Errors])
_MARK = Operation("updateMetadata", documents.MARK, Done[_Errors])
_GATEWAYS = Operation("gateways", documents.GATEWAYS, _Checkout)


class SaleorCheckout:
    """See the port. The way to pay is kept in the checkout's metadata until the order is made: a payment that is made
    earlier would be of a total that may still change."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._settings = desk, settings
        self._placing = Placing(desk, settings)

    # ---------------------------------------------------------------- where it stands

    async def state(self, ctx: VisitorContext, /, *, cart: CartRef) -> CheckoutState:
        return await self._state(ctx, await self._found(ctx, cart))

    async def _found(self, ctx: VisitorContext, cart: CartRef) -> WireCheckout:
        """Raises `NotFound`."""
        found = await self._desk.found(ctx, cart.id, whole=True)
        if found is None or not found.lines:
            raise NotFound("no such checkout")
        return found

    async def _state(self, ctx: VisitorContext, found: WireCheckout) -> CheckoutState:
        place = self._desk.place(ctx, found)
        groups = await self._groups(ctx, found)
        cart = self._desk.bags.cart(place, found)
        payment = self._chosen(found)
        own = place.market.country
        countries = [country.code for country in found.channel.countries or ()]
        return CheckoutState(
            cart=cart,
            missing=_missing(found, groups, payment, cart),
            countries=tuple(sorted(countries, key=lambda code: (code != own, code))),
            contact=Contact(email=found.email, phone=_phone(found)) if found.email else None,
            shipping_address=read(found.shipping_address),
            billing_address=read(found.billing_address),
            shipping=groups,
            payment=payment,
            problems=_problems(found, groups),
        )

    def _chosen(self, found: WireCheckout) -> str | None:
        kept = next((each.value for each in found.metadata if each.key == PAYMENT), None)
        return kept if kept in self._settings.payments else None

    # ---------------------------------------------------------------- details

    async def set_details(self, ctx: VisitorContext, /, *, cart: CartRef, details: Details) -> CheckoutState:
        found = await self._found(ctx, cart)
        phone = details.contact.phone if details.contact else None
        if details.contact and "@" not in details.contact.email.strip()[1:-1]:
            raise InvalidInput({"contact.email": "invalid"})
        for name in ("shipping_address", "billing_address"):
            given = getattr(details, name)
            if given is not None:
                checked(given, f"{name}.")
        shipping = written(details.shipping_address, phone=phone) if details.shipping_address else None
        billing = written(details.billing_address, phone=phone) if details.billing_address else None
        if billing is None and _billed_there(details, found):
            known = read(found.shipping_address)
            billing = shipping or (written(known) if known else None)
        if not found.is_shipping_required:
            shipping, billing = None, billing or shipping  # Nothing travels: Saleor refuses an address to send to.
        asked = {
            "id": found.id,
            "email": details.contact.email.strip() if details.contact else "",
            "shipping": shipping or {}, "billing": billing or {},
            "byEmail": details.contact is not None, "byShipping": bool(shipping), "byBilling": bool(billing),
        }  # fmt: skip
        if asked["byEmail"] or shipping or billing:
            token = await self._desk.sessions.known(ctx)
            told = await self._desk.client.ask(ctx.public, self._desk.place(ctx), _DETAILS, asked, token=token)
            _check_details(told, own_billing=details.billing_address is not None)
            found = await self._found(ctx, cart)
        return await self._state(ctx, found)

    # ---------------------------------------------------------------- delivery

    async def shipping_options(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[ShippingGroup, ...]:
        return await self._groups(ctx, await self._found(ctx, cart))

    async def _groups(self, ctx: VisitorContext, found: WireCheckout) -> tuple[ShippingGroup, ...]:
        """One group: Saleor sends a checkout as a whole. Options are asked for by a mutation, since apps may be behind
        them; before there is an address there are only places to collect at."""
        lines = tuple(line.id for line in found.lines if line.requires_shipping)
        if not lines or not found.is_shipping_required:
            return ()
        place = self._desk.place(ctx, found)
        options = [_collected(one, place.money(_ZERO)) for one in found.available_collection_points]
        if found.shipping_address is None and not options:
            return ()
        ways = await self._ways(ctx, found)
        options = [*(self._option(ctx, found, one) for one in ways.values()), *options]
        return (ShippingGroup(id=GROUP, lines=lines, options=tuple(options), chosen=_chosen(found, options)),)

    async def _ways(self, ctx: VisitorContext, found: WireCheckout) -> dict[str, WireDelivery]:
        """The deliveries there are now, by their shipping method: their own ids may be others whenever Saleor looks."""
        if found.shipping_address is None:
            return {}
        token, place = await self._desk.sessions.known(ctx), self._desk.place(ctx, found)
        told = await self._desk.client.ask(ctx.public, place, _DELIVERIES, {"id": found.id}, token=token)
        deliveries = (told.done.deliveries if told.done else None) or ()
        return {one.shipping_method.id: one for one in deliveries if one.shipping_method and one.shipping_method.active}

    def _option(self, ctx: VisitorContext, found: WireCheckout, one: WireDelivery) -> ShippingOption:
        method = one.shipping_method
        assert method is not None
        first, last = method.minimum_delivery_days, method.maximum_delivery_days
        return ShippingOption(
            id=method.id,
            name=(method.translation.name if method.translation else None) or method.name,
            price=self._desk.place(ctx, found).plain(method.price) if method.price else None,
            earliest=_TODAY() + datetime.timedelta(days=first) if first is not None else None,
            latest=_TODAY() + datetime.timedelta(days=last) if last is not None else None,
        )

    async def choose_shipping(
        self, ctx: VisitorContext, /, *, cart: CartRef, choices: Mapping[str, str]
    ) -> CheckoutState:
        found = await self._found(ctx, cart)
        ways = await self._ways(ctx, found) if found.is_shipping_required else {}
        ids = {method: one.id for method, one in ways.items()}
        ids |= {one.id: one.id for one in found.available_collection_points}
        wrong = {group[:100]: "invalid" for group, option in choices.items() if group != GROUP or option not in ids}
        if wrong:
            raise InvalidInput(wrong)
        for group, option in choices.items():
            token = await self._desk.sessions.known(ctx)
            asked = {"id": found.id, "delivery": ids[option]}
            told = await self._desk.client.ask(ctx.public, self._desk.place(ctx), _CHOOSE, asked, token=token)
            if told.done and told.done.errors:
                raise InvalidInput({group: "invalid"}, told.done.errors[0].code)
            found = await self._found(ctx, cart)
        return await self._state(ctx, found)

    # ---------------------------------------------------------------- payment

    async def payment_methods(self, ctx: VisitorContext, /, *, cart: CartRef) -> tuple[PaymentMethod, ...]:
        found = await self._found(ctx, cart)
        gateways: set[str] = set()
        if any(one.how == "gateway" for one in self._settings.payments.values()):
            told = await self._desk.client.ask(ctx.public, self._desk.place(ctx), _GATEWAYS, {"id": found.id})
            gateways = {one.id for one in (told.checkout.available_payment_gateways if told.checkout else ())}
        return tuple(
            PaymentMethod(id=id, name=word(one.name, ctx.public.language) or id, kind="offline")
            for id, one in self._settings.payments.items()
            if one.how != "gateway" or id in gateways
        )

    async def choose_payment(self, ctx: VisitorContext, /, *, cart: CartRef, method: str, return_to: str) -> Outcome:
        if method not in self._settings.payments:
            raise InvalidInput({"method": "invalid"})
        found = await self._desk.found(ctx, cart.id, whole=True)
        if found is None:
            return await self._placing.again(ctx, cart)
        asked = {"id": found.id, "metadata": [{"key": PAYMENT, "value": method}]}
        token = await self._desk.sessions.known(ctx)
        told = await self._desk.client.ask(ctx.public, self._desk.place(ctx), _MARK, asked, token=token)
        if told.done and told.done.errors:
            return Refused(problems=(_lacking("payment"),))
        return Ready(state=await self.state(ctx, cart=cart))

    async def place(self, ctx: VisitorContext, /, *, cart: CartRef, expected: Money | None, return_to: str) -> Outcome:
        found = await self._desk.found(ctx, cart.id, whole=True)
        if found is None:
            return await self._placing.again(ctx, cart)
        state = await self._state(ctx, found)
        total = state.cart.totals.total
        if expected is not None and expected != total:
            target = Target(kind="cart")
            changed = Problem(code="price_changed", severity="error", target=target, before=expected, after=total)
            return Refused(problems=(changed,))
        if state.problems:
            return Refused(problems=state.problems)
        if state.missing:
            return Refused(problems=tuple(_lacking(each.kind) for each in state.missing))
        return await self._placing.placed(ctx, found, self._chosen(found))

    async def resume(self, ctx: VisitorContext, /, *, cart: CartRef, params: Mapping[str, str]) -> Outcome:
        """Nothing here sends the shopper away: the order, if there is one, else where the checkout stands."""
        found = await self._desk.found(ctx, cart.id, whole=True)
        if found is None:
            return await self._placing.again(ctx, cart)
        return Ready(state=await self._state(ctx, found))


def _collected(one: WireWarehouse, free: Money) -> ShippingOption:
    """A place to collect at. When it will be ready there, Saleor does not know."""
    at = read(one.address)
    where = ", ".join(part for part in (at.line1, at.line2, at.city) if part) if at else ""
    return ShippingOption(
        id=one.id, name=one.name, kind="pickup", price=free, location=one.name, description=where or None
    )


def _chosen(found: WireCheckout, options: Sequence[ShippingOption]) -> str | None:
    """The option that is chosen and still offered as it was."""
    if any(isinstance(problem, Stale | Invalid) for problem in found.problems):
        return None
    by_method = found.delivery.shipping_method if found.delivery else None
    now = by_method.id if by_method else found.delivery_method.id if found.delivery_method else None
    return now if now in {option.id for option in options} else None


def _missing(
    found: WireCheckout, groups: Sequence[ShippingGroup], payment: str | None, cart: Cart
) -> tuple[Requirement, ...]:
    picked = any(o.kind == "pickup" and o.id == group.chosen for group in groups for o in group.options)
    lacks = {
        "contact": not found.email,
        "shipping_address": found.is_shipping_required and found.shipping_address is None and not picked,
        "billing_address": found.billing_address is None,
        "shipping": found.is_shipping_required and not any(group.chosen for group in groups),
        "payment": payment is None and (cart.totals.due is None or cart.totals.due.amount > 0),
    }
    return tuple(Requirement(kind=kind) for kind, lacking in lacks.items() if lacking)  # type: ignore[arg-type]


def _problems(found: WireCheckout, groups: Sequence[ShippingGroup]) -> tuple[Problem, ...]:
    """What Saleor says keeps the order from being made as it stands."""
    made: list[Problem] = []
    for one in found.problems:
        if isinstance(one, Short):
            most = one.available_quantity or 0
            code: Any = "quantity_reduced" if most else "out_of_stock"
            limit = _ZERO + most
            target = Target(kind="line", id=one.line.id)
            made.append(Problem(code=code, severity="error", target=target, limit=limit))
        elif isinstance(one, Unsold):
            target = Target(kind="line", id=one.line.id)
            made.append(Problem(code="line_unavailable", severity="error", target=target))
        else:
            target = Target(kind="group", id=GROUP)
            made.append(Problem(code="shipping_stale", severity="warning", target=target))
    for group in groups:
        if not group.options:
            country = found.shipping_address.country.code if found.shipping_address else None
            target = Target(kind="group", id=group.id)
            made.append(Problem(code="not_sold_here", severity="error", target=target, text=country))
    return tuple(made)


def _billed_there(details: Details, found: WireCheckout) -> bool:
    """Whether the bill goes where the goods go: said so, or nothing else is known yet, or it did until now."""
    if details.billing_same is not None:
        return details.billing_same
    if found.billing_address is None:
        return details.shipping_address is not None
    return details.shipping_address is not None and _text(found.billing_address) == _text(found.shipping_address)


def _text(one: WireAddress | None) -> dict[str, Any]:
    found = read(one)
    return written(found) if found else {}


def _check_details(told: _Detailed, *, own_billing: bool) -> None:
    """Raises `InvalidInput` with the fields as the head names them."""
    if told.contact and told.contact.errors:
        raise InvalidInput({"contact.email": "invalid"}, told.contact.errors[0].code)
    if told.shipping_address and told.shipping_address.errors:
        raise refused(told.shipping_address.errors, "shipping_address.")
    if told.billing_address and told.billing_address.errors:
        raise refused(told.billing_address.errors, "billing_address." if own_billing else "shipping_address.")


def _phone(found: WireCheckout) -> str | None:
    return (found.shipping_address.phone if found.shipping_address else None) or None


def _lacking(kind: str) -> Problem:
    return Problem(code="other", severity="error", target=Target(kind="field", id=kind))
