"""Writing to a cart: one write at a time, and the truth when an answer is lost.

All writes of one cart, by whichever process, wait for each other. Before a write, what the cart held is noted; when its
answer does not come, the cart is read back and compared by quantity per (variant, inputs, plan). No write is ever simply
tried again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal

import msgspec

from bff.ports import (
    BackendError,
    Cart,
    CartRef,
    CartResult,
    Deadline,
    DeadlineExceeded,
    LineInput,
    Malformed,
    NoCart,
    Problem,
    Target,
    Unavailable,
    VisitorContext,
)

from .control_carts import Head, Intent, SeenLine, quantities, same, seen_lines, wanted
from .locks import WAIT, Held, held
from .visit import Visit

AMBIGUOUS = (DeadlineExceeded, Unavailable, Malformed)
"""Failures after which a write may have happened."""
READ_BACK_SECONDS = 3.0
SETTLE_SECONDS = 0.4
"""How long a write that timed out may still be under way at the backend, before it is looked for a second time."""
MAX_HOPS = 5
NONE = Decimal(0)

Write = Callable[[CartRef | None], Awaitable[CartResult]]


class _Found(msgspec.Struct, frozen=True):
    head: Head | None
    seen: tuple[SeenLine, ...] | None
    intent: Intent | None


@asynccontextmanager
async def locked(visit: Visit, cart: CartRef | None) -> AsyncIterator[CartRef | None]:
    """Hold a cart while it is written to; the reference to use, as another request may have moved it on. Raises
    `Unavailable` where it is not to be had in time."""
    async with _held(visit, cart, b"", 0) as (_, ref, _found):
        yield ref


async def write_cart(
    visit: Visit,
    write: Write,
    *,
    adds: Sequence[LineInput] | None = None,
    sets: Sequence[tuple[str, Decimal]] | None = None,
    repeats: bool = False,
) -> CartResult:
    """Do one write to the session's cart and keep what it leaves behind. `adds` or `sets` say what it does to lines, so that
    a lost answer can be made up for; `repeats`: done twice it is done once, so a run that died is made up for by doing
    it. Raises the failure where the write certainly did not happen, `DeadlineExceeded` where nobody can know."""
    attempt, number = visit.attempt_key, visit.next_write()
    return await write_to(visit, visit.cart, write, attempt, number, adds=adds, sets=sets, repeats=repeats)


async def write_to(
    visit: Visit,
    ref: CartRef | None,
    write: Write,
    attempt: bytes,
    number: int,
    *,
    adds: Sequence[LineInput] | None = None,
    sets: Sequence[tuple[str, Decimal]] | None = None,
    repeats: bool = False,
) -> CartResult:
    """`write_cart`, as the write called `number` of the mutation `attempt`: if that was begun before, reading back says
    whether it is still to be done."""
    records, control = visit.records, visit.store.control
    async with _held(visit, ref, attempt, number) as (lock, ref, found):
        begun, before = found.intent, found.seen
        if ref is not None and begun is not None and (begun.done or (begun.cart == ref.id and not repeats)):
            made = await _read_back(visit, ref, begun, adds, sets, twice=False)
            if made is not None:
                return _keep(visit, lock, ref, made)
        if ref is not None and before is None and (adds or sets):
            cart = await visit.carts.get(_again(visit), cart=ref)
            before = seen_lines(cart.lines) if isinstance(cart, Cart) else ()
        intent = Intent(cart=ref.id if ref else None, before=before or ())
        await control.write(lambda db: records.set_intent(db, attempt, number, intent))
        try:
            result = await write(ref)
        except AMBIGUOUS:
            if ref is None:  # a new cart that nobody was told of is no cart: nothing is in the bag, nothing was doubled
                raise
            # Should it happen yet, after all: what was last seen is no longer what to compare with.
            lock.last.append(lambda db: records.drop_seen(db, ref.id))
            made = await _read_back(visit, ref, intent, adds, sets, twice=True)
            if made is None:
                raise
            result = made
        except BackendError:
            lock.last.append(lambda db: records.drop_intent(db, attempt, number))
            raise
        done = msgspec.structs.replace(intent, done=True, before=())  # what was there is of no use any more
        lock.last.append(lambda db: records.set_intent(db, attempt, number, done))
        return _keep(visit, lock, ref, result)


def _keep(visit: Visit, lock: Held, ref: CartRef | None, result: CartResult) -> CartResult:
    """Put what a write left behind into the session, and note it when the lock is let go."""
    name, cart, records = visit.head_name(ref), result.cart, visit.records
    visit.keep_cart(cart)
    blob, own = visit.blob_text(), visit.cart_name(None)

    def note(db: sqlite3.Connection) -> None:
        if isinstance(cart, Cart):
            records.set_seen(db, cart)
            records.filled(db, cart.ref.id)
            if ref != cart.ref:  # another cart, or another version of it: others still know the old one
                head = Head(id=cart.ref.id, version=cart.ref.version, blob=blob)
                for known in {name, own} - {""}:
                    records.set_head(db, known, head)
                records.drop_head(db, visit.head_name(cart.ref), carried=True)
        elif ref is not None:
            records.drop_seen(db, ref.id)
            records.drop_head(db, name)

    lock.last.append(note)
    return result


@asynccontextmanager
async def _held(
    visit: Visit, ref: CartRef | None, attempt: bytes, number: int
) -> AsyncIterator[tuple[Held, CartRef | None, _Found]]:
    """The lock of the cart that `ref` leads to, through carts that were merged or made meanwhile."""
    records, control = visit.records, visit.store.control
    for _ in range(MAX_HOPS):
        name, leads = visit.cart_name(ref), visit.head_name(ref)

        def look(db: sqlite3.Connection, leads: str = leads, ref: CartRef | None = ref) -> _Found:
            return _Found(
                records.head(db, leads),
                records.seen(db, ref.id) if ref else None,
                records.intent(db, attempt, number) if number else None,
            )

        if not name:  # no session and no cart: nobody else can know of the one that is made
            lock = Held(None)
            yield lock, None, _Found(None, None, None)
            with suppress(Unavailable):
                await control.write(lock.do_last)
            return
        async with held(control, name, work=look, wait=min(WAIT, visit.ctx.deadline.remaining())) as lock:
            found = lock.found
            assert isinstance(found, _Found)
            head = found.head
            if head is not None and not head.id:  # carried to another backend: what is put in now is a new cart here
                yield lock, None, found
                return
            if head is None or (ref is not None and head.id == ref.id):
                if head is not None and ref is not None:
                    ref = CartRef(id=ref.id, version=head.version)
                yield lock, ref, found
                return
        ref = CartRef(id=head.id, version=head.version)
        visit.take_blob(head.blob)
    raise Unavailable("a cart was moved too often")


def _again(visit: Visit) -> VisitorContext:
    """The visitor's context with time to read."""
    context = visit.visitor()
    public = msgspec.structs.replace(context.public, deadline=Deadline.after(READ_BACK_SECONDS))
    return msgspec.structs.replace(context, public=public)


