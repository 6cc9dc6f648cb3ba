"""Payments, the shop's side: what an order takes while it is paid, how the provider's word settles it, what is given back.

The provider's ledger is asked, never the address the shopper comes back by. An order under way holds its stock, gift cards
and promotions; when it fails or lapses, it gives back all of them and its cart may be ordered again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from bff.ports import Money

from . import cart_rows, gift_cards, moments, order_mail, order_rows, promotions, provider, stock
from .cart_rows import CartRow
from .database import Connection, Database
from .order_rows import OrderRow

_SWEPT = 20


class Payment(NamedTuple):
    """The shop's record of a payment."""

    id: str
    order: str
    kind: str
    amount: Money
    state: str
    expires: str


def find(connection: Connection, id: str) -> Payment | None:
    row = connection.execute(
        "SELECT id, order_number, kind, amount, currency, state, expires FROM payment WHERE id = ?", (id,)
    ).fetchone()
    return Payment(row[0], row[1], row[2], Money(Decimal(row[3]), row[4]), row[5], row[6]) if row else None


def of_order(connection: Connection, order: str | None) -> Payment | None:
    row = connection.execute(
        "SELECT id FROM payment WHERE order_number = ? ORDER BY created DESC LIMIT 1", (order,)
    ).fetchone()
    return find(connection, row[0]) if row else None


def start(connection: Connection, order: str, kind: str, amount: Money, locale: str, return_to: str) -> Payment:
    """Open a payment for an order, here and at the provider."""
    id, minutes = moments.token(), connection.database.settings.reservation_minutes
    connection.execute(
        "INSERT INTO payment VALUES (?, ?, ?, ?, ?, 'open', ?, ?)",
        (id, order, kind, str(amount.amount), amount.currency, moments.stamp(), moments.stamp(minutes=minutes)),
    )
    provider.create(connection, id, amount, order, locale, kind, return_to)
    return Payment(id, order, kind, amount, "open", moments.stamp(minutes=minutes))


def reserve(connection: Connection, row: OrderRow) -> bool:
    """Take what an order needs; False, and nothing taken, where something is not to be had any more."""
    if stock.take(connection, row.number, row.needs.stock):
        return False
    if not gift_cards.charge(connection, row.number, row.needs.cards):
        stock.give_back(connection, row.number)
        return False
    promotions.use(
        connection, row.needs.promotions, promotions.Buyer(row.customer, row.email_key, row.number), row.number
    )
    return True


def give_back(connection: Connection, order: str) -> None:
    """Put back all an order took."""
    stock.give_back(connection, order)
    gift_cards.give_back(connection, order)
    promotions.give_back(connection, order)


def unsettled(connection: Connection, reference: str) -> bool:
    """Whether there is something to settle before a cart is shown: the provider has decided, or time has run out."""
    row = connection.execute(
        "SELECT 1 FROM cart JOIN payment p ON p.order_number = cart.order_number JOIN provider_payment v ON v.id = p.id"
        " WHERE cart.id = ? AND ((p.state = 'open' AND (v.state <> 'open' OR p.expires < ?))"
        " OR (p.state = 'processing' AND v.state <> 'processing'))",
        (reference, moments.stamp()),
    ).fetchone()
    return row is not None


async def settled(database: Database, reference: str) -> None:
    """Settle what is to be settled about a cart, before it is read."""
    if await database.run(lambda c: unsettled(c, reference)):
        await database.write(lambda c: settle_cart(c, reference))


async def settled_order(database: Database, number: str) -> None:
    """Settle an order whose payment the provider had not decided, before it is read."""

    def undecided(connection: Connection) -> str | None:
        payment = of_order(connection, number)
        ledger = provider.find(connection, payment.id) if payment and payment.state in ("open", "processing") else None
        return ledger.id if ledger is not None and ledger.state not in ("open", "processing") else None

    id = await database.run(undecided)
    if id is not None:
        await database.write(lambda c: settle(c, id))


def settle_cart(connection: Connection, reference: str | None) -> CartRow | None:
    """The cart after its payment is settled, and others that have lapsed."""
    sweep(connection)
    row = cart_rows.located(connection, reference)
    if row is not None and row.order is not None:
        payment = of_order(connection, row.order)
        if payment is not None:
            settle(connection, payment.id)
            row = cart_rows.located(connection, reference)
    return row


