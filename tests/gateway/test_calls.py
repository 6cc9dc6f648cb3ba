"""The chain in front of a port: no call hangs, no foreign exception passes, and everything is written down."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bff.gateway import policy
from bff.gateway.backends import composed
from bff.gateway.calls import bind
from bff.gateway.ledger import LEDGER, Ledger
from bff.ports import (
    Carts,
    Catalog,
    DeadlineExceeded,
    Malformed,
    Misconfigured,
    NoCart,
    NotFound,
    Offer,
    Search,
    SessionBlob,
    Shopper,
    Throttled,
    VisitorContext,
)
from tests.web.goods import context
from tests.web.stage import Attribute, Port

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def catalog(**answers: Any) -> tuple[Any, Port]:
    names = ("resolve", "locate", "navigation", "category", "product", "products", "availability", "sitemap")
    port = Port(**{"sku_lookup": Attribute(True), **dict.fromkeys(names), **answers})
    return bind(Catalog, port, backend="shop", name="catalog"), port  # type: ignore[type-abstract, arg-type]


async def test_an_answer_passes_unchanged_with_its_arguments() -> None:
    bound, port = catalog(product="a mug")
    assert await bound.product(context(), slug="mug", selection={"a": "b"}) == "a mug"
    assert port.calls == [("product", {"slug": "mug", "selection": {"a": "b"}})]
    assert bound.sku_lookup is True


async def test_a_call_that_hangs_is_ended_at_the_pages_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy.LIMITS, "public_read", 3600)
    stopped = asyncio.Event()

    async def hang(**_: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    bound, _ = catalog(product=hang)
    with pytest.raises(DeadlineExceeded) as raised:
        async with asyncio.timeout(20):
            await bound.product(context(seconds=0.001), slug="mug")
    assert (raised.value.operation, raised.value.backend) == ("catalog.product", "shop")
    assert stopped.is_set()


async def test_a_call_that_hangs_is_ended_at_its_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy.LIMITS, "public_read", 0.001)
    bound, _ = catalog(navigation=lambda: asyncio.Event().wait())
    with pytest.raises(DeadlineExceeded):
        await bound.navigation(context(seconds=3600))


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), RecursionError()])
async def test_a_foreign_exception_is_malformed(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    bound, _ = catalog(navigation=error)
    with pytest.raises(Malformed) as raised:
        await bound.navigation(context())
    assert raised.value.operation == "catalog.navigation"
    assert raised.value.detail == type(error).__name__
    assert "let an exception out" in caplog.text


async def test_an_own_timeout_of_the_adapter_is_a_deadline() -> None:
    bound, _ = catalog(navigation=TimeoutError())
    with pytest.raises(DeadlineExceeded):
        await bound.navigation(context())


async def test_a_failure_of_the_contract_passes_as_itself_and_learns_where_it_was() -> None:
    bound, _ = catalog(product=NotFound("mug", gone=True), navigation=Throttled(retry_after=3.0))
    with pytest.raises(NotFound) as raised:
        await bound.product(context(), slug="mug")
    assert raised.value.gone
    assert (raised.value.operation, raised.value.backend) == ("catalog.product", "shop")
    with pytest.raises(Throttled):
        await bound.navigation(context())


async def test_a_shopper_who_left_is_no_failure() -> None:
    bound, _ = catalog(navigation=lambda: asyncio.Event().wait())
    task = asyncio.create_task(bound.navigation(context()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_everything_is_written_down() -> None:
    ledger = Ledger()
    token = LEDGER.set(ledger)
    try:
        bound, _ = catalog(product="x", navigation=Throttled())
        await bound.product(context(), slug="mug")
        await bound.products(context(), keys=[])
        with pytest.raises(Throttled):
            await bound.navigation(context())
    finally:
        LEDGER.reset(token)
    assert [(call.operation, call.outcome) for call in ledger.calls] == [
        ("catalog.product", "ok"),
        ("catalog.products", "ok"),
        ("catalog.navigation", "Throttled"),
    ]
    assert ledger.operations == {"catalog.product", "catalog.products", "catalog.navigation"}
    assert ledger.tags == {"product:mug", "navigation"}
    assert all(call.milliseconds >= 0 for call in ledger.calls)


async def test_a_visitors_call_is_bounded_by_the_same_deadline() -> None:
    port = Port(get=lambda cart: NoCart(reason="empty"), **dict.fromkeys(_carts()))
    bound: Any = bind(Carts, port, backend="shop", name="carts")  # type: ignore[type-abstract, arg-type]
    visitor = VisitorContext(public=context(), shopper=Shopper(blob=SessionBlob()))
    assert await bound.get(visitor, cart=None) == NoCart(reason="empty")


def _carts() -> list[str]:
    return ["add", "change", "apply_code", "drop_code", "annotate", "adopt", "move"]


async def test_a_store_needs_catalogue_and_search() -> None:
    _, port = catalog()
    with pytest.raises(Misconfigured, match="search"):
        composed("shop", Offer(catalog=port))  # type: ignore[arg-type]
    search = Port(listing=None, suggest=None)
    found = composed("shop", Offer(catalog=port, search=search))  # type: ignore[arg-type]
    assert found.carts is None
    assert await found.search.suggest(context(), text="x") is None
    assert Search is not None
