"""Pictures in backends' answers, however deep, get the store's addresses; all else is the very same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bff.gateway.calls import BARE, bind
from bff.gateway.picturing import Pictured, _fields
from bff.ports import Catalog, Image, ImageBlock, Media, Order, Seo, TextBlock
from bff.ports import Html as Markup
from tests.web import goods

RAW = Image(url="https://cdn.example/a.jpg", alt="A")
OURS = Image(url="/media/a", alt="A")


class Addresses:
    def image(self, image: Image) -> Image:
        return OURS if image is RAW else image

    def address(self, url: str) -> str | None:
        return "/media/large" if url == RAW.url else None


LINK = Pictured(Addresses())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    "value",
    [
        goods.card(media=(Media(image=goods.picture()), Media(image=RAW))),
        (goods.card(), goods.card(media=(Media(image=RAW),))),
        goods.product(variants=(goods.variant(media=(Media(image=RAW),)),)),
        goods.product(seo=Seo(image=RAW.url)),
        goods.listing(
            hits=(
                goods.listing().hits[0],
                msgspec.structs.replace(goods.listing().hits[1], card=goods.card(media=(Media(image=RAW),))),
            )
        ),
        goods.category(image=RAW),
        (TextBlock(html=Markup("a")), ImageBlock(image=RAW)),
        [RAW],
        RAW,
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_picture_is_given_an_address(value: Any) -> None:
    found = LINK.pictured(value)
    before, after = msgspec.json.encode(value), msgspec.json.encode(found)
    assert b"cdn.example" in before
    assert b"cdn.example" not in after
    assert b"/media/" in after
    assert after.replace(b"/media/large", RAW.url.encode()).replace(b"/media/a", RAW.url.encode()) == before
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "value", [None, 1, "a", True, (), [], goods.card(), goods.product(), goods.listing(), (goods.card(),)]
)
def test_what_has_none_is_the_very_same(value: Any) -> None:
    assert LINK.pictured(value) is value


def test_models_without_pictures_are_not_looked_through() -> None:
    assert _fields(type(goods.money("1"))) == ()
    assert "media" in _fields(type(goods.card()))
    assert "lines" in _fields(Order)
    assert "extensions" not in _fields(type(goods.product()))


@pytest.mark.anyio
async def test_it_stands_before_a_port() -> None:
    port = goods.catalog(products=lambda keys: (goods.card(media=(Media(image=RAW),)),))
    bound: Any = bind(Catalog, port, backend="b", name="catalog", links=[*BARE, LINK])
    (card,) = await bound.products(goods.context(), keys=())
    assert card.media[0].image is OURS
