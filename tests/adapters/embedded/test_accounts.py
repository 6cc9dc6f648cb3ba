"""Accounts: opening, confirming, forgetting, changing, deleting; what is told, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.embedded import manifest
from adapters.embedded.email_address import email_address
from bff.ports import (
    Accounts,
    Address,
    ConfirmationSent,
    InvalidInput,
    NotFound,
    NotSignedIn,
    Registration,
    SignedIn,
    SignInRefused,
)
from tests.adapters.embedded.people import PASSWORD, Person, counted, customer

pytestmark = pytest.mark.anyio


@pytest.fixture
def accounts(offer) -> Accounts:
    return offer.accounts


def registration(**fields) -> Registration:
    return Registration(**{"email": "ann@example.com", "password": PASSWORD, "first_name": "Ann", **fields})


async def signing_in(offer, person, email="ann@example.com", password=PASSWORD):
    data = {"email": email, "password": password}
    return await offer.sign_in.begin(person.ctx, method="password", data=data, guest_cart=None)


async def test_an_account_opens_once_its_address_is_confirmed(offer, accounts, mailbox, visitor):
    person = Person(visitor())
    assert await accounts.register(person.ctx, registration=registration(), guest_cart=None) == ConfirmationSent()
    with pytest.raises(NotSignedIn):
        await accounts.me(person.ctx)
    token = mailbox.token("confirm")
    signed_in = person.entered(await accounts.confirm(person.ctx, token=token))
    assert (signed_in.customer.email, signed_in.customer.first_name) == ("ann@example.com", "Ann")
    assert await accounts.me(person.ctx) == signed_in.customer
    assert await accounts.confirm(person.ctx, token=token) == SignInRefused(reason="expired"), "once only"
    assert mailbox.kinds() == ["confirm", "welcome"]


async def test_without_confirmation_the_account_is_open_at_once(changed, mailbox, visitor):
    async with manifest.open(changed(confirm_accounts=False), None, []) as offer:
        person = Person(visitor())
        person.entered(
            await offer.accounts.register(person.ctx, registration=registration(marketing=True), guest_cart=None)
        )
        assert (await offer.accounts.me(person.ctx)).email == "ann@example.com"
    assert mailbox.kinds() == ["welcome", "newsletter_confirm"], "the address is not proved: the newsletter asks"


async def test_a_taken_address_is_not_told_but_its_owner_is(offer, accounts, mailbox, visitor, monkeypatch, later):
    await customer(offer, mailbox, Person(visitor()))
    hashes = counted(monkeypatch)
    stranger = Person(visitor())
    again = await accounts.register(stranger.ctx, registration=registration(email=" ANN@Example.com"), guest_cart=None)
    new = await accounts.register(stranger.ctx, registration=registration(email="bob@example.com"), guest_cart=None)
    assert again == new == ConfirmationSent()
    assert hashes == [1, 1], "the same work"
    await accounts.register(stranger.ctx, registration=registration(), guest_cart=None)
    assert mailbox.kinds("ann@example.com") == ["confirm", "welcome", "already_registered"], "told once an hour"
    later(hours=2)
    await accounts.register(stranger.ctx, registration=registration(), guest_cart=None)
    assert mailbox.kinds("ann@example.com")[-2:] == ["already_registered"] * 2


async def test_confirming_opens_what_that_one_registered(offer, accounts, mailbox, visitor):
    """Somebody else cannot put a password of theirs under an address that its owner confirms."""
    owner, other = Person(visitor()), Person(visitor())
    await accounts.register(owner.ctx, registration=registration(), guest_cart=None)
    token = mailbox.token("confirm")
    await accounts.register(other.ctx, registration=registration(password="the other one's"), guest_cart=None)
    owner.entered(await accounts.confirm(owner.ctx, token=token))
    assert await signing_in(offer, other, password="the other one's") == SignInRefused(reason="credentials")
    assert isinstance(await signing_in(offer, other), SignedIn)
    assert mailbox.rows("SELECT * FROM registration") == [], "the others are forgotten"
    late = mailbox.token("confirm")
    assert await accounts.confirm(other.ctx, token=late) == SignInRefused(reason="expired")


async def test_a_strangers_password_does_not_open_what_the_owner_confirms(offer, accounts, mailbox, visitor):
    """Somebody registers another's address; its owner follows the link, as people do."""
    stranger, owner = Person(visitor()), Person(visitor())
    wanted = registration(password="the stranger's", marketing=True)
    await accounts.register(stranger.ctx, registration=wanted, guest_cart=None)
    token = mailbox.token("confirm")
    assert await accounts.confirm(owner.ctx, token=token) == SignInRefused(reason="unconfirmed")
    assert await signing_in(offer, stranger, password="the stranger's") == SignInRefused(reason="credentials")
    with pytest.raises(InvalidInput):
        await accounts.reset(owner.ctx, token=token, password="short")
    owner.entered(await accounts.reset(owner.ctx, token=token, password="the owner's own"))
    assert (await accounts.me(owner.ctx)).email == "ann@example.com"
    assert await signing_in(offer, stranger, password="the stranger's") == SignInRefused(reason="credentials")
    assert isinstance(await signing_in(offer, Person(visitor()), password="the owner's own"), SignedIn)
    assert await accounts.confirm(stranger.ctx, token=token) == SignInRefused(reason="expired"), "once only"
    again = await accounts.reset(owner.ctx, token=token, password=PASSWORD)
    assert again == SignInRefused(reason="expired")
    assert mailbox.rows("SELECT * FROM newsletter WHERE confirmed NOT NULL") == [], "the stranger ordered no news"


