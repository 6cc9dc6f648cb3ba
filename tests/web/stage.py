"""A store to test against: the app in this process, over any backend, asked with the very bytes a server would hand on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import anyio.from_thread
from litestar import Litestar

from bff import app as composition
from bff import settings as configuration
from bff.gateway.backends import OpenBackend, bound
from bff.gateway.calls import BARE
from bff.gateway.chain import Arrange
from bff.ports import Backend, Offer
from bff.web.storefront import Storefront

HOST = (b"host", b"127.0.0.1:8000")
SAME_SITE = (b"sec-fetch-site", b"same-origin")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
PLACES = ("en-gb", "de-de", "en-us", "ar-ae", "en-ae")
Headers = Sequence[tuple[bytes, bytes]]


@dataclass
class Answer:
    """What came back."""

    status: int
    raw: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def header(self, name: str) -> str | None:
        found = self.all(name)
        assert len(found) < 2, f"{name} is sent {len(found)} times: {found}"
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        return [value.decode("latin-1") for key, value in self.raw if key.decode().lower() == name]


@dataclass
class Shop:
    """An opened store. `ask` is for loops inside the app's own event loop, the others for tests outside it."""

    app: Litestar
    portal: anyio.from_thread.BlockingPortal
    seen: list[str] = field(default_factory=list)

    def get(self, target: str | bytes, **headers: str) -> Answer:
        return self.request("GET", target, named(headers))

    def post(self, target: str | bytes, body: bytes = b"", headers: Headers = (SAME_SITE, FORM)) -> Answer:
        return self.request("POST", target, headers, body)

    def request(self, method: str, target: str | bytes, headers: Headers = (), body: bytes = b"") -> Answer:
        return self.run(partial(ask, self.app, method, target, headers, body))

    def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        return self.portal.call(call)

    @property
    def backend(self) -> Backend:
        return self.store.backend

    @property
    def store(self) -> Storefront:
        return store_of(self.app)


def store_of(app: Litestar) -> Storefront:
    """What a newcomer is served by now."""
    found: Storefront = app.state.generations.current.default.front
    return found


def named(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]


async def ask(app: Litestar, method: str, target: str | bytes, headers: Headers = (), body: bytes = b"") -> Answer:
    """One request, with the scope that granian makes: the path percent-decoded with replacement, its bytes beside it."""
    raw = target.encode() if isinstance(target, str) else target
    path, _, query = raw.partition(b"?")
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 40_000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": unquote(path.decode("latin-1"), errors="replace")
        if path.isascii()
        else path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "headers": [*([] if any(name == b"host" for name, _ in headers) else [HOST]), *headers],
        "state": {},
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    whole = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Answer(start["status"], list(start["headers"]), whole)


def settings(var: Path, environ: Mapping[str, str] | None = None, shop: Path | None = None) -> configuration.Settings:
    """The demo store's settings with everything it writes under `var`."""
    own = {
        "PORTICO_SERVER__VAR": str(var),
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": str(var / "embedded.sqlite"),
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__TODAY": "2026-11-20",
        "PORTICO_LIMITS__FIRST_POST": "9999/1s",  # all tests come from one address
        **(environ or {}),
    }
    return configuration.load(shop, own)


@contextlib.contextmanager
def opened(found: configuration.Settings, offer: Offer | None = None) -> Iterator[Shop]:
    """The store open; over `offer` instead of the configured backend where one is given."""

    @contextlib.asynccontextmanager
    async def instead(*_: Any, arrange: Arrange = tuple, **__: Any) -> AsyncIterator[OpenBackend]:
        assert offer is not None
        yield bound("default", offer, links=arrange(BARE))

    with contextlib.ExitStack() as stack:
        if offer is not None:
            stack.enter_context(patch.object(composition, "open_backend", instead))
        app = composition.create_app(found)
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        stack.enter_context(portal.wrap_async_context_manager(app.lifespan()))
        yield Shop(app, portal)


class Port:
    """A port made of answers: each is a value, an exception to raise, or a (coroutine) function of the arguments. What
    has no answer is a foreign exception when it is called, and every call is written down."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        answer = self.answers.get(name, NotImplementedError(f"the test gave no answer to {name}"))
        if isinstance(answer, Attribute):
            return answer.value

        async def call(ctx: Any = None, /, **arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                found = answer(**arguments)
                if isinstance(found, BaseException):
                    raise found
                return await found if asyncio.iscoroutine(found) else found
            return answer

        return call


@dataclass
class Attribute:
    """An answer that is no operation: a trait."""

    value: Any
