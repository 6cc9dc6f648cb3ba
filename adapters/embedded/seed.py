# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""The demo's TOML files to rows. `demo/README.md` has the format; a mistake names its file and its entry."""

from __future__ import annotations

import datetime
import hashlib
import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from bff.ports import Misconfigured

from . import codes, database, gift_cards, seed_products, texts, trade
from .documents import (
    DeliveryDoc,
    MenuDoc,
    PictureDoc,
    ShopDoc,
    SlotDoc,
    Text,
    dumps,
)
from .markdown import blocks, markup

Table = dict[str, Any]
PLURALS = {
    "product": "products",
    "category": "categories",
    "collection": "collections",
    "brand": "brands",
    "page": "pages",
    "article": "journal",
}


@dataclass
class Shelf:
    """What was read so far: ids and slugs that other entries refer to. `languages` by thing: a row each."""

    connection: sqlite3.Connection
    today: datetime.date
    slugs: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Table] = field(default_factory=dict)
    attributes: dict[str, Table] = field(default_factory=dict)
    inks: dict[str, str] = field(default_factory=dict)

    def insert(self, table: str, *rows: tuple[object, ...]) -> None:
        for row in rows:
            self.connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)

    def links(self, language: str) -> Callable[[str], str]:
        """Addresses of `kind:id` in a language, rooted at the store."""

        def address(target: str) -> str:
            kind, _, id = target.partition(":")
            if not id:
                return f"/{kind}"
            slugs = self.slugs.get(target)
            if slugs is None:
                raise LookupError(f"nothing is called {target}")
            return f"/{PLURALS[kind]}/{texts.pick(slugs, texts.chain(language, 'en'))}"

        return address

    def moment(self, days_ago: int) -> str:
        return f"{self.today - datetime.timedelta(days=days_ago)}T08:00:00+00:00"

    def named(self, kind: str, entry: Table, name: str = "name") -> None:
        """Take a thing's slugs, made of its name where it gives none."""
        given: Text = {language: slug for language, slug in entry.get("slug", {}).items() if slug}
        words: Text = entry[name]
        self.slugs[f"{kind}:{entry['id']}"] = {
            language: given.get(language) or texts.slugify(text, language)
            for language, text in words.items()
            if language in given or language.partition("-")[0] not in given
        }


def languages(*words: object) -> list[str]:
    """Every language that one of several texts is in."""
    return list(dict.fromkeys(language for text in words if isinstance(text, dict) for language in text))


def seed(connection: sqlite3.Connection, folder: str | None) -> None:
    """Build the catalogue again if its files changed since the last time. Carts stay. Raises `Misconfigured`."""
    root = Path(folder) if folder else Path(__file__).parent / "demo"
    if not root.is_dir():
        raise Misconfigured("catalogue", f"{root} is no folder", fix="name a folder of TOML files, or leave it out")
    paths = sorted(root.rglob("*.toml"))
    code = [Path(__file__), Path(seed_products.__file__), Path(__file__).with_name("markdown.py")]
    digest = hashlib.sha256()
    for path in (*paths, *code):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    if database.meta(connection, "seed") == digest.hexdigest():
        return
    files = {str(path.relative_to(root)): _load(path) for path in paths}
    with database.transaction(connection):
        database.clear_catalogue(connection)
        _fill(Shelf(connection, datetime.datetime.now(datetime.UTC).date()), files)
        database.catalogue_changed(connection)
        database.set_meta(connection, seed=digest.hexdigest(), source="demo", default_language="en")


def _load(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured("catalogue", str(error), source=str(path), fix="correct the TOML") from error


def entries(files: dict[str, Table], name: str, key: str) -> Iterator[tuple[str, Table]]:
    """The entries of a file, or of all files in a folder, each with its file's name."""
    for file, tables in files.items():
        if file == name or file.startswith(f"{name}/"):
            for entry in tables.get(key, ()):
                yield file, entry


def _each(files: dict[str, Table], name: str, key: str, take: Callable[[int, Table], None]) -> None:
    """Give every entry to `take`, with its position; what goes wrong names the file and the entry."""
    for position, (file, entry) in enumerate(entries(files, name, key)):
        try:
            take(position, entry)
        except (
            KeyError,
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            sqlite3.Error,
            msgspec.MsgspecError,
        ) as error:
            said = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) and error.args else str(error)
            raise Misconfigured("catalogue", f"{key} {entry.get('id', position + 1)}: {said}", source=file) from error