async def test_the_note_of_a_registration_tells_nothing(offer, accounts, mailbox, visitor):
    await customer(offer, mailbox, Person(visitor()))
    taken, free = Person(visitor()), Person(visitor())
    await accounts.register(taken.ctx, registration=registration(), guest_cart=None)
    await accounts.register(free.ctx, registration=registration(email="bob@example.com"), guest_cart=None)
    assert taken.blob.text
    assert len(taken.blob.text) == len(free.blob.text or "")


async def test_an_address_is_not_flooded(accounts, mailbox, visitor):
    for _ in range(12):
        await accounts.register(visitor(), registration=registration(), guest_cart=None)
    assert mailbox.kinds() == ["confirm"] * 10


async def test_confirmations_lapse(accounts, mailbox, visitor, later):
    await accounts.register(visitor(), registration=registration(), guest_cart=None)
    token = mailbox.token("confirm")
    later(days=3, seconds=1)
    assert await accounts.confirm(visitor(), token=token) == SignInRefused(reason="expired")


async def test_forgotten_passwords(offer, accounts, mailbox, visitor, later):
    here, there = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, here)
    there.entered(await signing_in(offer, there))
    assert await accounts.forgot(visitor(), email="nobody@example.com") is None
    assert await accounts.forgot(visitor(), email="ann@EXAMPLE.com") is None
    await accounts.forgot(visitor(), email="ann@example.com")
    assert mailbox.kinds() == ["confirm", "welcome", "reset"], "a repeated post sends one mail"
    token = mailbox.token("reset")
    with pytest.raises(InvalidInput):
        await accounts.reset(visitor(), token=token, password="short")
    here.entered(await accounts.reset(here.ctx, token=token, password="quite another one"))
    assert mailbox.kinds()[-1] == "password_changed"
    assert (await accounts.me(here.ctx)).email == "ann@example.com"
    with pytest.raises(NotSignedIn):
        await accounts.me(there.ctx)
    assert await accounts.reset(visitor(), token=token, password="and a third one") == SignInRefused(reason="expired")
    assert await signing_in(offer, there) == SignInRefused(reason="credentials")
    assert isinstance(await signing_in(offer, there, password="quite another one"), SignedIn)
    await accounts.forgot(visitor(), email="ann@example.com")
    token = mailbox.token("reset")
    later(hours=1, seconds=1)
    assert await accounts.reset(visitor(), token=token, password="and a third one") == SignInRefused(reason="expired")


async def test_another_password_ends_other_sessions(offer, accounts, mailbox, visitor):
    here, there = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, here)
    there.entered(await signing_in(offer, there))
    wrong = await accounts.change_password(here.ctx, current="not this one", new="quite another one")
    assert wrong == SignInRefused(reason="credentials")
    assert await accounts.me(there.ctx)
    old = here.token
    here.entered(await accounts.change_password(here.ctx, current=PASSWORD, new="quite another one"))
    assert here.token != old
    assert await accounts.me(here.ctx)
    with pytest.raises(NotSignedIn):
        await accounts.me(there.ctx)
    with pytest.raises(NotSignedIn):
        await accounts.change_password(visitor(), current=PASSWORD, new="quite another one")


async def test_sessions_slide_and_end(offer, accounts, mailbox, visitor, later):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    later(days=29)
    assert await accounts.me(person.ctx)
    later(days=29)
    assert await accounts.me(person.ctx), "seen in between: thirty days from then"
    later(days=30, seconds=1)
    with pytest.raises(NotSignedIn):
        await accounts.me(person.ctx)


