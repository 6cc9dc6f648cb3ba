"""Carts that are carried from a backend that serves the store no more to the one that does: built again by SKU, and every
difference told, line by line. A cart whose backend is gone is built of what was last seen in it.

It goes in steps, each noted in the control store (`Carry`) under the old cart's lock: heads are followed to the cart that
holds the lines now; what is in it, and what lies in the new one, is noted once; it is put in (`carry_steps`); the report is
kept. So it happens once, whoever asks for it, how often, and wherever it broke off; and who comes after is handed what
became of it.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bff.gateway.generations import Bundle
from bff.ports import BackendError, Cart, CartRef, Deadline, NoCart, Unavailable, VisitorContext

from . import returns
from .bundles import stays
from .carry_report import Key, Report, amounts, came, joined, own, parted
from .carry_steps import Course, poured, there
from .cart_writes import MAX_HOPS
from .control_carts import Carry, Goods, Head, Records, SeenLine, seen_lines
from .guard import SAFE
from .locks import WAIT, held
from .storefront import Storefront
from .visit import WRITE_SECONDS, Visit

log = logging.getLogger("portico.sessions")

KIND = "carried"
MAX_REPORTS = 4
READ_SECONDS = 2.0
PAGE_WAIT = 2.0
"""How long a page that is only read waits for another request that has the cart."""
PATIENCE_SECONDS = 60.0
"""For so long a cart is left at an open backend that cannot be asked; then it is built of what was last seen."""


async def carried(visit: Visit) -> None:
    """Carry the session's carts that cannot stay where they are. Raises `BackendError`; then what was not carried is still
    where it was, and the next request goes on with it. The page's own time begins afterwards."""
    if visit.is_part or visit.request.headers.get("sec-purpose", "").startswith("prefetch"):
        return
    _leave_accounts(visit)
    here = visit.store.backend
    away = [name for name in visit.session.carts if name != here.name and not _left(visit, name)]
    if here.carts is None or not away:
        return
    visit.allow(WRITE_SECONDS)
    try:
        for name in away:
            await _carry(visit, name)
    finally:
        visit.allow()


def _leave_accounts(visit: Visit) -> None:
    """Say, once, that the account somebody is signed in with is another backend's: accounts and orders do not move."""
    here, told = visit.store.backend, visit.session.left
    left = [name for name in visit.own.stored.tokens if name != here.name and name not in told]
    gone = [name for name in left if name not in visit.generation.plan.markets.values()]
    if gone and not visit.signed_in:
        visit.keep(msgspec.structs.replace(visit.session, left=(*told, *gone)))
        if here.sign_in is not None:
            visit.flash("account.behind")


def _left(visit: Visit, name: str) -> bool:
    """Whether the cart at a backend stays there. Of one whose market is not known that is sure only where no market's
    carts are carried from there."""
    plan, session, now = visit.generation.plan, visit.session, visit.store.control.clock()
    if name not in visit.generation.bundles:
        return False
    if (market := session.markets.get(name)) is not None:
        return stays(plan, session, name, market, now)
    kept = any(stays(plan, session, name, market, now) for market in plan.markets)
    return kept and not any((market, name) in plan.carry for market in plan.markets)


async def _carry(visit: Visit, name: str) -> None:
    """Carry the cart at the backend `name`, or go on with it, or take over what became of it; or leave it, where it may stay
    after all or cannot be asked now."""
    id, version = visit.session.carts[name]
    async with _locked(visit, name, CartRef(id=id, version=version)) as found:
        mine = whose(visit, name)
        state = found.carry or Carry(whose=mine)
        if state.goods is not None and state.into != visit.store.backend.name:
            state = state.broken_off
        if state.whose not in ("", visit.session.id, *visit.session.was):
            shared = await _shared(visit, name, found.ref) if mine else False
            if not shared:
                if shared is not None:
                    visit.keep_ref(name, None)
                return
        course = Course(visit, name, found.ref, state)
        await course.join()
        if not state.done:
            if not await course.is_here() or not await _gathered(course, found.seen):
                return
            await _ended(course, await poured(course), found.leads, id)
        if course.state.told:
            told = dict.fromkeys([*visit.session.carried.split(), course.state.told])
            visit.keep(msgspec.structs.replace(visit.session, carried=" ".join([*told][-MAX_REPORTS:])))
        if await _emptied(course):
            visit.keep_ref(name, None)


