"""What may be measured, by name.

* `add_to_cart`, `begin_checkout`, `purchase`, `custom:…`: the share of visitors who did it at least once.
* `add_to_cart_per_visitor` and so on: how often.
* `revenue_per_visitor`, `revenue_per_order`: by currency, or in one where there are rates.
* `render_error`, `render_ms`, `backend_ms`: per render, for guardrails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from bff.events.event import ADD_TO_CART, BEGIN_CHECKOUT, CUSTOM, PURCHASE, READINGS

PER_VISITOR = "_per_visitor"
REVENUE, REVENUE_PER_ORDER = "revenue_per_visitor", "revenue_per_order"
KINDS = (ADD_TO_CART, BEGIN_CHECKOUT, PURCHASE)
WINSOR = 0.999
"""Of those visitors who bought anything, one in a thousand spends more than is counted of them: a single order must not
decide."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is whose events count; of those the visitors (`share`), how many (`count`), their value (`value`), their value
    by their number (`ratio`), or what was read per reading (`reading`). `better` is the direction that is."""

    name: str
    kind: str
    of: Literal["share", "count", "value", "ratio", "reading"]
    currency: str | None = None
    better: Literal["more", "less"] = "more"

    @property
    def is_money(self) -> bool:
        return self.of in ("value", "ratio")

    @property
    def key(self) -> str:
        """The name, with the currency where it is money."""
        return f"{self.name} {self.currency}" if self.currency else self.name


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """One currency for all revenue: what one unit of each other is worth in it, fixed for as long as the experiment runs."""

    currency: str
    rates: Mapping[str, float] = {}

    def of(self, currency: str) -> float | None:
        return 1.0 if currency == self.currency else self.rates.get(currency)


def metric(name: str) -> Metric:
    """The metric of that name; revenue is of no currency yet. Raises `ValueError` for a name that means nothing."""
    if name in READINGS:
        return Metric(name=name, kind=name, of="reading", better="less")
    if name == REVENUE:
        return Metric(name=name, kind=PURCHASE, of="value")
    if name == REVENUE_PER_ORDER:
        return Metric(name=name, kind=PURCHASE, of="ratio")
    kind = name.removesuffix(PER_VISITOR)
    if kind in KINDS or re.fullmatch(rf"{CUSTOM}[a-z0-9_]{{1,60}}", kind):
        return Metric(name=name, kind=kind, of="count" if kind != name else "share")
    known = ", ".join(
        (*KINDS, *(kind + PER_VISITOR for kind in KINDS), REVENUE, REVENUE_PER_ORDER, *READINGS, "custom:…")
    )
    raise ValueError(f"{name!r} is no metric; there are {known}")
