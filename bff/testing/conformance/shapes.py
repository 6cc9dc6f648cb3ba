"""Whether an answer is of the type its operation declares, all the way down; and what is in it instead."""

from __future__ import annotations

import datetime
import functools
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

EMPTY_ALLOWED = {("Image", "alt")}
"""Texts whose emptiness says something; everywhere else what is not known is None."""


@functools.cache
def returned(protocol: type, operation: str) -> Any:
    """The declared type of an operation's answer."""
    return get_type_hints(getattr(protocol, operation))["return"]


@functools.cache
def _fields(struct: type) -> Mapping[str, Any]:
    return get_type_hints(struct)


def faults(value: object, wanted: Any, where: str = "answer") -> Iterator[str]:
    """What is wrong, by its place: `answer.lines[0].title: wants str, came None`."""
    origin = get_origin(wanted)
    if wanted is Any or wanted is object:
        return
    if wanted is None or wanted is type(None):
        if value is not None:
            yield f"{where}: wants None, came {type(value).__name__}"
    elif origin in (Union, types.UnionType):
        yield from _union(value, get_args(wanted), where)
    elif origin is Literal:
        if value not in get_args(wanted):
            yield f"{where}: wants one of {', '.join(map(repr, get_args(wanted)))}, came {value!r}"
    elif origin is tuple:
        yield from _tuple(value, get_args(wanted), where)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _mapping(value, get_args(wanted), where)
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield f"{where}: wants a sequence, came {type(value).__name__}"
        else:
            yield from _items(value, get_args(wanted)[0], where)
    elif isinstance(wanted, type):
        yield from _plain(value, wanted, where)


def _union(value: object, parts: tuple[Any, ...], where: str) -> Iterator[str]:
    if value is None and type(None) in parts:
        return
    found = [list(faults(value, part, where)) for part in parts if part is not type(None)]
    if not found or any(not each for each in found):
        return
    same = [
        each
        for part, each in zip([p for p in parts if p is not type(None)], found, strict=True)
        if isinstance(part, type) and isinstance(value, part)
    ]
    yield from (same or found)[0]


def _tuple(value: object, parts: tuple[Any, ...], where: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{where}: wants a tuple, came {type(value).__name__}"
    elif len(parts) == 2 and parts[1] is Ellipsis:
        yield from _items(value, parts[0], where)
    elif len(value) != len(parts):
        yield f"{where}: wants {len(parts)} parts, came {len(value)}"
    else:
        for number, (item, part) in enumerate(zip(value, parts, strict=True)):
            yield from faults(item, part, f"{where}[{number}]")


def _items(value: Sequence[object], part: Any, where: str) -> Iterator[str]:
    for number, item in enumerate(value):
        yield from faults(item, part, f"{where}[{number}]")


def _mapping(value: object, parts: tuple[Any, ...], where: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where}: wants a mapping, came {type(value).__name__}"
        return
    for name, item in value.items():
        yield from faults(name, parts[0], f"{where} key")
        yield from faults(item, parts[1], f"{where}[{name!r}]")


def _plain(value: object, wanted: type, where: str) -> Iterator[str]:
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        yield f"{where}: wants {wanted.__name__}, came {type(value).__name__} {value!r:.60}"
    elif isinstance(value, datetime.datetime) and value.tzinfo is None:
        yield f"{where}: a moment needs a time zone, came {value}"
    elif isinstance(value, msgspec.Struct):
        for name, part in _fields(type(value)).items():
            item = getattr(value, name)
            if item == "" and type(None) in get_args(part) and (type(value).__name__, name) not in EMPTY_ALLOWED:
                yield f"{where}.{name}: what is not known is None, came ''"
            yield from faults(item, part, f"{where}.{name}")
