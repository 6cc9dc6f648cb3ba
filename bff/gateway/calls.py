"""The chain in front of a port. For now two links: a deadline that bounds every call, and the ledger."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bff.ports import (
    BackendError,
    DeadlineExceeded,
    Declaration,
    Malformed,
    PublicContext,
    VisitorContext,
    operations,
)

from .ledger import LEDGER, Call

P = TypeVar("P")

log = logging.getLogger("portico.gateway")

LIMITS = {"public_read": 1.5, "visitor_read": 3.0, "write": 8.0}
"""Seconds one call may take, whatever is left of the page's deadline."""


class Bound:
    """A port with the chain in front of its declared operations; all else is the port's own."""

    def __init__(self, port: object, methods: dict[str, Callable[..., Awaitable[Any]]]) -> None:
        self.__dict__.update(methods)
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def bind(protocol: type[P], port: P, *, backend: str, name: str) -> P:
    """Put the chain in front of a port. `name` is the capability's (`catalog`)."""
    methods = {
        method: _chain(getattr(port, method), declaration, f"{name}.{method}", backend)
        for method, declaration in operations(protocol)
    }
    return Bound(port, methods)  # type: ignore[return-value]


def _chain(
    method: Callable[..., Awaitable[Any]], declaration: Declaration, operation: str, backend: str
) -> Callable[..., Awaitable[Any]]:
    limit = LIMITS[declaration.kind]

    @functools.wraps(method)
    async def call(ctx: PublicContext | VisitorContext, /, **arguments: Any) -> Any:
        public = ctx.public if isinstance(ctx, VisitorContext) else ctx
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(min(limit, public.deadline.remaining())):
                answer = await method(ctx, **arguments)
            outcome = "ok"
            return answer
        except TimeoutError:
            outcome = "DeadlineExceeded"
            raise DeadlineExceeded("no answer in time", operation=operation, backend=backend) from None
        except BackendError as error:
            outcome = type(error).__name__
            error.operation, error.backend = error.operation or operation, error.backend or backend
            raise
        except Exception as error:
            outcome = "Malformed"
            log.exception("adapter %s let an exception out of %s", backend, operation)
            raise Malformed(type(error).__name__, operation=operation, backend=backend) from error
        finally:
            ledger = LEDGER.get()
            if ledger is not None:
                ledger.calls.append(Call(operation, (time.perf_counter() - started) * 1000, outcome))
                ledger.operations.add(operation)
                ledger.tags.update(_tags(declaration, arguments))

    return call


def _tags(declaration: Declaration, arguments: dict[str, Any]) -> list[str]:
    tags: list[str] = []
    for tag in declaration.tags:
        try:
            tags.append(tag.format_map(arguments))
        except (KeyError, IndexError):  # a template names an argument that was left to its default
            continue
    return tags
