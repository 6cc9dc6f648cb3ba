"""The event log of one process: a bounded queue, and one thread that hands batches to a sink.

A batch that cannot be written stays and is tried again, while new events wait behind it; only what finds no room is
dropped, and that is counted and shown in the report. At the end the queue is emptied. A process that is killed loses what
came in since its last flush.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from .clock import Clock
from .event import Event, Loss, Sink

log = logging.getLogger("portico.events")

QUEUE = 200_000
"""Events waiting at most."""
WINDOW_SECONDS = 0.25
"""What a process that is killed loses came in within so long before."""
FLUSH_SECONDS = 0.1
"""The pause between batches: shorter than the window, since writing one takes its time as well."""
BATCH = 5_000
TEND_SECONDS = 60.0
AGAIN_SECONDS = 5.0
"""The longest wait before a batch that could not be written is tried again."""
STOP_SECONDS = 10.0


class EventLog:
    """Of one process; `sink` is its own. `clock` gives Unix seconds. It works from `start` to `close`; what is recorded
    before waits."""

    def __init__(
        self,
        sink: Sink,
        *,
        clock: Callable[[], float] = time.time,
        queue: int = QUEUE,
        flush: float = FLUSH_SECONDS,
    ) -> None:
        self._sink = sink
        self._clock = Clock(clock)
        self._room = queue
        self._flush = flush
        self._waiting: deque[Event] = deque()
        self._batch: list[Event] = []
        self._lost: dict[Loss, int] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._ending = False
        self._failing = 0
        self._tended = float("-inf")
        self._jumps = 0
        self.dropped = 0
        """Events that found no room, or that nothing could be made of, since the process began."""

    def now(self) -> float:
        """Unix seconds, for `Event.at`."""
        return self._clock.now()

    @property
    def waiting(self) -> int:
        """Events that are not written yet."""
        return len(self._waiting) + len(self._batch)

    @property
    def failing(self) -> bool:
        """Whether the last batch could not be written."""
        return self._failing > 0

    def record(self, event: Event) -> None:
        """Have it written soon. Never blocks, never raises; what there is no room for is dropped and counted."""
        if len(self._waiting) >= self._room:
            self.dropped += 1
            self._lost["queue"] = self._lost.get("queue", 0) + 1
            return
        self._waiting.append(event)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def forget(self, visitor: str) -> int:
        """Remove everything of a visitor, also what still waits. Blocks: not for the event loop's thread. Raises what the
        sink raises."""
        with self._lock:
            self._waiting = deque(event for event in list(self._waiting) if event.visitor != visitor)
            self._batch = [event for event in self._batch if event.visitor != visitor]
            return self._sink.forget(visitor)

    def close(self, seconds: float = STOP_SECONDS) -> None:
        """Write what waits, for `seconds` at most, and end. Blocks."""
        self._ending = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                log.error("%d events were not written when the process ended", self.waiting)
                return
        with self._lock:
            if self.waiting:  # it could not be written, or nothing was ever started
                self._drain()
            left = self.waiting
            if left:
                log.error("%d events were not written when the process ended", left)
            self._sink.close()

    def flush(self) -> None:
        """Write what waits, now. Blocks. What fails stays."""
        with self._lock:
            self._drain()

    def _run(self) -> None:
        while not self._ending:
            pause = self._flush if not self._failing else min(AGAIN_SECONDS, self._flush * 2**self._failing)
            self._wake.wait(pause)
            with self._lock:
                self._drain()
                self._tend()

    def _drain(self) -> None:
        """Batch after batch, until the queue is empty or one fails."""
        while True:
            while self._waiting and len(self._batch) < BATCH:
                self._batch.append(self._waiting.popleft())
            try:
                if self._batch:
                    self._write(self._batch)
                    self._batch = []
                self._tell()
            except Exception as error:
                self._failing = min(self._failing + 1, 10)
                level = logging.ERROR if self._failing == 1 else logging.DEBUG
                log.log(level, "events cannot be written: %s: %s", type(error).__name__, error)
                return
            if self._failing:
                log.info("events are written again")
            self._failing = 0
            if not self._waiting:
                return

    def _write(self, batch: Sequence[Event]) -> None:
        """All of it; where one of them can never be kept, all but that one."""
        try:
            self._sink.write(batch)
        except ValueError as error:
            if len(batch) == 1:
                self.dropped += 1
                self._lost["refused"] = self._lost.get("refused", 0) + 1
                log.warning("an event %r was refused: %s", batch[0].kind, error)
                return
            half = len(batch) // 2
            self._write(batch[:half])
            self._write(batch[half:])

    def _tell(self) -> None:
        """Keep what is missing, as soon as something can be kept."""
        jumps = self._clock.jumps - self._jumps
        if jumps:
            self._lost["clock"] = self._lost.get("clock", 0) + jumps
            self._jumps += jumps
        while self._lost:
            loss, count = next(iter(self._lost.items()))
            self._sink.note(loss, count, self._clock.now())
            left = self._lost[loss] - count
            if left:
                self._lost[loss] = left
            else:
                del self._lost[loss]

    def _tend(self) -> None:
        if time.monotonic() - self._tended < TEND_SECONDS:
            return
        self._tended = time.monotonic()
        try:
            self._sink.tend(self._clock.now())
        except Exception as error:
            log.warning("old events were not let go of: %s: %s", type(error).__name__, error)
