"""Answers kept in this process, bounded by bytes, found by key, let go of by tag. Nothing in here waits for anything."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from cachetools import Cache as LookAside
from cachetools import LRUCache

from bff.ports import NotFound

from .policy import Policy
from .tags import MANY, of_backend

PROBATION = 0.2
"""The share of the bytes for what was asked once: a robot's thousand odd questions push out nothing that is asked twice.
That there is no such thing stays there."""
LARGEST = 8
"""An answer that is larger than this part of a share is not kept."""
AGAIN = 5.0
"""Seconds after a failed fetch in which an old answer is shown without another one."""
SOON = 1.0
"""The same after one that the breaker refused: it cost nobody anything, and the backend may be back."""
AILING = 60.0
"""Seconds after a failed fetch in which it is shown while another one is tried, so that of a backend that hangs only the
first reader notices."""
GONE = 3.0
"""How many times longer it is remembered that a thing was withdrawn, than that there is none."""
JITTER = 0.1
"""What is kept together does not grow old together: up to this share of its time is taken off."""
REMEMBERED = 4_096
"""Tags whose last purge is remembered, for the sake of fetches that were under way."""

_size = msgspec.msgpack.Encoder(enc_hook=str).encode


class Entry:
    """A kept answer, or (`missing`) that there is none. All moments are on the cache's clock. `again`: no fetch before."""

    __slots__ = (
        "again",
        "answer",
        "fresh_until",
        "missing",
        "revalidate_until",
        "size",
        "stale_until",
        "stored",
        "tags",
    )

    def __init__(self, answer: Any, missing: NotFound | None, size: int, stored: float, tags: frozenset[str]) -> None:
        self.answer, self.missing, self.size, self.stored, self.tags = answer, missing, size, stored, tags
        self.fresh_until = self.revalidate_until = self.stale_until = self.again = stored

    @property
    def negative(self) -> bool:
        return self.missing is not None or self.answer is None


class _Share(LRUCache[bytes, Entry]):
    """A part of the cache's bytes. What it has to give up for others is told."""

    def __init__(self, maxsize: float, given_up: Callable[[bytes, Entry], None]) -> None:
        super().__init__(maxsize, getsizeof=lambda entry: entry.size)
        self._given_up = given_up

    def peek(self, key: bytes) -> Entry:
        """An entry, without its counting as asked for."""
        return LookAside.__getitem__(self, key)

    def popitem(self) -> tuple[bytes, Entry]:
        key, entry = super().popitem()
        self._given_up(key, entry)
        return key, entry


