"""The queue and its thread: nothing waits for it, nothing is lost in silence."""

from __future__ import annotations

import threading

from bff.events.clock import HELD_SECONDS, Clock
from bff.events.log import EventLog

from .made import Memory, event


def test_what_is_recorded_is_written_and_the_end_loses_nothing() -> None:
    sink = Memory()
    log = EventLog(sink, flush=60.0)
    log.start()
    for _ in range(12_345):
        log.record(event())
    log.close()
    assert len(sink.kept) == 12_345
    assert sink.closed
    assert not sink.lost


def test_what_finds_no_room_is_dropped_and_counted() -> None:
    sink = Memory()
    log = EventLog(sink, queue=10)
    for _ in range(25):
        log.record(event())
    assert log.dropped == 15
    log.close()
    assert len(sink.kept) == 10
    assert sink.lost == {"queue": 15}


def test_a_batch_that_failed_is_written_later_and_once() -> None:
    sink = Memory()
    sink.failures = [OSError("disk full"), OSError("disk full")]
    log = EventLog(sink)
    log.record(event())
    log.flush()
    assert log.failing
    log.record(event())
    log.flush()
    assert not sink.kept
    assert log.waiting == 2
    log.flush()
    assert len(sink.kept) == 2
    assert not log.failing


def test_one_bad_event_takes_no_other_with_it() -> None:
    sink = Memory()
    sink.bad = {"mallory"}
    log = EventLog(sink)
    for n in range(100):
        log.record(event(visitor="mallory" if n == 37 else f"v{n}"))
    log.close()
    assert len(sink.kept) == 99
    assert sink.lost == {"refused": 1}
    assert log.dropped == 1


def test_a_slow_sink_holds_up_nobody() -> None:
    sink, going = Memory(), threading.Event()
    entered = threading.Event()
    write = sink.write

    def slow(batch: object) -> None:
        entered.set()
        assert going.wait(10)
        write(batch)  # type: ignore[arg-type]

    sink.write = slow  # type: ignore[method-assign]
    log = EventLog(sink, flush=0.001)
    log.start()
    log.record(event())
    assert entered.wait(10)
    log.record(event())  # the thread is inside the sink: this returns all the same
    assert log.waiting == 2
    going.set()
    log.close()
    assert len(sink.kept) == 2


def test_a_forgotten_visitor_is_not_written_from_the_queue() -> None:
    sink = Memory()
    log = EventLog(sink)
    log.record(event(visitor="ada"))
    log.flush()
    log.record(event(visitor="ada"))
    log.record(event(visitor="bob"))
    assert log.forget("ada") == 1
    log.close()
    assert [each.visitor for each in sink.kept] == ["bob"]


def test_what_cannot_be_written_at_the_end_is_said(caplog: object) -> None:
    sink = Memory()
    sink.failures = [OSError("gone")] * 5
    log = EventLog(sink)
    log.record(event())
    log.close()
    assert log.waiting == 1
    assert "1 events were not written" in caplog.text  # type: ignore[attr-defined]


def test_a_clock_put_back_turns_no_order_round() -> None:
    times = iter([100.0, 200.0, 150.0, 160.0, 201.0])
    clock = Clock(lambda: next(times))
    assert [clock.now() for _ in range(5)] == [100.0, 200.0, 200.0, 200.0, 201.0]
    assert clock.jumps == 1


def test_a_clock_put_back_by_days_is_believed() -> None:
    times = iter([HELD_SECONDS * 100, 50.0, 51.0])
    clock = Clock(lambda: next(times))
    assert [clock.now() for _ in range(3)] == [HELD_SECONDS * 100, 50.0, 51.0]
    assert clock.jumps == 1
