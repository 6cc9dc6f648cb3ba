"""`portico backend …`: what it says, with which status it ends, and processes that follow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result

from bff import cli_backends
from bff import settings as configuration
from bff.cli import portico
from bff.gateway import backends
from bff.gateway.breaker import MINIMUM
from bff.gateway.probing import advice
from bff.ports import Malformed, Manifest, NotAllowed, Offer, Unavailable
from tests.web import goods
from tests.web.two import environment as second

from .conftest import Serve, environment

NEW = "/en-gb/products/qx-harbour-mug"
FOLLOWED_SECONDS = 20.0


def run(*arguments: str, environ: dict[str, str]) -> Result:
    return CliRunner().invoke(portico, ["backend", *arguments], env={"COLUMNS": "200", **environ})


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("backends")
    return {**environment(folder), **second(folder)}


class Own(msgspec.Struct, frozen=True, kw_only=True):
    api: str = "https://shop.example/api"
    api_version: str = "2026-10"
    token: str = "t"


@contextlib.asynccontextmanager
async def _open(*_: Any) -> Any:
    async def probe() -> str:
        raise Unavailable("connection refused")

    yield Offer(probe=probe)


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Manifest:
    made = Manifest(name="acme", title="Acme", settings=Own, open=_open)
    known: Callable[..., Manifest] = backends.manifest

    def found(name: str, **keys: Any) -> Manifest:
        return made if name == "acme" else known(name, **keys)

    monkeypatch.setattr(backends, "manifest", found)
    monkeypatch.setattr("bff.cli_backends.manifest", found)
    return made


def test_list_and_check(environ: dict[str, str]) -> None:
    found = run("list", environ=environ)
    assert found.exit_code == 0, found.output
    assert "gb de us ae" in found.output
    assert "The store is not running." in found.output
    found = run("check", "second", environ=environ)
    assert found.exit_code == 0, found.output
    assert "gb: Qx " in found.output
    assert "AED" in found.output


def test_an_unknown_name_is_answered_with_the_nearest(environ: dict[str, str]) -> None:
    for command in (
        ("check", "secnd"),
        ("use", "secnd"),
        ("compare", "secnd", "default"),
        ("drain", "secnd", "--carry"),
    ):
        found = run(*command, environ=environ)
        assert found.exit_code == 2, command
        assert "did you mean `second`?" in found.output, command
    assert run("use", "second", "--market", "xx", environ=environ).exit_code == 2


def test_one_that_is_not_reached_is_refused_and_nothing_changes(environ: dict[str, str], acme: Manifest) -> None:
    own = {**environ, "PORTICO_BACKENDS__ACME__ADAPTER": "acme"}
    for command in ("check", "use"):
        found = run(command, "acme", environ=own)
        assert found.exit_code == 2, found.output
        assert "backends.acme.settings.api" in found.output
        assert "connection refused" in found.output
        assert "https://shop.example/api" in found.output
    assert "gb de us ae" in run("list", environ=own).output


@pytest.mark.parametrize(
    ("error", "setting", "word"),
    [
        (Unavailable(), "b.api", "running"),
        (Malformed(), "b.api", "2026-10"),
        (NotAllowed(), "b.token", "refuses"),
    ],
)
def test_a_failed_probe_names_the_setting(error: Any, setting: str, word: str) -> None:
    key, fix = advice(Manifest(name="acme", title="Acme", settings=Own, open=_open), Own(), "b", error)
    assert key == setting
    assert word in fix


def test_compare_lists_what_differs(environ: dict[str, str]) -> None:
    same = run("compare", "default", "default", "--place", "en-gb", environ=environ)
    assert same.exit_code == 0, same.output
    assert "0 differences" in same.output
    found = run("compare", "default", "second", "--place", "en-gb", environ=environ)
    assert found.exit_code == 1, found.output
    assert "default: harbour-mug | second: qx-harbour-mug" in found.output
    assert "categories" in found.output
    assert "missing" not in found.output


def test_a_swap_reaches_two_processes_within_a_second(serve: Serve, tmp_path: Path) -> None:
    environ = {**environment(tmp_path), **second(tmp_path)}
    with serve(tmp_path, settings=environ, arguments=("--workers", "2")) as url:
        wait(lambda: "2 processes are running" in run("list", environ=environ).output)
        old = f"{url}/en-gb/products/harbour-mug"
        assert statuses(old) == {200}
        found = run("use", "second", environ=environ)
        assert found.exit_code == 0, found.output
        assert "2 of 2 processes follow" in found.output
        assert statuses(old) == {301}
        assert statuses(url + NEW) == {200}
        found = run("drain", environ=environ)
        assert found.exit_code == 0, found.output
        assert "0 carts" in found.output
        assert run("use", "default", environ=environ).exit_code == 0
        begun = time.monotonic()
        wait(lambda: statuses(old) == {200})
        assert time.monotonic() - begun < FOLLOWED_SECONDS


def statuses(url: str) -> set[int]:
    """What enough connections answer for every process to be among them."""
    found: set[int] = set()
    for _ in range(12):
        with httpx.Client(trust_env=False, timeout=30.0) as http:
            found.add(http.get(url).status_code)
    return found


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while not until():
        assert time.monotonic() < deadline


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_where_each_market_names_its_own_the_market_is_to_be_said(environ: dict[str, str]) -> None:
    own = {**environ, **{f"PORTICO_MARKETS__{market}__USE": "default" for market in ("GB", "DE", "US", "AE")}}
    found = run("use", "second", environ=own)
    assert found.exit_code == 2, found.output
    assert "--market gb" in found.output
    assert "already" not in found.output


@pytest.mark.anyio
async def test_who_walks_through_a_backend_is_no_shopper(
    environ: dict[str, str], acme: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten products that cannot be read say nothing of the eleventh, and none has to come as soon as for a page."""
    broken = goods.catalog(product=Unavailable("not this one"))

    @contextlib.asynccontextmanager
    async def offered(*_: Any) -> Any:
        yield goods.offer(catalog=broken)

    slow = msgspec.structs.replace(acme, open=offered)
    monkeypatch.setattr(backends, "manifest", lambda *_, **__: slow)
    own = configuration.load(None, {**environ, "PORTICO_BACKENDS__ACME__ADAPTER": "acme"})
    async with cli_backends._opened(own, "acme") as found:
        for n in range(2 * MINIMUM):
            with pytest.raises(Unavailable):
                await found.ports["catalog"].product(goods.context(), slug=f"p{n}")
    assert len(broken.calls) == 2 * MINIMUM


def test_a_hanging_old_backend_does_not_keep_the_store(
    environ: dict[str, str], acme: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.asynccontextmanager
    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()
        yield None

    stuck = msgspec.structs.replace(acme, open=never)
    known = backends.manifest
    monkeypatch.setattr(backends, "manifest", lambda name, **keys: stuck if name == "acme" else known(name, **keys))
    monkeypatch.setattr(cli_backends, "OPEN_SECONDS", 0.01)
    own = {**environ, "PORTICO_BACKENDS__ACME__ADAPTER": "acme", "PORTICO_USE": "acme"}
    own["PORTICO_SERVER__VAR"] += "-stuck"
    found = run("use", "second", environ=own)
    assert found.exit_code == 0, found.output
    assert "acme could not be read" in found.output
    assert "second serves gb, de, us, ae" in found.output
