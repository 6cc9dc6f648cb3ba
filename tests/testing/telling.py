"""A port of changes as it should be, for the kit to be tried on: it pushes and is polled."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from bff.ports import Change, ChangePage, ChangeTraits, Malformed, NotAllowed

SECRET = b"telling"


class Telling:
    traits = ChangeTraits(push=True, poll=True)

    def __init__(self) -> None:
        self.happened: list[str] = ["long-ago"]

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        made = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(made.encode(), headers.get("x-signature", "").encode()):
            raise NotAllowed("the signature is wrong")
        return read(body)

    async def poll(self, *, cursor: str | None) -> ChangePage:
        end = str(len(self.happened))
        if cursor is None:
            return ChangePage(changes=(), cursor=end)
        if not cursor.isdigit():
            raise Malformed("cursor")
        return ChangePage(
            changes=tuple(Change(kind="product", id=id) for id in self.happened[int(cursor) :]), cursor=end
        )

    def told(self, id: str) -> tuple[Mapping[str, str], bytes]:
        body = json.dumps({"product": id}).encode()
        return {"X-Signature": hmac.new(SECRET, body, hashlib.sha256).hexdigest()}, body

    async def touch(self, id: str) -> None:
        self.happened.append(id)


def read(body: bytes) -> tuple[Change, ...]:
    return (Change(kind="product", id=json.loads(body)["product"]),)
