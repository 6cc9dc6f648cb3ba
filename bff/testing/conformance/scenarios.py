"""What scenarios share: their class, and what hostile people type."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

import pytest

from bff.ports import Cart, CartResult, Line, Price, Problem

HOSTILE = {
    "quotes": "\"'`´",
    "sql": "' OR 1=1; --",
    "brackets": "((([{",
    "operators": "AND NOT * ? ~ ^ : \\ / - + !",
    "wildcards": "%_*",
    "markup": "<script>alert(1)</script>",
    "template": "{{7*7}}${7*7}",
    "json": '{"$gt": ""}',
    "path": "../../etc/passwd",
    "null": "a\x00b",
    "control": "\x01\x1f\x7f",
    "newlines": "a\r\nb",
    "right-to-left": "\u202eكوب",
    "unicode": "ünïcødé 日本語 🫖 e\u0301",
    "surrogate-escape": "%ff%fe",
    "long": "mug " * 1_000,
    "spaces": "   \t ",
}
"""By name, so that a scenario says which one it was."""
NOWHERE = "there-is-no-such-thing-7f3a"
WRONG_IDS = (NOWHERE, "0", "../x", "a b", "%2e%2e", "日本", "' OR 1=1; --", "x" * 2_000)
"""Ids, slugs and references that nobody has."""
MADE_UP = (NOWHERE, "x" * 3_000, "a.b.c", "eyJhbGciOiJub25lIn0.e30.")
"""Customers' tokens that nobody was given."""


class Scenarios:
    """One port's scenarios. Their docstrings are the contract's sentences; the reference page is made of them."""

    PORT: ClassVar[str]
    pytestmark = pytest.mark.anyio


def codes(result: CartResult) -> list[str]:
    return [problem.code for problem in result.problems]


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def lines(result: CartResult) -> tuple[Line, ...]:
    return result.cart.lines if isinstance(result.cart, Cart) else ()


def quantity(cart: Cart, variant: str | None) -> Decimal:
    """How many of a variant are in the cart, whatever lines they stand in; gifts are not counted."""
    return sum((line.quantity for line in cart.lines if line.key.id == variant and not line.fixed), Decimal(0))


def sound(price: Price, currency: str) -> str | None:
    """What is wrong with a price; None where nothing is."""
    amounts = [price.amount, price.compare_at, price.from_, price.to]
    amounts += [tier.amount for tier in price.tiers] + ([price.unit.amount] if price.unit else [])
    foreign = {each.currency for each in amounts if each is not None} - {currency}
    if foreign:
        return f"is in {', '.join(sorted(foreign))}, the context is in {currency}"
    if price.compare_at is not None and price.compare_at.amount <= price.amount.amount:
        return f"compare_at {price.compare_at.amount} is not higher than amount {price.amount.amount}"
    if (price.from_ is None) != (price.to is None):
        return "has only one of from_ and to"
    if price.from_ is not None and price.to is not None:
        if price.from_.amount >= price.to.amount:
            return f"from_ {price.from_.amount} is not below to {price.to.amount}"
        if price.amount.amount != price.from_.amount:
            return f"amount {price.amount.amount} is not from_ {price.from_.amount}"
    minima = [tier.minimum for tier in price.tiers]
    if minima != sorted(set(minima)):
        return f"tiers do not rise: {minima}"
    return None
