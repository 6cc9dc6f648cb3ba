"""The processes that decode: apart from the store, bounded, replaced when they fail."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bff.pictures import workshop as shop
from bff.pictures.making import MEMORY
from bff.pictures.workshop import Workshop
from bff.ports import Malformed, Unavailable
from tests.pictures.photos import bomb, halves, saved

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    found = Workshop()
    yield found
    await found.close()


def process(workshop: Workshop) -> asyncio.subprocess.Process | None:
    return workshop._hands[0]._process


def told(process: asyncio.subprocess.Process, what: str) -> str:
    return Path(f"/proc/{process.pid}/{what}").read_text()


def photo(folder: Path, body: bytes | None = None) -> Path:
    file = folder / "photo"
    file.write_bytes(body or saved(halves()))
    return file


async def test_it_measures_and_makes_in_one_process_that_knows_no_secret(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTICO_SERVER__SECRETS", "hush")
    assert process(workshop) is None, "started when first needed"
    assert await workshop.measure(photo(tmp_path)) == (400, 500)
    running = process(workshop)
    await workshop.make(photo(tmp_path), tmp_path / "out", width=320, format="avif")
    assert (tmp_path / "out").read_bytes()[4:12] == b"ftypavif"
    assert running is not None
    assert process(workshop) is running
    assert "hush" not in told(running, "environ")
    (line,) = [one for one in told(running, "limits").splitlines() if "address space" in one]
    assert line.split()[3] == str(MEMORY)


async def test_a_refusal_has_a_reason_and_the_next_is_made(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no picture"):
        await workshop.measure(photo(tmp_path, b"<html>"))
    with pytest.raises(Malformed, match="pixels"):
        await workshop.make(photo(tmp_path, bomb(8_000, 7_000)), tmp_path / "out", width=320, format="jpg")
    with pytest.raises(Malformed):
        await workshop.make(photo(tmp_path, saved(halves())[:900]), tmp_path / "out", width=320, format="jpg")
    with pytest.raises(Malformed):
        await workshop.make(tmp_path / "nothing", tmp_path / "out", width=320, format="jpg")
    assert not (tmp_path / "out").exists()
    assert await workshop.measure(photo(tmp_path)) == (400, 500)


async def test_one_that_dies_or_takes_too_long_is_replaced(tmp_path: Path) -> None:
    workshop = Workshop()
    await workshop.measure(photo(tmp_path))
    first = process(workshop)
    assert first is not None
    first.kill()
    await first.wait()
    with pytest.raises(Malformed, match="ended"):
        await workshop.measure(photo(tmp_path))
    assert await workshop.measure(photo(tmp_path)) == (400, 500)
    os.mkfifo(tmp_path / "never")
    workshop._hands[0]._seconds = 0.1
    with pytest.raises(Malformed, match="not decoded within"):
        await workshop.measure(tmp_path / "never")
    workshop._hands[0]._seconds = 20.0
    assert await workshop.measure(photo(tmp_path)) == (400, 500)
    await workshop.close()
    assert process(workshop) is None


async def test_who_leaves_does_not_leave_an_answer_to_the_next(workshop: Workshop, tmp_path: Path) -> None:
    other = tmp_path / "other"
    photo(tmp_path, saved(halves((80, 100)))).rename(other)
    assert await workshop.measure(other) == (80, 100)
    task = asyncio.create_task(workshop.measure(other))
    await asyncio.sleep(0)  # it has asked, and waits
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await workshop.measure(photo(tmp_path)) == (400, 500)


async def test_they_are_renewed_and_no_more_than_so_many_wait(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "RENEWED", 1)
    await workshop.measure(photo(tmp_path))
    first = process(workshop)
    await workshop.measure(photo(tmp_path))
    assert process(workshop) is not first
    monkeypatch.setattr(shop, "MOST_WAITING", 0)
    with pytest.raises(Unavailable, match="waiting"):
        await workshop.measure(photo(tmp_path))
