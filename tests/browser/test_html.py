"""The Nu HTML checker finds no error in any page, failure or fragment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.browser import buying
from tests.browser.fixtures import See, Where, tool, vendored
from tests.browser.stops import KINDS, STATUS
from tests.browser.visitor import GOODS, Visitor

pytestmark = pytest.mark.browser

WRAPPED = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Part</title></head>'
    '<body><form id="save"></form>{}</body></html>'
)
FRAGMENTS = {
    "/_/categories/table": "{}",
    "/_/more/collections/gift-ideas?page=2": "<ol>{}</ol>",
    "/_/search?q=wool": "{}",
    "/_/suggest?q=mug": '<input role="combobox" aria-label="Search" aria-expanded="true" aria-controls="suggest-list">{}',
    "/_/reviews/harbour-mug": "{}",
    "/_/related/harbour-mug": "{}",
    "/_/delivery/harbour-mug": "{}",
    "/_/shelf/featured": "{}",
    "/_/shelf/new": "{}",
    "/_/journal": "{}",
}
"""Addresses of the parts that are served alone, each with what stands around it in its page."""

# Read with the reasons: each is a rule of the checker that is behind a standard the store relies on.
TOLERATED = (
    # The provider's frame is of another origin, which is all it gets to keep; a frame of ours would be another matter.
    "Setting both “allow-scripts” and “allow-same-origin” is not recommended",
    # Since 2024 the standard has `rel=expect` as well: the first frame waits for an element that stands late in the file
    # and early on the page (https://html.spec.whatwg.org/multipage/links.html#link-type-expect).
    "A “link” element with a “blocking” attribute must have a “rel” attribute whose value is “stylesheet”",
)


def test_every_page_and_part_is_valid(
    http: httpx.Client, where: Where, see: See, broken: str, closed: str, tmp_path: Path
) -> None:
    java = tool("java", "apt-get install openjdk-17-jre-headless")
    jar = vendored("vnu-jar/build/dist/vnu.jar")
    for place in ("en-gb", "ar-ae"):
        for kind in KINDS:
            answer = http.get(where(place, kind))
            assert answer.status_code == STATUS.get(kind, 200), (place, kind)
            (tmp_path / f"{place}-{kind}.html").write_bytes(answer.content)
        for kind in buying.KINDS:
            body = see(place, kind).fetched()
            (tmp_path / f"{place}-{kind}.html").write_bytes(body)
    for name, part in _posted(http).items():
        (tmp_path / f"part-{name}.html").write_text(WRAPPED.format(part), encoding="utf-8")
    for address, around in FRAGMENTS.items():
        answer = http.get(f"/en-gb{address}", headers={"HX-Request": "true"})
        assert answer.status_code == 200, address
        assert "<html" not in answer.text, f"{address} is a whole page"
        name = "part" + address.split("?")[0].replace("/", "-")
        (tmp_path / f"{name}.html").write_text(WRAPPED.format(around.format(answer.text)), encoding="utf-8")
    bad_days = ((broken, "/en-gb/stores", 503), (broken, "/ar-ae/journal", 500), (closed, "/ar-ae", 503))
    for number, (server, address, status) in enumerate(bad_days):
        answer = httpx.get(server + address, trust_env=False)
        assert answer.status_code == status, address
        (tmp_path / f"failure-{number}.html").write_bytes(answer.content)
    files = sorted(str(file) for file in tmp_path.glob("*.html"))
    command = [java, "-jar", str(jar), "--errors-only", "--format", "json", "--stdout", *files]
    ended = subprocess.run(command, capture_output=True, timeout=240, check=False)
    messages = json.loads(ended.stdout)["messages"]
    found: dict[str, list[str]] = {}
    for message in messages:
        text = message["message"]
        if not any(known in text for known in TOLERATED):
            found.setdefault(text, []).append(f"{Path(message.get('url', '')).stem}:{message.get('lastLine')}")
    assert not found, "\n".join(f"{text} ({len(at)}×: {', '.join(at[:4])})" for text, at in found.items())


def _posted(http: httpx.Client) -> dict[str, str]:
    """What htmx gets for posts about the bag."""
    with Visitor(str(http.base_url).rstrip("/"), "en-gb") as visitor:
        visitor.http.headers.update({"HX-Request": "true", "HX-Request-Type": "partial"})
        line = {"sku": GOODS[0][0], "quantity": "2"}
        posts = {
            "cart/lines": ("added", line),
            "cart/codes": ("code", {"code": "NO-SUCH-CODE"}),
            "cart/note": ("note", {"note": "Ring twice"}),
        }
        found = {name: visitor.post(path, fields) for path, (name, fields) in posts.items()}
        found["refused"] = visitor.post("cart/lines", {**line, "quantity": "-1"})
    for name, answer in found.items():
        assert answer.status_code in (200, 422), (name, answer.status_code)
        assert "<html" not in answer.text, f"{name} is a whole page"
    return {name: answer.text for name, answer in found.items()}
