"""`/{place}/checkout/delivery`: how each group of lines reaches the shopper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, Line, ShippingGroup, ShippingOption
from bff.rendering.respond import redirect
from bff.web.cart_writes import locked
from bff.web.forms import Choice, Field, FieldView, Wrong, blank
from bff.web.visit import Visit, form_fields

from .parts.checkout import Around, Till, around, faults, first, head, opened, step_url
from .parts.head import Head
from .routing import at, page


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that travel together and the ways they can. `chosen` is an option's id, "" for none."""

    view: FieldView
    lines: tuple[Line, ...]
    options: tuple[ShippingOption, ...]
    chosen: str


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """The step. `groups` is empty where nothing can be sent to the address given: `change` leads to it."""

    head: Head
    around: Around
    action: str
    change: str
    groups: tuple[GroupView, ...]
    wrong: tuple[FieldView, ...]


@at("/{place:str}/checkout/delivery")
async def show(visit: Visit) -> ASGIResponse:
    till = await opened(visit, "delivery")
    if isinstance(till, ASGIResponse):
        return till
    groups = await till.checkout.shipping_options(visit.visitor(), cart=till.cart)
    chosen = {group.id: _preset(group, sent=visit.param("way") == "send") for group in groups}
    return await _answer(visit, till, groups, chosen, {})


@at("/{place:str}/checkout/delivery", methods=("POST",), repeats=True)
async def save(visit: Visit) -> ASGIResponse:
    posted = await form_fields(visit.request)
    till = await opened(visit, "delivery")
    if isinstance(till, ASGIResponse):
        return till
    groups = await till.checkout.shipping_options(visit.visitor(), cart=till.cart)
    chosen = {group.id: posted.get(f"group.{group.id}", "") for group in groups}
    wrong = {
        f"group.{group.id}": Wrong(key="error.required" if not chosen[group.id] else "error.choice")
        for group in groups
        if not any(option.id == chosen[group.id] for option in group.options)
    }
    if wrong or not groups:
        return await _answer(visit, till, groups, chosen, wrong, status=422)
    try:
        async with locked(visit, till.cart) as held:
            cart = held or till.cart
            state = await till.checkout.choose_shipping(visit.visitor(), cart=cart, choices=chosen)
            visit.keep_cart(state.cart)
    except InvalidInput as error:
        names = [f"group.{group.id}" for group in groups]
        reasons = faults(visit, error, names, prefix="group")
        return await _answer(visit, till, groups, chosen, reasons, status=422)
    if (onward := first(state)) == "details":  # it was to be collected, and has nowhere to go yet
        visit.flash("checkout.first.details")
    return redirect(visit, step_url(visit.place, onward), 303)


def _preset(group: ShippingGroup, *, sent: bool) -> str:
    """The option chosen before, else the backend's first. `sent`: of those that bring it to an address, if there are."""
    options = [option for option in group.options if not sent or option.kind != "pickup"] or group.options
    known = {option.id for option in options}
    return group.chosen if group.chosen in known else options[0].id if options else ""


async def _answer(
    visit: Visit,
    till: Till,
    groups: Sequence[ShippingGroup],
    chosen: Mapping[str, str],
    wrong: Mapping[str, Wrong],
    *,
    status: int = 200,
) -> ASGIResponse:
    lines = {line.id: line for line in till.state.cart.lines}
    fields = [
        Field(
            name=f"group.{group.id}",
            kind="radio",
            required=True,
            label="checkout.group",
            choices=tuple(Choice(value=option.id, label=option.name) for option in group.options),
        )
        for group in groups
    ]
    form = blank(fields, {f"group.{id}": value for id, value in chosen.items()}).refused(wrong)
    views = tuple(
        GroupView(
            view=view,
            lines=tuple(lines[id] for id in group.lines if id in lines),
            options=group.options,
            chosen=chosen.get(group.id, ""),
        )
        for view, group in zip(form.views, groups, strict=True)
    )
    shown = DeliveryPage(
        head=head(visit, "checkout.step.delivery"),
        around=around(visit, till, "delivery"),
        action=step_url(visit.place, "delivery"),
        change=step_url(visit.place, "details"),
        groups=views if any(group.options for group in groups) else (),
        wrong=form.wrong,
    )
    return await page(visit, "pages/checkout_delivery.html", shown, status=status, private=True)


routes = (show, save)
