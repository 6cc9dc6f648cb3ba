"""One call of Medusa's store API: sent, bounded, decoded into the wire's structs, failures in the contract's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from bff.ports import (
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

T = TypeVar("T")
Query = Sequence[tuple[str, str]]
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Refusal(InvalidInput):
    """Medusa understood and said no (400). Ports turn the refusals they know into values; another is the shopper's input."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__({}, f"400 {kind} {code}".rstrip())
        self.kind, self.code, self.message = kind, code, message


class _Error(msgspec.Struct):
    type: str | None = None
    code: str | None = None
    message: str | None = None


class Api:
    """The store API. Raises the contract's failures only; their details hold no address, id or message of the backend's,
    since Medusa repeats in its messages what it was sent."""

    def __init__(self, http: httpx.AsyncClient, url: str, key: str) -> None:
        self._http, self._url, self._key = http, url.rstrip("/"), key

    async def get(
        self, ctx: PublicContext, path: str, shape: type[T], *, query: Query = (), token: str | None = None
    ) -> T:
        return await self._call(ctx, "GET", path, shape, query, None, token)

    async def post(
        self, ctx: PublicContext, path: str, shape: type[T], body: Any, *, query: Query = (), token: str | None = None
    ) -> T:
        return await self._call(ctx, "POST", path, shape, query, body, token)

    async def delete(
        self,
        ctx: PublicContext,
        path: str,
        shape: type[T],
        *,
        body: Any = None,
        query: Query = (),
        token: str | None = None,
    ) -> T:
        return await self._call(ctx, "DELETE", path, shape, query, body, token)

    async def _call(
        self, ctx: PublicContext, method: str, path: str, shape: type[T], query: Query, body: Any, token: str | None
    ) -> T:
        headers = {"x-publishable-api-key": self._key, "accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if ctx.trace.traceparent:
            headers["traceparent"] = ctx.trace.traceparent
        try:
            answer = await self._http.request(
                method,
                self._url + path,
                params=list(query),
                content=None if body is None else msgspec.json.encode(body),
                headers=headers,
                timeout=max(ctx.deadline.remaining(), 0.001),
                follow_redirects=False,
            )
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout) as error:
            raise DeadlineExceeded(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unavailable(type(error).__name__) from None
        if answer.is_success:
            return decoded(answer.content, shape)
        raise failure(answer.status_code, answer.content, answer.headers, signed_in=token is not None)


def decoded(content: bytes, shape: type[T]) -> T:
    """The answer in its struct: numbers go straight into decimals, never through binary floats. Raises `Malformed`."""
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise Malformed(f"{shape.__name__}: {type(error).__name__}") from None


def failure(status: int, content: bytes, headers: Mapping[str, str], *, signed_in: bool) -> Exception:
    """What an answer that is no success means."""
    try:
        said = msgspec.json.decode(content, type=_Error)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        said = _Error()
    kind, code, message = said.type or "", said.code or "", said.message or ""
    detail = f"{status} {kind} {code}".rstrip()
    if status == 429:
        return Throttled(detail, retry_after=_seconds(headers.get("retry-after")))
    if status == 400 and kind == "not_allowed" and "ublishable" in message:
        return Unavailable("the publishable key is refused")
    if status in (400, 422) and kind:
        return Refusal(kind, code, message)
    if status == 401:
        return NotSignedIn(detail)
    if status == 403:
        return NotAllowed(detail)
    if status == 404 and kind:
        return NotFound(detail)
    if status == 409:
        return Conflict(detail)
    if status >= 500:
        return Unavailable(detail)
    # A redirect, or an error that Medusa did not word: something else answers at this address.
    return Malformed(detail)


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < 86_400 else None


def part(id: str) -> str:
    """An id as one part of a path. Raises `NotFound` for what can be none of Medusa's: it must not lead elsewhere."""
    if not id or len(id) > 100 or not _LOCAL.issuperset(id):
        raise NotFound("no id of this backend")
    return quote(id, safe="")


def many(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """A list in Medusa's query language."""
    return [(f"{name}[]", value) for value in values]


def fields(*names: str) -> tuple[str, str]:
    """The fields to answer with, and none besides. Medusa drops a name it does not allow without a word."""
    return ("fields", ",".join(names))
