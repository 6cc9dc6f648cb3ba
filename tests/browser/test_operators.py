"""What only operators see, and what shoppers see because something is measured: nothing axe finds, by day and by night."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from bff.events.sqlite import SqliteSink
from bff.own_secrets import key_ring
from bff.web.preview import Previews
from tests.browser.axe import violations
from tests.browser.fixtures import Browse
from tests.conftest import environment
from tests.events.made import event, exposure, purchase
from tests.experiments import trial
from tests.web import stage

pytestmark = pytest.mark.browser

TOKEN = "a-token-of-the-tests-own-making"
CONSOLE, PRODUCT = "/-/console", "/en-gb/products/harbour-mug"
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with an experiment that is decided, one that runs, and one that is not begun."""
    folder = tmp_path_factory.mktemp("operators")
    shop = trial.shop_folder(folder)
    trial.experiment(shop, "card", {}, more='secondary = ["purchase", "revenue"]')
    trial.experiment(shop, "draft", {}, status="draft")
    sink, now = SqliteSink(folder / "events.sqlite"), time.time()
    events = []
    for variation, often in (("control", 3), ("b", 2)):
        for i in range(600):
            who, at = f"{variation}{i}", now - (i % 4) * 86_400 - 60
            events.append(exposure(who, variation, at=at, market="de" if i % 3 else "gb", fallback=i == 1))
            events += [event(visitor=who, at=at + 1)] * (i % often == 0)
            events += [purchase(who, who, 20.0 + i % 9, at=at + 2)] * (i % (3 * often) == 0)
    sink.write(events)
    sink.close()
    return folder


@pytest.fixture(scope="module")
def store(serve: Any, home: Path) -> Iterator[str]:
    own = {"PORTICO_SHOP": str(home / "shop"), "PORTICO_CONSOLE__TOKEN": TOKEN, "PORTICO_EVENTS__CONSENT": "strict"}
    with serve(home, settings=environment(home) | own) as url:
        yield url


def seen(page: Page, what: str, path: str | None = None) -> list[str]:
    if path is not None:
        page.goto(path)
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{what}: {fault}" for fault in (*violations(page), *(["wider than the window"] * (width > 0)))]


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_the_operators_pages(browse: Browse, store: str, scheme: Scheme, width: int) -> None:
    page = browse(CONSOLE, at=store, scheme=scheme, width=width)
    found = seen(page, "sign-in")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    found += seen(page, "home")
    found += seen(page, "experiments", f"{CONSOLE}/experiments")
    found += seen(page, "a decided one", f"{CONSOLE}/experiments/card")
    expect(page.get_by_text("Ship “b”")).to_be_visible()
    found += seen(page, "what shipping would change", f"{CONSOLE}/experiments/gallery/ship/wall")
    found += seen(page, "one without anybody", f"{CONSOLE}/experiments/draft")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_notice_the_choice_and_the_preview(
    browse: Browse, store: str, home: Path, scheme: Scheme, width: int
) -> None:
    page = browse(PRODUCT, at=store, scheme=scheme, width=width)
    expect(page.locator("aside.measuring")).to_be_visible()
    found = seen(page, "notice")
    found += seen(page, "choice", "/en-gb/measuring")
    settings = stage.settings(home, {"PORTICO_EVENTS__CONSENT": "strict"}, home / "shop")
    token = Previews(key_ring(settings), https=False).token("gallery", 4_000_000_000)
    found += seen(page, "preview", f"/-/preview/{token}?to={PRODUCT}")
    page.get_by_role("complementary", name="Preview").get_by_role("link", name="Hide the outlines").click()
    expect(page.get_by_role("complementary", name="Preview")).to_be_visible()
    found += seen(page, "preview, not outlined")
    assert not found, "\n".join(found)
