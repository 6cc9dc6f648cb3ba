"""The store's words, by key, as its pages show them in one locale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bff.rendering.messages import PLACEHOLDER, load


class Words:
    """Looks up what a page says. A placeholder matches anything."""

    def __init__(self, folders: Sequence[Path], locale: str) -> None:
        self._folders = folders
        self._messages = load([folder / "messages" for folder in folders], locale)

    def of(self, locale: str) -> Words:
        """The same store's words in another locale."""
        return Words(self._folders, locale)

    def pattern(self, key: str) -> re.Pattern[str]:
        """An expression that a text made from the message matches somewhere in it, whatever its case or spacing. Of a
        plural, any form will do. Raises `KeyError` for a message nobody has."""
        texts = [self._messages.text(key)] if self._messages.has(key) else []
        if not texts and self._messages.has_plural(key):
            texts = list({str(self._messages.plural(key, n, n="{n}")) for n in (0, 1, 2, 3, 11, 100)})
        if not texts:
            raise KeyError(key)
        return re.compile("|".join(_expression(text) for text in texts), re.IGNORECASE)

    def taken(self, key: str, text: str) -> str | None:
        """What stands in place of a message's first placeholder in a text made from it; None for another text."""
        message = self._messages.text(key)
        found = re.fullmatch(_expression(message).replace(".*", "(.*)"), text.strip(), re.IGNORECASE | re.DOTALL)
        return found[1].strip() if found else None

    def begins(self, key: str) -> re.Pattern[str]:
        """As `pattern`, at the text's beginning."""
        return re.compile(rf"^\s*(?:{self.pattern(key).pattern})", re.IGNORECASE)

    def exact(self, key: str) -> re.Pattern[str]:
        """As `pattern`, and nothing besides."""
        return re.compile(rf"^\s*(?:{self.pattern(key).pattern})\s*$", re.IGNORECASE)


def _expression(text: str) -> str:
    parts = PLACEHOLDER.split(text)
    return ".*".join(r"\s+".join(re.escape(word) for word in part.split(" ")) for part in parts[::2])
