"""Importing Shopify's product CSV: what goes in, what is left out and said, and that twice is once."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from adapters.embedded import manifest
from adapters.embedded.importer import import_file
from adapters.embedded.importer_rows import read_products
from adapters.embedded.settings import Settings
from bff.ports import ListingQuery, Market, Misconfigured, Progress, Scope

from .conftest import MARKETS, TODAY, public

pytestmark = pytest.mark.anyio

HEADER = [
    "Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published", "Option1 Name",
    "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU",
    "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy",
    "Variant Fulfillment Service", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping",
    "Variant Taxable", "Unit Price Total Measure", "Unit Price Total Measure Unit", "Unit Price Base Measure",
    "Unit Price Base Measure Unit", "Variant Barcode", "Image Src", "Image Position", "Image Alt Text", "Gift Card",
    "SEO Title", "SEO Description", "Variant Image", "Price / United States", "Status",
]  # fmt: skip
SHIRT = {
    "Handle": "linen-shirt",
    "Title": "Linen shirt, “Größe”",
    "Body (HTML)": "<p>A shirt.<br>\n\u2028Two lines, and a <script>alert(1)</script> nobody runs.</p>",
    "Vendor": "Webb & Co",
    "Product Category": "Apparel & Accessories > Clothing > Shirts",
    "Type": "Shirts",
    "Tags": "summer, linen",
    "Published": "true",
    "Option1 Name": "Color",
    "Option1 Value": "Blue",
    "Option2 Name": "Size",
    "Option2 Value": "M",
    "Variant SKU": "SH-B-M",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "12",
    "Variant Inventory Policy": "deny",
    "Variant Price": "49.00",
    "Variant Compare At Price": "60.00",
    "Variant Barcode": "'4006381333931",
    "Image Src": "https://cdn.example/shirt-blue.jpg",
    "Image Position": "1",
    "Image Alt Text": "Blue shirt",
    "Variant Image": "https://cdn.example/shirt-blue.jpg",
    "Price / United States": "59.00",
    "Status": "active",
}
SHIRT_WHITE = {
    "Handle": "linen-shirt", "Option1 Value": "White", "Option2 Value": "M", "Variant SKU": "SH-W-M",
    "Variant Price": "52.5", "Variant Inventory Tracker": "shopify", "Variant Inventory Qty": "-3",
    "Variant Inventory Policy": "continue",
    "Image Src": "https://cdn.example/shirt-white.jpg", "Image Position": "2",
    "Variant Image": "https://cdn.example/shirt-white.jpg",
}  # fmt: skip
SHIRT_PICTURE = {"Handle": "linen-shirt", "Image Src": "https://cdn.example/detail.jpg", "Image Position": "3"}
TEA = {
    "Handle": "tea", "Title": "Tea", "Vendor": "Almanac", "Type": "Tea", "Tags": "summer", "Published": "true",
    "Option1 Name": "Title", "Option1 Value": "Default Title", "Variant Price": "8", "Unit Price Total Measure": "250",
    "Unit Price Total Measure Unit": "g", "Unit Price Base Measure": "1", "Unit Price Base Measure Unit": "kg",
    "Status": "active",
}  # fmt: skip


def sheet(rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Shop:
    """A database and what imports said."""

    def __init__(self, folder: Path) -> None:
        self.database, self.file = folder / "shop.sqlite", folder / "products.csv"

    async def take(self, content: str | bytes | Iterable[Mapping[str, str]], **arguments: Any) -> list[str]:
        """Imports; answers what was rejected."""
        if not isinstance(content, str | bytes):
            content = sheet(content)
        self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        said: list[Progress] = []
        given = {"file": str(self.file), "currency": "GBP", "database": str(self.database), **arguments}
        async for progress in import_file(Settings(today=TODAY), given):
            said.append(progress)
        return [p.rejected for p in said if p.rejected]

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def catalogue(self) -> dict[str, list[Any]]:
        tables = (
            "product",
            "product_text",
            "product_category",
            "variant",
            "price",
            "category",
            "category_text",
            "option_value",
            "brand",
        )
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_a_product_comes_in_whole(shop: Shop) -> None:
    assert await shop.take([SHIRT, SHIRT_WHITE, SHIRT_PICTURE, TEA], rate="EUR=1.17", market="United States=USD") == []
    async with manifest.open(Settings(database=str(shop.database), today=TODAY), None, list(MARKETS.values())) as offer:  # type: ignore[arg-type]
        assert offer.catalog is not None
        assert offer.search is not None
        shirt = await offer.catalog.product(public(), slug="linen-shirt", selection={"color": "blue", "size": "m"})
        assert shirt.title == "Linen shirt, “Größe”"
        assert shirt.description is not None
        assert "<script>" in shirt.description.source
        assert shirt.brand is not None
        assert shirt.brand.title == "Webb & Co"
        assert [link.title for link in shirt.breadcrumbs][:2] == ["Apparel & Accessories", "Shirts"]
        assert shirt.selected is not None
        assert shirt.selected.barcode == "4006381333931"
        assert shirt.selected.price.amount.amount == Decimal("49.00")
        assert shirt.selected.price.compare_at is not None
        assert [option.kind for option in shirt.options] == ["swatch", "size"]
        assert len(shirt.variants or ()) == 2
        assert {media.image.url for media in shirt.media} == {
            f"https://cdn.example/{n}.jpg" for n in ("shirt-blue", "detail")
        }
        german = await offer.catalog.product(public("de"), slug="linen-shirt")
        assert german.price.amount.amount == Decimal("57.33")
        american = await offer.catalog.product(public("us"), slug="linen-shirt")
        assert american.price.amount.amount == Decimal("59.00")
        tea = await offer.catalog.product(public("de"), slug="tea")
        assert tea.options == ()
        assert tea.price.unit is not None
        assert tea.price.unit.amount.amount == Decimal("37.44")
        everything = await offer.search.listing(public(), query=ListingQuery())
        assert everything.total == 2
        assert [
            hit.key.id for hit in (await offer.search.listing(public(), query=ListingQuery(text="SH-W-M"))).hits
        ] == ["linen-shirt"]
        tagged = Scope(kind="collection", id="", slug="summer")
        assert (await offer.search.listing(public(), query=ListingQuery(scope=tagged))).total == 2
        emirates = await offer.search.listing(public("ae"), query=ListingQuery())
        assert emirates.total == 0


async def test_twice_is_once(shop: Shop) -> None:
    rows = [SHIRT, SHIRT_WHITE, SHIRT_PICTURE, TEA]
    await shop.take(rows)
    first = shop.catalogue()
    assert await shop.take(rows) == []
    assert shop.catalogue() == first


async def test_a_newer_export_updates_by_handle_and_by_sku(shop: Shop) -> None:
    await shop.take([SHIRT, SHIRT_WHITE, TEA])
    ids = dict(shop.rows("SELECT sku, id FROM variant"))
    await shop.take(
        [
            {**SHIRT, "Handle": "summer-shirt", "Variant Price": "45.00"},
            {**TEA, "Title": "Green tea", "Published": "false"},
        ]
    )
    assert shop.rows("SELECT count(*) FROM product") == [(2,)]
    assert shop.rows("SELECT slug FROM product_text ORDER BY product_n") == [("summer-shirt",), ("tea",)]
    assert shop.rows("SELECT id, amount FROM variant JOIN price ON variant_id = id WHERE sku = 'SH-B-M'") == [
        (ids["SH-B-M"], "45.00")
    ]
    assert shop.rows("SELECT status FROM product ORDER BY n") == [("active",), ("gone",)]
    assert shop.rows("SELECT 1 FROM variant WHERE sku = 'SH-W-M'") == []


async def test_a_sku_of_another_product_is_left_where_it_is(shop: Shop) -> None:
    await shop.take([SHIRT, {**TEA, "Variant SKU": "TEA-1"}])
    rejected = await shop.take([{**TEA, "Variant SKU": "SH-B-M"}, {**TEA, "Variant SKU": "TEA-2", "Handle": "other"}])
    assert rejected[0] == "line 2: SKU SH-B-M belongs to another product"
    owners = shop.rows("SELECT p.id, v.sku FROM variant v JOIN product p ON p.n = v.product_n ORDER BY v.sku")
    assert owners == [("linen-shirt", "SH-B-M"), ("tea", "TEA-1"), ("other", "TEA-2")]


async def test_what_makes_no_sense_is_said_with_its_line_and_the_rest_goes_in(shop: Shop) -> None:
    bad = [
        SHIRT,
        {**SHIRT_WHITE, "Variant Price": "a lot"},
        {**SHIRT_WHITE, "Option1 Value": "", "Variant Price": "1"},
        {**SHIRT_WHITE, "Option1 Value": "Blue", "Variant SKU": "AGAIN"},
        {**SHIRT_WHITE, "Option1 Value": "Red", "Variant SKU": "SH-B-M"},
        {"Handle": "", "Title": "nameless"},
        {**TEA, "Handle": "untitled", "Title": ""},
        {**TEA, "Handle": "free", "Title": "No price", "Variant Price": ""},
        {**TEA, "Handle": "odd", "Title": "Odd", "Variant Price": "NaN"},
        {**TEA, "Handle": "neg", "Title": "Neg", "Variant Price": "-4"},
        {**TEA, "Handle": "pic", "Title": "Pic", "Image Src": "javascript:alert(1)"},
        TEA,
        {**SHIRT, "Variant SKU": "LATE"},
    ]
    rejected = await shop.take(bad)
    assert shop.rows("SELECT id FROM product ORDER BY id") == [("linen-shirt",), ("pic",), ("tea",)]
    assert shop.rows("SELECT sku FROM variant WHERE sku IS NOT NULL") == [("SH-B-M",)]
    told = " ".join(rejected)
    for reason in (
        "line 4: variant price is no price: 'a lot'", "has no value for Color", "repeats the variant Blue",
        "SKU SH-B-M is already taken by line",
        "has no handle", "has no title", "has no price", "'NaN'", "'-4'", "not http or https", "appeared before",
    ):  # fmt: skip
        assert reason in told, (reason, rejected)


@pytest.mark.parametrize(
    ("encoding", "title"), [("utf-8-sig", "Tasse für Öl"), ("utf-16", "Tasse für Öl"), ("cp1252", "Tasse für Öl")]
)
async def test_encodings_are_recognised(shop: Shop, encoding: str, title: str) -> None:
    assert await shop.take(sheet([{**TEA, "Title": title}]).encode(encoding)) == []
    assert shop.rows("SELECT title FROM product_text") == [(title,)]


async def test_malformed_files_are_refused_or_reported(shop: Shop) -> None:
    for content in ("", "a,b,c\n1,2,3\n"):
        with pytest.raises(Misconfigured, match="FILE"):
            await shop.take(content)
    good = sheet([TEA])
    assert "cells where the header has" in (await shop.take(good + ",".join(["x"] * 99) + "\n"))[0]
    huge = await shop.take(sheet([{**TEA, "Handle": "huge", "Body (HTML)": "x" * 1_200_000}, TEA]))
    assert any("cannot be read" in line for line in huge)
    assert shop.rows("SELECT id FROM product") == [("tea",)]
    with pytest.raises(Misconfigured, match="rate"):
        await shop.take([TEA], rate="USD")
    with pytest.raises(Misconfigured, match="currency"):
        await shop.take([TEA], currency="pounds")


async def test_the_newer_export_is_read_too(shop: Shop) -> None:
    text = (
        "Title,URL handle,Description,Vendor,Type,Tags,Published on online store,Status,SKU,Option1 name,Option1 value,"
        "Price,Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Product image URL\n"
        "Mug,mug,<p>Mug</p>,Lowtide,Mugs,,TRUE,Active,M1,Title,Default Title,12.00,,shopify,4,DENY,https://cdn.example/m.jpg\n"
    )
    assert await shop.take(text) == []
    assert shop.rows("SELECT sku, stock, amount FROM variant JOIN price ON variant_id = id") == [("M1", 4, "12.00")]


async def test_a_shop_of_many_batches_is_complete(shop: Shop) -> None:
    many = [{**TEA, "Handle": f"tea-{n}", "Title": f"Tea {n}", "Variant SKU": f"T{n}"} for n in range(450)]
    assert await shop.take(many) == []
    assert shop.rows("SELECT count(*) FROM product") == [(450,)]
    market = Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})
    async with manifest.open(Settings(database=str(shop.database), today=TODAY), None, [market]) as offer:  # type: ignore[arg-type]
        assert offer.search is not None
        assert (await offer.search.listing(public(), query=ListingQuery(text="tea", page=5, size=100))).total == 450


@budget(max_examples=150, deadline=None, derandomize=True)
@given(cells=st.lists(st.lists(st.text(max_size=12), max_size=12), max_size=12), names=st.permutations(HEADER[:12]))
def test_no_file_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], names: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    text = ",".join([*names, "Variant Price"]) + "\n" + "\n".join(",".join(row) for row in cells)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    said: list[tuple[int, str]] = []
    for product in read_products(path, (), lambda line, why: said.append((line, why)), lambda at: None):
        assert product.handle
        assert product.variants
    assert all(line > 0 and why for line, why in said)
