"""`GET /{place}/cart`, `POST /{place}/cart/lines` and `/{place}/cart/quantities`: the bag."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Cart,
    CartResult,
    InputValue,
    InvalidInput,
    Line,
    LineInput,
    NoCart,
    NotFound,
    Problem,
    Target,
    VariantKey,
)
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit, form_fields

from .parts.head import Head
from .routing import at, page, same_page

INPUT_PREFIX = "i."
QUANTITY_PREFIX = "q."
MAX_INPUT = 2_000
MAX_QUANTITY = Decimal(9_999)


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its addresses and what there is to say about it."""

    line: Line
    url: str | None
    problems: tuple[Problem, ...]
    minimum: Decimal
    maximum: Decimal | None
    step: Decimal


class BagPage(msgspec.Struct, frozen=True, kw_only=True):
    """The bag. `cart` None: `reason` says why. `added` is the line just added, for the announcement."""

    head: Head
    cart: Cart | None
    lines: tuple[LineView, ...]
    reason: str | None
    problems: tuple[Problem, ...]
    added: LineView | None
    action: str
    shop: str


def bag_page(
    place: Place, cart: Cart | NoCart, problems: tuple[Problem, ...], title: str, added: Line | None = None
) -> BagPage:
    """The view model."""
    present = cart if isinstance(cart, Cart) else None
    shown = {line.id for line in present.lines} if present else set()
    return BagPage(
        head=Head(title=title, robots="noindex"),
        cart=present,
        lines=tuple(_line(place, line, problems) for line in present.lines) if present else (),
        reason=cart.reason if isinstance(cart, NoCart) else None,
        problems=tuple(p for p in problems if p.target.kind != "line" or p.target.id not in shown),
        added=_line(place, added, ()) if added else None,
        action=place.page("cart/quantities"),
        shop=place.root,
    )


def _line(place: Place, line: Line, problems: tuple[Problem, ...]) -> LineView:
    cap = line.rule.maximum
    if line.availability and line.availability.orderable is not None:
        cap = min(cap, line.availability.orderable) if cap is not None else line.availability.orderable
    return LineView(
        line=line,
        url=place.entity("product", line.slug) if line.slug else None,
        problems=tuple(p for p in problems if p.target.kind == "line" and p.target.id == line.id),
        minimum=line.rule.minimum,
        maximum=cap,
        step=line.rule.step,
    )


def quantity(text: str | None) -> Decimal | None:
    """A quantity a form brought: 0 to 9,999, at most three decimals; None for anything else."""
    try:
        value = Decimal((text or "").strip().replace(",", ".")[:12])
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= MAX_QUANTITY or -int(value.as_tuple().exponent) > 3:
        return None
    return value


def line_input(fields: Mapping[str, str]) -> LineInput:
    """What the buy form asks for; one piece where it names no quantity. Raises `InvalidInput` where nothing names a
    variant, or the quantity is none."""
    amount = quantity(fields.get("quantity", "1"))
    wrong = {} if fields.get("variant") or fields.get("sku") else {"variant": "is missing"}
    if not amount:
        wrong["quantity"] = f"is none from 1 to {MAX_QUANTITY}"
    if wrong or not amount:
        raise InvalidInput(wrong)
    inputs = tuple(
        InputValue(id=name[len(INPUT_PREFIX) :], value=value.strip()[:MAX_INPUT])
        for name, value in fields.items()
        if name.startswith(INPUT_PREFIX) and len(name) < 100 and value.strip()
    )
    return LineInput(
        variant=VariantKey(
            id=fields.get("variant", "")[:200] or None,
            product_id=fields.get("product", "")[:200] or None,
            sku=fields.get("sku", "")[:200] or None,
        ),
        quantity=amount,
        inputs=inputs,
        plan=fields.get("plan", "")[:200] or None,
    )


@at("/{place:str}/cart")
async def show(visit: Visit) -> ASGIResponse:
    """The bag as the backend has it now."""
    carts = visit.store.backend.carts
    if carts is None:
        raise NotFound("no carts port")
    cart = await carts.get(visit.visitor(), cart=visit.cart) if visit.cart else NoCart(reason="empty")
    return await _answer(visit, CartResult(cart=cart))


@at("/{place:str}/cart/lines", methods=("POST",))
async def add(visit: Visit) -> ASGIResponse:
    """Put a variant into the bag: a page to go on to, or the confirmation alone for htmx."""
    carts = visit.store.backend.carts
    if carts is None:
        raise NotFound("no carts port")
    fields = await form_fields(visit.request)
    wanted = line_input(fields)
    result = await carts.add(visit.visitor(), cart=visit.cart, lines=[wanted])
    _keep(visit, result.cart)
    failed = any(problem.severity == "error" for problem in result.problems)
    lines = result.cart.lines if isinstance(result.cart, Cart) else ()
    added = None if failed else next((line for line in reversed(lines) if _same(line, wanted)), None)
    if visit.is_fragment:
        return await _answer(visit, result, block="added", added=added)
    if failed or result.problems:
        return await _answer(visit, result, status=422 if failed else 200, added=added)
    return redirect(visit, visit.place.page("cart"), 303)


def _same(line: Line, wanted: LineInput) -> bool:
    key = wanted.variant
    return (key.id is not None and line.key.id == key.id) or (key.sku is not None and line.key.sku == key.sku)


@at("/{place:str}/cart/quantities", methods=("POST",))
async def change(visit: Visit) -> ASGIResponse:
    """Set lines' quantities (`q.{line}`), or remove one (`remove`)."""
    carts = visit.store.backend.carts
    if carts is None:
        raise NotFound("no carts port")
    if visit.cart is None:
        return redirect(visit, visit.place.page("cart"), 303)
    fields = await form_fields(visit.request)
    removed = fields.get("remove")
    asked = [
        (name[len(QUANTITY_PREFIX) :], quantity(value))
        for name, value in fields.items()
        if name.startswith(QUANTITY_PREFIX) and len(name) < 200
    ]
    wanted = [(removed, Decimal(0))] if removed else [(line, value) for line, value in asked if value is not None]
    wrong = [] if removed else [line for line, value in asked if value is None]
    result = await carts.change(visit.visitor(), cart=visit.cart, quantities=wanted)
    _keep(visit, result.cart)
    told = (Problem(code="quantity_rule", severity="error", target=Target(kind="line", id=line)) for line in wrong)
    result = msgspec.structs.replace(result, problems=(*result.problems, *told))
    if result.problems:
        return await _answer(visit, result, status=422 if any(p.severity == "error" for p in result.problems) else 200)
    return redirect(visit, visit.place.page("cart"), 303)


def _keep(visit: Visit, cart: Cart | NoCart) -> None:
    carts = {name: value for name, value in visit.session.carts.items() if name != visit.store.backend.name}
    if isinstance(cart, Cart):
        carts[visit.store.backend.name] = (cart.ref.id, cart.ref.version)
    visit.keep(msgspec.structs.replace(visit.session, carts=carts))


async def _answer(
    visit: Visit, result: CartResult, *, block: str | None = None, status: int = 200, added: Line | None = None
) -> ASGIResponse:
    title = visit.renderer.messages.text("bag.title")
    view = bag_page(visit.place, result.cart, result.problems, title, added)
    same = same_page(visit.store.places, "cart")
    return await page(visit, "pages/bag.html", view, block=block, status=status, private=True, same=same)


routes = (show, add, change)
