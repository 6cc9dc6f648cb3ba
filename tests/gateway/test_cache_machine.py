"""Whatever happens in whatever order: bytes stay in bounds, nothing is shown after its time, no purge is missed."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bff.gateway.cache import Cache
from bff.gateway.policy import Policy
from bff.ports import NotFound
from tests.gateway.bench import Clock

LIMIT = 60_000
KEYS = st.integers(0, 12).map(lambda n: b"key%d" % n)
TAGS = st.sampled_from(("product:a", "product:b", "navigation", "many"))
POLICY = Policy(timeout=1, slow=1, fresh=10, revalidate=10, stale=100, negative=5)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock, self.chance = Clock(), 0.0
        self.cache = Cache(LIMIT, self.clock, lambda: self.chance)
        self.stored: dict[bytes, tuple[int, float, frozenset[str], bool]] = {}
        self.begun: list[tuple[bytes, int, int]] = []
        self.purged: list[tuple[int, frozenset[str]]] = []
        self.version = 0

    @rule(key=KEYS)
    def fetch_begins(self, key: bytes) -> None:
        self.version += 1
        self.begun.append((key, self.version, self.cache.purges))

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), tags=st.frozensets(TAGS, max_size=3), size=st.integers(0, 2_500), missing=st.booleans())
    def fetch_ends(self, data: st.DataObject, tags: frozenset[str], size: int, missing: bool) -> None:
        key, version, since = self.begun.pop(data.draw(st.integers(0, len(self.begun) - 1)))
        tags |= {"backend:shop"}
        if missing:
            self.cache.put_missing(key, NotFound(), POLICY, tags, since)
        else:
            self.cache.put(key, (version, "x" * size), POLICY, tags, since)
        self.stored[key] = (since, self.clock.now, tags, missing)

    @rule(seconds=st.floats(0, 60), chance=st.floats(0, 1))
    def time_passes(self, seconds: float, chance: float) -> None:
        self.clock.now += seconds
        self.chance = chance

    @rule(tags=st.frozensets(TAGS | st.just("backend:shop"), min_size=1, max_size=2))
    def purge(self, tags: frozenset[str]) -> None:
        self.cache.purge(tags)
        self.purged.append((self.cache.purges, tags | {"many"}))

    @rule(key=KEYS)
    def fetch_fails(self, key: bytes) -> None:
        self.cache.failed(key)

    @rule(key=KEYS)
    def read(self, key: bytes) -> None:
        entry = self.cache.get(key)
        if entry is None:
            return
        since, at, tags, missing = self.stored[key]
        now = self.clock.now
        assert entry.negative == missing
        assert now < at + (5 if missing else 110), "shown after its time"
        if now < max(entry.fresh_until, entry.revalidate_until):
            assert now < at + 20
            assert not any(number > since and own & tags for number, own in self.purged), "a purge was missed"

    @invariant()
    def bytes_are_bounded(self) -> None:
        shares = (self.cache._asked_once, self.cache._asked_again)
        assert self.cache.size <= LIMIT
        assert self.cache.size == sum(entry.size for share in shares for entry in share._Cache__data.values())

    @invariant()
    def the_index_holds_what_is_there_and_nothing_else(self) -> None:
        shares = (self.cache._asked_once, self.cache._asked_again)
        entries = {key: entry for share in shares for key, entry in share._Cache__data.items()}
        index = {(tag, key) for tag, keys in self.cache._by_tag.items() for key in keys}
        assert index == {(tag, key) for key, entry in entries.items() for tag in entry.tags}
        assert all(self.cache._by_tag.values())


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
test_cache = Machine.TestCase
