"""Saleor's products as cards and product pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    Attribute,
    Availability,
    Card,
    Link,
    Media,
    Money,
    NotFound,
    Option,
    OptionValue,
    Price,
    Product,
    QuantityRule,
    SelectedOption,
    Seo,
    Swatch,
    Tax,
    ValueState,
    Variant,
    VariantKey,
)

from .pictures import Pictures
from .places import Place
from .settings import Settings
from .texts import markup
from .wire import WireCategory, WireProduct, WireSelected, WireTaxed, WireValue, WireVariant, WireVariantPricing

CARD_MEDIA = 2
UNNAMED = "variant"
_UNNAMED: Mapping[str, str] = {"en": "Variant", "de": "Variante", "ar": "النوع"}


class Goods:
    """Makes cards and products for one backend's settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pictures = Pictures(settings)

    # ---------------------------------------------------------------- cards

    def card(self, place: Place, one: WireProduct) -> Card | None:
        """None where it has no price in this market's channel."""
        price = _ranged(place, one)
        if price is None or not one.slug:
            return None
        variants = one.variants or ()
        only = variants[0] if len(variants) == 1 else None
        gone = one.is_available_for_purchase is False or one.is_available is False
        brand = self._brand(one)
        return Card(
            id=one.id,
            slug=one.slug,
            title=one.words,
            price=price,
            availability=Availability(state="sold_out" if gone else "in_stock" if one.is_available else "unknown"),
            media=self._pictures.gallery(one.media or (), one.words)[:CARD_MEDIA],
            sku=next((variant.sku for variant in variants if variant.sku), None),
            brand=brand.title if brand else None,
            choices=len(variants) or None,
            variant=VariantKey(id=only.id, product_id=one.id, sku=only.sku or None) if only else None,
        )

    def _brand(self, one: WireProduct) -> Link | None:
        value = next(iter(one.brand.values), None) if one.brand and self._settings.brand_attribute else None
        return _named("brand", value) if value else None

    def media(self, one: WireProduct) -> tuple[Media, ...]:
        return self._pictures.gallery(one.media or (), one.words)

    # ---------------------------------------------------------------- pages

    def product(self, place: Place, one: WireProduct, selection: Mapping[str, str]) -> Product:
        """Raises `NotFound` where it has no price in this market's channel."""
        price = _ranged(place, one)
        sold = [each for each in one.variants or () if each.pricing and each.pricing.price]
        if price is None or not sold:
            raise NotFound("no such product here")
        chosen = Choices(place, sold, selection)
        found = [self._variant(place, one, each, chosen) for each in sold]
        selected = next((each for each in found if chosen.selected and each.id == chosen.selected.id), None)
        translated = one.translation
        kind = one.product_type.kind if one.product_type else "NORMAL"
        shipped = one.product_type is None or one.product_type.is_shipping_required
        return Product(
            id=one.id,
            slug=one.slug,
            title=one.words,
            price=selected.price if selected else price,
            availability=selected.availability if selected else _together([each.availability for each in found]),
            options=chosen.options(self._state(one, sold, chosen)),
            selected=selected,
            variants=tuple(found) if len(found) <= self._settings.variants_limit else None,
            media=_first(self.media(one), selected),
            sku=next((each.sku for each in found if each.sku), None),
            kind="gift_card" if kind == "GIFT_CARD" else "physical" if shipped else "digital",
            description=markup(translated.description if translated and translated.description else one.description),
            brand=self._brand(one),
            attributes=self._attributes(one.attributes),
            breadcrumbs=_way(one.category),
            seo=seo(one),
            locale=place.spoken(bool(translated and translated.name)),
            updated=one.updated_at,
        )

    def _variant(self, place: Place, product: WireProduct, one: WireVariant, choices: Choices) -> Variant:
        options = choices.of(one)
        there = self.availability(one, product)
        pictures = {each.id for each in one.media or ()}
        shown = [each for each in product.media or () if each.id in pictures]
        return Variant(
            id=one.id,
            product_id=product.id,
            sku=one.sku or None,
            title=", ".join(option.value_name for option in options),
            options=options,
            price=variant_price(place, one),
            availability=there,
            quantity=QuantityRule(maximum=there.orderable) if there.orderable else QuantityRule(),
            media=tuple(
                msgspec.structs.replace(each, variant_ids=(one.id,))
                for each in self._pictures.gallery(shown, product.words)
            ),
        )

    def availability(self, one: WireVariant, product: WireProduct | None = None) -> Availability:
        """`quantityAvailable` is what one order may hold: the stock, or a limit that hides a larger one. So it is never
        told as a stock. A few are left only where the number is below the variant's own limit."""
        if product is not None and product.is_available_for_purchase is False:
            date = product.available_for_purchase_at
            return Availability(state="sold_out", date=date.date() if date else None)
        many = one.quantity_available
        if many is None:
            return Availability(state="unknown")
        if many <= 0:
            return Availability(state="sold_out", orderable=Decimal(0))
        if one.preorder is not None:
            end = one.preorder.end_date
            return Availability(state="preorder", orderable=Decimal(many), date=end.date() if end else None)
        limit = one.quantity_limit_per_customer
        few = many <= self._settings.low_stock and (limit is None or many < limit)
        return Availability(state="low_stock" if few else "in_stock", orderable=Decimal(many))

    def _state(self, product: WireProduct, sold: Sequence[WireVariant], choices: Choices) -> Mapping[str, bool]:
        return {one.id: self.availability(one, product).buyable for one in sold}

    def _attributes(self, found: Sequence[WireSelected]) -> tuple[Attribute, ...]:
        made = []
        for one in found:
            own = one.attribute
            if not own.slug or own.slug == self._settings.brand_attribute:
                continue
            if own.input_type in ("FILE", "RICH_TEXT", "BOOLEAN"):
                continue
            words = tuple(
                text
                for value in one.values
                if (text := (value.translation.plain_text if value.translation else None) or value.plain_text)
                or (text := value.words)
            )
            if words:
                made.append(Attribute(id=own.slug, name=own.words, values=words))
        return tuple(made)


