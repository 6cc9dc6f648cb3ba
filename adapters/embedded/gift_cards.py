"""Gift cards: money on a code. The code is known to whoever got the mail; the database keeps its hash and its end."""

from __future__ import annotations

import datetime
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from . import moments

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"


class GiftCard(NamedTuple):
    """A card as it is now; `own` of the balance is charged by the order under way of the cart that asks."""

    id: str
    ending: str
    currency: str
    balance: Decimal

    @property
    def masked(self) -> str:
        return f"…{self.ending}"


def new_code() -> str:
    """Sixteen characters that are hard to guess and easy to read out: 77 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))


def spaced(code: str) -> str:
    """A code as it is written in a mail."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def by_code(connection: sqlite3.Connection, code: str) -> GiftCard | None:
    """The card of a folded code."""
    row = connection.execute(
        "SELECT id, ending, currency, balance FROM gift_card WHERE code = ?", (moments.kept(code),)
    ).fetchone()
    return _card(row) if row else None


def by_id(connection: sqlite3.Connection, id: str, order: str | None = None) -> GiftCard | None:
    """A card by its id, with what `order` has taken off it put back in thought."""
    row = connection.execute("SELECT id, ending, currency, balance FROM gift_card WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    card = _card(row)
    charged = connection.execute(
        "SELECT amount FROM gift_card_charge WHERE order_number = ? AND card_id = ?", (order, id)
    ).fetchone()
    return card._replace(balance=card.balance + Decimal(charged[0])) if charged else card


def _card(row: Sequence[str]) -> GiftCard:
    return GiftCard(row[0], row[1], row[2], Decimal(row[3]))


def charge(connection: sqlite3.Connection, order: str, amounts: Mapping[str, Decimal]) -> bool:
    """Take amounts off cards for an order; False, and nothing taken, where one has not enough any more."""
    cards = {id: by_id(connection, id) for id, amount in amounts.items() if amount}
    if any(card is None or card.balance < amounts[id] for id, card in cards.items()):
        return False
    for id, card in cards.items():
        left = (card.balance if card else Decimal(0)) - amounts[id]
        connection.execute("UPDATE gift_card SET balance = ? WHERE id = ?", (str(left), id))
        connection.execute("INSERT INTO gift_card_charge VALUES (?, ?, ?)", (id, order, str(amounts[id])))
    return True


def give_back(connection: sqlite3.Connection, order: str) -> dict[str, Decimal]:
    """Put back what an order took. Says what it was, by card."""
    rows = connection.execute(
        "SELECT card_id, amount FROM gift_card_charge WHERE order_number = ?", (order,)
    ).fetchall()
    for id, amount in rows:
        balance = Decimal(connection.execute("SELECT balance FROM gift_card WHERE id = ?", (id,)).fetchone()[0])
        connection.execute("UPDATE gift_card SET balance = ? WHERE id = ?", (str(balance + Decimal(amount)), id))
    connection.execute("DELETE FROM gift_card_charge WHERE order_number = ?", (order,))
    return {id: Decimal(amount) for id, amount in rows}


def make(
    connection: sqlite3.Connection,
    code: str,
    currency: str,
    balance: Decimal,
    *,
    order: str | None = None,
    line: str | None = None,
    moment: datetime.datetime | None = None,
) -> str:
    """A new card; its code folded already. Says its id; the same code again changes nothing."""
    id = secrets.token_hex(8)
    connection.execute(
        "INSERT OR IGNORE INTO gift_card (id, code, ending, currency, initial, balance, order_number, line_id, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (id, moments.kept(code), code[-4:], currency, str(balance), str(balance), order, line, moments.stamp(moment)),
    )
    return id


def void(connection: sqlite3.Connection, order: str) -> bool:
    """Empty the cards an order bought; False, and nothing done, where something of one is spent."""
    rows = connection.execute("SELECT initial, balance FROM gift_card WHERE order_number = ?", (order,)).fetchall()
    if any(Decimal(initial) != Decimal(balance) for initial, balance in rows):
        return False
    connection.execute("UPDATE gift_card SET balance = '0.00', initial = '0.00' WHERE order_number = ?", (order,))
    return True
