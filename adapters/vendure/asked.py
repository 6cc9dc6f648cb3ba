"""A listing's query as Vendure's search plugin understands it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from bff.ports import ListingQuery

from .documents import FACET_VALUE
from .settings import Settings

MOST = 100
"""Results at a time: Vendure refuses more."""
STOCK = "availability"
IN_STOCK = "in-stock"
SORTS: Mapping[str, dict[str, str]] = {
    "name-asc": {"name": "ASC"},
    "name-desc": {"name": "DESC"},
    "price-asc": {"price": "ASC"},
    "price-desc": {"price": "DESC"},
}
COUNTS = f"facetValues {{ count facetValue {{ {FACET_VALUE} }} }}"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Asked:
    """The query, and in `ignored` what of it means nothing here. `choices`: value ids by facet code."""

    def __init__(self, query: ListingQuery, settings: Settings) -> None:
        self.text = (query.text or "").strip()
        self.scope = query.scope
        self.ignored: list[str] = []
        self.choices: dict[str, tuple[str, ...]] = {}
        self.in_stock = False
        self._brand = settings.brand_facet
        for facet, values in query.filters.items():
            if facet == STOCK and settings.stock_in_search:
                self.in_stock = IN_STOCK in values
                self.ignored += [f"{facet}={value}" for value in values if value != IN_STOCK]
            elif values:
                kept = tuple(value for value in values if _ID.fullmatch(value))
                self.ignored += [f"{facet}={value}" for value in values if value not in kept]
                if kept:
                    self.choices[self._brand if facet == "brand" and self._brand else facet] = kept
        self.sorts = tuple(id for id in SORTS if settings.price_sort or "price" not in SORTS[id])
        self.sort = query.sort if query.sort in self.sorts else None
        if query.sort and query.sort not in (*self.sorts, self.usual):
            self.ignored.append("sort")
        self.size = max(1, min(query.size, MOST))
        paged = query.cursor if query.cursor and query.cursor.isascii() and query.cursor.isdigit() else ""
        self.number = max(1, min(int(paged[:6]) if paged else query.page, 1_000_000))

    @property
    def usual(self) -> str:
        """The order without a `sort`: by relevance where there is a text, else as the plugin lists."""
        return "relevance" if self.text else "featured"

    @property
    def narrowed(self) -> bool:
        return bool(self.choices) or self.in_stock

    def input(self, *, without: str | None = None, bare: bool = False) -> dict[str, Any]:
        """The plugin's input. `bare` leaves all choices out, `without` one facet's own; both are for counting."""
        told: dict[str, Any] = {"groupByProduct": True}
        filters: list[dict[str, Any]] = []
        if not bare:
            filters = [{"or": list(values)} for facet, values in self.choices.items() if facet != without]
            if self.in_stock and without != STOCK:
                told["inStock"] = True
        if self.text:
            told["term"] = self.text
        if self.scope is not None and self.scope.kind == "brand":
            filters.append({"and": self.scope.id})
        elif self.scope is not None:
            told["collectionId"] = self.scope.id
        if filters:
            told["facetValueFilters"] = filters
        if bare or without:
            return told | {"take": 1}
        if self.sort:
            told["sort"] = SORTS[self.sort]
        return told | {"take": self.size, "skip": self.size * (self.number - 1)}

    def forget_strangers(self, known: Mapping[str, Set[str]]) -> bool:
        """Leave out what none of the listing's products has. Whether there was any."""
        before = len(self.ignored)
        for facet, values in list(self.choices.items()):
            there = known.get(facet)
            shown = "brand" if facet == self._brand else facet
            if there is None:
                self.ignored.append(shown)
                del self.choices[facet]
                continue
            self.ignored += [f"{shown}={value}" for value in values if value not in there]
            kept = tuple(value for value in values if value in there)
            if kept:
                self.choices[facet] = kept
            else:
                del self.choices[facet]
        return len(self.ignored) > before
