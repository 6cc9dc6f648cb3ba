"""`POST /{place}/cart/lines`: into the bag, and `GET /{place}/cart/added`: what was put in, the mini-cart. With htmx the
same stands in a dialog over the page the shopper is on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from litestar.response.base import ASGIResponse

from bff.events.event import ADD_TO_CART
from bff.ports import (
    BackendError,
    Cart,
    CartResult,
    InvalidInput,
    LineInput,
    NoCart,
    Problem,
    Product,
    Target,
    Throttled,
    VariantKey,
)
from bff.rendering.regions import Region
from bff.rendering.respond import redirect
from bff.web.cart_writes import write_cart
from bff.web.forms import Field, Form, Wrong, read
from bff.web.visit import Visit, form_fields

from .parts import bag_asked as asked
from .parts import bag_forms as forms
from .parts.bag import (
    CheckoutView,
    FreeView,
    LineView,
    MoveView,
    Notice,
    Said,
    checkout,
    free_view,
    line_view,
    moved,
    notices,
)
from .parts.bag_answer import carts_of, count_code, present, there
from .parts.cards import CardView
from .parts.head import Head
from .routing import at, page, same_page

IDS = ("product", "variant")
HIDDEN = ("product", "variant", "sku", "plan")


class AgainView(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be added, to be put right: its form, what goes with it unseen, and the product's own page."""

    form: Form
    hidden: tuple[tuple[str, str], ...]
    title: str
    url: str | None = None


class AddedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The mini-cart. `lines` are those just put in, as they stand in the bag now; `cart` None where there is no bag."""

    head: Head
    cart: Cart | None
    lines: tuple[LineView, ...]
    notices: tuple[Notice, ...]
    free: FreeView | None
    move: MoveView | None
    checkout: CheckoutView | None
    related: Region[tuple[CardView, ...]]
    again: AgainView | None
    bag: str
    action: str
    move_action: str
    shop: str


@at("/{place:str}/cart/lines", methods=("POST",))
async def add(visit: Visit) -> ASGIResponse:
    """Put one line into the bag, or several (`lines.N.…`), and a `code` of a link's. A page of another backend's names them
    by SKU, or they have to be chosen anew."""
    carts = carts_of(visit)
    given = await form_fields(visit.request)
    try:
        wanted = forms.line_inputs(given)
        if visit.is_foreign:
            if (known := forms.all_by_sku(wanted)) is None:
                return await _renewed(visit)
            wanted, given = known, {name: text for name, text in given.items() if name not in IDS}
        result = await write_cart(visit, lambda cart: carts.add(visit.visitor(), cart=cart, lines=wanted), adds=wanted)
    except InvalidInput as error:
        return await _refused(visit, given, error)
    code = given.get("code", "").strip()[:80]
    if code and isinstance(result.cart, Cart):
        applied = await _applied(visit, result.cart, code)
        result = CartResult(cart=applied.cart, problems=(*result.problems, *applied.problems))
    ids = _put(result.cart, wanted, result.problems)
    if ids:
        visit.record(ADD_TO_CART)
    if not ids or result.problems or visit.is_part:
        again = await _again(visit, given, result.problems) if not ids else None
        return await _answer(visit, result, ids, again=again, status=200 if ids else 422)
    return redirect(visit, visit.place.page("cart/added", [("line", id) for id in ids]), 303)


async def _renewed(visit: Visit) -> ASGIResponse:
    """What was asked for is named by ids that mean something else now: told, with the bag as it is."""
    text = visit.renderer.messages.text("bag.renewed")
    problem = Problem(code="other", severity="error", target=Target(kind="cart"), text=text)
    return await _answer(visit, CartResult(cart=await present(visit), problems=(problem,)), (), status=409)


async def _applied(visit: Visit, cart: Cart, code: str) -> CartResult:
    """The link's code, entered; where there were too many tries, that is said and the bag stays as it is."""
    carts = carts_of(visit)
    try:
        await count_code(visit)
    except Throttled:
        text = visit.renderer.messages.text("error.throttled")
        problem = Problem(code="other", severity="error", target=Target(kind="code"), text=text)
        return CartResult(cart=cart, problems=(problem,))
    return await write_cart(visit, lambda ref: carts.apply_code(visit.visitor(), cart=there(ref), code=code))


def _put(cart: Cart | NoCart, wanted: Sequence[LineInput], problems: Sequence[Problem]) -> tuple[str, ...]:
    """The lines that hold what was asked for, but for what was refused."""
    failed = [p.target.key for p in problems if p.severity == "error" and p.target.key]
    failed_ids = {p.target.id for p in problems if p.severity == "error"}
    found: dict[str, None] = {}
    for line in wanted:
        if line.variant in failed or {line.variant.id, line.variant.sku} & failed_ids - {None}:
            continue
        lines = reversed(cart.lines) if isinstance(cart, Cart) else ()
        held = next((each for each in lines if forms.same_line(each, line)), None)
        if held is not None and held.id not in failed_ids:
            found[held.id] = None
    alone = len(wanted) == 1 and any(p.severity == "error" for p in problems if p.target.kind != "code")
    return () if alone else tuple(found)


