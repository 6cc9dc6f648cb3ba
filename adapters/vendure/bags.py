"""Vendure's orders as carts and as orders."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from bff.ports import (
    Address,
    AppliedCode,
    Cart,
    Line,
    Money,
    Order,
    OrderLine,
    Problem,
    QuantityRule,
    Shipment,
    Target,
    Totals,
    VariantKey,
)

from .pictures import image
from .places import Place
from .products import availability, chosen
from .references import Held
from .settings import Settings
from .wire_orders import WireAddress, WireLine, WireOrder, WireParcel

Status = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]
_STATUS: Mapping[str, Status] = {
    "PaymentAuthorized": "processing",
    "PaymentSettled": "paid",
    "PartiallyShipped": "shipped",
    "Shipped": "shipped",
    "PartiallyDelivered": "shipped",
    "Delivered": "delivered",
    "Modifying": "processing",
    "ArrangingAdditionalPayment": "pending",
    "Cancelled": "cancelled",
}
SENT = ("Shipped", "Delivered")
LINE_LIMIT = Decimal(999)
"""Vendure's own limit of pieces, unless the shop set another."""


class Bags:
    """Makes carts and orders for one backend's settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def cart(self, place: Place, order: WireOrder, token: str) -> Cart:
        return Cart(
            ref=Held(place.market.id, order.code, token).ref,
            market=place.market.id,
            currency=place.currency,
            lines=tuple(self.line(place, line) for line in order.lines),
            quantity=Decimal(order.total_quantity),
            totals=totals(place, order),
            codes=codes(place, order),
            updated=order.updated_at,
        )

    def line(self, place: Place, line: WireLine) -> Line:
        variant = line.product_variant
        picture = line.featured_asset
        title = variant.product.name
        return Line(
            id=line.id,
            key=VariantKey(id=variant.id, product_id=variant.product_id, sku=variant.sku or None),
            title=title,
            quantity=Decimal(line.quantity),
            unit=place.shown(line.unit_price, line.unit_price_with_tax),
            total=place.shown(line.line_price, line.line_price_with_tax),
            slug=variant.product.slug,
            options=chosen(variant.options),
            image=image(picture, title, transforms=self._settings.image_transforms) if picture else None,
            availability=availability(variant.stock_level),
            rule=QuantityRule(maximum=LINE_LIMIT),
            discounts=tuple(dict.fromkeys(discount.description for discount in line.discounts)),
        )

    def order(self, place: Place, order: WireOrder) -> Order:
        """An order that was placed. Its code is both its id and its number. Vendure's words for its state and the code of
        the payment method are for the shop, so shoppers are not told them."""
        assert order.order_placed_at is not None
        sent = {
            line.order_line_id: line.quantity
            for parcel in order.fulfillments or ()
            if parcel.state in SENT
            for line in parcel.lines
        }
        return Order(
            id=order.code,
            number=order.code,
            placed=order.order_placed_at,
            currency=place.currency,
            totals=totals(place, order, final=True),
            status=_STATUS.get(order.state, "unknown"),
            lines=tuple(
                OrderLine(line=self.line(place, line), fulfilled=Decimal(sent.get(line.id, 0))) for line in order.lines
            ),
            email=order.customer.email_address if order.customer else None,
            shipping_address=address(order.shipping_address),
            billing_address=address(order.billing_address) or address(order.shipping_address),
            shipping_name=", ".join(line.shipping_method.name for line in order.shipping_lines) or None,
            shipments=tuple(_shipment(parcel) for parcel in order.fulfillments or () if parcel.state in SENT),
        )


def _shipment(parcel: WireParcel) -> Shipment:
    return Shipment(
        carrier=parcel.method or None,
        number=parcel.tracking_code or None,
        sent=parcel.created_at,
        lines=tuple((line.order_line_id, Decimal(line.quantity)) for line in parcel.lines),
    )


def totals(place: Place, order: WireOrder, *, final: bool = False) -> Totals:
    """Vendure's own sums. Its subtotal has the discounts in it already: what they take off is the difference to what the
    lines and the delivery cost without."""
    lines = sum(place_amount(place, line.line_price, line.line_price_with_tax) for line in order.lines)
    fees = sum(place_amount(place, each.price, each.price_with_tax) for each in order.surcharges)
    shipping = sum(place_amount(place, each.price, each.price_with_tax) for each in order.shipping_lines)
    after = place_amount(place, order.total, order.total_with_tax)
    off = lines + fees + shipping - after
    total = place.money(order.total_with_tax, order.currency_code)
    return Totals(
        subtotal=place.money(lines),
        discount=place.money(off) if off > 0 else None,
        shipping=place.money(shipping) if order.shipping_lines else None,
        tax=place.money(order.total_with_tax - order.total),
        fees=place.money(fees) if fees else None,
        total=total,
        due=total,
        tax_included=place.gross,
        estimated=not final and not order.shipping_lines,
    )


def place_amount(place: Place, net: int, gross: int) -> int:
    return gross if place.gross else net


def codes(place: Place, order: WireOrder) -> tuple[AppliedCode, ...]:
    """The codes Vendure took. It takes codes whose condition does not hold, without a word: those have no promotion that
    takes something off."""
    off: dict[str, int] = {}
    for discount in order.discounts:
        source = discount.adjustment_source.rpartition(":")[2]
        off[source] = off.get(source, 0) - place_amount(place, discount.amount, discount.amount_with_tax)
    promotions = {promotion.coupon_code: promotion for promotion in order.promotions if promotion.coupon_code}
    made: list[AppliedCode] = []
    for code in order.coupon_codes:
        promotion = promotions.get(code)
        amount = off.get(promotion.id, 0) if promotion else 0
        alone = len(order.coupon_codes) == 1 and not promotion and sum(off.values()) > 0
        made.append(
            AppliedCode(
                id=code,
                kind="promotion",
                code=code,
                title=(promotion.name or None) if promotion else None,
                effective=amount > 0 or alone,
                amount=place.money(amount) if amount > 0 else None,
            )
        )
    return tuple(made)


def address(one: WireAddress | None) -> Address | None:
    """None for one that was never given: Vendure tells it full of nulls."""
    if one is None or not one.country_code or not one.street_line1:
        return None
    first, last = names(one.full_name)
    return Address(
        country=one.country_code,
        first_name=first,
        last_name=last,
        company=one.company or None,
        line1=one.street_line1,
        line2=one.street_line2 or None,
        city=one.city or None,
        postcode=one.postal_code or None,
        region=one.province or None,
        phone=one.phone_number or None,
    )


def names(full: str | None) -> tuple[str | None, str | None]:
    """Vendure keeps one name of an address: its last word is taken for the last name."""
    first, _, last = (full or "").strip().rpartition(" ")
    return (first or None, last or None) if first else (last or None, None)


def given(one: Address) -> dict[str, object]:
    """An address as Vendure takes it."""
    return {
        "fullName": " ".join(part for part in (one.first_name, one.last_name) if part),
        "company": one.company or "",
        "streetLine1": one.line1 or "",
        "streetLine2": one.line2 or "",
        "city": one.city or "",
        "province": one.region or "",
        "postalCode": one.postcode or "",
        "countryCode": one.country,
        "phoneNumber": one.phone or "",
    }


def news(place: Place, order: WireOrder) -> list[Problem]:
    """What is not as it was when the shopper put it in: prices, lines sold out."""
    found: list[Problem] = []
    for line in order.lines:
        target = Target(kind="line", id=line.id)
        if not availability(line.product_variant.stock_level).buyable:
            found.append(Problem(code="out_of_stock", severity="error", target=target))
        changed = place_amount(place, line.unit_price_change_since_added, line.unit_price_with_tax_change_since_added)
        if changed:
            now = place_amount(place, line.unit_price, line.unit_price_with_tax)
            before: Money = place.money(now - changed)
            found.append(
                Problem(code="price_changed", severity="info", target=target, before=before, after=place.money(now))
            )
    return found
