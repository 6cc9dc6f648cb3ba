"""The short form of `benchmarks/events.py`: what a process loses when it is ended."""

from __future__ import annotations

import signal
from pathlib import Path

from bff.events.log import WINDOW_SECONDS
from tests.benchmarks.events import RATE, fire

SLOW = 4.0
"""A busy machine flushes later: by so many windows at most."""


def test_an_ordered_end_loses_nothing(tmp_path: Path) -> None:
    found = fire(tmp_path, signal.SIGTERM, 0.7)
    assert found.recorded > RATE * 0.2
    assert found.written == found.recorded
    assert found.lost == {}


def test_a_kill_loses_a_window_at_most(tmp_path: Path) -> None:
    found = fire(tmp_path, signal.SIGKILL, 1.0)
    assert 0 <= found.recorded - found.written <= RATE * WINDOW_SECONDS * SLOW
    assert found.written > 0
