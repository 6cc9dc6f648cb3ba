"""What the control store knows of carts: where each one's lines are now (`heads`), what was last seen in it (`seen`), what a
write that is under way set out from (`intents`), and how far carrying one has come (`carries`)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from bff.ports import AppliedCode, Cart, Line, LineInput, Money, Problem

from .control import Control

HEAD_SECONDS = 2 * 86_400.0
SEEN_SECONDS = 60 * 86_400.0
INTENT_SECONDS = 86_400.0
CARRY_SECONDS = 180 * 86_400.0
"""As long as a cookie may still know the old cart."""

T = TypeVar("T")
What = tuple[str, str, str]
"""What a quantity is of: the variant (SKU or id), the shopper's inputs, the plan."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The cart to write to, and the session blob that belongs to it. `id` "": none, whatever a cookie says; its lines have
    been carried to another backend."""

    id: str
    version: str | None = None
    blob: str | None = None


class SeenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was last seen: enough to compare, and to build it again elsewhere. `parent` is a line's id."""

    line: str
    variant: str | None
    product: str | None
    sku: str | None
    title: str
    quantity: Decimal
    inputs: tuple[tuple[str, str], ...] = ()
    plan: str | None = None
    fixed: bool = False
    parent: str | None = None
    unit: Money | None = None


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be carried. `source`: the cart itself, what was last seen in it, or nothing, as neither is to be had."""

    lines: tuple[SeenLine, ...] = ()
    codes: tuple[AppliedCode, ...] = ()
    note: str | None = None
    attributes: dict[str, str] = {}
    source: Literal["cart", "seen", "lost"] = "cart"


class Carry(msgspec.Struct, frozen=True, kw_only=True):
    """How far carrying a cart has come; whoever asks next goes on from here. `whose`: the session of the customer it is
    carried for, "" where knowing the cart is all it takes. `failed`: since when its backend could not be asked (Unix
    seconds). Once it is known, `goods` are what is to come, `already` those of them that lie in the cart they go into, and
    `before` what else lay there; `run` tells this time from others that the same cart is carried. Then the numbers of the
    steps that are `taken`, those of groups `refused` as such, and what the backend `said`; `to` is the cart they are in, of
    the backend `into`. `twice`: what lies in both carts until it is out of the old one. `done`: all is there, and `told` is
    the state of the report.

    Where it broke off and is not gone on with, `twice` is left alone, without `goods`: whichever of the two carts is
    carried next leaves that to the other."""

    whose: str = ""
    failed: float = 0.0
    goods: Goods | None = None
    already: tuple[SeenLine, ...] = ()
    before: tuple[SeenLine, ...] = ()
    run: str = ""
    taken: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    said: tuple[Problem, ...] = ()
    into: str = ""
    to: Head | None = None
    twice: tuple[SeenLine, ...] = ()
    done: bool = False
    told: str = ""

    @property
    def broken_off(self) -> Carry:
        """It is not gone on with."""
        return Carry(whose=self.whose, before=self.before, into=self.into, to=self.to, twice=self.twice)

    def is_in(self, backend: str, cart: str) -> bool:
        """Whether what lies in two carts lies in this one."""
        return bool(self.twice) and self.into == backend and self.to is not None and self.to.id == cart


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A write that was begun: the cart (None: a new one), what it held before, and whether its answer came."""

    cart: str | None
    before: tuple[SeenLine, ...] = ()
    done: bool = False


def seen_lines(lines: Iterable[Line]) -> tuple[SeenLine, ...]:
    return tuple(
        SeenLine(
            line=line.id,
            variant=line.key.id,
            product=line.key.product_id,
            sku=line.key.sku,
            title=line.title,
            quantity=line.quantity,
            inputs=_inputs((value.id, value.value) for value in line.inputs),
            plan=line.plan,
            fixed=line.fixed,
            parent=line.parent,
            unit=line.unit,
        )
        for line in lines
    )


def quantities(lines: Iterable[SeenLine]) -> dict[What, Decimal]:
    """Quantity per (variant, inputs, plan); gifts are the backend's."""
    found: defaultdict[What, Decimal] = defaultdict(Decimal)
    for line in lines:
        if not line.fixed:
            found[line.variant or line.sku or "", repr(line.inputs), line.plan or ""] += line.quantity
    return found


def wanted(adds: Iterable[LineInput], known: Iterable[SeenLine]) -> dict[What, Decimal]:
    """The quantities of what is to be added. Where only a SKU was named, the variant is looked up among `known` lines."""
    ids = {line.sku: line.variant for line in known if line.sku and line.variant}
    found: defaultdict[What, Decimal] = defaultdict(Decimal)
    for add in adds:
        variant = add.variant.id or ids.get(add.variant.sku or "") or add.variant.sku or ""
        inputs = _inputs((value.id, value.value) for value in add.inputs)
        found[variant, repr(inputs), add.plan or ""] += add.quantity
    return found


