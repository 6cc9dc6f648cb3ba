"""Whatever a backend may say within the contract's types, at its worst: every string is markup, script, bidi controls or
absurdly long, every number huge or negative, everything optional there or not. Made from the structs' own types, so that
a new field is attacked from its first day."""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from bff.ports import Money

T = TypeVar("T")

NASTY = (
    "",
    " ",
    "ok",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    " \tJaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x",
    'https://evil.example/"onload=alert(1)',
    "</title></head><body onload=alert(1)>",
    "<!--",
    "]]>",
    "{{ 7 * 7 }}{% raw %}",
    "{n} {title} {price} {0} %s %(x)s {",
    "\u202e\u2066bidi\u2069",
    "\u2028\u2029\x00\x08\x1b[31m",
    "\ud800",
    "\ue000hole:bag\ue001",
    "روزنامة ١٢٣",
    "😀" * 50,
    "w" * 3_000,
    "a b " * 500,
    "<b>" * 200,
    "../../etc/passwd",
    "..%2f%00?x#y",
    "f.colour=1&page=2",
    "{width}{width}",
    '#fff" onclick="alert(1)',
    "url(javascript:alert(1))",
)
MARKUP = (
    "<p onclick=alert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<img src=x onerror=alert(1)>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<div><p>unclosed <b>x",
    "</div></main></body>",
    "<form action=//evil.example><input name=q>",
    "<a href=//evil.example>x</a><a href='/products/ä b'>y</a>",
    "<base href=//evil.example>",
    "<h1>another</h1>",
    "x" * 250_000,
    "<p>" * 5_000,
)
texts = st.sampled_from(NASTY)
decimals = st.sampled_from(
    [Decimal(t) for t in ("0", "1", "-1", "0.001", "1E+3", "1E-20", "4.25", "99999999999999999999", "1E+40", "-1E+40")]
)
integers = st.sampled_from([0, 1, 2, 5, -1, 10**9, -(10**9), 10**30])
amounts = st.sampled_from([Decimal(t) for t in ("0", "0.00", "18.00", "-5.00", "999999999999999999", "0.0000001")])


def worst(kind: Any, depth: int = 4) -> st.SearchStrategy[Any]:
    """Values of a type, at their worst."""
    if kind is Money:
        return st.builds(Money, amounts, st.sampled_from(["GBP", "JPY", "AED", "XXX"]))
    origin, arguments = get_origin(kind), get_args(kind)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        int: integers,
        float: st.floats(allow_nan=False),
        bool: st.booleans(),
        Decimal: decimals,
        datetime.date: st.dates(),
        datetime.datetime: st.datetimes(),
        type(None): st.none(),
        Any: texts | st.none() | st.lists(texts, max_size=1),
    }
    if kind in plain:
        return plain[kind]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([worst(argument, depth) for argument in arguments if depth or argument is type(None)])
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return st.lists(worst(arguments[0], depth - 1), max_size=2 if depth > 0 else 0).map(tuple)
        return st.tuples(*(worst(argument, depth) for argument in arguments))
    if origin in (dict, Mapping) or origin is typing.get_origin(Mapping[str, str]):
        return st.dictionaries(texts, worst(arguments[1], depth - 1), max_size=1)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return struct(kind, depth)
    raise TypeError(f"no worst case for {kind}")


def struct(kind: type[T], depth: int = 4, /, **fixed: Any) -> st.SearchStrategy[T]:
    """A struct with every field at its worst but those that are `fixed` (values or strategies)."""
    if kind.__name__ == "Html":
        return st.builds(kind, st.sampled_from(MARKUP) | texts)
    hints = get_type_hints(kind)
    parts: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]
        if field.name in fixed:
            value = fixed[field.name]
            parts[field.name] = value if isinstance(value, st.SearchStrategy) else st.just(value)
        elif field.name == "extensions" or (depth <= 0 and not field.required):
            continue
        else:
            parts[field.name] = worst(hints[field.name], depth - 1)
    return st.fixed_dictionaries(parts).map(lambda values: kind(**values))
