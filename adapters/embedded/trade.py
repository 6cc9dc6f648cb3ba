"""What the shop has decided about buying (`demo/trade.toml`, settings `promotion`, `payment`, `checkout`, `tax`), and what a
cart's checkout has been told so far."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from bff.ports import Address, Contact

from .documents import Text
from .reading import Reading

T = TypeVar("T")


class PromotionDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotion by its code. `percent` and `amount` (by currency) come off what it is for: the `categories` and
    `products` named, everything but gift cards where none is. `gift` is the SKU of a present. `minimum` is of the goods, by
    currency. `uses` in all; `once` for each customer or e-mail address; `alone`: no other promotion beside it."""

    name: Text
    percent: Decimal | None = None
    amount: dict[str, Decimal] = {}
    free_shipping: bool = False
    gift: str | None = None
    minimum: dict[str, Decimal] = {}
    categories: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    starts: datetime.date | None = None
    ends: datetime.date | None = None
    uses: int | None = None
    once: bool = False
    sign_in: bool = False
    alone: bool = False


class MethodDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to pay. `fee` and `limit` (the highest total) by currency; `goods`: something must be delivered to a door.
    `told` is what an order calls it; without it, the name. `on_delivery`: the money comes with the parcel; other offline
    ways wait for it, sent to the `recipient`'s `account` (by currency), of which there is what a payer types."""

    name: Text
    kind: Literal["offline", "redirect", "frame"]
    description: Text = {}
    fee: dict[str, Decimal] = {}
    limit: dict[str, Decimal] = {}
    currencies: tuple[str, ...] = ()
    goods: bool = False
    on_delivery: bool = False
    told: Text = {}
    recipient: Text = {}
    account: dict[str, dict[Literal["iban", "routing", "account"], str]] = {}

    @property
    def waits(self) -> bool:
        """Nothing is sent before the money has come."""
        return self.kind == "offline" and not self.on_delivery


class DownloadDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that comes with a product once it is paid, by its address."""

    name: Text
    url: str


class AskedDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A consent or a field a market asks for. `goods`: only where something is delivered."""

    id: str
    label: Text
    required: bool = True
    goods: bool = False


class MarketDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the checkout of a country asks for besides the usual."""

    consents: tuple[AskedDoc, ...] = ()
    fields: tuple[AskedDoc, ...] = ()


class StateDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    rate: Decimal


class ReducedDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rate: Decimal
    categories: tuple[str, ...]


class TaxDoc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A country's tax, in percent. `at_checkout`: by the state it goes to (`states`), not known before. `home` is the state
    of what is collected in the shop."""

    rate: Decimal = Decimal(0)
    included: bool = True
    at_checkout: bool = False
    reduced: ReducedDoc | None = None
    home: str | None = None
    states: dict[str, StateDoc] = {}


class Choice(msgspec.Struct, frozen=True, array_like=True):
    """A shipping option chosen for a group, and what it cost then."""

    option: str
    price: Decimal


class CheckoutDoc(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`cart.checkout`. `seen` is total and amount due when the way to pay was chosen."""

    contact: Contact | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    billing_same: bool = True
    consents: dict[str, bool] = {}
    fields: dict[str, str] = {}
    choices: dict[str, Choice] = {}
    method: str | None = None
    seen: tuple[Decimal, Decimal] | None = None


class Needs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`orders.needs`: what an order takes when it is placed and gives back when it fails. Pieces by variant, amounts by
    gift card, promotions by code."""

    stock: dict[str, Decimal] = {}
    cards: dict[str, Decimal] = {}
    promotions: tuple[str, ...] = ()


_checkout = msgspec.json.Decoder(CheckoutDoc)


def checkout_doc(column: str) -> CheckoutDoc:
    return _checkout.decode(column)


def setting(r: Reading, key: str, of: type[T]) -> dict[str, T]:
    """A table of the shop's settings, by name."""
    return r.remembered(("setting", key), lambda: _setting(r, key, of))


def _setting(r: Reading, key: str, of: type[T]) -> dict[str, T]:
    row = r.connection.execute("SELECT doc FROM setting WHERE key = ?", (key,)).fetchone()
    kind: Any = dict[str, of]  # type: ignore[valid-type]
    found: dict[str, T] = msgspec.json.decode(row[0], type=kind, strict=False) if row else {}
    return found


def promotions(r: Reading) -> dict[str, PromotionDoc]:
    return setting(r, "promotion", PromotionDoc)


def methods(r: Reading) -> dict[str, MethodDoc]:
    return setting(r, "payment", MethodDoc)


def downloads(r: Reading, product: str | None) -> tuple[tuple[str, str], ...]:
    """The files that come with a product: names and addresses."""
    found: tuple[DownloadDoc, ...] = setting(r, "download", tuple[DownloadDoc, ...]).get(product or "", ())
    return tuple((r.text(one.name), one.url) for one in found)


def asked(r: Reading) -> MarketDoc:
    return setting(r, "checkout", MarketDoc).get(r.market.country, MarketDoc())


def taxes(r: Reading, country: str) -> TaxDoc:
    """The tax of goods that go to a country."""
    found = setting(r, "tax", TaxDoc)
    fallback = TaxDoc(included=r.market.tax == "included")
    return found.get(country) or found.get(r.market.country) or fallback


SETTINGS: dict[str, Any] = {
    "promotion": PromotionDoc,
    "payment": MethodDoc,
    "checkout": MarketDoc,
    "tax": TaxDoc,
    "download": tuple[DownloadDoc, ...],
}
"""The settings' types, for checking them when they are loaded."""
