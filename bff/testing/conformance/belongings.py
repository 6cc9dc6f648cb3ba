"""Scenarios of what shoppers keep and say: lists, notices, messages, their own prices."""

from __future__ import annotations

import pytest

from bff.ports import InvalidInput, NotAllowed, NotFound, NotSignedIn, VariantKey, VisitorContext

from .people import customer
from .sample import Sample
from .scenarios import NOWHERE, WRONG_IDS, Scenarios
from .shop import Shop


def sku(sample: Sample, second: bool = False) -> str:
    found = (sample.second if second else sample.line).sku
    if found is None:
        pytest.skip("the sample's products have no SKU")
    return found


class TestWishlists(Scenarios):
    PORT = "wishlists"

    async def test_a_list_is_made_and_read(self, shop: Shop) -> None:
        """`create` makes a list of that name, which is in `list` afterwards, empty and private."""
        person = await keeper(shop)
        name = shop.name("list")
        made = await shop.wishlists.create(shop.again(person), name=name)
        assert (made.name, made.items, made.share) == (name, (), None)
        assert made.id in {each.id for each in await shop.wishlists.list(shop.again(person))}

    async def test_a_thing_is_put_once(self, shop: Shop, sample: Sample) -> None:
        """`put` adds a SKU, a second time changes nothing; `take` removes it, and again changes nothing."""
        person = await keeper(shop)
        made = await shop.wishlists.create(shop.again(person), name=shop.name("list"))
        for _ in range(2):
            kept = await shop.wishlists.put(shop.again(person), id=made.id, sku=sku(sample))
            assert [item.sku for item in kept.items] == [sku(sample)]
        for _ in range(2):
            assert (await shop.wishlists.take(shop.again(person), id=made.id, sku=sku(sample))).items == ()

    async def test_a_list_of_anothers_is_not_found(self, shop: Shop, sample: Sample) -> None:
        """Nobody sees, renames, fills or empties another's list: `NotFound`."""
        ada, grace = await keeper(shop), await keeper(shop)
        made = await shop.wishlists.create(shop.again(ada), name=shop.name("list"))
        assert made.id not in {each.id for each in await shop.wishlists.list(shop.again(grace))}
        with pytest.raises(NotFound):
            await shop.wishlists.change(shop.again(grace), id=made.id, name="Mine now")
        with pytest.raises(NotFound):
            await shop.wishlists.put(shop.again(grace), id=made.id, sku=sku(sample))
        assert {each.name for each in await shop.wishlists.list(shop.again(ada)) if each.id == made.id} == {made.name}

    async def test_a_list_is_renamed_and_deleted(self, shop: Shop) -> None:
        """`change` renames a list, `delete` takes it away."""
        person = await keeper(shop)
        made = await shop.wishlists.create(shop.again(person), name=shop.name("list"))
        name = shop.name("renamed")
        assert (await shop.wishlists.change(shop.again(person), id=made.id, name=name)).name == name
        await shop.wishlists.delete(shop.again(person), id=made.id)
        assert made.id not in {each.id for each in await shop.wishlists.list(shop.again(person))}

    async def test_a_list_is_shared(self, shop: Shop, sample: Sample) -> None:
        """Where `public` is true a list that is published is found by its share, and no more once it is hidden; elsewhere
        publishing is `NotAllowed`."""
        person = await keeper(shop)
        made = await shop.wishlists.create(shop.again(person), name=shop.name("list"))
        if not shop.wishlists.traits.public:
            with pytest.raises(NotAllowed):
                await shop.wishlists.change(shop.again(person), id=made.id, public=True)
            return
        await shop.wishlists.put(shop.again(person), id=made.id, sku=sku(sample))
        share = (await shop.wishlists.change(shop.again(person), id=made.id, public=True)).share
        assert share
        assert [item.sku for item in (await shop.wishlists.shared(shop.public(), share=share)).items] == [sku(sample)]
        await shop.wishlists.change(shop.again(person), id=made.id, public=False)
        with pytest.raises(NotFound):
            await shop.wishlists.shared(shop.public(), share=share)

    async def test_an_unknown_share_is_not_found(self, shop: Shop) -> None:
        """`shared` raises `NotFound` for a share that nobody has, or `NotAllowed` where nothing is shared."""
        for share in WRONG_IDS:
            with pytest.raises((NotFound, NotAllowed)):
                await shop.wishlists.shared(shop.public(), share=share)

    async def test_a_guests_lists_come_along(self, shop: Shop, sample: Sample) -> None:
        """`join` gives a guest's lists to the customer who has just signed in."""
        guest = shop.visitor()
        try:
            made = await shop.wishlists.create(guest, name=shop.name("list"))
        except NotSignedIn:
            pytest.skip("guests keep no lists here")
        await shop.wishlists.put(shop.again(guest), id=made.id, sku=sku(sample))
        person = await customer(shop, guest)
        lists = await shop.wishlists.join(shop.again(person.ctx))
        assert sku(sample) in {item.sku for each in lists for item in each.items}

    async def test_a_list_without_a_name_is_refused(self, shop: Shop) -> None:
        """A list without a name raises `InvalidInput`."""
        person = await keeper(shop)
        with pytest.raises(InvalidInput):
            await shop.wishlists.create(shop.again(person), name="")


