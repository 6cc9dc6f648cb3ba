"""What is generated is current: the contract's reference page, the embedded backend's report, the matrix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import adapters.embedded
from bff.ports import operations
from bff.testing import matrix, reference
from bff.testing.conformance.probes import PROBES
from bff.testing.conformance.shop import PROTOCOLS
from bff.testing.plugin import summary

ADAPTERS = Path(adapters.embedded.__file__).parents[1]
REPORTS = sorted(ADAPTERS.glob("*/conformance.json"))


def test_the_reference_page_is_current() -> None:
    assert reference.main(["--check"]) == 0


def test_every_scenario_says_what_it_enforces() -> None:
    found = list(reference.scenarios())
    assert len(found) > 150
    assert [name for _, name, text in found if not text.endswith(".")] == []
    assert {port for port, _, _ in found} == {"backend", *PROTOCOLS}


def test_every_operation_runs_the_gauntlet() -> None:
    declared = {f"{port}.{name}" for port, protocol in PROTOCOLS.items() for name, _ in operations(protocol)}
    assert set(PROBES) == declared


def test_the_embedded_backends_report_is_of_todays_scenarios() -> None:
    report = json.loads((ADAPTERS / "embedded" / "conformance.json").read_text(encoding="utf-8"))
    reported = {name.partition("[")[0] for name in report["scenarios"]}
    assert reported == {name for _, name, _ in reference.scenarios()}
    assert {each["outcome"] for each in report["scenarios"].values()} <= {"passed", "skipped", "gap"}


def test_the_matrix_is_current() -> None:
    assert REPORTS
    assert matrix.main([str(ADAPTERS / "README.md"), *map(str, REPORTS), "--check"]) == 0


def test_an_old_matrix_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n{matrix.BEGIN}\nold\n{matrix.END}\nb\n", encoding="utf-8")
    assert matrix.main([str(readme), *map(str, REPORTS), "--check"]) == 1
    assert "older" in capsys.readouterr().out
    assert matrix.main([str(readme), *map(str, REPORTS)]) == 0
    assert matrix.main([str(readme), *map(str, REPORTS), "--check"]) == 0
    assert readme.read_text(encoding="utf-8").startswith("a\n")
    with pytest.raises(ValueError, match="needs the lines"):
        matrix.placed("no marks", [])


def test_a_matrix_shows_what_is_missing() -> None:
    result = {"contract": "1.0", "mode": "live", "version": "3", "ports": ["carts"], "calls": {}, "adapter": "acme"}
    results = [
        {**result, "scenario": "TestCarts::test_a", "port": "carts", "outcome": "passed"},
        {**result, "scenario": "TestCarts::test_b", "port": "carts", "outcome": "gap", "reason": "cannot"},
        {**result, "scenario": "TestCarts::test_c", "port": "carts", "outcome": "failed", "calls": {"carts.add": 2}},
    ]
    report = summary("acme", results, "2026-11-22")
    assert report["calls"] == {"carts.add": 2}
    assert matrix.cell(report, "carts") == "1, 1 gap, **1 failed**"
    assert matrix.cell(report, "orders") == matrix.ABSENT
    assert "* acme, `TestCarts::test_b`: cannot" in matrix.table([report])
