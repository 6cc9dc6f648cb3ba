"""Each capability of a backend killed in turn, on each kind of page: the status, which region is missing, what leads on,
and that the bag is as it was. Refused and hanging alike; a page that waits for one that hangs is answered within its
deadline."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pytest

from bff import app as composition
from bff.gateway.backends import CAPABILITIES, OpenBackend, bound
from bff.gateway.chain import Gateway
from bff.gateway.policy import policies
from bff.gateway.tasks import Tasks
from bff.rendering import regions
from tests.gateway.bench import HOUR, Late
from tests.gateway.bench import Clock as Tick
from tests.pages.desk import CHEAP, registered, words
from tests.pages.outage import How, Killed, Patient, fragile, hrefs, placeholders
from tests.pages.reading import Page, mistakes
from tests.pages.till import ADA, Shopper
from tests.web import goods
from tests.web.stage import Answer, Shop, opened, settings

LIMITS = {f"PORTICO_LIMITS__{name}": "9999/1s" for name in ("REGISTER", "SIGN_IN", "ORDER")}
PAGE_DEADLINE = 2.5
MUG = {"product": "harbour-mug", "variant": "HMUG-IND-SMA", "sku": "HMUG-IND-SMA"}
CUP = "products/quay-espresso-cup"
ARTICLE = "journal/thirty-one-hours-in-the-kiln-shed"
COUNT = "In the bag"
AGAIN = "Try again"
NOT_NOW = "This cannot be shown just now."


@dataclass(frozen=True)
class Missing:
    """What a page lacks while it stands. `gone` are words that are not there then, `later` the places that load themselves,
    `said` what stands instead, with a link to `link`. Without both, nothing on the page speaks of it."""

    gone: str
    later: tuple[str, ...] = ()
    said: str = ""
    link: str = ""


HOLE = Missing(gone="")
"""The bag's count, which every page of somebody with a bag has in its header."""
SAVED = Missing("", said=NOT_NOW, link="/en-gb/wishlists")
FAILS = "fails"
Fate = Missing | str

PAGES: Mapping[str, Mapping[str, Fate]] = {
    "/en-gb": {
        "catalog": Missing("Indigo", later=("/en-gb/_/shelf/featured", "/en-gb/_/shelf/new")),
        "search": Missing("", later=("/en-gb/_/shelf/new",)),
        "content": Missing("kiln shed", later=("/en-gb/_/shelf/featured", "/en-gb/_/journal")),
    },
    "categories/cups-and-mugs": {"catalog": FAILS, "search": FAILS},
    "search?q=cup": {"search": FAILS},
    CUP: {
        "catalog": FAILS,
        "delivery": Missing("", later=("/en-gb/_/delivery/quay-espresso-cup",)),
        "reviews": Missing("", later=("/en-gb/_/reviews/quay-espresso-cup",)),
        "recommendations": Missing("", later=("/en-gb/_/related/quay-espresso-cup",)),
    },
    "cart": {
        "carts": FAILS,
        "catalog": SAVED,
        "wishlists": SAVED,
        "recommendations": Missing("Goes well"),
    },
    "checkout/details": {"inline_checkout": FAILS, "address_book": Missing("Another address")},
    "checkout/delivery": {"inline_checkout": FAILS},
    "checkout/payment": {"inline_checkout": FAILS},
    "checkout/review": {"inline_checkout": FAILS},
    "account": {
        "accounts": FAILS,
        "orders": Missing("", said=NOT_NOW, link="/en-gb/account/orders"),
        "address_book": Missing("Falmouth", said=NOT_NOW, link="/en-gb/account/addresses"),
    },
    "account/profile": {"accounts": FAILS},
    "account/addresses": {"address_book": FAILS},
    "account/orders": {"orders": FAILS},
    "account/orders/{order}": {"orders": FAILS},
    "journal": {"content": FAILS},
    ARTICLE: {"content": FAILS, "catalog": Missing("", later=(f"/en-gb/_/named/{ARTICLE[8:]}",))},
    "pages/delivery": {"content": FAILS, "catalog": HOLE},
    "stores": {"stores": FAILS},
    "wishlists": {"wishlists": FAILS, "catalog": Missing("Harbour", said=NOT_NOW, link="/en-gb/wishlists")},
    "compare?p=quay-espresso-cup&p=harbour-mug": {"catalog": FAILS, "recommendations": Missing("")},
    "contact": {"accounts": HOLE},
    "newsletter": {},
    "notices?sku=QESP": {"catalog": FAILS},
    "review/quay-espresso-cup": {"catalog": FAILS, "accounts": HOLE},
}
GUESTS: Mapping[str, Mapping[str, Fate]] = {
    "cart": {
        "carts": FAILS,
        "wishlists": SAVED,
        "recommendations": Missing(""),
    },
    "checkout/details": {"inline_checkout": FAILS},
    "account/sign-in": {"sign_in": FAILS},
    "account/register": {},
    "account/forgot": {},
    "account/orders/find": {},
}


