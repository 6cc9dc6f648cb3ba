"""Words that find the same things, as the shop lists them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from .text import Analyser, stem


class Words(msgspec.Struct, frozen=True):
    """The shop's own help for its search, by language: what people look for most, and groups of synonyms."""

    popular: dict[str, tuple[str, ...]] = {}
    synonyms: dict[str, tuple[tuple[str, ...], ...]] = {}


def words_setting(connection: sqlite3.Connection) -> Words:
    """What `search.toml` says; nothing where the catalogue has none."""
    found = dict(
        connection.execute("SELECT key, doc FROM setting WHERE key IN ('search', 'popular', 'synonyms')").fetchall()
    )
    if "search" in found:
        return msgspec.json.decode(found["search"], type=Words)
    parts = ",".join(f'"{key}":{doc}' for key, doc in found.items())
    return msgspec.json.decode(f"{{{parts}}}", type=Words)


Phrase = tuple[str, ...]


class Span(NamedTuple):
    """Neighbouring words of a query, and the phrases that mean the same; none for a word without synonyms."""

    words: Phrase
    others: tuple[Phrase, ...]


class Synonyms:
    """Finds the shop's phrases in a query, whatever their inflection."""

    def __init__(self, groups: Sequence[Sequence[str]], analyser: Analyser) -> None:
        self._language = analyser.language
        self._groups: dict[Phrase, set[Phrase]] = {}
        for group in groups:
            members = [tuple(analyser.words(member)) for member in group]
            for member in members:
                if member:
                    others = self._groups.setdefault(self._stems(member), set())
                    others.update(other for other in members if other and other != member)
        self._longest = max(map(len, self._groups), default=1)

    def spans(self, words: Sequence[str]) -> list[Span]:
        """The query in spans, longest phrases first."""
        spans: list[Span] = []
        place = 0
        while place < len(words):
            for length in range(min(self._longest, len(words) - place), 0, -1):
                phrase = tuple(words[place : place + length])
                others = self._groups.get(self._stems(phrase))
                if others or length == 1:
                    spans.append(Span(phrase, tuple(sorted(others or ()))))
                    place += length
                    break
        return spans

    def _stems(self, words: Phrase) -> Phrase:
        return tuple(stem(word, self._language) for word in words)
