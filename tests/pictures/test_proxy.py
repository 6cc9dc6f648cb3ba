"""A picture from memory, from disk, or made now: shared work, old ones that outlive their origin, failures remembered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bff.gateway.fetching import Validators
from bff.pictures.addresses import Wanted
from bff.pictures.kept import Kept
from bff.pictures.proxy import AGAIN, DOWN, DOWN_AFTER, Pictures
from bff.ports import BackendError, DeadlineExceeded, Malformed, NotFound, Unavailable

pytestmark = pytest.mark.anyio
FRESH = 100.0
MUG = Wanted("https://cdn.example/mug.jpg", 640, "webp")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Origin:
    """A fetcher that answers with `body`, or fails."""

    def __init__(self) -> None:
        self.body, self.etag = b"photo", '"1"'
        self.failure: BackendError | None = None
        self.asked: list[tuple[str, Validators]] = []
        self.gate: asyncio.Event | None = None
        self.began = asyncio.Event()

    async def fetch(self, url: str, write: Callable[[bytes], object], since: Validators) -> Validators | None:
        self.asked.append((url, since))
        self.began.set()
        if self.gate:
            await self.gate.wait()
        if self.failure:
            write(self.body[:2])
            raise self.failure
        if since.etag == self.etag:
            return None
        write(self.body)
        return Validators(self.etag)

    async def close(self) -> None:
        pass


class Hands:
    """A maker that writes what was asked of it."""

    def __init__(self) -> None:
        self.made: list[tuple[int, str]] = []
        self.failure: BackendError | None = None
        self.unmeasured: BackendError | None = None

    async def measure(self, source: Path) -> tuple[int, int]:
        if self.unmeasured:
            raise self.unmeasured
        return 400, 500

    async def make(self, source: Path, out: Path, *, width: int, format: str) -> None:
        self.made.append((width, format))
        self._write(source, out, f" {width} {format}".encode())
        if self.failure:
            raise self.failure

    def _write(self, source: Path, out: Path, rest: bytes) -> None:
        out.write_bytes(b"half" if self.failure else source.read_bytes() + rest)

    async def close(self) -> None:
        pass


class Stage:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock, self.origin, self.hands = Clock(), Origin(), Hands()
        self.pictures = self.another()

    def another(self) -> Pictures:
        """Another process, or this one after a restart."""
        return Pictures(Kept(self.folder, 10**9), self.origin, self.hands, fresh=FRESH, clock=self.clock)

    async def body(self, wanted: Wanted = MUG) -> bytes:
        return (await self.pictures.picture(wanted)).body

    def half(self) -> list[Path]:
        return [*self.folder.rglob("new-*")]

    async def settled(self) -> None:
        """What runs behind the shopper's back has ended."""
        while self.pictures._under_way:
            await asyncio.wait(self.pictures._under_way.values())
            await asyncio.sleep(0)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    found = Stage(tmp_path)
    yield found
    await found.pictures.close()
    assert not found.half(), "nothing half is left"


async def test_it_is_fetched_and_made_once_and_then_at_hand(stage: Stage) -> None:
    first = await stage.pictures.picture(MUG)
    assert first.body == b"photo 640 webp"
    assert first.kind == "image/webp"
    assert await stage.pictures.picture(MUG) is first
    assert await stage.body(MUG._replace(width=320)) == b"photo 320 webp"
    stage.pictures = stage.another()
    again = await stage.pictures.picture(MUG)
    assert (again.body, again.etag) == (first.body, first.etag)
    assert len(stage.origin.asked) == 1
    assert stage.hands.made == [(640, "webp"), (320, "webp")]


async def test_who_want_it_at_once_share_the_work(stage: Stage) -> None:
    stage.origin.gate = asyncio.Event()
    wanted = [MUG, MUG._replace(width=320), MUG._replace(format="avif")] * 50
    tasks = [asyncio.create_task(stage.body(one)) for one in wanted]
    await stage.origin.began.wait()
    tasks[0].cancel()
    stage.origin.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, bytes) for one in found) == 149, "who leaves takes nobody along"
    assert len(stage.origin.asked) == 1
    assert len(stage.hands.made) == 3


