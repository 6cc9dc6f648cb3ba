"""`portico embedded import`: a shop's own catalogue, from the product CSV that Shopify exports.

Types become categories (under the first level of their product category), tags collections, vendors brands. Products
are found again by handle, or by SKU where the handle changed, so that importing a newer export updates the shop. The
first import into a demo's database takes the demo's catalogue out.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from bff.ports import Command, CommandArgument, Misconfigured, Progress

from .database import Connection, Database, catalogue_changed, transaction
from .importer_products import Importer
from .importer_rows import read_products
from .search.fulltext import fill_beside
from .settings import Settings

BATCH = 200


def _pairs(written: str, key: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, map(str.strip, written.split(","))):
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Misconfigured(key, f"{pair!r} is not NAME=VALUE", fix=f"{key} USD=1.27,EUR=1.17")
        yield name.strip(), value.strip()


def _prices(arguments: Mapping[str, Any]) -> dict[str, list[tuple[str, Decimal]]]:
    """The price columns and the lists each fills; a market's own column is filled after what a rate says, and wins."""
    currency = str(arguments["currency"]).upper()
    prices: dict[str, list[tuple[str, Decimal]]] = {"": [(currency, Decimal(1))]}
    for code, written in _pairs(str(arguments.get("rate") or ""), "--rate"):
        try:
            prices[""].append((code.upper(), Decimal(written)))
        except InvalidOperation:
            raise Misconfigured("--rate", f"{written!r} is no number", fix="--rate USD=1.27") from None
    for market, code in _pairs(str(arguments.get("market") or ""), "--market"):
        prices.setdefault(market.lower(), []).append((code.upper(), Decimal(1)))
    for code, rate in (pair for some in prices.values() for pair in some):
        if not re.fullmatch("[A-Z]{3}", code) or not rate.is_finite() or rate <= 0:
            raise Misconfigured(
                "--currency, --rate", f"{code}={rate} is no currency and rate", fix="--currency GBP --rate USD=1.27"
            )
    return prices


async def import_file(settings: Settings, arguments: Mapping[str, Any]) -> AsyncIterator[Progress]:
    """Import the file. What cannot be understood is reported with its line, and the rest goes in. Raises `Misconfigured`."""
    path = Path(str(arguments["file"]))
    prices = _prices(arguments)
    if not await asyncio.to_thread(path.is_file):
        raise Misconfigured("FILE", f"{path} is no file", fix="name the CSV that Shopify exported")
    if arguments.get("database"):
        settings = msgspec.structs.replace(settings, database=str(arguments["database"]))
    database = Database(settings)
    try:
        await asyncio.to_thread(database.prepare)
        with contextlib.closing(database.connect()) as connection:
            importer = Importer(connection, str(arguments.get("language") or "en"), prices)
            async for progress in _import(connection, importer, path, list(prices)[1:]):
                yield progress
    finally:
        database.close()


async def _import(
    connection: Connection, importer: Importer, path: Path, markets: list[str]
) -> AsyncIterator[Progress]:
    rejected: list[tuple[int, str]] = []
    size, read, count = (await asyncio.to_thread(path.stat)).st_size, [0], 0
    products = read_products(
        path, markets, lambda line, why: rejected.append((line, why)), lambda at: read.__setitem__(0, at)
    )

    def batch(first: bool) -> int:
        done = 0
        with transaction(connection):
            for product in products:
                if first and not done:
                    importer.begin()
                rejected.extend(importer.write(product))
                done += 1
                if done == BATCH:
                    break
            if done < BATCH and count + done:
                importer.finish()
            elif done:
                catalogue_changed(connection)
        return done

    try:
        while True:
            done = await asyncio.to_thread(batch, not count)
            count += done
            for line, why in sorted(rejected):
                yield Progress(done=read[0], total=size, rejected=f"line {line}: {why}")
            rejected.clear()
            yield Progress(done=read[0], total=size, note=f"{count} products")
            if done < BATCH:
                break
    except ValueError as error:
        raise Misconfigured("FILE", str(error), fix="export the products from Shopify as CSV") from error
    if count:
        await asyncio.to_thread(fill_beside, connection)
        yield Progress(done=size, total=size, note=f"{count} products")


COMMAND = Command(
    name="import",
    help="Take in a shop's own catalogue: the product CSV that Shopify exports",
    arguments=(
        CommandArgument(name="file", help="the CSV file", kind="path", required=True),
        CommandArgument(name="--currency", help="the currency of the file's prices", required=True),
        CommandArgument(name="--rate", help="other price lists, made by a rate: USD=1.27,EUR=1.17"),
        CommandArgument(name="--market", help="price lists from the file's market columns: United States=USD"),
        CommandArgument(name="--language", help="the language of the file's texts", default="en"),
        CommandArgument(name="--database", help="the SQLite file; without it, the configured one", kind="path"),
    ),
    run=import_file,
)
