"""What the shopper fills in at the checkout: whether it will do, and how it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bff.ports import Address, Contact, Details, InvalidInput, VisitorContext

from .cart_view import View
from .checkout_state import countries
from .email_address import email_address
from .reading import Reading
from .said import Refusals
from .tax import state as state_code
from .trade import CheckoutDoc, taxes

_LINE, _PHONE, _POSTCODE, _ANSWER, _ANSWERS = 120, 40, 20, 500, 20
_REQUIRED = frozenset(("first_name", "last_name", "line1", "city"))
_WITHOUT_POSTCODE = frozenset(("AE", "BH", "HK", "IE", "OM", "QA"))


def detailed(ctx: VisitorContext, seen: View, details: Details) -> CheckoutDoc:
    """The checkout with what the shopper filled in. Raises `InvalidInput`, its fields named `contact.email`,
    `shipping_address.line1`, `fields.ID`, its words the shopper's."""
    doc, refusals = seen.row.checkout, Refusals(ctx)
    contact, shipping, billing = doc.contact, doc.shipping_address, doc.billing_address
    if details.contact is not None:
        contact = _contact(refusals, details.contact)
    if details.shipping_address is not None:
        sent = countries(seen.r)
        shipping = _address(seen.r, refusals, "shipping_address", details.shipping_address, sent)
    if details.billing_address is not None:
        billing = _address(seen.r, refusals, "billing_address", details.billing_address, None)
    fields = _answers(refusals, details.fields)
    refusals.check()
    same = doc.billing_same if details.billing_address is None else False
    return msgspec.structs.replace(
        doc,
        contact=contact,
        shipping_address=shipping,
        billing_address=billing,
        billing_same=same if details.billing_same is None else details.billing_same,
        consents={**doc.consents, **{id[:100]: given for id, given in list(details.consents.items())[:_ANSWERS]}},
        fields={**doc.fields, **fields},
    )


def _contact(refusals: Refusals, contact: Contact) -> Contact:
    email = email_address(contact.email)
    if not contact.email.strip():
        refusals.add("contact.email", "required")
    elif email is None:
        refusals.add("contact.email", "email")
    return Contact(email=email.text if email else "", phone=_phone(refusals, "contact.phone", contact.phone))


def _address(r: Reading, refusals: Refusals, part: str, address: Address, sent: Sequence[str] | None) -> Address:
    """An address, tidied. `sent`: the countries it may be in. What single countries write where is the head's matter; here
    stands what nothing can be sent without."""
    country = address.country.strip().upper()
    if len(country) != 2 or not country.isalpha() or not country.isascii():
        refusals.add(f"{part}.country", "country")
    elif sent is not None and country not in sent:
        refusals.add(f"{part}.country", "not_shipped")
    lines = {
        name: refusals.line(f"{part}.{name}", getattr(address, name), _LINE, required=name in _REQUIRED)
        for name in ("first_name", "last_name", "company", "line1", "line2", "city", "region")
    }
    coded = country in _WITHOUT_POSTCODE
    postcode = refusals.line(f"{part}.postcode", address.postcode, _POSTCODE, required=not coded)
    tax = taxes(r, country)
    if tax.at_checkout and country == r.market.country:
        lines["region"] = state_code(tax, lines["region"])
        if lines["region"] is None:
            refusals.add(f"{part}.region", "region")
    phone = _phone(refusals, f"{part}.phone", address.phone)
    return Address(country=country, postcode=postcode, phone=phone, **lines)


def _phone(refusals: Refusals, field: str, text: str | None) -> str | None:
    phone = refusals.line(field, text, _PHONE)
    if phone is not None and not (
        5 <= sum(c.isdigit() for c in phone) <= 17 and all(c.isdigit() or c in "+-()./ " for c in phone)
    ):
        refusals.add(field, "phone")
    return phone


def _answers(refusals: Refusals, fields: Mapping[str, str]) -> dict[str, str]:
    if len(fields) > _ANSWERS:
        raise InvalidInput({"fields": f"at most {_ANSWERS}"})
    return {id[:100]: refusals.line(f"fields.{id[:100]}", value, _ANSWER) or "" for id, value in fields.items()}
