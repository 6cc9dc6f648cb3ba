"""What a product's page needs for buying: its options with an address each, the words of its stock, the form."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec

from bff.ports import Availability, Backend, Product, Swatch, ValueState
from bff.web.addresses import Place
from bff.web.queries import selection_query


class ValueView(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an option. `url` is the page with it chosen; `absent` ones lead nowhere and say so."""

    id: str
    name: str
    state: ValueState
    selected: bool
    url: str
    swatch: Swatch | None = None


class OptionView(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A choice. `field` is its form field; `chosen` the chosen value's name."""

    id: str
    field: str
    name: str
    kind: str
    values: tuple[ValueView, ...]
    chosen: str | None = None


class StockView(msgspec.Struct, frozen=True, kw_only=True):
    """Stock in words: the template says `stock.{state}`. `left` for low stock, `date` for what is to come. `choose` is
    the state while a choice is missing: the words are then about choosing, never about stock. `absent`: this combination
    is not made."""

    state: str
    left: int | None = None
    date: datetime.date | None = None


class BuyBox(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The form. `action` None: the backend has no cart. `variant` and `sku` name what goes into the bag; without them
    `missing` names the options still to choose (in words). `buyable` False: sold out or withdrawn."""

    action: str | None
    product: str
    variant: str | None
    sku: str | None
    missing: tuple[str, ...]
    buyable: bool
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)


def stock_view(product: Product) -> StockView:
    """The words of the chosen variant; while a choice is missing, only what is true of every variant."""
    if product.selected is None and product.options:
        if not product.availability.buyable:
            return StockView(state=product.availability.state)
        return StockView(state="choose" if _missing(product) else "absent")
    found: Availability = product.selected.availability if product.selected else product.availability
    left = found.quantity if found.state == "low_stock" else None
    return StockView(state=found.state, left=left, date=found.date)


def _missing(product: Product) -> tuple[str, ...]:
    """Names of the options nothing is chosen of."""
    return tuple(o.name for o in product.options if not any(value.selected for value in o.values))


def option_views(place: Place, product: Product) -> tuple[OptionView, ...]:
    """The options; each value's address keeps what else is chosen."""
    chosen = {option.id: value.id for option in product.options for value in option.values if value.selected}
    views: list[OptionView] = []
    for option in product.options:
        values = tuple(
            ValueView(
                id=value.id,
                name=value.name,
                state=value.state,
                selected=value.selected,
                url=place.entity("product", product.slug, selection_query({**chosen, option.id: value.id})),
                swatch=value.swatch,
            )
            for value in option.values
        )
        name = next((value.name for value in values if value.selected), None)
        views.append(
            OptionView(
                id=option.id, field=f"o.{option.id}", name=option.name, kind=option.kind, values=values, chosen=name
            )
        )
    return tuple(views)


def buy_box(backend: Backend, place: Place, product: Product) -> BuyBox:
    """The form for what is chosen; it takes no more than can be had."""
    variant = product.selected
    missing = _missing(product)
    found = variant.availability if variant else product.availability
    maximum = variant.quantity.maximum if variant else None
    if found.orderable is not None:
        maximum = min(maximum, found.orderable) if maximum is not None else found.orderable
    return BuyBox(
        action=place.marked("cart/lines") if backend.carts else None,
        product=product.id,
        variant=variant.id if variant else None,
        sku=variant.sku if variant else None,
        missing=missing,
        buyable=found.buyable and (variant is not None or bool(missing) or not product.options),
        minimum=variant.quantity.minimum if variant else Decimal(1),
        maximum=maximum,
        step=variant.quantity.step if variant else Decimal(1),
    )
