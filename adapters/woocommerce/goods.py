"""Products as WooCommerce tells them, in the contract's shapes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from bff.ports import (
    Attribute,
    Availability,
    Card,
    Image,
    Link,
    Media,
    Option,
    OptionValue,
    Price,
    QuantityRule,
    Rating,
    SelectedOption,
    Swatch,
    ValueState,
    Variant,
    VariantKey,
)

from . import wire
from .amounts import price
from .settings import Settings
from .texts import plain, slug, unmarked, word

CARD = (
    "id", "name", "slug", "parent", "type", "sku", "short_description", "prices", "average_rating", "review_count",
    "images", "brands", "attributes", "variations", "is_purchasable", "is_in_stock", "is_on_backorder",
    "low_stock_remaining", "add_to_cart",
)  # fmt: skip
PAGE = (*CARD, "description", "categories")
VARIATION = (
    "id", "name", "slug", "parent", "type", "sku", "prices", "images", "is_purchasable", "is_in_stock",
    "is_on_backorder", "low_stock_remaining", "add_to_cart",
)  # fmt: skip
NO_LIMIT = 9999
"""What WooCommerce answers as the most one may order where nothing limits it."""
_UNLISTED = 250
"""More variants than this are not listed one by one; options tell their states all the same."""
_COMBINED = 1_000
_ENOUGH = 1_920
"""Pixels across that a picture is shown in at most."""
_READY = re.compile(r"(https?://\S+) (\d{2,5})w")
_NOT_SOLD = ("grouped", "external")
_Kind = Literal["swatch", "size", "choice"]


def sold(product: wire.Product) -> bool:
    """Whether it can be bought here. What has no price yet looks free (its price is "0"); a group or a link to another
    shop is no goods."""
    return product.is_purchasable and product.type not in _NOT_SOLD and bool(product.prices.price)


def stock(one: wire.Product) -> Availability:
    """The maximum is a stock only by chance (9999, or 1 where it is sold singly; 9999 even for what is sold out), so it
    is what can be ordered and no quantity. What is left is told when it is little."""
    if not one.is_in_stock:
        return Availability(state="sold_out")
    if one.is_on_backorder:
        return Availability(state="backorder")
    left, most = one.low_stock_remaining or 0, one.add_to_cart.maximum
    return Availability(
        state="low_stock" if left > 0 else "in_stock",
        quantity=left if left > 0 else None,
        orderable=Decimal(most) if most < NO_LIMIT else None,
    )


def rule(limits: wire.AddToCart) -> QuantityRule:
    return QuantityRule(
        minimum=Decimal(max(1, limits.minimum)),
        maximum=Decimal(limits.maximum) if limits.maximum < NO_LIMIT else None,
        step=Decimal(max(1, limits.multiple_of)),
    )


def image(picture: wire.Picture) -> Image:
    """An empty text is one that nobody wrote. The ready sizes have their heights in their names, so no template fits; the
    smallest that is large enough stands for the original, which may be a camera's."""
    ready = sorted((int(width), url) for url, width in _READY.findall(picture.srcset or ""))
    url = next((url for width, url in ready if width >= _ENOUGH), picture.src)
    return Image(url=url, alt=plain(picture.alt) or None if picture.alt else None)


def card(product: wire.Product, settings: Settings) -> Card | None:
    """A product as listings show it; None where it is not sold."""
    if not sold(product):
        return None
    variable = product.type == "variable"
    variations = product.variations
    any_value = any(value.value is None or value.value == "" for one in variations for value in one.attributes)
    only = str(product.id) if not variable else str(variations[0].id) if len(variations) == 1 else None
    goods = Goods(product, (), settings) if variable else None
    swatches = next((o.values for o in goods.options({}) if o.kind == "swatch"), ()) if goods else ()
    return Card(
        id=str(product.id),
        slug=slug(product.slug),
        title=plain(product.name),
        price=price(product.prices, settings.tax),
        availability=stock(product),
        media=tuple(Media(image=image(one)) for one in product.images[:4]),
        sku=product.sku or None,
        summary=unmarked(product.short_description),
        brand=plain(product.brands[0].name) if product.brands else None,
        rating=_rating(product),
        swatches=swatches,
        choices=None if any_value else len(variations) if variable else 1,
        variant=VariantKey(id=only, product_id=str(product.id), sku=None if variable else product.sku or None)
        if only and not any_value
        else None,
    )


