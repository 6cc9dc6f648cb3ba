"""Deleting an account: what goes, and what stays without its name."""

from __future__ import annotations

from .database import Connection, catalogue_changed


def forget(connection: Connection, id: str) -> None:
    """Delete a customer and everything that is theirs. Orders stay, as the law on book-keeping wants, and lead to nobody's
    account any more; published reviews stay without a name."""
    key = connection.execute("SELECT email_key FROM customer WHERE id = ?", (id,)).fetchone()[0]
    written = "(SELECT review_id FROM review_by WHERE customer_id = ?)"
    if connection.execute(f"UPDATE review SET author = NULL WHERE id IN {written}", (id,)).rowcount:  # noqa: S608
        catalogue_changed(connection)
    for table in ("orders", "promotion_use", "handoff"):
        connection.execute(f"UPDATE {table} SET customer_id = NULL WHERE customer_id = ?", (id,))  # noqa: S608
    connection.execute("DELETE FROM cart WHERE customer_id = ? AND state != 'ordered'", (id,))
    connection.execute("UPDATE cart SET customer_id = NULL WHERE customer_id = ?", (id,))
    connection.execute("DELETE FROM wishlist WHERE owner = ?", (f"customer:{id}",))
    for table in ("newsletter", "stock_notice", "registration"):
        connection.execute(f"DELETE FROM {table} WHERE email_key = ?", (key,))  # noqa: S608
    connection.execute("DELETE FROM customer WHERE id = ?", (id,))
