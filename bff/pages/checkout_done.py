"""The way back from a provider (`/{place}/checkout/return/{state}`), its pages framed by ours, and the order made.

A provider's return needs no session: it may be posted from another site, without our cookies, or opened in another
browser. What is personal is shown only where the shopper went out from, and to nobody whose the cart is not any more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    CartRef,
    DeadlineExceeded,
    Malformed,
    NoCart,
    NotFound,
    Order,
    Ordered,
    Outcome,
    Pending,
    Problem,
    Ready,
    Refused,
    Throttled,
    Unavailable,
)
from bff.rendering.respond import NO_STORE, answer, redirect
from bff.web.cart_writes import locked
from bff.web.returns import Return
from bff.web.visit import Visit, form_fields

from .parts.checkout import done_url, first, flash, foreign, head, same_place, step_url, written
from .parts.head import Head
from .parts.outcomes import PAYING, Settled, ended, is_here, is_theirs, led, note, ordered, resumed, return_url, settled
from .routing import at, page

log = logging.getLogger("portico.pages")

TRY = "_try"
DELAYS = (2, 3, 5, 8, 13, 20, 30, 30, 60, 60)
"""Seconds before each further look; after the last the shopper looks again by a link."""
MAX_PARAMS = 60


class DonePage(msgspec.Struct, frozen=True, kw_only=True):
    """The end, or the wait for it. `kind`: `ordered`; `checking` (committed, not confirmed: `again` is this page, `poll`
    and `delay` when and where to look next by itself); `refused` (nothing was ordered); `lost` (the address says nothing
    any more). `order` only where the shopper went out from: elsewhere its `number` alone."""

    head: Head
    kind: Literal["ordered", "checking", "refused", "lost"]
    order: Order | None
    number: str | None
    address: tuple[str, ...]
    billing: tuple[str, ...]
    bag: str
    shop: str
    again: str | None = None
    poll: str | None = None
    delay: int = 0
    orders: str | None = None
    register: str | None = None


class PayPage(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's page: framed (`frame`), or reached by a button that posts `fields`."""

    head: Head
    url: str
    frame: bool
    fields: tuple[tuple[str, str], ...]
    back: str


@at("/{place:str}/checkout/return/{known:str}", methods=("GET", "HEAD", "POST"), guard=False, carries=False)
async def returned(visit: Visit) -> ASGIResponse:
    """Back from the provider: ask the backend what came of it. Twice or in another browser, the answer is the same."""
    state = visit.path.rpartition("/")[2]
    return_ = await visit.returned(state)
    if return_ is None or return_.kind not in ("payment", "place"):
        return await _answer(visit, "lost", status=404)
    if return_.answer:
        return _finished(visit, state)
    params = dict(list(_params(visit, await form_fields(visit.request)).items())[:MAX_PARAMS])
    if visit.store.backend.inline_checkout is None or return_.backend != visit.store.backend.name or not return_.cart:
        return await _checking(visit, state, return_, params)
    try:
        async with locked(visit, return_.cart) as held:
            cart = held or return_.cart
            outcome = await _asked(visit, return_, cart, params)
    except (DeadlineExceeded, Unavailable, Malformed, Throttled) as error:
        log.warning("what came of a payment is not known yet: %s", type(error).__name__)
        return await _checking(visit, state, return_, params)
    return await _led(visit, state, return_, outcome, params)


async def _asked(visit: Visit, return_: Return, cart: CartRef, params: Mapping[str, str]) -> Outcome:
    try:
        return await resumed(visit, return_, cart, params)
    except NotFound:
        carts = visit.store.backend.carts
        found = await carts.get(visit.visitor(), cart=cart) if carts else NoCart(reason="unknown")
        if isinstance(found, NoCart) and found.reason == "ordered":
            return Ordered()
        raise


async def _led(visit: Visit, state: str, return_: Return, outcome: Outcome, params: Mapping[str, str]) -> ASGIResponse:
    match outcome:
        case Pending():
            return await _checking(visit, state, return_, params, outcome.order)
        case Ordered():
            await ordered(visit, state, outcome.order, return_.cart, return_.visitor)
            return _finished(visit, state)
        case Refused():
            await visit.use(state, note(Settled(kind="refused", problems=outcome.problems)))
            return _finished(visit, state)
        case Ready():
            if not is_here(visit, return_):
                return await _answer(visit, "refused")
            if return_.kind == "place":  # nothing was ordered, whatever the shopper saw
                visit.flash("checkout.notordered")
            return redirect(visit, step_url(visit.place, first(outcome.state)), 303)
        case _:
            led_ = await led(visit, state, outcome)
            assert not isinstance(led_, Refused)
            return led_