def _fill(shelf: Shelf, files: dict[str, Table]) -> None:
    for kind, file in (("category", "categories.toml"), ("collection", "collections.toml")):
        _each(files, file, kind, lambda _, entry, kind=kind: shelf.named(kind, entry))  # type: ignore[misc]
    _each(
        files,
        "brands.toml",
        "brand",
        lambda _, entry: shelf.slugs.update({f"brand:{entry['id']}": {"en": entry["id"]}}),
    )
    _each(files, "pages.toml", "page", lambda _, entry: shelf.named("page", entry, "title"))
    _each(files, "journal.toml", "article", lambda _, entry: shelf.named("article", entry, "title"))
    _each(files, "products", "product", lambda _, entry: shelf.named("product", entry, "title"))
    _options(shelf, files.get("options.toml", {}))
    _each(files, "brands.toml", "brand", lambda _, entry: _brand(shelf, entry))
    products = seed_products.Products(
        shelf, {entry["id"] for _, entry in entries(files, "collections.toml", "collection")}
    )
    _each(files, "products", "product", products.take)
    for kind, file in (("category", "categories.toml"), ("collection", "collections.toml")):
        _each(files, file, kind, lambda at, entry, kind=kind: _category(shelf, kind, at, entry))  # type: ignore[misc]
    _each(files, "reviews.toml", "review", products.review)
    try:
        products.finish()
    except LookupError as error:
        raise Misconfigured("catalogue", str(error), source="products") from error
    _each(files, "pages.toml", "page", lambda at, entry: _entry(shelf, "page", at, entry))
    _each(files, "journal.toml", "article", lambda at, entry: _entry(shelf, "article", at, entry))
    _each(files, "menus.toml", "menu", lambda _, entry: _menu(shelf, entry))
    _each(files, "redirects.toml", "redirect", lambda _, entry: _redirect(shelf, entry))
    services = files.get("stores.toml", {}).get("service", {})
    _each(files, "stores.toml", "store", lambda _, entry: _store(shelf, services, entry))
    _settings(shelf, files)


def _options(shelf: Shelf, tables: Table) -> None:
    shelf.options, shelf.attributes = tables.get("option", {}), tables.get("attribute", {})
    for position, (id, option) in enumerate(shelf.options.items()):
        shelf.insert("option", (id, option.get("kind", "choice"), dumps(option["name"]), position))
        for at, value in enumerate(option["values"]):
            shelf.insert(
                "option_value", (id, value["id"], value["code"], dumps(value["name"]), value.get("swatch"), at)
            )
    for position, (id, attribute) in enumerate(shelf.attributes.items()):
        facet = int(attribute.get("facet", False))
        shelf.insert("attribute", (id, dumps(attribute["name"]), facet, attribute.get("unit"), position))
        for at, value in enumerate(attribute.get("values", ())):
            shelf.insert("attribute_value", (id, value["id"], dumps(value["name"]), at))


def _brand(shelf: Shelf, entry: Table) -> None:
    description = {language: markup(words, shelf.links(language)) for language, words in entry["description"].items()}
    shelf.insert("brand", (entry["id"], entry["id"], entry["name"], dumps(description)))


def _category(shelf: Shelf, kind: str, position: int, entry: Table) -> None:
    id = entry["id"]
    if entry.get("parent") and f"category:{entry['parent']}" not in shelf.slugs:
        raise LookupError(f"no category is called {entry['parent']}")
    image = PictureDoc(scene=entry["drawing"]) if "drawing" in entry else None
    if image is None and id in shelf.inks:
        product, _, ink = shelf.inks[id].partition("/")
        image = PictureDoc(product=product, ink=ink)
    offset = position if kind == "category" else 10_000 + position
    shelf.insert("category", (id, kind, entry.get("parent"), offset, dumps(image) if image else None))
    slugs = shelf.slugs[f"{kind}:{id}"]
    for language in languages(entry["name"], entry["description"], slugs):
        tried = texts.chain(language, "en")
        description = markup(texts.pick(entry["description"], tried), shelf.links(language))
        row = (id, language, texts.pick(slugs, tried), texts.pick(entry["name"], tried), description)
        shelf.insert("category_text", row)


