"""The shapes of Acme's answers, as far as they are read.

What may be missing has a default, all else is required: an answer that lacks it is `Malformed`, not a wrong page.
Amounts are `Decimal`, or `int` where the smallest coin is counted; never `float`. What nobody reads is left out.
"""

from __future__ import annotations

import msgspec


class Refusal(msgspec.Struct):
    """A refusal in the shop's own words. They may repeat what it was sent, so they go into no log."""

    code: str | None = None
    message: str | None = None
