"""A cart of Medusa's in the contract's shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bff.ports import (
    AppliedCode,
    Availability,
    Cart,
    CartRef,
    Image,
    Line,
    Market,
    Money,
    PublicContext,
    QuantityRule,
    Totals,
    Variant,
    VariantKey,
)

from . import wire_trade as trade
from .amounts import money
from .catalog import goods
from .goods import CARD, Goods
from .places import complete
from .shop import Shop
from .transport import fields, many

_ITEM = (
    "id", "quantity", "unit_price", "title", "product_title", "variant_id", "product_id", "product_handle", "variant_sku",
    "variant_title", "thumbnail", "requires_shipping", "is_tax_inclusive", "compare_at_unit_price", "original_total",
    "original_subtotal", "created_at", "adjustments.code", "adjustments.amount", "adjustments.is_tax_inclusive",
)  # fmt: skip
_ADDRESS = (
    "id", "first_name", "last_name", "company", "address_1", "address_2", "city", "postal_code", "country_code", "province",
    "phone",
)  # fmt: skip
SUMS = (
    "total", "tax_total", "discount_total", "discount_subtotal", "original_item_total", "original_item_subtotal",
    "original_shipping_total", "original_shipping_subtotal",
)  # fmt: skip
LINES = tuple(f"items.{name}" for name in _ITEM)
ADDRESSES = tuple(f"{kind}_address.{name}" for kind in ("shipping", "billing") for name in _ADDRESS)
FIELDS = fields(
    "id", "currency_code", "region_id", "email", "completed_at", "updated_at", "metadata", *SUMS, *LINES, *ADDRESSES,
    "promotions.code", "promotions.is_automatic", "shipping_methods.id", "shipping_methods.shipping_option_id",
    "shipping_methods.adjustments.code", "shipping_methods.adjustments.amount",
    "shipping_methods.adjustments.is_tax_inclusive", "payment_collection.id",
    "payment_collection.payment_sessions.provider_id", "payment_collection.payment_sessions.status",
)  # fmt: skip
ATTRIBUTE = "portico."
"""What begins the keys of a cart's metadata that are the head's attributes: Medusa merges the top level only."""


async def products(shop: Shop, ctx: PublicContext, ids: Iterable[str | None]) -> dict[str, Goods]:
    """What stands in a cart as it is sold now, by product id: options, stock, earlier price."""
    wanted = [id for id in dict.fromkeys(ids) if id]
    if not wanted:
        return {}
    return {one.wire.id: one for one in await goods(shop, ctx, many("id", wanted), CARD)}


def view(shop: Shop, ctx: PublicContext, cart: trade.Cart, sold: Mapping[str, Goods]) -> Cart:
    market = shop.market(ctx, cart.region_id)
    # Medusa gives the items in no order; the oldest stays on top.
    items = sorted(
        cart.items or [], key=lambda item: (item.created_at is not None and item.created_at.timestamp(), item.id)
    )
    lines = tuple(line(item, market, sold.get(item.product_id or "")) for item in items)
    metadata = cart.metadata or {}
    note = metadata.get("note")
    attributes = {
        key.removeprefix(ATTRIBUTE): value
        for key, value in metadata.items()
        if key.startswith(ATTRIBUTE) and isinstance(value, str)
    }
    return Cart(
        ref=CartRef(id=cart.id),
        market=market.id,
        currency=cart.currency_code.upper(),
        lines=lines,
        quantity=sum((each.quantity for each in lines), Decimal(0)),
        totals=totals(cart, market, settled=complete(cart.shipping_address), shipped=bool(cart.shipping_methods)),
        codes=codes(cart, market),
        note=note if isinstance(note, str) and note else None,
        attributes=attributes,
        updated=cart.updated_at,
    )


def line(item: trade.Item, market: Market, sold: Goods | None) -> Line:
    variant = sold.variant(item.variant_id) if sold else None
    there = variant.availability if variant else None
    total = item.original_total if market.tax == "included" else item.original_subtotal
    return Line(
        id=item.id,
        key=VariantKey(id=item.variant_id, product_id=item.product_id, sku=item.variant_sku),
        title=item.product_title or item.title or "",
        quantity=item.quantity,
        unit=_unit(item, market, variant, sold),
        total=None if total is None else money(total, market.currency),
        compare_at=variant.price.compare_at if variant else None,
        slug=item.product_handle,
        options=variant.options if variant else (),
        image=Image(url=item.thumbnail, alt=item.product_title) if item.thumbnail else None,
        availability=there,
        rule=QuantityRule(maximum=there.orderable) if there and there.orderable else QuantityRule(),
        requires_shipping=item.requires_shipping,
    )


def _unit(item: trade.Item, market: Market, variant: Variant | None, sold: Goods | None) -> Money | None:
    """The unit's price in the market's wording: Medusa's own where it is worded so, else the catalogue's if it is the
    same price, else unknown."""
    if variant and sold and sold.amount(item.variant_id) == item.unit_price:
        return variant.price.amount
    if bool(item.is_tax_inclusive) == (market.tax == "included"):
        return money(item.unit_price, market.currency)
    return None


def totals(sums: trade.Sums, market: Market, *, settled: bool, shipped: bool) -> Totals:
    """The sums in the market's wording. `settled`: the address is known, so tax is; `shipped`: delivery was chosen."""
    included = market.tax == "included"

    def amount(value: Decimal) -> Money:
        return money(value, market.currency)

    shipping = sums.original_shipping_total if included else sums.original_shipping_subtotal
    return Totals(
        subtotal=amount(sums.original_item_total if included else sums.original_item_subtotal),
        discount=_discount(sums, market),
        shipping=amount(shipping) if shipped else None,
        tax=amount(sums.tax_total) if settled else None,
        total=amount(sums.total),
        due=amount(sums.total),
        tax_included=included,
        estimated=not settled,
    )


def _discount(sums: trade.Sums, market: Market) -> Money | None:
    """In a list of orders Medusa leaves the net discount out: it is known where it is nothing."""
    found = sums.discount_total if market.tax == "included" or not sums.discount_total else sums.discount_subtotal
    return None if found is None else money(found, market.currency)


def codes(cart: trade.Cart, market: Market) -> tuple[AppliedCode, ...]:
    """The codes that were entered; promotions that apply by themselves are none."""
    holders: list[trade.Item | trade.Method] = [*(cart.items or []), *(cart.shipping_methods or [])]
    made: list[AppliedCode] = []
    for promotion in cart.promotions or []:
        if promotion.is_automatic or not promotion.code:
            continue
        parts = [part for one in holders for part in one.adjustments or [] if part.code == promotion.code]
        # An adjustment is of net prices unless it says otherwise: its tax is nobody's to add.
        worded = all(bool(part.is_tax_inclusive) == (market.tax == "included") for part in parts)
        taken = sum((part.amount for part in parts), Decimal(0))
        made.append(
            AppliedCode(
                id=promotion.code,
                kind="promotion",
                code=promotion.code,
                effective=taken > 0,
                amount=money(taken, market.currency) if taken > 0 and worded else None,
            )
        )
    return tuple(made)


def availability(line: Line) -> Availability:
    """What a line's goods are like now: those that are sold no longer are sold out."""
    return line.availability or Availability(state="discontinued")
