"""A picture of this store's, from memory, from disk, or made now of what its origin sends."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cachetools import LRUCache, TTLCache

from bff.gateway.fetching import Validators
from bff.ports import BackendError, DeadlineExceeded, Malformed, Unavailable

from .addresses import TYPES, Wanted
from .kept import RECIPE, About, Kept
from .settings import origin

MEMORY = 24_000_000
"""Bytes of pictures that each process keeps at hand."""
AGAIN, FAILURES = 30.0, 5_000
"""Seconds until what failed is tried again, and how many failures are remembered."""
DOWN_AFTER, DOWN = 3, 5.0
"""An origin that failed so often in a row is left alone for so many seconds."""
PATIENCE = 20.0

log = logging.getLogger("portico.pictures")


class Fetcher(Protocol):
    """Where originals come from (`gateway/fetching.py`)."""

    async def fetch(self, url: str, write: Callable[[bytes], object], since: Validators) -> Validators | None: ...

    async def close(self) -> None: ...


class Maker(Protocol):
    """What makes pictures smaller (`workshop.py`)."""

    async def measure(self, source: Path) -> tuple[int, int]: ...

    async def make(self, source: Path, out: Path, *, width: int, format: str) -> None: ...

    async def close(self) -> None: ...


class Ready(msgspec.Struct, frozen=True):
    """A picture to be sent. Until `fresh` (seconds since 1970) its original is believed not to have changed."""

    body: bytes
    kind: str
    etag: str
    fresh: float


class Pictures:
    """One for each process. `fresh`: seconds until an origin is asked again; what is older is sent all the same, and asked
    for behind the shopper's back, so it outlives its origin's failures. Who wants the same at once shares the work."""

    def __init__(
        self, kept: Kept, fetcher: Fetcher, maker: Maker, *, fresh: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._kept, self._fetcher, self._maker = kept, fetcher, maker
        self._fresh, self._clock = fresh, clock
        self._memory: LRUCache[Wanted, Ready] = LRUCache(MEMORY, getsizeof=lambda ready: len(ready.body) + 500)
        self._failed: TTLCache[str, BackendError] = TTLCache(FAILURES, AGAIN, timer=clock)
        self._down: TTLCache[str, int] = TTLCache(FAILURES, DOWN, timer=clock)
        self._under_way: dict[object, asyncio.Task[Any]] = {}

    async def picture(self, wanted: Wanted) -> Ready:
        """Raises a `BackendError` where there is none to be had."""
        now = self._clock()
        ready = self._memory.get(wanted)
        if ready is not None and now < ready.fresh:
            return ready
        name = hashlib.sha256(wanted.url.encode()).hexdigest()[:32]
        about = await asyncio.to_thread(self._kept.about, name)
        if about is not None:
            if not 0 <= now - about.asked < self._fresh and name not in self._failed:
                self._shared((name, False), lambda: self._asked(name, wanted.url))
            body = await asyncio.to_thread(self._kept.made, name, about, wanted.width, wanted.format, now)
            if body is not None:
                return self._remembered(wanted, about, body)
        task = self._shared(wanted, lambda: self._made(name, wanted))
        try:
            async with asyncio.timeout(PATIENCE):
                made: Ready = await asyncio.shield(task)
        except TimeoutError:
            raise DeadlineExceeded("the picture is still being made") from None
        return made

    async def close(self) -> None:
        """End what is under way."""
        running = list(self._under_way.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._maker.close()
        await self._fetcher.close()

    def _remembered(self, wanted: Wanted, about: About, body: bytes) -> Ready:
        etag = f'"{about.tag}-{RECIPE}-{wanted.width}-{wanted.format}"'
        ready = Ready(body, TYPES[wanted.format], etag, about.asked + self._fresh)
        if ready.fresh > self._clock():
            self._memory[wanted] = ready
        return ready

    async def _made(self, name: str, wanted: Wanted) -> Ready:
        about, source = await self._original(name, wanted.url)
        out = await self._disk(self._kept.beside, name)
        try:
            await self._maker.make(source, out, width=wanted.width, format=wanted.format)
            body = await self._disk(self._kept.keep_made, name, out, about, wanted.width, wanted.format)
        except Malformed as error:
            self._fail(name, wanted.url, error)
            await asyncio.to_thread(self._kept.forget, name, about)
            raise
        finally:
            await asyncio.to_thread(out.unlink, missing_ok=True)
        return self._remembered(wanted, about, body)

    async def _original(self, name: str, url: str) -> tuple[About, Path]:
        about = await asyncio.to_thread(self._kept.about, name)
        source = await asyncio.to_thread(self._kept.source, name, about) if about else None
        if about is not None and source is not None:
            return about, source
        fetched: About = await asyncio.shield(self._shared((name, True), lambda: self._asked(name, url, whole=True)))
        source = await asyncio.to_thread(self._kept.source, name, fetched)
        if source is None:
            raise Unavailable("the original was taken away")
        return fetched, source

    async def _asked(self, name: str, url: str, *, whole: bool = False) -> About:
        """The original, fetched (again), measured and kept. `whole`: whatever is known of it, its bytes are wanted."""
        if (failed := self._failed.get(name)) is not None:
            raise type(failed)(failed.detail)
        place = origin(url) or ""
        if self._down.get(place, 0) >= DOWN_AFTER:
            raise Unavailable("its origin is down")
        about = await asyncio.to_thread(self._kept.about, name)
        since = Validators() if about is None or whole else Validators(about.etag, about.modified)
        new = await self._disk(self._kept.beside, name)
        try:
            with await self._disk(new.open, "wb") as file:
                found = await self._fetcher.fetch(url, file.write, since)
            self._down.pop(place, None)
            if found is None and about is not None:
                about = msgspec.structs.replace(about, asked=self._clock())
                await self._disk(self._kept.note, name, about)
                return about
            width, height = await self._maker.measure(new)
            etag, modified = found or Validators()
            seen = About(tag="", width=width, height=height, asked=self._clock(), etag=etag, modified=modified)
            kept: About = await self._disk(self._kept.keep, name, new, seen)
            return kept
        except BackendError as error:
            if isinstance(error, Unavailable | DeadlineExceeded):
                self._down[place] = self._down.get(place, 0) + 1
            self._fail(name, url, error)
            raise
        finally:
            await asyncio.to_thread(new.unlink, missing_ok=True)

    def _fail(self, name: str, url: str, error: BackendError) -> None:
        log.warning("no picture of %s: %s", url.partition("?")[0], error.detail)
        self._failed[name] = error

    def _shared(self, key: object, work: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(work())

            def ended(task: asyncio.Task[Any]) -> None:
                self._under_way.pop(key, None)
                if not task.cancelled() and (error := task.exception()) and not isinstance(error, BackendError):
                    log.error("a picture could not be made", exc_info=error)

            task.add_done_callback(ended)
        return task

    async def _disk(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Work on the disk, in a thread. Raises `Unavailable` where the disk will not."""
        try:
            return await asyncio.to_thread(work, *arguments)
        except OSError as error:
            raise Unavailable(f"the folder for pictures: {error.strerror}") from None
