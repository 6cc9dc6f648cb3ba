"""Postal addresses between Medusa's words and the contract's."""

from __future__ import annotations

from typing import Any

from bff.ports import Address, InvalidInput

from . import wire_trade as trade


def complete(address: trade.Address | None) -> bool:
    """Whether something can be sent there. A cart in a region of one country has an address with a country and nothing
    else from the start."""
    return bool(address and address.address_1 and address.city and address.last_name and address.country_code)


def read(address: trade.Address | None) -> Address | None:
    """The address, None where it is no more than a country."""
    if address is None or not address.country_code or not (address.address_1 or address.city or address.last_name):
        return None
    country = address.country_code.upper()
    region = address.province or None
    if region and region.lower().startswith(f"{country.lower()}-"):
        region = region[3:].upper()
    return Address(
        id=address.id,
        country=country,
        first_name=address.first_name or None,
        last_name=address.last_name or None,
        company=address.company or None,
        line1=address.address_1 or None,
        line2=address.address_2 or None,
        city=address.city or None,
        postcode=address.postal_code or None,
        region=region,
        phone=address.phone or None,
    )


def written(address: Address, *, phone: str | None = None) -> dict[str, Any]:
    """The address for Medusa: countries in lower case, and regions as its tax rates name them (`us-ny`) where the region
    is a code. What is not given is emptied, since Medusa keeps what a field is not sent for."""
    country = address.country.strip().lower()
    region = (address.region or "").strip()
    if region and len(region) <= 3 and region.isalnum() and region.isascii():
        region = f"{country}-{region.lower()}"
    return {
        "first_name": address.first_name or "",
        "last_name": address.last_name or "",
        "company": address.company or "",
        "address_1": address.line1 or "",
        "address_2": address.line2 or "",
        "city": address.city or "",
        "postal_code": address.postcode or "",
        "country_code": country,
        "province": region,
        "phone": address.phone or phone or "",
    }


def checked(address: Address, prefix: str = "") -> None:
    """Medusa takes any address. Raises `InvalidInput` for what nothing can be sent without."""
    wrong = {
        f"{prefix}{name}": "required"
        for name in ("last_name", "line1", "city")
        if not (getattr(address, name) or "").strip()
    }
    country = address.country.strip()
    if len(country) != 2 or not country.isalpha() or not country.isascii():
        wrong[f"{prefix}country"] = "invalid"
    if wrong:
        raise InvalidInput(wrong)
