"""Whether experiments find what is there: a short run of what `portico experiment simulate` does at length."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from bff import cli_experiments_simulate as command
from bff import settings as configuration
from bff.cli import portico
from bff.experiments.lint import lint
from bff.experiments.simulation.bounds import LARGER, Line, judged, plans
from bff.experiments.simulation.processes import run
from bff.experiments.simulation.trial import Outcome, Plan, trials
from tests.benchmarks import shoppers

SHORT = {plan.name: plan for plan in plans(10, 800)}
SEED = 1
Ran = dict[str, tuple[Plan, list[Outcome]]]


@pytest.fixture(scope="module")
def ran() -> Ran:
    """Each kind of trial, a few times."""
    fewer = {"A/A": {"looks": 7}, "mismatch": {"experiments": 1, "visitors": LARGER * 500}}
    own = {name: msgspec.structs.replace(plan, **fewer.get(name, {})) for name, plan in SHORT.items()}
    return {name: (plan, run(plan, SEED)) for name, plan in own.items()}


def broken(plan: Plan, outcomes: list[Outcome]) -> list[str]:
    return [line.what for line in judged(plan, outcomes) if not line.kept]


@pytest.mark.parametrize("name", SHORT)
def test_what_is_planted_is_found_and_nothing_else(ran: Ran, name: str) -> None:
    assert broken(*ran[name]) == []


@pytest.mark.parametrize(
    ("sound", "bad", "why"),
    [
        ("partly reached", "recorded when assigned", "visitors in the reports"),
        ("lift", "recorded in one variation", "visitors in the reports"),
        ("kept pages", "kept pages not replayed", "visitors in the reports"),
    ],
)
def test_a_wrong_recording_would_break_the_bounds_of_a_right_one(ran: Ran, sound: str, bad: str, why: str) -> None:
    assert why in broken(ran[sound][0], ran[bad][1])


@pytest.mark.parametrize(
    ("bad", "sound"),
    [
        ("recorded when assigned", "partly reached"),
        ("recorded in one variation", "lift"),
        ("kept pages not replayed", "kept pages"),
        ("mismatch", "lift"),
    ],
)
def test_a_planted_error_that_does_nothing_is_not_caught(ran: Ran, bad: str, sound: str) -> None:
    assert broken(ran[bad][0], ran[sound][1])


def test_figures_beyond_the_bounds_break_them(ran: Ran) -> None:
    plan, outcomes = ran["A/A"]
    always = [
        msgspec.structs.replace(each, fixed=True, sequential=True, decided=True, srm=1e-9, alarms=7, missing=1)
        for each in outcomes
    ]
    assert len(broken(plan, always)) == 6
    plan, outcomes = ran["lift"]
    never = [msgspec.structs.replace(each, covered=False, difference=0.3) for each in outcomes]
    assert len(broken(plan, never)) == 2


def test_a_trial_is_the_same_whichever_others_run(ran: Ran, tmp_path: Path) -> None:
    plan, outcomes = ran["lift"]
    assert list(trials(plan, range(4, 5), tmp_path, SEED)) == outcomes[3:4]
    assert list(trials(plan, range(4, 5), tmp_path / "other", SEED + 1)) != outcomes[3:4]


@pytest.mark.parametrize("kept", [True, False])
def test_the_command_says_what_came_out(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    line = Line(what="found", figure="5.1%", bound="5% ± 1.5%", kept=kept)
    monkeypatch.setattr(command, "simulated", lambda *_: iter([(SHORT["A/A"], [line])]))
    found = CliRunner().invoke(portico, ["experiment", "simulate"])
    assert found.exit_code == (0 if kept else 1)
    assert f"{'✓' if kept else '✗'} found: 5.1%  (5% ± 1.5%)" in found.output


def test_the_shoppers_experiments_are_well_formed(tmp_path: Path) -> None:
    settings = configuration.load(shoppers.shop_folder(tmp_path), {})
    assert [str(problem) for problem in lint(settings, datetime.date(2026, 11, 22))] == []
