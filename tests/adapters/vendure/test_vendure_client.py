"""How calls fail, and what may never leave: tokens."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from adapters.vendure import manifest
from adapters.vendure.settings import Settings
from bff.ports import (
    BackendError,
    CartRef,
    DeadlineExceeded,
    InvalidInput,
    Malformed,
    Misconfigured,
    NoCart,
    NotFound,
    NotSignedIn,
    Throttled,
    Unavailable,
)

from .stage import GB, TOKEN, Vendure, channel, data, failed, public, visitor

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (failed("FORBIDDEN"), NotSignedIn),
        (failed("ENTITY_NOT_FOUND"), NotFound),
        (failed("USER_INPUT_ERROR"), InvalidInput),
        (failed("INTERNAL_SERVER_ERROR"), Unavailable),
        (failed("CHANNEL_NOT_FOUND"), Malformed),
        (httpx.Response(400, json={"errors": [{"message": "Cannot query field"}]}), Malformed),
        (httpx.Response(429, headers={"retry-after": "7"}), Throttled),
        (httpx.Response(500, text="oops"), Unavailable),
        (httpx.Response(502, text="<html>"), Unavailable),
        (httpx.Response(200, text="<html>a page</html>"), Malformed),
        (httpx.Response(200, text='{"data": {"collection": {"id": "1", "na'), Malformed),
        (httpx.Response(200, json={"data": None}), Malformed),
        (httpx.Response(200, json={"data": {"collection": {"id": None, "name": None, "slug": None}}}), Malformed),
        (httpx.Response(200, text="[" * 100_000), Malformed),
        (httpx.Response(302, headers={"location": "http://elsewhere.example/"}), Malformed),
        (httpx.ReadTimeout("slow"), DeadlineExceeded),
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.RemoteProtocolError("cut off"), Unavailable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
async def test_a_failure_has_its_name(answer: Any, failure: type[BackendError]) -> None:
    async with Vendure(collection=answer).opened() as offer:
        with pytest.raises(failure) as caught:
            await offer.catalog.category(public(), kind="category", slug="mugs")
    assert type(caught.value) is failure
    if isinstance(caught.value, Throttled):
        assert caught.value.retry_after == 7.0


async def test_an_answer_without_end_is_not_read() -> None:
    async with Vendure(collection=httpx.Response(200, content=b" " * 20_000)).opened(max_bytes=10_000) as offer:
        with pytest.raises(Malformed, match="more than 10000 bytes"):
            await offer.catalog.category(public(), kind="category", slug="mugs")


async def test_nothing_is_asked_when_no_time_is_left() -> None:
    vendure = Vendure()
    async with vendure.opened() as offer:
        with pytest.raises(DeadlineExceeded):
            await offer.catalog.category(public(seconds=0.0), kind="category", slug="mugs")
    assert vendure.asked == []


async def test_language_currency_and_channel_go_with_every_call() -> None:
    vendure = Vendure(collection={"collection": None})
    async with vendure.opened(languages={"en-GB": "en_GB"}) as offer:
        with pytest.raises(NotFound):
            await offer.catalog.category(public(), kind="category", slug="mugs")
    (asked,) = vendure.asked
    assert asked.channel == "gb"
    assert asked.query == {"languageCode": "en_GB", "currencyCode": "GBP"}
    assert asked.bearer == ""


@pytest.mark.parametrize("id", ["", "gb", "gb::", "xx:CODE:t", "gb:CODE:bad token\r\nx: y", "gb:CODE:" + "t" * 600])
async def test_a_reference_that_is_none_is_not_sent(id: str) -> None:
    vendure = Vendure()
    async with vendure.opened() as offer:
        assert isinstance(await offer.carts.get(visitor(), cart=CartRef(id=id)), NoCart)
    assert vendure.asked == []


async def test_no_token_stands_in_a_log_or_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendure = Vendure(activeOrder=[httpx.ConnectError("refused"), failed("INTERNAL_SERVER_ERROR")])
    async with vendure.opened() as offer:
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await offer.carts.get(visitor(token=TOKEN), cart=CartRef(id=f"gb:ORDER1:{TOKEN}"))
            assert TOKEN not in repr(caught.value) + str(caught.value.__cause__)
    assert vendure.asked[0].bearer == TOKEN
    assert TOKEN not in caplog.text


# ---------------------------------------------------------------- opening


async def _open(url: str = "http://vendure.example/shop-api", answer: Any = None) -> str:
    def answered(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    transport = httpx.MockTransport(answered)
    async with httpx.AsyncClient(transport=transport) as http, manifest.open(Settings(url=url), http, (GB,)) as offer:
        assert offer.inline_checkout is None  # no payment method was named
        assert offer.probe is not None
        return await offer.probe()


@pytest.mark.parametrize(
    ("url", "answer", "key"),
    [
        ("vendure.example/shop-api", None, "url"),
        ("ftp://vendure.example/shop-api", None, "url"),
        ("http://user:secret@vendure.example/shop-api", None, "url"),
        ("http://[::1/shop-api", None, "url"),
        ("http://vendure.example/shop-api", httpx.Response(404), "url"),
        ("http://vendure.example/shop-api", httpx.Response(200, text="<html>"), "url"),
        ("http://vendure.example/shop-api", failed("CHANNEL_NOT_FOUND"), "markets.gb.backend.channel"),
        ("http://vendure.example/shop-api", failed("USER_INPUT_ERROR"), "markets.gb.backend.channel"),
        ("http://vendure.example/shop-api", data(activeChannel=channel("other", "GBP")), "markets.gb.backend.channel"),
    ],
)
async def test_what_cannot_work_is_refused_with_the_settings_name(url: str, answer: Any, key: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        await _open(url, answer)
    assert caught.value.key == key
    assert caught.value.fix
    assert "secret" not in str(caught.value)


async def test_a_vendure_that_is_down_may_come_back() -> None:
    with pytest.raises(Unavailable):  # it opens; its probe says so
        await _open(answer=httpx.ConnectError("refused"))
    assert await _open(answer=data(activeChannel=channel("gb", "GBP"))) == "1 channels answer"
