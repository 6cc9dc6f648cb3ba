"""`/{place}/checkout`: the way in. Where the backend's checkout is on our pages, to its first open step; else the hand-off
to the backend's own pages, made at the click, and the return from there."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.events.event import BEGIN_CHECKOUT
from bff.ports import Cart, CartRef, Gone, Handoff, HostedCheckout, NoCart, NotFound, Open, Ordered, Problem, Throttled
from bff.rendering.respond import redirect
from bff.web import handoffs
from bff.web.cart_writes import locked, write_cart
from bff.web.visit import Visit, form_fields

from .parts.bag_answer import count_code
from .parts.checkout import (
    STEPS,
    Around,
    StepId,
    Told,
    away,
    done_url,
    elsewhere,
    first,
    flash,
    head,
    nothing,
    opened,
    step_url,
    told_of,
    vanished,
    went_out,
)
from .parts.head import Head
from .parts.outcomes import ended, is_here, ordered
from .routing import at, page

MAX_CODE = 100


class HandOffPage(msgspec.Struct, frozen=True, kw_only=True):
    """Before the hand-off, or after a return that brought no order. `kind`: `ready` (the button leads away), `open` (back,
    and the bag is still here), `gone` (the backend does not say), `elsewhere` (another browser went out)."""

    head: Head
    around: Around
    kind: Literal["ready", "open", "gone", "elsewhere"]
    action: str
    problems: tuple[Told, ...]


@at("/{place:str}/checkout")
async def begin(visit: Visit) -> ASGIResponse:
    """To the first step at which something is missing."""
    backend = visit.store.backend
    if backend.inline_checkout is None:
        if backend.hosted_checkout is None:
            raise NotFound("no checkout port")
        return await _before(visit)
    till = await opened(visit, "details")
    if isinstance(till, ASGIResponse):
        return till
    if visit.request.method == "GET":
        visit.record(BEGIN_CHECKOUT, value=till.state.cart.totals.total)
    return redirect(visit, step_url(visit.place, first(till.state)), 303)


@at("/{place:str}/checkout/codes", methods=("POST",))
async def codes(visit: Visit) -> ASGIResponse:
    """Apply a code (`code`) or take one out (`drop`), and back to the step it was typed at (`step`)."""
    carts = visit.store.backend.carts
    posted = await form_fields(visit.request)
    if carts is None:
        raise NotFound("no carts port")
    cart = visit.cart
    if cart is None:
        return nothing(visit)
    ctx, drop = visit.visitor(), posted.get("drop", "")[: MAX_CODE * 2]
    code = posted.get("code", "").strip()[:MAX_CODE]
    if drop:
        result = await write_cart(visit, lambda ref: carts.drop_code(ctx, cart=ref or cart, id=drop), repeats=True)
    elif code and await _spent(visit):
        result = None
        visit.flash("error.throttled")
    elif code:
        result = await write_cart(visit, lambda ref: carts.apply_code(ctx, cart=ref or cart, code=code), repeats=True)
    else:
        result = None
        visit.flash("problem.code_invalid")
    flash(visit, result.problems if result else ())
    step: StepId = next((own for own in STEPS if own == posted.get("step")), "review")
    return redirect(visit, step_url(visit.place, step), 303)


async def _spent(visit: Visit) -> bool:
    try:
        await count_code(visit)
    except Throttled:
        return True
    return False


async def _before(
    visit: Visit,
    kind: Literal["ready", "open", "gone", "elsewhere"] = "ready",
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> ASGIResponse:
    """The page with the button that leads to the backend's checkout."""
    carts = visit.store.backend.carts
    cart: Cart | None = None
    if kind in ("ready", "open"):
        if visit.cart is None or carts is None:
            return nothing(visit)
        found = await carts.get(visit.visitor(), cart=visit.cart)
        if isinstance(found, NoCart):
            return await vanished(visit, visit.cart)
        if moved := elsewhere(visit, found):
            return moved
        cart = found
    view = HandOffPage(
        head=head(visit, "checkout.title"),
        around=Around(steps=(), cart=cart, bag=visit.place.page("cart")),
        kind=kind,
        action=visit.place.page("checkout/hand-off"),
        problems=told_of(problems, cart),
    )
    return await page(visit, "pages/checkout.html", view, status=status, private=True)


