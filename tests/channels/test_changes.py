"""What backends say has changed: who is believed, what comes of it, and what is answered to everything else."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
import pytest

from bff.channels import changes
from bff.pages import PAGES
from bff.ports import Change, ChangeTraits, Unavailable
from bff.web import signed
from tests.testing.telling import Telling
from tests.web import goods
from tests.web.stage import Answer, Shop, opened, settings

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ids = (f"msg_{n}" for n in itertools.count())


class Vendor(Telling):
    """Pushes only. A trial is a message that says nothing."""

    traits = ChangeTraits(push=True, poll=False)

    def __init__(self) -> None:
        super().__init__()
        self.fault: Any = None

    async def receive(self, *, headers: Mapping[str, str], body: bytes) -> tuple[Change, ...]:
        if self.fault is not None:
            return await self.fault(body)  # type: ignore[no-any-return]
        return () if body == b"trial" else await super().receive(headers=headers, body=body)


VENDOR = Vendor()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    environ = {"PORTICO_BACKENDS__DEFAULT__CHANGES_SECRET": SECRET, "PORTICO_BACKENDS__SPARE__ADAPTER": "embedded"}
    with opened(settings(tmp_path_factory.mktemp("changes"), environ), goods.offer(changes=VENDOR)) as found:
        yield found


@pytest.fixture(autouse=True)
def _well() -> Iterator[None]:
    yield
    VENDOR.fault = None


def purged(shop: Shop) -> list[set[str]]:
    """What was written since the last look, purge by purge."""

    def take(db: Any) -> list[set[str]]:
        found = [set(msgspec.json.decode(text)) for (text,) in db.execute("SELECT tags FROM purges ORDER BY id")]
        db.execute("DELETE FROM purges")
        return found

    return shop.run(partial(shop.store.control.write, take))  # type: ignore[no-any-return]


def post(shop: Shop, body: bytes, headers: Mapping[str, str], backend: str = "default") -> Answer:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return shop.post(f"/-/changes/{backend}", body, raw)


def own(body: bytes, *, id: str | None = None, sent: float | None = None, key: bytes = KEY) -> dict[str, str]:
    id, at = id or next(ids), int(time.time() if sent is None else sent)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,none {signed.signature(key, id, at, body)}",
    }


def said(*changes: Mapping[str, Any]) -> bytes:
    return json.dumps({"changes": changes}).encode()


MUG = said({"kind": "price", "id": "mug"})


def test_a_vendors_message_is_told_to_every_process(shop: Shop) -> None:
    headers, body = VENDOR.told("mug")
    answer = post(shop, body, headers)
    assert (answer.status, answer.header("cache-control")) == (202, "no-store")
    assert purged(shop) == [{"listing", "product:mug"}]
    assert post(shop, body, headers).status == 202, "a message again is a purge again"
    assert purged(shop) == [{"listing", "product:mug"}]


def test_a_trial_is_answered_with_200_and_nothing_follows(shop: Shop) -> None:
    assert post(shop, b"trial", {}).status == 200
    assert purged(shop) == []


def test_a_signed_post_counts_once(shop: Shop) -> None:
    headers = own(MUG)
    assert [post(shop, MUG, headers).status for _ in range(3)] == [202, 202, 202]
    assert purged(shop) == [{"listing", "product:mug", "variant:mug"}]
    everything = said({"kind": "all"}, {"kind": "stock", "id": "a"})
    assert post(shop, everything, own(everything)).status == 202
    assert purged(shop) == [{"backend:default", "product:a", "variant:a"}]


def test_what_is_not_genuine_changes_nothing(shop: Shop) -> None:
    now = time.time()
    headers, body = VENDOR.told("mug")
    for wrong, told in (
        (headers, body + b" "),
        ({}, body),
        (own(MUG), MUG + b" "),
        (own(MUG, key=b"x" * 32), MUG),
        (own(MUG, sent=now - 400), MUG),
        (own(MUG, sent=now + 400), MUG),
        ({**own(MUG), "webhook-id": "other"}, MUG),
        ({**own(MUG), "webhook-timestamp": "soon"}, MUG),
        ({"webhook-signature": "v1,"}, MUG),
        ({**own(MUG), "webhook-signature": "é"}, MUG),
    ):
        assert post(shop, told, wrong).status == 401, wrong
    assert post(shop, b".1", own(b".1", id="a.1")).status == 401, "where the id ends must be plain"
    assert purged(shop) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", said({"kind": "nothing", "id": "1"}), said({"kind": "product", "id": ""}),
     said({"kind": "product", "id": "x" * 201}), said(*[{"kind": "product", "id": str(n)} for n in range(1_001)]),
     b'{"changes":' + b"[" * 5_000],
)  # fmt: skip
def test_what_is_genuine_and_cannot_be_read_is_400(shop: Shop, body: bytes) -> None:
    assert post(shop, body, own(body)).status == 400
    assert purged(shop) == []


def test_a_body_has_a_largest_size(shop: Shop) -> None:
    large = b"x" * (changes.LARGEST + 1)
    assert post(shop, large, own(large)).status == 413
    assert post(shop, b"", {"content-length": str(len(large))}).status == 413
    assert post(shop, b"", {"content-length": "-1"}).status == 413
    fits = said({"kind": "product", "id": "a"}).ljust(changes.LARGEST)
    assert post(shop, fits, own(fits)).status == 202
    assert purged(shop) == [{"listing", "product:a"}]


def test_a_slow_body_is_not_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "BODY_SECONDS", 0.0)
    monkeypatch.setattr(changes, "_body", lambda request: asyncio.sleep(3_600))
    assert post(shop, MUG, own(MUG)).status == 408


def test_nobody_of_that_name_is_listened_to(shop: Shop) -> None:
    assert post(shop, MUG, own(MUG), "nobody").status == 404
    assert shop.get("/-/changes/default").status == 405


def test_a_backend_that_serves_nothing_is_answered_and_one_that_opens_is_asked_again(shop: Shop) -> None:
    assert post(shop, b"{}", {}, "spare").status == 200
    write = shop.store.control.write
    insert = "INSERT INTO draining VALUES ('gb', 'spare', 0, 0)"
    shop.run(partial(write, lambda db: db.execute(insert) and None))
    answer = post(shop, b"{}", {}, "spare")
    assert (answer.status, answer.header("retry-after")) == (503, "10")
    shop.run(partial(write, lambda db: db.execute("DELETE FROM draining") and None))
    assert purged(shop) == []


def test_an_adapters_fault_is_no_500_and_its_log_is_discreet(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(body: bytes) -> Any:
        raise RuntimeError(body.decode())

    async def hanging(body: bytes) -> Any:
        raise TimeoutError

    async def down(body: bytes) -> Any:
        raise Unavailable("no keys")

    for VENDOR.fault in (broken, hanging, down):
        with caplog.at_level(logging.DEBUG):
            answer = post(shop, b"ada@example.com", {"x-signature": "secret-signature"})
        assert answer.status == 503
        assert answer.header("retry-after")
    assert "default" in caplog.text
    assert "ada@example.com" not in caplog.text
    assert "secret-signature" not in caplog.text


def test_a_store_that_cannot_write_says_send_it_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(work: Any) -> Any:
        raise Unavailable("control store")

    with monkeypatch.context() as broken:
        broken.setattr(shop.store.control, "write", failing)
        headers = own(MUG)
        assert post(shop, MUG, headers).status == 503
    assert post(shop, MUG, headers).status == 202, "it was not heard before"
    assert purged(shop) == [{"listing", "product:mug", "variant:mug"}]


def test_who_says_too_much_waits(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = settings(tmp_path_factory.mktemp("limit"), {"PORTICO_LIMITS__CHANGES": "2/1h"})
    with opened(found, goods.offer(changes=VENDOR)) as small:
        assert [post(small, b"trial", {}).status for _ in range(3)] == [200, 200, 429]
        assert int(post(small, b"trial", {}).header("retry-after") or 0) > 1


def test_it_is_the_only_post_beside_pages_and_console(shop: Shop) -> None:
    pages = {re.sub(r":\w+", "", path) for page in PAGES for handler in page.routes for path in handler.paths}
    posts = {str(route.path_format) for route in shop.app.routes if "POST" in getattr(route, "methods", ())}
    assert {path for path in posts - pages if not path.startswith("/-/console")} == {"/-/changes/{backend}"}