def whose(visit: Visit, name: str) -> str:
    """Whose cart at a backend this is: the session of somebody signed in there, "" for a guest's."""
    return visit.session.id if name in visit.own.stored.tokens else ""


class _Found(NamedTuple):
    """The cart that holds the lines now, under what is noted where they went, and what is known of it."""

    ref: CartRef
    leads: str
    carry: Carry | None
    seen: tuple[SeenLine, ...] | None


@asynccontextmanager
async def _locked(visit: Visit, name: str, ref: CartRef) -> AsyncIterator[_Found]:
    """Hold the cart at another backend that `ref` leads to. Raises `Unavailable`."""
    control, records = visit.store.control, Records(visit.store.control, name)
    key, wait = visit.session.kept if whose(visit, name) else "", PAGE_WAIT if visit.request.method in SAFE else WAIT
    for _ in range(MAX_HOPS):
        lock = f"cart:{name}:{ref.id}"
        leads = f"{lock}:{key}" if key else lock  # as `Visit.head_name` has it

        def look(db: sqlite3.Connection, leads: str = leads, ref: CartRef = ref) -> tuple[Head | None, _Found]:
            head = records.head(db, leads)
            last = CartRef(id=ref.id, version=head.version if head and head.id else ref.version)
            return head, _Found(last, leads, records.carry(db, ref.id), records.seen(db, ref.id))

        async with held(control, lock, work=look, wait=wait) as taken:
            assert isinstance(taken.found, tuple)
            head, found = taken.found
            if head is None or head.id in ("", ref.id):
                yield found
                return
        ref = CartRef(id=head.id, version=head.version)
    raise Unavailable("a cart was moved too often")


async def _shared(visit: Visit, name: str, ref: CartRef) -> bool | None:
    """Whether a cart that was carried for a customer's other browser answers this one too; None: not to be had now."""
    try:
        return isinstance(await _read(visit, name, ref), Cart)
    except BackendError as error:
        log.warning("whose a cart at %s is cannot be asked: %s", name, type(error).__name__)
        return None


async def _read(visit: Visit, name: str, ref: CartRef) -> Cart | NoCart | None:
    """The cart at its own backend; None where that is not open any more. Raises `BackendError`."""
    bundle = visit.generation.bundles.get(name)
    if bundle is None or bundle.backend.carts is None:
        return None
    return await bundle.backend.carts.get(_there(visit, bundle), cart=ref)


def _there(visit: Visit, bundle: Bundle[Storefront]) -> VisitorContext:
    """The context of a call to the backend that is left: a short one."""
    market = bundle.front.places[visit.place.path].market
    public = msgspec.structs.replace(visit.ctx, market=market, deadline=Deadline.after(READ_SECONDS))
    return VisitorContext(public=public, shopper=visit.own.known_at(bundle.backend.name))


async def _gathered(course: Course, seen: tuple[SeenLine, ...] | None) -> bool:
    """Note what is to come, once; False where the cart is left where it is."""
    visit, name, state = course.visit, course.name, course.state
    if state.goods is not None:
        return True
    cart: Cart | NoCart | None = None
    try:
        cart = await _read(visit, name, course.ref)
    except BackendError as error:
        log.warning("a cart at %s cannot be asked: %s", name, type(error).__name__)
        now = visit.store.control.clock()
        if not state.failed:
            await course.note(failed=now)
        if now < (state.failed or now) + PATIENCE_SECONDS:
            return False
    if isinstance(cart, Cart) and visit.generation.plan.keeps(cart.market, name):
        visit.keep_ref(name, cart.ref, cart.market)
        if state.failed:
            await course.note(failed=0.0)
        return False
    await _noted(course, _goods(cart, seen))
    return True


