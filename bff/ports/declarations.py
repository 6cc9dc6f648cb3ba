"""How an operation of a port is declared: once, on the protocol's method.

Everything that needs to know whether a call may be cached, retried or shown in a report reads the declaration
(`operations(port)`); nothing is written down a second time elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

_F = TypeVar("_F", bound=Callable[..., object])

Kind = Literal["public_read", "visitor_read", "write"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What may be done with a call.

    `fresh` and `stale` are seconds: how long an answer is current, and for how long after that it may still be shown
    while a new one is fetched or cannot be had. `tags` are templates over the arguments (`"product:{slug}"`); the ids
    in an answer are added to them. `idempotent` says that sending the same write twice has the effect of sending it once.
    """

    kind: Kind
    fresh: float = 0.0
    stale: float = 0.0
    tags: tuple[str, ...] = ()
    idempotent: bool = False


def _declare(declaration: Declaration) -> Callable[[_F], _F]:
    def mark(method: _F) -> _F:
        method.__declaration__ = declaration  # type: ignore[attr-defined]
        return method

    return mark


def public_read(*, fresh: float, stale: float = 86_400.0, tags: tuple[str, ...] = ()) -> Callable[[_F], _F]:
    """An answer that is the same for every shopper of a `PublicContext`; it may be cached and shared."""
    return _declare(Declaration("public_read", fresh=fresh, stale=stale, tags=tags))


def visitor_read() -> Callable[[_F], _F]:
    """An answer that belongs to one shopper; never cached, never shared."""
    return _declare(Declaration("visitor_read"))


def write(*, idempotent: bool = False) -> Callable[[_F], _F]:
    """A call that changes something; never repeated by the head unless `idempotent`."""
    return _declare(Declaration("write", idempotent=idempotent))


def operations(port: type) -> Iterator[tuple[str, Declaration]]:
    """The declared operations of a port's protocol, in the order they stand there."""
    for name, member in vars(port).items():
        declaration = getattr(member, "__declaration__", None)
        if isinstance(declaration, Declaration):
            yield name, declaration
