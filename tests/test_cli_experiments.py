"""`portico experiment …`: what it says and does, and every process of a store that follows it within a second."""

from __future__ import annotations

import getpass
import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bff.cli import portico
from bff.events.event import ADD_TO_CART, Event
from bff.events.sqlite import SqliteSink
from tests.events.made import exposure
from tests.experiments import trial

from .conftest import Serve, environment, free_port

VISITOR = "7b1c9f0e-5d2a-4c68-a1f3-b5d7e9c0a2b4"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = trial.shop_folder(tmp_path)
    file = folder / "templates/experiments/gallery/experiment.toml"
    file.write_text(file.read_text().replace('"running"', '"draft"').replace("coverage = 1.0", "coverage = 0.2"))
    return folder


@pytest.fixture
def run(shop: Path, tmp_path: Path) -> Callable[..., Result]:
    def call(*arguments: str, status: int = 0) -> Result:
        environ = {"COLUMNS": "200", "PORTICO_SHOP": str(shop), **environment(tmp_path / "var")}
        found = CliRunner().invoke(portico, ["experiment", *arguments], env=environ)
        assert found.exit_code == status, found.output
        return found

    return call


def test_the_life_of_an_experiment(run: Callable[..., Result], shop: Path) -> None:
    assert "well-formed" in run("lint").output
    assert re.search(r"gallery +template +draft +20% +control 50%, wall 50%", run("list").output)
    assert "runs for 20%" in run("start", "gallery").output
    assert "file:" not in run("list").output, "a draft says nothing that could be otherwise"
    assert "runs for 50%" in run("ramp", "gallery", "50%").output
    assert "only grows" in run("ramp", "gallery", "0.1", status=2).output
    assert "50% (file: 20%)" in run("list").output
    assert "is stopped" in run("stop", "gallery", "--reason", "enough").output
    shown = run("ship", "gallery", "wall", "--dry-run").output
    assert '+<div class="wall"' in shown
    assert not (shop / "templates/pages").exists()
    assert run("ship", "gallery", "wall").output.startswith(shown)
    assert "wall" in (shop / "templates/pages/product.html").read_text()
    assert "shipped" in run("list").output


def test_the_report_is_printed_and_exported(run: Callable[..., Result], tmp_path: Path) -> None:
    assert run("report", "gallery").output.startswith("It has not started yet.")
    run("start", "gallery")
    sink = SqliteSink(tmp_path / "var" / "events.sqlite")
    shown = [
        exposure(f"{name}{i}", name, experiment="gallery", at=time.time() - 9)
        for name in ("control", "wall")
        for i in range(9)
    ]
    sink.write(shown)
    sink.close()
    told = run("report", "gallery").output
    assert told.startswith("Keep looking: 18 of 40,000 planned visitors; nothing can be said yet.")
    assert f"started at 20% (by {getpass.getuser()})" in told
    assert json.loads(run("report", "gallery", "--json").stdout)["verdict"]["short"] == "Keep looking"
    assert run("report", "gallery", "--csv").stdout.startswith("experiment,phase,section")
    assert len(run("export", "gallery").stdout.splitlines()) == 19
    assert json.loads(run("export", "gallery", "--jsonl").stdout.splitlines()[0])["kind"] == "exposure"
    assert "had no phase 7" in run("report", "gallery", "--phase", "7", status=2).output
    assert "did you mean 'gallery'" in run("report", "galery", status=2).output
    (tmp_path / "var" / "events.sqlite").write_bytes(b"nonsense" * 1_000)
    assert "cannot be read" in run("report", "gallery", status=1).output
    assert "cannot be read" in run("export", "gallery", status=2).output


