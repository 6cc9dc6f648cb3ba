"""The cache: current, then old while it is fetched anew, then old for hours where the backend is gone. Time is injected."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bff.gateway.breaker import Breaker
from bff.gateway.cache import AGAIN, AILING, SOON
from bff.gateway.ledger import LEDGER, Ledger
from bff.ports import (
    BackendError,
    DeadlineExceeded,
    Hit,
    InvalidInput,
    Listing,
    ListingQuery,
    Malformed,
    NotFound,
    ProductKey,
    Throttled,
    Unavailable,
)
from tests.gateway.bench import HOUR, Head, visitor
from tests.web.goods import ALL, card, catalog, context, product, search
from tests.web.stage import Port

pytestmark = pytest.mark.anyio
FRESH, STALE = 60.0, 86_400.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def settle(head: Head) -> None:
    """Let what runs behind the shopper's back come to its end."""
    while len(head.tasks):
        await asyncio.gather(*head.tasks._running, return_exceptions=True)
        await asyncio.sleep(0)


async def seen(head: Head, **arguments: Any) -> tuple[str, float]:
    """The verdict and age of a product read."""
    ledger = Ledger()
    token = LEDGER.set(ledger)
    try:
        await head.backend.catalog.product(context(seconds=HOUR), **{"slug": "mug", **arguments})
    finally:
        LEDGER.reset(token)
    await settle(head)
    return ledger.calls[-1].verdict, ledger.calls[-1].age


def break_product(head: Head, answer: Any) -> None:
    head.ports["catalog"].answers["product"] = answer


async def test_many_who_are_shown_an_old_answer_have_it_fetched_once() -> None:
    head = Head()
    await seen(head)
    head.clock.now += FRESH + 1
    for _ in range(50):
        await head.backend.catalog.product(context(seconds=HOUR), slug="mug")
    assert len(head.tasks) == 1
    await settle(head)
    assert head.asked("product") == 2


async def test_an_answer_is_current_then_old_then_fetched_first() -> None:
    head = Head()
    assert await seen(head) == ("miss", 0.0)
    head.clock.now += FRESH - 1
    assert await seen(head) == ("hit", FRESH - 1)
    assert head.asked("product") == 1
    head.clock.now += 2
    assert await seen(head) == ("stale", FRESH + 1)
    assert head.asked("product") == 2, "it was fetched behind the shopper's back"
    assert await seen(head) == ("hit", 0.0)
    head.clock.now += 3 * FRESH
    assert await seen(head) == ("miss", 0.0)
    assert head.asked("product") == 3


@pytest.mark.parametrize("error", [Unavailable(), Throttled(), DeadlineExceeded(), Malformed()])
async def test_an_old_answer_is_shown_for_a_day_where_the_backend_is_gone(error: BackendError) -> None:
    head = Head()
    await seen(head)
    break_product(head, error)
    for hours in (1, 12, 23.9):
        head.clock.now = 1_000.0 + hours * HOUR
        assert await seen(head) == ("stale", hours * HOUR)
    head.clock.now = 1_000.0 + FRESH + STALE
    with pytest.raises(BackendError):
        await seen(head)


async def test_a_backend_that_is_gone_is_not_asked_by_every_reader() -> None:
    head = Head()
    await seen(head)
    break_product(head, Malformed())
    head.clock.now += HOUR
    for _ in range(20):
        assert (await seen(head))[0] == "stale"
    assert head.asked("product") == 2
    head.clock.now += AGAIN + 1
    await seen(head)
    assert head.asked("product") == 3
    break_product(head, product())
    head.clock.now += AGAIN + 1
    assert (await seen(head))[0] == "stale", "it is tried behind the shopper's back"
    assert (await seen(head))[0] == "hit"
    break_product(head, Malformed())
    head.clock.now += HOUR
    await seen(head)
    break_product(head, product())
    head.clock.now += AILING + 1
    assert (await seen(head))[0] == "miss", "a failure long ago is no reason for an old answer"


