"""Postal addresses between Saleor's words and the contract's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bff.ports import Address, InvalidInput

from .wire_checkout import WireAddress, WireError

_FIELDS = {
    "firstName": "first_name", "lastName": "last_name", "companyName": "company", "streetAddress1": "line1",
    "streetAddress2": "line2", "city": "city", "cityArea": "line2", "postalCode": "postcode", "country": "country",
    "countryArea": "region", "phone": "phone",
}  # fmt: skip
CITY = "portico.city"
"""The key of what the shopper typed, in an address's metadata."""


def read(one: WireAddress | None) -> Address | None:
    """Saleor writes cities in the capitals that a country's post asks for. As it was typed, the city is beside them."""
    if one is None:
        return None
    typed = one.typed if one.typed and one.typed.casefold() == one.city.casefold() else one.city
    return Address(
        id=one.id or None,
        country=one.country.code,
        first_name=one.first_name or None,
        last_name=one.last_name or None,
        company=one.company_name or None,
        line1=one.street_address1 or None,
        line2=one.street_address2 or None,
        city=typed or None,
        postcode=one.postal_code or None,
        region=one.country_area or None,
        phone=one.phone or None,
    )


def written(address: Address, *, phone: str | None = None) -> dict[str, Any]:
    """The address for Saleor. What is not given is emptied."""
    return {
        "firstName": address.first_name or "",
        "lastName": address.last_name or "",
        "companyName": address.company or "",
        "streetAddress1": address.line1 or "",
        "streetAddress2": address.line2 or "",
        "city": address.city or "",
        "postalCode": address.postcode or "",
        "country": address.country.strip().upper(),
        "countryArea": address.region or "",
        "phone": address.phone or phone or "",
        "metadata": [{"key": CITY, "value": (address.city or "").strip()}],
    }


def checked(address: Address, prefix: str = "") -> None:
    """A country outside Saleor's list is an error of the whole document. Raises `InvalidInput`."""
    code = address.country.strip()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise InvalidInput({f"{prefix}country": "invalid"})


def refused(errors: Sequence[WireError], prefix: str = "") -> InvalidInput:
    """Which of the contract's fields Saleor's errors are about."""
    fields = {
        f"{prefix}{_FIELDS.get(error.field or '', error.field or 'address')}": "required"
        if error.code == "REQUIRED"
        else "invalid"
        for error in errors
    }
    return InvalidInput(fields, ", ".join(error.code for error in errors))
