"""Saleor's checkouts as carts.

A voucher's reduction stands in the lines and the sums already. So `discount` is told beside a subtotal that it is added back
to where it lowered the lines, and taken off nowhere.
"""

from __future__ import annotations

from decimal import Decimal

from bff.ports import (
    AppliedCode,
    Cart,
    CartRef,
    Line,
    Money,
    QuantityRule,
    Totals,
    VariantKey,
)

from .goods import Goods, earlier_price, selected_options
from .pictures import plain
from .places import Place
from .wire_checkout import WireCheckout, WireLine

ATTRIBUTE, PAYMENT = "portico.a.", "portico.payment"


class Bags:
    """Makes carts for one backend's settings."""

    def __init__(self, goods: Goods) -> None:
        self._goods = goods

    def cart(self, place: Place, one: WireCheckout) -> Cart:
        return Cart(
            ref=CartRef(id=one.id),
            market=place.market.id,
            currency=place.market.currency,
            lines=tuple(self._line(place, each, one) for each in one.lines),
            quantity=Decimal(sum(each.quantity for each in one.lines if not each.is_gift)),
            totals=totals(place, one),
            codes=codes(place, one),
            note=one.customer_note or None,
            attributes={
                each.key.removeprefix(ATTRIBUTE): each.value for each in one.metadata if each.key.startswith(ATTRIBUTE)
            },
            updated=one.updated_at,
        )

    def _line(self, place: Place, one: WireLine, checkout: WireCheckout) -> Line:
        variant, product = one.variant, one.variant.product
        unit = place.shown(one.unit_price)
        there = self._goods.availability(variant, product)
        listed = variant.pricing.price if variant.pricing else None
        reduced = listed is not None and place.shown(listed).amount > unit.amount
        title = product.words if product else variant.name
        return Line(
            id=one.id,
            key=VariantKey(id=variant.id, product_id=product.id if product else None, sku=variant.sku or None),
            title=title,
            quantity=Decimal(one.quantity),
            unit=unit,
            total=place.shown(one.total_price),
            compare_at=earlier_price(place, unit, variant.pricing) if variant.pricing else None,
            slug=product.slug if product else None,
            options=selected_options(variant),
            image=plain(product.thumbnail, title) if product else None,
            availability=there,
            rule=QuantityRule(maximum=there.orderable) if there.orderable else QuantityRule(),
            fixed=bool(one.is_gift),
            discounts=(_title(checkout),) if reduced and checkout.voucher_code else (),
            requires_shipping=one.requires_shipping,
        )


def _title(one: WireCheckout) -> str:
    return one.translated_discount_name or one.discount_name or one.voucher_code or ""


def totals(place: Place, one: WireCheckout) -> Totals:
    """Saleor's total has gift cards taken off; a shipping price of nought before a delivery is chosen says nothing."""
    chosen = one.delivery_method is not None or not one.is_shipping_required
    due = place.plain(one.total_price.gross)
    whole = due
    if one.gift_cards:
        whole = place.money(one.subtotal_price.gross.amount + one.shipping_price.gross.amount)
    tax = one.total_price.gross.amount - one.total_price.net.amount
    off, subtotal = _discount(place, one), place.shown(one.subtotal_price)
    if off and _lowers_lines(place, one):
        subtotal = place.money(subtotal.amount + off.amount)
    return Totals(
        subtotal=subtotal,
        discount=off,
        shipping=place.shown(one.shipping_price) if chosen else None,
        tax=None if one.gift_cards else place.money(tax),
        gift_cards=place.money(whole.amount - due.amount) if one.gift_cards else None,
        total=whole,
        due=due,
        tax_included=place.gross,
        estimated=one.shipping_address is None or not chosen,
    )


def _discount(place: Place, one: WireCheckout) -> Money | None:
    return place.plain(one.discount) if one.discount and one.discount.amount > 0 else None


def _lowers_lines(place: Place, one: WireCheckout) -> bool:
    """Whether the voucher is off the lines; one for the delivery is not."""
    listed = [
        (place.shown(line.variant.pricing.price).amount * line.quantity, place.shown(line.total_price).amount)
        for line in one.lines
        if line.variant.pricing and line.variant.pricing.price and not line.is_gift
    ]
    return any(paid < full for full, paid in listed)


def codes(place: Place, one: WireCheckout) -> tuple[AppliedCode, ...]:
    found = []
    if one.voucher_code:
        found.append(
            AppliedCode(
                id=one.voucher_code,
                kind="promotion",
                code=one.voucher_code,
                title=_title(one),
                amount=_discount(place, one),
            )
        )
    sums = totals(place, one)
    for card in one.gift_cards:
        alone = sums.gift_cards if len(one.gift_cards) == 1 else None
        balance = place.plain(card.current_balance) if card.current_balance else None
        masked = f"…{card.last4_code_chars}"
        found.append(AppliedCode(id=card.id, kind="gift_card", code=masked, amount=alone, balance=balance))
    return tuple(found)