async def test_stable_things_are_shown_longer_than_prices_while_they_are_fetched() -> None:
    policies = {name: _policy(name) for name in ("catalog.product", "catalog.availability", "catalog.navigation")}
    volatile, stock, stable = policies.values()
    assert stock.fresh < volatile.fresh < stable.fresh
    assert volatile.fresh + volatile.revalidate <= 120 < stable.fresh + stable.revalidate


def _policy(name: str) -> Any:
    from tests.gateway.bench import operation

    return operation(name).policy


async def test_what_does_not_exist_is_remembered_for_a_moment() -> None:
    head = Head()
    for verdict in ("miss", "negative", "negative"):
        ledger = Ledger()
        token = LEDGER.set(ledger)
        with pytest.raises(NotFound) as raised:
            await head.backend.catalog.product(context(seconds=HOUR), slug="nothing")
        LEDGER.reset(token)
        assert ledger.calls[0].verdict == verdict
        assert not raised.value.gone
    assert head.asked("product") == 1
    head.clock.now += 11
    with pytest.raises(NotFound):
        await seen(head, slug="nothing")
    assert head.asked("product") == 2
    break_product(head, NotFound(gone=True))
    with pytest.raises(NotFound):
        await seen(head, slug="gone")
    head.clock.now += 29
    with pytest.raises(NotFound) as raised:
        await seen(head, slug="gone")
    assert raised.value.gone
    assert head.asked("product") == 3
    assert await head.backend.catalog.resolve(context(seconds=HOUR), path="/x") is None
    assert await head.backend.catalog.resolve(context(seconds=HOUR), path="/x") is None
    assert head.asked("resolve") == 1


async def test_a_thing_that_was_taken_away_is_not_shown_from_memory() -> None:
    head = Head()
    await seen(head)
    break_product(head, NotFound())
    head.clock.now += 3 * FRESH
    with pytest.raises(NotFound):
        await seen(head)
    break_product(head, Unavailable())
    head.clock.now += 60
    with pytest.raises(Unavailable):
        await seen(head)


async def test_other_failures_are_not_remembered() -> None:
    head = Head()
    break_product(head, InvalidInput({}))
    for _ in range(2):
        with pytest.raises(InvalidInput):
            await seen(head)
    assert head.asked("product") == 2


async def test_markets_never_share_an_answer() -> None:
    head = Head()
    for place in ALL.values():
        await head.backend.catalog.product(context(place, seconds=HOUR), slug="mug")
    assert head.asked("product") == len(ALL)


async def test_a_shoppers_answers_are_never_kept() -> None:
    carts = Port(get="cart", add="result")
    head = Head(carts=carts)
    for _ in range(3):
        await head.backend.carts.get(visitor(), cart=None)  # type: ignore[union-attr, arg-type]
        await head.backend.carts.add(visitor(), cart=None, lines=[])  # type: ignore[union-attr]
    assert len(carts.calls) == 6
    assert len(head.cache) == 0


@pytest.mark.parametrize("tag", ["product:mug", "backend:shop"])
async def test_after_a_purge_the_next_reader_waits_for_a_new_answer(tag: str) -> None:
    head = Head()
    await seen(head)
    assert head.cache.purge([tag]) == 1
    assert await seen(head) == ("miss", 0.0)
    assert await seen(head) == ("hit", 0.0)
    assert head.asked("product") == 2


async def test_after_a_purge_the_old_answer_is_still_there_for_when_the_backend_is_gone() -> None:
    head = Head()
    await seen(head)
    head.cache.purge(["product:mug"])
    break_product(head, Unavailable())
    assert (await seen(head))[0] == "stale"


async def test_a_purge_reaches_listings_by_what_is_in_them_and_by_their_category() -> None:
    head = Head()
    ctx = context(seconds=HOUR)
    query = ListingQuery(text="mug")
    for tag, purged in (("product:p1", 1), ("listing", 1), ("product:other", 0), ("category:x", 0)):
        await head.backend.search.listing(ctx, query=query)
        assert head.cache.purge([tag]) == purged, tag


