"""`portico doctor`: what it finds, with the setting and the fix, and with which status it ends."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result

from bff import settings as configuration
from bff.app import create_app
from bff.cli import portico
from bff.cli_doctor import examined
from bff.doctor import backends, store, supplies
from bff.doctor.findings import Finding
from bff.gateway import backends as registry
from bff.own_secrets import key_ring
from bff.ports import (
    Availability,
    Card,
    ChangeTraits,
    Hit,
    Image,
    Link,
    Listing,
    Manifest,
    Media,
    Money,
    NoCart,
    NotAllowed,
    Offer,
    Price,
    ProductKey,
    Remark,
    SitemapEntry,
    SitemapPage,
    Unavailable,
)
from bff.settings import Settings
from bff.web import control_live
from bff.web.control import Control
from bff.web.control_live import PROCESS_SECONDS, Process
from bff.web.ring import Ring

pytestmark = pytest.mark.anyio
RULES = {"img-src": ["'self'", "data:", "https://img.acme.example"]}
TOML = """
[store]
name = "Tea"
{store}
[markets.gb]
country = "GB"
currency = "GBP"
locales = {{ "en-GB" = "en-gb" }}

[backends.default]
adapter = "acme"
{backend}
[server]
var = "{var}"
{server}
{more}
"""


class Own(msgspec.Struct, frozen=True, kw_only=True):
    url: str = "https://shop.acme.example"
    api_key: str = "k"
    webhook_secret: str | None = None
    buyer_token: str = ""


def card(url: str) -> Card:
    return Card(
        id="1",
        slug="sencha",
        title="Sencha",
        price=Price(amount=Money(Decimal("4.50"), "GBP")),
        availability=Availability(state="in_stock"),
        media=(Media(image=Image(url=url)),),
    )


class Acme:
    """A backend whose answers a test decides."""

    def __init__(self) -> None:
        self.offer: dict[str, Any] = {}
        self.image = "https://img.acme.example/sencha.jpg"
        self.failure: Exception | None = None
        self.traits = SimpleNamespace(pages="number", hits="card")
        self.sku_lookup = False
        self.more: dict[str, Any] = {}

    async def probe(self) -> str:
        if self.failure is not None:
            raise self.failure
        return "Acme 3.2"

    async def sitemap(self, *_: Any, **__: Any) -> SitemapPage:
        return SitemapPage(entries=(SitemapEntry(link=Link(kind="product", id="1", slug="sencha", title="Sencha")),))

    async def products(self, *_: Any, **__: Any) -> tuple[Card | None, ...]:
        return (card(self.image),)

    async def listing(self, *_: Any, **__: Any) -> Listing:
        return Listing(hits=(Hit(key=ProductKey(id="1"), card=card(self.image)),))

    async def _unasked(self, *_: Any, **__: Any) -> None:
        raise AssertionError("the doctor asks for nothing else")

    resolve = locate = navigation = category = product = availability = suggest = _unasked

    @contextlib.asynccontextmanager
    async def open(self, *_: Any) -> Any:
        yield Offer(**{"catalog": self, "search": self, "probe": self.probe, **self.offer})

    @property
    def manifest(self) -> Manifest:
        return Manifest(name="acme", title="Acme", settings=Own, open=self.open, **self.more)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates take a second to check, and have tests of their own."""
    monkeypatch.setattr(store, "problems", lambda found: [])


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Acme:
    made = Acme()
    entry = SimpleNamespace(name="acme", load=lambda: made.manifest)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    monkeypatch.setattr(backends, "lent_client", lambda: httpx.AsyncClient(transport=httpx.MockTransport(_undated)))
    return made


def _undated(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404)


Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def made(**parts: str) -> Settings:
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        var = tmp_path / "var"
        var.mkdir(exist_ok=True)
        text = TOML.format(**{"store": "", "backend": "", "server": "", "more": "", "var": var, **parts})
        (folder / "portico.toml").write_text(text, encoding="utf-8")
        return configuration.load(folder, environ={})

    return made


def bad(found: list[Finding], level: str = "error") -> dict[str | None, str]:
    """What was found of a level, by setting."""
    return {each.setting: each.says for each in found if each.level == level}


def fix(found: list[Finding], setting: str) -> str:
    return next(each.fix or "" for each in found if each.setting == setting)


# ---------------------------------------------------------------- configuration


