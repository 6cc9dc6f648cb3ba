"""WordPress's texts: names hold HTML entities, slugs of other scripts stand percent-encoded."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote, unquote

from bff.ports import NotFound

_LETTERS = 200
_TYPED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "...", "×": "x"})
_TAGS = re.compile(r"<[^>]*>")


def plain(text: str) -> str:
    """A name as it is read: `&#8220;Fjord&#8221; &#038; sea` is “Fjord” & sea."""
    return html.unescape(text).strip()


def unmarked(text: str) -> str | None:
    """Markup as one line of text, None where nothing is left."""
    return " ".join(html.unescape(_TAGS.sub(" ", text)).split()) or None


def slug(text: str) -> str:
    """A slug as it stands in an address of ours."""
    return unquote(text)


def segment(text: str) -> str:
    """A slug as one part of a path. Raises `NotFound` for what leads elsewhere: a number is an id there, and dots and
    slashes are ways."""
    if not text or len(text) > _LETTERS or text.isdigit() or not re.fullmatch(r"[^\s/\\?#%\x00-\x20]+", text):
        raise NotFound("no slug of WordPress's")
    if not text.strip("."):
        raise NotFound("no slug of WordPress's")
    return quote(text, safe="")


def word(text: str) -> str:
    """A word for addresses out of a name; empty where nothing of it can stand there."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


def typed(text: str) -> str:
    """What was typed, without what cannot be printed."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_LETTERS]


def ascii_marks(text: str) -> str:
    """The marks that are typed, in place of those that WordPress sets when it shows a title."""
    return text.translate(_TYPED)
