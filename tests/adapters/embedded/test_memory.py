"""What the engine remembers is what a fresh look would find: after a sale, after any change, in every process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from adapters.embedded import database as database_module
from adapters.embedded import product as product_module
from adapters.embedded.catalog import EmbeddedCatalog
from adapters.embedded.database import Connection, Database, catalogue_changed, stock_changed
from adapters.embedded.memory import ROOM, Memory, State
from adapters.embedded.settings import Settings
from bff.ports import NotFound, Offer, ProductKey, PublicContext, Ref, VariantKey

from .conftest import TODAY

pytestmark = pytest.mark.anyio

Contexts = Callable[..., PublicContext]
MUG = "harbour-mug"


def sell_out(connection: Connection) -> None:
    connection.execute(
        "UPDATE variant SET stock = 0, policy = 'deny' WHERE product_n = (SELECT n FROM product WHERE id = ?)", (MUG,)
    )
    stock_changed(connection, edge=False)


def rename(connection: Connection) -> None:
    connection.execute(
        "UPDATE product_text SET title = 'Quay mug' WHERE language = 'en' AND product_n ="
        " (SELECT n FROM product WHERE id = ?)",
        (MUG,),
    )
    catalogue_changed(connection)


async def elsewhere(settings: Settings, change: Callable[[Connection], None]) -> None:
    """What another process writes."""
    other = Database(settings)
    await other.write(change)
    await asyncio.to_thread(other.close)


async def shown(offer: Offer, ctx: PublicContext) -> tuple[str, str, str]:
    assert offer.catalog is not None
    product = await offer.catalog.product(ctx, slug=MUG)
    (card,) = await offer.catalog.products(ctx, keys=[ProductKey(id=MUG)])
    assert card is not None
    return product.title, product.availability.state, card.availability.state


async def test_a_sale_in_another_process_is_seen_at_the_next_read(settings: Settings, offer: Offer, public: Contexts):
    assert await shown(offer, public()) == ("Harbour mug", "in_stock", "in_stock")
    await elsewhere(settings, sell_out)
    assert await shown(offer, public()) == ("Harbour mug", "sold_out", "sold_out")


async def test_a_change_of_the_catalogue_is_seen_at_the_next_read(settings: Settings, offer: Offer, public: Contexts):
    assert (await shown(offer, public()))[0] == "Harbour mug"
    await elsewhere(settings, rename)
    assert (await shown(offer, public()))[0] == "Quay mug"


async def test_places_do_not_see_each_others_answers(offer: Offer, public: Contexts):
    assert offer.catalog is not None
    found = [
        await offer.catalog.products(public(*place), keys=[ProductKey(id=MUG)])
        for place in (("gb",), ("de",), ("ae", "ar-AE"), ("ae", "en-AE"), ("gb",))
    ]
    shown = [(card.title, card.price.amount.currency, card.price.unit is None) for (card,) in found if card]
    assert shown[0] == shown[-1]
    assert len({(title, currency) for title, currency, _ in shown}) == 4


async def test_what_is_asked_again_is_not_made_again(offer: Offer, public: Contexts, monkeypatch: pytest.MonkeyPatch):
    assert offer.catalog is not None
    first = await offer.catalog.product(public(), slug=MUG, selection={"colour": "indigo"})
    monkeypatch.setattr(product_module, "_read", None)
    assert await offer.catalog.product(public(), slug=MUG, selection={"colour": "indigo"}) is first
    with pytest.raises(TypeError):
        await offer.catalog.product(public(), slug=MUG, selection={"colour": "moss"})


async def test_prices_that_change_from_read_to_read_are_not_remembered(changed: Callable[..., Settings]):
    from adapters.embedded.settings import FaultSettings, PriceChange

    database = Database(changed(faults=FaultSettings(price_change={"X": PriceChange(percent=10)})))
    assert await database.run(lambda c: c.memory) is None
    await asyncio.to_thread(database.close)


async def test_a_writer_remembers_nothing(settings: Settings):
    database = Database(settings)
    assert await database.run(lambda c: c.memory) is not None
    assert await database.write(lambda c: c.memory) is None
    await asyncio.to_thread(database.close)


def test_memory_is_bounded():
    memory = Memory(State("1", "1", TODAY))
    for number in range(100):
        memory.keep(number, number, ROOM // 10)
    kept = [number for number in range(100) if memory.get(number) is not Memory.NOTHING]
    assert kept == list(range(90, 100))


async def test_what_is_asked_in_one_turn_is_read_in_one_transaction(
    settings: Settings, public: Contexts, monkeypatch: pytest.MonkeyPatch
):
    database = Database(settings)  # without a search, which reads in the background
    catalog = EmbeddedCatalog(database)
    begun: list[str] = []
    real = database_module.transaction

    def counted(connection: Connection, begin: str = "BEGIN IMMEDIATE"):
        begun.append(begin)
        return real(connection, begin)

    monkeypatch.setattr(database_module, "transaction", counted)
    refs = [Ref(kind="product", id=MUG)]
    places = (("gb",), ("de",), ("us",), ("ae", "ar-AE"), ("ae", "en-AE"))
    answers = await asyncio.gather(
        *(catalog.locate(public(*place), refs=refs) for place in places),
        catalog.product(public(), slug="no-such-thing"),
        catalog.availability(public(), keys=[VariantKey(sku="none")]),
        return_exceptions=True,
    )
    assert begun == ["BEGIN"]
    assert len({found[0].link.slug for found in answers[:5]}) > 1  # type: ignore[index, union-attr]
    assert isinstance(answers[5], NotFound)
    assert answers[6] == (None,)
    await asyncio.to_thread(database.close)


async def test_one_of_several_that_is_given_up_does_not_take_the_others_along(settings: Settings):
    database = Database(settings)
    await database.run(lambda c: None)

    def forever(connection: Connection) -> object:
        return connection.execute(
            "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        ).fetchone()

    async with asyncio.timeout(20):
        lost = asyncio.ensure_future(database.run(forever))
        kept = asyncio.ensure_future(database.run(lambda c: c.execute("SELECT 7").fetchone()))
        _, pending = await asyncio.wait([lost], timeout=0.05)
        assert pending == {lost}
        lost.cancel()
        assert await kept == (7,)
    await asyncio.to_thread(database.close)
