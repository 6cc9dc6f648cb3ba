"""The whole chain, from a page's call to a socket: what a backend does wrong, and what reaches the page of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from importlib.metadata import EntryPoint
from typing import Any

import httpx
import msgspec
import pytest

from bff.gateway import backends
from bff.gateway.backends import open_backend
from bff.gateway.breaker import MINIMUM, Breaker
from bff.gateway.bulkhead import PLACES, WAITING
from bff.gateway.cache import AGAIN
from bff.gateway.caching import Lookup
from bff.gateway.calls import Call, Handler, Link, Operation
from bff.gateway.chain import Gateway, before, last
from bff.gateway.ledger import LEDGER, Ledger
from bff.gateway.sending import BUYER, send
from bff.ports import (
    Backend,
    DeadlineExceeded,
    Malformed,
    Manifest,
    NotFound,
    Offer,
    Product,
    Throttled,
    Trace,
    Unavailable,
)
from bff.rendering import regions
from bff.rendering.regions import region
from bff.settings import BackendSettings
from tests.gateway.bench import HOUR, Clock, call, operation, visitor
from tests.gateway.upstream import Behaviour, Request, Upstream, answer, closes, cut, hang, refused, upstream, zipped
from tests.pages.outage import Patient
from tests.web.goods import MARKETS, context, product, search
from tests.web.stage import Port

pytestmark = pytest.mark.anyio
PRODUCT = msgspec.json.encode(product())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Own(msgspec.Struct, frozen=True, kw_only=True):
    base: str
    token: str = ""


class Shop:
    """A small adapter, written as the guide says: it sorts answers by status and decodes what is a success."""

    sku_lookup = False

    search: Any = None

    def __init__(self, base: str, http: Any) -> None:
        self.base, self.http = base, http

    async def get(self, path: str, kind: Any) -> Any:
        found = await self.http.get(self.base + path)
        if found.status_code == 404:
            raise NotFound(path)
        if found.status_code == 429:
            wait = found.headers.get("retry-after")
            raise Throttled(retry_after=float(wait) if wait else None)
        if found.status_code != 200:
            raise Unavailable(str(found.status_code))
        try:
            return msgspec.json.decode(found.content, type=kind)
        except msgspec.MsgspecError:
            raise Malformed(path) from None

    async def product(self, ctx: Any, /, *, slug: str, selection: Any = None) -> Product:
        return await self.get(f"/{slug}", Product)  # type: ignore[no-any-return]

    async def nothing(self, ctx: Any = None, /, **_: Any) -> None:
        return None

    resolve = locate = navigation = category = products = availability = sitemap = nothing


@contextlib.asynccontextmanager
async def open_shop(settings: Own, http: Any, markets: Any) -> AsyncIterator[Offer]:
    shop = Shop(settings.base, http)

    async def get(ctx: Any, /, **_: Any) -> Any:
        return await shop.get("/cart", Any)

    yield Offer(catalog=shop, search=Shop.search or search(), carts=Port(get=lambda cart: get(None)))  # type: ignore[arg-type]


MANIFEST = Manifest(
    name="acme", title="Acme", settings=Own, open=open_shop, buyer_header="x-buyer", buyer_secret="token"
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Manifest]:
    found = {"acme": MANIFEST}

    class Entry(EntryPoint):
        def load(self) -> Any:
            return found["acme"]

    monkeypatch.setattr(backends, "entry_points", lambda group: [Entry("acme", "x:y", group)])
    return found


class Opened:
    def __init__(self, backend: Backend, gateway: Gateway, shop: Upstream, clock: Clock) -> None:
        self.backend, self.gateway, self.shop, self.clock = backend, gateway, shop, clock
        self.ledger = Ledger()

    async def product(self, slug: str = "mug", seconds: float = HOUR, **ctx: Any) -> Any:
        token = LEDGER.set(self.ledger)
        try:
            own = msgspec.structs.replace(context(seconds=seconds), **ctx)
            return await self.backend.catalog.product(own, slug=slug)
        finally:
            LEDGER.reset(token)

    def paths(self) -> list[str]:
        return [request.path for request in self.shop.requests]


@contextlib.asynccontextmanager
async def opened(
    *,
    base: str = "",
    arrange: Any = tuple,
    policy: Any = None,
    token: str = "",
    search: Any = None,
    **behaviours: Behaviour,
) -> AsyncIterator[Opened]:
    clock = Clock()
    Shop.search = search
    gateway = Gateway(clock=clock, chance=lambda: 0.0)
    async with upstream(**{"mug": answer(PRODUCT), **behaviours}) as shop:
        chosen = BackendSettings(
            adapter="acme", settings={"base": base or shop.base, "token": token}, policy=policy or {}
        )
        async with open_backend("shop", chosen, MARKETS, gateway=gateway, arrange=arrange) as opened:
            backend = opened.backend
            yield Opened(backend, gateway, shop, clock)


async def test_a_thousand_cold_reads_are_one_request() -> None:
    async with opened() as head:
        found = await asyncio.gather(*(head.product() for _ in range(1_000)))
        assert head.paths() == ["/mug"]
        assert all(one is found[0] for one in found)
        assert sum(call.requests for call in head.ledger.calls) == 1
        assert {call.verdict for call in head.ledger.calls} == {"miss"}
        await head.product()
        assert head.ledger.calls[-1].verdict == "hit"
        assert head.ledger.calls[-1].requests == 0
        assert max(call.bytes for call in head.ledger.calls) == len(PRODUCT)


async def test_a_backend_that_refuses_is_unavailable_at_once_and_left_alone_after_a_while() -> None:
    async with opened(base=refused()) as head:
        for n in range(MINIMUM + 2):
            with pytest.raises(Unavailable):
                await head.product(f"p{n}")
        assert sum(call.requests for call in head.ledger.calls) == MINIMUM
        assert all(call.outcome == "Unavailable" for call in head.ledger.calls)


async def test_a_backend_that_hangs_is_waited_for_as_long_as_the_policy_says() -> None:
    policy = {"catalog.product": {"timeout": 0.05}}
    async with opened(mug=hang, policy=policy) as head:
        async with asyncio.timeout(20):
            with pytest.raises(DeadlineExceeded) as raised:
                await head.product()
        assert (raised.value.operation, raised.value.backend) == ("catalog.product", "shop")
        await head.shop.until(lambda: head.shop.open == 0)


async def test_browsing_survives_a_backend_that_dies_and_comes_back() -> None:
    policy = {"catalog.product": {"timeout": 0.5}}
    async with opened(policy=policy) as head:
        await head.product()
        for behaviour in (closes, hang, answer(b"no", "500 Broken"), answer(b"<html>")):
            head.shop.behaviours["/mug"] = behaviour
            head.clock.now += HOUR
            assert (await head.product()).slug == "mug"
            assert head.ledger.calls[-1].verdict == "stale"
            assert head.ledger.calls[-1].age >= HOUR
        head.shop.behaviours["/mug"] = answer(PRODUCT)
        head.clock.now += HOUR
        await head.product()
        assert head.ledger.calls[-1].verdict == "miss"


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (cut(answer(PRODUCT, length=len(PRODUCT) + 5)), Unavailable),
        (answer(zipped(b" " * 50_000_000), content_encoding="gzip"), Malformed),
        (answer(b'{"a":' * 500 + b"1" + b"}" * 500), Malformed),
        (answer(b"<html>hello</html>", content_type="text/html"), Malformed),
        (answer(b"", "302 Found", location="/other"), Unavailable),
        (answer(b"", "503 Down"), Unavailable),
        (answer(b"", "404 Not Found"), NotFound),
        (answer(b"", "429 Slow", retry_after="30"), Throttled),
    ],
)
async def test_what_a_backend_does_wrong_has_a_name(behaviour: Behaviour, failure: type[Exception]) -> None:
    async with opened(mug=behaviour) as head:
        with pytest.raises(failure):
            await head.product()
        assert "/other" not in head.paths()
        assert head.ledger.calls[0].outcome == failure.__name__
        assert len(head.paths()) == (2 if failure is Unavailable else 1), "only what passes is tried again"


async def test_a_page_that_leaves_takes_nobody_with_it_and_leaves_nothing_behind() -> None:
    gate = asyncio.Event()

    async def later(request: Any, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        await answer(PRODUCT)(request, writer)

    async with opened(mug=later) as head:
        leader = asyncio.create_task(head.product())
        await head.shop.until(lambda: bool(head.shop.requests))
        followers = [asyncio.create_task(head.product()) for _ in range(20)]
        await asyncio.sleep(0)
        for task in (leader, *followers[:10]):
            task.cancel()
        await asyncio.gather(leader, *followers[:10], return_exceptions=True)
        gate.set()
        assert all(one.slug == "mug" for one in await asyncio.gather(*followers[10:]))
        assert head.paths() == ["/mug"]
        assert [call.outcome for call in head.ledger.calls].count("cancelled") == 11


async def test_a_search_that_hangs_leaves_the_cart_and_the_catalogue_alone() -> None:
    listing = Port(traits=None, listing=None, suggest=lambda text, limit=6: asyncio.Event().wait())
    async with opened(cart=answer(b"[]"), search=listing, policy={"search.suggest": {"timeout": 30}}) as head:
        stuck = [
            asyncio.create_task(head.backend.search.suggest(context(seconds=HOUR), text=f"t{n}"))
            for n in range(PLACES["search"] * (WAITING + 2))
        ]
        refusals, waiting = await asyncio.wait(stuck, return_when=asyncio.FIRST_EXCEPTION)
        assert all(isinstance(task.exception(), Unavailable) for task in refusals)
        assert await head.backend.carts.get(visitor(), cart=None) == []  # type: ignore[union-attr, arg-type]
        assert (await head.product()).slug == "mug"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


async def test_closing_a_backend_ends_what_it_is_asked() -> None:
    async with opened(mug=hang) as head:
        asked = asyncio.create_task(head.product())
        await head.shop.until(lambda: bool(head.shop.requests))
    with pytest.raises(Unavailable):
        await asked


async def test_the_trace_is_forwarded_and_the_buyer_goes_with_a_shoppers_calls_only() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for token, buyers in (("", [None, None]), ("secret", [None, "203.0.113.7"])):
        async with opened(cart=answer(b"[]"), token=token) as head:
            before_that = BUYER.set("203.0.113.7")
            await head.product(trace=Trace(request_id="r", traceparent=trace))
            await head.backend.carts.get(visitor(), cart=None)  # type: ignore[union-attr, arg-type]
            BUYER.reset(before_that)
            requests = head.shop.requests
            assert [request.headers.get("x-buyer") for request in requests] == buyers
            assert [request.headers.get("traceparent") for request in requests] == [trace, None]


async def test_two_shops_of_one_adapter_share_nothing() -> None:
    gateway = Gateway()
    async with upstream(mug=answer(PRODUCT)) as shop:
        for token in ("a", "b", "a"):
            chosen = BackendSettings(adapter="acme", settings={"base": shop.base, "token": token})
            async with open_backend("shop", chosen, MARKETS, gateway=gateway) as opened:
                backend = opened.backend
                await backend.catalog.product(context(), slug="mug")
    assert len(shop.requests) == 2, "what one generation fetched is there for the next with the same settings"


class Shadow:
    """A further link: sees every call and what came of it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        async def shadowed(call: Call) -> Any:
            self.seen.append(operation.name)
            return await inner(call)

        return shadowed


