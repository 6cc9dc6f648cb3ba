"""Asking axe-core about a page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.browser.fixtures import vendored

OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


@cache
def _source() -> str:
    return vendored("axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe says about the page as it stands: a line for each kind of fault, with the first elements concerned."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {json.dumps(OPTIONS)}).then((r) => r.violations)")
    return [f"{rule['id']} ({rule['impact']}): {' | '.join(map(_place, rule['nodes'][:3]))}" for rule in found]


def _place(node: dict[str, Any]) -> str:
    reasons = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
    return f"{node['html'][:160]} {reasons[:1]}"
