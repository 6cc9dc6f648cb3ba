"""Where the ledger is shown, and to whom; and whose address a backend is told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from multidict import CIMultiDict

from bff.gateway.ledger import MAX_TIMINGS, Call, Ledger
from bff.web.clients import Clients
from tests.web.goods import offer
from tests.web.stage import opened, settings

HOME = "/en-gb"


def test_the_timings_are_told_while_developing_or_where_wished_and_else_to_nobody(tmp_path: Path) -> None:
    for environ, told in (
        ({}, False),
        ({"PORTICO_SERVER__TIMINGS": "true"}, True),
        ({"PORTICO_SERVER__DEVELOPMENT": "true"}, True),
    ):
        with opened(settings(tmp_path, environ), offer()) as shop:
            answer = shop.get(HOME)
            assert answer.status == 200
            timing = answer.header("server-timing")
            assert (timing is not None) == told
            if timing is not None:
                assert "catalog.navigation;dur=" in timing
                assert 'desc="bypass, ok, 0 B"' in timing


def test_the_inspector_shows_what_a_page_cost(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {"PORTICO_SERVER__DEVELOPMENT": "true"}), offer()) as shop:
        page = shop.get(HOME + "?_view").text
    assert "0 requests to the backend brought 0 bytes" in page
    for column in ("cache", "age, s", "requests", "bytes"):
        assert f">{column}</th>" in page
    assert "<td>bypass</td>" in page


def test_the_longest_calls_are_told_first_and_not_all() -> None:
    ledger = Ledger(calls=[Call("catalog.product", float(n), "ok", "hit", bytes=n) for n in range(100)])
    told = ledger.server_timing.split(", catalog")
    assert len(told) == MAX_TIMINGS
    assert told[0] == 'catalog.product;dur=99.0;desc="hit, ok, 99 B"'
    assert len(ledger.server_timing) < 2_000


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "buyer"),
    [
        ((), "198.51.100.1", "", None),
        ((), "8.8.4.4", "", "8.8.4.4"),
        ((), "8.8.4.4", "1.1.1.1", "8.8.4.4"),
        (("10.0.0.0/8",), "10.0.0.1", "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        (("10.0.0.0/8",), "10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (("10.0.0.0/8",), "10.0.0.1", "", None),
        (("10.0.0.0/8",), "10.0.0.1", "not an address", None),
        ((), "10.0.0.1", "1.1.1.1", None),
        ((), "::ffff:8.8.4.4", "", "8.8.4.4"),
        ((), "2606:4700:4700::1111", "", "2606:4700:4700::1111"),
        ((), "127.0.0.1", "", None),
    ],
)
def test_a_backend_is_told_a_shoppers_address_and_no_proxys(
    proxies: tuple[str, ...], client: str, forwarded: str, buyer: str | None
) -> None:
    headers = CIMultiDict({"x-forwarded-for": forwarded} if forwarded else {})
    request: Any = SimpleNamespace(scope={"client": (client, 1)}, headers=headers)
    assert Clients(proxies).buyer(request) == buyer
