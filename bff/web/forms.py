"""Forms as pages declare them: fields with their rules, read from a post into values and messages, shown again."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal

import msgspec

Kind = Literal[
    "text", "email", "tel", "password", "number", "date", "textarea", "select", "radio", "checkbox", "hidden"
]

EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".]{2,63}")
PHONE = re.compile(r"\+?[\d\s().\-/]{5,30}")
SECRET = frozenset({"password"})
KEPT = "\n\u200c\u200d"
"""Control and formatting characters that stay: line ends, and those that join letters."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of a field's values, with its words."""

    value: str
    label: str
    detail: str | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field's rule. `label` and `hint` are message keys (`field.<name>` where `label` is None); `limit` and `minimum`
    count characters. `autocomplete` is the HTML autofill token; `words` a label in the backend's own words. Unknown choices
    are refused. `id`: what the element is called where two forms of a page have a field of this name."""

    name: str
    id: str | None = None
    kind: Kind = "text"
    required: bool = False
    limit: int = 200
    minimum: int = 0
    label: str | None = None
    hint: str | None = None
    autocomplete: str | None = None
    inputmode: str | None = None
    words: str | None = None
    choices: tuple[Choice, ...] = ()


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a field: a message key with what it speaks of, or the backend's own words."""

    key: str | None = None
    n: int | None = None
    text: str | None = None


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """A field as a template shows it: `value` is what the shopper typed (never a password)."""

    field: Field
    value: str = ""
    checked: bool = False
    wrong: Wrong | None = None

    @property
    def id(self) -> str:
        return f"f-{(self.field.id or self.field.name).replace('.', '-')}"

    @property
    def label(self) -> str:
        return self.field.label or f"field.{self.field.name.rpartition('.')[2]}"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form before or after it was sent. `values` hold what is right, by field name, trimmed; absent: nothing given."""

    views: tuple[FieldView, ...]
    values: Mapping[str, str] = {}

    @property
    def fields(self) -> Mapping[str, FieldView]:
        return {view.field.name: view for view in self.views}

    @property
    def wrong(self) -> tuple[FieldView, ...]:
        """The fields with a message, in the form's order."""
        return tuple(view for view in self.views if view.wrong)

    def refused(self, reasons: Mapping[str, Wrong]) -> Form:
        """The form with messages found later (a backend's). What no field is called by stands at the first field."""
        known = {view.field.name for view in self.views}
        views = [
            msgspec.structs.replace(view, wrong=reasons[view.field.name]) if view.field.name in reasons else view
            for view in self.views
        ]
        other = next((wrong for name, wrong in reasons.items() if name not in known), None)
        if other and views and not any(view.wrong for view in views):
            views[0] = msgspec.structs.replace(views[0], wrong=other)
        return msgspec.structs.replace(self, views=tuple(views))


def blank(fields: Iterable[Field], values: Mapping[str, str] | None = None) -> Form:
    """A form nobody has sent yet, filled with what is known."""
    given = values or {}
    views = (
        FieldView(field=field, value=given.get(field.name, ""), checked=given.get(field.name) == "1")
        for field in fields
    )
    return Form(views=tuple(views), values=dict(given))


def read(fields: Iterable[Field], posted: Mapping[str, str]) -> Form:
    """A posted form. Fields that were not declared are left out."""
    views: list[FieldView] = []
    values: dict[str, str] = {}
    for field in fields:
        raw = posted.get(field.name, "")
        text = raw if field.kind in SECRET else tidy(raw, lines=field.kind == "textarea")
        wrong = _wrong(field, text)
        if wrong is None and text:
            values[field.name] = text
        shown = "" if field.kind in SECRET else text[: field.limit * 2]
        views.append(FieldView(field=field, value=shown, checked=bool(text), wrong=wrong))
    return Form(views=tuple(views), values=values)


def tidy(text: str, *, lines: bool = False) -> str:
    """Composed characters (NFC), no control or formatting ones (but those that join letters), spaces folded; `lines`
    keeps line ends."""
    composed = unicodedata.normalize("NFC", text)
    composed = composed.replace("\r\n", "\n")
    kept = "".join(c if c in KEPT or unicodedata.category(c)[0] != "C" else " " for c in composed)
    if lines:
        return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()
    return " ".join(kept.split())


def _wrong(field: Field, text: str) -> Wrong | None:
    if not text:
        return Wrong(key="error.required") if field.required else None
    if len(text) > field.limit:
        return Wrong(key="error.long", n=field.limit)
    if len(text) < field.minimum:
        return Wrong(key="error.short", n=field.minimum)
    if field.choices and not any(choice.value == text for choice in field.choices):
        return Wrong(key="error.choice")
    check = CHECKS.get(field.kind)
    return None if check is None or check(text) else Wrong(key=f"error.{field.kind}")


def _number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _date(text: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: EMAIL.fullmatch(text) is not None and len(text) <= 254,
    "tel": lambda text: PHONE.fullmatch(text) is not None,
    "number": _number,
    "date": _date,
}
