"""Amounts, dates and numbers in a locale's own form (CLDR, by Babel)."""

from __future__ import annotations

import datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, get_day_names
from babel.numbers import format_currency, format_decimal, format_percent
from cachetools import LRUCache
from markupsafe import Markup

from bff.ports import Money

KEPT = 20_000
MAX_MAGNITUDE = 20
LARGEST: int = 10**MAX_MAGNITUDE
"""Powers of ten beyond which a number is written in scientific notation."""


class Formats:
    """The formats of one locale. Money is isolated for bidirectional text (`<bdi>`)."""

    def __init__(self, locale: str) -> None:
        self.locale = Locale.parse(locale, sep="-")
        self._money: LRUCache[tuple[Decimal, str], Markup] = LRUCache(KEPT)
        self._stars: LRUCache[Decimal, str] = LRUCache(KEPT)
        self._numbers: LRUCache[int | Decimal, str] = LRUCache(KEPT)
        self._days = get_day_names("wide", locale=self.locale)

    def money_text(self, money: Money) -> str:
        """As plain text, for titles and alternatives."""
        return format_currency(money.amount, money.currency, locale=self.locale, decimal_quantization=True)

    def money(self, money: Money) -> Markup:
        key = (money.amount, money.currency)
        found = self._money.get(key)
        if found is None:
            found = self._money[key] = Markup("<bdi>{}</bdi>").format(self.money_text(money))
        return found

    def amount(self, value: Decimal, currency: str | None) -> Markup | str:
        """A bare amount: as money where it has a currency."""
        if currency is None or not sane(value):
            return self.number(value)
        return Markup("<bdi>{}</bdi>").format(format_currency(value, currency, locale=self.locale))

    def number(self, value: int | Decimal) -> str:
        if not sane(value):
            return f"{value:.2E}" if isinstance(value, Decimal) else "∞"
        found = self._numbers.get(value)
        if found is None:
            plain = value.normalize() if isinstance(value, Decimal) else value
            found = self._numbers[value] = format_decimal(plain, locale=self.locale)
        return found

    def percent(self, value: int) -> str:
        """`value` in whole per cent."""
        return format_percent(Decimal(value) / 100, locale=self.locale)

    def stars(self, value: Decimal) -> str:
        """One decimal place: 4.3."""
        if not sane(value):
            return f"{value:.2E}"
        found = self._stars.get(value)
        if found is None:
            found = self._stars[value] = format_decimal(value, format="0.0", locale=self.locale)
        return found

    def date(self, value: datetime.date) -> str:
        return format_date(value, "long", locale=self.locale)

    def date_short(self, value: datetime.date) -> str:
        """Day and month: 3 Dec."""
        skeleton = "d MMM" if self.locale.language != "de" else "d. MMM"
        return format_date(value, skeleton, locale=self.locale)

    def inside(self, name: str) -> str:
        """The name of a thing within a sentence: English writes it small, unless it is an abbreviation."""
        if self.locale.language != "en" or name[1:2].isupper():
            return name
        return name[:1].lower() + name[1:]

    def weekday(self, day: int) -> str:
        """0 is Monday."""
        return str(self._days[day])

    def country_name(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))

    def language_name(self, code: str) -> str:
        return str(self.locale.languages.get(code, code))


def sane(value: int | Decimal) -> bool:
    """Whether a number may be written out in full. A backend may send `1E+999999999`, whose digits would fill the memory."""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) <= MAX_MAGNITUDE
    return abs(value) < LARGEST


def text_direction(locale: str) -> str:
    return str(Locale.parse(locale, sep="-").text_direction)


def own_names(locale: str, country: str) -> tuple[str, str]:
    """A country's and a language's name in the locale's own words."""
    parsed = Locale.parse(locale, sep="-")
    language = str(parsed.languages.get(parsed.language, parsed.language))
    return str(parsed.territories.get(country, country)), language[:1].upper() + language[1:]
