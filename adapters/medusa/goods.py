"""Products as Medusa tells them, in the contract's shapes."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from bff.ports import (
    Attribute,
    Availability,
    AvailabilityState,
    Card,
    Html,
    Image,
    Link,
    Media,
    Option,
    OptionValue,
    PublicContext,
    QuantityRule,
    SelectedOption,
    Swatch,
    ValueState,
    Variant,
    VariantKey,
)

from . import wire
from .amounts import Shown, price, price_range, shown
from .settings import Settings, word

_VARIANT = ("variants.id", "variants.sku", "variants.manage_inventory", "variants.allow_backorder")
_OPTIONS = (
    "options.id",
    "options.title",
    "options.values.id",
    "options.values.value",
    "variants.options.id",
    "variants.options.value",
)
CARD = (
    "id", "handle", "title", "subtitle", "thumbnail", "external_id", "collection.id", "collection.title",
    "collection.handle", "images.id", "images.url", "images.rank", *_VARIANT, *_OPTIONS, "variants.inventory_quantity",
    "variants.calculated_price",
)  # fmt: skip
PAGE = (
    *CARD, "description", "metadata", "updated_at", "is_giftcard", "variants.title", "variants.barcode", "*categories",
    "*variants.images",
)  # fmt: skip
_Kind = Literal["swatch", "size", "choice"]
_UNLISTED = 250
"""More variants than this are not listed one by one; options tell their states all the same."""
_ORDER = ("in_stock", "low_stock", "backorder", "unknown", "sold_out")


def slug(text: str) -> str:
    """A word for addresses; empty where nothing of it can stand there."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _named(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Ids to words for addresses, the id itself where a word is empty or taken."""
    names: dict[str, str] = {}
    for id, text in pairs:
        name = slug(text)
        names[id] = name if name and name not in names.values() else id
    return names


class Sold(NamedTuple):
    """A variant that is sold in the market."""

    wire: wire.Variant
    shown: Shown
    values: frozenset[str]


