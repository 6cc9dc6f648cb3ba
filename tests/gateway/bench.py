"""What links are tried on: a clock that stands still, operations, calls, and a whole chain over ports made of answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bff.gateway.backends import composed
from bff.gateway.calls import Call, Handler, Operation
from bff.gateway.chain import Gateway
from bff.gateway.policy import Policy, declared, derived
from bff.gateway.tasks import Tasks
from bff.ports import Backend, PublicContext, SessionBlob, Shopper, VisitorContext
from tests.web.goods import catalog, context, offer, search
from tests.web.stage import Attribute, Port

HOUR = 3_600.0


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def operation(name: str = "catalog.product", **policy: Any) -> Operation:
    declaration = declared()[name]
    found = derived(declaration)
    changed = Policy(**{field: policy.get(field, getattr(found, field)) for field in found.__struct_fields__})
    return Operation(backend="shop", name=name, declaration=declaration, policy=changed, defaults={"selection": None})


def call(operation: Operation, until: float = float("inf"), ctx: Any = None, **arguments: Any) -> Call:
    return Call(operation, ctx or context(seconds=HOUR), arguments, until=until)


def visitor(public: PublicContext | None = None) -> VisitorContext:
    return VisitorContext(public=public or context(seconds=HOUR), shopper=Shopper(blob=SessionBlob()))


class Target:
    """The end of a chain: answers, or raises, one after the other; the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.calls = list(answers), []  # type: ignore[var-annotated]

    async def __call__(self, call: Call) -> Any:
        self.calls.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = await answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Late:
    """A port whose answers may be changed after it was bound."""

    def __init__(self, port: Port) -> None:
        self.port = port

    def __getattr__(self, name: str) -> Any:
        if isinstance(answer := self.port.answers.get(name), Attribute):
            return answer.value

        async def call(ctx: Any, /, **arguments: Any) -> Any:
            return await getattr(self.port, name)(ctx, **arguments)

        return call


class Head:
    """A backend behind the whole chain, with its clock and its cache."""

    def __init__(self, cache_bytes: int = 4_000_000, **ports: Any) -> None:
        self.clock = Clock()
        self.tasks = Tasks()
        self.gateway = Gateway(cache_bytes, clock=self.clock, chance=lambda: 0.0)
        self.links = self.gateway.links(self.tasks)
        self.ports = {"catalog": catalog(), "search": search(), **ports}
        self.backend: Backend = composed(
            "shop", offer(**{name: Late(port) for name, port in self.ports.items()}), links=self.links
        )

    @property
    def cache(self) -> Any:
        return self.gateway.cache

    def asked(self, method: str, port: str = "catalog") -> int:
        """How often the adapter was asked."""
        return sum(name == method for name, _ in self.ports[port].calls)


def chained(links: Any, operation: Operation, target: Handler) -> Handler:
    handler = target
    for link in reversed(links):
        handler = link.bind(operation, handler)
    return handler
