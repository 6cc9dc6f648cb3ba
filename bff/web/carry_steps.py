"""Putting what a cart held into the session's cart here, in numbered steps, each of which happens once: lines together or,
where the backend refuses that, one by one; then those that belong to others; then codes and the note."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

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
    LineInput,
    NoCart,
    NotFound,
    Problem,
    Target,
    VariantKey,
)

from .carry_report import Report, amounts, came, key, own, parted, reported
from .cart_writes import AMBIGUOUS, MAX_HOPS, Write, write_to
from .control_carts import Carry, Goods, Head, Records, SeenLine, seen_lines
from .visit import Visit

log = logging.getLogger("portico.sessions")

REFUSALS = (NotFound, InvalidInput, Conflict)
GROUP = 10_000
"""A group of lines is a step, and each of its lines has one of the numbers after it."""
CODES, NOTE = 1_000_000, 2_000_000
MOST_NOTE = 500
"""Characters of a note that the report repeats."""


class Course:
    """Carrying one cart (`ref`, at the backend `name`): how far it has come."""

    def __init__(self, visit: Visit, name: str, ref: CartRef, state: Carry) -> None:
        self.visit, self.name, self.ref, self.state = visit, name, ref, state

    @property
    def attempt(self) -> bytes:
        return self.visit.store.control.ring.digest("carry", self.name, self.ref.id, self.state.run)

    @property
    def here(self) -> str:
        """The backend it goes into."""
        return self.visit.store.backend.name

    @property
    def goods(self) -> Goods:
        assert self.state.goods is not None
        return self.state.goods

    async def note(self, **changes: Any) -> None:
        """Change the state, here and in the control store. Raises `Unavailable`."""
        self.state = state = msgspec.structs.replace(self.state, **changes)
        records = Records(self.visit.store.control, self.name)
        await self.visit.store.control.write(lambda db: records.set_carry(db, self.ref.id, state))

    async def join(self) -> None:
        """Take over the cart that it goes into, or went into, where the session has none."""
        into, to = self.state.into, self.state.to
        if to is not None and into == self.here and self.visit.cart is None:
            now = await _led(self.visit, to)
            self.visit.keep_ref(into, CartRef(id=now.id, version=now.version))
            self.visit.take_blob(now.blob)
        elif to is not None and into != self.here and self.state.done and into not in self.visit.session.carts:
            self.visit.keep_ref(into, CartRef(id=to.id, version=to.version))  # it is carried on from there

    async def is_here(self) -> bool:
        """Whether it goes into this session's cart: one that was begun into another is left to whoever has that."""
        cart, to = self.visit.cart, self.state.to
        if self.state.goods is None or cart is None or to is None or cart.id == to.id:
            return True
        return (await _led(self.visit, Head(id=cart.id))).id == (await _led(self.visit, to)).id

    async def step(self, number: int, write: Write, adds: Sequence[LineInput] | None = None) -> None:
        """Do one write, if it has not been done. Raises what it raises."""
        if number in self.state.taken:
            return
        cart = self.visit.cart
        try:
            result = await write_to(self.visit, cart, write, self.attempt, number, adds=adds)
        except AMBIGUOUS:
            if cart is not None:  # it may be there, or come yet
                to = Head(id=cart.id, version=cart.version, blob=self.visit.blob_text())
                await self.note(to=to, twice=self.goods.lines)
            raise
        await self.took(number, *result.problems)

    async def took(self, number: int, *said: Problem) -> None:
        """Note that a step is over, and what was said."""
        cart = self.visit.cart
        to = Head(id=cart.id, version=cart.version, blob=self.visit.blob_text()) if cart else None
        twice, seen = self.state.twice, self.visit.seen_cart
        if isinstance(seen, Cart):
            there, _ = parted(self.goods.lines, came(self.goods.lines, self.state.before, seen_lines(seen.lines)))
            twice = tuple(line for line in there if line.quantity)
        await self.note(taken=(*self.state.taken, number), said=(*self.state.said, *said), to=to, twice=twice)


async def _led(visit: Visit, head: Head) -> Head:
    """Where the lines of a cart of this backend are by now."""
    records = visit.records

    def follow(db: sqlite3.Connection) -> Head:
        last = head
        for _ in range(MAX_HOPS):
            found = records.head(db, visit.head_name(CartRef(id=last.id)))
            if found is None or found.id in ("", last.id):
                return last if found is None or not found.id else found
            last = found
        return last

    return await visit.store.control.read(follow)


async def there(visit: Visit) -> Cart | NoCart:
    """The session's cart as it is here. Raises `BackendError`."""
    if visit.cart is None:
        return NoCart(reason="empty")
    return await visit.carts.get(visit.visitor(), cart=visit.cart)


async def poured(course: Course) -> Report:
    """Put the goods in, or the rest of them; what did not come as it was. Raises `BackendError`; then going on with it does
    not repeat what was done."""
    goods = course.goods
    if goods.lines:
        await _lines(course)
        for turn, code in enumerate(goods.codes):
            await _code(course, code, CODES + turn)
        await _note(course)
    after = await there(course.visit)
    here = seen_lines(after.lines) if isinstance(after, Cart) else ()
    found = reported(goods.lines, course.state.before, here, course.state.said)
    return msgspec.structs.replace(found, source=goods.source)


