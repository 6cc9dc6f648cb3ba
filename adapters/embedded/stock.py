"""Stock: what an order takes out, and what comes back. Nothing is kept for a cart; an order takes its pieces when it is
placed, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bff.ports import Availability

from . import variants
from .cart_lines import Asked
from .database import Connection, stock_changed
from .reading import Reading


def availability_of(r: Reading, asked: Asked) -> Availability:
    return variants.availability(r, asked.status, asked.row, asked.doc.quantity)


def available(r: Reading, asked: Asked) -> Decimal | None:
    """How many pieces can be had; None without a limit."""
    there = availability_of(r, asked)
    if not there.buyable:
        return Decimal(0)
    counted = asked.row.policy == "deny" and asked.row.stock is not None
    return Decimal(asked.row.stock or 0) if counted else None


def held(connection: Connection, order: str | None) -> dict[str, int]:
    """The pieces an order has taken, by variant."""
    if order is None:
        return {}
    return dict(
        connection.execute("SELECT variant_id, quantity FROM stock_hold WHERE order_number = ?", (order,)).fetchall()
    )


def take(connection: Connection, order: str, wanted: Mapping[str, Decimal]) -> list[str]:
    """Take pieces for an order. Says which variants there were too few of: then nothing was taken. What may be ordered ahead
    takes what is there and waits for the rest."""
    short: list[str] = []
    taken: dict[str, int] = {}
    for variant, quantity in wanted.items():
        row = connection.execute("SELECT stock, policy FROM variant WHERE id = ?", (variant,)).fetchone()
        if row is None:
            short.append(variant)
            continue
        there, policy = row
        if there is None:
            continue
        if policy in ("backorder", "preorder"):
            taken[variant] = min(max(there, 0), int(quantity))
        elif policy == "discontinued" or there < quantity:
            short.append(variant)
        else:
            taken[variant] = int(quantity)
    if short:
        return short
    for variant, pieces in taken.items():
        connection.execute("INSERT INTO stock_hold VALUES (?, ?, ?)", (order, variant, pieces))
    _move(connection, {variant: -pieces for variant, pieces in taken.items()})
    return []


def give_back(connection: Connection, order: str) -> None:
    """Put back what an order took, as far as the variants are still there."""
    pieces = held(connection, order)
    connection.execute("DELETE FROM stock_hold WHERE order_number = ?", (order,))
    _move(connection, pieces)


def _move(connection: Connection, pieces: Mapping[str, int]) -> None:
    """Add to variants' counted stock, and let caches and search indexes know."""
    edge = False
    for variant, more in pieces.items():
        row = connection.execute(
            "UPDATE variant SET stock = stock + ? WHERE id = ? AND stock IS NOT NULL RETURNING stock", (more, variant)
        ).fetchone()
        edge = edge or (row is not None and (row[0] <= 0) != (row[0] - more <= 0))
    if any(pieces.values()):
        stock_changed(connection, edge=edge)
