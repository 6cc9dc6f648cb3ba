"""Acme, a tea shop that does not exist: the small REST interface that the guide for adapter authors is written against.

`python -m bff.testing.acme` serves it at http://127.0.0.1:9000 (another port: as the first argument). It has what real ones
have: amounts in the smallest coin, a flat list of categories, numbers for ids, pages by offset, a product that one market
does not get, words of its own when it refuses. It is read only; the key is `acme-key`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "acme-key"
MOST = 100
Query = Mapping[str, str]

CATEGORIES = (
    (1, None, "tea", {"en": "Tea", "de": "Tee"}),
    (2, 1, "green-tea", {"en": "Green tea", "de": "Grüner Tee"}),
    (3, 1, "black-tea", {"en": "Black tea", "de": "Schwarzer Tee"}),
    (4, None, "ware", {"en": "Tea ware", "de": "Teegeschirr"}),
)
# id, category, handle, English, German, pence by weight (None: no choice), what it was before, pieces left by weight
PRODUCTS: tuple[tuple[int, int, str, str, str, dict[str | None, int], int | None, tuple[int, ...]], ...] = (
    (11, 2, "sencha", "Sencha", "Sencha", {"50": 450, "100": 820, "250": 1900}, None, (40, 12, 0)),
    (12, 2, "gunpowder", "Gunpowder", "Gunpowder", {"50": 390, "100": 700}, None, (25, 3)),
    (13, 2, "genmaicha", "Genmaicha", "Genmaicha", {"100": 760}, 890, (9,)),
    (14, 3, "assam", "Assam, second flush", "Assam, zweite Ernte", {"100": 690, "250": 1550}, None, (60, 31)),
    (15, 3, "keemun", "Keemun", "Keemun", {"50": 620, "100": 1150}, None, (7, 0)),
    (16, 3, "lapsang", "Lapsang souchong", "Lapsang Souchong", {"100": 880}, None, (0,)),
    (17, 4, "kyusu", "Side-handled teapot", "Seitengriffkanne", {None: 5400}, 6200, (8,)),
    (18, 4, "gaiwan", "Gaiwan", "Gaiwan", {None: 2300}, None, (15,)),
    (19, 4, "whisk", "Bamboo whisk", "Bambusbesen", {None: 1450}, None, (22,)),
    (20, 4, "kettle", "Cast-iron kettle", "Gusseiserner Kessel", {None: 8900}, None, (5,)),
)
NOT_IN = {"EUR": {20}}
RATE = {"GBP": 100, "EUR": 118}


class Refused(Exception):
    """A status, and the shop's own word for why."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


def categories(query: Query) -> Any:
    lang = language(query)
    return {
        "categories": [
            {"id": id, "parent": parent, "handle": handle, "name": names[lang]}
            for id, parent, handle, names in CATEGORIES
        ]
    }


def products(query: Query) -> Any:
    """Of a category (and those below it), with a text, or by `ids`, `handles`, `skus`; `sort` is `cheap`, `dear`, `name`."""
    found = [product(row, query) for row in PRODUCTS if row[0] not in NOT_IN.get(currency(query), ())]
    if "category" in query:
        inside = below(query["category"])
        found = [one for one in found if one["category"] in inside]
    if "q" in query:
        text = query["q"].casefold().strip()
        found = [one for one in found if text in one["name"].casefold() or text in one["text"].casefold()]
    for name, key in (("ids", "id"), ("handles", "handle")):
        if name in query:
            found = [one for one in found if str(one[key]) in query[name].split(",")]
    if "skus" in query:
        wanted = set(query["skus"].split(","))
        found = [one for one in found if any(variant["sku"] in wanted for variant in one["variants"])]
    found = ordered(found, query.get("sort", ""))
    offset, limit = number(query, "offset", 0), min(number(query, "limit", 20), MOST)
    return {"total": len(found), "products": found[offset : offset + limit]}


def product(row: tuple[Any, ...], query: Query) -> dict[str, Any]:
    id, category, handle, english, german, prices, was, left = row
    lang, rate = language(query), RATE[currency(query)]
    title = german if lang == "de" else english
    option = {"id": "weight", "name": "Gewicht" if lang == "de" else "Weight"} if None not in prices else None
    return {
        "id": id,
        "category": category,
        "handle": handle,
        "name": title,
        "text": f"<p>{title}.</p>",
        "changed": f"2026-10-{id}T08:00:00Z",
        "photo": {"src": f"https://img.acme.example/{handle}.jpg", "alt": title, "width": 1200, "height": 1200},
        "option": option,
        "variants": [
            {
                "id": id * 100 + place,
                "sku": f"{handle.upper()}-{weight or 1}",
                "value": {"id": f"{weight}g", "name": f"{weight} g"} if weight else None,
                "cents": pence * rate // 100,
                "was": was * rate // 100 if was else None,
                "left": left[place],
            }
            for place, (weight, pence) in enumerate(prices.items())
        ],
    }


def stock(query: Query) -> Any:
    """What is left of `variants`, or of `skus`."""
    every = [variant for row in PRODUCTS for variant in product(row, query)["variants"]]
    ids, skus = query.get("variants", "").split(","), query.get("skus", "").split(",")
    return {
        "stock": [
            {"variant": one["id"], "sku": one["sku"], "left": one["left"]}
            for one in every
            if str(one["id"]) in ids or one["sku"] in skus
        ]
    }


def status(query: Query) -> Any:
    return {"shop": "Acme Teas", "version": "3.2"}


def below(handle: str) -> set[int]:
    found = {id for id, _, own, _ in CATEGORIES if own == handle}
    if not found:
        raise Refused(404, "no_such_category")
    return found | {id for id, parent, _, _ in CATEGORIES if parent in found}


def ordered(found: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    orders: Mapping[str, Callable[[dict[str, Any]], Any]] = {
        "": lambda one: one["id"],
        "cheap": lambda one: (min(each["cents"] for each in one["variants"]), one["id"]),
        "dear": lambda one: (-min(each["cents"] for each in one["variants"]), one["id"]),
        "name": lambda one: one["name"],
    }
    if sort not in orders:
        raise Refused(400, "no_such_order")
    return sorted(found, key=orders[sort])


def language(query: Query) -> str:
    return "de" if query.get("lang") == "de" else "en"


def currency(query: Query) -> str:
    if query.get("currency", "GBP") not in RATE:
        raise Refused(400, "no_such_currency")
    return query.get("currency", "GBP")


def number(query: Query, name: str, otherwise: int) -> int:
    text = query.get(name, str(otherwise))
    if not (text.isascii() and text.isdecimal()):
        raise Refused(400, f"odd_{name}")
    return int(text)


ROUTES: Mapping[str, Callable[[Query], Any]] = {
    "/v1/status": status,
    "/v1/categories": categories,
    "/v1/products": products,
    "/v1/stock": stock,
}


class Acme(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        try:
            if self.headers.get("authorization") != f"Bearer {KEY}":
                raise Refused(401, "who_are_you")
            if address.path not in ROUTES:
                raise Refused(404, "no_such_address")
            self._answer(200, ROUTES[address.path](query))
        except Refused as refused:
            self._answer(refused.status, {"code": refused.code, "message": "Acme would rather not."})

    def _answer(self, code: int, said: Any) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def server(port: int = 0) -> ThreadingHTTPServer:
    """The shop on the loopback address; 0: any free port."""
    return ThreadingHTTPServer(("127.0.0.1", port), Acme)


if __name__ == "__main__":
    server(int(sys.argv[1]) if len(sys.argv) > 1 else 9000).serve_forever()
