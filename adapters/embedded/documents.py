"""The JSON documents in the database's columns: one struct each, decoded straight from the row.

`Text` is words by language. `Amounts` is decimal text by price list (in the demo a list is named as its currency).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

Text = dict[str, str]
Amounts = dict[str, Decimal]


class PictureDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture: a drawn `scene`, a drawn `product` in an `ink`, or an address (`url`) an import brought."""

    scene: str | None = None
    product: str | None = None
    ink: str | None = None
    url: str | None = None
    alt: Text = {}
    width: int | None = None
    height: int | None = None


class MediaDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture by address. `choice` (option id to value id) names the variants it shows; empty: all."""

    url: str
    alt: Text = {}
    width: int | None = None
    height: int | None = None
    choice: dict[str, str] = {}


class DrawingDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The product is drawn by the project, in `ink` where no option says another; `alt` says what is seen."""

    ink: str
    alt: Text = {}


class AttributeDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`values` are ids of `attribute_value`; or `text`, free words (the language "" serves all)."""

    id: str
    values: tuple[str, ...] = ()
    text: Text = {}


class ChoiceDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: Text
    price: Amounts = {}


class InputDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the shopper types; limits mean characters for `text`, values for `number` and `amount`."""

    id: str
    kind: str
    label: Text
    hint: Text = {}
    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[ChoiceDoc, ...] = ()
    price: Amounts = {}


class PlanDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`percent` comes off the price of each delivery."""

    id: str
    name: Text
    every: str
    percent: Decimal = Decimal(0)
    required: bool = False
    description: Text = {}


class ComponentDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    sku: str
    quantity: Decimal = Decimal(1)


class TierDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    minimum: int
    percent: Decimal


class MeasureDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The price is for `amount` `unit`; unit prices are given per `reference`."""

    amount: Decimal
    unit: str
    reference: Decimal


class QuantityDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)


class SeoDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    title: Text = {}
    description: Text = {}


class CardDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a product's document that a card needs; decoding it skips the rest."""

    options: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = {}
    drawing: DrawingDoc | None = None
    media: tuple[MediaDoc, ...] = ()
    inputs: tuple[InputDoc, ...] = ()
    plans: tuple[PlanDoc, ...] = ()
    tiers: tuple[TierDoc, ...] = ()
    measure: MeasureDoc | None = None
    quantity: QuantityDoc = QuantityDoc()


class ProductDoc(CardDoc, frozen=True, kw_only=True, omit_defaults=True):
    """`product.doc`. `options` and their `values` in the order shown; variants say which combinations exist.
    `related` are product ids."""

    attributes: tuple[AttributeDoc, ...] = ()
    components: tuple[ComponentDoc, ...] = ()
    related: tuple[str, ...] = ()
    seo: SeoDoc = SeoDoc()


class BlockDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A block of a body: HTML, or a picture with its caption, or products."""

    html: str | None = None
    picture: PictureDoc | None = None
    products: tuple[str, ...] = ()


class MenuItemDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`to` is `kind:id`, the name of a page of the head (`stores`, `journal`), or an address."""

    to: str | None = None
    label: Text = {}
    items: tuple[MenuItemDoc, ...] = ()


class MenuDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    items: tuple[MenuItemDoc, ...]
    name: Text = {}


class SlotDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    title: Text = {}
    lead: Text = {}
    drawing: str | None = None
    portrait: str | None = None
    alt: Text = {}
    to: str | None = None
    label: Text = {}
    products: tuple[str, ...] = ()


class ShopDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shop one can visit. `hours` by weekday (`mon` …): spans `10:00-18:30`, none where closed."""

    id: str
    name: Text
    address: tuple[str, ...]
    city: Text
    country: str
    postcode: str = ""
    lat: Decimal | None = None
    lon: Decimal | None = None
    phone: str | None = None
    email: str | None = None
    hours: dict[str, tuple[str, ...]] = {}
    services: tuple[Text, ...] = ()
    note: Text = {}


class DeliveryOptionDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    kind: str
    price: Decimal
    days: dict[str, int]
    name: Text
    free_from: Decimal | None = None


class DeliveryDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes to one country; `days` are working days from the order."""

    currency: str
    options: tuple[DeliveryOptionDoc, ...]
    cutoff: str | None = None


_card = msgspec.json.Decoder(CardDoc)
_product = msgspec.json.Decoder(ProductDoc)


def card(doc: str) -> CardDoc:
    return _card.decode(doc)


def product(doc: str) -> ProductDoc:
    return _product.decode(doc)


def dumps(value: Any) -> str:
    """A document as its column holds it; decimals become text."""
    return msgspec.json.encode(value).decode()