async def _read_back(
    visit: Visit,
    ref: CartRef,
    intent: Intent,
    adds: Sequence[LineInput] | None,
    sets: Sequence[tuple[str, Decimal]] | None,
    *,
    twice: bool,
) -> CartResult | None:
    """What a write whose answer was lost has done: its result, or None where it did not happen. Raises `DeadlineExceeded`
    where that cannot be known."""
    for last in (False, True) if twice else (True,):
        try:
            cart = await visit.carts.get(_again(visit), cart=ref)
        except BackendError as failure:
            raise DeadlineExceeded("the cart could not be read back", operation="carts.get") from failure
        happened = intent.done or _happened(cart, intent.before, adds, sets)
        if happened or (last and happened is False):
            break
        if last:
            raise DeadlineExceeded("whether the write happened cannot be known")
        await asyncio.sleep(SETTLE_SECONDS)
    if not happened:
        return None
    return CartResult(cart=cart, problems=() if intent.done else _short(cart, intent.before, adds))


def _happened(
    cart: Cart | NoCart,
    before: tuple[SeenLine, ...],
    adds: Sequence[LineInput] | None,
    sets: Sequence[tuple[str, Decimal]] | None,
) -> bool | None:
    now = seen_lines(cart.lines) if isinstance(cart, Cart) else ()
    if adds:
        return same(quantities(before), quantities(now), wanted(adds, (*before, *now)))
    if sets:
        there = {line.line: line.quantity for line in now}
        was = {line.line: line.quantity for line in before}
        if all(there.get(line, Decimal(0)) == amount for line, amount in sets):
            return True
        return False if all(there.get(line) == was.get(line) for line, _ in sets) else None
    return None


def _short(cart: Cart | NoCart, before: tuple[SeenLine, ...], adds: Sequence[LineInput] | None) -> tuple[Problem, ...]:
    """Fewer came in than were asked for: said, as the backend's own words were lost."""
    now = seen_lines(cart.lines) if isinstance(cart, Cart) else ()
    had, have = quantities(before), quantities(now)
    return tuple(
        Problem(
            code="quantity_reduced",
            severity="warning",
            target=Target(kind="variant", id=add.variant.id, key=add.variant),
            limit=came,
        )
        for add in adds or ()
        for what, amount in wanted([add], (*before, *now)).items()
        if (came := max(NONE, have.get(what, NONE) - had.get(what, NONE))) < amount
    )
