"""The kit proves itself: a fault planted into the embedded adapter is caught by the scenarios that should, no others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.testing.planted import FAULTS, Planted

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The scenarios that failed, by fault; all of them run in one process."""
    folder = tmp_path_factory.mktemp("planted")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "KIT_DATABASE": str(folder / "store.sqlite"),
        "KIT_OUTBOX": str(folder / "outbox"),
    }
    report = folder / "report.txt"
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "tests/testing/kit_planted.py", "-p", "no:xdist"]
    with report.open("w", encoding="utf-8") as out:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False, timeout=280)
    text = report.read_text(encoding="utf-8")
    found: dict[str, set[str]] = defaultdict(set)
    for outcome, scenario, name in re.findall(
        r"^(PASSED|FAILED|ERROR) \S+?::\w+::(\w+)\[([^\n]+?)\](?: - .*)?$", text, re.M
    ):
        fault = next((each.name for each in FAULTS if name == each.name or name.startswith(f"{each.name}-")), name)
        found[fault] |= {scenario} if outcome != "PASSED" else set()
    assert found, text[-3000:]
    return dict(found)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_caught_by_the_scenario_that_should(fault: Planted, failed: dict[str, set[str]]) -> None:
    assert failed[fault.name] == set(fault.caught)


def test_there_are_enough_of_them() -> None:
    assert len(FAULTS) >= 25
    assert len({fault.about for fault in FAULTS}) >= 10
