"""Who may be measured, and what the store then records: over the demo store, through its own pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bff.events.event import ADD_TO_CART, BEGIN_CHECKOUT, Event
from bff.events.log import EventLog
from bff.web.measuring import CONSENT, VISITOR, Measuring
from bff.web.session import Sealer
from tests.events.made import rows

from .stage import FORM, SAME_SITE, Answer, Shop, opened, settings

SEALER = Sealer([b"k" * 32], https=False)
ID = uuid.UUID("7b1c9f0e-5d2a-4c68-a1f3-b5d7e9c0a2b4")
COOKIE = SEALER.seal_as(VISITOR, ID.bytes, 60).partition(";")[0].partition("=")[2]


def measuring(mode: Any = "strict", *, consent: str = "", cookie: str = COOKIE, **headers: str) -> Measuring:
    cookies = {VISITOR: cookie} | ({CONSENT: consent} if consent else {})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Measuring(mode, SEALER, cookies, named)


@pytest.mark.parametrize(
    ("mode", "consent", "headers", "allowed"),
    [
        ("strict", "", {}, False),
        ("strict", "yes", {}, True),
        ("strict", "no", {}, False),
        ("strict", "maybe", {}, False),
        ("exempt", "", {}, True),
        ("exempt", "no", {}, False),
        ("off", "yes", {}, False),
        ("strict", "yes", {"sec_gpc": "1"}, False),
        ("exempt", "", {"dnt": "1"}, False),
        ("exempt", "", {"dnt": "0"}, True),
    ],
)
def test_who_may_be_measured(mode: str, consent: str, headers: dict[str, str], allowed: bool) -> None:
    own = measuring(mode, consent=consent, **headers)
    assert own.allowed is allowed
    assert own.visitor == (str(ID) if allowed else None)
    assert own.consent.analytics is allowed
    fresh = measuring(mode, consent=consent, cookie="", **headers)
    assert bool(fresh.identified()) is allowed
    assert bool(fresh.set_cookies) is allowed


FORGED = {
    "none": "",
    "nonsense": "x",
    "unsealed": str(ID),
    "tampered": COOKIE[:-2] + "AA",
    "longer": COOKIE + "A" * 4_000,
    "foreign": "é" * 60,
}


@pytest.mark.parametrize("cookie", FORGED.values(), ids=FORGED)
def test_a_forged_id_is_none(cookie: str) -> None:
    own = measuring("exempt", cookie=cookie)
    assert own.visitor is None
    made = own.identified()
    assert made != str(ID)
    assert own.identified() == made
    assert "HttpOnly" in own.set_cookies[0]


def test_an_id_is_not_prolonged() -> None:
    own = measuring("exempt")
    assert own.identified() == str(ID)
    assert own.set_cookies == []


def test_who_declines_loses_the_id() -> None:
    own = measuring(consent="yes")
    assert own.choose("no") == str(ID)
    assert own.visitor is own.identified() is None
    assert [cookie.partition(";")[0] for cookie in own.set_cookies] == [f"{CONSENT}=no", f"{VISITOR}="]


def test_who_agrees_is_asked_no_more_and_has_an_id() -> None:
    own = measuring(cookie="")
    assert own.asks
    own.choose("yes")
    assert not own.asks
    assert own.identified()
    assert len(own.set_cookies) == 2


# ---- through the store


class Kept(EventLog):
    """What the store records, as a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.forgotten: list[str] = []

    def now(self) -> float:
        return 1_000.0

    def record(self, event: Event) -> None:
        self.events.append(event)

    def forget(self, visitor: str) -> int:
        self.forgotten.append(visitor)
        return 0


