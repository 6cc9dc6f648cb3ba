"""Corrections of words the catalogue does not have: symmetric deletes, then the distance itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONG = 7
"""From so many letters on, two slips are forgiven, below it one."""


class Known(NamedTuple):
    """A word of the catalogue: folded, as it is written, and how many products have it."""

    word: str
    surface: str
    weight: int


class Speller:
    """The words of one language. Deletes are indexed one deep for short and two deep for long words."""

    def __init__(self, words: Iterable[Known]) -> None:
        self.words = {known.word: known for known in words}
        self.in_order = sorted(self.words)
        self._deletes: dict[str, list[str]] = {}
        for word in self.words:
            if len(word) >= 3 and not word.isdigit():
                for short in _deletes(word, _slips(word)):
                    self._deletes.setdefault(short, []).append(word)

    def surface(self, word: str) -> str:
        known = self.words.get(word)
        return known.surface if known is not None else word

    def corrections(self, word: str) -> list[Known]:
        """Words near `word`, nearest and commonest first; never itself."""
        if len(word) < 3 or word.isdigit():
            return []
        slips = _slips(word)
        near = {candidate for short in _deletes(word, slips) for candidate in self._deletes.get(short, ())}
        near.discard(word)
        ranked = []
        for candidate in near:
            distance = _distance(word, candidate, slips)
            if distance <= slips:
                # A slip in the first letter is rare.
                ranked.append((distance, candidate[0] != word[0], -self.words[candidate].weight, candidate))
        return [self.words[candidate] for *_, candidate in sorted(ranked)[:5]]


def _slips(word: str) -> int:
    return 2 if len(word) >= LONG else 1


def _deletes(word: str, depth: int) -> set[str]:
    found = {word}
    edge = {word}
    for _ in range(depth):
        edge = {one for longer in edge for one in _shorter(longer)}
        found |= edge
    return found


def _shorter(word: str) -> Iterator[str]:
    return (word[:cut] + word[cut + 1 :] for cut in range(len(word)))


def _distance(one: str, other: str, limit: int) -> int:
    """Damerau's distance (adjacent letters exchanged count once), or more than `limit`."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]
