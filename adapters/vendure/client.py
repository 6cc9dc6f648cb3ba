"""One call to the shop API: sent within the deadline, read up to a limit, its failures named by the contract.

A shopper's session is a bearer token. It goes out in a header only, and what Vendure says of it comes back in one: a new
token where it made or renewed a session, an empty one where it does not know the one sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import httpx
import msgspec

from bff.ports import (
    BackendError,
    DeadlineExceeded,
    InvalidInput,
    Malformed,
    NotFound,
    NotSignedIn,
    PublicContext,
    Throttled,
    Unavailable,
)

from .places import Place
from .settings import Settings

T = TypeVar("T")

TOKEN_HEADER = "vendure-auth-token"  # noqa: S105 - a header's name
CHANNEL_HEADER = "vendure-token"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,512}")
_LEAST_SECONDS = 0.001


class Operation(Generic[T]):
    """A document and what its answer's `data` is."""

    def __init__(self, name: str, document: str, answer: type[T]) -> None:
        self.name = name
        self.document = " ".join(document.split())
        self.decoder = msgspec.json.Decoder(answer)


class Reply(NamedTuple, Generic[T]):
    """`token`: the session's token from now on, where it is another; `lost`: the session that was sent is unknown."""

    data: T
    token: str | None
    lost: bool


class _Extensions(msgspec.Struct):
    code: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    extensions: _Extensions | None = None


class _Answer(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: tuple[_Error, ...] | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


class Client:
    """The shop API of one backend."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._http = http
        self._url = settings.url
        self._most = settings.max_bytes

    async def ask(
        self,
        ctx: PublicContext,
        place: Place,
        operation: Operation[T],
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
    ) -> Reply[T]:
        """Raises a `BackendError`; a business outcome is part of the data."""
        request = self._request(ctx, place, operation, variables or {}, token)
        response, body = await self._sent(request, operation.name)
        _check_status(response, body, operation.name)
        try:
            answer = _ANSWER.decode(body)
            if answer.errors:
                raise _failure(answer.errors[0], operation.name)
            data = operation.decoder.decode(answer.data)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Malformed(f"{operation.name}: {str(error)[:200]}") from None
        given = response.headers.get(TOKEN_HEADER)
        new = given if given and given != token and _TOKEN.fullmatch(given) else None
        return Reply(data, new, token is not None and given is not None and given != token)

    def _request(
        self, ctx: PublicContext, place: Place, operation: Operation[T], variables: Mapping[str, Any], token: str | None
    ) -> httpx.Request:
        headers = {"accept": "application/json"}
        if place.channel:
            headers[CHANNEL_HEADER] = place.channel
        if token is not None:
            if not _TOKEN.fullmatch(token):
                raise NotSignedIn("no token that could be Vendure's")
            headers["authorization"] = f"Bearer {token}"
        if ctx.trace.traceparent:
            headers["traceparent"] = ctx.trace.traceparent
        left = ctx.deadline.remaining()
        if left < _LEAST_SECONDS:
            raise DeadlineExceeded("no time left", operation=operation.name)
        return self._http.build_request(
            "POST",
            self._url,
            params={"languageCode": place.language, "currencyCode": place.currency},
            json={"query": operation.document, "variables": variables},
            headers=headers,
            timeout=httpx.Timeout(left),
        )

    async def _sent(self, request: httpx.Request, name: str) -> tuple[httpx.Response, bytes]:
        try:
            response = await self._http.send(request, stream=True)
            try:
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > self._most:
                        raise Malformed(f"{name}: more than {self._most} bytes")
            finally:
                await response.aclose()
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout):
            raise DeadlineExceeded("no answer in time", operation=name) from None
        except httpx.DecodingError:
            raise Malformed(f"{name}: a body that cannot be decompressed") from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise Unavailable(f"{name}: {type(error).__name__}") from None
        return response, bytes(body)


def _check_status(response: httpx.Response, body: bytes, name: str) -> None:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(name, retry_after=_seconds(response.headers.get("retry-after", "")))
    if status >= 500:
        raise Unavailable(f"{name}: status {status}")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise Unavailable(f"{name}: refused with status {status}")
    if status == httpx.codes.BAD_REQUEST:
        # The document does not fit the server's schema, or a value its type: another version, a plugin that is missing.
        raise Malformed(f"{name}: {_said(body)}")
    if status != httpx.codes.OK:
        raise Malformed(f"{name}: status {status}")


def _said(body: bytes) -> str:
    try:
        errors = _ANSWER.decode(body).errors or ()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "status 400"
    return errors[0].message[:200] if errors else "status 400"


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _failure(error: _Error, name: str) -> BackendError:
    """Errors beside the data. Their messages are keys of Vendure's (`error.entity-with-id-not-found`) or sentences without a
    shopper's data, cut short all the same."""
    code = error.extensions.code if error.extensions else ""
    detail = f"{name}: {code or 'error'}: {error.message[:120]}"
    match code:
        case "ENTITY_NOT_FOUND":
            return NotFound(detail)
        case "USER_INPUT_ERROR":
            return InvalidInput({}, detail)
        case "FORBIDDEN" | "UNAUTHORIZED":
            return NotSignedIn(detail)
        case "GRAPHQL_VALIDATION_FAILED" | "BAD_USER_INPUT" | "GRAPHQL_PARSE_FAILED" | "CHANNEL_NOT_FOUND":
            return Malformed(detail)
        case _:
            return Unavailable(detail)
