"""Words as they are compared: folded, without inflection, compounds taken apart, each language in its own manner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache

MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
_SURFACE = re.compile(rf"[\w'’{MARKS}]+")
_LETTERS = re.compile(r"[^\W_]+")
_TAGS = re.compile(r"<[^>]*>")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": None, "ء": None}
)
_SHORTEST_PART = 4


def fold(text: str, language: str) -> str:
    """Without case and accents. German umlauts are spelt out (ä is ae), Arabic letters that are mistaken for each other
    are one."""
    text = text.casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).casefold()
    if language == "de":
        text = text.translate(_GERMAN)
    text = unicodedata.normalize("NFKD", text.translate(_ARABIC))
    return unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.combining(c)))


def sort_key(title: str, language: str) -> str:
    """What titles are put in order by: German umlauts stand with their vowels, Arabic hamzas with their letters."""
    return fold(title, "" if language == "de" else language)


def surfaces(text: str) -> list[str]:
    """The words of a text as they were written; markup is left out."""
    return _SURFACE.findall(_TAGS.sub(" ", text))


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """A folded word without its commonest inflections."""
    return _STEMMERS.get(language, str)(word)


def _english(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word.rstrip("e") if len(word) > 4 else word
    for ending, instead in (("ies", "y"), ("ves", "f"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    word = word[:-1] if word.endswith("s") else word
    # "knife" and "knives" meet without their last letter; so do "candle" and "candles".
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


_UMLAUT = re.compile(r"(?<![aeq])([aou])e")


def _german(word: str) -> str:
    word = _UMLAUT.sub(r"\1", word)
    for ending in ("ern", "en", "em", "er", "es", "e", "n", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _arabic(word: str) -> str:
    for prefix in ("وال", "بال", "كال", "فال", "لل", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    for suffix in ("ات", "ون", "ين", "يه", "ان", "ه"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


_STEMMERS: dict[str, Callable[[str], str]] = {"en": _english, "de": _german, "ar": _arabic}


class Analyser:
    """Turns texts of one language into tokens. `lexicon` are the shop's own words (folded): what German compounds are
    taken apart by. Remembers every word it has seen."""

    def __init__(self, language: str, lexicon: Collection[str] = ()) -> None:
        self.language = language
        self._lexicon = {word for word in lexicon if len(word) >= _SHORTEST_PART}
        self._stems = {stem(word, language) for word in self._lexicon} | self._lexicon
        self._folded: dict[str, str] = {}
        self._derived: dict[str, str] = {}

    def words(self, text: str) -> list[str]:
        """The text's folded words."""
        return self.folded(surfaces(text)).split()

    def folded(self, surface_words: Collection[str]) -> str:
        """The folded words, as one line."""
        known = self._folded
        made = []
        for surface in surface_words:
            word = known.get(surface)
            if word is None:
                plain = fold(surface, self.language).replace("’", "'").removesuffix("'s").replace("'", "")
                word = known[surface] = " ".join(_LETTERS.findall(plain))
            if word:
                made.append(word)
        return " ".join(made)

    def derived(self, folded_words: str) -> str:
        """What else the words can be found by: stems and the parts of compounds."""
        known = self._derived
        made = []
        for word in folded_words.split():
            more = known.get(word)
            if more is None:
                more = known[word] = " ".join(sorted(self._others(word) - {word}))
            if more:
                made.append(more)
        return " ".join(made)

    def stems(self, folded_words: str) -> str:
        """The stems that differ from their words."""
        return " ".join(s for word in folded_words.split() if (s := stem(word, self.language)) != word)

    def _others(self, word: str) -> set[str]:
        found = {stem(word, self.language)}
        for part in self.parts(word):
            found |= {part, *self._others(part)} if part != word else set()
        return found

    def parts(self, word: str) -> tuple[str, ...]:
        """A German compound's two parts, none where it is no compound of the shop's words. The last part must be known;
        that the first is known too decides between several ways."""
        if self.language != "de" or len(word) < 2 * _SHORTEST_PART:
            return ()
        half: tuple[str, ...] = ()
        for cut in range(_SHORTEST_PART - 1, len(word) - _SHORTEST_PART + 1):
            first, last = word[:cut], word[cut:]
            if last in self._lexicon or stem(last, "de") in self._stems:
                for link in ("", "s", "es", "n", "en", "er", "e"):
                    bare = first.removesuffix(link)
                    if len(bare) >= 3 and (
                        bare in self._lexicon or bare in self._stems or stem(bare, "de") in self._stems
                    ):
                        return bare, last
                if not half and len(first) >= _SHORTEST_PART and last in self._lexicon:
                    half = first, last
        return half
