"""A preview: one variation shown to whoever has a signed link, until it expires. The link's token is sealed; the cookie it
sets holds the token and what was chosen on the bar, which is checked anew at every request. Whatever cannot be opened, has
expired or names nothing is no preview: the plain page is shown.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Mapping, Sequence

import msgspec

from .ring import Ring

COOKIE = "portico-preview"
BOUND = b"preview"
LONGEST = 400
"""Characters a token may have."""


class _Token(msgspec.Struct, frozen=True, array_like=True):
    experiment: str
    until: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """`until` in Unix seconds. `outline`: regions that differ from the control are outlined. `bare`: without the bar."""

    token: str
    experiment: str
    variation: str
    until: int
    outline: bool = True
    bare: bool = False


class Previews:
    """Makes and opens them."""

    def __init__(self, ring: Sequence[bytes], *, https: bool) -> None:
        self._ring = Ring(ring, b"portico-preview")
        self._name = ("__Host-" if https else "") + COOKIE
        self._secure = "; Secure" if https else ""

    def token(self, experiment: str, until: float) -> str:
        """What a link carries."""
        sealed = self._ring.seal(msgspec.msgpack.encode(_Token(experiment, int(until))), BOUND)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def opened(self, token: str) -> tuple[str, int] | None:
        """The experiment a token is for, and until when; None for a forged or an expired one."""
        if len(token) > LONGEST:
            return None
        try:
            raw = self._ring.open(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), BOUND)
            found = msgspec.msgpack.decode(raw, type=_Token) if raw is not None else None
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        return (found.experiment, found.until) if found is not None and found.until > time.time() else None

    def read(self, cookies: Mapping[str, str]) -> Preview | None:
        """The preview that a browser is in."""
        token, _, chosen = cookies.get(self._name, "").partition(".")
        found = self.opened(token) if token else None
        if found is None:
            return None
        variation, _, how = chosen.partition(".")
        return Preview(
            token=token,
            experiment=found[0],
            variation=variation,
            until=found[1],
            outline="plain" not in how,
            bare="bare" in how,
        )

    def cookie(self, preview: Preview) -> str:
        """The `Set-Cookie` value that begins it, or goes on with another variation."""
        how = "-".join(word for word, on in (("plain", not preview.outline), ("bare", preview.bare)) if on)
        value = f"{preview.token}.{preview.variation}.{how}"
        seconds = max(1, preview.until - int(time.time()))
        return f"{self._name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{self._secure}"

    @property
    def ended(self) -> str:
        """The `Set-Cookie` value that ends it."""
        return f"{self._name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{self._secure}"
