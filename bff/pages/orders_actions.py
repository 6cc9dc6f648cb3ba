"""What can be done with an order: order it again, send lines back, cancel it, take a guest's into the account."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.events.event import ADD_TO_CART
from bff.ports import (
    BackendError,
    Cart,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    Order,
    OrderAction,
    OrderActions,
    Orders,
)
from bff.rendering.respond import redirect
from bff.web.cart_writes import write_cart
from bff.web.forms import Field, Form, Wrong, blank, read
from bff.web.visit import Visit

from .parts.account import (
    FormPage,
    NavEntry,
    Way,
    customers_only,
    form_page,
    nav,
    posted,
    private,
    quiet,
    reasons,
    words,
)
from .parts.bag_forms import quantity
from .parts.head import Head
from .parts.orders import CANCELLABLE, RETURNABLE, OrderLineView, order_url, order_view
from .routing import at

LIST = "account/orders"
LINE = "l."
REASON = Field(name="reason", kind="textarea", required=True, limit=1_000, label="field.return_reason")


class ReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    """What to send back: a quantity for each line (field `l.{line}`), and why. `given` are the quantities typed."""

    head: Head
    nav: tuple[NavEntry, ...]
    number: str
    lines: tuple[tuple[OrderLineView, str], ...]
    form: Form
    action: str
    back: str
    wrong: Wrong | None = None


def port(visit: Visit, action: OrderAction) -> OrderActions:
    actions = visit.store.backend.order_actions
    if actions is None or action not in actions.traits.offered:
        raise NotFound(f"{action} is not offered")
    return actions


def _orders(visit: Visit) -> Orders:
    if visit.store.backend.orders is None:
        raise NotFound("no orders port")
    return visit.store.backend.orders


async def _order(visit: Visit) -> Order:
    return await _orders(visit).get(visit.visitor(), id=visit.request.path_params["id"])


@at("/{place:str}/account/orders/{id:str}/reorder", methods=("POST",))
@customers_only(LIST)
async def reorder(visit: Visit) -> ASGIResponse:
    """Put its lines into the bag, as far as they are still sold; what is not is told there."""
    actions, id = port(visit, "reorder"), visit.request.path_params["id"]
    result = await write_cart(visit, lambda cart: actions.reorder(visit.visitor(), id=id, cart=cart))
    whole = isinstance(result.cart, Cart) and not result.problems
    if isinstance(result.cart, Cart) and result.cart.lines:
        visit.record(ADD_TO_CART)
    visit.flash("order.reordered" if whole else "order.reordered.partly")
    return redirect(visit, visit.place.page("cart"), 303)


@at("/{place:str}/account/orders/{id:str}/cancel")
@customers_only()
async def ask_cancel(visit: Visit) -> ASGIResponse:
    """The question before it is cancelled."""
    port(visit, "cancel")
    order = await _order(visit)
    if order.status not in CANCELLABLE:
        return await _too_late(visit, order.id)
    title = words(visit, "order.cancel.title", number=order.number)
    view = FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "orders"),
        title=title,
        lead=words(visit, "order.cancel.lead"),
        action=order_url(visit.place, order.id, "cancel"),
        button=words(visit, "order.cancel"),
        danger=True,
        ways=(Way(title=words(visit, "order.keep"), url=order_url(visit.place, order.id)),),
    )
    return await form_page(visit, view)


async def _too_late(visit: Visit, id: str) -> ASGIResponse:
    visit.flash("order.too_late")
    return redirect(visit, order_url(visit.place, id), 303)


@at("/{place:str}/account/orders/{id:str}/cancel", methods=("POST",))
@customers_only(LIST)
async def cancel(visit: Visit) -> ASGIResponse:
    actions, id = port(visit, "cancel"), visit.request.path_params["id"]
    try:
        await actions.cancel(visit.visitor(), id=id)
    except (NotAllowed, Conflict, InvalidInput):
        return await _too_late(visit, id)
    visit.flash("order.cancelled")
    return redirect(visit, order_url(visit.place, id), 303)


async def _return_page(
    visit: Visit,
    order: Order,
    form: Form | None = None,
    given: dict[str, str] | None = None,
    wrong: Wrong | None = None,
    status: int = 200,
) -> ASGIResponse:
    title = words(visit, "order.return.title")
    shown = order_view(visit.store.backend, visit.place, order, own=True)
    view = ReturnPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "orders"),
        number=order.number,
        lines=tuple((line, (given or {}).get(line.line.id, "0")) for line in shown.lines if not line.line.fixed),
        form=form or blank((REASON,)),
        action=order_url(visit.place, order.id, "return"),
        back=order_url(visit.place, order.id),
        wrong=wrong,
    )
    return await private(visit, "pages/order_return.html", view, status)


@at("/{place:str}/account/orders/{id:str}/return")
@customers_only()
async def ask_return(visit: Visit) -> ASGIResponse:
    """Which lines, how many, and why."""
    port(visit, "return")
    order = await _order(visit)
    return await _return_page(visit, order) if order.status in RETURNABLE else await _too_late(visit, order.id)


@at("/{place:str}/account/orders/{id:str}/return", methods=("POST",))
@customers_only(LIST)
async def send_back(visit: Visit) -> ASGIResponse:
    """Ask to send lines back."""
    actions, order = port(visit, "return"), await _order(visit)
    posts = await posted(visit)
    given = {line.line.id: posts.get(f"{LINE}{line.line.id}", "0").strip()[:20] for line in order.lines}
    bought = {line.line.id: line.line.quantity for line in order.lines}
    form = read((REASON,), posts)
    asked = {id: quantity(text or "0") for id, text in given.items()}
    lines = [(id, amount) for id, amount in asked.items() if amount]
    wrong = None
    if any(amount is None or amount > bought[id] for id, amount in asked.items()):
        wrong = Wrong(key="error.return_quantity")
    elif not lines:
        wrong = Wrong(key="error.return_nothing")
    if wrong or form.wrong:
        return await _return_page(visit, order, form, given, wrong, status=422)
    try:
        await actions.request_return(visit.visitor(), id=order.id, lines=lines, reason=form.values["reason"])
    except (NotAllowed, Conflict):
        return await _too_late(visit, order.id)
    except InvalidInput as error:
        found = reasons(visit, error)
        told = next((found[name] for name in found if name != "reason"), None)
        form = form.refused({"reason": found["reason"]}) if "reason" in found else form
        return await _return_page(visit, order, form, given, told, status=422)
    visit.flash("order.return.asked")
    return redirect(visit, order_url(visit.place, order.id), 303)


@at("/{place:str}/account/orders/claim", methods=("POST",))
@customers_only("account/orders/find")
async def claim(visit: Visit) -> ASGIResponse:
    """Take a guest's order into the account, by the fields that showed it."""
    actions, wanted = port(visit, "claim"), _orders(visit).traits.lookup
    posts = await posted(visit)
    fields = {name: posts.get(name, "")[:254] for name in wanted}
    await visit.limit("lookup", *fields.values())
    try:
        order = await actions.claim(visit.visitor(), fields=fields)
    except (NotFound, InvalidInput, NotAllowed, Conflict) as error:
        return await _unclaimed(visit, error)
    visit.flash("order.claimed")
    return redirect(visit, order_url(visit.place, order.id), 303)


async def _unclaimed(visit: Visit, error: BackendError) -> ASGIResponse:
    visit.flash("order.not_claimed" if isinstance(error, NotAllowed | Conflict) else "orders.find.none")
    return redirect(visit, visit.place.page("account/orders/find"), 303)


routes = (reorder, claim, ask_cancel, cancel, ask_return, send_back)
