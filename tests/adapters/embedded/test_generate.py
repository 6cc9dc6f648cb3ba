"""Generated catalogues: size, languages, prices, repeatability."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.embedded import manifest
from adapters.embedded.generate import generate
from adapters.embedded.settings import Settings
from bff.ports import ListingQuery, Progress, Scope

from .conftest import MARKETS, TODAY, public

pytestmark = pytest.mark.anyio


async def run(path: Path, arguments: Mapping[str, Any]) -> list[Progress]:
    return [p async for p in generate(Settings(today=TODAY), {"database": str(path), **arguments})]


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
async def made(tmp_path: Path) -> Path:
    path = tmp_path / "large.sqlite"
    progress = await run(path, {"products": 400, "seed": 7})
    assert progress[-1].done == progress[-1].total
    assert not any(p.rejected for p in progress)
    return path


async def test_it_holds_what_was_asked_in_all_languages_and_lists(made: Path) -> None:
    assert rows(made, "SELECT count(*) FROM product WHERE status <> 'gone'") == [(400,)]
    lines = rows(
        made,
        "SELECT language, count(*) FROM product_text JOIN product ON n = product_n WHERE id GLOB 'generated-*' GROUP BY 1",
    )
    assert {language for language, _ in lines} == {"en", "de", "ar"}
    assert len({count for _, count in lines}) == 1
    unpriced = "SELECT v.id FROM variant v JOIN price p ON p.variant_id = v.id GROUP BY v.id HAVING count(*) <> 4"
    assert rows(made, unpriced) == []
    assert (
        rows(
            made,
            "SELECT 1 FROM price WHERE CAST(amount AS REAL) <= 0 OR CAST(compare_at AS REAL) <= CAST(amount AS REAL)",
        )
        == []
    )


async def test_everyday_lists_exactly_a_tenth_and_everything_can_be_found(made: Path) -> None:
    async with manifest.open(Settings(database=str(made), today=TODAY), None, list(MARKETS.values())) as offer:  # type: ignore[arg-type]
        assert offer.search is not None
        assert offer.catalog is not None
        scope = Scope(kind="category", id="everyday", slug="everyday")
        for market in MARKETS:
            listing = await offer.search.listing(public(market), query=ListingQuery(scope=scope))
            assert listing.total == 40
            assert len(listing.hits) == 24
        card = listing.hits[0].card
        assert card is not None
        product = await offer.catalog.product(public("ae"), slug=card.slug)
        assert product.title == card.title
        found = await offer.search.listing(public("ae"), query=ListingQuery(text=card.title))
        assert card.id in [hit.key.id for hit in found.hits]


async def test_the_same_seed_makes_the_same_and_a_second_run_replaces_the_first(made: Path, tmp_path: Path) -> None:
    query = "SELECT id, sku, doc FROM product ORDER BY n"
    first = rows(made, query)
    await run(made, {"products": 400, "seed": 7})
    assert rows(made, query) == first
    await run(made, {"products": 300, "seed": 8})
    assert rows(made, "SELECT count(*) FROM product WHERE status <> 'gone'") == [(300,)]
    assert rows(made, query) != first[:300]
