"""What the bag is bought under: codes and gift cards, the note, the market it is priced in. Posts of the bag's page."""

from __future__ import annotations

from litestar.response.base import ASGIResponse

from bff.ports import Cart, CartResult, InvalidInput, NoCart, NotFound, Problem, Throttled
from bff.rendering.respond import redirect
from bff.web.cart_writes import write_cart
from bff.web.forms import Wrong, read
from bff.web.visit import Visit, form_fields

from .parts import bag_forms as forms
from .parts.bag import Said, code_field, note_field
from .parts.bag_answer import NOTHING, answer, carts_of, count_code, done, present, there
from .routing import at


@at("/{place:str}/cart/codes", methods=("POST",))
async def enter_code(visit: Visit) -> ASGIResponse:
    """Enter a promotion code or a gift card."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    field = code_field(visit.store.backend)
    if field is None:
        raise NotFound("no codes are taken")
    form = read((field,), given)
    if form.wrong or visit.cart is None:
        return await answer(visit, await present(visit), Said(code=form), status=422, given=given)
    try:
        await count_code(visit)
    except Throttled:
        form = form.refused({"code": Wrong(key="error.throttled")})
        return await answer(visit, await present(visit), Said(code=form), status=429, given=given)
    code = form.values["code"]
    try:
        result = await write_cart(visit, lambda cart: carts.apply_code(visit.visitor(), cart=there(cart), code=code))
    except InvalidInput:
        form = form.refused({"code": Wrong(key="problem.code_invalid")})
        return await answer(visit, await present(visit), Said(code=form), status=422, given=given)
    refused = next((p for p in result.problems if p.target.kind == "code" and p.severity == "error"), None)
    if refused is None:
        return await done(visit, result, NOTHING, given, key=_accepted(result.cart, code))
    form = form.refused({"code": _wrong(refused)})
    return await done(visit, result, Said(code=form), given)


def _wrong(problem: Problem) -> Wrong:
    if problem.code == "other" and problem.text:
        return Wrong(text=problem.text)
    if problem.code == "limit_reached":
        return Wrong(key="bag.code.limit")
    return Wrong(key=f"problem.{problem.code}")


def _accepted(cart: Cart | NoCart, typed: str) -> str:
    """The effect of the code just typed: one that changes nothing is no success. Backends mask codes, but for their end."""
    ending = typed.casefold()[-4:]
    codes = (
        [code for code in cart.codes if (code.code or "").casefold()[-4:] == ending] if isinstance(cart, Cart) else []
    )
    return "bag.code.idle" if codes and not any(code.effective for code in codes) else "bag.code.applied"


@at("/{place:str}/cart/codes/drop", methods=("POST",))
async def drop_code(visit: Visit) -> ASGIResponse:
    """Take a code out (`id`)."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    id = given.get("id", "")[: forms.MAX_ID]
    before = await present(visit)
    if visit.is_foreign:
        return await answer(visit, before, Said(status="bag.renewed"), status=409)
    if not isinstance(before, Cart) or not any(code.id == id for code in before.codes):
        return await answer(visit, before, Said(status="bag.code.gone"), status=409, given=given)
    result = await write_cart(
        visit, lambda cart: carts.drop_code(visit.visitor(), cart=there(cart), id=id), repeats=True
    )
    return await done(visit, result, NOTHING, given, key="bag.code.dropped")


@at("/{place:str}/cart/note", methods=("POST",))
async def note(visit: Visit) -> ASGIResponse:
    """Leave a note with the order."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    field = note_field(visit.store.backend)
    if field is None:
        raise NotFound("no notes are taken")
    form = read((field,), given)
    if form.wrong or visit.cart is None:
        return await answer(visit, await present(visit), Said(note=form), status=422, given=given)
    text = form.values.get("note", "")
    try:
        result = await write_cart(visit, lambda cart: carts.annotate(visit.visitor(), cart=there(cart), note=text))
    except InvalidInput:
        form = form.refused({"note": Wrong(key="error.refused")})
        return await answer(visit, await present(visit), Said(note=form), status=422, given=given)
    return await done(visit, result, NOTHING, given, key="bag.note.saved")


@at("/{place:str}/cart/move", methods=("POST",))
async def move(visit: Visit) -> ASGIResponse:
    """Carry the bag into this market, re-priced; every change is told."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    before = await present(visit)
    if not isinstance(before, Cart):
        return await done(visit, CartResult(cart=before), NOTHING, given)
    origin = next((market for market in visit.store.markets if market.id == before.market), None)
    if origin is None or origin.id == visit.place.market.id:
        return await done(visit, CartResult(cart=before), NOTHING, given)
    result = await write_cart(visit, lambda cart: carts.move(visit.visitor(), cart=there(cart), origin=origin))
    return await done(visit, result, Said(titles=forms.named(before.lines)), given, key="bag.moved")


@at("/{place:str}/cart/codes", "/{place:str}/cart/codes/drop", "/{place:str}/cart/note", "/{place:str}/cart/move")
async def back(visit: Visit) -> ASGIResponse:
    """An address that only takes posts, opened again: the bag."""
    return redirect(visit, visit.place.page("cart"), 303)


routes = (enter_code, drop_code, note, move, back)