async def test_further_links_stand_where_they_are_put() -> None:
    outer, inner = Shadow(), Shadow()

    def arrange(links: Any) -> list[Link]:
        return list(last(inner)(before(Lookup, outer)(links)))

    async with opened(arrange=arrange) as head:
        for _ in range(3):
            await head.product()
        assert outer.seen == ["catalog.product"] * 3
        assert inner.seen == ["catalog.product"]
    with pytest.raises(LookupError):
        before(Breaker, outer)([])


async def test_a_fault_in_the_chain_is_bounded_and_counted_like_the_backends() -> None:
    class Faults:
        def bind(self, operation: Operation, inner: Handler, /) -> Handler:
            async def stuck(call: Call) -> Any:
                await asyncio.Event().wait()

            return stuck

    policy = {name: {"timeout": 0.01} for name in ("catalog.product", "carts.get")}
    async with opened(arrange=last(Faults()), policy=policy) as head:
        with pytest.raises(DeadlineExceeded):
            await head.product()
        with pytest.raises(DeadlineExceeded):
            await head.backend.carts.get(visitor(), cart=None)  # type: ignore[union-attr, arg-type]


async def test_what_answers_from_this_process_is_asked_each_time(installed: dict[str, Manifest]) -> None:
    installed["acme"] = msgspec.structs.replace(MANIFEST, in_process=True)
    async with opened() as head:
        for _ in range(3):
            await head.product()
        assert head.paths() == ["/mug"] * 3
        assert {call.verdict for call in head.ledger.calls} == {"bypass"}
    async with opened(policy={"catalog.product": {"fresh": 5}}) as head:
        await head.product()
        await head.product()
        assert head.paths() == ["/mug"]


