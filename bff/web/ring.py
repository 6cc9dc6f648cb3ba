"""The key ring: what the store seals for itself, in cookies and in the control store.

AES-256-GCM. The newest key seals, all open, and what is sealed is bound to where it belongs, so that nothing can be put
in another's place. `digest` names things by a keyed hash, so that a stolen file tells neither addresses nor ids.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
TAG = 16


class Ring:
    """`person` (at most 16 bytes) says what the keys are for: equal secrets give different keys for different purposes."""

    def __init__(self, secrets_: Sequence[bytes], person: bytes) -> None:
        self._keys = [AESGCM(hashlib.blake2b(key, digest_size=32, person=person).digest()) for key in secrets_]
        self._digest = hashlib.blake2b(secrets_[0], digest_size=32, person=b"portico-digest").digest()

    def seal(self, text: bytes, bound: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._keys[0].encrypt(nonce, text, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes | None:
        """What was sealed; None for anything that was not, or not for here."""
        if len(sealed) < NONCE + TAG:
            return None
        for key in self._keys:
            try:
                return key.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
            except InvalidTag:
                continue
        return None

    def digest(self, *parts: str | bytes) -> bytes:
        """A keyed hash of the parts, of 16 bytes; where one part ends and the next begins counts."""
        made = hashlib.blake2b(digest_size=16, key=self._digest)
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            made.update(len(raw).to_bytes(8, "big") + raw)
        return made.digest()