async def test_a_sound_store_has_no_errors(load: Load, acme: Acme) -> None:
    found = load()
    said = await examined(found, create_app)
    assert set(bad(said)) == {"server.image_origins"}
    assert "pictures come from https://img.acme.example" in bad(said)["server.image_origins"]
    said = await examined(load(server='image_origins = ["https://img.acme.example"]'), create_app)
    assert bad(said) == {}
    assert {each.area for each in said} >= {
        "configuration",
        "backends",
        "headers",
        "purge",
        "changes",
        "pictures",
        "disk",
        "clock",
    }
    assert any("Acme 3.2" in each.says for each in said)
    assert any("gb: Sencha, 4.50 GBP" in each.says for each in said)


@pytest.mark.parametrize(
    ("parts", "level", "setting", "word"),
    [
        ({"store": 'origin = "http://tea.example"'}, "error", "store.origin", "not encrypted"),
        ({"store": 'origin = "https://tea.example"'}, "warning", "server.proxies", "one limit"),
        ({"server": 'host = "10.0.0.1"\n'}, "error", "store.origin", "not encrypted"),
        (
            {"store": 'origin = "https://tea.example"', "server": "development = true"},
            "error",
            "server.development",
            "everybody",
        ),
        ({"store": "maintenance = true"}, "warning", "store.maintenance", "closed"),
        ({"more": "[cache]\nbytes = 0"}, "warning", "cache.bytes", "no answer is kept"),
        ({"backend": "[backends.default.settings]\nulr = 'x'"}, "error", "backends.default.settings.ulr", "no setting"),
        ({"more": "[backends.other]\nadapter = 'acem'"}, "warning", "backends.other.adapter", "no adapter"),
    ],
)
def test_the_configuration_is_looked_at(
    load: Load, acme: Acme, quick: None, parts: dict[str, str], level: str, setting: str, word: str
) -> None:
    said = [*store.settings(load(**parts))]
    assert word in bad(said, level)[setting]
    assert fix(said, setting)


# ---------------------------------------------------------------- backends


async def test_a_backend_that_is_not_reached_names_its_setting(load: Load, acme: Acme) -> None:
    acme.failure = Unavailable("connection refused")
    said = await backends.backends(load(), RULES)
    assert "connection refused" in bad(said)["backends.default.settings.url"]
    assert "https://shop.acme.example" in fix(said, "backends.default.settings.url")


async def test_an_adapter_that_breaks_the_contract_is_a_finding(load: Load, acme: Acme) -> None:
    acme.offer = {"carts": object()}
    said = await backends.backends(load(), RULES)
    assert "AttributeError" in bad(said)["backends.default.adapter"]
    assert "conformance" in fix(said, "backends.default.adapter")


async def test_one_that_serves_nothing_is_a_warning(load: Load, acme: Acme) -> None:
    acme.failure = Unavailable("down")
    said = await backends.backends(load(more='[backends.second]\nadapter = "acme"'), RULES)
    assert set(bad(said)) == {"backends.default.settings.url"}
    assert set(bad(said, "warning")) == {"backends.second.settings.url"}


async def test_a_key_that_may_use_no_carts(load: Load, acme: Acme) -> None:
    class Carts:
        answer: Any = NotAllowed("403")
        traits = None

        async def get(self, *_: Any, **__: Any) -> NoCart:
            if self.answer is not None:
                raise self.answer
            return NoCart(reason="unknown")

        add = change = apply_code = drop_code = annotate = adopt = move = Acme._unasked

    carts = Carts()
    acme.offer = {"carts": carts}
    said = await backends.backends(load(), RULES)
    assert "no carts" in bad(said)["backends.default.settings.api_key"]
    assert "no checkout" in bad(said, "warning")["backends.default.settings"]
    carts.answer = None
    said = await backends.backends(load(), RULES)
    assert bad(said) == {}
    assert any(each.says == "default: its key may use carts" for each in said)


async def test_a_shop_without_a_search_or_carts_says_so(load: Load, acme: Acme) -> None:
    said = await backends.backends(load(), RULES)
    assert "does not sell" in bad(said, "note")["compose"]
    acme.offer = {"search": None}
    said = await backends.backends(load(), RULES)
    assert "no search" in bad(said)["compose"]


async def test_a_vendor_that_wants_the_buyers_address(load: Load, acme: Acme) -> None:
    acme.more = {"buyer_header": "x-buyer", "buyer_secret": "buyer_token"}
    said = await backends.backends(load(), RULES)
    assert "x-buyer" in bad(said, "warning")["backends.default.settings.buyer_token"]


async def test_an_adapters_remarks_stand_in_their_place(load: Load, acme: Acme) -> None:
    acme.more = {
        "remarks": lambda own: (
            Remark(about="mail", level="error", says=f"no mail for {own.url}", setting="url", fix="x"),
        )
    }
    said = await backends.backends(load(), RULES)
    assert [each.says for each in said if each.area == "mail"] == ["no mail for https://shop.acme.example"]
    assert "backends.default.settings.url" in bad(said)


