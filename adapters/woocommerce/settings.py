"""What can be set for a WooCommerce backend: `[backends.NAME.settings]` in `portico.toml`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bff.ports import Tax

Words = Mapping[str, str]
"""A text by language (`en`, `de`); the first one serves languages that are not named."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: the WordPress site's root. `tax`: how the shop displays prices (its tax settings, the same for shop and
    cart); WooCommerce does not tell. `language`: the one texts are written in.

    `payments`: ids of payment methods that need no page of a provider (`bacs`, `cod`, `cheque`), with the name the
    shopper reads; without any there is no checkout. `countries`: where the shop ships to, the markets' own unless said.
    `swatches`: values of attributes that are colours, by their slug, with their hex colour. `webhook_secret`: the one
    entered for the shop's webhooks; without it nothing is pushed.
    """

    url: str
    tax: Tax = "unknown"
    language: str = "en"
    payments: Mapping[str, Words] = {}
    countries: tuple[str, ...] = ()
    swatches: Mapping[str, str] = {}
    webhook_secret: str | None = None

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, …)"


def word(words: Words, language: str) -> str | None:
    """The text in a language, else the first there is."""
    return words.get(language) or next(iter(words.values()), None)