class Shopper:
    """A browser with cookies."""

    def __init__(self, shop: Shop, **headers: str) -> None:
        self.shop = shop
        self.jar: dict[str, str] = {}
        self.headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    def ask(self, method: str, path: str, body: str = "") -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        found = self.shop.request(
            method, path, [SAME_SITE, FORM, *self.headers, (b"cookie", cookies.encode())], body.encode()
        )
        for line in found.all("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.jar[name] = value
            if not value:
                del self.jar[name]
        return found

    def choose(self, choice: str) -> Answer:
        return self.ask("POST", "/en-gb/measuring", f"choice={choice}&back=/en-gb/search")

    def identify(self) -> str:
        """As the first exposure would."""
        made = Measuring("exempt", self.shop.store.sealer, {}, {})
        found = made.identified()
        assert found
        name, _, value = made.set_cookies[0].partition(";")[0].partition("=")
        self.jar[name] = value
        return found

    def add(self) -> Answer:
        page = self.ask("GET", "/en-gb/products/enamel-mug").text
        fields = dict(re.findall(r'name="(product|variant|sku)" value="([^"]*)"', page))
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        return self.ask("POST", "/en-gb/cart/lines", f"{body}&quantity=1")


def store(folder: Path, mode: str) -> Iterator[tuple[Shop, Kept]]:
    found = settings(folder, {"PORTICO_EVENTS__CONSENT": mode})
    with opened(found) as shop:
        kept = Kept()
        for bundle in shop.app.state.generations.current.bundles.values():
            object.__setattr__(bundle, "front", msgspec.structs.replace(bundle.front, events=kept))
        yield shop, kept


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Kept]]:
    yield from store(tmp_path_factory.mktemp("strict"), "strict")


def test_without_consent_nothing_is_written_and_no_cookie_set(strict: tuple[Shop, Kept]) -> None:
    shop, kept = strict
    kept.events.clear()
    for browser in (Shopper(shop), Shopper(shop, sec_gpc="1"), Shopper(shop, dnt="1")):
        browser.identify()  # from a time when they had agreed, or stolen
        if browser.headers:
            browser.choose("yes")
        assert browser.add().status == 303
        browser.ask("GET", "/en-gb/checkout")
    stranger = Shopper(shop)
    assert stranger.ask("GET", "/en-gb").all("set-cookie") == []
    assert kept.events == []


def test_with_consent_conversions_are_recorded_under_the_id(strict: tuple[Shop, Kept]) -> None:
    shop, kept = strict
    kept.events.clear()
    browser = Shopper(shop)
    answer = browser.choose("yes")
    assert (answer.status, answer.header("location")) == (303, "/en-gb/search")
    visitor = browser.identify()
    browser.add()
    browser.ask("GET", "/en-gb/checkout")
    assert [event.kind for event in kept.events] == [ADD_TO_CART, BEGIN_CHECKOUT]
    assert {event.visitor for event in kept.events} == {visitor}
    one = kept.events[1]
    assert (one.market, one.backend, one.currency) == ("gb", "default", "GBP")
    assert one.value
    assert one.value > 0
    assert "agreed" in browser.ask("GET", "/en-gb/measuring").text


def test_who_changes_their_mind_is_forgotten(strict: tuple[Shop, Kept]) -> None:
    shop, kept = strict
    kept.events.clear()
    browser = Shopper(shop)
    browser.choose("yes")
    visitor = browser.identify()
    browser.choose("no")
    assert kept.forgotten == [visitor]
    assert VISITOR not in browser.jar
    browser.add()
    assert kept.events == []
    assert "declined" in browser.ask("GET", "/en-gb/measuring").text


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/de-de/search", "/en-gb/../x", "\\\\evil"]
)
def test_the_choice_leads_nowhere_else(strict: tuple[Shop, Kept], back: str) -> None:
    answer = Shopper(strict[0]).ask("POST", "/en-gb/measuring", f"choice=no&back={back}")
    assert answer.header("location") == "/en-gb/measuring"


def test_nonsense_is_no_choice(strict: tuple[Shop, Kept]) -> None:
    browser = Shopper(strict[0])
    browser.choose("certainly")
    assert CONSENT not in browser.jar
    assert "not chosen yet" in browser.ask("GET", "/en-gb/measuring").text


def test_nobody_is_asked_while_nothing_runs(strict: tuple[Shop, Kept]) -> None:
    assert 'class="measuring"' not in Shopper(strict[0]).ask("GET", "/en-gb").text


def test_where_nothing_is_measured_there_is_nothing_to_choose(tmp_path: Path) -> None:
    for shop, kept in store(tmp_path, "off"):
        browser = Shopper(shop)
        browser.identify()
        assert browser.ask("GET", "/en-gb/measuring").status == 404
        assert browser.choose("yes").status == 404
        assert "/en-gb/measuring" not in browser.ask("GET", "/en-gb").text
        browser.add()
        assert kept.events == []


def test_the_store_writes_its_file_when_it_closes(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {"PORTICO_EVENTS__CONSENT": "exempt"})) as shop:
        browser = Shopper(shop)
        browser.identify()
        assert browser.add().status == 303
    assert rows(tmp_path / "events.sqlite") == 1
