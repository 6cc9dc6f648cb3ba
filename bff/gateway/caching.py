"""Two links: one that looks an answer up before anybody is asked, and one that keeps it when it comes. Between them stands
the single flight, so that an answer is kept once, and also when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bff.ports import BackendError, DeadlineExceeded, Malformed, NotFound, Throttled, Unavailable

from .cache import Cache, Entry
from .keys import namer
from .ledger import Verdict
from .sending import Sent
from .tags import tags_of
from .tasks import Tasks

if TYPE_CHECKING:
    from .calls import Call, Handler, Operation

SURVIVED = (Unavailable, DeadlineExceeded, Throttled, Malformed)
"""Failures after which an old answer is better than none."""
REFRESHES = 16
"""Calls that fetch old answers anew while they are shown, at most at once."""


class Lookup:
    """Answers from the cache: what is current; what is not, while it is fetched anew; what is old, where the backend
    fails. Gives a call its key."""

    def __init__(self, cache: Cache, tasks: Tasks, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache, self._tasks, self._clock = cache, tasks, clock
        self._refreshing: set[bytes] = set()

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        if not operation.policy.fresh:
            return inner
        if operation.declaration.each:
            return self._each(operation, inner, operation.declaration.each)
        name, cache = namer(operation), self._cache

        async def looked_up(call: Call) -> Any:
            call.key = name(call, call.arguments)
            if not call.key:
                return await inner(call)
            entry = cache.get(call.key)
            verdict = self.verdict(entry)
            if entry is None or verdict is None:
                call.verdict = "miss"
                try:
                    return await inner(call)
                except SURVIVED:
                    entry, verdict = cache.get(call.key), "stale"
                    if entry is None or entry.missing is not None:
                        raise
                    if self._due(entry):  # the fetch is under way yet: whoever comes next need not wait for it too
                        cache.failed(call.key)
            elif verdict == "stale" and self._due(entry):
                self._refresh(call.key, call, inner)
            call.verdict, call.age, call.tags = verdict, self._clock() - entry.stored, entry.tags
            return answer_of(entry)

        return looked_up

    def _each(self, operation: Operation, inner: Handler, each: str) -> Handler:
        """Looks up each element of a list by itself, and asks for the missing ones in one call."""
        name, cache = namer(operation), self._cache

        def part(call: Call, asked: Sequence[Any]) -> Call:
            own = replace(call, arguments={**call.arguments, each: tuple(asked)})
            own.key = name(own, own.arguments)
            return own

        async def looked_up(call: Call) -> Any:
            asked = call.arguments.get(each)
            keys = [name(call, {**call.arguments, each: (one,)}) for one in asked or ()]
            if not asked or not all(keys):
                return await inner(call)
            wanted = dict(zip(keys, asked, strict=True))
            found = {key: entry for key in wanted if (entry := cache.get(key)) is not None}
            verdicts = {key: verdict for key, entry in found.items() if (verdict := self.verdict(entry))}
            missing = [key for key in wanted if key not in verdicts]
            shown = {key: found[key] for key in verdicts}
            if due := [key for key in verdicts if verdicts[key] == "stale" and self._due(found[key])]:
                self._refresh(b"".join(due), part(call, [wanted[key] for key in due]), inner)
            answers: dict[bytes, Any] = {}
            call.verdict = "miss" if missing else self._worst(verdicts)
            if missing:
                own = part(call, [wanted[key] for key in missing])
                try:
                    answers = dict(zip(missing, await inner(own), strict=True))
                except SURVIVED:
                    old = {key: entry for key in missing if (entry := cache.get(key)) and not entry.missing}
                    if len(old) < len(missing):
                        raise
                    for key in old:
                        if self._due(old[key]):
                            cache.failed(key)
                    shown, call.verdict = shown | old, "stale"
                call.tags = own.tags
            call.age = max((self._clock() - entry.stored for entry in shown.values()), default=0.0)
            call.tags = call.tags.union(*(entry.tags for entry in shown.values()))
            answers |= {key: entry.answer for key, entry in shown.items()}
            return tuple(answers[key] for key in keys)

        return looked_up

    def verdict(self, entry: Entry | None) -> Verdict | None:
        """What an entry may be shown as without waiting; None: the backend is asked first."""
        if entry is None:
            return None
        now = self._clock()
        if now < entry.fresh_until:
            return "negative" if entry.negative else "hit"
        return "stale" if now < max(entry.revalidate_until, entry.again) and not entry.missing else None

    def _worst(self, verdicts: Mapping[bytes, Verdict]) -> Verdict:
        seen = set(verdicts.values())
        return "stale" if "stale" in seen else "hit" if "hit" in seen else "negative"

    def _due(self, entry: Entry) -> bool:
        return self._clock() >= entry.again

    def _refresh(self, key: bytes, call: Call, inner: Handler) -> None:
        """Ask behind the shopper's back."""
        if key in self._refreshing or len(self._refreshing) >= REFRESHES:
            return
        self._refreshing.add(key)
        again = replace(call, until=self._clock() + call.operation.policy.timeout, sent=Sent())

        async def refresh() -> None:
            try:
                await inner(again)
            except BackendError:
                pass  # the old answer stays; `Keep` has written the failure down
            finally:
                self._refreshing.discard(key)

        self._tasks.start(refresh())


FAILED = (*SURVIVED, asyncio.CancelledError)
"""What `Keep` sees of a fetch that brought nothing. Nobody but the flight's own time ends one whose answer is to be kept."""


class Keep:
    """Keeps what comes from the backend, that there is no such thing, and that nothing came."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def bind(self, operation: Operation, inner: Handler, /) -> Handler:
        if not operation.policy.fresh:
            return inner
        if operation.declaration.each:
            return self._each(operation, inner, operation.declaration.each)
        cache, policy = self._cache, operation.policy

        async def kept(call: Call) -> Any:
            if not call.key:
                return await inner(call)
            since = cache.purges
            try:
                answer = await inner(call)
            except NotFound as error:
                cache.put_missing(call.key, error, policy, tags_of(operation, call.arguments, None), since)
                raise
            except FAILED:
                cache.failed(call.key, refused=call.refused)
                raise
            call.tags = tags_of(operation, call.arguments, answer)
            cache.put(call.key, answer, policy, call.tags, since)
            return answer

        return kept

    def _each(self, operation: Operation, inner: Handler, each: str) -> Handler:
        cache, policy, name = self._cache, operation.policy, namer(operation)

        async def kept(call: Call) -> Any:
            asked, since = call.arguments[each], cache.purges
            own = [{**call.arguments, each: (one,)} for one in asked]
            keys = [name(call, arguments) for arguments in own]
            try:
                answer = await inner(call)
            except FAILED:
                for key in keys:
                    cache.failed(key, refused=call.refused)
                raise
            if not isinstance(answer, (tuple, list)) or len(answer) != len(asked):
                raise Malformed("not one answer for each that was asked", operation=operation.name)
            for key, arguments, one in zip(keys, own, answer, strict=True):
                tags = tags_of(operation, arguments, one)
                call.tags |= tags
                if key:
                    cache.put(key, one, policy, tags, since)
            return answer

        return kept


def answer_of(entry: Entry) -> Any:
    """What an entry says. Raises the `NotFound` it remembers."""
    if entry.missing is not None:
        raise NotFound(entry.missing.detail, gone=entry.missing.gone)
    return entry.answer