async def test_any_purge_reaches_what_is_about_too_much_to_say() -> None:
    many = Listing(hits=tuple(Hit(key=ProductKey(id=f"p{n}"), card=card(f"p{n}")) for n in range(600)))
    head = Head(cache_bytes=64_000_000, search=search(listing=lambda query: many))
    for _ in range(2):
        await head.backend.search.listing(context(seconds=HOUR), query=ListingQuery(text="x"))
        assert head.cache.purge(["product:elsewhere"]) == 1
    assert head.asked("listing", "search") == 2


async def test_a_purge_of_one_backend_leaves_another_alone() -> None:
    head = Head()
    await seen(head)
    assert head.cache.purge(["product:mug"], backend="other") == 0
    assert head.cache.purge_backend("other") == 0
    assert await seen(head) == ("hit", 0.0)
    assert head.cache.purge(["product:mug"], backend="shop") == 1


async def test_a_fetch_under_way_during_a_purge_does_not_bring_the_old_answer_back() -> None:
    head, gate, begun = Head(), asyncio.Event(), asyncio.Event()

    async def later(**_: Any) -> Any:
        begun.set()
        await gate.wait()
        return product()

    break_product(head, later)
    asked = asyncio.create_task(seen(head))
    await begun.wait()
    head.cache.purge(["product:mug"])
    gate.set()
    await asked
    assert await seen(head) == ("miss", 0.0)


async def test_a_list_is_kept_by_its_elements() -> None:
    head = Head()
    ctx = context(seconds=HOUR)
    ledger = Ledger()
    LEDGER.set(ledger)
    keys = [ProductKey(id=id) for id in ("a", "b", "a")]
    answer = await head.backend.catalog.products(ctx, keys=keys)
    assert [one.id for one in answer if one] == ["a", "b", "a"]
    await head.backend.catalog.products(ctx, keys=[ProductKey(id="c"), ProductKey(id="b")])
    await head.backend.catalog.products(ctx, keys=[ProductKey(id=id) for id in "bac"])
    asked = [[one.id for one in arguments["keys"]] for name, arguments in head.ports["catalog"].calls]
    assert asked == [["a", "b"], ["c"]]
    assert [call.verdict for call in ledger.calls] == ["miss", "miss", "hit"]
    assert "product:a" in ledger.tags
    head.clock.now += FRESH + 1
    await head.backend.catalog.products(ctx, keys=[ProductKey(id=id) for id in "bac"])
    await settle(head)
    assert ledger.calls[-1].verdict == "stale"
    assert len(head.ports["catalog"].calls) == 3, "one call fetches all that is old"
    head.ports["catalog"].answers["products"] = Unavailable()
    head.clock.now += HOUR
    assert [one.id for one in await head.backend.catalog.products(ctx, keys=keys) if one] == ["a", "b", "a"]
    with pytest.raises(Unavailable):
        await head.backend.catalog.products(ctx, keys=[ProductKey(id="a"), ProductKey(id="never")])


async def test_a_list_with_another_length_is_malformed() -> None:
    head = Head(catalog=catalog(products=lambda keys: ()))
    with pytest.raises(Malformed):
        await head.backend.catalog.products(context(seconds=HOUR), keys=[ProductKey(id="a")])
    assert len(head.cache) == 0


async def test_hits_that_are_keys_get_their_cards_from_the_catalogue() -> None:
    hits = (Hit(key=ProductKey(id="a")), Hit(key=ProductKey(id="b"), card=card("own")), Hit(key=ProductKey(id="gone")))
    head = Head(
        search=search(listing=lambda query: Listing(hits=hits)),
        catalog=catalog(products=lambda keys: tuple(card(key.id) if key.id != "gone" else None for key in keys)),
    )
    ctx = context(seconds=HOUR)
    for _ in range(2):
        found = await head.backend.search.listing(ctx, query=ListingQuery(text="x"))
        assert [hit.card.id for hit in found.hits if hit.card] == ["a", "own"]
        assert len(found.hits) == 2
    await head.backend.search.listing(ctx, query=ListingQuery(text="y"))
    assert head.asked("products") == 1, "the second search found what is known"
    assert head.asked("listing", "search") == 2