@at("/{place:str}/cart/added")
async def show(visit: Visit) -> ASGIResponse:
    """What was just put in (`line`), as a page; the bag where none of it is there."""
    cart = await present(visit)
    asked_for = [value for name, value in visit.params if name == "line"][: forms.MAX_LINES]
    here = {line.id for line in cart.lines} if isinstance(cart, Cart) else set()
    ids = tuple(dict.fromkeys(id for id in asked_for if id in here))
    if not ids:
        return redirect(visit, visit.place.page("cart"), 303)
    return await _answer(visit, CartResult(cart=cart), ids)


@at("/{place:str}/cart/lines")
async def back(visit: Visit) -> ASGIResponse:
    """An address that only takes posts, opened again: the bag."""
    return redirect(visit, visit.place.page("cart"), 303)


async def _refused(visit: Visit, given: Mapping[str, str], error: InvalidInput) -> ASGIResponse:
    """What was asked for is nothing that can be added. Raises `InvalidInput` again where no form could put it right."""
    problems = tuple(
        Problem(
            code="quantity_rule" if name.rpartition(".")[2] == "quantity" else "input_invalid",
            severity="error",
            target=Target(kind="field", id=name),
        )
        for name in error.fields
    )
    again = await _again(visit, given, problems)
    if again is None:
        raise error
    return await _answer(visit, CartResult(cart=await present(visit)), (), again=again, status=422)


async def _again(visit: Visit, given: Mapping[str, str], problems: Sequence[Problem]) -> AgainView | None:
    """The form to try again with: what was typed is kept, what is wrong is told at its field."""
    key = VariantKey(
        id=given.get("variant") or None,
        product_id=given.get("product", "")[: forms.MAX_ID] or None,
        sku=given.get("sku", "")[: forms.MAX_ID] or None,
    )
    product = await _product(visit, key)
    fields = (_quantity_field(), *(forms.input_fields(product) if product else ()))
    form = read(fields, {"quantity": "1", **given})
    wrong: dict[str, Wrong] = {}
    for problem in problems:
        name = (problem.target.id or "").removeprefix(forms.INPUT_PREFIX)
        if problem.target.kind == "field" and name == "quantity":
            wrong["quantity"] = Wrong(key="problem.quantity_rule")
        elif problem.target.kind == "field" and forms.INPUT_PREFIX + name in form.fields:
            known = form.fields[forms.INPUT_PREFIX + name].wrong
            wrong[forms.INPUT_PREFIX + name] = known or Wrong(key="problem.input_invalid")
        elif problem.code in ("quantity_rule", "limit_reached"):
            wrong["quantity"] = Wrong(key=f"problem.{problem.code}")
    if not wrong and not form.wrong:
        return None
    return AgainView(
        form=form.refused(wrong),
        hidden=tuple((name, given[name][: forms.MAX_ID]) for name in HIDDEN if given.get(name)),
        title=product.title if product else key.sku or "",
        url=visit.place.entity("product", product.slug) if product else None,
    )


def _quantity_field() -> Field:
    return Field(name="quantity", required=True, limit=12, label="buy.quantity", inputmode="numeric")


async def _product(visit: Visit, key: VariantKey) -> Product | None:
    catalog = visit.store.backend.catalog
    try:
        slug = await asked.product_of(visit.store.backend, visit.ctx, key)
        return await catalog.product(visit.ctx, slug=slug) if slug else None
    except BackendError:
        return None


async def _answer(
    visit: Visit, result: CartResult, ids: Sequence[str], *, again: AgainView | None = None, status: int = 200
) -> ASGIResponse:
    place, backend = visit.place, visit.store.backend
    cart = result.cart if isinstance(result.cart, Cart) else None
    said = Said(problems=tuple(p for p in result.problems if again is None or p.target.kind != "field"))
    lines = tuple(line_view(place, line, said) for line in cart.lines if line.id in ids) if cart else ()
    title = visit.renderer.messages.text("bag.added.title" if ids else "bag.notadded.title")
    view = AddedPage(
        head=Head(title=title, robots="noindex"),
        cart=cart,
        lines=lines,
        notices=notices(cart, said),
        free=free_view(cart),
        move=moved(place, visit.store.places, cart),
        checkout=checkout(backend, place),
        related=await asked.related(backend, visit.ctx, place, [each.line for each in lines]),
        again=again,
        bag=place.page("cart"),
        action=place.marked("cart/lines"),
        move_action=place.page("cart/move"),
        shop=place.root,
    )
    block = "added" if visit.is_part else None
    same = same_page(visit.store.places, "cart")
    return await page(visit, "pages/added.html", view, block=block, status=status, private=True, same=same)


routes = (add, show, back)
