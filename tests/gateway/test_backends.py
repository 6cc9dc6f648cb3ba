"""Finding adapters by entry point, their settings, and the client they are lent."""

from __future__ import annotations

import contextlib
import ssl  # noqa: F401 - imported early, so that httpx's own import is not blamed for its warnings
from importlib.metadata import EntryPoint
from typing import Any

import httpx
import msgspec
import pytest

from bff.gateway import backends
from bff.gateway.backends import adapter_settings, manifest
from bff.gateway.client import lent_client
from bff.ports import Manifest, Misconfigured


class Own(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    retries: int = 1


@contextlib.asynccontextmanager
async def nowhere(*_: Any) -> Any:
    yield None


FOUND = Manifest(name="acme", title="Acme", settings=Own, open=nowhere)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    things: dict[str, Any] = {"acme": FOUND}

    class Entry(EntryPoint):
        def load(self) -> Any:
            return things[self.name]

    monkeypatch.setattr(
        backends, "entry_points", lambda group: [Entry(name, "x:y", group) for name in things] if group else []
    )
    return things


def test_an_adapter_is_found_by_name(installed: dict[str, Any]) -> None:
    assert manifest("acme") is FOUND
    assert backends.adapters() == ["acme"]


def test_an_unknown_adapter_is_named_with_the_nearest(installed: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured) as raised:
        manifest("acne", key="backends.default.adapter")
    assert (raised.value.key, raised.value.fix) == ("backends.default.adapter", "did you mean `acme`?")
    with pytest.raises(Misconfigured) as raised:
        manifest("zzz")
    assert raised.value.fix == "installed are: acme."


def test_what_is_no_manifest_or_of_another_contract_is_refused(installed: dict[str, Any]) -> None:
    installed["old"] = msgspec.structs.replace(FOUND, contract=(0, 9))
    installed["new"] = msgspec.structs.replace(FOUND, contract=(1, 7))
    installed["odd"] = object()
    assert manifest("new").contract == (1, 7)
    with pytest.raises(Misconfigured, match=r"contract 0\.9"):
        manifest("old")
    with pytest.raises(Misconfigured, match="no Manifest"):
        manifest("odd")


def test_an_adapters_own_settings_are_checked() -> None:
    found = adapter_settings(FOUND, {"token": "t", "retries": "3"}, key="backends.a.settings", source="x.toml")
    assert found == Own(token="t", retries=3)
    with pytest.raises(Misconfigured) as raised:
        adapter_settings(FOUND, {"tokn": "t"}, key="backends.a.settings", source="x.toml")
    assert (raised.value.key, raised.value.source) == ("backends.a.settings.tokn", "x.toml")
    assert raised.value.fix == "did you mean `token`?"
    with pytest.raises(Misconfigured, match="token"):
        adapter_settings(FOUND, {}, key="backends.a.settings", source="x.toml")


@pytest.mark.anyio
async def test_the_lent_client_keeps_no_cookies_and_follows_nothing() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"set-cookie": "shopper=1; Path=/", "location": "https://evil.example/"})

    client = lent_client()
    client._transport = httpx.MockTransport(answer)
    client._mounts = {}
    async with client:
        first = await client.get("https://api.shop.example/a")
        await client.get("https://api.shop.example/a")
    assert first.status_code == 302
    assert len(seen) == 2
    assert all("cookie" not in request.headers for request in seen)
    assert not list(client.cookies.jar)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
