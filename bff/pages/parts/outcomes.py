"""What comes of paying and ordering, and where it leads: every answer of `choose_payment`, `place` and `resume`, once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.events.event import PURCHASE
from bff.ports import (
    Action,
    BackendError,
    Cart,
    CartRef,
    CheckoutState,
    Money,
    NoCart,
    Order,
    Ordered,
    Outcome,
    Pending,
    Problem,
    Ready,
    Refused,
)
from bff.rendering.respond import redirect
from bff.web import handoffs
from bff.web.addresses import Place, Query
from bff.web.returns import Return
from bff.web.visit import Visit

from .checkout import away, done_url, first, foreign, step_url, went_out

log = logging.getLogger("portico.pages")

PAYING = "paying"
"""Kinds of what is noted on the way out: `payment` was chosen, `place` was ordered, `paying` is a provider's own page."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended: what a second return shows as well. `number` is known where the order cannot be read."""

    kind: Literal["ordered", "refused"]
    order: Order | None = None
    number: str | None = None
    problems: tuple[Problem, ...] = ()


def settled(return_: Return) -> Settled | None:
    """How it ended, if it has."""
    return msgspec.json.decode(return_.answer, type=Settled) if return_.answer else None


def return_url(place: Place, state: str, query: Query = ()) -> str:
    return place.page(f"checkout/return/{state}", query)


def is_here(visit: Visit, return_: Return) -> bool:
    """Whether this is the browser that went out, as far as its cookie tells."""
    same = bool(return_.session) and visit.session.id == return_.session
    return same or (return_.cart is not None and visit.cart is not None and visit.cart.id == return_.cart.id)


async def is_theirs(visit: Visit, return_: Return) -> bool:
    """Whether the cart that went out is this shopper's still, or was until it was ordered: what is personal is shown where
    this holds as well. Whoever copied a guest's cookie has a stranger's cart before them once its owner has signed in. Not
    where the backend cannot be asked."""
    carts = visit.store.backend.carts
    if carts is None or return_.cart is None:
        return True
    if return_.backend != visit.store.backend.name:
        return False
    try:
        found = await carts.get(visit.visitor(), cart=return_.cart)
    except BackendError as error:
        log.warning("whose an order is cannot be asked: %s", type(error).__name__)
        return False
    return isinstance(found, Cart) or found.reason != "unknown"


async def led(visit: Visit, state: str, outcome: Outcome) -> ASGIResponse | Refused:
    """Where an outcome leads whose return address holds `state`. A refusal is for the page to show."""
    match outcome:
        case Refused():
            return outcome
        case Ready():
            return redirect(visit, step_url(visit.place, first(outcome.state)), 303)
        case Action():
            went_out(visit, state)
            return await _out(visit, outcome)
        case Pending():
            ended(visit, state)
            return redirect(visit, return_url(visit.place, state), 303)
        case Ordered():
            await ordered(visit, state, outcome.order, visit.cart)
            ended(visit, state)
            return redirect(visit, done_url(visit.place, state), 303)


async def ordered(
    visit: Visit, state: str, order: Order | None, cart: CartRef | None, visitor: str | None = None
) -> None:
    """Note that an order came of it. What it was worth counts for the `visitor` who went out."""
    await visit.use(state, note(Settled(kind="ordered", order=order)))
    known = handoffs.bought(order, cart, state)
    visit.record(PURCHASE, value=order.totals.total if order else None, order=known, visitor=visitor)


def note(end: Settled) -> str:
    return msgspec.json.encode(end).decode()


def ended(visit: Visit, state: str) -> None:
    """The cart is an order now, or will be: the session lets go of it and remembers where the order is to be seen."""
    visit.keep_cart(NoCart(reason="ordered"))
    visit.keep(msgspec.structs.replace(visit.session, ordered=state, out=""))


async def _out(visit: Visit, action: Action) -> ASGIResponse:
    """To the provider: at once where its address is all it needs, else by a page of ours that posts or frames it."""
    leads = visit.store.leads
    if action.kind == "redirect" and not action.fields:
        return away(visit, action.url, leads)
    url = foreign(visit, action.url, leads)
    fields = msgspec.json.encode(action.fields).decode()
    state = await visit.returning(PAYING, url=url, frame="1" if action.kind == "frame" else "", fields=fields)
    return redirect(visit, visit.place.page(f"checkout/pay/{state}"), 303)


def expected(state: CheckoutState) -> Money | None:
    """The total the shopper agrees to."""
    return state.cart.totals.total


async def resumed(visit: Visit, return_: Return, cart: CartRef, params: Mapping[str, str]) -> Outcome:
    """What the backend says after a return. Where all is paid and the shopper had ordered already, the order is made."""
    checkout = visit.store.backend.inline_checkout
    assert checkout is not None
    outcome = await checkout.resume(visit.visitor(), cart=cart, params=params)
    if isinstance(outcome, Ready) and return_.kind == "place" and params:
        due = money(return_.data.get("total", ""))
        back = visit.place.absolute(return_url(visit.place, return_.data.get("own", "")))
        return await checkout.place(visit.visitor(), cart=cart, expected=due, return_to=back)
    return outcome


def money(text: str) -> Money | None:
    """A sum as a form or a note holds it (`EUR 12.50`); None for anything else."""
    currency, _, amount = text.partition(" ")
    try:
        return Money(Decimal(amount[:24]), currency)
    except (InvalidOperation, ValueError, TypeError):
        return None


def told(sum_: Money | None) -> str:
    """A sum for a form or a note."""
    return f"{sum_.currency} {sum_.amount}" if sum_ else ""
