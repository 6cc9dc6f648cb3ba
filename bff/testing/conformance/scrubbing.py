"""What a cassette must not hold: tokens, keys, passwords, mail and postal addresses, the backend's own address.

Values of settings become `{name}` and are put back when the cassette is played, so it can be played with any settings. What
a backend makes up (tokens, strangers' addresses) becomes a stand-in, the same for the same value, which cannot be undone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

PLAYED = "played"
"""The run's own mark in invented names, when a cassette is played."""
_SECRET = re.compile(r"(^|_)(token|secret|password|jwt|nonce|authorization|api_key|key|session|cookie|auth)s?(_|$)")
_PERSONAL = re.compile(
    r"^(first_name|last_name|full_name|phone|phone_number|telephone|company|company_name|street\w*|line_?[12]|address_?[12]|billing_phone)$"
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@(?!example\.(?:com|org|net)\b)[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_SHORTEST = 8
"""Shorter values are words, and replacing them would spoil others."""


def snake(name: str) -> str:
    """`vendureAuthToken`, `Cart-Token` and `cart_token` are one kind of name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def is_secret(name: str) -> bool:
    return bool(_SECRET.search(snake(name)))


def texts(value: Any, changed: Callable[[str], str]) -> Any:
    """A JSON value with each of its texts changed; never its serialised form, where escapes would be taken for letters."""
    if isinstance(value, str):
        return changed(value)
    if isinstance(value, Mapping):
        return {name: texts(inner, changed) for name, inner in value.items()}
    return [texts(inner, changed) for inner in value] if isinstance(value, list) else value


class Scrubber:
    """Knows the settings' values, learns others from what passes, and takes them all out of a text at once."""

    def __init__(self, settings: Mapping[str, str], own: Iterable[str], mark: str) -> None:
        self._salt = secrets.token_bytes(16)
        self._own = {value for value in own if value}
        self._mark = mark
        self._places: dict[str, str] = {}
        for name, value in settings.items():
            if value.startswith(("http://", "https://")):
                parts = urlsplit(value)
                self._places[f"{parts.scheme}://{parts.netloc}"] = f"{{{name}.origin}}"
                self._places[parts.netloc] = f"{{{name}.host}}"
            elif is_secret(name) and len(value) >= 4:
                self._places[value] = f"{{{name}}}"
        self._learned: dict[str, str] = {}

    def learn(self, name: str, value: Any) -> None:
        """Remember what must not be written, by the names it stands under. In a pair of `key` and `value` the key is the
        name."""
        if isinstance(value, Mapping):
            pair = isinstance(value.get("key"), str) and "value" in value
            for key, inner in value.items():
                if pair and key in ("key", "value"):
                    continue
                self.learn(str(key), inner)
            if pair:
                self.learn(str(value["key"]), value["value"])
        elif isinstance(value, list | tuple):
            for inner in value:
                self.learn(name, inner)
        elif isinstance(value, str):
            self._learn_text(snake(name), value)

    def _learn_text(self, name: str, value: str) -> None:
        value = value.removeprefix("Bearer ")
        if value in self._own or value in self._places or value.startswith("{"):
            return
        if _SECRET.search(name) and len(value) >= _SHORTEST and " " not in value:
            self._learned[value] = f"scrubbed-{self._stand_in(value)}"
        for address in _MAIL.findall(value):
            self._learned[address] = f"scrubbed-{self._stand_in(address)}@example.com"

    def _stand_in(self, value: str) -> str:
        return hmac.new(self._salt, value.encode(), hashlib.sha256).hexdigest()[:16]

    def fields(self, name: str, value: Any) -> Any:
        """A JSON value without strangers' names, streets and telephone numbers."""
        if isinstance(value, Mapping):
            return {key: self.fields(str(key), inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fields(name, inner) for inner in value]
        if isinstance(value, str) and value and value not in self._own and _PERSONAL.match(snake(name)):
            return "scrubbed"
        return value

    def known(self, value: Any) -> Any:
        """A JSON value without the settings' values and the run's mark: how requests are compared."""
        return texts(value, self._known)

    def scrub(self, value: Any) -> Any:
        """A JSON value as it may be written."""
        return texts(value, self._scrub)

    def restore(self, value: Any) -> Any:
        """A cassette's value with the present settings' values in their places."""
        return texts(value, self._restore)

    def _known(self, text: str) -> str:
        for value in sorted(self._places, key=len, reverse=True):
            text = text.replace(value, self._places[value])
        return text.replace(self._mark, "{run}") if self._mark else text

    def _scrub(self, text: str) -> str:
        text = self._known(text)
        for value in sorted(self._learned, key=len, reverse=True):
            text = text.replace(value, self._learned[value])
        return _MAIL.sub(lambda found: f"scrubbed-{self._stand_in(found.group())}@example.com", text)

    def _restore(self, text: str) -> str:
        for value, place in self._places.items():
            text = text.replace(place, value)
        return text.replace("{run}", self._mark)
