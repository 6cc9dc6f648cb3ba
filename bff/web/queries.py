"""A listing's address: reading it from a request, writing it back in one canonical order.

`f.{facet}` (repeated, or `min..max`), `sort`, `page`, `q`. What is unknown is left out, so an address a crawler makes up
leads to the nearest valid listing and not to a new page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from bff.ports import Listing, ListingQuery, Scope

FACET_PREFIX = "f."
OPTION_PREFIX = "o."
PAGE_SIZE = 24
MAX_PAGE = 100_000
MAX_TEXT = 200
MAX_VALUE = 100
MAX_FACETS = 20
MAX_VALUES = 40
MAX_OPTIONS = 10


def clean(text: str, limit: int) -> str:
    """One line of text: control characters and lone surrogates out, spaces folded, cut at `limit` characters."""
    kept = "".join(c if c.isprintable() else " " for c in text[: limit * 4])
    return " ".join(kept.split())[:limit].strip()


def read_listing(params: Iterable[tuple[str, str]], *, scope: Scope | None, size: int = PAGE_SIZE) -> ListingQuery:
    """The listing an address asks for. Repeated single parameters: the first counts. Never raises."""
    filters: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    ends: dict[str, dict[str, str]] = {}
    for name, value in params:
        if name.startswith(FACET_PREFIX) and len(name) <= MAX_VALUE:
            facet = clean(name[len(FACET_PREFIX) :], MAX_VALUE)
            base, dot, end = facet.rpartition(".")
            if dot and end in ("min", "max"):
                if base and not base.endswith((".min", ".max")):
                    ends.setdefault(base, {}).setdefault(end, clean(value, 20))
            elif (text := clean(value, MAX_VALUE)) and facet:
                values = filters.setdefault(facet, [])
                if text not in values and len(values) < MAX_VALUES:
                    values.append(text)
        else:
            single.setdefault(name, value)
    for facet, pair in ends.items():
        if any(pair.values()):
            filters[facet] = [f"{pair.get('min', '')}..{pair.get('max', '')}"]
    return ListingQuery(
        text=clean(single["q"], MAX_TEXT) if "q" in single else None,
        scope=scope,
        filters={facet: tuple(values) for facet, values in list(filters.items())[:MAX_FACETS]},
        sort=clean(single.get("sort", ""), 40) or None,
        page=_page(single.get("page", "1")),
        size=size,
    )


def _page(text: str) -> int:
    digits = text.strip()
    return min(max(int(digits), 1), MAX_PAGE) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 1


def listing_query(query: ListingQuery, **changes: Any) -> list[tuple[str, str]]:
    """The one way to write a listing's address, with some parts changed. Defaults are left out."""
    changed = msgspec.structs.replace(query, **changes)
    pairs: list[tuple[str, str]] = [] if changed.text is None else [("q", changed.text)]
    for facet in sorted(changed.filters):
        pairs += [(FACET_PREFIX + facet, value) for value in sorted(changed.filters[facet])]
    if changed.sort:
        pairs.append(("sort", changed.sort))
    if changed.page > 1:
        pairs.append(("page", str(changed.page)))
    return pairs


def read_selection(params: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The option values an address names (`o.{option}`); the first of a repeated one counts."""
    selection: dict[str, str] = {}
    for name, value in params:
        if name.startswith(OPTION_PREFIX) and len(name) <= MAX_VALUE and len(selection) < MAX_OPTIONS:
            option = clean(name[len(OPTION_PREFIX) :], MAX_VALUE)
            if option:
                selection.setdefault(option, clean(value, MAX_VALUE))
    return selection


def selection_query(selection: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(OPTION_PREFIX + option, value) for option, value in selection.items() if value]


def corrected(query: ListingQuery, listing: Listing) -> ListingQuery:
    """The nearest valid listing: without what was ignored, and no page beyond the last."""
    understood = {
        name: tuple(value for value in values if f"{name}={value}" not in listing.ignored)
        for name, values in query.filters.items()
        if name not in listing.ignored
    }
    filters = {name: values for name, values in understood.items() if values}
    usual = listing.sorts[0].id if listing.sorts else None
    sort = query.sort if query.sort == listing.sort and query.sort != usual else None
    page = min(query.page, listing.pages) if listing.pages else 1 if not listing.hits else query.page
    return msgspec.structs.replace(query, filters=filters, sort=sort, page=max(page, 1))


def is_canonical(params: list[tuple[str, str]], right: ListingQuery) -> bool:
    """Whether an address says exactly `right`, apart from the order of its parts and parameters that are not a listing's."""
    own = [(name, value) for name, value in params if name.startswith("f.") or name in ("sort", "page", "q")]
    return sorted(own) == sorted(listing_query(right))
