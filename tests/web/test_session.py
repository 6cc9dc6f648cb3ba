"""The sealed cookie: what went in comes out, and nothing else ever does."""

from __future__ import annotations

import base64
import time
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.web.session import EMPTY, FLASH_SECONDS, LIFETIME, MAX_COOKIE, MAX_COOKIES, Flash, Opened, Sealer, Session

NEW, OLD = b"n" * 32, b"o" * 32
words = st.text(max_size=40)
sessions = st.builds(
    Session,
    carts=st.dictionaries(words, st.tuples(words, st.none() | words), max_size=3),
    blobs=st.dictionaries(words, words, max_size=3),
)


def value(cookie: str) -> str:
    return cookie.partition(";")[0].partition("=")[2]


def opened(sealer: Sealer, text: str) -> Session:
    found = sealer.open({sealer.name: text})
    return found[0].session if found else EMPTY


def raw_sealed(sealer: Sealer, inside: bytes) -> str:
    return base64.urlsafe_b64encode(sealer._ring.seal(inside, sealer.name.encode())).decode()


@given(sessions)
def test_what_was_sealed_is_opened(session: Session) -> None:
    sealer = Sealer([NEW], https=True)
    found = opened(sealer, value(sealer.seal(session)))
    assert (found.carts, found.blobs) == (session.carts, session.blobs)
    assert found.made <= time.time() < found.made + 60


def test_an_older_key_opens_and_the_newest_seals() -> None:
    session = Session(carts={"default": ("c1", None)})
    before = value(Sealer([OLD], https=False).seal(session))
    rotated = Sealer([NEW, OLD], https=False)
    assert opened(rotated, before).carts == session.carts
    after = value(rotated.seal(session))
    assert opened(Sealer([NEW], https=False), after).carts == session.carts
    assert opened(Sealer([OLD], https=False), after) == EMPTY


def test_a_cookie_of_another_shop_is_nobodys() -> None:
    assert opened(Sealer([NEW], https=True), value(Sealer([OLD], https=True).seal(Session()))) == EMPTY


def test_a_cookie_is_bound_to_its_name() -> None:
    plain = value(Sealer([NEW], https=False).seal(Session(carts={"a": ("b", None)})))
    assert opened(Sealer([NEW], https=True), plain) == EMPTY


def test_every_changed_character_spoils_it() -> None:
    sealer = Sealer([NEW], https=True)
    sealed = value(sealer.seal(Session(carts={"a": ("b", None)})))
    raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    for place in range(len(raw)):
        spoilt = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert opened(sealer, base64.urlsafe_b64encode(spoilt).decode()) == EMPTY
    for length in range(len(sealed) - 1):
        assert opened(sealer, sealed[:length]) == EMPTY


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | st.text("AZaz09-_=", min_size=20, max_size=200))
def test_garbage_is_an_anonymous_shopper(text: str) -> None:
    assert opened(Sealer([NEW], https=True), text) == EMPTY


@given(st.binary(max_size=300))
def test_a_sealed_thing_that_is_no_session_is_an_anonymous_shopper(inside: bytes) -> None:
    sealer = Sealer([NEW], https=True)
    found = opened(sealer, raw_sealed(sealer, inside))
    assert found == EMPTY or found.carts is not None


def test_an_oversized_cookie_is_not_even_read() -> None:
    """Also one that we sealed ourselves once: opening costs time, and anybody may send it a thousand times."""
    sealer = Sealer([NEW], https=True)
    sealed = raw_sealed(sealer, msgspec.msgpack.encode(Session(blobs={"a": "x" * MAX_COOKIE}, made=int(time.time()))))
    assert len(sealed) > MAX_COOKIE
    assert opened(sealer, sealed) == EMPTY


def test_a_session_too_large_for_a_browser_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        Sealer([NEW], https=True).seal(Session(blobs={"a": "x" * MAX_COOKIE}))


