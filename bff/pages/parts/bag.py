"""The bag as pages show it: lines with what is to be said at each, sums, what else can be done."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import get_args

import msgspec

from bff.ports import (
    AppliedCode,
    Backend,
    Cart,
    DeliveryOption,
    Line,
    Money,
    NoCart,
    Problem,
    ProblemCode,
)
from bff.rendering.regions import Region, absent
from bff.web.addresses import Place
from bff.web.forms import Field, Form, blank

from .bag_forms import link_query
from .cards import CardView
from .head import Head

CODES = frozenset(get_args(ProblemCode))


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its addresses and what there is to say about it. `shown` is what stands in its quantity field: what was
    typed, where that was none (`wrong`). `later`: it can be saved for later without losing anything."""

    line: Line
    url: str | None
    problems: tuple[Problem, ...]
    minimum: Decimal
    maximum: Decimal | None
    step: Decimal
    shown: str
    wrong: bool = False
    later: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A problem that stands above the lines; `title` names the thing it is about where that is no line any more."""

    problem: Problem
    title: str | None = None


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A code in the bag. `label` is its name, or the code (a gift card's last figures). `key` or `text` say why it has no
    effect."""

    id: str
    kind: str
    label: str
    effective: bool
    key: str | None = None
    text: str | None = None
    amount: Money | None = None
    balance: Money | None = None


class FreeView(msgspec.Struct, frozen=True, kw_only=True):
    """How far free delivery is: `percent` of the way, whole; 100 only where it is reached."""

    remaining: Money
    threshold: Money
    percent: int
    reached: bool


class MoveView(msgspec.Struct, frozen=True, kw_only=True):
    """The bag was filled in another market: where that is, and its own page there."""

    country: str
    currency: str
    there: str


