"""A bag whose reference is a token: each read answers with a new one, and the old one stays good."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from bff.ports import Cart, CartRef, CartTraits
from tests.pages.till import Backend, till
from tests.web.stage import Attribute, Port


class Tokens(Backend):
    """`reads` counts how often the bag was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.turn, self.reads = count(2), 0

    def offer(self, **ports: Any) -> Any:
        carts = Port(get=self.read, add=self.add, traits=Attribute(CartTraits()))
        return super().offer(carts=carts, **ports)

    def read(self, **_: Any) -> Any:
        self.reads += 1
        if not isinstance(self.there, Cart):
            return self.there
        return msgspec.structs.replace(self.there, ref=CartRef(id=f"c{next(self.turn)}"))


def test_the_header_counts_the_bag_that_the_page_has_read(tmp_path: Path) -> None:
    with till(tmp_path, Tokens()) as (backend, shopper):
        shopper.buys()
        for _ in range(2):
            backend.reads = 0
            assert 'data-hole="bag"><span class="tally"' in shopper.get("cart").text
            assert backend.reads == 1, "the bag was asked for twice for one page"
