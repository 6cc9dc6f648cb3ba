"""Who may post: the store's own pages only. No token stands in a page, so pages are the same for everybody.

Two kinds of post are exempt, since they come from elsewhere by their nature: a provider's way back (`at(…, guard=False)`:
its address holds a state that is used once), and what backends say has changed (`channels/changes.py`: signed).

`Sec-Fetch-Site` (Fetch Metadata, W3C) must say `same-origin`; a browser without it must send the store's own `Origin`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def allowed(method: str, headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Whether a request may change something. `headers` by lower-case name."""
    if method in SAFE:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is not None:
        return origin in origins
    return False
