"""A link that gives backends' raw pictures addresses of the store's. It stands last, so what is kept has them."""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol, get_args, get_origin, get_type_hints

import msgspec

from bff.ports import Image, Seo

from .calls import Call, Handler, Operation


class Addressed(Protocol):
    """Gives pictures other addresses."""

    def image(self, image: Image, /) -> Image: ...

    def address(self, url: str, /) -> str | None: ...


class Pictured:
    """Every `Image` in an answer, however deep, is what `addresses` makes of it; `Seo.image` too."""

    def __init__(self, addresses: Addressed) -> None:
        self._addresses = addresses

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        async def pictured(call: Call) -> Any:
            return self.pictured(await inner(call))

        return pictured

    def pictured(self, value: Any) -> Any:
        """The value itself where nothing in it changes."""
        if isinstance(value, tuple | list):
            found = [self.pictured(one) for one in value]
            return type(value)(found) if any(a is not b for a, b in zip(found, value, strict=True)) else value
        if isinstance(value, dict):
            return {key: self.pictured(one) for key, one in value.items()}
        if isinstance(value, Image):
            return self._addresses.image(value)
        if isinstance(value, Seo):
            address = self._addresses.address(value.image) if value.image else None
            return msgspec.structs.replace(value, image=address) if address else value
        if not isinstance(value, msgspec.Struct):
            return value
        changed = {}
        for name in _fields(type(value)):
            own = getattr(value, name)
            made = self.pictured(own)
            if made is not own:
                changed[name] = made
        return msgspec.structs.replace(value, **changed) if changed else value


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a model that a picture may be in."""
    return tuple(name for name, hint in get_type_hints(kind).items() if _reaches(hint, frozenset()))


def _reaches(hint: Any, seen: frozenset[Any]) -> bool:
    if hint in (Image, Seo):
        return True
    if get_origin(hint) is None and isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint not in seen and any(_reaches(one, seen | {hint}) for one in get_type_hints(hint).values())
    return any(_reaches(one, seen) for one in get_args(hint))