def test_a_session_ends() -> None:
    sealer = Sealer([NEW], https=True)
    with patch("time.time", return_value=1_000_000.0):
        sealed = value(sealer.seal(Session(carts={"a": ("b", None)})))
        assert opened(sealer, sealed).carts
    with patch("time.time", return_value=1_000_000.0 + LIFETIME + 1):
        assert opened(sealer, sealed) == EMPTY


def test_the_cookie_is_the_browsers_alone() -> None:
    secure = Sealer([NEW], https=True).seal(Session())
    assert secure.startswith("__Host-portico-session=")
    for part in ("; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"):
        assert part in secure
    assert "Domain" not in secure
    plain = Sealer([NEW], https=False).seal(Session())
    assert plain.startswith("portico-session=")
    assert "Secure" not in plain


def test_two_seals_of_one_session_differ() -> None:
    sealer = Sealer([NEW], https=True)
    assert sealer.seal(Session()) != sealer.seal(Session())


def test_a_cookie_tells_nothing() -> None:
    sealed = value(Sealer([NEW], https=True).seal(Session(carts={"default": ("cart-secret", None)})))
    assert b"cart-secret" not in base64.urlsafe_b64decode(sealed + "==")


def test_an_old_session_without_todays_fields_opens() -> None:
    sealer = Sealer([NEW], https=True)
    sealed = raw_sealed(sealer, msgspec.msgpack.encode({"made": int(time.time()), "carts": {"a": ("b", None)}}))
    assert opened(sealer, sealed).carts == {"a": ("b", None)}


def test_several_cookies_are_opened_the_oldest_first() -> None:
    sealer = Sealer([NEW], https=True)
    cookies = {}
    for made in (1_000_300, 1_000_100, 1_000_200):
        with patch("time.time", return_value=float(made)):
            name = sealer.mint().name
            cookies[name] = value(sealer.seal(Session(id=str(made)), name))
    with patch("time.time", return_value=1_000_400.0):
        found = sealer.open({"other": "x", f"{sealer.name}-junk": "x", **cookies, sealer.name: ""})
    assert [one.session.id for one in found] == ["1000100", "1000200", "1000300"]
    assert [one.name for one in found] == [
        name for name, _ in sorted(cookies.items(), key=lambda c: made_of(found, c[0]))
    ]


def made_of(found: list[Opened], name: str) -> int:
    return next(one.session.made for one in found if one.name == name)


def test_one_cookies_value_is_no_other_cookies() -> None:
    """Else a shopper could be given two sessions of one, and have the bag poured into itself."""
    sealer = Sealer([NEW], https=False)
    sealed = value(sealer.seal(Session(id="a"), f"{sealer.name}-1"))
    assert sealer.open({f"{sealer.name}-1": sealed})
    assert not sealer.open({f"{sealer.name}-2": sealed})
    assert not sealer.open({sealer.flash_name: sealed})


def test_a_heap_of_cookies_is_not_opened() -> None:
    sealer = Sealer([NEW], https=False)
    cookies = {f"{sealer.name}-{n}": value(sealer.seal(Session(id=str(n)), f"{sealer.name}-{n}")) for n in range(40)}
    assert len(sealer.open(cookies)) == MAX_COOKIES


def test_a_flash_is_not_shown_for_long() -> None:
    sealer = Sealer([NEW], https=True)
    flash = Flash(messages=(("bag.merged", {"n": "1"}),))
    with patch("time.time", return_value=1_000_000.0):
        sealed = value(sealer.seal_flash(flash))
        opened_ = sealer.open_flash({sealer.flash_name: sealed})
        assert opened_ is not None
        assert opened_.messages == flash.messages
    with patch("time.time", return_value=1_000_000.0 + FLASH_SECONDS + 1):
        assert sealer.open_flash({sealer.flash_name: sealed}) is None
    for garbage in ("", "x", sealed[:-2], "é" * 50):
        assert sealer.open_flash({sealer.flash_name: garbage}) is None
