"""Fifty orders of one cart at once, from several threads and processes: one order."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.embedded import placing
from adapters.embedded.database import Database, transaction
from bff.ports import Ordered
from tests.adapters.embedded.conftest import MARKETS, visitor
from tests.adapters.embedded.shopping import BACK, Buyer, line, ready

pytestmark = pytest.mark.anyio

OTHER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from adapters.embedded import placing
from adapters.embedded.database import Database, transaction
from adapters.embedded.settings import Settings
from tests.adapters.embedded.conftest import MARKETS, TODAY, visitor
from tests.adapters.embedded.shopping import BACK

database = Database(Settings(database=sys.argv[1], today=TODAY), list(MARKETS.values()))

def place(_):
    connection = database.connect()
    with transaction(connection):
        outcome = placing.place(connection, visitor(), sys.argv[2], None, BACK)
    connection.close()
    return outcome.order.number

with ThreadPoolExecutor(5) as threads:
    print("ready", flush=True)
    sys.stdin.readline()
    print(*threads.map(place, range(20)))
"""


async def test_fifty_at_once_make_one_order(buyer, settings, stock, sql):
    before = stock("HMUG-IND-SMA")
    shopper = await ready(buyer, line("HMUG-IND-SMA", 2))
    database = Database(settings, list(MARKETS.values()))
    gate = threading.Event()

    def place() -> str:
        connection = database.connect()
        gate.wait()
        with transaction(connection):
            outcome = placing.place(connection, visitor(), shopper.ref.id, None, BACK)
        connection.close()
        assert isinstance(outcome, Ordered)
        return outcome.order.number

    arguments = [sys.executable, "-c", OTHER, settings.database, shopper.ref.id]
    with (
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,  # noqa: ASYNC220
        ThreadPoolExecutor(10) as threads,
    ):
        assert other.stdout.readline() == "ready\n"
        own = [threads.submit(place) for _ in range(10)]
        other.stdin.write("go\n")
        other.stdin.flush()
        gate.set()
        told = await asyncio.gather(*(shopper.place(None) for _ in range(20)))
        numbers = {outcome.order.number for outcome in told} | {future.result() for future in own}
        theirs = (await asyncio.to_thread(other.stdout.read)).split()
    database.close()
    assert other.returncode == 0
    assert len(theirs) == 20
    assert len(numbers | set(theirs)) == 1
    assert stock("HMUG-IND-SMA") == before - 2
    assert sql("SELECT count(*) FROM orders") == [(1,)]


async def test_ten_carts_and_three_pieces(buyer, sql, stock):
    sql("UPDATE variant SET stock = 3 WHERE sku = 'HMUG-IND-SMA'")
    rivals: list[Buyer] = [
        await ready(buyer, line("HMUG-IND-SMA"), method="card" if at % 2 else "bank_transfer") for at in range(10)
    ]
    outcomes = await asyncio.gather(*(shopper.place(None) for shopper in rivals))
    assert sorted(type(outcome).__name__ for outcome in outcomes).count("Refused") == 7
    assert stock("HMUG-IND-SMA") == 0
