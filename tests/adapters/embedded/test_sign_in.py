"""Signing in: who gets in, what the others are told, and how guessing is slowed down."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from bff.ports import (
    CodeSent,
    InvalidInput,
    LineInput,
    NotAllowed,
    NotSignedIn,
    Registration,
    SignedIn,
    SignInRefused,
    VariantKey,
)
from tests.adapters.embedded.people import PASSWORD, Person, counted, customer

pytestmark = pytest.mark.anyio

WRONG = SignInRefused(reason="credentials")
LOCKED = SignInRefused(reason="locked")


async def enter(offer, person, email="ann@example.com", password=PASSWORD):
    data = {"email": email, "password": password}
    return await offer.sign_in.begin(person.ctx, method="password", data=data, guest_cart=None)


async def test_in_and_out(offer, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    assert [method.fields for method in await offer.sign_in.methods(visitor())] == [("email", "password"), ("email",)]
    second = Person(visitor())
    answer = second.entered(await enter(offer, second, "ANN@example.com"))
    assert PASSWORD not in repr(answer)
    assert answer.token not in repr(answer)
    await offer.sign_in.sign_out(second.ctx)
    await offer.sign_in.sign_out(second.ctx)
    with pytest.raises(NotSignedIn):
        await offer.accounts.me(second.ctx)
    assert await offer.accounts.me(person.ctx), "only that session ends"


async def test_wrong_ones_look_and_take_alike(offer, mailbox, visitor, monkeypatch):
    await customer(offer, mailbox, Person(visitor()))
    waiting = Registration(email="waits@example.com", password=PASSWORD)
    await offer.accounts.register(visitor(), registration=waiting, guest_cart=None)
    hashes = counted(monkeypatch)
    for email in ("ann@example.com", "waits@example.com", "nobody@example.com"):
        for password in ("not this one", "x" * 500, "\ud800"):
            hashes.clear()
            assert await enter(offer, Person(visitor()), email, password) == WRONG
            assert len(hashes) == 1
    assert await enter(offer, Person(visitor()), "waits@example.com") == WRONG, (
        "who registers an address learns nothing"
    )


async def test_guessing_is_slowed_down_for_known_and_unknown_alike(offer, mailbox, visitor, later):
    await customer(offer, mailbox, Person(visitor()))
    for email in ("ann@example.com", "nobody@example.com"):
        stranger = Person(visitor())
        answers = [await enter(offer, stranger, email, "not this one") for _ in range(7)]
        assert answers == [WRONG] * 5 + [LOCKED] * 2
        assert await enter(offer, stranger, email) == LOCKED, "not even the right one"
    later(seconds=2)
    assert await enter(offer, Person(visitor()), password="not this one") == WRONG, "a try, then a longer wait"
    later(seconds=1.5)
    assert await enter(offer, Person(visitor())) == LOCKED
    later(minutes=15)
    assert isinstance(await enter(offer, Person(visitor())), SignedIn)
    assert await enter(offer, Person(visitor()), password="not this one") == WRONG, "and the count begins anew"


async def test_nobody_can_shut_an_owner_out(offer, mailbox, visitor):
    owner, stranger = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, owner)
    for _ in range(9):
        await enter(offer, stranger, password="not this one")
    assert isinstance(await enter(offer, owner), SignedIn), "a browser the owner has signed in with"
    assert await enter(offer, stranger) == LOCKED
    await customer(offer, mailbox, stranger, "eve@example.com")
    assert await enter(offer, stranger) == LOCKED, "known to its own account only"
    fresh = Person(visitor())
    await offer.accounts.forgot(fresh.ctx, email="ann@example.com")
    fresh.entered(await offer.accounts.reset(fresh.ctx, token=mailbox.token("reset"), password="quite another one"))
    assert isinstance(await enter(offer, Person(visitor()), password="quite another one"), SignedIn)


async def test_parallel_guesses_count(offer, mailbox, visitor):
    await customer(offer, mailbox, Person(visitor()))
    guesses = [enter(offer, Person(visitor()), password=f"guess number {n}") for n in range(20)]
    answers = await asyncio.gather(*guesses)
    assert answers.count(WRONG) == 5
    assert answers.count(LOCKED) == 15


async def test_a_code_by_mail(offer, mailbox, visitor, later):
    await customer(offer, mailbox, Person(visitor()))
    person, thief = Person(visitor()), Person(visitor())
    begun = await offer.sign_in.begin(person.ctx, method="code", data={"email": "Ann@example.com"}, guest_cart=None)
    assert begun == CodeSent(hint="A…@example.com")
    code = mailbox.newest("code", "code")

    async def finish(who, code):
        return await offer.sign_in.finish(who.ctx, method="code", params={"code": code}, guest_cart=None)

    assert await finish(thief, code) == SignInRefused(reason="expired"), "only where it was asked for"
    assert await finish(person, "x") == SignInRefused(reason="code")
    person.entered(await finish(person, f" {code[:3]} {code[3:]} "))
    assert await finish(person, code) == SignInRefused(reason="expired"), "once only"
    await offer.sign_in.begin(thief.ctx, method="code", data={"email": "ann@example.com"}, guest_cart=None)
    code = mailbox.newest("code", "code")
    for _ in range(5):
        assert await finish(thief, "none") == SignInRefused(reason="code")
    assert await finish(thief, code) == SignInRefused(reason="expired"), "five tries"
    late = Person(visitor())
    await offer.sign_in.begin(late.ctx, method="code", data={"email": "ann@example.com"}, guest_cart=None)
    later(minutes=10, seconds=1)
    assert await finish(late, mailbox.newest("code", "code")) == SignInRefused(reason="expired")


async def test_a_code_tells_nothing_of_accounts(offer, mailbox, visitor):
    await customer(offer, mailbox, Person(visitor()))
    for email in ("ann@example.com", "nobody@example.com"):
        for _ in range(4):
            person = Person(visitor())
            begun = await offer.sign_in.begin(person.ctx, method="code", data={"email": email}, guest_cart=None)
            assert begun == CodeSent(hint=f"{email[0]}…@example.com")
            answer = await offer.sign_in.finish(person.ctx, method="code", params={"code": "x"}, guest_cart=None)
            assert answer == SignInRefused(reason="code")
    assert mailbox.kinds("nobody@example.com") == []
    assert mailbox.kinds("ann@example.com").count("code") == 3, "and floods nobody"


async def test_what_is_no_sign_in(offer, mailbox, visitor):
    with pytest.raises(InvalidInput) as wrong:
        await offer.sign_in.begin(visitor(), method="password", data={}, guest_cart=None)
    assert set(wrong.value.fields) == {"email", "password"}
    for method in ("redirect", ""):
        with pytest.raises(NotAllowed):
            await offer.sign_in.begin(visitor(), method=method, data={"email": "a@b.example"}, guest_cart=None)
        with pytest.raises(NotAllowed):
            await offer.sign_in.finish(visitor(), method=method, params={}, guest_cart=None)


async def test_a_changed_password_beats_a_sign_in_under_way(offer, mailbox, visitor, monkeypatch):
    """The old password was right when it was looked up, and is no more when the session would begin."""
    owner, thief = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, owner)
    matches = offer.sign_in._passwords.matches
    changed = []

    async def slowly(password, kept):
        right = await matches(password, kept)
        if not changed:
            changed.append(True)
            await offer.accounts.change_password(owner.ctx, current=PASSWORD, new="quite another one")
        return right

    monkeypatch.setattr(offer.sign_in._passwords, "matches", slowly)
    assert await enter(offer, thief) == WRONG


async def test_who_comes_without_a_cart_gets_theirs_back(offer, mailbox, visitor):
    here, there = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, here)
    assert (await enter(offer, there)).cart is None
    line = LineInput(variant=VariantKey(sku="HMUG-IND-LAR"), quantity=Decimal(2))
    kept = (await offer.carts.add(here.ctx, cart=None, lines=[line])).cart
    assert (await enter(offer, there)).cart.ref.id == kept.ref.id
    guests = (await offer.carts.add(visitor(), cart=None, lines=[line])).cart
    data = {"email": "ann@example.com", "password": PASSWORD}
    answer = await offer.sign_in.begin(there.ctx, method="password", data=data, guest_cart=guests.ref)
    assert answer.cart is None, "joining is for `carts.adopt`, which tells what changed"
    there.entered(answer)
    joined = (await offer.carts.adopt(there.ctx, cart=guests.ref)).cart
    assert (joined.ref.id, joined.quantity) == (kept.ref.id, 4)
