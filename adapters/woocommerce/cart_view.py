"""A cart of WooCommerce's in the contract's shape. Sums come net with their tax beside; they are shown as the shop
displays prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import msgspec

from bff.ports import (
    AppliedCode,
    Availability,
    Cart,
    CartRef,
    Line,
    Market,
    Money,
    Problem,
    ProblemCode,
    QuantityRule,
    SelectedOption,
    Target,
    Tax,
    Totals,
    VariantKey,
)

from . import wire
from . import wire_trade as trade
from .amounts import minor, money
from .goods import NO_LIMIT, image
from .shop import Facet
from .texts import plain, word
from .transport import fields

FIELDS = fields(
    "items", "coupons", "totals", "shipping_address", "billing_address", "needs_payment", "needs_shipping",
    "has_calculated_shipping", "shipping_rates", "errors", "payment_methods",
)  # fmt: skip
CODES: dict[str, ProblemCode] = {
    "woocommerce_rest_product_out_of_stock": "out_of_stock",
    "woocommerce_rest_product_partially_out_of_stock": "limit_reached",
    "woocommerce_rest_product_too_many_in_cart": "limit_reached",
    "woocommerce_rest_product_not_enough_stock": "limit_reached",
    "invalid_quantity": "limit_reached",
    "readonly_quantity": "quantity_rule",
    "rest_invalid_param": "line_unavailable",
}
"""What WooCommerce's refusals of goods mean; others say that it is not to be had."""


def view(
    cart: trade.Cart, token: str, market: Market, tax: Tax, note: str | None, facets: Sequence[Facet] = ()
) -> Cart:
    lines = tuple(line(item, tax, facets) for item in cart.items)
    return Cart(
        ref=CartRef(id=token),
        market=market.id,
        currency=cart.totals.currency_code,
        lines=lines,
        quantity=sum((each.quantity for each in lines), Decimal(0)),
        totals=totals(cart.totals, tax, settled=cart.has_calculated_shipping or not cart.needs_shipping),
        codes=tuple(_code(coupon, cart.totals, tax) for coupon in cart.coupons),
        note=note,
    )


class _Sums:
    """Net and tax put together as the shop displays prices: both are the backend's, in minor units."""

    def __init__(self, totals: trade.Totals | wire.Prices, tax: Tax) -> None:
        self._digits, self._currency = totals.currency_minor_unit, totals.currency_code
        self.included = tax != "excluded"

    def plain(self, text: str) -> Money:
        return money(minor(text), self._digits, self._currency)

    def shown(self, net: str, tax: str) -> Money:
        return money(minor(net) + (minor(tax) if self.included else 0), self._digits, self._currency)

    def less(self, net: str, tax: str, after: str, after_tax: str) -> Money | None:
        """What the second pair is less than the first, None for nothing."""
        taken = minor(net) - minor(after) + (minor(tax) - minor(after_tax) if self.included else 0)
        return money(taken, self._digits, self._currency) if taken > 0 else None


def line(item: trade.Item, tax: Tax, facets: Sequence[Facet] = ()) -> Line:
    sums, paid, limits = _Sums(item.prices, tax), item.totals, item.quantity_limits
    unit, before = sums.plain(item.prices.price), sums.plain(item.prices.regular_price)
    left = item.low_stock_remaining or 0
    title = plain(item.name)
    return Line(
        id=item.key,
        key=VariantKey(id=_id(item, facets), sku=item.sku or None),
        title=title,
        quantity=Decimal(item.quantity),
        unit=unit,
        total=sums.shown(paid.line_subtotal, paid.line_subtotal_tax),
        compare_at=before if before.amount > unit.amount else None,
        slug=_slug(item.permalink),
        options=tuple(_option(one) for one in item.variation if one.value),
        image=image(item.images[0]) if item.images else None,
        availability=Availability(state="low_stock", quantity=left) if left > 0 else None,
        rule=QuantityRule(
            minimum=Decimal(max(1, limits.minimum)),
            maximum=Decimal(limits.maximum) if limits.maximum < NO_LIMIT else None,
            step=Decimal(max(1, limits.multiple_of)),
        ),
        discount=sums.less(paid.line_subtotal, paid.line_subtotal_tax, paid.line_total, paid.line_total_tax),
    )