def _rating(product: wire.Product) -> Rating | None:
    try:
        average = Decimal(product.average_rating)
    except InvalidOperation:
        return None
    return Rating(average=average, count=product.review_count) if product.review_count > 0 else None


def bought(id: str) -> tuple[int, list[dict[str, str]]] | None:
    """What to put into a cart for a variant's id: the product's id and the values that its variation leaves open."""
    number, _, values = id.partition("?")
    if not (number.isascii() and number.isdecimal() and len(number) <= 18 and len(id) <= 500):
        return None
    return int(number), [{"attribute": name, "value": value} for name, value in parse_qsl(values)]


class Choice(NamedTuple):
    """An attribute that makes variations: ids for addresses, words, and what WooCommerce calls the values."""

    id: str
    name: str
    attribute: str
    values: tuple[tuple[str, str, str], ...]
    """Each value's id, its name, and WooCommerce's word for it."""


class Sold(NamedTuple):
    """A variant: a variation with one value of each attribute."""

    id: str
    wire: wire.Product
    values: tuple[str, ...]


class Goods:
    """A product with its variations. A variation may leave a value open ("any size"): then it is a variant for each."""

    def __init__(self, product: wire.Product, variations: Sequence[wire.Product], settings: Settings) -> None:
        self.wire, self._settings = product, settings
        self.choices = _choices(product) if product.type == "variable" else ()
        self.variants = self._variants(variations)

    def _variants(self, variations: Sequence[wire.Product]) -> list[Sold]:
        if self.wire.type != "variable":
            return [Sold(str(self.wire.id), self.wire, ())]
        known = {one.id: one for one in variations if one.is_purchasable}
        made: dict[tuple[str, ...], Sold] = {}
        # Those that leave nothing open win over those that do, as in WooCommerce.
        for each in sorted(self.wire.variations, key=lambda one: any(not value.value for value in one.attributes)):
            found, named = known.get(each.id), {value.name: value.value for value in each.attributes}
            if found is None:
                continue
            ways = [_values(choice, named.get(choice.name)) for choice in self.choices]
            open_ = [n for n, choice in enumerate(self.choices) if not named.get(choice.name)]
            for values in itertools.islice(itertools.product(*ways), _COMBINED):
                left = sorted((self.choices[n].attribute, values[n][2]) for n in open_)
                id = f"{each.id}?{urlencode(left)}" if left else str(each.id)
                key = tuple(value[0] for value in values)
                made.setdefault(key, Sold(id, found, key))
        order = [[value[0] for value in choice.values] for choice in self.choices]
        return sorted(made.values(), key=lambda one: [ids.index(v) for ids, v in zip(order, one.values, strict=True)])

    def chosen(self, selection: Mapping[str, str]) -> dict[int, str]:
        """A selection by the choices' places; what is unknown is left out."""
        return {
            n: wanted
            for n, choice in enumerate(self.choices)
            if (wanted := selection.get(choice.id)) and any(wanted == value[0] for value in choice.values)
        }

    def selected(self, selection: Mapping[str, str]) -> Variant | None:
        chosen = self.chosen(selection)
        if len(chosen) < len(self.choices):
            return None
        found = next((one for one in self.variants if _fits(one, chosen)), None)
        return self.variant(found) if found else None

    def listed(self) -> tuple[Variant, ...] | None:
        if len(self.variants) > _UNLISTED:
            return None
        return tuple(self.variant(one) for one in self.variants)

    def options(self, selection: Mapping[str, str]) -> tuple[Option, ...]:
        chosen, made = self.chosen(selection), list[Option]()
        for n, choice in enumerate(self.choices):
            others = {place: value for place, value in chosen.items() if place != n}
            values = tuple(
                OptionValue(
                    id=id,
                    name=name,
                    state=self._state({**others, n: id}),
                    selected=chosen.get(n) == id,
                    swatch=Swatch(colour=colour) if (colour := self._settings.swatches.get(id)) else None,
                )
                for id, name, _ in choice.values
            )
            kind: _Kind = "swatch" if all(value.swatch for value in values) else "choice"
            made.append(
                Option(id=choice.id, name=choice.name, values=values, kind="size" if choice.id == "size" else kind)
            )
        return tuple(made)

    def _state(self, chosen: Mapping[int, str]) -> ValueState:
        found = [one for one in self.variants if _fits(one, chosen)]
        if not found:
            return "absent" if self.variants else "unknown"
        return "available" if any(stock(one.wire).buyable for one in found) else "sold_out"

    def variant(self, one: Sold) -> Variant:
        options = tuple(
            SelectedOption(option=choice.id, value=id, option_name=choice.name, value_name=_name(choice, id))
            for choice, id in zip(self.choices, one.values, strict=True)
        )
        return Variant(
            id=one.id,
            product_id=str(self.wire.id),
            sku=one.wire.sku or None,
            title=", ".join(option.value_name for option in options),
            options=options,
            price=price(one.wire.prices, self._settings.tax),
            availability=stock(one.wire),
            quantity=rule(one.wire.add_to_cart),
            media=tuple(media for media in self.media() if one.id in media.variant_ids),
        )

    def price(self) -> Price:
        """The product's, which is its cheapest variant's, with the ends where they differ."""
        found = [price(one.wire.prices, self._settings.tax) for one in self.variants]
        if not found:
            return price(self.wire.prices, self._settings.tax)
        low = min(found, key=lambda one: one.amount.amount)
        high = max(found, key=lambda one: one.amount.amount).amount
        if low.amount == high:
            return low
        return Price(amount=low.amount, from_=low.amount, to=high, tax=low.tax)

    def media(self) -> tuple[Media, ...]:
        """The product's pictures, then those of variations alone. A variation without one of its own shows the
        product's first, which says nothing."""
        shows: dict[str, list[str]] = {}
        for one in self.variants if self.choices else ():
            for picture in one.wire.images[:1]:
                shows.setdefault(picture.src, []).append(one.id)
        first = self.wire.images[0].src if self.wire.images else None
        own = {picture.src: picture for one in self.variants for picture in one.wire.images}
        all_ = {picture.src: picture for picture in self.wire.images} | own
        return tuple(
            Media(image=image(picture), variant_ids=() if src == first else tuple(shows.get(src, ())))
            for src, picture in all_.items()
        )

    def attributes(self) -> tuple[Attribute, ...]:
        """Facts: attributes that make no variations."""
        return tuple(
            Attribute(
                id=(one.taxonomy or "").removeprefix("pa_") or word(plain(one.name)) or f"fact-{n}",
                name=plain(one.name),
                values=tuple(plain(term.name) for term in one.terms),
            )
            for n, one in enumerate(self.wire.attributes)
            if not one.has_variations and one.terms
        )

    def brand(self) -> Link | None:
        found = next(iter(self.wire.brands), None)
        if found is None:
            return None
        return Link(kind="brand", id=str(found.id), slug=slug(found.slug), title=plain(found.name))

    def rating(self) -> Rating | None:
        return _rating(self.wire)


