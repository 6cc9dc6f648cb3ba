"""One call of the Store API: sent, bounded, decoded into the wire's structs, failures in the contract's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

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
    PublicContext,
    Throttled,
    Unavailable,
)

from .wire import Trouble

T = TypeVar("T")
Query = Sequence[tuple[str, str]]
API = "/wp-json/wc/store/v1"


class Refusal(InvalidInput):
    """WooCommerce understood and said no. Ports turn the refusals they know into values."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__({}, detail)
        self.code, self.message, self.data = trouble.code, trouble.message, trouble.data


class Changed(Conflict):
    """The cart is not as it was thought (409); `data` may bring it along as it is now."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.code, self.data = trouble.code, trouble.data


class Lapsed(NotFound):
    """The cart's token is nobody's, or its time is over."""


class NoRoute(Malformed):
    """There is no such address: another version, or no WooCommerce at all."""


class Api:
    """The Store API. Raises the contract's failures only. Their details hold WooCommerce's code and nothing it says, since
    its messages repeat what it was sent. Cookies are neither kept nor sent: a cart is its token."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url.rstrip("/") + API

    async def get(
        self, ctx: PublicContext, path: str, shape: type[T], *, query: Query = (), token: str | None = None
    ) -> tuple[T, httpx.Headers]:
        answer = await self._send(ctx, "GET", path, query, None, token)
        return decoded(answer.content, shape), answer.headers

    async def send(
        self, ctx: PublicContext, method: str, path: str, shape: type[T], body: Any, *, query: Query = (), token: str
    ) -> tuple[T, httpx.Headers]:
        answer = await self._send(ctx, method, path, query, body, token)
        return decoded(answer.content, shape), answer.headers

    async def quietly(self, ctx: PublicContext, path: str, shape: type[T], body: Any) -> T:
        """A read whose parameters are secrets: they go in the body, so that no log of addresses holds them."""
        answer = await self._send(ctx, "POST", path, (), body, None, {"x-http-method-override": "GET"})
        return decoded(answer.content, shape)

    async def _send(
        self,
        ctx: PublicContext,
        method: str,
        path: str,
        query: Query,
        body: Any,
        token: str | None,
        more: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        headers = {"accept": "application/json", **(more or {})}
        if body is not None:
            headers["content-type"] = "application/json"
        if token is not None:
            headers["cart-token"] = token
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
            return answer
        raise failure(answer.status_code, answer.content, answer.headers)


def decoded(content: bytes, shape: type[T]) -> T:
    """The answer in its struct. Raises `Malformed`."""
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise Malformed(f"{shape}: {type(error).__name__}") from None


def failure(status: int, content: bytes, headers: Mapping[str, str]) -> BackendError:
    """What an answer that is no success means."""
    try:
        said = msgspec.json.decode(content, type=Trouble)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        said = Trouble()
    detail = f"{status} {said.code}".rstrip()
    if status == 429 or "rate_limit" in said.code:  # WooCommerce's own limit of calls is a 400 with a header of its own
        waited = headers.get("retry-after") or headers.get("ratelimit-retry-after")
        return Throttled(detail, retry_after=_seconds(waited))
    if status >= 500:
        return Unavailable(detail)
    if said.code == "rest_no_route":
        return NoRoute(detail)
    if said.code in ("woocommerce_rest_missing_nonce", "woocommerce_rest_invalid_nonce"):
        return Lapsed(detail)
    if not said.code or status < 400:
        # A redirect, or an error that WordPress did not word: something else answers at this address.
        return Malformed(detail)
    if status in (401, 403):
        return NotAllowed(detail)
    if status == 404:
        return NotFound(detail)
    return Changed(said, detail) if status == 409 else Refusal(said, detail)


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < 86_400 else None


def fields(*names: str) -> tuple[str, str]:
    """The fields to answer with, and none besides."""
    return ("_fields", ",".join(names))


def number(text: str | None) -> int | None:
    """An id of WordPress's, None for what can be none."""
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdecimal() else None
