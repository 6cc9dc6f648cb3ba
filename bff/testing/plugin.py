"""The kit's pytest plugin (entry point `pytest11`): options, what a failure says, the list of skips and gaps, the report.

It is loaded in every pytest run of whoever has Portico installed, so it imports nothing of the kit until a test of it runs.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("bff.testing.conformance")

PROPERTY = "conformance"
CAME, CAUSES = 600, 12
"""Characters of what came, and how many causes the summary names."""
RESULTS = pytest.StashKey[list[dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("portico", "conformance kit")
    group.addoption(
        "--conformance",
        choices=("recorded", "live", "record"),
        default=None,
        help="where answers come from: cassettes, the backend, or the backend while cassettes are written "
        "(default: cassettes where the subject has them, else the backend)",
    )
    group.addoption(
        "--conformance-report",
        metavar="FOLDER",
        default=None,
        help="write FOLDER/ADAPTER/conformance.json, from which the matrix is made",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RESULTS] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the contract's sentence and the last calls beside a failure, and the result into the report."""
    report = yield
    port = getattr(getattr(item, "cls", None), "PORT", None)
    if port is None or not (report.when == "call" or report.outcome != "passed"):
        return report
    shop = getattr(item, "funcargs", {}).get("shop")
    promise = " ".join((getattr(getattr(item, "function", None), "__doc__", None) or "").split())
    facts = {"scenario": _scenario(item), "port": port, "promise": promise, **(shop.facts() if shop else {})}
    if report.failed and call.excinfo is not None:
        came = _came(call.excinfo)
        facts["cause"] = came.partition("\n")[0]
        report.sections.insert(0, ("Conformance", "\n".join(_told(item.nodeid, promise, came, shop))))
    report.user_properties.append((PROPERTY, json.dumps(facts)))
    return report


def _came(raised: pytest.ExceptionInfo[BaseException]) -> str:
    """What came instead of what the contract wants: the assertion's words, or the failure. Its first line is the cause."""
    kind, text = raised.type.__name__, str(raised.value).strip()
    if kind == "Failed":
        text = text.partition("\n")[0]  # the rest stands above, since there is no traceback
    elif kind != "AssertionError":
        text = f"{kind}: {text}" if text else kind
    return text if len(text) <= CAME else f"{text[:CAME]}…"


def _told(nodeid: str, promise: str, came: str, shop: Any) -> list[str]:
    """What the contract wants, what came, and where."""
    said = [f"The contract wants: {promise}", f"What came: {came}"]
    if shop is not None and shop.where():
        said += [f"Where: {shop.where()}", "The last calls, and what they asked the backend:"]
        said += [f"  {line}" for line in shop.last_calls()]
    file, _, scenario = nodeid.partition("::")
    return [*said, f'Again: pytest {file} -k "{" and ".join(scenario.partition("[")[0].split("::"))}"']


def _scenario(item: pytest.Item) -> str:
    return "::".join(item.nodeid.split("::")[1:])


@pytest.hookimpl
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Runs where reports are gathered: in the controller of several workers, too."""
    for name, value in report.user_properties:
        if name == PROPERTY:
            _results.append({**json.loads(str(value)), **_outcome(report)})


_results: list[dict[str, Any]] = []
"""Since `pytest_runtest_logreport` is told no configuration; emptied when a session ends."""


def _outcome(report: pytest.TestReport) -> dict[str, str]:
    gap = getattr(report, "wasxfail", None)
    if gap is not None and report.skipped:
        return {"outcome": "gap", "reason": str(gap).removeprefix("reason: ")}
    if report.skipped:
        told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return {"outcome": "skipped", "reason": told.removeprefix("Skipped: ")}
    return {"outcome": report.outcome}


def pytest_sessionfinish(session: pytest.Session) -> None:
    results, _results[:] = list(_results), []
    session.config.stash[RESULTS] = results
    folder = session.config.getoption("conformance_report")
    if not folder or hasattr(session.config, "workerinput"):
        return
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for adapter in sorted({result["adapter"] for result in results if "adapter" in result}):
        file = Path(folder) / adapter / "conformance.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(summary(adapter, results, today), indent=1, ensure_ascii=False, sort_keys=True)
        file.write_text(text + "\n", encoding="utf-8")


def summary(adapter: str, results: list[dict[str, Any]], today: str) -> dict[str, Any]:
    """What `conformance.json` holds about one adapter."""
    own = [result for result in results if result.get("adapter") == adapter]
    calls: Counter[str] = Counter()
    for result in own:
        for operation, number in result["calls"].items():
            calls[operation] = max(calls[operation], number)
    latest = {result["scenario"]: result for result in own}
    kept = ("port", "outcome", "reason")
    return {
        "adapter": adapter,
        "contract": own[0]["contract"],
        "mode": own[0]["mode"],
        "version": own[0]["version"],
        "date": today,
        "ports": sorted({port for result in own for port in result["ports"]}),
        "calls": dict(sorted(calls.items())),
        "scenarios": {
            name: {key: result[key] for key in kept if key in result} for name, result in sorted(latest.items())
        },
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Skips and gaps, listed at the end of every run: nothing is left out silently."""
    results = config.stash.get(RESULTS, None) or _results
    _tell_causes(terminalreporter, results)
    quiet = [result for result in results if result["outcome"] in ("skipped", "gap")]
    if not quiet:
        return
    terminalreporter.section("conformance: skips and known gaps")
    counted = Counter((result["outcome"], result.get("reason", "")) for result in quiet)
    for (outcome, reason), number in sorted(counted.items()):
        terminalreporter.write_line(f"{outcome:8} {number:4}  {reason}")


def _tell_causes(terminalreporter: pytest.TerminalReporter, results: list[dict[str, Any]]) -> None:
    """What failed, by cause, in the order it was met: where one cause fails forty scenarios, it is the one to begin with."""
    failed = [result for result in results if result["outcome"] == "failed" and "cause" in result]
    if not failed:
        return
    terminalreporter.section("conformance: what failed, by cause")
    causes = Counter(result["cause"] for result in failed)
    first = {result["cause"]: result["scenario"] for result in reversed(failed)}
    for cause, number in causes.most_common(CAUSES):
        terminalreporter.write_line(f"{number:4}  {cause}")
        terminalreporter.write_line(f"      first in {first[cause]}")
    if len(causes) > CAUSES:
        terminalreporter.write_line(f"      … and {len(causes) - CAUSES} more")
