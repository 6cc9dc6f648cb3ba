"""The whole chain, in its order, for one opened backend."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence

from .breaker import Breaker
from .bulkhead import PLACES, Bulkhead
from .cache import Cache
from .caching import Keep, Lookup
from .calls import Link
from .deadline import Bounded
from .flight import Flight
from .retry import Retry
from .tasks import Tasks
from .tracing import Traced

DEFAULT_BYTES = 64_000_000

Arrange = Callable[[Sequence[Link]], Sequence[Link]]
"""How further links get into a chain: from the links as they stand to those wanted (see `before`)."""


class Gateway:
    """What the opened backends of this process share. `cache` is the one to purge."""

    def __init__(
        self,
        cache_bytes: int = DEFAULT_BYTES,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.clock, self.chance = clock, chance
        self.cache = Cache(cache_bytes, clock, chance)

    def links(self, tasks: Tasks, *, in_process: bool = False, places: Mapping[str, int] = PLACES) -> tuple[Link, ...]:
        """trace → deadline → cache → single flight → (kept) → bulkhead → retry → breaker. A backend that answers from this
        process has the first two only: there is no network to be saved or feared."""
        clock, chance = self.clock, self.chance
        if in_process:
            return (Traced(), Bounded(clock=clock))
        return (
            Traced(),
            Bounded(left=("public_read",), clock=clock),
            Lookup(self.cache, tasks, clock),
            Flight(tasks, lambda: self.cache.purges, clock),
            Keep(self.cache),
            Bulkhead(places, clock),
            Retry(clock, chance),
            Breaker(clock, chance),
        )


def before(kind: type[Link], link: Link) -> Arrange:
    """Puts a link before the one of this kind (`before(Breaker, faults)`). Raises `LookupError` where there is none."""

    def arranged(links: Sequence[Link]) -> Sequence[Link]:
        for place, one in enumerate(links):
            if isinstance(one, kind):
                return [*links[:place], link, *links[place:]]
        raise LookupError(f"the chain has no {kind.__name__}")

    return arranged


def last(link: Link) -> Arrange:
    """Puts a link at the end, right before the adapter."""
    return lambda links: [*links, link]
