"""The command line: what it says, and with which status it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from bff import __version__
from bff.cli import portico


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(portico, arguments, env={"COLUMNS": "200", **environ})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    assert run("new", "store", str(folder)).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """`portico run` hands its options on to its processes by the environment: not to the next test."""
    with patch.dict(os.environ):
        yield


def environment(var: Path) -> dict[str, str]:
    return {
        "PORTICO_SERVER__VAR": str(var),
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": str(var / "embedded.sqlite"),
    }


def test_help_and_version() -> None:
    assert __version__ in run("--version").output
    help = run("--help").output
    for command in ("run", "check", "routes", "new", "embedded"):
        assert command in help
    for arguments in (("run", "-h"), ("check", "-h"), ("routes", "-h"), ("new", "-h"), ("embedded", "-h")):
        assert run(*arguments).exit_code == 0, arguments


def test_an_unknown_command_is_an_error() -> None:
    found = run("rnu")
    assert found.exit_code == 2
    assert "rnu" in found.output


def test_a_new_store_passes_its_check(shop: Path, tmp_path: Path) -> None:
    assert (shop / "portico.toml").is_file()
    for room in ("templates", "static", "content"):
        assert (shop / room).is_dir()
    found = run("--shop", str(shop), "check", **environment(tmp_path / "var"))
    assert found.exit_code == 0, found.output
    assert "agree" in found.output


def test_a_new_store_overwrites_nothing(shop: Path) -> None:
    (shop / "portico.toml").write_text("mine")
    found = run("new", "store", str(shop))
    assert found.exit_code == 2
    assert "is not empty" in found.output
    assert (shop / "portico.toml").read_text() == "mine"


def test_a_mistake_names_key_file_and_fix(shop: Path) -> None:
    file = shop / "portico.toml"
    file.write_text(file.read_text().replace("currency", "curency", 1))
    for command in ("check", "routes", "run"):
        found = run("--shop", str(shop), command)
        assert found.exit_code == 2, command
        assert "markets.gb.curency" in found.output
        assert str(file) in found.output
        assert "did you mean `currency`?" in found.output


def test_check_finds_what_an_override_broke(shop: Path, tmp_path: Path) -> None:
    (shop / "templates" / "pages").mkdir()
    (shop / "templates" / "pages" / "product.html").write_text("{{ page.titel }}")
    found = run("--shop", str(shop), "check", **environment(tmp_path))
    assert found.exit_code == 1
    assert "pages/product.html:1" in found.output
    assert "titel" in found.output


def test_check_names_an_adapters_wrong_setting(tmp_path: Path) -> None:
    found = run("check", **environment(tmp_path), PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABSE="x")
    assert found.exit_code == 2
    assert "backends.default.settings.databse" in found.output
    assert "did you mean `database`?" in found.output
    found = run("check", **environment(tmp_path), PORTICO_BACKENDS__DEFAULT__ADAPTER="embeded")
    assert found.exit_code == 2
    assert "did you mean `embedded`?" in found.output


def test_a_short_secret_is_not_shown(tmp_path: Path) -> None:
    found = run("check", **environment(tmp_path), PORTICO_SERVER__SECRETS="swordfish")
    assert found.exit_code == 2
    assert "server.secrets" in found.output
    assert "swordfish" not in found.output


def test_routes_lists_what_answers(tmp_path: Path) -> None:
    found = run("routes", **environment(tmp_path))
    assert found.exit_code == 0, found.output
    for address in ("/sitemap.xml", "/robots.txt", "product.show", "listing.show", "added.add", "/static"):
        assert address in found.output


def test_a_busy_port_says_so(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        found = run("run", "--port", port, **environment(tmp_path))
    assert found.exit_code == 2
    assert port in found.output
    assert "PORTICO_SERVER__PORT" in found.output


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = run("run", **environment(tmp_path / "file" / "var"))
    assert found.exit_code == 2
    assert "server.var" in found.output


def test_a_shop_that_is_not_there(tmp_path: Path) -> None:
    found = run("--shop", str(tmp_path / "nowhere"), "check")
    assert found.exit_code == 2
    assert "portico new store" in found.output


def test_an_adapters_own_command_shows_its_progress(tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run("embedded", "export", str(out), **environment(tmp_path))
    assert found.exit_code == 0, found.output
    assert out.exists()
    assert run("embedded", "nonsense").exit_code == 2
