"""The file's schema: a newer Portico brings what it may throw away up to date, and touches nothing a shop would miss."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from adapters.embedded.database import Database
from adapters.embedded.settings import Settings
from bff.ports import Misconfigured


def told(settings: Settings, **meta: str) -> None:
    """Make the file one of another version's, or source."""
    with closing(sqlite3.connect(settings.database)) as connection, connection:
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())


def joined(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.database)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(customer)")]
        values = ", ".join("?" for _ in columns)
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute(f"INSERT INTO customer VALUES ({values})", ["x"] * len(columns))


def count(settings: Settings, table: str) -> int:
    with closing(sqlite3.connect(settings.database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def prepare(settings: Settings) -> None:
    database = Database(settings)
    database.prepare()
    database.close()


def test_a_new_catalogue_schema_leaves_customers_alone(settings: Settings) -> None:
    joined(settings)
    told(settings, schema="older")
    prepare(settings)
    assert count(settings, "customer") == 1
    assert count(settings, "product") > 60


def test_the_demos_customers_go_with_their_schema(settings: Settings) -> None:
    joined(settings)
    told(settings, shoppers="older")
    prepare(settings)
    assert count(settings, "customer") == 0


def test_a_shops_customers_are_never_thrown_away(settings: Settings) -> None:
    joined(settings)
    told(settings, shoppers="older", source="import")
    with pytest.raises(Misconfigured, match="orders or customers"):
        prepare(settings)
    assert count(settings, "customer") == 1


def test_an_imported_catalogue_is_never_thrown_away(settings: Settings) -> None:
    told(settings, schema="older", source="import")
    with pytest.raises(Misconfigured, match="imported"):
        prepare(settings)


def test_a_shop_without_customers_follows_a_new_schema(settings: Settings) -> None:
    told(settings, shoppers="older", source="import")
    prepare(settings)
    assert count(settings, "cart") == 0
