"""Carts as the database has them: finding one, why there is none, whose it is, what its checkout was told."""

from __future__ import annotations

import datetime
import secrets
from typing import NamedTuple

import msgspec

from bff.ports import Market, NoCart, VisitorContext

from . import customers, moments
from .database import Connection
from .email_address import email_address
from .promotions import Buyer
from .trade import CheckoutDoc, checkout_doc

_COLUMNS = (
    "id, market, currency, language, version, state, note, attributes, updated, customer_id, merged_into, order_number,"
    " checkout"
)


class CartRow(NamedTuple):
    """A row of `cart`. `order` is the number of its order, made or under way."""

    id: str
    market: str
    currency: str
    language: str
    version: int
    state: str
    note: str | None
    attributes: str
    updated: str
    customer: str | None
    merged_into: str | None
    order: str | None
    checkout: CheckoutDoc


def located(connection: Connection, id: str | None) -> CartRow | None:
    """The cart of a reference; where it was merged into another, that one."""
    for _ in range(8):
        row = connection.execute(f"SELECT {_COLUMNS} FROM cart WHERE id = ?", (id,)).fetchone()  # noqa: S608
        if row is None:
            return None
        cart = CartRow._make((*row[:-1], checkout_doc(row[-1])))
        if cart.state != "merged":
            return cart
        id = cart.merged_into
    return None


def foreign(connection: Connection, customer: str | None, reference: str | None) -> bool:
    """Whether a cart is a customer's and not this one's. Whoever else knows its reference, because it was a guest's before
    or was read off a screen, is told what is told of a cart that never was."""
    row = located(connection, reference)
    return row is not None and row.customer not in (None, customer)


def lapsed(connection: Connection, row: CartRow | None) -> NoCart | None:
    """Why there is no cart to work on; None where there is one."""
    if row is None:
        return NoCart(reason="unknown")
    if row.state == "ordered":
        return NoCart(reason="ordered", order=row.order)
    oldest = connection.database.today() - datetime.timedelta(days=connection.database.settings.cart_days)
    return NoCart(reason="expired") if row.state == "expired" or row.updated[:10] < oldest.isoformat() else None


def now() -> str:
    return moments.now().isoformat(timespec="seconds")


def create(connection: Connection, market: Market, locale: str, customer: str | None) -> str:
    """A new cart; each one made sweeps a few away that lapsed long ago."""
    oldest = connection.database.today() - datetime.timedelta(days=2 * connection.database.settings.cart_days)
    connection.execute(
        "DELETE FROM cart WHERE id IN (SELECT id FROM cart WHERE state != 'ordered' AND updated < ? LIMIT 20)",
        (oldest.isoformat(),),
    )
    id = secrets.token_urlsafe(24)
    connection.execute(
        "INSERT INTO cart (id, market, currency, language, created, updated, customer_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id, market.id, market.currency, locale, now(), now(), customer),
    )
    return id


def touch(connection: Connection, id: str) -> None:
    connection.execute("UPDATE cart SET version = version + 1, updated = ? WHERE id = ?", (now(), id))


def keep_checkout(connection: Connection, id: str, doc: CheckoutDoc) -> None:
    text = msgspec.json.encode(doc).decode()
    connection.execute("UPDATE cart SET checkout = ? WHERE id = ?", (text, id))


def email_key(email: str | None) -> str | None:
    """An address as it is compared."""
    found = email_address(email) if email else None
    return found.key if found else None


def buyer(row: CartRow) -> Buyer:
    contact = row.checkout.contact
    return Buyer(row.customer, email_key(contact.email) if contact else None, row.order)


def customer_of(connection: Connection, ctx: VisitorContext) -> str | None:
    """The signed-in customer; None for a guest."""
    return customers.signed_in(connection, ctx.shopper.token)
