"""From what a shopper typed to products, best first."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from adapters.embedded.database import Connection

from .fulltext import ORDINAL, FullText, table_of
from .spelling import Speller
from .synonyms import Phrase, Span, Synonyms, words_setting
from .text import Analyser, stem, surfaces

T = TypeVar("T")

MOST_WORDS, LONGEST_WORD, LONGEST_SKU = 8, 40, 64
FEW = 2
"""So few results make a correction worth proposing."""
SCORED = 3_000
"""Above so many matches only the title and popularity rank them: nobody pages that deep, and scoring is not free."""
_WEIGHTS = "10.0, 6.0, 4.0, 3.0, 1.0, 2.0"


@dataclass(frozen=True, slots=True)
class Found:
    """Ordinals, best first. `exact`: the product whose SKU was typed. `corrected` was searched instead; `did_you_mean`
    is proposed."""

    ordinals: Sequence[int] = ()
    exact: int | None = None
    corrected: str | None = None
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Tongue:
    """What searching in one language takes."""

    language: str
    analyser: Analyser
    synonyms: Synonyms
    popular: tuple[str, ...] = ()


def tongue(catalogue: Connection, words: FullText, language: str) -> Tongue:
    """What the catalogue says about searching in `language`."""
    setting = words_setting(catalogue)
    analyser = Analyser(language, words.speller(language).words)
    synonyms = Synonyms(setting.synonyms.get(language, ()), analyser)
    return Tongue(language, analyser, synonyms, setting.popular.get(language, ()))


class Matcher:
    """One search in one language's table. Blocks."""

    def __init__(self, catalogue: Connection, words: FullText, tongue: Tongue) -> None:
        self._catalogue, self._words, self._tongue = catalogue, words, tongue
        self._table = table_of(tongue.language)
        self._connection = words.connection()

    def find(self, text: str) -> Found:
        """What matches `text`: an exact SKU, else all words, else corrected words, else any of them."""
        text = unicodedata.normalize("NFC", text[: 4 * MOST_WORDS * LONGEST_WORD])
        exact = self.by_sku(text)
        if exact:
            return Found(exact, exact=exact[0])
        words = self._read(text)
        begun = self._by_sku_prefix(text)
        if not words or not self._words.has(self._tongue.language):
            return Found(begun)
        found = self._ranked(words)
        if begun:
            return Found(list(dict.fromkeys((*begun, *found))))
        if len(found) > FEW:
            return Found(found)
        speller = self._words.speller(self._tongue.language)
        better = self._corrected(words, speller, len(found))
        if found:
            return Found(found, did_you_mean=better[0] if better else None)
        if better:
            return Found(better[1], corrected=better[0])
        return Found(self._any(words))

    def titles(self, text: str, limit: int) -> list[int]:
        """The most popular products with a title, or a part of one, that `text` begins, else with such a word anywhere."""
        words = self._read(text)
        if not words or not self._words.has(self._tongue.language):
            return []
        needed = " AND ".join(self._any_form((word,), prefix=last) for word, last in _marked(words))
        statement = f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH ? ORDER BY rowid LIMIT ?"  # noqa: S608
        for match in (f"{{title near}} : ({needed})", needed):
            found = [row[0] & ORDINAL for row in self._connection.execute(statement, (match, limit))]
            if found:
                return found
        return []

    # -- SKUs

    def by_sku(self, text: str) -> list[int]:
        """The product whose SKU, or whose variant's, `text` is."""
        sku = text.strip()
        if not 1 < len(sku) <= LONGEST_SKU or "\0" in sku:
            return []
        forms = (sku, sku.upper(), sku.lower())
        rows = self._catalogue.execute(
            "SELECT product_n FROM variant WHERE sku IN (?, ?, ?) UNION ALL SELECT n FROM product WHERE sku IN (?, ?, ?)",
            (*forms, *forms),
        )
        ns = list(dict.fromkeys(row[0] for row in rows))
        marks = ",".join("?" * len(ns))
        gone = self._catalogue.execute(f"SELECT n FROM product WHERE status = 'gone' AND n IN ({marks})", ns)  # noqa: S608
        withdrawn = {row[0] for row in gone}
        return [n for n in ns if n not in withdrawn]

    def _by_sku_prefix(self, text: str) -> list[int]:
        sku = text.strip()
        looks = 3 <= len(sku) <= LONGEST_SKU and sku.isascii() and not any(c.isspace() or c == "\0" for c in sku)
        if not looks or not (sku.isupper() or "-" in sku or any(c.isdigit() for c in sku)):
            return []
        found: list[int] = []
        for form in dict.fromkeys((sku, sku.upper(), sku.lower())):
            rows = self._catalogue.execute(
                "SELECT product_n FROM variant WHERE sku >= ? AND sku < ? ORDER BY sku LIMIT 500",
                (form, form + "\U0010ffff"),
            )
            found += [row[0] for row in rows]
        return list(dict.fromkeys(found))

    # -- words

    def _read(self, text: str) -> tuple[str, ...]:
        words = itertools.chain.from_iterable(
            self._tongue.analyser.folded((surface[:LONGEST_WORD],)).split()
            for surface in surfaces(text[: 4 * MOST_WORDS * LONGEST_WORD])[:MOST_WORDS]
        )
        return tuple(itertools.islice(words, MOST_WORDS))

    def _form(self, word: str, *, prefix: bool) -> str:
        """One word, its stem and, while it is being typed, what it begins."""
        stemmed = stem(word, self._tongue.language)
        star = "*" if prefix and len(word) >= 2 else ""
        forms = [f'"{word}"{star}'] + ([f'"{stemmed}"'] if stemmed != word else [])
        return f"({' OR '.join(forms)})"

    def _any_form(self, phrase: Phrase, *, prefix: bool) -> str:
        if len(phrase) == 1:
            word = self._form(phrase[0], prefix=prefix)
            parts = self._tongue.analyser.parts(phrase[0])
            return f"({word} OR ({' AND '.join(self._form(part, prefix=False) for part in parts)}))" if parts else word
        return f"({' AND '.join(self._form(word, prefix=False) for word in phrase)})"

    def _span(self, span: Span, *, last: bool) -> str:
        forms = [self._any_form(span.words, prefix=last)]
        for other in span.others:
            if len(other) == 1:
                forms.append(self._any_form(other, prefix=False))
            else:
                forms.append(f'"{" ".join(other)}"')
        return f"({' OR '.join(forms)})"

    def _ordinals(self, match: str) -> list[int]:
        rows = self._connection.execute(
            f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH ? ORDER BY rowid",  # noqa: S608
            (match,),
        )
        return [row[0] for row in rows]

    def _ranked(self, words: tuple[str, ...]) -> list[int]:
        """The products with every word: those whose title begins with the very words, then those that have them all in
        their title, then the rest; inside each by score, then popularity."""
        return self._rank(" AND ".join(self._spans(words)), words)

    def _any(self, words: tuple[str, ...]) -> list[int]:
        """The products with one of several words, ranked alike."""
        return self._rank(" OR ".join(self._spans(words)), words) if len(words) > 1 else []

    def _spans(self, words: tuple[str, ...]) -> list[str]:
        return [self._span(span, last=last) for span, last in _marked(self._tongue.synonyms.spans(words))]

    def _rank(self, match: str, words: tuple[str, ...]) -> list[int]:
        places = self._ordinals(match)
        if len(places) > 1:
            titled = set(
                self._ordinals(
                    "{title near} : (" + " AND ".join(self._form(w, prefix=p) for w, p in _marked(words)) + ")"
                )
            )
            begun = set(self._ordinals(f'title : ^ "{" ".join(words)}"'))
            scores: dict[int, int] = {}
            if len(places) <= SCORED:
                rows = self._connection.execute(
                    f"SELECT rowid, bm25({self._table}, {_WEIGHTS}) FROM {self._table} WHERE {self._table} MATCH ?",  # noqa: S608
                    (match,),
                )
                scores = {place: round(score) for place, score in rows}
            places.sort(key=lambda place: (place not in begun, place not in titled, scores.get(place, 0)))
        return [place & ORDINAL for place in places]

    # -- spelling

    def _corrected(self, words: tuple[str, ...], speller: Speller, before: int) -> tuple[str, list[int]] | None:
        """The nearest spelling that finds more than `before`: the words that find nothing are replaced first."""
        unknown = [not self._matches(word, last) for word, last in _marked(words)]
        if not any(unknown):
            unknown = [word not in speller.words and not self.titles(word, 1) for word in words]
        if not any(unknown):
            return None
        choices = [speller.corrections(w) if lost else [] for w, lost in zip(words, unknown, strict=True)]
        if any(lost and not some for lost, some in zip(unknown, choices, strict=True)):
            return None
        tried = itertools.product(
            *([k.word for k in some[:3]] if some else [w] for w, some in zip(words, choices, strict=True))
        )
        for replaced in itertools.islice(tried, 9):
            found = self._ranked(replaced)
            if len(found) > before:
                return " ".join(map(speller.surface, replaced)), found
        return None

    def _matches(self, word: str, last: bool) -> bool:
        (span,) = self._tongue.synonyms.spans((word,))
        match = self._span(span, last=last)
        query = f"SELECT 1 FROM {self._table} WHERE {self._table} MATCH ? LIMIT 1"  # noqa: S608
        return self._connection.execute(query, (match,)).fetchone() is not None


def _marked(items: Sequence[T]) -> list[tuple[T, bool]]:
    """Each item, and whether it is the last."""
    return [(item, place == len(items) - 1) for place, item in enumerate(items)]
