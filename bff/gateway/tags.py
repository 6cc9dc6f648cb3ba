"""What an answer is about, so that it can be let go of when that changes: the ids, SKUs and slugs in it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec

from bff.ports import (
    Article,
    Card,
    Category,
    Change,
    ContentPage,
    Link,
    Listing,
    Product,
    ProductKey,
    Ref,
    Scope,
    Variant,
    VariantKey,
)

from .tracing import declared_tags

if TYPE_CHECKING:
    from .calls import Operation

MOST = 512
"""Tags of one answer; one with more is about `MANY`."""
MANY = "many"
"""The tag of answers about so much that any change may concern them: every purge reaches them."""
EVERYTHING = "everything"
"""Purged, not carried: whatever any backend has answered. Told where it is not known what changed."""
NAMED: Mapping[type, tuple[str | None, tuple[str, ...]]] = {
    Product: ("product", ("id", "slug")),
    Card: ("product", ("id", "slug")),
    ProductKey: ("product", ("id", "slug")),
    VariantKey: ("product", ("product_id",)),
    Variant: ("product", ("product_id",)),
    Link: (None, ("id", "slug")),
    Category: (None, ("id", "slug")),
    Scope: (None, ("id", "slug")),
    Ref: (None, ("id",)),
    ContentPage: ("page", ("id", "slug")),
    Article: ("article", ("id", "slug")),
}
"""What is named in an answer: its kind (None: it says so itself), and the fields it is known by."""


def of_backend(name: str) -> str:
    """The tag of everything a backend has answered."""
    return f"backend:{name}"


def tags_of(operation: Operation, arguments: Mapping[str, Any], answer: Any) -> frozenset[str]:
    """An answer's tags: its backend's, those declared, and the things in it (`product:ID`, `product:SLUG`, `sku:SKU`,
    `category:ID`, …), the category of a listing included."""
    own = {of_backend(operation.backend), *declared_tags(operation.declaration.tags, arguments)}
    for found in (_things(arguments.values()), _things((answer,))):
        for tag in found:
            own.add(tag)
            if len(own) > MOST:
                return frozenset((of_backend(operation.backend), MANY))
    return frozenset(own)


def tags_of_change(change: Change, backend: str) -> tuple[str, ...]:
    """What to purge when a backend says that something changed. A product may be new, and stand in any listing; a price or a
    stock is of a product or of a variant, as the backend has it; another price may mean another place in a listing. Without
    an id, everything the backend has answered may be concerned."""
    id = change.id
    if id is None and change.kind not in ("navigation", "order"):
        return (of_backend(backend),)
    match change.kind:
        case "all":
            return (of_backend(backend),)
        case "product":
            return ("listing", f"product:{id}")
        case "price":
            return ("listing", f"variant:{id}", f"product:{id}")
        case "variant" | "stock":
            return (f"variant:{id}", f"product:{id}")
        case "category":
            return ("navigation", *(f"{kind}:{id}" for kind in ("category", "collection", "brand")))
        case "navigation":
            return ("navigation",)
        case "content":
            return ("slots", "journal", *(f"{kind}:{id}" for kind in ("page", "article", "menu")))
        case "order":
            return ()


def _things(values: Iterable[Any]) -> Iterator[str]:
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, (tuple, list)):
            waiting += value
        elif isinstance(value, msgspec.Struct):
            own = type(value)
            if own in NAMED:
                yield from _names(value, *NAMED[own])
            elif own is Listing:
                yield "listing"
            waiting += [found for name in _leading(own) if (found := getattr(value, name))]


def _names(value: Any, kind: str | None, fields: tuple[str, ...]) -> Iterator[str]:
    kind = kind or value.kind
    if isinstance(value, (Variant, VariantKey)) and value.id:
        yield f"variant:{value.id}"
    for field in fields:
        if name := getattr(value, field):
            yield f"{kind}:{name}"
    if kind == "product" and (sku := getattr(value, "sku", None)):
        yield f"sku:{sku}"


@functools.cache
def _leading(kind: type) -> tuple[str, ...]:
    """The fields of a struct in which something named may be; all others are not looked through."""
    return tuple(name for name, hint in get_type_hints(kind).items() if _leads(hint, frozenset()))


def _leads(hint: Any, seen: frozenset[Any]) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        if hint in NAMED:
            return True
        return hint not in seen and any(_leads(own, seen | {hint}) for own in get_type_hints(hint).values())
    return any(_leads(own, seen) for own in get_args(hint))
