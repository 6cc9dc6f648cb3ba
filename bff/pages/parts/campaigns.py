"""Campaign parameters: no part of any page, but they stay when an address is put right, since the shop's analytics read
them from the address where the shopper arrives."""

from __future__ import annotations

from collections.abc import Iterable

from bff.web.addresses import encode
from bff.web.queries import clean

PREFIX = "utm_"
CLICKS = frozenset({"gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "mc_cid", "mc_eid"})
MAX_PARAMETERS = 10
MAX_VALUE = 200


def with_campaign(address: str, params: Iterable[tuple[str, str]]) -> str:
    """The address with the campaign parameters among `params`, the first of a repeated one."""
    kept: dict[str, str] = {}
    for name, value in params:
        known = name in CLICKS or (name.startswith(PREFIX) and name[len(PREFIX) :].isalnum() and len(name) < 40)
        if known and len(kept) < MAX_PARAMETERS and (text := clean(value, MAX_VALUE)):
            kept.setdefault(name, text)
    if not kept:
        return address
    return address + ("&" if "?" in address else "?") + encode(kept.items())[1:]
