"""`?_view` on any page, in development only: what the page asked of backends, its templates and its view model."""

from __future__ import annotations

from typing import Any

from bff.rendering.respond import json_text
from bff.web.visit import Visit


def text(visit: Visit, template: str, view: Any, around: Any) -> str:
    """The inspector's page."""
    calls = sorted(visit.ledger.calls, key=lambda call: -call.milliseconds)
    variables = {
        "template": template,
        "type": f"{type(view).__module__}.{type(view).__qualname__}",
        "calls": calls,
        "total": f"{sum(call.milliseconds for call in calls):.1f}",
        "requests": sum(call.requests for call in calls),
        "bytes": sum(call.bytes for call in calls),
        "tags": sorted(visit.ledger.tags),
        "templates": sorted(visit.renderer.touched(template)),
        "page": json_text(view),
        "store": json_text(around),
        "url": visit.path,
    }
    return visit.renderer.page("pages/inspector.html", variables)
