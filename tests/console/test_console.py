"""The operators' pages: who gets in, and what they show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.gateway.tags import of_backend
from bff.web import control_live
from tests.web.stage import Shop, opened, settings

TOKEN = "a-token-of-the-tests-own-making"
OWN = (b"sec-fetch-site", b"same-origin")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
ROOT = "/-/console"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("console")
    with opened(settings(folder, {"PORTICO_CONSOLE__TOKEN": TOKEN, "PORTICO_LIMITS__OPERATOR": "9999/1s"})) as found:
        yield found


def entered(shop: Shop, token: str = TOKEN) -> tuple[bytes, bytes]:
    answer = shop.request("POST", f"{ROOT}/sign-in", [OWN, FORM], f"token={token}".encode())
    assert answer.status == 303
    cookie = answer.header("set-cookie") or ""
    assert "HttpOnly" in cookie
    assert f"Path={ROOT}" in cookie
    return b"cookie", cookie.partition(";")[0].encode()


@pytest.mark.parametrize("path", ["", "/forget"])
def test_nobody_sees_it_without_the_token(shop: Shop, path: str) -> None:
    method = "POST" if path else "GET"
    answer = shop.request(method, ROOT + path, [OWN, FORM], b"backend=default" if path else b"")
    assert (answer.status, answer.header("location")) == ((403, None) if path else (303, f"{ROOT}/sign-in"))
    assert "Processes" not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "%00", "x" * 5_000])
def test_a_wrong_token_is_told_and_lets_nobody_in(shop: Shop, token: str) -> None:
    answer = shop.request("POST", f"{ROOT}/sign-in", [OWN, FORM], f"token={token}".encode())
    assert answer.status == 422
    assert answer.header("set-cookie") is None
    assert "That is not the token." in answer.text


def test_the_store_is_shown_and_nothing_of_it_is_stored_or_indexed(shop: Shop) -> None:
    page = shop.request("GET", ROOT, [entered(shop)])
    assert page.status == 200
    assert "default" in page.text
    assert "embedded" in page.text
    assert page.header("cache-control") == "no-store"
    assert page.header("x-robots-tag") == "noindex"


@pytest.mark.parametrize("value", ["", "x", "A" * 60, "A" * 4_000, "%ff"])
def test_a_made_up_cookie_lets_nobody_in(shop: Shop, value: str) -> None:
    assert shop.request("GET", ROOT, [(b"cookie", f"portico-operator={value}".encode())]).status == 303


def test_another_sites_form_does_nothing(shop: Shop) -> None:
    answer = shop.request(
        "POST", f"{ROOT}/forget", [entered(shop), FORM, (b"sec-fetch-site", b"cross-site")], b"backend=default"
    )
    assert answer.status == 403


def test_a_backends_answers_are_forgotten_in_every_process(shop: Shop) -> None:
    cookie = entered(shop)
    control = shop.app.state.console.control
    assert shop.request("POST", f"{ROOT}/forget", [cookie, OWN, FORM], b"backend=nowhere").status == 404
    answer = shop.request("POST", f"{ROOT}/forget", [cookie, OWN, FORM], b"backend=default")
    assert answer.header("location") == f"{ROOT}?forgotten"
    told = shop.run(lambda: control.read(lambda db: control_live.purges(db, 0)))
    assert told[1] == {of_backend("default")}
    assert "within a second" in shop.request("GET", f"{ROOT}?forgotten", [cookie]).text


def test_signing_out_takes_the_cookie(shop: Shop) -> None:
    answer = shop.request("POST", f"{ROOT}/sign-out", [entered(shop), OWN, FORM], b"")
    assert "Max-Age=0" in (answer.header("set-cookie") or "")


def test_tries_are_counted(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {"PORTICO_CONSOLE__TOKEN": TOKEN, "PORTICO_LIMITS__OPERATOR": "2/1h"})) as shop:
        tries = [shop.request("POST", f"{ROOT}/sign-in", [OWN, FORM], b"token=x").status for _ in range(3)]
        assert tries == [422, 422, 429]
        assert shop.request("POST", f"{ROOT}/sign-in", [OWN, FORM], f"token={TOKEN}".encode()).status == 429


def test_a_closed_console_is_not_there(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {"PORTICO_CONSOLE__OPEN": "false"})) as shop:
        assert shop.request("GET", ROOT, []).status == 404


def test_without_a_token_one_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {})) as shop:
        file = next(Path(tmp_path).rglob("console-token"))
        assert file.stat().st_mode & 0o077 == 0
        assert entered(shop, file.read_text())