def _entry(shelf: Shelf, kind: str, position: int, entry: Table) -> None:
    """A page or an article."""
    image = PictureDoc(scene=entry["drawing"]) if "drawing" in entry else None
    created = shelf.moment(entry["days_ago"]) if "days_ago" in entry else None
    products = entry.get("products", [])
    for product in products:
        shelf.links("en")(f"product:{product}")
    row = (entry["id"], kind, position, created, entry.get("author"), dumps(image) if image else None, dumps(products))
    shelf.insert("entry", row)
    slugs, lead = shelf.slugs[f"{kind}:{entry['id']}"], entry.get("lead", {})
    for language in languages(entry["title"], entry["body"], lead, slugs):
        tried = texts.chain(language, "en")
        body = dumps(blocks(texts.pick(entry["body"], tried), shelf.links(language)))
        words = (texts.pick(slugs, tried), texts.pick(entry["title"], tried), texts.maybe(lead, tried), body)
        shelf.insert("entry_text", (entry["id"], language, *words))


def _menu(shelf: Shelf, entry: Table) -> None:
    menu = msgspec.convert({"items": entry["items"], "name": entry.get("name", {})}, MenuDoc)
    for item in menu.items:
        shelf.links("en")(item.to or "")
    shelf.insert("menu", (entry["id"], dumps(menu)))


def _redirect(shelf: Shelf, entry: Table) -> None:
    target = entry.get("to")
    if target:
        shelf.links("en")(target)
    shelf.insert("redirect", (entry["from"], target, int(entry.get("gone", False))))


def _store(shelf: Shelf, services: Table, entry: Table) -> None:
    named = {**entry, "services": [services[service]["name"] for service in entry.get("services", ())]}
    store = msgspec.convert(named, ShopDoc, strict=False)
    shelf.insert("shop", (store.id, store.country, dumps(store)))


def _settings(shelf: Shelf, files: dict[str, Table]) -> None:
    store = files.get("store.toml", {})
    try:
        delivery = msgspec.convert(store.get("delivery", {}), dict[str, DeliveryDoc], strict=False)
        slots = msgspec.convert(files.get("slots.toml", {}).get("slot", []), tuple[SlotDoc, ...])
        for target in [slot.to for slot in slots if slot.to] + [
            f"product:{id}" for slot in slots for id in slot.products
        ]:
            shelf.links("en")(target)
    except (msgspec.ValidationError, LookupError) as error:
        raise Misconfigured("catalogue", str(error), source="store.toml or slots.toml") from error
    shelf.insert("setting", ("delivery", dumps(delivery)), ("slots", dumps({slot.id: slot for slot in slots})))
    identity = {
        key: value
        for key, value in store.items()
        if not isinstance(value, dict) or key in ("name", "claim", "description")
    }
    shelf.insert("setting", ("store", dumps(identity)))
    for key, value in store.items():
        if isinstance(value, dict) and key not in ("delivery", "name", "claim", "description", *trade.SETTINGS):
            shelf.insert("setting", (key, dumps(value)))
    for key, value in files.get("search.toml", {}).items():
        shelf.insert("setting", (key, dumps(value)))
    _trade(shelf, files)


def _trade(shelf: Shelf, files: dict[str, Table]) -> None:
    """What the shop has decided about buying, and the gift cards to try: those outlive a new catalogue, as they are."""
    tables = {**files.get("trade.toml", {}), "tax": files.get("store.toml", {}).get("tax", {})}
    try:
        for key, kind in trade.SETTINGS.items():
            of: Any = dict[str, kind]  # type: ignore[valid-type]
            shelf.insert("setting", (key, dumps(msgspec.convert(tables.get(key, {}), of, strict=False))))
        for card in tables.get("gift_card", ()):
            gift_cards.make(shelf.connection, codes.fold(card["code"]), card["currency"], Decimal(card["balance"]))
    except (msgspec.ValidationError, ArithmeticError, KeyError) as error:
        raise Misconfigured("catalogue", str(error), source="trade.toml") from error