@pytest.mark.parametrize(("seconds", "level"), [(300, "warning"), (2, "ok")])
async def test_a_backends_clock(
    load: Load, acme: Acme, monkeypatch: pytest.MonkeyPatch, seconds: int, level: str
) -> None:
    def dated(request: httpx.Request) -> httpx.Response:
        told = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
        return httpx.Response(404, headers={"date": format_datetime(told, usegmt=True)})

    monkeypatch.setattr(backends, "lent_client", lambda: httpx.AsyncClient(transport=httpx.MockTransport(dated)))
    said = await backends.backends(load(), RULES)
    assert [each.level for each in said if each.area == "clock"] == [level]


# ---------------------------------------------------------------- changes, pictures


class Told:
    def __init__(self, push: bool, poll: bool) -> None:
        self.traits = ChangeTraits(push=push, poll=poll)


async def changes(load: Load, acme: Acme, port: object, **parts: str) -> list[Finding]:
    acme.offer = {"changes": port}
    return [each for each in await backends.backends(load(**parts), RULES) if each.area == "changes"]


async def test_where_a_vendor_is_to_post(load: Load, acme: Acme) -> None:
    (said,) = await changes(load, acme, Told(True, False))
    assert said.level == "ok"
    assert said.says.endswith("http://127.0.0.1:8000/-/changes/default")


async def test_signed_posts_are_a_way_for_whoever_has_no_other(load: Load, acme: Acme) -> None:
    (said,) = await changes(load, acme, None, backend='changes_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"\n')
    assert (said.level, said.says) == ("ok", "default: signed posts to http://127.0.0.1:8000/-/changes/default")


async def test_a_secret_that_is_not_set(load: Load, acme: Acme) -> None:
    (said,) = await changes(load, acme, None)
    assert (said.level, said.setting) == ("warning", "backends.default.settings.webhook_secret")
    set_ = '[backends.default.settings]\nwebhook_secret = "s"'
    (said,) = await changes(load, acme, None, backend=set_)
    assert said.level == "note"


async def test_freshness_is_what_the_policy_says(load: Load, acme: Acme) -> None:
    own = '[backends.default.settings]\nwebhook_secret = "s"\n[backends.default.policy."catalog.product"]\nfresh = 7\n'
    (said,) = await changes(load, acme, None, backend=own)
    assert "products 7 s, listings 60 s, stock 15 s" in said.says
    (said,) = await changes(load, acme, Told(False, True))
    assert said.says == "default: asked for every 5 s, by one of the store's processes"
    acme.more = {"in_process": True}
    (said,) = await changes(load, acme, None)
    assert "at once" in said.says


async def test_pictures_that_browsers_may_not_load(load: Load, acme: Acme) -> None:
    said = await backends.backends(load(), RULES)
    assert "server.image_origins" not in bad(said)
    notes = [each.says for each in said if each.area == "pictures"]
    assert any("tell no size" in says for says in notes)
    assert any("one width" in says for says in notes)
    acme.image = "/static/sencha.jpg"
    assert "server.image_origins" not in bad(await backends.backends(load(), {}))
    acme.image = "https://cdn.elsewhere.example/{width}/sencha.jpg"
    said = await backends.backends(load(), RULES)
    assert "https://cdn.elsewhere.example" in bad(said)["server.image_origins"]
    assert not any("one width" in each.says for each in said)


def test_pictures_the_head_fetches_itself_are_no_fault(acme: Acme) -> None:
    declared = SimpleNamespace(pictures=lambda own: (f"{own.url}/files/",))
    assert supplies._declared(declared, Own()) == {"https://shop.acme.example"}  # type: ignore[arg-type]
    declared = SimpleNamespace(pictures=lambda own: ())
    assert supplies._declared(declared, Own()) == set()  # type: ignore[arg-type]


# ---------------------------------------------------------------- headers


def application(headers: Mapping[str, str]) -> Callable[[Settings], Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 204, "headers": raw})
        await send({"type": "http.response.body", "body": b""})

    return lambda settings: app


async def test_headers_are_those_the_application_sends(load: Load, acme: Acme) -> None:
    acme.more = {"origins": lambda own: ("https://pay.acme.example",)}
    found = load(store='origin = "https://tea.example"')
    sent = await store.headers(found, create_app)
    assert store.policy(sent)["form-action"] == ["'self'", "https://pay.acme.example"]
    said = [*store.sendings(found, sent)]
    assert bad(said) == {}
    assert any("https only" in each.says for each in said)


