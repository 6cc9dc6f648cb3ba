"""The test payment provider's own ledger. It moves no money and trusts nobody: the shop opens a payment and asks how it
stands; the payer decides on the provider's pages, which another process may serve from the same file:

    payment = await database.run(lambda c: provider.find(c, id))               # None: no such payment
    payment = await database.write(lambda c: provider.decide(c, id, "approve"))
    await database.write(lambda c: payments.notified(c, id))                   # the provider's notification to the shop
    → send the payer to `provider.back(payment)`

`decide` takes `approve`, `decline`, `cancel`, and `unclear`: the provider does not know yet, the payer is sent back, and a
later `decide` settles it. Leaving the notification out plays a lost one: the shop asks for itself when the payer returns.
A payment that was decided stays so; `decide` then answers it unchanged.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from bff.ports import Money

from . import moments

Decision = Literal["approve", "decline", "cancel", "unclear"]
_STATES: dict[Decision, str] = {
    "approve": "approved",
    "decline": "declined",
    "cancel": "cancelled",
    "unclear": "processing",
}


class ProviderPayment(NamedTuple):
    """A payment as the provider knows it. `reference` is the shop's order number; `kind` says whether the page stands in the
    shop's (`frame`); `state`: open, processing, approved, declined, cancelled, refunded."""

    id: str
    amount: Money
    reference: str
    locale: str
    kind: str
    return_to: str
    state: str


def create(
    connection: sqlite3.Connection, id: str, amount: Money, reference: str, locale: str, kind: str, return_to: str
) -> None:
    """Open a payment under an id nobody can guess."""
    connection.execute(
        "INSERT INTO provider_payment (id, amount, currency, reference, locale, kind, return_to, state, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)",
        (id, str(amount.amount), amount.currency, reference, locale, kind, return_to, moments.stamp()),
    )


def find(connection: sqlite3.Connection, id: str) -> ProviderPayment | None:
    row = connection.execute(
        "SELECT id, amount, currency, reference, locale, kind, return_to, state FROM provider_payment WHERE id = ?",
        (id,),
    ).fetchone()
    return ProviderPayment(row[0], Money(Decimal(row[1]), row[2]), *row[3:]) if row else None


def decide(connection: sqlite3.Connection, id: str, decision: Decision) -> ProviderPayment | None:
    """What the payer, or later the provider itself, decided."""
    connection.execute(
        "UPDATE provider_payment SET state = ? WHERE id = ?"
        " AND (state = 'open' OR (state = 'processing' AND ? != 'processing'))",
        (_STATES[decision], id, _STATES[decision]),
    )
    return find(connection, id)


def cancel(connection: sqlite3.Connection, id: str) -> str | None:
    """The shop gives an open payment up. Says how it stands: it may have been decided meanwhile."""
    connection.execute("UPDATE provider_payment SET state = 'cancelled' WHERE id = ? AND state = 'open'", (id,))
    found = find(connection, id)
    return found.state if found else None


def refund(connection: sqlite3.Connection, id: str) -> None:
    connection.execute("UPDATE provider_payment SET state = 'refunded' WHERE id = ? AND state = 'approved'", (id,))


def back(payment: ProviderPayment) -> str:
    """Where the payer goes afterwards: the shop's address, with the payment's id. What the address says proves nothing."""
    parts = urlsplit(payment.return_to)
    query = "&".join(part for part in (parts.query, urlencode({"payment": payment.id})) if part)
    return urlunsplit(parts._replace(query=query))
