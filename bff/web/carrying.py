"""Carts that are carried from a backend that serves the store no more to the one that does: built again by SKU, and every
difference told, line by line. A cart whose backend is gone is built of what was last seen in it.

The invariant is quantity per (SKU, inputs, plan): what does not come has a line in the report.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    AppliedCode,
    BackendError,
    Cart,
    CartRef,
    CartResult,
    Conflict,
    InputValue,
    InvalidInput,
    Line,
    LineInput,
    Money,
    NoCart,
    NotFound,
    Problem,
    ProblemCode,
    Target,
    VariantKey,
    VisitorContext,
)

from . import returns
from .cart_writes import write_to
from .control_carts import Head, Records, SeenLine
from .locks import held
from .visit import Visit

log = logging.getLogger("portico.sessions")

KIND = "carried"
NONE = Decimal(0)
REFUSALS = (NotFound, InvalidInput, Conflict)
Key = tuple[str, tuple[tuple[str, str], ...], str]
"""The SKU, what was typed, the plan."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A line to carry. `id` and `parent` are the old backend's."""

    id: str
    sku: str | None
    title: str
    quantity: Decimal
    inputs: tuple[InputValue, ...] = ()
    plan: str | None = None
    parent: str | None = None
    unit: Money | None = None

    @property
    def key(self) -> Key:
        return self.sku or "", typed(self.inputs), self.plan or ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was; `titles` name what problems are about, by their targets' ids."""

    problems: tuple[Problem, ...] = ()
    titles: dict[str, str] = {}


def typed(inputs: Iterable[InputValue]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((value.id, value.value.strip()) for value in inputs if value.value.strip()))


def of_lines(lines: Iterable[Line]) -> tuple[Thing, ...]:
    """What is in a cart that can still be read; gifts are the backend's."""
    return tuple(
        Thing(
            id=line.id,
            sku=line.key.sku,
            title=line.title,
            quantity=line.quantity,
            inputs=line.inputs,
            plan=line.plan,
            parent=line.parent,
            unit=line.unit,
        )
        for line in lines
        if not line.fixed
    )


def of_seen(lines: Iterable[SeenLine]) -> tuple[Thing, ...]:
    """What was last seen in one that cannot."""
    return tuple(
        Thing(
            id=line.line,
            sku=line.sku,
            title=line.title,
            quantity=line.quantity,
            inputs=tuple(InputValue(id=id, value=value) for id, value in line.inputs),
            plan=line.plan,
        )
        for line in lines
        if not line.fixed
    )


async def carried(visit: Visit) -> None:
    """Carry the session's carts that cannot stay where they are. Raises `BackendError`; then what was not carried is still
    where it was, and the next request goes on with it."""
    if visit.is_part or visit.request.headers.get("sec-purpose", "").startswith("prefetch"):
        return
    _leave_accounts(visit)
    if visit.store.backend.carts is None:
        return
    for name in [name for name in visit.session.carts if name != visit.store.backend.name]:
        if not _may_stay(visit, name):
            await _carry(visit, name)


def _leave_accounts(visit: Visit) -> None:
    """Say, once, that the account somebody is signed in with is another backend's: accounts and orders do not move."""
    here, told = visit.store.backend, visit.session.left
    left = [name for name in visit.own.stored.tokens if name != here.name and name not in told]
    gone = [name for name in left if name not in visit.generation.plan.markets.values()]
    if gone and not visit.signed_in:
        visit.keep(msgspec.structs.replace(visit.session, left=(*told, *gone)))
        if here.sign_in is not None:
            visit.flash("account.behind")


def _may_stay(visit: Visit, name: str) -> bool:
    """Whether a backend keeps its carts in every market it served: then none has to be asked where it is of."""
    plan = visit.generation.plan
    kept = any(plan.keeps(market, name) for market in plan.markets)
    return (
        kept and name in visit.generation.bundles and not any((market, name) in plan.carry for market in plan.markets)
    )