def _choices(product: wire.Product) -> tuple[Choice, ...]:
    made: list[Choice] = []
    for n, one in enumerate(each for each in product.attributes if each.has_variations and each.terms):
        id = (one.taxonomy or "").removeprefix("pa_") or word(plain(one.name)) or f"option-{n}"
        id = f"{id}-{n}" if any(id == other.id for other in made) else id
        values: list[tuple[str, str, str]] = []
        for at, term in enumerate(one.terms):
            name = slug(term.slug) if one.taxonomy else word(plain(term.name)) or f"value-{at}"
            name = f"{name}-{at}" if any(name == value[0] for value in values) else name
            values.append((name, plain(term.name), term.slug))
        made.append(Choice(id, plain(one.name), one.taxonomy or one.name, tuple(values)))
    return tuple(made)


def _values(choice: Choice, wanted: str | None) -> list[tuple[str, str, str]]:
    """The values a variation stands for: the one that it names, or all."""
    if not wanted:
        return list(choice.values)
    # A value of a product's own attribute is told as its name, in an order's or an old entry's spelling.
    return [v for v in choice.values if wanted in (v[2], v[1]) or plain(wanted).lower() in (v[0], v[1].lower())][:1]


def _name(choice: Choice, id: str) -> str:
    return next((name for value, name, _ in choice.values if value == id), id)


def _fits(one: Sold, chosen: Mapping[int, str]) -> bool:
    return all(one.values[n] == value for n, value in chosen.items())
