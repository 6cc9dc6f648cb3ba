"""`POST /-/changes/{backend}`: backends say here what changed, by their own webhooks or by the head's signed posts.

It stands outside the pages' guard: who may post is decided by a signature over the bytes as they came. Whatever is sent,
the answer is short and tells nothing: 200 or 202 (taken), 400, 401, 404, 405, 408, 413, 429, 503 (send it again).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence

import msgspec
from litestar import route
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response.base import ASGIResponse

from bff.gateway.generations import Generation, Generations
from bff.ports import BackendError, Change, DeadlineExceeded, Malformed, NotAllowed, NotFound, Unavailable
from bff.web import control_live, signed
from bff.web.answers import sent
from bff.web.failures import retry_after, status_of
from bff.web.limits import TooMany
from bff.web.spreading import Spreading, opened
from bff.web.storefront import Storefront
from bff.web.visit import WebRequest

log = logging.getLogger("portico.changes")

LARGEST = 256_000
"""Bytes of a message."""
MOST_CHANGES = 1_000
"""In one signed post."""
BODY_SECONDS, READ_SECONDS = 10.0, 5.0


class _TooLarge(Exception):
    pass


class _Post(msgspec.Struct, frozen=True):
    changes: list[Change]


@route("/-/changes/{backend:str}", http_method=["POST"], include_in_schema=False)
async def changes(request: WebRequest) -> ASGIResponse:
    """A message. 200: nothing follows from it (a trial); 202: every process lets go of what it names within a second."""
    generations: Generations[Storefront] = request.app.state.generations
    with generations.current.held() as generation:
        store, name = generation.default.front, str(request.path_params["backend"])
        wait: float | None = None
        try:
            await store.limits.take("changes", (store.clients.address(request),))
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
            status = await _taken(request, generation, name, body)
        except (_TooLarge, RequestEntityTooLarge):
            status = 413
        except (TimeoutError, ClientException):
            status = 408
        except BackendError as error:
            status, wait = _status(error), retry_after(error)
        except Exception as error:  # an adapter's fault: nothing of the message stands in the log
            log.error("a message of backend %s was not understood: %s", _shown(store, name), type(error).__name__)
            status, wait = 503, 60.0
        if status >= 400:
            log.warning("a message of backend %s was answered with %d", _shown(store, name), status)
        raw = [*store.headers, ("cache-control", "no-store")]
        if wait is not None:
            raw.append(("retry-after", str(round(wait))))
        return sent(b"taken\n" if status < 400 else b"not taken\n", status=status, headers=raw)


def _status(error: BackendError) -> int:
    if isinstance(error, NotAllowed):
        return 401
    if isinstance(error, Malformed):
        return 400
    return status_of(error) if isinstance(error, (TooMany, NotFound)) else 503


def _shown(store: Storefront, name: str) -> str:
    return name if name in store.settings.backends else "(unknown)"


async def _body(request: WebRequest) -> bytes:
    """The body's bytes. Raises `_TooLarge`."""
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > LARGEST:
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


async def _taken(request: WebRequest, generation: Generation[Storefront], name: str, body: bytes) -> int:
    """Raises `BackendError`: `NotFound` where nobody of that name is listened to, `NotAllowed` for a wrong signature."""
    store, spreading = generation.default.front, request.app.state.spreading
    assert isinstance(spreading, Spreading)
    settings = store.settings.backends.get(name)
    if settings is None:
        raise NotFound("no such backend")
    headers = {key.lower(): value for key, value in request.headers.items()}
    if settings.changes_secret and signed.is_signed(headers):
        id = signed.message(signed.key(settings.changes_secret), headers, body, store.control.clock())
        told = _read(body)
        await spreading.tell(name, told, once=store.control.ring.digest("change", name, id))
        return 202
    there = opened(generation).get(name)
    if there is None:
        return await _not_open(store, name)
    port = there.offer.changes
    if port is None or not port.traits.push:
        raise NotFound("tells nothing")
    found = await _received(port.receive(headers=headers, body=body))
    await spreading.tell(name, found)
    log.debug("backend %s: %d changes", name, len(found))
    return 202 if found else 200  # WooCommerce keeps a new webhook only if its trial is answered with 200 exactly


def _read(body: bytes) -> list[Change]:
    """What a signed post says. Raises `Malformed`."""
    try:
        told = msgspec.json.decode(body, type=_Post).changes
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Malformed("no changes") from None
    if len(told) > MOST_CHANGES or any(len(one.id or "") > 200 or one.id == "" for one in told):
        raise Malformed("too many changes, or an id that is none")
    return told


async def _received(reading: Awaitable[Sequence[Change]]) -> Sequence[Change]:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await reading
    except TimeoutError:
        raise DeadlineExceeded("reading a message took too long") from None


async def _not_open(store: Storefront, name: str) -> int:
    """A backend that is not open here. Where nothing is served by it, nothing of it is shown: its message is taken and
    forgotten, since some vendors switch a webhook off that is refused. In the middle of a swap it is to be sent again."""
    plan = await store.control.read(lambda db: control_live.plan(db, store.settings))
    serving = {*plan.markets.values(), *store.settings.compose.values()}
    if name in serving.union(*plan.draining.values()):
        raise Unavailable("not open yet")
    return 200


routes = (changes,)
