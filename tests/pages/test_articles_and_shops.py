"""An article does not wait for the things it names; a shop's hours may have a break."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bff.gateway.backends import composed
from bff.pages.journal import load_article
from bff.pages.stores import load as load_stores
from bff.ports import Article, Articles, NotFound, OpeningHours, ProductKey, ProductsBlock, Store, Unavailable
from tests.web.goods import GB, card, catalog, content, context, offer
from tests.web.stage import Port

KEYS = tuple(ProductKey(id=f"p{n}") for n in range(230))
TEA = Article(id="tea", slug="tea", title="Tea", products=KEYS[:2], body=(ProductsBlock(keys=KEYS),))
OTHERS = tuple(Article(id=id, slug=id, title=id.title()) for id in ("tea", "a", "b", "c", "d"))


def backend(**ports: Any) -> Any:
    def articles(slug: str | None = None, cursor: str | None = None, limit: int = 12) -> Articles:
        if slug and slug != "tea":
            raise NotFound(slug)
        return Articles(article=TEA) if slug else Articles(items=OTHERS[:limit])

    return composed("default", offer(**{"content": content(articles=articles), **ports}))


@pytest.mark.anyio
async def test_an_article_with_all_it_names() -> None:
    view = await load_article(backend(), context(), GB, "tea", "Journal")
    assert [found.id for found in view.cards.value or ()] == ["p0", "p1"]
    assert [link.url for link in view.others.value or ()] == [f"/en-gb/journal/{id}" for id in "abc"]
    assert [found.id for found in view.body[0].cards] == [key.id for key in KEYS], "asked for a hundred at a time"


@pytest.mark.anyio
async def test_words_do_not_fail_with_the_catalogue() -> None:
    def broken(keys: Any) -> Any:
        raise Unavailable("products")

    view = await load_article(backend(catalog=catalog(products=broken)), context(), GB, "tea", "Journal")
    assert (view.cards.state, view.cards.url) == ("failed", "/en-gb/_/named/tea")
    assert view.others.state == "ready"
    assert view.body[0].cards == ()


@pytest.mark.anyio
async def test_one_batch_that_fails_takes_no_other_with_it() -> None:
    def some(keys: Any) -> Any:
        if keys[0].id == "p0":
            raise Unavailable("products")
        return tuple(card(key.id) for key in keys)

    view = await load_article(backend(catalog=catalog(products=some)), context(), GB, "tea", "Journal")
    assert [found.id for found in view.body[0].cards] == [key.id for key in KEYS[100:]]


@pytest.mark.anyio
async def test_what_an_article_shows_is_asked_for_at_once() -> None:
    """The article and its neighbours together; then everything it names together."""
    log: list[str] = []

    class Slow:
        def __init__(self, port: Any) -> None:
            self._port = port

        def __getattr__(self, name: str) -> Any:
            async def call(*arguments: Any, **named: Any) -> Any:
                log.append(name)
                for _ in range(20):
                    await asyncio.sleep(0)  # the others' turn
                log.append(f"/{name}")
                return await getattr(self._port, name)(*arguments, **named)

            return call

    whole = backend()
    slow = composed("default", offer(content=Slow(whole.content), catalog=Slow(whole.catalog)))
    await load_article(slow, context(), GB, "tea", "Journal")
    assert log == ["articles"] * 2 + ["/articles"] * 2 + ["products"] * 4 + ["/products"] * 4


@pytest.mark.anyio
@pytest.mark.parametrize("only", [None, "named", "others"])
async def test_an_unknown_article_is_not_found(only: str | None) -> None:
    with pytest.raises(NotFound):
        await load_article(backend(), context(), GB, "coffee", "Journal", only=only)


@pytest.mark.anyio
@pytest.mark.parametrize("only", ["named", "others"])
async def test_a_region_by_itself_does_not_ask_for_itself_again(only: str) -> None:
    view = await load_article(backend(), context(), GB, "tea", "Journal", only=only)
    states = {"named": view.cards, "others": view.others}
    assert {name: found.state for name, found in states.items()} == {
        name: "ready" if name == only else "absent" for name in states
    }
    assert (states[only].url, view.body) == (None, ())


@pytest.mark.anyio
async def test_opening_hours_with_a_break() -> None:
    hours = [(1, "14:00", "18:00"), (0, "09:00", "17:00"), (1, "09:00", "12:30"), (9, "00:00", "01:00")]
    shop = Store(
        id="1",
        name="Shop",
        lines=("1 Road",),
        city="Bath",
        country="GB",
        hours=tuple(OpeningHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in hours),
    )
    view = await load_stores(backend(stores=Port(find=(shop,))), context(), GB, "", "Stores")
    monday, tuesday, *rest = view.stores[0].week
    assert (monday, tuesday) == ((("09:00", "17:00"),), (("09:00", "12:30"), ("14:00", "18:00")))
    assert rest == [()] * 5
