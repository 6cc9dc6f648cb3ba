"""The file: idempotent, forgetful on request, and replaced when it breaks."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from bff.events import file as module
from bff.events.event import RENDER_MS, visitor_key
from bff.events.log import EventLog
from bff.events.sqlite import SqliteSink

from .made import event, exposure, losses, purchase, rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "events.sqlite"


@pytest.fixture
def sink(file: Path) -> SqliteSink:
    return SqliteSink(file)


def test_the_same_events_again_change_nothing(sink: SqliteSink, file: Path) -> None:
    batch = [exposure(f"v{n}", at=float(n)) for n in range(50)] + [event(visitor=f"v{n}") for n in range(50)]
    sink.write(batch)
    sink.write(batch)
    assert rows(file, "exposures") == rows(file) == 50


def test_the_first_exposure_counts_whoever_writes_first(sink: SqliteSink, file: Path) -> None:
    SqliteSink(file).write([exposure(at=20.0, fallback=True)])
    sink.write([exposure(at=10.0)])
    sink.write([exposure(at=30.0)])
    sink.write([exposure("bob", at=10.0)])
    sink.write([exposure("bob", at=40.0, fallback=True)])
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT at, fallback FROM exposures").fetchall() == [(10_000, 1)] * 2
    db.close()


def test_two_variations_of_one_visitor_are_both_kept(sink: SqliteSink, file: Path) -> None:
    sink.write([exposure(variation="control"), exposure(variation="big"), exposure(variation="big", phase=2)])
    assert rows(file, "exposures") == 3


def test_an_order_counts_once_whoever_reports_it(sink: SqliteSink, file: Path) -> None:
    sink.write([purchase("ada", "1"), purchase("ada", "2")])
    sink.write([purchase("bob", "1", 99.0), purchase("ada", "2", 99.0)])
    with sqlite3.connect(file) as db:
        kept = db.execute("SELECT visitor, value FROM conversions").fetchall()
    db.close()
    assert kept == [(visitor_key("ada"), 10.0)] * 2


def test_the_file_holds_neither_visitor_nor_order(sink: SqliteSink, file: Path) -> None:
    sink.write([exposure("visitor-of-ada"), purchase("visitor-of-ada", "order-4711")])
    sink.close()
    held = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"visitor-of-ada" not in held
    assert b"4711" not in held
    assert file.stat().st_mode & 0o077 == 0


def test_forgotten_is_forgotten_everywhere_and_for_what_still_comes(sink: SqliteSink, file: Path) -> None:
    other = SqliteSink(file)
    sink.write([exposure("ada"), exposure("bob"), purchase("ada"), event(visitor="bob"), event(visitor="ada")])
    sink.write([event(RENDER_MS, "ada", experiment="card", phase=1, variation="control", value=3.0)])
    assert sink.forget("ada") == 4
    other.write([event(visitor="ada"), event(visitor="bob")])  # it waited in another process
    assert rows(file, "exposures") == 1
    assert rows(file) == 2
    assert rows(file, "readings") == 0


def test_readings_are_summed_by_visitor(sink: SqliteSink, file: Path) -> None:
    sink.write([event(RENDER_MS, experiment="card", phase=1, variation="big", value=float(n)) for n in (1, 2)])
    sink.write([event(RENDER_MS, experiment="card", phase=1, variation="big", value=3.0)])
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT n, total, squares FROM readings").fetchall() == [(3, 6.0, 14.0)]
    db.close()


@pytest.mark.parametrize(
    "bad",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"at": float("nan")},
        {"id": "no hex"},
        {"market": "a\x00b"},
        {"market": "\ud800"},
        {"kind": ""},
        {"generation": 2**70},
        {"kind": "exposure"},
    ],
    ids=str,
)
def test_what_can_never_be_kept_is_a_value_error_and_leaves_nothing(
    sink: SqliteSink, file: Path, bad: dict[str, object]
) -> None:
    sink.write([event()])
    with pytest.raises(ValueError, match=r".+"):
        sink.write([event(), event(**bad)])
    assert rows(file) == 1


def test_a_broken_file_is_set_aside_and_a_new_one_begun(sink: SqliteSink, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database " * 500)
    sink.write([event()])
    assert rows(file) == 1
    assert losses(file) == {"set_aside": 1}
    assert len(list(file.parent.glob("*.broken-*"))) == 1


def test_a_file_that_breaks_under_way_loses_nothing_of_what_waits(sink: SqliteSink, file: Path) -> None:
    log, other = EventLog(sink), SqliteSink(file)
    other.write([event(visitor=f"w{n}") for n in range(2_000)])
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    other.close()
    sibling = SqliteSink(file)
    sibling.note("queue", 1, 0.0)
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (file.stat().st_size - 4096))
    for n in range(500):
        log.record(event(visitor=f"v{n}"))
    log.flush()
    log.flush()
    sibling.write([event()])  # it had the old file open, and goes on in the new one
    assert rows(file) == 501
    assert losses(file) == {"set_aside": 1}


def test_a_full_disk_is_waited_for(file: Path) -> None:
    sink = SqliteSink(file)
    log = EventLog(sink, queue=30)
    log.record(event())
    log.flush()
    pages = sink._file.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    sink._file.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    real = module.connect

    def full(*args: object, **named: object) -> sqlite3.Connection:
        db = real(*args, **named)  # type: ignore[arg-type]
        db.execute(f"PRAGMA max_page_count = {pages}")
        return db

    with patch.object(module, "connect", full):
        for n in range(40):
            log.record(event(visitor=f"v{n}", market="x" * 190 + str(n)))
        log.flush()
        assert log.failing
        for n in range(40):
            log.record(event(visitor=f"w{n}"))
    sink._file.close()
    log.flush()
    assert not log.failing
    assert rows(file) == 1 + 30 + 30
    assert losses(file) == {"queue": 20}


def test_a_newer_file_is_left_alone(sink: SqliteSink, file: Path) -> None:
    sink.write([event()])
    sink.close()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Exception, match="layout is 99"):
        SqliteSink(file).write([event()])
    assert rows(file) == 1


def test_what_is_too_old_goes_and_nothing_else(file: Path) -> None:
    sink, day = SqliteSink(file, days=10), 86_400.0
    now = 100 * day
    for age in (11, 9):
        sink.write([event(visitor=f"v{age}-{n}", at=now - age * day) for n in range(300)])
        sink.write([exposure(f"v{age}-{n}", at=now - age * day) for n in range(300)])
    for _ in range(256):
        sink.tend(now)
    assert rows(file) == rows(file, "exposures") == 300


def test_a_clock_put_on_by_years_does_not_empty_the_file(file: Path) -> None:
    sink, now = SqliteSink(file, days=10), time.time()
    sink.tend(now)
    sink.write([event(visitor=f"v{n}", at=now) for n in range(100)])
    for _ in range(256):
        sink.tend(now + 5 * 365 * 86_400.0)
    assert rows(file) == 100


def test_a_process_that_was_killed_is_told(file: Path) -> None:
    killed, living, ended = SqliteSink(file), SqliteSink(file), SqliteSink(file)
    now = time.time()
    for sink in (killed, living, ended):
        sink.write([event()])
        sink.tend(now)
    ended.close()
    living.tend(now + 200.0)
    assert losses(file) == {}
    living.tend(now + 400.0)
    living.tend(now + 460.0)
    assert losses(file) == {"killed": 1}


def test_a_visitor_is_one_key() -> None:
    assert visitor_key("ada") == visitor_key("ada") != visitor_key("bob")
    assert len(visitor_key("\ud800")) == 16
