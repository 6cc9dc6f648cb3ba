"""An adapter for a backend over HTTP, made for the kit's own tests: each operation is a POST, answered by the embedded
engine. What it does wrong on demand (`flaw`) is what careless adapters do."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, get_type_hints

import httpx
import msgspec

import bff.ports as ports
from bff.ports import (
    BackendError,
    Deadline,
    DeadlineExceeded,
    Malformed,
    Manifest,
    Market,
    NotFound,
    Offer,
    PublicContext,
    SessionBlob,
    Shopper,
    Throttled,
    Trace,
    Unavailable,
    VisitorContext,
    operations,
)
from bff.testing.conformance.shop import PROTOCOLS


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the backend is, and the key to it. `flaw` names a mistake to make."""

    url: str
    api_key: str
    flaw: str = ""

    def __repr__(self) -> str:
        return "Settings(…)"


_last_url: list[str] = []
"""Global on purpose: the flaw `one-host`."""


def packed(value: object) -> str:
    """Any object as text whose words stand apart, so that what must be scrubbed can be."""
    lines = pickle.dumps(value, 0).decode("latin-1").split("\n")
    return "\n".join(f"{line[:1]} {line[1:]}" for line in lines)


def unpacked(text: str) -> Any:
    """Raises `TypeError`, `AttributeError` for what was never packed."""
    return pickle.loads("\n".join(line[:1] + line[2:] for line in text.split("\n")).encode("latin-1"))


