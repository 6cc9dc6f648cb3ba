"""The store's own words: `messages/<locale>.po`, keys instead of sentences, read by Babel.

A locale's file lies over its language's (`en_US.po` over `en.po`), a shop's folder over Portico's. A key nobody has is
shown as itself in development and logged, never an error for a shopper.
"""

from __future__ import annotations

import gettext
import io
import logging
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from .formats import sane
from .overlays import SHOWN, WORD, Layer

log = logging.getLogger("portico.messages")
FRACTION = 100
"""A number whose form is `other` in every language, which is what fractions take (CLDR)."""


PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Messages:
    """The words of one locale. Messages are split at their placeholders once: filling them in is a join."""

    def __init__(
        self,
        locale: str,
        translations: gettext.GNUTranslations,
        number: Callable[[int | Decimal], str] = str,
        folders: Sequence[Path] = (),
    ) -> None:
        self.locale = locale
        self._number = number
        self._folders = folders
        self._translations = translations
        self._split: dict[str, list[str]] = {}
        self._laid: dict[str, list[tuple[str, dict[str, Messages]]]] = {}

    @property
    def keys(self) -> frozenset[str]:
        """The keys there are."""
        catalog: dict[str | tuple[str, int], str] = getattr(self._translations, "_catalog", {})
        return frozenset(key if isinstance(key, str) else key[0] for key in catalog) - {""}

    def fresh(self) -> Messages:
        """What the files say now. It may be asked for in another thread; `take` has it said."""
        return load(self._folders, self.locale, self._number)

    def take(self, fresh: Messages) -> None:
        """Say what `fresh` says, from now on."""
        self._translations, self._split = fresh._translations, {}

    def put(self, layers: Sequence[Layer]) -> None:
        """Lay variations' words over these, from now on."""
        laid: dict[str, list[tuple[str, dict[str, Messages]]]] = {}
        for layer in layers:
            if not layer.messages:
                continue
            own = load([layer.folder / "messages"], self.locale, self._number)
            for key in own.keys:
                entries = laid.setdefault(key, [])
                words = next((words for experiment, words in entries if experiment == layer.experiment), None)
                if words is None:
                    entries.append((layer.experiment, words := {}))
                words[layer.variation] = own
        self._laid = laid

    def _own(self, key: str) -> Messages | None:
        """The words of the variation shown that say this otherwise. Asking is seeing: the control's words too."""
        shown, found = SHOWN.get(), None
        for experiment, words in self._laid[key]:
            shown.touched.add(f"{WORD}{experiment}:{key}")
            found = words.get(shown.variations.get(experiment, "")) or found
        return found

    def text(self, key: str) -> str:
        """The message as plain text."""
        if key in self._laid and (own := self._own(key)) is not None:
            return own.text(key)
        found = self._translations.gettext(key)
        if found == key:
            log.warning("no message %r for %s", key, self.locale)
        return found

    def has(self, key: str) -> bool:
        return self._translations.gettext(key) != key or key in self._laid

    def has_plural(self, key: str) -> bool:
        return self._translations.ngettext(key, key + "\0", 1) not in (key, key + "\0")

    def __call__(self, key: str, /, **params: Any) -> Markup:
        """The message for a template; parameters are escaped unless they are markup already. Raises `KeyError` for a
        placeholder that is given nothing."""
        if key in self._laid and (own := self._own(key)) is not None:
            return own(key, **params)
        parts = self._split.get(key)
        if parts is None:
            text = self._translations.gettext(key)
            if text == key:
                log.warning("no message %r for %s", key, self.locale)
            parts = self._split[key] = _parts(text) if text != key else [str(escape(key))]
        return _filled(parts, params)

    def plural(self, key: str, n: int | Decimal, /, **params: Any) -> Markup:
        """The form for `n` things, which the message may show as `{n}`."""
        if key in self._laid and (own := self._own(key)) is not None:
            return own.plural(key, n, **params)
        whole = int(n) if sane(n) else FRACTION
        message = self._translations.ngettext(key, key, whole if whole == n else FRACTION)
        parts = self._split.get(message)
        if parts is None:
            parts = self._split[message] = _parts(message) if message != key else [str(escape(key))]
        return _filled(parts, {"n": self._number(n), **params})


def _parts(message: str) -> list[str]:
    """Text and names of placeholders in turn, text first and last."""
    parts = PLACEHOLDER.split(message)
    return [str(escape(part)) if index % 2 == 0 else part for index, part in enumerate(parts)]


def _filled(parts: list[str], params: dict[str, Any]) -> Markup:
    if len(parts) == 1:
        return Markup(parts[0])  # noqa: S704 - escaped in `_parts`
    filled = [str(escape(params[part])) if index % 2 else part for index, part in enumerate(parts)]
    return Markup("".join(filled))  # noqa: S704 - both kinds are escaped


def load(folders: Sequence[Path], locale: str, number: Callable[[int | Decimal], str] = str) -> Messages:
    """Read a locale's catalogues from `messages` folders, the most important first. `number` writes counts."""
    parsed = Locale.parse(locale, sep="-")
    merged = Catalog(locale=Locale(parsed.language))
    names = (parsed.language, f"{parsed.language}_{parsed.territory}")
    for folder in reversed(folders):
        for name in names:
            file = folder / f"{name}.po"
            if file.exists():
                with file.open("rb") as source:
                    read = read_po(source, locale=parsed.language)
                    merged.mime_headers = read.mime_headers  # the file's own plural rule, not CLDR's numbering of it
                    for message in read:
                        if message.id and message.string:
                            merged.delete(message.id if isinstance(message.id, str) else message.id[0])
                            merged.add(message.id, message.string)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return Messages(locale, gettext.GNUTranslations(compiled), number, folders)