def hanging(head: Opened) -> Behaviour:
    """Says nothing, and lets more time pass than anybody waits."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        head.clock.now += 10
        await hang(request, writer)

    return behave


async def test_a_backend_that_hangs_is_left_alone_after_a_while() -> None:
    asked: list[str] = []

    class Hangs:
        def bind(self, operation: Operation, inner: Handler, /) -> Handler:
            async def hung(call: Call) -> Any:
                asked.append(operation.name)
                head.clock.now += 10
                await asyncio.Event().wait()

            return hung

    policy = {name: {"timeout": 0.02} for name in ("catalog.product", "carts.get")}
    async with opened(policy=policy, arrange=last(Hangs())) as head:

        async def cart() -> Any:
            return await head.backend.carts.get(visitor(), cart=None)  # type: ignore[union-attr, arg-type]

        for n in range(MINIMUM):
            for hung in (head.product(f"p{n}"), cart()):
                with pytest.raises(DeadlineExceeded):
                    await hung
            head.clock.now = 1_000.0
        for refused in (head.product("another"), cart()):
            with pytest.raises(Unavailable, match="left alone"):
                await refused
        assert len(asked) == 2 * MINIMUM


def at_once(asked: Coroutine[Any, Any, Any]) -> Any:
    """The answer of a call that waits for nothing."""
    try:
        asked.send(None)
    except StopIteration as ended:
        return ended.value
    pytest.fail("it waits")


async def test_after_one_that_hung_nobody_waits_for_an_old_answer() -> None:
    async with opened(policy={"catalog.product": {"timeout": 0.5}}) as head:
        await head.product()
        head.shop.behaviours["/mug"] = hanging(head)
        head.clock.now += HOUR
        assert (await head.product()).slug == "mug", "the first one waits for as long as the policy says"
        assert at_once(head.product()).slug == "mug"
        head.clock.now += AGAIN + 1
        assert at_once(head.product()).slug == "mug"
        assert [call.verdict for call in head.ledger.calls] == ["miss", "stale", "stale", "stale"]
        await head.shop.until(lambda: len(head.paths()) == 3)  # it is tried behind the shoppers' backs


async def test_a_region_with_little_time_shows_the_old_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "asyncio", Patient())  # the tenth that is left for it may be short on a busy machine
    async with opened() as head:
        await head.product()
        head.shop.behaviours |= {"/mug": hang, "/cup": hang}
        head.clock.now += HOUR
        found = await region("mug", head.product(), budget=0.05, url="/later")
        assert (found.state, found.value and found.value.slug) == ("ready", "mug")
        assert (await region("cup", head.product("cup"), budget=0.05, url="/later")).state == "late"


async def test_nobody_at_the_other_end_counts_however_short_the_time() -> None:
    async def dropped(ctx: Any, /, **_: Any) -> Any:
        raise httpx.ConnectTimeout("no answer to the first packet")

    sending = send(operation("carts.get"), dropped)
    with pytest.raises(Unavailable, match="ConnectTimeout"):
        await sending(call(operation("carts.get"), ctx=visitor()))