class Cache:
    """`limit` in bytes as estimated from what an answer takes written down; 0 keeps nothing. An answer is shown no later
    than its policy's `fresh` and `stale` after it was fetched. Not thread-safe."""

    def __init__(
        self,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock, self._chance = clock, chance
        self._asked_once = _Share(limit * PROBATION, self._forget)
        self._asked_again = _Share(limit - limit * PROBATION, self._demote)
        self._by_tag: dict[str, set[bytes]] = {}
        self._purged: LRUCache[str, int] = LRUCache(REMEMBERED)
        self._unremembered = 0
        self.purges = 0
        """How often anything was purged: a fetch that began at another count may bring what was purged."""

    @property
    def size(self) -> float:
        """What is kept, estimated; never more than the limit."""
        return self._asked_once.currsize + self._asked_again.currsize

    def __len__(self) -> int:
        return len(self._asked_once) + len(self._asked_again)

    def get(self, key: bytes) -> Entry | None:
        """The entry, current or not; None where there is none that may still be shown."""
        entry = self._asked_again.get(key)
        if entry is None:
            entry = self._asked_once.get(key)
            if entry is None:
                return None
            self._promote(key, entry)
        if entry.stale_until <= self._clock():
            self._drop(key)
            return None
        return entry

    def put(self, key: bytes, answer: Any, policy: Policy, tags: frozenset[str], since: int) -> None:
        """Keep an answer; None means that there is no such thing. `since`: `purges` when its fetch began."""
        self._keep(key, answer, None, policy, tags, since)

    def put_missing(self, key: bytes, error: NotFound, policy: Policy, tags: frozenset[str], since: int) -> None:
        """Keep that the backend knows no such thing."""
        self._keep(key, None, NotFound(error.detail, gone=error.gone), policy, tags, since)

    def failed(self, key: bytes, *, refused: bool = False) -> None:
        """A fetch failed (`refused`: was not even sent): what is there is shown for a moment without trying again."""
        entry = self._asked_again.get(key) or self._asked_once.get(key)
        if entry is not None:
            now = self._clock()
            entry.again = now + (SOON if refused else AGAIN) * (1 - JITTER * self._chance())
            entry.revalidate_until = max(entry.revalidate_until, now + AILING)

    def purge(self, tags: Iterable[str], *, backend: str | None = None) -> int:
        """Let go of everything with one of the tags (of one backend's, where named), softly: the next who asks waits for a
        new answer, and gets the old one only where none can be had. Answers how much that was."""
        self.purges += 1
        wanted = {*tags, MANY}
        for tag in wanted:
            if tag not in self._purged and len(self._purged) >= REMEMBERED:
                self._unremembered = self.purges
            self._purged[tag] = self.purges
        own = of_backend(backend) if backend else None
        keys = {key for tag in wanted for key in self._by_tag.get(tag, ())}
        count = 0
        for key in keys:
            entry = (self._asked_again if key in self._asked_again else self._asked_once).peek(key)
            if own is None or own in entry.tags:
                count += 1
                if entry.missing is not None:
                    self._drop(key)
                else:
                    entry.fresh_until = entry.revalidate_until = entry.again = float("-inf")
        return count

    def purge_backend(self, name: str) -> int:
        """Let go of everything a backend has answered."""
        return self.purge((of_backend(name),))

    def _keep(
        self, key: bytes, answer: Any, missing: NotFound | None, policy: Policy, tags: frozenset[str], since: int
    ) -> None:
        if not policy.fresh:
            return
        known = key in self._asked_again
        self._drop(key)
        size = 600 + sum(50 + sys.getsizeof(tag) for tag in tags)  # the entry, its places in both indexes
        size += sys.getsizeof(missing.detail) if missing is not None else 0  # may say what a stranger has typed
        try:
            size += 4 * len(_size(answer))  # objects take three to four times what they take written down
        except (TypeError, ValueError, msgspec.MsgspecError):
            return
        entry = Entry(answer, missing, size, self._clock(), tags)
        shorter = 1 - JITTER * self._chance()
        purged = self._purged_since(tags, since)
        if entry.negative:
            lasting = policy.negative * (GONE if missing is not None and missing.gone else 1)
            entry.fresh_until = entry.revalidate_until = entry.stale_until = entry.stored + lasting * shorter
        else:
            entry.fresh_until = entry.stored + policy.fresh * shorter
            entry.revalidate_until = entry.fresh_until + policy.revalidate
        if (
            missing is None
        ):  # None in a list's place, or an optional menu: as good an answer as any when none can be had
            entry.stale_until = entry.stored + policy.fresh + policy.stale
        elif purged:
            return
        if purged:
            entry.fresh_until = entry.revalidate_until = float("-inf")
        share = self._asked_again if known and not entry.negative else self._asked_once
        if size <= share.maxsize / LARGEST:
            share[key] = entry
            for tag in tags:
                self._by_tag.setdefault(tag, set()).add(key)

    def _purged_since(self, tags: frozenset[str], since: int) -> bool:
        if since == self.purges:
            return False
        return self._unremembered > since or any(self._purged.get(tag, 0) > since for tag in tags)

    def _promote(self, key: bytes, entry: Entry) -> None:
        if not entry.negative and entry.size <= self._asked_again.maxsize / LARGEST:
            del self._asked_once[key]
            self._asked_again[key] = entry

    def _demote(self, key: bytes, entry: Entry) -> None:
        if entry.size <= self._asked_once.maxsize / LARGEST:
            self._asked_once[key] = entry
        else:
            self._forget(key, entry)

    def _drop(self, key: bytes) -> None:
        for share in (self._asked_once, self._asked_again):
            if key in share:
                self._forget(key, share.peek(key))
                del share[key]

    def _forget(self, key: bytes, entry: Entry) -> None:
        for tag in entry.tags:
            keys = self._by_tag.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._by_tag[tag]
