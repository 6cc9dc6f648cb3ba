"""`GET /{place}/cart`: the bag, and the posts that change its lines: quantities, removal and its undo, saving for later."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Cart, CartResult, Conflict, Line, LineInput, NoCart, NotFound, VariantKey
from bff.rendering.respond import redirect
from bff.web.carrying import reported_to
from bff.web.cart_writes import write_cart
from bff.web.visit import Visit, form_fields

from .parts import bag_asked as asked
from .parts import bag_forms as forms
from .parts.account import entrance, sign_in_ended
from .parts.bag import RemovedView, Said
from .parts.bag_answer import LATER, NOTHING, answer, carts_of, done, later_names, present, there
from .parts.keeping import fell_short
from .routing import at


@at("/{place:str}/cart")
async def show(visit: Visit) -> ASGIResponse:
    """The bag. `removed` in the address offers to undo, `country` and `postcode` ask what delivery costs."""
    cart = await present(visit)
    if (report := await reported_to(visit)) is not None:
        return await answer(visit, cart, Said(status=report.status, problems=report.problems, titles=report.titles))
    unknown = isinstance(cart, NoCart) and cart.reason == "unknown"
    if unknown and not visit.is_part and await sign_in_ended(visit):  # signing in again brings it back
        return redirect(visit, entrance(visit, visit.url, again=True), 303)
    back = _taken_out(visit, visit.param("removed"))
    lines = cart.lines if isinstance(cart, Cart) else ()
    if not isinstance(back, asked.Removed) or any(forms.same_line(line, back.line) for line in lines):
        return await answer(visit, cart, NOTHING)
    return await answer(visit, cart, Said(removed=RemovedView(title=back.title, token=visit.param("removed") or "")))


# ---------------------------------------------------------------- lines


@at("/{place:str}/cart/quantities", methods=("POST",))
async def change(visit: Visit) -> ASGIResponse:
    """Set lines' quantities (`q.{line}`), take one out (`remove`) or save it for later (`later`)."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    if visit.is_foreign:  # lines of a bag that has been carried to another backend
        return await answer(visit, await present(visit), Said(status="bag.renewed"), status=409)
    wanted = forms.change(given)
    out = wanted.removed or wanted.later
    before = await present(visit) if out else None
    line = _line(before, out) if out else None
    if out and line is None:
        return await _gone(visit, before or NoCart(reason="empty"), given)
    if line and wanted.later and not await _save(visit, line):
        raise NotFound("what has no list, no SKU, or was typed for, is not saved")
    sets = [*(pair for pair in wanted.quantities if pair[0] != out), *([(out, Decimal(0))] if out else [])]
    if visit.cart is None:
        return await _gone(visit, NoCart(reason="empty"), given)
    if not sets:
        return await done(visit, CartResult(cart=await present(visit)), Said(typed=wanted.typed), given)
    try:
        result = await write_cart(
            visit, lambda cart: carts.change(visit.visitor(), cart=there(cart), quantities=sets), sets=sets
        )
    except (NotFound, Conflict):
        return await _gone(visit, await present(visit), given)
    said = Said(typed=wanted.typed)
    if line and wanted.removed and isinstance(before, Cart):
        control = visit.store.control
        ours = visit.store.backend.name
        token = asked.sealed(control.ring, line, before.lines, visit.session, control.clock(), ours)
        said = msgspec.structs.replace(said, removed=RemovedView(title=line.title, token=token) if token else None)
    result, missing = _without_missing(result, [id for id, amount in sets if amount > 0])
    if missing:
        said = msgspec.structs.replace(said, status="bag.gone")
    key = "bag.later.saved" if wanted.later else "bag.updated" if visit.is_part and not out else None
    return await done(visit, result, said, given, key=key)


def _line(cart: Cart | NoCart | None, id: str) -> Line | None:
    return next((line for line in cart.lines if line.id == id), None) if isinstance(cart, Cart) else None


async def _gone(visit: Visit, cart: Cart | NoCart, given: Mapping[str, str]) -> ASGIResponse:
    """A line that another tab, or another device, has taken out already."""
    return await answer(visit, cart, Said(status="bag.gone"), status=409, given=given)


