"""The live set of opened backends. It is one immutable object, a generation; a swap makes the next one beside it and
replaces one reference.

A *bundle* is what serves a visitor: a backend with the capabilities that are composed from others. A generation holds the
bundle of each market, and those that served one before and are kept open for the carts that began there. A request holds
its generation from start to end, so that what it shows comes from one. A generation nobody holds any more lets go of its
backends; one that no generation uses is closed a moment later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from bff.ports import Backend, BackendError, Misconfigured

from .backends import OpenBackend, assembled

T = TypeVar("T")

log = logging.getLogger("portico.gateway")

LINGER_SECONDS = 10.0
"""For so long a backend stays open that nothing uses: what a request has left to be done behind it comes to its end."""
FIRST_SECONDS = 120.0
"""What opening may take when the store starts: an empty database is filled then."""
OPEN_SECONDS = 15.0
"""What opening and probing may take at a swap; `portico backend use` waits a little longer for every process."""


class Refused(Exception):
    """A generation that was not made: `backend` could not be opened, or failed its probe. Nothing has changed."""

    def __init__(self, backend: str, reason: str) -> None:
        super().__init__(f"{backend}: {reason}")
        self.backend, self.reason = backend, reason


def reason(error: Exception) -> str:
    """What went wrong with a backend, for whoever runs it."""
    if isinstance(error, Misconfigured):
        return f"{error.key}: {error.problem} {error.fix}".strip()
    if isinstance(error, TimeoutError):
        return "did not open, or not answer its probe, in time"
    detail = error.detail if isinstance(error, BackendError) else str(error)
    return f"{type(error).__name__}: {detail}".removesuffix(": ")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation is to be. `markets`: the backend that serves each, by the market's id. `draining`: those that served
    it before and still have carts. `canaries`: those that serve some of its visitors for a trial ("": of every market).
    `carry`: (market, backend) of those whose carts are carried over. A higher `number` is a newer plan."""

    number: int = 0
    markets: Mapping[str, str] = {}
    draining: Mapping[str, tuple[str, ...]] = {}
    carry: frozenset[tuple[str, str]] = frozenset()
    canaries: Mapping[str, tuple[str, ...]] = {}

    def keeps(self, market: str, backend: str) -> bool:
        """Whether carts of this market may stay at this backend."""
        if self.sends(market, backend):
            return True
        return backend in self.draining.get(market, ()) and (market, backend) not in self.carry

    def sends(self, market: str, backend: str) -> bool:
        """Whether newcomers of this market come to this backend."""
        return self.markets.get(market) == backend or backend in self.beside(market)

    def beside(self, market: str) -> tuple[str, ...]:
        """The canaries of a market."""
        return (*self.canaries.get(market, ()), *self.canaries.get("", ()))


class Opened:
    """A backend that is open. It is opened and closed in one task of its own, as what adapters use may ask for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0
        """Generations that hold it."""
        self.left = 0
        """How often the last of them has let go."""
        self.found: OpenBackend
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, opener: Callable[[str], AbstractAsyncContextManager[OpenBackend]]) -> None:
        """Raises what the adapter raises."""
        ready: asyncio.Future[OpenBackend] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(opener, ready))
        try:
            self.found = await asyncio.shield(ready)
        except asyncio.CancelledError:
            self._task.cancel()
            await self.close()
            raise

    async def _live(
        self, opener: Callable[[str], AbstractAsyncContextManager[OpenBackend]], ready: asyncio.Future[OpenBackend]
    ) -> None:
        try:
            async with opener(self.name) as found:
                ready.set_result(found)
                await self._closing.wait()
        except Exception as error:
            if ready.done():
                log.exception("backend %s was not closed well", self.name)
            else:
                ready.set_exception(error)

    async def close(self) -> None:
        self._closing.set()
        if self._task is not None:
            await asyncio.wait({self._task})


@dataclass(frozen=True, slots=True)
class Bundle(Generic[T]):
    """A backend as it serves, and what the store makes of it (`front`)."""

    backend: Backend
    members: tuple[Opened, ...]
    front: T


@dataclass(slots=True, eq=False)
class Generation(Generic[T]):
    """`bundles` by the name of their backend. `default` is the first market's."""

    plan: Plan
    bundles: Mapping[str, Bundle[T]]
    release: Callable[[Generation[T]], None]
    users: int = field(default=0)
    retired: bool = field(default=False)
    released: bool = field(default=False)

    @property
    def default(self) -> Bundle[T]:
        return self.bundles[next(iter(self.plan.markets.values()))]

    def of(self, market: str) -> Bundle[T]:
        """What serves a market's newcomers."""
        return self.bundles[self.plan.markets[market]]

    def staying(self, market: str) -> Iterator[str]:
        """The backends whose carts in this market stay where they are."""
        for name in self.plan.draining.get(market, ()):
            if name in self.bundles and (market, name) not in self.plan.carry:
                yield name

    @contextmanager
    def held(self) -> Iterator[Generation[T]]:
        """Nothing of it is closed while the block runs."""
        self.users += 1
        try:
            yield self
        finally:
            self.users -= 1
            if self.retired and not self.users:
                self.release(self)


