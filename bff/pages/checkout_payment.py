"""`/{place}/checkout/payment`: how it is paid, and to whom the invoice goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Address, Details, InvalidInput, PaymentMethod, Problem, Refused
from bff.web.cart_writes import locked
from bff.web.forms import Choice, Field, FieldView, Form, Wrong, blank
from bff.web.postal import PostalForm, blank_address, read_address, refused
from bff.web.postal_rules import all_countries
from bff.web.visit import Visit, form_fields

from .parts import collecting
from .parts.checkout import Around, Till, Told, around, faults, head, opened, same_place, step_url, told_of, written
from .parts.head import Head
from .parts.outcomes import led, return_url
from .routing import at, page

Billing = Literal["same", "none", "other"]


class PaymentPage(msgspec.Struct, frozen=True, kw_only=True):
    """The step. `same` is the delivery address that the invoice may go to as well, None where there is none; `other`:
    another one is typed. `bare`: the order can do without one. `problems` say why paying was refused."""

    head: Head
    around: Around
    action: str
    method: FieldView
    methods: tuple[PaymentMethod, ...]
    same: tuple[str, ...] | None
    bare: bool
    other: bool
    address: PostalForm | None
    problems: tuple[Told, ...]
    wrong: tuple[FieldView, ...]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The step's forms as they stand."""

    method: Form
    billing: Billing
    address: PostalForm | None


@at("/{place:str}/checkout/payment")
async def show(visit: Visit) -> ASGIResponse:
    till = await opened(visit, "payment")
    if isinstance(till, ASGIResponse):
        return till
    state = till.state
    methods = await till.checkout.payment_methods(visit.visitor(), cart=till.cart)
    chosen = state.payment or (methods[0].id if methods else "")
    own, sent = state.billing_address, _delivered(till)
    same = sent is not None and (own is None or same_place(own, sent))
    place = visit.place
    address = blank_address(
        "billing",
        countries=_countries(visit, till),
        country=sent.country if sent else place.market.country,
        locale=place.locale,
        address=None if same else own,
    )
    billing: Billing = "same" if same else "none" if own is None and _bare(till) else "other"
    typed = Typed(method=blank(_fields(methods), {"method": chosen}), billing=billing, address=address)
    return await _answer(visit, till, methods, typed)


@at("/{place:str}/checkout/payment", methods=("POST",), repeats=True)
async def save(visit: Visit) -> ASGIResponse:
    posted = await form_fields(visit.request)
    till = await opened(visit, "payment")
    if isinstance(till, ASGIResponse):
        return till
    methods = await till.checkout.payment_methods(visit.visitor(), cart=till.cart)
    typed = _read(visit, till, methods, posted)
    if "change" in posted:
        return await _answer(visit, till, methods, typed)
    if _wrong(typed):
        return await _answer(visit, till, methods, typed, status=422)
    ctx, cart = visit.visitor(), till.cart
    state = await visit.returning("payment")
    back = visit.place.absolute(return_url(visit.place, state))
    address = typed.address.address if typed.address else None
    details = Details(billing_address=address) if typed.billing == "other" else Details(billing_same=True)
    try:
        async with locked(visit, cart) as held:
            left = await till.checkout.set_details(ctx, cart=held or cart, details=details)
            outcome = await till.checkout.choose_payment(
                ctx, cart=left.cart.ref, method=posted["method"], return_to=back
            )
            if isinstance(outcome, Refused):
                visit.keep_cart(left.cart)
    except InvalidInput as error:
        return await _answer(visit, till, methods, _refused(visit, typed, error), status=422)
    answered = await led(visit, state, outcome)
    if isinstance(answered, Refused):
        return await _answer(visit, till, methods, typed, status=422, problems=answered.problems)
    return answered


def _delivered(till: Till) -> Address | None:
    """The address it goes to."""
    return None if collecting.chosen(till.state) else till.state.shipping_address


def _bare(till: Till) -> bool:
    """Whether the order can do without an address altogether."""
    return _delivered(till) is None and not any(item.required for item in till.asked("billing_address"))


def _countries(visit: Visit, till: Till) -> tuple[str, ...]:
    """An invoice may go anywhere."""
    return (*till.state.countries, *all_countries())


def _fields(methods: Sequence[PaymentMethod]) -> tuple[Field, ...]:
    choices = tuple(Choice(value=method.id, label=method.name) for method in methods)
    return (Field(name="method", kind="radio", required=True, label="checkout.method", choices=choices),)


def _read(visit: Visit, till: Till, methods: Sequence[PaymentMethod], posted: Mapping[str, str]) -> Typed:
    method = blank(_fields(methods), posted)
    judged = "change" not in posted
    asked = posted.get("method", "")
    if judged and not any(own.id == asked for own in methods):
        method = method.refused({"method": Wrong(key="error.choice" if asked else "error.required")})
    given = posted.get("billing", "")
    billing: Billing = "other"
    if given != "other" and (_delivered(till) or _bare(till)):
        billing = "same" if _delivered(till) else "none"
    address = read_address(
        "billing",
        posted,
        countries=_countries(visit, till),
        country=visit.place.market.country,
        locale=visit.place.locale,
        judged=judged and billing == "other",
    )
    return Typed(method=method, billing=billing, address=address)


def _wrong(typed: Typed) -> tuple[FieldView, ...]:
    return (*typed.method.wrong, *(typed.address.form.wrong if typed.address and typed.billing == "other" else ()))


def _refused(visit: Visit, typed: Typed, error: InvalidInput) -> Typed:
    address = typed.address
    names = ["method", *(address.form.fields if address else ())]
    reasons = faults(visit, error, names, prefix="billing")
    if address and typed.billing == "other" and any(name in address.form.fields for name in reasons):
        return msgspec.structs.replace(typed, address=refused(address, reasons))
    return msgspec.structs.replace(typed, method=typed.method.refused(reasons))


async def _answer(
    visit: Visit,
    till: Till,
    methods: Sequence[PaymentMethod],
    typed: Typed,
    *,
    status: int = 200,
    problems: tuple[Problem, ...] = (),
) -> ASGIResponse:
    shipping = _delivered(till)
    view = PaymentPage(
        head=head(visit, "checkout.step.payment"),
        around=around(visit, till, "payment"),
        action=step_url(visit.place, "payment"),
        method=typed.method.views[0],
        methods=tuple(methods),
        same=written(visit.place, shipping) if shipping else None,
        bare=_bare(till),
        other=typed.billing == "other",
        address=typed.address,
        problems=told_of(problems, till.state.cart),
        wrong=_wrong(typed),
    )
    return await page(visit, "pages/checkout_payment.html", view, status=status, private=True)


routes = (show, save)