def _params(visit: Visit, posted: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in (*visit.params, *posted.items()):
        if name != TRY and len(name) <= 200 and len(value) <= 4_000:
            found.setdefault(name, value)
    return found


def _finished(visit: Visit, state: str) -> ASGIResponse:
    """On to the page that stays. A part that looked by itself makes the browser go there."""
    to = done_url(visit.place, state)
    if visit.is_fragment:
        return answer(visit, b"", status=200, headers={"hx-redirect": to}, cache=NO_STORE)
    return redirect(visit, to, 303)


async def _checking(
    visit: Visit, state: str, return_: Return, params: Mapping[str, str], order: Order | None = None
) -> ASGIResponse:
    here = [*params.items()]
    again = return_url(visit.place, state, here)
    if visit.request.method == "POST":
        return redirect(visit, again, 303)
    if is_here(visit, return_) and visit.session.ordered != state:
        # The cart is committed: whoever goes on shopping fills another one.
        ended(visit, state)
    tried = visit.param(TRY) or "0"
    turn = int(tried) if tried.isascii() and tried.isdigit() and len(tried) < 4 else 0
    poll = return_url(visit.place, state, [*here, (TRY, str(turn + 1))]) if turn < len(DELAYS) else None
    return await _answer(
        visit,
        "checking",
        order=order if order and is_here(visit, return_) and await is_theirs(visit, return_) else None,
        number=order.number if order else None,
        again=again,
        poll=poll,
        delay=DELAYS[min(turn, len(DELAYS) - 1)],
    )


@at("/{place:str}/checkout/done/{known:str}", carries=False)
async def done(visit: Visit) -> ASGIResponse:
    """How it ended. A refusal leads back to the step where it can be put right."""
    state = visit.path.rpartition("/")[2]
    return_ = await visit.returned(state)
    if return_ is None:
        return await _answer(visit, "lost", status=404)
    end = settled(return_)
    if end is None:
        return redirect(visit, return_url(visit.place, state), 303)
    here = (is_here(visit, return_) or visit.session.ordered == state) and await is_theirs(visit, return_)
    if end.kind == "refused":
        if not here:
            return await _answer(visit, "refused")
        return _back(visit, return_, end.problems)
    if here:
        mine = visit.cart is not None and return_.cart is not None and visit.cart.id == return_.cart.id
        if mine or (visit.session.ordered != state and not visit.session.ordered):
            ended(visit, state) if mine else visit.keep(msgspec.structs.replace(visit.session, ordered=state))
    number = end.order.number if end.order else end.number
    return await _answer(visit, "ordered", order=end.order if here else None, number=number)


def _back(visit: Visit, return_: Return, problems: Sequence[Problem]) -> ASGIResponse:
    """To the payment step with a word why. The cart that was let go of while we were checking is the bag again."""
    visit.keep(msgspec.structs.replace(visit.session, out=""))
    if visit.cart is None and return_.cart is not None:
        visit.keep_ref(return_.backend, return_.cart)
        visit.keep(msgspec.structs.replace(visit.session, ordered=""))
    flash(visit, problems)
    if not problems:
        visit.flash("checkout.declined")
    return redirect(visit, step_url(visit.place, "payment"), 303)


@at("/{place:str}/checkout/pay/{known:str}", carries=False)
async def pay(visit: Visit) -> ASGIResponse:
    """The provider's page, in ours or by a button."""
    return_ = await visit.returned(visit.path.rpartition("/")[2])
    if return_ is None or return_.kind != PAYING or not is_here(visit, return_):
        return await _answer(visit, "lost", status=404)
    fields = msgspec.json.decode(return_.data.get("fields", "{}"), type=dict[str, str])
    view = PayPage(
        head=head(visit, "checkout.pay"),
        url=foreign(visit, return_.data["url"], visit.store.leads),
        frame=bool(return_.data.get("frame")),
        fields=tuple(fields.items()),
        back=step_url(visit.place, "payment"),
    )
    return await page(visit, "pages/checkout_pay.html", view, private=True)


async def _answer(
    visit: Visit,
    kind: Literal["ordered", "checking", "refused", "lost"],
    *,
    order: Order | None = None,
    number: str | None = None,
    again: str | None = None,
    poll: str | None = None,
    delay: int = 0,
    status: int = 200,
) -> ASGIResponse:
    place, backend = visit.place, visit.store.backend
    billing = order.billing_address if order else None
    other = order is not None and not same_place(billing, order.shipping_address)
    view = DonePage(
        head=head(visit, f"checkout.{kind}.title"),
        kind=kind,
        order=order,
        number=number,
        address=written(place, order.shipping_address) if order and order.shipping_address else (),
        billing=written(place, billing) if billing and other else (),
        bag=place.page("cart"),
        shop=place.root,
        again=again,
        poll=poll,
        delay=delay,
        orders=_orders(visit, order),
        register=place.page("account/register") if backend.accounts and not visit.signed_in and order else None,
    )
    return await page(visit, "pages/checkout_done.html", view, status=status, private=True)


def _orders(visit: Visit, order: Order | None) -> str | None:
    """Where the order is to be seen later."""
    orders = visit.store.backend.orders
    if orders is None:
        return None
    if visit.signed_in and order:
        return visit.place.page(f"account/orders/{order.id}")
    return visit.place.page("account/orders/placed") if orders.traits.lookup else None


routes = (returned, done, pay)