def _inputs(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((id, value.strip()) for id, value in values if value.strip()))


class Records:
    """Reading and writing them, inside a transaction, for the carts of one backend."""

    def __init__(self, control: Control, backend: str) -> None:
        self._control = control
        self._backend = backend

    def head(self, db: sqlite3.Connection, name: str) -> Head | None:
        return self._get(db, "heads", name, Head)

    def set_head(self, db: sqlite3.Connection, name: str, head: Head) -> None:
        self._put(db, "heads", name, head, HEAD_SECONDS)

    def drop_head(self, db: sqlite3.Connection, name: str, *, carried: bool = False) -> None:
        """Forget where the lines went; `carried`: only if that was to another backend."""
        if carried and ((head := self.head(db, name)) is None or head.id):
            return
        db.execute("DELETE FROM heads WHERE key = ?", (self._key("heads", name),))

    def seen(self, db: sqlite3.Connection, cart: str) -> tuple[SeenLine, ...] | None:
        return self._get(db, "seen", cart, tuple[SeenLine, ...])

    def set_seen(self, db: sqlite3.Connection, cart: Cart) -> None:
        """A cart with lines counts as one that its backend still holds in its market (`control_live.draining`)."""
        holds = (self._backend if cart.lines else "", cart.market)
        self._put(db, "seen", cart.ref.id, seen_lines(cart.lines), SEEN_SECONDS, *holds)

    def drop_seen(self, db: sqlite3.Connection, cart: str) -> None:
        db.execute("DELETE FROM seen WHERE key = ?", (self._key("seen", cart),))

    def carry(self, db: sqlite3.Connection, cart: str) -> Carry | None:
        return self._get(db, "carries", cart, Carry)

    def set_carry(self, db: sqlite3.Connection, cart: str, carry: Carry) -> None:
        self._put(db, "carries", cart, carry, CARRY_SECONDS)

    def filled(self, db: sqlite3.Connection, cart: str) -> None:
        """A cart was written to by its shopper: whatever was noted to be carried, it is to be looked at anew."""
        carry = self.carry(db, cart)
        if carry is not None and carry.twice:
            self.set_carry(db, cart, carry.broken_off)
        else:
            self.drop_carry(db, cart)

    def drop_carry(self, db: sqlite3.Connection, cart: str) -> None:
        db.execute("DELETE FROM carries WHERE key = ?", (self._key("carries", cart),))

    def intent(self, db: sqlite3.Connection, attempt: bytes, n: int) -> Intent | None:
        row = db.execute("SELECT data FROM intents WHERE key = ? AND n = ?", (attempt, n)).fetchone()
        return self._opened(row[0], b"intents" + attempt, Intent) if row else None

    def set_intent(self, db: sqlite3.Connection, attempt: bytes, n: int, intent: Intent) -> None:
        sealed = self._control.ring.seal(msgspec.msgpack.encode(intent), b"intents" + attempt)
        until = self._control.clock() + INTENT_SECONDS
        db.execute("INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?)", (attempt, n, sealed, until))

    def drop_intent(self, db: sqlite3.Connection, attempt: bytes, n: int) -> None:
        db.execute("DELETE FROM intents WHERE key = ? AND n = ?", (attempt, n))

    def _key(self, table: str, name: str) -> bytes:
        return self._control.ring.digest(table, self._backend, name)

    def _get(self, db: sqlite3.Connection, table: str, name: str, kind: type[T]) -> T | None:
        key = self._key(table, name)
        row = db.execute(f"SELECT data FROM {table} WHERE key = ?", (key,)).fetchone()  # noqa: S608
        return self._opened(row[0], table.encode() + key, kind) if row else None

    def _put(self, db: sqlite3.Connection, table: str, name: str, value: object, seconds: float, *more: str) -> None:
        key = self._key(table, name)
        sealed = self._control.ring.seal(msgspec.msgpack.encode(value), table.encode() + key)
        row = (key, sealed, self._control.clock() + seconds, *more)
        db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608

    def _opened(self, sealed: bytes, bound: bytes, kind: type[T]) -> T | None:
        text = self._control.ring.open(sealed, bound)
        return None if text is None else msgspec.msgpack.decode(text, type=kind)


def same(before: Mapping[What, Decimal], now: Mapping[What, Decimal], changed: Mapping[What, Decimal]) -> bool | None:
    """Whether a write that was to add `changed` to `before` happened, seeing what there is `now`. None: neither is sure."""
    deltas = [(now.get(what, Decimal(0)) - before.get(what, Decimal(0)), amount) for what, amount in changed.items()]
    if any(delta > 0 for delta, _ in deltas) and all(0 <= delta <= amount for delta, amount in deltas):
        return True
    return False if all(delta == 0 for delta, _ in deltas) else None
