"""Events in a real PostgreSQL: what is sent twice counts once, several hosts write at a time, a server that goes away
is waited for, and a report on a copy is the report on a file."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bff.events.event import RENDER_MS, Event
from bff.events.log import EventLog
from bff.events.postgres import Postgres
from bff.events.spool import Parcel, Spool
from bff.events.sqlite import SqliteSink
from bff.experiments.analysis.report import Design
from bff.experiments.analysis.verdict import report
from tests.events.made import event, exposure, purchase
from tests.live.medusa.server import database

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portico-postgres-")))
        yield stack.enter_context(database(folder, stack.enter_context((folder / "log").open("wb"))))


@pytest.fixture
def server(address: str) -> Iterator[Postgres]:
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS portico CASCADE")
    own = Postgres(address)
    yield own
    own.close()


def count(address: str, table: str = "conversions") -> int:
    with psycopg.connect(address) as db:
        found = db.execute(f"SELECT count(*) FROM portico.{table}").fetchone()  # type: ignore[arg-type]
    assert found
    return int(found[0])


def lived(n: int) -> list[Event]:
    out: list[Event] = []
    for i in range(n):
        name, variation = f"v{i}", "big" if i % 2 else "control"
        where = {"experiment": "card", "phase": 1, "variation": variation}
        out += [exposure(name, variation, at=1e9 + i), event(visitor=name, at=1e9 + i + 5)]
        out += [event(RENDER_MS, name, at=1e9 + i, value=float(i % 7), **where)]
        if i % 3 == 0:
            out.append(purchase(name, str(i), 10.0 + i, at=1e9 + i + 9))
    return out


def test_the_same_parcel_again_changes_nothing(server: Postgres, address: str) -> None:
    events = lived(60)
    server.deliver(b"one", Parcel(events=tuple(events), losses=(("queue", 3, 1e9),)))
    before = [count(address, table) for table in ("exposures", "conversions", "readings")]
    server.deliver(b"one", Parcel(events=tuple(events), losses=(("queue", 3, 1e9),)))
    server.deliver(b"two", Parcel(events=tuple(e for e in events if e.kind != RENDER_MS)))
    assert [count(address, table) for table in ("exposures", "conversions", "readings")] == before
    with psycopg.connect(address) as db:
        assert db.execute("SELECT sum(n) FROM portico.losses").fetchone() == (3,)
        assert db.execute("SELECT sum(n) FROM portico.readings").fetchone() == (60,)


def test_the_earliest_exposure_counts_and_an_order_once(server: Postgres, address: str) -> None:
    server.deliver(b"1", Parcel(events=(exposure(at=20.0, fallback=True), purchase("ada", "1"))))
    server.deliver(b"2", Parcel(events=(exposure(at=10.0), purchase("bob", "1"))))
    with psycopg.connect(address) as db:
        assert db.execute("SELECT at, fallback FROM portico.exposures").fetchall() == [(10_000, 1)]
    assert count(address) == 1


def test_hosts_that_write_the_same_at_once_do_not_hold_each_other(server: Postgres, address: str) -> None:
    events, failed = lived(200), []

    def host(n: int) -> None:
        own = Postgres(address)
        try:
            for i in range(5):
                batch = events if (n + i) % 2 else events[::-1]
                own.deliver(f"{n}-{i}".encode(), Parcel(events=tuple(batch)))
        except Exception as error:
            failed.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=host, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert count(address, "exposures") == 200


def test_a_connection_that_breaks_is_made_again(server: Postgres, address: str, tmp_path: Path) -> None:
    log = EventLog(Spool(tmp_path / "spool.sqlite", server, look=0.01))
    log.record(event(visitor="ada"))
    log.flush()
    with psycopg.connect(address, autocommit=True) as db:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        db.execute(mine)
    for n in range(100):
        log.record(event(visitor=f"v{n}"))
    log.close()
    again = Spool(tmp_path / "spool.sqlite", server)
    again.forward()
    assert again.waiting() == 0
    again.close()
    assert count(address) == 101


def test_forgotten_also_what_is_still_on_its_way(server: Postgres, address: str) -> None:
    server.deliver(b"1", Parcel(events=(exposure("ada"), purchase("ada"), exposure("bob"))))
    assert server.forget("ada") == 2
    server.deliver(b"2", Parcel(events=(event(visitor="ada"), event(visitor="bob"))))
    assert count(address) == count(address, "exposures") == 1


def test_what_is_too_old_goes(server: Postgres, address: str) -> None:
    server.deliver(b"1", Parcel(events=tuple(lived(10))))
    server.tend(1e9 + 10 * 86_400)  # a host whose clock is behind
    assert count(address, "exposures") == 10
    server.tend(4e9)
    assert count(address, "exposures") == 0


def test_what_the_server_refuses_is_a_value_error(server: Postgres, address: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        server.deliver(b"1", Parcel(events=(event(generation=2**40), event())))
    server.deliver(b"2", Parcel(events=(event(),)))
    assert count(address) == 1


def test_the_report_on_a_copy_is_the_report_on_a_file(server: Postgres, tmp_path: Path) -> None:
    events = lived(3_000)
    server.deliver(b"1", Parcel(events=tuple(events)))
    server.copy(tmp_path / "copy.sqlite", "card", 1)
    sink = SqliteSink(tmp_path / "events.sqlite")
    sink.write(events)
    sink.close()
    design = Design(
        experiment="card",
        phase=1,
        control="control",
        weights={"control": 1, "big": 1},
        primary="add_to_cart",
        secondary=("revenue_per_visitor", "purchase", RENDER_MS),
    )
    files = [tmp_path / name for name in ("copy.sqlite", "events.sqlite")]
    one, two = (report(file, design, now=1e9 + 1e6) for file in files)
    assert one == two
    assert sum(one.quality.visitors.values()) == 3_000
