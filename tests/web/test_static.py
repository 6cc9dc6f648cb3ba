"""`/static/`: the files of the shop's folder over Portico's own, and nothing outside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from bff.rendering.assets import Assets
from bff.settings import load
from tests.web.goods import offer
from tests.web.stage import Shop, opened

SETTINGS = """
[store]
name = "Shop"
[markets.gb]
country = "GB"
currency = "GBP"
locales = { "en-GB" = "en-gb" }
[backends.default]
adapter = "embedded"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("shop")
    (found / "portico.toml").write_text(SETTINGS + f'[server]\nvar = "{found}"\n')
    (found / "static" / "a b").mkdir(parents=True)
    (found / "static" / "own.css").write_text("body{}")
    (found / "static" / "a b" / "c.txt").write_text("spaced")
    (found / "static" / "own.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (found / "static" / "~odd.txt").write_text("odd")
    (found / "secret.txt").write_text("SECRET")
    (found / "static" / "out").symlink_to(found)
    return found


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    with opened(load(folder, {}), offer()) as found:
        yield found


def test_the_shops_files_lie_over_the_packaged(shop: Shop) -> None:
    assert shop.get("/static/own.css").text == "body{}"
    assert shop.get("/static/site.css").status == 200
    assert shop.get("/static/a%20b/c.txt").text == "spaced"


def test_a_versioned_address_lasts_and_another_does_not(shop: Shop) -> None:
    version = shop.store.assets.version
    lasting = shop.get(f"/static/~{version}/own.css")
    assert (lasting.status, lasting.header("cache-control")) == (200, "public, max-age=31536000, immutable")
    for target in ("/static/own.css", "/static/~0000/own.css"):
        assert shop.get(target).header("cache-control") == "public, max-age=300"
    assert shop.store.assets.url("own.css") == f"/static/~{version}/own.css"


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    before = Assets([tmp_path]).version
    assert Assets([tmp_path]).version == before
    (tmp_path / "a.css").write_text("b")
    assert Assets([tmp_path]).version != before


def test_a_file_one_has_is_not_sent_again(shop: Shop) -> None:
    tag = shop.get("/static/own.css").header("etag")
    assert tag is not None
    again = shop.get("/static/own.css", if_none_match=f'"x", {tag}')
    assert (again.status, again.body) == (304, b"")
    assert shop.get("/static/own.css", if_none_match='"x"').status == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("site.css", "text/css; charset=utf-8"),
        ("site.js", "text/javascript; charset=utf-8"),
        ("own.svg", "image/svg+xml"),
        ("fonts/besley.woff2", "font/woff2"),
    ],
)
def test_kinds(shop: Shop, name: str, kind: str) -> None:
    assert shop.get(f"/static/{name}").header("content-type") == kind


TRICKS = [
    "../secret.txt",
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "%2e%2e%2fsecret.txt",
    "a b/../../secret.txt",
    "~x/../../secret.txt",
    "~x/%2e%2e/secret.txt",
    "..\\secret.txt",
    "..%5csecret.txt",
    "out/secret.txt",
    "./../secret.txt",
    "/secret.txt",
    "//secret.txt",
    "%00",
    "own.css%00.txt",
    "own.css/",
    "own.css/x",
    "",
    ".",
    "..",
    "%ff%fe",
    "a" * 5_000,
    "a/" * 2_000,
    "etc/passwd",
    "%252e%252e/secret.txt",
    "C:/secret.txt",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_outside_is_ever_served(shop: Shop, folder: Path, trick: str) -> None:
    for root in ("/static/", "/static/~0000/"):
        answer = shop.get(root + trick)
        assert b"SECRET" not in answer.body
        assert answer.status in (200, 301, 404)
        if answer.status == 200:
            assert trick == "own.css/"
    absolute = shop.get(f"/static/{folder}/secret.txt")
    assert absolute.status == 404


@tuned(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["..", ".", "/", "\\", "\0", "secret.txt", "static", "own.css", "~", "a b"]) | st.text())
)
def test_no_path_leaves_the_folders(folder: Path, parts: list[str]) -> None:
    assets = Assets([folder / "static"])
    for path in ("/".join(parts), "".join(parts)):
        found = assets.find(path)
        assert found is None or found.is_relative_to(folder / "static")