async def _noted(course: Course, goods: Goods) -> None:
    """Note that these goods are to come. Where carrying between this cart and the session's here broke off, and its backend
    serves again, some are here already."""
    visit, here, old = course.visit, course.visit.cart, course.state
    new = Carry(whose=old.whose, failed=old.failed, goods=goods, run=secrets.token_hex(8), into=course.here)
    if here is None or not goods.lines:
        await course.note(**msgspec.structs.asdict(new))
        return
    cart = await there(visit)
    now = seen_lines(cart.lines) if isinstance(cart, Cart) else ()
    control, records, own_records = visit.store.control, visit.records, Records(visit.store.control, course.name)
    look = lambda db: records.carry(db, here.id)  # noqa: E731
    async with held(control, visit.cart_name(here), work=look, wait=PAGE_WAIT) as taken:
        other, twice = taken.found, dict[Key, Decimal]()
        if old.is_in(course.here, here.id):
            twice = came(old.twice, old.before, now)
        if back := isinstance(other, Carry) and other.is_in(course.name, course.ref.id):
            twice |= came(other.twice, other.before, goods.lines)
        already = parted(goods.lines, twice)[0]
        before, to = parted(now, amounts(already))[1], Head(id=here.id, version=here.version, blob=visit.blob_text())
        new = msgspec.structs.replace(new, already=already, twice=already, before=before, to=to)

        def note(db: sqlite3.Connection) -> None:
            if back:
                records.drop_carry(db, here.id)
            own_records.set_carry(db, course.ref.id, new)

        await control.write(note)
    course.state = new


def _goods(cart: Cart | NoCart | None, seen: tuple[SeenLine, ...] | None) -> Goods:
    if isinstance(cart, Cart):
        lines = own(seen_lines(cart.lines))
        return Goods(lines=lines, codes=cart.codes, note=cart.note, attributes={**cart.attributes})
    if isinstance(cart, NoCart) or seen == ():
        return Goods()
    return Goods(source="lost") if seen is None else Goods(lines=own(seen), source="seen")


async def _ended(course: Course, report: Report, leads: str, known: str) -> None:
    """Keep the report for the bag's page, and note in one step that nothing is left to do. `known`: the cart of the cookie,
    which led to this one."""
    visit, state, told = course.visit, course.state, ""
    if course.goods.lines or course.goods.source == "lost":
        data = {"report": msgspec.json.encode(report).decode()}
        noted = returns.Return(kind=KIND, backend=course.name, session=visit.session.id, cart=None, data=data)
        told = await returns.noted(visit.store.control, noted)
    records = Records(visit.store.control, course.name)
    done = Carry(whose=state.whose, into=course.here, to=state.to, told=told, done=True)

    def end(db: sqlite3.Connection) -> None:
        records.set_head(db, leads, Head(id=""))
        for cart in {course.ref.id, known}:
            records.set_carry(db, cart, done)
            records.drop_seen(db, cart)

    await visit.store.control.write(end)
    course.state = msgspec.structs.replace(done, goods=state.goods, before=state.before)


async def _emptied(course: Course) -> bool:
    """Take out of the old cart what has gone; whether nothing is left to do there. Nobody is led to a guest's any more; an
    account would have it twice after the next swap, so that it is noted there, and tried again after a while."""
    visit, state, bundle = course.visit, course.state, course.visit.generation.bundles.get(course.name)
    goods, now = state.goods or Goods(lines=state.twice), visit.store.control.clock()
    nothing = [(line.line, Decimal(0)) for line in goods.lines if line.sku]
    if not nothing or goods.source != "cart" or bundle is None or bundle.backend.carts is None:
        return True
    if state.goods is None and now < state.failed + PATIENCE_SECONDS:
        return False
    try:
        await bundle.backend.carts.change(_there(visit, bundle), cart=course.ref, quantities=nothing)
    except BackendError as error:
        log.warning("a cart that was carried from %s was not emptied: %s", course.name, type(error).__name__)
        if state.whose:
            await course.note(goods=None, twice=goods.lines, told="", failed=now)
        return not state.whose
    if state.goods is None:
        await course.note(twice=())
    return True


async def reported_to(visit: Visit) -> Report | None:
    """What the shopper has not been told yet of carts that were carried; it is told once."""
    states = visit.session.carried.split()
    if not states:
        return None
    try:
        found = [await returns.found(visit.store.control, state) for state in states]
    except Unavailable:
        return None
    visit.keep(msgspec.structs.replace(visit.session, carried=""))
    return joined([msgspec.json.decode(one.data["report"], type=Report) for one in found if one and one.kind == KIND])
