"""Whether a visitor may be measured, and under what id: decided here, where it is recorded, and nowhere else.

The operator chooses a mode. `strict`: only who has agreed. `exempt`: everybody who has not declined (where the law lets a
shop measure its own pages for itself, with an id of its own and a way out). `off`: nobody. In every mode a browser that
sends `Sec-GPC: 1` or `DNT: 1` is not measured. The id is a random UUID in a sealed cookie, of thirteen months from when it
was given and not longer; what cannot be opened is no id.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Literal

from bff.ports import Consent

from .session import Sealer

Mode = Literal["strict", "exempt", "off"]
Choice = Literal["yes", "no"]

VISITOR = "portico-visitor"
CONSENT = "portico-consent"
VISITOR_SECONDS = 395 * 86_400
CHOICE_SECONDS = 182 * 86_400
"""After so long one is asked again."""


class Measuring:
    """Of one request."""

    def __init__(self, mode: Mode, sealer: Sealer, cookies: Mapping[str, str], headers: Mapping[str, str]) -> None:
        self._mode = mode
        self._sealer = sealer
        self._cookies = cookies
        self.declined_by_browser = headers.get("sec-gpc") == "1" or headers.get("dnt") == "1"
        given = cookies.get(sealer.prefix + CONSENT)
        self.choice: Choice | None = "yes" if given == "yes" else "no" if given == "no" else None
        self._visitor: str | None = None
        self._opened = False
        self._set: dict[str, str] = {}
        self._silent = False

    def silence(self) -> None:
        """Record nothing of this request: somebody looks at the store who is no shopper."""
        self._silent = True

    @property
    def allowed(self) -> bool:
        """Whether anything may be recorded of this visitor."""
        return not self.declined and (self._mode == "exempt" or self.choice == "yes")

    @property
    def declined(self) -> bool:
        """Whether nothing may be recorded here, not even for a visitor who agreed elsewhere."""
        return self._silent or self._mode == "off" or self.declined_by_browser or self.choice == "no"

    @property
    def asks(self) -> bool:
        """Whether the visitor is to be asked."""
        return self._mode == "strict" and self.choice is None and not self.declined_by_browser

    @property
    def offers(self) -> bool:
        """Whether there is something to choose."""
        return self._mode != "off"

    @property
    def visitor(self) -> str | None:
        """The visitor's id, where they have one and may be measured."""
        if not self.allowed:
            return None
        if not self._opened:
            self._opened = True
            self._visitor = self._brought()
        return self._visitor

    def identified(self) -> str | None:
        """The visitor's id, made and set with the answer where there is none yet; None where they may not be measured."""
        if self.visitor is None and self.allowed:
            made = uuid.uuid4()
            self._visitor = str(made)
            self._set[VISITOR] = self._sealer.seal_as(VISITOR, made.bytes, VISITOR_SECONDS)
        return self._visitor if self.allowed else None

    def choose(self, choice: Choice) -> str | None:
        """Keep the visitor's choice. Who declines loses the id: it is returned, for what is known of it to be removed."""
        lost = self._brought() if choice == "no" else None
        self.choice = choice
        self._set[CONSENT] = self._sealer.plain(CONSENT, choice, CHOICE_SECONDS)
        if choice == "no":
            self._visitor = None
            self._set.pop(VISITOR, None)
            if self._sealer.prefix + VISITOR in self._cookies:
                self._set[VISITOR] = self._sealer.expire(self._sealer.prefix + VISITOR)
        return lost

    @property
    def consent(self) -> Consent:
        """What an adapter is told."""
        return Consent(analytics=self.allowed)

    @property
    def set_cookies(self) -> list[str]:
        return list(self._set.values())

    def _brought(self) -> str | None:
        raw = self._sealer.open_as(VISITOR, self._cookies)
        return _written(raw) if raw is not None and len(raw) == 16 else None


def _written(raw: bytes) -> str:
    """As `uuid.UUID` writes it, in a tenth of the time: it is done for each page."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
