"""The shopper's session: one sealed cookie, set only when it changed.

AES-256-GCM under a ring of keys (the newest seals, all open), bound to the cookie's name. Whatever cannot be opened is an
anonymous shopper, never an error. On https the name carries `__Host-` (RFC 6265bis): secure, this host, whole path.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAME = "portico-session"
MAX_COOKIE = 3_500
LIFETIME = 180 * 86_400
NONCE = 12


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the cookie holds: the guest's cart per backend (`{backend: [id, version]}`), each adapter's small blob, and when
    it was made (Unix seconds). Customer tokens never stand here."""

    carts: dict[str, tuple[str, str | None]] = {}
    blobs: dict[str, str] = {}
    made: int = 0


EMPTY = Session()


class Sealer:
    """Seals and opens sessions."""

    def __init__(self, ring: Sequence[bytes], *, https: bool) -> None:
        self.name = f"__Host-{NAME}" if https else NAME
        self._https = https
        self._keys = [AESGCM(hashlib.blake2b(key, digest_size=32, person=b"portico-session").digest()) for key in ring]
        self._bound = self.name.encode()

    def open(self, cookies: Mapping[str, str]) -> Session:
        """The session in a request's cookies; an anonymous one where there is none that can be read."""
        value = cookies.get(self.name)
        if not value or len(value) > MAX_COOKIE:
            return EMPTY
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            return EMPTY
        if len(raw) <= NONCE + 16:
            return EMPTY
        for key in self._keys:
            try:
                text = key.decrypt(raw[:NONCE], raw[NONCE:], self._bound)
                session = msgspec.msgpack.decode(text, type=Session)
            except (InvalidTag, msgspec.DecodeError):
                continue
            return session if session.made + LIFETIME > time.time() else EMPTY
        return EMPTY

    def seal(self, session: Session) -> str:
        """The `Set-Cookie` value. Raises `ValueError` where it would be too large for a browser to keep."""
        made = msgspec.structs.replace(session, made=int(time.time()))
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + self._keys[0].encrypt(nonce, msgspec.msgpack.encode(made), self._bound)
        value = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        if len(value) > MAX_COOKIE:
            raise ValueError("the session is too large for a cookie")
        secure = "; Secure" if self._https else ""
        return f"{self.name}={value}; Path=/; Max-Age={LIFETIME}; HttpOnly; SameSite=Lax{secure}"
