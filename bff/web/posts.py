"""Around a handler: the session opened before it and kept after it, and the post it answers told from equal ones."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from typing import Literal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import BackendError, CartRef, Unavailable

from . import mutations
from .mutations import Attempt, Kept
from .sessions_merge import merge
from .visit import Visit

log = logging.getLogger("portico.sessions")

FORGET = '"cache", "storage"'


async def opened(visit: Visit, *, reading: bool) -> None:
    """Fetch what the session store keeps, and make one session of several. A page that is only read goes on without.
    Raises `Unavailable`."""
    try:
        if len(visit.own.opened) > 1 and not visit.is_part:
            await merge(visit)
        await visit.own.load()
    except BackendError as error:
        if not reading:
            raise
        log.warning("a session was not opened: %s: %s", type(error).__name__, error.detail)


async def settled(visit: Visit, answer: ASGIResponse) -> None:
    """Put into the answer what the session needs: an answer that sets a cookie is stored nowhere. Raises `Unavailable`."""
    reading = visit.request.method in ("GET", "HEAD")
    await visit.own.settle(reading=reading)
    if visit.ended_cart is not None and visit.cart is None and visit.session.id:
        await _forget_cart(visit, visit.ended_cart, reading=reading)
    cookies = [*visit.own.set_cookies, *visit.measuring.set_cookies]
    for cookie in cookies:
        answer.headers.add("set-cookie", cookie)
    if cookies:
        answer.headers["cache-control"] = "no-store"
        if "etag" in answer.headers:
            del answer.headers["etag"]
    if visit.clear_site_data:
        answer.headers["clear-site-data"] = FORGET


async def _forget_cart(visit: Visit, cart: CartRef, *, reading: bool) -> None:
    """A session whose cart ended is not to be led back to it, and no backend stays open for it."""
    name, records = visit.cart_name(None), visit.records

    def forget(db: sqlite3.Connection) -> None:
        records.drop_head(db, name)
        records.drop_seen(db, cart.id)

    try:
        await visit.store.control.write(forget)
    except Unavailable:
        if not reading:
            raise


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post as a mutation: its id in the form, if it has one, or all of it, and a hash of its content. `before`: which
    cookies it brought."""

    visit: Visit
    id: bytes
    content: bytes
    before: bytes
    lasting: bool

    @classmethod
    async def of(cls, visit: Visit, given: str) -> Post:
        """`given` is what the form says is its id."""
        ring = visit.store.control.ring
        content = ring.digest("content", visit.url, await visit.request.body())
        lasting = mutations.ID.fullmatch(given) is not None
        cookies = visit.request.cookies
        brought = [part for name in sorted(visit.store.sealer.names(cookies)) for part in (name, cookies[name])]
        return cls(
            visit=visit,
            id=ring.digest("id", visit.path, given) if lasting else content,
            content=content,
            before=ring.digest("cookies", *brought),
            lasting=lasting,
        )

    @property
    def keys(self) -> list[bytes]:
        """By what the record is found, and first, kept: they hold whose it is."""
        ring = self.visit.store.control.ring
        return [ring.digest("mutation", scope, self.id) for scope in self.visit.scopes]

    @property
    def by(self) -> tuple[bytes, bytes]:
        """Whose share of the records it counts towards."""
        visit, ring = self.visit, self.visit.store.control.ring
        session = ring.digest("session", visit.session.id) if visit.session.id else b""
        return session, ring.digest("client", visit.store.clients.address(visit.request))

    async def begun(self) -> Attempt | Kept | Literal["spent"]:
        control, own = self.visit.store.control, self.visit.own
        state = await mutations.begun(control, self.keys, self.content, lasting=self.lasting, by=self.by)
        if isinstance(state, Kept) and state.mark and not self.visit.session.id:
            own.mark = state.mark
            return await mutations.begun(control, [secrets.token_bytes(16)], self.content, lasting=False, by=self.by)
        if isinstance(state, Attempt) and not self.lasting and not self.visit.session.id:
            own.mark = state.owner.hex()
        return state

    async def ended(self, attempt: Attempt, answer: ASGIResponse) -> None:
        """Keep the answer, also for the session it made. The work is done: without the store it is answered all the same."""
        control = self.visit.store.control
        own = self.keys[0]
        kept = Kept(
            status=answer.status_code,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.encode_headers()),
            body=bytes(answer.body),
            before=self.before,
            mark=self.visit.own.mark if self.visit.session.id else "",
        )
        try:
            await mutations.ended(control, attempt, kept, () if own == attempt.key else (own,))
        except Unavailable:
            log.warning("the answer to a post was not kept")

    async def forgotten(self, attempt: Attempt) -> None:
        """It ended without an answer that could be given again."""
        try:
            await mutations.forgotten(self.visit.store.control, attempt)
        except Unavailable:
            log.warning("a post's record was not removed")
