"""`portico embedded generate`: a large believable catalogue beside the demo's, in all its languages and price lists.

The category `everyday` holds exactly a tenth of all products, so that listings of a known size can be measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import random
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec

from bff.ports import Command, CommandArgument, Progress

from . import documents
from .database import Connection, Database, catalogue_changed, set_meta, transaction
from .search.fulltext import fill_beside
from .settings import Settings
from .texts import pick, slugify

BATCH = 2_000
EVERYDAY = "everyday"
MARK = "generated-"
_RATES = {"GBP": Decimal(1), "EUR": Decimal("1.17"), "USD": Decimal("1.29"), "AED": Decimal("4.8")}
_SHARES = (("plain", 25), ("colour", 45), ("size", 18), ("both", 12))

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]


class Generator:
    """Makes products `first` to `last` of a catalogue, the same for the same `seed`. Blocks; belongs in a thread."""

    def __init__(self, connection: Connection, database: Database, seed: int) -> None:
        self._connection = connection
        self._today = database.today()
        self._random = random.Random(seed)  # noqa: S311  (repeatable, nothing secret)
        self._words = tomllib.loads(files(__package__).joinpath("generate.toml").read_text(encoding="utf-8"))
        self._languages = ("en", "de", "ar")
        self._lists = dict(connection.execute("SELECT DISTINCT list, currency FROM price").fetchall()) or {
            code: code for code in _RATES
        }
        self._brands = [row[0] for row in connection.execute("SELECT id FROM brand ORDER BY id")]
        self._materials = {
            id: msgspec.json.decode(name)
            for id, name in connection.execute("SELECT id, name FROM attribute_value WHERE attribute_id = 'material'")
        }
        self._origins = self._ids("SELECT id FROM attribute_value WHERE attribute_id = 'origin' ORDER BY position")
        self._made = self._ids("SELECT id FROM attribute_value WHERE attribute_id = 'made' ORDER BY position")
        self._codes = {
            (option, value): code
            for option, value, code in connection.execute("SELECT option_id, id, code FROM option_value")
        }
        self._colours = [value for option, value in self._codes if option == "colour"]
        self._sizes = [value for option, value in self._codes if option == "size"]
        self._pictures = self._drawn(database)

    def _ids(self, query: str) -> list[str]:
        return [row[0] for row in self._connection.execute(query)]

    def _drawn(self, database: Database) -> dict[str, list[tuple[str, dict[str, str]]]]:
        """For each leaf of the demo, the pictures of a product that stands in it: address and what they show."""
        found: dict[str, list[tuple[str, dict[str, str]]]] = {}
        rows = self._connection.execute(
            "SELECT c.category_id, p.id, p.doc FROM product p JOIN product_category c ON c.product_n = p.n AND c.main"
            " ORDER BY p.n"
        )
        for leaf, id, doc in rows.fetchall():
            drawing = documents.card(doc).drawing
            if leaf not in found and drawing is not None:
                views = database.pictures.views(id, drawing.ink)
                found[leaf] = [
                    (database.pictures.product(id, drawing.ink, view, "").url, dict(drawing.alt)) for view in views
                ]
        return found

    # -- where they stand

    def clear(self) -> None:
        """Take out what an earlier run made."""
        run, mark = self._connection.execute, (f"{MARK}*",)
        old = [row[0] for row in run("SELECT n FROM product WHERE id GLOB ?", mark)]
        run("DELETE FROM price WHERE variant_id GLOB ?", mark)
        run("DELETE FROM variant WHERE id GLOB ?", mark)
        for table, key in (("product_text", "product_n"), ("product_category", "product_n"), ("product", "n")):
            self._connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((n,) for n in old))  # noqa: S608

    def categories(self) -> list[str]:
        """Make the tree that holds a tenth of the catalogue; answers its leaves."""
        everyday = self._words["everyday"]
        position = 1 + (self._connection.execute("SELECT max(position) FROM category").fetchone()[0] or 0)
        self._category(EVERYDAY, None, position, everyday["name"], everyday["description"])
        for place, leaf in enumerate(everyday["leaves"]):
            self._category(leaf["id"], EVERYDAY, position + 1 + place, leaf["name"], {})
        return [leaf["id"] for leaf in everyday["leaves"]]

    def _category(
        self, id: str, parent: str | None, position: int, name: Mapping[str, str], text: Mapping[str, str]
    ) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO category VALUES (?, 'category', ?, ?, NULL)", (id, parent, position)
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO category_text VALUES (?, ?, ?, ?, ?)",
            [(id, lang, slugify(name[lang], lang), name[lang], text.get(lang, "")) for lang in self._languages],
        )

    # -- products

    def write(self, first: int, count: int, everyday: int, leaves: list[str]) -> None:
        """Insert `count` products from ordinal `first`; the first `everyday` of them into `leaves`."""
        rows: Rows = {"product": [], "product_text": [], "product_category": [], "variant": [], "price": []}
        for place in range(count):
            thing = self._random.choice(self._words["thing"])
            leaf = self._random.choice(leaves) if place < everyday else thing["leaf"]
            self._product(rows, first + place, thing, leaf)
        for table, made in rows.items():
            marks = ", ".join("?" * len(made[0]))
            columns = (
                " (id, product_n, position, sku, choice, stock, policy, due_days, barcode)"
                if table == "variant"
                else ""
            )
            self._connection.executemany(f"INSERT INTO {table}{columns} VALUES ({marks})", made)  # noqa: S608

    def _product(self, rows: Rows, n: int, thing: dict[str, Any], leaf: str) -> None:
        draw = self._random
        material = draw.choice(thing["materials"])
        values = self._options()
        id, sku = f"{MARK}{n}", f"{thing['words']['en'][:2].upper()}{n:06d}"
        doc = documents.ProductDoc(
            options=tuple(values),
            values={option: tuple(some) for option, some in values.items()},
            media=tuple(
                documents.MediaDoc(url=url, alt=alt, width=1280, height=1600)
                for url, alt in self._pictures.get(thing["leaf"], ())
            ),
            attributes=(
                documents.AttributeDoc(id="material", values=(material,)),
                documents.AttributeDoc(id="origin", values=(draw.choice(self._origins),)),
                documents.AttributeDoc(id="made", values=tuple(draw.sample(self._made, draw.randint(1, 3)))),
            ),
        )
        created = (self._today - datetime.timedelta(days=int(draw.triangular(0, 1500, 900)))).isoformat() + "T09:00:00Z"
        rated = int(draw.expovariate(0.08))
        stars = sum(draw.choices((5, 4, 3, 2, 1), (50, 30, 12, 5, 3), k=rated)) if rated else 0
        # Every product of `everyday` can be listed, so that its listing has the promised size.
        status = "discontinued" if draw.random() < 0.01 and leaf == thing["leaf"] else "active"
        rows["product"].append(
            (n, id, sku, "physical", draw.choice(self._brands), status, draw.randint(0, 80),
             int(draw.paretovariate(1.1)), created, created, stars, rated, documents.dumps(doc))
        )  # fmt: skip
        self._texts(rows, n, thing, material)
        rows["product_category"].append((n, leaf, 1))
        self._variants(rows, n, id, sku, values, Decimal(thing["price"]))

    def _options(self) -> dict[str, list[str]]:
        draw = self._random
        shape = draw.choices([name for name, _ in _SHARES], [share for _, share in _SHARES])[0]
        values: dict[str, list[str]] = {}
        if shape in ("colour", "both"):
            values["colour"] = draw.sample(self._colours, draw.randint(2, 4))
        if shape in ("size", "both"):
            values["size"] = self._sizes[: draw.randint(2, 3)]
        return values

    def _texts(self, rows: Rows, n: int, thing: dict[str, Any], material: str) -> None:
        draw, words = self._random, self._words["words"]
        latin, arabic = draw.choice(words["names"])
        parts = [draw.choice(words[part]) for part in ("summary", "opening", "middle", "closing")]
        for language in self._languages:
            named = pick(self._materials[material], (language, "en"))
            fill = {
                "thing": thing["words"][language],
                "name": arabic if language == "ar" else latin,
                "material": named.lower() if language == "en" else named,
            }
            title = words["title"][language].format(**fill)
            summary, *sentences = (_capital(part[language].format(**fill)) for part in parts)
            slug = f"{slugify(title, language)}-{n}"
            body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
            rows["product_text"].append((n, language, slug, title, summary, body))

    def _variants(self, rows: Rows, n: int, id: str, sku: str, values: dict[str, list[str]], base: Decimal) -> None:
        draw = self._random
        price = base * Decimal(draw.randint(60, 180)) / 100
        reduced = Decimal(draw.choice((10, 15, 20, 30))) if draw.random() < 0.15 else Decimal(0)
        for position, choice in enumerate(_combinations(values)):
            variant = f"{id}-{position}"
            code = "".join(f"-{self._codes[pair]}" for pair in choice.items())
            stock = draw.choice((0, 3)) if draw.random() < 0.15 else draw.randint(6, 90)
            rows["variant"].append(
                (variant, n, position, sku + code, documents.dumps(choice), stock, "deny", None, None)
            )
            grown = price * (1 + Decimal(self._sizes.index(choice["size"])) / 4) if "size" in choice else price
            for name, currency in self._lists.items():
                full = _round(grown * _RATES.get(currency, Decimal(1)))
                amount = _round(full * (100 - reduced) / 100)
                rows["price"].append((variant, name, currency, str(amount), str(full) if amount < full else None))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _round(amount: Decimal) -> Decimal:
    """To half a unit, as price tags are written."""
    return max(Decimal(1), (amount * 2).quantize(Decimal(1)) / 2).quantize(Decimal("0.01"))


def _combinations(values: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    made: list[dict[str, str]] = [{}]
    for option, some in values.items():
        made = [{**one, option: value} for one in made for value in some]
    return iter(made)


async def generate(settings: Settings, arguments: Mapping[str, Any]) -> AsyncIterator[Progress]:
    """Fill the database until its catalogue has `products` products (the demo's included). What an earlier run made is
    replaced."""
    wanted = int(arguments["products"])
    if arguments.get("database"):
        settings = msgspec.structs.replace(settings, database=str(arguments["database"]))
    database = Database(settings)
    try:
        await asyncio.to_thread(database.prepare)
        with contextlib.closing(database.connect()) as connection:
            generator = Generator(connection, database, int(arguments.get("seed") or 1))
            async for progress in _fill(connection, generator, wanted):
                yield progress
    finally:
        database.close()


async def _fill(connection: Connection, generator: Generator, wanted: int) -> AsyncIterator[Progress]:
    def begin() -> tuple[int, int, list[str]]:
        with transaction(connection):
            # From here on the file is nobody's demo: a start must not seed over it.
            set_meta(connection, source="generated")
            generator.clear()
            leaves = generator.categories()
            (first,) = connection.execute("SELECT coalesce(max(n) + 1, 0) FROM product").fetchone()
            (there,) = connection.execute("SELECT count(*) FROM product WHERE status <> 'gone'").fetchone()
            return first, there, leaves

    first, there, leaves = await asyncio.to_thread(begin)
    count = max(0, wanted - there)
    everyday = min(wanted // 10, count)

    def batch(start: int, size: int) -> None:
        with transaction(connection):
            generator.write(first + start, size, min(max(everyday - start, 0), size), leaves)
            catalogue_changed(connection)

    yield Progress(done=0, total=count)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        await asyncio.to_thread(batch, start, size)
        yield Progress(done=start + size, total=count)
    await asyncio.to_thread(connection.execute, "ANALYZE")
    yield Progress(done=count, total=count, note="reading the words for the search")
    await asyncio.to_thread(fill_beside, connection)


COMMAND = Command(
    name="generate",
    help="Make a large believable catalogue, for measuring",
    arguments=(
        CommandArgument(
            name="--products", help="how many products there are afterwards", kind="integer", required=True
        ),
        CommandArgument(name="--database", help="the SQLite file; without it, the configured one", kind="path"),
        CommandArgument(name="--seed", help="another number makes another catalogue", kind="integer", default=1),
    ),
    run=generate,
)
