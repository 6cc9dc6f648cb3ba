"""The pictures, and one page that shows them beside one another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec
from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

WIDTHS: Mapping[str, tuple[int, int]] = {"phone": (390, 844), "desktop": (1280, 800)}
SHEET = "index.html"
PATIENCE_MS = 30_000
LOADED = """() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => null);
}))"""
"""Once what is further down has been loaded as well. One that cannot be is no reason to wait."""

OUTLINED = """() => document.querySelectorAll("[data-differs]").forEach((element) => {
  element.style.outline = "3px dashed #c2185b";
  element.style.outlineOffset = "3px";
})"""


class Shot(msgspec.Struct, frozen=True):
    path: str
    width: str
    variation: str
    file: str


def photographed(
    browser: Browser,
    origin: str,
    link: Callable[[str, str], str],
    variations: Sequence[str],
    paths: Sequence[str],
    folder: Path,
    *,
    outline: bool,
    prepared: Callable[[BrowserContext, str], object],
) -> list[Shot]:
    """A picture of each page, width and variation, whole, each as a new visitor sees it. `prepared` does what a page needs
    before it can be shown, in a variation."""
    shots: list[Shot] = []
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        for width, (wide, high) in WIDTHS.items():
            for variation in variations:
                context = browser.new_context(viewport={"width": wide, "height": high}, reduced_motion="reduce")
                context.set_default_timeout(PATIENCE_MS)
                try:
                    prepared(context, variation)
                    page = context.new_page()
                    page.goto(urljoin(origin, link(variation, path)), wait_until="load")
                    page.evaluate(LOADED)
                    if outline:
                        page.evaluate(OUTLINED)
                    file = "-".join((re.sub(r"\W+", "-", path).strip("-") or "home", width, variation)) + ".png"
                    page.screenshot(path=folder / file, full_page=True)
                finally:
                    context.close()
                shots.append(Shot(path, width, variation, file))
    return shots


def sheet(
    experiment: str, hypothesis: str, variations: Sequence[str], shots: Sequence[Shot], folder: Path, *, outline: bool
) -> Path:
    """Write the page. It needs nothing but the pictures beside it."""
    rows: dict[tuple[str, str], list[Shot]] = {}
    for shot in shots:
        rows.setdefault((shot.path, shot.width), []).append(shot)
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(PAGE)
    file = folder / SHEET
    words = {"experiment": experiment, "hypothesis": hypothesis, "variations": variations, "outline": outline}
    text = template.render(rows=rows, **words)
    file.write_text(text, encoding="utf-8")
    return file


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ experiment }}: all variations</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 1.5rem; }
section { overflow-x: auto; margin-block: 2rem; border-block-start: 1px solid; }
.row { display: flex; gap: 1.5rem; align-items: flex-start; }
figure { margin: 0; flex: 1 1 0; min-inline-size: 12rem; }
.phone figure { max-inline-size: 390px; }
.desktop figure { min-inline-size: 22rem; }
figcaption { font-weight: 600; padding-block: 0.5rem; }
img { inline-size: 100%; block-size: auto; border: 1px solid; }
</style>
<h1>{{ experiment }}</h1>
<p>{{ hypothesis }}</p>
<p>{{ variations|join(", ") }}.{% if outline %} What differs from the control is outlined.{% endif %}</p>
{% for key, shots in rows.items() %}
<section class="{{ key[1] }}">
<h2>{{ key[0] }}, {{ key[1] }}</h2>
<div class="row">
{% for shot in shots %}
<figure><figcaption>{{ shot.variation }}</figcaption>
<a href="{{ shot.file }}"><img src="{{ shot.file }}" alt="{{ shot.variation }}: {{ key[0] }}, {{ key[1] }}"></a>
</figure>
{% endfor %}
</div>
</section>
{% endfor %}
</html>
"""
