"""What stands in the log: never the secret part of an address."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Any

import pytest

from bff.web import returns
from bff.web.discreet import Discreet, discreet
from tests.web import goods
from tests.web.stage import opened, settings


@pytest.mark.parametrize("step", ["checkout/done", "checkout/return", "checkout/pay", "cart/link", "wishlists/shared"])
def test_a_token_in_a_path_is_left_out(step: str) -> None:
    for _ in range(200):
        token = secrets.token_urlsafe(24)
        assert discreet(f"unhandled failure at /en-gb/{step}/{token}") == f"unhandled failure at /en-gb/{step}/…"
        assert discreet(f"failed at /{step}/{token}. Again") == f"failed at /{step}/…. Again"
        assert token not in discreet(f'GET "http://shop.example/en-gb/{step}/{token}?x=1" failed')


@pytest.mark.parametrize(
    "line",
    [
        "unhandled failure at /en-gb/products/the-very-long-name-of-a-harbour-mug-in-indigo-0123456789",
        "/en-gb/search?q=Mug&page=2 failed",
        "catalog.product failed: Unavailable: database: locked",
        'File "/srv/portico/bff/pages/checkout_done.py", line 12, in _something_Long_enough_to_be_one',
    ],
)
def test_what_helps_stays(line: str) -> None:
    assert discreet(line) == line


def test_secrets_in_a_query_are_left_out() -> None:
    assert discreet("/en-gb/account/reset?token=s3cret&x=1") == "/en-gb/account/reset?token=…&x=1"
    assert discreet("/en-gb/cart?removed=s3cret&payment=p1") == "/en-gb/cart?removed=…&payment=…"
    assert discreet("/en-gb/account/sign-in?a=b&next=/en-gb/x?kept=1") == "/en-gb/account/sign-in?a=b&next=…"


def test_a_traceback_is_discreet_too() -> None:
    token = secrets.token_urlsafe(24)
    try:
        raise LookupError(f"nothing at /en-gb/checkout/done/{token}")
    except LookupError as error:
        record = logging.LogRecord(
            "x", 40, "f", 1, "at %s", (f"/en-gb/checkout/pay/{token}",), (LookupError, error, None)
        )
    line = Discreet("%(message)s").format(record)
    assert "LookupError: nothing at /en-gb/checkout/done/…" in line
    assert token not in line


def test_a_failure_is_logged_without_the_orders_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(returns, "found", broken)
    token = secrets.token_urlsafe(24)
    with opened(settings(tmp_path), goods.offer()) as shop:
        assert shop.get(f"/en-gb/checkout/done/{token}").status == 500
    assert "unhandled failure at /en-gb/checkout/done/…" in caplog.text
    assert token not in caplog.text


def test_the_server_writes_its_lines_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bff import serve

    taken: dict[str, Any] = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **named: taken.update(named))
    monkeypatch.setenv("PORTICO_SERVER__VAR", str(tmp_path))
    monkeypatch.delenv(serve.SHOP, raising=False)
    serve._settings()
    assert [type(handler.formatter) for handler in taken["handlers"]] == [Discreet]