class Goods:
    """A product in one market. `sold` is empty where it is not sold there."""

    def __init__(self, product: wire.Product, ctx: PublicContext, settings: Settings) -> None:
        self.wire, self.ctx, self.settings = product, ctx, settings
        self._options = [] if _single(product) else [option for option in product.options or [] if option.values]
        self._option_names = _named([(option.id, option.title) for option in self._options])
        self._value_names = {
            option.id: _named([(value.id, value.value) for value in option.values or []]) for option in self._options
        }
        order = [value.id for option in self._options for value in option.values or []]
        self.sold = [
            Sold(variant, found, frozenset(value.id for value in variant.options or []))
            for variant in product.variants or []
            if (found := shown(variant.calculated_price, ctx.market))
        ]
        # The store API does not tell a variant's rank: the order of the options' values is what there is.
        self.sold.sort(key=lambda one: [order.index(id) for id in order if id in one.values])

    def variant(self, id: str | None) -> Variant | None:
        found = next((one for one in self.sold if one.wire.id == id), None)
        return None if found is None else self._variant(found)

    def amount(self, id: str | None) -> Decimal | None:
        """What Medusa charges for a variant, as it stands in a cart's line."""
        found = next((one for one in self.sold if one.wire.id == id), None)
        return found.wire.calculated_price.calculated_amount if found and found.wire.calculated_price else None

    def variants(self) -> tuple[Variant, ...] | None:
        if len(self.sold) > _UNLISTED:
            return None
        return tuple(self._variant(one) for one in self.sold)

    def card(self) -> Card | None:
        if not self.sold:
            return None
        product, only = self.wire, self.sold[0] if len(self.sold) == 1 else None
        swatches = next((option.values for option in self.options({}) if option.kind == "swatch"), ())
        return Card(
            id=product.id,
            slug=product.handle,
            title=product.title,
            price=price_range([one.shown for one in self.sold], self.ctx.market),
            availability=self.availability(),
            media=self.media()[:4],
            sku=product.external_id,
            summary=product.subtitle or None,
            brand=product.collection.title if self.settings.brands == "collections" and product.collection else None,
            swatches=swatches,
            choices=len(self.sold),
            variant=VariantKey(id=only.wire.id, product_id=product.id, sku=only.wire.sku) if only else None,
        )

    def availability(self) -> Availability:
        """The best there is over all variants."""
        states = [stock(one.wire, self.settings).state for one in self.sold]
        return Availability(state=min(states, key=_ORDER.index, default="sold_out"))

    def chosen(self, selection: Mapping[str, str]) -> dict[str, str]:
        """A selection in Medusa's ids; what is unknown is left out."""
        found: dict[str, str] = {}
        for option in self._options:
            wanted = selection.get(self._option_names[option.id])
            for id, name in self._value_names[option.id].items():
                if name == wanted:
                    found[option.id] = id
        return found

    def selected(self, selection: Mapping[str, str]) -> Variant | None:
        """The variant the selection names; without options, the only one."""
        wanted = frozenset(self.chosen(selection).values())
        if len(wanted) < len(self._options):
            return None
        found = next((one for one in self.sold if wanted <= one.values), None)
        return None if found is None else self._variant(found)

    def options(self, selection: Mapping[str, str]) -> tuple[Option, ...]:
        chosen, made = self.chosen(selection), list[Option]()
        for option in self._options:
            others = frozenset(value for id, value in chosen.items() if id != option.id)
            values = tuple(
                OptionValue(
                    id=self._value_names[option.id][value.id],
                    name=value.value,
                    state=self._state(others | {value.id}),
                    selected=chosen.get(option.id) == value.id,
                    swatch=self._swatch(value.value),
                )
                for value in option.values or []
                if any(value.id in one.values for one in self.sold)
            )
            if values:
                coloured = all(value.swatch for value in values)
                name = self._option_names[option.id]
                kind: _Kind = "swatch" if coloured else "size" if name == "size" else "choice"
                made.append(Option(id=name, name=option.title, values=values, kind=kind))
        return tuple(made)

    def _state(self, values: frozenset[str]) -> ValueState:
        found = [one for one in self.sold if values <= one.values]
        if not found:
            return "absent"
        return "available" if any(stock(one.wire, self.settings).buyable for one in found) else "sold_out"

    def _swatch(self, value: str) -> Swatch | None:
        colour = self.settings.swatches.get(value.lower())
        return Swatch(colour=colour) if colour else None

    def media(self) -> tuple[Media, ...]:
        pictures = sorted(self.wire.images or [], key=lambda one: (one.rank is None, one.rank or 0))
        shows: dict[str, list[str]] = {}
        for variant in self.wire.variants or []:
            for picture in variant.images or []:
                shows.setdefault(picture.id, []).append(variant.id)
        found = [
            Media(image=Image(url=one.url, alt=self.wire.title), variant_ids=tuple(shows.get(one.id, ())))
            for one in pictures
        ]
        if not found and self.wire.thumbnail:
            found = [Media(image=Image(url=self.wire.thumbnail, alt=self.wire.title))]
        return tuple(found)

    def _variant(self, one: Sold) -> Variant:
        options = self._selected_options(one.values)
        pictures = {picture.id for picture in one.wire.images or []}
        there = stock(one.wire, self.settings)
        return Variant(
            id=one.wire.id,
            product_id=self.wire.id,
            sku=one.wire.sku,
            title=", ".join(option.value_name for option in options),
            options=options,
            price=price(one.shown, self.ctx.market),
            availability=there,
            quantity=QuantityRule(maximum=there.orderable) if there.orderable else QuantityRule(),
            media=tuple(media for media in self.media() if one.wire.id in media.variant_ids) if pictures else (),
            barcode=one.wire.barcode,
        )

    def _selected_options(self, values: frozenset[str]) -> tuple[SelectedOption, ...]:
        return tuple(
            SelectedOption(
                option=self._option_names[option.id],
                value=self._value_names[option.id][value.id],
                option_name=option.title,
                value_name=value.value,
            )
            for option in self._options
            for value in option.values or []
            if value.id in values
        )

    def attributes(self) -> tuple[Attribute, ...]:
        """The facts of the product's metadata that the settings name."""
        made: list[Attribute] = []
        for key, names in self.settings.attributes.items():
            value = (self.wire.metadata or {}).get(key)
            values = tuple(
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one
            )
            if values:
                made.append(Attribute(id=key, name=word(names, self.ctx.language) or key, values=values))
        return tuple(made)

    def brand(self) -> Link | None:
        found = self.wire.collection
        if self.settings.brands != "collections" or found is None:
            return None
        return Link(kind="brand", id=found.id, slug=found.handle, title=found.title)


def _single(product: wire.Product) -> bool:
    """Medusa gives a product without options one of its own: "Default option" with one value."""
    options, variants = product.options or [], product.variants or []
    one = len(options) == 1 and len(options[0].values or []) == 1 and len(variants) == 1
    return one and options[0].title.lower().startswith("default")


def stock(variant: wire.Variant, settings: Settings) -> Availability:
    """What is left to sell, reservations taken off: a true stock. What is not managed is always there."""
    if variant.manage_inventory is False:
        return Availability(state="in_stock")
    if variant.inventory_quantity is None:
        return Availability(state="unknown")
    left = max(0, int(variant.inventory_quantity))
    if left == 0:
        return Availability(state="backorder" if variant.allow_backorder else "sold_out", quantity=0)
    orderable = None if variant.allow_backorder else Decimal(left)
    state: AvailabilityState = "low_stock" if left <= settings.low_stock and not variant.allow_backorder else "in_stock"
    return Availability(state=state, quantity=left, orderable=orderable)


def described(text: str | None, settings: Settings) -> Html | None:
    """A description: markup where the shop writes markup, else its paragraphs."""
    if not text or not text.strip():
        return None
    if settings.html:
        return Html(text)
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
    return Html("".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part))