@at("/{place:str}/checkout/hand-off", methods=("POST",), repeats=True)
async def hand_off(visit: Visit) -> ASGIResponse:
    """To the backend's checkout: the address is made for this click and must be on one of its declared origins."""
    hosted = _hosted(visit)
    if visit.cart is None:
        return nothing(visit)
    if isinstance(before := await _checked(visit), ASGIResponse):
        return before
    state = await visit.returning("hosted")
    await _asked_after(visit, visit.cart, state)
    back = visit.place.absolute(visit.place.page(f"checkout/returned/{state}"))
    try:
        async with locked(visit, visit.cart) as held:
            made = await hosted.handoff(visit.visitor(), cart=held or visit.cart, return_to=back)
    except NotFound:
        return await vanished(visit, visit.cart)
    if not isinstance(made, Handoff):
        return await _before(visit, problems=made, status=409)
    went_out(visit, state)
    visit.record(BEGIN_CHECKOUT, value=before.totals.total)
    return away(visit, made.url, hosted.traits.origins)


async def _asked_after(visit: Visit, cart: CartRef, state: str) -> None:
    """Have it found out what became of the cart, for a visitor who may be measured and may never come back."""
    if (visitor := visit.measuring.visitor) is None:
        return
    out = handoffs.Away(
        visitor=visitor,
        backend=visit.store.backend.name,
        generation=visit.generation.plan.number,
        market=visit.place.market.id,
        locale=visit.place.locale,
        cart=cart,
        at=visit.store.control.clock(),
    )
    await handoffs.note(visit.store.control, state, out)


async def _checked(visit: Visit) -> ASGIResponse | Cart:
    """The cart, if it is one of this market with something in it."""
    carts = visit.store.backend.carts
    assert visit.cart is not None
    found = await carts.get(visit.visitor(), cart=visit.cart) if carts else NoCart(reason="unknown")
    if isinstance(found, NoCart):
        return await vanished(visit, visit.cart)
    return elsewhere(visit, found) or found


@at("/{place:str}/checkout/returned/{known:str}", carries=False)
async def returned(visit: Visit) -> ASGIResponse:
    """Back from the backend's checkout, on its own or by the Back button: what became of the cart."""
    state = visit.path.rpartition("/")[2]
    return_ = await visit.returned(state)
    hosted = _hosted(visit)
    if return_ is None or return_.kind != "hosted" or return_.cart is None:
        return await _before(visit, "gone", status=404)
    if return_.answer:
        return redirect(visit, done_url(visit.place, state), 303)
    if return_.backend != visit.store.backend.name:
        return await _before(visit, "gone")
    match await hosted.outcome(visit.visitor(), cart=return_.cart):
        case Ordered(order=order):
            await ordered(visit, state, order, return_.cart, return_.visitor)
            if is_here(visit, return_):
                ended(visit, state)
            return redirect(visit, done_url(visit.place, state), 303)
        case Open():
            if not is_here(visit, return_):
                return await _before(visit, "elsewhere")
            return await _before(visit, "open")
        case Gone():
            if visit.cart is not None and visit.cart.id == return_.cart.id:
                visit.keep_cart(NoCart(reason="unknown"))
            return await _before(visit, "gone")


def _hosted(visit: Visit) -> HostedCheckout:
    hosted = visit.store.backend.hosted_checkout
    if hosted is None:
        raise NotFound("no hosted checkout port")
    return hosted


routes = (begin, codes, hand_off, returned)
