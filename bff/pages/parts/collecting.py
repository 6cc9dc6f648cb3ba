"""Collecting in a shop instead of having it sent: which shops there are, and when what was chosen comes or is ready."""

from __future__ import annotations

from collections.abc import Iterable

from bff.ports import CheckoutState, ShippingGroup, ShippingOption
from bff.web.visit import Visit


def shops(state: CheckoutState) -> tuple[ShippingOption, ...]:
    """Where everything that travels can be collected, in the backend's order; none where part of it must be sent."""
    groups = [_collected(group) for group in _travelling(state)]
    if not groups:
        return ()
    return tuple(option for id, option in groups[0].items() if all(id in group for group in groups[1:]))


def choices(state: CheckoutState, shop: str) -> dict[str, str]:
    """What to choose for each group so that all of it is collected there."""
    return {group.id: shop for group in _travelling(state)}


def chosen(state: CheckoutState) -> str | None:
    """The shop where all of it will be collected, as far as that is decided."""
    found = {group.chosen for group in _travelling(state)}
    shop = next(iter(found)) if len(found) == 1 else None
    return shop if any(option.id == shop for option in shops(state)) else None


def _travelling(state: CheckoutState) -> list[ShippingGroup]:
    return [group for group in state.shipping if any(option.kind != "digital" for option in group.options)]


def _collected(group: ShippingGroup) -> dict[str, ShippingOption]:
    return {option.id: option for option in group.options if option.kind == "pickup"}


def arrivals(visit: Visit, options: Iterable[ShippingOption]) -> tuple[str, ...]:
    """Ways chosen, each with the day it comes or is ready, in words, as far as that is known, else that it is collected."""
    found: list[str] = []
    for option in options:
        found.append(option.location or option.name)
        if day := arrival(visit, option):
            found.append(day)
    return tuple(dict.fromkeys(found))


def arrival(visit: Visit, option: ShippingOption) -> str | None:
    """When it comes or is ready, in words; of what is collected nobody knows when, that it is collected."""
    first, last = option.earliest or option.latest, option.latest or option.earliest
    words, short = visit.renderer.messages, visit.renderer.formats.date_short
    if option.kind == "digital" or first is None or last is None:
        return words("checkout.pickup") if option.kind == "pickup" else None
    key = "checkout.ready" if option.kind == "pickup" else "checkout.on"
    if first == last:
        return words(key, day=short(first))
    key = "checkout.ready.between" if option.kind == "pickup" else "checkout.between"
    return words(key, first=short(first), last=short(last))
