"""The Delivery port: what the shop's table says, and when it would come."""

# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple, cast

import msgspec

from bff.ports import DeliveryOption, InvalidInput, Money, PublicContext, VariantKey

from . import documents, pricing, texts, variants
from .database import Database
from .documents import DeliveryDoc, DeliveryOptionDoc
from .reading import Reading, marks

_table = msgspec.json.Decoder(dict[str, DeliveryDoc])


class EmbeddedDelivery:
    """Days are working days from the day asked, or from the day a backorder comes in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def estimate(
        self,
        ctx: PublicContext,
        /,
        *,
        lines: Sequence[tuple[VariantKey, Decimal]],
        country: str,
        postcode: str | None = None,
        worth: Money | None = None,
    ) -> tuple[DeliveryOption, ...]:
        if len(lines) > 100:
            raise InvalidInput({"lines": "at most 100"})
        return await self._database.run(lambda c: estimate(Reading(c, ctx), lines, country, worth))


class Parcel(NamedTuple):
    """What is to be sent: its worth, whether anything needs a box, whether all of it can be had, and from when."""

    worth: Decimal
    physical: bool
    available: bool
    ready: datetime.date


def table(r: Reading) -> dict[str, DeliveryDoc]:
    row = r.connection.execute("SELECT doc FROM setting WHERE key = 'delivery'").fetchone()
    return _table.decode(row[0]) if row else {}


def working_days(start: datetime.date, days: int) -> datetime.date:
    """The date `days` working days after `start`."""
    date = start
    while days > 0:
        date += datetime.timedelta(days=1)
        days -= date.weekday() < 5
    return date


Lines = Sequence[tuple[VariantKey, Decimal]]


def estimate(r: Reading, lines: Lines, country: str, worth: Money | None = None) -> tuple[DeliveryOption, ...]:
    """See the port. A market sends to countries that pay in its currency."""
    return r.remembered(("delivery", tuple(lines), country, worth), lambda: _estimate(r, lines, country, worth))


def _estimate(r: Reading, lines: Lines, country: str, worth: Money | None) -> tuple[DeliveryOption, ...]:
    parcel = _parcel(r, lines)
    if worth is not None and worth.currency == r.currency:
        parcel = parcel._replace(worth=worth.amount)
    if lines and not parcel.physical:
        name = texts.word("digital", r.languages)
        free = Money(pricing.rounded(Decimal(0), r.currency), r.currency)
        return (DeliveryOption(id="digital", name=name, kind="digital", cost=free, earliest=r.today, latest=r.today),)
    found = table(r).get(country.upper())
    if found is None or found.currency != r.currency:
        return ()
    options = [_option(r, each, parcel) for each in found.options]
    return tuple(sorted(options, key=lambda option: option.cost.amount if option.cost else Decimal(0)))


def _option(r: Reading, doc: DeliveryOptionDoc, parcel: Parcel) -> DeliveryOption:
    free = doc.free_from is not None and parcel.worth >= doc.free_from
    cost = pricing.rounded(Decimal(0) if free else doc.price, r.currency)
    return DeliveryOption(
        id=doc.id,
        name=r.text(doc.name),
        kind=cast('Literal["delivery", "pickup", "digital"]', doc.kind),
        cost=Money(cost, r.currency),
        free_from=Money(doc.free_from, r.currency) if doc.free_from is not None else None,
        earliest=working_days(parcel.ready, doc.days.get("min", 0)) if parcel.available else None,
        latest=working_days(parcel.ready, doc.days.get("max", 0)) if parcel.available else None,
    )


def _parcel(r: Reading, lines: Lines) -> Parcel:
    wanted = [key.id or key.sku or "" for key, _ in lines]
    known: dict[str, tuple[str, str, documents.CardDoc, variants.Row]] = {}
    for kind, status, doc, *columns in r.connection.execute(
        f"SELECT d.kind, d.status, d.doc, {variants.COLUMNS} FROM variant v JOIN product d ON d.n = v.product_n"
        f" JOIN price p ON p.variant_id = v.id AND p.list = ? WHERE v.id IN ({marks(wanted)}) OR v.sku IN ({marks(wanted)})",
        (r.price_list, *wanted, *wanted),
    ):
        row = variants.row(r, columns)
        known[row.id] = known[row.sku or row.id] = (kind, status, documents.card(doc), row)
    worth, physical, available, ready = Decimal(0), False, True, r.today
    for name, (_, quantity) in zip(wanted, lines, strict=True):
        if name not in known:
            available, physical = False, True
            continue
        kind, status, doc, row = known[name]
        worth += pricing.at_quantity(row.amount, doc.tiers, quantity, r.currency) * quantity
        physical = physical or kind not in ("gift_card", "digital")
        stock = variants.availability(r, status, row, doc.quantity)
        available = available and stock.buyable
        ready = max(ready, stock.date or ready)
    return Parcel(worth, physical, available, ready)
