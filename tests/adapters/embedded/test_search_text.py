"""Full text and proposals over the demo, in its three languages."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from adapters.embedded import manifest
from adapters.embedded.database import Database, catalogue_changed, transaction
from adapters.embedded.search import EmbeddedSearch, port
from adapters.embedded.search.fulltext import FullText, beside
from adapters.embedded.search.spelling import Known, Speller
from adapters.embedded.search.text import Analyser, fold, stem
from adapters.embedded.settings import Settings
from bff.ports import Listing, ListingQuery, Scope, Search, Suggestions

from .conftest import MARKETS, TODAY, Contexts, public

pytestmark = pytest.mark.anyio


class Asked:
    """A search that is opened once for all the tests that only read."""

    def __init__(self, runner: asyncio.Runner, search: Search) -> None:
        self._runner, self._search = runner, search

    def find(self, text: str, market: str = "gb", **more: object) -> Listing:
        return self._runner.run(find(self._search, text, market, **more))

    def suggest(self, text: str, market: str = "gb", limit: int = 6) -> Suggestions:
        return self._runner.run(self._search.suggest(public(market), text=text, limit=limit))


@pytest.fixture(scope="module")
def search(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    path = tmp_path_factory.mktemp("words") / "store.sqlite"
    shutil.copyfile(seeded, path)
    with asyncio.Runner() as runner:
        opening = manifest.open(Settings(database=str(path), today=TODAY), None, list(MARKETS.values()))  # type: ignore[arg-type]
        offer = runner.run(opening.__aenter__())
        assert offer.search is not None
        yield Asked(runner, offer.search)
        runner.run(opening.__aexit__(None, None, None))


async def find(search: Search, text: str, market: str = "gb", **more: object) -> Listing:
    return await search.listing(public(market), query=ListingQuery(text=text, size=100, **more))  # type: ignore[arg-type]


def ids(listing: Listing) -> list[str | None]:
    return [hit.key.id for hit in listing.hits]


@pytest.mark.parametrize(
    ("market", "text", "first"),
    [
        ("gb", "harbour mug", "harbour-mug"),
        ("gb", "HARBOUR   MUGS", "harbour-mug"),
        ("us", "harbor mug", "harbour-mug"),
        ("gb", "harb", "harbour-mug"),
        ("gb", "knives", "cooks-knife"),
        ("gb", "linen table", "linen-tablecloth"),
        ("de", "Becher", None),
        ("de", "Leinen Tischdecke", "linen-tablecloth"),
        ("de", "Leinentischdecke", "linen-tablecloth"),
        ("de", "tischdecke leinen", "linen-tablecloth"),
        ("de", "Hafen", None),
        ("ae", "كوب المرفأ", "harbour-mug"),
        ("ae", "كوب المرفا", "harbour-mug"),
        ("ae", "مفرش كتّان", "linen-tablecloth"),
        ("ae", "مفرش كتان", "linen-tablecloth"),
    ],
)
def test_words_find_what_they_name(search: Asked, market: str, text: str, first: str | None) -> None:
    listing = search.find(text, market)
    assert listing.total
    assert listing.corrected is None
    if first:
        assert ids(listing)[0] == first


@pytest.mark.parametrize(
    ("market", "one", "other"),
    [
        ("gb", "mug", "mugs"),
        ("de", "Schüssel", "Schuessel"),
        ("de", "Schüssel", "schussel"),
        ("de", "Topf", "Töpfe"),
        ("ae", "إبريق", "ابريق"),
        ("ae", "كوب", "الكوب"),
        ("ae", "كتّان", "كتـــان"),
        ("gb", "mug", "beaker"),
        ("de", "Tischdecke", "Tafeltuch"),
        ("ae", "دفتر", "كشكول"),
    ],
)
def test_forms_and_synonyms_find_the_same(search: Asked, market: str, one: str, other: str) -> None:
    first, second = search.find(one, market), search.find(other, market)
    assert first.total
    assert set(ids(first)) == set(ids(second))


def test_german_compounds_are_found_by_their_parts(search: Asked) -> None:
    found = ids(search.find("Becher", "de"))
    assert {"harbour-mug", "enamel-mug"} <= set(found[:4])
    assert "harbour-mug" in ids(search.find("Hafen", "de"))
    assert "linen-tablecloth" in ids(search.find("Tischdecke", "de"))


@pytest.mark.parametrize("market", ["gb", "de", "us", "ae"])
@pytest.mark.parametrize("sku", ["HMUG-IND-LAR", "hmug-ind-lar", " HMUG-IND-LAR ", "HMUG"])
def test_a_sku_finds_its_product_in_every_language(search: Asked, market: str, sku: str) -> None:
    listing = search.find(sku, market)
    assert ids(listing) == ["harbour-mug"]
    assert listing.total == 1


def test_the_beginning_of_a_sku_comes_first(search: Asked) -> None:
    assert ids(search.find("HMUG-IN"))[0] == "harbour-mug"


@pytest.mark.parametrize(
    ("market", "typed", "meant"),
    [
        ("gb", "tablecoth", "tablecloth"),
        ("gb", "beeswax candels", "beeswax"),
        ("de", "Tischdeke", "tischdecke"),
        ("ae", "مقلااة", "مقلاة"),
    ],
)
def test_slips_are_forgiven_and_said(search: Asked, market: str, typed: str, meant: str) -> None:
    listing = search.find(typed, market)
    assert listing.total
    assert listing.corrected is not None
    assert listing.corrected.startswith(meant)
    assert ids(listing) == ids(search.find(listing.corrected, market))


def test_nothing_is_corrected_into_nonsense(search: Asked) -> None:
    listing = search.find("qqqqzzzz")
    assert (listing.total, listing.corrected, listing.hits) == (0, None, ())


def test_an_unknown_word_beside_a_known_one_falls_back_to_any(search: Asked) -> None:
    assert "harbour-mug" in ids(search.find("mug qqqqzzzz"))


def test_a_search_is_narrowed_and_counted_like_a_listing(search: Asked) -> None:
    whole = search.find("linen")
    facet = next(facet for facet in whole.facets if facet.id == "colour")
    value = facet.values[0]
    narrowed = search.find("linen", filters={"colour": (value.value,)}, sort="price-asc")
    assert narrowed.total == value.count
    assert set(ids(narrowed)) <= set(ids(whole))
    prices = [hit.card.price.amount.amount for hit in narrowed.hits if hit.card]
    assert prices == sorted(prices)
    assert (whole.sort, narrowed.sort) == ("relevance", "price-asc")
    inside = search.find("linen", scope=Scope(kind="category", id="table", slug="table"))
    assert set(ids(inside)) < set(ids(whole))


def test_proposals_have_products_categories_and_queries(search: Asked) -> None:
    english = search.suggest("mu")
    assert "harbour-mug" in [card.id for card in english.products]
    assert ("category", "cups") in [(link.kind, link.id) for link in english.categories]
    assert "mug" in english.queries
    german = search.suggest("Leinent", "de")
    assert german.queries[0] == "Leinentischdecke"
    arabic = search.suggest("الكوب", "ae")
    assert "harbour-mug" in [card.id for card in arabic.products]
    assert search.suggest(" \0 ") == search.suggest("")
    assert (search.suggest("m", limit=2)).products.__len__() <= 2


NASTY = [
    "\0",
    '"',
    "* OR *",
    "NEAR(a b)",
    "title:x",
    "a" * 10_000,
    "mug " * 3_000,
    "%' --",
    "\u202e",
    "﷽" * 50,
    "²³",
    "😀",
    "- -",
    "AND",
    "ß" * 300,
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("market", ["gb", "de", "ae"])
def test_no_text_breaks_the_search(search: Asked, market: str, text: str) -> None:
    listing = search.find(text, market)
    assert listing.total is not None
    search.suggest(text, market)


@budget(max_examples=400, deadline=None, derandomize=True)
@given(text=st.text(max_size=80))
def test_folded_words_are_safe_and_stable(text: str) -> None:
    for language in ("en", "de", "ar", "fr"):
        analyser = Analyser(language, ("tisch", "decke", "leinen"))
        words = analyser.words(text)
        assert all(word.isalnum() for word in words)
        assert analyser.words(" ".join(words)) == words
        analyser.derived(" ".join(words))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [("en", "knife", "knives"), ("en", "dish", "dishes"), ("en", "candle", "candles"), ("en", "berry", "berries"),
     ("de", "schale", "schalen"),
     ("de", "toepfe", "topf"), ("ar", "الكوب", "كوب"), ("ar", "كوبات", "كوب")],
)  # fmt: skip
def test_inflections_meet(language: str, one: str, other: str) -> None:
    assert stem(fold(one, language), language) == stem(fold(other, language), language)


def test_a_correction_is_near_and_common() -> None:
    speller = Speller(
        [Known("becher", "Becher", 5), Known("bücher", "Bücher", 1), Known("tischdecke", "Tischdecke", 2)]
    )
    assert [k.word for k in speller.corrections("becehr")] == ["becher"]
    assert [k.word for k in speller.corrections("tishdeke")] == ["tischdecke"]
    assert speller.corrections("xy") == []
    assert "becher" not in [k.word for k in speller.corrections("becher")]


async def test_a_change_of_the_catalogue_is_served_without_a_restart(
    settings: Settings, public: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "LOOK_EVERY", 0.0)
    database = Database(settings, list(MARKETS.values()))
    search = EmbeddedSearch(database, settings, list(MARKETS.values()))
    await search.start()
    try:
        assert (await find(search, "zirconium")).total == 0

        def rename(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE product_text SET title = 'Zirconium mug' WHERE product_n = 0 AND language = 'en'"
            )
            connection.execute("UPDATE product SET updated = '2030-01-01T00:00:00+00:00' WHERE n = 0")
            connection.execute("UPDATE product SET status = 'gone' WHERE n = 1")
            catalogue_changed(connection)  # type: ignore[arg-type]

        before = (await search.listing(public(), query=ListingQuery())).total
        await database.write(rename)
        for _ in range(200):
            listing = await find(search, "zirconium")
            after = (await search.listing(public(), query=ListingQuery())).total
            if listing.total and after != before:
                break
            assert search._look is not None
            await search._look
        assert before is not None
        assert (listing.total, after) == (1, before - 1)
    finally:
        await search.close()
        database.close()


async def test_a_discontinued_product_is_found_by_its_sku_only(settings: Settings, public: Contexts) -> None:
    with closing(sqlite3.connect(settings.database)) as connection:
        connection.execute("UPDATE product SET status = 'discontinued' WHERE id = 'harbour-mug'")
        connection.commit()
    async with manifest.open(settings, None, list(MARKETS.values())) as offer:  # type: ignore[arg-type]
        assert offer.search is not None
        assert "harbour-mug" not in ids(await find(offer.search, "harbour mug"))
        assert "harbour-mug" not in ids(await offer.search.listing(public(), query=ListingQuery(size=100)))
        assert ids(await find(offer.search, "HMUG-IND-LAR")) == ["harbour-mug"]


def test_only_what_changed_is_read_again_and_only_once(settings: Settings, changed: Callable[..., Settings]) -> None:
    database = Database(settings, list(MARKETS.values()))
    with closing(database.connect()) as connection:
        words, told = FullText(beside(Path(settings.database))), []
        assert words.refresh(connection, lambda done, total: told.append(total))
        assert len(told) == 1
        assert FullText(beside(Path(settings.database))).refresh(connection, lambda done, total: told.append(total))
        assert len(told) == 1
        with transaction(connection):
            connection.execute("UPDATE product SET updated = '2030-01-01T00:00:00+00:00' WHERE n < 3")
            catalogue_changed(connection)
        told.clear()
        assert words.refresh(connection, lambda done, total: told.append(total))
        assert told == [3]
        count = "SELECT count(*), count(DISTINCT rowid) FROM words_en"
        rows = words.connection().execute(count).fetchone()
        assert rows == connection.execute("SELECT count(*), count(*) FROM product WHERE status = 'active'").fetchone()
    database.close()