class Choices:
    """What one chooses a variant by. Variants that no attribute tells apart are chosen by their names."""

    def __init__(self, place: Place, sold: Sequence[WireVariant], selection: Mapping[str, str]) -> None:
        self._sold = sold
        self._keys = {one.id: _keys(one) for one in sold}
        told = len({tuple(sorted(keys.items())) for keys in self._keys.values()}) == len(sold)
        self._by_name = len(sold) > 1 and not told
        self._word = _UNNAMED.get(place.locale.partition("-")[0], _UNNAMED["en"])
        if self._by_name:
            self._keys = {one.id: {UNNAMED: one.id} for one in sold}
        values: dict[str, set[str]] = {}
        for keys in self._keys.values():
            for option, value in keys.items():
                values.setdefault(option, set()).add(value)
        asked = {option: value for option, value in selection.items() if value in values.get(option, ())}
        self.chosen = {**{option: next(iter(own)) for option, own in values.items() if len(own) == 1}, **asked}
        self.selected = next((one for one in sold if self._keys[one.id] == self.chosen), None)

    def of(self, one: WireVariant) -> tuple[SelectedOption, ...]:
        if self._by_name:
            name = _own_name(one) or str(self._sold.index(one) + 1)
            return (SelectedOption(option=UNNAMED, value=one.id, option_name=self._word, value_name=name),)
        return selected_options(one)

    def options(self, buyable: Mapping[str, bool]) -> tuple[Option, ...]:
        names: dict[str, str] = {}
        values: dict[str, dict[str, SelectedOption]] = {}
        for one in self._sold:
            for each in self.of(one):
                names[each.option] = each.option_name
                values.setdefault(each.option, {})[each.value] = each
        colours = {} if self._by_name else _colours(self._sold)
        return tuple(
            Option(
                id=option,
                name=name,
                kind="swatch" if option in colours else "size" if option == "size" else "choice",
                values=tuple(
                    OptionValue(
                        id=id,
                        name=each.value_name,
                        state=self._state(option, id, buyable),
                        selected=self.chosen.get(option) == id,
                        swatch=colours.get(option, {}).get(id),
                    )
                    for id, each in values[option].items()
                ),
            )
            for option, name in names.items()
        )

    def _state(self, option: str, value: str, buyable: Mapping[str, bool]) -> ValueState:
        """Whether there is a variant with this value and the other options as chosen, and whether it can be had."""
        need = {**self.chosen, option: value}
        fitting = [id for id, keys in self._keys.items() if need.items() <= keys.items()]
        if not fitting:
            return "absent"
        return "available" if any(buyable[id] for id in fitting) else "sold_out"