async def test_no_secret_is_kept_in_the_clear(offer, accounts, mailbox, visitor, settings):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    await accounts.forgot(visitor(), email="ann@example.com")
    tables = [name for (name,) in mailbox.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    secrets = (PASSWORD, person.token, mailbox.token("reset"))
    for table in tables:
        if table != "outbox":
            kept = repr(mailbox.rows(f'SELECT * FROM "{table}"'))
            assert not any(secret in kept for secret in secrets), table
    (kept,) = mailbox.rows("SELECT password FROM customer")[0]
    assert kept.startswith("scrypt$4$8$3$")


async def test_hashes_are_renewed_when_they_may_cost_more(offer, mailbox, visitor, changed):
    await customer(offer, mailbox, Person(visitor()))
    async with manifest.open(changed(scrypt_cost=5), None, []) as dearer:
        assert isinstance(await signing_in(dearer, Person(visitor())), SignedIn)
        assert mailbox.rows("SELECT password FROM customer")[0][0].startswith("scrypt$5$")
        assert isinstance(await signing_in(dearer, Person(visitor())), SignedIn)


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("1234567", False),
        ("12345678", False),
        ("87654321", False),
        ("Passwort123", False),
        ("zzzzzzzzzzz", False),
        ("ann@example.com", False),
        ("x" * 129, False),
        ("x\ud800yyyyyyyyy", False),
        ("kein problem", True),
        ("كلمة سر طويلة", True),
        ("ab" * 64, True),
    ],
)
async def test_which_passwords_are_taken(accounts, mailbox, visitor, password, taken):
    wanted = registration(password=password)
    if taken:
        assert await accounts.register(visitor(), registration=wanted, guest_cart=None) == ConfirmationSent()
    else:
        with pytest.raises(InvalidInput) as wrong:
            await accounts.register(visitor("de"), registration=wanted, guest_cart=None)
        assert list(wrong.value.fields) == ["password"]


async def test_the_same_password_from_another_keyboard(offer, accounts, mailbox, visitor):
    ctx = visitor()
    await accounts.register(ctx, registration=registration(password="Ça va être"), guest_cart=None)
    await accounts.confirm(ctx, token=mailbox.token("confirm"))
    assert isinstance(await signing_in(offer, Person(visitor()), password="C\u0327a va e\u0302tre"), SignedIn)


async def test_what_is_wrong_is_said_in_the_shoppers_language(accounts, mailbox, visitor):
    said = {}
    for market in ("gb", "de", "ae"):
        with pytest.raises(InvalidInput) as wrong:
            await accounts.register(visitor(market), registration=registration(email="x", password=""), guest_cart=None)
        assert set(wrong.value.fields) == {"email", "password"}
        said[market] = wrong.value.fields["password"]
    assert said["de"] == "Verwenden Sie mindestens 8 Zeichen."
    assert len(set(said.values())) == 3


async def test_the_customer_changes_what_is_theirs(offer, accounts, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    changes = {"first_name": " Anna ", "last_name": "O'Neill", "phone": "+44 (0)20 7946-0000", "marketing": "on"}
    changed = await accounts.update(person.ctx, changes=changes)
    assert (changed.first_name, changed.last_name, changed.marketing) == ("Anna", "O'Neill", True)
    assert mailbox.rows("SELECT email_key FROM newsletter WHERE confirmed NOT NULL") == [("ann@example.com",)]
    assert (await accounts.update(person.ctx, changes={"marketing": "false", "phone": ""})).phone is None
    assert mailbox.rows("SELECT * FROM newsletter") == []
    for field, value in (
        ("email", "x@y.zz"),
        ("id", "1"),
        ("first_name", "a\nb"),
        ("phone", "<b>"),
        ("last_name", "x" * 101),
    ):
        with pytest.raises(InvalidInput) as wrong:
            await accounts.update(person.ctx, changes={field: value})
        assert list(wrong.value.fields) == [field]
    with pytest.raises(NotSignedIn):
        await accounts.update(visitor(), changes={"first_name": "Eve"})


async def test_deleting_leaves_nothing_of_the_person(offer, accounts, mailbox, visitor):
    person, other = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, person)
    await customer(offer, mailbox, other, "bob@example.com")
    for each in (person, other):
        await offer.address_book.save(each.ctx, address=Address(country="GB", line1="Only Lane"))
        await offer.wishlists.create(each.ctx, name="Mine")
        await accounts.update(each.ctx, changes={"marketing": "true"})
    await offer.stock_notices.subscribe(person.ctx, sku="HMUG-CHA-LAR", email="ann@example.com")
    await accounts.forgot(visitor(), email="ann@example.com")
    await accounts.delete(person.ctx)
    await accounts.delete(person.ctx)
    with pytest.raises(NotSignedIn):
        await accounts.me(person.ctx)
    with pytest.raises(NotSignedIn):
        await accounts.delete(visitor())
    for table in ("customer", "customer_session", "customer_address", "wishlist", "newsletter"):
        assert len(mailbox.rows(f"SELECT * FROM {table}")) == 1, table
    assert mailbox.rows("SELECT * FROM stock_notice UNION ALL SELECT * FROM stock_notice") == []
    assert mailbox.rows("SELECT * FROM password_reset") == []
    assert (await accounts.me(other.ctx)).email == "bob@example.com"
    assert await signing_in(offer, person) == SignInRefused(reason="credentials")