class EstimateView(msgspec.Struct, frozen=True, kw_only=True):
    """Delivery asked for. `options` None: not asked, or no answer (`failed`). `elsewhere` is the store that sends there, as
    country and address."""

    form: Form
    options: tuple[DeliveryOption, ...] | None = None
    country: str = ""
    failed: bool = False
    elsewhere: str | None = None


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A thing kept for later, and how many of it."""

    sku: str
    card: CardView
    quantity: Decimal


class RemovedView(msgspec.Struct, frozen=True, kw_only=True):
    """What was just taken out. `token` brings it back."""

    title: str
    token: str


class CheckoutView(msgspec.Struct, frozen=True, kw_only=True):
    """The way to pay: a link, or a post where the backend has pages of its own."""

    url: str
    post: bool


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the bag's forms go."""

    page: str
    lines: str
    quantities: str
    codes: str
    drop: str
    note: str
    undo: str
    move: str
    saved: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer has to say besides the bag itself. `status` is a message key, announced; `titles` name lines that are
    gone; `typed` are quantities that are none."""

    problems: tuple[Problem, ...] = ()
    status: str | None = None
    removed: RemovedView | None = None
    titles: Mapping[str, str] = {}
    typed: Mapping[str, str] = {}
    code: Form | None = None
    note: Form | None = None
    estimate: EstimateView | None = None


class BagPage(msgspec.Struct, frozen=True, kw_only=True):
    """The bag. `cart` None: `reason` says why, `order` leads to what became of it. What a backend has not is None;
    `saved` None: what is saved for later cannot be had now."""

    head: Head
    cart: Cart | None
    lines: tuple[LineView, ...]
    reason: str | None
    order: str | None
    notices: tuple[Notice, ...]
    status: str | None
    removed: RemovedView | None
    codes: tuple[CodeView, ...]
    code: Form | None
    note: Form | None
    free: FreeView | None
    move: MoveView | None
    estimate: EstimateView | None
    checkout: CheckoutView | None
    related: Region[tuple[CardView, ...]]
    saved: tuple[SavedView, ...] | None
    share: str | None
    share_whole: bool
    actions: Actions
    shop: str


def actions(place: Place) -> Actions:
    return Actions(
        page=place.page("cart"),
        lines=place.marked("cart/lines"),
        quantities=place.marked("cart/quantities"),
        codes=place.page("cart/codes"),
        drop=place.marked("cart/codes/drop"),
        note=place.page("cart/note"),
        undo=place.page("cart/undo"),
        move=place.page("cart/move"),
        saved=place.page("cart/saved"),
    )


def bag_page(
    place: Place,
    cart: Cart | NoCart,
    said: Said,
    title: str,
    *,
    backend: Backend | None = None,
    places: Mapping[str, Place] | None = None,
    related: Region[tuple[CardView, ...]] | None = None,
    saved: tuple[SavedView, ...] | None = (),
    order: str | None = None,
) -> BagPage:
    """The view model."""
    present = cart if isinstance(cart, Cart) else None
    share, whole = link_query(present) if present else ([], True)
    move = moved(place, places or {}, present)
    return BagPage(
        head=Head(title=title, robots="noindex"),
        cart=present,
        lines=line_views(place, present, said, later=bool(backend and backend.wishlists)),
        reason=cart.reason if isinstance(cart, NoCart) else None,
        order=order,
        notices=notices(present, said),
        status=said.status,
        removed=said.removed,
        codes=tuple(code_view(code) for code in present.codes) if present else (),
        code=said.code or _code_form(backend),
        note=said.note or _note_form(backend, present),
        free=free_view(present),
        move=move,
        estimate=said.estimate if move is None else None,
        checkout=checkout(backend, place) if move is None else None,
        related=related or absent("related"),
        saved=saved,
        share=place.absolute(place.page("cart/add", share)) if share else None,
        share_whole=whole,
        actions=actions(place),
        shop=place.root,
    )


def line_views(place: Place, cart: Cart | None, said: Said, *, later: bool = False) -> tuple[LineView, ...]:
    return tuple(line_view(place, line, said, later=later) for line in cart.lines) if cart else ()


def line_view(place: Place, line: Line, said: Said = Said(), *, later: bool = False) -> LineView:  # noqa: B008 - frozen
    cap = line.rule.maximum
    if line.availability and line.availability.orderable is not None:
        cap = min(cap, line.availability.orderable) if cap is not None else line.availability.orderable
    typed = said.typed.get(line.id)
    plain = not (line.inputs or line.plan or line.parent or line.fixed)
    return LineView(
        line=line,
        url=place.entity("product", line.slug) if line.slug else None,
        problems=tuple(p for p in said.problems if p.target.kind == "line" and p.target.id == line.id),
        minimum=line.rule.minimum,
        maximum=cap,
        step=line.rule.step,
        shown=_plain(line.quantity) if typed is None else typed,
        wrong=typed is not None,
        later=later and plain and line.key.sku is not None,
    )


def notices(cart: Cart | None, said: Said) -> tuple[Notice, ...]:
    """What stands at no line: about the bag, and about things that are in it no more."""
    shown = {line.id for line in cart.lines} if cart else set()
    return tuple(
        Notice(problem=problem, title=said.titles.get(problem.target.id or "") or _named(problem))
        for problem in said.problems
        if not (problem.target.kind == "line" and problem.target.id in shown)
        and not (problem.target.kind == "code" and said.code is not None)
    )


def _named(problem: Problem) -> str | None:
    """A backend names a line that it took out."""
    return problem.text if problem.target.kind == "line" and problem.code != "other" else None


def code_view(code: AppliedCode) -> CodeView:
    label = code.title or code.code or ""
    if code.kind == "gift_card" and code.code:
        label = f"{code.title} " if code.title else ""
        label += f"•••• {code.code[-4:]}"
    return CodeView(
        id=code.id,
        kind=code.kind,
        label=label or "•",
        effective=code.effective,
        key=f"problem.{code.reason}" if code.reason in CODES else None,
        text=code.reason if code.reason not in CODES else None,
        amount=code.amount,
        balance=code.balance,
    )


def free_view(cart: Cart | None) -> FreeView | None:
    free = cart.free_shipping if cart else None
    if free is None or free.threshold.amount <= 0 or free.threshold.currency != free.remaining.currency:
        return None
    left = min(max(free.remaining.amount, Decimal(0)), free.threshold.amount)
    share = (free.threshold.amount - left) / free.threshold.amount * 100
    return FreeView(
        remaining=free.remaining,
        threshold=free.threshold,
        percent=int(share.quantize(Decimal(1), rounding=ROUND_DOWN)),
        reached=left == 0,
    )


def moved(place: Place, places: Mapping[str, Place], cart: Cart | None) -> MoveView | None:
    """Where the bag stands, if that is not here."""
    if cart is None or cart.market == place.market.id:
        return None
    there = [other for other in places.values() if other.market.id == cart.market]
    home = next((other for other in there if other.language == place.language), there[0] if there else None)
    if home is None:
        return None
    return MoveView(country=home.market.country, currency=cart.currency, there=home.page("cart"))


def checkout(backend: Backend | None, place: Place) -> CheckoutView | None:
    if backend is None:
        return None
    if backend.inline_checkout:
        return CheckoutView(url=place.page("checkout"), post=False)
    return CheckoutView(url=place.page("checkout/hand-off"), post=True) if backend.hosted_checkout else None


# ---------------------------------------------------------------- forms


def code_field(backend: Backend) -> Field | None:
    """The field for codes; its name says what is taken. None where the backend takes none."""
    traits = backend.carts.traits if backend.carts else None
    if traits is None or (traits.codes == 0 and not traits.gift_cards):
        return None
    label = "bag.code.either" if traits.gift_cards and traits.codes != 0 else "bag.code.promotion"
    label = "bag.code.gift_card" if traits.codes == 0 else label
    return Field(name="code", required=True, limit=80, label=label, autocomplete="off")


def note_field(backend: Backend) -> Field | None:
    taken = backend.carts is not None and backend.carts.traits.note
    return (
        Field(name="note", kind="textarea", limit=1_000, label="bag.note.label", hint="bag.note.hint")
        if taken
        else None
    )


def _code_form(backend: Backend | None) -> Form | None:
    field = code_field(backend) if backend else None
    return blank((field,)) if field else None


def _note_form(backend: Backend | None, cart: Cart | None) -> Form | None:
    field = note_field(backend) if backend and cart else None
    return blank((field,), {"note": cart.note or ""}) if field and cart else None


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount.is_finite() else str(amount)
