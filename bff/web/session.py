"""The shopper's session: a sealed cookie, set only when it changed.

Whatever cannot be opened is an anonymous shopper, never an error. On https the name carries `__Host-` (RFC 6265bis):
secure, this host, whole path. A session minted by a write gets a name of its own: where two first writes come at once, no
answer overwrites the other's cookie, and the next request brings both (`sessions_merge`).
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping, Sequence

import msgspec
from cachetools import LRUCache

from .ring import Ring

NAME = "portico-session"
FLASH = "portico-flash"
MAX_COOKIE = 3_500
MAX_COOKIES = 8
"""Session cookies that are opened at most: nobody has as many."""
LIFETIME = 180 * 86_400
FLASH_SECONDS = 600
KNOWN = 5_000
"""Small cookies (a visitor's id) whose content is remembered: about 2 MB."""


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the cookie holds: the session's own `id` and the ids it had before (`was`), the cart per backend (`{backend: [id,
    version]}`) and the `markets` they are of, each adapter's small blob, the key of what the session store keeps for it
    (customer's token, large blobs), the ticket of a sign-in that is under way at an identity provider, where the last order
    is seen (the state of its page), the state it last went `out` with to be paid, and at which backend it is `paying` since
    when (Unix seconds), where the reports of carts that were carried are (states, between spaces), the backends this
    shopper has been told have `left` with their account, the marks of the posts it was made by (a session with the same one
    was made by an equal post), and when it was set (Unix seconds). Customer tokens never stand here."""

    id: str = ""
    carts: dict[str, tuple[str, str | None]] = {}
    markets: dict[str, str] = {}
    blobs: dict[str, str] = {}
    kept: str = ""
    was: tuple[str, ...] = ()
    entering: str = ""
    ordered: str = ""
    carried: str = ""
    left: tuple[str, ...] = ()
    out: str = ""
    paying: tuple[str, int] = ("", 0)
    marks: tuple[str, ...] = ()
    made: int = 0


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """Messages for the next page: keys with what they speak of."""

    messages: tuple[tuple[str, dict[str, str]], ...]
    made: int = 0


class Opened(msgspec.Struct, frozen=True):
    """A session with the cookie it came in."""

    name: str
    session: Session


EMPTY = Session()


class Sealer:
    """Seals and opens the store's cookies."""

    def __init__(self, ring: Sequence[bytes], *, https: bool) -> None:
        self.prefix = "__Host-" if https else ""
        self._secure = "; Secure" if https else ""
        self._ring = Ring(ring, b"portico-session")
        self.name = self.prefix + NAME
        self.flash_name = self.prefix + FLASH
        self._known: LRUCache[tuple[str, str], bytes] = LRUCache(KNOWN)

    def names(self, cookies: Mapping[str, str]) -> list[str]:
        """The session cookies among `cookies`, readable or not."""
        return [name for name in cookies if name.startswith(self.name)]

    def open(self, cookies: Mapping[str, str]) -> list[Opened]:
        """The sessions in a request's cookies, the one that was set first in front; none that cannot be read."""
        found: list[Opened] = []
        for name in self.names(cookies)[:MAX_COOKIES]:
            text = self._unsealed(name, cookies[name])
            if text is None:
                continue
            try:
                session = msgspec.msgpack.decode(text, type=Session)
            except msgspec.DecodeError:
                continue
            if session.made + LIFETIME > time.time():
                found.append(Opened(name, session))
        return sorted(found, key=lambda opened: (opened.session.made, opened.name)) if len(found) > 1 else found

    def mint(self) -> Opened:
        """A new session under a name of its own."""
        return Opened(f"{self.name}-{secrets.token_hex(4)}", Session(id=secrets.token_urlsafe(16)))

    def seal(self, session: Session, name: str | None = None) -> str:
        """The `Set-Cookie` value. Raises `ValueError` where it would be too large for a browser to keep."""
        made = msgspec.structs.replace(session, made=int(time.time()))
        return self._cookie(name or self.name, msgspec.msgpack.encode(made), LIFETIME)

    def seal_flash(self, flash: Flash) -> str:
        made = msgspec.structs.replace(flash, made=int(time.time()))
        return self._cookie(self.flash_name, msgspec.msgpack.encode(made), FLASH_SECONDS)

    def open_flash(self, cookies: Mapping[str, str]) -> Flash | None:
        """The messages a cookie brings, if they are not old."""
        text = self._unsealed(self.flash_name, cookies.get(self.flash_name, ""))
        try:
            flash = msgspec.msgpack.decode(text, type=Flash) if text is not None else None
        except msgspec.DecodeError:
            return None
        return flash if flash and flash.made + FLASH_SECONDS > time.time() else None

    def seal_as(self, name: str, text: bytes, seconds: int) -> str:
        """The `Set-Cookie` value of a cookie of another purpose, `name` without prefix."""
        return self._cookie(self.prefix + name, text, seconds)

    def open_as(self, name: str, cookies: Mapping[str, str]) -> bytes | None:
        """What such a cookie holds. One that was opened once is known: opening costs as much as several templates."""
        key = self.prefix + name, cookies.get(self.prefix + name, "")
        found = self._known.get(key)
        if found is None and (found := self._unsealed(*key)) is not None:
            self._known[key] = found
        return found

    def plain(self, name: str, value: str, seconds: int) -> str:
        """The `Set-Cookie` value of a cookie that anybody may read and forge: a choice."""
        return f"{self.prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{self._secure}"

    def expire(self, name: str) -> str:
        """The `Set-Cookie` value that takes a cookie away."""
        return f"{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{self._secure}"

    def _cookie(self, name: str, text: bytes, seconds: int) -> str:
        value = base64.urlsafe_b64encode(self._ring.seal(text, name.encode())).rstrip(b"=").decode()
        if len(value) > MAX_COOKIE:
            raise ValueError("the session is too large for a cookie")
        return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{self._secure}"

    def _unsealed(self, name: str, value: str) -> bytes | None:
        if not value or len(value) > MAX_COOKIE:
            return None
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            return None
        return self._ring.open(raw, name.encode("latin-1", "replace"))