async def test_searches_nobody_repeats_push_out_nothing_that_is_asked_twice() -> None:
    head = Head(cache_bytes=2_000_000)
    await seen(head)
    await seen(head)
    for n in range(500):
        await head.backend.search.suggest(context(seconds=HOUR), text=f"nonsense {n}")
        with pytest.raises(NotFound):
            await head.backend.catalog.product(context(seconds=HOUR), slug=f"none-{n}")
        assert head.cache.size <= 2_000_000
    assert (await seen(head))[0] == "hit"
    assert head.cache.size <= 600_000, "they have their own small share"


async def test_without_bytes_nothing_is_kept_and_calls_are_still_shared() -> None:
    head = Head(cache_bytes=0)
    ctx = context(seconds=HOUR)
    await asyncio.gather(*(head.backend.catalog.product(ctx, slug="mug") for _ in range(10)))
    assert head.asked("product") == 1
    await head.backend.catalog.product(ctx, slug="mug")
    assert head.asked("product") == 2
    assert len(head.cache) == 0


async def test_what_is_kept_together_does_not_grow_old_together() -> None:
    head = Head()
    chances = iter(n / 100 for n in range(100))
    head.cache._chance = lambda: next(chances)
    ends = set()
    for n in range(100):
        head.cache.put(b"%d" % n, "x", _policy("catalog.product"), frozenset(), 0)
        ends.add(round(head.cache.get(b"%d" % n).fresh_until - head.clock.now, 1))
    assert len(ends) > 50
    assert max(ends) == FRESH
    assert min(ends) >= 0.9 * FRESH


async def test_a_list_survives_what_was_not_in_it() -> None:
    head = Head(
        catalog=catalog(products=lambda keys: tuple(card(key.id) if key.id != "gone" else None for key in keys)),
        content=Port(menu=None),
    )
    ctx, keys = context(seconds=HOUR), [ProductKey(id="a"), ProductKey(id="gone")]
    assert (await head.backend.catalog.products(ctx, keys=keys))[1] is None
    assert await head.backend.content.menu(ctx, id="main") is None  # type: ignore[union-attr]
    head.ports["catalog"].answers["products"] = head.ports["content"].answers["menu"] = Unavailable()
    for passed in (20, HOUR, 1):
        head.clock.now += passed
        found = await head.backend.catalog.products(ctx, keys=keys)
        assert [one and one.id for one in found] == ["a", None]
        assert await head.backend.content.menu(ctx, id="main") is None  # type: ignore[union-attr]
    head.cache.purge_backend("shop")
    assert (await head.backend.catalog.products(ctx, keys=keys))[1] is None, (
        "the old answer stays for when none can be had"
    )


async def test_what_a_stranger_types_is_counted() -> None:
    head = Head(cache_bytes=2_000_000)
    for n in range(300):
        with pytest.raises(NotFound):
            await seen(head, slug=f"{n}-" + "x" * 7_900)
    typed = sum(len(tag) for tag in head.cache._by_tag)
    assert 0 < typed < head.cache.size <= 400_000


async def test_a_backend_that_is_back_is_seen_by_the_next_readers() -> None:
    """A call that the breaker refused is no reason to wait: nothing was sent."""
    head = Head()
    await seen(head)
    circuit = next(link for link in head.links if isinstance(link, Breaker)).circuits["catalog.product"]
    head.clock.now += HOUR
    circuit.state, circuit._until = "open", head.clock.now + SOON / 2  # others have seen it fail
    assert (await seen(head))[0] == "stale"
    verdicts = []
    for _ in range(3):
        head.clock.now += SOON
        verdicts.append((await seen(head))[0])
    assert verdicts == ["stale", "hit", "hit"]
    assert circuit.state == "half-open", "one more good one closes it"
