"""What the catalogue's rows name by id: options, attributes, brands, categories. Read once per catalogue version."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

import msgspec

from .database import Connection
from .documents import PictureDoc, Text

_text = msgspec.json.Decoder(Text)
_picture = msgspec.json.Decoder(PictureDoc)


@dataclass(frozen=True, slots=True)
class Value:
    id: str
    name: Text
    swatch: str | None


@dataclass(frozen=True, slots=True)
class OptionEntry:
    id: str
    kind: str
    name: Text
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class AttributeEntry:
    id: str
    name: Text
    facet: bool
    values: dict[str, Text]


@dataclass(frozen=True, slots=True)
class BrandEntry:
    id: str
    slug: str
    name: str
    description: Text


@dataclass(frozen=True, slots=True)
class CategoryText:
    slug: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    id: str
    kind: str
    parent: str | None
    image: PictureDoc | None
    texts: dict[str, CategoryText] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`languages` are all the catalogue has. Dictionaries are in the shop's order."""

    version: str
    default_language: str
    languages: tuple[str, ...]
    options: dict[str, OptionEntry]
    attributes: dict[str, AttributeEntry]
    brands: dict[str, BrandEntry]
    brand_slugs: dict[str, str]
    categories: dict[str, CategoryEntry]
    category_slugs: dict[tuple[str, str], str]


def vocabulary(connection: Connection) -> Vocabulary:
    """The vocabulary of the catalogue this transaction sees: one statement at most where it is known already."""
    if connection.memory is not None:
        version = connection.memory.state.catalogue
    else:
        row = connection.execute("SELECT value FROM meta WHERE key = 'catalogue_version'").fetchone()
        version = str(row[0]) if row else ""
    known = connection.database.vocabulary
    if known is None or known.version != version:
        known = connection.database.vocabulary = _read(connection, version)
    return known


def _read(connection: sqlite3.Connection, version: str) -> Vocabulary:
    default = connection.execute("SELECT value FROM meta WHERE key = 'default_language'").fetchone()
    brands = {
        id: BrandEntry(id, slug, name, _text.decode(description))
        for id, slug, name, description in connection.execute(
            "SELECT id, slug, name, description FROM brand ORDER BY name"
        )
    }
    categories = _categories(connection)
    return Vocabulary(
        version=version,
        default_language=str(default[0]) if default else "en",
        languages=_languages(connection),
        options=_options(connection),
        attributes=_attributes(connection),
        brands=brands,
        brand_slugs={brand.slug: brand.id for brand in brands.values()},
        categories=categories,
        category_slugs={(lang, t.slug): c.id for c in categories.values() for lang, t in c.texts.items()},
    )


def _languages(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Every language, by hops along the index instead of a scan."""
    found: list[str] = []
    while row := connection.execute(
        "SELECT language FROM product_text WHERE language > ? ORDER BY language LIMIT 1", (found[-1] if found else "",)
    ).fetchone():
        found.append(str(row[0]))
    more = connection.execute(
        "SELECT DISTINCT language FROM category_text UNION SELECT DISTINCT language FROM entry_text"
    )
    return tuple(dict.fromkeys([*found, *(str(row[0]) for row in more)]))


def _options(connection: sqlite3.Connection) -> dict[str, OptionEntry]:
    options = {
        id: OptionEntry(id, kind, _text.decode(name), {})
        for id, kind, name in connection.execute("SELECT id, kind, name FROM option ORDER BY position, id")
    }
    for option, id, name, swatch in connection.execute(
        "SELECT option_id, id, name, swatch FROM option_value ORDER BY option_id, position"
    ):
        if option in options:
            options[option].values[id] = Value(id, _text.decode(name), swatch)
    return options


def _attributes(connection: sqlite3.Connection) -> dict[str, AttributeEntry]:
    attributes = {
        id: AttributeEntry(id, _text.decode(name), bool(facet), {})
        for id, name, facet in connection.execute("SELECT id, name, facet FROM attribute ORDER BY position, id")
    }
    for attribute, id, name in connection.execute(
        "SELECT attribute_id, id, name FROM attribute_value ORDER BY attribute_id, position"
    ):
        if attribute in attributes:
            attributes[attribute].values[id] = _text.decode(name)
    return attributes


def _categories(connection: sqlite3.Connection) -> dict[str, CategoryEntry]:
    categories = {
        id: CategoryEntry(id, kind, parent, _picture.decode(image) if image else None)
        for id, kind, parent, image in connection.execute(
            "SELECT id, kind, parent, image FROM category ORDER BY position, id"
        )
    }
    for id, language, slug, name, description in connection.execute(
        "SELECT category_id, language, slug, name, description FROM category_text"
    ):
        if id in categories:
            categories[id].texts[language] = CategoryText(slug, name, description)
    for category in categories.values():
        if category.parent in categories:
            categories[category.parent].children.append(category.id)
    return categories