def test_mistakes_are_told_with_their_remedy(run: Callable[..., Result], shop: Path) -> None:
    assert "did you mean 'gallery'?" in run("start", "galery", status=2).output
    assert "it is not running" in run("ramp", "gallery", "50%", status=2).output
    assert "no such variation" in run("ship", "gallery", "wal", status=2).output
    assert "no share" in run("start", "gallery", "--coverage", "much", status=2).output
    assert "name an experiment" in run("stop", status=2).output
    assert "Nothing was running." in run("stop", "--all").output
    run("new", "card", "--template", "components/card.html")
    assert "is there already" in run("new", "card", status=2).output
    assert (
        "did you mean components/card.html?" in run("new", "x", "--template", "components/crad.html", status=2).output
    )
    assert "is no name" in run("new", "Card", status=2).output
    assert "did you mean components/card.html?" in run("new", "c", "--template", "card.html", status=2).output
    assert "write 10% or 0.1" in run("start", "card", "--coverage", "10", status=2).output
    (shop / "templates/experiments/gallery/wall/pages/product.html").write_text("{% if %}")
    assert "product.html:1: Expected an expression" in run("lint", status=1).output
    assert "product.html:1" in run("start", "gallery", status=1).output
    assert "card runs for 10%" in run("start", "card").output, "another's mistakes are another's"


def test_forget_removes_a_visitor(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(exist_ok=True)
    sink = SqliteSink(tmp_path / "var" / "events.sqlite")
    event = Event(id="aa" * 16, kind=ADD_TO_CART, at=1.0, visitor=VISITOR, market="gb", backend="x", generation=0)
    sink.write([event])
    sink.close()
    assert "1 events are removed" in run("forget", VISITOR).output
    assert "neither an id nor a cookie" in run("forget", "somebody", status=2).output


def test_a_link_to_a_preview(run: Callable[..., Result]) -> None:
    link = run("preview", "gallery", "--variation", "control", "--path", "/en-gb/products/harbour-mug").stdout.strip()
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/-/preview/[\w-]+\?show=control&to=%2Fen-gb%2Fproducts%2Fharbour-mug", link
    )
    assert "there is no 'x'" in run("preview", "gallery", "--variation", "x", status=2).output


def test_a_link_that_nothing_answers_at_is_doubted(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("PORTICO_SERVER__PORT", str(port))
    assert f"Nothing answers at http://127.0.0.1:{port}." in run("preview", "gallery").stderr
    with socket.create_server(("127.0.0.1", port)):
        assert not run("preview", "gallery").stderr
    monkeypatch.setenv("PORTICO_STORE__ORIGIN", "https://shop.example")
    assert not run("preview", "gallery").stderr


def test_what_to_type_next_names_the_shop(run: Callable[..., Result], shop: Path, tmp_path: Path) -> None:
    assert "\n  portico experiment preview tiles\n" in run("new", "tiles", "--kind", "theme").output
    named = ["--shop", str(shop), "experiment"]
    own = {"COLUMNS": "200", **environment(tmp_path / "var")}
    found = CliRunner().invoke(portico, [*named, "new", "cards", "--template", "components/card.html"], env=own)
    assert f"\n  portico --shop {shop} experiment preview cards\n" in found.output
    assert (
        f"portico --shop {shop} experiment start gallery"
        in CliRunner().invoke(portico, [*named, "report", "gallery"], env=own).output
    )
    lost = CliRunner().invoke(portico, ["experiment", "preview", "gallery"], env=own)
    assert "the demo store has none of this name" in lost.output
    assert "PORTICO_SHOP=FOLDER" in lost.output


def test_every_process_follows_within_a_second(
    run: Callable[..., Result], shop: Path, tmp_path: Path, serve: Serve
) -> None:
    own = {**environment(tmp_path / "var"), "PORTICO_SHOP": str(shop), "PORTICO_EVENTS__CONSENT": "exempt"}
    (tmp_path / "var").mkdir(exist_ok=True)
    with serve(tmp_path, settings=own, arguments=("--workers", "2")) as url:
        headers = {"user-agent": trial.AGENT, "connection": "close"}  # each request may meet another process

        def seen() -> list[bool]:
            answers = [httpx.get(f"{url}/en-gb/products/harbour-mug", headers=headers) for _ in range(24)]
            return ['class="wall"' in answer.text for answer in answers]

        assert not any(seen())
        run("start", "gallery", "--coverage", "100%")
        begun = time.monotonic()
        while not any(seen()[:2]) and time.monotonic() < begun + 5:
            pass
        after = seen()
        assert 3 < sum(after) < 21, "both variations, in both processes"
        run("stop", "gallery")
        stopped = time.monotonic()
        while any(seen()) and time.monotonic() < stopped + 5:
            pass
        assert not any(seen())
