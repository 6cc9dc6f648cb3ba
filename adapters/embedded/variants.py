"""Variants as the database has them, and whether they can be had."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from bff.ports import Availability, AvailabilityState

from .documents import MeasureDoc, QuantityDoc
from .reading import Reading, gathered, marks

LOW_STOCK = 5
BEST: Mapping[AvailabilityState, int] = {
    "in_stock": 0,
    "low_stock": 1,
    "preorder": 2,
    "backorder": 3,
    "sold_out": 4,
    "discontinued": 5,
    "unknown": 6,
}
_choice = functools.lru_cache(8192)(msgspec.json.Decoder(dict[str, str]).decode)
"""Few choices occur, each many times. Nobody changes what it gives."""
_measure = msgspec.json.Decoder(MeasureDoc)

COLUMNS = (
    "v.product_n, v.id, v.sku, v.choice, v.stock, v.policy, v.due_days, v.barcode, v.measure, p.amount, p.compare_at"
)


class Row(NamedTuple):
    """A variant sold in the market. `amount` is in the market's price list."""

    product_n: int
    id: str
    sku: str | None
    choice: dict[str, str]
    stock: int | None
    policy: str
    due_days: int | None
    barcode: str | None
    measure: MeasureDoc | None
    amount: Decimal
    compare_at: Decimal | None


def row(r: Reading, columns: Sequence[Any]) -> Row:
    """A `Row` of `COLUMNS`."""
    n, id, sku, choice, stock, policy, due, barcode, measure, amount, compare_at = columns
    value = Decimal(amount)
    if r.faults.any_price:
        from .pricing import rounded

        value = rounded(r.faults.amount(sku, value), r.currency)
    return Row(
        n,
        id,
        sku,
        _choice(choice),
        stock,
        policy,
        due,
        barcode,
        _measure.decode(measure) if measure else None,
        value,
        Decimal(compare_at) if compare_at is not None else None,
    )


def of_products(r: Reading, ns: Sequence[int]) -> dict[int, list[Row]]:
    """The variants of some products that have a price in the market, in order; one statement."""
    found: dict[int, list[Row]] = {}
    rows = gathered(
        r.connection,
        f"v.position, {COLUMNS}",
        f"FROM variant v JOIN price p ON p.variant_id = v.id AND p.list = ? WHERE v.product_n IN ({marks(ns)})",
        (r.price_list, *ns),
    )
    for columns in sorted(rows, key=lambda one: (one[1], one[0])):
        found.setdefault(columns[1], []).append(row(r, columns[1:]))
    return found


def state(status: str, policy: str, stock: int | None) -> AvailabilityState:
    """Whether a variant can be had, from its product's status, its policy and its stock."""
    if status != "active" or policy == "discontinued":
        return "discontinued"
    if policy == "preorder":
        return "preorder"
    if stock is None or stock > LOW_STOCK:
        return "in_stock"
    if stock > 0:
        return "low_stock"
    return "backorder" if policy == "backorder" else "sold_out"


def buyable(state: AvailabilityState) -> bool:
    return state not in ("sold_out", "discontinued")


def due(r: Reading, days: int | None) -> datetime.date | None:
    """The working day on which something expected in `days` comes."""
    if days is None:
        return None
    date = r.today + datetime.timedelta(days=days)
    return date + datetime.timedelta(days=max(0, 7 - date.weekday()) if date.weekday() > 4 else 0)


def availability(r: Reading, status: str, one: Row, rule: QuantityDoc) -> Availability:
    """One variant's. `orderable` is the least of stock and the cart's rule; None without a limit."""
    now = state(status, one.policy, one.stock)
    counted = now in ("in_stock", "low_stock") and one.policy == "deny" and one.stock is not None
    limits = [limit for limit in (Decimal(one.stock or 0) if counted else None, rule.maximum) if limit is not None]
    return Availability(
        state=now,
        quantity=one.stock if now in ("in_stock", "low_stock", "sold_out") else None,
        orderable=min(limits, default=None) if buyable(now) else Decimal(0),
        date=due(r, one.due_days) if now in ("backorder", "preorder") else None,
    )


def together(r: Reading, status: str, rows: Sequence[Row], rule: QuantityDoc) -> Availability:
    """A product's: the best of its variants'."""
    if len(rows) == 1:
        return availability(r, status, rows[0], rule)
    states: list[AvailabilityState] = [state(status, one.policy, one.stock) for one in rows]
    best: AvailabilityState = min(states, key=BEST.__getitem__, default="unknown")
    date = None
    if best in ("backorder", "preorder"):
        dates = (due(r, one.due_days) for one in rows if state(status, one.policy, one.stock) == best)
        date = min((date for date in dates if date is not None), default=None)
    return Availability(state=best, date=date)


def for_sale(rows: Sequence[Row]) -> Sequence[Row]:
    """Those that set the product's price: not the discontinued, unless nothing else is left."""
    kept = [one for one in rows if one.policy != "discontinued"]
    return kept or rows


def choice(column: str) -> dict[str, str]:
    """A `variant.choice` column: value ids by option id."""
    return _choice(column)