class RemotePort:
    """A port whose operations are requests."""

    def __init__(self, name: str, facts: dict[str, Any], http: httpx.AsyncClient, settings: Settings) -> None:
        self._name, self._http, self._settings = name, http, settings
        self._declared = dict(operations(PROTOCOLS[name]))
        self.__dict__.update(facts)

    def __getattr__(self, operation: str) -> Any:
        if operation not in self._declared:
            raise AttributeError(operation)

        async def call(ctx: PublicContext | VisitorContext, /, **arguments: Any) -> Any:
            return await self._call(operation, ctx, arguments)

        return call

    async def _call(self, operation: str, ctx: PublicContext | VisitorContext, arguments: dict[str, Any]) -> Any:
        visitor = ctx if isinstance(ctx, VisitorContext) else None
        public = ctx.public if isinstance(ctx, VisitorContext) else ctx
        body = {"market": public.market.id, "locale": public.locale, "arguments": msgspec.to_builtins(arguments)}
        headers = {"x-api-key": self._settings.api_key}
        if visitor is not None:
            body["blob"] = visitor.shopper.blob.text
            if visitor.shopper.token:
                headers["authorization"] = f"Bearer {visitor.shopper.token}"
        try:
            answer = await self._ask(f"{self._name}.{operation}", body, headers)
        except DeadlineExceeded:
            if self._settings.flaw != "repeats-writes":
                raise
            answer = await self._ask(f"{self._name}.{operation}", body, headers)
        if visitor is not None and "blob" in answer:
            visitor.shopper.blob.replace(visitor.shopper.blob.text, answer["blob"])
        return self._decoded(answer)

    def _decoded(self, answer: dict[str, Any]) -> Any:
        if self._settings.flaw == "nulls-go-through" and answer.get("answer") is None:
            return ports.Navigation(categories=None)  # type: ignore[arg-type]
        try:
            return unpacked(answer["answer"])
        except (KeyError, TypeError, AttributeError) as error:
            raise Malformed(str(error)) from None

    async def _ask(self, operation: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        flaw = self._settings.flaw
        url = _last_url[0] if flaw == "one-host" and _last_url else self._settings.url
        try:
            response = await self._sent(f"{url}/{operation}", body, headers)
        except (httpx.ReadTimeout, httpx.PoolTimeout) as error:
            raise DeadlineExceeded(str(error)) from None
        except httpx.HTTPError as error:
            if flaw == "lets-out":
                raise
            raise Unavailable(str(error)) from None
        if flaw != "slow-body" and response.status_code == 429:
            after = response.headers.get("retry-after")
            raise Throttled("too many", retry_after=float(after) if after and flaw != "no-retry-after" else None)
        if response.status_code >= 500:
            if flaw == "failure-is-not-found":
                raise NotFound("nothing there")
            raise Unavailable(str(response.status_code))
        try:
            answer = response.json()
        except ValueError:
            if flaw == "html-is-nothing":
                return {"answer": packed(None)}
            raise Malformed("no JSON") from None
        if response.status_code >= 400 and isinstance(answer, dict) and answer.get("failure"):
            raise unpacked(answer["failure"])
        if not isinstance(answer, dict):
            raise Malformed("no object")
        return answer

    async def _sent(self, url: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        flaw = self._settings.flaw
        if flaw == "cookies":
            headers = {**headers, **({"cookie": _cookies[-1]} if _cookies else {})}
        if flaw == "many-calls":
            for _ in range(3):
                async with self._http.stream("POST", url, json=body, headers=headers):
                    pass
        if flaw == "never-gives-up":
            try:
                return await self._http.post(url, json=body, headers=headers)
            except asyncio.CancelledError:
                await asyncio.sleep(4)
                raise
        response = await self._http.post(url, json=body, headers=headers)
        if "set-cookie" in response.headers:
            _cookies.append(response.headers["set-cookie"].partition(";")[0])
        return httpx.Response(response.status_code, headers=_plain(response.headers), content=response.content)


_cookies: list[str] = []


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("content-encoding", "content-length")}


@asynccontextmanager
async def opened(settings: Settings, http: httpx.AsyncClient, markets: Sequence[Market]) -> AsyncIterator[Offer]:
    """Asks the backend what it has."""
    _last_url.append(settings.url)
    if settings.url.startswith("http://second"):
        facts = _known
    else:
        response = await http.post(f"{settings.url}/offer", json={}, headers={"x-api-key": settings.api_key})
        facts = {name: unpacked(text) for name, text in response.json().items()}
        _known.update(facts)
    yield Offer(**{name: RemotePort(name, each, http, settings) for name, each in facts.items()})  # type: ignore[arg-type]
    _last_url.clear()


_known: dict[str, dict[str, Any]] = {}

manifest = Manifest(name="remote", title="Remote", settings=Settings, open=opened)


class Engine(httpx.AsyncBaseTransport):
    """The backend: the embedded engine behind one address an operation."""

    def __init__(self, offer: Offer, markets: Sequence[Market]) -> None:
        self._offer, self._markets = offer, {market.id: market for market in markets}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(await request.aread())
        port, _, operation = request.url.path.strip("/").partition(".")
        if not operation:
            return httpx.Response(200, json=self._facts(), request=request)
        blob = SessionBlob(asked.get("blob"))
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or None
        public = PublicContext(
            market=self._markets[asked["market"]],
            locale=asked["locale"],
            currency=self._markets[asked["market"]].currency,
            deadline=Deadline.after(30),
            trace=Trace(request_id="remote"),
        )
        visitor = VisitorContext(public=public, shopper=Shopper(blob=blob, token=token))
        kind = dict(operations(PROTOCOLS[port]))[operation].kind
        try:
            arguments = decoded(getattr(PROTOCOLS[port], operation), asked["arguments"])
            answer = await getattr(getattr(self._offer, port), operation)(
                public if kind == "public_read" else visitor, **arguments
            )
        except BackendError as error:
            return httpx.Response(400, json={"failure": packed(error)}, request=request)
        told = {"answer": packed(answer), "blob": blob.text}
        return httpx.Response(200, json=told, request=request)

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name in PROTOCOLS:
            port = getattr(self._offer, name)
            if port is not None:
                known = {each: getattr(port, each) for each in ("traits", "sku_lookup") if hasattr(port, each)}
                facts[name] = packed(known)
        return facts


def decoded(method: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """JSON as the types that an operation declares."""
    hints = get_type_hints(method)
    known = inspect.signature(method).parameters
    return {name: msgspec.convert(value, hints[name]) for name, value in arguments.items() if name in known}