async def keeper(shop: Shop) -> VisitorContext:
    """Somebody who may keep lists: a guest where guests may, else a customer."""
    guest = shop.visitor()
    try:
        await shop.wishlists.list(guest)
    except NotSignedIn:
        return (await customer(shop)).ctx
    return guest


class TestStockNotices(Scenarios):
    PORT = "stock_notices"

    async def test_a_notice_is_asked_for(self, shop: Shop, sample: Sample) -> None:
        """`subscribe` asks once per SKU and address; asking again is no fault and tells nothing."""
        _, variant = sample.sold_out
        email = shop.email()
        assert variant.sku is not None
        for _ in range(2):
            await shop.stock_notices.subscribe(shop.visitor(), sku=variant.sku, email=email)

    async def test_an_odd_notice_is_refused(self, shop: Shop, sample: Sample) -> None:
        """What is no mail address, or no SKU of this shop, raises `InvalidInput`."""
        with pytest.raises(InvalidInput) as raised:
            await shop.stock_notices.subscribe(shop.visitor(), sku=sku(sample), email="not an address")
        assert raised.value.fields

    async def test_an_unknown_token_ends_nothing(self, shop: Shop) -> None:
        """`unsubscribe` with a token that nobody sent is no failure, or `NotFound`."""
        for token in WRONG_IDS[:4]:
            try:
                await shop.stock_notices.unsubscribe(shop.visitor(), token=token)
            except NotFound:
                continue


class TestMessages(Scenarios):
    PORT = "messages"

    async def test_what_is_not_offered_is_not_allowed(self, shop: Shop) -> None:
        """What `offered` does not name raises `NotAllowed`."""
        port = shop.messages
        if "newsletter" not in port.traits.offered:
            with pytest.raises(NotAllowed):
                await port.newsletter(shop.visitor(), email=shop.email())
        if "contact" not in port.traits.offered:
            with pytest.raises(NotAllowed):
                await port.contact(shop.visitor(), name="Ada", email=shop.email(), subject="Kit", text="Hello there.")

    async def test_the_newsletter_tells_nothing(self, shop: Shop) -> None:
        """Asking for the newsletter again answers the same as the first time; what is no address is `InvalidInput`."""
        port = shop.messages
        if "newsletter" not in port.traits.offered:
            pytest.skip("offers no newsletter")
        email = shop.email()
        for _ in range(2):
            await port.newsletter(shop.visitor(), email=email)
        with pytest.raises(InvalidInput):
            await port.newsletter(shop.visitor(), email="not an address")

    async def test_a_newsletters_token_lapses(self, shop: Shop) -> None:
        """`confirm` raises `NotFound` for a token that nobody sent; `unsubscribe` does nothing with one."""
        port = shop.messages
        if "newsletter" not in port.traits.offered:
            pytest.skip("offers no newsletter")
        with pytest.raises(NotFound):
            await port.confirm(shop.visitor(), token=NOWHERE)
        await port.unsubscribe(shop.visitor(), token=NOWHERE)

    async def test_the_shop_is_written_to(self, shop: Shop) -> None:
        """`contact` takes a message; one without text or address raises `InvalidInput` naming fields."""
        port = shop.messages
        if "contact" not in port.traits.offered:
            pytest.skip("the shop cannot be written to")
        await port.contact(
            shop.visitor(), name="Ada", email=shop.email(), subject="Kit", text="Hello — مرحبا 🫖\n<b>there</b>"
        )
        for wrong in ({"email": "not an address"}, {"text": ""}):
            fields = {"name": "Ada", "email": shop.email(), "subject": "Kit", "text": "Hello.", **wrong}
            with pytest.raises(InvalidInput) as raised:
                await port.contact(shop.visitor(), **fields)
            assert raised.value.fields


class TestShopperPrices(Scenarios):
    PORT = "shopper_prices"

    async def test_own_prices_are_by_variant(self, shop: Shop, sample: Sample) -> None:
        """`prices` answers prices of variants that were asked about, in the context's currency, by their ids; a guest has
        none or `NotSignedIn`."""
        port = shop.shopper_prices
        try:
            person = shop.visitor()
            prices = await port.prices(person, keys=[sample.line, VariantKey(id=NOWHERE)])
        except NotSignedIn:
            prices = await port.prices(shop.again((await customer(shop)).ctx), keys=[sample.line])
        assert set(prices) <= {sample.line.id}
        assert {price.amount.currency for price in prices.values()} <= {shop.public().currency}
