"""One read: a connection, and what the context means for this catalogue (languages, price list, date)."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from bff.ports import EntityKind, Image, Link, PublicContext

from . import texts
from .database import Connection
from .documents import PictureDoc, Text
from .memory import Memory
from .vocabulary import CategoryEntry, CategoryText, vocabulary

T = TypeVar("T")


class Reading:
    """`languages` are to be tried in order; `price_list` and `currency` are the market's. `sight` is all of the context that
    an answer depends on."""

    __slots__ = (
        "connection",
        "ctx",
        "currency",
        "faults",
        "languages",
        "market",
        "memory",
        "pictures",
        "price_list",
        "settings",
        "sight",
        "today",
        "words",
    )

    def __init__(self, connection: Connection, ctx: PublicContext) -> None:
        database = connection.database
        self.connection = connection
        self.ctx = ctx
        self.words = vocabulary(connection)
        self.languages = texts.chain(ctx.locale, self.words.default_language)
        self.market = ctx.market
        self.currency = ctx.market.currency
        self.price_list = ctx.market.backend.get("price_list", ctx.market.currency)
        self.settings = database.settings
        self.pictures = database.pictures
        self.faults = database.faults
        self.today: datetime.date = database.today()
        self.memory: Memory | None = connection.memory
        self.sight: Hashable = (
            self.market.id,
            self.market.country,
            self.price_list,
            self.currency,
            self.market.tax,
            self.market.unit_prices,
            ctx.locale,
        )

    def remembered(self, question: tuple[Hashable, ...], make: Callable[[], T], weight: int = 2) -> T:
        """What `make` answers, kept for all who ask the same of this state of the catalogue. `question` names the operation
        and its arguments; `weight` in rough kilobytes."""
        if self.memory is None:
            return make()
        key = (self.sight, question)
        found: Any = self.memory.get(key)
        if found is Memory.NOTHING:
            found = make()
            self.memory.keep(key, found, weight)
        answer: T = found
        return answer

    def text(self, text: Text) -> str:
        return texts.pick(text, self.languages)

    def by_language(self, rows: Mapping[str, T]) -> tuple[str, T] | None:
        """The best language there is of `rows`, and what it holds."""
        for language in self.languages:
            if language in rows:
                return language, rows[language]
        return next(iter(rows.items()), None)

    def locale(self, language: str) -> str:
        """The locale a text in `language` is in: the context's own where that is its language."""
        return self.ctx.locale if language in self.languages[:2] else language

    def category_text(self, category: CategoryEntry) -> CategoryText:
        found = self.by_language(category.texts)
        return found[1] if found else CategoryText(category.id, category.id, "")

    def category_link(self, category: CategoryEntry) -> Link:
        text = self.category_text(category)
        kind: EntityKind = "collection" if category.kind == "collection" else "category"
        return Link(kind=kind, id=category.id, slug=text.slug, title=text.name)

    def trail(self, category: str | None) -> tuple[Link, ...]:
        """The links from the top of the tree down to a category, itself included."""
        links: list[Link] = []
        seen: set[str] = set()
        while category and category not in seen and (entry := self.words.categories.get(category)):
            seen.add(category)
            links.append(self.category_link(entry))
            category = entry.parent
        return tuple(reversed(links))

    def brand_link(self, brand: str | None) -> Link | None:
        entry = self.words.brands.get(brand or "")
        return None if entry is None else Link(kind="brand", id=entry.id, slug=entry.slug, title=entry.name)

    def picture(self, doc: PictureDoc | None, alt: str | None) -> Image | None:
        """A document's picture; None where it was not drawn."""
        if doc is None:
            return None
        alt = texts.maybe(doc.alt, self.languages) or alt
        if doc.url is not None:
            return Image(url=doc.url, alt=alt, width=doc.width, height=doc.height)
        if doc.product is not None and doc.ink is not None:
            views = self.pictures.views(doc.product, doc.ink)
            return self.pictures.product(doc.product, doc.ink, views[0], alt or "") if views else None
        return self.pictures.scene(doc.scene, alt)


def marks(values: Sequence[object]) -> str:
    """Placeholders for `IN (…)`."""
    return ",".join("?" * len(values))


_rows = msgspec.json.Decoder(list[list[Any]])


def gathered(connection: sqlite3.Connection, columns: str, rest: str, values: Sequence[object]) -> list[list[Any]]:
    """All rows of `SELECT columns rest` in one step, in no order. `sqlite3` gives the interpreter's lock away at every row;
    where several threads read at once, taking it back costs more than the rows themselves."""
    names = columns.split(",")
    picked = ", ".join(f"{name} AS c{index}" for index, name in enumerate(names))
    packed = ", ".join(f"c{index}" for index in range(len(names)))
    statement = f"SELECT json_group_array(json_array({packed})) FROM (SELECT {picked} {rest})"  # noqa: S608
    return _rows.decode(connection.execute(statement, tuple(values)).fetchone()[0])
