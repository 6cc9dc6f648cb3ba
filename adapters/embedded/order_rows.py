"""Orders as the database has them."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

import msgspec

from bff.ports import Order

from . import moments, texts
from .trade import Needs

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
_order = msgspec.json.Decoder(Order)
_needs = msgspec.json.Decoder(Needs)
_COLUMNS = "number, cart_id, market, locale, customer_id, email_key, state, method, lines, needs, said, doc"
PAID = ("paid", "shipped", "delivered")
Status = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]


class OrderRow(NamedTuple):
    """A row of `orders`."""

    number: str
    cart: str
    market: str
    locale: str
    customer: str | None
    email_key: str | None
    state: str
    method: str | None
    lines: str
    needs: Needs
    said: str | None
    doc: str


def new_number(connection: sqlite3.Connection) -> str:
    """A number that can be read out and says nothing about how many orders there are."""
    while True:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
        number = f"{drawn[:4]}-{drawn[4:]}"
        if connection.execute("SELECT 1 FROM orders WHERE number = ?", (number,)).fetchone() is None:
            return number


def folded(number: str) -> str:
    """A number however it was typed."""
    plain = "".join(c for c in number.upper() if c.isalnum())[:20]
    return f"{plain[:4]}-{plain[4:]}"


def digest(connection: sqlite3.Connection, cart: str) -> str:
    """What stands in a cart, as far as an order is made of it."""
    rows = connection.execute(
        "SELECT variant_id, quantity, inputs, plan FROM cart_line WHERE cart_id = ? ORDER BY id", (cart,)
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def insert(connection: sqlite3.Connection, row: OrderRow) -> None:
    moment = moments.stamp()
    connection.execute(
        f"INSERT INTO orders ({_COLUMNS}, placed, updated) VALUES ({','.join('?' * 14)})",  # noqa: S608
        (*row._replace(needs=msgspec.json.encode(row.needs).decode()), moment, moment),  # type: ignore[arg-type]
    )


def find(connection: sqlite3.Connection, number: str | None) -> OrderRow | None:
    found = connection.execute(f"SELECT {_COLUMNS} FROM orders WHERE number = ?", (number,)).fetchone()  # noqa: S608
    return OrderRow._make((*found[:9], _needs.decode(found[9]), *found[10:])) if found else None


def set_state(connection: sqlite3.Connection, number: str, state: str, said: str | None = None) -> None:
    connection.execute(
        "UPDATE orders SET state = ?, said = ?, updated = ? WHERE number = ?", (state, said, moments.stamp(), number)
    )


def keep(connection: sqlite3.Connection, order: Order) -> None:
    """Write an order's document anew."""
    text = msgspec.json.encode(order).decode()
    connection.execute("UPDATE orders SET doc = ?, updated = ? WHERE number = ?", (text, moments.stamp(), order.number))


def read(row: OrderRow, locale: str | None = None) -> Order:
    """The order as it stands, its status in the reader's language; downloads once it is paid. Without `locale`: in the
    buyer's."""
    order = _order.decode(row.doc)
    status = "cancelled" if row.state == "released" else row.state
    languages = texts.chain(locale or row.locale, "en")
    if row.state not in PAID:
        order = msgspec.structs.replace(
            order, lines=tuple(msgspec.structs.replace(line, downloads=()) for line in order.lines)
        )
    text = texts.word(row.said or f"status_{status}", languages)
    return msgspec.structs.replace(order, status=cast(Status, status), status_text=text)


def stands(connection: sqlite3.Connection, row: OrderRow) -> bool:
    """Whether an order is one: not an attempt that failed, nor one whose payer is still at the provider's."""
    underway = connection.execute(
        "SELECT 1 FROM payment WHERE order_number = ? AND state = 'open'", (row.number,)
    ).fetchone()
    return row.state != "released" and underway is None


def of_customer(
    connection: sqlite3.Connection, customer: str, before: str | None, limit: int
) -> Sequence[tuple[str, str]]:
    """Numbers and moments of a customer's orders, newest first."""
    return connection.execute(
        "SELECT number, placed FROM orders WHERE customer_id = ? AND state <> 'released' AND (? IS NULL OR placed < ?)"
        " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_number = number AND p.state = 'open')"
        " ORDER BY placed DESC LIMIT ?",
        (customer, before, before, limit),
    ).fetchall()