async def test_what_is_old_is_sent_and_asked_for_behind_the_shoppers_back(stage: Stage) -> None:
    old = await stage.pictures.picture(MUG)
    stage.clock.now += FRESH
    assert await stage.body() == b"photo 640 webp"
    await stage.settled()
    assert [since.etag for _, since in stage.origin.asked] == [None, '"1"']
    assert await stage.body() == b"photo 640 webp"
    assert len(stage.origin.asked) == 2, "it did not change: it is current again"
    stage.origin.body, stage.origin.etag = b"other", '"2"'
    stage.clock.now += FRESH
    assert await stage.body() == b"photo 640 webp"
    await stage.settled()
    new = await stage.pictures.picture(MUG)
    assert new.body == b"other 640 webp"
    assert new.etag != old.etag


@pytest.mark.parametrize(
    "failure", [Unavailable("down"), NotFound("gone"), Malformed("html"), DeadlineExceeded("late")]
)
async def test_an_old_one_outlives_its_origin(stage: Stage, failure: BackendError) -> None:
    await stage.body()
    stage.origin.failure = failure
    for _ in range(50):
        stage.clock.now += FRESH
        assert await stage.body() == b"photo 640 webp"
        await stage.settled()
    assert await stage.body(MUG._replace(width=960)) == b"photo 960 webp", "other sizes too: the original is here"
    stage.origin.failure, stage.origin.body, stage.origin.etag = None, b"back", '"2"'
    stage.clock.now += FRESH
    await stage.body()
    await stage.settled()
    assert await stage.body() == b"back 640 webp"


async def test_what_comes_in_place_of_it_and_is_no_picture_changes_nothing(stage: Stage) -> None:
    await stage.body()
    stage.clock.now += FRESH
    stage.origin.body, stage.origin.etag = b"<html>", '"2"'
    stage.hands.unmeasured = Malformed("no picture")
    await stage.body()
    await stage.settled()
    assert await stage.body() == b"photo 640 webp"


async def test_a_failure_is_remembered_for_a_moment(stage: Stage) -> None:
    stage.origin.failure = NotFound("gone")
    for _ in range(3):
        with pytest.raises(NotFound):
            await stage.body()
    assert len(stage.origin.asked) == 1
    stage.origin.failure = None
    stage.clock.now += AGAIN + 1
    assert await stage.body() == b"photo 640 webp"


async def test_an_origin_that_is_down_is_left_alone_for_a_moment(stage: Stage) -> None:
    stage.origin.failure = Unavailable("refused")
    for n in range(20):
        with pytest.raises(Unavailable):
            await stage.body(MUG._replace(url=f"https://cdn.example/{n}"))
    assert len(stage.origin.asked) == DOWN_AFTER
    stage.origin.failure = None
    assert await stage.body(MUG._replace(url="https://other.example/a")) == b"photo 640 webp"
    stage.clock.now += DOWN + 1
    assert await stage.body(MUG._replace(url="https://cdn.example/new")) == b"photo 640 webp"


async def test_a_broken_original_is_let_go_of(stage: Stage) -> None:
    stage.hands.failure = Malformed("truncated")
    with pytest.raises(Malformed):
        await stage.body()
    with pytest.raises(Malformed):
        await stage.body()
    assert len(stage.origin.asked) == 1
    stage.hands.failure = None
    stage.clock.now += AGAIN + 1
    assert await stage.body() == b"photo 640 webp"
    assert len(stage.origin.asked) == 2


async def test_a_busy_workshop_loses_no_original(stage: Stage) -> None:
    stage.hands.failure = Unavailable("too many")
    with pytest.raises(Unavailable):
        await stage.body()
    stage.hands.failure = None
    assert await stage.body() == b"photo 640 webp"
    assert len(stage.origin.asked) == 1


async def test_an_original_that_made_room_for_others_is_fetched_again(stage: Stage) -> None:
    await stage.body()
    (source,) = stage.folder.rglob("source-*")
    source.unlink()
    assert await stage.body() == b"photo 640 webp"
    assert await stage.body(MUG._replace(width=320)) == b"photo 320 webp"
    assert [since.etag for _, since in stage.origin.asked] == [None, None], "all of it, whatever is known"


async def test_a_disk_that_will_not_is_a_failure_and_no_crash(stage: Stage) -> None:
    (stage.folder / "made").write_text("a file where a folder should be")
    pictures = Pictures(Kept(stage.folder / "made", 10**9), stage.origin, stage.hands, fresh=FRESH, clock=stage.clock)
    with pytest.raises(Unavailable, match="folder"):
        await pictures.picture(MUG)
    await pictures.close()


async def test_closing_ends_what_is_under_way(stage: Stage) -> None:
    stage.origin.gate = asyncio.Event()
    waiting = asyncio.create_task(stage.body())
    await stage.origin.began.wait()
    await stage.pictures.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
