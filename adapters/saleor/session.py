"""Whose calls these are. A customer's token is Saleor's refresh token; the access token that it is changed into lives five
minutes and stands in the session's blob, with the refresh token's digest, so that it serves nobody else. There it also
stands which checkout the shopper ordered last: an ordered one is gone in Saleor, as one that never was.

A token that has lapsed is no error in Saleor: the call is answered as a guest's. So lapsing is watched here.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import time
from collections.abc import Callable

import msgspec

from bff.ports import NotSignedIn, VisitorContext

from .client import Client, Operation
from .places import Places
from .wire import Wire
from .wire_checkout import WireError

_EARLY = 20.0
"""Seconds before its end that an access token is not used any more."""
_USUAL = 240.0

_REFRESH = """
mutation Refresh($token: String!) { done: tokenRefresh(refreshToken: $token) { token errors { field code message } } }
"""


class _Refreshed(Wire):
    token: str | None = None
    errors: tuple[WireError, ...] = ()


class _Done(Wire):
    done: _Refreshed | None = None


class _Claims(msgspec.Struct):
    exp: float | None = None
    user_id: str | None = None


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """`ordered` is a checkout's id, `buyer` the digest of the token it was ordered with, "" for a guest."""

    whose: str = ""
    access: str = ""
    until: float = 0.0
    ordered: str = ""
    buyer: str = ""


_OPERATION = Operation("tokenRefresh", _REFRESH, _Done)
_KEPT = msgspec.json.Decoder(_Kept)


class Sessions:
    """Access tokens of customers. Refreshing is done once for calls at the same moment."""

    def __init__(self, client: Client, places: Places, now: Callable[[], float] = time.time) -> None:
        self._client, self._places, self._now = client, places, now
        self._locks: dict[str, asyncio.Lock] = {}

    async def access(self, ctx: VisitorContext) -> str:
        """The shopper's access token. Raises `NotSignedIn`."""
        refresh = ctx.shopper.token
        if not refresh:
            raise NotSignedIn("no token")
        whose = _digest(refresh)
        kept = self._kept(ctx, whose)
        if kept:
            return kept
        lock = self._locks.setdefault(whose, asyncio.Lock())
        try:
            async with lock:
                return self._kept(ctx, whose) or await self._refreshed(ctx, refresh)
        finally:
            if not lock.locked():
                self._locks.pop(whose, None)

    async def known(self, ctx: VisitorContext) -> str | None:
        """The access token, None for a guest and for a customer whose token has lapsed."""
        try:
            return await self.access(ctx)
        except NotSignedIn:
            return None

    def keep(self, ctx: VisitorContext, refresh: str, access: str) -> None:
        """Put an access token into the session's blob."""
        claims = _claims(access)
        until = claims.exp if claims.exp is not None else self._now() + _USUAL
        self._write(ctx, msgspec.structs.replace(_read(ctx), whose=_digest(refresh), access=access, until=until))

    def forget(self, ctx: VisitorContext) -> None:
        self._write(ctx, _Kept())

    def ordering(self, ctx: VisitorContext, checkout: str) -> None:
        """Note what the shopper is about to order, before it is: an answer may be lost."""
        buyer = _digest(ctx.shopper.token) if ctx.shopper.token else ""
        self._write(ctx, msgspec.structs.replace(_read(ctx), ordered=checkout, buyer=buyer))

    def not_ordered(self, ctx: VisitorContext) -> None:
        self._write(ctx, msgspec.structs.replace(_read(ctx), ordered="", buyer=""))

    def ordered(self, ctx: VisitorContext, checkout: str) -> bool:
        """Whether a checkout that is gone is the one that this shopper ordered last. What was ordered signed in is known to
        the same sign-in only."""
        kept = _read(ctx)
        own = _digest(ctx.shopper.token) if ctx.shopper.token else ""
        return kept.ordered == checkout and kept.buyer in ("", own)

    def _write(self, ctx: VisitorContext, kept: _Kept) -> None:
        text = msgspec.json.encode(kept).decode() if kept != _Kept() else None
        ctx.shopper.blob.replace(ctx.shopper.blob.text, text)

    def _kept(self, ctx: VisitorContext, whose: str) -> str | None:
        kept = _read(ctx)
        return kept.access if kept.whose == whose and kept.until - _EARLY > self._now() else None

    async def _refreshed(self, ctx: VisitorContext, refresh: str) -> str:
        place = self._places.of(ctx.public)
        done = (await self._client.ask(ctx.public, place, _OPERATION, {"token": refresh})).done
        if done is None or not done.token:
            raise NotSignedIn(done.errors[0].code if done and done.errors else "no token")
        self.keep(ctx, refresh, done.token)
        return done.token


def _read(ctx: VisitorContext) -> _Kept:
    try:
        return _KEPT.decode((ctx.shopper.blob.text or "{}").encode())
    except (msgspec.MsgspecError, RecursionError):
        return _Kept()


def user_of(access: str | None) -> str | None:
    """Whose access token this is, by its own words: read to compare, never to trust."""
    return _claims(access).user_id if access else None


def _claims(access: str) -> _Claims:
    parts = access.split(".")
    if len(parts) != 3:
        return _Claims()
    try:
        text = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(text, type=_Claims)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return _Claims()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]
