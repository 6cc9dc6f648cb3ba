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
    while a new one is fetched or cannot be had; `fresh` 0: never kept. `volatile`: it holds prices or stock, so an old one
    is shown for a shorter while. `tags` are templates over the arguments (`"product:{slug}"`); the ids
    in an answer are added to them. `each` names the argument that is a list which the answer follows element by element, so
    that each element is kept by itself. `typed` names what shoppers type (`"query.text"`), `personal` what tells of one of
    them: the answer to a call that gives it is never kept.

    `idempotent` says that sending the same write twice has the effect of sending it once; `key` names the argument that
    lets the backend see that: the head may then send the write again by itself.
    """

    kind: Kind
    fresh: float = 0.0
    stale: float = 0.0
    tags: tuple[str, ...] = ()
    volatile: bool = False
    each: str | None = None
    typed: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    idempotent: bool = False
    key: str | None = None


def _declare(declaration: Declaration) -> Callable[[_F], _F]:
    def mark(method: _F) -> _F:
        method.__declaration__ = declaration  # type: ignore[attr-defined]
        return method

    return mark


def public_read(
    *,
    fresh: float,
    stale: float = 86_400.0,
    tags: tuple[str, ...] = (),
    volatile: bool = False,
    each: str | None = None,
    typed: tuple[str, ...] = (),
    personal: tuple[str, ...] = (),
) -> Callable[[_F], _F]:
    """An answer that is the same for every shopper of a `PublicContext`; it may be cached and shared."""
    return _declare(Declaration("public_read", fresh, stale, tags, volatile, each, typed, personal))


def visitor_read() -> Callable[[_F], _F]:
    """An answer that belongs to one shopper; never cached, never shared."""
    return _declare(Declaration("visitor_read"))


def write(*, idempotent: bool = False, key: str | None = None) -> Callable[[_F], _F]:
    """A call that changes something; never repeated by the head, except with an idempotency key (`key`)."""
    return _declare(Declaration("write", idempotent=idempotent, key=key))


def operations(port: type) -> Iterator[tuple[str, Declaration]]:
    """The declared operations of a port's protocol, in the order they stand there."""
    for name, member in vars(port).items():
        declaration = getattr(member, "__declaration__", None)
        if isinstance(declaration, Declaration):
            yield name, declaration
