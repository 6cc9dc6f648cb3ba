"""The gauntlet: every operation meets every way a backend can fail, and answers with the right failure, in time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from bff.ports import (
    BackendError,
    DeadlineExceeded,
    InvalidInput,
    Malformed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Throttled,
    Unavailable,
    operations,
)

from .calls import Escaped
from .probes import bench, calls
from .sample import Sample
from .scenarios import Scenarios
from .shapes import faults as shape_faults
from .shapes import returned
from .shop import PROTOCOLS, Shop, open_shop
from .wire import Fault

SECONDS, GRACE, PLENTY = 0.4, 2.0, 10.0
"""The deadline of a call in the gauntlet, and how much later it may still end on a busy machine."""
RETRY_AFTER = 7
CHUNK, MOST = 1 << 18, 24 << 20
"""An endless answer comes in chunks of this many bytes; whoever reads more than `MOST` of it reads without a limit."""
HTML = b"<!doctype html><html><head><title>Login</title></head><body><h1>Please sign in</h1></body></html>"


async def _refused(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    raise httpx.ConnectError("connection refused", request=request)


async def _unanswered(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    raise httpx.ReadTimeout("no answer", request=request)


async def _hanging(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("never")


async def _throttled(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    headers = {"retry-after": str(RETRY_AFTER), "content-type": "application/json"}
    return httpx.Response(429, headers=headers, content=b'{"message": "too many"}', request=request)


async def _throttled_unsaid(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    return httpx.Response(429, text="slow down", request=request)


async def _broken(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    return httpx.Response(500, text="Internal Server Error", request=request)


async def _html(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/html"}, content=HTML, request=request)


async def _truncated(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    response = await inner.handle_async_request(request)
    body = await response.aread()
    kept = {"content-type": response.headers.get("content-type", "application/json")}
    half = body[: len(body) // 2] if len(body) > 2 else b'{"'
    return httpx.Response(200, headers=kept, content=half, request=request)


class _Stream(httpx.AsyncByteStream):
    """A body whose chunks come as `chunks` says; `read` counts the bytes that were taken."""

    def __init__(self, chunks: Callable[[], AsyncIterator[bytes]]) -> None:
        self._chunks = chunks
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks():
            self.read += len(chunk)
            if self.read > MOST:
                raise AssertionError(f"more than {MOST >> 20} MiB of an endless answer were read")
            yield chunk


async def _cut(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"data": {"a'
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return httpx.Response(200, headers=JSON, stream=_Stream(chunks), request=request)


async def _endless(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"["
        while True:
            await asyncio.sleep(0)
            yield b'"' + b"x" * (CHUNK - 3) + b'",'

    return httpx.Response(200, headers=JSON, stream=_Stream(chunks), request=request)


async def _dripping(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(SECONDS / 8)

    return httpx.Response(200, headers=JSON, stream=_Stream(chunks), request=request)


async def _nulls(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    response = await inner.handle_async_request(request)
    body = await response.aread()
    try:
        plain = json.loads(body)
    except ValueError:
        plain = {}
    return httpx.Response(200, headers=JSON, content=json.dumps(_without_leaves(plain)).encode(), request=request)


def _without_leaves(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_leaves(inner) for name, inner in value.items()}
    return [_without_leaves(inner) for inner in value] if isinstance(value, list) else None


async def _lost(request: httpx.Request, inner: httpx.AsyncBaseTransport) -> httpx.Response:
    response = await inner.handle_async_request(request)
    await response.aread()
    raise httpx.ReadTimeout("the answer was lost", request=request)


JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Ordeal:
    """A way to fail and the failures that tell it. `tolerant`: an answer of the right shape, or none found, will do.
    `writes`: only operations that change something go through it. `patient`: each call takes its whole deadline,
    which is short; others have `PLENTY` of seconds and need none. `few`: one operation of each port, because it is dear."""

    fault: Fault
    wanted: tuple[type[BackendError], ...]
    tolerant: bool = False
    writes: bool = False
    patient: bool = False
    few: bool = False
    retry_after: float | None = None


LATE = (DeadlineExceeded, Unavailable)
REFUSALS = (InvalidInput, NotFound, NotAllowed, NotSignedIn)
ORDEALS: Mapping[str, Ordeal] = {
    "refused": Ordeal(_refused, (Unavailable,)),
    "unanswered": Ordeal(_unanswered, LATE),
    "hanging": Ordeal(_hanging, LATE, patient=True),
    "throttled": Ordeal(_throttled, (Throttled,), retry_after=RETRY_AFTER),
    "throttled-unsaid": Ordeal(_throttled_unsaid, (Throttled,)),
    "broken": Ordeal(_broken, (Unavailable,)),
    "html": Ordeal(_html, (Malformed,)),
    "truncated": Ordeal(_truncated, (Malformed,)),
    "cut-off": Ordeal(_cut, (Unavailable, Malformed)),
    "nulls": Ordeal(_nulls, (Malformed,), tolerant=True),
    "endless": Ordeal(_endless, (Malformed, *LATE), few=True),
    "dripping": Ordeal(_dripping, LATE, patient=True),
    "lost-after-commit": Ordeal(_lost, LATE, writes=True),
}


class TestGauntlet(Scenarios):
    PORT = "backend"

    @pytest.mark.parametrize("name", list(ORDEALS))
    async def test_every_operation_fails_as_it_should(self, shop: Shop, sample: Sample, name: str) -> None:
        """Whatever the backend does (refuses, hangs, throttles, breaks, answers HTML, halves, nulls, without an end, drop by
        drop, or loses the answer to what it did), each operation raises the failure that tells it, within its deadline."""
        ordeal = ORDEALS[name]
        prepared = await bench(shop, sample)
        async with failing(shop, name, ordeal) as (broken, counts):
            names = _operations(ordeal)
            seconds = SECONDS if ordeal.patient else PLENTY
            made = {k: v for k, v in calls(prepared, broken, seconds).items() if k in names}
            meet = [_meets(broken, ordeal, operation, call, counts) for operation, call in made.items()]
            wrong = await asyncio.gather(*meet) if ordeal.patient else [await each for each in meet]
        told = [each for each in wrong if each]
        assert not told, f"{len(told)} of {len(wrong)} operations:\n" + "\n".join(told[:12])

    async def test_it_recovers(self, shop: Shop, sample: Sample) -> None:
        """After a failure the next call succeeds: nothing of it stays in the adapter or its client."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        for name in ("refused", "hanging", "cut-off", "html"):
            with shop.wire.failing(ORDEALS[name].fault), pytest.raises(BackendError):
                await shop.catalog.product(shop.public(seconds=SECONDS), slug=sample.products[0].slug)
            assert (await shop.catalog.product(shop.public(), slug=sample.products[0].slug)).id, name

    async def test_a_write_is_sent_once(self, shop: Shop, sample: Sample) -> None:
        """A write whose answer was lost is not sent again: the adapter does not repeat, the gateway knows what may be."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        prepared = await bench(shop, sample)
        again = []
        with shop.wire.failing(_unanswered):
            for operation, call in calls(prepared, shop, SECONDS).items():
                with shop.wire.counted() as sent, suppress(BackendError):
                    await call()
                asked = [(each.method, each.url, each.body) for each in sent]
                again += [operation] if len(asked) != len(set(asked)) else []
        assert not again, f"sent more than once: {', '.join(again)}"


ONE_OF_EACH = {
    next(f"{port}.{name}" for name, _ in operations(p)) for port, p in PROTOCOLS.items() if port != "changes"
}


def _operations(ordeal: Ordeal) -> set[str]:
    declared = {f"{n}.{o}": d for n, p in PROTOCOLS.items() for o, d in operations(p)}
    if ordeal.few:
        return {name for name in declared if name in ONE_OF_EACH}
    return {name for name, declaration in declared.items() if declaration.kind == "write" or not ordeal.writes}


@asynccontextmanager
async def failing(shop: Shop, name: str, ordeal: Ordeal) -> AsyncIterator[tuple[Shop, bool]]:
    """A shop whose backend fails in this way, and whether its requests can be counted: the same one over a broken wire,
    or a second one whose own settings break it."""
    if not shop.subject.offline:
        with shop.wire.failing(ordeal.fault):
            yield shop, True
        return
    settings = shop.subject.faulty(name) if shop.subject.faulty else None
    if settings is None:
        pytest.skip(f"makes no HTTP calls ({shop.subject.offline}), and has no setting for {name}")
    subject = replace(shop.subject, settings={**shop.subject.settings, **settings})
    async with open_shop(subject, shop.mode) as broken:
        yield broken, False


async def _meets(
    shop: Shop, ordeal: Ordeal, operation: str, call: Callable[[], Awaitable[object]], counts: bool
) -> str | None:
    """What is wrong with how an operation bears an ordeal; None where nothing is."""
    wanted = " or ".join(each.__name__ for each in ordeal.wanted)
    before, started = len(shop.wire.sent), time.monotonic()
    came: object
    try:
        came = await call()
    except BackendError as error:
        came = error
    except Escaped as error:
        return f"{operation}: the contract wants {wanted}; {error.__cause__!r} was let out"
    late = time.monotonic() - started - (SECONDS if ordeal.patient else PLENTY)
    if late > GRACE:
        return f"{operation}: came {late:.1f} s after its deadline"
    asked = any(each.operation == operation for each in shop.wire.sent[before:])
    if counts and not asked:
        return None  # it asked nobody, so nothing could fail
    if isinstance(came, ordeal.wanted):
        said = came.retry_after if isinstance(came, Throttled) else None
        if said != ordeal.retry_after:
            return f"{operation}: the backend said to wait {ordeal.retry_after} s; retry_after came as {said}"
        return None
    if ordeal.writes and not counts and isinstance(came, REFUSALS):
        return None  # it was refused, so there was nothing to lose
    if ordeal.tolerant:
        if isinstance(came, NotFound | Unavailable):
            return None
        if not isinstance(came, BackendError):
            port, _, name = operation.partition(".")
            wrong = next(shape_faults(came, returned(PROTOCOLS[port], name)), None)
            return f"{operation}: nulls went through into the answer: {wrong}" if wrong else None
    shown = repr(came) if isinstance(came, BackendError) else f"an answer, {came!r:.80}"
    return f"{operation}: the contract wants {wanted}; came {shown}"