def given_up(connection: Connection, reference: str | None) -> CartRow | None:
    """The cart for writing: a payment that is still open is given up first, and what its order took comes back."""
    row = settle_cart(connection, reference)
    if row is None or row.state != "open" or row.order is None:
        return row
    payment = of_order(connection, row.order)
    if payment is not None and payment.state == "open":
        provider.cancel(connection, payment.id)
        settle(connection, payment.id)
    return cart_rows.located(connection, reference)


def sweep(connection: Connection) -> None:
    """Give up orders whose payment has been open for too long."""
    rows = connection.execute(
        "SELECT id FROM payment WHERE state = 'open' AND expires < ? LIMIT ?", (moments.stamp(), _SWEPT)
    ).fetchall()
    for (id,) in rows:
        settle(connection, id)


def notified(connection: Connection, id: str) -> None:
    """The provider says that something happened to a payment. What, is asked, not believed."""
    settle(connection, id)


def settle(connection: Connection, id: str) -> None:
    """Ask the provider how a payment stands, and draw the consequences. Often as one likes."""
    payment, ledger = find(connection, id), provider.find(connection, id)
    row = order_rows.find(connection, payment.order) if payment else None
    if payment is None or ledger is None or row is None:
        return
    if payment.state in ("open", "processing"):
        if ledger.state == "approved":
            _set(connection, id, "paid")
            paid(connection, row)
        elif ledger.state in ("declined", "cancelled"):
            _set(connection, id, ledger.state)
            _release(connection, row, f"payment_{ledger.state}")
        elif ledger.state == "processing" and payment.state == "open":
            _set(connection, id, "processing")
            order_rows.set_state(connection, row.number, "pending", "status_checking")
            connection.execute("UPDATE cart SET state = 'ordered' WHERE id = ?", (row.cart,))
        elif payment.state == "open" and payment.expires < moments.stamp():
            _set(connection, id, "lapsed")
            _release(connection, row, "payment_lapsed")
    elif ledger.state == "approved" and payment.state in ("lapsed", "declined", "cancelled"):
        _late(connection, payment, row)


def _set(connection: Connection, id: str, state: str) -> None:
    connection.execute("UPDATE payment SET state = ? WHERE id = ?", (state, id))


def _release(connection: Connection, row: OrderRow, said: str) -> None:
    """The attempt has failed: everything goes back, and the cart is a cart again."""
    give_back(connection, row.number)
    order_rows.set_state(connection, row.number, "released", said)
    connection.execute(
        "UPDATE cart SET state = 'open', order_number = NULL, version = version + 1 WHERE id = ? AND order_number = ?",
        (row.cart, row.number),
    )


def _late(connection: Connection, payment: Payment, row: OrderRow) -> None:
    """Paid after the order was given up: it is taken up again where the cart is as it was and everything can still be had;
    otherwise the money goes back."""
    cart = cart_rows.located(connection, row.cart)
    same = cart is not None and cart.id == row.cart and cart.state == "open" and cart.order is None
    if same and order_rows.digest(connection, row.cart) == row.lines and reserve(connection, row):
        _set(connection, payment.id, "paid")
        paid(connection, row)
        return
    provider.refund(connection, payment.id)
    _set(connection, payment.id, "refunded")
    order_rows.set_state(connection, row.number, "released", "payment_refunded")
    late = order_rows.find(connection, row.number)
    if late is not None:
        order_mail.cancelled(connection, late)


def refund(connection: Connection, order: str) -> None:
    """Send the money of an order back, where it came through the provider."""
    payment = of_order(connection, order)
    if payment is not None and payment.state == "paid":
        provider.refund(connection, payment.id)
        _set(connection, payment.id, "refunded")


def ordered(connection: Connection, row: OrderRow) -> None:
    """The cart has become its order."""
    connection.execute(
        "UPDATE cart SET state = 'ordered', order_number = ?, version = version + 1 WHERE id = ?",
        (row.number, row.cart),
    )


def paid(connection: Connection, row: OrderRow) -> None:
    """The money is there: the order stands, gift cards that were bought go out."""
    first = row.method is None or of_order(connection, row.number) is not None
    order_rows.set_state(connection, row.number, "paid")
    ordered(connection, row)
    done = order_rows.find(connection, row.number)
    if done is not None:
        order_mail.issue_gift_cards(connection, done)
        if first:
            order_mail.placed(connection, done)
        else:
            order_mail.paid(connection, done)