def _id(item: trade.Item, facets: Sequence[Facet]) -> str:
    """The variant's id. What its variation leaves open is told in words, and is what does not stand in its address."""
    fixed = {unquote(name).lower() for name, _ in parse_qsl(urlsplit(item.permalink).query, keep_blank_values=True)}
    if not item.variation or not item.permalink:
        return str(item.id)
    left: list[tuple[str, str]] = []
    for one in item.variation:
        name, value = plain(one.attribute), plain(one.value)
        facet = next((each for each in facets if each.name == name), None)
        attribute = facet.taxonomy if facet else name
        if f"attribute_{attribute if facet else word(name)}".lower() not in fixed:
            words = facet.values.values() if facet else ()
            left.append((attribute, next((slug for slug, text in words if text == value), value)))
    return f"{item.id}?{urlencode(sorted(left))}" if left else str(item.id)


def _option(one: trade.Chosen) -> SelectedOption:
    """A choice: in a cart its values are words, and older versions tell the attribute's name only."""
    name, value = plain(one.attribute), plain(one.value)
    raw = (one.raw_attribute or "").removeprefix("attribute_").removeprefix("pa_")
    return SelectedOption(
        option=unquote(raw) or word(name) or name, value=word(value) or value, option_name=name, value_name=value
    )


def _slug(permalink: str) -> str | None:
    """The product's slug, where the shop's addresses end in it."""
    parts = urlsplit(permalink)
    found = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return None if "product=" in parts.query or not found or found == "index.php" else found


def totals(sums: trade.Totals, tax: Tax, *, settled: bool) -> Totals:
    found = _Sums(sums, tax)
    total = found.plain(sums.total_price)
    shipping = sums.total_shipping
    return Totals(
        subtotal=found.shown(sums.total_items, sums.total_items_tax),
        discount=found.shown(sums.total_discount, sums.total_discount_tax),
        shipping=found.shown(shipping, sums.total_shipping_tax or "0") if shipping is not None and settled else None,
        tax=found.plain(sums.total_tax),
        fees=found.shown(sums.total_fees, sums.total_fees_tax) if minor(sums.total_fees) else None,
        total=total,
        due=total,
        tax_included=found.included,
        estimated=not settled,
    )


def _code(coupon: trade.Coupon, totals: trade.Totals, tax: Tax) -> AppliedCode:
    """WooCommerce takes no code that does nothing; one for free delivery takes nothing off the goods."""
    taken = _Sums(totals, tax).shown(coupon.totals.total_discount, coupon.totals.total_discount_tax)
    return AppliedCode(id=coupon.code, kind="promotion", code=coupon.code, amount=taken if taken.amount > 0 else None)


def problems(cart: trade.Cart) -> tuple[Problem, ...]:
    """What WooCommerce finds wrong with a cart as it stands. Its words name the goods, and hold entities."""
    found: list[Problem] = []
    for each in cart.errors:
        code = CODES.get(each.code, "other")
        text = plain(each.message) or None
        found.append(Problem(code=code, severity="error", target=Target(kind="cart"), text=text))
    return tuple(found)


def keyed(lines: Sequence[Line], known: Sequence[Line]) -> tuple[Line, ...]:
    """An order's lines with the goods of the cart that became it: an order tells which product by its SKU only."""
    if [one.quantity for one in lines] != [one.quantity for one in known]:
        return tuple(lines)
    return tuple(
        msgspec.structs.replace(one, key=other.key, title=other.title, slug=other.slug)
        for one, other in zip(lines, known, strict=True)
    )