def _without_missing(result: CartResult, ids: list[str]) -> tuple[CartResult, bool]:
    """Lines that are gone are told once, in our words; a line the backend has just taken out is told in its own."""
    here = {line.id for line in result.cart.lines} if isinstance(result.cart, Cart) else set()
    missing = {id for id in ids if id not in here}
    named = {p.target.id for p in result.problems if p.target.id in missing and p.text}
    missing -= {id for id in named if id}
    problems = tuple(p for p in result.problems if p.target.kind != "line" or p.target.id not in missing)
    return CartResult(cart=result.cart, problems=problems), bool(missing)


def _taken_out(visit: Visit, token: str | None) -> asked.Removed | Literal["late"] | None:
    control = visit.store.control
    return asked.opened(control.ring, token, visit.session, control.clock())


@at("/{place:str}/cart/undo", methods=("POST",))
async def undo(visit: Visit) -> ASGIResponse:
    """Put back what was taken out, with what was typed for it and what belonged to it."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    back = _taken_out(visit, given.get("undo"))
    if not isinstance(back, asked.Removed):
        status = "bag.undo.late" if back else "bag.undo.lost"
        return await answer(visit, await present(visit), Said(status=status), status=422, given=given)
    if back.backend != visit.store.backend.name and (back := asked.elsewhere(back)) is None:
        return await answer(visit, await present(visit), Said(status="bag.renewed"), status=409, given=given)
    result = await write_cart(
        visit, lambda cart: carts.add(visit.visitor(), cart=cart, lines=[back.line]), adds=[back.line]
    )
    lines = result.cart.lines if isinstance(result.cart, Cart) else ()
    parent = next((line.id for line in reversed(lines) if forms.same_line(line, back.line)), None)
    if back.children and parent:
        more = [msgspec.structs.replace(child, parent=parent) for child in back.children]
        added = await write_cart(visit, lambda cart: carts.add(visit.visitor(), cart=cart, lines=more), adds=more)
        result = CartResult(cart=added.cart, problems=(*result.problems, *added.problems))
    said = Said(titles={p.target.id or "": back.title for p in result.problems})
    return await done(visit, result, said, given, key="bag.back")


# ---------------------------------------------------------------- saved for later


async def _save(visit: Visit, line: Line) -> bool:
    """Put a line's SKU on the list, as many as there are of it, or more that were there; the list is made when first needed.
    Not their sum: where taking it out of the bag fails, and it is tried again, nothing is doubled."""
    lists, ctx = visit.store.backend.wishlists, visit.visitor()
    if lists is None or line.key.sku is None or line.inputs or line.plan or line.fixed or line.parent:
        return False
    found = await asked.later(visit.store.backend, ctx, later_names(visit))
    found = found or await lists.create(ctx, name=visit.renderer.messages.text(LATER))
    kept = next((item.quantity for item in found.items if item.sku == line.key.sku), Decimal(0))
    await lists.put(ctx, id=found.id, sku=line.key.sku, quantity=min(max(kept, line.quantity), forms.MAX_QUANTITY))
    return True


@at("/{place:str}/cart/saved", methods=("POST",))
async def saved(visit: Visit) -> ASGIResponse:
    """Move a thing saved for later (`sku`) back into the bag (`do=bag`), or forget it."""
    carts, lists, ctx = carts_of(visit), visit.store.backend.wishlists, visit.visitor()
    given = await form_fields(visit.request)
    sku = given.get("sku", "")[: forms.MAX_ID]
    found = await asked.later(visit.store.backend, ctx, later_names(visit))
    kept = next((item for item in found.items if item.sku == sku), None) if found else None
    if lists is None or found is None or kept is None:
        return await _gone(visit, await present(visit), given)
    result = CartResult(cart=NoCart(reason="empty"))
    if given.get("do") == "bag":
        line = LineInput(variant=VariantKey(sku=sku), quantity=kept.quantity)
        result = await write_cart(visit, lambda cart: carts.add(visit.visitor(), cart=cart, lines=[line]), adds=[line])
        if any(fell_short(problem) for problem in result.problems):
            return await done(visit, result, NOTHING, given)
    else:
        result = CartResult(cart=await present(visit))
    await lists.take(visit.visitor(), id=found.id, sku=sku)
    return await done(visit, result, NOTHING, given, key="bag.back" if given.get("do") == "bag" else "bag.forgotten")


@at("/{place:str}/cart/quantities", "/{place:str}/cart/undo", "/{place:str}/cart/saved")
async def back(visit: Visit) -> ASGIResponse:
    """An address that only takes posts, opened again: the bag."""
    return redirect(visit, visit.place.page("cart"), 303)


routes = (show, change, undo, saved, back)
