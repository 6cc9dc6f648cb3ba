"""Wishlists, notices of stock, the newsletter, words to the shop, and reviews by customers."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.embedded import mail_sender, manifest, stock_notices
from adapters.embedded.database import Database
from bff.ports import InvalidInput, NotFound, NotSignedIn, ProductKey, ReviewDraft, SessionBlob, Shopper, VisitorContext
from tests.adapters.embedded.people import Person, customer

pytestmark = pytest.mark.anyio

SOLD_OUT = "HMUG-CHA-LAR"
MUG = ProductKey(sku="HMUG")


# ---------------------------------------------------------------- wishlists


def skus(wishlist) -> list[str]:
    return [item.sku for item in wishlist.items]


async def test_a_guest_keeps_lists(offer, visitor):
    guest, stranger = Person(visitor()), Person(visitor())
    assert await offer.wishlists.list(guest.ctx) == ()
    assert guest.blob.text is None, "looking marks nobody"
    made = await offer.wishlists.create(guest.ctx, name=" Birthday ")
    assert (made.name, made.items, made.share) == ("Birthday", (), None)
    await offer.wishlists.put(guest.ctx, id=made.id, sku="A")
    twice = await offer.wishlists.put(guest.ctx, id=made.id, sku="B")
    assert await offer.wishlists.put(guest.ctx, id=made.id, sku="A") == twice
    several = await offer.wishlists.put(guest.ctx, id=made.id, sku="A", quantity=Decimal(4))
    assert {item.sku: item.quantity for item in several.items} == {"A": 4, "B": 1}
    assert await offer.wishlists.put(guest.ctx, id=made.id, sku="A") == several, "a heart forgets no quantity"
    for none in ("0", "-1", "10000"):
        with pytest.raises(InvalidInput):
            await offer.wishlists.put(guest.ctx, id=made.id, sku="A", quantity=Decimal(none))
    await offer.wishlists.put(guest.ctx, id=made.id, sku="A", quantity=Decimal(1))
    assert sorted(skus(twice)) == ["A", "B"]
    assert skus(await offer.wishlists.take(guest.ctx, id=made.id, sku="A")) == ["B"]
    assert skus(await offer.wishlists.take(guest.ctx, id=made.id, sku="A")) == ["B"]
    second = await offer.wishlists.create(guest.ctx, name="Home")
    assert [each.name for each in await offer.wishlists.list(guest.ctx)] == ["Birthday", "Home"]
    await offer.wishlists.delete(guest.ctx, id=second.id)
    assert [each.name for each in await offer.wishlists.list(guest.ctx)] == ["Birthday"]
    assert await offer.wishlists.list(stranger.ctx) == ()


async def test_anothers_list_is_not_found(offer, mailbox, visitor):
    guest, other, person = Person(visitor()), Person(visitor()), Person(visitor())
    made = await offer.wishlists.create(guest.ctx, name="Mine")
    await offer.wishlists.create(other.ctx, name="Theirs")
    await customer(offer, mailbox, person)
    for who in (other, person, Person(visitor())):
        for attempt in (
            lambda who=who: offer.wishlists.change(who.ctx, id=made.id, name="x"),
            lambda who=who: offer.wishlists.change(who.ctx, id=made.id, public=True),
            lambda who=who: offer.wishlists.delete(who.ctx, id=made.id),
            lambda who=who: offer.wishlists.put(who.ctx, id=made.id, sku="A"),
            lambda who=who: offer.wishlists.take(who.ctx, id=made.id, sku="A"),
        ):
            with pytest.raises(NotFound):
                await attempt()
    assert await offer.wishlists.list(guest.ctx) == (made,)


async def test_a_list_is_shared_and_hidden_again(offer, visitor, public):
    guest = Person(visitor())
    made = await offer.wishlists.create(guest.ctx, name="Mine")
    await offer.wishlists.put(guest.ctx, id=made.id, sku="A")
    with pytest.raises(NotFound):
        await offer.wishlists.shared(public(), share=made.id)
    open_ = await offer.wishlists.change(guest.ctx, id=made.id, public=True)
    assert len(open_.share) >= 40
    again = await offer.wishlists.change(guest.ctx, id=made.id, public=True, name="Ours")
    assert (again.share, again.name) == (open_.share, "Ours")
    assert skus(await offer.wishlists.shared(public("de"), share=open_.share)) == ["A"]
    assert (await offer.wishlists.change(guest.ctx, id=made.id, public=False)).share is None
    for share in (open_.share, "", "\ud800"):
        with pytest.raises(NotFound):
            await offer.wishlists.shared(public(), share=share)
    renewed = await offer.wishlists.change(guest.ctx, id=made.id, public=True)
    assert renewed.share != open_.share


async def test_a_guests_lists_join_the_customers(offer, mailbox, visitor):
    person = Person(visitor())
    with pytest.raises(NotSignedIn):
        await offer.wishlists.join(person.ctx)
    await customer(offer, mailbox, person)
    theirs = await offer.wishlists.create(person.ctx, name="Mine")
    await offer.wishlists.put(person.ctx, id=theirs.id, sku="A")
    token, person.token = person.token, None
    guest = await offer.wishlists.create(person.ctx, name="MINE")
    for sku in ("A", "B"):
        await offer.wishlists.put(person.ctx, id=guest.id, sku=sku)
    await offer.wishlists.create(person.ctx, name="Another")
    person.token = token
    joined = await offer.wishlists.join(person.ctx)
    assert [(each.name, sorted(skus(each))) for each in joined] == [("Mine", ["A", "B"]), ("Another", [])]
    assert await offer.wishlists.join(person.ctx) == joined == await offer.wishlists.list(person.ctx)
    person.token = None
    assert await offer.wishlists.list(person.ctx) == (), "no more a guest's"


async def test_lists_have_their_limits(offer, mailbox, visitor):
    person = Person(visitor())
    for n in range(20):
        made = await offer.wishlists.create(person.ctx, name=f"{n}")
    with pytest.raises(InvalidInput):
        await offer.wishlists.create(person.ctx, name="one more")
    for n in range(500):
        await offer.wishlists.put(person.ctx, id=made.id, sku=f"{n}")
    with pytest.raises(InvalidInput):
        await offer.wishlists.put(person.ctx, id=made.id, sku="one more")
    await offer.wishlists.put(person.ctx, id=made.id, sku="7")
    await customer(offer, mailbox, person)
    for n in range(19):
        await offer.wishlists.create(person.ctx, name=f"own {n}")
    joined = await offer.wishlists.join(person.ctx)
    assert len(joined) == 20
    assert sum(len(each.items) for each in joined) == 500, "nothing was lost for want of room"


async def test_lists_nobody_came_back_to_go(offer, mailbox, visitor, later):
    guest = Person(visitor())
    await offer.wishlists.create(guest.ctx, name="Old")
    later(days=181)
    await offer.wishlists.create(Person(visitor()).ctx, name="New")
    assert await offer.wishlists.list(guest.ctx) == ()


TEXT = st.text(max_size=90) | st.text(alphabet=st.characters(categories=["Cc", "Cs", "Zl", "Lo"]), max_size=6)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, sku=TEXT, id=TEXT, blob=TEXT | st.sampled_from(['{"wishlists":1}', "[]", '{"wishlists":""}']))
async def test_any_text_may_be_sent(offer, mailbox, visitor, public, name, sku, id, blob):
    ctx = VisitorContext(public=visitor().public, shopper=Shopper(blob=SessionBlob(blob), token=id))
    wishlists = offer.wishlists
    for call in (
        lambda: wishlists.list(ctx),
        lambda: wishlists.create(ctx, name=name),
        lambda: wishlists.change(ctx, id=id, name=name, public=True),
        lambda: wishlists.put(ctx, id=id, sku=sku),
        lambda: wishlists.take(ctx, id=id, sku=sku),
        lambda: wishlists.delete(ctx, id=id),
        lambda: wishlists.join(ctx),
        lambda: wishlists.shared(public(), share=id),
        lambda: offer.stock_notices.subscribe(ctx, sku=sku, email=f"{name}@example.com"),
        lambda: offer.stock_notices.unsubscribe(ctx, token=id),
        lambda: offer.messages.newsletter(ctx, email=name),
        lambda: offer.messages.confirm(ctx, token=id),
        lambda: offer.messages.unsubscribe(ctx, token=id),
        lambda: offer.messages.contact(ctx, name=name, email="a@b.example", subject=sku, text=id),
        lambda: offer.reviews.write(
            ctx, key=MUG, draft=ReviewDraft(rating=5, title=name, body=f"{sku:<10}", author=id)
        ),
    ):
        try:
            await call()
        except (InvalidInput, NotFound, NotSignedIn):
            continue


# ---------------------------------------------------------------- stock notices


def restock(settings, sku: str, stock: int) -> None:
    database = Database(settings)
    connection = database.connect()
    connection.execute("UPDATE variant SET stock = ? WHERE sku = ?", (stock, sku))
    stock_notices.due(connection)
    connection.close()
    database.close()


async def test_who_waits_is_told_once(offer, mailbox, visitor, settings):
    notices = offer.stock_notices
    for _ in range(2):
        await notices.subscribe(visitor("de"), sku=SOLD_OUT, email="ann@example.com")
    await notices.subscribe(visitor(), sku="of another backend", email="ann@example.com")
    restock(settings, SOLD_OUT, 0)
    assert mailbox.kinds() == []
    restock(settings, SOLD_OUT, 3)
    restock(settings, SOLD_OUT, 0)
    restock(settings, SOLD_OUT, 3)
    assert mailbox.rows("SELECT kind, recipient, locale, market FROM outbox") == [
        ("back_in_stock", "ann@example.com", "de-DE", "de")
    ]
    assert mailbox.newest("back_in_stock", "link").startswith("products/")
    restock(settings, SOLD_OUT, 0)
    await notices.subscribe(visitor(), sku=SOLD_OUT, email="ann@example.com")
    restock(settings, SOLD_OUT, 3)
    assert mailbox.kinds() == ["back_in_stock"] * 2, "asked again, told again"


async def test_an_import_is_noticed_too(settings, mailbox, visitor, changed):
    async with manifest.open(settings, None, []) as offer:
        await offer.stock_notices.subscribe(visitor(), sku=SOLD_OUT, email="ann@example.com")
    database = Database(settings)
    sender = mail_sender.MailSender(database)
    await sender._tell()
    assert mailbox.kinds() == []
    await database.write(lambda c: c.execute("UPDATE variant SET stock = 3 WHERE sku = ?", (SOLD_OUT,)))
    await sender._tell()
    database.close()
    assert mailbox.kinds() == ["back_in_stock"]


async def test_by_the_token_in_the_mail_all_notices_end(offer, mailbox, visitor, settings):
    notices = offer.stock_notices
    await notices.subscribe(visitor(), sku=SOLD_OUT, email="ann@example.com")
    await notices.subscribe(visitor(), sku="another", email="ann@example.com")
    await notices.subscribe(visitor(), sku="another", email="bob@example.com")
    restock(settings, SOLD_OUT, 3)
    for token in (
        "nothing",
        "",
        "\ud800",
        mailbox.token("back_in_stock", "leave"),
        mailbox.token("back_in_stock", "leave"),
    ):
        await notices.unsubscribe(visitor(), token=token)
    assert mailbox.rows("SELECT email_key FROM stock_notice") == [("bob@example.com",)]


async def test_notices_are_bounded_and_checked(offer, mailbox, visitor):
    for n in range(55):
        await offer.stock_notices.subscribe(visitor(), sku=f"{n}", email="ann@example.com")
    assert mailbox.rows("SELECT count(*) FROM stock_notice") == [(50,)]
    for sku, email in (("", "a@b.example"), ("A", "a"), ("x" * 101, "a@b.example"), ("a\nb", "a@b.example")):
        with pytest.raises(InvalidInput):
            await offer.stock_notices.subscribe(visitor(), sku=sku, email=email)


# ---------------------------------------------------------------- messages


async def test_nobody_gets_the_newsletter_unasked(offer, mailbox, visitor, later):
    for _ in range(3):
        assert await offer.messages.newsletter(visitor(), email="Ann@example.com") is None
    assert mailbox.kinds() == ["newsletter_confirm"], "a repeated post sends one mail"
    token = mailbox.token("newsletter_confirm")
    assert mailbox.rows("SELECT count(*) FROM newsletter WHERE confirmed NOT NULL") == [(0,)]
    for _ in range(2):
        await offer.messages.confirm(visitor(), token=token)
    assert mailbox.rows("SELECT email FROM newsletter WHERE confirmed NOT NULL") == [("Ann@example.com",)]
    later(hours=2)
    assert await offer.messages.newsletter(visitor(), email="ann@example.com") is None
    assert mailbox.kinds() == ["newsletter_confirm"], "who has it is not asked again"
    for _ in range(2):
        await offer.messages.unsubscribe(visitor(), token=token)
    assert mailbox.rows("SELECT * FROM newsletter") == []
    with pytest.raises(NotFound):
        await offer.messages.confirm(visitor(), token=token)
    await offer.messages.newsletter(visitor(), email="ann@example.com")
    later(days=3, seconds=1)
    with pytest.raises(NotFound):
        await offer.messages.confirm(visitor(), token=mailbox.token("newsletter_confirm"))


async def test_words_reach_the_shop(offer, mailbox, visitor, settings):
    await offer.messages.contact(
        visitor("de"), name="Ann", email="Ann@example.com", subject="A question", text="One\r\n\r\ntwo\n"
    )
    ((to, data),) = mailbox.rows("SELECT recipient, data FROM outbox")
    assert to == "shop@almanac.example"
    assert '"reply_to":"ann@example.com"' in data
    assert '"words":"One\\n\\ntwo"' in data
    good = {"name": "Ann", "email": "a@b.example", "subject": "x", "text": "y"}
    for field, value in (
        *(("name", "a\r\nBcc: eve@example.com"), ("name", "x" * 81), ("email", "a@b.example, eve@example.com")),
        *(("subject", ""), ("subject", "x" * 121), ("text", " "), ("text", "x" * 5001), ("text", "a\x00b")),
    ):
        with pytest.raises(InvalidInput) as wrong:
            await offer.messages.contact(visitor(), **{**good, field: value})
        assert list(wrong.value.fields) == [field]


# ---------------------------------------------------------------- reviews


def draft(rating: int = 5, body: str = "Holds a whole pot.") -> ReviewDraft:
    return ReviewDraft(rating=rating, title="Good", body=body, author="Ann")


async def test_a_customer_has_one_review_of_a_product(settings, changed, mailbox, visitor, public):
    async with manifest.open(changed(moderate_reviews=False), None, []) as offer:
        before = (await offer.reviews.list(public(), key=MUG)).summary.count
        person = Person(visitor())
        await customer(offer, mailbox, person)
        first = await offer.reviews.write(person.ctx, key=MUG, draft=draft(5))
        second = await offer.reviews.write(person.ctx, key=MUG, draft=draft(2, "It broke after a week."))
        after = await offer.reviews.list(public(), key=MUG, order="newest")
        assert after.summary.count == before + 1
        assert second in after.items
        assert first not in after.items
        assert second.verified is False
        ((total, stars),) = mailbox.rows("SELECT rating_count, rating_sum FROM product WHERE sku = 'HMUG'")
        assert (total, stars) == mailbox.rows(
            "SELECT count(*), sum(rating) FROM review JOIN product ON n = product_n WHERE sku = 'HMUG' AND published = 1"
        )[0]
        await offer.accounts.delete(person.ctx)
        nameless = next(each for each in (await offer.reviews.list(public(), key=MUG)).items if each.id == second.id)
        assert nameless.author is None


async def test_who_bought_it_is_verified(settings, changed, mailbox, visitor):
    async with manifest.open(changed(moderate_reviews=False), None, []) as offer:
        person = Person(visitor())
        id = (await customer(offer, mailbox, person)).customer.id
        ((product,),) = mailbox.rows("SELECT id FROM product WHERE sku = 'HMUG'")
        doc = json.dumps({"lines": [{"line": {"key": {"product_id": product}}}]})
        needed = [name for _, name, _, wanted, *_ in mailbox.rows("PRAGMA table_info(orders)") if wanted]
        row = {**dict.fromkeys(needed, "{}"), "customer_id": id, "state": "pending", "doc": doc}
        mailbox.rows(f"INSERT INTO orders ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())
        assert (await offer.reviews.write(person.ctx, key=MUG, draft=draft())).verified is False, "not paid"
        mailbox.rows("UPDATE orders SET state = 'delivered'")
        assert (await offer.reviews.write(person.ctx, key=MUG, draft=draft())).verified is True
        assert (await offer.reviews.write(visitor(), key=MUG, draft=draft())).verified is False


async def test_guests_may_be_asked_to_sign_in_first(changed, visitor):
    async with manifest.open(changed(guest_reviews=False), None, []) as offer:
        with pytest.raises(NotSignedIn):
            await offer.reviews.write(visitor(), key=MUG, draft=draft())
    async with manifest.open(changed(), None, []) as offer:
        assert await offer.reviews.write(visitor(), key=MUG, draft=draft()) is None, "waits for moderation"
        with pytest.raises(NotFound):
            await offer.reviews.write(visitor(), key=ProductKey(id="nothing"), draft=draft())
        with pytest.raises(InvalidInput) as wrong:
            await offer.reviews.write(
                visitor("de"), key=MUG, draft=ReviewDraft(rating=6, title="x" * 121, body="kurz", author=" ")
            )
        assert set(wrong.value.fields) == {"rating", "title", "body", "author"}
        assert wrong.value.fields["body"] == "Bitte mindestens 10 Zeichen."
