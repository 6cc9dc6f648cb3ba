"""The processes that decode, seen from the store: few, started when first needed, replaced when they fail."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from bff.ports import Malformed, Unavailable

SECONDS = 20.0
MOST_WAITING = 500
RENEWED = 1_000
"""Pictures after which a process is replaced, whatever it has gathered."""


class Workshop:
    """`processes` pictures are made at once, the rest wait in turn."""

    def __init__(self, processes: int = 1, *, seconds: float = SECONDS) -> None:
        self._hands = [_Hand(seconds) for _ in range(processes)]
        self._free: asyncio.LifoQueue[_Hand] = asyncio.LifoQueue()
        for hand in self._hands:
            self._free.put_nowait(hand)
        self._waiting = 0

    async def measure(self, source: Path) -> tuple[int, int]:
        """Width and height. Raises `Malformed` for what is no picture, or too large a one; `Unavailable`."""
        width, height = (await self._ask({"source": str(source)}))["size"]
        return width, height

    async def make(self, source: Path, out: Path, *, width: int, format: str) -> None:
        """Write a picture of at most this width to `out`. Raises `Malformed`, `Unavailable`."""
        await self._ask({"source": str(source), "out": str(out), "width": width, "format": format})

    async def close(self) -> None:
        for hand in self._hands:
            await hand.stop()

    async def _ask(self, task: dict[str, Any]) -> dict[str, Any]:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("too many pictures are waiting to be made")
        self._waiting += 1
        try:
            hand = await self._free.get()
        finally:
            self._waiting -= 1
        try:
            said = await hand.ask(task)
        finally:
            self._free.put_nowait(hand)
        if "refused" in said:
            raise Malformed(said["refused"])
        return said


class _Hand:
    """One process. What it was doing when the waiting ended is of no use to the next who asks: it is replaced then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._made = 0

    async def ask(self, task: dict[str, Any]) -> dict[str, Any]:
        if self._made >= RENEWED:
            await self.stop()
        try:
            async with asyncio.timeout(self._seconds):
                process = self._process or await self._start()
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(json.dumps(task).encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            said: dict[str, Any] = json.loads(line)
        except TimeoutError:
            await self.stop()
            raise Malformed(f"not decoded within {self._seconds:g} seconds") from None
        except (OSError, ValueError):  # it died: out of memory, or a decoder's own end
            await self.stop()
            raise Malformed("the process that decodes it ended") from None
        except BaseException:
            await self.stop()
            raise
        self._made += 1
        return said

    async def _start(self) -> asyncio.subprocess.Process:
        self._made = 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            "bff.pictures.making",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath, "OMP_NUM_THREADS": "1"},
        )
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