async def test_headers_that_are_wrong(load: Load, acme: Acme) -> None:
    found = load(store='origin = "https://tea.example"')
    said = [*store.sendings(found, await store.headers(found, application({})))]
    assert "no content security policy" in bad(said)["bff/web/headers.py"]
    sent = await store.headers(found, application({"Content-Security-Policy": "img-src 'self' http://img.example"}))
    said = [*store.sendings(found, sent)]
    assert "http://img.example" in bad(said)["backends"]
    assert "no HSTS" in bad(said, "warning")["store.origin"]


# ---------------------------------------------------------------- purge, disk, clock


async def control(found: Settings, *processes: Process, now: float | None = None, plan: int = 0) -> None:
    ring = Ring(key_ring(found), b"portico-control")
    async with Control(Path(found.server.var) / "control.sqlite", ring) as opened:
        await opened.write(lambda db: None)
        for number, process in enumerate(processes):
            at = opened.clock() if now is None else now
            await opened.write(lambda db, n=number, p=process, t=at: control_live.tell(db, str(n), p, t))  # type: ignore[misc]
        for _ in range(plan):
            await opened.write(control_live._counted)


async def test_processes_follow_or_do_not(load: Load) -> None:
    found = load()
    assert "not there yet" in (await store.purges(found))[0].says
    await control(found)
    said = await store.purges(found)
    assert [each.level for each in said] == ["ok", "note"]
    await control(found, Process(pid=7, number=2), Process(pid=8, number=2), plan=2)
    said = await store.purges(found)
    assert [each.level for each in said] == ["ok", "ok"]
    assert "2 processes follow" in said[1].says
    await control(found, Process(pid=7, number=1), Process(pid=8, number=2, refused=3, problem="no key"))
    said = await store.purges(found)
    assert "process 7 is behind" in bad(said, "warning")["use"]
    assert "no key" in bad(said)["use"]


async def test_a_clock_that_was_set_back(load: Load) -> None:
    found = load()
    await control(found, Process(pid=7, number=0), now=4_000_000_000.0 - PROCESS_SECONDS)
    assert "set back" in bad(await store.purges(found), "warning")["the system's clock"]


async def test_a_control_store_that_cannot_be_written(load: Load) -> None:
    found = load()
    (Path(found.server.var) / "control.sqlite").mkdir()
    said = await store.purges(found)
    assert "posts answer 503" in bad(said)["server.var"]


def test_the_disk(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load()
    folder = Path(found.server.var)
    assert bad([*store.disk(found)]) == {}
    secret = folder / "secret"
    secret.write_text("x" * 64)
    secret.chmod(0o644)
    said = [*store.disk(found)]
    assert "can be read by other users" in bad(said)["server.var"]
    assert fix([each for each in said if each.level == "error"], "server.var") == f"chmod 600 {secret}"
    secret.chmod(0o600)
    for free, level in ((50_000_000, "error"), (500_000_000, "warning"), (5_000_000_000, "ok")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert [each.level for each in store.disk(found)] == [level]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in bad([*store.disk(found)])["server.var"]
    secret.unlink()
    folder.rmdir()
    assert "is no folder" in bad([*store.disk(found)])["server.var"]


def test_a_clock_that_cannot_be_right() -> None:
    assert [each.level for each in store.clock(1_000_000_000.0)] == ["error"]
    assert [each.level for each in store.clock(1_800_000_000.0)] == ["ok"]


# ---------------------------------------------------------------- the command


def run(*arguments: str, shop: Path) -> Result:
    return CliRunner().invoke(portico, ["--shop", str(shop), "doctor", *arguments], env={"COLUMNS": "200"})


def test_the_report_names_setting_and_fix_and_ends_with_one(
    load: Load, acme: Acme, quick: None, tmp_path: Path
) -> None:
    load()
    acme.failure = Unavailable("connection refused")
    said = run(shop=tmp_path / "shop")
    assert said.exit_code == 1
    assert "✗ default: Unavailable: connection refused" in said.stdout
    assert "backends.default.settings.url: is the backend running" in said.stdout
    assert "errors: 1, warnings: 0" in said.stdout


def test_machines_read_json(load: Load, acme: Acme, quick: None, tmp_path: Path) -> None:
    load(server='image_origins = ["https://img.acme.example"]')
    said = run("--json", shop=tmp_path / "shop")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["ok"] is True
    assert {"area", "level", "says", "setting", "fix"} == set(told["findings"][0])
    (tmp_path / "shop" / "portico.toml").write_text("[stroe]")
    said = run("--json", shop=tmp_path / "shop")
    assert said.exit_code == 1
    told = json.loads(said.stdout)
    assert [each["level"] for each in told["findings"]] == ["error"]
