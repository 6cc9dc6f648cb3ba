"""The demo's products and reviews to rows: variants by multiplying the options, then what single variants change."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from . import texts
from .documents import AttributeDoc, DrawingDoc, ProductDoc, dumps
from .markdown import markup

if TYPE_CHECKING:
    from .seed import Shelf, Table

_KEYS = frozenset(
    """id sku kind status brand category also collections rank title summary description slug options values price was stock
    state in_days measure tiers attributes absent related drawing alt days_ago variant input plan component quantity seo
    sales barcode""".split()  # noqa: SIM905
)
_VARIANT_KEYS = frozenset(("match", "price", "was", "stock", "state", "in_days", "sku", "measure", "barcode"))
_POLICIES = {None: "deny", "backorder": "backorder", "preorder": "preorder", "discontinued": "discontinued"}


class Products:
    """Takes products one by one; `finish` checks what they say about each other and adds the ruled collections:
    `sale` holds what has an earlier price, `new` what came within 45 days, besides those that name them."""

    def __init__(self, shelf: Shelf, collections: set[str]) -> None:
        self._shelf = shelf
        self._collections = collections
        self._ns: dict[str, int] = {}
        self._skus: set[str] = set()
        self._wanted: list[tuple[str, str]] = []
        self._best: dict[str, int] = {}

    def take(self, n: int, entry: Table) -> None:
        shelf, id = self._shelf, entry["id"]
        unknown = set(entry) - _KEYS
        if unknown:
            raise ValueError(f"unknown {', '.join(sorted(unknown))}")
        if id in self._ns:
            raise ValueError("stands here twice")
        self._ns[id] = n
        doc = self._doc(entry)
        kind = entry.get("kind") or ("bundle" if doc.components else "physical")
        created = shelf.moment(entry.get("days_ago", 0))
        brand, rank = entry.get("brand"), entry.get("rank", 0)
        if brand is not None and f"brand:{brand}" not in shelf.slugs:
            raise LookupError(f"no brand is called {brand}")
        row = (n, id, entry.get("sku"), kind, brand, entry.get("status", "active"), rank)
        shelf.insert("product", (*row, entry.get("sales", rank * 3), created, created, 0, 0, dumps(doc)))
        self._texts(n, entry)
        sale = self._variants(n, entry)
        self._places(n, entry, sale)
        self._wanted += [(id, f"product:{other}") for other in doc.related]
        self._wanted += [(id, f"sku:{part.sku}") for part in doc.components]

    def _doc(self, entry: Table) -> ProductDoc:
        options = entry.get("options", [])
        values = entry.get("values", {})
        for option in options:
            known = {value["id"] for value in self._shelf.options[option]["values"]}
            wrong = [value for value in values[option] if value not in known]
            if wrong:
                raise LookupError(f"option {option} has no value {', '.join(wrong)}")
        drawing = entry.get("drawing")
        tables = {
            "options": options,
            "values": {option: values[option] for option in options},
            "drawing": DrawingDoc(ink=drawing["ink"], alt=entry.get("alt", {})) if drawing else None,
            "attributes": [self._attribute(id, value) for id, value in entry.get("attributes", {}).items()],
            "inputs": [_input(each) for each in entry.get("input", [])],
            "plans": entry.get("plan", []),
            "components": entry.get("component", []),
            "tiers": [{"minimum": tier["from"], "percent": tier["percent"]} for tier in entry.get("tiers", [])],
            "related": entry.get("related", []),
            "measure": entry.get("measure"),
        }
        for key in ("quantity", "seo"):
            if key in entry:
                tables[key] = entry[key]
        return msgspec.convert(tables, ProductDoc, strict=False)

    def _attribute(self, id: str, value: Any) -> AttributeDoc:
        known = self._shelf.attributes[id]
        if not isinstance(value, list):
            return AttributeDoc(id=id, text=value if isinstance(value, dict) else {"": str(value)})
        ids = {each["id"] for each in known.get("values", ())}
        wrong = [each for each in value if each not in ids]
        if wrong:
            raise LookupError(f"attribute {id} has no value {', '.join(wrong)}")
        return AttributeDoc(id=id, values=tuple(value))

    def _texts(self, n: int, entry: Table) -> None:
        slugs = self._shelf.slugs[f"product:{entry['id']}"]
        parts = [entry["title"], entry["summary"], entry["description"]]
        for language in dict.fromkeys(language for text in (*parts, slugs) for language in text):
            tried = texts.chain(language, "en")
            title, summary, description = (texts.pick(text, tried) for text in parts)
            html = markup(description, self._shelf.links(language))
            self._shelf.insert("product_text", (n, language, texts.pick(slugs, tried), title, summary, html))

    def _variants(self, n: int, entry: Table) -> bool:
        """Insert them; whether one has an earlier price."""
        sale, count = False, 0
        for position, (choice, said) in enumerate(self._combinations(entry)):
            sku = said.get("sku") or self._sku(entry, choice)
            if sku in self._skus:
                raise ValueError(f"SKU {sku} is taken")
            self._skus.add(sku)
            state = said.get("state")
            stock = 0 if state == "backorder" and not said.get("stocked") else said.get("stock")
            measure = dumps(said["measure"]) if "measure" in said else None
            row = (sku, n, position, sku, dumps(choice), stock, _POLICIES[state], said.get("in_days"))
            self._shelf.insert("variant", (*row, said.get("barcode"), measure))
            for price_list, amount in said["price"].items():
                was = said.get("was", {}).get(price_list)
                sale = sale or (was is not None and Decimal(was) > Decimal(amount))
                self._shelf.insert("price", (sku, price_list, price_list, str(Decimal(amount)), was))
            count += 1
        if not count:
            raise ValueError("has no variant")
        return sale

    def _combinations(self, entry: Table) -> Iterator[tuple[dict[str, str], Table]]:
        """Each choice of values with what holds for it: the product's words, then those of the variant entries that
        match, in order; a new price without an earlier one ends the product's sale."""
        options = entry.get("options", [])
        absent = entry.get("absent", [])
        changes = entry.get("variant", [])
        for change in changes:
            if unknown := set(change) - _VARIANT_KEYS:
                raise ValueError(f"variant {change.get('match')}: unknown {', '.join(sorted(unknown))}")
            for option, value in change["match"].items():
                if value not in entry["values"].get(option, ()):
                    raise LookupError(f"variant {change['match']}: {option} has no value {value} here")
        shared: Table = {key: entry[key] for key in ("price", "was", "stock", "state", "in_days") if key in entry}
        for values in itertools.product(*(entry["values"][option] for option in options)):
            choice = dict(zip(options, values, strict=True))
            if any(gap.items() <= choice.items() for gap in absent):
                continue
            said = dict(shared)
            for change in changes:
                if change["match"].items() <= choice.items():
                    if "price" in change and "was" not in change:
                        said.pop("was", None)
                    said.update({key: value for key, value in change.items() if key != "match"})
                    if "state" in change:
                        said["stocked"] = "stock" in change
            yield choice, said

    def _sku(self, entry: Table, choice: dict[str, str]) -> str:
        codes = [
            next(each["code"] for each in self._shelf.options[option]["values"] if each["id"] == value)
            for option, value in choice.items()
        ]
        return "-".join([entry["sku"], *codes])

    def _places(self, n: int, entry: Table, sale: bool) -> None:
        shelf = self._shelf
        leaves = [entry["category"], *entry.get("also", ())]
        collections = set(entry.get("collections", ()))
        collections |= {"sale"} if sale else set()
        collections |= {"new"} if entry.get("days_ago", 0) <= 45 else set()
        for leaf in leaves:
            if f"category:{leaf}" not in shelf.slugs:
                raise LookupError(f"no category is called {leaf}")
        for collection in entry.get("collections", ()):
            if collection not in self._collections:
                raise LookupError(f"no collection is called {collection}")
        for place in dict.fromkeys([*leaves, *sorted(collections & self._collections)]):
            shelf.insert("product_category", (n, place, int(place == entry["category"])))
            if "drawing" in entry and entry.get("rank", 0) > self._best.get(place, -1):
                self._best[place] = entry.get("rank", 0)
                shelf.inks[place] = f"{entry['id']}/{self._ink(entry)}"

    def _ink(self, entry: Table) -> str:
        colours = entry.get("values", {}).get("colour", [])
        drawn: str = entry["drawing"]["ink"]
        return drawn if drawn in colours or not colours else colours[0]

    def review(self, position: int, entry: Table) -> None:
        n = self._ns.get(entry["product"])
        if n is None:
            raise LookupError(f"no product is called {entry['product']}")
        if entry["rating"] not in range(1, 6):
            raise ValueError("rating must be 1 to 5")
        created = self._shelf.moment(entry["days_ago"])
        row = (
            f"r{position + 1}",
            n,
            entry["rating"],
            entry["language"],
            entry.get("title"),
            entry["body"],
            entry.get("author"),
        )
        self._shelf.insert("review", (*row, created, int(entry.get("verified", False)), 1))

    def finish(self) -> None:
        """Sum the ratings. Raises `LookupError` where a product names one there is not."""
        for id, wanted in self._wanted:
            kind, _, name = wanted.partition(":")
            if (kind == "product" and name not in self._ns) or (kind == "sku" and name not in self._skus):
                raise LookupError(f"product {id} names {kind} {name}, which there is not")
        self._shelf.connection.execute(
            "UPDATE product SET (rating_sum, rating_count) ="
            " (SELECT coalesce(sum(rating), 0), count(*) FROM review WHERE product_n = n AND published = 1)"
        )


def _input(entry: Table) -> Table:
    """An input as its document says it: `max_length` is a text's maximum."""
    said = {key: value for key, value in entry.items() if key not in ("max_length", "min_length")}
    if "max_length" in entry:
        said["maximum"] = entry["max_length"]
    if "min_length" in entry:
        said["minimum"] = entry["min_length"]
    return said
