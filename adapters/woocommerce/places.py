"""Postal addresses between WooCommerce's words and the contract's."""

from __future__ import annotations

import re

from bff.ports import Address, InvalidInput

from . import wire_trade as trade
from .transport import Refusal, decoded

_INVALID = {"postcode": "postcode", "state": "region", "country": "country", "phone": "phone", "email": "email"}
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]+")


def complete(address: trade.Address) -> bool:
    """Whether something can be sent there: an address has a country and nothing else from the start."""
    return bool(address.address_1 and address.city and address.last_name and address.country)


def read(address: trade.Address) -> Address | None:
    """The address, None where it is no more than a country."""
    if not address.country or not (address.address_1 or address.city or address.last_name):
        return None
    return Address(
        country=address.country,
        first_name=address.first_name or None,
        last_name=address.last_name or None,
        company=address.company or None,
        line1=address.address_1 or None,
        line2=address.address_2 or None,
        city=address.city or None,
        postcode=address.postcode or None,
        region=address.state or None,
        phone=address.phone or None,
    )


def written(address: Address, *, phone: str | None = None) -> dict[str, str]:
    """The address for WooCommerce. What is not given is emptied: it keeps what a field is not sent for."""
    return {
        "first_name": address.first_name or "",
        "last_name": address.last_name or "",
        "company": address.company or "",
        "address_1": address.line1 or "",
        "address_2": address.line2 or "",
        "city": address.city or "",
        "state": address.region or "",
        "postcode": address.postcode or "",
        "country": address.country.strip().upper(),
        "phone": address.phone or phone or "",
    }


def posted(address: trade.Address, email: str | None = None) -> dict[str, str]:
    """An address of the cart's for the order."""
    names = (
        "first_name",
        "last_name",
        "company",
        "address_1",
        "address_2",
        "city",
        "state",
        "postcode",
        "country",
        "phone",
    )
    found = {name: str(getattr(address, name)) for name in names}
    return found if email is None else {**found, "email": email}


def same(one: trade.Address, other: trade.Address) -> bool:
    return posted(one) | {"phone": ""} == posted(other) | {"phone": ""}


def checked(address: Address, prefix: str) -> None:
    """WooCommerce takes an address with parts missing until the order is placed. Raises `InvalidInput`."""
    wrong = {
        f"{prefix}.{name}": "required"
        for name in ("last_name", "line1", "city")
        if not (getattr(address, name) or "").strip()
    }
    country = address.country.strip()
    if len(country) != 2 or not country.isalpha() or not country.isascii():
        wrong[f"{prefix}.country"] = "invalid"
    if wrong:
        raise InvalidInput(wrong)


def mail(address: str) -> str:
    """A mail address. WooCommerce drops one that is none and says nothing. Raises `InvalidInput`."""
    address = address.strip()
    if not _MAIL.fullmatch(address) or len(address) > 254:
        raise InvalidInput({"contact.email": "invalid"})
    return address


def invalid(error: Refusal) -> InvalidInput:
    """The fields a refusal names. What it says about them is in the shop's language and is not shown."""
    found = decoded(bytes(error.data), trade.Details) if bytes(error.data) else trade.Details()
    wrong: dict[str, str] = {}
    for part, why in (found.details if isinstance(found.details, dict) else {}).items():
        about = next((ours for theirs, ours in _INVALID.items() if why and theirs in why.code), None)
        wrong[f"contact.{about}" if about == "email" else f"{part}.{about}" if about else part] = "invalid"
    return InvalidInput(wrong or {"shipping_address": "invalid"}, error.detail)
