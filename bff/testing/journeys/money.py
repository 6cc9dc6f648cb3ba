"""Amounts as a page shows them, as numbers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

NUMBER = re.compile(r"\d[\d.,٫٬'’\s]*")


def amount(text: str) -> Decimal | None:
    """The (last) amount in a text, whatever its digits, separators and currency; None where there is none."""
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    found = NUMBER.findall(plain)
    if not found:
        return None
    whole, _, part = re.sub(r"[\s'’]", "", found[-1]).replace("٫", ".").replace("٬", ",").rpartition(_point(found[-1]))
    digits = re.sub(r"\D", "", whole or part)
    return Decimal(f"{digits}.{part}") if whole else Decimal(digits)


def _point(text: str) -> str:
    """The sign before the fraction: the last separator, if two or three digits and nothing else follow it."""
    last = re.search(r"([.,٫])\d{2}\s*$", text.replace("٫", "."))
    return last[1] if last else "\0"
