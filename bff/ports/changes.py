"""How the head learns that something changed at the backend."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

ChangeKind = Literal["product", "variant", "price", "stock", "category", "navigation", "content", "order", "all"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something changed at the backend, came or went: what kind, and which id. Only the id is certain. Without one, anything
    of that kind may have changed."""

    kind: ChangeKind
    id: str | None = None
    at: datetime.datetime | None = None


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in the order they happened; `cursor` asks for those after them."""

    changes: tuple[Change, ...]
    cursor: str


class ChangeTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`push`: `receive` is offered; `poll`: `poll` is. `unseen`: what changes without being told; that is as old as the
    gateway's cache lets it be, and `portico backend check` says so."""

    push: bool
    poll: bool
    unseen: tuple[ChangeKind, ...] = ()


class Changes(Protocol):
    """How the head learns that something changed. Neither method has a context: nobody in particular asks. A call may be
    made twice for the same change, by several processes, and out of order."""

    @property
    def traits(self) -> ChangeTraits: ...

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        """Verify a message the backend pushed, by its bytes as they came and in constant time, and read it. `headers` by
        lower-case name. Nothing, where it is genuine and concerns nothing that is shown. Raises `NotAllowed` for a bad
        signature, `Malformed`."""

    async def poll(self, *, cursor: str | None) -> ChangePage:
        """Changes since `cursor` (None: from now on), a page of them: asked again until there are none. Raises `Malformed`
        for a cursor that is none."""
