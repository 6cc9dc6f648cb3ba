"""The event log under fire: 5,000 events a second, ended by SIGTERM and by SIGKILL.

`python -m tests.benchmarks.events [runs]`. A process records; how many it has recorded stands in memory that outlives
it, and is compared with what the file holds.
"""

from __future__ import annotations

import mmap
import os
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bff.events.event import ADD_TO_CART, Event, exposure_id, fresh_id
from bff.events.log import WINDOW_SECONDS, EventLog
from bff.events.sqlite import SqliteSink
from tests.events.made import losses, rows

RATE = 5_000
TICK = 0.01
ROOT = Path(__file__).parents[2]
COUNTS = struct.Struct("<qd")


class Outcome(NamedTuple):
    """`seconds` from the signal to the end; `puts` are microseconds of recording (median, 99 of 100, most)."""

    recorded: int
    written: int
    lost: dict[str, int]
    seconds: float
    rate: float
    puts: tuple[float, float, float]


def fire(folder: Path, signal_: signal.Signals, seconds: float, rate: int = RATE) -> Outcome:
    """Have a process record for `seconds`, then end it."""
    shared = folder / "counts"
    shared.write_bytes(bytes(COUNTS.size))
    command = [sys.executable, "-m", "tests.benchmarks.events", "--record", str(folder), str(rate)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    with child:
        child.stdout.readline()  # it has begun
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            time.sleep(0.05)
        lasted = time.monotonic() - began
        child.send_signal(signal_)
        sent = time.monotonic()
        said = child.stdout.read().split()
        child.wait()
        ended = time.monotonic() - sent
    recorded, _ = COUNTS.unpack(shared.read_bytes())
    file = folder / "events.sqlite"
    written = rows(file) + rows(file, "exposures")
    puts = tuple(float(text) for text in said[:3]) if len(said) >= 3 else (0.0, 0.0, 0.0)
    return Outcome(recorded, written, losses(file), ended, recorded / lasted, (puts[0], puts[1], puts[2]))


def record(folder: Path, rate: int) -> None:
    """The process that is ended. It records in ticks, as requests would come."""
    log = EventLog(SqliteSink(folder / "events.sqlite"))
    log.start()
    going = True

    def stop(*_: object) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    handle = os.open(folder / "counts", os.O_RDWR)
    shared, count, puts = mmap.mmap(handle, COUNTS.size), 0, []
    print("begun", flush=True)
    began = time.perf_counter()
    while going:
        due = int((time.perf_counter() - began) * rate)
        while count < due and going:
            event = made(log, count)
            before = time.perf_counter()
            log.record(event)
            puts.append(time.perf_counter() - before)
            count += 1
            COUNTS.pack_into(shared, 0, count, event.at)
        time.sleep(TICK)
    log.close()
    puts.sort()
    print(*(f"{puts[min(len(puts) - 1, int(len(puts) * share))] * 1e6:.1f}" for share in (0.5, 0.99, 1.0)), flush=True)


def made(log: EventLog, n: int) -> Event:
    """Two conversions to each exposure, every one another."""
    visitor, at = f"visitor-{n}", log.now()
    if n % 3:
        return Event(
            id=fresh_id(), kind=ADD_TO_CART, at=at, visitor=visitor, market="gb", backend="default", generation=1
        )
    variation = "big" if n % 2 else "control"
    return Event(
        id=exposure_id("card", 1, variation, visitor),
        kind="exposure",
        at=at,
        visitor=visitor,
        market="gb",
        backend="default",
        generation=1,
        experiment="card",
        phase=1,
        variation=variation,
    )


def main(runs: int) -> None:
    for signal_ in (signal.SIGTERM, signal.SIGKILL):
        found = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                found.append(fire(Path(folder), signal_, 4.0))
        missing = [each.recorded - each.written for each in found]
        rate = statistics.mean(each.rate for each in found)
        print(f"{signal_.name}, {runs} runs at {rate:,.0f}/s: {sum(each.recorded for each in found):,} recorded")
        print(f"  missing {missing}, counted as dropped {[sum(each.lost.values()) for each in found]}")
        if signal_ == signal.SIGKILL:
            print(f"  a window of {WINDOW_SECONDS} s holds {round(rate * WINDOW_SECONDS)}")
        else:
            middle, high, most = (statistics.median(each.puts[i] for each in found) for i in range(3))
            print(f"  the end took {max(each.seconds for each in found):.2f} s at most")
            print(f"  recording: {middle:.1f} µs in the middle, {high:.1f} µs for 99 of 100, {most:.0f} µs at most")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10)
