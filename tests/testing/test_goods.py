"""What the portable journeys find to buy."""

from __future__ import annotations

from playwright.sync_api import Error

from bff.testing.journeys import run
from bff.testing.journeys.goods import Goods, Product


def test_what_sells_out_meanwhile_gives_way_to_another() -> None:
    stock = {"/a": 1, "/b": 5}
    goods = Goods("http://store.example/en-gb", "en-GB", [], [*stock])
    goods.looked_at_by(lambda path: Product(path, path, options=0, inputs=0, buyable=stock[path] > 0))
    assert goods.simple().path == "/a"
    assert not goods.sold_out()
    stock["/a"] = 0
    assert goods.sold_out()
    assert goods.simple().path == "/b"
    assert not goods.sold_out()


def test_a_store_that_shows_nothing_now_is_the_failure_of_the_walk_alone() -> None:
    def look(path: str) -> Product:
        if seen:
            raise Error("Timeout 10000ms exceeded")
        seen.append(path)
        return Product(path, path, options=0, inputs=0, buyable=True)

    seen: list[str] = []
    goods = Goods("http://store.example/en-gb", "en-GB", [], ["/a"])
    goods.looked_at_by(look)
    assert goods.simple().path == "/a"
    assert not run._sold_out(goods)
