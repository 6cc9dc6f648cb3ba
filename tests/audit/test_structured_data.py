"""The pages' structured data before a tool that knows Google's requirements and schema.org's vocabulary."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.fixtures import Where, tool, vendored
from tests.browser.stops import KINDS, PLACES, STATUS
from tests.pages.structured import table

pytestmark = pytest.mark.audit

HERE = Path(__file__).parent
UNTOLD = {
    "Product": {
        "audience": "the contract has no word for it",
        "brand": "a variant has its group's",
        "color": "only where there is a choice of colours",
        "description": "a variant has its group's",
        "aggregateRating": "a variant has its group's; nobody's opinion is none",
        "gtin": "where the backend has a barcode; the demo's things are made here",
        "hasCertification": "the contract has no word for it",
        "inProductGroupWithID": "a variant stands inside its group",
        "isVariantOf": "a variant stands inside its group",
        "material": "only where there is a choice of materials",
        "mpn": "the makers have no numbers of their own",
        "pattern": "only where there is a choice of patterns",
        "review": "reviews are a region of their own, which may be late; the rating is told",
        "size": "only where there is a choice of sizes",
        "subjectOf": "no videos",
    },
    "Offer": {"priceValidUntil": "no backend says until when its price holds"},
}
"""What a tool recommends and a page cannot say truly, by type and property, with the reason."""


def judged(pages: dict[str, str]) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[str]]]:
    """What the tool objects to, and which types it found, by page."""
    node = tool("node", "apt-get install nodejs")
    vendored("@adobe/structured-data-validator/package.json", HERE)
    ended = subprocess.run(
        [node, str(HERE / "structured_data.mjs")], input=json.dumps(pages).encode(), capture_output=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")
    answer = json.loads(ended.stdout)
    return answer["issues"], answer["types"]


def excused(issue: dict[str, Any]) -> bool:
    named = re.findall(r'"(\w+)"', issue["text"])
    reasons = UNTOLD.get(issue["type"], {})
    return issue["severity"] == "WARNING" and any(name in reasons for name in named)


@pytest.mark.parametrize("place", PLACES)
def test_structured_data_is_accepted(
    http: httpx.Client, where: Where, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {kind: http.get(where(place, kind)).text for kind in KINDS if kind not in STATUS}
    issues, types = judged(pages)
    met = Counter(name for found in types.values() for name in found)
    wrong = [
        f"{kind}: {issue['severity']} {issue['at']}: {issue['text']}"
        for kind, found in issues.items()
        for issue in found
        if not excused(issue)
    ]
    with capsys.disabled():
        print(f"\n{place}: {len(pages)} pages, {sum(met.values())} objects {dict(met)}, {len(wrong)} objections")
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert {"Product", "ProductGroup", "ItemList", "BreadcrumbList", "Article", "WebSite", "Organization"} <= set(met)


def page_of(data: dict[str, Any]) -> str:
    return f'<html><head><script type="application/ld+json">{json.dumps(data)}</script></head></html>'


def test_the_table_of_the_cheap_test_is_schema_org() -> None:
    """tests/pages/schema.toml, which every run holds the pages against, names no property a type does not have."""
    pages = {
        kind: page_of({"@context": "https://schema.org", "@type": kind} | dict.fromkeys(properties, "x"))
        for kind, rules in table().items()
        for properties in [{n for names in (*rules["required"], *rules.get("also", ())) for n in names.split("|")}]
    }
    issues, types = judged(pages)
    assert {kind: [kind] for kind in pages} == types
    unknown = [
        issue["text"]
        for found in issues.values()
        for issue in found
        if "not supported" in issue["text"] or "not a valid" in issue["text"]
    ]
    assert unknown == []


def test_the_tool_sees_what_is_wrong() -> None:
    """Its vocabulary is read out of another package: were that empty or all-embracing, nothing would be judged."""
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Mug",
        "opens": "09:00",
        "offers": {"@type": "Offer", "priceCurrency": "GBP"},
    }
    issues, _ = judged({"bad": page_of(data), "odd": page_of({**data, "@type": "Produkt"})})
    texts = " ".join(issue["text"] for issue in issues["bad"])
    assert '"opens" for type "Product" is not supported' in texts
    assert re.search(r'"image"', texts)
    assert re.search(r'"price"', texts)
    assert any("not a valid schema.org type" in issue["text"] for issue in issues["odd"])
