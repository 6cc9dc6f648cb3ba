"""Vendure's products as cards and product pages.

Vendure knows groups of options, perhaps shared by many products, so values that no variant of this product has are left out.
Which values go together is worked out from the variants, all of which are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bff.ports import (
    Attribute,
    Availability,
    AvailabilityState,
    Card,
    Html,
    Link,
    Media,
    Money,
    Option,
    OptionValue,
    Price,
    Product,
    SelectedOption,
    Swatch,
    Tax,
    ValueState,
    Variant,
    VariantKey,
)

from .pictures import gallery
from .places import Place
from .settings import Settings
from .wire import WireAsset, WireFacetValue, WireOption, WireOptionValue, WireProduct, WireShelf, WireVariant

ROOT = "__root_collection__"
_STATES: Mapping[str, AvailabilityState] = {
    "IN_STOCK": "in_stock",
    "LOW_STOCK": "low_stock",
    "OUT_OF_STOCK": "sold_out",
}
_BEST: tuple[AvailabilityState, ...] = ("in_stock", "low_stock", "unknown", "sold_out")
CARD_MEDIA = 2


class Goods:
    """Makes cards and products for one backend's settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    # ---------------------------------------------------------------- variants

    def variant(self, place: Place, product: WireProduct, one: WireVariant) -> Variant:
        own = [one.featured_asset] if one.featured_asset else []
        return Variant(
            id=one.id,
            product_id=product.id,
            sku=one.sku or None,
            title=", ".join(option.name for option in one.options),
            options=chosen(one.options),
            price=price(place, [one]),
            availability=availability(one.stock_level),
            media=gallery(own, product.name, transforms=self._settings.image_transforms),
        )

    def swatch(self, option: WireOption | WireOptionValue) -> Swatch | None:
        colour = (option.custom_fields or {}).get(self._settings.swatch_field)
        return Swatch(colour=colour) if isinstance(colour, str) and colour else None

    def _swatches(self, product: WireProduct) -> tuple[OptionValue, ...]:
        used = {(option.group.code, option.code) for one in product.variants for option in one.options}
        seen = tuple(
            OptionValue(id=option.code, name=option.name, swatch=self.swatch(option))
            for group in product.option_groups
            for option in group.options
            if group.code in self._settings.swatches and (group.code, option.code) in used
        )
        return seen if len(seen) > 1 and all(value.swatch for value in seen) else ()

    # ---------------------------------------------------------------- cards

    def card(self, place: Place, product: WireProduct) -> Card | None:
        """None where there is nothing to buy in this market."""
        if not product.variants:
            return None
        only = product.variants[0] if len(product.variants) == 1 else None
        return Card(
            id=product.id,
            slug=product.slug,
            title=product.name,
            price=price(place, product.variants),
            availability=together(product.variants),
            media=self._media(product, None)[:CARD_MEDIA],
            sku=product.variants[0].sku or None,
            brand=next((value.name for value in product.facet_values if self._is_brand(value)), None),
            swatches=self._swatches(product),
            choices=len(product.variants),
            variant=VariantKey(id=only.id, product_id=product.id, sku=only.sku or None) if only else None,
        )

    def _is_brand(self, value: WireFacetValue) -> bool:
        return bool(self._settings.brand_facet) and value.facet.code == self._settings.brand_facet

    def _media(self, product: WireProduct, selected: WireVariant | None) -> tuple[Media, ...]:
        own: list[WireAsset | None] = [selected.featured_asset if selected else None, product.featured_asset]
        assets = [asset for asset in (*own, *product.assets) if asset is not None]
        return gallery(assets, product.name, transforms=self._settings.image_transforms)

    # ---------------------------------------------------------------- pages

    def product(self, place: Place, product: WireProduct, selection: Mapping[str, str]) -> Product:
        wanted = known(product.variants, selection)
        selected = _selected(product.variants, wanted)
        few = len(product.variants) <= self._settings.variants_limit
        brand = next((value for value in product.facet_values if self._is_brand(value)), None)
        return Product(
            id=product.id,
            slug=product.slug,
            title=product.name,
            price=price(place, [selected] if selected else product.variants),
            availability=availability(selected.stock_level) if selected else together(product.variants),
            options=self._options(product, wanted),
            selected=self.variant(place, product, selected) if selected else None,
            variants=tuple(self.variant(place, product, one) for one in product.variants) if few else None,
            media=self._media(product, selected),
            sku=product.variants[0].sku or None if product.variants else None,
            description=Html(product.description) if product.description.strip() else None,
            brand=Link(kind="brand", id=brand.id, slug=brand.code, title=brand.name) if brand else None,
            attributes=_attributes(value for value in product.facet_values if not self._is_brand(value)),
            breadcrumbs=breadcrumbs(product.collections, self._settings.campaigns),
            locale=place.spoken(product.language_code),
            updated=product.updated_at,
        )

    def _options(self, product: WireProduct, wanted: Mapping[str, str]) -> tuple[Option, ...]:
        found: list[Option] = []
        for group in product.option_groups:
            used = {
                option.code: option
                for one in product.variants
                for option in one.options
                if option.group.code == group.code
            }
            values = {option.code: used[option.code] for option in group.options if option.code in used}
            if not values:
                continue
            swatches = {code: self.swatch(option) for code, option in values.items()}
            colours = group.code in self._settings.swatches and any(swatches.values())
            found.append(
                Option(
                    id=group.code,
                    name=group.name,
                    kind="swatch" if colours else "choice",
                    values=tuple(
                        OptionValue(
                            id=code,
                            name=option.name,
                            state=_state(product.variants, wanted, group.code, code),
                            selected=wanted.get(group.code) == code,
                            swatch=swatches[code],
                        )
                        for code, option in values.items()
                    ),
                )
            )
        return tuple(found)