async def _carry(visit: Visit, name: str) -> None:
    """Carry the cart at the backend `name`, unless it may stay after all. The old cart is locked: it is carried once."""
    id, version = visit.session.carts[name]
    control, records = visit.store.control, Records(visit.store.control, name)
    lock = f"cart:{name}:{id}"
    whose = f"{lock}:{visit.session.kept}" if name in visit.own.stored.tokens else lock
    async with held(control, lock, work=lambda db: (records.head(db, whose), records.seen(db, id))) as taken:
        assert isinstance(taken.found, tuple)
        head, seen = taken.found
        if head is not None and not head.id:
            things: tuple[Thing, ...] = ()  # another request has carried it
        else:
            ref = CartRef(id=id, version=version) if head is None else CartRef(id=head.id, version=head.version)
            cart = await _read(visit, name, ref)
            if isinstance(cart, Cart) and visit.generation.plan.keeps(cart.market, name):
                return
            things = of_lines(cart.lines) if isinstance(cart, Cart) else of_seen(seen or ()) if cart is None else ()
            codes = cart.codes if isinstance(cart, Cart) else ()
            report = await _poured(visit, things, codes, control.ring.digest("carry", name, id))
            if things:
                await _told(visit, name, report)
        carts = {own: ref for own, ref in visit.session.carts.items() if own != name}
        visit.keep(msgspec.structs.replace(visit.session, carts=carts))

        def end(db: sqlite3.Connection) -> None:
            records.set_head(db, whose, Head(id=""))
            records.drop_seen(db, id)

        await control.write(end)


async def _read(visit: Visit, name: str, ref: CartRef) -> Cart | NoCart | None:
    """The cart at its own backend; None where that cannot be asked any more."""
    bundle = visit.generation.bundles.get(name)
    if bundle is None or bundle.backend.carts is None:
        return None
    market = bundle.front.places[visit.place.path].market
    public = msgspec.structs.replace(visit.ctx, market=market)
    ctx = VisitorContext(public=public, shopper=visit.own.known_at(name))
    try:
        return await bundle.backend.carts.get(ctx, cart=ref)
    except BackendError as error:
        log.warning("a cart at %s is carried from what was last seen: %s", name, type(error).__name__)
        return None


async def _poured(visit: Visit, things: Sequence[Thing], codes: Sequence[AppliedCode], attempt: bytes) -> Report:
    """Put the things into the session's cart here, and its codes; what did not come as it was."""
    before = await _there(visit)
    sold = [thing for thing in things if thing.sku]
    said: list[Problem] = []
    first = [thing for thing in sold if thing.parent is None]
    result = await _added(visit, first, {}, attempt, 1)
    said += result.problems
    children = [thing for thing in sold if thing.parent is not None]
    if children:
        result = await _added(visit, children, _parents(things, result.cart), attempt, 2 + len(first))
        said += result.problems
    for turn, code in enumerate(codes):
        said += await _code(visit, code, attempt, 1_000 + turn)
    return reported(things, before, await _there(visit), said)


async def _there(visit: Visit) -> Cart | NoCart:
    if visit.cart is None:
        return NoCart(reason="empty")
    return await visit.carts.get(visit.visitor(), cart=visit.cart)


async def _added(
    visit: Visit, things: Sequence[Thing], parents: Mapping[str, str], attempt: bytes, number: int
) -> CartResult:
    """Add them together, or, where one of them is refused as such, one by one."""
    if not things:
        return CartResult(cart=await _there(visit))
    adds = [
        LineInput(
            variant=VariantKey(sku=thing.sku),
            quantity=thing.quantity,
            inputs=thing.inputs,
            plan=thing.plan,
            parent=parents.get(thing.parent or ""),
        )
        for thing in things
    ]
    try:
        return await write_to(
            visit,
            visit.cart,
            lambda ref: visit.carts.add(visit.visitor(), cart=ref, lines=adds),
            attempt,
            number,
            adds=adds,
        )
    except REFUSALS:
        if len(things) == 1:
            return CartResult(cart=await _there(visit))
    problems: list[Problem] = []
    for turn, thing in enumerate(things):
        problems += (await _added(visit, [thing], parents, attempt, number + 1 + turn)).problems
    return CartResult(cart=await _there(visit), problems=tuple(problems))