class Generations(Generic[T]):
    """Makes one after the other. `open` opens a backend by its name, `compose` names the backend of single capabilities,
    `front` makes of a bundle (its backend, its members' names) what the store reads, `check` raises where a backend
    cannot serve the markets (ids) it is to."""

    def __init__(
        self,
        open: Callable[[str], AbstractAsyncContextManager[OpenBackend]],
        compose: Mapping[str, str],
        front: Callable[[Backend, Sequence[str]], T],
        check: Callable[[OpenBackend, Sequence[str]], Awaitable[object]],
    ) -> None:
        self._open = open
        self._compose = compose
        self._front = front
        self._check = check
        self._current: Generation[T] | None = None
        self._opened: dict[str, Opened] = {}
        self._making = asyncio.Lock()
        self._timers: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> Generation[T]:
        """The one that new requests get; there is one from `start` on."""
        assert self._current is not None
        return self._current

    async def start(self, plan: Plan) -> None:
        """The first generation, unprobed: a store opens on a backend that is down, and shows what it can. Raises
        `Misconfigured`."""
        async with self._making:
            self._current = await self._made(plan)

    async def follow(self, plan: Plan) -> None:
        """The next generation. Raises `Refused`; then the current one stays."""
        async with self._making:
            if plan == self.current.plan:
                return
            made = await self._made(plan)
            before, self._current = self.current, made
            before.retired = True
            if not before.users:
                self._release(before)

    async def close(self) -> None:
        """Close every backend, whoever still uses it."""
        for timer in self._timers:
            timer.cancel()
        for opened in list(self._opened.values()):
            await opened.close()
        self._opened.clear()

    async def _made(self, plan: Plan) -> Generation[T]:
        first, serving = self._current is None, set(plan.markets.values())
        before = Plan() if self._current is None else self._current.plan
        besides = (*plan.draining.values(), *plan.canaries.values())
        names = dict.fromkeys([*serving, *(name for names in besides for name in names)])
        bundles: dict[str, Bundle[T]] = {}
        for name in names:
            try:
                markets = [
                    market for market in plan.markets if plan.sends(market, name) and not before.sends(market, name)
                ]
                async with asyncio.timeout(FIRST_SECONDS if first and name in serving else OPEN_SECONDS):
                    bundles[name] = await self._bundle(name, () if first else markets)
            except Exception as error:
                if name not in serving:
                    log.warning("backend %s, which some visitors are left at, is not to be opened: %s", name, error)
                    continue
                self._sweep()
                if first:
                    raise
                raise Refused(name, reason(error)) from error
        for opened in {opened for bundle in bundles.values() for opened in bundle.members}:
            opened.users += 1
        return Generation(plan, bundles, self._release)

    async def _bundle(self, name: str, proving: Sequence[str]) -> Bundle[T]:
        own = await self._one(name)
        if proving:
            await self._check(own.found, proving)
        members, ports = {name: own}, dict(own.found.ports)
        for capability, other in self._compose.items():
            members[other] = lent = await self._one(other)
            if capability not in lent.found.ports:
                raise Misconfigured(f"compose.{capability}", f"{other!r} offers no {capability}.")
            ports[capability] = lent.found.ports[capability]
        known = self._current.bundles.get(name) if self._current else None
        if known is not None and known.members == tuple(members.values()):
            return known
        backend = assembled(name, ports)
        return Bundle(backend, tuple(members.values()), self._front(backend, tuple(members)))

    async def _one(self, name: str) -> Opened:
        """The backend, open: as it is, or newly."""
        if name not in self._opened:
            opened = Opened(name)
            await opened.open(self._open)
            self._opened[name] = opened
        return self._opened[name]

    def _release(self, generation: Generation[T]) -> None:
        if generation.released:  # and held once more since, by somebody who came too late
            return
        generation.released = True
        members = {opened for bundle in generation.bundles.values() for opened in bundle.members}
        for opened in members:
            opened.users -= 1
        self._sweep()

    def _sweep(self) -> None:
        """Close, in a while, what no generation uses."""
        for opened in self._opened.values():
            if not opened.users:
                opened.left += 1
                timer = asyncio.create_task(self._closed(opened, opened.left))
                self._timers.add(timer)
                timer.add_done_callback(self._timers.discard)

    async def _closed(self, opened: Opened, left: int) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        async with self._making:
            if opened.users or opened.left != left or self._opened.get(opened.name) is not opened:
                return
            del self._opened[opened.name]
        log.info("backend %s is closed", opened.name)
        await opened.close()
