"""Figures as merchandisers read them: per cent and points, money, milliseconds. In English, as the operators' pages are."""

from __future__ import annotations

import datetime
import math

from babel.numbers import format_currency

from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import PER_VISITOR, REVENUE, REVENUE_PER_ORDER, Metric
from bff.experiments.definition import CUSTOM

LOCALE = "en_GB"
NAMES = {
    "add_to_cart": "Add to cart",
    "begin_checkout": "Begin checkout",
    "purchase": "Purchase",
    REVENUE: "Revenue per visitor",
    REVENUE_PER_ORDER: "Revenue per order",
    "render_error": "Errors while rendering",
    "render_ms": "Render time",
    "backend_ms": "Backend time",
}
DEEDS = {
    "add_to_cart": "put something into the cart",
    "begin_checkout": "begin checkout",
    "purchase": "buy",
}


def deed(of: Metric) -> str:
    """What visitors do who count for it: “put something into the cart”."""
    kind = of.kind.removeprefix(CUSTOM)
    return DEEDS.get(kind, f"do “{kind}”")


def name(of: Metric) -> str:
    """What a metric is called."""
    found = NAMES.get(of.name)
    if found is None:
        each = of.name.endswith(PER_VISITOR)
        kind = of.name.removesuffix(PER_VISITOR)
        found = NAMES.get(kind) or kind.removeprefix(CUSTOM).replace("_", " ").capitalize()
        found += " per visitor" if each else ""
    return f"{found} ({of.currency})" if of.currency else found


def meaning(of: Metric) -> str:
    """What is counted."""
    kind = of.kind.removeprefix(CUSTOM)
    match of.of:
        case "share":
            return f"the part of the visitors who {DEEDS.get(kind, f'did “{kind}”')}, at least once"
        case "count":
            return f"how often a visitor does it ({kind.replace('_', ' ')})"
        case "value":
            return "what a visitor spends, those who buy nothing included"
        case "ratio":
            return "what an order is worth"
    return "errors for each page shown" if of.name == "render_error" else "milliseconds for each page shown"


def outcome(of: Metric, more: bool) -> str:
    """What a difference means for the shop, in a few words."""
    match of.of:
        case "share":
            return f"{'more' if more else 'fewer'} visitors {deed(of)}"
        case "count":
            return f"visitors {deed(of)} {'more' if more else 'less'} often"
        case "value":
            return f"visitors spend {'more' if more else 'less'}"
        case "ratio":
            return f"orders are worth {'more' if more else 'less'}"
    return f"{name(of).lower()} is {'higher' if more else 'lower'}"


def count(n: float) -> str:
    return f"{n:,.0f}"


def rough(n: float) -> str:
    """A number that is no more than an estimate: two figures of it."""
    return count(float(f"{math.ceil(n):.2g}"))


def percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None or not math.isfinite(share) else minus(f"{100 * share:,.{digits}f}%")


def value(of: Metric, x: float | None) -> str:
    """A mean of the metric."""
    if x is None or not math.isfinite(x):
        return "–"
    if of.of == "share" or of.name == "render_error":
        return percent(x, 1 if abs(x) >= 0.02 or not x else 2)
    if of.currency:
        return minus(format_currency(x, of.currency, locale=LOCALE))
    return minus(f"{x:,.1f} ms" if of.of == "reading" else f"{x:,.3f}")


def change(of: Metric, x: float, *, unit: bool = True, beside: float = 0.0) -> str:
    """A difference, with its sign, as exact as what it stands `beside`."""
    if not math.isfinite(x):
        return "unknown"
    size = max(abs(x), abs(beside)) or math.inf
    if of.of == "share" or of.name == "render_error":
        digits = 1 if size >= 0.003 else 2
        return signed(100 * x, f",.{digits}f") + (" points" if unit else "")
    if of.currency:
        sign = "+" if x >= 0 else "−"
        return sign + format_currency(abs(x), of.currency, locale=LOCALE)
    if of.of == "reading":
        return signed(x, ",.1f") + (" ms" if unit else "")
    return signed(x, ",.3f")


def span(of: Metric, found: Interval) -> str:
    """From where to where a difference is."""
    if not math.isfinite(found.low):
        return "not known yet"
    low = change(of, found.low, unit=False, beside=found.high)
    return f"between {low} and {change(of, found.high, beside=found.low)}"


def relative_span(found: Interval) -> str:
    if not math.isfinite(found.low):
        return "not known yet"
    return f"between {relative(found.low)} and {relative(found.high)}"


def relative(share: float | None) -> str:
    """By how much of control."""
    return "–" if share is None or not math.isfinite(share) else signed(100 * share, ",.1f") + "%"


def signed(x: float, form: str) -> str:
    text = format(abs(x), form)
    return ("−" if x < 0 and float(text.replace(",", "")) else "+") + text


def minus(text: str) -> str:
    return text.replace("-", "−")


def chance(p: float) -> str:
    """A p-value, as it is usually written."""
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def day(seconds: float, *, year: bool = True) -> str:
    found = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{found.day} {found:%b}" + (f" {found.year}" if year else "")


def moment(seconds: float) -> str:
    return f"{day(seconds)}, {datetime.datetime.fromtimestamp(seconds, datetime.UTC):%H:%M} UTC"


def duration(days: float) -> str:
    whole = int(days)
    if whole < 1:
        return "less than a day"
    return "1 day" if whole == 1 else f"{whole:,} days"


def quoted(variation: str) -> str:
    return f"“{variation}”"
