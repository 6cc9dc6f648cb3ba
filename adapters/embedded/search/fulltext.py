"""The words of the catalogue, in FTS5 tables of a SQLite file beside the database.

A file of its own, because filling it takes a minute for a large catalogue and must not keep carts from being written;
it is made of the catalogue and may be deleted at any time. One process fills it, in one transaction, whenever the
catalogue is another than the one it was made of; only products that changed are read again.

A row's id is its product's ordinal in the low 24 bits and, above, its rank by popularity, so that the order of a table
is the most popular first.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from adapters.embedded.database import Connection, meta
from adapters.embedded.documents import AttributeDoc
from adapters.embedded.texts import chain, pick
from adapters.embedded.vocabulary import Vocabulary, vocabulary

from .lexicon import lexicon
from .spelling import Known, Speller
from .synonyms import words_setting
from .text import Analyser, surfaces

SHAPE = "1"
"""Counts up when what is stored changes, so that older files are filled again."""
ORDINAL = (1 << 24) - 1
_TOP = (1 << 38) - 1
_TABLES = """
CREATE TABLE IF NOT EXISTS stamp (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, place INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS word (language TEXT, word TEXT, surface TEXT NOT NULL, weight INTEGER NOT NULL,
  PRIMARY KEY (language, word)) WITHOUT ROWID;
"""
Told = Callable[[int, int], None]


class _Doc(msgspec.Struct):
    """The part of a product's document that is searched."""

    values: dict[str, tuple[str, ...]] = {}
    attributes: tuple[AttributeDoc, ...] = ()


_doc = msgspec.json.Decoder(_Doc)


def table_of(language: str) -> str:
    return f"words_{language}"


def _base_languages(words: Vocabulary) -> list[str]:
    """The catalogue's languages without countries; each has a table."""
    bases = (language.partition("-")[0] for language in (words.default_language, *words.languages))
    return [base for base in dict.fromkeys(bases) if re.fullmatch("[a-z]{2,8}", base)]


class _Held:
    """A thread's connection, closed when the thread ends."""

    __slots__ = ("connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class FullText:
    """The file. Every thread has its own connection; all methods block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._lock = threading.Lock()
        self._spellers: dict[tuple[str, str], Speller] = {}

    def connection(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = _Held(sqlite3.connect(self.path, timeout=5, isolation_level=None, check_same_thread=False))
            held.connection.execute("PRAGMA journal_mode=WAL")
            held.connection.execute("PRAGMA synchronous=NORMAL")
            held.connection.execute("PRAGMA mmap_size=268435456")
            held.connection.executescript(_TABLES)
            self._local.held = held
        return held.connection

    def stamp(self) -> str:
        """Which catalogue it was made of; "" before the first."""
        row = self.connection().execute("SELECT value FROM stamp WHERE key = 'catalogue'").fetchone()
        return str(row[0]) if row else ""

    def has(self, language: str) -> bool:
        found = self.connection().execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table_of(language),))
        return found.fetchone() is not None

    def speller(self, language: str) -> Speller:
        """The language's words, read once for each state of the file."""
        key = (self.stamp(), language)
        with self._lock:
            found = self._spellers.get(key)
            if found is None:
                rows = self.connection().execute(
                    "SELECT word, surface, weight FROM word WHERE language = ?", (language,)
                )
                self._spellers = {k: v for k, v in self._spellers.items() if k[0] == key[0]}
                found = self._spellers[key] = Speller(Known(*row) for row in rows)
        return found

    def refresh(self, catalogue: Connection, told: Told = lambda done, total: None) -> bool:
        """Bring the file to the catalogue's state. False while another process is at it: ask again later."""
        wanted = _stamp(catalogue)
        if self.stamp() == wanted:
            return True
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        try:
            if self.stamp() != wanted:  # another process may have been first
                _Filling(connection, catalogue).fill(told)
                connection.execute("INSERT OR REPLACE INTO stamp VALUES ('catalogue', ?)", (wanted,))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return True


def _stamp(catalogue: Connection) -> str:
    """Names a state of a catalogue. The version alone would not tell a file that was deleted and made anew."""
    count, last = catalogue.execute("SELECT count(*), max(updated) FROM product").fetchone()
    kept = (meta(catalogue, key) for key in ("catalogue_version", "source", "seed"))
    return "|".join((SHAPE, *map(str, kept), str(count), str(last)))


class _Filling:
    """One filling. What it writes is committed by its caller."""

    def __init__(self, connection: sqlite3.Connection, catalogue: Connection) -> None:
        self._connection, self._catalogue = connection, catalogue
        self._words = vocabulary(catalogue)
        self._languages = _base_languages(self._words)
        self._chains = {language: chain(language, self._words.default_language) for language in self._languages}
        self._setting = words_setting(catalogue)
        self._found: dict[str, Counter[str]] = {language: Counter() for language in self._languages}
        self._surface: dict[tuple[str, str], str] = {}

    def fill(self, told: Told) -> None:
        names = self._vocabulary_stamp()
        row = self._connection.execute("SELECT value FROM stamp WHERE key = 'names'").fetchone()
        if row is None or row[0] != names:
            self._start_over()
        self._connection.execute("INSERT OR REPLACE INTO stamp VALUES ('names', ?)", (names,))
        changed = self._changed()
        if changed:
            self._analysers = {
                language: Analyser(language, lexicon(self._catalogue, language)) for language in self._languages
            }
            for start in range(0, len(changed), 500):
                self._add(changed[start : start + 500])
                told(min(start + 500, len(changed)), len(changed))
            self._save_words()

    def _vocabulary_stamp(self) -> str:
        """Changes with every name that products are found by besides their own."""
        words = self._words
        kept = (words.brands, words.options, words.attributes, words.categories, self._languages, self._setting, SHAPE)
        return hashlib.sha256(repr(kept).encode()).hexdigest()

    def _start_over(self) -> None:
        for (name,) in self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'"
        ).fetchall():
            self._connection.execute(f'DROP TABLE "{name}"')
        self._connection.execute("DELETE FROM entry")
        self._connection.execute("DELETE FROM word")
        for language in self._languages:
            self._connection.execute(
                f"CREATE VIRTUAL TABLE {table_of(language)} USING fts5(title, near, place, facts, body, parts,"
                " tokenize = 'unicode61 remove_diacritics 0')"
            )

    # -- products

    def _changed(self) -> list[int]:
        """Takes out what is gone or has changed, and answers what to add."""
        known = {n: (place, state) for n, place, state in self._connection.execute("SELECT n, place, state FROM entry")}
        added: list[int] = []
        for n, sales, rank, updated in self._catalogue.execute(
            "SELECT n, sales, rank, updated FROM product WHERE status = 'active'"
        ):
            before = known.pop(n, None)
            place, state = _place(n, sales, rank), str(updated)
            if before != (place, state):
                if before is not None:
                    self._remove(n, before[0])
                added.append(n)
                self._connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (n, place, state))
        for n, (place, _) in known.items():
            self._remove(n, place)
        return added

    def _remove(self, n: int, place: int) -> None:
        self._connection.execute("DELETE FROM entry WHERE n = ?", (n,))
        for language in self._languages:
            self._connection.execute(f"DELETE FROM {table_of(language)} WHERE rowid = ?", (place,))  # noqa: S608

    def _add(self, ns: list[int]) -> None:
        texts: dict[int, list[tuple[str, str, str, str]]] = {}
        wanted = ",".join("?" * len(ns))
        for n, *text in self._catalogue.execute(
            f"SELECT product_n, language, title, summary, description FROM product_text WHERE product_n IN ({wanted})",  # noqa: S608
            ns,
        ):
            texts.setdefault(n, []).append((text[0], text[1], text[2], text[3]))
        standing: dict[int, list[str]] = {}
        for n, category in self._catalogue.execute(
            f"SELECT product_n, category_id FROM product_category WHERE product_n IN ({wanted})",  # noqa: S608
            ns,
        ):
            standing.setdefault(n, []).append(category)
        rows: dict[str, list[tuple[Any, ...]]] = {language: [] for language in self._languages}
        for n, brand, sales, rank, doc in self._catalogue.execute(
            f"SELECT n, brand_id, sales, rank, doc FROM product WHERE n IN ({wanted})",  # noqa: S608
            ns,
        ):
            names = self._names_of(brand, standing.get(n, ()), _doc.decode(doc))
            for language in self._languages:
                if n in texts:
                    rows[language].append((_place(n, sales, rank), *self._columns(language, texts[n], names)))
        for language, some in rows.items():
            columns = "rowid, title, near, place, facts, body, parts"
            self._connection.executemany(
                f"INSERT INTO {table_of(language)}({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                some,
            )

    def _names_of(self, brand: str | None, standing: Iterable[str], doc: _Doc) -> tuple[list[Any], list[Any]]:
        """What a product can be found by besides its text: where it stands, what it is like. Texts by language."""
        words = self._words
        places: list[Any] = [{"": words.brands[brand].name}] if brand in words.brands else []
        for category in standing:
            entry = words.categories.get(category)
            seen: set[str] = set()
            while entry is not None and entry.kind == "category" and entry.id not in seen:
                seen.add(entry.id)
                places.append({language: text.name for language, text in entry.texts.items()})
                entry = words.categories.get(entry.parent or "")
        facts: list[Any] = []
        for option, values in doc.values.items():
            if option in words.options:
                known = words.options[option].values
                facts += [known[value].name for value in values if value in known]
        for attribute in doc.attributes:
            named = words.attributes[attribute.id].values if attribute.id in words.attributes else {}
            facts += [named[value] for value in attribute.values if value in named]
            if attribute.text:
                facts.append(attribute.text)
        return places, facts

    def _columns(
        self, language: str, texts: list[tuple[str, str, str, str]], names: tuple[list[Any], list[Any]]
    ) -> tuple[str, ...]:
        analyser, languages = self._analysers[language], self._chains[language]
        own = [text for text in texts if text[0].partition("-")[0] == language]
        if not own:
            own = [text for text in texts if text[0] == self._words.default_language] or texts[:1]
        written = [
            " ".join(text[1] for text in own),
            *(" ".join(pick(name, languages) for name in some) for some in names),
        ]
        title, place, facts = (analyser.folded(surfaces(some)) for some in written)
        # What is proposed is spelt as the language's own texts spell it, not as a country's do.
        general = [text[1] for text in own if text[0] == language] or [written[0]]
        self._note(language, analyser, surfaces(" ".join((*general, *written[1:]))))
        body = analyser.folded(surfaces(" ".join(f"{text[2]} {text[3]}" for text in own)))
        others = analyser.derived(f"{place} {facts}")
        return title, analyser.derived(title), place, facts, f"{body} {analyser.stems(body)}", others

    # -- words for corrections and proposals

    def _note(self, language: str, analyser: Analyser, words: Iterable[str]) -> None:
        counter, surface = self._found[language], self._surface
        for written in set(words):
            word = analyser.folded((written,))
            if word and " " not in word:
                counter[word] += 1
                surface.setdefault((language, word), written)

    def _save_words(self) -> None:
        for language, counter in self._found.items():
            for group in self._setting.synonyms.get(language, ()):
                self._note(language, self._analysers[language], surfaces(" ".join(group)))
            for text in self._setting.popular.get(language, ()):
                self._note(language, self._analysers[language], surfaces(text))
            self._connection.executemany(
                "INSERT INTO word VALUES (?, ?, ?, ?)"
                " ON CONFLICT (language, word) DO UPDATE SET weight = weight + excluded.weight",
                [(language, word, _spoken(self._surface[language, word]), weight) for word, weight in counter.items()],
            )


def _place(n: int, sales: int, rank: int) -> int:
    popularity = min(max(sales, 0), 1 << 28) * 128 + min(max(rank, 0), 127)
    return (_TOP - popularity) << 24 | n


def _spoken(surface: str) -> str:
    """A word as a proposal writes it: whole capitals are left alone (A5, LED), others are small."""
    return surface if surface.isupper() and len(surface) < 5 else surface.lower()


def fill_beside(catalogue: Connection, told: Told = lambda done, total: None) -> None:
    """Fill the words of a database's catalogue now. For commands, so that the next start finds them ready."""
    FullText(beside(catalogue.database.path)).refresh(catalogue, told)


def beside(database: Path) -> Path:
    """Where a database's words are."""
    return database.with_name(database.name + ".search")
