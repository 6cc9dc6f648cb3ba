"""The chain's first link: what became of a call stands in the request's ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bff.ports import BackendError

from . import ledger

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation


class Traced:
    """Writes every call down, however it ends."""

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        name, templates = operation.name, operation.declaration.tags

        async def traced(call: Call) -> Any:
            book = ledger.LEDGER.get()
            if book is None:
                return await inner(call)
            started, outcome = time.perf_counter(), "cancelled"
            try:
                answer = await inner(call)
                outcome = "ok"
                return answer
            except BackendError as error:
                outcome = type(error).__name__
                raise
            finally:
                took = (time.perf_counter() - started) * 1000
                sent = call.sent
                book.calls.append(ledger.Call(name, took, outcome, call.verdict, call.age, sent.requests, sent.bytes))
                book.operations.add(name)
                book.tags.update(call.tags or declared_tags(templates, call.arguments))

        return traced


def declared_tags(templates: tuple[str, ...], arguments: Mapping[str, Any]) -> Iterator[str]:
    """The tags that the arguments alone give."""
    for template in templates:
        try:
            yield template.format_map(arguments)
        except (KeyError, IndexError):  # it names an argument that was left to its default
            continue
