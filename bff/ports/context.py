"""What every call is told first. A public read gets a `PublicContext`; giving it a shopper is a type error, because a
`VisitorContext` holds a `PublicContext` and is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

import msgspec

from .money import Tax


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Where a store sells: one country, one currency, one price list, one or more locales.

    `paths` is what addresses begin with for each locale (`{"en-GB": "en-gb"}`). `backend` are the adapter's own ids
    (channel, region, price list). `tax` is the wording of prices.
    """

    id: str
    country: str
    currency: str
    locales: tuple[str, ...]
    paths: Mapping[str, str]
    tax: Tax = "included"
    unit_prices: bool = False
    backend: Mapping[str, str] = {}

    @property
    def default_locale(self) -> str:
        return self.locales[0]


class Deadline(msgspec.Struct, frozen=True):
    """An absolute moment on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """W3C trace context to forward (`traceparent`) and the head's own request id."""

    request_id: str
    traceparent: str | None = None


class PublicContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a public answer may depend on, and nothing else. `audience` is an opaque name of a price group or channel,
    one of a few; `variations` maps running experiments to the variation shown."""

    market: Market
    locale: str
    currency: str
    deadline: Deadline
    trace: Trace
    audience: str = ""
    variations: Mapping[str, str] = {}

    @property
    def language(self) -> str:
        return self.locale.partition("-")[0]


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the visitor agreed to. Unasked means no."""

    analytics: bool = False
    marketing: bool = False
    preferences: bool = False
    sale_of_data: bool = False


class SessionBlob:
    """The adapter's own state for one shopper: opaque text, kept by the head for the adapter.

    An adapter may rewrite it on any visitor call (tokens rotate): it calls `replace(old, new)`; the head keeps the
    new text only if the old one is still current (compare and swap) and says whether it did.
    """

    __slots__ = ("_changed", "_text")

    def __init__(self, text: str | None = None) -> None:
        self._text = text
        self._changed = False

    def __repr__(self) -> str:
        return f"SessionBlob({'…' if self._text else ''})"

    @property
    def text(self) -> str | None:
        return self._text

    @property
    def changed(self) -> bool:
        return self._changed

    def replace(self, old: str | None, new: str | None) -> bool:
        if self._text != old:
            return False
        self._changed = self._changed or new != old
        self._text = new
        return True


class Shopper(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind a visitor call. `visitor` is a UUID, present only where consent allows one. `token` is the
    customer's, opaque; `blob` the adapter's session. The address is not here: the lent client adds it."""

    blob: SessionBlob
    visitor: str | None = None
    token: str | None = None
    consent: Consent = Consent()
    device: Literal["phone", "desktop", "unknown"] = "unknown"

    def __repr__(self) -> str:
        return f"Shopper(visitor={'…' if self.visitor else None}, signed_in={self.token is not None})"


class VisitorContext(msgspec.Struct, frozen=True, kw_only=True):
    """A public context and the shopper it is for."""

    public: PublicContext
    shopper: Shopper
