"""What can be set for a Saleor backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec


class Payment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to pay without a provider's page. `name` by language.

    `gateway`: a payment gateway inside Saleor (`id` is its name there), such as the dummy one. `manual`: the order is paid
    outside (on account, on delivery); a transaction of the full amount is recorded as authorised, for which Saleor wants
    `app_token`. `unpaid`: nothing is recorded, and the channel allows unpaid orders."""

    how: Literal["gateway", "manual", "unpaid"]
    name: Mapping[str, str] = {}
    token: str = "portico"  # noqa: S105 - what a gateway without cards is given in place of a card


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: the GraphQL endpoint. A market's channel is its `backend.channel`, the channel's slug. `languages`: Saleor's
    language code for a locale, else the locale's first part; `language`: the one that untranslated texts are in.

    `brand_attribute`: the product attribute whose values are brands, "" for none. `facets`: the attributes offered, in this
    order; empty means all that Saleor marks as filterable. `low_stock`: from how many on few are left.

    `payments`: the ways to pay by their ids; without any there is no checkout. `app_token` belongs to an app that may
    handle payments and nothing else; it goes out with `manual` payments only. `account_url` is the page for a new password
    (`https://shop.example/en-gb/account/reset`), known to Saleor's allowed client hosts.

    `webhook_secret`: the webhooks' secret key where they have one; else signatures are checked with Saleor's public keys.
    `thumbnails`: Saleor makes pictures of any size. `variants_limit`: above it a product's variants are not listed one by
    one. `max_bytes` an answer may have."""

    url: str
    languages: Mapping[str, str] = {}
    language: str = "en"
    brand_attribute: str = "brand"
    facets: tuple[str, ...] = ()
    low_stock: Annotated[int, msgspec.Meta(ge=0)] = 3
    payments: Mapping[str, Payment] = {}
    app_token: str = ""
    account_url: str = ""
    webhook_secret: str = ""
    thumbnails: bool = True
    variants_limit: Annotated[int, msgspec.Meta(ge=1)] = 250
    max_bytes: Annotated[int, msgspec.Meta(ge=1_000)] = 8_000_000

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, …)"


def word(names: Mapping[str, str], language: str) -> str | None:
    """The name in a language, else the first there is."""
    return names.get(language) or next(iter(names.values()), None)
