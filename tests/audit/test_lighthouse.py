"""Lighthouse, as a phone with a slow network sees the store: the median of three runs a page."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.fixtures import ARGUMENTS, See, Where, tool, vendored

pytestmark = pytest.mark.audit

RUNS = 3
PERFORMANCE = 0.98
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = ("home", "category", "product")
OWN = ("bag", "details", "sign-in", "account")
"""Pages with a shopper behind them."""

PLAIN_HTTP = frozenset({"is-on-https", "redirects-http", "has-hsts", "origin-isolation", "uses-http2"})
"""Audits that ask for https, which the store under test does not speak: a proxy in front of it does."""
PRIVATE = frozenset({"is-crawlable", "meta-description"})
"""What a shopper's own pages are not meant to pass: no search engine is to find them, or to describe them."""


def lighthouse(url: str, file: Path, cookies: str = "") -> dict[str, Any]:
    """The report of one run."""
    node = tool("node", "apt-get install nodejs")
    cli = vendored("lighthouse/cli/index.js", Path(__file__).parent)
    flags = " ".join(("--headless=new", *ARGUMENTS))
    command = [node, str(cli), url, "--output=json", f"--output-path={file}", "--quiet", f"--chrome-flags={flags}"]
    command.append(f"--only-categories={','.join(CATEGORIES)}")
    if cookies:
        command.append(f"--extra-headers={json.dumps({'Cookie': cookies})}")
    environment = os.environ | {"CHROME_PATH": tool("chromium", "apt-get install chromium")}
    ended = subprocess.run(command, capture_output=True, env=environment, timeout=180, check=False)
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report


def faults(report: dict[str, Any], category: str, excepted: frozenset[str] = PLAIN_HTTP) -> list[str]:
    """Audits of a category that count and are not passed, but for those excepted."""
    found = []
    for reference in report["categories"][category]["auditRefs"]:
        audit = report["audits"][reference["id"]]
        counts = reference["weight"] > 0 and audit["scoreDisplayMode"] not in ("notApplicable", "manual", "informative")
        if counts and audit["score"] != 1 and reference["id"] not in excepted:
            found.append(f"{category}: {reference['id']} {audit.get('displayValue', '')}: {audit['title']}")
    return found


def judged(name: str, reports: list[dict[str, Any]], excepted: frozenset[str] = PLAIN_HTTP) -> tuple[str, list[str]]:
    """What three runs found, to be printed, and what of it is wrong."""
    scores = {c: [report["categories"][c]["score"] for report in reports] for c in CATEGORIES}
    metrics = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
    median = sorted(reports, key=lambda report: report["categories"]["performance"]["score"])[RUNS // 2]
    lines = (
        f"\n{name:10}" + "".join(f"{c} {[round(100 * s) for s in scores[c]]}  " for c in CATEGORIES),
        " " * 10 + "  ".join(f"{m} {median['audits'][m]['displayValue']}" for m in metrics),
    )
    wrong = [fault for c in CATEGORIES[1:] for fault in faults(reports[0], c, excepted)]
    performance = statistics.median(scores["performance"])
    if performance < PERFORMANCE:
        wrong += [f"performance {performance}", *faults(median, "performance")]
    return "\n".join(lines), wrong


@pytest.mark.parametrize("kind", PAGES)
def test_lighthouse(served: str, where: Where, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [lighthouse(served + where("en-gb", kind), tmp_path / f"{kind}-{run}.json") for run in range(RUNS)]
    text, wrong = judged(kind, reports)
    with capsys.disabled():
        print(text)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", OWN)
def test_lighthouse_of_a_shopper(see: See, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sight = see("en-gb", kind)
    cookies = "; ".join(f"{name}={value}" for name, value in sight.cookies)
    reports = [lighthouse(sight.url, tmp_path / f"{kind}-{run}.json", cookies) for run in range(RUNS)]
    text, wrong = judged(kind, reports, PLAIN_HTTP | PRIVATE)
    with capsys.disabled():
        print(text)
    assert all(urlsplit(report["finalDisplayedUrl"]).path == urlsplit(sight.url).path for report in reports)
    assert not wrong, "\n".join(wrong)
