"""A shopper's session over requests: minted, merged, signed in and out; equal posts; the control store's own failures."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from multidict import CIMultiDict

from bff.ports import CartRef, NoCart, Unavailable
from bff.web import mutations, posts, sessions, sessions_merge
from bff.web.clients import Clients, device, network_of
from bff.web.control import Control
from bff.web.own_session import SMALL_BLOB
from bff.web.session import Session
from bff.web.visit import query_params

from .counter import NAMED, Browser, Counted, open_counter, told
from .stage import FORM, SAME_SITE, ask, store_of

MUG = "variant=mug&typed=&plan=&n=1"
CUP = "variant=cup&typed=&plan=&n=1"
ONE_MUG, ONE_CUP = Counter({("mug", "", ""): 1}), Counter({("cup", "", ""): 1})


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    with open_counter(tmp_path_factory.mktemp("counter")) as opened:
        yield opened


@pytest.fixture
def browser(counter: Counted) -> Browser:
    return counter.browser()


def run(browser: Browser, call: Any, *arguments: Any, **named: Any) -> Any:
    return browser.counter.run(partial(call, *arguments, **named))


def get(browser: Browser, path: str = "counter", worker: int = 0) -> Any:
    return run(browser, browser.get, path, worker)


def post(browser: Browser, path: str, body: str, worker: int = 0) -> Any:
    return run(browser, browser.post, path, body, worker)


def id_of(browser: Browser) -> str:
    found = browser.counter.store.sealer.open(browser.jar)
    return str(found[0].session.id)


# ---- equal posts


def at_once(browser: Browser, body: str, times: int) -> Any:
    async def all_at_once() -> list[Any]:
        jar = dict(browser.jar)
        sends = (browser.send("POST", "counter/add", body, worker=n, jar=jar) for n in range(times))
        return await asyncio.gather(*sends)

    return run(browser, all_at_once)


def test_fifty_at_once_are_one(browser: Browser) -> None:
    answers = at_once(browser, MUG + "&mutation=fifty-0123456789", 50)
    assert len({(one.status, one.body, tuple(one.raw)) for one in answers}) == 1, "the same bytes, cookie and all"
    browser.take(answers[0])
    assert told(get(browser).text) == ONE_MUG


def test_an_id_counts_for_a_day_and_its_answer_is_kept_for_an_hour(browser: Browser) -> None:
    body = MUG + "&mutation=0123456789abcdef"
    assert post(browser, "counter/add", body).status == 303
    for wait in (1.0, 100.0, 3_400.0):
        browser.counter.clock.now += wait
        assert post(browser, "counter/add", body, worker=1).status == 303
    browser.counter.clock.now += 200.0
    spent = post(browser, "counter/add", body)
    assert spent.status == 409
    assert "done already" in spent.text
    assert told(get(browser).text) == ONE_MUG


def test_without_an_id_meaning_it_twice_takes_two_seconds(browser: Browser) -> None:
    post(browser, "counter/add", MUG)
    browser.counter.clock.now += 1.5
    post(browser, "counter/add", MUG)
    browser.counter.clock.now += 0.6
    post(browser, "counter/add", MUG)
    assert told(get(browser).text)["mug", "", ""] == 2


@pytest.mark.parametrize("arrived", [(0, 1, 2), (2, 0), (1,)])
def test_a_double_click_without_cookies_counts_once_whichever_answers_arrive(
    browser: Browser, arrived: tuple[int, ...]
) -> None:
    answers = at_once(browser, MUG, 3)
    for n in arrived:
        browser.take(answers[n])
    assert told(get(browser).text) == ONE_MUG
    assert len(browser.jar) == 1
    browser.take(answers[arrived[0]])  # an answer that comes late
    browser.take(answers[0])
    assert told(get(browser).text) == ONE_MUG


def test_two_people_behind_one_address_never_share_a_session(counter: Counted) -> None:
    """Equal browsers, no cookies, no script, the same thing at the same moment: each has a bag of their own."""
    ada, eve = counter.browser("ordinary"), counter.browser("ordinary")
    both = at_once(ada, MUG, 2)
    ada.take(both[0])
    eve.take(both[1])
    assert not set(ada.jar) & set(eve.jar)
    post(ada, "counter/add", CUP)
    assert told(get(eve).text) == ONE_MUG
    post(eve, "counter/enter", "token=eve-0")
    assert told(get(ada).text) == ONE_MUG + ONE_CUP


def test_what_a_double_click_made_keeps_what_came_after(browser: Browser) -> None:
    first, second = at_once(browser, MUG, 2)
    browser.take(first)
    post(browser, "counter/add", CUP)
    browser.take(second)
    assert told(get(browser).text) == ONE_MUG + ONE_CUP


def test_nobody_gets_anothers_answer(counter: Counted) -> None:
    body = MUG + "&mutation=0123456789abcdef"
    ada, eve = counter.browser("ada"), counter.browser("eve")
    assert post(ada, "counter/add", body).header("set-cookie")
    assert post(eve, "counter/add", body).header("set-cookie") != ada.jar
    assert set(ada.jar) != set(eve.jar)
    same = counter.browser("ada")
    same.jar = dict(eve.jar)
    again = post(same, "counter/add", body)
    assert again.header("set-cookie") is None
    assert told(get(ada).text) == told(get(eve).text) == ONE_MUG


def test_an_old_answer_sets_no_old_cookie(browser: Browser) -> None:
    body = MUG + "&mutation=fedcba9876543210"
    first = post(browser, "counter/add", body)
    minted = dict(browser.jar)
    assert first.header("set-cookie")
    assert post(browser, "counter/add", body).header("set-cookie") is None
    browser.jar.clear()
    lost = post(browser, "counter/add", body)
    assert lost.header("set-cookie") == first.header("set-cookie"), "the first answer never came: nothing is newer"
    assert browser.jar == minted


def test_a_run_that_died_is_told_and_not_repeated(browser: Browser) -> None:
    """The process went away in the middle of something that cannot be read back."""
    run(browser, _dies_in, browser, "counter/name", "name=Ada&mutation=0123456789abcdef")
    NAMED.clear()
    browser.counter.clock.now += mutations.LEASE + 1
    found = post(browser, "counter/name", "name=Ada&mutation=0123456789abcdef")
    assert found.status == 409
    assert "not sure" in found.text
    assert not NAMED


@pytest.mark.parametrize("fault", ["lost", "refused"])
def test_a_cart_write_that_died_is_read_back(browser: Browser, fault: str) -> None:
    post(browser, "counter/add", CUP)
    body = MUG + "&mutation=0123456789abcdef"
    browser.counter.carts.faults["mug", "", ""] = fault
    run(browser, _dies_in, browser, "counter/add", body)
    browser.counter.clock.now += mutations.LEASE + 1
    assert post(browser, "counter/add", body, worker=1).status == 303
    assert told(get(browser).text) == ONE_MUG + ONE_CUP


async def _dies_in(browser: Browser, path: str, body: str) -> None:
    """Send a post to a worker that ends, with everything it was about to do, before the answer is kept."""

    class Dead(BaseException):
        pass

    async def dies(*_: Any, **__: Any) -> None:
        raise Dead

    with (
        patch.object(posts.Post, "ended", dies),
        patch.object(posts.Post, "forgotten", dies),
        patch("bff.web.cart_writes._read_back", dies),
        patch("bff.web.locks.Held.do_last", lambda *_: None),
        pytest.raises(Dead),
    ):
        await browser.send("POST", path, body)


# ---- two first writes


def test_two_first_adds_end_in_one_cart(browser: Browser) -> None:
    async def two() -> list[Any]:
        jar: dict[str, str] = {}
        sends = [browser.send("POST", "counter/add", body, worker=n, jar=jar) for n, body in enumerate((MUG, CUP))]
        return await asyncio.gather(*sends)

    for found in run(browser, two):
        browser.take(found)
    assert len(browser.jar) == 2
    page = get(browser)
    assert told(page.text) == ONE_MUG + ONE_CUP
    assert len(browser.jar) == 1
    assert page.header("cache-control") == "no-store"
    assert get(browser).all("set-cookie") == []


@pytest.mark.parametrize("step", ["_add", "_emptied"])
def test_merging_that_breaks_half_way_goes_on_later(browser: Browser, step: str) -> None:
    """It ends after a cart was added to the other and before that was noted, or after it was noted."""
    for body in (MUG, CUP):
        jar, browser.jar = browser.jar, {}
        post(browser, "counter/add", body)
        browser.jar |= jar
    brought = dict(browser.jar)
    real = getattr(sessions_merge, step)

    async def breaks(*arguments: Any, **named: Any) -> None:
        await real(*arguments, **named)
        raise Unavailable("gone")

    with patch.object(sessions_merge, step, breaks):
        assert get(browser).status == 200, "a page is shown all the same"
    assert browser.jar == brought, "nothing is given up"
    assert told(get(browser, worker=1).text) == ONE_MUG + ONE_CUP
    browser.jar = brought  # and its answer was lost as well
    assert told(get(browser).text) == ONE_MUG + ONE_CUP


def test_many_merge_at_once(browser: Browser) -> None:
    for body in (MUG, CUP):
        jar, browser.jar = browser.jar, {}
        post(browser, "counter/add", body)
        browser.jar |= jar

    async def all_at_once() -> list[Any]:
        jar = dict(browser.jar)
        return await asyncio.gather(*(browser.send("GET", "counter", worker=n, jar=jar) for n in range(6)))

    for found in run(browser, all_at_once):
        browser.take(found)
    assert told(get(browser).text) == ONE_MUG + ONE_CUP


def test_a_request_that_knows_only_the_merged_cart_writes_where_it_went(browser: Browser) -> None:
    post(browser, "counter/add", MUG)
    jar, browser.jar = browser.jar, {}
    post(browser, "counter/add", CUP)
    late = dict(browser.jar)
    browser.jar |= jar
    get(browser)
    run(browser, browser.send, "POST", "counter/add", "variant=pot&typed=&plan=&n=1", jar=late)
    assert told(get(browser).text)["pot", "", ""] == 1


def test_a_cookie_that_lost_its_cart_to_a_slower_answer_finds_it_again(browser: Browser) -> None:
    """A page's answer that was made before the write's and comes after it."""
    post(browser, "counter/add", MUG)
    sealer = browser.counter.store.sealer
    ((name, session),) = [(one.name, one.session) for one in sealer.open(browser.jar)]
    browser.jar[name] = sealer.seal(Session(id=session.id), name).partition(";")[0].partition("=")[2]
    post(browser, "counter/add", CUP)
    assert told(get(browser).text) == ONE_MUG + ONE_CUP


# ---- signing in and out


def test_signing_in_makes_another_session_and_keeps_the_cart(browser: Browser) -> None:
    post(browser, "counter/add", MUG)
    before, planted = id_of(browser), dict(browser.jar)
    post(browser, "counter/enter", "token=ada")
    assert id_of(browser) != before
    assert get(browser, "counter/who").text.startswith("ada ")
    assert told(get(browser).text) == ONE_MUG
    names = [{name for name in jar if "session" in name} for jar in (planted, browser.jar)]
    assert (len(names[1]), names[0] & names[1]) == (1, set()), "another name, and the old one is gone"
    browser.jar = planted
    assert get(browser, "counter/who").text.startswith("- "), "whoever knew the session before knows nothing of it now"


def test_signing_out_revokes(browser: Browser) -> None:
    post(browser, "counter/enter", "token=ada")
    copied = dict(browser.jar)
    left = post(browser, "counter/leave", "")
    assert left.header("clear-site-data") == '"cache", "storage"'
    assert not browser.jar
    browser.jar = copied
    assert get(browser, "counter/who").text.startswith("- ")


def test_the_token_stands_in_no_cookie_and_no_page(browser: Browser) -> None:
    post(browser, "counter/enter", "token=the-token-of-ada")
    session = browser.counter.store.sealer.open(browser.jar)[0].session
    assert "the-token" not in repr(session)
    for value in browser.jar.values():
        assert b"the-token" not in base64.urlsafe_b64decode(value + "==")


def test_a_tab_left_open_changes_nobody_elses_account(browser: Browser) -> None:
    post(browser, "counter/enter", "token=ada")
    mutation = get(browser, "counter/who").text.split()[1]
    NAMED.clear()
    assert post(browser, "counter/name", f"name=Ada&mutation={mutation}").status == 303
    assert NAMED == [("ada", "Ada")]
    post(browser, "counter/leave", "")
    stale = post(browser, "counter/name", f"name=Ada+L&mutation={mutation}")
    assert stale.status == 401
    assert "sign in" in stale.text.lower()
    post(browser, "counter/enter", "token=eve")
    assert post(browser, "counter/name", f"name=Ada+L&mutation={mutation}").status == 401
    assert NAMED == [("ada", "Ada")]
    fresh = get(browser, "counter/who").text.split()[1]
    assert fresh != mutation
    post(browser, "counter/name", f"name=Eve&mutation={fresh}")
    assert NAMED[1:] == [("eve", "Eve")]


def test_a_guests_form_is_good_after_signing_in(browser: Browser) -> None:
    mutation = get(browser, "counter/who").text.split()[1]
    post(browser, "counter/enter", "token=ada")
    NAMED.clear()
    assert post(browser, "counter/name", f"name=Ada&mutation={mutation}").status == 303
    assert NAMED == [("ada", "Ada")]


def test_a_message_is_shown_once(browser: Browser) -> None:
    post(browser, "counter/enter", "token=ada")
    assert browser.counter.store.sealer.flash_name in browser.jar
    waiting = run(
        browser,
        ask,
        browser.counter.apps[0],
        "GET",
        "/en-gb/nowhere",
        [*browser.headers(), (b"sec-purpose", b"prefetch;prerender")],
    )
    assert "We put two bags together" not in waiting.text
    assert waiting.all("set-cookie") == []
    shown = get(browser, "nowhere")
    assert "We put two bags together" in shown.text
    assert shown.header("cache-control") == "no-store"
    assert "We put two bags together" not in get(browser, "nowhere").text


# ---- blobs


def test_a_blob_is_kept_in_the_cookie_while_it_is_small_and_still(browser: Browser) -> None:
    for text, where in (("small", "cookie"), ("turned", "store"), ("x" * (SMALL_BLOB + 1), "store"), ("tiny", "store")):
        _rewrite(browser, text)
        session = browser.counter.store.sealer.open(browser.jar)[0].session
        assert ("default" in session.blobs) is (where == "cookie")
        assert _blob(browser) == text
    _rewrite(browser, None)
    assert _blob(browser) is None


def test_of_two_rewrites_of_one_blob_the_first_stays(browser: Browser) -> None:
    _rewrite(browser, "x" * 600)
    carts = [store_of(app).backend.carts for app in browser.counter.apps]
    swapped: list[bool] = []
    swap = sessions.swap

    async def noted(*arguments: Any) -> bool:
        swapped.append(await swap(*arguments))
        return swapped[-1]

    async def both() -> None:
        jar = dict(browser.jar)
        await asyncio.gather(*(browser.send("GET", "counter", worker=n, jar=jar) for n in range(2)))

    first, second = (
        patch.dict(one.__dict__, get=_reads_then(text * 600)) for one, text in zip(carts, "yz", strict=True)
    )
    with patch.object(sessions, "swap", noted), first, second:
        run(browser, both)
    assert swapped == [True, False]
    assert _blob(browser) in ("y" * 600, "z" * 600)


def _reads_then(text: str | None) -> Any:
    async def get(ctx: Any, /, *, cart: Any) -> Any:
        ctx.shopper.blob.replace(ctx.shopper.blob.text, text)
        return NoCart(reason="empty")

    return get


def _rewrite(browser: Browser, text: str | None) -> None:
    _with_get(browser, _reads_then(text))


def _blob(browser: Browser) -> str | None:
    found: list[str | None] = []

    async def reads(ctx: Any, /, *, cart: Any) -> Any:
        found.append(ctx.shopper.blob.text)
        return NoCart(reason="empty")

    _with_get(browser, reads)
    return found[0]


def _with_get(browser: Browser, reads: Any) -> None:
    if not browser.jar:
        post(browser, "counter/add", MUG)
    with patch.dict(browser.counter.store.backend.carts.__dict__, get=reads):
        assert get(browser).status == 200


# ---- the store's own failures


def test_without_the_control_store_pages_are_shown_and_posts_refused(tmp_path: Path) -> None:
    with open_counter(tmp_path, workers=1) as counter:
        browser = counter.browser()
        post(browser, "counter/add", MUG)
        post(browser, "counter/enter", "token=ada")

        async def fails(*_: Any) -> None:
            raise Unavailable("no disk")

        with patch.object(Control, "write", fails), patch.object(Control, "read", fails):
            assert told(get(browser).text) == ONE_MUG
            assert get(browser, "nowhere").status == 404
            refused = post(browser, "counter/add", CUP)
            assert refused.status == 503
            assert refused.header("retry-after")
            assert post(counter.browser(), "counter/add", CUP).status == 503
        assert told(get(browser).text) == ONE_MUG


def test_reading_without_a_customer_never_asks_the_control_store(browser: Browser) -> None:
    post(browser, "counter/add", MUG)
    with patch.object(Control, "write", None), patch.object(Control, "read", None):
        for jar in ({}, dict(browser.jar)):
            browser.jar = jar
            assert get(browser).status == 200
            assert get(browser, "nowhere").status == 404


@pytest.mark.parametrize(
    "cookies",
    [
        "portico-session=",
        "portico-session-x=%00; portico-session-y=é; portico-flash=1",
        "; ".join(f"portico-session-{n}=AAAA" for n in range(60)),
        "portico-session-" + "n" * 3_000 + "=x",
        "portico-session-1=" + "A" * 9_000,
        "=; ;;; portico-session-; portico-session-=",
        'portico-session-1="quoted"; portico-session-1=again',
    ],
)
def test_crooked_cookies_are_an_anonymous_shopper(counter: Counted, cookies: str) -> None:
    browser = counter.browser()
    headers = [(b"user-agent", b"crooked"), SAME_SITE, FORM, (b"cookie", cookies.encode("utf-8"))]
    found = counter.run(partial(ask, counter.apps[0], "GET", "/en-gb/counter", headers))
    assert (found.status, found.body, found.all("set-cookie")) == (200, b"", [])
    added = counter.run(partial(ask, counter.apps[0], "POST", "/en-gb/counter/add", headers, CUP.encode()))
    assert added.status == 303
    browser.take(added)
    assert told(get(browser).text) == ONE_CUP
    counter.clock.now += 3


def test_what_cannot_be_read_is_taken_away_when_a_session_is_made(browser: Browser) -> None:
    browser.jar = {"portico-session-old": "AAAA", "other": "kept"}
    post(browser, "counter/add", MUG)
    assert "portico-session-old" not in browser.jar
    assert browser.jar["other"] == "kept"
    assert len(browser.jar) == 2


def test_an_earlier_session_without_an_id_gets_one(browser: Browser) -> None:
    sealer = browser.counter.store.sealer
    post(browser, "counter/add", CUP)
    cart = sealer.open(browser.jar)[0].session.carts["default"]
    cookie = sealer.seal(Session(carts={"default": cart}))
    browser.jar = dict([cookie.partition(";")[0].split("=", 1)])
    assert told(get(browser).text) == ONE_CUP
    post(browser, "counter/enter", "token=ada")
    assert id_of(browser)
    assert told(get(browser).text) == ONE_CUP


# ---- who may post, and what is read


def test_only_what_is_exempt_may_be_posted_from_elsewhere(counter: Counted) -> None:
    foreign = [(b"sec-fetch-site", b"cross-site"), (b"origin", b"https://pay.example"), FORM]
    assert counter.run(partial(ask, counter.apps[0], "POST", "/en-gb/counter/back", foreign, b"a=1")).status == 303
    assert counter.run(partial(ask, counter.apps[0], "POST", "/en-gb/counter/add", foreign, MUG.encode())).status == 403


def test_fields_are_utf8_the_first_counts_and_control_characters_are_left_out(browser: Browser) -> None:
    NAMED.clear()
    post(browser, "counter/name", "name=كوب+%00a%1bb%C2%85c%0D%0Ad&name=second")
    assert NAMED == [(None, "كوب abc\r\nd")]
    NAMED.clear()
    post(browser, "counter/name", "name=%ff%fe+%ED%A0%80")
    assert NAMED[0][1].isprintable() or "\ufffd" in NAMED[0][1]
    assert run(browser, browser.send, "POST", "counter/name", "x" * 70_000).status == 303
    assert NAMED[-1] == (None, ""), "too large for a form: nothing in it is read"


def test_a_query_is_utf8_encoded_or_not() -> None:
    def params(raw: bytes) -> list[tuple[str, str]]:
        return query_params(SimpleNamespace(scope={"query_string": raw}))  # type: ignore[arg-type]

    assert params("q=كوب&o=ä".encode()) == [("q", "كوب"), ("o", "ä")]
    assert params(b"q=%D9%83%D9%88%D8%A8") == [("q", "كوب")]
    assert params(b"q=\xff") == [("q", "\ufffd")]
    assert params(b"q=a%00b") == [("q", "ab")]


# ---- who asks


@pytest.mark.parametrize(
    ("proxies", "peer", "header", "address"),
    [
        ((), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("10.0.0.0/8",), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        (("::1",), "::1", "[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::"),
        (("::1",), "::1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        (("127.0.0.1",), "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (("127.0.0.1",), "", "198.51.100.1", "198.51.100.1"),
        (("127.0.0.1",), "127.0.0.1", "no address, at all", "unknown"),
        (("10.0.0.0/8",), "10.0.0.1", "1.1.1.1|198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_address_is_the_last_that_is_no_proxy_of_ours(
    proxies: tuple[str, ...], peer: str, header: str, address: str
) -> None:
    lines = [("x-forwarded-for", line) for line in header.split("|") if line]
    request: Any = SimpleNamespace(scope={"client": (peer, 1) if peer else None}, headers=CIMultiDict(lines))
    assert Clients(proxies).address(request) == address


def test_one_household_is_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("fe80::1%eth0") == "fe80::"
    assert network_of("::ffff:198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"sec-ch-ua-mobile": "?1"}, "phone"),
        ({"sec-ch-ua-mobile": "?0", "user-agent": "x Mobi"}, "desktop"),
        ({"user-agent": "Mozilla/5.0 (iPhone) Mobile"}, "phone"),
        ({"user-agent": "Mozilla/5.0 (Macintosh)"}, "desktop"),
        ({"user-agent": "curl"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_device_is_what_the_browser_says(headers: dict[str, str], kind: str) -> None:
    assert device(headers) == kind


def test_a_reference_is_never_written() -> None:
    assert "secret" not in repr(CartRef(id="secret"))
