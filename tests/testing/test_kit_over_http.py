"""The kit over HTTP: cassettes are written scrubbed and played without a network, and careless clients are caught."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = "-Wignore::pytest.PytestUnraisableExceptionWarning"
"""Careless clients leave streams half read; whatever test runs when they are collected would be blamed."""
Run = Callable[..., tuple[str, set[str]]]
FLAWS = {
    "lets-out": {"test_every_operation_fails_as_it_should", "test_it_recovers"},
    "html-is-nothing": {"test_every_operation_fails_as_it_should", "test_it_recovers"},
    "no-retry-after": {"test_every_operation_fails_as_it_should"},
    "failure-is-not-found": {"test_every_operation_fails_as_it_should"},
    "nulls-go-through": {"test_every_operation_fails_as_it_should"},
    "cookies": {"test_no_cookie_crosses"},
    "one-host": {"test_two_hosts_do_not_bleed"},
    "many-calls": {"test_operations_cost_few_requests", "test_pages_cost_few_requests"},
    "repeats-writes": {"test_a_write_is_sent_once"},
    "never-gives-up": {"test_every_operation_fails_as_it_should"},
}
"""What careless clients do, and what catches it. The last one leaves tasks behind that would be blamed on the next."""
ORDEALS = ("refused", "hanging", "throttled", "broken", "html", "nulls", "endless")
"""Those of the gauntlet that tell them apart."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a stranger's test file with these settings; its output, and the scenarios that failed."""

    def runs(*arguments: str, **settings: str) -> tuple[str, set[str]]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "KIT_"))},
            "KIT_URL": "http://shop.internal:9000",
            "KIT_DATABASE": str(tmp_path / "store.sqlite"),
            "KIT_OUTBOX": str(tmp_path / "outbox"),
            **settings,
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rA",
            "--tb=short",
            "-p",
            "no:xdist",
            LEFT_BEHIND,
            "tests/testing/kit_remote.py",
        ]
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200
        )
        failed = re.findall(r"^(?:FAILED|ERROR) \S+?::\w+::(\w+)", done.stdout, re.MULTILINE)
        assert re.search(r"\d+ passed|\d+ failed", done.stdout), done.stdout[-3000:] + done.stderr[-2000:]
        return done.stdout, set(failed)

    return runs


def test_cassettes_hold_no_secret_and_play_without_a_network(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    some = "-kTestCarts or TestCodes or TestAccounts or TestAddressBook or TestWishlists or TestPaths"
    report = f"--conformance-report={tmp_path}"
    said, failed = run("--conformance=record", some, KIT_CASSETTES=str(folder))
    assert failed == set(), said[-3000:]
    written = {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    assert {"catalog.navigation", "carts.add", "accounts.register", "open"} <= set(written)
    for text in written.values():
        assert "sk-very-secret" not in text
        assert "shop.internal" not in text
        assert not re.search(r"[\w.]+@(?!example\.)\w+\.\w+", text)
    tokens = re.findall(r'"authorization": "([^"]+)"', written["address_book.list"])
    assert tokens
    assert all(token.startswith("Bearer scrubbed-") for token in tokens)
    exchange = json.loads(written["carts.add"])
    assert (exchange["operation"], exchange["version"]) == ("carts.add", "9.9")
    assert set(exchange["exchanges"][0]) == {"scenario", "request", "status", "headers", "body"}
    played = {"KIT_CASSETTES": str(folder), "KIT_URL": "http://elsewhere:1", "KIT_KEY": "another-key-entirely"}
    said, failed = run(some, report, **played)
    assert failed == set(), said[-3000:]
    facts = json.loads((tmp_path / "remote" / "conformance.json").read_text(encoding="utf-8"))
    assert (facts["adapter"], facts["mode"], facts["version"]) == ("remote", "recorded", "9.9")
    (folder / "carts.change.json").unlink()
    said, failed = run("-kTestCarts", **played)
    assert "test_a_quantity_is_set_not_added" in failed
    assert "nothing is recorded in carts.change.json" in said


def test_careless_clients_are_caught(run: Run) -> None:
    ordeals = " or ".join(["recovers", "sent_once", *ORDEALS])
    chosen = f"-kTestCost or cookie_crosses or two_hosts or (TestGauntlet and ({ordeals}))"
    said, _ = run(chosen, KIT_FLAWS=",".join(["none", *FLAWS]))
    caught: dict[str, set[str]] = {flaw: set() for flaw in ["none", *FLAWS]}
    for scenario, names in re.findall(r"^(?:FAILED|ERROR) \S+?::\w+::(\w+)\[([^\]]+)\]", said, re.MULTILINE):
        flaw = next(name for name in sorted(caught, key=len, reverse=True) if name in names)
        caught[flaw].add(scenario)
    told = "\n".join(re.findall(r"^E   .*", said, re.MULTILINE))
    assert caught == {"none": set(), **FLAWS}, told[-4000:]
