"""A port with a chain of links in front of it. Links have one shape, and are bound once, when the backend is opened."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bff.ports import Declaration, PublicContext, VisitorContext, operations

from .deadline import Bounded
from .ledger import Verdict
from .policy import Policy, derived
from .sending import Sent, send
from .tracing import Traced

P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What links know of an operation when they are bound. `name` is the capability's and the method's
    (`catalog.product`), `defaults` what arguments left out mean, `configuration` a digest of the backend's settings."""

    backend: str
    name: str
    declaration: Declaration
    policy: Policy
    defaults: Mapping[str, Any] = field(default_factory=dict)
    configuration: bytes = b""


@dataclass(slots=True)
class Call:
    """One call on its way. `until`: when its answer is wanted, on the monotonic clock. `key` names its answer among all
    answers (b"": it has no name and is neither kept nor shared). Links write down what became of it. `refused`: nothing was
    sent, and trying again is no use."""

    operation: Operation
    ctx: PublicContext | VisitorContext
    arguments: Mapping[str, Any]
    until: float = float("inf")
    key: bytes = b""
    verdict: Verdict = "bypass"
    age: float = 0.0
    tags: frozenset[str] = frozenset()
    sent: Sent = field(default_factory=Sent)
    refused: bool = False

    @property
    def public(self) -> PublicContext:
        return self.ctx.public if isinstance(self.ctx, VisitorContext) else self.ctx


Handler = Callable[[Call], Awaitable[Any]]


class Link(Protocol):
    """A link of the chain. `bind` is called once for each operation with what comes after it, and answers with what comes
    in its place: `inner` itself where the link has no business with the operation."""

    def bind(self, operation: Operation, inner: Handler, /) -> Handler: ...


BARE: tuple[Link, ...] = (Traced(), Bounded())
"""What no call goes without."""


class Bound:
    """A port with the chain in front of its declared operations; all else is the port's own."""

    def __init__(self, port: object, methods: dict[str, Callable[..., Awaitable[Any]]]) -> None:
        self.__dict__.update(methods)
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def bind(
    protocol: type[P],
    port: P,
    *,
    backend: str,
    name: str,
    links: Sequence[Link] = BARE,
    policies: Mapping[str, Policy] | None = None,
    configuration: bytes = b"",
) -> P:
    """Put the chain in front of a port. `name` is the capability's (`catalog`); `links` stand from the page to the port."""
    methods: dict[str, Callable[..., Awaitable[Any]]] = {}
    for method, declaration in operations(protocol):
        full = f"{name}.{method}"
        operation = Operation(
            backend=backend,
            name=full,
            declaration=declaration,
            policy=(policies or {}).get(full) or derived(declaration),
            defaults=_defaults(getattr(protocol, method)),
            configuration=configuration,
        )
        target = getattr(port, method)
        handler = send(operation, target)
        for link in reversed(links):
            handler = link.bind(operation, handler)
        methods[method] = _method(operation, handler, target)
    return Bound(port, methods)  # type: ignore[return-value]


def _method(
    operation: Operation, handler: Handler, target: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(target)
    async def method(ctx: PublicContext | VisitorContext, /, **arguments: Any) -> Any:
        return await handler(Call(operation, ctx, arguments))

    return method


def _defaults(method: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(method).parameters.values()
    return {found.name: found.default for found in parameters if found.default is not inspect.Parameter.empty}
