"""Where an experiment shows is found by walking the store; all variations stand on one sheet."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner

from bff.cli import portico
from bff.experiments.definition import CONTROL
from bff.own_secrets import key_ring
from bff.testing.shots.pages import Walk, everywhere, found
from bff.testing.shots.sheet import Shot, sheet
from bff.web.preview import Previews
from tests.benchmarks import shoppers
from tests.conftest import environment
from tests.experiments import trial
from tests.pages import till
from tests.web.stage import Shop, opened

ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Response:
    """An answer as the browser's own requests have it."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def ok(self) -> bool:
        return self.status < 400

    def text(self) -> str:
        return self.body


class Requests:
    """What the walk needs of a browser's requests, over the store in this process."""

    def __init__(self, shop: Shop) -> None:
        self.shopper = till.Shopper(shop)
        self.asked: list[str] = []

    def get(self, url: str, **_: Any) -> Response:
        return self.answer("GET", url)

    def post(self, url: str, data: str, headers: dict[str, str]) -> Response:
        assert headers["sec-fetch-site"] == "same-origin"
        return self.answer("POST", url, data.encode())

    def answer(self, method: str, url: str, body: bytes = b"") -> Response:
        parts = urlsplit(url)
        target = parts.path + ("?" + parts.query if parts.query else "")
        self.asked.append(f"{method} {parts.path}")
        shopper = self.shopper
        made = shopper.take(shopper.shop.request(method, target, shopper.headers(), body))
        headers = {name.decode(): value.decode() for name, value in made.raw}
        return Response(made.status, headers, made.text)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shots")
    path = shoppers.shop_folder(folder)
    trial.experiment(path, "theme", {"theme.css": "body { color: red }"}, kind="theme", status="draft")
    with opened(trial.settings(folder, path)) as opened_shop:
        yield opened_shop


def walk_of(shop: Shop, experiment: str) -> Walk:
    previews = Previews(key_ring(shop.store.settings), https=False)
    token = previews.token(experiment, time.time() + 600)

    def link(variation: str, path: str) -> str:
        return f"/-/preview/{token}?{urlencode({'show': variation, 'bar': '0', 'to': path})}"

    return Walk(Requests(shop), ORIGIN, link)  # type: ignore[arg-type]


def test_the_pages_that_differ_are_found(shop: Shop) -> None:
    walk = walk_of(shop, "gallery")
    assert found(walk, ["wall"]) == ["/en-gb/products/harbour-mug"]
    assert not any(asked.startswith("POST") for asked in walk.http.asked)  # type: ignore[attr-defined]


def test_one_page_of_each_kind_will_do(shop: Shop) -> None:
    kinds = [path.split("/")[2:3] for path in found(walk_of(shop, "card"), ["priced"])]
    assert len(kinds) == 3
    assert ["categories"] in kinds
    assert all(kinds.count(kind) == 1 for kind in kinds)


def test_what_only_buying_shows_is_found_with_something_in_the_bag(shop: Shop) -> None:
    assert found(walk_of(shop, "checkout"), ["sure"]) == ["/en-gb/cart"]


def test_the_control_differs_nowhere(shop: Shop) -> None:
    assert found(walk_of(shop, "gallery"), [CONTROL]) == []


def test_a_theme_is_everywhere(shop: Shop) -> None:
    kinds = [path.split("/")[2:3] for path in everywhere(walk_of(shop, "theme"), "b")]
    assert kinds == [[], ["products"], ["categories"]]


def test_a_store_that_does_not_take_the_link_is_told(shop: Shop) -> None:
    with pytest.raises(LookupError):
        walk_of(shop, "nothing").enters("wall")


def test_the_sheet_shows_each_page_and_width_in_a_row(tmp_path: Path) -> None:
    shots = [
        Shot(path, width, variation, f"{width}-{variation}.png")
        for path in ("/en-gb", "/en-gb/products/<mug>")
        for width in ("phone", "desktop")
        for variation in (CONTROL, "wall")
    ]
    text = sheet("gallery", "It <may>.", [CONTROL, "wall"], shots, tmp_path, outline=True).read_text()
    assert text.count("<section") == 4
    assert text.count("<figure") == 8
    assert "It &lt;may&gt;." in text
    assert "/en-gb/products/&lt;mug&gt;" in text
    assert text.index("phone-control.png") < text.index("phone-wall.png") < text.index("desktop-control.png")
    assert "outlined" in text
    assert "outlined" not in sheet("gallery", "", [], [], tmp_path, outline=False).read_text()


@pytest.mark.parametrize("missing", ["playwright", "a path"])
def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    if missing == "playwright":
        monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    path = shoppers.shop_folder(tmp_path)
    arguments = ["--path", "products/mug"] if missing == "a path" else []
    done = CliRunner().invoke(portico, ["--shop", str(path), "experiment", "shots", "gallery", *arguments])
    assert done.exit_code == 2
    assert ("portico[testing]" if missing == "playwright" else "is no path of the store") in done.output


@pytest.mark.browser
def test_the_pictures_are_taken_in_a_store_opened_for_them(tmp_path: Path) -> None:
    path, folder = shoppers.shop_folder(tmp_path), tmp_path / "pictures"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    command = [sys.executable, "-m", "bff", "--shop", str(path), "experiment", "shots", "gallery"]
    done = subprocess.run(
        [*command, "--path", trial.PRODUCT, "--output", str(folder)],
        env=clean | environment(tmp_path / "var"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pictures = {
        file.stem.removeprefix("en-gb-products-harbour-mug-"): file.read_bytes() for file in folder.glob("*.png")
    }
    assert set(pictures) == {"phone-control", "phone-wall", "desktop-control", "desktop-wall"}
    widths = {name: int.from_bytes(picture[16:20], "big") for name, picture in pictures.items()}
    assert {name.partition("-")[0]: wide for name, wide in widths.items()} == {"phone": 390, "desktop": 1280}
    assert pictures["phone-control"] != pictures["phone-wall"]
    assert done.stdout.strip() == str(folder / "index.html")
