"""The control store by itself: transactions, leases, limits and states, with the clock in hand; and between processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.ports import CartRef, Throttled, Unavailable
from bff.web import control as room
from bff.web import mutations, returns, sessions
from bff.web.control import BOUNDS, MIGRATIONS, Control
from bff.web.limits import Limits, LimitSettings, rate
from bff.web.locks import LEASE, held
from bff.web.mutations import ANSWER_SECONDS, EQUAL_SECONDS, RECORD_SECONDS, Attempt, Kept
from bff.web.ring import Ring
from bff.web.sessions import Stored

from .counter import Clock

KEY = b"k" * 32
pytestmark = pytest.mark.anyio


def made(file: Path, clock: Clock | None = None) -> Control:
    return Control(file, Ring([KEY], b"test"), clock=clock or Clock())


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    async with made(tmp_path / "control.sqlite") as opened:
        yield opened


def clock_of(control: Control) -> Clock:
    assert isinstance(control.clock, Clock)
    return control.clock


async def rows(control: Control, table: str) -> int:
    found: int = await control.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    return found


async def test_what_fails_was_not_written(control: Control) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO limits VALUES (?, 9e9)", (b"a",))
        raise sqlite3.OperationalError("disk is full")

    with pytest.raises(Unavailable):
        await control.write(half)
    assert await rows(control, "limits") == 0
    await control.write(lambda db: db.execute("INSERT INTO limits VALUES (?, 9e9)", (b"a",)) and None)
    assert await rows(control, "limits") == 1


async def test_the_file_is_its_owners_and_versioned(control: Control, tmp_path: Path) -> None:
    assert await control.read(lambda db: db.execute("PRAGMA user_version").fetchone()[0]) == len(MIGRATIONS)
    assert stat.S_IMODE((tmp_path / "control.sqlite").stat().st_mode) == 0o600
    async with made(tmp_path / "control.sqlite") as again:
        assert await rows(again, "sessions") == 0


async def test_a_broken_file_is_said_and_opened_again_once_it_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "control.sqlite"
    file.write_bytes(b"this is no database, however long one looks at it" * 100)
    async with made(file) as control:
        with pytest.raises(Unavailable):
            await sessions.create(control, Stored())
        file.unlink()
        assert await sessions.load(control, await sessions.create(control, Stored(tokens={"a": "t"})))


async def test_tables_are_swept_and_bounded(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BOUNDS, "limits", 50)  # type: ignore[arg-type]
    now = control.clock()

    def fill(db: sqlite3.Connection) -> None:
        lapsed = [(b"old%d" % n, now - 1) for n in range(30)]
        living = [(b"new%d" % n, now + 100 + n) for n in range(70)]
        db.executemany("INSERT INTO limits VALUES (?, ?)", lapsed + living)

    await control.write(fill)
    clock_of(control).now += room.SWEEP_SECONDS
    await control.write(lambda db: None)
    left = await control.read(lambda db: [row[0] for row in db.execute("SELECT key FROM limits ORDER BY expires")])
    assert left == [b"new%d" % n for n in range(20, 70)], "the lapsed, then those that would lapse first"


async def test_nothing_personal_stands_in_the_file(control: Control, tmp_path: Path) -> None:
    await sessions.create(control, Stored(tokens={"default": "token-of-ada"}))
    noted = returns.Return(
        kind="p", backend="b", session="session-of-ada", cart=CartRef(id="cart-of-ada"), data={"a": "x"}
    )
    await returns.use(control, await returns.noted(control, noted), "answer-for-ada")
    await begun(control)
    raw = _bytes_in(tmp_path)
    assert b"sessions" in raw
    assert b"ada" not in raw


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("control.sqlite*"))


# ---- locks


async def test_a_lock_is_one_owners(control: Control) -> None:
    inside, most = 0, 0

    async def hold() -> None:
        nonlocal inside, most
        async with held(control, "cart"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(hold() for _ in range(8)))
    assert most == 1
    async with held(control, "cart"), held(control, "another"):
        pass


async def test_a_lock_is_not_waited_for_for_ever_and_a_dead_owners_lapses(control: Control) -> None:
    async with held(control, "cart") as dead:
        dead.last.append(lambda db: db.execute("INSERT INTO limits VALUES (x'00', 1)") and None)
        with pytest.raises(Unavailable):
            async with held(control, "cart", wait=0.0):
                pass
        clock_of(control).now += LEASE
        async with held(control, "cart", wait=0.0):
            pass
        async with held(control, "cart", wait=0.0):  # held by somebody else when the dead one wakes
            await control.write(lambda db: None)
    assert await rows(control, "locks") == 0


async def test_who_lost_its_lease_writes_nothing_more(control: Control) -> None:
    first = held(control, "cart")
    lock = await first.__aenter__()
    lock.last.append(lambda db: db.execute("INSERT INTO limits VALUES (x'00', 9e9)") and None)
    clock_of(control).now += LEASE
    async with held(control, "cart", wait=0.0):
        await first.__aexit__(None, None, None)
        assert await rows(control, "limits") == 0
        with pytest.raises(Unavailable):
            async with held(control, "cart", wait=0.0):
                pass


async def test_a_lock_is_let_go_when_its_work_fails(control: Control) -> None:
    with pytest.raises(RuntimeError):
        async with held(control, "cart"):
            raise RuntimeError
    async with held(control, "cart", wait=0.0):
        pass


# ---- limits


@pytest.mark.parametrize(("text", "found"), [("10/15m", (10, 900.0)), (" 1 / 1 s ", (1, 1.0)), ("5/2h", (5, 7200.0))])
async def test_a_limit_is_written_as_people_say_it(text: str, found: tuple[int, float]) -> None:
    assert rate(text) == found


@pytest.mark.parametrize("text", ["", "10", "0/1m", "1/0m", "-1/1m", "ten/1m", "1/1d", "1/1m/1m"])
async def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no limit"):
        rate(text)


async def test_a_limit_lets_a_burst_through_and_then_one_at_a_time(control: Control) -> None:
    limits = Limits(LimitSettings(sign_in="3/30s"), control)
    for _ in range(3):
        await limits.take("sign_in", ["a"])
    with pytest.raises(Throttled) as refused:
        await limits.take("sign_in", ["a"])
    assert refused.value.retry_after == pytest.approx(10.0)
    await limits.take("sign_in", ["b"])
    await limits.take("code", ["a"])
    clock_of(control).now += 9.9
    with pytest.raises(Throttled):
        await limits.take("sign_in", ["a"])
    clock_of(control).now += 0.2
    await limits.take("sign_in", ["a"])
    with pytest.raises(Throttled):
        await limits.take("sign_in", ["a"])
    clock_of(control).now += 1_000
    for _ in range(3):
        await limits.take("sign_in", ["a"])


async def test_another_limit_counts_anew(control: Control) -> None:
    """Who raised it, or lowered it, has it at once, and not when the one before would have let go."""
    before = Limits(LimitSettings(order="2/10m"), control)
    for _ in range(2):
        await before.take("order", ["a"])
    with pytest.raises(Throttled):
        await before.take("order", ["a"])
    await Limits(LimitSettings(order="60/1m"), control).take("order", ["a"])


async def test_parallel_tries_do_not_slip_through_together(control: Control) -> None:
    limits = Limits(LimitSettings(code="5/1h"), control)
    found = await asyncio.gather(*(limits.take("code", ["a"]) for _ in range(40)), return_exceptions=True)
    assert sum(isinstance(one, Throttled) for one in found) == 35


async def test_who_is_refused_uses_up_nobody_elses_tries(control: Control) -> None:
    limits = Limits(LimitSettings(sign_in="2/1h"), control)
    for turn in range(6):
        with suppress(Throttled):
            await limits.take("sign_in", ["@203.0.113.7", f"={turn}", "=ada@example.com"])
    for turn in range(2, 6):
        await limits.take("sign_in", [f"={turn}"])
        await limits.take("sign_in", [f"={turn}"])


async def test_the_search_limit_needs_no_store(tmp_path: Path) -> None:
    clock = Clock()
    limits = Limits(LimitSettings(search="2/2s"), made(tmp_path / "none" / "c.sqlite"), clock=clock)
    for _ in range(2):
        await limits.take("search", ["a"])
    with pytest.raises(Throttled):
        await limits.take("search", ["a"])
    clock.now += 1.01
    await limits.take("search", ["a"])
    assert not (tmp_path / "none").exists()


# ---- stored sessions


async def test_a_stored_session_is_found_by_its_key_until_it_is_revoked_or_lapses(control: Control) -> None:
    key = await sessions.create(control, Stored(tokens={"default": "t"}))
    found = await sessions.load(control, key)
    assert found is not None
    assert found.tokens == {"default": "t"}
    assert await sessions.load(control, key + "x") is None
    clock_of(control).now += sessions.LIFETIME * 0.6
    assert await sessions.load(control, key), "and using it prolongs it"
    clock_of(control).now += sessions.LIFETIME * 0.6
    assert await sessions.load(control, key)
    await sessions.revoke(control, key)
    assert await sessions.load(control, key) is None
    other = await sessions.create(control, Stored(tokens={"default": "t"}))
    clock_of(control).now += sessions.LIFETIME + 1
    assert await sessions.load(control, other) is None


async def test_of_two_swaps_one_wins(control: Control) -> None:
    key = await sessions.create(control, Stored(blobs={"a": "1"}))
    found = await sessions.load(control, key)
    assert found is not None
    tries = [Stored(blobs={"a": text}, version=found.version) for text in "23"]
    assert sorted([await sessions.swap(control, key, one) for one in tries]) == [False, True]


# ---- returns


async def test_a_return_is_single_use_and_a_second_sees_the_same(control: Control) -> None:
    noted = returns.Return(
        kind="payment", backend="b", session="s", cart=CartRef(id="c", version="1"), data={"total": "9"}
    )
    state = await returns.noted(control, noted)
    found = await returns.found(control, state)
    assert found == noted
    assert [await returns.use(control, state, text) for text in ("ordered", "refused")] == ["ordered"] * 2
    again = await returns.found(control, state)
    assert again is not None
    assert (again.used, again.answer, again.cart) == (True, "ordered", CartRef(id="c", version="1"))
    for unknown in ("", "x", state[:-1], "é" * 300, "\ud800"):
        assert await returns.found(control, unknown) is None
        assert await returns.use(control, unknown, "x") is None
    clock_of(control).now += returns.LIFETIME + 1
    assert await returns.found(control, state) is None


# ---- mutations


async def begun(control: Control, key: bytes = b"key", content: bytes = b"c", *, lasting: bool = True) -> object:
    return await mutations.begun(control, [key], content, lasting=lasting)


def kept(status: int = 303) -> Kept:
    return Kept(status=status, headers=(("location", "/x"), ("set-cookie", "a=b")), body=b"body", before=b"cookies")


async def test_a_mutation_runs_once_and_its_answer_is_kept(control: Control) -> None:
    first = await begun(control)
    assert isinstance(first, Attempt)
    assert not first.doubtful
    await mutations.ended(control, first, kept(), [b"other"])
    assert await begun(control) == kept()
    assert await begun(control, b"other") == kept()
    assert isinstance(await begun(control, b"third"), Attempt)
    clock_of(control).now += ANSWER_SECONDS + 1
    assert await begun(control) == "spent"
    clock_of(control).now += RECORD_SECONDS
    assert isinstance(await begun(control), Attempt)


async def test_without_an_id_it_is_the_same_for_two_seconds(control: Control) -> None:
    first = await begun(control, lasting=False)
    assert isinstance(first, Attempt)
    await mutations.ended(control, first, kept())
    clock_of(control).now += EQUAL_SECONDS - 0.1
    assert await begun(control, lasting=False) == kept()
    clock_of(control).now += 0.2
    assert isinstance(await begun(control, lasting=False), Attempt)


async def test_a_form_with_other_content_is_another_mutation(control: Control) -> None:
    for content in (b"two", b"three", b"two"):
        attempt = await begun(control, content=content)
        assert isinstance(attempt, Attempt), "back to two is no repetition of the first two"
        await mutations.ended(control, attempt, kept())
    assert await begun(control, content=b"two") == kept()


async def test_a_failure_is_shared_for_a_moment_and_then_tried_again(control: Control) -> None:
    first = await begun(control)
    assert isinstance(first, Attempt)
    await mutations.ended(control, first, kept(503))
    assert await begun(control) == kept(503)
    clock_of(control).now += EQUAL_SECONDS + 0.1
    again = await begun(control)
    assert isinstance(again, Attempt)
    assert not again.doubtful


async def test_a_run_that_died_is_known_when_its_lease_lapses(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "WAIT", 0.0)
    dead = await begun(control)
    assert isinstance(dead, Attempt)
    with pytest.raises(Unavailable):
        await begun(control)
    clock_of(control).now += mutations.LEASE
    second = await begun(control)
    assert isinstance(second, Attempt)
    assert second.doubtful
    await mutations.ended(control, dead, kept(200))
    with pytest.raises(Unavailable):  # the dead one's answer was no longer wanted: the second still runs
        await begun(control)
    await mutations.ended(control, second, kept())
    assert await begun(control) == kept()


async def test_a_cookie_is_given_again_only_to_who_brought_the_same(control: Control) -> None:
    same, other = kept().response(b"cookies"), kept().response(b"newer cookies")
    assert same.headers.get("set-cookie") == "a=b"
    assert other.headers.get("set-cookie") is None
    assert (other.status_code, other.body, other.headers["location"]) == (303, b"body", "/x")


# ---- everybody's share


async def filled(control: Control, count: int, by: tuple[bytes, bytes], name: str) -> None:
    for n in range(count):
        attempt = await mutations.begun(control, [f"{name}{n}".encode()], b"c", lasting=True, by=by)
        assert isinstance(attempt, Attempt)
        clock_of(control).now += 0.001
        await mutations.ended(control, attempt, kept())


async def swept(control: Control) -> None:
    clock_of(control).now += room.SWEEP_SECONDS
    await control.write(lambda db: None)


@pytest.mark.parametrize(("column", "by"), [("client", (b"", b"eve")), ("session", (b"eve", b"shared"))])
async def test_a_burst_of_one_takes_nobody_elses_day_away(
    control: Control, monkeypatch: pytest.MonkeyPatch, column: str, by: tuple[bytes, bytes]
) -> None:
    monkeypatch.setitem(room.EACH, column, 20)  # type: ignore[arg-type]
    await filled(control, 1, (b"ada", b"shared"), "ada")
    records = b"eve0"
    await control.write(lambda db: db.execute("INSERT INTO intents VALUES (?, 1, x'00', 9e9)", (records,)) and None)
    await filled(control, 60, by, "eve")
    await swept(control)
    assert await rows(control, "mutations") == 21
    assert await mutations.begun(control, [b"ada0"], b"c", lasting=True) == kept(), "the oldest of all, and still known"
    assert isinstance(await mutations.begun(control, [b"eve39"], b"c", lasting=True), Attempt)
    assert await mutations.begun(control, [b"eve40"], b"c", lasting=True) == kept()
    assert await rows(control, "intents") == 0, "what a record set out to do goes with it"


async def test_the_promise_is_a_day_for_very_many(control: Control) -> None:
    assert BOUNDS["mutations"] >= 50 * room.EACH["client"] >= 50 * room.EACH["session"]
    assert BOUNDS["intents"] >= BOUNDS["mutations"]


@pytest.mark.parametrize("bound", ["each", "all"])
async def test_answers_are_bounded_by_bytes_and_leave_their_record(
    control: Control, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    await filled(control, 1, (b"", b"ada"), "ada")
    size = await control.read(lambda db: db.execute("SELECT sum(size) FROM mutations").fetchone()[0])
    assert size == await control.read(lambda db: db.execute("SELECT sum(length(answer)) FROM mutations").fetchone()[0])
    assert size > 0
    await filled(control, 10, (b"", b"eve"), "eve")
    monkeypatch.setitem(room.ANSWERS, bound, size * 4)  # type: ignore[arg-type]
    await swept(control)
    left = await control.read(
        lambda db: db.execute("SELECT key FROM mutations WHERE size > 0 ORDER BY fresh").fetchall()
    )
    assert left == [(b"ada0",)] * (bound == "each") + [(b"eve%d" % n,) for n in range(6, 10)]
    assert await rows(control, "mutations") == 11
    assert await mutations.begun(control, [b"eve0"], b"c", lasting=True) == "spent", "done, and not done again"
    assert await mutations.begun(control, [b"eve9"], b"c", lasting=True) == kept()


async def test_a_store_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "control.sqlite"
    with closing(sqlite3.connect(file)) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("INSERT INTO mutations VALUES (x'01', x'02', 1, 0, x'63', x'0405', 9e9, 9e9)")
        old.execute("PRAGMA user_version = 1")
        old.commit()
    async with made(file) as control:
        assert await mutations.begun(control, [b"\x01"], b"c", lasting=True) == "spent"
        assert await control.read(lambda db: db.execute("SELECT size FROM mutations").fetchone()[0]) == 2


# ---- between processes


def _put(number: float, db: sqlite3.Connection) -> None:
    db.execute("INSERT OR REPLACE INTO seen (key, data, expires) VALUES (?, ?, ?)", (b"counter", b"", number))


def _work(file: str, start: object, results: multiprocessing.Queue[int]) -> None:
    async def run() -> int:
        async with Control(Path(file), Ring([KEY], b"test")) as control:
            limits = Limits(LimitSettings(code="10/1h"), control)
            taken, ran = 0, 0
            for n in range(15):
                async with held(control, "counted"):
                    text = await control.read(lambda db: db.execute("SELECT max(expires) FROM seen").fetchone()[0])
                    await control.write(partial(_put, (text or 9e9) + 1))
                state = await mutations.begun(control, [b"post%d" % n], b"c", lasting=True)
                if isinstance(state, Attempt):
                    ran += 1
                    await mutations.ended(control, state, kept())
                try:
                    await limits.take("code", ["a"])
                    taken += 1
                except Throttled:
                    pass
            return ran * 1_000 + taken

    start.wait(30)  # type: ignore[attr-defined]
    results.put(asyncio.run(run()))


async def test_processes_agree(tmp_path: Path) -> None:
    """Two processes at one file from its first moment: no count is lost, each post runs in one of them, a limit is one."""
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(2), spawn.Queue()
    file = tmp_path / "control.sqlite"
    both = [spawn.Process(target=_work, args=(str(file), start, results)) for _ in range(2)]
    for process in both:
        process.start()
    found = [results.get(timeout=60) for _ in both]
    for process in both:
        process.join(30)
    results.close()
    results.join_thread()
    assert sum(one // 1_000 for one in found) == 15
    assert sum(one % 1_000 for one in found) == 10
    async with made(file) as control:
        assert await control.read(lambda db: db.execute("SELECT expires FROM seen").fetchone()[0]) == 9e9 + 30


@given(st.lists(st.binary(max_size=20), max_size=4), st.lists(st.binary(max_size=20), max_size=4))
async def test_different_parts_have_different_digests(one: list[bytes], other: list[bytes]) -> None:
    ring = Ring([KEY], b"test")
    assert (ring.digest(*one) == ring.digest(*other)) is (one == other)


async def test_a_ring_opens_what_an_older_key_sealed_and_nothing_that_was_moved() -> None:
    old, new, both = Ring([b"o" * 32], b"t"), Ring([KEY], b"t"), Ring([KEY, b"o" * 32], b"t")
    sealed = old.seal(b"text", b"here")
    assert both.open(sealed, b"here") == b"text"
    assert new.open(sealed, b"here") is None
    assert both.open(sealed, b"there") is None
    assert Ring([b"o" * 32], b"another").open(sealed, b"here") is None
