"""What is done to experiments while the store runs: it goes before the file, within the promises of a phase."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bff.experiments import states
from bff.experiments.configured import ExperimentSettings
from bff.experiments.definition import Experiment, find
from bff.experiments.reporting.account import design, known
from bff.ports import Misconfigured
from bff.web.control import MIGRATIONS

from . import trial


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    for migration in MIGRATIONS:
        made.executescript(migration)
    yield made
    made.close()


def made(folder: Path, **own: object) -> Experiment:
    trial.experiment(folder, "one", {}, **own)  # type: ignore[arg-type]
    return find([folder / "templates"]).experiments["one"]


def now(db: sqlite3.Connection, one: Experiment) -> states.State:
    return states.states(db, [one])["one"]


def test_the_file_holds_until_a_command_says_otherwise(db: sqlite3.Connection, tmp_path: Path) -> None:
    one = made(tmp_path, status="draft", coverage=0.1)
    assert (now(db, one).status, now(db, one).told) == ("draft", False)
    states.start(db, one, None, 1.0)
    assert (now(db, one).status, now(db, one).draw.coverage) == ("running", 0.1)
    states.ramp(db, one, 0.5, 2.0)
    states.stop(db, made(tmp_path, status="running", coverage=1.0), "enough", [], 3.0)
    assert (now(db, one).status, now(db, one).draw.coverage) == ("stopped", 0.5)
    assert [change.what for change in states.changes(db, "one")] == [
        "started at 10%",
        "ramped from 10% to 50%",
        "stopped: enough",
    ]
    assert states.number(db) == 3


def test_only_a_file_that_says_when_it_runs_is_contradicted(db: sqlite3.Connection, tmp_path: Path) -> None:
    draft = made(tmp_path / "a", status="draft")
    assert not states.contradicted(draft, states.start(db, draft, None, 1.0))
    running = made(tmp_path / "b")
    assert states.contradicted(running, states.stop(db, running, "", [], 2.0))


@pytest.mark.parametrize("status", ["stopped", "shipped"])
def test_what_is_over_is_not_started(db: sqlite3.Connection, tmp_path: Path, status: str) -> None:
    """Nothing of it is laid over the store: its visitors would be shown control, and counted for it."""
    one = made(tmp_path, status=status)
    with pytest.raises(Misconfigured, match=f"it is {status}"):
        states.start(db, one, None, 1.0)
    assert now(db, one).status == status


def test_coverage_only_grows_and_weights_stay(db: sqlite3.Connection, tmp_path: Path) -> None:
    one = made(tmp_path, coverage=0.5)
    states.start(db, one, 0.2, 1.0)
    with pytest.raises(Misconfigured, match="only grows"):
        states.ramp(db, one, 0.1, 2.0)
    other = made(tmp_path, variation="c", coverage=0.5)
    assert now(db, other).draw.variations == ("control", "b"), "what runs goes on as it began"
    assert states.drifted(other, now(db, other))
    with pytest.raises(Misconfigured, match="others than phase 1") as raised:
        states.start(db, other, None, 3.0)
    assert "phase = 2" in raised.value.fix
    anew = made(tmp_path, variation="c", coverage=0.1, more="phase = 2")
    states.start(db, anew, None, 4.0)
    assert now(db, anew).draw == msgspec.structs.replace(states.written(anew).draw)
    assert now(db, anew).draw.seed == "one:2"


def test_what_runs_by_its_file_is_frozen_when_it_is_first_seen(db: sqlite3.Connection, tmp_path: Path) -> None:
    one = made(tmp_path, coverage=0.4)
    assert states.unfrozen([one], states.states(db, [one])) == [one]
    states.freeze(db, [one])
    changed = made(tmp_path, variation="c", coverage=0.6)
    assert now(db, changed).draw.variations == ("control", "b")
    assert now(db, changed).draw.coverage == 0.6
    states.freeze(db, [changed])
    assert now(db, made(tmp_path, coverage=0.3)).draw.coverage == 0.6, "it does not shrink"
    assert now(db, made(tmp_path, coverage=0.3, more="phase = 2")).draw.coverage == 0.3
    assert now(db, made(tmp_path, status="stopped")).status == "stopped", "no command has spoken"


def test_a_variation_is_switched_off_once_and_until_it_is_started_again(db: sqlite3.Connection, tmp_path: Path) -> None:
    one = made(tmp_path)
    states.start(db, one, None, 1.0)
    before = states.number(db)
    assert states.switch_off(db, "one", 1, "b", "errors", 2.0)
    assert not states.switch_off(db, "one", 1, "b", "errors", 3.0)
    assert states.number(db) == before + 1
    assert now(db, one).off == {"b": "errors"}
    assert now(db, made(tmp_path, more="phase = 2")).off == {}
    states.start(db, one, None, 4.0)
    assert now(db, one).off == {}


def test_a_canary_changes_the_plan_and_is_left_like_a_swapped_backend(db: sqlite3.Connection, tmp_path: Path) -> None:
    tables = "[backends]\nb = 'second'\n"
    one = made(tmp_path, kind="backend", status="draft", tables=tables)
    known = {"one": one}
    assert states.canaries({"one": now(db, one)}, known) == {}
    states.start(db, one, None, 1.0)
    assert states.canaries({"one": now(db, one)}, known) == {"": ("second",)}
    states.switch_off(db, "one", 1, "b", "errors", 2.0)
    assert states.canaries({"one": now(db, one)}, known) == {"": ("second",)}, "carts may be there"
    states.stop(db, one, "", ["gb", "de"], 3.0)
    assert db.execute("SELECT market, backend FROM draining ORDER BY market").fetchall() == [
        ("de", "second"),
        ("gb", "second"),
    ]
    assert db.execute("SELECT value FROM counters WHERE name = 'plan'").fetchone() == (2,)


def test_a_phase_that_is_over_keeps_what_it_was_drawn_with(db: sqlite3.Connection, tmp_path: Path) -> None:
    states.start(db, made(tmp_path), None, 1.0, "ada")
    file = tmp_path / "templates" / "experiments" / "one" / "experiment.toml"
    text = file.read_text().replace("0.5", "0.25", 1).replace("b = 0.5", "b = 0.75")
    file.write_text(text.replace("coverage", "phase = 2\ncoverage"))
    second = find([tmp_path / "templates"]).experiments["one"]
    states.start(db, second, None, 2.0)
    own, before, never = known(db, second), known(db, second, 1), known(db, second, 3)
    assert own
    assert before
    assert never is None
    assert (own.phase, own.draw.weights, own.phases) == (2, (0.25, 0.75), (1, 2))
    assert (before.phase, before.draw.weights) == (1, (0.5, 0.5))
    assert [(change.phase, change.who) for change in before.changes] == [(1, "ada"), (2, "")]
    asked = design(second, before.draw, ExperimentSettings(currency="EUR", rates={"GBP": 1.2}))
    assert (asked.phase, asked.weights, asked.ends) == (1, {"control": 0.5, "b": 0.5}, None)
    assert asked.rates
    assert asked.rates.of("GBP") == 1.2