def _parents(things: Iterable[Thing], cart: Cart | NoCart) -> dict[str, str]:
    """By a line's old id: the line that holds the same now."""
    now = {thing.key: thing.id for thing in of_lines(cart.lines)} if isinstance(cart, Cart) else {}
    return {thing.id: now[thing.key] for thing in things if thing.key in now}


async def _code(visit: Visit, code: AppliedCode, attempt: bytes, number: int) -> list[Problem]:
    """Enter a promotion's code again. A gift card's is not known here: it is told that it is to be entered again."""
    lost = Problem(code="code_not_applicable", severity="warning", target=Target(kind="code", id=code.id))
    if code.kind != "promotion" or not code.code:
        return [lost] if code.kind == "gift_card" else []
    typed_code = code.code
    try:
        result = await write_to(
            visit,
            visit.cart,
            lambda ref: visit.carts.apply_code(visit.visitor(), cart=ref or CartRef(id=""), code=typed_code),
            attempt,
            number,
        )
    except BackendError:
        return [lost]
    return [lost] if any(problem.severity == "error" for problem in result.problems) else []


def amounts(things: Iterable[Thing]) -> dict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for thing in things:
        found[thing.key] += thing.quantity
    return found


def reported(things: Sequence[Thing], before: Cart | NoCart, after: Cart | NoCart, said: Iterable[Problem]) -> Report:
    """Every difference between what was to come and what came: in the new backend's words where it `said` which thing it
    speaks of, else in ours."""
    had = amounts(of_lines(before.lines)) if isinstance(before, Cart) else {}
    now = of_lines(after.lines) if isinstance(after, Cart) else ()
    have, lines, problems = amounts(now), {line.key: line for line in now}, [*said]
    told = {problem.target.key.sku for problem in problems if problem.target.key is not None}
    names = {thing.sku: thing.title for thing in things}
    titles = {
        p.target.id: names[p.target.key.sku]
        for p in problems
        if p.target.id and p.target.key and p.target.key.sku in names
    }
    wanted = amounts(things)
    variants = [sku or None for sku, _, _ in wanted]
    for key, quantity in wanted.items():
        thing = next(thing for thing in things if thing.key == key)
        came = max(NONE, have.get(key, NONE) - had.get(key, NONE)) if thing.sku else NONE
        if came < quantity and not (thing.sku in told and variants.count(thing.sku) == 1):
            target = Target(kind="variant", id=f"{thing.sku or ''} {thing.id}", key=VariantKey(sku=thing.sku))
            titles[target.id or ""] = thing.title
            code: ProblemCode = "quantity_reduced" if came else "line_unavailable"
            problems.append(Problem(code=code, severity="warning", target=target, limit=came or None))
        line = lines.get(key)
        unit = line.unit if came and line else None
        if line and unit and thing.unit and unit != thing.unit and unit.currency == thing.unit.currency:
            target = Target(kind="line", id=line.id)
            problems.append(
                Problem(code="price_changed", severity="info", target=target, before=thing.unit, after=unit)
            )
    return Report(problems=tuple(problems), titles=titles)


async def _told(visit: Visit, name: str, report: Report) -> None:
    """Keep the report for the bag's page."""
    data = {"report": msgspec.json.encode(report).decode()}
    noted = returns.Return(kind=KIND, backend=name, session=visit.session.id, cart=None, data=data)
    state = await returns.noted(visit.store.control, noted)
    visit.keep(msgspec.structs.replace(visit.session, carried=state))


async def reported_to(visit: Visit) -> Report | None:
    """What the shopper has not been told yet of a cart that was carried; it is told once."""
    state = visit.session.carried
    if not state:
        return None
    visit.keep(msgspec.structs.replace(visit.session, carried=""))
    found = await returns.found(visit.store.control, state)
    if found is None or found.kind != KIND:
        return None
    return msgspec.json.decode(found.data["report"], type=Report)
