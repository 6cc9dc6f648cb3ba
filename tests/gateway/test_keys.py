"""What names an answer: everything it depends on, and nothing of the shopper."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bff.gateway.keys import LONGEST_TYPED, namer
from bff.ports import ListingQuery, ProductKey, Scope, Trace, VariantKey
from tests.gateway.bench import call, operation
from tests.web.goods import ALL, context


def key(name: str = "catalog.product", ctx: Any = None, backend: str = "shop", **arguments: Any) -> bytes:
    own = replace(operation(name), backend=backend)
    return namer(own)(call(own, ctx=ctx, **arguments), arguments)


def test_it_depends_on_backend_operation_arguments_market_locale_currency_and_audience() -> None:
    ctx = context()
    different = [
        key(ctx=ctx, slug="mug"),
        key(ctx=ctx, slug="cup"),
        key(ctx=ctx, slug="mug", selection={"colour": "blue"}),
        key("catalog.resolve", ctx=ctx, path="mug"),
        key(ctx=ctx, slug="mug", backend="other"),
        *(key(ctx=context(place), slug="mug") for name, place in ALL.items() if name != "en-gb"),
        key(ctx=msgspec.structs.replace(ctx, currency="EUR"), slug="mug"),
        key(ctx=msgspec.structs.replace(ctx, audience="trade"), slug="mug"),
    ]
    assert len(set(different)) == len(different)
    assert all(len(one) == 16 for one in different)
    own = operation()
    assert namer(replace(own, configuration=b"1"))(call(own), {"slug": "mug"}) != key(slug="mug")


def test_it_depends_on_nothing_else() -> None:
    ctx = context()
    other = msgspec.structs.replace(
        ctx,
        trace=Trace(request_id="ff", traceparent="00-1"),
        deadline=context(seconds=1).deadline,
        variations={"a": "b"},
    )
    assert key(ctx=ctx, slug="mug") == key(ctx=other, slug="mug")


def test_arguments_have_one_form() -> None:
    assert key(slug="mug") == key(slug="mug", selection=None)
    assert key(slug="m", selection={"a": "1", "b": "2"}) == key(slug="m", selection={"b": "2", "a": "1"})
    listing = [ListingQuery(text=text) for text in ("Blue  Mug ", "blue mug", "BLUE\tMUG")]
    assert len({key("search.listing", query=one) for one in listing}) == 1
    assert key("search.suggest", text="Mu", limit=6) == key("search.suggest", text=" mu ", limit=6)
    assert key("search.suggest", text="Maße") != key("search.suggest", text="Masse")


def test_what_shoppers_type_at_length_or_of_themselves_has_no_key() -> None:
    assert key("search.suggest", text="x" * LONGEST_TYPED)
    assert key("search.suggest", text="x" * (LONGEST_TYPED + 1)) == b""
    assert key("search.listing", query=ListingQuery(filters={"f": ("v" * 9_000,)})) == b""
    assert key("stores.find", country="GB")
    assert key("stores.find", near="SW1A 1AA") == b""
    assert key("stores.find", point=(Decimal(1), Decimal(2))) == b""
    lines = ((VariantKey(id="v"), Decimal(1)),)
    assert key("delivery.estimate", lines=lines, country="GB")
    assert key("delivery.estimate", lines=lines, country="GB", postcode="SW1A 1AA") == b""


def test_what_cannot_be_written_down_has_no_key() -> None:
    assert key(slug="mug", selection={("a",): object()}) == b"" or len(key(slug="mug", selection={("a",): 1})) == 16
    assert key(slug=float) != b""


@pytest.mark.parametrize(
    "query",
    [
        ListingQuery(scope=Scope(kind="category", id="1", slug="a")),
        ListingQuery(text="mug", page=2),
        ListingQuery(text="mug", filters={"colour": ("blue", "red")}),
        ListingQuery(text="mug", sort="price-asc"),
    ],
)
def test_listings_are_told_apart(query: ListingQuery) -> None:
    assert key("search.listing", query=query) != key("search.listing", query=ListingQuery(text="mug"))


def test_parts_of_a_list_are_told_apart() -> None:
    keys = [ProductKey(id="1"), ProductKey(sku="1"), ProductKey(slug="1")]
    assert len({key("catalog.products", keys=(one,)) for one in keys}) == 3
