"""The portable journeys, walked on the demo store by the command that anybody would use; and on stores that are broken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest

from bff.testing.journeys import run
from bff.testing.journeys.scenario import SCENARIOS
from tests.conftest import environment

pytestmark = pytest.mark.browser

PATIENCE = 600.0
LIMITS = {
    f"PORTICO_LIMITS__{name}": "1000/1m" for name in ("SIGN_IN", "CODE", "GIFT_CARD", "REGISTER", "FORGOT", "LOOKUP")
}
"""All journeys come from one address."""
CORE = ("cart.add_from_product", "cart.code_accepted", "checkout.guest_pays_later", "account.register_and_confirm")

Serve = Callable[..., AbstractContextManager[str]]


class Store(NamedTuple):
    url: str
    folder: Path


class Walked(NamedTuple):
    status: int
    said: str


def journeys(calls: Sequence[Sequence[str]]) -> list[Walked]:
    """What `portico journeys` says and ends with, for each list of arguments, side by side."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bff", "journeys", *arguments],
            env={**clean, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for arguments in calls
    ]
    try:
        said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return [Walked(process.returncode, text) for process, text in zip(processes, said, strict=True)]


def _store(serve: Serve, folder: Path, **settings: str) -> Iterator[Store]:
    with serve(folder, settings={**environment(folder), **LIMITS, **settings}) as url:
        yield Store(url, folder)


@pytest.fixture(scope="module")
def inline(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    yield from _store(serve, tmp_path_factory.mktemp("inline"))


@pytest.fixture(scope="module")
def hosted(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    yield from _store(serve, tmp_path_factory.mktemp("hosted"), PORTICO_BACKENDS__DEFAULT__SETTINGS__CHECKOUT="hosted")


def only(names: Sequence[str]) -> list[str]:
    return [argument for name in names for argument in ("--only", name)]


def test_a_store_with_its_own_checkout_passes(inline: Store) -> None:
    """All of it without JavaScript; the browser's other tests walk the same pages with it, and `make audit` these too."""
    arguments = [f"{inline.url}/en-gb", "--javascript", "off", "--expect", "embedded"]
    (walked,) = journeys([[*arguments, "--mail", str(inline.folder / "outbox")]])
    assert walked.status == 0, walked.said


def test_a_store_with_a_hosted_checkout_passes(hosted: Store) -> None:
    arguments = [f"{hosted.url}/en-gb", "--only", "hosted", "--expect", "embedded-hosted"]
    (walked,) = journeys([arguments])
    assert walked.status == 0, walked.said


def test_every_market_passes(inline: Store) -> None:
    """The core of it in the other markets, right to left too; `make audit` walks all of it in all of them, with JavaScript
    as well."""
    rest = ["--javascript", "off", "--expect", "embedded", "--mail", str(inline.folder / "outbox"), *only(CORE)]
    for walked in journeys([[f"{inline.url}/{place}", *rest] for place in ("de-de", "en-us", "ar-ae")]):
        assert walked.status == 0, walked.said


@pytest.mark.parametrize(
    ("template", "whole", "broken", "name"),
    [
        ("components/card.html", '<button class="card-add" type="submit">', "<span hidden>", "cart.add_from_card"),
        (
            "components/summary.html",
            "{{ totals.total|money }}",
            "{{ totals.subtotal|money }}",
            "checkout.guest_pays_later",
        ),
    ],
    ids=["no way to add", "a wrong total"],
)
def test_a_broken_store_is_found_out(
    serve: Serve, tmp_path: Path, template: str, whole: str, broken: str, name: str
) -> None:
    own = tmp_path / "templates" / template
    own.parent.mkdir(parents=True)
    text = (Path("templates") / template).read_text(encoding="utf-8")
    assert whole in text
    own.write_text(text.replace(whole, broken), encoding="utf-8")
    (tmp_path / "portico.toml").write_text(Path("bff/demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with serve(tmp_path, settings={**environment(tmp_path), "PORTICO_SHOP": str(tmp_path)}) as url:
        arguments = [f"{url}/en-gb", "--javascript", "off", "--only", name, "--expect", "embedded"]
        (walked,) = journeys([arguments])
    assert walked.status == 1, walked.said
    assert name in walked.said


def test_a_vanished_scenario_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expected and no longer there, or was skipped in one of the ways, fails."""
    passed = run.Result("cart.note", True, "passed", "", 0.0)
    absent = run.Result("cart.note", False, "absent", "notes", 0.0)
    assert run.missing({"cart.note"}, [passed, passed]) == []
    assert run.missing({"cart.note"}, [passed, absent]) == ["cart.note"]
    assert run.missing({"cart.note", "cart.no_such"}, [passed], scripts=(True,)) == ["cart.no_such"]
    monkeypatch.delitem(SCENARIOS, "cart.note")
    assert run.missing({"cart.note"}, []) == ["cart.note"]


def test_what_needs_scripts_is_not_missed_without_them() -> None:
    assert run.missing({"search.proposes_while_typing"}, [], scripts=(False,)) == []


def test_the_pinned_lists_name_scenarios_there_are() -> None:
    for name in ("embedded", "embedded-hosted", "vendure", "medusa"):
        assert run.expected(name) <= SCENARIOS.keys()
