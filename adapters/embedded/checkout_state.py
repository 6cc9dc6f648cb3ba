"""Where a checkout stands: what is missing, and what keeps the order from being made."""

from __future__ import annotations

from bff.ports import (
    Address,
    CheckoutState,
    Line,
    Missing,
    Money,
    PaymentMethod,
    Problem,
    Requirement,
    Target,
)

from . import delivery
from .cart_view import View, possible
from .reading import Reading
from .trade import AskedDoc, CheckoutDoc, asked


def state(seen: View) -> CheckoutState:
    """See the port."""
    doc = seen.row.checkout
    return CheckoutState(
        cart=seen.cart,
        missing=tuple(_missing(seen)),
        countries=countries(seen.r),
        contact=doc.contact,
        shipping_address=doc.shipping_address,
        billing_address=billed(seen),
        shipping=seen.parcels.groups,
        payment=seen.method,
        problems=tuple(_problems(seen)),
    )


def billed(seen: View) -> Address | None:
    """Where the invoice goes: "the same" is none where the goods are collected, whatever was typed before."""
    doc = seen.row.checkout
    if not doc.billing_same:
        return doc.billing_address
    return None if seen.parcels.pickup else doc.shipping_address


def countries(r: Reading) -> tuple[str, ...]:
    """The countries a market sends to: those that pay in its currency, its own first."""
    found = [country for country, doc in delivery.table(r).items() if doc.currency == r.currency]
    return tuple(sorted(found, key=lambda country: (country != r.market.country, country)))


def _missing(seen: View) -> list[Requirement]:
    doc, r, parcels = seen.row.checkout, seen.r, seen.parcels
    posted = any(line.requires_shipping for line in seen.cart.lines)
    found: list[Requirement] = []

    def miss(kind: Missing) -> None:
        found.append(Requirement(kind=kind))

    if doc.contact is None:
        miss("contact")
    if posted and not parcels.pickup and doc.shipping_address is None:
        miss("shipping_address")
    if not doc.billing_same and doc.billing_address is None:
        miss("billing_address")
    if any(group.chosen is None for group in parcels.groups):
        miss("shipping")
    rules = asked(r)
    found += [_asked(r, "field", one) for one in rules.fields if not _given(one, doc, posted and not parcels.pickup)]
    if seen.sums.due > 0 and seen.method is None:
        miss("payment")
    found += [_asked(r, "consent", one) for one in rules.consents if not doc.consents.get(one.id)]
    return found


def _asked(r: Reading, kind: Missing, one: AskedDoc) -> Requirement:
    return Requirement(kind=kind, id=one.id, label=r.text(one.label), required=one.required)


def _given(one: AskedDoc, doc: CheckoutDoc, delivered: bool) -> bool:
    return (one.goods and not delivered) or bool(doc.fields.get(one.id))


def ready(found: CheckoutState) -> bool:
    return not any(each.required for each in found.missing)


def _problems(seen: View) -> list[Problem]:
    """What keeps the order from being made as it stands: lines there are not enough of, codes and delivery that hold no
    longer."""
    found = [problem for line in seen.cart.lines if not line.fixed and (problem := _line_problem(line))]
    for code in seen.cart.codes:
        if not code.effective and code.kind == "promotion" and code.id.partition(":")[2] not in seen.reductions.effects:
            target = Target(kind="code", id=code.code)
            found.append(Problem(code="code_invalid", severity="warning", target=target, text=code.reason))
    for group in seen.parcels.stale:
        found.append(Problem(code="shipping_stale", severity="warning", target=Target(kind="group", id=group)))
    country = seen.row.checkout.shipping_address.country if seen.row.checkout.shipping_address else None
    for group_ in seen.parcels.groups:
        if not group_.options:
            target = Target(kind="group", id=group_.id)
            found.append(Problem(code="not_sold_here", severity="error", target=target, text=country))
    return found


def _line_problem(line: Line) -> Problem | None:
    target = Target(kind="line", id=line.id)
    if line.unit is None:
        return Problem(code="line_unavailable", severity="error", target=target, text=line.title)
    there = line.availability
    if there is None:
        return None
    if not there.buyable:
        return Problem(code="out_of_stock", severity="error", target=target)
    if there.orderable is not None and there.orderable < line.quantity:
        return Problem(code="quantity_reduced", severity="warning", target=target, limit=there.orderable)
    return None


def payment_methods(seen: View) -> tuple[PaymentMethod, ...]:
    """See the port."""
    r = seen.r
    delivered = any(line.requires_shipping for line in seen.cart.lines) and not seen.parcels.pickup
    before = seen.sums
    if seen.method is not None and before.fees:
        before = before._replace(total=before.total - before.fees)
    made: list[PaymentMethod] = []
    for id, method in possible(r, before, delivered).items():
        fee = method.fee.get(r.currency)
        made.append(
            PaymentMethod(
                id=id,
                name=r.text(method.name),
                kind=method.kind,
                description=r.text(method.description) or None,
                fee=Money(fee, r.currency) if fee else None,
            )
        )
    return tuple(made)
