"""The session store: what must not stand in a cookie. A customer's token, so that signing out revokes it, and adapters'
blobs that are large or rotate. Found by a random key that only the sealed cookie knows."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

import msgspec

from .control import Control

LIFETIME = 30 * 86_400.0
"""Seconds a stored session lives after it was last used."""


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Customer tokens and blobs, by backend. `version` is counted by the store."""

    tokens: dict[str, str] = {}
    blobs: dict[str, str] = {}
    version: int = 0

    def __repr__(self) -> str:
        return "Stored(…)"


def _row(key: str) -> bytes:
    """A plain hash, so that a new secret ends no session: the key itself is 128 bits of chance."""
    return hashlib.blake2b(key.encode(), digest_size=16, person=b"portico-stored").digest()


def _sealed(control: Control, row: bytes, stored: Stored) -> bytes:
    return control.ring.seal(msgspec.msgpack.encode(stored), b"session" + row)


async def create(control: Control, stored: Stored, *, instead: str = "") -> str:
    """Keep it under a new key, in one step with forgetting what was kept under `instead`. Raises `Unavailable`."""
    key = secrets.token_urlsafe(16)
    row = _row(key)

    def insert(db: sqlite3.Connection) -> None:
        if instead:
            db.execute("DELETE FROM sessions WHERE key = ?", (_row(instead),))
        until = control.clock() + LIFETIME
        db.execute("INSERT INTO sessions VALUES (?, ?, 1, ?)", (row, _sealed(control, row, stored), until))

    await control.write(insert)
    return key


async def load(control: Control, key: str) -> Stored | None:
    """What is kept; None where it was revoked or has lapsed. Raises `Unavailable`."""
    row, now = _row(key), control.clock()

    def select(db: sqlite3.Connection) -> tuple[bytes, int, float] | None:
        found: tuple[bytes, int, float] | None = db.execute(
            "SELECT data, version, expires FROM sessions WHERE key = ? AND expires > ?", (row, now)
        ).fetchone()
        return found

    found = await control.read(select)
    text = control.ring.open(found[0], b"session" + row) if found else None
    if found is None or text is None:
        return None
    if found[2] - now < LIFETIME / 2:  # used in its second half: it begins anew

        def prolong(db: sqlite3.Connection) -> None:
            db.execute("UPDATE sessions SET expires = ? WHERE key = ?", (now + LIFETIME, row))

        await control.write(prolong)
    return msgspec.structs.replace(msgspec.msgpack.decode(text, type=Stored), version=found[1])


async def swap(control: Control, key: str, stored: Stored) -> bool:
    """Keep `stored` if it is made from the version that is still current; whether it was. Raises `Unavailable`."""
    row = _row(key)
    data = _sealed(control, row, stored)

    def update(db: sqlite3.Connection) -> bool:
        sql = "UPDATE sessions SET data = ?, version = version + 1 WHERE key = ? AND version = ?"
        return db.execute(sql, (data, row, stored.version)).rowcount == 1

    return await control.write(update)


async def revoke(control: Control, *keys: str) -> None:
    """Forget what is kept. Raises `Unavailable`."""

    def delete(db: sqlite3.Connection) -> None:
        db.executemany("DELETE FROM sessions WHERE key = ?", [(_row(key),) for key in keys])

    await control.write(delete)
