"""From changes to tags that every process reads: in few writes, with a bound, once for each message; and how they are
carried out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
import pytest

from bff.gateway.purging import BROAD_SECONDS, Purging
from bff.gateway.tags import EVERYTHING
from bff.ports import Change, NotAllowed, Unavailable
from bff.web import signed
from bff.web.control import Control
from bff.web.ring import Ring
from bff.web.spreading import MOST, Spreading

from .counter import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    async with Control(tmp_path / "control.sqlite", Ring([b"k" * 32], b"test"), clock=Clock()) as opened:
        yield opened


async def purges(control: Control) -> list[set[str]]:
    rows = await control.read(lambda db: db.execute("SELECT tags FROM purges ORDER BY id").fetchall())
    return [set(msgspec.json.decode(text)) for (text,) in rows]


def product(id: str) -> list[Change]:
    return [Change(kind="product", id=id)]


async def test_a_burst_is_one_purge(control: Control) -> None:
    spreading = Spreading(control)
    await asyncio.gather(*(spreading.tell("shop", product(str(n))) for n in range(300)))
    assert await purges(control) == [{"listing", *(f"product:{n}" for n in range(300))}]


async def test_what_comes_while_one_is_written_is_in_the_next(control: Control) -> None:
    spreading, order, begun, release = Spreading(control), list[str](), asyncio.Event(), asyncio.Event()
    write = control.write

    async def slow(work: object) -> None:
        order.append("write")
        begun.set()
        await release.wait()
        await write(work)  # type: ignore[arg-type]

    control.write = slow  # type: ignore[method-assign, assignment]
    first = asyncio.create_task(spreading.tell("shop", product("1")))
    await begun.wait()
    later = [asyncio.create_task(spreading.tell("shop", product(str(n)))) for n in (2, 3)]
    await asyncio.sleep(0)
    assert not first.done(), "nobody is told before it is written"
    release.set()
    await asyncio.gather(first, *later)
    assert await purges(control) == [{"listing", "product:1"}, {"listing", "product:2", "product:3"}]
    assert order == ["write", "write"]


async def test_too_much_is_everything_of_that_backend(control: Control) -> None:
    spreading = Spreading(control)
    many = [Change(kind="product", id=str(n)) for n in range(MOST + 1)]
    await asyncio.gather(spreading.tell("shop", many), spreading.tell("other", product("1")))
    assert await purges(control) == [{"backend:shop", "listing", "product:1"}]


async def test_a_message_counts_once_and_what_was_not_written_not_at_all(control: Control) -> None:
    spreading = Spreading(control)
    for _ in range(2):
        await spreading.tell("shop", product("1"), once=b"m")
    assert len(await purges(control)) == 1
    assert isinstance(control.clock, Clock)
    control.clock.now += 700
    await spreading.tell("shop", product("1"), once=b"m")
    assert len(await purges(control)) == 2, "no longer than its time is believed"
    await spreading.tell("shop", [Change(kind="order", id="1")])
    assert len(await purges(control)) == 2, "nothing shown depends on orders"


async def test_a_store_that_fails_tells_all_who_wait(tmp_path: Path) -> None:
    (tmp_path / "control.sqlite").mkdir()
    async with Control(tmp_path / "control.sqlite", Ring([b"k" * 32], b"test")) as broken:
        spreading = Spreading(broken)
        told = (spreading.tell("shop", product(str(n))) for n in range(3))
        failures = await asyncio.gather(*told, return_exceptions=True)
    assert [type(failure) for failure in failures] == [Unavailable] * 3


def test_what_is_about_much_is_not_let_go_of_all_the_time() -> None:
    done: list[set[str]] = []
    now = [100.0]

    def purge(tags: Collection[str]) -> None:
        done.append(set(tags))

    purging = Purging(purge, lambda: now[0])
    purging(("listing", "product:1"))
    purging(("listing", "product:2"))
    purging(("listing", "product:2", "backend:shop"))
    purging(())
    assert done == [{"listing", "product:1"}, {"product:2"}, {"product:2", "backend:shop"}], "the first time at once"
    now[0] += BROAD_SECONDS
    purging(())
    purging(())
    assert done[3:] == [{"listing"}], "what waited is done once"
    purging((EVERYTHING,))
    assert done[4:] == [{EVERYTHING}]
    purging((EVERYTHING,))
    assert done[5:] == [{EVERYTHING}], "what was missed waits for nothing"


def test_signed_posts_are_standard_webhooks() -> None:
    """The vector that the specification's libraries are tested with."""
    key, id, at = signed.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330
    body, made = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signed.signature(key, id, at, body) == made
    headers = {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": f"v1a,x {made}"}
    assert signed.message(key, headers, body, at + 299.0) == id
    headers["webhook-signature"] = " ".join(["v1,x"] * signed.SIGNATURES + [made])
    with pytest.raises(NotAllowed):
        signed.message(key, headers, body, at)


@pytest.mark.parametrize("text", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%", "whsec_c2hvcnQ="])
def test_a_key_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"begin|base64|shorter"):
        signed.key(text)
