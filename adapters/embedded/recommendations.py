"""The Recommendations port: what the shop named, then neighbours in the same category, then of the same brand."""

# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bff.ports import Card, InvalidInput, ProductKey, PublicContext

from . import cards, catalog, documents
from .database import Database
from .reading import Reading, marks

_CANDIDATES = 24


class EmbeddedRecommendations:
    """`related`: alike; `complementary`: what the shop named, then things of the same collections but another category."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def related(
        self,
        ctx: PublicContext,
        /,
        *,
        keys: Sequence[ProductKey],
        intent: Literal["related", "complementary"] = "related",
        limit: int = 8,
    ) -> tuple[Card, ...]:
        if not 1 <= limit <= 50 or len(keys) > catalog.LIMIT:
            raise InvalidInput({"limit": "1 to 50"})
        return await self._database.run(lambda c: related(Reading(c, ctx), keys, intent, limit))


def related(r: Reading, keys: Sequence[ProductKey], intent: str, limit: int) -> tuple[Card, ...]:
    """See the port."""
    question = ("related", tuple(keys), intent, limit)
    return r.remembered(question, lambda: _related(r, keys, intent, limit), 4)


def _related(r: Reading, keys: Sequence[ProductKey], intent: str, limit: int) -> tuple[Card, ...]:
    own = list(dict.fromkeys(n for n in catalog.ordinals(r, keys) if n is not None))
    if not own:
        return ()
    wanted = _named(r, own)
    if len(wanted) < limit:
        wanted += _complements(r, own) if intent == "complementary" else _neighbours(r, own)
    kept = [n for n in dict.fromkeys(wanted) if n not in own][: limit + _CANDIDATES]
    found = cards.by_ordinal(r, kept)
    buyable = [found[n] for n in kept if n in found and found[n].availability.state != "discontinued"]
    return tuple(buyable[:limit])


def _named(r: Reading, own: Sequence[int]) -> list[int]:
    ids: list[str] = []
    for (doc,) in r.connection.execute(f"SELECT doc FROM product WHERE n IN ({marks(own)})", own):
        ids += documents.product(doc).related
    if not ids:
        return []
    known = dict(r.connection.execute(f"SELECT id, n FROM product WHERE id IN ({marks(ids)})", ids).fetchall())
    return [known[id] for id in ids if id in known]


def _around(r: Reading, table: str, column: str, value: str, key: str, n: int) -> list[int]:
    """Those next to `n` along an index, going round at its end: few rows read however large the category is."""
    rows: list[tuple[int]] = []
    for sign in (">", "<"):
        rows += r.connection.execute(
            f"SELECT {key} FROM {table} WHERE {column} = ? AND {key} {sign} ? ORDER BY {key} LIMIT ?",
            (value, n, _CANDIDATES),
        ).fetchall()
    return [row[0] for row in rows[:_CANDIDATES]]


def _best(r: Reading, ns: Sequence[int]) -> list[int]:
    """In the shop's order."""
    rows = r.connection.execute(f"SELECT n FROM product WHERE n IN ({marks(ns)}) ORDER BY rank DESC, n", ns)
    return [row[0] for row in rows]


def _neighbours(r: Reading, own: Sequence[int]) -> list[int]:
    first = own[0]
    category = r.connection.execute(
        "SELECT category_id FROM product_category WHERE product_n = ? AND main = 1", (first,)
    ).fetchone()
    brand = r.connection.execute("SELECT brand_id FROM product WHERE n = ?", (first,)).fetchone()
    found = _best(r, _around(r, "product_category", "category_id", category[0], "product_n", first)) if category else []
    if brand and brand[0]:
        found += _best(r, _around(r, "product", "brand_id", brand[0], "n", first))
    return found


def _complements(r: Reading, own: Sequence[int]) -> list[int]:
    first = own[0]
    places = r.connection.execute(
        "SELECT category_id, main FROM product_category WHERE product_n = ?", (first,)
    ).fetchall()
    main = {place for place, is_main in places if is_main}
    candidates: list[int] = []
    for place, _ in places:
        entry = r.words.categories.get(place)
        if entry is not None and entry.kind == "collection":
            candidates += _around(r, "product_category", "category_id", place, "product_n", first)
    alike = {
        row[0]
        for row in r.connection.execute(
            f"SELECT product_n FROM product_category WHERE category_id IN ({marks(list(main))})"
            f" AND product_n IN ({marks(candidates)})",
            (*main, *candidates),
        )
    }
    return _best(r, [n for n in dict.fromkeys(candidates) if n not in alike])
