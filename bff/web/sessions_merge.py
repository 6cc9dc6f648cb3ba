"""Several sessions in one request, made one. Two first writes at once, in two tabs, each minted a session with a cart; what
lies in both carts goes into one. Where equal posts made them (a double click), only what the one lacks does.

Every step can be repeated: the carts are locked, what is to be added is noted before and read back after a crash, and once
it has been added the emptied cart leads to the other, so that a request which still knows only the old one writes there.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    BackendError,
    Cart,
    CartRef,
    Line,
    LineInput,
    NoCart,
    SessionBlob,
    Shopper,
    VisitorContext,
)

from . import sessions
from .cart_writes import write_to
from .control_carts import Head, What, quantities, seen_lines
from .locks import held
from .own_session import lineage
from .session import MAX_COOKIES, Opened
from .sessions import Stored
from .visit import Visit

log = logging.getLogger("portico.sessions")


async def merge(visit: Visit) -> None:
    """Keep one of the sessions that the request brought, with everything in it; one with another cart at a backend that does
    not serve the store waits until that is carried. Raises `BackendError`; then all are still there, and the next request
    goes on with it."""
    brought = list(visit.own.opened)
    stored = {
        opened.name: await sessions.load(visit.store.control, opened.session.kept) or Stored()
        for opened in brought
        if opened.session.kept
    }
    customers = [opened for opened in brought if stored.get(opened.name, Stored()).tokens]
    kept = customers[-1] if customers else brought[0]
    marks = dict.fromkeys(kept.session.marks)
    visit.own.use(kept)
    await visit.own.load()
    waiting: list[Opened] = []
    for other in brought:
        if other is kept:
            continue
        if other not in customers and _clash(visit, other):
            waiting.append(other)
            continue
        if other not in customers:  # another customer's cart is found again by signing in
            again = not marks.keys().isdisjoint(other.session.marks)
            marks |= dict.fromkeys(other.session.marks)
            await _take(visit, other, stored.get(other.name, Stored()), again=again)
        visit.own.drop(other.name)
    lost = [opened.session.kept for opened in brought if opened not in (kept, *waiting) and opened.session.kept]
    if lost:
        await sessions.revoke(visit.store.control, *lost)


def _clash(visit: Visit, other: Opened) -> bool:
    """Whether both sessions have a cart at a backend that cannot be asked to make one of them."""
    here = {name: id for name, (id, _) in visit.session.carts.items() if name != visit.store.backend.name}
    return any(name in here and here[name] != id for name, (id, _) in other.session.carts.items())


async def _take(visit: Visit, other: Opened, stored: Stored, *, again: bool) -> None:
    """Take over another session's carts. Only the backend that serves the store is asked; of others the reference is
    kept, where there is none yet. `again`: a post equal to one of ours made it."""
    carts = {**other.session.carts, **visit.session.carts}
    markets = {**other.session.markets, **visit.session.markets}
    blobs = {**other.session.blobs, **visit.session.blobs}
    backend = visit.store.backend.name
    here, there = visit.session.carts.get(backend), other.session.carts.get(backend)
    if here and there and here[0] != there[0]:
        text = stored.blobs.get(backend, other.session.blobs.get(backend))
        ref = await _poured(visit, CartRef(id=there[0], version=there[1]), SessionBlob(text), again=again)
        carts[backend] = (ref.id, ref.version)
    was = lineage(other.session, msgspec.structs.replace(visit.session, id=""))
    marks = tuple(dict.fromkeys((*visit.session.marks, *other.session.marks)))[:MAX_COOKIES]
    taken = {"carts": carts, "markets": markets, "blobs": blobs}
    visit.keep(msgspec.structs.replace(visit.session, **taken, was=was, marks=marks))


async def _poured(visit: Visit, source: CartRef, blob: SessionBlob, *, again: bool) -> CartRef:
    """Put the lines of `source` into the session's cart, or of what it holds `again` what is more; where that is now."""
    control, records = visit.store.control, visit.records
    name, leads = visit.cart_name(source), visit.head_name(source)
    theirs = VisitorContext(public=visit.ctx, shopper=Shopper(blob=blob))
    target = visit.cart
    assert target is not None
    async with held(control, name, work=lambda db: records.head(db, leads)) as lock:
        head = lock.found
        if isinstance(head, Head) and head.id != source.id:
            return target  # somebody did it before
        cart = await visit.carts.get(theirs, cart=source)
        lines = [line for line in cart.lines if not line.fixed] if isinstance(cart, Cart) else []
        if again:
            lines = _lacking(lines, await visit.carts.get(visit.visitor(), cart=target))
        attempt = control.ring.digest("merge", visit.store.backend.name, source.id)
        poured = await _add(visit, target, [line for line in lines if not line.parent], {}, attempt, 1)
        children = [line for line in lines if line.parent]
        if children and isinstance(poured, Cart):
            poured = await _add(visit, poured.ref, children, _moved(lines, poured), attempt, 2)
        target = poured.ref if isinstance(poured, Cart) else target
        done = Head(id=target.id, version=target.version)

        def lead(db: sqlite3.Connection) -> None:
            records.set_head(db, leads, done)
            records.drop_seen(db, source.id)

        await control.write(lead)
        if isinstance(cart, Cart):
            await _emptied(visit, theirs, cart)
    return target


async def _add(
    visit: Visit, target: CartRef, lines: Sequence[Line], parents: dict[str, str], attempt: bytes, number: int
) -> Cart | NoCart:
    """Add lines like these; the cart as it is then. What the backend does not take together is said on the next page."""
    adds = [
        LineInput(
            variant=line.key,
            quantity=line.quantity,
            inputs=line.inputs,
            plan=line.plan,
            parent=parents.get(line.parent or ""),
        )
        for line in lines
    ]
    if not adds:
        return await visit.carts.get(visit.visitor(), cart=target)
    result = await write_to(
        visit,
        target,
        lambda cart: visit.carts.add(visit.visitor(), cart=cart, lines=adds),
        attempt,
        number,
        adds=adds,
    )
    if result.problems:
        visit.flash("bag.merged")
    return result.cart


def _lacking(lines: Sequence[Line], there: Cart | NoCart) -> list[Line]:
    """The lines, each with the quantity by which it is more than what is there."""
    have = quantities(seen_lines(there.lines)) if isinstance(there, Cart) else {}
    found: list[Line] = []
    for line in lines:
        for what, quantity in quantities(seen_lines([line])).items():
            held = min(quantity, have.get(what, Decimal(0)))
            have[what] = have.get(what, Decimal(0)) - held
            if quantity > held:
                found.append(msgspec.structs.replace(line, quantity=quantity - held))
    return found


def _moved(lines: Sequence[Line], cart: Cart) -> dict[str, str]:
    """By the id of each line it had: the line in `cart` that holds the same."""
    there = {_what(line): line.id for line in cart.lines}
    return {line.id: there[_what(line)] for line in lines if _what(line) in there}


def _what(line: Line) -> What | None:
    return next(iter(quantities(seen_lines([line]))), None)


async def _emptied(visit: Visit, theirs: VisitorContext, cart: Cart) -> None:
    """The lines are in the other cart: nobody is led to this one any more, so that failing here loses nothing."""
    nothing = [(line.id, Decimal(0)) for line in cart.lines if not line.fixed]
    try:
        if nothing:
            await visit.carts.change(theirs, cart=cart.ref, quantities=nothing)
    except BackendError as error:
        log.warning("a merged cart was not emptied: %s", type(error).__name__)
