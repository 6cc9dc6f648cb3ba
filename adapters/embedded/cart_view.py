"""A cart as it is now: priced in its own market, in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    Availability,
    Cart,
    CartRef,
    FreeShipping,
    Line,
    Money,
    NoCart,
    PublicContext,
    Totals,
    VariantKey,
)

from . import delivery, pricing
from .cart_lines import Asked, Held, held_lines, plan_of, surcharge, typed
from .database import Connection
from .media import Gallery
from .product import rule, selected_options
from .reading import Reading
from .variants import availability

_attributes = msgspec.json.Decoder(dict[str, str])


def lapsed(connection: Connection, id: str) -> NoCart | None:
    """Why there is no cart to work on; None where there is one."""
    row = connection.execute("SELECT state, updated FROM cart WHERE id = ?", (id,)).fetchone()
    if row is None:
        return NoCart(reason="unknown")
    state, updated = row
    if state == "ordered":
        return NoCart(reason="ordered")
    oldest = connection.database.today() - datetime.timedelta(days=connection.database.settings.cart_days)
    return NoCart(reason="expired") if state == "expired" or updated[:10] < oldest.isoformat() else None


def show(connection: Connection, ctx: PublicContext, id: str, fresh: Collection[str] = ()) -> Cart | NoCart:
    """The cart, or why there is none. `fresh`: variants just put in, which no fault has sold out yet."""
    gone = lapsed(connection, id)
    if gone is not None:
        return gone
    market_id, currency, version, note, attributes, updated = connection.execute(
        "SELECT market, currency, version, note, attributes, updated FROM cart WHERE id = ?", (id,)
    ).fetchone()
    market = connection.database.markets.get(market_id)
    if market is None and market_id != ctx.market.id:
        return NoCart(reason="unknown")
    r = Reading(connection, msgspec.structs.replace(ctx, market=market or ctx.market))
    held = held_lines(r, id)
    asked = {line.id: line.asked(r) for line in held}
    pieces: dict[str, Decimal] = {}
    for line in held:
        pieces[line.variant] = pieces.get(line.variant, Decimal(0)) + line.quantity
    lines = tuple(_line(r, line, asked[line.id], pieces[line.variant], fresh) for line in held)
    total = sum((line.total.amount for line in lines if line.total), Decimal(0))
    return Cart(
        ref=CartRef(id=id, version=str(version)),
        market=market_id,
        currency=currency,
        lines=lines,
        quantity=sum((line.quantity for line in lines), Decimal(0)),
        totals=_totals(r, total, currency),
        note=note,
        attributes=_attributes.decode(attributes),
        free_shipping=_free_shipping(r, total, lines),
        updated=datetime.datetime.fromisoformat(updated),
    )


def _totals(r: Reading, total: Decimal, currency: str) -> Totals:
    """Delivery, and tax where prices do not include it, are known at the checkout only."""
    money = Money(pricing.rounded(total, currency), currency)
    return Totals(
        subtotal=money,
        total=money,
        due=money,
        tax_included=r.market.tax == "included" if r.market.tax != "unknown" else None,
    )


def _free_shipping(r: Reading, total: Decimal, lines: Sequence[Line]) -> FreeShipping | None:
    country = delivery.table(r).get(r.market.country)
    if country is None or country.currency != r.currency or not any(line.requires_shipping for line in lines):
        return None
    threshold = min((each.free_from for each in country.options if each.free_from is not None), default=None)
    if threshold is None:
        return None
    remaining = pricing.rounded(max(threshold - total, Decimal(0)), r.currency)
    return FreeShipping(threshold=Money(threshold, r.currency), remaining=Money(remaining, r.currency))


def _line(r: Reading, held: Held, asked: Asked | None, pieces: Decimal, fresh: Collection[str]) -> Line:
    """One line. A variant that is gone keeps its place and its name until the next change tells."""
    if asked is None:
        return Line(
            id=held.id,
            key=VariantKey(id=held.variant),
            title=held.title,
            quantity=held.quantity,
            availability=Availability(state="discontinued"),
        )
    doc, row = asked.doc, asked.row
    plan = plan_of(asked)
    percent = plan.percent if plan else Decimal(0)
    extra = surcharge(r, asked)
    base = pricing.at_quantity(row.amount, doc.tiers, pieces, r.currency)
    unit = pricing.rounded(pricing.less(base, percent, r.currency) + extra, r.currency)
    earlier = max(row.amount, row.compare_at or row.amount) + extra
    stock = availability(r, asked.status, row, doc.quantity)
    if r.faults.sold_out_in_cart(row.sku) and row.id not in fresh:
        stock = Availability(state="sold_out", quantity=0, orderable=Decimal(0))
    pictures = Gallery(r, asked.product_id, doc, asked.title, [row]).chosen(row.choice)
    kind = r.connection.execute("SELECT kind FROM product WHERE n = ?", (row.product_n,)).fetchone()[0]
    return Line(
        id=held.id,
        key=asked.key,
        title=asked.title,
        quantity=held.quantity,
        unit=Money(unit, r.currency),
        total=Money(pricing.rounded(unit * held.quantity, r.currency), r.currency),
        compare_at=Money(earlier, r.currency) if earlier > unit else None,
        slug=asked.slug,
        options=selected_options(r, doc.options, row.choice),
        inputs=typed(r, doc, asked.inputs),
        plan=plan.id if plan else None,
        plan_name=r.text(plan.name) if plan else None,
        image=pictures[0].image if pictures else None,
        availability=stock,
        rule=rule(doc),
        parent=held.parent,
        requires_shipping=kind not in ("gift_card", "digital"),
    )