@dataclass
class Street:
    """A store, a customer with an order, an address, lists and a bag half way through the checkout, a guest with a bag, and
    what each page said when all was well."""

    shop: Shop
    link: Killed
    ada: Shopper
    bob: Shopper
    order: str
    well: dict[tuple[str, str], Answer]

    def pages(self) -> Iterator[tuple[str, Shopper, str, Mapping[str, Fate]]]:
        for path, fates in PAGES.items():
            yield "ada", self.ada, path.format(order=self.order), fates
        for path, fates in GUESTS.items():
            yield "bob", self.bob, path, fates


def steps(shopper: Shopper, once: str) -> None:
    """`once`: equal posts within two seconds would be one."""
    for step, fields in (
        ("details", ADA),
        ("delivery", {"group.main": "standard"}),
        ("payment", {"method": "bank_transfer", "billing": "same"}),
    ):
        answer = shopper.post(f"checkout/{step}", {**fields, "mutation": f"{once}-{step}"})
        assert answer.status == 303, answer.text


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with fragile(tmp_path_factory.mktemp("outages"), {**CHEAP, **LIMITS}) as (shop, link):
        ada, bob = registered(shop, "ada@example.com"), Shopper(shop)
        ada.post("cart/lines", {**MUG, "quantity": "2", "mutation": "first"})
        steps(ada, "first")
        assert ada.orders(ada.get("checkout/review")).status == 303
        (order, *_) = re.findall(r'/account/orders/([^"/?]+)"', ada.get("account/orders").text)
        home = {name: text for name, text in ADA.items() if name.startswith("shipping.")}
        assert ada.post("account/addresses/new", {**home, "shipping.city": "Falmouth"}).status == 303
        ada.post("cart/lines", {**MUG, "mutation": "second"})
        (line, *_) = re.findall(r'name="later" value="([^"]+)"', ada.get("cart").text)
        ada.post("cart/quantities", {"later": line})
        ada.post("wishlists/save", {"sku": MUG["sku"], "mutation": "kept"})
        ada.post("cart/lines", {**MUG, "quantity": "2", "mutation": "third"})
        steps(ada, "third")
        bob.post("cart/lines", {**MUG, "quantity": "3", "mutation": "bob's"})
        found = Street(shop, link, ada, bob, order, {})
        for shopper in (ada, bob):
            shopper.get("/en-gb")  # what is told once is told now
        for who, shopper, path, _ in found.pages():
            answer = found.well[who, path] = shopper.get(path)
            assert answer.status == 200, (path, who, answer.header("location"))
        yield found


@pytest.mark.parametrize("how", get_args(How))
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_each_page_without_it(street: Street, capability: str, how: How) -> None:
    if getattr(street.shop.backend, capability) is None:
        pytest.skip("the demo has it not")
    street.link.dead = {capability: how}
    try:
        for who, shopper, path, fates in street.pages():
            street.link.asked.clear()
            began = street.link.clock.now
            answer, well = shopper.get(path), street.well[who, path]
            assert street.link.clock.now - began <= PAGE_DEADLINE + 0.001, path
            header = HOLE if capability == "carts" and not path.startswith("checkout/") else None
            fate = fates.get(capability, header)
            if fate is None:
                assert answer.status == 200, (path, street.link.asked)
                assert words(answer) == words(well), (path, street.link.asked)
                continue
            assert street.link.asked, f"{path} does not ask for it"
            if isinstance(fate, Missing):
                stands(answer, well, fate, path)
            else:
                fails(answer, how, shopper.at(path))
    finally:
        street.link.dead = {}
    for who, shopper in (("ada", street.ada), ("bob", street.bob)):
        assert words(shopper.get("cart")) == words(street.well[who, "cart"]), "the bag is as it was"