def chosen(options: Iterable[WireOption]) -> tuple[SelectedOption, ...]:
    return tuple(
        SelectedOption(option=one.group.code, value=one.code, option_name=one.group.name, value_name=one.name)
        for one in options
    )


def price(place: Place, variants: Sequence[WireVariant]) -> Price:
    """Of one variant, or from the lowest to the highest of several."""
    amounts = [place.shown(one.price, one.price_with_tax, one.currency_code) for one in variants]
    if not amounts:
        amounts = [place.money(0)]
    low, high = min(amounts, key=_amount), max(amounts, key=_amount)
    return ranged(place, low, high)


def ranged(place: Place, low: Money, high: Money) -> Price:
    """From one amount to another; the same twice is no range."""
    tax: Tax = "included" if place.gross else "excluded"
    return Price(amount=low, tax=tax) if low == high else Price(amount=low, from_=low, to=high, tax=tax)


def _amount(money: Money) -> Decimal:
    return money.amount


def availability(level: str) -> Availability:
    """A word, or a number where the shop shows its exact stock; other words are the shop's own."""
    if level.isascii() and level.isdigit():
        left = int(level)
        return Availability(state="in_stock" if left else "sold_out", quantity=left)
    return Availability(state=_STATES.get(level, "unknown"))


def together(variants: Sequence[WireVariant]) -> Availability:
    """A product's: the best of its variants'."""
    if len(variants) == 1:
        return availability(variants[0].stock_level)
    states = [availability(one.stock_level).state for one in variants]
    return Availability(state=min(states, key=_BEST.index, default="unknown"))


def codes(one: WireVariant) -> dict[str, str]:
    return {option.group.code: option.code for option in one.options}


def known(variants: Sequence[WireVariant], selection: Mapping[str, str]) -> dict[str, str]:
    """The part of a selection that the product has options and values for; where an option has one value, that one."""
    values: dict[str, set[str]] = {}
    for one in variants:
        for group, code in codes(one).items():
            values.setdefault(group, set()).add(code)
    asked = {group: code for group, code in selection.items() if code in values.get(group, ())}
    return {**{group: next(iter(own)) for group, own in values.items() if len(own) == 1}, **asked}


def _selected(variants: Sequence[WireVariant], wanted: Mapping[str, str]) -> WireVariant | None:
    """The variant that is meant: all its options are chosen."""
    return next((one for one in variants if codes(one) == wanted), None)


def _state(variants: Sequence[WireVariant], wanted: Mapping[str, str], group: str, code: str) -> ValueState:
    """Whether there is a variant with this value and the other options as they are chosen, and whether it can be had."""
    need = {**wanted, group: code}
    fitting = [one for one in variants if need.items() <= codes(one).items()]
    if not fitting:
        return "absent"
    there = {availability(one.stock_level).state for one in fitting}
    if there <= {"sold_out"}:
        return "sold_out"
    return "unknown" if there <= {"sold_out", "unknown"} else "available"


def _attributes(values: Iterable[WireFacetValue]) -> tuple[Attribute, ...]:
    found: dict[str, tuple[str, list[str]]] = {}
    for value in values:
        found.setdefault(value.facet.code, (value.facet.name, []))[1].append(value.name)
    return tuple(Attribute(id=id, name=name, values=tuple(names)) for id, (name, names) in found.items())


def breadcrumbs(shelves: Sequence[WireShelf], campaigns: str) -> tuple[Link, ...]:
    """The way to the deepest category a product stands in; campaigns are no place."""
    ways = [[crumb for crumb in shelf.breadcrumbs if crumb.slug != ROOT] for shelf in shelves]
    ways = [way for way in ways if way and way[0].slug != campaigns]
    deepest = max(ways, key=len, default=[])
    return tuple(Link(kind="category", id=crumb.id, slug=crumb.slug, title=crumb.name) for crumb in deepest)
