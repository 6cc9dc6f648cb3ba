"""The README's matrix, from the reports that the kit wrote: `python -m bff.testing.matrix README.md REPORT… [--check]`.

The table stands between two marks in the file; `--check` fails where it is not what the reports say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- conformance: made by python -m bff.testing.matrix -->", "<!-- /conformance -->"
ABSENT = "–"
Report = Mapping[str, Any]


def outcomes(report: Report) -> dict[str, Counter[str]]:
    """How many scenarios of each port passed, failed, are gaps, or were skipped though the port is there."""
    counted: dict[str, Counter[str]] = {}
    for scenario in report["scenarios"].values():
        counted.setdefault(scenario["port"], Counter())[scenario["outcome"]] += 1
    return counted


def cell(report: Report, port: str) -> str:
    """`41`, `39, 2 gaps`, `3 failed`; a dash where there is no such port."""
    if port not in report["ports"] and port != "backend":
        return ABSENT
    counted = outcomes(report).get(port, Counter())
    parts = [str(counted["passed"])]
    parts += [f"{counted['gap']} gaps" if counted["gap"] != 1 else "1 gap"] if counted["gap"] else []
    parts += [f"**{counted['failed']} failed**"] if counted["failed"] else []
    return ", ".join(parts)


def table(reports: Sequence[Report]) -> str:
    """A column an adapter, a row a port; the gaps and their reasons below."""
    ports = list(dict.fromkeys(port for report in reports for port in ["backend", *report["ports"]]))
    lines = [
        "| | " + " | ".join(report["adapter"] for report in reports) + " |",
        "|---|" + "---|" * len(reports),
        "| version, mode | " + " | ".join(f"{r['version']} {r['mode']}".strip() for r in reports) + " |",
    ]
    lines += [f"| {port} | " + " | ".join(cell(report, port) for report in reports) + " |" for port in ports]
    gaps = [
        f"* {report['adapter']}, `{name}`: {scenario.get('reason', '')}"
        for report in reports
        for name, scenario in report["scenarios"].items()
        if scenario["outcome"] == "gap"
    ]
    return "\n".join([*lines, *(["", "Gaps:", "", *gaps] if gaps else [])])


def placed(text: str, reports: Sequence[Report]) -> str:
    """The text with the table between its marks. Raises `ValueError` where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the file needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(reports)}\n\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bff.testing.matrix", description=__doc__)
    parser.add_argument("readme", type=Path)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the table is old")
    asked = parser.parse_args(arguments)
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in asked.reports]
    old = asked.readme.read_text(encoding="utf-8")
    new = placed(old, reports)
    if asked.check and new != old:
        sys.stdout.write(f"{asked.readme} is older than the reports; run it without --check\n")
        return 1
    if not asked.check:
        asked.readme.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
