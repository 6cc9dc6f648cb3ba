"""The adapter's own words (`wording/*.toml`): what a form is told, and the texts of its mail."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from bff.ports import InvalidInput, VisitorContext

_FOLDER = files(__package__).joinpath("wording")
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def wording(language: str) -> dict[str, Any]:
    """Everything said in a language; English where there is no such file."""
    file = _FOLDER.joinpath(f"{language}.toml") if language.isalpha() else _FOLDER
    if not file.is_file():
        return wording("en")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def say(locale: str, key: str, **values: object) -> str:
    """Words by key (`errors.email`), the values put in once: what they hold is not read again."""
    found: Any = wording(locale.partition("-")[0].lower())
    for part in key.split("."):
        found = found[part]
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), str(found))


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(_FOLDER.joinpath("common_passwords.txt").read_text(encoding="utf-8").split())


class Refusals:
    """What is wrong with a form's fields, in the shopper's language."""

    def __init__(self, ctx: VisitorContext) -> None:
        self._locale = ctx.public.locale
        self.fields: dict[str, str] = {}

    def add(self, field: str, error: str, **values: object) -> None:
        """The first mistake of a field counts."""
        self.fields.setdefault(field, say(self._locale, f"errors.{error}", **values))

    def line(self, field: str, value: str | None, limit: int, *, required: bool = False) -> str | None:
        """A text on one line, trimmed; None where there is none."""
        return self._text(field, value, limit, required, "")

    def text(self, field: str, value: str | None, limit: int, *, required: bool = False) -> str | None:
        """A text on several lines, trimmed."""
        return self._text(field, (value or "").replace("\r\n", "\n").replace("\r", "\n"), limit, required, "\n\t")

    def _text(self, field: str, value: str | None, limit: int, required: bool, allowed: str) -> str | None:
        text = (value or "").strip()
        if len(text) > limit:
            self.add(field, "too_long", limit=limit)
        elif not legible(text, allowed):
            self.add(field, "characters")
        elif not text and required:
            self.add(field, "required")
        return text or None

    def check(self) -> None:
        """Raises `InvalidInput` where anything was wrong."""
        if self.fields:
            raise InvalidInput(self.fields)


def legible(text: str, allowed: str = "") -> bool:
    """Whether a text has no control characters, no half of a character and no line separators."""
    return not any(
        (ord(c) < 32 and c not in allowed)
        or 0x7F <= ord(c) <= 0x9F
        or 0xD800 <= ord(c) <= 0xDFFF
        or c in "\u2028\u2029"
        for c in text
    )
