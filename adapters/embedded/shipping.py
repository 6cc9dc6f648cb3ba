"""How a cart's lines travel: what goes now, what follows when it comes in, what goes by e-mail; and the ways for each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bff.ports import Line, Money, ShippingGroup, ShippingOption

from . import delivery, texts
from .documents import DeliveryDoc, DeliveryOptionDoc, ShopDoc
from .pricing import rounded
from .reading import Reading
from .totals import ZERO
from .trade import Choice

_shop = msgspec.json.Decoder(ShopDoc)
MAIN, LATER, DIGITAL = "main", "later", "digital"


class Parcels(NamedTuple):
    """The groups with what is chosen; `stale`: those whose choice holds no longer. `price` None: not all chosen."""

    groups: tuple[ShippingGroup, ...]
    stale: tuple[str, ...]
    price: Decimal | None
    pickup: bool

    @property
    def names(self) -> list[str]:
        """What is chosen, in words."""
        chosen = [option for group in self.groups for option in group.options if option.id == group.chosen]
        return list(dict.fromkeys(_named(option) for option in chosen))

    @property
    def dates(self) -> tuple[datetime.date | None, datetime.date | None]:
        """When the first of it may be there, and when all of it is; what goes by e-mail is there at once."""
        chosen = [o for g in self.groups for o in g.options if o.id == g.chosen and o.kind != "digital"]
        first = [option.earliest for option in chosen if option.earliest]
        last = [option.latest for option in chosen if option.latest]
        return min(first, default=None), max(last, default=None)


def _named(option: ShippingOption) -> str:
    return f"{option.name}, {option.location}" if option.location else option.name


def parcels(
    r: Reading,
    lines: Sequence[Line],
    country: str,
    worth: Decimal,
    free: bool,
    choices: Mapping[str, Choice],
) -> Parcels:
    """The groups of some lines that go to a country. `worth` is what the goods cost after discounts; `free`: a promotion
    pays the standard delivery. What goes by e-mail has one way, chosen already."""
    now = [line for line in lines if line.requires_shipping and not _awaited(line)]
    later = [line for line in lines if line.requires_shipping and _awaited(line)]
    if not now:
        now, later = later, []
    digital = [line for line in lines if line.requires_shipping is False]
    doc = delivery.table(r).get(country)
    groups: list[ShippingGroup] = []
    if now:
        groups.append(_group(r, MAIN, now, _options(r, doc, country, now, worth, free)))
    if later:
        groups.append(_group(r, LATER, later, _following(r, doc, country, later, worth)))
    if digital:
        nothing = Money(rounded(ZERO, r.currency), r.currency)
        name = texts.word("digital", r.languages)
        option = ShippingOption(id=DIGITAL, name=name, kind="digital", price=nothing, earliest=r.today, latest=r.today)
        groups.append(ShippingGroup(id=DIGITAL, lines=_ids(digital), options=(option,), chosen=DIGITAL))
    return _chosen(r, groups, choices)


def _awaited(line: Line) -> bool:
    return line.availability is not None and line.availability.state in ("backorder", "preorder")


def _ids(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(line.id for line in lines)


def _group(r: Reading, id: str, lines: Sequence[Line], options: Sequence[ShippingOption]) -> ShippingGroup:
    return ShippingGroup(id=id, lines=_ids(lines), options=tuple(options))


def _options(
    r: Reading, doc: DeliveryDoc | None, country: str, lines: Sequence[Line], worth: Decimal, free: bool
) -> list[ShippingOption]:
    if doc is None or doc.currency != r.currency:
        return []
    dates = [line.availability.date for line in lines if line.availability and line.availability.date]
    start = max(dates, default=r.today)
    posted = [each for each in doc.options if each.kind == "delivery"]
    paid = min(posted, key=lambda each: each.price, default=None) if free else None
    made: list[ShippingOption] = []
    for each in doc.options:
        reached = each is paid or (each.free_from is not None and worth >= each.free_from)
        price = rounded(ZERO if reached else each.price, r.currency)
        made += _collected(r, each, price, start, country) if each.kind == "pickup" else [_sent(r, each, price, start)]
    return made


def _following(
    r: Reading, doc: DeliveryDoc | None, country: str, lines: Sequence[Line], worth: Decimal
) -> list[ShippingOption]:
    """What comes later follows by the cheapest way at no further cost: its delivery was paid with the rest."""
    options = _options(r, doc, country, lines, worth, True)
    return [option for option in options if option.price is not None and not option.price.amount]


def _sent(r: Reading, doc: DeliveryOptionDoc, price: Decimal, start: datetime.date) -> ShippingOption:
    return ShippingOption(
        id=doc.id,
        name=r.text(doc.name),
        kind="delivery",
        price=Money(price, r.currency),
        earliest=delivery.working_days(start, doc.days.get("min", 0)),
        latest=delivery.working_days(start, doc.days.get("max", 0)),
    )


def _collected(
    r: Reading, doc: DeliveryOptionDoc, price: Decimal, start: datetime.date, country: str
) -> list[ShippingOption]:
    """One option for each shop of the country."""
    rows = r.connection.execute("SELECT doc FROM shop WHERE country = ? ORDER BY id", (country,))
    shops = [_shop.decode(row[0]) for row in rows]
    one = _sent(r, doc, price, start)
    return [
        msgspec.structs.replace(
            one,
            id=f"{doc.id}:{shop.id}",
            kind="pickup",
            location=r.text(shop.name),
            description=texts.comma(r.languages).join((*shop.address, r.text(shop.city))),
        )
        for shop in shops
    ]


def _chosen(r: Reading, groups: Sequence[ShippingGroup], choices: Mapping[str, Choice]) -> Parcels:
    """Take the choices that still hold: the option is there, and costs what it did."""
    made: list[ShippingGroup] = []
    stale: list[str] = []
    price: Decimal | None = rounded(ZERO, r.currency)
    pickup = False
    for group in groups:
        choice = choices.get(group.id)
        option = next((o for o in group.options if choice is not None and o.id == choice.option), None)
        if group.id == DIGITAL:
            made.append(group)
            continue
        if choice is not None and (option is None or option.price is None or option.price.amount != choice.price):
            stale.append(group.id)
            option = None
        if option is None or option.price is None:
            price = None
            made.append(group)
            continue
        price = None if price is None else price + option.price.amount
        pickup = pickup or option.kind == "pickup"
        made.append(msgspec.structs.replace(group, chosen=option.id))
    delivered = any(o.kind == "delivery" and o.id == g.chosen for g in made for o in g.options)
    return Parcels(tuple(made), tuple(stale), price, pickup and not delivered)
