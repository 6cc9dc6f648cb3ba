"""How a category listing grows with the catalogue: 10,000 against 100,000 products.

The category `everyday` holds a tenth of either. Asked is page 3, two facets chosen, sorted by price, all counts exact,
cards included; no cache but the engine's own index: what it remembers of products is forgotten each time. Prints both
figures and their ratio; stands alone:

    python -m tests.benchmarks.listing_scale [--rounds 300]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from adapters.embedded.database import Database
from adapters.embedded.generate import generate
from adapters.embedded.search import EmbeddedSearch
from adapters.embedded.settings import Settings
from bff.ports import Deadline, ListingQuery, Market, PublicContext, Scope, Trace

GERMANY = Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, unit_prices=True)
QUERY = ListingQuery(
    scope=Scope(kind="category", id="everyday", slug="alltag"),
    filters={"colour": ("indigo", "moss", "chalk"), "made": ("by-hand", "repairable")},
    sort="price-asc",
    page=3,
)


def context() -> PublicContext:
    return PublicContext(
        market=GERMANY, locale="de-DE", currency="EUR", deadline=Deadline.after(60), trace=Trace(request_id="benchmark")
    )


async def measure(folder: Path, products: int, rounds: int) -> float:
    """Milliseconds of CPU for one listing, over `rounds` in a row."""
    settings = Settings(database=str(folder / f"{products}.sqlite"))
    began = time.perf_counter()
    async for _ in generate(settings, {"products": products}):
        pass
    generated = time.perf_counter() - began
    database = Database(settings, (GERMANY,))
    await asyncio.to_thread(database.prepare)
    search = EmbeddedSearch(database, settings, (GERMANY,))
    began = time.perf_counter()
    await search.start()
    started = time.perf_counter() - began
    try:
        listing = await search.listing(context(), query=QUERY)
        whole = await search.listing(context(), query=ListingQuery(scope=QUERY.scope))
        assert whole.total == products // 10, whole.total
        assert listing.number == 3, listing.number
        assert len(listing.hits) == 24, listing.total
        walls = []
        cpu = time.process_time()
        for _ in range(rounds):
            database.forget()
            began = time.perf_counter()
            await search.listing(context(), query=QUERY)
            walls.append((time.perf_counter() - began) * 1000)
        cpu = (time.process_time() - cpu) * 1000 / rounds
    finally:
        await search.close()
        database.close()
    slowest = statistics.quantiles(walls, n=100)[98]
    print(
        f"{products:>7} products: {cpu:6.2f} ms CPU a listing (p50 {statistics.median(walls):.2f} ms, p99 {slowest:.2f} ms),"
        f" {listing.total} of {whole.total} found; generated in {generated:.1f} s, opened in {started:.1f} s"
    )
    return cpu


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="portico-listing-") as folder:
        small = await measure(Path(folder), 10_000, rounds)
        large = await measure(Path(folder), 100_000, rounds)
    print(f"  ratio: {large / small:.2f} (allowed 2.00)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    asyncio.run(main(parser.parse_args().rounds))
