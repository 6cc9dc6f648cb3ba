"""One call of Acme's API: sent, bounded, decoded, its failures in the contract's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec
from bff.ports import (
    BackendError,
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    Malformed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PublicContext,
    Throttled,
    Unavailable,
)

from . import wire

T = TypeVar("T")


class Api:
    """Raises the contract's failures only. It neither repeats nor keeps: the gateway does both, for everybody."""

    def __init__(self, http: httpx.AsyncClient, url: str, key: str) -> None:
        self._http, self._url, self._key = http, url.rstrip("/"), key

    def __repr__(self) -> str:
        return f"Api({self._url!r})"

    async def get(
        self, ctx: PublicContext, path: str, shape: type[T], query: Mapping[str, str], *, token: str | None = None
    ) -> T:
        """`token`: the shopper's own, where the call is a shopper's."""
        return await self._call(ctx, "GET", path, shape, query, None, token)

    async def post(self, ctx: PublicContext, path: str, shape: type[T], body: object, *, token: str | None = None) -> T:
        return await self._call(ctx, "POST", path, shape, {}, body, token)

    async def _call(
        self,
        ctx: PublicContext,
        method: str,
        path: str,
        shape: type[T],
        query: Mapping[str, str],
        body: object,
        token: str | None,
    ) -> T:
        headers = {"accept": "application/json", "authorization": f"Bearer {token or self._key}"}
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            answer = await self._http.request(
                method,
                self._url + path,
                params=dict(query),
                content=None if body is None else msgspec.json.encode(body),
                headers=headers,
                timeout=max(ctx.deadline.remaining(), 0.001),
            )
        except httpx.TimeoutException as error:
            raise DeadlineExceeded(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unavailable(type(error).__name__) from None
        if not answer.is_success:
            raise failure(answer.status_code, answer.content, answer.headers)
        return decoded(answer.content, shape)


def decoded(content: bytes, shape: type[T]) -> T:
    """Raises `Malformed` for an answer that is not what was promised: HTML of a login page, half a document, nulls."""
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise Malformed(f"{shape.__name__}: {_said(error)}") from None


def _said(error: Exception) -> str:
    """What a decoder says where it names types and members only: its other words may repeat what was sent."""
    told = str(error)
    return told if told.startswith(("Expected `", "Object missing")) else type(error).__name__


def failure(status: int, content: bytes, headers: Mapping[str, str]) -> BackendError:
    """What an answer that is no success means. A refusal that was worded has a code; without one somebody else
    answered (a proxy, another site), and "not found" would be a lie."""
    try:
        said = msgspec.json.decode(content, type=wire.Refusal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        said = wire.Refusal()
    detail = f"{status} {said.code or ''}".rstrip()
    if status == 429:
        return Throttled(detail, retry_after=seconds(headers.get("retry-after")))
    if status >= 500:
        return Unavailable(detail)
    if status == 401:
        return NotSignedIn(detail)
    if status == 403:
        return NotAllowed(detail)
    if status == 409:
        return Conflict(detail)
    if status == 404 and said.code:
        return NotFound(detail)
    if status in (400, 422) and said.code:
        return InvalidInput({}, detail)
    return Malformed(detail)


def seconds(text: str | None) -> float | None:
    """What `Retry-After` says, where it is a number of seconds."""
    return float(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else None
