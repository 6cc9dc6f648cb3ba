"""What is kept for the shopper of one request: the session it brought, what the page makes of it, and the cookies that the
answer sets. Nothing is opened before somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from bff.ports import SessionBlob, Shopper, Unavailable

from . import sessions
from .control import Control
from .session import EMPTY, Flash, Opened, Sealer, Session
from .sessions import Stored

log = logging.getLogger("portico.sessions")

SMALL_BLOB = 512
"""Bytes of an adapter's blob that still stand in the cookie; one that rotates never does."""
MAX_FLASHES = 4
FLASH_TEXT = 200
MAX_LINEAGE = 4


def lineage(session: Session, *others: Session) -> tuple[str, ...]:
    """The ids under which what a shopper did is found, when these sessions are one no more by any of their ids."""
    found = [id for one in (session, *others) for id in (one.id, *one.was) if id]
    return tuple(dict.fromkeys(found))[:MAX_LINEAGE]


class OwnSession:
    """`backend` is whose carts, tokens and blobs are meant."""

    def __init__(self, sealer: Sealer, control: Control, backend: str, cookies: Mapping[str, str]) -> None:
        self._sealer = sealer
        self._control = control
        self._backend = backend
        self._cookies = cookies
        self._opened: list[Opened] | None = None
        self._name: str | None = None
        self._session: Session | None = None
        self._before: Session | None = None
        self._stored: Stored | None = None
        self._blobs: dict[str, SessionBlob] = {}
        self._gone: set[str] = set()
        self._flashes: list[tuple[str, dict[str, str]]] = []
        self._flash_shown = False
        self.mark = ""
        """What a session that this request makes is marked with."""

    @property
    def opened(self) -> list[Opened]:
        """Every session that the request brought and that can be read."""
        if self._opened is None:
            self._opened = self._sealer.open(self._cookies)
            self.use(self._opened[0] if self._opened else None)
        return self._opened

    def use(self, opened: Opened | None) -> None:
        """Go on with one of the sessions brought."""
        self._name, self._session = (opened.name, opened.session) if opened else (None, EMPTY)
        self._before = self._session
        self._stored, self._blobs = None, {}

    @property
    def session(self) -> Session:
        if self._session is None:
            _ = self.opened
        return self._session or EMPTY

    @property
    def stored(self) -> Stored:
        return self._stored or Stored()

    @property
    def token(self) -> str | None:
        return self.stored.tokens.get(self._backend)

    def turn_to(self, backend: str) -> None:
        """Mean another backend's cart, token and blob from now on."""
        self._backend = backend

    def known_at(self, backend: str) -> Shopper:
        """The shopper as another backend knows them."""
        return Shopper(blob=self._blob(backend), token=self.stored.tokens.get(backend))

    def keep(self, session: Session) -> None:
        """Set another session with the answer. The first one gets a name and an id of its own. Raises `ValueError` for
        what fits no cookie."""
        if session == self.session:
            return
        if self._name is None or not session.id:
            minted = self._sealer.mint()
            self._name = self._name or minted.name
            marks = (self.mark,) if self.mark else session.marks
            session = msgspec.structs.replace(session, id=minted.session.id, marks=marks)
        self._sealer.seal(session, self._name)
        self._gone.discard(self._name)
        self._session = session

    def begin(self) -> None:
        """Have a session, where there is none yet."""
        if not self.session.id:
            self.keep(msgspec.structs.replace(self.session, id=self._sealer.mint().session.id))

    async def load(self) -> None:
        """Fetch what the session store keeps for this session, if there is anything. Raises `Unavailable`."""
        if self.session.kept and self._stored is None:
            self._stored = await sessions.load(self._control, self.session.kept)

    async def sign_in(self, token: str) -> None:
        """A new session, so that whoever knew the old one knows nothing; what it held goes on. The cart's reference may stay
        the same: from now on the backend answers it with the token only. Its cookie has a new name as well: an answer still
        under way sets the old one beside it, and the next request merges the two. Raises `Unavailable`."""
        old = self.session
        held = msgspec.structs.replace(self.stored, tokens={**self.stored.tokens, self._backend: token})
        key = await sessions.create(self._control, held, instead=old.kept)
        self._stored = msgspec.structs.replace(held, version=1)
        if self._name is not None:
            self._gone.add(self._name)
        minted = self._sealer.mint()
        self._name = minted.name
        self._session = msgspec.structs.replace(old, id=minted.session.id, kept=key, was=lineage(old))

    async def sign_out(self) -> None:
        """Forget everything, here and in the store. Raises `Unavailable`; then nothing is forgotten."""
        kept = {opened.session.kept for opened in self.opened} | {self.session.kept}
        if kept - {""}:
            await sessions.revoke(self._control, *(key for key in kept if key))
        self._gone.update(self._sealer.names(self._cookies))
        self._flash_shown = True
        self._stored, self._session, self._name, self._blobs = None, EMPTY, None, {}

    def drop(self, name: str) -> None:
        """Take another session's cookie away."""
        self._gone.add(name)

    def blob(self) -> SessionBlob:
        """The adapter's own state for this shopper: the same object for every call of a request."""
        return self._blob(self._backend)

    def _blob(self, backend: str) -> SessionBlob:
        if backend not in self._blobs:
            self._blobs[backend] = SessionBlob(self.stored.blobs.get(backend, self.session.blobs.get(backend)))
        return self._blobs[backend]

    async def keep_blobs(self) -> None:
        """Keep what adapters made of their blobs; where another request was faster, its is kept. Raises `Unavailable`, and
        `ValueError` for what fits no cookie."""
        for backend, blob in self._blobs.items():
            if blob.changed:
                await self._keep_blob(backend, blob)

    async def _keep_blob(self, backend: str, blob: SessionBlob) -> None:
        here = {name: text for name, text in self.session.blobs.items() if name != backend}
        first = backend not in self.session.blobs and backend not in self.stored.blobs
        if blob.text is None or (first and len(blob.text.encode()) <= SMALL_BLOB):
            if blob.text is not None:
                here[backend] = blob.text
            self.keep(msgspec.structs.replace(self.session, blobs=here))
            if backend in self.stored.blobs:
                await self._swap(backend, None)
            return
        if self._stored is not None:
            await self._swap(backend, blob.text)
            self.keep(msgspec.structs.replace(self.session, blobs=here))
            return
        self._stored = Stored(blobs={backend: blob.text}, version=1)
        key = await sessions.create(self._control, self._stored)
        self.keep(msgspec.structs.replace(self.session, blobs=here, kept=key))

    async def _swap(self, backend: str, text: str | None) -> None:
        """Compare and swap: another backend's part that changed meanwhile is taken over, this one's wins."""
        assert self._stored is not None
        was = self._stored.blobs.get(backend)
        for _ in range(3):
            blobs = {name: value for name, value in self._stored.blobs.items() if name != backend}
            if text is not None:
                blobs[backend] = text
            if await sessions.swap(
                self._control, self.session.kept, msgspec.structs.replace(self._stored, blobs=blobs)
            ):
                return
            now = await sessions.load(self._control, self.session.kept)
            if now is None or now.blobs.get(backend) != was:
                return
            self._stored = now

    def flash(self, key: str, parameters: Mapping[str, str]) -> None:
        shown = {name: text[:FLASH_TEXT] for name, text in parameters.items()}
        self._flashes = [*self._flashes, (key, shown)][-MAX_FLASHES:]

    def flashes(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """The messages brought from the page before; asked for once, they are gone."""
        if self._sealer.flash_name not in self._cookies:
            return ()
        self._flash_shown = True
        found = self._sealer.open_flash(self._cookies)
        return found.messages if found else ()

    @property
    def set_cookies(self) -> list[str]:
        """The `Set-Cookie` values the answer must carry."""
        out: list[str] = []
        if self._session is not None and self._name is not None and self._session != self._before:
            out.append(self._sealer.seal(self._session, self._name))
        if out:  # what cannot be read is of no use to anybody
            readable = {opened.name for opened in self.opened}
            self._gone.update(name for name in self._sealer.names(self._cookies) if name not in readable)
        out += [self._sealer.expire(name) for name in sorted(self._gone) if name != self._name]
        if self._flashes:
            out.append(self._sealer.seal_flash(Flash(messages=tuple(self._flashes))))
        elif self._flash_shown and self._sealer.flash_name in self._cookies:
            out.append(self._sealer.expire(self._sealer.flash_name))
        return out

    async def settle(self, *, reading: bool) -> None:
        """Before the answer goes: keep the blobs. A page that was only read goes out even where that fails."""
        try:
            await self.keep_blobs()
        except (Unavailable, ValueError):
            if not reading:
                raise
            log.warning("a session's blobs could not be kept")
