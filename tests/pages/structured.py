"""Judging a page's structured data by the table in schema.toml."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.pages.reading import Page

ADDRESSES = frozenset({"url", "item", "image", "logo", "mainEntityOfPage", "urlTemplate"})
WORDS = frozenset({"availability", "itemCondition", "dayOfWeek", "variesBy"})
"""Properties whose values are schema.org's own words, written as addresses."""

VARIES = frozenset({"color", "material", "pattern", "size", "suggestedAge", "suggestedGender"})
"""What search engines take in `variesBy`."""


@cache
def table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "schema.toml").read_text(encoding="utf-8"))


def data_of(html: str) -> list[dict[str, Any]]:
    """The objects on a page."""
    scripts = [e.text for e in Page(html).all("script") if e.attributes.get("type") == "application/ld+json"]
    return [json.loads(text) for text in scripts]


def faults(data: Any, at: str = "") -> Iterator[str]:
    """What a search engine would object to in an object."""
    kind = data.get("@type")
    at = at or str(kind)
    if kind not in table():
        yield f"{at}: {kind!r} is no type of ours"
        return
    required, also = table()[kind]["required"], table()[kind].get("also", ())
    known = {name for names in (*required, *also) for name in names.split("|")}
    names = {name for name in data if not name.startswith("@")}
    yield from (f"{at}: {name} is unknown to {kind}" for name in sorted(names - known))
    yield from (f"{at}: {wanted} is missing" for wanted in required if not names & set(wanted.split("|")))
    for name in names:
        values = data[name] if isinstance(data[name], list) else [data[name]]
        if not values:
            yield f"{at}.{name} is empty"
        for value in values:
            if isinstance(value, dict):
                yield from faults(value, f"{at}.{name}")
            elif wrong := _wrong(name, value):
                yield f"{at}.{name}: {value!r} {wrong}"
    if kind == "BreadcrumbList" and len(data["itemListElement"]) < 2:
        yield f"{at}: one step is no way"
    if kind == "ProductGroup":
        yield from _group(data, at)


def _wrong(name: str, value: Any) -> str | None:
    if value in ("", None):
        return "says nothing"
    if name in ADDRESSES:
        held = str(value).replace("{search_term_string}", "")
        return None if re.fullmatch(r"https?://[^\s{}]+", held) else "is no absolute address"
    if name in WORDS and not str(value).startswith("https://schema.org/"):
        return "is no word of schema.org"
    if name in ("price", "lowPrice", "highPrice") and not re.fullmatch(r"\d+(\.\d+)?", str(value)):
        return "is no price"
    return None


def _group(data: dict[str, Any], at: str) -> Iterator[str]:
    named = {word.rpartition("/")[2] for word in data.get("variesBy", ())}
    yield from (f"{at}: varies by {name}" for name in named - VARIES)
    members = data.get("hasVariant", ())
    for member in members:
        missing = named - set(member)
        yield from (f"{at}: {member['name']} has no {name}" for name in missing)
    for what in ("sku", "name"):
        told = [member[what] for member in members if what in member]
        if len(told) != len(set(told)):
            yield f"{at}: variants share a {what}"
    chosen = [member["offers"]["url"] for member in members]
    if len(chosen) != len(set(chosen)):
        yield f"{at}: variants share an address"
