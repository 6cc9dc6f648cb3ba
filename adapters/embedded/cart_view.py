"""A cart as it is now: priced in its own market, in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bff.ports import (
    AppliedCode,
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

from . import codes, delivery, gift_cards, pricing, promotions, shipping, stock, texts
from .cart_lines import Asked, Held, find, held_lines, plan_of, surcharge, typed
from .cart_rows import CartRow, buyer, lapsed, located
from .codes import Entered
from .database import Connection
from .media import Gallery
from .product import rule, selected_options
from .promotions import Good, Reductions
from .reading import Reading
from .shipping import Parcels
from .tax import Tax, categories
from .totals import ZERO, Item, Sums, sums
from .trade import MethodDoc, methods
from .trade import promotions as known_promotions

_attributes = msgspec.json.Decoder(dict[str, str])


class View(NamedTuple):
    """A cart and what it was made of."""

    cart: Cart
    row: CartRow
    parcels: Parcels
    sums: Sums
    method: str | None
    reductions: Reductions
    r: Reading


class _Priced(NamedTuple):
    line: Line
    kind: str
    product: str
    categories: frozenset[str]


def show(connection: Connection, ctx: PublicContext, id: str, fresh: Collection[str] = ()) -> Cart | NoCart:
    """The cart, or why there is none. `fresh`: variants just put in, which no fault has sold out yet."""
    seen = view(connection, ctx, id, fresh)
    return seen.cart if isinstance(seen, View) else seen


def view(connection: Connection, ctx: PublicContext, id: str, fresh: Collection[str] = ()) -> View | NoCart:
    """The cart with its delivery, tax and sums, as far as its checkout has come."""
    row = located(connection, id)
    gone = lapsed(connection, row)
    if row is None or gone is not None:
        return gone or NoCart(reason="unknown")
    market = connection.database.markets.get(row.market)
    if market is None and row.market != ctx.market.id:
        return NoCart(reason="unknown")
    r = Reading(connection, msgspec.structs.replace(ctx, market=market or ctx.market))
    priced = _lines(r, row, fresh)
    entered = codes.entered(r, row.id)
    reductions = _reductions(r, row, priced, entered)
    gifts = _gifts(r, reductions, priced)
    lines = [_named(r, one.line, reductions) for one in priced] + gifts
    return _summed(r, row, priced, lines, entered, reductions)


def _lines(r: Reading, row: CartRow, fresh: Collection[str]) -> list[_Priced]:
    held = held_lines(r, row.id)
    own = stock.held(r.connection, row.order)
    pieces: dict[str, Decimal] = {}
    for line in held:
        pieces[line.variant] = pieces.get(line.variant, Decimal(0)) + line.quantity
    return [_line(r, line, line.asked(r, own), pieces[line.variant], fresh) for line in held]


def _reductions(r: Reading, row: CartRow, priced: Sequence[_Priced], entered: Sequence[Entered]) -> Reductions:
    """Codes that hold no longer stay where they are, without effect, until the next change tells."""
    goods = [
        Good(one.line.id, one.line.total.amount, one.product, one.kind, one.categories)
        for one in priced
        if one.line.total
    ]
    known = known_promotions(r)
    who = buyer(row)
    valid = {
        one.code: known[one.code] for one in entered if one.kind == "promotion" and not codes.holds_not(r, one, who)
    }
    shipped = any(one.line.requires_shipping for one in priced)
    return promotions.reductions(r, goods, valid, shipped)


def _gifts(r: Reading, reductions: Reductions, priced: Sequence[_Priced]) -> list[Line]:
    """The presents promotions put in: fixed lines that cost nothing, as long as there are any, beside what is bought."""
    made: list[Line] = []
    if not priced:
        return made
    for promotion, sku in reductions.gifts.items():
        asked = find(r, VariantKey(sku=sku))
        there = sum(
            (one.line.quantity for one in priced if asked is not None and one.line.key.id == asked.row.id), Decimal(1)
        )
        limit = None if asked is None else stock.available(r, asked)
        if asked is None or (limit is not None and limit < there):
            reductions.effects[promotion] = promotions.Effect(reason=texts.word("code_gift_gone", r.languages))
            continue
        held = Held(f"gift-{promotion}", 0, asked.row.id, Decimal(1), "[]", None, None, asked.title)
        line = _line(r, held, asked, Decimal(1), ()).line
        nothing = Money(pricing.rounded(ZERO, r.currency), r.currency)
        name = r.text(known_promotions(r)[promotion].name)
        made.append(msgspec.structs.replace(line, unit=nothing, total=nothing, fixed=True, discounts=(name,)))
    return made


def _named(r: Reading, line: Line, reductions: Reductions) -> Line:
    """A line with the promotions that lower it, and by how much."""
    names = reductions.names.get(line.id)
    if not names:
        return line
    off = Money(reductions.by_line[line.id], r.currency)
    return msgspec.structs.replace(line, discounts=tuple(names), discount=off)


def _summed(
    r: Reading,
    row: CartRow,
    priced: Sequence[_Priced],
    lines: Sequence[Line],
    entered: Sequence[Entered],
    reductions: Reductions,
) -> View:
    doc = row.checkout
    worth = sum((one.line.total.amount for one in priced if one.line.total), ZERO) - sum(
        reductions.by_line.values(), ZERO
    )
    country = doc.shipping_address.country if doc.shipping_address else r.market.country
    parcels = shipping.parcels(r, lines, country, worth, reductions.free_shipping, doc.choices)
    posted = any(line.requires_shipping for line in lines)
    tax = Tax(r, doc.shipping_address, parcels.pickup)
    items = [
        Item(one.line.id, one.line.total.amount, tax.rate(one.kind, one.categories)) for one in priced if one.line.total
    ]
    carried = None if parcels.price is None or not posted else Item("shipping", parcels.price, tax.main)
    cards = [
        card
        for one in entered
        if one.kind == "gift_card"
        if (card := gift_cards.by_id(r.connection, one.code, row.order))
    ]
    usable = [(card.id, card.balance) for card in cards if card.currency == r.currency]

    def summed(fee: Item | None) -> Sums:
        return sums(
            r.currency,
            items,
            reductions.by_line,
            shipping=carried,
            fees=fee,
            included=tax.included,
            cards=usable,
        )

    result = summed(None)
    method = _method(r, doc.method, result, posted and not parcels.pickup)
    if method is not None and (fee := method.fee.get(r.currency)):
        result = summed(Item("fees", fee, tax.main))
    cart = Cart(
        ref=CartRef(id=row.id, version=str(row.version)),
        market=row.market,
        currency=row.currency,
        lines=tuple(lines),
        quantity=sum((one.line.quantity for one in priced), Decimal(0)),
        totals=_totals(r, result, tax.included, posted, carried is not None),
        codes=tuple(_applied(r, row, entered, reductions, result)),
        note=row.note,
        attributes=_attributes.decode(row.attributes),
        free_shipping=_free_shipping(r, worth, country, posted, reductions.free_shipping),
        updated=datetime.datetime.fromisoformat(row.updated),
    )
    return View(cart, row, parcels, result, doc.method if method else None, reductions, r)


def _method(r: Reading, chosen: str | None, found: Sums, delivered: bool) -> MethodDoc | None:
    """The way to pay that was chosen, if it is one for this cart."""
    return possible(r, found, delivered).get(chosen or "")


def possible(r: Reading, found: Sums, delivered: bool) -> dict[str, MethodDoc]:
    """The ways to pay for a cart: none where nothing is due."""
    return {
        id: method
        for id, method in methods(r).items()
        if found.due > 0
        and (not method.currencies or r.currency in method.currencies)
        and (delivered or not method.goods)
        and found.total <= method.limit.get(r.currency, found.total)
    }


def _totals(r: Reading, found: Sums, included: bool, posted: bool, carried: bool) -> Totals:
    """Delivery, and tax where prices do not include it, are known at the checkout only."""

    def money(amount: Decimal) -> Money:
        return Money(amount, r.currency)

    return Totals(
        subtotal=money(found.subtotal),
        discount=money(found.discount) if found.discount else None,
        shipping=money(found.shipping) if found.shipping is not None else None,
        tax=money(found.tax) if found.tax is not None else None,
        fees=money(found.fees) if found.fees is not None else None,
        gift_cards=money(found.gift_cards) if found.charges else None,
        total=money(found.total),
        due=money(found.due),
        tax_included=included,
        estimated=(posted and not carried) or found.tax is None,
    )


def _applied(
    r: Reading, row: CartRow, entered: Sequence[Entered], reductions: Reductions, found: Sums
) -> list[AppliedCode]:
    made: list[AppliedCode] = []
    known = known_promotions(r)
    for one in entered:
        if one.kind == "promotion":
            effect = reductions.effects.get(one.code)
            doc = known.get(one.code)
            made.append(
                AppliedCode(
                    id=one.id,
                    kind="promotion",
                    code=one.code,
                    title=r.text(doc.name) if doc else None,
                    effective=effect is not None and effect.reason is None,
                    reason=effect.reason if effect else texts.word("code_lapsed", r.languages),
                    amount=Money(effect.amount, r.currency) if effect and effect.amount is not None else None,
                )
            )
            continue
        card = gift_cards.by_id(r.connection, one.code, row.order)
        if card is None:
            continue
        charged = found.charges.get(card.id, ZERO)
        made.append(
            AppliedCode(
                id=one.id,
                kind="gift_card",
                code=card.masked,
                title=texts.word("gift_card", r.languages),
                effective=charged > 0,
                reason=None if charged > 0 else texts.word("code_nothing_left", r.languages),
                amount=Money(charged, r.currency) if charged else None,
                balance=Money(card.balance - charged, card.currency),
            )
        )
    return made


def _free_shipping(r: Reading, worth: Decimal, country: str, posted: bool, reached: bool) -> FreeShipping | None:
    doc = delivery.table(r).get(country)
    if doc is None or doc.currency != r.currency or not posted:
        return None
    threshold = min((each.free_from for each in doc.options if each.free_from is not None), default=None)
    if threshold is None:
        return None
    remaining = ZERO if reached else max(threshold - worth, ZERO)
    return FreeShipping(
        threshold=Money(threshold, r.currency), remaining=Money(pricing.rounded(remaining, r.currency), r.currency)
    )


def _line(r: Reading, held: Held, asked: Asked | None, pieces: Decimal, fresh: Collection[str]) -> _Priced:
    """One line. A variant that is gone keeps its place and its name until the next change tells."""
    if asked is None:
        line = Line(
            id=held.id,
            key=VariantKey(id=held.variant),
            title=held.title,
            quantity=held.quantity,
            availability=Availability(state="discontinued"),
        )
        return _Priced(line, "", "", frozenset())
    doc, row = asked.doc, asked.row
    plan = plan_of(asked)
    percent = plan.percent if plan else Decimal(0)
    extra = surcharge(r, asked)
    base = pricing.at_quantity(row.amount, doc.tiers, pieces, r.currency)
    unit = pricing.rounded(pricing.less(base, percent, r.currency) + extra, r.currency)
    earlier = max(row.amount, row.compare_at or row.amount) + extra
    there = stock.availability_of(r, asked)
    if r.faults.sold_out_in_cart(row.sku) and row.id not in fresh:
        there = Availability(state="sold_out", quantity=0, orderable=Decimal(0))
    pictures = Gallery(r, asked.product_id, doc, asked.title, [row]).chosen(row.choice)
    line = Line(
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
        availability=there,
        rule=rule(doc),
        parent=held.parent,
        requires_shipping=asked.kind not in ("gift_card", "digital"),
    )
    return _Priced(line, asked.kind, asked.product_id, categories(r, row.product_n))
