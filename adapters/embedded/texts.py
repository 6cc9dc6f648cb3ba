"""Words in the languages a catalogue has: which to take, and how slugs are made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

# The few words this adapter says itself; everything else is the catalogue's.
WORDS: dict[str, dict[str, str]] = {
    "plate": {"en": "front view", "de": "Ansicht", "ar": "منظر أمامي"},
    "detail": {"en": "detail", "de": "Detail", "ar": "تفصيل"},
    "use": {"en": "in use", "de": "im Gebrauch", "ar": "أثناء الاستعمال"},
    "digital": {"en": "By email", "de": "Per E-Mail", "ar": "بالبريد الإلكتروني"},
}
_ARABIC_UNITS = {"mm": "مم", "cm": "سم", "m": "م", "g": "غ", "kg": "كغ", "ml": "مل", "l": "ل", "W": "واط", "x": "×"}
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_NUMBER_UNIT = re.compile(r"^[\d.,×x\s–-]+(?:\s*(?:mm|cm|m|g|kg|ml|l|W))?$")


def chain(locale: str, default: str) -> tuple[str, ...]:
    """The languages to try for a locale, best first: `en-US`, `en`, then the catalogue's default."""
    language = locale.partition("-")[0]
    return tuple(dict.fromkeys((locale, language, default)))


def pick(text: Mapping[str, str], languages: Sequence[str]) -> str:
    """The words in the first of `languages` there is; else under "" (all languages); else any; else ""."""
    for language in languages:
        found = text.get(language)
        if found is not None:
            return found
    if not text:
        return ""
    return text.get("") or next(iter(text.values()))


def maybe(text: Mapping[str, str], languages: Sequence[str]) -> str | None:
    return pick(text, languages) or None


def word(name: str, languages: Sequence[str]) -> str:
    return pick(WORDS[name], (*languages, "en"))


def comma(languages: Sequence[str]) -> str:
    return "، " if languages[0].startswith("ar") else ", "


def figure(text: str, languages: Sequence[str]) -> str:
    """A measured figure ("95 mm", "2.5 kg") in the language's units and decimal mark; other words stay as they are."""
    if not _NUMBER_UNIT.match(text):
        return text
    if languages[0].startswith("de"):
        return re.sub(r"(?<=\d)\.(?=\d)", ",", text)
    if languages[0].startswith("ar"):
        return re.sub(r"[A-Za-z]+", lambda m: _ARABIC_UNITS.get(m[0], m[0]), text)
    return text


def _unaccented(character: str) -> str:
    """Latin letters without their accents; other scripts lose only the signs that stand above and below letters."""
    if unicodedata.combining(character) or character == "ـ":
        return ""
    return unicodedata.normalize("NFKD", character)[0] if "LATIN" in unicodedata.name(character, "") else character


def slugify(title: str, language: str) -> str:
    """A URL-safe handle: German umlauts spelt out, Latin accents dropped, letters of other scripts kept."""
    words = title.translate(_GERMAN) if language.startswith("de") else title
    plain = (
        "".join(_unaccented(c) for c in unicodedata.normalize("NFC", words)).replace("'", "").replace("’", "").lower()
    )
    return re.sub(r"[\W_]+", "-", plain).strip("-")