def _keys(one: WireVariant) -> dict[str, str]:
    return {
        each.attribute.slug: each.values[0].slug
        for each in one.attributes
        if each.attribute.slug and each.values and each.values[0].slug
    }


def selected_options(one: WireVariant) -> tuple[SelectedOption, ...]:
    return tuple(
        SelectedOption(
            option=each.attribute.slug,
            value=each.values[0].slug,
            option_name=each.attribute.words,
            value_name=each.values[0].words,
        )
        for each in one.attributes
        if each.attribute.slug and each.values and each.values[0].slug
    )


def _own_name(one: WireVariant) -> str | None:
    """A variant's name; one that nobody named bears its id."""
    return one.name if one.name and one.name != one.id else one.sku or None


def _colours(sold: Sequence[WireVariant]) -> dict[str, dict[str, Swatch]]:
    found: dict[str, dict[str, Swatch]] = {}
    for one in sold:
        for each in one.attributes:
            value = each.values[0] if each.values else None
            if each.attribute.input_type == "SWATCH" and each.attribute.slug and value and value.slug and value.value:
                found.setdefault(each.attribute.slug, {})[value.slug] = Swatch(colour=value.value)
    return found


def _named(kind: str, one: WireValue | WireCategory) -> Link:
    return Link(kind=kind, id=one.id, slug=one.slug or "", title=one.words)  # type: ignore[arg-type]


def _way(one: WireCategory | None) -> tuple[Link, ...]:
    if one is None:
        return ()
    above = one.ancestors.nodes if one.ancestors else ()
    return tuple(_named("category", each) for each in (*above, one))


def seo(one: WireProduct | WireCategory) -> Seo:
    told = one.translation
    return Seo(
        title=(told.seo_title if told else None) or one.seo_title or None,
        description=(told.seo_description if told else None) or one.seo_description or None,
    )


def tax(place: Place) -> Tax:
    return "included" if place.gross else "excluded"


def _lower(place: Place, now: Money, before: WireTaxed | None) -> Money | None:
    """The earlier price, where it was higher."""
    was = place.shown(before) if before else None
    return was if was and was.amount > now.amount else None


def _ranged(place: Place, one: WireProduct) -> Price | None:
    told = one.pricing
    now = told.price_range if told else None
    if told is None or now is None or now.start is None or now.stop is None:
        return None
    low, high = place.shown(now.start), place.shown(now.stop)
    before, prior = told.price_range_undiscounted, told.price_range_prior
    earlier = _lower(place, low, before.start if before else None)
    if low == high:
        # Of a range it is not told whether the cheapest variant is among those that cost more before.
        earlier = _lower(place, low, prior.start if prior else None) or earlier
        return Price(amount=low, compare_at=earlier, tax=tax(place))
    return Price(amount=low, compare_at=earlier, from_=low, to=high, tax=tax(place))


def variant_price(place: Place, one: WireVariant) -> Price:
    assert one.pricing is not None
    assert one.pricing.price is not None
    now = place.shown(one.pricing.price)
    return Price(amount=now, compare_at=earlier_price(place, now, one.pricing), tax=tax(place))


def earlier_price(place: Place, now: Money, told: WireVariantPricing) -> Money | None:
    """What it cost before: the prior price where the shop says one, else the one without promotions."""
    return _lower(place, now, told.price_prior) or _lower(place, now, told.price_undiscounted)


def _together(found: Iterable[Availability]) -> Availability:
    """A product's: the best of its variants'."""
    order = ("in_stock", "low_stock", "preorder", "unknown", "sold_out")
    best = min(found, key=lambda one: order.index(one.state), default=Availability(state="unknown"))
    return Availability(state=best.state, date=best.date)


def _first(media: Sequence[Media], selected: Variant | None) -> tuple[Media, ...]:
    """The chosen variant's pictures before the others."""
    own = {each.image.url for each in selected.media} if selected else set()
    return tuple(sorted(media, key=lambda each: each.image.url not in own))
