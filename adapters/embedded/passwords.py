"""Passwords: which are taken, and how they are kept.

scrypt (RFC 7914) with a salt of its own for each, written `scrypt$15$8$3$salt$hash`: the parameters stand beside the hash,
so that they can rise; who signs in with an old one is hashed anew. N = 2^15, r = 8, p = 3 is one of OWASP's equal choices:
32 MiB and about a quarter of a second, hence never on the event loop and never more than two at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import unicodedata
from base64 import b64decode, b64encode
from itertools import pairwise

from .said import Refusals, common_passwords

SHORTEST, LONGEST = 8, 128
_BLOCK, _PARALLEL, _AT_ONCE = 8, 3, 2


def check(refusals: Refusals, field: str, password: str, *own: str) -> None:
    """Note what is wrong with a new password. `own` is what its owner is called: no password either."""
    plain = _plain(password)
    if len(plain) < SHORTEST:
        refusals.add(field, "password_short", limit=SHORTEST)
    elif len(plain) > LONGEST:
        refusals.add(field, "password_long", limit=LONGEST)
    elif any(0xD800 <= ord(c) <= 0xDFFF for c in plain):
        refusals.add(field, "characters")
    elif _guessable(plain.lower(), {name.lower() for name in own}):
        refusals.add(field, "password_common")


def _guessable(password: str, own: set[str]) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    return password in common_passwords() or password in own or steps in ({0}, {1}, {-1})


def _plain(password: str) -> str:
    """The same password, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password[: 4 * LONGEST])


class Passwords:
    """Makes and checks hashes, in threads. `cost` is the logarithm of scrypt's N."""

    def __init__(self, cost: int) -> None:
        self._cost = cost
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def kept(self, password: str) -> str:
        """What to keep of a password."""
        salt = secrets.token_bytes(16)
        digest = await self._digest(password, salt, self._cost, _BLOCK, _PARALLEL)
        return "$".join(("scrypt", str(self._cost), str(_BLOCK), str(_PARALLEL), _text(salt), _text(digest)))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the one. Without any to compare with it takes as long, and is not."""
        if kept is None or len(_plain(password)) > LONGEST:
            await self._digest(password[:LONGEST], bytes(16), self._cost, _BLOCK, _PARALLEL)
            return False
        _, cost, block, parallel, salt, digest = kept.split("$")
        found = await self._digest(password, b64decode(salt), int(cost), int(block), int(parallel))
        return hmac.compare_digest(found, b64decode(digest))

    def outdated(self, kept: str) -> bool:
        return kept.split("$")[:4] != ["scrypt", str(self._cost), str(_BLOCK), str(_PARALLEL)]

    async def _digest(self, password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
        text = _plain(password).encode("utf-8", "surrogatepass")
        async with self._turn:
            return await asyncio.to_thread(_scrypt, text, salt, cost, block, parallel)


def _scrypt(password: bytes, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    n = 1 << cost
    return hashlib.scrypt(password, salt=salt, n=n, r=block, p=parallel, maxmem=256 * n * block, dklen=32)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