async def test_addresses_belong_to_one_customer(offer, mailbox, visitor):
    book = offer.address_book
    person, other = Person(visitor()), Person(visitor())
    await customer(offer, mailbox, person)
    await customer(offer, mailbox, other, "bob@example.com")
    home = await book.save(
        person.ctx, address=Address(country="gb", line1=" 1 Lane ", city="Leeds", postcode="LS1 1AA")
    )
    assert (home.country, home.line1) == ("GB", "1 Lane")
    assert home.id
    assert (
        await book.save(person.ctx, address=Address(country="gb", line1="1 Lane", city="Leeds", postcode="LS1 1AA"))
        == home
    )
    work = await book.save(person.ctx, address=Address(country="DE", city="Köln"), default=True)
    assert await book.list(person.ctx) == (work, home)
    moved = await book.save(person.ctx, address=Address(country="DE", city="Bonn", id=work.id))
    assert await book.list(person.ctx) == (moved, home)
    assert await book.list(other.ctx) == ()
    for attempt in (
        lambda: book.save(other.ctx, address=Address(country="GB", id=home.id)),
        lambda: book.remove(other.ctx, id=home.id),
        lambda: book.remove(person.ctx, id="nothing"),
        lambda: book.save(person.ctx, address=Address(country="GB", id="\ud800")),
    ):
        with pytest.raises(NotFound):
            await attempt()
    await book.remove(person.ctx, id=work.id)
    assert await book.list(person.ctx) == (home,)
    third = await book.save(person.ctx, address=Address(country="GB", city="York"))
    assert await book.list(person.ctx) == (home, third), "the oldest left is the default one"
    for wrong in (
        Address(country="England"),
        Address(country="GB", line1="x" * 121),
        Address(country="GB", city="a\x00b"),
    ):
        with pytest.raises(InvalidInput):
            await book.save(person.ctx, address=wrong)
    for attempt in (
        lambda: book.list(visitor()),
        lambda: book.save(visitor(), address=home),
        lambda: book.remove(visitor(), id=home.id),
    ):
        with pytest.raises(NotSignedIn):
            await attempt()


async def test_there_is_an_end_to_addresses(offer, mailbox, visitor):
    person = Person(visitor())
    await customer(offer, mailbox, person)
    for n in range(50):
        await offer.address_book.save(person.ctx, address=Address(country="GB", line1=f"{n} Lane"))
    with pytest.raises(InvalidInput):
        await offer.address_book.save(person.ctx, address=Address(country="GB", line1="50 Lane"))


HOSTILE = st.text(max_size=40) | st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Zl"]), max_size=8)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(email=HOSTILE, password=HOSTILE, name=HOSTILE, token=HOSTILE)
async def test_anything_may_be_sent(offer, accounts, mailbox, visitor, email, password, name, token):
    person = Person(visitor())
    person.token = token
    person.blob.replace(None, name)
    for call in (
        lambda: accounts.register(
            person.ctx, registration=Registration(email=email, password=password, first_name=name), guest_cart=None
        ),
        lambda: accounts.confirm(person.ctx, token=token),
        lambda: accounts.forgot(person.ctx, email=email),
        lambda: accounts.reset(person.ctx, token=token, password=password),
        lambda: accounts.me(person.ctx),
        lambda: accounts.update(person.ctx, changes={"first_name": name, name: email}),
        lambda: accounts.change_password(person.ctx, current=password, new=name),
        lambda: offer.address_book.save(person.ctx, address=Address(country=name, id=token, line1=email)),
        lambda: offer.address_book.remove(person.ctx, id=name),
        lambda: signing_in(offer, person, f"{email}@example.com", password),
        lambda: offer.sign_in.finish(person.ctx, method="code", params={"code": name}, guest_cart=None),
        lambda: offer.sign_in.sign_out(person.ctx),
    ):
        try:
            answer = await call()
        except (InvalidInput, NotSignedIn, NotFound):
            continue
        assert not isinstance(answer, SignedIn)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ann.B+tag@Example.COM ", "ann.b+tag@example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@مثال.إختبار", "a@xn--mgbh0fb.xn--kgbechtv"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@localhost", None),
        ("a@1.2.3.4", None),
        ("a b@example.com", None),
        ("a@exa mple.com", None),
        ("a@@example.com", None),
        (".a@example.com", None),
        ("a@-x.com", None),
        ("a@x..com", None),
        ('"a"@example.com', None),
        ("a\n@example.com", None),
        ("a@example.com\r\nBcc: b@example.com", None),
        ("<a@example.com>", None),
        ("a" * 65 + "@example.com", None),
        ("", None),
    ],
)
def test_which_addresses_are_taken(text, key):
    found = email_address(text)
    assert (found and found.key) == key