def stands(answer: Answer, well: Answer, fate: Missing, path: str) -> None:
    assert answer.status == 200, path
    if "checkout" not in path:
        assert mistakes(Page(answer.text), "en-GB", "ltr") == [], path
    if fate.gone:
        assert fate.gone in words(well), path
        assert fate.gone not in words(answer), path
    assert set(fate.later) == placeholders(answer.text), path
    assert set(fate.later) <= hrefs(answer.text), "without JavaScript it is a link"
    assert (fate.said or AGAIN) not in words(well), path
    if fate.said:
        assert fate.said in words(answer), path
        assert fate.link in hrefs(answer.text), path


def fails(answer: Answer, how: How, path: str) -> None:
    assert answer.status == {"refused": 503, "hanging": 504}[how], path
    assert answer.header("retry-after") == "10", path
    assert answer.header("cache-control") == "no-store", path
    page = Page(answer.text)
    assert mistakes(page, "en-GB", "ltr") == [], path
    again = {one.attributes.get("href", "").replace("&amp;", "&") for one in page.all("a")}
    assert path in again, f"no way to try {path} again"
    assert AGAIN in words(answer), path
    assert "/en-gb" in again
    assert any("/en-gb/categories/" in one for one in again), "the menu stays"


@pytest.mark.parametrize("how", get_args(How))
def test_what_is_posted_meanwhile_changes_nothing(street: Street, how: How) -> None:
    ada = street.ada
    posts = (
        ("carts", "cart/lines", {**MUG, "mutation": f"more-{how}"}),
        ("carts", "cart/codes", {"code": "WELCOME", "mutation": f"code-{how}"}),
        ("inline_checkout", "checkout/details", {**ADA, "shipping.city": "Elsewhere", "mutation": f"city-{how}"}),
        ("inline_checkout", "checkout/review", {**ada.form(ada.get("checkout/review")), "mutation": f"order-{how}"}),
    )
    before = words(ada.get("checkout/review"))
    for capability, path, fields in posts:
        street.link.dead = {capability: how}
        try:
            answer = ada.post(path, fields)
        finally:
            street.link.dead = {}
        # Whether a write to the bag has happened nobody knows that cannot read it.
        assert answer.status == (504 if capability == "carts" or how == "hanging" else 503), path
        assert answer.header("retry-after"), path
        assert words(ada.get("cart")) == words(street.well["ada", "cart"]), path
    assert words(ada.get("checkout/review")) == before
    assert len(set(re.findall(r'/account/orders/([^"/?]+)"', ada.get("account/orders").text)) - {"find"}) == 1


def test_a_page_whose_surroundings_nobody_has_seen_stands_too(street: Street) -> None:
    """A process that starts while the backend is down has no menu to show."""
    store = street.shop.store
    kept = dict(store.shells), dict(store.last_shells)
    street.link.dead = {"catalog": "hanging", "content": "hanging"}
    try:
        store.shells.clear()
        store.last_shells.clear()
        began = street.link.clock.now
        answer = street.bob.get("cart")
        assert answer.status == 200
        assert street.link.clock.now - began <= PAGE_DEADLINE
        assert mistakes(Page(answer.text), "en-GB", "ltr") == []
    finally:
        street.link.dead = {}
        store.shells.clear()
        store.shells.update(kept[0])
        store.last_shells.update(kept[1])


def test_the_front_page_of_a_backend_that_hangs_is_the_old_one(tmp_path: Path) -> None:
    """Through the whole chain: its regions have less time than a call, and what is kept is shown within it."""
    clock, tasks = Tick(), Tasks()
    gateway = Gateway(clock=clock, chance=lambda: 0.0)
    ports = {name: getattr(goods.offer(), name) for name in ("catalog", "search", "content")}
    offer = goods.offer(**{name: Late(port) for name, port in ports.items()})

    @contextlib.asynccontextmanager
    async def instead(*_: Any, **__: Any) -> AsyncIterator[OpenBackend]:
        yield bound("default", offer, links=gateway.links(tasks), policies=policies({}, key=""))
        await tasks.close()

    patient = patch.object(regions, "asyncio", Patient())  # the tenth that is left may be short on a busy machine
    with patient, patch.object(composition, "open_backend", instead), opened(settings(tmp_path)) as shop:
        well = words(shop.get("/en-gb"))
        assert "The p0" in well
        clock.now += HOUR
        for port in ports.values():
            port.answers = {name: lambda **_: asyncio.Event().wait() for name in port.answers}
        assert words(shop.get("/en-gb")) == well
        asked = [len(port.calls) for port in ports.values()]
        assert words(shop.get("/en-gb")) == well
        assert [len(port.calls) for port in ports.values()] == asked, "nobody waits a second time"
