"""`/{place}/checkout/review`: everything once more, and the button that orders."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    BackendError,
    DeadlineExceeded,
    Details,
    Html,
    InvalidInput,
    Malformed,
    Money,
    PaymentMethod,
    Problem,
    Refused,
    Requirement,
    Target,
    Unavailable,
)
from bff.rendering.respond import redirect
from bff.web.cart_writes import locked
from bff.web.forms import Field, FieldView, Wrong, blank
from bff.web.visit import Visit, form_fields

from .parts import collecting
from .parts.checkout import (
    Around,
    Part,
    Till,
    Told,
    around,
    faults,
    flash,
    given,
    head,
    opened,
    same_place,
    step_url,
    told_of,
    written,
)
from .parts.head import Head
from .parts.outcomes import expected, led, money, return_url, told
from .routing import at, page

log = logging.getLogger("portico.pages")

LOST = (DeadlineExceeded, Unavailable, Malformed)
"""Failures after which the order may have been made."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """Something to agree to, in the backend's words."""

    view: FieldView
    label: str | None
    text: Html | None


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The step. `parts` are what was given, each with the way to change it. `expected` is the total
    that the shopper agrees to, as text for the form. `problems` say what is different from what was seen, or
    why nothing came of it."""

    head: Head
    around: Around
    action: str
    parts: tuple[Part, ...]
    consents: tuple[Consent, ...]
    expected: str
    problems: tuple[Told, ...]
    wrong: tuple[FieldView, ...]


@at("/{place:str}/checkout/review")
async def show(visit: Visit) -> ASGIResponse:
    till = await opened(visit, "review")
    if isinstance(till, ASGIResponse):
        return till
    return await _answer(visit, till)


@at("/{place:str}/checkout/review", methods=("POST",), repeats=True)
async def order(visit: Visit) -> ASGIResponse:
    """Order, once: equal posts are one mutation, the cart is held, and `place` itself makes one order a cart. Where a run of
    this post died, its order is looked for, as after a lost answer."""
    posted = await form_fields(visit.request)
    if visit.doubtful and visit.cart is not None:
        state = await visit.returning("place", total=told(money(posted.get("expected", ""))))
        return redirect(visit, return_url(visit.place, state), 303)
    till = await opened(visit, "review")
    if isinstance(till, ASGIResponse):
        return till
    asked = _asked(till)
    given_ = {item.id or "": f"consent.{item.id}" in posted for item in asked}
    wrong = {
        f"consent.{item.id}": Wrong(key="error.consent")
        for item in asked
        if item.required and not given_[item.id or ""]
    }
    if wrong:
        return await _answer(visit, till, posted=posted, wrong=wrong, status=422)
    seen = money(posted.get("expected", ""))
    now = expected(till.state)
    if now is not None and seen != now:
        # Also for a form that was tampered with: nobody is bound to a sum that was not on the page.
        changed = Problem(code="price_changed", severity="error", target=Target(kind="cart"), before=seen, after=now)
        return await _answer(visit, till, posted=posted, problems=(changed,), status=409)
    return await _placed(visit, till, posted, given_, seen)


async def _placed(
    visit: Visit, till: Till, posted: Mapping[str, str], consents: Mapping[str, bool], seen: Money | None
) -> ASGIResponse:
    await visit.limit("order", *([visit.session.id] if visit.session.id else []))
    ctx, cart = visit.visitor(), till.cart
    state = await visit.returning("place", total=told(seen))
    back = visit.place.absolute(return_url(visit.place, state))
    try:
        async with locked(visit, cart) as held:
            cart = held or cart
            if consents:
                left = await till.checkout.set_details(ctx, cart=cart, details=Details(consents=consents))
                cart = left.cart.ref
            outcome = await till.checkout.place(ctx, cart=cart, expected=seen, return_to=back)
    except InvalidInput as error:
        wrong = faults(visit, error, [f"consent.{id}" for id in consents], prefix="consent")
        return await _answer(visit, till, posted=posted, wrong=wrong, status=422)
    except LOST as error:
        # The answer is lost, perhaps not the order: it is looked for, never made a second time.
        log.warning("the answer to an order was lost: %s", type(error).__name__)
        return redirect(visit, return_url(visit.place, state), 303)
    answered = await led(visit, state, outcome)
    if not isinstance(answered, Refused):
        return answered
    again = await opened(visit, "review")
    if isinstance(again, ASGIResponse):
        flash(visit, answered.problems)
        return again
    return await _answer(visit, again, posted=posted, problems=answered.problems, status=409)


def _asked(till: Till) -> tuple[Requirement, ...]:
    return tuple(item for item in till.asked("consent") if item.id)


async def _methods(visit: Visit, till: Till) -> Sequence[PaymentMethod]:
    """For a name to show: the order does not wait for it."""
    try:
        return await till.checkout.payment_methods(visit.visitor(), cart=till.cart)
    except BackendError:
        return ()


async def _answer(
    visit: Visit,
    till: Till,
    *,
    posted: Mapping[str, str] | None = None,
    wrong: Mapping[str, Wrong] | None = None,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> ASGIResponse:
    asked = _asked(till)
    fields = [
        Field(name=f"consent.{item.id}", kind="checkbox", required=item.required, words=item.label) for item in asked
    ]
    form = blank(fields, dict.fromkeys(posted or {}, "1")).refused(wrong or {})
    state, place = till.state, visit.place
    parts = [*given(visit, state, before="review")]
    if state.payment:
        name = next((own.name for own in await _methods(visit, till) if own.id == state.payment), state.payment)
        parts.append(Part(key="checkout.method", lines=(name,), url=step_url(place, "payment")))
    if state.billing_address and (
        collecting.chosen(state) or not same_place(state.billing_address, state.shipping_address)
    ):
        own = written(place, state.billing_address)
        parts.append(Part(key="checkout.billing", lines=own, url=step_url(place, "payment")))
    view = ReviewPage(
        head=head(visit, "checkout.step.review"),
        around=around(visit, till, "review"),
        action=step_url(place, "review"),
        parts=tuple(parts),
        consents=tuple(
            Consent(view=shown, label=item.label, text=item.text) for shown, item in zip(form.views, asked, strict=True)
        ),
        expected=told(expected(state)),
        problems=told_of(problems, state.cart),
        wrong=form.wrong,
    )
    return await page(visit, "pages/checkout_review.html", view, status=status, private=True)


routes = (show, order)
