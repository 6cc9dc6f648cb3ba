"""The store's page kinds, one address each, and the same addresses in every market."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

PLACES = {"en-gb": "en-GB", "de-de": "de-DE", "en-us": "en-US", "ar-ae": "ar-AE", "en-ae": "en-AE"}

KINDS: Mapping[str, str] = {
    "home": "",
    "category": "/categories/table",
    "category-filtered": "/categories/table?f.brand=lowtide&f.colour=indigo&sort=price-asc",
    "category-empty": "/categories/table?f.price=100000..",
    "collection": "/collections/gift-ideas",
    "collection-end": "/collections/gift-ideas?page=2",
    "brand": "/brands/lowtide",
    "product": "/products/harbour-mug",
    "product-chosen": "/products/harbour-mug?o.colour=teal&o.size=large",
    "product-sold-out": "/products/harbour-mug?o.colour=chalk&o.size=large",
    "product-plan": "/products/yirga-coffee",
    "product-bundle": "/products/breakfast-for-two",
    "product-gift-card": "/products/gift-card",
    "product-many": "/products/linen-tablecloth",
    "search": "/search?q=wool",
    "search-nothing": "/search?q=zzqxkv",
    "content": "/pages/delivery",
    "journal": "/journal",
    "article": "/journal/thirty-one-hours-in-the-kiln-shed",
    "stores": "/stores",
    "stores-near": "/stores?near=London",
    "bag-empty": "/cart",
    "not-found": "/nothing/here",
}
"""By name, below the place. Failures of the server and the bag with something in it are made by the tests."""

STATUS = {"not-found": 404}

ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"')


def address(http: httpx.Client, place: str, kind: str) -> str:
    """Where a page kind is in a place; slugs differ by language."""
    path = KINDS[kind]
    return f"/{place}{path}" if kind in STATUS else localised(http, place, path)


def localised(http: httpx.Client, place: str, path: str) -> str:
    """Where a page of the British place is in another, from the page's own hreflang links."""
    bare, _, query = path.partition("?")
    if place == "en-gb" or not re.match(r"/\w+/", bare):
        return f"/{place}{path}"
    answer = http.get(f"/en-gb{bare}")
    answer.raise_for_status()
    found = dict(ALTERNATE.findall(answer.text))
    assert PLACES[place] in found, f"{bare} names no address for {PLACES[place]}: {found}"
    return urlsplit(found[PLACES[place]]).path + (f"?{query}" if query else "")
