"""Two catalogues, thing by thing, by SKU. Both are read into a database in a file of its own, so that the largest fits in
little memory; differences are then asked of it one after the other."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import msgspec

from bff.ports import BackendError, CategoryNode, Deadline, NotFound, Price, Product, PublicContext, SitemapEntry

AT_ONCE = 8
"""Products asked for at the same time, of each backend."""
CALL_SECONDS = 30.0
"""What one call may take, where the ports allow for it."""

Kind = Literal["missing", "repeated", "no SKU", "unreadable", "price", "tax", "stock", "slug", "category", "categories"]
COMPARED: tuple[tuple[Kind, str], ...] = (
    ("price", "price"),
    ("tax", "tax"),
    ("stock", "stock"),
    ("slug", "slug"),
    ("category", "category"),
)
SCHEMA = """
CREATE TABLE thing (side INTEGER, place TEXT, sku TEXT, slug TEXT, price TEXT, tax TEXT, stock TEXT, category TEXT);
CREATE TABLE branch (side INTEGER, place TEXT, slug TEXT);
CREATE TABLE broken (side INTEGER, place TEXT, slug TEXT, reason TEXT);
CREATE INDEX thing_sku ON thing (place, sku, side);
CREATE INDEX branch_slug ON branch (place, slug, side);
"""


class Difference(msgspec.Struct, frozen=True):
    """What stands at each side; None where it has nothing to say."""

    place: str
    kind: Kind
    sku: str | None
    a: str | None
    b: str | None


class Compared:
    """`with Compared() as compared:` read both sides (0 and 1), then ask for `differences`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="portico-compare-")
        self._db = sqlite3.connect(Path(self._folder.name) / "compare.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Compared:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def rows(self, side: int) -> int:
        return int(self._db.execute("SELECT count(*) FROM thing WHERE side = ?", (side,)).fetchone()[0])

    async def read(self, side: int, ports: Mapping[str, Any], contexts: Iterable[PublicContext]) -> None:
        """Read a backend's whole catalogue in each context. Raises `BackendError` where it cannot be listed."""
        for ctx in contexts:
            place, catalog = ctx.market.paths[ctx.locale], ports["catalog"]
            tree = await catalog.navigation(_lasting(ctx))
            branches = [(side, place, slug) for slug in sorted(set(_slugs(tree.categories)))]
            self._db.executemany("INSERT INTO branch VALUES (?, ?, ?)", branches)
            async for entries in _pages(catalog, ctx):
                for start in range(0, len(entries), AT_ONCE):
                    batch = entries[start : start + AT_ONCE]
                    await asyncio.gather(*(self._one(side, place, catalog, ctx, entry) for entry in batch))

    async def _one(self, side: int, place: str, catalog: Any, ctx: PublicContext, entry: SitemapEntry) -> None:
        slug = entry.link.slug
        try:
            product: Product = await catalog.product(_lasting(ctx), slug=slug)
        except NotFound:
            reason = "is listed, and is not there"
            self._db.execute("INSERT INTO broken VALUES (?, ?, ?, ?)", (side, place, slug, reason))
        except BackendError as error:
            reason = f"{type(error).__name__}: {error.detail}"
            self._db.execute("INSERT INTO broken VALUES (?, ?, ?, ?)", (side, place, slug, reason))
        else:
            trail = product.breadcrumbs[-1].slug if product.breadcrumbs else None
            rows = [(side, place, sku, slug, *facts, trail) for sku, *facts in _things(product, entry.sku)]
            self._db.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def differences(self) -> Iterator[Difference]:
        """Every one, by place."""
        yield from self._alone()
        yield from self._missing()
        for kind, column in COMPARED:
            yield from self._differing(kind, column)
        yield from self._branches()

    def _alone(self) -> Iterator[Difference]:
        """What is wrong with one side by itself."""
        for side, place, slug, reason in self._db.execute("SELECT * FROM broken ORDER BY place, slug"):
            yield _of(side, place, "unreadable", None, f"{slug}: {reason}")
        sql = "SELECT side, place, slug, count(*) FROM thing WHERE sku IS NULL GROUP BY 1, 2, 3 ORDER BY 2, 3"
        for side, place, slug, count in self._db.execute(sql):
            yield _of(side, place, "no SKU", None, f"{slug}: {count} variants")
        sql = (
            "SELECT side, place, sku, group_concat(slug, ' ') FROM thing WHERE sku IS NOT NULL"
            " GROUP BY 1, 2, 3 HAVING count(*) > 1 ORDER BY 2, 3"
        )
        for side, place, sku, slugs in self._db.execute(sql):
            yield _of(side, place, "repeated", sku, slugs)

    def _missing(self) -> Iterator[Difference]:
        sql = (
            "SELECT DISTINCT side, place, sku, slug FROM thing t WHERE sku IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM thing o WHERE o.place = t.place AND o.sku = t.sku AND o.side <> t.side) ORDER BY 2, 3"
        )
        for side, place, sku, slug in self._db.execute(sql):
            yield _of(side, place, "missing", sku, slug)

    def _differing(self, kind: Kind, column: str) -> Iterator[Difference]:
        # Names of columns are this module's own.
        sql = (
            f"SELECT a.place, a.sku, a.{column}, b.{column} FROM thing a JOIN thing b"  # noqa: S608
            " ON b.place = a.place AND b.sku = a.sku AND b.side = 1"
            f" WHERE a.side = 0 AND a.{column} IS NOT b.{column} ORDER BY 1, 2"
        )
        for place, sku, a, b in self._db.execute(sql):
            yield Difference(place, kind, sku, a, b)

    def _branches(self) -> Iterator[Difference]:
        sql = (
            "SELECT side, place, slug FROM branch t WHERE NOT EXISTS"
            " (SELECT 1 FROM branch o WHERE o.place = t.place AND o.slug = t.slug AND o.side <> t.side) ORDER BY 2, 3"
        )
        for side, place, slug in self._db.execute(sql):
            yield _of(side, place, "categories", None, slug)


def _of(side: int, place: str, kind: Kind, sku: str | None, value: str) -> Difference:
    return Difference(place, kind, sku, value if side == 0 else None, value if side == 1 else None)


def _lasting(ctx: PublicContext) -> PublicContext:
    return msgspec.structs.replace(ctx, deadline=Deadline.after(CALL_SECONDS))


async def _pages(catalog: Any, ctx: PublicContext) -> AsyncIterator[Sequence[SitemapEntry]]:
    cursor: str | None = None
    while True:
        page = await catalog.sitemap(_lasting(ctx), kind="product", cursor=cursor)
        yield page.entries
        cursor = page.next
        if cursor is None:
            return


def _slugs(nodes: Iterable[CategoryNode]) -> Iterator[str]:
    for node in nodes:
        yield node.link.slug
        yield from _slugs(node.children)


def _things(product: Product, listed: str | None) -> Iterator[tuple[str | None, str, str, str]]:
    """What can be bought: each variant, or the product where its variants are not listed."""
    if product.variants:
        for variant in product.variants:
            yield variant.sku, _price(variant.price), variant.price.tax, variant.availability.state
    else:
        own = product.selected.sku if product.selected else None
        yield own or product.sku or listed, _price(product.price), product.price.tax, product.availability.state


def _price(price: Price) -> str:
    return f"{price.amount.amount.normalize():f} {price.amount.currency}"
