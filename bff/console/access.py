"""Who may see the operators' pages: the token's holder, kept in by a sealed cookie."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path

import msgspec

from bff.own_secrets import kept_secret
from bff.ports import Misconfigured
from bff.settings import Settings
from bff.web.ring import Ring

PATH = "/-/console"
HOURS = 12
SHORTEST_TOKEN = 20
BOUND = b"operator"
FILE = "console-token"


class Pass(msgspec.Struct, frozen=True, array_like=True):
    """What the cookie holds: until when (Unix seconds), and which token let its bearer in (a digest)."""

    until: float
    token: bytes


def token(settings: Settings) -> str | None:
    """What lets in; None where the console is closed. Raises `Misconfigured`."""
    own = settings.console
    if not own.open:
        return None
    if own.token is not None:
        if len(own.token) < SHORTEST_TOKEN:
            raise Misconfigured(
                "console.token",
                f"is shorter than {SHORTEST_TOKEN} characters.",
                source=settings.source,
                fix="openssl rand -hex 24",
            )
        return own.token
    return kept_secret(settings, FILE, "console.token").decode()


class Access:
    """The door of a store. `https` gives the cookie its prefix and `Secure`."""

    def __init__(self, token: str, ring: Ring, *, https: bool) -> None:
        self._digest = hashlib.sha256(token.encode()).digest()
        self._ring = ring
        self._secure = "; Secure" if https else ""
        self.cookie = "__Secure-portico-operator" if https else "portico-operator"

    def fits(self, typed: str) -> bool:
        """Whether this is the token; as slow for a nearly right one."""
        return hmac.compare_digest(hashlib.sha256(typed.strip().encode("utf-8", "replace")).digest(), self._digest)

    def admit(self, now: float) -> str:
        """The `Set-Cookie` value that lets in from now on."""
        made = Pass(until=now + HOURS * 3_600, token=self._digest)
        text = base64.urlsafe_b64encode(self._ring.seal(msgspec.msgpack.encode(made), BOUND)).rstrip(b"=").decode()
        return self._set(text, HOURS * 3_600)

    def dismiss(self) -> str:
        """The `Set-Cookie` value that takes it away."""
        return self._set("", 0)

    def admitted(self, value: str | None, now: float) -> bool:
        """Whether a cookie lets in; anything that is none does not."""
        if not value or len(value) > 500:
            return False
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            text = self._ring.open(raw, BOUND)
            found = msgspec.msgpack.decode(text, type=Pass) if text else None
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return False
        return found is not None and found.until > now and hmac.compare_digest(found.token, self._digest)

    def _set(self, text: str, seconds: int) -> str:
        return f"{self.cookie}={text}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Lax{self._secure}"


def file(settings: Settings) -> Path:
    """Where the token is kept that nobody set."""
    return Path(settings.server.var) / FILE
