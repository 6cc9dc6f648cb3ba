"""The chain's end: the adapter's own method. No exception but a `BackendError` comes out of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from bff.ports import BackendError, DeadlineExceeded, Malformed, Unavailable

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation

log = logging.getLogger("portico.gateway")

BUYER: ContextVar[str | None] = ContextVar("buyer", default=None)
"""The address of the shopper whose request is being answered, as far as trusted proxies tell it."""


@dataclass(slots=True)
class Sent:
    """What the lent client needs to know of the call it works for, and what it writes down of it: `requests` sent and
    `bytes` of their bodies, decompressed."""

    traceparent: str | None = None
    buyer: str | None = None
    requests: int = 0
    bytes: int = 0


SENT: ContextVar[Sent | None] = ContextVar("sent", default=None)


def send(operation: Operation, method: Callable[..., Awaitable[Any]]) -> Handler:
    """Ask the adapter. What it lets out is put into the contract's words: an exception of httpx by its meaning, all else is
    `Malformed`. The buyer's address goes with a shopper's own calls only: an answer for everybody cannot depend on it."""
    backend, name = operation.backend, operation.name
    shared = operation.declaration.kind == "public_read"

    async def sent(call: Call) -> Any:
        call.sent.traceparent = call.public.trace.traceparent
        call.sent.buyer = None if shared else BUYER.get()
        token = SENT.set(call.sent)
        try:
            return await method(call.ctx, **call.arguments)
        except BackendError as error:
            error.operation, error.backend = error.operation or name, error.backend or backend
            raise
        except httpx.ConnectTimeout:  # nothing was sent, and nobody is there: however much time is left
            raise Unavailable("ConnectTimeout", operation=name, backend=backend) from None
        except (TimeoutError, httpx.TimeoutException):
            raise DeadlineExceeded("no answer in time", operation=name, backend=backend) from None
        except httpx.TransportError as error:
            raise Unavailable(type(error).__name__, operation=name, backend=backend) from error
        except Exception as error:
            log.exception("adapter %s let an exception out of %s", backend, name)
            raise Malformed(type(error).__name__, operation=name, backend=backend) from error
        finally:
            SENT.reset(token)

    return sent