async def _lines(course: Course) -> None:
    """Lines of their own, then those that belong to them, and so on; one whose parent did not come stays away."""
    _, rest = parted(course.goods.lines, amounts(course.state.already))
    sold, parents = [line for line in rest if line.sku and line.quantity], dict[str, str]()
    if course.state.already and any(line.parent for line in sold):
        parents = _parents(course.goods.lines, await there(course.visit))
    ready = [line for line in sold if line.parent is None or line.parent in parents]
    waiting = [line for line in sold if line not in ready]
    number = GROUP
    while ready:
        await _added(course, ready, parents, number)
        if waiting:
            parents = _parents(course.goods.lines, await there(course.visit))
        ready = [line for line in waiting if line.parent in parents]
        waiting = [line for line in waiting if line.parent not in parents]
        number += GROUP


def _parents(lines: Sequence[SeenLine], cart: Cart | NoCart) -> dict[str, str]:
    """By a line's old id: the line that holds the same now."""
    now = {key(line): line.line for line in own(seen_lines(cart.lines))} if isinstance(cart, Cart) else {}
    return {line.line: now[key(line)] for line in lines if key(line) in now}


async def _added(course: Course, lines: Sequence[SeenLine], parents: Mapping[str, str], number: int) -> None:
    """Add them together, or, where that was refused as such, one by one: never together again. What is refused alone did not
    come."""
    if number not in course.state.refused:
        try:
            await _add(course, lines, parents, number)
            return
        except REFUSALS:
            await course.note(refused=(*course.state.refused, number))
    turns = {line.line: turn for turn, line in enumerate(course.goods.lines, 1)}
    for line in lines:
        try:
            await _add(course, [line], parents, number + turns[line.line])
        except REFUSALS:
            continue


async def _add(course: Course, lines: Sequence[SeenLine], parents: Mapping[str, str], number: int) -> None:
    visit = course.visit
    adds = [
        LineInput(
            variant=VariantKey(sku=line.sku),
            quantity=line.quantity,
            inputs=tuple(InputValue(id=id, value=value) for id, value in line.inputs),
            plan=line.plan,
            parent=parents.get(line.parent or ""),
        )
        for line in lines
    ]
    await course.step(number, lambda ref: visit.carts.add(visit.visitor(), cart=ref, lines=adds), adds)


async def _code(course: Course, code: AppliedCode, number: int) -> None:
    """Enter a promotion's code again. A gift card's is not known here: it is told that it is to be entered again."""
    if number in course.state.taken:
        return
    visit, typed = course.visit, code.code if code.kind == "promotion" else None
    refused = bool(typed) or code.kind == "gift_card"
    if typed and visit.cart is not None:
        cart, entered = visit.cart, typed
        try:
            result = await write_to(
                visit,
                cart,
                lambda ref: visit.carts.apply_code(visit.visitor(), cart=ref or cart, code=entered),
                course.attempt,
                number,
            )
            refused = any(problem.severity == "error" for problem in result.problems)
        except BackendError:
            refused = True
    lost = Problem(code="code_not_applicable", severity="warning", target=Target(kind="code", id=code.id))
    await course.took(number, *([lost] if refused else []))


async def _note(course: Course) -> None:
    """The note and the attributes, as far as the backend takes them and the cart has none of its own; the rest is told."""
    goods, visit = course.goods, course.visit
    if NOTE in course.state.taken or not (goods.note or goods.attributes):
        return
    cart, traits = await there(visit), visit.carts.traits
    lost, said = [goods.note or "", *goods.attributes.values()], tuple[Problem, ...]()
    if isinstance(cart, Cart):
        ref, mine = cart.ref, cart.attributes
        note = goods.note if traits.note and not cart.note else None
        new = {name: value for name, value in goods.attributes.items() if traits.attributes and name not in mine}
        rest = [value for name, value in goods.attributes.items() if name not in new and mine.get(name) != value]
        try:
            if note or new:
                said = (await _annotated(course, ref, note, new)).problems
            lost = [goods.note or "" if not note and goods.note != cart.note else "", *rest]
        except REFUSALS:
            log.warning("a note was not carried")
    text = " / ".join(part for part in lost if part)[:MOST_NOTE]
    if text:
        words = visit.renderer.messages("bag.carried.note", text=text).unescape()
        said = (*said, Problem(code="other", severity="warning", target=Target(kind="cart"), text=words))
    await course.took(NOTE, *said)


async def _annotated(course: Course, cart: CartRef, note: str | None, attributes: Mapping[str, str]) -> CartResult:
    visit = course.visit
    return await write_to(
        visit,
        cart,
        lambda ref: visit.carts.annotate(visit.visitor(), cart=ref or cart, note=note, attributes=attributes or None),
        course.attempt,
        NOTE,
        repeats=True,
    )
