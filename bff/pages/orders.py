"""`/{place}/account/orders`: what the customer ordered, page by page, and each order; a guest's order by its fields."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, NotFound, Order, Orders
from bff.rendering.respond import redirect
from bff.web.forms import Field, Kind, Wrong, blank, read
from bff.web.visit import Visit

from .parts.account import (
    FormPage,
    NavEntry,
    Way,
    again,
    customers_only,
    entrance,
    form_page,
    nav,
    posted,
    private,
    quiet,
    spent,
    words,
)
from .parts.head import Head
from .parts.orders import OrderCard, OrderView, order_card, order_url, order_view
from .parts.outcomes import is_theirs, settled
from .routing import at

LOOKUP: Mapping[str, tuple[Kind, str]] = {"email": ("email", "email"), "postcode": ("text", "postal-code")}
OWN_LABELS = frozenset({"email", "number", "postcode", "last_name", "phone"})
NOT_FOUND = "orders.find.none"
SHEET = "pages/invoice.html"


class OrdersPage(msgspec.Struct, frozen=True, kw_only=True):
    """Orders, newest first. `older` is the following page, `newest` the first one where this is none."""

    head: Head
    nav: tuple[NavEntry, ...]
    orders: tuple[OrderCard, ...]
    older: str | None = None
    newest: str | None = None
    find: str | None = None


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `claim` takes a guest's order into the account: its address with the fields that go with it; `sign_in`
    is the way there for a guest. `back`: to the list it came from."""

    head: Head
    nav: tuple[NavEntry, ...]
    view: OrderView
    back: str
    claim: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    sign_in: str | None = None


def port(visit: Visit) -> Orders:
    if visit.store.backend.orders is None:
        raise NotFound("no orders port")
    return visit.store.backend.orders


@at("/{place:str}/account/orders")
@customers_only()
async def show(visit: Visit) -> ASGIResponse:
    orders, place = port(visit), visit.place
    cursor = (visit.param("after") or "")[:500] or None
    try:
        found = await orders.list(visit.visitor(), cursor=cursor)
    except InvalidInput:
        raise NotFound("no such page") from None
    view = OrdersPage(
        head=quiet(words(visit, "orders.title")),
        nav=nav(visit.store.backend, place, "orders"),
        orders=tuple(order_card(place, order) for order in found.orders),
        older=place.page("account/orders", [("after", found.next)]) if found.next else None,
        newest=place.page("account/orders") if cursor else None,
        find=place.page("account/orders/find") if orders.traits.lookup else None,
    )
    return await private(visit, "pages/orders.html", view)


@at("/{place:str}/account/orders/{id:str}")
@customers_only()
async def one(visit: Visit) -> ASGIResponse:
    """One of the customer's orders; another's is 404."""
    return await _own(visit, "pages/order.html")


@at("/{place:str}/account/orders/{id:str}/invoice")
@customers_only()
async def invoice(visit: Visit) -> ASGIResponse:
    """The order as a sheet to print."""
    return await _own(visit, SHEET)


async def _own(visit: Visit, template: str) -> ASGIResponse:
    backend, place = visit.store.backend, visit.place
    order = await port(visit).get(visit.visitor(), id=visit.request.path_params["id"])
    view = OrderPage(
        head=quiet(words(visit, "order.title", number=order.number)),
        nav=nav(backend, place, "orders"),
        view=order_view(backend, place, order, own=True),
        back=order_url(place, order.id) if template == SHEET else place.page("account/orders"),
    )
    return await private(visit, template, view)


def _lookup_fields(visit: Visit) -> tuple[Field, ...]:
    wanted = port(visit).traits.lookup
    if not wanted:
        raise NotFound("guests cannot look orders up here")
    made: list[Field] = []
    for name in wanted:
        kind, token = LOOKUP.get(name, ("text", "off"))
        label = "field.order_number" if name == "number" else None
        own = None if name in OWN_LABELS else name.replace("_", " ").capitalize()
        made.append(Field(name=name, kind=kind, required=True, limit=254, autocomplete=token, label=label, words=own))
    return tuple(made)


def _find_page(visit: Visit, known: Mapping[str, str] | None = None) -> FormPage:
    title = words(visit, "orders.find.title")
    way = Way(title=words(visit, "sign_in.title"), url=entrance(visit, visit.place.page("account/orders")))
    return FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "orders") if visit.signed_in else (),
        title=title,
        lead=words(visit, "orders.find.lead"),
        form=blank(_lookup_fields(visit), known),
        action=visit.place.page("account/orders/find"),
        button=words(visit, "orders.find.button"),
        ways=(way,) if visit.store.backend.sign_in and not visit.signed_in else (),
    )


@at("/{place:str}/account/orders/find")
async def find(visit: Visit) -> ASGIResponse:
    """The form for an order placed without an account, filled with what this session knows of one."""
    return await form_page(visit, _find_page(visit, await _known(visit)))


@at("/{place:str}/account/orders/placed")
async def placed(visit: Visit) -> ASGIResponse:
    """The order this session has just placed; the form where it cannot be shown without asking."""
    wanted, known = port(visit).traits.lookup, await _known(visit)
    fields = {name: known[name] for name in wanted if name in known}
    try:
        if wanted and len(fields) == len(wanted):
            return await _shown(visit, await port(visit).lookup(visit.visitor(), fields=fields), fields)
    except (NotFound, InvalidInput):
        pass
    return redirect(visit, visit.place.page("account/orders/find"), 303)


async def _known(visit: Visit) -> Mapping[str, str]:
    """What a guest would have to say of the order that this session placed last."""
    state = visit.session.ordered
    noted = await visit.returned(state) if state else None
    end = settled(noted) if noted and noted.backend == visit.store.backend.name else None
    order = end.order if end else None
    if noted is None or order is None or not await is_theirs(visit, noted):
        return {}
    address = order.shipping_address or order.billing_address
    found = {"number": order.number, "email": order.email}
    if address:
        found |= {"postcode": address.postcode, "last_name": address.last_name, "phone": address.phone}
    return {name: text for name, text in found.items() if text}


@at("/{place:str}/account/orders/find", methods=("POST",))
async def found(visit: Visit) -> ASGIResponse:
    """The order, whichever fields are right; the same words whichever of them is wrong."""
    view, form = _find_page(visit), read(_lookup_fields(visit), await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "lookup", *form.values.values()):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    try:
        order = await port(visit).lookup(visit.visitor(), fields=form.values)
    except (NotFound, InvalidInput):
        return await again(visit, view, form.refused({"": Wrong(key=NOT_FOUND)}))
    return await _shown(visit, order, form.values)


async def _shown(visit: Visit, order: Order, fields: Mapping[str, str]) -> ASGIResponse:
    """A guest's order, with `fields` as what it was found by."""
    backend, place = visit.store.backend, visit.place
    claims = backend.order_actions is not None and "claim" in backend.order_actions.traits.offered
    shown = OrderPage(
        head=quiet(words(visit, "order.title", number=order.number)),
        nav=nav(backend, place, "orders") if visit.signed_in else (),
        view=order_view(backend, place, order, own=False),
        back=place.page("account/orders/find"),
        claim=place.page("account/orders/claim") if claims and visit.signed_in else None,
        fields=tuple(fields.items()),
        sign_in=entrance(visit, place.page("account/orders/find")) if claims and not visit.signed_in else None,
    )
    return await private(visit, "pages/order.html", shown)


routes = (show, find, found, placed, one, invoice)
