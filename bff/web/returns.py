"""The way back from a provider. The address it returns to carries a state that means nothing by itself: what it stands for
is kept here, sealed, so that the shopper is recognised without a cookie, once, in whatever browser."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Mapping

import msgspec

from bff.ports import CartRef

from .control import Control

LIFETIME = 14 * 86_400.0


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """What was noted on the way out. `visitor`: who went, where they may be measured: what they buy is theirs, in whatever
    browser it ends. `used`: somebody has come back with it, and `answer` is what came of it."""

    kind: str
    backend: str
    session: str
    cart: CartRef | None
    data: Mapping[str, str] = {}
    used: bool = False
    answer: str | None = None
    visitor: str | None = None

    def __repr__(self) -> str:
        return f"Return(kind={self.kind!r}, used={self.used})"


def keyed(state: str) -> bytes:
    """Under what a state is kept."""
    return hashlib.blake2b(state.encode("utf-8", "replace"), digest_size=16, person=b"portico-return").digest()


async def noted(control: Control, return_: Return, *, lifetime: float = LIFETIME) -> str:
    """Keep it for `lifetime` seconds; the state to put into the address. Raises `Unavailable`."""
    state = secrets.token_urlsafe(24)
    row = keyed(state)
    sealed = control.ring.seal(msgspec.msgpack.encode(return_), b"return" + row)

    def insert(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO returns VALUES (?, ?, NULL, ?)", (row, sealed, control.clock() + lifetime))

    await control.write(insert)
    return state


async def found(control: Control, state: str) -> Return | None:
    """What a state stands for; None for one that was never given, or long ago. Raises `Unavailable`."""
    row, now = keyed(state[:200]), control.clock()
    sql = "SELECT data, answer FROM returns WHERE key = ? AND expires > ?"
    kept = await control.read(lambda db: db.execute(sql, (row, now)).fetchone())
    text = control.ring.open(kept[0], b"return" + row) if kept else None
    if text is None:
        return None
    noted_ = msgspec.msgpack.decode(text, type=Return)
    answer = control.ring.open(kept[1], b"answer" + row) if kept[1] else None
    return msgspec.structs.replace(noted_, used=kept[1] is not None, answer=answer.decode() if answer else None)


async def use(control: Control, state: str, answer: str) -> str | None:
    """Note what came of it. The first note stays: it is what is answered, also to those after. None for an unknown state.
    Raises `Unavailable`."""
    row = keyed(state[:200])
    sealed = control.ring.seal(answer.encode(), b"answer" + row)

    def update(db: sqlite3.Connection) -> bytes | None:
        db.execute("UPDATE returns SET answer = ? WHERE key = ? AND answer IS NULL", (sealed, row))
        kept = db.execute("SELECT answer FROM returns WHERE key = ?", (row,)).fetchone()
        return kept[0] if kept else None

    kept = await control.write(update)
    text = control.ring.open(kept, b"answer" + row) if kept else None
    return text.decode() if text is not None else None
