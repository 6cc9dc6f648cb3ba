"""Customers as the tables have them: who is signed in, sessions, known devices, and how wrong passwords are slowed down."""

from __future__ import annotations

import datetime
import secrets
import sqlite3
from typing import NamedTuple

from bff.ports import Customer, NotSignedIn, Registration, SignedIn, VisitorContext

from . import blob
from .email_address import EmailAddress
from .moments import kept, stamp, token

SESSION_DAYS = 30
_SESSIONS, _DEVICES = 20, 10
_FREE_TRIES = 5
_LONGEST_WAIT = 15 * 60
_COLUMNS = "id, email, first_name, last_name, phone, created, marketing"


class Account(NamedTuple):
    """What signing in needs to know."""

    id: str
    password: str


def signed_in(connection: sqlite3.Connection, token: str | None) -> str | None:
    """The id of the customer whose token this is; None where it is nobody's, or has expired."""
    if not token:
        return None
    row = connection.execute(
        "SELECT customer_id FROM customer_session WHERE token = ? AND expires > ?", (kept(token), stamp())
    ).fetchone()
    return None if row is None else str(row[0])


def required(connection: sqlite3.Connection, ctx: VisitorContext) -> str:
    """The signed-in customer's id. Raises `NotSignedIn`."""
    id = signed_in(connection, ctx.shopper.token)
    if id is None:
        raise NotSignedIn
    return id


def ages(connection: sqlite3.Connection, token: str | None) -> bool:
    """Whether a day of a session's time has passed."""
    row = connection.execute("SELECT expires FROM customer_session WHERE token = ?", (kept(token or ""),)).fetchone()
    return row is not None and row[0] < stamp(days=SESSION_DAYS - 1)


def stays(connection: sqlite3.Connection, token: str | None) -> None:
    """Let a session run its whole time again from now, where a day of it has passed. In a writing transaction."""
    connection.execute(
        "UPDATE customer_session SET expires = ? WHERE token = ? AND expires > ? AND expires < ?",
        (stamp(days=SESSION_DAYS), kept(token or ""), stamp(), stamp(days=SESSION_DAYS - 1)),
    )


def customer(connection: sqlite3.Connection, id: str) -> Customer:
    """The port's customer. Raises `NotSignedIn` where the account is no more."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM customer WHERE id = ?", (id,)).fetchone()  # noqa: S608
    if row is None:
        raise NotSignedIn
    return Customer(
        id=row[0],
        email=row[1],
        first_name=row[2],
        last_name=row[3],
        phone=row[4],
        since=datetime.datetime.fromisoformat(row[5]),
        marketing=bool(row[6]),
    )


def account(connection: sqlite3.Connection, email: EmailAddress | None) -> Account | None:
    """The account that has an address."""
    row = connection.execute(
        "SELECT id, password FROM customer WHERE email_key = ?", (email.key if email else "",)
    ).fetchone()
    return None if row is None else Account(*row)


def create(
    connection: sqlite3.Connection, ctx: VisitorContext, email: EmailAddress, password: str, of: Registration
) -> str:
    """A new customer; `password` is its hash. The address must be free."""
    id = secrets.token_hex(12)
    connection.execute(
        "INSERT INTO customer (id, email, email_key, password, first_name, last_name, marketing, market, locale, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(id, email.text, email.key, password, of.first_name, of.last_name, int(of.marketing)),
            *(ctx.public.market.id, ctx.public.locale, stamp()),
        ),
    )
    return id


# ---------------------------------------------------------------- sessions


def open_session(connection: sqlite3.Connection, id: str) -> str:
    """A new token for a customer. Lapsed sessions go, and the oldest where there are too many."""
    made = token()
    connection.execute("DELETE FROM customer_session WHERE expires <= ?", (stamp(),))
    connection.execute(
        "INSERT INTO customer_session VALUES (?, ?, ?, ?)", (kept(made), id, stamp(), stamp(days=SESSION_DAYS))
    )
    _keep_newest(connection, "customer_session", id, _SESSIONS)
    return made


def end_sessions(connection: sqlite3.Connection, id: str) -> None:
    """End every session of a customer, and every other way in that is on its way."""
    for table in ("customer_session", "password_reset", "sign_in_code", "known_device"):
        connection.execute(f"DELETE FROM {table} WHERE customer_id = ?", (id,))  # noqa: S608


def _keep_newest(connection: sqlite3.Connection, table: str, id: str, count: int) -> None:
    connection.execute(
        f"DELETE FROM {table} WHERE customer_id = ? AND token IN"  # noqa: S608
        f" (SELECT token FROM {table} WHERE customer_id = ? ORDER BY created DESC LIMIT -1 OFFSET ?)",
        (id, id, count),
    )


# ---------------------------------------------------------------- wrong passwords
#
# After five wrong passwords each further try must wait, twice as long every time, fifteen minutes at most. The count is
# the address's, known or not. So that nobody can shut an owner out by guessing, a browser in which the owner has signed in
# before has a count of its own; and a mailed code or a new password lets the owner in from anywhere.


def try_key(connection: sqlite3.Connection, ctx: VisitorContext, email_key: str) -> str:
    """Under which key tries for an address are counted from this browser."""
    device = blob.notes(ctx).get("device", "")
    known = (
        device
        and connection.execute(
            "SELECT 1 FROM known_device JOIN customer ON customer.id = customer_id WHERE email_key = ? AND token = ?",
            (email_key, kept(device)),
        ).fetchone()
    )
    return kept(f"{email_key} {device}" if known else email_key)


def count_try(connection: sqlite3.Connection, key: str) -> bool:
    """Count a try before it is made, so that parallel ones count too. False: not now."""
    connection.execute("DELETE FROM sign_in_failure WHERE last < ?", (stamp(days=-1),))
    row = connection.execute("SELECT count, until FROM sign_in_failure WHERE key = ?", (key,)).fetchone()
    if row is not None and row[1] > stamp():
        return False
    count = 1 + (row[0] if row else 0)
    wait = min(2 ** min(count - _FREE_TRIES, 20), _LONGEST_WAIT) if count >= _FREE_TRIES else 0
    connection.execute(
        "INSERT OR REPLACE INTO sign_in_failure VALUES (?, ?, ?, ?)", (key, count, stamp(), stamp(seconds=wait))
    )
    return True


def forget_tries(connection: sqlite3.Connection, *keys: str) -> None:
    connection.executemany("DELETE FROM sign_in_failure WHERE key = ?", [(key,) for key in keys])


def remember_device(connection: sqlite3.Connection, ctx: VisitorContext, id: str) -> None:
    """This browser is one of the customer's from now on."""
    device = blob.notes(ctx).get("device") or token()
    connection.execute("INSERT OR REPLACE INTO known_device VALUES (?, ?, ?)", (kept(device), id, stamp()))
    _keep_newest(connection, "known_device", id, _DEVICES)
    blob.note(ctx, "device", device)


def enter(connection: sqlite3.Connection, ctx: VisitorContext, id: str) -> SignedIn:
    """Let a customer in whose right to it is proved: how every way of signing in ends."""
    remember_device(connection, ctx, id)
    return SignedIn(customer=customer(connection, id), token=open_session(connection, id))
