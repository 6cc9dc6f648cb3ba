"""One call to Saleor: sent within the deadline, read up to a limit, its failures named by the contract.

Saleor answers 200 for nearly everything: what failed stands in `errors`, beside data that may be there in part. With its
debugging on, errors hold stack traces; nothing of them is kept.
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
    NotSignedIn,
    PublicContext,
    Throttled,
    Unavailable,
)

from .places import Place
from .settings import Settings

T = TypeVar("T")

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")
_LEAST_SECONDS = 0.001
_SIGNED_OUT = (
    "PermissionDenied",
    "ExpiredSignatureError",
    "InvalidTokenError",
    "InvalidSignatureError",
    "DecodeError",
)
CURSOR = "cursor"


class Operation(Generic[T]):
    """A document and what its answer's `data` is. `partial`: the data counts although something in it was refused."""

    def __init__(self, name: str, document: str, answer: type[T], *, partial: bool = False) -> None:
        self.name, self.partial = name, partial
        self.document = " ".join(document.split())
        self.decoder = msgspec.json.Decoder(answer)
        self.wants = tuple(each for each in ("channel", "lang", "country") if f"${each}:" in self.document)


class _Exception(msgspec.Struct):
    code: str = ""


class _Extensions(msgspec.Struct):
    exception: _Exception | None = None


class Error(msgspec.Struct):
    """An error beside the data. `path` names the field it is about."""

    message: str = ""
    path: tuple[str | int, ...] | None = None
    extensions: _Extensions | None = None

    @property
    def code(self) -> str:
        return self.extensions.exception.code if self.extensions and self.extensions.exception else ""

    @property
    def denied(self) -> bool:
        return self.code in _SIGNED_OUT


class _Answer(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: tuple[Error, ...] | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


class Told(NamedTuple, Generic[T]):
    """Data, and what was refused beside it."""

    data: T
    errors: tuple[Error, ...]

    def denied(self, field: str) -> bool:
        """Whether this field is another's."""
        return any(error.denied and error.path and error.path[-1] == field for error in self.errors)


class Client:
    """The GraphQL endpoint of one backend."""

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
    ) -> T:
        """Raises a `BackendError`; a business outcome is part of the data."""
        return (await self.tell(ctx, place, operation, variables, token=token)).data

    async def tell(
        self,
        ctx: PublicContext,
        place: Place,
        operation: Operation[T],
        variables: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
    ) -> Told[T]:
        """Like `ask`, with what was refused beside the data."""
        usual = {"channel": place.channel, "lang": place.language, "country": place.market.country}
        body = {
            "query": operation.document,
            "variables": {**{name: usual[name] for name in operation.wants}, **(variables or {})},
        }
        headers = {"authorization": f"Bearer {_checked(token)}"} if token is not None else {}
        response, answer = await self.send(ctx, "POST", self._url, operation.name, json=body, headers=headers)
        _check_status(response, answer, operation.name)
        try:
            read = _ANSWER.decode(answer)
            errors = read.errors or ()
            if errors and (not operation.partial or bytes(read.data) == b"null"):
                raise _failure(errors[0], operation.name)
            data = operation.decoder.decode(read.data)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Malformed(f"{operation.name}: {str(error)[:200]}") from None
        return Told(data, errors)

    async def send(
        self,
        ctx: PublicContext,
        method: str,
        url: str,
        name: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[httpx.Response, bytes]:
        """One request and its body. Raises what a transport can fail with, in the contract's words."""
        left = ctx.deadline.remaining()
        if left < _LEAST_SECONDS:
            raise DeadlineExceeded("no time left", operation=name)
        sent = {"accept": "application/json", **(headers or {})}
        if ctx.trace.traceparent:
            sent["traceparent"] = ctx.trace.traceparent
        try:
            request = self._http.build_request(method, url, json=json, headers=sent, timeout=httpx.Timeout(left))
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


def _checked(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise NotSignedIn("no token that could be Saleor's")
    return token


def _check_status(response: httpx.Response, body: bytes, name: str) -> None:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(name, retry_after=_seconds(response.headers.get("retry-after", "")))
    if status >= 500:
        raise Unavailable(f"{name}: status {status}")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise Unavailable(f"{name}: refused with status {status}")
    if status == httpx.codes.BAD_REQUEST:
        # The document does not fit the server's schema: another version of Saleor.
        try:
            errors = _ANSWER.decode(body).errors or ()
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            errors = ()
        raise Malformed(f"{name}: {errors[0].message[:200] if errors else 'status 400'}")
    if status != httpx.codes.OK:
        raise Malformed(f"{name}: status {status}")


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _failure(error: Error, name: str) -> BackendError:
    """Messages are quoted for errors of the document only: others may hold what a shopper typed."""
    if error.denied:
        return NotSignedIn(f"{name}: {error.code}")
    if "cursor is invalid" in error.message:
        return InvalidInput({CURSOR: "invalid"}, name)
    if error.code in ("GraphQLError", "ValueError", ""):
        return Malformed(f"{name}: {error.message[:120]}")
    if error.code == "QueryCostError":
        return Malformed(f"{name}: the document costs more than Saleor allows")
    return Unavailable(f"{name}: {error.code[:60]}")
